"""The events of a timeline in the words of the reference model."""

from __future__ import annotations

from bcdr_sim.events import Event
from bcdr_sim.phases import Phase
from bcdr_sim.policy import Reason
from bcdr_sim.timeline import NO_PHASE, NOTHING, Timeline
from oracle.state import Row

REASONS = list(Reason)


def rows_of(timeline: Timeline) -> list[Row]:
    """Every event as (time_ms, who, event, phase after, outage, reason, rule, value); causes are left out."""
    estate = timeline.trial.estate
    found: list[Row] = []
    for time_ms, value, environment, _, outage, rule, event, phase, reason in timeline.table.tolist():
        if environment >= 0:
            who: str | None = estate.names[environment]
        else:
            who = None if environment == NOTHING else estate.regions[-2 - environment]
        found.append(
            (
                time_ms,
                who,
                Event(event).label,
                None if phase == NO_PHASE else Phase(phase).label,
                None if outage == NOTHING else timeline.outages[outage],
                None if reason == NOTHING else str(REASONS[reason]),
                None if rule == NOTHING else timeline.rules[rule],
                value,
            )
        )
    return found
