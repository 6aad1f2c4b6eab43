"""The search: breadth first over all steps from a calm situation, so that what is found first is the shortest.

What comes after an action that cannot be taken is not looked at: the engine stops there, and so does a run.
It ends when no step leads to a situation that is not known, or at a bound; the result says at which.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from bcdr_sim.analysis.exploring.judging import IMPOSSIBLE, Breach
from bcdr_sim.analysis.exploring.play import Play
from bcdr_sim.analysis.exploring.situation import packed, unpacked
from bcdr_sim.analysis.exploring.steps import Happening, Step

Parents = dict[bytes, tuple[bytes, Step] | None]


@dataclass(frozen=True, slots=True)
class Sighting:
    """A breach and how it came about: the steps from the calm situation, the last one being that of the breach.

    For what is judged in a situation and not in a step (stuck), the last step is the one that led there.
    """

    breach: Breach
    steps: tuple[Step, ...]


@dataclass(slots=True)
class Search:
    """What a search has found.

    `events` is the length of the longest trace that was looked at in full, with all others of that length. `is_complete`:
    nothing is left to look at. `is_cut`: it ended at `states_max`.
    """

    states: int = 0
    steps: int = 0
    events: int = 0
    is_complete: bool = False
    is_cut: bool = False
    sightings: list[Sighting] = field(default_factory=list)


def search(play: Play, *, environments: int = 1, events_max: int | None = None, states_max: int) -> Search:
    """Try all steps from the calm situation of so many environments, 1 or 2."""
    start = packed(play.procedure.start(environments))
    parents: Parents = {start: None}
    seen: set[tuple[str, str, str]] = set()
    result = Search()
    frontier = [start]
    while frontier and not result.is_cut and (events_max is None or result.events < events_max):
        following: list[bytes] = []
        for key in frontier:
            for breach, way in _expanded(play, key, parents=parents, following=following, result=result):
                if breach.identity not in seen:
                    seen.add(breach.identity)
                    result.sightings.append(Sighting(breach, (*_steps_to(parents, key), *way)))
            if len(parents) > states_max:
                result.is_cut = True
                break
        else:
            result.events += 1
            frontier = following
    result.states = len(parents)
    result.is_complete = not frontier
    return result


def _expanded(
    play: Play, key: bytes, *, parents: Parents, following: list[bytes], result: Search
) -> list[tuple[Breach, tuple[Step, ...]]]:
    """Play every step of one situation; new ones are added to `following`. Gives the breaches and the step of each."""
    found: list[tuple[Breach, tuple[Step, ...]]] = []
    judge = play.judge
    steps = list(play.choices.of(unpacked(key)))
    result.steps += len(steps)
    for step in steps:
        situation = unpacked(key)
        play.procedure.play(situation, step)
        is_over = False
        if judge.found:
            is_over = any(breach.code == IMPOSSIBLE for breach in judge.found)
            found += [(breach, (step,)) for breach in judge.found]
            judge.found.clear()
        if is_over:
            continue
        after = packed(situation)
        if after not in parents:
            parents[after] = key, step
            following.append(after)
        elif step.happening is Happening.TICK:
            judge.stuck(unpacked(key), steps, stands_still=after == key)
            found += [(breach, ()) for breach in judge.found]
            judge.found.clear()
    return found


def _steps_to(parents: Parents, key: bytes) -> tuple[Step, ...]:
    """The steps by which a situation was reached first."""
    steps: list[Step] = []
    parent = parents[key]
    while parent is not None:
        key, step = parent
        steps.append(step)
        parent = parents[key]
    return tuple(reversed(steps))
