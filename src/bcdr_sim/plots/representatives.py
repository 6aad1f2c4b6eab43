"""Which environments of a large fleet a picture shows: one for all that went the same way at nearly the same times."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from bcdr_sim.phases import Phase
from bcdr_sim.timeline import Timeline

if TYPE_CHECKING:
    from numpy.typing import NDArray

LANES_MAX = 40
"""More environments than this are drawn by representatives."""

SPREAD_SHARE = 0.01
"""A spread of last changes within a lane is drawn from this share of the time shown on."""

GAP_SHARE = 0.05
"""Those whose last changes lie further apart than this share of the time shown have lanes of their own."""


@dataclass(frozen=True, slots=True)
class Lane:
    """A lane: of which environment, for how many, and from when to when their last changes of phase are."""

    row: int
    count: int = 1
    last_ms: tuple[int, int] | None = None


def lanes_of(timeline: Timeline, rows: Sequence[int]) -> list[Lane]:
    """Every lane of a picture of some environments, in the order of names."""
    return _representatives(timeline, rows) if len(rows) > LANES_MAX else [Lane(row) for row in rows]


def _representatives(timeline: Timeline, rows: Sequence[int]) -> list[Lane]:
    """Lanes for the most common ways through the phases, in name order; one way at far different times is several."""
    ways, last_ms = _ways(timeline)
    chosen = np.asarray(rows)
    order = np.lexsort((chosen, last_ms[chosen], ways[chosen]))
    chosen = chosen[order]
    way, last = ways[chosen], last_ms[chosen]
    shown_ms = _shown_ms(timeline, int(last.max()))
    gap_ms = GAP_SHARE * shown_ms
    cuts = np.flatnonzero((way[1:] != way[:-1]) | (last[1:] - last[:-1] > max(gap_ms, 1))) + 1
    groups = np.split(chosen, cuts)
    groups.sort(key=lambda group: (-len(group), int(group.min())))
    return sorted(
        map(partial(_lane, last_ms=last_ms, near_ms=SPREAD_SHARE * shown_ms), groups[:LANES_MAX]),
        key=lambda lane: lane.row,
    )


def _lane(group: NDArray[np.int64], *, last_ms: NDArray[np.int64], near_ms: float) -> Lane:
    """The lane of some that went the same way, in order of their last change.

    It is that of the first by name where the changes lie no further apart than `near_ms`, else of the one in the middle.
    """
    first, last = int(last_ms[group[0]]), int(last_ms[group[-1]])
    row = int(group.min()) if last - first <= near_ms else int(group[(len(group) - 1) // 2])
    return Lane(row, len(group), (first, last))


def _shown_ms(timeline: Timeline, last_ms: int) -> int:
    """From the first impact to the end of all outages, or the last change of anybody."""
    trial = timeline.trial
    ends = [min(fact.end_ms, trial.horizon_ms) for fact in trial.outages]
    return max([*ends, last_ms]) - min((fact.at_ms for fact in trial.outages), default=0)


def _ways(timeline: Timeline) -> tuple[NDArray[np.uint64], NDArray[np.int64]]:
    """One number per environment, equal for those of one entry of the file that went through the same phases.

    Beside it when its phase changed for the last time, 0 if it never did.
    """
    of_environments = np.flatnonzero(timeline.table["environment"] >= 0)
    order = of_environments[np.argsort(timeline.table["environment"][of_environments], kind="stable")]
    environment, phase = timeline.table["environment"][order], timeline.table["phase"][order]
    changes = np.ones(len(order), dtype=bool)
    changes[1:] = (environment[1:] != environment[:-1]) | (phase[1:] != phase[:-1])
    environment, phase = environment[changes], phase[changes]
    begins = np.searchsorted(environment, environment)
    last_ms = np.zeros(len(timeline.trial.estate), dtype=np.int64)
    is_change = (np.arange(len(environment)) > begins) | (phase != Phase.SERVING)
    np.maximum.at(last_ms, environment[is_change], timeline.table["time_ms"][order][changes][is_change])
    weight = (np.arange(len(environment)) - begins + 1).astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    weight ^= weight >> np.uint64(29)
    ways = np.array(timeline.trial.estate.spec_of, dtype=np.uint64)
    np.add.at(
        ways, environment, weight * (phase.astype(np.uint64) * np.uint64(2) + np.uint64(1)) << np.uint64(8)
    )
    return ways, last_ms
