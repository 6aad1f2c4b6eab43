"""Order types: settings of the parameters that stand for all settings.

What a table answers depends on a parameter only by how it lies among the literals of its axis and among the other
parameters of that axis. So one setting for each such order stands for all of them, and a proof for these is a proof for
every value in every range. Where a parameter is alone on its axis, a value with numbers on both sides of it before the
next literal tells apart whatever any other value of that gap would, so it stands for the whole gap, ends of the range
included.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise, product
from math import prod
from typing import Final

from bcdr_sim.analysis.diagram import TooLargeError
from bcdr_sim.policy.assumptions import ASSUMPTIONS
from bcdr_sim.policy.axes import AXES, TOP
from bcdr_sim.policy.observation import Value
from bcdr_sim.policy.table import Comparison, Parameter, Reference, Rule, Table

ORDER_TYPES_MAX: Final = 4096
"""So many settings are tried. Assumption: at a tenth of a second each, some minutes."""


def order_types(
    table: Table, *, only: Rule | None = None, laws: Sequence[tuple[Comparison, ...]] = ()
) -> list[dict[str, Value]]:
    """Return settings of all parameters and switches; with `only`, of those that a rule's condition reads.

    `laws` are conditions from elsewhere that the table is held against.

    Raises:
        TooLargeError: there are more than `ORDER_TYPES_MAX`.
    """
    read = None if only is None else {name for part in only.when for name in part.references}
    parameters = [each for each in table.parameters if read is None or each.name in read]
    choices: dict[str, list[Value]] = {
        each.name: list(_representatives(each, parameters, _literals(table, each.axis, laws)))
        for each in parameters
    }
    if only is None:
        choices |= {switch.name: [False, True] for switch in table.switches}
    count = prod(map(len, choices.values()))
    if count > ORDER_TYPES_MAX:
        raise TooLargeError(f"{count:,} settings of the parameters to look at; at most {ORDER_TYPES_MAX:,}")
    return [dict(zip(choices, values, strict=True)) for values in product(*choices.values())]


def _representatives(parameter: Parameter, others: list[Parameter], literals: set[int]) -> Iterator[int]:
    """Values of one parameter: its ends, each literal between them, and in each gap as many as parameters may meet."""
    rivals = sum(1 for other in others if other.axis == parameter.axis)
    if rivals == 1:
        yield from _alone(parameter, literals)
        return
    ends = {parameter.low, parameter.high}
    for other in others:
        if other.axis == parameter.axis:
            ends |= {end for end in (other.low, other.high) if parameter.low <= end <= parameter.high}
    points = sorted(ends | {value for value in literals if parameter.low <= value <= parameter.high})
    for low, high in zip(points, [*points[1:], None], strict=True):
        yield low
        if high is not None:
            inside = high - low - 1
            wanted = min(rivals, inside)
            yield from (low + (inside + 1) * (number + 1) // (wanted + 1) for number in range(wanted))


def _alone(parameter: Parameter, literals: set[int]) -> Iterator[int]:
    """Values of a parameter that is alone on its axis: each literal in the range, and one or both ends of each gap."""
    axis = AXES[parameter.axis]
    points = sorted(literal for literal in literals if axis.low <= literal <= axis.high)
    for low, high in pairwise([axis.low - 1, *points, axis.high + 1]):
        first, last = max(low + 1, parameter.low), min(high - 1, parameter.high)
        roomy = max(first, low + 2), min(last, high - 2)
        if roomy[0] <= roomy[1]:
            yield sum(roomy) // 2
        elif first <= last:
            yield from dict.fromkeys((first, last))
        if parameter.low <= high <= parameter.high and high in literals:
            yield high


def _literals(table: Table, axis: str, laws: Sequence[tuple[Comparison, ...]]) -> set[int]:
    """The numbers that a table or an assumption compares an axis with."""
    found: set[int] = set()
    conditions = [rule.when for rule in table.rules] + [invariant.when for invariant in table.invariants]
    conditions += laws
    for part in (part for condition in conditions for part in condition if part.axis == axis):
        operands = part.literal if isinstance(part.literal, tuple) else (part.literal,)
        found |= {int(operand) for operand in operands if not isinstance(operand, Reference)}
    for never in (never for assumption in ASSUMPTIONS for never in assumption.never):
        found |= {int(literal) for atom in never if atom.axis == axis for literal in atom.literals}
    return found - {TOP}
