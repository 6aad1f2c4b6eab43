"""What could be recovered at the far side at any instant, and what would be lost.

Loss is never sampled: it follows from `last_sync(t)` of the link and from the writes. All inputs are numbers
already drawn; everything here is a closed form over integers of milliseconds, with the standard library alone.

A link can stall, which is its own outage. A link whose bandwidth is no part of its description then stands
still and is back where it would have been as soon as the stall ends; a fluid link moves nothing meanwhile and
has to catch up. The seeding of a copy belongs to whoever asks: before its end there is no usable copy.
"""

from dataclasses import dataclass, replace

from bcdr_sim.replication.links import (
    Fluid,
    Intervals,
    Lag,
    Law,
    LogShipping,
    Synchronous,
    TraceLink,
    Transfer,
    merged,
)
from bcdr_sim.replication.writes import Writes

__all__ = [
    "Fluid",
    "Intervals",
    "Lag",
    "Law",
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


def loss(last_sync_ms: int, stop_ms: int, writes: Writes) -> Loss:
    """Measure the loss of a copy that has everything before `last_sync_ms`, where writes stopped at `stop_ms`."""
    return Loss(
        age_ms=max(0, stop_ms - last_sync_ms),
        writing_ms=writes.writing_ms(last_sync_ms, stop_ms),
        writes=writes.number(last_sync_ms, stop_ms),
    )


def stalled(law: Law, stalls: Intervals, t: int) -> int:
    """Give the last sync at t of a link that stands still during `stalls`; never newer than without them."""
    if isinstance(law, Fluid):
        return law.last_sync_ms(t, stalls)
    return law.last_sync_ms(next((from_ms for from_ms, to_ms in merged(stalls) if from_ms <= t < to_ms), t))


def stopped(law: Law, stop_ms: int) -> Law:
    """Give the law of the same link where nothing is written from `stop_ms` on: only a fluid link notices."""
    return replace(law, until_ms=stop_ms) if isinstance(law, Fluid) else law


def drained_at(law: Law, stop_ms: int, *, stalls: Intervals = (), confirmation_ms: int = 0) -> int | None:
    """Find the first instant at which nothing written before `stop_ms` is missing; None if never.

    That is when a primary that nobody can reach, but whose link goes on, has handed over everything; with
    `confirmation_ms`, when the mark that is older by it shows so. `writes.last_write_before(stop_ms) + 1` in place
    of `stop_ms` asks for the last write only, which may be earlier.
    """
    mark_ms = stop_ms + confirmation_ms
    law = stopped(law, stop_ms)
    if isinstance(law, Fluid):
        return law.reached_ms(mark_ms, stalls)
    reached_ms = law.reached_ms(mark_ms)
    if reached_ms is None:
        return None
    return next((to_ms for from_ms, to_ms in merged(stalls) if from_ms < reached_ms < to_ms), reached_ms)
