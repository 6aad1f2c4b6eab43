"""What moves leave behind: for how long the side that was left wrote on, and when what was lost was merged again."""

from __future__ import annotations

import numpy as np

from bcdr_sim.events import Event
from bcdr_sim.timeline.states import Ints, Rows, States, are

NEVER_MS = -1
"""The instant of something that did not happen."""


def salvaged_ms(states: States, completion_ids: Rows, *, cause: Rows) -> Ints:
    """When what each move lost was merged, -1 if it was not: a merge names the completion as its cause."""
    merged_ms = np.full(len(completion_ids), NEVER_MS, dtype=np.int64)
    merges = np.flatnonzero(are(states.event, Event.LOSS_SALVAGED))
    if len(merges) and len(completion_ids):
        order = np.argsort(completion_ids, kind="stable")
        causes = cause[states.event_id[merges]]
        at = np.minimum(np.searchsorted(completion_ids[order], causes), len(order) - 1)
        named = completion_ids[order][at] == causes
        merged_ms[order[at[named]]] = states.start_ms[merges[named]]
    return merged_ms


def split_ms(states: States, split: Ints, *, horizon_ms: int) -> Ints:
    """How long each split brain that began at these states lasted, or to the horizon."""
    ends = np.flatnonzero(are(states.event, Event.SPLIT_BRAIN_ENDED))
    end = np.append(ends, len(states.begins))[np.searchsorted(ends, split)]
    known = np.minimum(end, len(states.begins) - 1)
    is_over = (end < len(states.begins)) & (states.environment[known] == states.environment[split])
    until_ms: Ints = np.where(is_over, states.start_ms[known], horizon_ms)
    return until_ms - states.start_ms[split]
