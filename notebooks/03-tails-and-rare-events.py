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
# # Tails and rare events
#
# "On average we are back in an hour" is no answer to "how bad can it get". The bad end of a distribution is where few worlds
# are, so it is where numbers deceive most easily. Here: what many worlds say of the tail, what they cannot say, and what to
# do when outages are so rare that most worlds have none.

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
runs = bs.run(scenario, seed=7, replications=200)
runs

# %% [markdown]
# ## How often is it longer than that?
#
# The share of incidents that take longer than x, on a logarithmic scale. The band holds the true curve at each point in 95
# of 100 such runs, and it widens where there is little to go by.

# %%
ax = bs.plots.exceedance(runs, "rta_ms", target="8h", log_x=True)

# %% [markdown]
# ## Quantiles have intervals too
#
# The 99 % quantile of 200 worlds is about their third largest value. Whoever quotes it without its interval quotes a year
# or two.

# %%
summary = runs.summary().set_index("metric").loc[["rta_ms_max", "loss_realised_age_ms_max"]]
(
    summary[["p50", "p95", "p95_low", "p95_high", "p99", "p99_low", "p99_high"]].astype(float) / 3_600_000
).round(2)

# %% [markdown]
# ## Nothing was seen is not nothing
#
# No world lost more than an hour of data. That does not make it impossible: the interval says how likely it may still be.

# %%
grid = bs.sweep(scenario, {"hold_down": ["0s"]}, seed=7, replications=200)
grid.frame("P(loss > 1h)", "P(rta > 8h)", "p95(rta)")[["quantity", "value", "ci_low", "ci_high", "n"]]

# %% [markdown]
# ## Whose tail is it?
#
# That lengths of outages are lognormal is a guess. The same mean and the same 90 % quantile from other families, with the
# same random numbers, show what of the tail is the guess. (The policy waits for a day here, so that the length of the outage
# is what people wait for.)

# %%
families = bs.families(scenario, "P(rta > 24h)", parameters={"hold_down": "24h"}, seed=7, replications=150)
families.frame()[["family", "value", "ci_low", "ci_high", "change", "change_low", "change_high"]]

# %% [markdown]
# ## Outages that hardly ever come
#
# One flood in fifty years. Of a hundred plain worlds ninety-eight are spent on nothing. Given the number of outages of a
# year, though, their probability is known exactly; so each number gets worlds of its own, most of them where they tell most.

# %%
rare = bs.load("rare.yaml", text=SCENARIO.replace("mean: 180d", "mean: 18250d"))
found = bs.stratify(rare, "P(rta > 8h)", seed=7, replications=1000)
found

# %%
[(part.label, part.probability, len(part.runs)) for part in found.parts]

# %% [markdown]
# `gain` says how many plain worlds each of these is worth.

# %%
found.frame("P(outage)", "P(rta > 8h)", "mean(downtime)")

# %% [markdown]
# ## The worst world, again
#
# A tail is made of worlds that can be looked at. This is the longest recovery of all, and why it took so long.

# %%
worst = runs.worst(1, by="rta")[0]
timeline = runs.timeline(worst)
ax = bs.plots.timeline(timeline)

# %%
runs.freeze(replication=worst).save("worst.yaml")
bs.load("worst.yaml").name
