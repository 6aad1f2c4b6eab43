"""Moves: the queue for slots, drains, stages, retries, the gate at the commit, completion and abortion.

Rules (docs/reference/semantics.md, section 5). A decision is not a commit: the policy is asked again when
the slot is obtained (by the decision pass, which gives slots out) and at the end of the last stage (here);
any other answer withholds the move. Failovers and forced failbacks share one pool, failbacks have their
own. The queue is first come first served, ties by tier, then name.
"""

from __future__ import annotations

from collections.abc import Callable
from heapq import heappop, heappush

import numpy as np
from numpy.typing import NDArray

from bcdr_sim.engine.clock import Kind, RowCalendar
from bcdr_sim.engine.fleet import Move, Service
from bcdr_sim.engine.observing import KEPT, Observer
from bcdr_sim.engine.protection import Protection
from bcdr_sim.engine.state import World
from bcdr_sim.events import STAGES, Event
from bcdr_sim.phases import Phase
from bcdr_sim.policy import Action, Decision
from bcdr_sim.timeline import NOTHING, UNBOUNDED

ACTION_OF = {action.code: action for action in Action}
FAILOVER, PLANNED = Action.FAILOVER.code, Action.PLANNED_FAILOVER.code
FAILBACK, FORCED = Action.FAILBACK.code, Action.FORCED_FAILBACK.code
_RUN = STAGES.index("run")
_COMPLETED = {
    FAILOVER: Event.FAILOVER_COMPLETED,
    PLANNED: Event.PLANNED_FAILOVER_COMPLETED,
    FAILBACK: Event.FAILBACK_COMPLETED,
    FORCED: Event.FORCED_FAILBACK_COMPLETED,
}


class Pool:
    """A number of slots and the queue for them; what left the queue is skipped when its turn comes."""

    def __init__(self, slots: int | None) -> None:
        self.free = slots
        self._queue: list[tuple[int, int, int]] = []
        self._since_ms: dict[int, int] = {}

    def join(self, now_ms: int, tier: int, row: int) -> None:
        """Stand in line."""
        self._since_ms[row] = now_ms
        heappush(self._queue, (now_ms, tier, row))

    def leave(self, row: int) -> None:
        """Stand in line no more."""
        self._since_ms.pop(row, None)

    def leave_all(self, rows: list[int]) -> None:
        """The same for many."""
        if self._since_ms:
            for row in rows:
                self._since_ms.pop(row, None)
        if not self._since_ms:
            self._queue.clear()

    def next(self) -> int | None:
        """The environment whose turn it is, if a slot is free; it leaves the line."""
        while self._queue and (self.free is None or self.free > 0):
            since_ms, _, row = heappop(self._queue)
            if self._since_ms.get(row) == since_ms:
                del self._since_ms[row]
                return row
        return None

    def take(self) -> None:
        """Use a slot."""
        if self.free is not None:
            self.free -= 1

    def give_back(self) -> None:
        """Free a slot."""
        if self.free is not None:
            self.free += 1


