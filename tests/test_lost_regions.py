"""A region from which nobody comes back: it does not return, whoever is in it and however large the fleet is."""

from __future__ import annotations

import pytest

from bcdr_sim.engine import simulate
from bcdr_sim.events import Event
from bcdr_sim.policy import load_policy
from bcdr_sim.scenario.reading import load_scenario
from bcdr_sim.timeline import UNBOUNDED, Timeline
from bcdr_sim.trial import NEVER, Trial, resolve

DAY = 86_400_000
FIRE = """\
version: 1
name: fire
horizon: 5d
regions: [{name: west, pair: north}, {name: north, pair: west}]
customers: {default: {accepts_loss_up_to: 1h}}
environments: [{name: shop, region: HOME, count: COUNT, link: LINK}]
outages:
  - {id: fire, region: west, at: 1d, OUTAGE, comms: {first: 30m}, detection: {automatic: 5m}}
"""


def world(
    outage: str, *, count: int = 20, home: str = "west", link: str = "{kind: synchronous}", seed: int = 0
) -> Trial:
    """A fleet and one outage of `west`."""
    text = (
        FIRE.replace("OUTAGE", outage)
        .replace("COUNT", str(count))
        .replace("HOME", home)
        .replace("LINK", link)
    )
    return resolve(load_scenario("fire.yaml", text=text), seed=seed)


def played(trial: Trial) -> Timeline:
    return simulate(trial, load_policy("seed"))


def count_of(timeline: Timeline, event: Event) -> int:
    return int((timeline.table["event"] == event).sum())


@pytest.mark.parametrize("count", [1, 20])
@pytest.mark.parametrize(
    "outage", ["recovery: {tail: 12h, never: 1.0}", "recovery: {tail: 12h}, destroys_data: true"]
)
def test_a_region_that_nobody_could_come_back_to_never_returns(outage: str, count: int) -> None:
    """All move, the outage is posted and lasts, and nobody is brought home into ruins."""
    trial = world(outage, count=count)
    assert trial.outages[0].end_ms == NEVER
    timeline = played(trial)
    assert count_of(timeline, Event.FAILOVER_COMPLETED) == count
    assert count_of(timeline, Event.FAILBACK_COMPLETED) == 0
    assert count_of(timeline, Event.REGION_RETURNED) == 0
    assert count_of(timeline, Event.DASHBOARD_POSTED) == 1


def test_a_stage_says_when_the_region_itself_is_back() -> None:
    """Though nobody comes back in place: data are gone, the site is not."""
    trial = world("recovery: {stages: [{at: 10h, fraction: 1.0}]}, destroys_data: true")
    assert trial.outages[0].end_ms == DAY + 10 * 3_600_000
    assert count_of(played(trial), Event.FAILBACK_COMPLETED) == 20


def test_the_luck_of_those_in_it_does_not_end_an_outage_at_once() -> None:
    """Where all happen to stay away, or none is hit, the region is back after a tail of its own: posts still come."""
    for seed in range(12):
        alone = world("recovery: {tail: 12h, never: 0.9}", count=1, link="{kind: lag, lag: 2m}", seed=seed)
        assert alone.outages[0].end_ms == DAY + 12 * 3_600_000
        assert count_of(played(alone), Event.DASHBOARD_POSTED) == 1
    elsewhere = world("recovery: {tail: 12h}", home="north")
    assert elsewhere.outages[0].end_ms == DAY + 12 * 3_600_000


def test_who_would_move_into_such_a_region_cannot() -> None:
    """A second outage finds the copies in ruins: whoever has a copy there stays down."""
    text = (
        FIRE.replace("OUTAGE", "recovery: {tail: 12h, never: 1.0}")
        .replace("COUNT", "3")
        .replace("HOME", "north")
    )
    both = text.replace("LINK", "{kind: synchronous}") + "  - {id: storm, region: north, at: 2d, lasts: 1d}\n"
    timeline = played(resolve(load_scenario("fire.yaml", text=both)))
    assert count_of(timeline, Event.FAILOVER_COMPLETED) == 0


def test_a_common_cause_spares_no_copy_whatever_the_regions_are_called() -> None:
    """Both lose everything at one instant; neither is told that the other region still has its data."""
    text = """\
version: 1
name: common
horizon: 5d
regions: [{name: a, pair: b}, {name: b, pair: a}]
link: {kind: lag, lag: 1m}
environments: [{name: ea, region: a}, {name: eb, region: b}]
outages:
  - {id: o, regions: [a, b], at: 1d, lasts: 1d, destroys_data: true}
"""
    timeline = played(resolve(load_scenario("common.yaml", text=text)))
    lost = timeline.table["event"] == Event.SERVICE_LOST
    assert timeline.table["value"][lost].tolist() == [UNBOUNDED, UNBOUNDED]
