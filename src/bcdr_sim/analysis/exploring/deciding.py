"""Decisions and moves in an exploration: the compiled policy, the gates, what a completed move changes.

The rules are those of the engine (docs/reference/semantics.md, section 5), for one environment and one outage of a region at
a time, `on_recovery: abort`. A test plays random traces here and in the engine and compares them event for event.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from bcdr_sim.analysis.exploring.journal import Journal
from bcdr_sim.analysis.exploring.people import People
from bcdr_sim.analysis.exploring.seeing import Observer
from bcdr_sim.analysis.exploring.situation import UNDETERMINED, Environment, Move, Situation
from bcdr_sim.engine.deciding import CONSENT_REASONS, DECISIONS_MAX, PHASE_OF_REASON
from bcdr_sim.engine.operations import FAILBACK, FAILOVER, FORCED, PLANNED
from bcdr_sim.engine.state import GATES, Gate
from bcdr_sim.events import Event
from bcdr_sim.phases import SERVED, WAITING, Phase
from bcdr_sim.policy import Action, Decision, Observation, Policy, Reason
from bcdr_sim.policy.atom import Atom
from bcdr_sim.policy.preconditions import BLOCKERS

_NONE, _QUEUED, _DRAINING, _UNDER_WAY = map(int, Move)
_SERVED = frozenset(map(int, SERVED))
_WAITING = frozenset(map(int, WAITING))
_COMPLETED: Final = {
    FAILOVER: Event.FAILOVER_COMPLETED,
    PLANNED: Event.PLANNED_FAILOVER_COMPLETED,
    FAILBACK: Event.FAILBACK_COMPLETED,
    FORCED: Event.FORCED_FAILBACK_COMPLETED,
}
UNPLANNED: Final = frozenset({FAILOVER, FORCED})
"""The moves that may lose something."""

_ACTIONS: Final = tuple(Action)


@dataclass(frozen=True, slots=True)
class Commit:
    """A move that is about to complete: what is seen at that instant, and what the policy answers to it."""

    situation: Situation
    environment: Environment
    seen: Observation
    action: Action
    answer: Decision


class Deciding:
    """Asks the policy and does what it says."""

    def __init__(
        self,
        policy: Policy,
        observer: Observer,
        *,
        people: People,
        journal: Journal,
        gates: frozenset[Gate] = GATES,
        maintenance: int = 0,
        forced: int = 0,
    ) -> None:
        """`maintenance` is the trouble that is the provider's order to leave, `forced` a customer's to go at once, or 0."""
        self._policy = policy
        self._observer = observer
        self._people = people
        self._journal = journal
        self._gates = gates
        self._maintenance = maintenance
        self._forced = forced
        self.touched: list[Environment] = []
        """Who decides before the step is over."""
        self.asked: Callable[[Observation], None] = _nobody
        """Told what the policy is asked about."""
        self.committed: Callable[[Commit], None] = _nobody
        """Told of a move that is about to complete."""
        self.refused: Callable[[Observation, Decision, Atom | None], None] = _nobody
        """Told of an action that cannot be taken (and of what rules it out), or of a policy that runs in a circle."""

    # Asking ---------------------------------------------------------------------------------------------------------

    def settle(self, situation: Situation) -> None:
        """Let those who were touched decide until nobody has anything to decide."""
        for _ in range(DECISIONS_MAX):
            for environment in situation.environments:
                if self._people.tell(situation, environment):
                    self.touch(environment)
            if not self.touched:
                return
            asked, self.touched = self.touched, []
            for environment in asked:
                if self._is_asked(situation, environment):
                    self._decide(situation, environment)
        environment = self.touched[0]
        self.touched = []
        seen = self._observer.observe(situation, environment)
        self.refused(seen, self._policy.answer(seen), None)

    def touch(self, environment: Environment) -> None:
        """It decides before the step is over."""
        if environment not in self.touched:
            self.touched.append(environment)

    def _is_asked(self, situation: Situation, environment: Environment) -> bool:
        if environment.move >= _DRAINING:
            return False
        if situation.here_down(environment) or environment.far or environment.move or environment.order:
            return True
        return self._maintenance > 0 and situation.regions.trouble == self._maintenance

    def seen(self, situation: Situation, environment: Environment) -> Observation:
        """What the policy is shown; the same object is filled again by the next question."""
        return self._observer.observe(situation, environment)

    def answer(self, situation: Situation, environment: Environment) -> Decision:
        """What the policy would say now."""
        return self._policy.answer(self.seen(situation, environment))

    def _decide(self, situation: Situation, environment: Environment) -> None:
        seen = self._observer.observe(situation, environment)
        self.asked(seen)
        index = self._policy.decide(seen)
        decision = self._policy.decisions[index]
        if decision.action is Action.HOLD:
            self._hold(situation, environment, decision, rule=index)
            return
        code = decision.action.code
        pending = environment.action == code + 1 and environment.move
        blocker = next((atom for atom in BLOCKERS[decision.action] if atom.holds(seen)), None)
        if blocker is not None and not pending:
            self.refused(seen, decision, blocker)
        elif decision.action is Action.ASK_CONSENT:
            if environment.move:
                self._withhold(situation, environment, decision, rule=index)
            is_served = environment.phase in _SERVED
            self._people.provider_asks(environment, rule=index, is_served=is_served)
        elif not pending:
            if environment.move:
                self._withhold(situation, environment, decision, rule=index)
            self._start(situation, environment, code, rule=index)

    def _hold(self, situation: Situation, environment: Environment, decision: Decision, *, rule: int) -> None:
        if environment.move:
            self._withhold(situation, environment, decision, rule=rule)
        assert decision.reason is not None, "a hold has a reason"
        phase = environment.phase
        target = self._hold_phase(environment, decision.reason) if phase in _WAITING else phase
        code = decision.reason.code
        if code + 1 != environment.held or target != phase:
            environment.held = code + 1
            self._journal.write(environment, Event.HELD, target, rule=rule, reason=code)

    def _hold_phase(self, environment: Environment, reason: Reason) -> Phase:
        if reason in CONSENT_REASONS and self._people.takes_part:
            if not environment.consent:
                return Phase.AWAITING_AWARENESS
            return Phase.AWAITING_CONSENT if self._people.is_told(environment) else Phase.AWAITING_SUPPORT
        return PHASE_OF_REASON.get(reason, Phase.DOWN_HELD)

    # Moves ----------------------------------------------------------------------------------------------------------

    def _start(self, situation: Situation, environment: Environment, action: int, *, rule: int) -> None:
        """Stand in line for a slot."""
        environment.move, environment.action = _QUEUED, action + 1
        environment.place = 1 + max(
            (other.place for other in situation.environments if other is not environment), default=0
        )
        if len(situation.environments) == 1:
            environment.place = 0
        target = environment.phase if environment.phase in _SERVED else Phase.QUEUED
        self._journal.write(environment, Event.MOVE_DECIDED, target, rule=rule, value=action)

    def obtain_slot(self, situation: Situation, environment: Environment) -> None:
        """Ask again with the slot in hand; the same answer begins the move."""
        action = environment.action - 1
        self._take(environment)
        index = self._policy.decide(self._observer.observe(situation, environment))
        decision = self._policy.decisions[index]
        if decision.action.code != action and Gate.SLOT in self._gates:
            self._withhold(situation, environment, decision, rule=index)
            return
        is_up = not situation.here_down(environment)
        is_forced = environment.order == self._forced > 0 and "forced" in self._policy.ordered_by[index]
        drains = action == PLANNED or (action == FAILOVER and is_up and not is_forced)
        target = (
            Phase.FAILING_BACK if action == FAILBACK else Phase.DRAINING if drains else Phase.FAILING_OVER
        )
        environment.move = _DRAINING if drains else _UNDER_WAY
        environment.unprompted = int(is_forced and is_up)
        self._leave_queue(situation, environment)
        self._journal.write(environment, Event.SLOT_OBTAINED, target, rule=index, value=action)

    def drained(self, environment: Environment) -> None:
        """Everything written before the slot is on the other side."""
        environment.move, environment.drained = _UNDER_WAY, 1
        self._journal.write(environment, Event.DRAINED)

    def drain_times_out(self, situation: Situation, environment: Environment) -> None:
        """The link has not caught up in time: the move ends."""
        self._journal.write(environment, Event.DRAIN_TIMED_OUT, self._rest_phase(environment))
        self._drop(situation, environment)

    def commit(self, situation: Situation, environment: Environment) -> None:
        """Ask once more; the same answer completes the move, any other withholds it."""
        action = environment.action - 1
        self._take(environment)
        seen = self._observer.observe(situation, environment)
        index = self._policy.decide(seen)
        decision = self._policy.decisions[index]
        if decision.action.code != action and Gate.COMMIT in self._gates:
            self._withhold(situation, environment, decision, rule=index)
            return
        self.committed(Commit(situation, environment, seen, _ACTIONS[action], decision))
        self._complete(situation, environment, action, rule=index)

    def _take(self, environment: Environment) -> None:
        """Take the figure again, if it was determined at all."""
        if environment.figure != UNDETERMINED:
            environment.figure = environment.loss + 1
            self._people.figure_taken(environment)

    def _withhold(
        self, situation: Situation, environment: Environment, decision: Decision, *, rule: int
    ) -> None:
        phase = environment.phase
        flees = phase == Phase.QUEUED or (phase == Phase.FAILING_OVER and not environment.drained)
        in_flight = environment.move >= _DRAINING
        target = Phase.DOWN_HELD if flees else self._rest_phase(environment) if in_flight else phase
        reason = -1 if decision.reason is None else decision.reason.code
        self._journal.write(
            environment, Event.MOVE_WITHHELD, target, rule=rule, reason=reason, value=environment.action - 1
        )
        self._drop(situation, environment)
        if flees and not situation.here_down(environment):
            self.restore(environment)

    def abort(self, situation: Situation, environment: Environment) -> None:
        """Events have overtaken the move."""
        moving = environment.phase in (Phase.DRAINING, Phase.FAILING_OVER, Phase.FAILING_BACK)
        target = self._rest_phase(environment) if moving else environment.phase
        self._journal.write(environment, Event.MOVE_ABORTED, target, value=environment.action - 1)
        self._drop(situation, environment)

    def _drop(self, situation: Situation, environment: Environment) -> None:
        self._leave_queue(situation, environment)
        environment.move = environment.action = environment.drained = environment.unprompted = 0
        self.touch(environment)

    @staticmethod
    def _leave_queue(situation: Situation, environment: Environment) -> None:
        for other in situation.environments:
            if other.place > environment.place > 0:
                other.place -= 1
        environment.place = 0

    @staticmethod
    def _rest_phase(environment: Environment) -> Phase:
        return Phase.ON_SECONDARY if environment.far else Phase.SERVING

    def restore(self, environment: Environment) -> None:
        """It is served again where it is."""
        self._journal.write(environment, Event.SERVICE_RESTORED, self._rest_phase(environment))

    def _complete(self, situation: Situation, environment: Environment, action: int, *, rule: int) -> None:
        """Change sides."""
        environment.far = 1 - environment.far
        is_down = situation.here_down(environment)
        target = Phase.DOWN_UNDETECTED if is_down else self._rest_phase(environment)
        self._journal.write(environment, _COMPLETED[action], target, rule=rule)
        environment.move = environment.action = environment.drained = environment.unprompted = 0
        environment.synced, environment.since_move = 0, 1
        environment.order = 0
        self.leave_incident(environment)
        if is_down:
            self.join_incident(environment)
        self.touch(environment)

    # Incidents ------------------------------------------------------------------------------------------------------

    def join_incident(self, environment: Environment) -> None:
        """Its region is down, which is detected at once."""
        phase = environment.phase
        target = Phase.DOWN_UNCONFIRMED if phase == Phase.DOWN_UNDETECTED else phase
        self._journal.write(environment, Event.OUTAGE_DETECTED, target)

    def leave_incident(self, environment: Environment) -> None:
        """The incident, its figures and its people are over for this environment."""
        self._people.close(environment)
        environment.confirmed = environment.age = environment.confirmed_age = 0
        environment.figure = environment.loss = UNDETERMINED
        environment.held = 0


def _nobody(*_: object) -> None:
    """Whom nobody has to tell."""
