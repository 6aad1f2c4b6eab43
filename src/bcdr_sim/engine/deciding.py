"""The decision pass: whoever sees something changed decides once, then free slots are given out.

Rules (docs/reference/semantics.md, sections 1 and 5). The policy is a pure function, so asking it without
need changes nothing; what is written is the change. While a move has its slot nobody is asked until its
commit.
"""

from __future__ import annotations

import numpy as np

from bcdr_sim.calendars import next_change_in_any
from bcdr_sim.engine.agreement import NOT_ASKED, Agreement
from bcdr_sim.engine.clock import Kind, RowCalendar
from bcdr_sim.engine.crowd import Crowd
from bcdr_sim.engine.execution import Execution
from bcdr_sim.engine.fleet import Move
from bcdr_sim.engine.loss import LossFigures
from bcdr_sim.engine.observing import Observer
from bcdr_sim.engine.operations import GROUP_PENDING, Operations
from bcdr_sim.engine.people import People
from bcdr_sim.engine.rehearsals import Rehearsals
from bcdr_sim.engine.state import Gate, World
from bcdr_sim.events import Event
from bcdr_sim.phases import WAITING, Phase
from bcdr_sim.policy import Action, Decision, Observation, PolicyError, Reason
from bcdr_sim.policy.decision import MOVES
from bcdr_sim.policy.preconditions import first_blocker
from bcdr_sim.timeline import NO_VALUE

CONSENT_REASONS = frozenset({Reason.CONSENT_PENDING, Reason.LOSS_NOT_EXCLUDED, Reason.CONSENT_CHANNEL_DOWN})
PHASE_OF_REASON = {
    Reason.NOT_COVERED: Phase.NOT_COVERED,
    Reason.IMPACT_UNCONFIRMED: Phase.DOWN_UNCONFIRMED,
    Reason.LOSS_NOT_DETERMINED: Phase.DOWN_ASSESSING,
}


DAY_MS = 86_400_000
DECISIONS_MAX = 100
"""More decisions of one environment at one instant mean that the policy runs in a circle."""
_NEVER = 2**62
_IN_FLIGHT = int(Move.DRAINING)


