"""Laws of `policy check`: what it finds is what a look at every observation finds, and it misses nothing."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

from bcdr_sim.analysis import Checked, Severity, check, differ
from bcdr_sim.analysis.diagram import EMPTY, WORK_MAX, Diagrams, TooLargeError
from bcdr_sim.analysis.space import Space, observation_of
from bcdr_sim.analysis.witnesses import observed
from bcdr_sim.errors import InputError
from bcdr_sim.loading import Document, read
from bcdr_sim.policy import Action, Decision, Policy, Reason, impossible, load_policy, profile_names
from bcdr_sim.policy.atom import Atom, all_hold
from bcdr_sim.policy.compile import interpret
from bcdr_sim.policy.policy import policy_document, put_in_force
from bcdr_sim.policy.preconditions import BLOCKERS, blockers, first_blocker
from bcdr_sim.policy.reading import POLICY_LIMITS
from bcdr_sim.policy.table import Comparison, Rule, Table
from bcdr_sim.report.findings import check_text
from commands import run
from policy_observations import random_observations
from policy_tables import all_atoms, every_policy
from random_policies import every_observation, holds, is_possible, policies

SEED = "seed-2024-11"
BAD_RULE = (
    "{id: auto-zero-loss, when: {location: NearCopy, data_loss: {lt: 5m}}, then: failover, cites: [S15, S23]}"
)
quiet = settings(suppress_health_check=list(HealthCheck), deadline=None, database=None, max_examples=80)


def seed_text() -> str:
    """The seed's rules as their file has them."""
    return policy_document(SEED).sources[-1].text


def changed(text: str, path: Path) -> tuple[Policy, Document]:
    """The policy of a changed text, written to a file."""
    path.write_text(text, encoding="utf-8")
    return load_policy(path), read(path, limits=POLICY_LIMITS)


def checked(text: str, path: Path) -> Checked:
    """What is found about a changed text."""
    return check(*changed(text, path))


def without_line(text: str, part: str) -> str:
    """A text without the one line that holds `part`."""
    lines = text.splitlines(keepends=True)
    kept = [line for line in lines if part not in line]
    assert len(kept) == len(lines) - 1
    return "".join(kept)


# The space ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("policy", every_policy(), ids=lambda policy: policy.name)
def test_diagram_compiled_code_and_interpreter_agree(policy: Policy) -> None:
    """At every literal and one to either side of it, whether the observation can occur or not."""
    space = Space([row.when for row in policy.rows] + [(atom,) for atom in all_atoms(policy)])
    decided = space.decided(policy.rows)
    for observation in random_observations(all_atoms(policy), count=3_000):
        place = space.diagrams.at(decided, space.cells_of(observation))
        assert place == policy.decide(observation) == interpret(policy.rows, observation)
        can = space.diagrams.at(space.possible, space.cells_of(observation))
        assert can == (not impossible(observation))


# Random tables against a look at everything ----------------------------------------------------------------------------


def first_match(table: Table, observation: object, *, leaving_out: int = -1) -> int:
    """The rule that decides; the number of rules if none does."""
    for place, rule in enumerate(table.rules):
        if place != leaving_out and holds(rule.when, observation):  # type: ignore[arg-type]
            return place
    return len(table.rules)


def seen_by_looking(policy: Policy) -> set[tuple[str, str]]:
    """Code and subject of every finding, from every observation in turn."""
    table = policy.table
    everything = list(every_observation(table))
    can = [is_possible(observation) for observation in everything]
    decides = [first_match(table, observation) for observation in everything]
    answers = [(rule.decision.action, rule.decision.reason) for rule in table.rules]
    answers.append((table.default.action, table.default.reason))
    found: set[tuple[str, str]] = set()
    where = defaultdict(list)
    for number, place in enumerate(decides):
        where[place].append(number)
    for place, rule in enumerate(table.rules):
        matching = [number for number, observation in enumerate(everything) if holds(rule.when, observation)]
        without = [
            first_match(table, everything[number], leaving_out=place)
            if decides[number] == place
            else decides[number]
            for number in where[place]
        ]
        differs = [
            number
            for number, other in zip(where[place], without, strict=True)
            if answers[other] != answers[place]
        ]
        if not matching:
            found.add(("BCDR101", rule.id))
        elif not where[place]:
            alike = all(answers[decides[number]] == answers[place] for number in matching)
            found.add(("BCDR103" if alike else "BCDR102", rule.id))
        elif not any(can[number] for number in where[place]):
            found.add(("BCDR104", rule.id))
        elif not any(can[number] for number in differs):
            found.add(("BCDR103", rule.id))
    if any(can[number] for number in where[len(table.rules)]):
        found.add(("BCDR105", ""))
    for law in table.invariants:
        concerned = [
            number
            for number, observation in enumerate(everything)
            if can[number] and holds(law.when, observation)
        ]
        if not concerned:
            found.add(("BCDR202", law.id))
        elif any(not law.permits(answers[decides[number]][0]) for number in concerned):
            found.add(("BCDR201", law.id))
    return found


