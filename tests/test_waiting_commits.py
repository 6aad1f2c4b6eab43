"""Commits that wait for a bounded link: losses are capped, and the time that it costs is degraded time."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis.strategies import sampled_from

from bcdr_sim.engine import simulate
from bcdr_sim.errors import InputError
from bcdr_sim.estate import EnvironmentSpec
from bcdr_sim.events import Event
from bcdr_sim.metrics import Metrics, measure
from bcdr_sim.metrics.accounts import Account
from bcdr_sim.metrics.commits import written
from bcdr_sim.metrics.losses import move_loss
from bcdr_sim.policy import PolicyError, load_policy
from bcdr_sim.replication import Committed
from bcdr_sim.replication.writes import WORK_PER_WRITE
from bcdr_sim.report.explanation import explain
from bcdr_sim.scenario.document import Scenario
from bcdr_sim.scenario.links import FluidLink
from bcdr_sim.scenario.reading import load_scenario
from bcdr_sim.timeline import UNBOUNDED
from bcdr_sim.trial import bound_of, resolve
from bcdr_sim.verification.closed_forms import copies
from bounded_worlds import bounded_scenarios
from commands import run
from oracle.scenarios import POLICIES, Plain

MINUTE = 60_000
HOUR = 60 * MINUTE
NEVER, AUTO = "tests/policies/never.yaml", "tests/policies/auto.yaml"
WORLD = """\
version: 1
name: bounded
horizon: 12h
regions: [{name: west, pair: north REGION}, {name: north, pair: west}]
environments:
  - name: shop
    region: west
    minimum_capability: 0.5
    link: {kind: fluid, bandwidth: 20/h, max_lag: 30m}
    writes: {steps: [{after: 0s, rate: 30/h}, {after: 2h, rate: 10/h}]}
provider: {performance_factor: 1.0, confirmation: 0s, loss_determination: 0s, reverse_sync: 1h,
  failover: {run: 0s, failure: {probability: 0}}}
