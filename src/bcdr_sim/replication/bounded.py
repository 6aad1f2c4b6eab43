"""A fluid link that is bounded: beyond an age of what waits, commits wait too, so loss is capped and availability pays.

Theory of operation. What is committed joins a queue, first in, first out, which the bandwidth empties. A commit is taken
only while last sync is no more than `max_lag` ago, and on a link that runs only if what waits then is no more than it
carries in `max_lag`, so that each write is over there in time if the link goes on. On a link that stands still last sync
stands still too, and commits stop `max_lag` after it. Between two changes of the rate of writes, and while the same write
is the oldest that waits, all of that is straight lines in integers: the instant at which the gate changes is found by a
division, without a tick. What is not taken is not written at all.

The bound is on the age of what would be lost: the instant of the last commit less last sync. While commits are stopped
time passes and that age does not grow.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import IntEnum

from bcdr_sim.replication.writes import WORK_PER_WRITE, Writes, in_millionths

_ENDLESS_MS = 2**62


class Gate(IntEnum):
    """What becomes of commits: all are taken, as many as the link carries, or none."""

    FREE = 0
    SLOWED = 1
    STOPPED = 2


@dataclass(frozen=True, slots=True)
class Committed:
    """What was written of what there was to write: in each of `spells`, (from, to, rate in millionths), at most that rate.

    Spells stand in order and do not overlap.
    """

    offered: Writes
    spells: tuple[tuple[int, int, int], ...] = ()

    def number(self, from_ms: int, to_ms: int) -> int:
        """Count the writes in [from, to), as `Writes.number` does."""
        if to_ms <= from_ms:
            return 0
        return -(-self.work(from_ms, to_ms) // WORK_PER_WRITE)

    def writing_ms(self, from_ms: int, to_ms: int) -> int:
        """Measure the time within [from, to) in which something was being written."""
        refused_ms = sum(
            self.offered.writing_ms(max(from_ms, begin_ms), min(to_ms, end_ms))
            for begin_ms, end_ms, rate in self.spells
            if rate == 0
        )
        return self.offered.writing_ms(from_ms, to_ms) - refused_ms

    def work(self, from_ms: int, to_ms: int) -> int:
        """What was written in [from, to), as work (`writes.WORK_PER_WRITE` is one write)."""
        course = self.offered.work
        work = course.at(to_ms) - course.at(from_ms)
        for spell_from_ms, spell_to_ms, most in self.spells:
            begin_ms = max(from_ms, spell_from_ms)
            for end_ms, rate in course.pieces(begin_ms, min(to_ms, spell_to_ms)):
                work -= max(rate - most, 0) * (end_ms - begin_ms)
                begin_ms = end_ms
        return work


@dataclass(frozen=True, slots=True)
class Bound:
    """What never changes of a bounded link: what there is to write, its bandwidth per hour, and the greatest age in ms."""

    writes: Writes
    bandwidth_per_hour: float
    max_lag_ms: int

    @property
    def bandwidth(self) -> int:
        """What it carries, in work per ms."""
        return in_millionths(self.bandwidth_per_hour)

    def accepted_permille(self, gate: Gate, rate: int) -> int:
        """Share of a rate of writes that is taken; of writes that are slowed at least 1."""
        if gate is not Gate.SLOWED:
            return 1000 if gate is Gate.FREE else 0
        return max(1, self.bandwidth * 1000 // rate) if rate > self.bandwidth else 1000


@dataclass(frozen=True, slots=True)
class Flow:
    """A bounded link at one instant, and how things go on as they are; every method gives a new value.

    `waits` are spells of commits that have not been carried over, (from, to, rate), the oldest first; `carried` is how much
    of the first has. `stands_ms` is last sync while the link stands still, None while it runs. `open_until_ms` is until when
    commits have been possible, which is what a loss is measured from. `gate` is that of the last millisecond.
    """

    bound: Bound
    at_ms: int
    open_until_ms: int
    writing: bool = True
    stands_ms: int | None = None
    gate: Gate = Gate.FREE
    waits: tuple[tuple[int, int, int], ...] = ()
    carried: int = 0

    @classmethod
    def begun(cls, bound: Bound, at_ms: int) -> Flow:
        """A link that begins to run, with nothing that waits."""
        flow = cls(bound, at_ms, at_ms)
        return flow.set(writing=True, runs=True)

    def set(self, *, writing: bool, runs: bool) -> Flow:
        """From this instant on writes go on or not, and the link runs or stands still; without bandwidth it always does."""
        stands_ms = None if runs and self.bound.bandwidth else self.last_sync_ms
        resumes = writing and not self.writing and self.gate is Gate.SLOWED
        gate = Gate.FREE if resumes else self.gate
        return replace(self, writing=writing, stands_ms=stands_ms, gate=gate)

    @property
    def backlog(self) -> int:
        """What waits, as work."""
        return sum(rate * (to_ms - from_ms) for from_ms, to_ms, rate in self.waits) - self.carried

    @property
    def last_sync_ms(self) -> int:
        """The newest instant before which everything written is over there, and the link itself has been heard of."""
        if self.stands_ms is not None:
            return self.stands_ms
        if not self.waits:
            return self.at_ms
        from_ms, _, rate = self.waits[0]
        return from_ms + self.carried // rate

    @property
    def next_gate(self) -> Gate:
        """The gate from this instant on."""
        return self._run(self._rate_now())[0]

    @property
    def accepted_permille(self) -> int:
        """Share of what there is to write that is taken from this instant on."""
        return self.bound.accepted_permille(self.next_gate, self._rate_now())

    def carried_ms(self, mark_ms: int) -> int | None:
        """When all that was written until a mark (not after now) is over there, if the link goes on; None if it stands."""
        if self.stands_ms is not None:
            return None
        left = sum(
            rate * (min(to_ms, mark_ms) - begin) for begin, to_ms, rate in self.waits if begin < mark_ms
        )
        return self.at_ms - max(left - self.carried, 0) // -self.bound.bandwidth if left else self.at_ms

    def advanced(self, to_ms: int) -> Flow:
        """The same link later."""
        return deque(self._runs(to_ms), maxlen=1).pop() if to_ms > self.at_ms else self

    def next_change_ms(self, until_ms: int) -> int | None:
        """The first instant after now, and before `until_ms`, from which on another share is taken; None without one."""
        now = self.next_gate, self.accepted_permille
        for flow in self._runs(until_ms):
            if flow.at_ms < until_ms and (flow.next_gate, flow.accepted_permille) != now:
                return flow.at_ms
        return None

    def _rate_now(self) -> int:
        return next(rate for _, rate in self.bound.writes.work.pieces(self.at_ms, self.at_ms + 1))

    def _runs(self, to_ms: int) -> Iterator[Flow]:
        """The link at the end of each run of milliseconds with the same gate, up to an instant."""
        flow = self
        for end_ms, rate in self.bound.writes.work.pieces(self.at_ms, to_ms):
            while flow.at_ms < end_ms:
                gate, lasts_ms = flow._run(rate)
                flow = flow._after(min(lasts_ms, end_ms - flow.at_ms), gate=gate, rate=rate)
                yield flow

    def _run(self, rate: int) -> tuple[Gate, int]:
        """The gate of the next millisecond, and for how many of them it is at least the same while the rate is."""
        if not self.writing:
            return self.gate, _ENDLESS_MS
        if self.stands_ms is not None:
            room_ms = self.stands_ms + self.bound.max_lag_ms - self.at_ms
            return (Gate.FREE, room_ms) if room_ms > 0 else (Gate.STOPPED, _ENDLESS_MS)
        gate, room_ms = self._room(rate)
        is_young, lasts_ms = self._youth(self._taken(gate, rate))
        return (gate, min(lasts_ms, room_ms)) if is_young else (Gate.STOPPED, lasts_ms)

    def _taken(self, gate: Gate, rate: int) -> int:
        """What is taken of a rate, in work per ms."""
        if gate is Gate.STOPPED or not self.writing:
            return 0
        return rate if gate is Gate.FREE else min(rate, self.bound.bandwidth)

    def _youth(self, taken: int) -> tuple[bool, int]:
        """Whether last sync is young enough throughout the next millisecond, and for how many the answer is the same.

        `taken` is what is written if it is. Where that only goes on with the one spell that waits, there is no end to it.
        """
        if not self.waits:
            return True, _ENDLESS_MS
        bandwidth, max_lag_ms = self.bound.bandwidth, self.bound.max_lag_ms
        from_ms, to_ms, rate = self.waits[0]
        goes_on = len(self.waits) == 1 and (to_ms, rate) == (self.at_ms, taken)
        left_ms = -((self.carried - rate * (to_ms - from_ms)) // bandwidth)
        spare = self.carried - rate * (self.at_ms - max_lag_ms - from_ms)
        if spare < 0:
            return False, min(left_ms, -(spare // (bandwidth - rate))) if rate < bandwidth else left_ms
        spare += bandwidth - rate
        if goes_on and spare >= 0:
            return True, spare // (rate - bandwidth) + 1 if rate > bandwidth else _ENDLESS_MS
        if left_ms <= 1:
            after = self._after(1, gate=Gate.STOPPED, rate=0)
            return after.last_sync_ms >= after.at_ms - max_lag_ms, 1
        lasts_ms = left_ms - 1
        if spare >= 0 and rate > bandwidth:
            lasts_ms = min(lasts_ms, spare // (rate - bandwidth) + 1)
        return spare >= 0, lasts_ms

    def _room(self, rate: int) -> tuple[Gate, int]:
        """The gate by what waits on a link that runs, and for how many milliseconds it is the same."""
        bandwidth = self.bound.bandwidth
        spare = bandwidth * self.bound.max_lag_ms - self.backlog
        if spare < 0:
            return Gate.STOPPED, -(spare // bandwidth)
        if rate <= bandwidth:
            return Gate.FREE, _ENDLESS_MS
        is_full = self.gate is Gate.SLOWED or (self.gate is Gate.STOPPED and spare < bandwidth)
        room_ms = 0 if is_full else spare // (rate - bandwidth)
        return (Gate.FREE, room_ms) if room_ms else (Gate.SLOWED, _ENDLESS_MS)

    def _after(self, lasts_ms: int, *, gate: Gate, rate: int) -> Flow:
        """The link so many milliseconds later, all of them with the same gate."""
        end_ms, bandwidth = self.at_ms + lasts_ms, self.bound.bandwidth
        taken = self._taken(gate, rate)
        waits, carried = self.waits, self.carried
        if taken:
            is_same = waits and waits[-1][1:] == (self.at_ms, taken)
            waits = (
                (*waits[:-1], (waits[-1][0], end_ms, taken))
                if is_same
                else (*waits, (self.at_ms, end_ms, taken))
            )
        if self.stands_ms is None:
            carried += bandwidth * lasts_ms
            done = 0
            while done < len(waits) and carried >= waits[done][2] * (waits[done][1] - waits[done][0]):
                carried -= waits[done][2] * (waits[done][1] - waits[done][0])
                done += 1
            waits = waits[done:]
            carried = carried if waits else 0
        open_until_ms = end_ms if self.writing and gate is not Gate.STOPPED else self.open_until_ms
        return replace(
            self, at_ms=end_ms, open_until_ms=open_until_ms, gate=gate, waits=waits, carried=carried
        )