def assert_actions_are_accounted_for(policy: Policy, result: Checked) -> None:
    """Each action that is decided somewhere is proved to be possible there, or there is a finding, as looking tells."""
    decided, blocked = set(), set()
    for observation in filter(is_possible, every_observation(policy.table)):
        answer = policy.answer(observation)
        if BLOCKERS[answer.action]:
            decided.add(answer.action.value)
            if blockers(answer.action, observation):
                blocked.add(answer.action.value)
    rules = {rule.id: rule.decision.action.value for rule in policy.table.rules}
    found = {rules[finding.rule] for finding in result.findings if finding.kind.code == "BCDR301"}
    proved = {proof.name for proof in result.proofs if proof.subject == "action"}
    assert proved == decided - found
    assert blocked <= found


@pytest.mark.parametrize("action", Action)
def test_the_engine_meets_the_first_of_all_blockers(action: Action) -> None:
    """Compiled, the preconditions of an action say the first atom that walking through all of them finds."""
    seen = set()
    for observation in random_observations(BLOCKERS[action], count=300):
        found = blockers(action, observation)
        first = found[0] if found else None
        assert first_blocker(action, observation) == first
        seen.add(first)
    assert seen == {None, *BLOCKERS[action]}


@given(policy=policies())
@quiet
def test_what_is_found_is_what_a_look_at_everything_finds(policy: Policy) -> None:
    """Rules, gaps and invariants of random tables; every witness can occur and shows what it is said to show."""
    document = read("random.yaml", text="rules: []\ninvariants: []\ndefault: {}\n", limits=POLICY_LIMITS)
    result = check(policy, document)
    codes = {
        (finding.kind.code, finding.invariant or finding.rule)
        for finding in result.findings
        if finding.kind.code != "BCDR301"
    }
    assert codes == seen_by_looking(policy)
    proved = {proof.name for proof in result.proofs if proof.subject == "invariant"}
    broken = {finding.invariant for finding in result.findings if finding.kind.code == "BCDR201"}
    assert proved | broken == {law.id for law in policy.table.invariants}
    assert_actions_are_accounted_for(policy, result)
    assert not proved & broken


@given(policy=policies())
@quiet
def test_a_witness_can_occur_and_breaks_what_it_is_said_to_break(policy: Policy) -> None:
    """Whoever reads it can put it before the policy and see."""
    space = Space(
        [row.when for row in policy.rows]
        + [law.condition(policy.values) for law in policy.table.invariants]
        + [(atom,) for atoms in BLOCKERS.values() for atom in atoms]
    )
    decided = space.decided(policy.rows)
    for law in policy.table.invariants:
        bad = {place for place, each in enumerate(policy.decisions) if not law.permits(each.action)}
        region = space.diagrams.both(
            space.where(law.condition(policy.values)), space.diagrams.change(decided, bad.__contains__)
        )
        region = space.diagrams.both(region, space.possible)
        if region != ~0:
            witness = observation_of(space.example(region))
            assert not impossible(witness)
            assert all_hold(law.condition(policy.values), witness)
            assert not law.permits(policy.answer(witness).action)


# Shipped policies ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", profile_names())
def test_a_profile_passes_its_own_check(name: str) -> None:
    """No error, no warning, every invariant proved."""
    result = check(load_policy(name), policy_document(name))
    assert not result.at_least(Severity.WARNING)
    proved = [proof.name for proof in result.proofs if proof.subject == "invariant"]
    assert proved == [law.id for law in load_policy(name).table.invariants]
    assert not result.given_up


def test_proofs_hold_for_all_values_of_the_parameters() -> None:
    """One setting for each way in which parameters may lie among the literals."""
    name = "fo-2022"
    result = check(load_policy(name), policy_document(name), ranges=True)
    assert result.parameter_settings == 24
    assert not result.at_least(Severity.WARNING)


