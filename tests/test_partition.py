"""Laws of partitions: users are served, the copy stands still, and a move without a fence makes two primaries."""

from __future__ import annotations

from math import sqrt

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis.strategies import sampled_from

from bcdr_sim.engine import simulate
from bcdr_sim.events import Event
from bcdr_sim.metrics import measure
from bcdr_sim.metrics.losses import move_loss
from bcdr_sim.phases import Phase
from bcdr_sim.policy import load_policy
from bcdr_sim.scenario.reading import load_scenario
from bcdr_sim.trial import resolve
from data_worlds import data_scenarios
from oracle.scenarios import POLICIES, Plain
from stories import Story, story_of
from worlds import played

LEASE = """\
version: 1
name: lease
horizon: 30d
regions: [{name: west, pair: north}, {name: north, pair: west}]
link: {kind: synchronous}
writes: {rate: 40/h}
environments: [{name: node, count: 3000, region: west}]
provider:
  fencing: {lease: {exponential: {mean: 90m}}}
  failover: {slots: null, run: {exponential: {mean: 2h}}, failure: {probability: 0}}
outages:
  - {id: cut, region: west, at: 0s, kind: partition, lasts: 40d, detection: {automatic: 0s}}
"""
CASE = """\
version: 1
name: cut
horizon: 2d
regions: [{name: west, pair: north}, {name: north, pair: west}]
link: {kind: lag, lag: 5m}
writes: {rate: 60/h}
environments: [{name: prod, region: west}]
objectives: {"3": {rpo: 15m}}
provider:
  confirmation: 5m
  loss_determination: 10m
  failover: {run: 1h, failure: {probability: 0}}
outages:
  - {id: cut, region: west, at: 4h, kind: partition, lasts: 2h, detection: {automatic: 5m}}
"""
AUTO = "tests/policies/auto.yaml"
STANDARD_ERRORS_MAX = 4.5
"""A right engine is further off once in 150,000 runs."""
quick = settings(max_examples=60, suppress_health_check=list(HealthCheck), deadline=None)


def test_both_sides_write_as_often_and_as_long_as_two_exponential_clocks_say() -> None:
    """A lease Exp(l) against a promotion Exp(e): split with chance e/(l+e), for e/(l(l+e)) hours in the mean.

    Source: elementary; of two exponential clocks the one with rate e rings first with chance e/(l+e), and the other one has
    no memory. Divergent writes are the rate of writing times that.
    """
    lease, promotion, writes = 1 / 1.5, 1 / 2, 40
    metrics = measure(simulate(resolve(load_scenario("lease.yaml", text=LEASE), seed=1), load_policy(AUTO)))
    hours = np.maximum(metrics.move_columns.split_ms, 0) / 3_600_000
    n = len(hours)
    assert n == 3000, "everybody is promoted in time"
    chance = promotion / (lease + promotion)
    assert abs((hours > 0).mean() - chance) < STANDARD_ERRORS_MAX * sqrt(chance * (1 - chance) / n)
    mean = promotion / (lease * (lease + promotion))
    off = hours.std(ddof=1) / sqrt(n)
    assert abs(hours.mean() - mean) < STANDARD_ERRORS_MAX * off
    assert abs(hours.mean() * writes - writes * mean) < STANDARD_ERRORS_MAX * off * writes


def test_a_split_brain_counts_what_the_old_side_accepted_as_lost() -> None:
    """Five minutes of lag, an hour and five minutes to the commit, 55 minutes more until contact is back."""
    metrics = measure(played(CASE, policy=AUTO).timeline)
    (number,) = np.flatnonzero(metrics.move_columns.event == Event.FAILOVER_COMPLETED).tolist()
    lost = move_loss(metrics, number)
    assert lost.age_ms == 125 * 60_000
    assert lost.writes == 125
    assert metrics.totals.fleet.split_brains == 1
    assert metrics.totals.fleet.split_brain_ms == 55 * 60_000


def test_a_split_brain_that_is_open_at_the_horizon_counts_up_to_it() -> None:
    """Nothing ends it before the scenario does."""
    metrics = measure(played(CASE.replace("lasts: 2h", "lasts: 9d"), policy=AUTO).timeline)
    assert metrics.totals.fleet.split_brain_ms == (2 * 24 - 4 - 1) * 3_600_000 - 5 * 60_000


def test_the_loss_of_a_move_of_who_was_served_is_judged() -> None:
    """No incident, and still the objective of 15 minutes is breached."""
    from bcdr_sim.verdict import judge

    metrics = measure(played(CASE, policy=AUTO).timeline)
    judged = judge(metrics)
    assert len(metrics.incident_columns) == 0
    assert judged.judgements.counts()["PolicyBreached"] == 1
    (rpo,) = [each for each in judged.judgements.environment(0) if each.objective.value == "rpo"]
    assert rpo.actual_ms == 125 * 60_000


def test_a_link_of_limited_bandwidth_has_to_catch_up_after_a_partition() -> None:
    """Two hours without contact at two thirds of the bandwidth: behind for four hours more, and then no longer."""
    text = CASE.replace("{kind: lag, lag: 5m}", "{kind: fluid, bandwidth: 90/h}")
    later = "  - {id: fire, region: west, at: AT, lasts: 30m, detection: {automatic: 5m}}\n"
    for at, is_behind in (("7h", True), ("9h59m", True), ("10h1m", False)):
        timeline = played(text + later.replace("AT", at), policy="tests/policies/never.yaml").timeline
        table = timeline.table
        (lost,) = table[table["event"] == Event.SERVICE_LOST]
        assert (lost["value"] < lost["time_ms"]) == is_behind


@given(plain=data_scenarios(), policy=sampled_from(sorted(POLICIES)))
@quick
def test_a_split_brain_begins_at_an_unplanned_move_and_ends_once(plain: Plain, policy: str) -> None:
    """Both are written in turn; the first right behind a completion of somebody who was cut off and served."""
    story = story_of(plain, policy)
    split: dict[str | None, int] = {}
    for place, row in enumerate(story.rows):
        if row[2] == "split_brain_began":
            assert row[1] not in split
            assert _completed_before(story, place)
            split[row[1]] = row[0]
        if row[2] == "split_brain_ended":
            assert row[7] == row[0] - split.pop(row[1])


@given(plain=data_scenarios(), policy=sampled_from(sorted(POLICIES)))
@quick
def test_who_is_cut_off_is_told_once_and_served_until_something_else_comes(plain: Plain, policy: str) -> None:
    """Contact is lost and restored in turn, and neither changes the phase."""
    story = story_of(plain, policy)
    cut: set[str | None] = set()
    phase: dict[str | None, str | None] = {}
    for row in story.rows:
        if row[2] in {"failover_completed", "forced_failback_completed"}:
            cut.discard(row[1])
        if row[2] == "planned_failover_completed" or row[2] == "failback_completed":
            cut.discard(row[1])
        if row[2] in {"contact_lost", "contact_restored"}:
            assert (row[1] in cut) == (row[2] == "contact_restored")
            cut ^= {row[1]}
            assert row[3] == phase.get(row[1], Phase.SERVING.label)
        phase[row[1]] = row[3]


def _completed_before(story: Story, place: int) -> bool:
    """Whether the row before that of somebody is its loss or its unplanned completion."""
    past = story.before(place, story.rows[place][1])
    return past[-1][2] in {"loss_realised", "failover_completed", "forced_failback_completed"}
