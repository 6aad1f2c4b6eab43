"""The one question a policy can ask: `axis op literal`, and conjunctions of it.

Rules, situations, invariants, impossible combinations and preconditions are all conjunctions of atoms, so one
evaluation serves them all, and a later proof can cut each axis at the literals it finds here.
"""

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final, Literal

from bcdr_sim.policy.axes import Axis
from bcdr_sim.policy.observation import Observation, Value

Op = Literal["eq", "ne", "in", "not_in", "lt", "le", "gt", "ge", "between"]


def _between(value: int, bounds: tuple[int, int]) -> bool:
    low, high = bounds
    return low <= value < high if low <= high else value >= low or value < high


OPERATORS: Final[Mapping[str, Callable[[Any, Any], bool]]] = MappingProxyType(
    {
        "eq": operator.eq,
        "ne": operator.ne,
        "in": lambda value, literals: value in literals,
        "not_in": lambda value, literals: value not in literals,
        "lt": operator.lt,
        "le": operator.le,
        "gt": operator.gt,
        "ge": operator.ge,
        "between": _between,
    }
)
"""Meaning of every operator; `between` is half open and may pass midnight."""

LIST_OPERATORS: Final = frozenset({"in", "not_in"})
ORDERINGS: Final = frozenset({"lt", "le", "gt", "ge"})


def operators_of(axis: Axis) -> tuple[Op, ...]:
    """Return the operators that may be asked of an axis: an order only of quantities, `between` of the day."""
    if not axis.is_quantity:
        return ("eq", "ne", "in", "not_in")
    ordered: tuple[Op, ...] = ("eq", "ne", "in", "not_in", "lt", "le", "gt", "ge")
    return (*ordered, "between") if axis.kind == "time_of_day" else ordered


@dataclass(frozen=True, slots=True)
class Atom:
    """One comparison of an axis with a literal, typed: words, bools, milliseconds, minutes or whole numbers.

    `literal` is a tuple for `in`, `not_in` and `between`, otherwise a single value.
    """

    axis: str
    op: Op
    literal: Value | tuple[Value, ...]

    def holds(self, observation: Observation) -> bool:
        """Whether the comparison is true of the observation."""
        return self.holds_for(observation.value(self.axis))

    def holds_for(self, value: Value) -> bool:
        """Whether the comparison is true of a bare value of the axis."""
        return OPERATORS[self.op](value, self.literal)

    @property
    def literals(self) -> tuple[Value, ...]:
        """The literals of the atom, as a tuple whatever the operator."""
        return self.literal if isinstance(self.literal, tuple) else (self.literal,)


Condition = tuple[Atom, ...]
"""A conjunction; the empty one always holds."""


def all_hold(condition: Condition, observation: Observation) -> bool:
    """Whether every atom of the conjunction is true of the observation."""
    return all(atom.holds(observation) for atom in condition)
