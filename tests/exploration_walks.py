"""Random chains of events of an exploration, for tests: what a scenario can say, weighted so that moves come about."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from bcdr_sim.analysis.exploring.judging import IMPOSSIBLE
from bcdr_sim.analysis.exploring.play import Play
from bcdr_sim.analysis.exploring.situation import Situation
from bcdr_sim.analysis.exploring.steps import Happening, Step
from bcdr_sim.analysis.exploring.trace import Trace, trace_of
from bcdr_sim.analysis.finding import own_laws
from bcdr_sim.engine.state import GATES, Gate
from bcdr_sim.policy import load_policy
from bcdr_sim.policy.policy import policy_document
from policy_observations import Sampler

UNSAID = frozenset({Happening.LAPSED})
"""What no scenario can say."""

_WEIGHTS = {
    Happening.TICK: 300,
    Happening.CONFIRMED: 600,
    Happening.DETERMINED: 300,
    Happening.COMMIT: 400,
    Happening.DRAINED: 400,
    Happening.RESYNCED: 400,
    Happening.VERIFIED: 400,
    Happening.CASE: 500,
    Happening.GRANTED: 400,
    Happening.FAR_OUTAGE: 70,
    Happening.SUPPORT_LOST: 30,
    Happening.DRAIN_TIMED_OUT: 30,
    Happening.TROUBLE: 15,
    Happening.ORDERED: 40,
    Happening.WITHDRAWN: 20,
}


def play_of(name: str, *, tick_ms: int | None = None, gates: frozenset[Gate] = GATES) -> Play:
    """The parts of an exploration of a policy, held against its own laws."""
    policy = load_policy(name)
    return Play.of(policy, own_laws(policy, policy_document(name)), tick_ms=tick_ms, gates=gates)


def walk(play: Play, seed: int, *, length: int, may: Callable[[Step], bool] = lambda _: True) -> Trace:
    """A random trace of one environment, of so many steps that `may` allows; one at which a run would stop is the last."""
    sampler = Sampler(seed)
    situation = play.procedure.start(1)
    steps: list[Step] = []
    while len(steps) < length:
        options = [
            step
            for step in play.choices.of(situation)
            if _can_be_said(play, step) and _can_be_met(play, situation, step=step) and may(step)
        ]
        step = _chosen(options, sampler)
        steps.append(step)
        play.procedure.play(situation, step)
        stops = any(breach.code == IMPOSSIBLE for breach in play.judge.found)
        play.judge.found.clear()
        if stops:
            break
    return trace_of(play, steps, environments=1)


def _can_be_said(play: Play, step: Step) -> bool:
    if step.happening is Happening.TROUBLE:
        return play.troubles[step.value - 1] not in ("window", "target_capacity")
    if step.happening is Happening.DETERMINED:
        return play.scale.losses[step.value].state != "not_excluded"
    return step.happening not in UNSAID


def _can_be_met(play: Play, situation: Situation, *, step: Step) -> bool:
    """Whether the engine can do it: an exploration lets any loss be determined, in the engine it follows from the writes.

    So an environment is not hit, and comes nowhere, while its link is cut, and a copy that is not up to date lacks the most.
    """
    environment = situation.environments[0]
    match step.happening:
        case Happening.DETERMINED:
            return bool(environment.synced) or step.value == play.scale.largest
        case Happening.NEAR_OUTAGE | Happening.FAR_OUTAGE:
            hits = Happening.FAR_OUTAGE if environment.far else Happening.NEAR_OUTAGE
            return step.happening is not hits or not situation.there_down(environment)
        case Happening.COMMIT:
            return not situation.there_down(environment)
        case _:
            return True


def _chosen(options: Sequence[Step], sampler: Sampler) -> Step:
    """A slot follows its decision at once, mostly; a scenario lets one move wait at most."""
    slot = [step for step in options if step.happening is Happening.SLOT]
    if slot and sampler.below(10):
        return slot[0]
    return weighted(options, _WEIGHTS, sampler)


def weighted(options: Sequence[Step], weights: Mapping[Happening, int], sampler: Sampler) -> Step:
    """One of the steps, as likely as its happening weighs (100 where nothing is said)."""
    left = sampler.below(sum(weights.get(step.happening, 100) for step in options))
    for step in options:
        left -= weights.get(step.happening, 100)
        if left < 0:
            return step
    raise AssertionError("what is left lies below the sum")


def spoiled(name: str, seed: int) -> str:
    """The text of a built-in policy in which a few rules have changed places or are gone, but for those that others need."""
    sampler = Sampler(seed)
    lines = policy_document(name).sources[-1].text.splitlines()
    first = lines.index("rules:") + 1
    for _ in range(1 + sampler.below(3)):
        end = next(place for place in range(first, len(lines)) if lines[place][:1] not in (" ", "#", ""))
        rules = [
            place
            for place in range(first, end)
            if lines[place].startswith("  - {id") and lines[place].endswith("}")
        ]
        one, other = rules[sampler.below(len(rules))], rules[sampler.below(len(rules))]
        if sampler.below(2) or "$" in lines[one] or "situation:" in lines[one]:
            lines[one], lines[other] = lines[other], lines[one]
        else:
            del lines[one]
    return "\n".join(lines) + "\n"
