"""Regions of a table: where each rule decides, as boxes. Each box is one way in which the table comes to an answer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from bcdr_sim.analysis.boxes import Box, boxes_of
from bcdr_sim.analysis.diagram import NODES_MAX
from bcdr_sim.analysis.space import Space
from bcdr_sim.policy import Observation, Policy
from bcdr_sim.policy.axes import AXES


@dataclass(frozen=True, slots=True)
class Region:
    """A rule (`default` for none) and a box of observations that can occur and that it decides."""

    rule: str
    box: Box

    def __str__(self) -> str:
        """Return `move where data_loss is 0s`."""
        return f"{self.rule} where {self.box}"


class Regions:
    """All regions of a policy at its parameter values, in the order of the table; `is_whole` unless there are too many.

    Raises:
        TooLargeError: the diagram outgrows its limit.
    """

    def __init__(self, policy: Policy, *, nodes_max: int = NODES_MAX) -> None:
        self._space = Space([row.when for row in policy.rows], nodes_max=nodes_max)
        diagrams = self._space.diagrams
        decided = self._space.decided(policy.rows)
        seen = diagrams.combine(decided, self._space.possible, lambda index, can: index + 1 if can else 0)
        schema = [name for name in (*AXES, *sorted(policy.reads - set(AXES))) if name in policy.reads]
        found: list[Region] = []
        self.is_whole = True
        for leaf in sorted(diagrams.leaves(seen) - {0}):
            own = policy.rows[leaf - 1].when if leaf <= len(policy.rows) else ()
            region = diagrams.change(seen, _only(leaf))
            read = tuple(dict.fromkeys([*(atom.axis for atom in own), *schema]))
            boxes, is_whole = boxes_of(self._space, region, read=read)
            self.is_whole = self.is_whole and is_whole
            found += [Region(policy.decisions[leaf - 1].rule, box) for box in boxes]
        self.all: tuple[Region, ...] = tuple(found)

    def around(self, observation: Observation) -> list[Region]:
        """The regions that an observation lies in: of one rule, several if its boxes overlap."""
        cells = self._space.cells_of(observation)
        return [
            region
            for region in self.all
            if all(mask >> cell & 1 for mask, cell in zip(region.box.masks, cells, strict=True))
        ]


def _only(leaf: int) -> Callable[[int], int]:
    """The set where a function takes one value."""
    return lambda one: int(one == leaf)