def test_a_parameter_that_may_break_a_law_is_found_with_its_value(tmp_path: Path) -> None:
    """The default keeps the law, the range does not."""
    text = policy_document("fo-2022").sources[-1].text
    wide = text.replace("default: 5s, range: [0s, 15m]", "default: 5s, range: [0s, 20m]")
    assert wide != text
    policy, document = changed(wide, tmp_path / "wide.yaml")
    assert not check(policy, document).at_least(Severity.ERROR)
    (finding,) = check(policy, document, ranges=True).at_least(Severity.ERROR)
    assert finding.invariant == "never-above-fifteen-minutes-unsigned"
    assert finding.parameters["tolerated_loss"] not in ("5s", "15m")


# Bad changes -----------------------------------------------------------------------------------------------------------


def test_a_small_loss_slipped_into_the_automatic_rule_is_refused(tmp_path: Path) -> None:
    """With the rule, its line, the broken laws and an observation."""
    lines = seed_text().splitlines()
    at = next(number for number, line in enumerate(lines) if "{id: auto-zero-loss," in line)
    lines[at] = f"  - {BAD_RULE}"
    found = checked("\n".join(lines), tmp_path / "bad.yaml").at_least(Severity.ERROR)
    assert {finding.invariant for finding in found} == {"no-loss-without-consent", "consent-in-force"}
    for finding in found:
        assert finding.rule == "auto-zero-loss"
        assert finding.problem.line == at + 1
        assert finding.witness["data_loss"] == "1m"
        assert finding.witness["loss_within_consent"] == "no"


def test_an_unconditional_hold_at_the_top_breaks_every_duty(tmp_path: Path) -> None:
    """A policy that always holds keeps every prohibition, which is why there are duties."""
    text = seed_text().replace(
        "rules:\n", "rules:\n  - {id: stay, when: {}, then: hold, reason: not_covered, cites: [S1]}\n"
    )
    found = checked(text, tmp_path / "stay.yaml").at_least(Severity.ERROR)
    duties = {
        law.id
        for law in load_policy(SEED).table.invariants
        if not law.never and Action.HOLD not in law.actions
    }
    assert {finding.invariant for finding in found if finding.kind.code == "BCDR201"} == duties
    assert len(duties) == 6


def test_each_rule_of_the_seed_is_worth_something(tmp_path: Path) -> None:
    """Deleted in turn, 20 of the 31 are missed by the check or the loader; the others give a reason and no more."""
    missed, reasons_only = [], []
    for rule in load_policy(SEED).table.rules:
        path = tmp_path / f"{rule.id}.yaml"
        path.write_text(without_line(seed_text(), f"{{id: {rule.id},"), encoding="utf-8")
        try:
            policy = load_policy(path)
        except InputError:
            missed.append(rule.id)
            continue
        if check(policy, read(path, limits=POLICY_LIMITS)).at_least(Severity.ERROR):
            missed.append(rule.id)
        elif not differ(load_policy(SEED), policy).actions:
            reasons_only.append(rule.id)
    assert (len(missed), len(reasons_only)) == (20, 11)


def test_a_table_that_is_too_large_is_given_up_and_not_passed() -> None:
    """Nothing is proved then, and it says so."""
    result = check(load_policy(SEED), policy_document(SEED), nodes_max=50)
    assert result.given_up == "more than 50 nodes"
    assert not result.proofs


def test_a_hundred_rules_on_as_many_thresholds_are_answered(tmp_path: Path) -> None:
    """An adversary's table: every axis with an order is cut everywhere."""
    axes = ("outage_age", "since_confirmed", "healthy_for", "eta_remaining", "data_loss")
    rules = [
        f"  - {{id: r{number}, when: {{{axes[number % 5]}: {{lt: {number + 1}m}}, {axes[(number + 1 + number % 3) % 5]}: "
        f"{{ge: {number * 3 % 97}m}}, tier: {number % 5 + 1}}}, then: hold, reason: hold_down, cites: [assumption]}}"
        for number in range(100)
    ]
    text = "format: 1\npolicy: many\ntitle: Many thresholds\nrules:\n" + "\n".join(rules)
    text += "\ndefault: {then: hold, reason: no_rule}\n"
    policy, document = changed(text, tmp_path / "many.yaml")
    result = check(policy, document, nodes_max=300_000)
    assert result.given_up or "BCDR105" in {finding.kind.code for finding in result.findings}


