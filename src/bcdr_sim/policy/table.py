"""A policy as its file says it, checked and typed, with parameters still open.

Rules are read from the top; the first whose condition holds decides. `rows` closes a table over parameter
values: situations are written out already, switches choose the rules, every `$name` becomes its value. What
comes out is nothing but conjunctions of atoms, which is what evaluation and proof work on.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from bcdr_sim.policy.atom import Atom, Condition, Op
from bcdr_sim.policy.compile import Row
from bcdr_sim.policy.decision import Action, Decision
from bcdr_sim.policy.observation import Value

RULES_MAX: Final = 500
"""So many rules a table may have. Assumption: more nobody reviews, nor would a proof end soon."""

Values = Mapping[str, Value]
"""Parameter values and switch positions by name."""


@dataclass(frozen=True, slots=True)
class Reference:
    """`$name` in the place of a literal."""

    name: str


Operand = Value | Reference


@dataclass(frozen=True, slots=True)
class Comparison:
    """One comparison of the file: an atom whose literals may be parameters."""

    axis: str
    op: Op
    literal: Operand | tuple[Operand, ...]

    @property
    def references(self) -> tuple[str, ...]:
        """Names of the parameters that stand in it."""
        operands = self.literal if isinstance(self.literal, tuple) else (self.literal,)
        return tuple(operand.name for operand in operands if isinstance(operand, Reference))

    def close(self, values: Values) -> Atom:
        """Return the atom with every parameter replaced by its value."""
        if isinstance(self.literal, tuple):
            return Atom(self.axis, self.op, tuple(_value(operand, values) for operand in self.literal))
        return Atom(self.axis, self.op, _value(self.literal, values))


def _value(operand: Operand, values: Values) -> Value:
    return values[operand.name] if isinstance(operand, Reference) else operand


@dataclass(frozen=True, slots=True)
class Parameter:
    """A named literal of an axis, with its default and the range it may take, both ends included."""

    name: str
    axis: str
    default: int
    low: int
    high: int


@dataclass(frozen=True, slots=True)
class Switch:
    """A named yes or no that turns the rules marked `if: $name` on and off."""

    name: str
    default: bool


@dataclass(frozen=True, slots=True)
class Rule:
    """One row: where every comparison holds, the decision is taken. Without a `switch` it is always on."""

    when: tuple[Comparison, ...]
    decision: Decision
    cites: tuple[str, ...]
    switch: str | None = None
    because: str = ""

    @property
    def id(self) -> str:
        """Name of the rule."""
        return self.decision.rule


@dataclass(frozen=True, slots=True)
class Invariant:
    """A law where the condition holds: the answer is never, or always, one of the actions."""

    id: str
    when: tuple[Comparison, ...]
    never: bool
    actions: frozenset[Action]
    cites: tuple[str, ...]

    def permits(self, action: Action) -> bool:
        """Whether that answer keeps the law where its condition holds."""
        return (action in self.actions) != self.never

    def condition(self, values: Values) -> Condition:
        """Return the condition for these parameter values."""
        return _close(self.when, values)


@dataclass(frozen=True, slots=True)
class Table:
    """A whole policy file. `sources` explains the short names of `cites`; `time_zone` is an IANA name."""

    name: str
    title: str
    sources: Mapping[str, str]
    time_zone: str
    tags: tuple[str, ...]
    parameters: tuple[Parameter, ...]
    switches: tuple[Switch, ...]
    rules: tuple[Rule, ...]
    default: Decision
    invariants: tuple[Invariant, ...]

    @property
    def defaults(self) -> dict[str, Value]:
        """The value of every parameter and the position of every switch when nobody says otherwise."""
        quantities: dict[str, Value] = {parameter.name: parameter.default for parameter in self.parameters}
        return quantities | {switch.name: switch.default for switch in self.switches}

    def rows(self, values: Values) -> tuple[Row, ...]:
        """Return the enabled rules, closed over the values, in order."""
        return tuple(
            Row(_close(rule.when, values), rule.decision)
            for rule in self.rules
            if rule.switch is None or values[rule.switch]
        )


def _close(when: tuple[Comparison, ...], values: Values) -> Condition:
    return tuple(comparison.close(values) for comparison in when)
