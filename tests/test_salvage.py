"""Salvage: what a move lost may be found again where it was left, once, and never before its region is back."""

from __future__ import annotations

from math import sqrt

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis.strategies import sampled_from

from bcdr_sim.engine import simulate
from bcdr_sim.events import Event
from bcdr_sim.metrics import measure
from bcdr_sim.metrics.losses import move_loss
from bcdr_sim.policy import load_policy
from bcdr_sim.scenario.reading import load_scenario
from bcdr_sim.trial import resolve
from data_worlds import DATA_POLICIES, data_scenarios
from oracle.scenarios import Plain
from stories import story_of

TAIL = """\
version: 1
name: tail
horizon: 365d
regions: [{name: west, pair: north}, {name: north, pair: west}]
link: {kind: lag, lag: {exponential: {mean: 18m}}}
environments: [{name: node, count: 3000, region: west}]
provider:
  failover: {slots: null, run: 0s, failure: {probability: 0}}
  salvage: {probability: 0.7}
outages:
  - {id: fire, region: west, at: 1d, DESTROYS recovery: {tail: {exponential: {mean: 10h}}}, detection: {automatic: 0s}}
"""
AUTO = "tests/policies/auto.yaml"
STANDARD_ERRORS_MAX = 4.5
"""A right engine is further off once in 150,000 runs."""
HOUR_MS = 3_600_000
quick = settings(max_examples=80, suppress_health_check=list(HealthCheck), deadline=None)


def test_what_stays_lost_is_what_salvage_does_not_find() -> None:
    """Lag of mean a = 0.3 h, found with probability q = 0.7: realised a, permanent (1-q) a.

    Source: elementary; finding is independent of the lag.
    """
    scenario = load_scenario("tail.yaml", text=TAIL.replace("DESTROYS", ""))
    metrics = measure(simulate(resolve(scenario, seed=1), load_policy(AUTO)))
    moves = metrics.move_columns
    away = np.flatnonzero(moves.event == Event.FAILOVER_COMPLETED)
    n = len(away)
    assert n == 3000
    hours = np.array([move_loss(metrics, int(number)).age_ms for number in away]) / HOUR_MS
    found = moves.salvaged_ms[away] >= 0
    assert abs(hours.mean() - 0.3) < STANDARD_ERRORS_MAX * 0.3 / sqrt(n)
    assert abs(found.mean() - 0.7) < STANDARD_ERRORS_MAX * sqrt(0.21 / n)
    stays = np.where(found, 0, hours)
    assert abs(stays.mean() - 0.09) < STANDARD_ERRORS_MAX * stays.std(ddof=1) / sqrt(n)
    assert len(set(moves.salvaged_ms[away][found].tolist())) == 1, "all of it when the region is back"


@pytest.mark.parametrize(("destroys", "found"), [("", True), ("destroys_data: true,", False)])
def test_nothing_is_found_of_what_was_destroyed(*, destroys: str, found: bool) -> None:
    """The region comes back empty."""
    scenario = load_scenario("tail.yaml", text=TAIL.replace("DESTROYS", destroys).replace("3000", "30"))
    timeline = simulate(resolve(scenario, seed=1), load_policy(AUTO))
    assert bool((timeline.table["event"] == Event.LOSS_SALVAGED).any()) == found


@given(plain=data_scenarios(), policy=sampled_from(sorted(DATA_POLICIES)))
@quick
def test_a_loss_is_found_once_and_is_one_that_was_realised(plain: Plain, policy: str) -> None:
    """As many merges at the most as there were unplanned moves of the same environment that left something."""
    story = story_of(plain, policy)
    open_losses: dict[str | None, int] = {}
    for row in story.rows:
        if row[2] in {"failover_completed", "forced_failback_completed"}:
            open_losses[row[1]] = open_losses.get(row[1], 0) + 1
        if row[2] == "loss_salvaged":
            assert open_losses.get(row[1], 0) > 0
            open_losses[row[1]] -= 1
