"""Cuts: every axis divided at every literal somebody compares it with, so that all comparisons are constant on each cell.

A choice or flag has a cell for each value. A quantity has a cell for each literal, one for each gap between two of them
that holds a value, and one for its top word. Finitely many cells cover all observations exactly, so what is shown for
every cell is shown for every observation.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from bcdr_sim.policy.atom import Atom, Condition
from bcdr_sim.policy.axes import AXES, TAG_PREFIX, TOP, Axis, find_axis
from bcdr_sim.policy.observation import Value

_ORDER: Final = (
    *("location", "eligible", "env_type", "finance_operations", "tier", "orchestrator", "automation"),
    *(
        "service",
        "warning",
        "outage_age",
        "outage_scope",
        "impact_confirmed",
        "since_confirmed",
        "eta_remaining",
    ),
    *("order", "order_loss", "window", "time_of_day", "weekday"),
    *("primary_verified", "target_state", "healthy_for", "target_capacity", "since_last_move", "moves_24h"),
    *("copy", "reverse_sync", "drain_possible", "loss_state", "data_loss", "loss_within_consent", "consent"),
    *("restore_within_consent", "restore_loss", "support_channel"),
)
"""Every axis near those that an assumption or a usual rule relates it to. The order alters the size of a diagram, never
an answer."""


@dataclass(frozen=True, slots=True)
class Cell:
    """Values of an axis that no comparison tells apart: one value, or for a quantity all from `low` to `high`."""

    low: Value
    high: Value

    @property
    def is_point(self) -> bool:
        """Whether it holds one value."""
        return self.low == self.high


@dataclass(frozen=True, slots=True)
class Cut:
    """One axis and its cells, in order."""

    axis: Axis
    cells: tuple[Cell, ...]

    def where(self, atom: Atom) -> int:
        """The cells on which an atom of this axis holds, as a bit mask."""
        return sum(1 << place for place, cell in enumerate(self.cells) if atom.holds_for(cell.low))

    def cell_of(self, value: Value) -> int:
        """The place of the cell that a value lies in."""
        for place, cell in enumerate(self.cells):
            if cell.low == value or (not cell.is_point and int(cell.low) <= int(value) <= int(cell.high)):
                return place
        raise ValueError(f"{value!r} is no value of {self.axis.name}")


def cuts_of(conditions: Iterable[Condition]) -> tuple[Cut, ...]:
    """Return the axes that some condition reads, cut at all of their literals, tags last."""
    literals: dict[str, set[Value]] = {}
    for condition in conditions:
        for atom in condition:
            literals.setdefault(atom.axis, set()).update(atom.literals)
    tags = frozenset(name.removeprefix(TAG_PREFIX) for name in literals if name not in AXES)
    ordered = [name for name in dict.fromkeys([*_ORDER, *AXES]) if name in literals]
    ordered += sorted(set(literals) - set(AXES))
    axes = [find_axis(name, tags) for name in ordered]
    return tuple(_cut(axis, literals[axis.name]) for axis in axes if axis is not None)


def masks_of(condition: Condition, cuts: Mapping[str, tuple[int, Cut]]) -> tuple[tuple[int, int], ...] | None:
    """Return a conjunction as (level of the axis, mask of its cells) by level; None if no observation satisfies it.

    `cuts` gives the level and the cut of each axis by name. An atom that always holds leaves no trace.
    """
    found: dict[int, int] = {}
    for atom in condition:
        level, cut = cuts[atom.axis]
        everything = (1 << len(cut.cells)) - 1
        mask = found.get(level, everything) & cut.where(atom)
        if mask == 0:
            return None
        found[level] = mask
    full = {level: (1 << len(cut.cells)) - 1 for level, cut in cuts.values()}
    return tuple(sorted((level, mask) for level, mask in found.items() if mask != full[level]))


def _cut(axis: Axis, literals: set[Value]) -> Cut:
    if axis.kind == "choice":
        return Cut(axis, tuple(Cell(value, value) for value in axis.values))
    if axis.kind == "flag":
        return Cut(axis, (Cell(False, False), Cell(True, True)))
    points = sorted({int(literal) for literal in literals if literal != TOP})
    cells: list[Cell] = []
    low = axis.low
    for point in points:
        if low < point:
            cells.append(Cell(low, point - 1))
        cells.append(Cell(point, point))
        low = point + 1
    if low <= axis.high:
        cells.append(Cell(low, axis.high))
    if axis.top:
        cells.append(Cell(TOP, TOP))
    return Cut(axis, tuple(cells))
