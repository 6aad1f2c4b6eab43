"""From an observation at which a policy decides wrongly to a scenario in which a run shows that, or an honest no.

A proof looks at observations, not at histories: it may show one that no chain of events brings about. So each past after
which the environment may be there is tried, and the engine runs it twice: under the policy, and under the same with the
wrong decisions put right. The scenario shows the fault if one of the two is asked about such an observation, and something
that an expectation can name comes out otherwise.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import IntEnum
from typing import Any, Final

from bcdr_sim.analysis.reproducing.fault import RULE, Fault, put_right
from bcdr_sim.analysis.reproducing.past import Past, pasts
from bcdr_sim.analysis.reproducing.staging import ENVIRONMENT, plans_of, rehearsal_of, scenario_for
from bcdr_sim.analysis.reproducing.telling import telling
from bcdr_sim.engine import simulate
from bcdr_sim.events import Event
from bcdr_sim.policy import Decision, Observation, Policy, PolicyError
from bcdr_sim.policy.axes import TOP
from bcdr_sim.policy.observation import DAY_MS
from bcdr_sim.scenario.document import Scenario
from bcdr_sim.timeline import Timeline
from bcdr_sim.trial import resolve

_ONLY_IF_READ: Final = frozenset({"window", "time_of_day", "weekday", "moves_24h"})
"""Axes that the engine fills for policies which read them, and which change nothing else."""
_WAITS: Final = ("healthy_for", "since_last_move")
_LONGEST_WAIT_MS: Final = 30 * DAY_MS
_CLOCKS_MAX: Final = 8
_AWAY: Final = (Event.FAILOVER_COMPLETED, Event.PLANNED_FAILOVER_COMPLETED)
_HOME: Final = (Event.FAILBACK_COMPLETED, Event.FORCED_FAILBACK_COMPLETED)


class Reached(IntEnum):
    """How far the engine comes."""

    NOT_ASKED = 0
    """The policy is never asked about such an observation."""
    NOT_TOLD = 1
    """It is asked and decides wrongly, and nothing that an expectation can name comes of it."""
    SHOWN = 2
    """A run shows it."""


@dataclass(frozen=True, slots=True)
class Reproduction:
    """A scenario built for a witness, as plain data with what it expects, and how far the engine comes in it.

    `worlds` is how many were tried. Only one that is `SHOWN` has an expectation, which the policy fails. `stops`: a run
    ends with an error that names the rule.
    """

    scenario: Mapping[str, Any]
    reached: Reached
    worlds: int = 1
    stops: bool = False

    @property
    def is_shown(self) -> bool:
        """Whether a run shows what is wrong."""
        return self.reached is Reached.SHOWN

    @property
    def why_not(self) -> str:
        """Why there is no scenario that shows it; empty if there is one."""
        tried = (
            "the world that was tried" if self.worlds == 1 else f"the {self.worlds} worlds that were tried"
        )
        match self.reached:
            case Reached.NOT_ASKED:
                return f"the engine comes to no such observation in {tried}"
            case Reached.NOT_TOLD:
                return f"in {tried} the decision has no consequence that an expectation could name"
            case Reached.SHOWN:
                return ""


def reproduce(policy: Policy, witness: Observation, fault: Fault) -> Reproduction:
    """Return the scenario that comes the furthest of all that are built for a witness."""
    best, count = Reproduction({}, Reached.NOT_ASKED), 0
    right = put_right(policy, fault)
    for plain in _worlds(right, witness):
        count += 1
        found = _tried(policy, plain, fault, right=right)
        if found.reached > best.reached or not best.scenario:
            best = found
        if best.is_shown:
            break
    return replace(best, worlds=max(1, count))


def _worlds(policy: Policy, witness: Observation) -> Iterator[dict[str, Any]]:
    """Yield the scenarios that may bring an observation about; `policy` decides when it moves before."""
    is_far = witness.location == "FarCopy"
    zone, clocks = policy.table.time_zone, _clocks(policy)
    for past in pasts(is_far=is_far, has_moved=witness.since_last_move != TOP):
        if past is not None:
            moved_ms = _moved_ms(
                _run(scenario_for(rehearsal_of(witness, past), time_zone=zone), policy), past
            )
            if moved_ms < 0:
                continue
            past = replace(past, moved_ms=moved_ms)
        for plan in plans_of(witness, past, clocks):
            yield scenario_for(plan, time_zone=zone)


def _clocks(policy: Policy) -> list[int]:
    """How long a policy waits at the far copy, if it also goes by the time of day; nothing if it does not."""
    if not {"time_of_day", "weekday"} & policy.reads:
        return []
    waits = {cut for axis, cuts in policy.wake_ups.growing if axis in _WAITS for cut in cuts}
    return sorted(wait for wait in waits if 0 < wait <= _LONGEST_WAIT_MS)[:_CLOCKS_MAX]


def _moved_ms(timeline: Timeline | None, past: Past) -> int:
    """When the last move of a past was over, -1 if it was not made."""
    if timeline is None:
        return -1
    last = _HOME if past.is_home else _AWAY
    return next((int(row["time_ms"]) for row in timeline.table if row["event"] in last), -1)


def _tried(policy: Policy, plain: dict[str, Any], fault: Fault, *, right: Policy) -> Reproduction:
    """What becomes of a scenario under the policy and under the right one."""
    wrongly, rightly = _Asked(), _Asked()
    widened = fault.reads & _ONLY_IF_READ
    watched = replace(policy, reads=policy.reads | widened)
    wrong = _run(plain, wrongly.of(watched, fault.is_at))
    should = _run(plain, rightly.of(right, lambda _, answer: answer.rule == RULE))
    if not (wrongly.met or rightly.met):
        return Reproduction(plain, Reached.NOT_ASKED)
    if widened:
        wrong = _run(plain, policy)
    told = should and telling(wrong, should, fault.actions, environment=ENVIRONMENT)
    if not told:
        return Reproduction(plain, Reached.NOT_TOLD)
    return Reproduction({**plain, "expect": [told]}, Reached.SHOWN, stops=wrong is None)


@dataclass(slots=True)
class _Asked:
    """Whether a policy was asked about an observation of some kind."""

    met: bool = False

    def of(self, policy: Policy, is_one: Callable[[Observation, Decision], bool]) -> Policy:
        """The policy, while it is listened to."""

        def decide(observation: Observation) -> int:
            index = policy.decide(observation)
            self.met = self.met or is_one(observation, policy.decisions[index])
            return index

        return replace(policy, decide=decide)


def _run(plain: Mapping[str, Any], policy: Policy) -> Timeline | None:
    """What happens in a scenario; None if the policy decides what cannot be done."""
    try:
        return simulate(resolve(Scenario.model_validate(plain)), policy)
    except PolicyError:
        return None
