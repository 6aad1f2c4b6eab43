"""The events with everything an outsider wants beside them: phases before and after, protection, location, actor.

Texts are codes into small tuples of names, -1 for none, so that a frame or a file makes categories of them at no cost.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from bcdr_sim.events import EVENT_ROWS, PROTECTION, Event
from bcdr_sim.phases import Phase
from bcdr_sim.policy.decision import Reason
from bcdr_sim.timeline.log import NO_PHASE, NOTHING, UNBOUNDED
from bcdr_sim.timeline.states import Ints, read_states
from bcdr_sim.timeline.stays import REASONS, owner_of

if TYPE_CHECKING:
    from bcdr_sim.timeline.log import Timeline

ACTORS: tuple[str, ...] = ("region", "provider", "customer", "support")
LOCATIONS: tuple[str, ...] = ("NearCopy", "FarCopy")
PHASES: tuple[str, ...] = tuple(phase.label for phase in Phase)
EVENTS: tuple[str, ...] = tuple(event.label for event in Event)
OWNERS: tuple[str, ...] = ("provider", "customer", "region", "dependency")
"""Whose time a stay may be."""
OWNER_OF = np.array(
    [
        [
            OWNERS.index(owner) if owner else -1
            for owner in (owner_of(phase, reason) for reason in (*Reason, None))
        ]
        for phase in Phase
    ],
    dtype=np.int8,
)
"""By phase and reason, the code of the owner in `OWNERS`, -1 where nobody is waited for. Reason -1, none, is the last."""

_ACTOR_OF = np.array([ACTORS.index(row.actor) for row in EVENT_ROWS], dtype=np.int8)
_HAS_VALUE = np.array([bool(row.value) for row in EVENT_ROWS])


@dataclass(frozen=True, slots=True)
class Names:
    """A column of names: codes into `names`, -1 for none."""

    codes: NDArray[Any]
    names: tuple[str, ...] | list[str]


@dataclass(frozen=True, slots=True)
class Numbers:
    """A column of integers; those that are `known` mean something."""

    values: Ints
    known: NDArray[np.bool_]


Column = Names | Numbers


def event_columns(timeline: Timeline) -> dict[str, Column]:
    """The columns of `Timeline.events()` by name, in order."""
    table, trial = timeline.table, timeline.trial
    environment = table["environment"].astype(np.int64)
    about_region = environment < NOTHING
    phase_from, protection, location, region = _beside(timeline)
    region[about_region] = -2 - environment[about_region]
    event, phase = table["event"], table["phase"]
    everything = np.ones(len(table), dtype=np.bool_)
    value = table["value"].astype(np.int64)
    return {
        "replication": Numbers(np.full(len(table), trial.draws.replication), everything),
        "event_id": Numbers(np.arange(len(table)), everything),
        "time_ms": Numbers(table["time_ms"].astype(np.int64), everything),
        "environment": Names(np.maximum(environment, NOTHING), trial.estate.names),
        "outage": Names(table["outage"], timeline.outages),
        "event": Names(event.astype(np.int16), EVENTS),
        "phase_from": Names(phase_from, PHASES),
        "phase_to": Names(np.where(phase == NO_PHASE, -1, phase.astype(np.int16)), PHASES),
        "protection": Names(protection, PROTECTION),
        "location": Names(location, LOCATIONS),
        "actor": Names(_ACTOR_OF[event], ACTORS),
        "reason": Names(table["reason"], REASONS),
        "rule": Names(table["rule"], timeline.rules),
        "cause_id": Numbers(table["cause"].astype(np.int64), table["cause"] != NOTHING),
        "region": Names(region, trial.estate.regions),
        "value": Numbers(value, _HAS_VALUE[event] & (value > UNBOUNDED)),
    }


def _beside(
    timeline: Timeline,
) -> tuple[NDArray[np.int16], NDArray[np.int8], NDArray[np.int8], NDArray[np.int32]]:
    """Phase before, protection, location and region served in of every event of an environment; -1 elsewhere."""
    count = len(timeline.table)
    phase_from = np.full(count, -1, dtype=np.int16)
    protection = np.full(count, -1, dtype=np.int8)
    location = np.full(count, -1, dtype=np.int8)
    region = np.full(count, -1, dtype=np.int32)
    index = timeline.by_environment
    homes = np.array([spec.home for spec in timeline.trial.estate.specs], dtype=np.int32)
    targets = np.array([spec.target for spec in timeline.trial.estate.specs], dtype=np.int32)
    for first, last in index.blocks():
        states = read_states(timeline, first, last)
        written = ~states.begins
        ids = states.event_id[written]
        specs = index.spec_of[states.environment[written]]
        far = states.far[written]
        phase_from[ids] = states.previous_phase[written]
        protection[ids] = states.protection[written]
        location[ids] = far
        region[ids] = np.where(far, targets[specs], homes[specs])
    return phase_from, protection, location, region
