"""How an episode ended, in one or two sentences: did it move, after how long, whose time was it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from bcdr_sim.events import COMPLETIONS, Event
from bcdr_sim.phases import Phase
from bcdr_sim.report.episodes import Episode, Stay
from bcdr_sim.report.reasons import ROW_OF as REASON_ROW_OF
from bcdr_sim.report.wording import Clock, agreed, listing, span


@dataclass(frozen=True, slots=True)
class Away:
    """Where the environment is at home, where it would move to, and whether it may."""

    home: str
    target: str
    eligible: bool


def headline(episode: Episode, away: Away, *, clock: Clock) -> list[str]:
    """The answer to "why did it or did it not move", a sentence each."""
    spells = episode.spells_of_down_time()
    sentences = [_first_answer(episode, away, spells)]
    sentences += _broken_moves(episode, clock)
    if spells:
        sentences.append(_whose_time(spells[0]))
    sentences += _way_back(episode, away, clock=clock)
    return sentences


def _first_answer(episode: Episode, away: Away, spells: list[tuple[Stay, ...]]) -> str:
    moved = episode.all_of(*COMPLETIONS)
    down_ms = sum(stay.length_ms for stay in spells[0]) if spells else 0
    if moved:
        return _moved(moved[0].event, away, down_ms=down_ms, losses=_losses(episode))
    if episode.stays[-1].phase is Phase.LOST:
        return (
            f"It is lost: {away.home} came back, this environment did not, and there was no copy to move to."
        )
    if episode.is_open and spells and episode.stays[-1].is_down:
        why = _because(spells[-1])
        return (
            f"It did not move, and was still down at the end of the scenario: {span(down_ms)} at least{why}."
        )
    if not spells:
        return _never_down(episode)
    if not away.eligible:
        return (
            f"It did not move, and no outage could have moved it, since it is not covered. "
            f"It came back with {away.home} after {span(down_ms)}."
        )
    return f"It did not move. It came back with {away.home} after {span(down_ms)}{_because(spells[0])}."


def _moved(event: Event, away: Away, *, down_ms: int, losses: str) -> str:
    match event:
        case Event.FAILOVER_COMPLETED:
            return f"It failed over: users were served again, from {away.target}, after {span(down_ms)}; {losses}."
        case Event.PLANNED_FAILOVER_COMPLETED:
            return f"It moved to {away.target} as planned, interrupted for {span(down_ms)}; {losses}."
        case Event.FORCED_FAILBACK_COMPLETED:
            return f"It was forced back to {away.home} after {span(down_ms)} without service; {losses}."
        case _:
            return f"It came home to {away.home}, interrupted for {span(down_ms)}; {losses}."


def _never_down(episode: Episode) -> str:
    why = _because(episode.stays)
    impaired_ms = sum(stay.length_ms for stay in episode.stays if stay.phase is Phase.IMPAIRED)
    if impaired_ms:
        return f"It was impaired for {span(impaired_ms)} and served users all the time; it did not move{why}."
    return f"It was served all the time, and did not move{why}."


def _because(stays: tuple[Stay, ...] | list[Stay]) -> str:
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


def _losses(episode: Episode) -> str:
    ages = [each.value for each in episode.all_of(Event.LOSS_REALISED)]
    return f"what was written in the last {span(ages[0])} before is lost" if ages else "nothing was lost"


def _broken_moves(episode: Episode, clock: Clock) -> Iterator[str]:
    for each in episode.all_of(Event.MOVE_WITHHELD):
        yield f"A move was decided and withheld at {clock.after(each.at_ms)}, when the policy was asked again."
    for each in episode.all_of(Event.MOVE_ABORTED):
        yield f"A move was under way and broken off at {clock.after(each.at_ms)}: events had overtaken it."
    failed = episode.all_of(Event.MOVE_FAILED)
    if failed:
        yield (
            f"The move failed {len(failed)} times and was repeated."
            if len(failed) > 1
            else (f"The move failed once, at {clock.after(failed[0].at_ms)}, and was repeated.")
        )


def _whose_time(spell: tuple[Stay, ...]) -> str:
    owners: dict[str, int] = {}
    for stay in spell:
        owners[stay.owner or "nobody"] = owners.get(stay.owner or "nobody", 0) + stay.length_ms
    parts = [
        f"{span(ms)} the {owner}'s" for owner, ms in sorted(owners.items(), key=lambda item: -item[1]) if ms
    ]
    longest = max(spell, key=lambda stay: stay.length_ms)
    total = span(sum(stay.length_ms for stay in spell))
    most = f"the longest stay was {longest.phase.label} ({span(longest.length_ms)})"
    return f"Whose time: of {total} without service, {listing(parts)}; {most}."


def _way_back(episode: Episode, away: Away, *, clock: Clock) -> Iterator[str]:
    if not episode.all_of(Event.FAILOVER_COMPLETED, Event.PLANNED_FAILOVER_COMPLETED):
        return
    homes = episode.all_of(Event.FAILBACK_COMPLETED, Event.FORCED_FAILBACK_COMPLETED)
    if homes:
        interrupted_ms = sum(stay.length_ms for stay in episode.stays if stay.phase is Phase.FAILING_BACK)
        yield f"It was home in {away.home} at {clock.after(homes[-1].at_ms)}, interrupted for {span(interrupted_ms)}."
    elif episode.is_open:
        last = episode.stays[-1]
        why = f": {agreed(REASON_ROW_OF[last.reason].why, number=1)}" if last.reason else ""
        yield f"At the end of the scenario it is still served from {away.target}{why}."
