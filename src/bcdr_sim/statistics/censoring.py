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

import numpy as np

from bcdr_sim.statistics.estimate import Estimate, nothing
from bcdr_sim.statistics.kaplan_meier import Incidents, group, resample, survival
from bcdr_sim.statistics.quantiles import least_n
from bcdr_sim.statistics.resampling import RESAMPLES, percentile_ends
from bcdr_sim.statistics.sample import Floats, joined, require_count, require_share

CURVE_SLACK = 1e-9
"""How far above 1 - q the curve may stay and yet have come down to it: products of fractions are no exact decimals."""


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
    has the longest length for its lower end. There is no upper end where the curve of too many resamples does not come
    down, or where fewer than `least_n(q)` replications have incidents, since those of one may all be alike; no lower end
    with fewer than `least_n(1 - q)`. `n` counts replications. Source: rows 6 and 12 of the statistics.
    """
    for q in qs:
        require_share(q, name="q")
    require_share(level, name="level")
    require_count(resample_count, name="resample_count", least=1)
    n = found.replication_count
    if len(found.lengths) == 0:
        note = f"0 incidents in {n:,} replications"
        return [nothing(n=n, level=level, method="replications resampled", note=note) for _ in qs]
    groups = group(found)
    # A resample whose curve does not come down has its quantile beyond all its lengths: that bounds it from below.
    longest = float(found.lengths[-1])
    statistics = [
        _where_at(side, q, otherwise=otherwise)
        for q in qs
        for side, otherwise in ((groups.first, longest), (groups.last, math.inf))
    ]
    resampled = resample(groups, statistics, resample_count=resample_count, seed=seed)
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
    groups = group(found)
    (resampled,) = resample(groups, [_area(groups.last, limit)], resample_count=resample_count, seed=seed)
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


def _where_at(lengths: Floats, q: float, *, otherwise: float) -> Callable[[Floats], Floats]:
    """Where each curve first is at 1 - q or below; `otherwise` if nowhere."""

    def first(curves: Floats) -> Floats:
        reached = curves <= 1 - q + CURVE_SLACK
        return np.where(reached.any(axis=1), lengths[reached.argmax(axis=1)], otherwise)

    return first
