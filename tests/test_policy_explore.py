"""Laws of `policy explore`: every order of events is tried, the shortest chain comes first, and its bound is honest."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path

import pytest

from bcdr_sim.analysis import Severity, check
from bcdr_sim.analysis.exploring import Explored, explore
from bcdr_sim.analysis.exploring.scale import Loss, scale_of
from bcdr_sim.analysis.exploring.situation import Move, packed, unpacked
from bcdr_sim.analysis.exploring.steps import Happening
from bcdr_sim.engine.operations import FAILBACK
from bcdr_sim.engine.state import GATES, Gate
from bcdr_sim.policy import impossible, load_policy, profile_names
from bcdr_sim.policy.observation import HOUR_MS, MINUTE_MS
from bcdr_sim.policy.policy import policy_document
from commands import run
from exploration_walks import play_of, weighted
from policy_observations import Sampler

H = Happening
DECIDED_AT_ZERO = [H.NEAR_OUTAGE, H.CONFIRMED, H.DETERMINED, H.GROWN, H.SLOT, H.COMMIT]
JUST_MOVED = "  - {id: just-moved,"
CONSENTED = "  - {id: consented, "
NOTES = {
    "fo-2022": {("BCDR507", "tolerated")},
    "ms-2021": {("BCDR507", "give-up")},
    "sql-microsoft-managed": {("BCDR507", "forced")},
    "cosmos-service-managed": {("BCDR504", "service-moves"), ("BCDR507", "service-moves")},
}
LIKELY = {H.CONFIRMED: 300, H.DETERMINED: 300, H.SLOT: 300}
CAP = (
    "  - {id: cap, when: {location: NearCopy, data_loss: {gt: 5m}}, then: hold, "
    "reason: consent_pending, cites: [assumption]}"
)


def explored(name: str, *, gates: frozenset[Gate] = GATES, events: int | None = None) -> Explored:
    """A policy explored in ticks of an hour."""
    return explore(load_policy(name), policy_document(name), tick_ms=HOUR_MS, events_max=events, gates=gates)


def codes(found: Explored) -> set[str]:
    """The kinds of what was found."""
    return {finding.kind.code for finding in found.checked.findings}


def happenings(found: Explored, code: str) -> list[Happening]:
    """The steps of the first finding of a kind."""
    return next(
        [point.step.happening for point in trace.points]
        for finding, trace in zip(found.checked.findings, found.traces, strict=True)
        if finding.kind.code == code
    )


def seed_with(path: Path, old: str, new: str) -> str:
    """The seed with the line that begins like `old` replaced, as a file."""
    lines = policy_document("seed").sources[-1].text.splitlines()
    assert sum(line.startswith(old) for line in lines) == 1
    changed = [new.replace("$line", line) if line.startswith(old) else line for line in lines]
    path.write_text("\n".join(line for line in changed if line) + "\n", encoding="utf-8")
    return str(path)


# What is found --------------------------------------------------------------------------------------------------------


def test_a_law_that_nothing_came_under_is_not_said_to_hold(tmp_path: Path) -> None:
    """Nor is a law that demands an answer: single decisions are for `check`."""
    laws = """invariants:
  - {id: under-water, never: failover, when: {eligible: no, data_loss: {gt: 1h}}, cites: [assumption]}
  - {id: must-move, always: failover, when: {service: down, data_loss: {eq: 0s}}, cites: [assumption]}"""
    name = seed_with(tmp_path / "seed.yaml", "invariants:", laws)
    found = explored(name, events=3)
    assert found.unmet[:1] == ("under-water",)
    assert "must-move" in found.demands
    held = {proof.name for proof in found.checked.proofs}
    assert held.isdisjoint({"under-water", "must-move"})
    assert {"no-loss-without-consent", *found.unmet, *found.demands} & held == {
        "no-loss-without-consent"
    } & held


def test_no_order_of_events_breaks_a_law_of_the_seed() -> None:
    """Both gates in place: nothing is left to look at, and every law has held at every commit."""
    found = explored("seed")
    assert found.search.is_complete
    assert not found.checked.given_up
    assert not found.checked.findings
    laws = {proof.name for proof in found.checked.proofs if proof.subject == "invariant"}
    assert laws
    assert laws | {*found.unmet, *found.demands} == {law.id for law in load_policy("seed").table.invariants}
    assert "consent that is granted is used" in {proof.name for proof in found.checked.proofs}


@pytest.mark.parametrize("name", [name for name in profile_names() if name != "seed-2024-11"])
def test_built_in_policies_hold_their_own_laws_in_every_order_of_events(name: str) -> None:
    """What their sources allow, such as a loss without consent, is a note and no more."""
    found = explored(name)
    assert found.search.is_complete
    assert not found.checked.at_least(Severity.WARNING)
    assert {(finding.kind.code, finding.rule) for finding in found.checked.findings} == NOTES.get(name, set())


def test_without_gates_the_seed_commits_with_loss_what_it_decided_at_none() -> None:
    """Six events, the shortest chain there is; `check` sees nothing, since every single decision is right."""
    assert not check(load_policy("seed"), policy_document("seed")).at_least(Severity.ERROR)
    found = explored("seed", gates=frozenset(), events=6)
    assert happenings(found, "BCDR502") == DECIDED_AT_ZERO
    (finding,) = (each for each in found.checked.findings if each.kind.code == "BCDR502")
    assert finding.rule == "auto-zero-loss"
    assert "decided at no loss" in finding.problem.message
    assert {finding.invariant for finding in found.checked.findings} >= {
        "no-loss-without-consent",
        "consent-in-force",
        "only-to-a-healthy-region",
    }
    assert "BCDR502" not in codes(explored("seed", gates=frozenset(), events=5))


@pytest.mark.parametrize(
    ("gates", "is_broken"),
    [
        pytest.param(frozenset(), True, id="neither"),
        pytest.param(frozenset({Gate.SLOT}), True, id="slot only"),
        pytest.param(frozenset({Gate.COMMIT}), False, id="commit only"),
        pytest.param(GATES, False, id="both"),
    ],
)
def test_the_gate_at_the_commit_is_what_holds(gates: frozenset[Gate], *, is_broken: bool) -> None:
    """Without it a loss that grows, and a target that dies, after the last question are committed."""
    found = explored("seed", gates=gates, events=6)
    assert ({"BCDR501", "BCDR502", "BCDR503"} <= codes(found)) is is_broken
    assert bool(found.checked.findings) is is_broken


def test_without_a_pause_after_a_move_the_seed_flaps(tmp_path: Path) -> None:
    """Two moves within the hour, at the rule that decides the second."""
    found = explored(seed_with(tmp_path / "restless.yaml", JUST_MOVED, ""), events=8)
    flapping = [finding for finding in found.checked.findings if finding.kind.code == "BCDR504"]
    assert flapping
    assert {finding.severity for finding in flapping} == {Severity.ERROR}
    assert "no-flapping" in {finding.invariant for finding in found.checked.findings}
    assert happenings(found, "BCDR504").count(H.COMMIT) == 2


def test_consent_that_a_rule_ignores_leaves_the_environment_stuck(tmp_path: Path) -> None:
    """Granted, covered, nothing in the way, and time alone passes: at the rule that holds."""
    found = explored(seed_with(tmp_path / "capped.yaml", CONSENTED, f"{CAP}\n$line"), events=7)
    assert codes(found) == {"BCDR505"}
    (finding,) = found.checked.findings
    assert finding.rule == "cap"
    assert finding.trace[-1] == "consent to 5m1s"
    assert happenings(found, "BCDR505") == [H.NEAR_OUTAGE, H.CONFIRMED, H.DETERMINED, H.CASE, H.GRANTED]


def test_a_move_into_a_region_that_is_down_is_found_without_any_law(tmp_path: Path) -> None:
    """A policy that looks neither at its target nor has laws: refused at the decision, committed all the same after it."""
    path = tmp_path / "blind.yaml"
    path.write_text(
        "format: 1\npolicy: blind\ntitle: Moves without looking\nrules:\n"
        "  - {id: calm, when: {service: up}, then: hold, reason: impact_unconfirmed, cites: [assumption]}\n"
        "  - {id: away, when: {location: FarCopy}, then: hold, reason: hold_down, cites: [assumption]}\n"
        "  - {id: go, when: {}, then: failover, cites: [assumption]}\n"
        "default: {then: hold, reason: no_rule}\n",
        encoding="utf-8",
    )
    found = explored(str(path))
    assert codes(found) >= {"BCDR503", "BCDR506", "BCDR507"}
    assert happenings(found, "BCDR506") == [H.FAR_OUTAGE, H.NEAR_OUTAGE]
    assert len(happenings(found, "BCDR503")) == 4
    assert {H.NEAR_OUTAGE, H.FAR_OUTAGE, H.SLOT, H.COMMIT} == set(happenings(found, "BCDR503"))


# How far ------------------------------------------------------------------------------------------------------------


def test_a_search_that_is_cut_claims_nothing_beyond(tmp_path: Path) -> None:
    """It says how long the traces are of which all were looked at, and ends with 3."""
    ended = run("policy", "explore", "seed", "--max-states", "500", "--format", f"json={tmp_path / 'a.json'}")
    assert ended.code == 3
    (policy,) = json.loads((tmp_path / "a.json").read_text(encoding="utf-8"))["policies"]
    assert policy["complete"] is False
    assert "500 situations" in policy["given_up"]
    assert policy["held"] == []
    assert policy["events"] == explored_events("seed", 500)


def explored_events(name: str, states_max: int) -> int:
    """The longest traces that are all among so many situations: counted here by exploring with rising bounds."""
    policy, document = load_policy(name), policy_document(name)
    for events in range(1, 100):
        found = explore(policy, document, events_max=events, states_max=10**6)
        if found.search.states > states_max:
            return events - 1
    raise AssertionError("there are more situations than that")


def test_a_bound_on_events_is_said() -> None:
    """Asked for, so it ends with 0."""
    ended = run("policy", "explore", "seed", "--events", "4")
    assert ended.code == 0
    assert "every order of up to 4 events of one environment" in ended.out


def test_more_events_never_find_less() -> None:
    """A finding within n events is one within n + 1, with the same chain."""
    bounded = [explored("seed", gates=frozenset(), events=events) for events in (5, 6, 7)]
    for fewer, more in pairwise(bounded):
        chains = {(each.kind.code, each.invariant, each.trace) for each in more.checked.findings}
        assert {(each.kind.code, each.invariant, each.trace) for each in fewer.checked.findings} <= chains


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        pytest.param("{moves_24h: {ge: 2}}", "moves_24h", id="counts its moves"),
        pytest.param("{outage_age: {ge: 17ms}}", "--tick", id="too fine"),
    ],
)
def test_what_cannot_be_explored_is_given_up(rule: str, message: str, tmp_path: Path) -> None:
    """Nothing is claimed, and the message says what helps."""
    new = f"  - {{id: odd, when: {rule}, then: hold, reason: hold_down, cites: [assumption]}}\n$line"
    path = seed_with(tmp_path / "odd.yaml", JUST_MOVED, new)
    ended = run("policy", "explore", path)
    assert ended.code == 3
    assert message in ended.out
    assert "  held" not in ended.out


@pytest.mark.parametrize("tick", ["0s", "5", "soon"])
def test_a_tick_is_a_duration(tick: str) -> None:
    """Anything else is wrong input."""
    ended = run("policy", "explore", "seed", "--tick", tick)
    assert ended.code == 2
    assert "--tick" in ended.err


# The scale ------------------------------------------------------------------------------------------------------------


def test_ticks_divide_every_literal_and_losses_tell_every_stretch_apart() -> None:
    """15 minutes for the seed; for fo-2022 none, up to 5 s, up to 15 min, and two above."""
    seed = load_policy("seed")
    scale = scale_of(seed, seed.table.invariants)
    assert scale.tick_ms == 15 * MINUTE_MS
    assert scale.healthy_ends == (16, 0)
    fo = load_policy("fo-2022")
    losses = scale_of(fo, fo.table.invariants).losses
    assert losses == (
        Loss("none", 0),
        Loss("some", 1_000),
        Loss("some", 6_000),
        Loss("some", 901_000),
        Loss("some", 902_000),
    )


def test_what_lies_between_two_literals_is_met_at_half_a_tick(tmp_path: Path) -> None:
    """`gt 30m` and `lt 1h` on one clock hold together only in between."""
    new = (
        "  - {id: between, when: {since_last_move: {gt: 30m, lt: 1h}, location: FarCopy}, then: hold, "
        "reason: grace_period, cites: [assumption]}\n$line"
    )
    policy = load_policy(seed_with(tmp_path / "between.yaml", JUST_MOVED, new))
    assert scale_of(policy).tick_ms == 15 * MINUTE_MS
    play = play_of(str(tmp_path / "between.yaml"))
    assert play.scale.tick_ms == 7.5 * MINUTE_MS


# Its parts ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", profile_names())
def test_no_impossible_observation_is_ever_shown(name: str) -> None:
    """The assumptions A1 to A16, which the proofs rest on, hold in every situation."""
    play = play_of(name)
    for seed in range(10):
        sampler = Sampler(seed)
        situation = play.procedure.start(1)
        for _ in range(50):
            play.procedure.play(situation, weighted(list(play.choices.of(situation)), {}, sampler))
            play.judge.found.clear()
            assert not impossible(play.judge.seen(situation, situation.environments[0]))


def test_two_environments_share_a_slot_and_have_no_names() -> None:
    """Never both under way in one pool; which of them is first makes no other situation."""
    play = play_of("seed", tick_ms=HOUR_MS)
    under_way = 0
    for seed in range(40):
        sampler = Sampler(seed)
        situation = play.procedure.start(2)
        for _ in range(40):
            options = list(play.choices.of(situation))
            play.procedure.play(situation, weighted(options, LIKELY, sampler))
            play.judge.found.clear()
            moving = [each for each in situation.environments if each.move > Move.QUEUED]
            under_way += len(moving)
            assert len({each.action == FAILBACK + 1 for each in moving}) == len(moving)
            key = packed(situation)
            situation.environments.reverse()
            assert packed(situation) == key
            situation = unpacked(key)
            assert packed(situation) == key
    assert under_way > 30


def test_pairs_are_explored_too() -> None:
    """Whatever one environment can break, one of two can; the trace says which."""
    found = explore(
        load_policy("seed"),
        policy_document("seed"),
        environments=2,
        tick_ms=HOUR_MS,
        events_max=6,
        gates=frozenset(),
    )
    assert happenings(found, "BCDR502") == DECIDED_AT_ZERO
    (finding,) = (each for each in found.checked.findings if each.kind.code == "BCDR502")
    assert finding.trace[0] == "outage of the primary region"
    assert finding.trace[-1] in ("A: commit", "B: commit")
    ended = run("policy", "explore", "sql-microsoft-managed", "--pairs", "--events", "6")
    assert ended.code == 0
    assert "two environments that share a slot" in " ".join(ended.out.split())


# Forms ------------------------------------------------------------------------------------------------------------


def test_every_form_tells_the_trace(tmp_path: Path) -> None:
    """And the exit code says that something was found."""
    path = seed_with(tmp_path / "capped.yaml", CONSENTED, f"{CAP}\n$line")
    names = ("json", "sarif", "github", "junit", "markdown", "gitlab")
    forms = [part for name in names for part in ("--format", f"{name}={tmp_path / name}")]
    ended = run("policy", "explore", path, "--tick", "1h", "--events", "6", *forms, "--format", "text")
    assert ended.code == 1
    assert "5. consent to 5m1s" in ended.out
    for name in names:
        assert "consent to 5m1s" in (tmp_path / name).read_text(encoding="utf-8")
    document = json.loads((tmp_path / "json").read_text(encoding="utf-8"))
    assert document["schema"] == "bcdr-sim/policy/1"
    assert document["command"] == "explore"
    (finding,) = document["policies"][0]["findings"]
    assert [step["step"] for step in finding["trace"]][-1] == "granted"
    assert finding["trace"][0]["events"][0] == {
        "event": "service_lost",
        "environment": 0,
        "phase": "down_undetected",
        "rule": None,
    }


def test_an_exploration_gives_the_same_bytes_again() -> None:
    """Whatever the order of hashes."""
    once, again = (run("policy", "explore", "cosmos-service-managed", "--format", "json") for _ in range(2))
    assert once.out == again.out
