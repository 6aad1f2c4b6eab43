"""Policy tests: from a `*.policytest.yaml` file to cases, or one error that names every fault; and what they come to.

An observation that cannot occur proves nothing, so a case that gives one is a fault of the file and names the assumption.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from bcdr_sim.errors import InputError, Problem, near_miss
from bcdr_sim.loading import DataPath, Document, Limits, build, read
from bcdr_sim.loading.document import listed
from bcdr_sim.policy import (
    Action,
    Decision,
    Observation,
    Policy,
    Reason,
    at_secondary,
    calm,
    impossible,
    load_policy,
    regional_outage,
)
from bcdr_sim.policy.axes import AXES, TAG_PREFIX, find_axis
from bcdr_sim.policy.decision import DEFAULT_RULE
from bcdr_sim.policy.literals import parse_literal
from bcdr_sim.testing.format import CaseText, PolicyTestText
from bcdr_sim.testing.result import Kind, Result

POLICY_TEST_LIMITS: Final = Limits(
    bytes=1024 * 1024,
    depth=12,
    nodes=100_000,
    shorter="put the cases into several files",
    shared="write the value out",
)
"""Room for thousands of cases. Assumption: more belong into several files."""

STARTS: Final = {"calm": calm, "regional_outage": regional_outage, "at_secondary": at_secondary}
"""Observations that a case starts from, by name."""


@dataclass(frozen=True, slots=True)
class Case:
    """One observation and what is claimed of it.

    One of `actions` is decided, for the `reason` if there is one, by the `rule` if there is one and not by `never_by`.
    `wanted` says so in words.
    """

    name: str
    line: int
    observation: Observation
    wanted: str
    actions: frozenset[Action]
    reason: Reason | None = None
    rule: str | None = None
    never_by: str | None = None

    def is_met_by(self, decision: Decision) -> bool:
        """Whether a decision is as claimed."""
        return (
            decision.action in self.actions
            and self.reason in (None, decision.reason)
            and self.rule in (None, decision.rule)
            and self.never_by != decision.rule
        )


@dataclass(frozen=True, slots=True)
class PolicyTest:
    """The cases of a file and the policy that they are about."""

    file: str
    policy: Policy
    cases: tuple[Case, ...]

    def result(self, case: Case) -> Result:
        """Ask the policy and compare."""
        decision = self.policy.answer(case.observation)
        passed = case.is_met_by(decision)
        message = (
            f"{decision}, as expected" if passed else f"expected {case.wanted}, but it decides {decision}"
        )
        return Result(self.file, case.line, case.name, Kind.DECISION, passed, message)

    @property
    def results(self) -> tuple[Result, ...]:
        """What became of every case, in the order of the file."""
        return tuple(map(self.result, self.cases))

    @property
    def reached(self) -> frozenset[str]:
        """Rules that decide some case."""
        return frozenset(self.policy.answer(case.observation).rule for case in self.cases)


def read_policy_test(path: Path, *, name: str | None = None, text: str | None = None) -> PolicyTest:
    """Return the policy test of a file, or of `text` as if it stood there; messages show `name` or the path.

    Raises:
        InputError: with every fault of the file, of its policy, and of what the one says of the other.
    """
    document = read(path, limits=POLICY_TEST_LIMITS, name=name or str(path), text=text)
    reader = _Reader(document, path.parent)
    shape = build(PolicyTestText, document, check=lambda _: reader.check())
    assert reader.policy is not None, "else there was a problem"
    cases = (
        _case(case, document.line(("cases", position)), reader.observations[position])
        for position, case in enumerate(shape.cases)
    )
    return PolicyTest(document.path, reader.policy, tuple(cases))


@dataclass(slots=True)
class _Reader:
    """One pass over the plain data: the policy, and of each case its observation, its rule and its name."""

    document: Document
    folder: Path
    policy: Policy | None = None
    observations: dict[int, Observation] = field(default_factory=dict)

    def check(self) -> Iterator[Problem]:
        """Read everything and yield what is wrong with it."""
        yield from self.read_policy()
        cases = self.document.value(("cases",))
        lines: dict[str, int] = {}
        for position, case in enumerate(cases if isinstance(cases, list) else ()):
            path: DataPath = ("cases", position)
            if not isinstance(case, dict):
                continue
            name = case.get("name")
            if isinstance(name, str) and lines.setdefault(
                name, self.document.line(path)
            ) != self.document.line(path):
                message = f"case '{name}' is given twice; the first one is on line {lines[name]}"
                yield self.document.problem((*path, "name"), message)
            yield from self.read_given(path, case)
            yield from self.check_rule((*path, "rule"), case.get("rule"))
            expect = case.get("expect")
            if isinstance(expect, dict) and isinstance(rule := expect.get("never_by"), str):
                yield from self.check_named((*path, "expect", "never_by"), rule)

    def read_policy(self) -> Iterator[Problem]:
        """Load the policy; what is wrong inside its file is told there, anything else where it is named."""
        chosen = self.document.value(("policy",))
        name, parameters = (chosen, {}) if isinstance(chosen, str) else _chosen(chosen)
        if name is None:
            return
        try:
            self.policy = load_policy(name, parameters, folder=self.folder)
        except InputError as error:
            for problem in error.problems:
                place = ("policy", *problem.path.split(".")) if problem.path else ("policy",)
                yield problem if problem.line else self.document.problem(place, problem.message)

    def read_given(self, path: DataPath, case: dict[str, Any]) -> Iterator[Problem]:
        """Build the observation of a case, if all of its values can be read and occur together."""
        start, given = STARTS.get(str(case.get("from"))), case.get("given", {})
        if start is None or not isinstance(given, dict):
            return
        observation, problems = start(), []
        for axis, raw in given.items():
            message = self.set_axis(observation, str(axis), raw)
            if message:
                is_unknown = find_axis(str(axis), self.tags) is None
                place = (*path, "given", axis)
                problems.append(self.document.problem(place, message, at_key=is_unknown))
        if not problems and (laws := impossible(observation)):
            message = f"this cannot occur, by assumption {'; '.join(laws)}"
            place = (*path, "given") if "given" in case else path
            problems.append(self.document.problem(place, message, at_key=True))
        yield from problems
        self.observations[int(path[1])] = observation

    @property
    def tags(self) -> frozenset[str]:
        """The tags that the policy declares."""
        return frozenset(self.policy.table.tags if self.policy else ())

    def set_axis(self, observation: Observation, name: str, raw: Any) -> str:
        """Set one axis as the file says, or return what is wrong."""
        axis = find_axis(name, self.tags)
        if axis is None:
            return self.unknown_axis(name)
        try:
            value = parse_literal(axis, raw)
        except ValueError as error:
            return str(error)
        if name in AXES:
            setattr(observation, name, value)
        elif value:
            observation.tags |= {name.removeprefix(TAG_PREFIX)}
        return ""

    def unknown_axis(self, name: str) -> str:
        """Say that there is no such axis; tags of a policy that could not be read are not judged."""
        if name.startswith(TAG_PREFIX):
            if self.policy is None:
                return ""
            there = f"it declares {listed(sorted(self.tags))}" if self.tags else "it declares none"
            return f"policy {self.policy.name} has no tag '{name.removeprefix(TAG_PREFIX)}'; {there}"
        likely = near_miss(name, AXES)
        return f"no axis '{name}'; " + (
            f"did you mean '{likely}'?" if likely else f"there are {listed(AXES)}"
        )

    def check_rule(self, path: DataPath, rule: Any) -> Iterable[Problem]:
        """Check that the rule a case names can decide at all."""
        if self.policy is None or not isinstance(rule, str):
            return
        enabled = [decision.rule for decision in self.policy.decisions]
        if rule in enabled:
            return
        if any(each.id == rule for each in self.policy.table.rules):
            yield self.document.problem(path, f"rule '{rule}' is switched off, so it never decides")
            return
        yield from self.check_named(path, rule)

    def check_named(self, path: DataPath, rule: str) -> Iterable[Problem]:
        """Check that a rule that a case names is there."""
        if self.policy is None:
            return
        known = [*(each.id for each in self.policy.table.rules), DEFAULT_RULE]
        if rule not in known:
            likely = near_miss(rule, known)
            hint = f"did you mean '{likely}'?" if likely else f"there are {listed(known)}"
            yield self.document.problem(path, f"policy {self.policy.name} has no rule '{rule}'; {hint}")


def _chosen(chosen: Any) -> tuple[str | None, dict[str, Any]]:
    """The name and the parameters of a policy given as a mapping; None where it is no such mapping."""
    if not isinstance(chosen, dict) or not isinstance(chosen.get("name"), str):
        return None, {}
    parameters = chosen.get("parameters", {})
    return chosen["name"], parameters if isinstance(parameters, dict) else {}


def _case(text: CaseText, line: int, observation: Observation) -> Case:
    expect, by = text.expect, f" [{text.rule}]" if text.rule else ""
    if isinstance(expect, Action):
        return Case(text.name, line, observation, expect + by, frozenset([expect]), rule=text.rule)
    if expect.hold is not None:
        held = f"hold ({expect.hold}){by}"
        return Case(text.name, line, observation, held, frozenset([Action.HOLD]), expect.hold, text.rule)
    if expect.never is not None:
        others = frozenset(Action).difference(expect.never)
        return Case(
            text.name, line, observation, f"never {' or '.join(expect.never)}{by}", others, rule=text.rule
        )
    if expect.never_by is not None:
        other = f"a decision of another rule than {expect.never_by}{by}"
        return Case(
            text.name,
            line,
            observation,
            other,
            frozenset(Action),
            rule=text.rule,
            never_by=expect.never_by,
        )
    assert expect.always is not None, "one of the four"
    allowed = frozenset(expect.always)
    return Case(text.name, line, observation, " or ".join(expect.always) + by, allowed, rule=text.rule)
