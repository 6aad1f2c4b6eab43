"""Rehearsals: a test failover takes its time on an isolated copy and touches nothing else."""

from __future__ import annotations

from collections.abc import Iterable

from hypothesis import HealthCheck, given, settings

from bcdr_sim.engine import simulate
from bcdr_sim.policy import PolicyError, load_policy
from bcdr_sim.scenario.document import Scenario
from bcdr_sim.trial import resolve
from data_worlds import DATA_POLICIES, FOLDER, data_scenarios
from oracle.rows import rows_of
from oracle.scenarios import Plain
from oracle.state import Row
from stories import story_of

quick = settings(max_examples=80, suppress_health_check=list(HealthCheck), deadline=None)
WITHOUT = load_policy("policies/consenting-restore.yaml", {"rehearsals": "off"}, folder=FOLDER)


def lived(rows: Iterable[Row]) -> list[tuple[int, str | None, str, str | None, int]]:
    """What happened, but for rehearsals, for the reasons of holds, and for what is only about a policy."""
    beside = {"test_began", "test_ended", "held"}
    return [(row[0], row[1], row[2], row[3], row[7]) for row in rows if row[2] not in beside]


@given(plain=data_scenarios())
@quick
def test_a_world_goes_on_as_if_nothing_were_rehearsed(plain: Plain) -> None:
    """The same policy without its rehearsals gives the same rows."""
    trial = resolve(Scenario.model_validate(plain), seed=7)
    outcome: list[object] = []
    for policy in (DATA_POLICIES["consenting-restore"], WITHOUT):
        try:
            outcome.append(lived(rows_of(simulate(trial, policy))))
        except PolicyError:
            outcome.append("refused")
    assert outcome[0] == outcome[1]


@given(plain=data_scenarios())
@quick
def test_one_environment_rehearses_one_failover_at_a_time(plain: Plain) -> None:
    """Begin and end come in turn, and neither changes the phase."""
    story = story_of(plain, "consenting-restore")
    running: set[str | None] = set()
    phase: dict[str | None, str | None] = {}
    for row in story.rows:
        if row[2] in {"test_began", "test_ended"}:
            assert (row[1] in running) == (row[2] == "test_ended")
            running ^= {row[1]}
            assert row[3] == phase.get(row[1], row[3])
        phase[row[1]] = row[3]