class Operations:
    """Moves of all environments."""

    def __init__(
        self,
        world: World,
        protection: Protection,
        observer: Observer,
        *,
        arrive: Callable[[int], Phase],
        settle: Callable[[int, int], None],
        back_in_place: Callable[[int], None],
        touch: Callable[[int], None],
    ) -> None:
        """What a move leads to is done by others.

        `arrive` changes sides and gives the phase there, `settle` does what follows a completed move (row, action),
        `back_in_place` what follows a withheld one whose reason is over; `touch` is told of changed axes.
        """
        self._world = world
        self._protection = protection
        self._observer = observer
        self._arrive = arrive
        self._settle = settle
        self._back_in_place = back_in_place
        self._touch = touch
        provider = world.trial.scenario.provider
        self.pools = (Pool(provider.failover.slots), Pool(provider.failback.at_once))
        count = len(world.trial.estate)
        self._drains = RowCalendar(world.clock, Kind.DRAIN, self._drain_over, row_count=count)
        self._stages = RowCalendar(world.clock, Kind.STAGE, self._stage_over, row_count=count)
        self._retries = RowCalendar(world.clock, Kind.RETRY, self._joins_again, row_count=count)
        self._confirmations = RowCalendar(
            world.clock, Kind.CONFIRMED_RECOVERY, self._recovery_confirmed, row_count=count
        )
        self._kept: dict[int, dict[str, object]] = {}
        self._drains_since_ms: dict[int, int] = {}
        self._confirms: dict[int, int] = {}
        self._durations = {
            "provider.failback.interruption": provider.failback.interruption,
            "provider.failover.validate": provider.failover.validate_,
            "provider.failover.prepare": provider.failover.prepare,
            "provider.failover.run": provider.failover.run,
            "provider.failover.planned": provider.failover.planned,
            "provider.failover.finalize": provider.failover.finalize,
            "provider.failover.verification": provider.failover.verification,
        }

    # The queue ------------------------------------------------------------------------------------------------------

    def pool_of(self, row: int) -> Pool:
        """The pool that the pending move of an environment draws on."""
        return self.pools[self._world.fleet.action[row] == FAILBACK]

    def start(self, row: int, action: int, *, rule: int) -> None:
        """The policy decided to move: stand in line for a slot."""
        world = self._world
        fleet = world.fleet
        fleet.move[row] = Move.QUEUED
        fleet.action[row] = action
        served = world.is_served(row)
        fleet.occasion[row] = fleet.moved_for[row] if action == FAILBACK else self._flees(row)
        outage = fleet.occasion[row]
        target = Phase(fleet.phase[row]) if served else Phase.QUEUED
        world.write(row, Event.MOVE_DECIDED, target=target, outage=outage, rule=rule, value=action)
        self.pool_of(row).join(world.clock.now_ms, world.specs[row].tier, row)

    def _flees(self, row: int) -> int:
        world = self._world
        incident = world.fleet.incident[row]
        if incident is not None:
            return incident.name
        periods = world.regions[world.specs[row].home].maintenance
        if periods:
            return min(periods)
        warned = [
            world.fact_name[fact]
            for fact in world.region_here(row).warnings
            if world.trial.selects(world.facts[fact], world.specs[row])
        ]
        return min(warned, default=NOTHING)

    def is_queued(self, row: int) -> bool:
        """Whether an environment stands in line."""
        return self._world.fleet.move[row] == Move.QUEUED

    def in_flight(self, row: int) -> bool:
        """Whether a move has its slot, so that the policy is not asked before the commit."""
        return self._world.fleet.move[row] >= Move.DRAINING

    def withhold(self, row: int, decision: Decision, *, rule: int) -> None:
        """Asked again, the policy answers otherwise: the move is over, the environment where it was."""
        world = self._world
        fleet = world.fleet
        phase = Phase(fleet.phase[row])
        flees = phase == Phase.QUEUED or (phase == Phase.FAILING_OVER and not fleet.drained[row])
        target = Phase.DOWN_HELD if flees else self._rest_phase(row) if self.in_flight(row) else phase
        world.write(
            row,
            Event.MOVE_WITHHELD,
            target=target,
            outage=fleet.occasion[row],
            reason=NOTHING if decision.reason is None else decision.reason.code,
            rule=rule,
            value=fleet.action[row],
        )
        self._drop(row)
        if flees and fleet.service[row] != Service.DOWN:
            self.restore(row)
            self._back_in_place(row)

    def restore(self, row: int) -> None:
        """Write that an environment is served again where it is."""
        impaired = self._world.fleet.service[row] == Service.IMPAIRED
        event = Event.SERVICE_IMPAIRED if impaired else Event.SERVICE_RESTORED
        self._world.write(row, event, target=self._rest_phase(row))

    def abort(self, row: int) -> None:
        """Events have overtaken the move."""
        world = self._world
        fleet = world.fleet
        moving = fleet.phase[row] in (Phase.DRAINING, Phase.FAILING_OVER, Phase.FAILING_BACK)
        target = self._rest_phase(row) if moving else Phase(fleet.phase[row])
        world.write(
            row, Event.MOVE_ABORTED, target=target, outage=fleet.occasion[row], value=fleet.action[row]
        )
        self._drop(row)

    def _rest_phase(self, row: int) -> Phase:
        """The phase of an environment that is served where it is."""
        fleet = self._world.fleet
        if fleet.service[row] == Service.IMPAIRED:
            return Phase.IMPAIRED
        return Phase.ON_SECONDARY if fleet.far[row] else Phase.SERVING

    def forget_queued(self, rows: list[int], crowd: NDArray[np.int64]) -> None:
        """Moves that wait for a slot are over for a crowd (`crowd` are its rows), and their end is written already."""
        fleet = self._world.fleet
        for pool in self.pools:
            pool.leave_all(rows)
        np.frombuffer(fleet.move, dtype=np.uint8)[crowd] = Move.NONE
        np.frombuffer(fleet.action, dtype=np.int8)[crowd] = NOTHING

    def _drop(self, row: int) -> None:
        """Forget the move and give back what it held."""
        fleet = self._world.fleet
        self.pool_of(row).leave(row)
        if self.in_flight(row):
            self.pool_of(row).give_back()
            if fleet.action[row] in (FAILOVER, PLANNED):
                self._world.release_capacity(row)
        fleet.move[row] = Move.NONE
        fleet.action[row] = NOTHING
        fleet.drained[row] = 0
        if fleet.incident[row] is None:
            fleet.lag_ms[row] = -1
        for calendar in (self._drains, self._stages, self._retries):
            calendar.cancel(row)
        self._kept.pop(row, None)
        self._touch(row)

    # From the slot to the commit ------------------------------------------------------------------------------------

    def begin(self, row: int, *, rule: int) -> None:
        """The slot is obtained and the policy has said yes again."""
        world = self._world
        fleet = world.fleet
        action = fleet.action[row]
        if world.trial.scenario.provider.on_recovery == "commit":
            seen = self._observer.observe(row)
            self._kept[row] = {name: getattr(seen, name) for name in KEPT}
        self.pool_of(row).take()
        if action in (FAILOVER, PLANNED):
            world.hold_capacity(row)
        fleet.attempts[row] += 1
        drains = action == PLANNED or (action == FAILOVER and fleet.service[row] == Service.UP)
        if action == FAILBACK:
            target, fleet.move[row] = Phase.FAILING_BACK, Move.FAILING_BACK
        elif drains:
            target, fleet.move[row] = Phase.DRAINING, Move.DRAINING
        else:
            target, fleet.move[row] = Phase.FAILING_OVER, Move.STAGES
        outage = fleet.occasion[row]
        world.write(row, Event.SLOT_OBTAINED, target=target, outage=outage, rule=rule, value=action)
        if action == FAILBACK:
            self._stages.add(world.clock.now_ms + self._draw_ms("provider.failback.interruption", row), row)
        elif drains:
            self._drain(row)
        else:
            self._enter_stage(row, 0)

    def _draw_ms(self, path: str, row: int) -> int:
        """A duration of the move, addressed by what it flees and by its attempt."""
        world = self._world
        return world.trial.of_row(
            path,
            self._durations[path],
            row,
            occasion=world.occasion_name(row),
            ordinal=max(0, world.fleet.attempts[row] - 1),
        )

    def _drain(self, row: int) -> None:
        world = self._world
        if world.fleet.incident[row] is None:
            self._protection.draw_lags([row], world.occasion_name(row))
        self._drains_since_ms[row] = world.clock.now_ms
        self.plan_drain(row)

    def plan_drain(self, row: int) -> None:
        """When a drain under way ends, as the link is now: once it has caught up, or at the time-out."""
        world = self._world
        if world.fleet.move[row] != Move.DRAINING:
            return
        since_ms = self._drains_since_ms[row]
        timeout_ms = since_ms + world.trial.scenario.provider.failover.drain_timeout
        caught_up_ms = self._protection.caught_up_ms(row, since_ms)
        in_time = caught_up_ms is not None and caught_up_ms <= timeout_ms
        world.fleet.stage[row] = in_time
        due_ms = caught_up_ms if in_time and caught_up_ms is not None else timeout_ms
        self._drains.add(max(due_ms, world.clock.now_ms), row)

    def _drain_over(self, row: int) -> None:
        world = self._world
        fleet = world.fleet
        if not fleet.stage[row]:
            world.write(row, Event.DRAIN_TIMED_OUT, target=self._rest_phase(row), outage=fleet.occasion[row])
            self._drop(row)
            self._back_in_place(row)
            return
        world.write(row, Event.DRAINED, outage=fleet.occasion[row])
        fleet.move[row] = Move.STAGES
        fleet.drained[row] = 1
        self._enter_stage(row, 0)

    def _stage_ms(self, row: int, stage: int) -> int:
        name = "planned" if stage == _RUN and self._world.fleet.drained[row] else STAGES[stage]
        return self._draw_ms(f"provider.failover.{name}", row)

    def _enter_stage(self, row: int, stage: int) -> None:
        """Run the next stage that takes time, or that may fail, or else the last."""
        length_ms = self._stage_ms(row, stage)
        while length_ms == 0 and stage < len(STAGES) - 1 and not (stage == _RUN and self._may_fail(row)):
            stage += 1
            length_ms = self._stage_ms(row, stage)
        self._world.fleet.stage[row] = stage
        self._stages.add(self._world.clock.now_ms + length_ms, row)

    def _stage_over(self, row: int) -> None:
        world = self._world
        fleet = world.fleet
        if fleet.move[row] == Move.FAILING_BACK:
            self._commit(row)
            return
        stage = fleet.stage[row]
        if self._fails_after(row, stage):
            return
        later = range(stage + 1, len(STAGES))
        following = next((other for other in later if self._stage_ms(row, other) > 0), None)
        if following is not None and self._stage_ms(row, stage) > 0:
            world.write(row, Event.STAGE_COMPLETED, outage=fleet.occasion[row], value=stage)
        if any(
            self._fails_after(row, other)
            for other in later[: None if following is None else following - stage - 1]
        ):
            return
        if following is None:
            self._commit(row)
        else:
            self._enter_stage(row, following)

    def _may_fail(self, row: int) -> bool:
        probability = self._world.trial.scenario.provider.failover.failure.probability
        return probability > 0 and not self._world.fleet.drained[row]

    def _fails_after(self, row: int, stage: int) -> bool:
        """At the end of Run an unplanned move may fail; it then waits and stands in line again."""
        world = self._world
        fleet = world.fleet
        attempt = fleet.attempts[row]
        if stage != _RUN or not self._may_fail(row):
            return False
        if not world.trial.attempt_fails(row, occasion=world.occasion_name(row), attempt=attempt - 1):
            return False
        world.write(row, Event.MOVE_FAILED, outage=fleet.occasion[row], value=attempt)
        self.pool_of(row).give_back()
        if fleet.action[row] == FAILOVER:
            world.release_capacity(row)
        self._kept.pop(row, None)
        fleet.move[row] = Move.RETRYING
        if fleet.service[row] == Service.UP:
            self.restore(row)
            self.abort(row)
            self._back_in_place(row)
        else:
            self._retries.add(
                world.clock.now_ms + world.trial.scenario.provider.failover.failure.retry_after, row
            )
            self._touch(row)
        return True

    def _joins_again(self, row: int) -> None:
        world = self._world
        world.fleet.move[row] = Move.QUEUED
        self.pool_of(row).join(world.clock.now_ms, world.specs[row].tier, row)
        self._touch(row)

    # The commit -----------------------------------------------------------------------------------------------------

    def _commit(self, row: int) -> None:
        """Ask once more; the same answer completes the move, any other withholds it."""
        world = self._world
        action = world.fleet.action[row]
        self._protection.take_figure(row)
        seen = self._observer.observe(row)
        kept = self._kept.get(row)
        if kept is not None:
            for name, value in kept.items():
                setattr(seen, name, value)
        index = world.policy.decide(seen)
        self._observer.forget(row)
        decision = world.policy.decisions[index]
        if decision.action.code != action:
            self.withhold(row, decision, rule=index)
        else:
            self._complete(row, rule=index)

    def _complete(self, row: int, *, rule: int) -> None:
        world = self._world
        fleet = world.fleet
        action, occasion = fleet.action[row], fleet.occasion[row]
        unplanned = action in (FAILOVER, FORCED) and not fleet.drained[row]
        synced_ms = self._protection.last_sync_ms(row) if unplanned else world.clock.now_ms
        stop_ms = fleet.write_stop_ms[row] if fleet.write_stop_ms[row] >= 0 else world.clock.now_ms
        verification_ms = self._draw_ms("provider.failover.verification", row)
        phase = self._arrive(row)
        world.write(row, _COMPLETED[action], target=phase, outage=occasion, rule=rule, value=synced_ms)
        if synced_ms != UNBOUNDED and stop_ms > synced_ms and unplanned:
            world.write(row, Event.LOSS_REALISED, outage=occasion, value=stop_ms - synced_ms)
        self.pool_of(row).give_back()
        if action in (FAILBACK, FORCED):
            world.release_capacity(row)
        fleet.move[row] = Move.NONE
        fleet.action[row] = NOTHING
        fleet.drained[row] = 0
        fleet.attempts[row] = 0
        self._kept.pop(row, None)
        self._settle(row, action)
        if action in (FAILOVER, PLANNED) and verification_ms > 0:
            self._confirms[row] = occasion
            self._confirmations.add(world.clock.now_ms + verification_ms, row)

    def _recovery_confirmed(self, row: int) -> None:
        self._world.write(row, Event.RECOVERY_CONFIRMED, outage=self._confirms.pop(row, NOTHING))
