"""The space of all observations as some tables cut it: what can occur, what is decided where, and an example of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property

from bcdr_sim.analysis.cuts import Cell, Cut, cuts_of, masks_of
from bcdr_sim.analysis.diagram import EMPTY, FULL, NODES_MAX, Diagrams, Masks, leaf
from bcdr_sim.analysis.ordinary import STRANGE, usual_like
from bcdr_sim.policy.assumptions import ASSUMPTIONS, Assumption
from bcdr_sim.policy.atom import Condition
from bcdr_sim.policy.axes import AXES, TAG_PREFIX, TOP
from bcdr_sim.policy.compile import Row
from bcdr_sim.policy.observation import Observation, Value, regional_outage

_ROUND_MS = (3_600_000, 1_800_000, 900_000, 600_000, 300_000, 60_000, 30_000, 10_000, 1_000)
"""Durations that people say, the roundest first."""


class Space:
    """All observations, cut at every literal of some conditions and of the assumptions."""

    def __init__(self, conditions: Iterable[Condition], *, nodes_max: int = NODES_MAX) -> None:
        """`conditions` are all that will be asked about."""
        assumed = [never for assumption in ASSUMPTIONS for never in assumption.never]
        self.cuts: tuple[Cut, ...] = cuts_of([*conditions, *assumed])
        self._places = {cut.axis.name: (level, cut) for level, cut in enumerate(self.cuts)}
        self.diagrams = Diagrams([len(cut.cells) for cut in self.cuts], nodes_max=nodes_max)

    @property
    def cell_count(self) -> int:
        """How many combinations of cells there are."""
        count = 1
        for cut in self.cuts:
            count *= len(cut.cells)
        return count

    def masks(self, condition: Condition) -> Masks | None:
        """A conjunction by level; None if nothing satisfies it."""
        return masks_of(condition, self._places)

    def where(self, condition: Condition) -> int:
        """The set of observations that satisfy a conjunction."""
        return self.diagrams.inside(self.masks(condition))

    @cached_property
    def possible(self) -> int:
        """The set of observations that break no assumption."""
        found = FULL
        for assumption in ASSUMPTIONS:
            found = self.assuming(found, assumption.never)
        return found

    def assuming(self, region: int, never: Iterable[Condition]) -> int:
        """What is left of a set without what some conjunctions rule out."""
        for condition in never:
            region = self.diagrams.outside(self.masks(condition), region)
        return region

    def needed(self, region: int) -> tuple[str, ...]:
        """The assumptions, none of which can be spared, that leave nothing of a set; () if it is empty anyway."""
        kept = list(ASSUMPTIONS)
        for assumption in ASSUMPTIONS:
            others = [other for other in kept if other is not assumption]
            if self._under(region, others) == EMPTY:
                kept = others
        return tuple(assumption.id for assumption in kept)

    def _under(self, region: int, assumptions: Iterable[Assumption]) -> int:
        for assumption in assumptions:
            if region == EMPTY:
                break
            region = self.assuming(region, assumption.never)
        return region

    def decided(self, rows: Sequence[Row]) -> int:
        """The function that is the index of the row that decides; their number where none does."""
        return self.suffixes(rows)[0]

    def suffixes(self, rows: Sequence[Row]) -> list[int]:
        """The same for all rows, for all but the first, and so on to no row at all; indices stay as they are."""
        functions = [leaf(len(rows))]
        for index in reversed(range(len(rows))):
            masks = self.masks(rows[index].when)
            below = functions[-1]
            functions.append(below if masks is None else self.diagrams.overlay(masks, leaf(index), below))
        return functions[::-1]

    def cells_picked(self, region: int) -> tuple[int, ...]:
        """A cell of every axis that together lie in a set which is not empty, as near to an ordinary outage as can be."""
        return self._nearest(region, regional_outage())

    def example_cells(self, region: int) -> tuple[int, ...]:
        """A cell of every axis that together lie in a set which is not empty, such as an environment may come to."""
        for condition in STRANGE:
            if all(atom.axis in self._places for atom in condition):
                others = self.diagrams.outside(self.masks(condition), region)
                region = region if others == EMPTY else others
        cells = self._nearest(region, regional_outage())
        usual = usual_like(self._values(cells))
        return cells if usual == regional_outage() else self._nearest(region, usual)

    def example(self, region: int) -> dict[str, Value]:
        """The same as values."""
        cells = self.example_cells(region)
        usual = usual_like(self._values(cells))
        return {
            cut.axis.name: spoken(cut, cut.cells[cell], usual)
            for cut, cell in zip(self.cuts, cells, strict=True)
        }

    def _nearest(self, region: int, usual: Observation) -> tuple[int, ...]:
        return self.diagrams.pick(region, [_liked(cut, usual) for cut in self.cuts])

    def _values(self, cells: Sequence[int]) -> dict[str, Value]:
        """The least value of each cell."""
        return {cut.axis.name: cut.cells[cell].low for cut, cell in zip(self.cuts, cells, strict=True)}

    def cells_of(self, observation: Observation) -> tuple[int, ...]:
        """The cells that an observation lies in."""
        return tuple(cut.cell_of(observation.value(cut.axis.name)) for cut in self.cuts)


def observation_of(example: Mapping[str, Value]) -> Observation:
    """The observation with these values; axes that are not named are as in a confirmed regional outage."""
    tags = frozenset(
        name.removeprefix(TAG_PREFIX) for name, value in example.items() if name not in AXES and value
    )
    given = {name: value for name, value in example.items() if name in AXES}
    return regional_outage(tags=tags, **given)


def spoken(cut: Cut, cell: Cell, usual: Observation) -> Value:
    """A value of a cell that people would say: its only one, the usual one, or a round one."""
    if cell.is_point:
        return cell.low
    low, high = int(cell.low), int(cell.high)
    value = usual.value(cut.axis.name)
    if value != TOP and low <= int(value) <= high:
        return value
    steps = _ROUND_MS if cut.axis.kind == "duration" else (60, 10, 5)
    for step in steps:
        value = -(-max(low, 1) // step) * step
        if value <= high:
            return value
    return low


def _liked(cut: Cut, usual: Observation) -> list[int]:
    """The cells of an axis: the usual one, then single values, then gaps."""
    first = cut.cell_of(usual.value(cut.axis.name))
    return sorted(range(len(cut.cells)), key=lambda cell: (cell != first, not cut.cells[cell].is_point, cell))
