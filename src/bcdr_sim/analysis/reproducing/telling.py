"""What tells the run of a policy that is wrong from the run of one that is right, as an expectation of the scenario.

Only what the wrong decisions are about is looked at: the moves that should not be or are missing, the calls, the
rehearsals, the reason of a hold. What is expected is what the right policy does and the wrong one does not; of a number of
moves only the side that was left, so that a policy which is right in another way passes too.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from bcdr_sim.events import RESTORES, Event
from bcdr_sim.policy import Action, Reason
from bcdr_sim.timeline import Timeline
from bcdr_sim.units import format_duration

_AWAY: Final = (Event.FAILOVER_COMPLETED, Event.PLANNED_FAILOVER_COMPLETED)
_HOME: Final = (Event.FORCED_FAILBACK_COMPLETED, Event.FAILBACK_COMPLETED)
_COUNTED: Final = (("failovers", _AWAY), ("failbacks", _HOME), ("restores", RESTORES))
_SHOWN_BY: Final = {
    Action.FAILOVER: (Event.FAILOVER_COMPLETED,),
    Action.PLANNED_FAILOVER: (Event.PLANNED_FAILOVER_COMPLETED,),
    Action.FAILBACK: (Event.FAILBACK_COMPLETED,),
    Action.FORCED_FAILBACK: (Event.FORCED_FAILBACK_COMPLETED,),
    Action.RESTORE: RESTORES,
    Action.TEST_FAILOVER: (Event.TEST_BEGAN,),
    Action.ASK_CONSENT: (Event.CONSENT_ASKED,),
}


def telling(
    wrong: Timeline | None, right: Timeline, actions: frozenset[Action], *, environment: str
) -> dict[str, Any]:
    """The expectation that holds of the one and not of the other, as a scenario says it; empty if there is none.

    `wrong` is None if the run ends with an error, which shows itself.
    """
    found = next(iter(_claims(wrong, right, actions)), {})
    return {"environments": environment, **found} if found else {}


def _claims(wrong: Timeline | None, right: Timeline, actions: frozenset[Action]) -> Iterator[dict[str, Any]]:
    shown = _shown_by(actions)
    if wrong is None:
        yield from _bounds_of(right, shown)
        return
    for name, events in _COUNTED:
        did, should = _count(wrong, events), _count(right, events)
        if did != should and set(events) & set(shown):
            yield {name: {"at_most" if did > should else "at_least": should}}
    for event in shown:
        yield from _first_of(wrong, right, event)
    if Action.HOLD in actions:
        kept = _reasons(right)
        yield from ({"never_held": reason} for reason in _reasons(wrong) if reason not in kept)


def _bounds_of(right: Timeline, shown: list[Event]) -> Iterator[dict[str, Any]]:
    """What may be expected where the wrong run does not end: no more than is right."""
    for name, events in _COUNTED:
        if set(events) & set(shown):
            yield {name: {"at_most": _count(right, events)}}
    yield from ({"never": event.label} for event in shown if not _count(right, (event,)))
    yield {"failovers": {"at_most": _count(right, _AWAY)}}


def _first_of(wrong: Timeline, right: Timeline, event: Event) -> Iterator[dict[str, Any]]:
    """What an event shows: there is one too many, it is missing, or comes too early or too late."""
    did_ms, should_ms = _first_ms(wrong, event), _first_ms(right, event)
    if did_ms == should_ms:
        return
    if should_ms is None:
        yield {"never": event.label}
    elif did_ms is None:
        yield {"event": event.label}
    else:
        since_ms = should_ms - (_first_ms(right, Event.OUTAGE_BEGAN) or 0)
        if since_ms >= 0:
            yield {
                "event": event.label,
                "not_before" if did_ms < should_ms else "at": format_duration(since_ms),
            }


def _shown_by(actions: frozenset[Action]) -> list[Event]:
    """The events that show an action; where one should stay, those of all others."""
    wanted = Action if Action.HOLD in actions else sorted(actions, key=lambda action: action.code)
    return list(dict.fromkeys(event for action in wanted for event in _SHOWN_BY.get(action, ())))


def _count(timeline: Timeline, events: tuple[Event, ...]) -> int:
    return sum(int((timeline.table["event"] == event).sum()) for event in events)


def _first_ms(timeline: Timeline, event: Event) -> int | None:
    found = timeline.table["time_ms"][timeline.table["event"] == event]
    return int(found[0]) if len(found) else None


def _reasons(timeline: Timeline) -> list[str]:
    """Why somebody was held, in order."""
    codes = timeline.table["reason"][timeline.table["event"] == Event.HELD]
    names = {reason.code: reason.value for reason in Reason}
    return [names[code] for code in dict.fromkeys(codes.tolist())]
