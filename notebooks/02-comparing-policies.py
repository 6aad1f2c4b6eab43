# ---
# jupyter:
#   jupytext:
#     formats: ipynb,py:percent
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Is B better than A?
#
# The provider could move everybody at once, or wait two hours in case the region comes back by itself. Waiting saves moves,
# and the data they lose; it costs time. Two averages over different years would tell us about the years. So both rules
# meet the same worlds, the same floods at the same instants, and every difference below is the rule's doing.

# %%
import bcdr_sim as bs

SCENARIO = """
version: 1
name: year
horizon: 365d
regions:
  - {name: westeurope, pair: northeurope}
  - {name: northeurope}
link: {kind: lag, lag: {lognormal: {median: 4m, p95: 20m}}}
environments:
  - {name: sales, region: westeurope, tier: 1}
  - {name: shop, count: 3, region: westeurope, tier: 2}
customers:
  default: {accepts_loss_up_to: 15m}
objectives:
  "1": {rto: 4h, rpo: 15m}
  "2": {rto: 8h}
outages:
  - {id: flood, region: westeurope, arrivals: {exponential: {mean: 180d}}, lasts: {lognormal: {median: 3h, p95: 20h}}}
"""
scenario = bs.load("year.yaml", text=SCENARIO)
policies = {"at once": bs.load_policy("seed"), "wait 2h": bs.load_policy("seed", {"hold_down": "2h"})}
both = bs.compare(scenario, policies, seed=7, replications=150, margin="2%")
both

# %% [markdown]
# ## What is better, what is worse
#
# Each row is a difference, candidate minus base, world by world, with its interval. It is *better* or *worse* only if the
# whole interval lies beyond the margin, *within margin* only if the whole interval lies inside, and *inconclusive*
# otherwise: then more worlds are needed, not more opinion.

# %%
differences = both.differences()
fleet = differences[differences["group"] == "fleet"]
fleet[["metric", "mean_difference", "ci_low", "ci_high", "verdict"]]

# %%
ax = bs.plots.compare(both)

# %% [markdown]
# ## How the worlds themselves look
#
# The two curves of the recovery time nearly coincide, and yet the difference is sure. That is what pairing does: the spread
# between years is the same on both sides and drops out.

# %%
runs = {name: bs.run(scenario, policy, seed=7, replications=150) for name, policy in policies.items()}
ax = bs.plots.ecdf(runs["at once"], "rta_ms", target="4h", label="at once")
ax = bs.plots.ecdf(runs["wait 2h"], "rta_ms", ax=ax, label="wait 2h", color="#E69F00")

# %% [markdown]
# ## Where to look
#
# The worlds that differ most, and what happened in one of them under each rule.

# %%
worlds = both.worlds().set_index("replication")
changes = (worlds["wait 2h"] - worlds["at once"]).sort_values(ascending=False)
(changes.head() / 3_600_000).round(2)

# %%
replication = int(changes.index[0])
for name, run in runs.items():
    incidents = bs.measure(run.timeline(replication)).incidents()
    moved = int((incidents["outcome"] == "failed_over").sum())
    print(
        f"{name:8} {len(incidents)} incidents, {moved} moved, {incidents['rta_ms'].sum() / 3_600_000:.1f} h down"
    )

# %% [markdown]
# ## A policy is no better than itself
#
# The check that every comparison must pass: difference exactly 0, never a false alarm.

# %%
same = bs.compare(
    scenario, {"a": policies["at once"], "b": bs.load_policy("seed")}, seed=7, replications=40, margin="2%"
)
same.word
