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
# # A first outage
#
# A region goes down for nine hours. Three customers have production there. One has a copy that is always up to date, one
# has a copy some minutes behind and is willing to lose that much, one is not. Who moves, who waits, and whose time is it?
#
# A scenario says what could happen. Everything that has to do with time carries its unit.

# %%
import bcdr_sim as bs

SCENARIO = """
version: 1
name: first-outage
start: 2024-11-03T06:00:00Z
horizon: 3d
regions:
  - {name: westeurope, pair: northeurope}
  - {name: northeurope, pair: westeurope}
environments:
  - {name: contoso-prod, region: westeurope, customer: contoso, tier: 1, link: {kind: synchronous}}
  - {name: fabrikam-prod, region: westeurope, customer: fabrikam, tier: 1, link: {kind: lag, lag: 3m}}
  - {name: adatum-prod, region: westeurope, customer: adatum, tier: 1, link: {kind: lag, lag: 3m}}
  - {name: adatum-dev, type: Sandbox, region: westeurope, customer: adatum}
customers:
  contoso: {}
  fabrikam: {accepts_loss_up_to: 15m}
  adatum: {accepts_loss_up_to: 0s}
objectives:
  "1": {rto: 8h, rpo: 15m}
outages:
  - {id: storm, region: westeurope, at: 2h, lasts: 9h, detection: {automatic: 8m}}
"""
scenario = bs.load("first-outage.yaml", text=SCENARIO)
[environment.name for environment in scenario.environments]

# %% [markdown]
# ## One world
#
# `resolve` takes chance out of the scenario: the same seed is the same world, whatever is decided in it. `simulate` lets
# it run its course under a policy, here the provider's published rules: no data loss, it moves by itself; data loss, it
# asks.

# %%
policy = bs.load_policy("seed")
timeline = bs.simulate(bs.resolve(scenario, seed=7), policy)
timeline

# %%
ax = bs.plots.timeline(timeline)

# %% [markdown]
# The first lane moves as soon as the loss is known to be nothing. The second waits for consent and moves when it has it.
# The third is asked and refuses, so it waits for its region. The sandbox is not covered: nobody asks at all.
#
# ## What happened, in words

# %%
print(bs.story(timeline))

# %% [markdown]
# ## Why one of them stayed

# %%
print(bs.explain(timeline, "adatum-prod", policy=policy))

# %% [markdown]
# ## Numbers
#
# Every millisecond of a recovery time belongs to a phase, and each phase to somebody: the parts sum exactly.

# %%
metrics = bs.measure(timeline)
incidents = metrics.incidents()
incidents[["environment", "outcome", "rta_ms", "loss_potential_age_ms", "loss_realised_age_ms"]]

# %%
ledger = metrics.ledger()
ledger.groupby(["environment", "owner"], observed=True)["duration_ms"].sum().unstack(fill_value=0)

# %%
ax = bs.plots.ledger(metrics, environment="fabrikam-prod")

# %% [markdown]
# ## The verdict

# %%
verdict = bs.judge(metrics)
verdict.judgements.counts()

# %% [markdown]
# ## What if
#
# The same world with another rule: the provider waits twelve hours before it moves anybody. Nothing else differs, not
# even the draws, so every difference below is what the rule costs.

# %%
patient = bs.load_policy("seed", {"hold_down": "12h"})
waited = bs.measure(bs.simulate(bs.resolve(scenario, seed=7), patient))
comparison = incidents[["environment", "outcome", "rta_ms"]].merge(
    waited.incidents()[["environment", "outcome", "rta_ms"]], on="environment", suffixes=("", "_patient")
)
comparison
