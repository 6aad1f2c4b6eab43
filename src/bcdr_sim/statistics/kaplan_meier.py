"""The Kaplan-Meier curve of the lengths of incidents, and the same curve for many resamples at once.

The curve gives, for each length, the share of incidents that are longer; one that is still open counts among those at
risk up to its length so far, and not among the ended. A resample weighs replications, so it is a row of whole weights.

Source: E. Kaplan, P. Meier, "Nonparametric estimation from incomplete observations", 1958; `scipy.stats.ecdf` of
`CensoredData`; row 12 of the statistics.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from bcdr_sim.statistics.resampling import multiplicities, units_of
from bcdr_sim.statistics.sample import LARGEST, Flags, Floats, Ints, flags, numbers, replications

ALONE_MAX = 5000
"""Up to so many incidents the interval is computed from each of them; beyond, from groups, to bound time and memory."""

GROUP_SHARE = 0.002
"""The largest group, as a share of the incidents in the nearer tail. The ends are taken outwards, to the ends of the
group, so an interval gets longer by at most this share of the tail's probability. The value itself is exact."""


@dataclass(frozen=True, slots=True)
class Incidents:
    """Lengths by incident, shortest first, at a tie the closed ones first; and the replication of each."""

    lengths: Floats
    is_open: Flags
    replication: Ints
    replication_count: int

    @property
    def censored_count(self) -> int:
        """How many are open at the horizon."""
        return int(self.is_open.sum())

    @property
    def unbounded_count(self) -> int:
        """How many have no length but `inf`."""
        return int(np.isinf(self.lengths).sum())


def incidents(
    lengths: Any, replication: Any, *, replication_count: int, is_open: Any | None = None
) -> Incidents:
    """Put incidents of `replication_count` replications in order; raises ValueError where columns differ in length.

    `lengths` are of any one unit, not negative, those of open ones up to the horizon; `replication` is 0 to
    `replication_count` - 1; `is_open` is left out where nothing can be open.
    """
    values = numbers(lengths, name="lengths")
    owner = replications(replication, replication_count=replication_count)
    opened = np.zeros(len(values), dtype=np.bool_) if is_open is None else flags(is_open, name="is_open")
    if not len(values) == len(owner) == len(opened):
        raise ValueError(f"{len(values)} lengths, {len(owner)} replications, {len(opened)} open flags")
    if len(values) and values.min() < 0:
        raise ValueError(f"lengths[{int(values.argmin())}] is negative")
    if bool((opened & np.isinf(values)).any()):
        raise ValueError("an open incident is cut at the horizon; it cannot be unbounded")
    order = np.lexsort((opened, values))
    return Incidents(values[order], opened[order], owner[order], replication_count)


def survival(found: Incidents) -> tuple[Floats, Floats]:
    """Give the Kaplan-Meier curve: lengths, rising, and the share of incidents that are longer than each."""
    from scipy.stats import CensoredData, ecdf

    if len(found.lengths) == 0:
        return np.empty(0), np.empty(0)
    # The library takes no infinite length: one beyond all others has the same curve.
    finite = np.minimum(found.lengths, 2 * LARGEST)
    curve = ecdf(CensoredData.right_censored(finite, found.is_open)).sf
    lengths = np.asarray(curve.quantiles, np.float64)
    return np.where(lengths > LARGEST, math.inf, lengths), np.asarray(curve.probabilities, np.float64)


@dataclass(frozen=True, slots=True)
class Groups:
    """Incidents of neighbouring lengths put together, from `first` to `last`, to be counted with weights by unit.

    Of a group with one incident `unit` and `is_open` tell all. Of larger ones `seen` and `ended` are the numbers of
    incidents, and of those that ended, by unit and group.
    """

    unit_count: int
    first: Floats
    last: Floats
    unit: Ints
    is_open: Flags
    seen: Floats | None = None
    ended: Floats | None = None

    def counts(self, weights: Ints) -> tuple[Floats, Floats]:
        """How many incidents each group has, and how many that ended, a row for each row of weights.

        Sums of whole numbers are exact in any order, so no machine's way of multiplying matrices shows.
        """
        if self.seen is None or self.ended is None:
            alone = weights[:, self.unit].astype(np.float64)
            return alone, np.where(self.is_open, 0.0, alone) if self.is_open.any() else alone
        counted = weights.astype(np.float64)
        seen = counted @ self.seen
        return seen, seen if self.ended is self.seen else counted @ self.ended


def group(found: Incidents) -> Groups:
    """Group incidents: each one alone up to `ALONE_MAX`, then in groups that are small against the nearer tail."""
    count = len(found.lengths)
    unit_count, unit = units_of(found.replication_count)
    owner = unit[found.replication]
    if count <= ALONE_MAX:
        return Groups(unit_count, found.lengths, found.lengths, owner, found.is_open)
    edges = [0]
    while edges[-1] < count:
        at = edges[-1]
        edges.append(at + max(1, int(GROUP_SHARE * min(at, count - at))))
    group_count = len(edges) - 1
    cell = owner * group_count + np.repeat(np.arange(group_count), np.diff(edges))

    def counted(cells: Ints) -> Floats:
        counts = np.bincount(cells, minlength=unit_count * group_count)
        return counts.reshape(unit_count, group_count).astype(np.float64)

    seen = counted(cell)
    ended = counted(cell[~found.is_open]) if found.censored_count else seen
    first, last = found.lengths[edges[:-1]], found.lengths[np.array(edges[1:]) - 1]
    return Groups(unit_count, first, last, owner, found.is_open, seen, ended)


def curves_of(groups: Groups, weights: Ints) -> Floats:
    """The Kaplan-Meier curve after each group, a row for each row of weights (one weight per unit)."""
    seen, ended = groups.counts(weights)
    reached = np.cumsum(seen, axis=1)
    at_risk = reached[:, -1:] - reached + seen
    left = np.divide(ended, at_risk, out=np.zeros_like(ended), where=at_risk > 0)
    curve: Floats = np.cumprod(1 - left, axis=1)
    return curve[reached[:, -1] > 0]


def resample(
    groups: Groups, statistics: Sequence[Callable[[Floats], Floats]], *, resample_count: int, seed: int
) -> list[Floats]:
    """Each statistic of the curve of each resample; a resample without an incident has no curve and is left out."""
    row_cells = 4 * len(groups.first)
    blocks = multiplicities(groups.unit_count, resample_count=resample_count, row_cells=row_cells, seed=seed)
    found: list[list[Floats]] = [[np.empty(0)] for _ in statistics]
    for block in blocks:
        curves = curves_of(groups, block)
        for values, statistic in zip(found, statistics, strict=True):
            values.append(statistic(curves))
    return [np.concatenate(values) for values in found]
