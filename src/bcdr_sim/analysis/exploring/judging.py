"""What must never happen on a trace, judged at a commit, at a decision, and where nothing happens any more.

Rules.

* A commit is judged by the facts of that instant: each invariant of the policy must permit the move there; a move that may
  lose something loses nothing, or is covered by consent, unless the table itself, asked at that instant, wants the move;
  and no move goes into a region that is down.
* Two moves within the hour are flapping, unless the second was ordered. That is an error of a policy that looks at the time
  since the last move anywhere, in a rule or an invariant; of others it is only worth knowing.
* Consent that is granted and covers the loss, with a healthy target and nothing else in the way, leads to a move once the
  provider has nothing left to do and no clock can change the answer any more. Otherwise the environment is stuck: time
  passes, and nothing else. That is asked where the policy knows an unplanned move at all.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Final

from bcdr_sim.analysis.exploring.deciding import UNPLANNED, Commit, Deciding
from bcdr_sim.analysis.exploring.scale import FLAPPING_MS
from bcdr_sim.analysis.exploring.situation import UNDETERMINED, Consent, Environment, Situation
from bcdr_sim.analysis.exploring.steps import PROCEDURE, Happening, Step
from bcdr_sim.analysis.finding import Law
from bcdr_sim.policy import Action, Decision, Observation, Policy
from bcdr_sim.policy.atom import Atom
from bcdr_sim.policy.axes import AXES, TAG_PREFIX, TOP, find_axis
from bcdr_sim.policy.compile import Row, compile_rows
from bcdr_sim.policy.literals import format_literal

INVARIANT, LOSS, OUTAGE, FLAPPING = "BCDR501", "BCDR502", "BCDR503", "BCDR504"
STUCK, IMPOSSIBLE, OWN_RULE = "BCDR505", "BCDR506", "BCDR507"

WAYS: Final = (("NearCopy", Action.FAILOVER), ("FarCopy", Action.FORCED_FAILBACK))
"""The unplanned move from each location."""


@dataclass(frozen=True, slots=True)
class Breach:
    """Something that must not happen: its code, what was done or left undone, the law broken, and what was seen then."""

    code: str
    action: Action
    seen: Observation
    law: Law | None = None
    blocker: Atom | None = None
    rule: str = ""

    @property
    def identity(self) -> tuple[str, str, str]:
        """Breaches that are alike: the first, which is the shortest, stands for all."""
        return self.code, self.law.name if self.law else "", self.action.value


class Judge:
    """Collects the breaches of the step that is played, and the names of the laws that some decision came under."""

    def __init__(self, policy: Policy, laws: Sequence[Law], deciding: Deciding) -> None:
        self._policy = policy
        self._deciding = deciding
        self.found: list[Breach] = []
        self.met: set[str] = set()
        default = policy.decisions[-1]
        self._laws = [
            (compile_rows([Row(law.invariant.condition(policy.values), default)]), law) for law in laws
        ]
        self._moves_away = tuple(_may_move(policy, *each) for each in WAYS)
        self._unmet = list(self._laws)
        deciding.asked = self._asked
        deciding.committed = self._committed
        deciding.refused = self._refused

    def _asked(self, seen: Observation) -> None:
        if self._unmet:
            self.met.update(law.name for holds, law in self._unmet if holds(seen) == 0)
            self._unmet = [each for each in self._unmet if each[1].name not in self.met]

    def _committed(self, commit: Commit) -> None:
        seen, done = commit.seen, commit.action
        before = len(self.found)
        for holds, law in self._laws:
            if holds(seen) == 0 and not law.invariant.permits(done):
                self._note(INVARIANT, done, seen, law=law)
        if commit.situation.there_down(commit.environment):
            self._note(OUTAGE, done, seen)
        if done.code in UNPLANNED and not commit.environment.drained and _may_lose(seen):
            if commit.answer.action is not done:
                self._note(LOSS, done, seen)
            elif len(self.found) == before and seen.order != "forced":
                self._note(OWN_RULE, done, seen, rule=commit.answer.rule)
        if seen.since_last_move < FLAPPING_MS and seen.order == "none":
            self._note(FLAPPING, done, seen)

    def _refused(self, seen: Observation, decision: Decision, blocker: Atom | None) -> None:
        self.found.append(
            Breach(IMPOSSIBLE, decision.action, replace(seen), blocker=blocker, rule=decision.rule)
        )

    def _note(
        self, code: str, action: Action, seen: Observation, *, law: Law | None = None, rule: str = ""
    ) -> None:
        self.found.append(Breach(code, action, replace(seen), law=law, rule=rule))

    def seen(self, situation: Situation, environment: Environment) -> Observation:
        """What the policy is shown; the same object is filled again by the next question."""
        return self._deciding.seen(situation, environment)

    def stuck(self, situation: Situation, steps: Sequence[Step], *, stands_still: bool) -> None:
        """Judge a situation in which a tick changes nothing (`stands_still`); `steps` are all that may happen in it."""
        if not stands_still or situation.regions.trouble:
            return
        outstanding = {step.environment for step in steps if step.happening in PROCEDURE}
        if any(step.happening is Happening.VERIFIED for step in steps):
            outstanding |= {place for place, each in enumerate(situation.environments) if each.far}
        for place, environment in enumerate(situation.environments):
            if place in outstanding or environment.move or not self._moves_away[environment.far]:
                continue
            if not _has_consent(situation, environment):
                continue
            decision = self._deciding.answer(situation, environment)
            if decision.action is Action.HOLD:
                seen = self._deciding.seen(situation, environment)
                self._note(STUCK, decision.action, seen, rule=decision.rule)


def _may_move(policy: Policy, location: str, action: Action) -> bool:
    """Whether some rule decides an unplanned move from a location."""
    return any(
        row.decision.action is action
        and all(atom.holds_for(location) for atom in row.when if atom.axis == "location")
        for row in policy.rows
    )


def _may_lose(seen: Observation) -> bool:
    """Whether a move may lose something that no consent covers."""
    return (seen.data_loss > 0 or seen.data_loss == TOP) and not seen.loss_within_consent


def _has_consent(situation: Situation, environment: Environment) -> bool:
    """Whether an environment is down, may move for all that is known, and consent covers the loss."""
    return bool(
        environment.consent == Consent.GRANTED
        and UNDETERMINED < environment.figure <= environment.level
        and environment.loss < environment.level
        and situation.here_down(environment)
        and not situation.there_down(environment)
    )


def witness_of(seen: Observation, axes: Collection[str] | None) -> dict[str, str]:
    """An observation as a file writes it: some axes, or all but tags."""
    chosen = set(AXES if axes is None else axes)
    ordered = [*(axis for axis in AXES if axis in chosen), *sorted(chosen - set(AXES))]
    return {axis: written(axis, seen) for axis in ordered}


def written(axis: str, seen: Observation) -> str:
    """The value of an axis as a file writes it."""
    tags = frozenset({axis.removeprefix(TAG_PREFIX)}) if axis.startswith(TAG_PREFIX) else frozenset()
    found = find_axis(axis, tags)
    assert found is not None, "a policy reads axes that exist"
    return format_literal(found, seen.value(axis))