class Decider:
    """Asks the policy and does what it says."""

    def __init__(
        self,
        world: World,
        figures: LossFigures,
        observer: Observer,
        people: People,
        operations: Operations,
        execution: Execution,
        crowd: Crowd,
        agreement: Agreement,
    ) -> None:
        self._world = world
        self._figures = figures
        self._observer = observer
        self._people = people
        self._operations = operations
        self._execution = execution
        self._crowd = crowd
        self._agreement = agreement
        self._groups = operations.groups
        self._rehearsals = Rehearsals(world, people.orders)
        self._wakes = RowCalendar(world.clock, Kind.WAKE, world.touch, row_count=len(world.trial.estate))
        self._shares = False
        self._may_circle = False
        self._passes_ms = -1
        self._pass_count = 0
        self._minds: dict[int, tuple[int, int]] = {}
        self._known: dict[tuple[object, ...], tuple[int, int]] = {}
        start = world.trial.scenario.start
        self._clock = world.policy.clock(start) if start is not None else None
        self._capacity_matters = any(region.capacity_free is not None for region in world.regions)
        self._reads_window = "window" in world.policy.reads
        self._reads_moves = "moves_24h" in world.policy.reads
        self._is_personal = self._reads_moves or observer.reads_restores

    def decide_all(self) -> None:
        """Decide and give out slots until nothing is left to decide, or facts of this instant come first."""
        world = self._world
        dirty = world.dirty
        if not dirty:
            return
        if self._passes_ms != world.clock.now_ms:
            self._passes_ms = world.clock.now_ms
            self._pass_count = 0
            self._minds.clear()
        while dirty and world.clock.is_over():
            if self._groups.members:
                self._figures.follow(dirty)
                self._agreement.forget()
            rows = self._groups.with_waiting(dirty)
            dirty.clear()
            self._pass_count += 1
            self._may_circle = self._pass_count > DECISIONS_MAX
            self._shares = len(rows) >= self._crowd.least and not self._is_personal and not self._may_circle
            if self._shares:
                self._known.clear()
            if self._shares and not self._capacity_matters:
                self._decide_crowd(rows)
            else:
                for row in rows:
                    if self._is_asked(row):
                        self._decide(row)
            self._give_slots()

    def _decide_crowd(self, rows: list[int]) -> None:
        """Many environments decide at one instant: those that look the same and are to stay put, together."""
        for run, is_crowd in self._crowd.runs(rows):
            if not is_crowd or not self._is_asked(run[0]) or not self._hold_crowd(run):
                for row in run:
                    if self._is_asked(row):
                        self._decide(row)

    def _hold_crowd(self, run: list[int]) -> bool:
        """One answer for all of them, if it is to stay put; false if they move."""
        world = self._world
        index, wake_ms = self._answer(run[0])
        decision = world.policy.decisions[index]
        if decision.action is not Action.HOLD:
            return False
        incident = world.fleet.incident[run[0]]
        assert incident is not None, "they wait in one"
        assert decision.reason is not None, "a hold has a reason"
        target = self._hold_phase(run[0], decision.reason)
        self._crowd.hold(run, target=target, reason=decision.reason.code, rule=index, outage=incident.name)
        if wake_ms >= 0:
            self._wakes.add_all([wake_ms] * len(run), run)
        else:
            self._wakes.cancel_all(np.array(run, dtype=np.int64))
        return True

    def _is_asked(self, row: int) -> bool:
        fleet = self._world.fleet
        if fleet.phase[row] in NOT_ASKED or fleet.move[row] >= _IN_FLIGHT:
            return False
        if self._groups.comes_along(row):
            return self._agreement.is_hit(row)
        return bool(fleet.move[row]) or self._agreement.is_concerned(row)

    def _answer(self, row: int) -> tuple[int, int]:
        """The policy's answer now (index of the decision) and the instant to ask again (-1: none).

        In a pass of many, environments that look the same to the policy get one answer between them.
        """
        if not self._shares or row in self._groups.members:
            return self._ask(row)
        world = self._world
        fleet = world.fleet
        incident = fleet.incident[row]
        key = (
            world.trial.estate.spec_of[row],
            -1 if incident is None else incident.place,
            fleet.far[row],
            fleet.service[row],
            fleet.figure[row],
            fleet.known_loss_ms[row],
            fleet.consent[row],
            fleet.consent_level_ms[row],
            fleet.order[row],
            fleet.order_loss_ms[row],
            fleet.last_move_ms[row],
            fleet.copy_stands_ms[row],
            bool(fleet.seeding[row]) | fleet.destroyed[row] << 1,
            fleet.hits[row],
            fleet.other_hits[row],
            fleet.link_stop_ms[row],
            fleet.action[row],
            self._capacity_matters and self._observer.has_room(row),
        )
        known = self._known.get(key)
        if known is None:
            known = self._known[key] = self._ask(row)
        return known

    def _ask(self, row: int) -> tuple[int, int]:
        seen = self._observer.observe(row)
        index = self._decision(row, seen)
        return index, self._next_wake_ms(row, seen, self._world.policy.decisions[index])

    def _decision(self, row: int, seen: Observation) -> int:
        policy = self._world.policy
        index = policy.decide(seen)
        decision = policy.decisions[index]
        if decision.action is not Action.HOLD:
            self._refuse_impossible(row, decision, seen)
        return index

    def _decide(self, row: int) -> None:
        world = self._world
        index, wake_ms = self._answer(row)
        decision = world.policy.decisions[index]
        is_new = decision.action is not Action.HOLD and world.fleet.action[row] != decision.action.code
        if is_new and decision.action in MOVES and world.fleet.move[row]:
            self._operations.withhold(row, decision, rule=index)
            self._agreement.forget()
        waits_for = self._agreement.dissenter(row, decision.action, self._index) if is_new else None
        if self._may_circle:
            self._refuse_circle(row, index, begins=is_new and waits_for is None)
        if decision.action is Action.HOLD:
            self._hold(row, decision, rule=index)
        elif waits_for is not None:
            self._hold(row, GROUP_PENDING, rule=index, value=waits_for)
        else:
            self._act(row, decision, index, is_new=is_new)
        if wake_ms >= 0:
            self._wakes.add(wake_ms, row)
        else:
            self._wakes.due_ms[row] = -1

    def _act(self, row: int, decision: Decision, index: int, *, is_new: bool) -> None:
        is_move = decision.action in MOVES
        if self._world.fleet.move[row] and not is_move:
            self._operations.withhold(row, decision, rule=index)
        if is_move and is_new:
            self._agreement.start(row, decision.action, self._index, rule=index)
        elif decision.action is Action.ASK_CONSENT:
            self._people.provider_asks(row, rule=index)
        elif decision.action is Action.TEST_FAILOVER:
            self._rehearsals.begin(row, rule=index)
        self._agreement.forget()

    def _index(self, row: int) -> int:
        return self._answer(row)[0]

    def _refuse_circle(self, row: int, index: int, *, begins: bool) -> None:
        """After a hundred passes of one instant: whoever changes its mind, or begins anew, as often does not come to rest.

        Passes alone say nothing: a queue of thousands may go through one slot in no time.
        """
        world = self._world
        decision = world.policy.decisions[index]
        last, count = self._minds.get(row, (-1, 0))
        count += index != last or begins
        self._minds[row] = (index, count)
        if count > DECISIONS_MAX:
            raise PolicyError(
                f"policy {world.policy.name}, rule '{decision.rule}': more than {DECISIONS_MAX} decisions of "
                f"environment '{world.trial.estate.names[row]}' at one instant ({world.clock.now_ms} ms)"
            )

    def _refuse_impossible(self, row: int, decision: Decision, seen: Observation) -> None:
        """An action that cannot be taken now is a fault of the policy, unless it is under way already."""
        under_way = self._world.fleet.action[row] == decision.action.code
        if under_way and decision.action is not Action.RESTORE:
            return
        found = first_blocker(decision.action, seen)
        if found is not None and not (under_way and found.axis != "restore_loss"):
            raise PolicyError(
                f"policy {self._world.policy.name}, rule '{decision.rule}': {decision.action} cannot be taken while "
                f"{found.axis} is {seen.value(found.axis)} (at {self._world.clock.now_ms} ms)"
            )

    def _hold(self, row: int, decision: Decision, *, rule: int, value: int = NO_VALUE) -> None:
        world = self._world
        fleet = world.fleet
        if fleet.move[row]:
            self._operations.withhold(row, decision, rule=rule)
            self._agreement.forget()
        assert decision.reason is not None
        phase = fleet.phase[row]
        target = self._hold_phase(row, decision.reason) if phase in WAITING else phase
        code = decision.reason.code
        if code != fleet.held[row] or target != phase:
            fleet.held[row] = code
            world.write(row, Event.HELD, target=target, reason=code, rule=rule, value=value)

    def _hold_phase(self, row: int, reason: Reason) -> Phase:
        fleet = self._world.fleet
        if reason in CONSENT_REASONS and self._people.awareness.expects(row):
            if not fleet.aware[row]:
                return Phase.AWAITING_AWARENESS
            return Phase.AWAITING_CONSENT if self._people.is_told(row) else Phase.AWAITING_SUPPORT
        return PHASE_OF_REASON.get(reason, Phase.DOWN_HELD)

    def _next_wake_ms(self, row: int, seen: Observation, decision: Decision) -> int:
        """The instant at which time alone may change the answer; -1 if it cannot."""
        now_ms = self._world.clock.now_ms
        delay_ms = self._world.policy.wake_ups.next_ms(seen, now_ms=now_ms, clock=self._clock)
        due_ms = _NEVER if delay_ms is None else now_ms + delay_ms
        if decision.wake_after_ms is not None:
            due_ms = min(due_ms, now_ms + decision.wake_after_ms)
        windows = self._world.specs[row].windows
        if windows and self._reads_window:
            change_ms = next_change_in_any(windows, now_ms)
            due_ms = due_ms if change_ms is None else min(due_ms, change_ms)
        if self._reads_moves:
            leaving_ms = (at_ms + DAY_MS for at_ms in self._world.moves_ms.get(row, ()))
            due_ms = min((at_ms for at_ms in (*leaving_ms, due_ms) if at_ms > now_ms), default=due_ms)
        return -1 if due_ms == _NEVER else due_ms

    def _give_slots(self) -> None:
        """Ask again with the slot in hand; the same answer begins the move."""
        world = self._world
        for pool in self._operations.pools:
            while pool.may_give and (row := pool.next()) is not None:
                movers = self._groups.movers(row)
                for each in movers:
                    pool.leave(each)
                self._figures.take_all(movers)
                rules, dissenter = self._agreement.at_gate(movers, self._slot_answer)
                if dissenter is None or Gate.SLOT not in world.gates:
                    self._execution.begin(row, rules)
                else:
                    self._operations.gate(dissenter, rules)

    def _slot_answer(self, row: int) -> int:
        return self._index(row) if self._shares else self._decision(row, self._observer.observe(row))
