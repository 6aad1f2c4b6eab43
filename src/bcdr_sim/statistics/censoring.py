"""Lengths of incidents of which some are still open at the horizon: at least so long, nobody knows how long.

Dropping them keeps the short ones; taking the horizon for their end shortens the long ones. The Kaplan-Meier curve does
neither. A quantile it does not come down to is "not reached", and a mean exists only up to a limit.

Intervals resample replications, since incidents of one replication share its outages. Assumption of Kaplan and Meier:
an incident is not cut off because it is long. The horizon cuts what began late, so with outages that begin anywhere it
holds; without open incidents nothing is assumed.

Source: row 12 of the statistics; E. Kaplan, P. Meier, "Nonparametric estimation from incomplete observations", 1958;
`scipy.stats.ecdf` of `CensoredData`.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from bcdr_sim.statistics.estimate import Estimate, nothing
from bcdr_sim.statistics.quantiles import least_n
from bcdr_sim.statistics.resampling import RESAMPLES, multiplicities, percentile_ends, units_of
from bcdr_sim.statistics.sample import (
    LARGEST,
    Flags,
    Floats,
    Ints,
    flags,
    joined,
    numbers,
    replications,
    require_count,
    require_share,
)

CURVE_SLACK = 1e-9
"""How far above 1 - q the curve may stay and yet have come down to it: products of fractions are no exact decimals."""

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


def incident_quantile(
    found: Incidents, q: float, *, level: float = 0.95, resample_count: int = RESAMPLES, seed: int = 0
) -> Estimate:
    """Estimate quantile `q` of the lengths of incidents, open ones included; see `incident_quantiles`."""
    return incident_quantiles(found, [q], level=level, resample_count=resample_count, seed=seed)[0]


def incident_quantiles(
    found: Incidents,
    qs: Sequence[float],
    *,
    level: float = 0.95,
    resample_count: int = RESAMPLES,
    seed: int = 0,
) -> list[Estimate]:
    """Estimate quantiles of the lengths of incidents, open ones included, all from the same resamples.

    The value is where the Kaplan-Meier curve comes down to 1 - q, None if it does not ("not reached"); without open
    incidents it is the order statistic. The interval is that of resampled replications; a quantile that is not reached
    has the longest length for its lower end. It has no upper end where the
    curve of too many resamples does not come down, or where fewer than `least_n(q)` replications have incidents, since
    those of one may all be alike; no lower end with fewer than `least_n(1 - q)`. `n` counts replications. Source: rows 6 and 12 of the statistics.
    """
    for q in qs:
        require_share(q, name="q")
    require_share(level, name="level")
    require_count(resample_count, name="resample_count", least=1)
    n = found.replication_count
    if len(found.lengths) == 0:
        note = f"0 incidents in {n:,} replications"
        return [nothing(n=n, level=level, method="replications resampled", note=note) for _ in qs]
    groups = _groups(found)
    # A resample whose curve does not come down has its quantile beyond all its lengths: that bounds it from below.
    longest = float(found.lengths[-1])
    statistics = [
        _where_at(side, q, otherwise=otherwise)
        for q in qs
        for side, otherwise in ((groups.first, longest), (groups.last, math.inf))
    ]
    resampled = _resampled(groups, statistics, resample_count=resample_count, seed=seed)
    ends = [percentile_ends(values, level=level) for values in resampled]
    curve, busy = survival(found), len(np.unique(found.replication))
    return [
        _quantile(
            found, q, curve=curve, busy=busy, low=ends[2 * at][0], high=ends[2 * at + 1][1], level=level
        )
        for at, q in enumerate(qs)
    ]


def _quantile(
    found: Incidents,
    q: float,
    *,
    curve: tuple[Floats, Floats],
    busy: int,
    low: float | None,
    high: float | None,
    level: float,
) -> Estimate:
    lengths, above = curve
    reached = above <= 1 - q + CURVE_SLACK
    value = float(lengths[reached.argmax()]) if reached.any() else None
    needed, needed_low = least_n(q, level=level), least_n(1 - q, level=level)
    notes = [f"{len(found.lengths):,} incidents in {busy:,} of {found.replication_count:,} replications"]
    if value is None:
        notes.append(f"not reached: {100 * float(above[-1]):.3g} % are longer than any seen to end")
    if busy < needed:
        notes.append(f"no upper bound: needs {needed:,} replications with incidents")
        high = None
    elif high == math.inf and not found.unbounded_count:
        notes.append("no upper bound: too many are open")
        high = None
    if busy < needed_low:
        notes.append(f"no lower bound: needs {needed_low:,} replications with incidents")
        low = None
    return Estimate(
        value=value,
        low=low,
        high=high,
        n=found.replication_count,
        level=level,
        method="Kaplan-Meier, replications resampled" if found.censored_count else "replications resampled",
        censored_count=found.censored_count,
        unbounded_count=found.unbounded_count,
        note=joined(notes),
    )


def restricted_mean(
    found: Incidents, limit: float, *, level: float = 0.95, resample_count: int = RESAMPLES, seed: int = 0
) -> Estimate:
    """Estimate the mean of min(length, `limit`): the area under the Kaplan-Meier curve up to the limit.

    The only mean there is with open incidents. A limit beyond the longest length seen, if that one is open, is brought
    back to it, which the note says. Unbounded lengths count as the limit. Raises ValueError for a limit that is not
    above 0 and finite. Source: row 12 of the statistics (a mean only restricted to the horizon).
    """
    if not 0 < limit < math.inf:
        raise ValueError(f"limit: above 0 and finite, not {limit!r}")
    n, count = found.replication_count, len(found.lengths)
    method = "Kaplan-Meier, restricted mean, replications resampled"
    if count == 0:
        return nothing(n=n, level=level, method=method, note=f"0 incidents in {n:,} replications")
    notes = [f"{count:,} incidents in {n:,} replications"]
    if found.is_open[-1] and found.lengths[-1] < limit:
        limit = float(found.lengths[-1])
    notes.append(f"restricted to {limit:.6g}")
    lengths, above = survival(found)
    groups = _groups(found)
    (resampled,) = _resampled(groups, [_area(groups.last, limit)], resample_count=resample_count, seed=seed)
    ends: tuple[float | None, float | None] = percentile_ends(resampled, level=level)
    if len(np.unique(found.replication)) < 2:
        ends = None, None
        notes.append("one replication with incidents has no interval")
    return Estimate(
        value=float(_area(lengths, limit)(above[np.newaxis])[0]),
        low=ends[0],
        high=ends[1],
        n=n,
        level=level,
        method=method,
        censored_count=found.censored_count,
        unbounded_count=found.unbounded_count,
        note=joined(notes),
    )


def _area(lengths: Floats, limit: float) -> Callable[[Floats], Floats]:
    """The area under curves that step at `lengths`, up to the limit."""
    steps = np.diff(np.minimum(np.concatenate([[0.0], lengths, [limit]]), limit))

    def area(curves: Floats) -> Floats:
        whole = np.concatenate([np.ones((len(curves), 1)), curves], axis=1)
        total: Floats = np.cumsum(whole * steps, axis=1)[:, -1]
        return total

    return area


@dataclass(frozen=True, slots=True)
class _Groups:
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


def _groups(found: Incidents) -> _Groups:
    """Group incidents: each one alone up to `ALONE_MAX`, then in groups that are small against the nearer tail."""
    count = len(found.lengths)
    unit_count, unit = units_of(found.replication_count)
    owner = unit[found.replication]
    if count <= ALONE_MAX:
        return _Groups(unit_count, found.lengths, found.lengths, owner, found.is_open)
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
    return _Groups(unit_count, first, last, owner, found.is_open, seen, ended)


def _curves(groups: _Groups, weights: Ints) -> Floats:
    """The Kaplan-Meier curve after each group, a row for each row of weights (one weight per unit)."""
    seen, ended = groups.counts(weights)
    reached = np.cumsum(seen, axis=1)
    at_risk = reached[:, -1:] - reached + seen
    left = np.divide(ended, at_risk, out=np.zeros_like(ended), where=at_risk > 0)
    curve: Floats = np.cumprod(1 - left, axis=1)
    return curve[reached[:, -1] > 0]


def _resampled(
    groups: _Groups, statistics: Sequence[Callable[[Floats], Floats]], *, resample_count: int, seed: int
) -> list[Floats]:
    """Each statistic of the curve of each resample; a resample without an incident has no curve and is left out."""
    row_cells = 4 * len(groups.first)
    blocks = multiplicities(groups.unit_count, resample_count=resample_count, row_cells=row_cells, seed=seed)
    found: list[list[Floats]] = [[np.empty(0)] for _ in statistics]
    for block in blocks:
        curves = _curves(groups, block)
        for values, statistic in zip(found, statistics, strict=True):
            values.append(statistic(curves))
    return [np.concatenate(values) for values in found]


def _where_at(lengths: Floats, q: float, *, otherwise: float) -> Callable[[Floats], Floats]:
    """Where each curve first is at 1 - q or below; `otherwise` if nowhere."""

    def first(curves: Floats) -> Floats:
        reached = curves <= 1 - q + CURVE_SLACK
        return np.where(reached.any(axis=1), lengths[reached.argmax(axis=1)], otherwise)

    return first
