"""`check`: everything that can be said about one policy table, for every observation and not for a sample of them.

Rules (what each finding means: `finding.KINDS`).

* Rules are judged with the parameters in force. What cannot occur by the assumptions is left out of everything that an
  engine could meet, and kept for the question whether a rule contradicts itself or is shadowed.
* An invariant is proved when no observation that can occur breaks it; the assumptions without which that would not hold
  are named. A precondition of an action (`policy.preconditions`) is a law like an invariant.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from bcdr_sim.analysis.diagram import EMPTY, NODES_MAX
from bcdr_sim.analysis.finding import KINDS, Finding, Severity
from bcdr_sim.analysis.orders import order_types
from bcdr_sim.analysis.space import Space
from bcdr_sim.loading import DataPath, Document
from bcdr_sim.policy import Action, Policy
from bcdr_sim.policy.axes import AXES, TAG_PREFIX, find_axis
from bcdr_sim.policy.literals import format_literal
from bcdr_sim.policy.observation import Value
from bcdr_sim.policy.preconditions import BLOCKERS
from bcdr_sim.policy.table import Invariant, Rule


@dataclass(frozen=True, slots=True)
class Proof:
    """An invariant that holds everywhere, and the assumptions of the engine without which it would not."""

    invariant: str
    assumptions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Checked:
    """What is found about one policy.

    `parameter_settings` is how many settings of the parameters were looked at: 1, or with ranges one for each order type.
    `cell_count` and `node_count` say how large the space is and how small its diagram.
    """

    policy: str
    file: str
    digest: str
    findings: tuple[Finding, ...]
    proofs: tuple[Proof, ...]
    parameter_settings: int
    cell_count: int
    node_count: int

    def at_least(self, severity: Severity) -> tuple[Finding, ...]:
        """The findings that are as grave as that."""
        order = list(Severity)
        return tuple(each for each in self.findings if order.index(each.severity) <= order.index(severity))


def check(policy: Policy, document: Document, *, ranges: bool = False, nodes_max: int = NODES_MAX) -> Checked:
    """Return all findings about a policy; `document` is its file, for the places.

    With `ranges` invariants and preconditions are proved for every value that the parameters may take, not only for
    those in force.

    Raises:
        TooLargeError: the diagram or the number of settings outgrows its limit; nothing is proved then.
    """
    table = _Table(policy, document, nodes_max)
    findings = [*table.rules(), *table.gaps(), *table.laws(), *table.preconditions()]
    settings = order_types(policy.table) if ranges else []
    for setting in settings:
        if any(policy.values[name] != value for name, value in setting.items()):
            other = _Table(policy, document, nodes_max, values=setting)
            found = [*other.laws(), *other.preconditions()]
            known = {(each.kind, each.rule, each.invariant) for each in findings}
            findings += [each for each in found if (each.kind, each.rule, each.invariant) not in known]
    broken = {each.invariant for each in findings if each.kind.code == "BCDR201"}
    return Checked(
        policy=policy.name,
        file=document.path,
        digest=policy.digest,
        findings=tuple(sorted(findings, key=lambda each: (each.problem.line, each.kind.code))),
        proofs=tuple(proof for proof in table.proofs() if proof.invariant not in broken),
        parameter_settings=max(1, len(settings)),
        cell_count=table.space.cell_count,
        node_count=len(table.space.diagrams),
    )


class _Table:
    """A policy with certain parameter values, and its decision diagram."""

    def __init__(
        self,
        policy: Policy,
        document: Document,
        nodes_max: int,
        *,
        values: Mapping[str, Value] | None = None,
    ) -> None:
        self.policy = policy
        self.document = document
        self.values = policy.values if values is None else values
        self.rows = policy.rows if values is None else policy.table.rows(values)
        self.is_changed = values is not None
        self.enabled = [
            (position, rule)
            for position, rule in enumerate(policy.table.rules)
            if rule.switch is None or self.values[rule.switch]
        ]
        self.conditions = [invariant.condition(self.values) for invariant in policy.table.invariants]
        blockers = [(atom,) for atoms in BLOCKERS.values() for atom in atoms]
        rules = [row.when for row in self.rows]
        self.space = Space([*rules, *self.conditions, *blockers], nodes_max=nodes_max)

    @cached_property
    def below(self) -> list[int]:
        """For each row what it and the rows below it decide, and at the end what no row decides."""
        return self.space.suffixes(self.rows)

    @property
    def decided(self) -> int:
        """The index of the row that decides, everywhere."""
        return self.below[0]

    @cached_property
    def deciding(self) -> set[int]:
        """The rows that decide something."""
        return self.space.diagrams.leaves(self.decided)

    @cached_property
    def deciding_really(self) -> set[int]:
        """The rows that decide something that can occur."""
        seen = self.space.diagrams.combine(
            self.decided, self.space.possible, lambda index, can: index + 1 if can else 0
        )
        return {found - 1 for found in self.space.diagrams.leaves(seen)} - {-1}

    def region(self, indices: Sequence[int] | set[int]) -> int:
        """Where one of these rows decides."""
        wanted = frozenset(indices)
        return self.space.diagrams.change(self.decided, lambda index: int(index in wanted))

    # Rules ----------------------------------------------------------------------------------------------------------

    def rules(self) -> Iterator[Finding]:
        """What is wrong with single rules."""
        for index, (position, rule) in enumerate(self.enabled):
            path: DataPath = ("rules", position, "id")
            if self.space.masks(self.rows[index].when) is None:
                yield self._never_matches(rule, path)
            elif index not in self.deciding:
                yield self._hidden(index, rule, path)
            elif index not in self.deciding_really:
                message = f"rule '{rule.id}' decides only what cannot occur"
                needed = self.space.needed(self.region([index]))
                yield self.finding("BCDR104", f"{message} ({', '.join(needed)})", path, rule=rule.id)
            else:
                yield from self._redundant(index, rule, path)

    def _redundant(self, index: int, rule: Rule, path: DataPath) -> Iterator[Finding]:
        """A rule without which nothing would change; a note if only the assumptions make it so."""
        diagrams = self.space.diagrams
        differs = diagrams.combine(
            self.region([index]),
            self.below[index + 1],
            lambda decides, found: int(bool(decides) and not self._alike(index, found)),
        )
        message = f"without rule '{rule.id}' the same would be decided everywhere"
        if differs == EMPTY:
            yield self.finding("BCDR103", message, path, rule=rule.id)
        elif self.space.diagrams.both(differs, self.space.possible) == EMPTY:
            needed = ", ".join(self.space.needed(differs))
            message = f"{message}, as {needed} shows"
            yield self.finding("BCDR103", message, path, rule=rule.id, severity=Severity.NOTE)

    def _never_matches(self, rule: Rule, path: DataPath) -> Finding:
        """A rule whose condition contradicts itself, for these parameters or for all."""
        for setting in order_types(self.policy.table, only=rule):
            if self.space_allows(rule, {**self.values, **setting}):
                names = sorted({name for part in rule.when for name in part.references})
                shown = ", ".join(f"{name} is {self.parameter(name)}" for name in names)
                message = f"rule '{rule.id}' can never match while {shown}"
                return self.finding("BCDR101", message, path, rule=rule.id, severity=Severity.NOTE)
        return self.finding("BCDR101", f"rule '{rule.id}' can never match", path, rule=rule.id)

    @staticmethod
    def space_allows(rule: Rule, values: Mapping[str, Value]) -> bool:
        """Whether some observation satisfies the condition of a rule."""
        condition = tuple(part.close(values) for part in rule.when)
        return Space([condition]).masks(condition) is not None

    def _hidden(self, index: int, rule: Rule, path: DataPath) -> Finding:
        """A rule that never decides, since rules above it do."""
        own = self.space.where(self.rows[index].when)
        above = self.space.diagrams.leaves(
            self.space.diagrams.combine(own, self.decided, lambda holds, decides: decides + 1 if holds else 0)
        ) - {0}
        deciders = sorted(one - 1 for one in above)
        others = [one for one in deciders if not self._alike(one, index)]
        names = ", ".join(f"'{self.rows[one].decision.rule}'" for one in (others or deciders)[:4])
        if others:
            message = (
                f"rule '{rule.id}' is never reached: where it holds, {names} {_decide(others)} otherwise"
            )
            return self.finding("BCDR102", message, path, rule=rule.id)
        message = f"rule '{rule.id}' is never reached: where it holds, {names} {_decide(deciders)} the same"
        return self.finding("BCDR103", message, path, rule=rule.id)

    def _alike(self, one: int, other: int) -> bool:
        """Whether two rows decide the same for the same reason."""
        first, second = self.policy.table.default, self.policy.table.default
        if one < len(self.rows):
            first = self.rows[one].decision
        if other < len(self.rows):
            second = self.rows[other].decision
        return (first.action, first.reason, first.wake_after_ms) == (
            second.action,
            second.reason,
            second.wake_after_ms,
        )

    def gaps(self) -> Iterator[Finding]:
        """Observations for which there is no rule."""
        gap = self.space.diagrams.both(self.region([len(self.rows)]), self.space.possible)
        if gap != EMPTY:
            message = "no rule decides this observation, so the default does"
            yield self.finding("BCDR105", message, ("default",), region=gap)

    # Laws -----------------------------------------------------------------------------------------------------------

    def broken(self, position: int) -> int:
        """Where an invariant is broken, whether that can occur or not."""
        invariant = self.policy.table.invariants[position]
        actions = [row.decision.action for row in self.rows] + [self.policy.table.default.action]
        bad = [index for index, action in enumerate(actions) if not invariant.permits(action)]
        return self.space.diagrams.both(self.space.where(self.conditions[position]), self.region(bad))

    def laws(self) -> Iterator[Finding]:
        """Invariants that are broken, or that forbid nothing."""
        for position, invariant in enumerate(self.policy.table.invariants):
            path = ("invariants", position, "id")
            holds = self.space.diagrams.both(self.space.where(self.conditions[position]), self.space.possible)
            region = self.space.diagrams.both(self.broken(position), self.space.possible)
            if holds == EMPTY:
                message = f"invariant '{invariant.id}' forbids nothing: its condition holds for nothing that can occur"
                yield self.finding("BCDR202", message, path, invariant=invariant.id)
            elif region != EMPTY:
                yield self._breach(invariant, region)

    def _breach(self, invariant: Invariant, region: int) -> Finding:
        """An invariant that is broken: by which rules, and an example."""
        leaves = self.space.diagrams.leaves(
            self.space.diagrams.combine(region, self.decided, lambda holds, index: index + 1 if holds else 0)
        ) - {0}
        rules = [self.rule_name(one - 1) for one in sorted(leaves)]
        cells = self.space.diagrams.at(self.decided, self.space.cells_picked(region))
        rule = self.rule_name(cells)
        action = self.action(cells)
        others = [name for name in rules if name != rule]
        also = f"; so do {', '.join(others)}" if others else ""
        wants = "never" if invariant.never else "always"
        actions = " or ".join(sorted(invariant.actions))
        message = (
            f"rule '{rule}' decides {action} against invariant '{invariant.id}' ({wants} {actions}){also}"
        )
        path: DataPath = ("rules", self.enabled[cells][0], "id") if cells < len(self.rows) else ("default",)
        return self.finding("BCDR201", message, path, rule=rule, invariant=invariant.id, region=region)

    def preconditions(self) -> Iterator[Finding]:
        """Rules that decide an action where it cannot be taken."""
        for index, (position, rule) in enumerate(self.enabled):
            for atom in BLOCKERS[self.rows[index].decision.action]:
                region = self.space.diagrams.both(self.region([index]), self.space.where((atom,)))
                region = self.space.diagrams.both(region, self.space.possible)
                if region != EMPTY:
                    said = f"{atom.axis} is {self.written(atom.axis, self.space.example(region)[atom.axis])}"
                    message = (
                        f"rule '{rule.id}' decides {rule.decision.action}, which cannot be taken while {said}"
                    )
                    yield self.finding(
                        "BCDR301", message, ("rules", position, "id"), rule=rule.id, region=region
                    )

    def proofs(self) -> Iterator[Proof]:
        """The invariants that hold everywhere, with the assumptions they need."""
        for position, invariant in enumerate(self.policy.table.invariants):
            region = self.broken(position)
            if self.space.diagrams.both(region, self.space.possible) == EMPTY:
                yield Proof(invariant.id, self.space.needed(region))

    # Words ----------------------------------------------------------------------------------------------------------

    def rule_name(self, index: int) -> str:
        """The rule of a row, or `default`."""
        return self.rows[index].decision.rule if index < len(self.rows) else self.policy.table.default.rule

    def action(self, index: int) -> Action:
        """What a row decides."""
        return (
            self.rows[index].decision.action if index < len(self.rows) else self.policy.table.default.action
        )

    def parameter(self, name: str) -> str:
        """A parameter's value as the file would write it."""
        value = self.values[name]
        for parameter in self.policy.table.parameters:
            if parameter.name == name:
                return format_literal(AXES[parameter.axis], value)
        return "on" if value else "off"

    def written(self, axis: str, value: Value) -> str:
        """A value of an axis as the file would write it."""
        tags = frozenset({axis.removeprefix(TAG_PREFIX)}) if axis.startswith(TAG_PREFIX) else frozenset()
        found = find_axis(axis, tags)
        assert found is not None, "cut axes exist"
        return format_literal(found, value)

    def finding(
        self,
        code: str,
        message: str,
        path: DataPath,
        *,
        severity: Severity | None = None,
        rule: str = "",
        invariant: str = "",
        region: int | None = None,
    ) -> Finding:
        """A finding of a kind, with an example of a region if there is one to show."""
        witness = {} if region is None else self.space.example(region)
        problem = replace(
            self.document.problem(path, message),
            path="",
            level=(severity or KINDS[code].severity).value,
            code=code,
        )
        return Finding(
            KINDS[code],
            problem,
            rule,
            invariant,
            {axis: self.written(axis, value) for axis, value in witness.items()},
            {name: self.parameter(name) for name in self.values} if self.is_changed else {},
        )


def _decide(deciders: Sequence[int]) -> str:
    return "decides" if len(deciders) == 1 else "decide"
