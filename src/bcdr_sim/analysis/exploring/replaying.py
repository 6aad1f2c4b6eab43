"""From a trace to a scenario in which the engine lives through it, event for event, or an honest no.

What a scenario has no setting for, and what comes out otherwise in the engine, is said to be not reproduced.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import takewhile
from typing import Any, Final

from bcdr_sim.analysis.exploring.play import Play
from bcdr_sim.analysis.exploring.staging import scenario_for
from bcdr_sim.analysis.exploring.timetable import ENVIRONMENT, NotExpressibleError
from bcdr_sim.analysis.exploring.timing import timetable_of
from bcdr_sim.analysis.exploring.trace import Trace
from bcdr_sim.engine import simulate
from bcdr_sim.engine.state import GATES, Gate
from bcdr_sim.estate import rows_named
from bcdr_sim.events import Event
from bcdr_sim.phases import Phase
from bcdr_sim.policy import Policy, PolicyError
from bcdr_sim.scenario.document import Scenario
from bcdr_sim.trial import resolve
from bcdr_sim.units import format_duration

_TRACED: Final = frozenset(
    {
        *(Event.SERVICE_LOST, Event.SERVICE_RESTORED, Event.OUTAGE_DETECTED, Event.IMPACT_CONFIRMED),
        *(Event.LOSS_DETERMINED, Event.HELD, Event.CUSTOMER_AWARE, Event.CASE_OPENED, Event.CONSENT_ASKED),
        *(Event.LOSS_LEVEL_TOLD, Event.CONSENT_GRANTED, Event.CONSENT_DECLINED, Event.CONSENT_EXCEEDED),
        *(Event.CASE_CLOSED, Event.MOVE_DECIDED, Event.SLOT_OBTAINED, Event.DRAINED, Event.DRAIN_TIMED_OUT),
        *(Event.MOVE_WITHHELD, Event.MOVE_ABORTED, Event.RESYNC_COMPLETED, Event.FAILOVER_COMPLETED),
        *(Event.PLANNED_FAILOVER_COMPLETED, Event.FORCED_FAILBACK_COMPLETED, Event.FAILBACK_COMPLETED),
    }
)
"""The events that a trace tells; the engine writes more beside them."""

Line = tuple[Event, Phase, int]
"""An event, the phase after it, and the rule that decided it, or -1."""


@dataclass(frozen=True, slots=True)
class Replay:
    """A scenario built for a trace, as plain data (None: there is no such scenario, `missing` says what it would need).

    `expected` is what the trace tells, `met` what the engine did: the same lines if the trace is reproduced. `stops_at` are
    the rules at which the trace ends, since what they decide cannot be done; the engine then leaves nothing to compare.
    """

    scenario: dict[str, Any] | None
    expected: tuple[Line, ...]
    met: tuple[Line, ...] = ()
    missing: str = ""
    stops_at: tuple[str, ...] = ()

    @property
    def is_met(self) -> bool:
        """Whether the engine has lived through the trace, event for event, or stops where it does."""
        if self.scenario is None:
            return False
        return self.met == self.expected or any(f"rule '{rule}'" in self.missing for rule in self.stops_at)


def replay(play: Play, trace: Trace, *, gates: frozenset[Gate] = GATES) -> Replay:
    """Return a scenario for a trace, and what the engine does in it under the policy."""
    expected = tuple(
        (entry.event, entry.phase, entry.rule)
        for point in trace.points
        for _, entry in point.entries
        if entry.event in _TRACED
    )
    met_ms: list[int] = []
    while True:
        try:
            table = timetable_of(play, trace, met_ms)
            plain = scenario_for(play, table)
        except NotExpressibleError as error:
            return Replay(None, expected, missing=str(error))
        try:
            plain, lines = _lived(plain, play.policy, gates, until_ms=table.end_ms)
        except PolicyError as error:
            stopped = Replay(plain, expected, missing=str(error), stops_at=trace.points[-1].refused)
            if table.waits_ms is not None and not stopped.is_met:
                return Replay(
                    None, expected, missing="a slot waited for, since who has it then stops the run"
                )
            return stopped
        met = tuple(line for _, line in lines)
        agreed = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(met, expected, strict=False)))
        known_ms = [at_ms for at_ms, _ in lines[:agreed]]
        if met == expected or known_ms == met_ms or agreed < len(met_ms):
            return Replay(plain, expected, met)
        met_ms = known_ms


def _lived(
    plain: dict[str, Any], policy: Policy, gates: frozenset[Gate], *, until_ms: int
) -> tuple[dict[str, Any], list[tuple[int, Line]]]:
    """The scenario with what is met in it. Where the policy stops the run after the trace, the scenario ends before that."""
    try:
        return plain, list(_met(plain, policy, gates, until_ms=until_ms))
    except PolicyError:
        ended = {**plain, "horizon": format_duration(until_ms + 1)}
        return ended, list(_met(ended, policy, gates, until_ms=until_ms))


def _met(
    plain: Mapping[str, Any], policy: Policy, gates: frozenset[Gate], *, until_ms: int
) -> Iterator[tuple[int, Line]]:
    """Yield what the engine writes of the environment, with its instants, up to one."""
    timeline = simulate(resolve(Scenario.model_validate(plain)), policy, gates=gates)
    table = timeline.table
    row = rows_named(timeline.trial.estate, [ENVIRONMENT])[0]
    for line in table[table["environment"] == row]:
        if line["event"] in _TRACED and line["time_ms"] <= until_ms:
            told = Event(int(line["event"])), Phase(int(line["phase"])), int(line["rule"])
            yield int(line["time_ms"]), told
