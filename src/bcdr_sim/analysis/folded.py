"""A table with certain parameter values, folded: which rule decides where, and how to say so."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cached_property

from bcdr_sim.analysis.diagram import NODES_MAX
from bcdr_sim.analysis.finding import KINDS, Finding, Law, Severity
from bcdr_sim.analysis.space import Space
from bcdr_sim.loading import DataPath, Document
from bcdr_sim.policy import Action, Policy
from bcdr_sim.policy.axes import AXES, TAG_PREFIX, find_axis
from bcdr_sim.policy.literals import format_literal
from bcdr_sim.policy.observation import Value
from bcdr_sim.policy.preconditions import BLOCKERS


class Folded:
    """A policy with certain parameter values, its decision diagram, and the laws it is held against.

    Rows count from 0; their number stands for the default. `document` is the policy's file, for the places.
    """

    def __init__(
        self,
        policy: Policy,
        document: Document,
        *,
        laws: Sequence[Law] = (),
        nodes_max: int = NODES_MAX,
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
        self.laws = tuple(laws)
        self.conditions = [law.invariant.condition(self.values) for law in laws]
        blockers = [(atom,) for atoms in BLOCKERS.values() for atom in atoms]
        rules = [row.when for row in self.rows]
        self.space = Space([*rules, *self.conditions, *blockers], nodes_max=nodes_max)

    def with_values(self, values: Mapping[str, Value]) -> Folded:
        """The same policy and laws with other parameter values."""
        return Folded(
            self.policy, self.document, laws=self.laws, nodes_max=self.space.diagrams.nodes_max, values=values
        )

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

    def alike(self, one: int, other: int) -> bool:
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
        document: Document | None = None,
        severity: Severity | None = None,
        rule: str = "",
        invariant: str = "",
        region: int | None = None,
    ) -> Finding:
        """A finding of a kind, with an example of a region if there is one to show.

        `path` leads into `document`, the policy's own file unless one is given.
        """
        witness = {} if region is None else self.space.example(region)
        problem = replace(
            (document or self.document).problem(path, message),
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
