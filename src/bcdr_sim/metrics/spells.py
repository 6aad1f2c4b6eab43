"""Incidents of environments: maximal spells of down time, how each ended and whose time it was.

An incident begins when service falls below the minimum (`start_ms`, t0 of the formulas) and ends when it is back at it.
A served state of length 0 does not divide an incident: one outage that ends as another begins leaves no gap. Moves of an
environment that is served meanwhile are no incidents. What is still down at the horizon is open: its length is a lower
bound.

Instants that an incident does not have are -1.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from bcdr_sim.events import COMPLETIONS, RESTORES, STAGES, Event
from bcdr_sim.metrics.accounts import Account
from bcdr_sim.metrics.aftermath import NEVER_MS, salvaged_ms, split_ms
from bcdr_sim.metrics.commits import last_commits_ms
from bcdr_sim.phases import Phase
from bcdr_sim.policy.decision import Reason
from bcdr_sim.timeline import NO_VALUE, NOTHING
from bcdr_sim.timeline.states import Flags, Ints, Rows, States, are, held, summed


class Outcome(IntEnum):
    """How an incident ended."""

    RECOVERED_IN_PLACE = 0
    FAILED_OVER = 1
    FAILED_BACK_BY_FORCE = 2
    STILL_DOWN = 3
    LOST = 4
    RESTORED = 5

    @property
    def label(self) -> str:
        """The outcome as written in files and reports."""
        return self.name.lower()


class Step(IntEnum):
    """The parts of a recovery time, by what is waited for; they sum to it."""

    DETECT = 0
    CONFIRM = 1
    DECIDE = 2
    QUEUE = 3
    RUN = 4
    WAIT = 5
    """For the region or a dependency, in phases in which nobody decides anything."""


_STEP_OF = np.full(256, Step.WAIT, dtype=np.uint8)
_STEP_OF[Phase.DOWN_UNDETECTED] = Step.DETECT
_STEP_OF[Phase.DOWN_UNCONFIRMED] = Step.CONFIRM
_STEP_OF[
    [
        Phase.DOWN_ASSESSING,
        Phase.DOWN_HELD,
        Phase.AWAITING_AWARENESS,
        Phase.AWAITING_SUPPORT,
        Phase.AWAITING_CONSENT,
    ]
] = Step.DECIDE
_STEP_OF[Phase.QUEUED] = Step.QUEUE
_STEP_OF[[Phase.FAILING_OVER, Phase.RESTORING]] = Step.RUN

_COMPLETES = np.zeros(256, dtype=np.bool_)
_COMPLETES[sorted(COMPLETIONS)] = True
_GOES_BACK = np.zeros(256, dtype=np.bool_)
_GOES_BACK[[Event.FAILBACK_COMPLETED, Event.FORCED_FAILBACK_COMPLETED]] = True
_RESTORES = np.zeros(256, dtype=np.bool_)
_RESTORES[sorted(RESTORES)] = True
_STOPS = np.zeros(256, dtype=np.bool_)
_STOPS[[Event.SERVICE_LOST, Event.PRIMARY_FENCED]] = True
_HITS = np.zeros(256, dtype=np.bool_)
_HITS[[Event.SERVICE_LOST, Event.SERVICE_IMPAIRED, Event.CONTACT_LOST]] = True
_RUN_STAGE = STAGES.index("run")


@dataclass(frozen=True)
class IncidentColumns:
    """Incidents as columns, by environment and then in time.

    `event_id` began it. `far`: served at its target when it began. `steps_ms[:, step]` sums to `end_ms - start_ms`.
    `main_hold` is the code of the reason with the most hold time, -1 without one. `detected_ms` is when the provider knew,
    `declared_ms` the confirmed impact, `technical_ms` the end of stage Run of the move that ended it. `last_sync_ms` is what
    a move when its outage hit would have recovered to, or `NO_VALUE`, or `UNBOUNDED` without a copy; `exposed_ms` is that
    instant, or the last commit before it if commits were stopped.
    """

    environment: Rows
    event_id: Rows
    outage: NDArray[np.int32]
    far: Flags
    start_ms: Ints
    end_ms: Ints
    open: Flags
    outcome: NDArray[np.uint8]
    main_hold: NDArray[np.int8]
    steps_ms: Ints
    detected_ms: Ints
    declared_ms: Ints
    technical_ms: Ints
    last_sync_ms: Ints
    exposed_ms: Ints

    def __len__(self) -> int:
        """Number of incidents."""
        return len(self.environment)

    @property
    def length_ms(self) -> Ints:
        """Recovery time, or for an open incident the least it can be."""
        return self.end_ms - self.start_ms


@dataclass(frozen=True)
class MoveColumns:
    """Completed moves as columns, by environment and then in time.

    `incident` is the number of the incident that the move ended or happened in, -1 for an environment that was served.
    `age_ms` is how much older than the end of writing the recovered point `last_sync_ms` is; 0 for planned moves.
    `after_return`: what the move fled was over before it completed. `split_ms` is for how long the side that it left went on
    accepting writes, -1 if it did not; what was written there meanwhile is part of the age. `salvaged_ms` is when all that
    it lost was merged again, -1 if it was not.
    """

    environment: Rows
    event_id: Rows
    event: NDArray[np.uint8]
    time_ms: Ints
    last_sync_ms: Ints
    age_ms: Ints
    incident: Rows
    after_return: Flags
    split_ms: Ints
    salvaged_ms: Ints


@dataclass(frozen=True)
class ExposureColumns:
    """What a failover at the instant of impact would have recovered to, whether or not anybody moved.

    One row per loss or impairment of service, or loss of contact, by environment and then in time. `last_sync_ms` is
    `UNBOUNDED` without a copy.
    """

    environment: Rows
    event_id: Rows
    time_ms: Ints
    last_sync_ms: Ints


@dataclass(frozen=True)
class Spells:
    """Where the incidents of a block stand: `first` and `last` state of each, and the incident of each state (-1: none)."""

    first: Ints
    last: Ints
    incident: Ints


def find_spells(states: States, account: NDArray[np.uint8]) -> Spells:
    """The maximal spells of down time of a block."""
    down = are(account, Account.DOWN)
    kept = np.flatnonzero(down | (states.end_ms > states.start_ms))
    environment, is_down = states.environment[kept], down[kept]
    same = environment[1:] == environment[:-1]
    begins, ends = is_down.copy(), is_down.copy()
    begins[1:] &= ~(same & is_down[:-1])
    ends[:-1] &= ~(same & is_down[1:])
    incident = np.full(len(down), -1, dtype=np.int64)
    incident[kept] = np.where(is_down, np.cumsum(begins) - 1, -1)
    return Spells(first=kept[begins], last=kept[ends], incident=incident)


def incidents_of(states: States, spells: Spells, *, horizon_ms: int) -> IncidentColumns:
    """Measure the incidents of a block."""
    first, last, count = spells.first, spells.last, len(spells.first)
    in_spell = spells.incident >= 0
    length_ms, incident = states.length_ms[in_spell], spells.incident[in_spell]
    step = _STEP_OF[states.phase[in_spell]]
    end_ms = states.end_ms[last]
    is_open = end_ms == horizon_ms
    lost_service = _firsts(_STOPS[states.event], spells)
    exposed = np.where(lost_service < 0, _impaired_before(states, spells), lost_service)
    detected = _firsts(are(states.event, Event.OUTAGE_DETECTED), spells)
    confirmed = _firsts(are(states.event, Event.IMPACT_CONFIRMED), spells)
    return IncidentColumns(
        environment=states.environment[first].astype(np.int32),
        event_id=states.event_id[first].astype(np.int32),
        outage=states.outage[np.where(lost_service < 0, first, lost_service)],
        far=states.far[first],
        start_ms=states.start_ms[first],
        end_ms=end_ms,
        open=is_open,
        outcome=_outcomes(states, spells, is_open=is_open),
        main_hold=_main_holds(states, spells),
        steps_ms=summed(length_ms, incident * len(Step) + step, count * len(Step)).reshape(count, len(Step)),
        detected_ms=np.where(detected < 0, NEVER_MS, states.start_ms[detected]),
        declared_ms=np.where(confirmed < 0, NEVER_MS, states.start_ms[confirmed]),
        technical_ms=_technical(states, spells, is_open=is_open),
        last_sync_ms=np.where(exposed < 0, NO_VALUE, states.value[exposed]),
        exposed_ms=last_commits_ms(states)[np.where(exposed < 0, first, exposed)],
    )


def moves_of(states: States, spells: Spells, *, horizon_ms: int, cause: Rows) -> MoveColumns:
    """The completed moves of a block, with incidents counted within the block; `cause` is that of every event of the log."""
    places = np.flatnonzero(_COMPLETES[states.event])
    completes = states.begins | _COMPLETES[states.event]
    realised = np.flatnonzero(are(states.event, Event.LOSS_REALISED))
    age_ms = np.zeros(len(states.begins), dtype=np.int64)
    completed = held(np.arange(len(completes)), completes)
    age_ms[completed[realised]] = states.value[realised]
    both_ms = np.full(len(states.begins), -1, dtype=np.int64)
    split = np.flatnonzero(are(states.event, Event.SPLIT_BRAIN_BEGAN))
    both_ms[completed[split]] = split_ms(states, split, horizon_ms=horizon_ms)
    says = states.begins | are(states.event, Event.SLOT_OBTAINED) | are(states.event, Event.PRIMARY_RETURNED)
    after_return = are(held(states.event, says), Event.PRIMARY_RETURNED)
    return MoveColumns(
        environment=states.environment[places].astype(np.int32),
        event_id=states.event_id[places].astype(np.int32),
        event=states.event[places],
        time_ms=states.start_ms[places],
        last_sync_ms=states.value[places],
        age_ms=(age_ms + np.maximum(both_ms, 0))[places],
        incident=_incident_at(places, spells).astype(np.int32),
        after_return=after_return[places],
        split_ms=both_ms[places],
        salvaged_ms=salvaged_ms(states, states.event_id[places], cause=cause),
    )


def exposures_of(states: States) -> ExposureColumns:
    """The losses and impairments of service or contact of a block for which a recovery point is known."""
    hit = _HITS[states.event]
    hit &= states.value != NO_VALUE
    return ExposureColumns(
        environment=states.environment[hit].astype(np.int32),
        event_id=states.event_id[hit].astype(np.int32),
        time_ms=last_commits_ms(states)[hit],
        last_sync_ms=states.value[hit],
    )


def _incident_at(places: Ints, spells: Spells) -> Ints:
    """The incident that the event of each state belongs to: it happened within it or ended it, but did not begin it."""
    incident = np.searchsorted(spells.first, places, side="left") - 1
    if not len(spells.last):
        return incident
    return np.where(places <= spells.last[incident] + 1, incident, -1)


def _firsts(flags: Flags, spells: Spells) -> Ints:
    """Per incident the first flagged state that lies in it, -1 without one."""
    places = np.append(np.flatnonzero(flags), len(flags))
    found = places[np.searchsorted(places, spells.first)]
    return np.where(found <= spells.last, found, -1)


def _impaired_before(states: States, spells: Spells) -> Ints:
    """Per incident the impairment of service it follows on, -1 if it does not: a gray outage and a move away from it."""
    before = np.maximum(spells.first - 1, 0)
    entered = held(np.arange(len(states.begins)), states.changes_phase)[before]
    follows = are(states.phase[before], Phase.IMPAIRED) & ~states.begins[spells.first]
    return np.where(follows & are(states.event[entered], Event.SERVICE_IMPAIRED), entered, -1)


def _lasts(flags: Flags, spells: Spells, *, upto: Ints) -> Ints:
    """Per incident the last flagged state from its first to `upto`, -1 without one."""
    places = np.append(-1, np.flatnonzero(flags))
    found = places[np.searchsorted(places, upto, side="right") - 1]
    return np.where(found >= spells.first, found, -1)


def _outcomes(states: States, spells: Spells, *, is_open: Flags) -> NDArray[np.uint8]:
    ending = np.minimum(spells.last + 1, len(states.begins) - 1)
    upto = np.where(states.begins[ending], spells.last, ending)
    moved = _lasts(_COMPLETES[states.event], spells, upto=upto)
    moved = np.where(moved > spells.first, moved, -1)
    outcome = np.full(len(moved), Outcome.RECOVERED_IN_PLACE, dtype=np.uint8)
    outcome[moved >= 0] = Outcome.FAILED_OVER
    outcome[(moved >= 0) & _GOES_BACK[states.event[moved]]] = Outcome.FAILED_BACK_BY_FORCE
    outcome[(moved >= 0) & _RESTORES[states.event[moved]]] = Outcome.RESTORED
    outcome[is_open] = Outcome.STILL_DOWN
    outcome[is_open & are(states.phase[spells.last], Phase.LOST)] = Outcome.LOST
    return outcome


def _main_holds(states: States, spells: Spells) -> NDArray[np.int8]:
    """The reason with the most time; of several, the one that comes first in the vocabulary."""
    count = len(spells.first)
    holds = (spells.incident >= 0) & (states.reason >= 0) & (states.end_ms > states.start_ms)
    places = spells.incident[holds] * len(Reason) + states.reason[holds]
    by_reason = summed(states.length_ms[holds], places, count * len(Reason)).reshape(count, len(Reason))
    return np.where(by_reason.any(axis=1), by_reason.argmax(axis=1), NOTHING).astype(np.int8)


def _technical(states: States, spells: Spells, *, is_open: Flags) -> Ints:
    """End of stage Run in the attempt that completed, which is the completion itself when nothing follows the stage."""
    ending = np.minimum(spells.last + 1, len(states.begins) - 1)
    ends_by_move = ~is_open & _COMPLETES[states.event[ending]] & ~states.begins[ending]
    ran = _lasts(
        are(states.event, Event.STAGE_COMPLETED) & (states.value == _RUN_STAGE), spells, upto=spells.last
    )
    slot = _lasts(are(states.event, Event.SLOT_OBTAINED), spells, upto=spells.last)
    technical_ms = np.where(ran > slot, states.start_ms[ran], states.start_ms[ending])
    return np.where(ends_by_move, technical_ms, NEVER_MS)
