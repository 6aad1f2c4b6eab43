"""Worlds for tests of what is told and drawn: one storm with fixed durations, in which every fate occurs."""

from dataclasses import dataclass

from bcdr_sim.engine import simulate
from bcdr_sim.policy import Policy, load_policy
from bcdr_sim.scenario.reading import load_scenario
from bcdr_sim.timeline import Timeline
from bcdr_sim.trial import resolve

STORM = """\
version: 1
name: storm
start: 2024-11-03T06:00:00Z
horizon: 3d
regions:
  - {name: west, pair: north}
  - {name: north, pair: west}
environments:
  - {name: calm-prod, region: north}
  - {name: free-prod, region: west, customer: contoso, tier: 1, link: {kind: synchronous}}
  - {name: busy-prod, region: west, customer: contoso, tier: 1}
  - {name: firm-prod, region: west, customer: fabrikam, tier: 2}
  - {name: dev, type: Sandbox, region: west}
  - {name: shop, count: 12, region: west, customer: contoso}
link: {kind: lag, lag: 3m}
customers:
  contoso: {accepts_loss_up_to: 15m, decision: 30m}
  fabrikam: {accepts_loss_up_to: 0s, decision: 1h}
provider:
  confirmation: 5m
  first_post: 20m
  loss_determination: 10m
  failover: {run: 1h, failure: {probability: 0}}
  failback: {interruption: 40s}
  reverse_sync: 3h
  reprotection: 3h
  support: {first_response: 15m}
objectives:
  "1": {rto: 4h, rpo: 15m}
  "2": {rto: 8h}
outages:
  - {id: gale, region: west, at: 2h, lasts: 9h, detection: {automatic: 8m}}
"""


@dataclass(frozen=True)
class Played:
    """A timeline with the policy that it was played under."""

    timeline: Timeline
    policy: Policy

    def row(self, name: str) -> int:
        """Row of an environment."""
        return self.timeline.trial.estate.names.index(name)


def played(text: str = STORM, *, policy: str = "seed", seed: int = 0) -> Played:
    """Play the scenario of a text."""
    chosen = load_policy(policy)
    scenario = load_scenario("storm.yaml", text=text)
    return Played(simulate(resolve(scenario, seed=seed), chosen), chosen)
