"""Waits for a consistency group: which member keeps an environment from moving, and why that one is held."""

from __future__ import annotations

import numpy as np

from bcdr_sim.events import Event
from bcdr_sim.policy import Reason
from bcdr_sim.report.episodes import Stay
from bcdr_sim.report.reasons import REASONS
from bcdr_sim.timeline import Timeline


def group_wait(timeline: Timeline, stay: Stay) -> str:
    """For whom an environment waits in a stay, and why that one does not move; empty if it does not wait for its group."""
    table, estate = timeline.table, timeline.trial.estate
    row = table[stay.id]
    if stay.reason is not Reason.GROUP_PENDING or row["event"] != Event.HELD:
        return ""
    other = int(row["value"])
    lead = f"waits for its group {estate.spec(int(row['environment'])).group}"
    held = (table["environment"] == other) & (table["event"] == Event.HELD)
    before = np.flatnonzero(held & (table["time_ms"] <= stay.start_ms))
    if not len(before):
        return f"{lead}: {estate.names[other]} cannot come along"
    return f"{lead}: {estate.names[other]} holds ({REASONS[table['reason'][before[-1]]]})"
