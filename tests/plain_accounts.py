"""Where the time of an environment goes, added up by the slowest honest way: one pass in plain Python over its events."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from bcdr_sim.events import COMPLETIONS, Event
from bcdr_sim.metrics.accounts import Account
from bcdr_sim.phases import Phase
from bcdr_sim.timeline import Timeline

UP = {Phase.SERVING, Phase.DRAINING, Phase.ON_SECONDARY}
OUTSIDE_OR_UP = {*UP, Phase.IMPAIRED, Phase.FAILING_BACK, Phase.NOT_DEPLOYED}


@dataclass
class Told:
    """What happened to one environment, added up by hand."""

    booked: Counter[Account] = field(default_factory=Counter)
    incidents: list[tuple[int, int]] = field(default_factory=list)
    ledgers: list[Counter[Phase]] = field(default_factory=list)
    moves: int = 0


def told_plainly(timeline: Timeline, row: int) -> Told:
    """Walk through the events of an environment, one millisecond account after the other."""
    told, phase, since, drained, is_down, share = Told(), Phase.SERVING, 0, False, False, 1000
    if timeline.trial.estate.spec(row).deployed_ms is not None:
        phase = Phase.NOT_DEPLOYED
    down_since: int | None = None
    own = [event for event in timeline.table.tolist() if event[2] == row]
    for time_ms, after, event, value in [
        *((each[0], each[7], each[6], each[1]) for each in own),
        (timeline.trial.horizon_ms, None, None, 0),
    ]:
        is_down = phase not in OUTSIDE_OR_UP and not (phase == Phase.FAILING_OVER and drained)
        length = time_ms - since
        if is_down and down_since is None:
            down_since = since
            told.ledgers.append(Counter())
        elif not is_down and length and down_since is not None:
            told.incidents.append((down_since, since))
            down_since = None
        told.booked[account(phase, is_down=is_down, share=share)] += length
        if is_down:
            told.ledgers[-1][phase] += length
        if after is not None:
            told.moves += Event(event) in COMPLETIONS
            share = share_after(Event(event), value, share)
            if Phase(after) == Phase.FAILING_OVER and phase != Phase.FAILING_OVER:
                drained = event == Event.DRAINED
            phase, since = Phase(after), time_ms
    if down_since is not None:
        told.incidents.append((down_since, timeline.trial.horizon_ms if is_down else since))
    return told


def share_after(event: Event, value: int, share: int) -> int:
    """How much of what is written is committed from an event on, in permille."""
    return {Event.COMMITS_SLOWED: value, Event.COMMITS_STOPPED: 0, Event.COMMITS_FREED: 1000}.get(
        event, share
    )


def account(phase: Phase, *, is_down: bool, share: int) -> Account:
    """The table of the accounts, in plain words."""
    if is_down:
        return Account.DOWN
    if phase == Phase.NOT_DEPLOYED:
        return Account.OUTSIDE
    if phase in (Phase.FAILING_BACK, Phase.FAILING_OVER):
        return Account.PLANNED
    return Account.DEGRADED if phase == Phase.IMPAIRED or share < 1000 else Account.UP
