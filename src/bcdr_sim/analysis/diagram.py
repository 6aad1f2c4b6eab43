"""Decision diagrams: functions of the cells of all axes, shared part by part, so that equal functions are one number.

Rules. A function is a node or a leaf. A node looks at one axis and has a function for each cell of it; axes stand in one
order, a node whose functions are all the same is that function, and no two nodes are equal. A leaf is a number >= 0.
Functions are held by number: nodes count from 0, leaf k is `~k`. So two functions are equal exactly if their numbers are,
and a set (leaves 0 and 1) is empty exactly if it is the leaf 0.
Source: Bryant 1986 for the two-valued kind; Gouda and Liu 2007 for rule tables as diagrams.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final

Masks = Sequence[tuple[int, int]]
"""A conjunction: (level of the axis, bit mask of its cells), by level."""

NODES_MAX: Final = 500_000
"""So many nodes are made before giving up. Assumption: some hundred megabytes."""

WORK_MAX: Final = 40_000_000
"""So much work is done before giving up: children looked at, and a few steps for every node. Assumption: some seconds. A
check of the largest built-in policy needs 0.2 million, comparing any two of them 6 million. It is counted and not timed, so
every machine gives up at the same place."""
_NODE_WORK: Final = 4

EMPTY: Final = ~0
"""The set that holds nothing."""
FULL: Final = ~1
"""The set that holds everything."""


class TooLargeError(Exception):
    """The diagram has outgrown its limit; nothing was proved and nothing refuted."""


def leaf(value: int) -> int:
    """The function that is `value` everywhere."""
    return ~value


class Diagrams:
    """All functions over axes with these numbers of cells."""

    def __init__(self, sizes: Sequence[int], *, nodes_max: int = NODES_MAX, work_max: int = WORK_MAX) -> None:
        self.sizes = tuple(sizes)
        self.work_max = work_max
        self.nodes_max = nodes_max
        self._levels: list[int] = []
        self._children: list[tuple[int, ...]] = []
        self._known: dict[tuple[int, tuple[int, ...]], int] = {}
        self.work = 0

    def __len__(self) -> int:
        """Number of nodes made so far."""
        return len(self._levels)

    def level(self, function: int) -> int:
        """The axis a function looks at first; past the last for a leaf."""
        return self._levels[function] if function >= 0 else len(self.sizes)

    def children(self, function: int) -> tuple[int, ...]:
        """The functions of a node, by cell."""
        return self._children[function]

    def node(self, level: int, children: tuple[int, ...]) -> int:
        """The function that looks at an axis and then is one of `children`.

        Raises:
            TooLargeError: there are too many nodes, or too much work has been done.
        """
        self._count(children)
        first = children[0]
        if children.count(first) == len(children):
            return first
        key = (level, children)
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = len(self._levels)
            if found >= self.nodes_max:
                raise TooLargeError(f"more than {self.nodes_max:,} nodes")
            self._levels.append(level)
            self._children.append(children)
        return found

    def _count(self, children: tuple[int, ...]) -> None:
        self.work += _NODE_WORK + len(children)
        if self.work > self.work_max:
            raise TooLargeError(f"more than {self.work_max:,} steps of work")

    # Making functions -----------------------------------------------------------------------------------------------

    def overlay(self, masks: Masks, above: int, below: int) -> int:
        """The function that is `above` where the conjunction holds and `below` elsewhere."""
        known: dict[tuple[int, int, int], int] = {}

        def laid(place: int, above: int, below: int) -> int:
            if place == len(masks):
                return above
            key = (place, above, below)
            found = known.get(key)
            if found is not None:
                return found
            at, mask = masks[place]
            level = min(at, self.level(above), self.level(below))
            if level == at:
                children = tuple(
                    laid(place + 1, up, down) if mask >> cell & 1 else down
                    for cell, (up, down) in enumerate(
                        zip(self._spread(above, level), self._spread(below, level), strict=True)
                    )
                )
            else:
                children = tuple(
                    laid(place, up, down)
                    for up, down in zip(self._spread(above, level), self._spread(below, level), strict=True)
                )
            found = known[key] = self.node(level, children)
            return found

        return laid(0, above, below)

    def _spread(self, function: int, level: int) -> tuple[int, ...]:
        """A function by the cells of an axis it may not look at."""
        if function >= 0 and self._levels[function] == level:
            return self._children[function]
        return (function,) * self.sizes[level]

    def combine(self, first: int, second: int, leaves: Callable[[int, int], int]) -> int:
        """The function that is `leaves(a, b)` where the two are a and b."""
        known: dict[tuple[int, int], int] = {}

        def combined(pair: tuple[int, int]) -> int:
            one, other = pair
            if one < 0 and other < 0:
                found = ~leaves(~one, ~other)
            else:
                level = min(self.level(one), self.level(other))
                pairs = tuple(zip(self._spread(one, level), self._spread(other, level), strict=True))
                for below in set(pairs).difference(known):
                    combined(below)
                found = self.node(level, tuple(map(known.__getitem__, pairs)))
            known[pair] = found
            return found

        return combined((first, second))

    def change(self, function: int, leaves: Callable[[int], int]) -> int:
        """The function that is `leaves(a)` where the given one is a."""
        known: dict[int, int] = {}

        def changed(one: int) -> int:
            if one < 0:
                found = ~leaves(~one)
            else:
                children = self._children[one]
                for below in set(children).difference(known):
                    changed(below)
                found = self.node(self._levels[one], tuple(map(known.__getitem__, children)))
            known[one] = found
            return found

        return changed(function)

    # Sets -----------------------------------------------------------------------------------------------------------

    def both(self, one: int, other: int) -> int:
        """What lies in both sets."""
        return self.combine(one, other, lambda a, b: a & b)

    def union(self, sets: Iterable[int]) -> int:
        """What lies in one of the sets at least."""
        found = EMPTY
        for one in sets:
            found = self.combine(found, one, lambda a, b: a | b)
        return found

    def without(self, one: int, other: int) -> int:
        """What lies in the first set alone."""
        return self.combine(one, other, lambda a, b: a & ~b & 1)

    def inside(self, masks: Masks | None, one: int = FULL) -> int:
        """What of a set satisfies a conjunction; None is one that nothing satisfies."""
        return EMPTY if masks is None else self.overlay(masks, one, EMPTY)

    def outside(self, masks: Masks | None, one: int = FULL) -> int:
        """What of a set does not satisfy a conjunction."""
        return one if masks is None else self.overlay(masks, EMPTY, one)

    def meets(self, box: Sequence[int], one: int) -> bool:
        """Whether a box, a mask of cells for each axis, holds anything of a set.

        Raises:
            TooLargeError: too much work has been done.
        """
        known: dict[int, bool] = {}

        def met(function: int) -> bool:
            if function < 0:
                return function != EMPTY
            found = known.get(function)
            if found is None:
                mask = box[self._levels[function]]
                children = self._children[function]
                self._count(children)
                found = known[function] = any(
                    met(child) for cell, child in enumerate(children) if mask >> cell & 1
                )
            return found

        return met(one)

    def pick(self, one: int, liked: Sequence[Sequence[int]]) -> tuple[int, ...]:
        """A cell of each axis that together lie in a set which is not empty.

        `liked` gives the cells of each axis, the best first; an axis nearer to the first is pleased before a later one.
        """
        assert one != EMPTY, "nothing to pick from"
        chosen: list[int] = []
        for level in range(len(self.sizes)):
            choices = self._spread(one, level)
            cell = next(cell for cell in liked[level] if choices[cell] != EMPTY)
            chosen.append(cell)
            one = choices[cell]
        return tuple(chosen)

    def at(self, function: int, cells: Sequence[int]) -> int:
        """The value of a function for one cell of each axis."""
        while function >= 0:
            function = self._children[function][cells[self._levels[function]]]
        return ~function

    def leaves(self, function: int) -> set[int]:
        """Every value that a function takes somewhere."""
        return {~one for one in self._below(function) if one < 0}

    def _below(self, function: int) -> Iterator[int]:
        met, waiting = {function}, [function]
        while waiting:
            one = waiting.pop()
            yield one
            for child in self._children[one] if one >= 0 else ():
                if child not in met:
                    met.add(child)
                    waiting.append(child)
