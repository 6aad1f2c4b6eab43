"""What one environment lived through: its log cut into stays, and the stays into episodes.

A stay is the time in one phase for one reason under one rule of the policy. An episode is everything between two rests:
served at home with nothing held. It may hold a loss of service, a move, the time away and the way back.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from bcdr_sim.events import Event
from bcdr_sim.phases import DOWN, ROW_OF, Phase
from bcdr_sim.policy import Reason
from bcdr_sim.report.losses import realised_ms
from bcdr_sim.report.reasons import REASONS
from bcdr_sim.timeline import NOTHING, Timeline

_State = tuple[Phase, Reason | None, str | None]
"""Phase, reason of the hold and rule in force."""

_FORGET_HOLD = frozenset({Phase.SERVING, Phase.ON_SECONDARY})


@dataclass(frozen=True, slots=True)
class Happening:
    """One event of the environment."""

    id: int
    at_ms: int
    event: Event
    phase: Phase
    reason: Reason | None
    rule: str | None
    value: int
    outage: str | None


@dataclass(frozen=True, slots=True)
class Stay:
    """Time in one phase, for one reason, under one rule: `[start_ms, end_ms)`. `id` is the event that began it."""

    phase: Phase
    reason: Reason | None
    rule: str | None
    start_ms: int
    end_ms: int
    id: int

    @property
    def length_ms(self) -> int:
        """How long it lasts."""
        return self.end_ms - self.start_ms

    @property
    def owner(self) -> str:
        """Whose time it is; empty where nobody is waited for."""
        return ROW_OF[self.phase].owner

    @property
    def is_down(self) -> bool:
        """Whether users are not served."""
        return self.phase in DOWN or self.phase is Phase.LOST


@dataclass(slots=True)
class Episode:
    """From one rest to the next. `is_open`: the scenario ends before it does."""

    stays: list[Stay] = field(default_factory=list)
    happenings: list[Happening] = field(default_factory=list)
    is_open: bool = False

    @property
    def start_ms(self) -> int:
        """When it leaves its rest."""
        return self.stays[0].start_ms

    @property
    def end_ms(self) -> int:
        """When it is at rest again, or the horizon."""
        return self.stays[-1].end_ms

    @property
    def outages(self) -> tuple[str, ...]:
        """Outages and maintenance periods it is about, in the order they turn up."""
        return tuple(dict.fromkeys(each.outage for each in self.happenings if each.outage))

    @property
    def down_ms(self) -> int:
        """Time without service in it."""
        return sum(stay.length_ms for stay in self.stays if stay.is_down)

    def all_of(self, *events: Event) -> list[Happening]:
        """Its events of these kinds, in order."""
        return [each for each in self.happenings if each.event in events]

    def spells_of_down_time(self) -> list[tuple[Stay, ...]]:
        """Its stays without service, those that follow each other together."""
        spells: list[list[Stay]] = []
        previous_end = -1
        for stay in self.stays:
            if stay.is_down:
                if spells and previous_end == stay.start_ms:
                    spells[-1].append(stay)
                else:
                    spells.append([stay])
                previous_end = stay.end_ms
        return [tuple(spell) for spell in spells]


def happenings(timeline: Timeline, row: int) -> list[Happening]:
    """The events of one environment, in order; a loss in which nothing was written is none and is left out."""
    table = timeline.table
    found = (table["environment"] == row).nonzero()[0]
    ids = [number for number in found.tolist() if _is_told(timeline, number)]
    return [
        Happening(
            id=number,
            at_ms=int(event["time_ms"]),
            event=Event(int(event["event"])),
            phase=Phase(int(event["phase"])),
            reason=REASONS[event["reason"]] if event["reason"] != NOTHING else None,
            rule=timeline.rules[event["rule"]] if event["rule"] != NOTHING else None,
            value=int(event["value"]),
            outage=timeline.outages[event["outage"]] if event["outage"] != NOTHING else None,
        )
        for number, event in zip(ids, table[ids], strict=True)
    ]


def episodes(timeline: Timeline, row: int) -> list[Episode]:
    """The episodes of one environment, in order. Stays of length 0 are left out."""
    found: list[Episode] = []
    open_episode: Episode | None = None
    events = happenings(timeline, row)
    horizon_ms = timeline.trial.horizon_ms
    for stay, caused in _stays(events, horizon_ms):
        at_rest = _is_rest(stay)
        if at_rest and open_episode is not None:
            open_episode.happenings.extend(caused)
            open_episode = None
        elif not at_rest:
            if open_episode is None:
                open_episode = Episode()
                found.append(open_episode)
            open_episode.happenings.extend(caused)
            if stay.length_ms:
                open_episode.stays.append(stay)
    if open_episode is not None:
        open_episode.is_open = True
    return [episode for episode in found if episode.stays]


def _is_rest(stay: Stay) -> bool:
    """Served at home, and nothing but the calm of a policy that sees no impact."""
    return stay.phase is Phase.SERVING and stay.reason in (None, Reason.IMPACT_UNCONFIRMED)


def _stays(events: list[Happening], horizon_ms: int) -> Iterator[tuple[Stay, list[Happening]]]:
    """Every stay with the events that fall into it, its own beginning first."""
    start, caused = 0, list[Happening]()
    state: _State = (Phase.SERVING, None, None)
    for happening in events:
        after = _after(happening, state)
        if after != state:
            if caused:
                yield Stay(*state, start, happening.at_ms, caused[0].id), caused
            start, caused, state = happening.at_ms, [], after
        caused.append(happening)
    if caused:
        yield Stay(*state, start, horizon_ms, caused[0].id), caused


def _after(happening: Happening, state: _State) -> _State:
    """The state after an event: a hold lasts until another decision, or until the service changes."""
    phase, reason, rule = state
    if happening.event in (Event.HELD, Event.MOVE_DECIDED, Event.MOVE_WITHHELD):
        return happening.phase, happening.reason, happening.rule
    if happening.event is Event.SERVICE_LOST or (
        happening.phase != phase and happening.phase in _FORGET_HOLD
    ):
        return happening.phase, None, None
    return happening.phase, reason, rule


def _is_told(timeline: Timeline, number: int) -> bool:
    return (
        timeline.table["event"][number] != Event.LOSS_REALISED
        or realised_ms(timeline, number - 1) is not None
    )
