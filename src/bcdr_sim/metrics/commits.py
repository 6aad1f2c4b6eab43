"""Commits that have to wait on a bounded link: what share is accepted when, and what was written all the same.

Rules: docs/reference/semantics.md, section 4. As with a backlog, service is whole and only the accounts say that it is not
offered in full. The log has an event wherever the share changes; the last commit before commits stopped is its value.
"""

from __future__ import annotations

import numpy as np

from bcdr_sim.events import Event
from bcdr_sim.replication import Committed, Loss, Writes, loss
from bcdr_sim.replication.writes import in_millionths
from bcdr_sim.scenario.links import FluidLink
from bcdr_sim.timeline import Timeline
from bcdr_sim.timeline.states import Ints, States, are, held
from bcdr_sim.trial import bound_of

_EVENTS = (Event.COMMITS_SLOWED, Event.COMMITS_STOPPED, Event.COMMITS_FREED)


def commits_permille(timeline: Timeline, states: States) -> Ints:
    """Share of the work that those whose commits wait can do in every state, at least their minimum; 1000 of others."""
    share = accepted_permille(states)
    if (share == 1000).all():
        return share
    specs, spec_of = timeline.trial.estate.specs, timeline.by_environment.spec_of[states.environment]
    minimum = np.array([spec.minimum_permille for spec in specs], dtype=np.int64)[spec_of]
    return np.where(share < 1000, np.maximum(share, minimum), share)


def accepted_permille(states: States) -> Ints:
    """Share of the writes that is committed in every state: 0 while commits are stopped."""
    says = states.begins | np.isin(states.event, _EVENTS)
    share = np.full(len(says), 1000, dtype=np.int64)
    if not says.any() or (says == states.begins).all():
        return share
    slowed = are(states.event, Event.COMMITS_SLOWED)
    share[slowed] = states.value[slowed]
    share[are(states.event, Event.COMMITS_STOPPED)] = 0
    return held(share, says)


def lost_between(timeline: Timeline, row: int, *, last_sync_ms: int, at_ms: int) -> Loss:
    """Measure what a copy at `last_sync_ms` lacks at an instant of what an environment had been able to write by then."""
    writes = written(timeline, row)
    if isinstance(writes, Committed):
        stops = (
            begin_ms for begin_ms, end_ms, rate in writes.spells if not rate and begin_ms < at_ms <= end_ms
        )
        at_ms = next(stops, at_ms)
    return loss(last_sync_ms, at_ms, writes)


def written(timeline: Timeline, row: int) -> Writes | Committed:
    """What an environment wrote: all that there was to write, but for what its bounded link did not let it commit."""
    spec = timeline.trial.estate.spec(row)
    link = spec.link
    if bound_of(spec) is None or not isinstance(link, FluidLink):
        return spec.writes
    return Committed(spec.writes, tuple(_spells(timeline, row, bandwidth=in_millionths(link.bandwidth))))


def _spells(timeline: Timeline, row: int, *, bandwidth: int) -> list[tuple[int, int, int]]:
    """From when, until when, and at most how much was committed, where that was less than there was to write."""
    index = timeline.by_environment
    events = timeline.table[index.order[index.starts[row] : index.starts[row + 1]]]
    events = events[np.isin(events["event"], _EVENTS)]
    ends_ms = [*events["time_ms"].tolist()[1:], timeline.trial.horizon_ms]
    spells: list[tuple[int, int, int]] = []
    for event, at_ms, value, end_ms in zip(
        events["event"].tolist(), events["time_ms"].tolist(), events["value"].tolist(), ends_ms, strict=True
    ):
        if event == Event.COMMITS_SLOWED:
            spells.append((at_ms, end_ms, bandwidth))
        elif event == Event.COMMITS_STOPPED:
            if spells and spells[-1][1] > value:
                spells[-1] = (spells[-1][0], value, spells[-1][2])
            spells.append((value, end_ms, 0))
    return spells
