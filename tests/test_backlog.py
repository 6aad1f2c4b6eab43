"""A backlog: back in service, and for a while not in full."""

from __future__ import annotations

import pytest

from bcdr_sim.engine import simulate
from bcdr_sim.errors import InputError
from bcdr_sim.metrics import Metrics, measure
from bcdr_sim.policy import load_policy
from bcdr_sim.scenario.reading import load_scenario
from bcdr_sim.trial import resolve

HOUR = 3_600_000
WORLD = """\
version: 1
name: backlog
horizon: 2d
regions: [{name: west, pair: north}, {name: north, pair: west}]
link: {kind: synchronous}
environments:
  - {name: shop, region: west, minimum_capability: 0.5}
  - {name: proud, region: west, minimum_capability: 0.9}
  - {name: far, region: north}
provider: {performance_factor: 1.0, verification: 1h, reverse_sync: 1h}
outages:
  - {id: gale, region: west, at: 2h, OUTAGE}
"""


def measured(outage: str, *, policy: str = "tests/policies/never.yaml") -> Metrics:
    """One outage, and what it leaves."""
    scenario = load_scenario("backlog.yaml", text=WORLD.replace("OUTAGE", outage))
    return measure(simulate(resolve(scenario), load_policy(policy)))


def value(metrics: Metrics, name: str, column: str) -> float:
    """A number of an environment."""
    frame = metrics.environments()
    return float(frame[frame["environment"] == name][column].iloc[0])


def hours(metrics: Metrics, name: str, column: str) -> float:
    """A column of an environment, in hours."""
    return value(metrics, name, column) / HOUR


@pytest.mark.parametrize(
    ("backlog", "expected"),
    [
        ("lasts: 3h", 3.0),
        ("ratio: 0.5", 2.0),
        ("lasts: 50h", 42.0),
        ("lasts: 0s", 0.0),
        ("pace: {rate: 180/h}", 2.0),
        ("pace: {of_mean: 3.0}", 2.0),
        ("pace: {of_mean: 1.0}", 42.0),
    ],
    ids=["given", "ratio", "beyond the horizon", "nothing", "pace", "pace by the mean", "no headroom"],
)
def test_a_backlog_is_degraded_time_after_recovery(backlog: str, expected: float) -> None:
    """Down for four hours, then degraded, then up; the recovery time knows nothing of it."""
    metrics = measured(f"lasts: 4h, backlog: {{capability: 0.6, {backlog}}}")
    assert hours(metrics, "shop", "downtime_ms") == 4
    assert hours(metrics, "shop", "degraded_ms") == expected
    assert hours(metrics, "far", "degraded_ms") == 0
    capability = value(metrics, "shop", "availability_by_capability")
    assert capability == pytest.approx(1 - (4 + 0.4 * expected) / 48)


def test_who_is_back_serves_at_least_its_minimum() -> None:
    """A share below the minimum capability would be an outage; it is none."""
    metrics = measured("lasts: 4h, backlog: {capability: 0.2, lasts: 10h}")
    assert value(metrics, "proud", "availability_by_capability") == pytest.approx(1 - (4 + 0.1 * 10) / 48)
    assert value(metrics, "shop", "availability_by_capability") == pytest.approx(1 - (4 + 0.5 * 10) / 48)


def test_whoever_has_moved_away_leaves_its_backlog_behind() -> None:
    """At the secondary nothing has piled up; home before it is worked off, it is there again."""
    metrics = measured("lasts: 20h, backlog: {capability: 0.6, lasts: 30h}", policy="seed")
    events = metrics.timeline.events()
    own = events[events["environment"] == "shop"]
    home = int(own[own["event"] == "failback_completed"]["time_ms"].iloc[0])
    assert hours(metrics, "shop", "degraded_ms") == pytest.approx((48 * HOUR - home) / HOUR)


def test_both_ends_are_told_once() -> None:
    """Of those hit, at the instant; not of those spared."""
    events = measured("lasts: 4h, backlog: {capability: 0.6, ratio: 0.5}").timeline.events()
    for event, at_ms in (("backlog_began", 6 * HOUR), ("backlog_cleared", 8 * HOUR)):
        told = events[events["event"] == event]
        assert told["environment"].tolist() == ["proud", "shop"]
        assert set(told["time_ms"]) == {at_ms}
        assert set(told["outage"]) == {"gale"}


def test_a_gray_outage_leaves_what_it_did_not_serve() -> None:
    """Three tenths went on, so seven tenths have piled up."""
    metrics = measured(
        "lasts: 4h, kind: gray, capability: 0.3, backlog: {capability: 0.6, pace: {of_mean: 2.0}}"
    )
    events = metrics.timeline.events()
    cleared = events[events["event"] == "backlog_cleared"]
    assert set(cleared["time_ms"]) == {6 * HOUR + round(0.7 * 4 * HOUR)}


@pytest.mark.parametrize(
    ("backlog", "message"),
    [
        ("{capability: 0.5}", "a backlog has exactly one of lasts, ratio, pace"),
        ("{capability: 0.5, lasts: 1h, ratio: 2.0}", "a backlog has exactly one of lasts, ratio, pace"),
        ("{capability: 0.5, pace: {}}", "a pace has exactly one of rate, of_mean"),
        ("{capability: 0.5, pace: {rate: 0/h}}", "nothing is ever caught up with"),
        ("{capability: 1.0, ratio: 1.0}", "less than 1"),
    ],
)
def test_what_is_no_backlog_is_refused(backlog: str, message: str) -> None:
    """It has one length, and takes something away."""
    with pytest.raises(InputError) as caught:
        measured(f"lasts: 4h, backlog: {backlog}")
    assert message in str(caught.value)
