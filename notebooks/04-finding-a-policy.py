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
# # Finding a policy
#
# A policy has numbers in it: how long to wait, how many may move at once, how old a loss a customer accepts. Where do they
# come from? This notebook varies them, asks which of them matter, how far one may go, and what cannot all be had at once.
# Every value meets the same worlds.

# %%
import bcdr_sim as bs

SCENARIO = """
version: 1
name: season
horizon: 90d
regions:
  - {name: westeurope, pair: northeurope}
  - {name: northeurope}
link: {kind: lag, lag: {lognormal: {median: 4m, sigma: 0.8}}}
environments:
  - {name: erp, count: 6, region: westeurope, tier: 1}
customers:
  default: {accepts_loss_up_to: 30m, decision: {exponential: {mean: 40m}}}
provider: {failover: {slots: 2, run: {lognormal: {median: 40m, p90: 80m}}}}
objectives:
  "1": {rto: 8h, rpo: 15m}
outages:
  - {id: flood, region: westeurope, arrivals: {exponential: {mean: 90d}}, lasts: {lognormal: {median: 12h, p95: 48h}}}
"""
scenario = bs.load("season.yaml", text=SCENARIO)

# %% [markdown]
# ## What matters?
#
# Each setting goes to its low and to its high end while the others stay as they are.

# %%
swings = bs.sensitivity(
    scenario,
    {
        "link.lag.median": ("1m", "20m"),
        "customers.default.decision.mean": ("10m", "4h"),
        "provider.failover.slots": (1, 6),
        "hold_down": ("0s", "2h"),
    },
    "mean(downtime)",
    seed=7,
    replications=60,
)
ax = bs.plots.tornado(swings)

# %% [markdown]
# ## What does it do?
#
# The interval of a value says how well it is known, that of a difference how well the *change* is known, which is the
# narrower one: both points met the same floods.

# %%
grid = bs.sweep(
    scenario,
    {"hold_down": ["0s", "2h"], "provider.failover.slots": [1, 2, 6]},
    seed=7,
    replications=60,
)
grid.frame("mean(downtime)")[
    ["hold_down", "provider.failover.slots", "value", "difference", "difference_low", "difference_high"]
].round(0)

# %% [markdown]
# ## How far can it go?
#
# The longest mean decision time with which seven worlds in ten still meet every objective. The search names a value only if
# its worlds are sure of it, and the value must hold again in worlds that the search has not seen.

# %%
answer = bs.solve(
    scenario,
    "customers.default.decision.mean",
    "P(objectives_met) >= 70%",
    between=("10m", "8h"),
    step="10m",
    parameters={"provider.failover.slots": 6},
    seed=7,
    replications=80,
    fresh=200,
)
answer

# %%
{
    "answer": answer.answer,
    "sure in the search": answer.safe,
    "seen": answer.seen,
    "surely missed": answer.lost,
}

# %% [markdown]
# ## What cannot all be had?
#
# Waiting and refusing lose less data and take more time. The front holds the choices that none of the others beats in both;
# all numbers are of fresh worlds, since a search flatters what it has chosen.

# %%
front = bs.optimise(
    scenario,
    {"hold_down": ("0s", "6h"), "customers.default.accepts_loss_up_to": ("0s", "30m")},
    ["min mean(downtime)", "min mean(loss)"],
    seed=7,
    replications=30,
    trials=16,
)
ax = bs.plots.pareto(front)

# %%
table = front.frame().query("worlds == 'fresh' and is_on_front")
table.pivot(
    index=["choice", "hold_down", "customers.default.accepts_loss_up_to"], columns="objective", values="value"
).round(0)

# %% [markdown]
# How much better the choices looked in the worlds that chose them, in ms:

# %%
dict(zip([each.text for each in front.objectives], front.flattery(), strict=True))
