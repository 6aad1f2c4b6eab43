"""What a finding holds against a policy: the decisions that are wrong, and the policy with these alone put right."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from bcdr_sim.analysis.finding import Finding, Law
from bcdr_sim.policy import Action, Decision, Observation, Policy, Reason
from bcdr_sim.policy.atom import Condition, all_hold
from bcdr_sim.policy.compile import Row
from bcdr_sim.policy.decision import DEFAULT_RULE
from bcdr_sim.policy.policy import orders_of
from bcdr_sim.policy.preconditions import BLOCKERS, first_blocker
from bcdr_sim.policy.wake import WakeUps

RULE: Final = "put-right"
"""The rule that decides instead."""
_STAYS: Final = Decision(Action.HOLD, Reason.HOLD_DOWN, RULE)
_SKIPS: Final = Decision(Action.HOLD, Reason.HOLD_DOWN, "cannot-be-done")


@dataclass(frozen=True, slots=True)
class Fault:
    """Wrong decisions.

    `is_at` tells them, `where` holds whenever one is met, `actions` are those that a run shows too often or too seldom, and
    `instead` those one of which would be right, the first that can be taken; empty: staying.
    """

    is_at: Callable[[Observation, Decision], bool]
    where: Sequence[Condition]
    actions: frozenset[Action]
    instead: tuple[Action, ...] = ()

    @property
    def reads(self) -> frozenset[str]:
        """The axes that tell where it is."""
        return frozenset(atom.axis for condition in self.where for atom in condition)


def fault_of(finding: Finding, laws: Sequence[Law], policy: Policy) -> Fault | None:
    """What a finding holds against a policy, None if it says nothing about a single decision."""
    match finding.kind.code:
        case "BCDR105":
            return Fault(
                lambda _, decision: decision.rule == DEFAULT_RULE,
                [()],
                frozenset([policy.table.default.action]),
            )
        case "BCDR201":
            return _broken_law(next(law for law in laws if law.name == finding.invariant), policy)
        case "BCDR301":
            return _impossible(finding.rule, policy)
        case _:
            return None


def _broken_law(law: Law, policy: Policy) -> Fault:
    invariant, condition = law.invariant, law.invariant.condition(policy.values)

    def is_at(observation: Observation, decision: Decision) -> bool:
        return not invariant.permits(decision.action) and all_hold(condition, observation)

    instead = () if invariant.never else tuple(sorted(invariant.actions, key=lambda action: action.code))
    return Fault(is_at, [condition], frozenset(invariant.actions), instead)


def _impossible(rule: str, policy: Policy) -> Fault:
    action = next(decision.action for decision in policy.decisions if decision.rule == rule)

    def is_at(observation: Observation, decision: Decision) -> bool:
        return decision.rule == rule and first_blocker(action, observation) is not None

    return Fault(is_at, [(atom,) for atom in BLOCKERS[action]], frozenset([action]))


def put_right(policy: Policy, fault: Fault) -> Policy:
    """The policy with decisions of `RULE` where the fault is, if one of them can be taken there.

    What the engine cannot do is left too, whichever rule decides it, since it would end the run before that shows anything.
    """
    added = (_STAYS, *(Decision(action, None, RULE) for action in fault.instead if action is not Action.HOLD))
    places = {decision.action: len(policy.decisions) + place for place, decision in enumerate(added)}
    skips = len(policy.decisions) + len(added)

    def decide(observation: Observation) -> int:
        index = policy.decide(observation)
        decision = policy.decisions[index]
        if fault.is_at(observation, decision):
            for action in fault.instead or (Action.HOLD,):
                if first_blocker(action, observation) is None:
                    return places[action]
        return index if first_blocker(decision.action, observation) is None else skips

    rows = [Row(condition, decision) for decision in added for condition in fault.where]
    orders = (
        frozenset[str]().union(*(orders_of(Row(condition, decision)) for condition in fault.where))
        for decision in added
    )
    return replace(
        policy,
        decide=decide,
        decisions=(*policy.decisions, *added, _SKIPS),
        ordered_by=(*policy.ordered_by, *orders, frozenset[str]()),
        reads=policy.reads | fault.reads,
        actions=policy.actions.union(decision.action for decision in added),
        wake_ups=WakeUps.of([*policy.rows, *rows]),
    )