"""
BURST = {"burst": 2.0, "burst_rate": 30.0, "bandwidth": 20.0, "max_lag": 0.5}
quick = settings(max_examples=60, suppress_health_check=list(HealthCheck), deadline=None)


def played(*, outages: str = "", region: str = "", policy: str = NEVER, **changes: str) -> Metrics:
    """The burst, with whatever else happens; `changes` replace one word of the text by another."""
    text = WORLD.replace(" REGION", region) + (f"outages: [{outages}]\n" if outages else "")
    for old, new in changes.items():
        text = text.replace(old, new)
    return measure(simulate(resolve(load_scenario("bounded.yaml", text=text)), load_policy(policy)))


def commits(metrics: Metrics) -> list[tuple[str, float, int]]:
    """What became of commits: event, hours, value (-1: none)."""
    table = metrics.timeline.table
    told = zip(table["event"].tolist(), table["time_ms"].tolist(), table["value"].tolist(), strict=True)
    return [
        (Event(event).label, at_ms / HOUR, max(value, -1))
        for event, at_ms, value in told
        if Event(event).label.startswith("commits_")
    ]


def account_h(metrics: Metrics, account: Account) -> float:
    """Hours of an account."""
    return float(metrics.clocks.booked[0, account]) / HOUR


def test_a_burst_is_slowed_when_the_formula_says_and_no_longer_than_it_lasts() -> None:
    """Half an hour of bandwidth waits an hour after the burst began: two thirds are accepted until it ends."""
    metrics = played()
    from_h = copies.bounded_slowed_from(burst_rate=30, bandwidth=20, max_lag=0.5)
    assert commits(metrics) == [("commits_slowed", from_h, 666), ("commits_freed", 2.0, -1)]
    accepted = written(metrics.timeline, 0)
    assert isinstance(accepted, Committed)
    assert accepted.work(0, 2 * HOUR) == copies.bounded_written(**BURST) * WORK_PER_WRITE


@pytest.mark.parametrize("at_h", [0.5, 1.0, 1.25, 1.5, 2.0, 2.25, 2.5, 2.75, 3.0, 3.5])
def test_the_age_of_the_copy_is_that_of_the_formula(at_h: float) -> None:
    """To the millisecond, on the way up, at the bound and on the way down."""
    at = f"{at_h * 60:g}m"
    metrics = played(
        outages=f"{{id: probe, region: west, at: {at}, lasts: 1h, detection: {{automatic: 0s}}}}"
    )
    (incident,) = metrics.incident_list()
    assert incident.potential is not None
    assert incident.potential.age_ms == round(copies.bounded_age_at(at_h, calm_rate=10, **BURST) * HOUR)
    assert incident.potential.age_ms <= 30 * MINUTE


@pytest.mark.parametrize("burst_h", [0.25, 0.5, 1.0, 1.5, 2.0])
def test_the_peak_of_the_age_is_that_of_an_unbounded_link_or_the_bound(burst_h: float) -> None:
    """Source: c08; the largest age is min(B(w/b - 1), max_lag), where the last write of the burst is sent."""
    unbounded, at_h = copies.fluid_age_peak(burst=burst_h, burst_rate=30, bandwidth=20)
    forms = BURST | {"burst": burst_h, "calm_rate": 10}
    ages = [copies.bounded_age_at(step / 1000, **forms) for step in range(4000)]
    assert max(ages) == pytest.approx(min(unbounded, 0.5), abs=0.001)
    assert at_h == burst_h * 1.5


def test_a_stall_stops_commits_when_the_last_sync_is_as_old_as_it_may_be() -> None:
    """From half an hour into the stall until what had waited is carried over; 75 minutes of writes are not made."""
    metrics = played(region=", link_stalls: [{at: 6h, lasts: 1h}]")
    assert commits(metrics)[2:] == [("commits_stopped", 6.5, int(6.5 * HOUR)), ("commits_freed", 7.25, -1)]
    offered = metrics.timeline.trial.estate.spec(0).writes
    assert written(metrics.timeline, 0).number(6 * HOUR, 8 * HOUR) == 13
    assert offered.number(6 * HOUR, 8 * HOUR) == 20


def test_waiting_is_degraded_time_and_begins_no_incident() -> None:
    """Two thirds of the work for an hour, the least that counts as service for 45 minutes; the clocks say which is which."""
    metrics = played(region=", link_stalls: [{at: 6h, lasts: 1h}]")
    assert len(metrics.incident_columns) == 0
    assert account_h(metrics, Account.DEGRADED) == 1.75
    assert account_h(metrics, Account.DOWN) == 0
    assert metrics.clocks.commits_slowed_ms[0] == HOUR
    assert metrics.clocks.commits_stopped_ms[0] == 45 * MINUTE
    assert metrics.clocks.capability_permille_ms[0] == (10.25 * 1000 + 666 + 0.75 * 500) * HOUR


def test_an_outage_while_commits_are_stopped_loses_no_more_than_the_bound() -> None:
    """For half an hour nothing has been written: five writes are lost, and the age is that of the last commit."""
    outage = "{id: fire, region: west, at: 7h, lasts: 2h, detection: {automatic: 0s}}"
    metrics = played(region=", link_stalls: [{at: 6h, lasts: 3h}]", outages=outage, policy=AUTO)
    (incident,) = metrics.incident_list()
    assert incident.potential == incident.realised
    assert (incident.realised.age_ms, incident.realised.writes) == (30 * MINUTE, 5)
    assert incident.realised.writing_ms == 30 * MINUTE


def test_a_side_that_was_left_writes_on_until_the_bound() -> None:
    """Cut off at 6h and moved at once, the old side goes on until 6:30, and no two hours."""
    outage = "{id: cut, region: west, at: 6h, kind: partition, lasts: 2h, detection: {automatic: 0s}}"
    metrics = played(outages=outage, policy=AUTO)
    assert metrics.move_columns.split_ms[metrics.move_columns.split_ms >= 0].tolist() == [30 * MINUTE]
    assert move_loss(metrics, 0).age_ms == 30 * MINUTE
    assert move_loss(metrics, 0).writes == 5


def test_a_partition_stops_commits_and_what_waited_is_carried_over_after_it() -> None:
    """Users can read all the time; five writes wait for a quarter of an hour more."""
    outage = "{id: cut, region: west, at: 6h, kind: partition, lasts: 2h, detection: {automatic: 0s}}"
    metrics = played(outages=outage)
    assert commits(metrics)[2:] == [("commits_stopped", 6.5, int(6.5 * HOUR)), ("commits_freed", 8.25, -1)]


def test_an_outage_of_the_other_side_stops_commits_too() -> None:
    """The copy cannot be reached: loss stays capped, and availability pays."""
    metrics = played(outages="{id: fire, region: north, at: 6h, lasts: 2h}")
    assert commits(metrics)[2:] == [("commits_stopped", 6.5, int(6.5 * HOUR)), ("commits_freed", 8.25, -1)]


def test_a_copy_that_stands_since_a_move_holds_nobody_up() -> None:
    """Moved at 1h30m while commits are slowed: at the other side everything is accepted until the way back is in step."""
    outage = "{id: fire, region: west, at: 90m, lasts: 3h, detection: {automatic: 0s}}"
    metrics = played(outages=outage, policy=AUTO)
    assert commits(metrics) == [("commits_slowed", 1.0, 666), ("commits_freed", 1.5, -1)]


def test_without_bandwidth_commits_end_with_the_bound() -> None:
    """Nothing ever comes over: after half an hour nothing is written any more."""
    metrics = played(**{"20/h": "0/h"})
    assert commits(metrics) == [("commits_stopped", 0.5, int(0.5 * HOUR))]


def test_no_lag_at_all_is_what_the_link_carries() -> None:
    """With a bound of 0 nothing ever waits, so a burst is slowed from its first millisecond on, and nothing is lost."""
    outage = "{id: fire, region: west, at: 1h, lasts: 1h, detection: {automatic: 0s}}"
    metrics = played(outages=outage, **{"30m": "0s"})
    assert commits(metrics) == [("commits_slowed", 0.0, 666), ("commits_freed", 2.0, -1)]
    (incident,) = metrics.incident_list()
    assert incident.potential is not None
    assert incident.potential.is_zero


def test_a_link_without_a_bound_is_never_mentioned() -> None:
    """The same world without `max_lag` has no such event, and no degraded time."""
    metrics = played(**{", max_lag: 30m": ""})
    assert commits(metrics) == []
    assert account_h(metrics, Account.DEGRADED) == 0


def test_explain_says_why_it_was_degraded() -> None:
    """Both kinds of waiting, since when, and because of what."""
    timeline = played(region=", link_stalls: [{at: 6h, lasts: 1h}]").timeline
    text = " ".join(explain(timeline, "shop", policy=load_policy(NEVER)).split())
    assert "may be no older than 30m (max_lag)" in text
    assert "slowed to 66.6% of what there was to write" in text
    assert "stopped: the link had stood still or was behind" in text
    at = " ".join(explain(timeline, "shop", policy=load_policy(NEVER), at_ms=7 * HOUR).split())
    assert "stopped" in at
    assert "slowed" not in at


def test_a_bound_is_a_duration_of_a_fluid_link() -> None:
    """No other link has one."""
    with pytest.raises(InputError, match="max_lag"):
        played(**{"{kind: fluid, bandwidth: 20/h, max_lag: 30m}": "{kind: lag, max_lag: 30m}"})
    with pytest.raises(InputError, match="max_lag"):
        played(**{"max_lag: 30m": "max_lag: 30"})


def test_the_run_document_tells_slowed_and_stopped_time(tmp_path: Path) -> None:
    """In each environment and in the totals."""
    path = tmp_path / "bounded.yaml"
    path.write_text(WORLD.replace(" REGION", ", link_stalls: [{at: 6h, lasts: 1h}]"), encoding="utf-8")
    document = json.loads(run("run", str(path), "--format", "json").out)
    assert document["environments"][0]["commits_slowed_ms"] == HOUR
    assert document["fleet"]["commits_stopped_ms"] == 45 * MINUTE


def _max_lag_ms(spec: EnvironmentSpec) -> int | None:
    return spec.link.max_lag if bound_of(spec) and isinstance(spec.link, FluidLink) else None


@given(plain=bounded_scenarios(), policy=sampled_from(sorted(POLICIES)))
@quick
def test_no_loss_is_older_than_the_bound(plain: Plain, policy: str) -> None:
    """Potential or realised, whatever happens, unless the copy had stood since a move; and the accounts still add up."""
    try:
        metrics = measure(simulate(resolve(Scenario.model_validate(plain), seed=7), POLICIES[policy]))
    except PolicyError:
        return
    estate, moves = metrics.timeline.trial.estate, metrics.move_columns
    exposures = metrics.exposures
    first_move_ms: dict[int, int] = {}
    for number, (row, at_ms) in enumerate(
        zip(moves.environment.tolist(), moves.time_ms.tolist(), strict=True)
    ):
        max_lag_ms = _max_lag_ms(estate.spec(row))
        if row not in first_move_ms and max_lag_ms is not None and moves.last_sync_ms[number] != UNBOUNDED:
            assert move_loss(metrics, number).age_ms <= max_lag_ms
        first_move_ms.setdefault(row, at_ms)
    for row, at_ms, synced_ms in zip(
        exposures.environment.tolist(),
        exposures.time_ms.tolist(),
        exposures.last_sync_ms.tolist(),
        strict=True,
    ):
        max_lag_ms = _max_lag_ms(estate.spec(row))
        if max_lag_ms is not None and synced_ms != UNBOUNDED and at_ms < first_move_ms.get(row, at_ms + 1):
            assert at_ms - synced_ms <= max_lag_ms
