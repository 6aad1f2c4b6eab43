"""What is to be done when, in the order of section 1 of the page: instant, kind, name."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import IntEnum, auto


class Kind(IntEnum):
    """The kinds of facts in the order in which they are applied within an instant (section 1)."""

    DEPLOYMENT = auto()
    OUTAGE_BEGINS = auto()  # or grows
    MAINTENANCE_BEGINS = auto()
    WARNING = auto()
    RECOVERY = auto()
    OUTAGE_ENDS = auto()
    MAINTENANCE_ENDS = auto()
    CHANNEL = auto()
    AUTOMATION = auto()
    LINK_STALL = auto()
    OVERT = auto()  # corruptions are noticed
    SCOPE_SEEN = auto()
    DETECTION = auto()
    CONFIRMATION = auto()
    FIRST_POST = auto()
    UPDATE = auto()
    ESTIMATE = auto()
    ADVICE = auto()
    VERIFICATION = auto()
    REVIEW = auto()
    PLAN_TEST = auto()
    SEEDED = auto()
    ANEW = auto()
    RESTART = auto()
    BACKLOG = auto()
    COMMITS = auto()
    LOSS_DETERMINED = auto()
    LINK_DRAINED = auto()
    RESYNC = auto()
    MERGE = auto()
    DRAIN = auto()
    STAGE = auto()
    RETRY = auto()
    RECOVERY_CONFIRMED = auto()
    REHEARSAL = auto()
    AWARENESS = auto()
    CASE = auto()
    LEVEL = auto()
    TAKE_UP = auto()
    ANSWER = auto()
    ESCALATION = auto()
    SILENCE = auto()
    WITHDRAWAL = auto()
    EXPIRY = auto()
    LATE_ANSWER = auto()
    ORDER = auto()
    ORDER_END = auto()
    WAKE_UP = auto()


@dataclass(order=True, slots=True)
class Ticket:
    """One thing to be done; `cancelled` things are passed over."""

    at_ms: int
    kind: Kind
    name: tuple[str, ...]
    number: int
    action: Callable[[], None] = field(compare=False)
    cancelled: bool = field(default=False, compare=False)


class Agenda:
    """Things to be done, the earliest first."""

    def __init__(self, horizon_ms: int) -> None:
        self.horizon_ms = horizon_ms
        self.heap: list[Ticket] = []
        self.count = 0

    def add(self, at_ms: int, kind: Kind, name: str | tuple[str, ...], *, do: Callable[[], None]) -> Ticket:
        """Put something on the agenda; at or after the horizon nothing happens (section 1)."""
        names = (name,) if isinstance(name, str) else name
        ticket = Ticket(at_ms, kind, names, self.count, do)
        self.count += 1
        if at_ms < self.horizon_ms:
            heapq.heappush(self.heap, ticket)
        return ticket

    def next_ms(self) -> int | None:
        """The instant of the earliest thing to be done."""
        while self.heap and self.heap[0].cancelled:
            heapq.heappop(self.heap)
        return self.heap[0].at_ms if self.heap else None

    def pop_due(self, now_ms: int) -> list[Ticket]:
        """All that is to be done now of the first kind; what arises meanwhile comes in a later round."""
        kind = self.heap[0].kind
        due: list[Ticket] = []
        while self.heap and (self.heap[0].at_ms, self.heap[0].kind) == (now_ms, kind):
            due.append(heapq.heappop(self.heap))
        return due


def cancel(ticket: Ticket | None) -> None:
    """Take it from the agenda."""
    if ticket is not None:
        ticket.cancelled = True


Spells = tuple[tuple[int, int], ...]


def is_inside(spells: Spells, at_ms: int) -> bool:
    """Whether an instant lies in one of the half-open spells."""
    return any(begin <= at_ms < end for begin, end in spells)


def first_outside(spells: Spells, at_ms: int) -> int:
    """The first instant at or after `at_ms` outside all spells, which are joined and in order."""
    for begin, end in spells:
        if begin <= at_ms < end:
            at_ms = end
    return at_ms