def adversarial(path: Path) -> Path:
    """Two hundred rules, each between two thresholds of its own on five axes."""
    axes = ("outage_age", "since_confirmed", "healthy_for", "eta_remaining", "data_loss")
    rules = []
    for number in range(200):
        lows = [(number * (37 + 2 * place)) % 1999 for place in range(5)]
        when = ", ".join(
            f"{axis}: {{ge: {low}m, lt: {low + 500}m}}" for axis, low in zip(axes, lows, strict=True)
        )
        rules.append(
            f"  - {{id: r{number}, when: {{{when}}}, then: hold, reason: hold_down, cites: [assumption]}}"
        )
    text = "format: 1\npolicy: adversarial\ntitle: Many thresholds\nrules:\n" + "\n".join(rules)
    path.write_text(text + "\ndefault: {then: hold, reason: no_rule}\n", encoding="utf-8")
    return path


def test_a_table_that_is_too_much_work_is_refused_by_counting_and_the_last_line_says_so(
    tmp_path: Path,
) -> None:
    """Not by the clock: twice the same, on any machine; and it does not read like a policy without findings."""
    path = adversarial(tmp_path / "adversarial.yaml")
    ended = run("policy", "check", str(path))
    assert ended.code == 3
    assert f"given up: more than {WORK_MAX:,} steps of work" in ended.out
    last = "given up: the policy was not looked at to the end; until then no findings"
    assert ended.out.splitlines()[-1] == last


def test_what_is_said_last_counts_the_policies_that_were_given_up() -> None:
    """Findings are counted as those that were met until then."""
    policy, document = load_policy(SEED), policy_document(SEED)
    cut, whole = check(policy, document, nodes_max=50), check(policy, document)
    assert check_text([cut, whole], width=200).splitlines()[-1] == (
        "given up: 1 of 2 policies was not looked at to the end; until then 2 notes"
    )
    assert check_text([whole]).splitlines()[-1] == "2 notes"


def test_the_work_of_a_question_is_counted() -> None:
    """The limit is on work, not on nodes alone: looking at a wide axis again and again makes none."""
    diagrams = Diagrams([100, 100], work_max=3000)
    one = diagrams.inside([(0, 1), (1, 1)])

    def look() -> bool:
        return diagrams.meets([2, 2], one)

    with pytest.raises(TooLargeError, match="more than 3,000 steps of work"):
        [look() for _ in range(100)]


def test_an_atom_that_no_cell_satisfies_never_matches() -> None:
    """Contradictions are seen across operators."""
    space = Space([(Atom("tier", "lt", 2), Atom("tier", "gt", 1))])
    assert space.masks((Atom("tier", "lt", 2), Atom("tier", "gt", 1))) is None
    assert space.masks((Atom("tier", "ge", 1),)) == ()


@pytest.mark.parametrize("action", [action for action in Action if BLOCKERS[action]])
def test_an_action_is_proved_only_if_every_gate_stands_before_it(action: Action) -> None:
    """With a hold for each of the engine's gates it is; leave one out and there is a finding with an example instead."""
    gates = BLOCKERS[action]
    document = read("gates.yaml", text="rules: []\n", limits=POLICY_LIMITS)
    for left_out in (None, *gates):
        holds = [
            Rule((Comparison(gate.axis, gate.op, gate.literal),), Decision(Action.HOLD, Reason.NOT_COVERED, f"g{n}"), ())
            for n, gate in enumerate(gates)
            if gate != left_out
        ]  # fmt: skip
        rules = (*holds, Rule((), Decision(action, None, "act"), ()))
        table = replace(load_policy(SEED).table, rules=rules, parameters=(), switches=(), invariants=())
        policy = put_in_force(table, {})
        result = check(policy, document)
        proved = {proof.name for proof in result.proofs if proof.subject == "action"}
        found = [finding for finding in result.findings if finding.kind.code == "BCDR301"]
        implied = left_out is not None and not _can_be_met(
            left_out, [gate for gate in gates if gate != left_out]
        )
        if left_out is None or implied:
            assert (proved, found) == ({action.value}, [])
        else:
            assert (proved, [finding.rule for finding in found]) == (set(), ["act"])
            assert left_out in blockers(action, observed(found[0].witness))


def _can_be_met(gate: Atom, others: list[Atom]) -> bool:
    """Whether one gate can be shut while the others are open: the assumptions make some follow from others."""
    space = Space([(each,) for each in (gate, *others)])
    region = space.diagrams.both(space.where((gate,)), space.possible)
    for other in others:
        region = space.diagrams.without(region, space.where((other,)))
    return region != EMPTY
