"""What could be recovered at the far side at any instant, and what would be lost.

Loss is never sampled: it follows from `last_sync(t)` of the link and from the writes. All inputs are numbers
already drawn; everything here is a closed form over integers of milliseconds, with the standard library alone.

A link can stall, which is its own outage. A link whose bandwidth is no part of its description then stands
still and is back where it would have been as soon as the stall ends; a fluid link moves nothing meanwhile and
has to catch up. The seeding of a copy belongs to whoever asks: before its end there is no usable copy.
"""

from dataclasses import dataclass, replace

from bcdr_sim.replication.bounded import Bound, Committed, Flow, Gate
from bcdr_sim.replication.links import (
    Fluid,
    Intervals,
    Lag,
    Link,
    LogShipping,
    Synchronous,
    TraceLink,
    Transfer,
    merged,
)
from bcdr_sim.replication.writes import Writes

__all__ = [
    "Bound",
    "Committed",
    "Flow",
    "Fluid",
    "Gate",
    "Intervals",
    "Lag",
    "Link",
    "LogShipping",
    "Loss",
    "Synchronous",
    "TraceLink",
    "Transfer",
    "Writes",
    "drained_at",
    "loss",
    "merged",
    "stalled",
    "stopped",
]


@dataclass(frozen=True, slots=True)
class Loss:
    """What is lost if the far side takes over: its age, the time in which it was written, the number of writes.

    All three are 0 or more. Zero data loss means that no write is lost, whatever the age: an idle environment
    loses nothing.
    """

    age_ms: int
    writing_ms: int
    writes: int

    @property
    def is_zero(self) -> bool:
        """Whether no write is lost."""
        return self.writes == 0


def loss(last_sync_ms: int, stop_ms: int, writes: Writes | Committed) -> Loss:
    """Measure the loss of a copy that has everything before `last_sync_ms`, where writes stopped at `stop_ms`."""
    return Loss(
        age_ms=max(0, stop_ms - last_sync_ms),
        writing_ms=writes.writing_ms(last_sync_ms, stop_ms),
        writes=writes.number(last_sync_ms, stop_ms),
    )


def stalled(link: Link, stalls: Intervals, t: int) -> int:
    """Give the last sync at t of a link that stands still during `stalls`; never newer than without them."""
    if isinstance(link, Fluid):
        return link.last_sync_ms(t, stalls)
    return link.last_sync_ms(next((from_ms for from_ms, to_ms in merged(stalls) if from_ms <= t < to_ms), t))


def stopped(link: Link, stop_ms: int) -> Link:
    """Give the same link where nothing is written from `stop_ms` on: only a fluid link notices."""
    if not isinstance(link, Fluid):
        return link
    return replace(link, until_ms=stop_ms if link.until_ms is None else min(link.until_ms, stop_ms))


def drained_at(link: Link, mark_ms: int, *, stalls: Intervals = ()) -> int | None:
    """Find the first instant at which everything written before `mark_ms` is at the far side; None if never.

    With the instant at which writes stopped as the mark, that is when a primary that nobody can reach, but whose
    link goes on, has handed over everything. A later mark, as a late confirmation needs it, asks for a link
    that is `stopped`.
    """
    if isinstance(link, Fluid):
        return link.reached_ms(mark_ms, stalls)
    reached_ms = link.reached_ms(mark_ms)
    if reached_ms is None:
        return None
    return next((to_ms for from_ms, to_ms in merged(stalls) if from_ms < reached_ms < to_ms), reached_ms)
