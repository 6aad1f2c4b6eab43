"""SimPy in one page: an integer clock, and calendars that keep one live SimPy event for many due instants.

Rules.

* Time is integer ms. What is due at or after the horizon never happens, so the run ends when nothing is left.
* `Kind` is the order of facts within an instant (docs/reference/semantics.md, section 1). It is SimPy's priority, so facts come
  before decisions whatever scheduled them first.
* A `Calendar` holds what is due per instant and hands it over in sorted order. Items are row numbers or other sortable values; rows
  are in name order, so sorted is by name. A thousand environments due at a thousand instants cost one SimPy event each and
  one entry in SimPy's heap.
* A row due in a calendar can be moved or cancelled: `due_ms` remembers the one instant that counts for it, and what is
  found at another instant is stale.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Sequence
from enum import IntEnum
from heapq import heapify, heappop, heappush
from typing import Any, cast

import simpy


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
    SCOPE = 10
    DETECTION = 11
    CONFIRMATION = 12
    POST = 13
    UPDATE = 14
    ETA = 15
    VERIFICATION = 16
    REVIEW = 17
    PLAN_TEST = 18
    SEEDING = 19
    RESTART = 20
    ASSESSMENT = 21
    LINK_DRAINED = 22
    RESYNC = 23
    DRAIN = 24
    STAGE = 25
    RETRY = 26
    CONFIRMED_RECOVERY = 27
    AWARENESS = 28
    CASE = 29
    LEVEL = 30
    ANSWER = 31
    LATE_ANSWER = 32
    WAKE = 33


def _nothing() -> None:
    """What follows the facts of an instant until somebody says so."""


class Clock:
    """Simulated time in ms, from 0 to the horizon (exclusive).

    `end_of_instant` is called whenever no fact is due any more at the present instant; it may make some due again.
    """

    __slots__ = ("_simpy", "end_of_instant", "horizon_ms", "now_ms")

    def __init__(self, horizon_ms: int) -> None:
        self._simpy = simpy.Environment()
        self.horizon_ms = horizon_ms
        self.now_ms = 0
        self.end_of_instant: Callable[[], None] = _nothing

    def at(self, due_ms: int, kind: Kind, action: Callable[[], None]) -> None:
        """Do something at an instant; nothing happens at or after the horizon."""
        if due_ms >= self.horizon_ms:
            return
        assert due_ms >= self.now_ms, "time goes forward"

        def fire(_: simpy.Event) -> None:
            self.now_ms = due_ms
            action()
            if self._simpy.peek() > due_ms:
                self.end_of_instant()

        event = simpy.Event(self._simpy)
        event._ok = True
        event._value = None
        event.callbacks.append(fire)
        self._simpy.schedule(event, priority=cast(Any, kind), delay=due_ms - self._simpy.now)

    def is_over(self) -> bool:
        """Whether nothing more is due at the present instant."""
        return bool(self._simpy.peek() > self.now_ms)

    def run(self) -> None:
        """Let time pass until nothing is due any more."""
        self._simpy.run()


class Calendar:
    """Items due at instants, handed to `handle` in sorted order, one by one, at their instant."""

    __slots__ = ("_clock", "_handle", "_handle_all", "_heap", "_items", "_kind", "_live")

    def __init__(
        self,
        clock: Clock,
        kind: Kind,
        handle: Callable[[Any], None],
        *,
        handle_all: Callable[[list[Any]], bool] | None = None,
    ) -> None:
        """`handle_all` is offered what is due at one instant, sorted; if it declines, `handle` gets it one by one."""
        self._clock = clock
        self._handle_all = handle_all
        self._kind = kind
        self._handle = handle
        self._items: dict[int, list[Any]] = {}
        self._heap: list[int] = []
        self._live: set[int] = set()

    def add(self, due_ms: int, item: Any) -> None:
        """Make one item due. What is due at or after the horizon is forgotten."""
        if due_ms >= self._clock.horizon_ms:
            return
        items = self._items.get(due_ms)
        if items is not None:
            items.append(item)
            return
        self._items[due_ms] = [item]
        heappush(self._heap, due_ms)
        if self._heap[0] == due_ms:
            self._arm()

    def add_all(self, dues_ms: Sequence[int], items: Sequence[Any]) -> None:
        """Make many items due, each at its own instant."""
        by_due, horizon_ms = self._items, self._clock.horizon_ms
        fresh: list[int] = []
        for due_ms, item in zip(dues_ms, items, strict=True):
            known = by_due.get(due_ms)
            if known is not None:
                known.append(item)
            elif due_ms < horizon_ms:
                by_due[due_ms] = [item]
                fresh.append(due_ms)
        if fresh:
            self._heap += fresh
            heapify(self._heap)
            self._arm()

    def _arm(self) -> None:
        due_ms = self._heap[0]
        if due_ms not in self._live:
            self._live.add(due_ms)
            self._clock.at(due_ms, self._kind, self._fire)

    def _fire(self) -> None:
        now_ms = self._clock.now_ms
        self._live.discard(now_ms)
        items = self._items.pop(now_ms, None)
        if items is not None:
            heappop(self._heap)
            if self._heap:
                self._arm()
            items.sort()
            if self._handle_all is not None and self._handle_all(items):
                return
            handle = self._handle
            for item in items:
                handle(item)
        elif self._heap:
            self._arm()


class RowCalendar:
    """A calendar of environments, each due at most once at a time."""

    __slots__ = ("_calendar", "_clock", "_handle", "due_ms")

    def __init__(self, clock: Clock, kind: Kind, handle: Callable[[int], None], *, row_count: int) -> None:
        self._clock = clock
        self._handle = handle
        self._calendar = Calendar(clock, kind, self._fire)
        self.due_ms = array("q", [-1]) * row_count

    def add(self, due_ms: int, row: int) -> None:
        """Make a row due, instead of what it was due before."""
        self.due_ms[row] = due_ms
        self._calendar.add(due_ms, row)

    def add_all(self, dues_ms: Sequence[int], rows: Sequence[int]) -> None:
        """Make many rows due."""
        due_of = self.due_ms
        for due_ms, row in zip(dues_ms, rows, strict=True):
            due_of[row] = due_ms
        self._calendar.add_all(dues_ms, rows)

    def cancel(self, row: int) -> None:
        """Forget what a row is due."""
        self.due_ms[row] = -1

    def _fire(self, row: int) -> None:
        if self.due_ms[row] == self._clock.now_ms:
            self.due_ms[row] = -1
            self._handle(row)
