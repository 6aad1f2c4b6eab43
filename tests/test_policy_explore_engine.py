"""Laws of exploration and engine: what is written twice says the same, event for event."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from bcdr_sim.analysis.exploring import explore
from bcdr_sim.analysis.exploring.replaying import replay
from bcdr_sim.analysis.exploring.steps import Happening, Step
from bcdr_sim.engine import simulate
from bcdr_sim.engine.state import GATES, Gate
from bcdr_sim.metrics import measure
from bcdr_sim.policy import load_policy, profile_names
from bcdr_sim.policy.observation import HOUR_MS, MINUTE_MS
from bcdr_sim.policy.policy import policy_document
from bcdr_sim.scenario.document import Scenario
from bcdr_sim.scenario.reading import load_scenario
from bcdr_sim.trial import resolve
from commands import run
from exploration_walks import play_of, spoiled, walk
from test_policy_explore import CAP, CONSENTED, JUST_MOVED, explored, seed_with

WALKS = 40
SPOILED = 20


@pytest.mark.parametrize(
    ("name", "length", "gates", "may_grow"),
    [
        pytest.param("seed", 15, GATES, True, id="seed"),
        pytest.param("seed", 30, GATES, True, id="seed, long"),
        pytest.param("seed", 20, frozenset(), True, id="seed without gates"),
        pytest.param("seed", 20, frozenset({Gate.SLOT}), True, id="seed with the gate at the slot"),
        # A loss that grows by a quarter of an hour takes a quarter of an hour, which no order of events says.
        pytest.param("fo-2022", 20, GATES, False, id="fo-2022"),
        pytest.param("ms-2021", 20, GATES, True, id="ms-2021"),
        pytest.param("sql-microsoft-managed", 20, GATES, True, id="sql-microsoft-managed"),
        pytest.param("cosmos-service-managed", 20, GATES, True, id="cosmos-service-managed"),
        pytest.param("sql-customer-managed", 20, GATES, True, id="sql-customer-managed"),
        pytest.param("ssdr-2026-07", 20, GATES, True, id="ssdr-2026-07"),
    ],
)
def test_random_chains_of_events_are_the_same_in_the_engine(
    name: str, length: int, gates: frozenset[Gate], *, may_grow: bool
) -> None:
    """Events, phases and deciding rules agree one by one; what no scenario can say is the exception."""
    play = play_of(name, tick_ms=30 * MINUTE_MS if name == "seed" else None, gates=gates)

    def may(step: Step) -> bool:
        return may_grow or step.happening is not Happening.GROWN

    ended: Counter[str] = Counter()
    for seed in range(WALKS):
        trace = walk(play, seed, length=length, may=may)
        made = replay(play, trace, gates=gates)
        if made.scenario is None:
            ended["not expressible"] += 1
            continue
        assert made.met == made.expected, [point.words for point in trace.points]
        ended["agreed"] += 1
    assert ended["agreed"] > WALKS // 2


@pytest.mark.parametrize("seed", range(SPOILED))
def test_spoiled_policies_go_wrong_in_the_engine_as_they_are_said_to(seed: int, tmp_path: Path) -> None:
    """Rules gone or in another order: findings and random chains are lived through, or no scenario can say them."""
    name = profile_names()[seed % len(profile_names())]
    path = tmp_path / "spoiled.yaml"
    path.write_text(spoiled(name, seed), encoding="utf-8")
    found = explore(
        load_policy(str(path)), policy_document(str(path)), tick_ms=HOUR_MS, events_max=12, states_max=1500
    )
    assert all(made.is_met or made.scenario is None for made in found.replays)
    play = play_of(str(path), tick_ms=HOUR_MS)
    made = replay(play, walk(play, seed, length=15, may=lambda step: step.happening is not Happening.GROWN))
    assert made.is_met or made.scenario is None, made


def test_what_is_decided_at_no_loss_and_committed_with_one_is_lived_through_without_gates_alone() -> None:
    """The engine loses a second that nobody consented to; with its gates the same world loses nothing."""
    gates: frozenset[Gate] = frozenset()
    found = explored("seed", gates=gates, events=6)
    assert found.play is not None
    trace = next(
        trace
        for finding, trace in zip(found.checked.findings, found.traces, strict=True)
        if finding.kind.code == "BCDR502"
    )
    made = replay(found.play, trace, gates=gates)
    assert made.is_met
    trial = resolve(Scenario.model_validate(made.scenario))
    seed = load_policy("seed")
    lost = measure(simulate(trial, seed, gates=gates))
    (incident,) = (each for each in lost.incident_list() if each.environment == "traced")
    assert incident.outcome.label == "failed_over"
    assert incident.realised.age_ms == 1000
    assert lost.answers.granted.sum() == 0
    kept = measure(simulate(trial, seed))
    (incident,) = (each for each in kept.incident_list() if each.environment == "traced")
    assert incident.outcome.label != "failed_over"


@pytest.mark.parametrize(
    ("old", "new", "files"),
    [
        pytest.param(CONSENTED, f"{CAP}\n$line", 1, id="stuck"),
        pytest.param(JUST_MOVED, "", 2, id="flapping"),
    ],
)
def test_a_trace_becomes_a_scenario_that_shows_it(old: str, new: str, files: int, *, tmp_path: Path) -> None:
    """Run under the policy, its expectation fails; the file says what happens, and what has no file is named."""
    path = seed_with(tmp_path / "changed.yaml", old, new)
    folder = tmp_path / "traces"
    command = ("policy", "explore", path, "--tick", "1h", "--events", "9", "--write", str(folder))
    ended = run(*command)
    assert ended.code == 1
    written = sorted(folder.iterdir())
    tests = [file for file in written if file.name.endswith(".policytest.yaml")]
    scenarios = [file for file in written if file not in tests]
    assert len(scenarios) >= files
    assert len(scenarios) + ended.err.count("not reproduced") == ended.out.count(": error BCDR")
    assert ended.out.count("event for event") == len(scenarios)
    for scenario in scenarios:
        text = scenario.read_text(encoding="utf-8")
        assert "NOT REPRODUCED" not in text
        assert "# 1. " in text
        assert load_scenario(scenario).expect
        assert run("run", str(scenario)).code == 1
    assert run(*command).code == 2
    (test,) = tests
    failed = run("test", str(test))
    assert failed.code == 1
    assert "0 claims hold" in failed.out
    test.write_text(
        test.read_text(encoding="utf-8").replace("../changed.yaml", "seed-2024-11"), encoding="utf-8"
    )
    assert run("test", str(test)).code == 0


def test_without_a_gate_the_command_finds_what_check_cannot(tmp_path: Path) -> None:
    """A table that `check` proves right: the trace of six events, lived through by an engine without that gate alone."""
    folder = tmp_path / "traces"
    assert run("policy", "check", "seed").code == 0
    command = ("policy", "explore", "seed", "--tick", "1h", "--events", "6")
    assert run(*command).code == 0
    assert run(*command, "--without-gate", "slot").code == 0
    ended = run(*command, "--without-gate", "commit", "--write", str(folder))
    assert ended.code == 1
    assert "decided at no loss, is committed with a loss that no consent covers" in ended.out
    assert "without the gate at: commit" in ended.out
    (scenario,) = folder.glob("*-commit-with-loss-auto-zero-loss.yaml")
    text = scenario.read_text(encoding="utf-8")
    assert "# WITHOUT THE GATE AT COMMIT" in text
    assert "NOT REPRODUCED" not in text
    assert run("run", str(scenario)).code == 0
    assert not list(folder.glob("*.policytest.yaml"))


def test_what_a_scenario_cannot_say_is_named() -> None:
    """Windows that open at any instant, say: no file, and the reason on stderr."""
    found = explored("seed", gates=frozenset(), events=6)
    assert found.play is not None
    missing = [replay(found.play, trace, gates=frozenset()).missing for trace in found.traces]
    assert "a time at which window changes" in missing
    assert missing.count("") > len(missing) // 2
