"""Kinds of links to the geo-secondary copy, each as one function of time: `last_sync_ms(t)`.

`last_sync_ms(t)` is the newest instant S such that every write before S is at the far side at t, had the link
worked normally up to t. It never exceeds t and never goes backwards. Nothing is stored and nothing ticks: each
kind is a closed form, evaluated when somebody asks. `reached_ms(mark)` is its inverse: the first instant t at
which `last_sync_ms(t) >= mark`, or None if that never happens.

Rules of log shipping:

* shipment k leaves at `k * interval + phase` with everything written before, and arrives its transfer later;
* a failed shipment never arrives; the next one that succeeds carries its contents too;
* in order: a shipment is of use once it and all earlier successful ones have arrived, as links of one chain;
* not in order: a shipment is complete in itself and may overtake.

Rules of the fluid link: what is written joins a backlog, first in, first out, which the bandwidth empties.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from bcdr_sim.replication.writes import Writes, in_millionths

Intervals = tuple[tuple[int, int], ...]
"""Half-open intervals in ms, (from, to)."""

Transfer = Callable[[int], tuple[int, bool]]
"""For the number of a shipment: how long it travels, in ms, and whether it arrives at all; always the same answer."""

SHIPMENT_COUNT_MAX = 100_000
"""How many failures in a row are looked through before a log link counts as one that never delivers again."""


@dataclass(frozen=True, slots=True)
class Synchronous:
    """Every write is confirmed by the far side before it counts: nothing is ever missing."""

    def last_sync_ms(self, t: int) -> int:
        """Give t."""
        return t

    def reached_ms(self, mark: int) -> int | None:
        """Give the mark itself."""
        return mark


@dataclass(frozen=True, slots=True)
class Lag:
    """The far side follows at a constant distance of `lag_ms`, 0 or more."""

    lag_ms: int

    def last_sync_ms(self, t: int) -> int:
        """Give t less the lag."""
        return t - self.lag_ms

    def reached_ms(self, mark: int) -> int | None:
        """Give the mark plus the lag."""
        return mark + self.lag_ms


@dataclass(frozen=True, slots=True)
class LogShipping:
    """A shipment of the log every `interval_ms`, shifted by `phase_ms`; the rules stand at the top of the file.

    `transfers` answers for any shipment; a transfer longer than `transfer_ms_max` is taken as that long, which
    bounds how far back the link must look: about `transfer_ms_max / interval_ms` shipments in order, and only
    as many as are under way otherwise. `since_ms` is when the copy was complete (the end of its seeding);
    shipments that left until then do not count. With a phase of 0 to `interval_ms` and no negative `since_ms`,
    numbers start at 0.
    """

    interval_ms: int
    phase_ms: int
    transfers: Transfer = field(compare=False)
    in_order: bool
    transfer_ms_max: int
    since_ms: int = 0

    def __post_init__(self) -> None:
        if self.interval_ms <= 0:
            raise ValueError(f"an interval must be longer than 0 ms, not {self.interval_ms}")

    def last_sync_ms(self, t: int) -> int:
        """Give the departure of the newest shipment of use at t, or `since_ms` if there is none yet."""
        if t <= self.since_ms:
            return t
        newest = self._last_departed(t)
        if self.in_order:
            newest = self._last_before_first_missing(t, newest)
        for number in range(newest, self._last_departed(self.since_ms), -1):
            arrival_ms = self._arrival_ms(number)
            if arrival_ms is not None and arrival_ms <= t:
                return self._departure_ms(number)
        return self.since_ms

    def reached_ms(self, mark: int) -> int | None:
        """Give the first arrival of use of a shipment that leaves at or after the mark."""
        if mark <= self.since_ms:
            return mark
        first = self._last_departed(mark - 1) + 1
        best_ms: int | None = None
        for number in range(first, first + SHIPMENT_COUNT_MAX):
            if best_ms is not None and (self.in_order or self._departure_ms(number) >= best_ms):
                break
            arrival_ms = self._arrival_ms(number)
            if arrival_ms is not None:
                best_ms = arrival_ms if best_ms is None else min(best_ms, arrival_ms)
        if best_ms is None or not self.in_order:
            return best_ms
        return max([best_ms, *self._arrivals_under_way(mark)])

    def _last_before_first_missing(self, t: int, newest: int) -> int:
        """Give the number before the oldest successful shipment still under way at t."""
        for number in range(self._first_possibly_under_way(t), newest + 1):
            arrival_ms = self._arrival_ms(number)
            if arrival_ms is not None and arrival_ms > t:
                return number - 1
        return newest

    def _arrivals_under_way(self, t: int) -> Iterator[int]:
        """Give the arrivals of the shipments that left before t and may not have arrived by then."""
        for number in range(self._first_possibly_under_way(t), self._last_departed(t - 1) + 1):
            arrival_ms = self._arrival_ms(number)
            if arrival_ms is not None:
                yield arrival_ms

    def _first_possibly_under_way(self, t: int) -> int:
        # Whatever left `transfer_ms_max` ago or earlier has arrived or failed.
        return max(self._last_departed(t - self.transfer_ms_max), self._last_departed(self.since_ms)) + 1

    def _last_departed(self, t: int) -> int:
        return (t - self.phase_ms) // self.interval_ms

    def _departure_ms(self, number: int) -> int:
        return number * self.interval_ms + self.phase_ms

    def _arrival_ms(self, number: int) -> int | None:
        transfer_ms, succeeded = self.transfers(number)
        if not succeeded:
            return None
        return self._departure_ms(number) + min(transfer_ms, self.transfer_ms_max)


@dataclass(frozen=True, slots=True)
class Fluid:
    """A link of limited bandwidth, in writes per hour, with no backlog at `since_ms`.

    With `until_ms` nothing is written from then on, whatever `writes` says. `stalls` are the times during which
    the link moves nothing: `last_sync_ms` and `reached_ms` take them, since what waits then is caught up later.
    """

    bandwidth_per_hour: float
    writes: Writes
    since_ms: int = 0
    until_ms: int | None = None

    def last_sync_ms(self, t: int, stalls: Intervals = ()) -> int:
        """Give the instant at which the oldest write of the backlog was made, or t without a backlog."""
        backlog = self.backlog(t, stalls)
        if backlog == 0:
            return t
        written = self.writes.work.at(t if self.until_ms is None else min(t, self.until_ms))
        oldest_ms = self.writes.work.last_at(written - backlog)
        assert oldest_ms is not None, "a backlog was written at some time"
        return oldest_ms

    def reached_ms(self, mark: int, stalls: Intervals = ()) -> int | None:
        """Give the instant at which the backlog of the mark has been moved; later writes wait behind it."""
        backlog, bandwidth = self.backlog(mark, stalls), self._bandwidth()
        if backlog == 0:
            return mark
        if bandwidth == 0:
            return None
        needed_ms, t = -(-backlog // bandwidth), mark
        for stall_from_ms, stall_to_ms in merged(stalls):
            if stall_to_ms <= t:
                continue
            moving_ms = max(stall_from_ms - t, 0)
            if needed_ms <= moving_ms:
                break
            needed_ms, t = needed_ms - moving_ms, stall_to_ms
        return t + needed_ms

    def backlog(self, t: int, stalls: Intervals = ()) -> int:
        """Give what waits at t, as work (`writes.WORK_PER_WRITE` is one write)."""
        if t <= self.since_ms:
            return 0
        bandwidth, backlog = self._bandwidth(), 0
        begin_ms = self._looks_back_to(t, stalls)
        for cut_ms, moving in _cuts(begin_ms, t, merged(stalls)):
            for end_ms, rate in self._pieces(begin_ms, cut_ms):
                net = rate - bandwidth if moving else rate
                backlog = max(backlog + net * (end_ms - begin_ms), 0)
                begin_ms = end_ms
        return backlog

    def _pieces(self, from_ms: int, to_ms: int) -> Iterator[tuple[int, int]]:
        last_ms = to_ms if self.until_ms is None else min(max(self.until_ms, from_ms), to_ms)
        yield from self.writes.work.pieces(from_ms, last_ms)
        yield to_ms, 0

    def _bandwidth(self) -> int:
        return in_millionths(self.bandwidth_per_hour)

    def _looks_back_to(self, t: int, stalls: Intervals) -> int:
        """Give an instant so early that nothing before it can be in the backlog of t.

        The backlog of t is the greatest net growth from any s to t. With a period that leaves bandwidth to
        spare, n periods earlier the growth is less by n times the spare, and more by no more than what stalls
        cost: so no s matters that lies more periods back than the spare needs to make up for all stalls. What
        was written until an end of the writes is gone after as many periods.
        """
        course, bandwidth = self.writes.work, self._bandwidth()
        if course.period_ms is None or course.lap >= bandwidth * course.period_ms:
            return self.since_ms
        spare = bandwidth * course.period_ms - course.lap
        lost = bandwidth * sum(max(min(to_ms, t) - from_ms, 0) for from_ms, to_ms in merged(stalls))
        return max(self.since_ms, t - course.period_ms * (lost // spare + 1))


@dataclass(frozen=True, slots=True)
class TraceLink:
    """What monitoring recorded: rows of (instant, last sync then), each holding until the next.

    Before the first row the far side has what that row says, so far as it was written already. Raises ValueError
    unless there is a row, rows are in rising order, and last sync is never in the future nor goes backwards.
    """

    rows: tuple[tuple[int, int], ...]

    def __post_init__(self) -> None:
        if not self.rows:
            raise ValueError("a trace has at least one row")
        if any(last_sync_ms > at_ms for at_ms, last_sync_ms in self.rows):
            raise ValueError("a last sync cannot be later than its row")
        for (at_ms, last_sync_ms), (next_at_ms, next_last_sync_ms) in zip(
            self.rows, self.rows[1:], strict=False
        ):
            if next_at_ms <= at_ms or next_last_sync_ms < last_sync_ms:
                raise ValueError(f"after the row at {at_ms} ms, rows must rise and last sync must not fall")

    def last_sync_ms(self, t: int) -> int:
        """Give what the last row at or before t says."""
        row = bisect_right(self.rows, t, key=lambda each: each[0]) - 1
        return min(t, self.rows[max(row, 0)][1])

    def reached_ms(self, mark: int) -> int | None:
        """Give the first row that has reached the mark."""
        if mark <= self.rows[0][1]:
            return mark
        return next((at_ms for at_ms, last_sync_ms in self.rows if last_sync_ms >= mark), None)


Link = Synchronous | Lag | LogShipping | Fluid | TraceLink
"""Every kind of link."""


def merged(intervals: Intervals) -> Intervals:
    """Join intervals that overlap or touch, leave out empty ones, and put them in order."""
    joined: list[tuple[int, int]] = []
    for from_ms, to_ms in sorted(intervals):
        if joined and from_ms <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], to_ms))
        elif from_ms < to_ms:
            joined.append((from_ms, to_ms))
    return tuple(joined)


def _cuts(from_ms: int, to_ms: int, stalls: Intervals) -> Iterator[tuple[int, bool]]:
    """Cut [from, to) at the stalls: the end of each piece and whether the link moves in it, in order."""
    for stall_from_ms, stall_to_ms in stalls:
        yield min(max(stall_from_ms, from_ms), to_ms), True
        yield min(max(stall_to_ms, from_ms), to_ms), False
    yield to_ms, True
