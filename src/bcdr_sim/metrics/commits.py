"""Commits that have to wait on a bounded link: what share is accepted when, and what was written all the same.

Rules: docs/reference/semantics.md, section 4. As with a backlog, service is whole and only the accounts say that it is not
offered in full. The log has an event wherever the share changes; the last commit before commits stopped is its value.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bcdr_sim.events import Event
from bcdr_sim.replication import Committed, Loss, Writes, loss
from bcdr_sim.replication.writes import in_millionths
from bcdr_sim.scenario.links import FluidLink
from bcdr_sim.timeline import Timeline
from bcdr_sim.timeline.states import Ints, States, are, held
from bcdr_sim.trial import bound_of

_EVENTS = (Event.COMMITS_SLOWED, Event.COMMITS_STOPPED, Event.COMMITS_FREED)


@dataclass(frozen=True, slots=True)
class Wait:
    """From when, and until when, how much of what there was to write was committed, and the last commit before."""

    from_ms: int
    until_ms: int
    permille: int
    last_commit_ms: int


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


def last_commits_ms(states: States) -> Ints:
    """The last instant up to the beginning of every state at which anything could be committed; that itself if it can."""
    says = states.begins | np.isin(states.event, _EVENTS)
    stopped = held(are(states.event, Event.COMMITS_STOPPED), says)
    return np.where(stopped, held(states.value, says), states.start_ms)


def lost_between(timeline: Timeline, row: int, *, last_sync_ms: int, at_ms: int) -> Loss:
    """Measure what a copy at `last_sync_ms` lacks of what had been written by `at_ms`, the last commit at the latest."""
    return loss(last_sync_ms, at_ms, written(timeline, row))


def written(timeline: Timeline, row: int) -> Writes | Committed:
    """What an environment wrote: all that there was to write, but for what its bounded link did not let it commit."""
    spec = timeline.trial.estate.spec(row)
    link = spec.link
    if bound_of(spec) is None or not isinstance(link, FluidLink):
        return spec.writes
    most = in_millionths(link.bandwidth)
    spells: list[tuple[int, int, int]] = []
    for wait in waits(timeline, row):
        if spells and spells[-1][1] > wait.last_commit_ms:
            spells[-1] = (spells[-1][0], wait.last_commit_ms, spells[-1][2])
        spells.append((wait.last_commit_ms, wait.until_ms, most if wait.permille else 0))
    return Committed(spec.writes, tuple(spells))


def waits(timeline: Timeline, row: int) -> list[Wait]:
    """When commits of an environment had to wait, in order of time."""
    index = timeline.by_environment
    events = timeline.table[index.order[index.starts[row] : index.starts[row + 1]]]
    events = events[np.isin(events["event"], _EVENTS)]
    untils_ms = np.append(events["time_ms"], timeline.trial.horizon_ms)[1:]
    found = []
    for event, value, at_ms, until_ms in zip(
        events["event"].tolist(),
        events["value"].tolist(),
        events["time_ms"].tolist(),
        untils_ms.tolist(),
        strict=True,
    ):
        if event == Event.COMMITS_SLOWED:
            found.append(Wait(at_ms, until_ms, value, at_ms))
        elif event == Event.COMMITS_STOPPED:
            found.append(Wait(at_ms, until_ms, 0, value))
    return found
