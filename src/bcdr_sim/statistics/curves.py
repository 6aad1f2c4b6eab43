"""How often a value is at most x, for every x, with a band: what is still open is neither dropped nor closed.

The line is the Kaplan-Meier estimate. The band holds at each point, not along the whole curve; what is open counts as longer
for its lower end and as ended for the upper one, so nothing is assumed of why it is open. Of one value per replication it is
Wilson's interval; of incidents, which share the outages of their replication, replications are resampled.

Source: rows 1, 3, 5 and 12 of the statistics.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from bcdr_sim.statistics.estimate import Estimate
from bcdr_sim.statistics.kaplan_meier import Incidents, group, incidents, resample, survival
from bcdr_sim.statistics.probabilities import share, zero_events_bound
from bcdr_sim.statistics.resampling import RESAMPLES, percentile_ends
from bcdr_sim.statistics.sample import Floats, numbers, require_share

POINTS_MAX = 200
"""So many points have a band: more than a picture shows, and few enough to compute."""


@dataclass(frozen=True, slots=True)
class Curve:
    """Shares of values that are at most `at`, rising, with both ends of the band at each.

    `count` values of `n` replications are behind it, of which `censored_count` are open, at `open_at`, and
    `unbounded_count` have no bound and are beyond every `at`.
    """

    at: Floats
    share: Floats
    low: Floats
    high: Floats
    open_at: Floats
    count: int
    n: int
    level: float
    unbounded_count: int = 0

    @property
    def censored_count(self) -> int:
        """How many values are open."""
        return len(self.open_at)

    @property
    def largest(self) -> float:
        """The largest bounded value, open ones among them; 0 without any."""
        ends = [float(values.max()) for values in (self.at, self.open_at) if len(values)]
        return max(ends, default=0.0)


def world_curve(
    values: Any, *, is_open: Any | None = None, level: float = 0.95, also: Sequence[float] = ()
) -> Curve:
    """The curve of one value per replication, none below 0; open ones are lower bounds. `also` are points to have.

    Raises ValueError where lengths differ and for what `incidents` refuses.
    """
    require_share(level, name="level")
    given = numbers(values)
    found = incidents(given, np.arange(len(given)), replication_count=len(given), is_open=is_open)
    closed, open_at = _split(found)
    points = _points(np.union1d(closed, open_at), also)
    ended, maybe = (np.searchsorted(each, points, side="right").tolist() for each in (closed, open_at))
    ends = [
        share(count, len(given), level=level, censored_count=more)
        for count, more in zip(ended, maybe, strict=True)
    ]
    return _curve(
        found,
        points,
        low=np.array([end.low for end in ends], dtype=np.float64),
        high=np.array([end.high for end in ends], dtype=np.float64),
        level=level,
    )


def incident_curve(
    found: Incidents,
    *,
    level: float = 0.95,
    also: Sequence[float] = (),
    resample_count: int = RESAMPLES,
    seed: int = 0,
) -> Curve:
    """The curve of the lengths of incidents, open ones included; replications are resampled for the band.

    Where no incident is longer, or none is as short, the band reaches as far as the replications with incidents allow, by
    the bound of zero events: resamples of what was not seen hold none either.
    """
    require_share(level, name="level")
    closed, open_at = _split(found)
    points = _points(np.union1d(closed, open_at), also if len(found.lengths) else ())
    low, high = np.zeros(0), np.zeros(0)
    if len(points):
        low = _ends(_with_open(found, np.inf), points, level=level, resample_count=resample_count, seed=seed)[
            0
        ]
        high = _ends(_with_open(found, None), points, level=level, resample_count=resample_count, seed=seed)[
            1
        ]
        unseen = zero_events_bound(len(np.unique(found.replication)), level=level)
        low = np.where(points >= found.lengths.max(), np.minimum(low, 1 - unseen), low)
        high = np.where(points <= found.lengths.min(), np.maximum(high, unseen), high)
        low, high = np.minimum.accumulate(low[::-1])[::-1], np.maximum.accumulate(high)
    return _curve(found, points, low=low, high=high, level=level)


def _with_open(found: Incidents, length: float | None) -> Incidents:
    """The incidents with the open ones of this length, or ended where they are open."""
    lengths = found.lengths if length is None else np.where(found.is_open, length, found.lengths)
    return incidents(lengths, found.replication, replication_count=found.replication_count)


def _ends(
    found: Incidents, points: Floats, *, level: float, resample_count: int, seed: int
) -> tuple[Floats, Floats]:
    """Both ends of the share that is at most each point, over resampled replications."""
    groups = group(found)
    statistics = [_above(groups.last, point) for point in points.tolist()]
    resampled = resample(groups, statistics, resample_count=resample_count, seed=seed)
    ends = np.array([percentile_ends(values, level=level) for values in resampled], dtype=np.float64)
    return 1 - ends[:, 1], 1 - ends[:, 0]


def _curve(found: Incidents, points: Floats, *, low: Floats, high: Floats, level: float) -> Curve:
    lengths, above = survival(found)
    return Curve(
        at=points,
        share=1 - np.concatenate([[1.0], above])[np.searchsorted(lengths, points, side="right")],
        low=low,
        high=high,
        open_at=_split(found)[1],
        count=len(found.lengths),
        n=found.replication_count,
        level=level,
        unbounded_count=found.unbounded_count,
    )


def _split(found: Incidents) -> tuple[Floats, Floats]:
    """The values that ended, and those that are open; both rising, without what is unbounded."""
    bounded = np.isfinite(found.lengths)
    return found.lengths[bounded & ~found.is_open], found.lengths[found.is_open]


def _points(values: Floats, also: Sequence[float]) -> Floats:
    """Values, rising: all, or some at even ranks and some ever closer to the largest; and others that are to be there."""
    if len(values) > POINTS_MAX:
        last, half = len(values) - 1, POINTS_MAX // 2
        ranks = np.concatenate([np.linspace(0, last, half), last + 1 - np.geomspace(1, last + 1, half)])
        values = values[np.unique(ranks.round().astype(np.int64))]
    chosen: Floats = np.union1d(values, np.array(also, dtype=np.float64))
    return chosen


def _above(lengths: Floats, value: float) -> Callable[[Floats], Floats]:
    """The share that is longer than a value, of curves that step at `lengths`."""
    place = int(np.searchsorted(lengths, value, side="right")) - 1

    def read(curves: Floats) -> Floats:
        found: Floats = np.ones(len(curves)) if place < 0 else curves[:, place]
        return found

    return read


def share_at(curve: Curve, value: float) -> Estimate | None:
    """The share of values that are at most `value`; None where nothing is known of it.

    Between two points of the curve it is that of the lower one.
    """
    if curve.count == 0 or not len(curve.at):
        return None
    place = int(np.searchsorted(curve.at, value, side="right")) - 1
    found, low = (0.0, 0.0) if place < 0 else (float(curve.share[place]), float(curve.low[place]))
    high = float(curve.high[max(place, 0)])
    return Estimate(
        found, low, high, curve.n, curve.level, "pointwise", curve.censored_count, curve.unbounded_count
    )
