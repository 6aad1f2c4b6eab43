"""The support desk against the theory of queues, through whole scenarios: customers notice, open cases and are told.

One outage hits a large fleet; each environment has a customer of its own that notices the outage at a uniform instant, so
cases come in as a Poisson process does, given their number. Time in system is from `case_opened` to `loss_level_told`.
Warm-up and the end are cut off; a replication is one observation.
Source: Cobham (1954), priority assignment in waiting line problems; Erlang (1917), delay formula.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt
from statistics import mean, stdev

import numpy as np
import pytest
from numpy.typing import NDArray

from bcdr_sim.engine import simulate
from bcdr_sim.events import Event
from bcdr_sim.policy import load_policy
from bcdr_sim.scenario.reading import load_scenario
from bcdr_sim.timeline import Timeline
from bcdr_sim.trial import resolve
from bcdr_sim.verification.closed_forms import exposures

MINUTE = 60_000
HELD_SHARE = (0.2, 0.9)
"""Cases opened in this part of the time are counted."""
QUANTILE = 2.861
"""Of Student's t with 19 degrees of freedom, two-sided 1 %."""
REPLICATIONS = 20

OUTAGE = """\
version: 1
name: desk
horizon: {horizon}m
regions: [{{name: west, pair: north}}, {{name: north, pair: west}}]
link: {{kind: lag, lag: 5m}}
customers:
  default: {{dashboard_every: null, answers_share: 0, notices_impact: {{uniform: {{low: 0s, high: {last}m}}}}}}
environments:
{fleets}
provider:
  confirmation: 0s
  loss_determination: 0s
  support: {{agents: {agents}, priority: [tier], first_response: {{exponential: {{mean: {service}m}}}}}}
outages: [{{id: gale, region: west, at: 0s, lasts: {horizon}m, detection: {{automatic: 0s}}}}]
"""


def outage(rates: dict[int, float], *, agents: int, service_minutes: float, count: int) -> str:
    """A scenario in which cases of each tier come in at a rate per minute, `count` in all."""
    last = round(count / sum(rates.values()))
    fleets = "\n".join(
        f"  - {{name: tier{tier}, count: {round(rate * last)}, region: west, tier: {tier}}}"
        for tier, rate in rates.items()
    )
    return OUTAGE.format(
        horizon=2 * last, last=last, fleets=fleets, agents=agents, service=f"{service_minutes:g}"
    )


def times(timeline: Timeline, begin: Event, end: Event, *, tier: int) -> float:
    """Mean minutes from one event to another of the environments of a tier whose case is opened in the part that counts."""
    spec = next(spec for spec in timeline.trial.estate.specs if spec.tier == tier)
    first, last = spec.rows[0], spec.rows[-1] + 1
    opened = instants(timeline, Event.CASE_OPENED)[first:last]
    horizon_ms = timeline.trial.horizon_ms // 2
    counts = (opened >= HELD_SHARE[0] * horizon_ms) & (opened < HELD_SHARE[1] * horizon_ms)
    passed = instants(timeline, end)[first:last] - instants(timeline, begin)[first:last]
    return float(passed[counts].mean()) / MINUTE


def instants(timeline: Timeline, event: Event) -> NDArray[np.int64]:
    """When an event happens to each environment; everybody is told in the end."""
    found = np.full(len(timeline.trial.estate), -1, dtype=np.int64)
    rows = timeline.table[(timeline.table["event"] == event) & (timeline.table["environment"] >= 0)]
    found[rows["environment"]] = rows["time_ms"]
    assert (found >= 0).all()
    return found


def replications(text: str) -> list[Timeline]:
    """Independent worlds."""
    scenario, policy = load_scenario("desk.yaml", text=text), load_policy("seed")
    return [simulate(resolve(scenario, replication=number), policy) for number in range(REPLICATIONS)]


def agrees(observed: list[float], expected: float, *, within: float) -> None:
    """Theory lies inside the interval of the replications, and that is narrow enough to say something."""
    half_width = QUANTILE * stdev(observed) / sqrt(len(observed))
    assert abs(mean(observed) - expected) <= half_width, (mean(observed), expected, half_width)
    assert half_width < within, half_width


def test_priority_without_interruption_is_that_of_cobham() -> None:
    """One agent, arrivals 0.2 and 0.6, service 1: 2.0 in the system for the first class, 6.0 for the second."""
    theory = exposures.priority_time_in_system((0.2, 0.6), service_rate=1)
    assert theory == pytest.approx((2.0, 6.0))
    runs = replications(outage({1: 0.2, 2: 0.6}, agents=1, service_minutes=1, count=2000))
    for tier, expected in zip((1, 2), theory, strict=True):
        agrees(
            [times(run, Event.CASE_OPENED, Event.LOSS_LEVEL_TOLD, tier=tier) for run in runs],
            expected,
            within=expected / 3,
        )


@dataclass(frozen=True)
class Erlang:
    """A queue M/M/c in minutes, and the published mean wait."""

    agents: int
    rate: float
    service_minutes: float
    wait: float


@pytest.mark.parametrize("queue", [Erlang(3, 0.2, 10, 4.44444), Erlang(5, 4.0, 1, 0.554113)])
def test_the_wait_for_several_agents_is_that_of_erlang(queue: Erlang) -> None:
    """Poisson arrivals, exponential service: wait C / (c*u - a), from the case to the agent."""
    agents, rate, service_minutes, wait = queue.agents, queue.rate, queue.service_minutes, queue.wait
    theory = exposures.wait_mean(agents, arrival_rate=rate, service_rate=1 / service_minutes)
    assert theory == pytest.approx(wait, rel=1e-5)
    runs = replications(outage({3: rate}, agents=agents, service_minutes=service_minutes, count=2000))
    observed = [times(run, Event.CASE_OPENED, Event.CASE_TAKEN_UP, tier=3) for run in runs]
    agrees(observed, wait, within=wait / 3)
