"""SimPy in one page: an integer clock, and calendars that keep one live SimPy event for many due instants.

Rules.

* Time is integer ms. What is due at or after the horizon never happens, so the run ends when nothing is left.
* `Kind` is the order of facts within an instant (docs/reference/semantics.md, section 1). It is SimPy's
  priority, so facts come before decisions whatever scheduled them first.
* A `Calendar` holds what is due per instant and hands it over in sorted order. Items are row numbers or other
  sortable values; rows are in name order, so sorted is by name. A thousand environments due at a thousand
  instants cost one SimPy event each and one entry in SimPy's heap.
* A row due in a calendar can be moved or cancelled: `due_ms` remembers the one instant that counts for it,
  and what is found at another instant is stale.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Sequence
from enum import IntEnum
from heapq import heappop, heappush
from typing import Any, cast

import numpy as np
import simpy
from numpy.typing import NDArray

_NEVER = 2**62
_FEW = 16  # fewer rows than this are quicker one by one than as a batch; measured


class Kind(IntEnum):
    """The order of facts within one instant."""

    DEPLOYMENT = 0
    OUTAGE_BEGIN = 1
    MAINTENANCE_BEGIN = 2
    WARNING = 3
    RECOVERY = 4
    OUTAGE_END = 5
    MAINTENANCE_END = 6
    CHANNEL = 7
    AUTOMATION = 8
    STALL = 9
    OVERT = 10
    SCOPE = 11
    DETECTION = 12
    CONFIRMATION = 13
    POST = 14
    UPDATE = 15
    ETA = 16
    ADVICE = 17
    VERIFICATION = 18
    REVIEW = 19
    PLAN_TEST = 20
    SEEDING = 21
    RESEEDING = 22
    RESTART = 23
    BACKLOG = 24
    COMMITS = 25
    ASSESSMENT = 26
    LINK_DRAINED = 27
    RESYNC = 28
    MERGE = 29
    DRAIN = 30
    STAGE = 31
    RETRY = 32
    CONFIRMED_RECOVERY = 33
    TEST = 34
    AWARENESS = 35
    CASE = 36
    LEVEL = 37
    DESK = 38
    ANSWER = 39
    ESCALATION = 40
    SILENCE = 41
    WITHDRAWAL = 42
    EXPIRY = 43
    LATE_ANSWER = 44
    ORDER = 45
    ORDER_END = 46
    WAKE = 47


def _nothing() -> None:
    """What follows the facts of an instant until somebody says so."""


class Clock:
    """Simulated time in ms, from 0 to the horizon (exclusive).

    `end_of_instant` is called whenever no fact is due any more at the present instant; it may make some due again.
    """

    __slots__ = ("_queue", "_simpy", "end_of_instant", "horizon_ms", "now_ms")

    def __init__(self, horizon_ms: int) -> None:
        self._simpy: Any = simpy.Environment()
        self._queue = self._simpy._queue
        self.horizon_ms = horizon_ms
        self.now_ms = 0
        self.end_of_instant: Callable[[], None] = _nothing

    def new_entry(self) -> simpy.Event:
        """An event of SimPy that `arm` puts in its queue, and may put there again once it has fired."""
        entry = simpy.Event(self._simpy)
        entry._ok = True
        entry._value = None
        entry.callbacks = cast(Any, None)
        return entry

    def arm(
        self, entry: simpy.Event, callback: Callable[[simpy.Event], None], *, due_ms: int, kind: Kind
    ) -> None:
        """Let SimPy call `callback` at an instant, in the order of kinds."""
        entry.callbacks = [callback]
        self._simpy.schedule(entry, kind, due_ms - self._simpy._now)

    def arrive(self) -> int:
        """An entry has fired: it is now."""
        now_ms: int = self._simpy._now
        self.now_ms = now_ms
        return now_ms

    def leave(self) -> None:
        """What was due is done; if nothing more is due at this instant, it ends."""
        if not self._queue or self._queue[0][0] > self.now_ms:
            self.end_of_instant()

    def is_over(self) -> bool:
        """Whether nothing more is due at the present instant."""
        return not self._queue or self._queue[0][0] > self.now_ms

    def run(self) -> None:
        """Let time pass until nothing is due any more."""
        self._simpy.run()


class Calendar:
    """Items due at instants, handed to `handle` in sorted order, one by one, at their instant.

    Those that come one by one stand in a heap; rows that come in bulk are sorted once and taken from the end.
    """

    __slots__ = (
        "_batches",
        "_clock",
        "_due_of",
        "_entry",
        "_handle",
        "_handle_all",
        "_heap",
        "_kind",
        "_live_ms",
    )

    def __init__(
        self,
        clock: Clock,
        kind: Kind,
        handle: Callable[[Any], None],
        *,
        handle_all: Callable[[list[Any]], bool] | None = None,
        due_of: array[int] | None = None,
    ) -> None:
        """`handle_all` is offered what is due at one instant, sorted; if it declines, `handle` gets it one by one.

        `due_of` says of every row the one instant that counts for it: found at any other, it is passed over.
        """
        self._clock = clock
        self._kind = kind
        self._handle = handle
        self._handle_all = handle_all
        self._due_of = due_of
        self._heap: list[tuple[int, Any]] = []
        self._batches: list[tuple[array[int], array[int]]] = []
        self._live_ms = _NEVER
        self._entry = clock.new_entry()

    def add(self, due_ms: int, item: Any) -> None:
        """Make one item due. What is due at or after the horizon is forgotten."""
        if due_ms >= self._clock.horizon_ms:
            return
        assert due_ms >= self._clock.now_ms, "time goes forward"
        heappush(self._heap, (due_ms, item))
        if due_ms < self._live_ms:
            self._arm(due_ms)

    def add_all(self, dues_ms: NDArray[np.int64], rows: NDArray[np.int64]) -> None:
        """Make many rows due, each at its own instant."""
        if len(rows) < _FEW:
            for due_ms, row in zip(dues_ms.tolist(), rows.tolist(), strict=True):
                self.add(due_ms, row)
            return
        order = np.lexsort((rows, dues_ms))[::-1]
        order = order[np.searchsorted(-dues_ms[order], -self._clock.horizon_ms, side="right") :]
        if len(order):
            dues = array("q", dues_ms[order].tobytes())
            self._batches.append((dues, array("i", rows[order].astype(np.int32).tobytes())))
            if dues[-1] < self._live_ms:
                self._arm(dues[-1])

    def _arm(self, due_ms: int) -> None:
        if self._entry.callbacks is not None:  # the one in the queue is for later and will find nothing new
            self._entry = self._clock.new_entry()
        self._live_ms = due_ms
        self._clock.arm(self._entry, self._fire, due_ms=due_ms, kind=self._kind)

    def _fire(self, _: simpy.Event) -> None:
        now_ms = self._clock.arrive()
        if now_ms >= self._live_ms:
            self._live_ms = _NEVER
        items, next_ms = self._take(now_ms)
        if next_ms < self._live_ms:
            self._arm(next_ms)
        handle, due_of = self._handle, self._due_of
        if due_of is not None:
            for row in items:
                if due_of[row] == now_ms:
                    due_of[row] = -1
                    handle(row)
        elif self._handle_all is None or not self._handle_all(items):
            for item in items:
                handle(item)
        self._clock.leave()

    def _take(self, now_ms: int) -> tuple[list[Any], int]:
        """What is due now, sorted, and the next instant at which something is."""
        items: list[Any] = []
        heap = self._heap
        while heap and heap[0][0] == now_ms:
            items.append(heappop(heap)[1])
        next_ms: int = heap[0][0] if heap else _NEVER
        is_empty = False
        for dues, rows in self._batches:
            while dues and dues[-1] == now_ms:
                dues.pop()
                items.append(rows.pop())
            if not dues:
                is_empty = True
            elif dues[-1] < next_ms:
                next_ms = dues[-1]
        if is_empty:
            self._batches = [batch for batch in self._batches if batch[0]]
        if len(items) > 1:
            items.sort()
        return items, next_ms


class RowCalendar:
    """A calendar of environments, each due at most once at a time."""

    __slots__ = ("_calendar", "due_ms")

    def __init__(self, clock: Clock, kind: Kind, handle: Callable[[int], None], *, row_count: int) -> None:
        self.due_ms = array("q", [-1]) * row_count
        self._calendar = Calendar(clock, kind, handle, due_of=self.due_ms)

    def add(self, due_ms: int, row: int) -> None:
        """Make a row due, instead of what it was due before."""
        self.due_ms[row] = due_ms
        self._calendar.add(due_ms, row)

    def add_all(self, dues_ms: Sequence[int], rows: Sequence[int]) -> None:
        """Make many rows due."""
        if len(rows) < _FEW:
            for due_ms, row in zip(dues_ms, rows, strict=True):
                self.add(due_ms, row)
            return
        dues, crowd = np.array(dues_ms, dtype=np.int64), np.array(rows, dtype=np.int64)
        np.frombuffer(self.due_ms, dtype=np.int64)[crowd] = dues
        self._calendar.add_all(dues, crowd)

    def cancel(self, row: int) -> None:
        """Forget what a row is due."""
        self.due_ms[row] = -1

    def cancel_all(self, rows: NDArray[np.int64]) -> None:
        """Forget what many rows are due."""
        np.frombuffer(self.due_ms, dtype=np.int64)[rows] = -1
