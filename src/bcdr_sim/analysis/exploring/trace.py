"""A trace: the steps that lead to a breach with what follows from each, in plain words and in those of the engine's log."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from bcdr_sim.analysis.exploring.journal import Entry
from bcdr_sim.analysis.exploring.judging import IMPOSSIBLE
from bcdr_sim.analysis.exploring.play import Play
from bcdr_sim.analysis.exploring.seeing import TROUBLES
from bcdr_sim.analysis.exploring.situation import UNDETERMINED, Environment, Situation, packed, unpacked
from bcdr_sim.analysis.exploring.steps import Happening, Step
from bcdr_sim.events import Event
from bcdr_sim.phases import Phase
from bcdr_sim.policy import Action, Reason
from bcdr_sim.units import format_duration

_H = Happening
_ACTIONS: Final = tuple(Action)
_REASONS: Final = tuple(Reason)
_PLAIN: Final = {
    _H.NEAR_OUTAGE: "outage of the primary region",
    _H.FAR_OUTAGE: "outage of the secondary region",
    _H.NEAR_RETURN: "the primary region returns",
    _H.FAR_RETURN: "the secondary region returns",
    _H.SUPPORT_LOST: "support goes down",
    _H.SUPPORT_RESTORED: "support is up again",
    _H.VERIFIED: "the primary is determined fully operational",
    _H.CONFIRMED: "impact confirmed",
    _H.DECLINED: "the customer declines",
    _H.GRANTED_ALL: "consent to any loss",
    _H.LAPSED: "consent is withdrawn or lapses",
    _H.RESYNCED: "the other side is up to date again",
    _H.SLOT: "a slot is free",
    _H.DRAINED: "everything written is on the other side",
    _H.DRAIN_TIMED_OUT: "the drain times out",
    _H.COMMIT: "commit",
    _H.WITHDRAWN: "the order is withdrawn",
}


@dataclass(frozen=True, slots=True)
class Point:
    """One step of a trace: what happens, to which environment (its number from 0), in words, and the entries it makes.

    `figure` is that of the environment after the step: the place in the scale of the known loss plus 1, or 0. `refused` are
    rules that decide in the end what cannot be done, where a run of the engine stops.
    """

    step: Step
    words: str
    entries: tuple[tuple[int, Entry], ...]
    figure: int
    refused: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Trace:
    """A chain of steps from a calm situation, of one environment or two."""

    points: tuple[Point, ...]
    environments: int

    def decided(self, action: Action, environment: int) -> tuple[int, Entry] | None:
        """The last decision for a move of an environment: the place of its step, and its entry; None if there is none."""
        for place in range(len(self.points) - 1, -1, -1):
            for number, entry in reversed(self.points[place].entries):
                if entry.event is Event.MOVE_DECIDED and number == environment and entry.value == action.code:
                    return place, entry
        return None


def trace_of(play: Play, steps: Sequence[Step], *, environments: int) -> Trace:
    """Play steps once more and write down what follows from each.

    Two environments are told apart by what they have lived through: the search packs them in the order of their numbers, so
    each step is applied to the one that stood there.
    """
    situation = play.procedure.start(environments)
    people = list(situation.environments)
    points = []
    for step in steps:
        number = _number(situation, people, step)
        own = Step(step.happening, number, step.value)
        trouble = situation.regions.trouble
        entries: list[Entry] = []
        play.journal.entries = entries
        play.procedure.play(situation, own)
        play.journal.entries = None
        refused = tuple(breach.rule for breach in play.judge.found if breach.code == IMPOSSIBLE)
        play.judge.found.clear()
        numbered = tuple((people.index(entry.environment), entry) for entry in entries)
        words = _words(play, own, environment=people[number], trouble=trouble)
        if environments > 1 and step.happening not in _OF_ALL:
            words = f"{'AB'[number]}: {words}"
        points.append(Point(own, words, numbered, people[number].figure, refused))
    return Trace(tuple(points), environments)


_OF_ALL: Final = frozenset(
    {
        *(_H.TICK, _H.NEAR_OUTAGE, _H.FAR_OUTAGE, _H.NEAR_RETURN, _H.FAR_RETURN),
        *(_H.SUPPORT_LOST, _H.SUPPORT_RESTORED, _H.VERIFIED, _H.TROUBLE, _H.TROUBLE_OVER),
    }
)


def _number(situation: Situation, people: Sequence[Environment], step: Step) -> int:
    """The number of the environment that stands at a place of the packed situation."""
    if len(people) == 1:
        return 0
    wanted = packed(
        Situation(situation.regions, [unpacked(packed(situation)).environments[step.environment]])
    )
    return next(
        number
        for number, environment in enumerate(people)
        if packed(Situation(situation.regions, [environment])) == wanted
    )


def _words(play: Play, step: Step, *, environment: Environment, trouble: int) -> str:
    """A step as a fragment of a sentence."""
    match step.happening:
        case _H.TICK:
            return f"{format_duration(play.scale.tick_ms)} pass"
        case _H.DETERMINED:
            return f"loss determined: {_loss(play, step.value)}"
        case _H.GROWN:
            return f"the known loss grows to {_loss(play, environment.loss)}, which nobody has looked at yet"
        case _H.CASE:
            return f"the customer opens a case and is told {_loss(play, environment.loss)}"
        case _H.GRANTED:
            level = (
                _loss(play, environment.level - 1) if environment.level != UNDETERMINED else "the loss told"
            )
            return f"consent to {level}"
        case _H.ORDERED:
            return f"the customer orders: {play.orders[step.value - 1]}"
        case _H.TROUBLE:
            axis = play.troubles[step.value - 1]
            return f"{axis} {TROUBLES[axis][1]}"
        case _H.TROUBLE_OVER:
            axis = play.troubles[trouble - 1]
            return f"{axis} {TROUBLES[axis][0]} again"
        case happening:
            return _PLAIN[happening]


def _loss(play: Play, loss: int) -> str:
    found = play.scale.losses[loss]
    known = format_duration(found.known_ms)
    return {"none": "none", "some": known}.get(found.state, f"up to {known}, none not excluded")


def outcome(play: Play, point: Point) -> Iterator[str]:
    """Yield what follows from a step: decisions with their rules, and the phase in the end."""
    for _, entry in point.entries:
        rule = play.policy.decisions[entry.rule].rule if entry.rule >= 0 else ""
        match entry.event:
            case Event.HELD:
                yield f"hold ({_REASONS[entry.reason]}) [{rule}]"
            case Event.MOVE_DECIDED:
                yield f"{_ACTIONS[entry.value]} [{rule}]"
            case Event.CONSENT_ASKED:
                yield f"ask_consent [{rule}]"
            case Event.MOVE_WITHHELD:
                yield f"withheld [{rule}]"
            case Event.MOVE_ABORTED | Event.CONSENT_EXCEEDED:
                yield entry.event.label
            case _:
                pass
    if point.entries:
        yield Phase(point.entries[-1][1].phase).label
