"""What a completed move lost, in the sense of a reader: nothing, if nothing was written since the recovered point."""

from __future__ import annotations

from bcdr_sim.events import Event
from bcdr_sim.metrics.commits import lost_between
from bcdr_sim.timeline import Timeline


def realised_ms(timeline: Timeline, completion_id: int) -> int | None:
    """The age of what a move recovered to, in ms; None when no write was lost.

    The engine writes `loss_realised` right behind the completion that it belongs to, whatever was written meanwhile; the
    completion's own value is the last sync.
    """
    table = timeline.table
    after_id = completion_id + 1
    if after_id >= len(table) or table["event"][after_id] != Event.LOSS_REALISED:
        return None
    row = int(table["environment"][completion_id])
    if table["environment"][after_id] != row:
        return None
    synced_ms, age_ms = int(table["value"][completion_id]), int(table["value"][after_id])
    lost = lost_between(timeline, row, last_sync_ms=synced_ms, at_ms=synced_ms + age_ms)
    return None if lost.is_zero else age_ms
