"""How long an environment has no valid copy on the other side at all.

There is none when none is ever made (not eligible, no target, no link), while the first one is being seeded or one is made
anew, and when the data on the other side were destroyed, stand further back than the log reaches, or belong to a history
that was gone back before (a restore in place), until a
resynchronisation has completed. A copy that is merely old, or in a
region that is down but not destroyed, still is a copy.
"""

from __future__ import annotations

import numpy as np

from bcdr_sim.events import COMPLETIONS, PROTECTION, Event
from bcdr_sim.phases import Phase
from bcdr_sim.timeline import Timeline
from bcdr_sim.timeline.states import Flags, Ints, States, are, held, summed
from bcdr_sim.trial import NEVER, OutageFact

_READY = PROTECTION.index("Ready")
_COMPLETIONS = sorted(COMPLETIONS)


def without_copy_ms(timeline: Timeline, states: States) -> Ints:
    """Time without any valid copy of every environment of a block, within its lifetime."""
    gone_from = np.where(
        _never_made(timeline, states) | _seeding(timeline, states), states.start_ms, states.end_ms
    )
    for fact in timeline.trial.outages:
        if fact.entry.destroys_data and not fact.is_false_alarm:
            _destroy(timeline, states, fact=fact, gone_from=gone_from)
    _left_behind(states, gone_from)
    _outgrow(timeline, states, gone_from=gone_from)
    _reseed(timeline, states, gone_from=gone_from)
    outside = are(states.phase, Phase.NOT_DEPLOYED)
    gone_from[outside] = states.end_ms[outside]
    return summed(states.end_ms - gone_from, states.environment - states.first, states.last - states.first)


def _never_made(timeline: Timeline, states: States) -> Flags:
    no_copy: Flags = np.array([not spec.has_copy for spec in timeline.trial.estate.specs])
    never: Flags = no_copy[timeline.by_environment.spec_of[states.environment]]
    return never


def _seeding(timeline: Timeline, states: States) -> Flags:
    """From deployment until protection is `Ready` for the first time, of environments deployed during the scenario."""
    late: Flags = np.array([spec.deployed_ms is not None for spec in timeline.trial.estate.specs])
    ready = (states.protection == _READY) & ~are(states.phase, Phase.NOT_DEPLOYED)
    ready_count = np.cumsum(ready) - ready
    seeding: Flags = ~ready & (ready_count == held(ready_count, states.begins))
    return seeding & late[timeline.by_environment.spec_of[states.environment]]


def _left_behind(states: States, gone_from: Ints) -> None:
    """Lower `gone_from` of the states between a restore in place and the end of the resynchronisation after it."""
    says = states.begins | np.isin(
        states.event, [*_COMPLETIONS, Event.RESYNC_COMPLETED, Event.RESTORED_IN_PLACE]
    )
    behind = are(held(states.event, says), Event.RESTORED_IN_PLACE)
    gone_from[behind] = states.start_ms[behind]


def _destroy(timeline: Timeline, states: States, *, fact: OutageFact, gone_from: Ints) -> None:
    """Lower `gone_from` of the states in which a copy is missing because `fact` destroyed it."""
    trial, index = timeline.trial, timeline.by_environment
    specs = [spec for spec in trial.estate.specs if fact.region in (spec.home, spec.target)]
    rows = sorted(row for spec in specs for row in spec.rows if states.first <= row < states.last)
    since_ms = np.full(states.last - states.first, NEVER, dtype=np.int64)
    since_ms[np.array(rows, dtype=np.int64) - states.first] = trial.reached_ms(fact, rows)
    hit = np.flatnonzero(since_ms < NEVER) + states.first
    if not len(hit):
        return
    begin_at = np.flatnonzero(states.begins)
    place = states.environment - states.first
    begun = np.bincount(place[states.start_ms <= since_ms[place]], minlength=states.last - states.first)
    there = (begin_at + begun - 1)[hit - states.first]
    homes = np.array([spec.home for spec in trial.estate.specs])
    served_here = states.far[there] == (homes[index.spec_of[hit]] != fact.region)
    beyond = np.append(begin_at, len(states.begins))[hit - states.first + 1]
    moved = np.minimum(_next(np.isin(states.event, _COMPLETIONS), there), beyond)
    since = np.where(served_here, moved, there + 1)
    until = np.minimum(_next(are(states.event, Event.RESYNC_COMPLETED), since - 1), beyond)
    cover = np.zeros(len(states.begins) + 1, dtype=np.int64)
    np.add.at(cover, since, 1)
    np.add.at(cover, np.maximum(until, since), -1)
    missing = np.cumsum(cover[:-1]) > 0
    gone_from[missing] = states.start_ms[missing]
    if fact.kind == "logical":
        return
    here = there[~served_here]
    gone_from[here] = np.minimum(
        gone_from[here], np.maximum(states.start_ms[here], since_ms[hit[~served_here] - states.first])
    )


def _outgrow(timeline: Timeline, states: States, *, gone_from: Ints) -> None:
    """Lower `gone_from` where a resynchronisation has to seed the copy anew, since the log does not reach back to it."""
    retention_ms = timeline.trial.scenario.provider.log_retention
    if retention_ms is None:
        return
    moved, done = np.isin(states.event, _COMPLETIONS), are(states.event, Event.RESYNC_COMPLETED)
    stood_ms = states.start_ms - held(states.start_ms, states.begins | moved)
    has_moved = held(moved, states.begins | moved)
    too_old = are(states.event, Event.RESYNC_STARTED) & has_moved & (stood_ms > retention_ms)
    missing = held(too_old, states.begins | moved | done | too_old)
    gone_from[missing] = states.start_ms[missing]


def _reseed(timeline: Timeline, states: States, *, gone_from: Ints) -> None:
    """Lower `gone_from` from the instant at which a copy begins to be made anew until that is done, or a move."""
    over = np.isin(states.event, _COMPLETIONS) | are(states.event, Event.RESYNC_COMPLETED)
    begin_at, place = np.flatnonzero(states.begins), states.environment - states.first
    beyond = np.append(begin_at[1:], len(states.begins))
    cover = np.zeros(len(states.begins) + 1, dtype=np.int64)
    for spec in timeline.trial.estate.specs:
        rows = [row for row in spec.rows if states.first <= row < states.last] if spec.reseeding else []
        local = np.array(rows if spec.has_copy else [], dtype=np.int64) - states.first
        for spell in spec.reseeding if len(local) else ():
            earlier = np.bincount(place[states.start_ms < spell.at], minlength=len(begin_at))[local]
            so_far = np.bincount(place[states.start_ms <= spell.at], minlength=len(begin_at))[local]
            there = begin_at[local] + np.maximum(earlier, 1) - 1
            phase = states.phase[begin_at[local] + so_far - 1]
            begins = ~states.far[there] & ~are(phase, Phase.NOT_DEPLOYED) & ~are(phase, Phase.LOST)
            there, ends = there[begins], beyond[local[begins]]
            gone_from[there] = np.minimum(gone_from[there], np.maximum(states.start_ms[there], spell.at))
            np.add.at(cover, there + 1, 1)
            np.add.at(cover, np.minimum(_next(over, there), ends), -1)
    missing = np.cumsum(cover[:-1]) > 0
    gone_from[missing] = states.start_ms[missing]


def _next(flags: Flags, after: Ints) -> Ints:
    """The first flagged place after each given one; the number of places where there is none."""
    places = np.append(np.flatnonzero(flags), len(flags))
    return places[np.searchsorted(places, after, side="right")]
