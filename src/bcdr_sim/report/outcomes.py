"""How an episode ended, in a few sentences: did it move, after how long without service, whose time was it.

Every spell without service has its own sentence, since an environment may be hit again where it went. The brief
interruption of a failback is told with the way home.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bcdr_sim.events import COMPLETIONS, Event
from bcdr_sim.phases import Phase
from bcdr_sim.report.episodes import Episode, Happening, Stay
from bcdr_sim.report.reasons import ROW_OF as REASON_ROW_OF
from bcdr_sim.report.wording import Clock, agreed, listing, span

Spell = tuple[Stay, ...]
_HOMEWARD = frozenset({Event.FAILBACK_COMPLETED, Event.FORCED_FAILBACK_COMPLETED, Event.RESTORED_AT_PRIMARY})


@dataclass(frozen=True, slots=True)
class Away:
    """Where the environment is at home, where it would move to, and whether it may."""

    home: str
    target: str
    eligible: bool


def headline(episode: Episode, away: Away, *, clock: Clock) -> list[str]:
    """The answer to "why did it or did it not move", a sentence each."""
    spells = [spell for spell in episode.spells_of_down_time() if not _is_failback(spell)]
    if not spells:
        return [_never_down(episode), *_way_back(episode, away, clock=clock)]
    sentences = []
    for number, spell in enumerate(spells):
        again = f"At {clock.after(spell[0].start_ms)} it lost its service again. " if number else ""
        sentences.append(again + _answer(episode, spell, away))
        sentences += _impaired_before(episode, spell) if not number else ()
        sentences.append(_whose_time(spell))
    sentences += _broken_moves(episode, clock)
    return sentences + list(_way_back(episode, away, clock=clock))


def _is_failback(spell: Spell) -> bool:
    return all(stay.phase is Phase.FAILING_BACK for stay in spell)


def _answer(episode: Episode, spell: Spell, away: Away) -> str:
    """How one spell without service ended."""
    length_ms = sum(stay.length_ms for stay in spell)
    move = next((each for each in episode.all_of(*COMPLETIONS) if each.at_ms == spell[-1].end_ms), None)
    if move is not None:
        return _moved(move, away, length_ms=length_ms, losses=_losses(episode, move))
    within = [
        each for each in episode.all_of(*COMPLETIONS) if spell[0].start_ms < each.at_ms < spell[-1].end_ms
    ]
    if within:
        return _moved_in_vain(episode, spell, within[-1], away=away)
    if spell[-1].phase is Phase.LOST:
        return (
            f"It is lost: {away.home} came back, this environment did not, and there was no copy to move to."
        )
    if episode.is_open and spell[-1].end_ms == episode.end_ms:
        why = _because(spell)
        return f"It did not move, and was still down at the end of the scenario: {span(length_ms)} at least{why}."
    return _back_in_place(episode, spell, away, length_ms=length_ms)


def _back_in_place(episode: Episode, spell: Spell, away: Away, *, length_ms: int) -> str:
    end_ms = spell[-1].end_ms
    broken_off = any(each.at_ms == end_ms for each in episode.all_of(Event.MOVE_ABORTED))
    served = [
        each
        for each in episode.all_of(Event.SERVICE_RESTORED, Event.SERVICE_IMPAIRED)
        if each.at_ms == end_ms
    ]
    is_away = served and served[-1].phase is Phase.ON_SECONDARY
    region = away.target if is_away else away.home
    if broken_off:
        return f"It did not move: {region} came back, after {span(length_ms)}, before its move was done."
    back = f"It came back with {region} after {span(length_ms)}"
    if not away.eligible:
        return f"It did not move, and no outage could have moved it, since it is not covered. {back}."
    return f"It did not move. {back}{_because(spell)}."


def _moved_in_vain(episode: Episode, spell: Spell, move: Happening, *, away: Away) -> str:
    """A move that was done, and did not bring service back."""
    if move.event is Event.RESTORED_IN_PLACE:
        after = span(move.at_ms - spell[0].start_ms)
        return f"It was restored after {after}, and was down all the same; {_losses(episode, move)}."
    returns = move.event in _HOMEWARD
    region = away.home if returns else away.target
    length_ms = sum(stay.length_ms for stay in spell)
    is_open = episode.is_open and spell[-1].end_ms == episode.end_ms
    end = (
        f"it was still down at the end of the scenario: {span(length_ms)} at least"
        if is_open
        else f"users were served again after {span(length_ms)} without service"
    )
    moved = f"It moved to {region} after {span(move.at_ms - spell[0].start_ms)}, and was down there too"
    return f"{moved}; {end}; {_losses(episode, move)}."


def _moved(move: Happening, away: Away, *, length_ms: int, losses: str) -> str:
    match move.event:
        case Event.FAILOVER_COMPLETED:
            back = f"users were served again, from {away.target}, after {span(length_ms)} without service"
            return f"It failed over: {back}; {losses}."
        case Event.PLANNED_FAILOVER_COMPLETED:
            return f"It moved to {away.target} as planned, interrupted for {span(length_ms)}; {losses}."
        case Event.RESTORED_IN_PLACE:
            return f"It was restored where it was, after {span(length_ms)} without service; {losses}."
        case Event.RESTORED_AT_SECONDARY:
            return f"It was restored in {away.target} after {span(length_ms)} without service; {losses}."
        case Event.RESTORED_AT_PRIMARY:
            return f"It was restored in {away.home} after {span(length_ms)} without service; {losses}."
        case Event.FORCED_FAILBACK_COMPLETED:
            return f"It was forced back to {away.home} after {span(length_ms)} without service; {losses}."
        case _:
            return f"It came home to {away.home} after {span(length_ms)} without service; {losses}."


def _never_down(episode: Episode) -> str:
    why = _because(episode.stays)
    moved = episode.all_of(*COMPLETIONS)
    impaired_ms = sum(stay.length_ms for stay in episode.stays if stay.phase is Phase.IMPAIRED)
    did = "it moved without an interruption" if moved else f"it did not move{why}"
    if impaired_ms:
        return f"It was impaired for {span(impaired_ms)} and served users all the time; {did}."
    return f"It was served all the time; {did}."


def _impaired_before(episode: Episode, spell: Spell) -> Iterator[str]:
    before = [s for s in episode.stays if s.phase is Phase.IMPAIRED and s.end_ms <= spell[0].start_ms]
    if before:
        length_ms = sum(stay.length_ms for stay in before)
        yield f"Before that it was impaired, and still served users, for {span(length_ms)}."


def _because(stays: Sequence[Stay]) -> str:
    """The reason with the most time."""
    waits: dict[str, int] = {}
    for stay in stays:
        if stay.reason is not None:
            why = agreed(REASON_ROW_OF[stay.reason].why, number=1)
            waits[why] = waits.get(why, 0) + stay.length_ms
    if not waits:
        return ""
    longest = max(waits, key=lambda why: waits[why])
    return f"; mostly because {longest} ({span(waits[longest])})"


def _losses(episode: Episode, move: Happening) -> str:
    """What one move lost: the log has it right behind the completion."""
    ages_ms = [each.value for each in episode.all_of(Event.LOSS_REALISED) if each.id == move.id + 1]
    return (
        f"what was written in the last {span(ages_ms[0])} before is lost" if ages_ms else "nothing was lost"
    )


def _broken_moves(episode: Episode, clock: Clock) -> Iterator[str]:
    for each in episode.all_of(Event.MOVE_WITHHELD):
        yield f"A move was decided and withheld at {clock.after(each.at_ms)}, when the policy was asked again."
    for each in episode.all_of(Event.MOVE_ABORTED):
        yield f"A move was under way and broken off at {clock.after(each.at_ms)}: events had overtaken it."
    for each in episode.all_of(Event.DRAIN_TIMED_OUT):
        yield f"A planned move was given up at {clock.after(each.at_ms)}: the link did not catch up in time."
    failed = episode.all_of(Event.MOVE_FAILED)
    if failed:
        times = "once" if len(failed) == 1 else f"{len(failed)} times"
        yield f"The move failed {times}, first at {clock.after(failed[0].at_ms)}, and was repeated."


def _whose_time(spell: Spell) -> str:
    owners: dict[str, int] = {}
    for stay in spell:
        whose = f"the {stay.owner}'s" if stay.owner else "nobody's"
        owners[whose] = owners.get(whose, 0) + stay.length_ms
    parts = [f"{span(ms)} {whose}" for whose, ms in sorted(owners.items(), key=lambda item: -item[1])]
    longest = max(spell, key=lambda stay: stay.length_ms)
    total = span(sum(stay.length_ms for stay in spell))
    most = f"the longest stay was {longest.phase.label} ({span(longest.length_ms)})"
    return f"Whose time: of {total} without service, {listing(parts)}; {most}."


def _way_back(episode: Episode, away: Away, *, clock: Clock) -> Iterator[str]:
    homes = episode.all_of(Event.FAILBACK_COMPLETED)
    if homes:
        interrupted_ms = sum(stay.length_ms for stay in episode.stays if stay.phase is Phase.FAILING_BACK)
        yield f"It was home in {away.home} at {clock.after(homes[-1].at_ms)}, interrupted for {span(interrupted_ms)}."
    last = episode.stays[-1]
    if episode.is_open and last.phase is Phase.ON_SECONDARY:
        why = f": {agreed(REASON_ROW_OF[last.reason].why, number=1)}" if last.reason else ""
        yield f"At the end of the scenario it is still served from {away.target}{why}."
