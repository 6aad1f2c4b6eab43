"""How published numbers are read from a replay. Minutes from impact unless said."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np

from bcdr_sim.events import Event
from bcdr_sim.incidents.replaying import MINUTE_MS, Replay
from bcdr_sim.metrics.incidents import Incident
from bcdr_sim.metrics.spells import Outcome

MOVES_AWAY = (Event.FAILOVER_COMPLETED, Event.PLANNED_FAILOVER_COMPLETED)
NEARLY_ALL = 0.9
"""Share that is back where a report says "nearly all". Assumption."""


@dataclass(frozen=True, slots=True)
class Prediction:
    """A predicted number of minutes; its 10-90 % interval, or how far it goes over what was assumed for it, or neither."""

    point: float
    interval: tuple[float, float] | None = None
    spread: tuple[float, float] | None = None


Found = bool | tuple[float, ...] | Prediction
"""Whether a category is matched; numbers, one for each published, infinite if it never comes; or a prediction."""

Read = Callable[[Replay], Found]


def nobody_moves(replay: Replay) -> bool:
    """No failover of any environment in the whole run, planned ones included."""
    return not any(replay.minutes(event) for event in MOVES_AWAY)


def held_mostly_for(reason: str, incidents: Iterable[Incident]) -> bool:
    """Whether this reason has the largest share of the hold time of every one of them; somebody must have been hit."""
    hit = list(incidents)
    return bool(hit) and all(each.main_hold == reason for each in hit)


def all_ended(outcome: Outcome, incidents: Iterable[Incident]) -> bool:
    """Whether every one of them ended that way; somebody must have been hit."""
    hit = list(incidents)
    return bool(hit) and all(each.outcome is outcome for each in hit)


def first(times: Iterable[float]) -> tuple[float]:
    """The first of these instants; infinite without any."""
    return (min(times, default=float("inf")),)


def last(times: Iterable[float]) -> tuple[float]:
    """The last of these instants; infinite without any."""
    return (max(times, default=float("inf")),)


def when_share_is(share: float, times: Iterable[float], *, of: int) -> tuple[float]:
    """The first instant at which more than this share of `of` has happened; infinite if it never is."""
    ordered = sorted(times)
    place = int(share * of)
    return (ordered[place] if place < len(ordered) else float("inf"),)


def back(replay: Replay, fleet: str | None = None) -> list[float]:
    """When service was restored in place, each time."""
    return replay.minutes(Event.SERVICE_RESTORED, fleet)


def posted(replay: Replay) -> tuple[float]:
    """The first message on the dashboard."""
    return first(replay.minutes(Event.DASHBOARD_POSTED))


def over(replay: Replay) -> tuple[float]:
    """When the region has returned for the last time."""
    return last(replay.minutes(Event.REGION_RETURNED))


def recovery_times(incidents: Iterable[Incident]) -> np.ndarray:
    """Recovery times in minutes, infinite where an incident is open at the horizon."""
    return np.asarray([np.inf if each.rta_ms is None else each.rta_ms / MINUTE_MS for each in incidents])


def asked(replay: Replay) -> int:
    """How many customers were asked, or asked themselves."""
    return sum(len(replay.minutes(event)) for event in (Event.CASE_OPENED, Event.CONSENT_ASKED))
