"""Who serves in part because something that piled up during an outage has to be worked off.

A backlog is not a state of service: whoever has one is served again. It stands in the accounts alone, like the performance
factor in the secondary region. When it begins and ends follows from the trial; the log has an event at both ends.
"""

from __future__ import annotations

import numpy as np

from bcdr_sim.backlogs import backlogs_of
from bcdr_sim.timeline import Timeline
from bcdr_sim.timeline.states import Ints, States


def backlog_permille(timeline: Timeline, states: States) -> Ints:
    """Share of the work that a backlog leaves to those served at home in every state; 1000 without one."""
    left = np.full(len(states.begins), 1000, dtype=np.int64)
    trial = timeline.trial
    for fact in trial.outages:
        if fact.entry.backlog is None:
            continue
        specs = [spec for spec in trial.estate.specs if spec.home == fact.region]
        rows = sorted(row for spec in specs for row in spec.rows if states.first <= row < states.last)
        window = np.full((states.last - states.first, 2), -1, dtype=np.int64)
        share = np.full(states.last - states.first, 1000, dtype=np.int64)
        for row, spell in backlogs_of(trial, fact, rows).items():
            window[row - states.first] = spell
            share[row - states.first] = max(
                round(fact.entry.backlog.capability * 1000), trial.estate.spec(row).minimum_permille
            )
        place = states.environment - states.first
        since_ms, until_ms = window[place].T
        inside = ~states.far & (since_ms <= states.start_ms) & (states.start_ms < until_ms)
        left[inside] = np.minimum(left, share[place])[inside]
    return left
