"""When an environment is written to, and how much: the side of data loss that the link does not know.

Writes are a rate that changes in steps, once or in a period that repeats for ever (a week of office hours), or
single batches. Counting is exact: rates are kept in millionths of a write per hour and times in milliseconds,
all integers, so that *nothing was written* is exactly 0 and never a rounding.
"""

import math
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

MILLIONTHS = 1_000_000
"""Rates are kept in whole millionths of a write per hour; a rate above 0 is at least one of them."""

WORK_PER_WRITE = 3_600_000 * MILLIONTHS
"""Work is a rate in millionths per hour times milliseconds; one write is this much of it."""


@dataclass(frozen=True, slots=True)
class Writes:
    """A rate of writes over time: `rate_per_hour` until the first of `steps`, each (instant in ms, rate per hour).

    Without steps the rate holds for ever; 0 is an idle environment. Steps stand in rising order. With
    `period_ms` they lie in [0, period) and the whole repeats before and after.
    Raises ValueError for steps out of order or outside the period, and for rates that are negative or infinite.
    """

    rate_per_hour: float = 0.0
    steps: tuple[tuple[int, float], ...] = ()
    period_ms: int | None = None
    work: "Course" = field(init=False, repr=False, compare=False)
    """Work written since an arbitrary origin."""
    busy: "Course" = field(init=False, repr=False, compare=False)
    """Milliseconds with a rate above 0 since an arbitrary origin."""

    def __post_init__(self) -> None:
        times = [at_ms for at_ms, _ in self.steps]
        if sorted(set(times)) != times:
            raise ValueError("steps must stand in rising order")
        if self.period_ms is not None and not all(0 <= at_ms < self.period_ms for at_ms in times):
            raise ValueError(f"steps must lie within the period of {self.period_ms} ms")
        origin = 0 if self.period_ms is not None else min([1, *times]) - 1
        edges = (origin, *times)
        rates = tuple(map(in_millionths, (self.rate_per_hour, *(rate for _, rate in self.steps))))
        busy = tuple(int(rate > 0) for rate in rates)
        object.__setattr__(self, "work", Course.through(edges, rates, period_ms=self.period_ms))
        object.__setattr__(self, "busy", Course.through(edges, busy, period_ms=self.period_ms))

    @classmethod
    def batches(cls, instants_ms: Iterable[int]) -> "Writes":
        """Make single writes, each at its instant b and taking [b, b + 1); several may share an instant."""
        counts = Counter(instants_ms)
        rates = {at_ms + 1: 0.0 for at_ms in counts}
        rates |= {at_ms: count * 3_600_000.0 for at_ms, count in counts.items()}
        return cls(steps=tuple(sorted(rates.items())))

    def number(self, from_ms: int, to_ms: int) -> int:
        """Count the writes in [from, to): 0 exactly if there was none; a part of a write counts as one."""
        if to_ms <= from_ms:
            return 0
        return -((self.work.at(from_ms) - self.work.at(to_ms)) // WORK_PER_WRITE)

    def writing_ms(self, from_ms: int, to_ms: int) -> int:
        """Measure the time within [from, to) in which something was being written."""
        return self.busy.at(to_ms) - self.busy.at(from_ms) if from_ms < to_ms else 0

    def first_write_at_or_after(self, from_ms: int) -> int | None:
        """Find the first instant from `from_ms` on at which something is written; None if never again."""
        return self.busy.last_at(self.busy.at(from_ms))

    def last_write_before(self, to_ms: int) -> int | None:
        """Find the last millisecond before `to_ms` in which something was written; None if never."""
        return self.busy.last_at(self.busy.at(to_ms) - 1)


@dataclass(frozen=True, slots=True)
class Course:
    """A quantity that grows with time in straight pieces: `slopes[i]` per ms from `edges[i]` on, never falling.

    Before the first edge it has the first slope. With `period_ms` the edges lie in [0, period) and it grows by
    `lap` from each period to the next.
    """

    edges: tuple[int, ...]
    slopes: tuple[int, ...]
    heights: tuple[int, ...]
    period_ms: int | None
    lap: int

    @classmethod
    def through(cls, edges: tuple[int, ...], slopes: tuple[int, ...], *, period_ms: int | None) -> "Course":
        """Make the course with these pieces that is 0 at the first edge."""
        heights = [0]
        ends = (*edges[1:], edges[-1] if period_ms is None else period_ms)
        for begin, end, slope in zip(edges, ends, slopes, strict=True):
            heights.append(heights[-1] + slope * (end - begin))
        return cls(edges, slopes, tuple(heights[:-1]), period_ms, heights[-1])

    def at(self, instant_ms: int) -> int:
        """Give the height at an instant."""
        laps, within = (0, instant_ms) if self.period_ms is None else divmod(instant_ms, self.period_ms)
        piece = self._piece(within)
        return laps * self.lap + self.heights[piece] + self.slopes[piece] * (within - self.edges[piece])

    def last_at(self, height: int) -> int | None:
        """Find the last instant at which the height is not yet above `height`, floored to the ms; None if none."""
        laps = 0
        if self.period_ms is not None:
            if self.lap == 0:
                return None
            laps, height = divmod(height, self.lap)
        piece = max(bisect_right(self.heights, height) - 1, 0)
        if self.slopes[piece] == 0:
            return None
        within = self.edges[piece] + (height - self.heights[piece]) // self.slopes[piece]
        return within + laps * (self.period_ms or 0)

    def pieces(self, from_ms: int, to_ms: int) -> Iterator[tuple[int, int]]:
        """Cut [from, to) where the slope changes: the end and the slope of each piece, in order."""
        begin_ms = from_ms
        while begin_ms < to_ms:
            lap_ms = 0 if self.period_ms is None else begin_ms - begin_ms % self.period_ms
            piece = self._piece(begin_ms - lap_ms)
            following = piece + 1
            if following < len(self.edges):
                end_ms = lap_ms + self.edges[following]
            else:
                end_ms = to_ms if self.period_ms is None else lap_ms + self.period_ms
            begin_ms = min(end_ms, to_ms)
            yield begin_ms, self.slopes[piece]

    def _piece(self, within: int) -> int:
        return max(bisect_right(self.edges, within) - 1, 0)


def in_millionths(rate_per_hour: float) -> int:
    """Turn a rate per hour into whole millionths, at least one unless the rate is 0."""
    if not 0 <= rate_per_hour < math.inf:
        raise ValueError(f"a rate must be finite and not negative, not {rate_per_hour}")
    return max(round(rate_per_hour * MILLIONTHS), int(rate_per_hour > 0))
