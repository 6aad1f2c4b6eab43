"""When an event that an expectation names happened first, counted from the impact of the first outage."""

from __future__ import annotations

import numpy as np

from bcdr_sim.events import Event
from bcdr_sim.timeline import Timeline
from bcdr_sim.units import format_duration

REGION_EVENTS = (
    frozenset(event for event in Event if event < Event.DEPLOYED)
    - {Event.OUTAGE_DETECTED, Event.IMPACT_CONFIRMED}
) | {Event.OUTAGE_GREW, Event.PEOPLE_NOTICED, Event.ADVICE_PUBLISHED}
"""Events that name no environment."""


def first_instants_ms(timeline: Timeline, event: Event) -> dict[int, int]:
    """Per environment that shows the event, the instant of the first one; events of a region stand under -1."""
    rows = timeline.table[timeline.table["event"] == event]
    environment = np.full(len(rows), -1) if event in REGION_EVENTS else rows["environment"]
    shown, first = np.unique(environment, return_index=True)
    return dict(zip(shown.tolist(), rows["time_ms"][first].tolist(), strict=True))


def first_impact_ms(timeline: Timeline) -> int:
    """Impact of the first outage, 0 without one."""
    began = timeline.table["time_ms"][timeline.table["event"] == Event.OUTAGE_BEGAN]
    return int(began[0]) if len(began) else 0


def since_impact(since_ms: int) -> str:
    """An instant in words, such as `at 10m` or `45m before impact`."""
    return (
        f"{format_duration(-since_ms)} before impact" if since_ms < 0 else f"at {format_duration(since_ms)}"
    )
