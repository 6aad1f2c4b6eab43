"""Boxes: a set of observations as a few conjunctions that people can read.

Rules. A box gives a set of cells for each axis. The boxes of a set hold everything of it that can occur and nothing else
that can occur. What cannot occur is free. A box grows from one observation: axes that nobody reads are dropped, then every
axis is widened by the cells that hold something of the set and nothing else, then axes are dropped altogether where that
adds nothing else. Boxes may overlap.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

from bcdr_sim.analysis.cuts import Cut
from bcdr_sim.analysis.diagram import EMPTY, Diagrams
from bcdr_sim.analysis.space import Space
from bcdr_sim.policy.axes import Axis
from bcdr_sim.policy.literals import format_literal

BOXES_MAX: Final = 200
"""So many boxes of one set are made. Assumption: more nobody reads."""


@dataclass(frozen=True, slots=True)
class Box:
    """A conjunction: for each axis that matters, in words, which values it may have."""

    words: tuple[tuple[str, str], ...]
    masks: tuple[int, ...]

    def __str__(self) -> str:
        """Return `location NearCopy, 0s < data_loss < 5m`."""
        return ", ".join(word for _, word in self.words) or "always"


def boxes_of(space: Space, region: int, *, read: Collection[str]) -> tuple[list[Box], bool]:
    """Return boxes that together are a set of possible observations, and whether they are all of it.

    `read` are the axes that the set depends on, the most telling first.
    """
    levels = {cut.axis.name: level for level, cut in enumerate(space.cuts)}
    order = [levels[name] for name in read if name in levels]
    diagrams = space.diagrams
    other = diagrams.without(space.possible, region)
    left = diagrams.both(region, space.possible)
    found: list[Box] = []
    while left != EMPTY:
        if len(found) == BOXES_MAX:
            return found, False
        masks = _widest(diagrams, space.cells_picked(left), order, region=left, other=other)
        found.append(Box(_words(space.cuts, masks, order), masks))
        own = [(level, mask) for level, mask in enumerate(masks) if mask != _full(diagrams, level)]
        left = diagrams.outside(own, left)
    return found, True


def _widest(
    diagrams: Diagrams, cells: Sequence[int], order: Sequence[int], *, region: int, other: int
) -> tuple[int, ...]:
    """A box around one cell that holds nothing of `other`, grown along the axes of `order`."""
    box = [_full(diagrams, level) for level in range(len(cells))]
    for level in order:
        box[level] = 1 << cells[level]
    for level in reversed(order):
        own = box[level]
        for cell in range(diagrams.sizes[level]):
            box[level] = 1 << cell
            if diagrams.meets(box, region) and not diagrams.meets(box, other):
                own |= 1 << cell
        box[level] = own
    for level in reversed(order):
        own, box[level] = box[level], _full(diagrams, level)
        if diagrams.meets(box, other):
            box[level] = own
    return tuple(box)


def _full(diagrams: Diagrams, level: int) -> int:
    return (1 << diagrams.sizes[level]) - 1


def _words(cuts: Sequence[Cut], masks: Sequence[int], order: Sequence[int]) -> tuple[tuple[str, str], ...]:
    """The axes that a box restricts, in words."""
    return tuple(
        (cuts[level].axis.name, _axis_words(cuts[level], masks[level]))
        for level in order
        if masks[level] != (1 << len(cuts[level].cells)) - 1
    )


def _axis_words(cut: Cut, mask: int) -> str:
    """`service impaired or down`, `0s < data_loss < 5m`."""
    places = [place for place in range(len(cut.cells)) if mask >> place & 1]
    if not cut.axis.is_quantity:
        values = [format_literal(cut.axis, cut.cells[place].low) for place in places]
        return f"{cut.axis.name} {' or '.join(values)}"
    spans: list[tuple[int, int]] = []
    for place in places:
        if spans and spans[-1][1] == place - 1:
            spans[-1] = (spans[-1][0], place)
        else:
            spans.append((place, place))
    return " or ".join(_span_words(cut, first, last) for first, last in spans)


def _span_words(cut: Cut, first: int, last: int) -> str:
    """A run of cells of a quantity, its ends the literals of the file; as there, the top word is above all of them."""
    axis, low, high = cut.axis, cut.cells[first], cut.cells[last]
    if first == last and low.is_point:
        return f"{axis.name} is {format_literal(axis, low.low)}"
    below = "" if int(low.low) == axis.low else f"{_literal(axis, low.low, -1, is_end=low.is_point)} "
    above = ""
    if int(high.high) == axis.high and axis.top:
        above = f" < {axis.top}"
    elif last < len(cut.cells) - 1:
        above = f" {_literal(axis, high.high, 1, is_end=high.is_point)}"
    return f"{below}{axis.name}{above}"


def _literal(axis: Axis, value: str | int, side: int, *, is_end: bool) -> str:
    """`5m <` or `< 5m`: the end itself where it belongs to the run, else the literal beside it."""
    sign = "<=" if is_end else "<"
    shown = format_literal(axis, int(value) if is_end else int(value) + side)
    return f"{shown} {sign}" if side < 0 else f"{sign} {shown}"
