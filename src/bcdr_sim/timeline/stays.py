"""Stays: the time an environment spends in one phase, for one reason, in one outage.

Several events may fall into one stay; stays of length 0 are left out. The stays of an environment follow each other
without gaps from 0 to the horizon.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from bcdr_sim.phases import ROW_OF, Phase
from bcdr_sim.policy.decision import HELD_BY, Reason
from bcdr_sim.timeline.states import States, read_states

if TYPE_CHECKING:
    from bcdr_sim.timeline.log import Timeline

REASONS: tuple[str, ...] = tuple(reason.value for reason in Reason)
"""Names of the codes in the column `reason`."""


def owner_of(phase: Phase, reason: Reason | None) -> str:
    """Whose time a stay is: that of its phase, and where the policy holds, that of the reason. Empty: nobody's."""
    if phase is Phase.DOWN_HELD and reason is not None:
        return HELD_BY[reason]
    return ROW_OF[phase].owner


@dataclass(frozen=True, slots=True)
class Stay:
    """One stay, `[start_ms, end_ms)`; `censored` if it goes on at the horizon. `outage` is what it is in, or away for."""

    phase: Phase
    reason: str | None
    outage: str | None
    start_ms: int
    end_ms: int
    censored: bool

    @property
    def length_ms(self) -> int:
        """How long it lasts."""
        return self.end_ms - self.start_ms

    @property
    def owner(self) -> str:
        """Whose time it is; empty where nobody is waited for."""
        return owner_of(self.phase, None if self.reason is None else Reason(self.reason))


@dataclass(frozen=True)
class StayColumns:
    """Stays of several environments as columns, by environment and then in time; codes as in the log."""

    environment: NDArray[np.int64]
    phase: NDArray[np.uint8]
    reason: NDArray[np.int8]
    outage: NDArray[np.int32]
    start_ms: NDArray[np.int64]
    end_ms: NDArray[np.int64]
    censored: NDArray[np.bool_]


def stay_columns(states: States, *, horizon_ms: int) -> StayColumns:
    """Join the states that differ in nothing but the event."""
    lasting = states.end_ms > states.start_ms
    environment, phase = states.environment[lasting], states.phase[lasting]
    reason, outage = states.reason[lasting], states.outage[lasting]
    differs = np.ones(len(phase), dtype=np.bool_)
    differs[1:] = (
        (environment[1:] != environment[:-1])
        | (phase[1:] != phase[:-1])
        | (reason[1:] != reason[:-1])
        | (outage[1:] != outage[:-1])
    )
    end_ms = states.end_ms[lasting][np.append(np.flatnonzero(differs)[1:] - 1, len(phase) - 1)]
    return StayColumns(
        environment=environment[differs],
        phase=phase[differs],
        reason=reason[differs],
        outage=outage[differs],
        start_ms=states.start_ms[lasting][differs],
        end_ms=end_ms,
        censored=end_ms == horizon_ms,
    )


def stays_of(timeline: Timeline, environment: int) -> list[Stay]:
    """The stays of one environment (its row in the estate)."""
    return _named(timeline, read_states(timeline, environment, environment + 1))


def iterate_stays(timeline: Timeline) -> Iterator[tuple[int, list[Stay]]]:
    """(environment, stays) of every environment in name order, a block at a time."""
    for first, last in timeline.by_environment.blocks():
        columns = stay_columns(read_states(timeline, first, last), horizon_ms=timeline.trial.horizon_ms)
        stays = _stays(timeline, columns)
        bounds = np.searchsorted(columns.environment, np.arange(first, last + 1)).tolist()
        for place, environment in enumerate(range(first, last)):
            yield environment, stays[bounds[place] : bounds[place + 1]]


def _named(timeline: Timeline, states: States) -> list[Stay]:
    return _stays(timeline, stay_columns(states, horizon_ms=timeline.trial.horizon_ms))


def _stays(timeline: Timeline, columns: StayColumns) -> list[Stay]:
    phases = list(Phase)
    outages = (*timeline.outages, None)
    reasons = (*REASONS, None)
    return [
        Stay(phases[phase], reasons[reason], outages[outage], start_ms, end_ms, censored)
        for phase, reason, outage, start_ms, end_ms, censored in zip(
            columns.phase.tolist(),
            columns.reason.tolist(),
            columns.outage.tolist(),
            columns.start_ms.tolist(),
            columns.end_ms.tolist(),
            columns.censored.tolist(),
            strict=True,
        )
    ]
