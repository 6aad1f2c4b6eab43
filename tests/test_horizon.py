"""Laws of the horizon: it is half open, so what is due at it does not happen, and a shorter one gives a prefix."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, reject, settings
from hypothesis.strategies import integers, sampled_from

from bcdr_sim.engine import simulate
from bcdr_sim.metrics import measure
from bcdr_sim.policy import PolicyError, load_policy
from bcdr_sim.scenario.document import Scenario
from bcdr_sim.scenario.reading import load_scenario
from bcdr_sim.trial import resolve
from bcdr_sim.verification.case import FOLDER, HOUR_MS
from oracle.rows import rows_of
from oracle.scenarios import POLICIES, Plain, plain_scenarios

AT_THE_HORIZON = """\
version: 1
name: at-the-horizon
include: [instant.yaml]
horizon: {horizon}
environments: [{{name: one, count: {count}, region: near}}]
outages: [{{id: outage, region: near, at: 1h, lasts: 1h, detection: {{automatic: 0s}}}}]
policy: ../policies/never.yaml
"""


@pytest.mark.parametrize("count", [1, 40])
def test_a_recovery_at_the_horizon_does_not_happen(count: int) -> None:
    """One by one or together: open at two hours, closed a millisecond later."""
    policy = load_policy("../policies/never.yaml", folder=FOLDER)

    def world(horizon: str) -> Scenario:
        text = AT_THE_HORIZON.format(horizon=horizon, count=count)
        return load_scenario(FOLDER / "horizon.yaml", text=text)

    timeline = simulate(resolve(world("2h")), policy)
    assert timeline.table["time_ms"].max() < 2 * HOUR_MS
    assert measure(timeline).incident_columns.open.all()
    later = measure(simulate(resolve(world("7200001ms")), policy))
    assert not later.incident_columns.open.any()
    assert (later.incident_columns.length_ms == HOUR_MS).all()


@given(plain=plain_scenarios(), policy=sampled_from(sorted(POLICIES)), share=integers(1, 99))
@settings(max_examples=40, suppress_health_check=list(HealthCheck))
def test_a_shorter_horizon_gives_the_beginning_of_the_same_story(
    plain: Plain, policy: str, share: int
) -> None:
    """Nobody knows when the world ends: every event before the nearer horizon is written alike."""
    scenario = Scenario.model_validate(plain)
    nearer_ms = max(1, scenario.horizon * share // 100)
    nearer = scenario.model_copy(update={"horizon": nearer_ms})
    try:
        whole = rows_of(simulate(resolve(scenario, seed=7), POLICIES[policy]))
        part = rows_of(simulate(resolve(nearer, seed=7), POLICIES[policy]))
    except PolicyError:
        reject()
    assert part == [row for row in whole if row[0] < nearer_ms]
