"""Copies that are made anew: while one is rebuilt there is none."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, reject, settings
from hypothesis.strategies import sampled_from

from bcdr_sim.engine import simulate
from bcdr_sim.metrics import Metrics, measure
from bcdr_sim.policy import PolicyError, load_policy
from bcdr_sim.scenario.document import Scenario
from bcdr_sim.scenario.reading import load_scenario
from bcdr_sim.timeline import Timeline
from bcdr_sim.trial import resolve
from growing import growing_scenarios
from oracle.scenarios import POLICIES, Plain

MINUTE, HOUR = 60_000, 3_600_000
WORLD = """\
version: 1
name: made-anew
horizon: 10d
regions: [{name: west, pair: north}, {name: north, pair: west}]
link: {kind: synchronous}
environments:
  - {name: shop, region: west, reseeding: RESEEDING}
  - {name: wiki, region: north}
provider:
  confirmation: 5m
  loss_determination: 10m
  verification: 1m
  reverse_sync: 2h
  reprotection: 1h
  seeding: 30h
  log_retention: RETENTION
  failover: {run: 1h, failure: {probability: 0}}
  failback: {interruption: 0s}
outages: OUTAGES
"""
GALE = "{id: gale, region: west, at: 1d, lasts: 10h, detection: {automatic: 5m}}"
COMPLETIONS = {
    "failover_completed": True,
    "planned_failover_completed": True,
    "failback_completed": False,
    "forced_failback_completed": False,
}


def measured(reseeding: str = "[]", *, retention: str = "null", outages: str = f"[{GALE}]") -> Metrics:
    """A world with one environment to rebuild, and one at home in the other region."""
    text = WORLD.replace("RESEEDING", reseeding).replace("RETENTION", retention).replace("OUTAGES", outages)
    return measure(simulate(resolve(load_scenario("anew.yaml", text=text)), load_policy("seed")))


def instants(metrics: Metrics, event: str, name: str = "shop") -> list[float]:
    """When an event of an environment happened, in hours."""
    events = metrics.timeline.events()
    own = events[(events["environment"] == name) & (events["event"] == event)]
    return [at_ms / HOUR for at_ms in own["time_ms"].tolist()]


def without_copy(metrics: Metrics) -> float:
    """How long the shop had no copy, in hours."""
    frame = metrics.environments()
    return float(frame[frame["environment"] == "shop"]["without_copy_ms"].iloc[0]) / HOUR


def test_nothing_is_wrong_but_that_there_is_no_copy() -> None:
    """Without an outage the shop is served throughout, and unprotected for as long as the rebuild takes."""
    metrics = measured("[{at: 2h, lasts: 6h}, {at: 20h, lasts: 1h}]", outages="[]")
    assert without_copy(metrics) == 7
    assert instants(metrics, "resync_completed") == [8, 21]
    assert instants(metrics, "protection_changed") == [2, 8, 20, 21]
    assert instants(metrics, "service_lost") == []


@pytest.mark.parametrize(("begin", "moved"), [("16h", True), ("19h", False)])
def test_an_outage_meanwhile_finds_nothing_to_move_to(begin: str, moved: bool) -> None:
    """Done before the outage it can be moved; else it waits, and the rebuild starts all over at the end."""
    metrics = measured(f"[{{at: {begin}, lasts: 6h}}]")
    assert bool(instants(metrics, "failover_completed")) is moved
    if not moved:
        assert instants(metrics, "resync_started") == [19, 34]
        assert instants(metrics, "resync_completed") == [40]
        assert without_copy(metrics) == 21


def test_an_outage_of_the_other_side_interrupts_it_too() -> None:
    """The rebuild needs both sides."""
    north = "[{id: squall, region: north, at: 5h, lasts: 2h, detection: {automatic: 5m}}]"
    metrics = measured("[{at: 2h, lasts: 6h}]", outages=north)
    assert instants(metrics, "resync_completed") == [13]
    assert without_copy(metrics) == 11


def test_what_begins_during_an_outage_waits_for_its_end() -> None:
    """From its begin on there is no copy, and the rebuild starts when the region is back."""
    metrics = measured("[{at: 24h, lasts: 6h}]")
    assert instants(metrics, "failover_completed") == []
    assert instants(metrics, "resync_started") == [34]
    assert without_copy(metrics) == 16


def test_away_from_home_there_is_nothing_to_rebuild() -> None:
    """The far side is where it is served."""
    assert without_copy(measured("[{at: 30h, lasts: 6h}]")) == 0


@pytest.mark.parametrize(("retention", "lasts"), [("null", 2), ("521m", 2), ("520m", 2), ("519m", 30)])
def test_a_copy_that_is_too_old_is_seeded_anew(retention: str, lasts: int) -> None:
    """It moved 80 minutes into the outage, and the old primary stood 520 minutes when the region was back."""
    metrics = measured(retention=retention)
    assert instants(metrics, "resync_completed")[0] == 34 + lasts
    assert without_copy(metrics) == (30 if lasts == 30 else 0)


def slow_fold_ms(timeline: Timeline, row: int) -> int:
    """Time without a copy of an environment that had one at first and whose data nothing destroys, mark by mark."""
    trial = timeline.trial
    retention_ms = trial.scenario.provider.log_retention
    events = timeline.events()
    own = events[events["environment"] == trial.estate.names[row]]
    marks = [(spell.at, 0, "anew") for spell in trial.estate.spec(row).reseeding]
    for at_ms, event in zip(own["time_ms"].tolist(), own["event"].astype(str).tolist(), strict=True):
        marks.append((at_ms, -1 if event == "environment_lost" else 1, event))
    far, lost, total_ms = False, False, 0
    moved_ms: int | None = None
    gone_ms: int | None = None
    for at_ms, _, what in sorted(marks, key=lambda mark: mark[:2]):
        if what == "environment_lost":
            lost = True
        elif what == "anew" and not far and not lost and at_ms < trial.horizon_ms and gone_ms is None:
            gone_ms = at_ms
        elif what == "resync_started" and gone_ms is None and None not in (moved_ms, retention_ms):
            gone_ms = at_ms if at_ms - (moved_ms or 0) > (retention_ms or 0) else None
        elif what in COMPLETIONS or what == "resync_completed":
            total_ms += at_ms - gone_ms if gone_ms is not None else 0
            gone_ms = None
        if what in COMPLETIONS:
            far, moved_ms = COMPLETIONS[what], at_ms
    return total_ms + (trial.horizon_ms - gone_ms if gone_ms is not None else 0)


@given(plain=growing_scenarios(), policy=sampled_from(sorted(POLICIES)))
@settings(
    suppress_health_check=list(HealthCheck), deadline=None, max_examples=150, derandomize=True, database=None
)
def test_the_time_without_a_copy_is_what_the_log_says(plain: Plain, policy: str) -> None:
    """Rebuilt, too old, interrupted, moved meanwhile: folded mark by mark it comes to the same."""
    if any(outage.get("destroys_data") for outage in plain["outages"]):
        reject()
    trial = resolve(Scenario.model_validate(plain), seed=7)
    try:
        metrics = measure(simulate(trial, POLICIES[policy]))
    except PolicyError:
        reject()
    found = metrics.environments()["without_copy_ms"].tolist()
    for row, spec in ((row, trial.estate.spec(row)) for row in range(len(trial.estate))):
        if spec.has_copy and spec.deployed_ms is None:
            assert found[row] == slow_fold_ms(metrics.timeline, row)
