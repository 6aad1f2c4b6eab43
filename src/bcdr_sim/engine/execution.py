"""Moves under way: drains, stages, retries, the gate at the commit.

Rules (docs/reference/semantics.md, section 5). While a move has its slot the policy is not asked; at the end of the last
stage it is asked once more, and any other answer than the move withholds it.
"""

from __future__ import annotations

from collections.abc import Mapping

from bcdr_sim.engine.agreement import Agreement
from bcdr_sim.engine.clock import Kind, RowCalendar
from bcdr_sim.engine.completion import Completion
from bcdr_sim.engine.fleet import Move, Service
from bcdr_sim.engine.links import Links
from bcdr_sim.engine.loss import LossFigures
from bcdr_sim.engine.observing import KEPT, Observer
from bcdr_sim.engine.operations import FAILBACK, FAILOVER, PLANNED, RESTORE, Operations
from bcdr_sim.engine.orders import Orders
from bcdr_sim.engine.restores import Restores
from bcdr_sim.engine.state import Gate, World
from bcdr_sim.events import STAGES, Event
from bcdr_sim.phases import Phase
from bcdr_sim.timeline import NOTHING

_RUN = STAGES.index("run")
_STAGE_PATHS = tuple(f"provider.failover.{name}" for name in STAGES)


class Execution:
    """Moves of all environments from their slot to the commit."""

    def __init__(
        self,
        world: World,
        links: Links,
        figures: LossFigures,
        observer: Observer,
        operations: Operations,
        restores: Restores,
        completion: Completion,
        orders: Orders,
        agreement: Agreement,
    ) -> None:
        self._world = world
        self._links = links
        self._figures = figures
        self._observer = observer
        self._operations = operations
        self._restores = restores
        self._completion = completion
        self._orders = orders
        self._agreement = agreement
        provider = world.trial.scenario.provider
        count = len(world.trial.estate)
        self._drains = RowCalendar(world.clock, Kind.DRAIN, self._drain_over, row_count=count)
        self._stages = RowCalendar(world.clock, Kind.STAGE, self._stage_over, row_count=count)
        self._retries = RowCalendar(world.clock, Kind.RETRY, self._joins_again, row_count=count)
        self._kept: dict[int, dict[str, object]] = {}
        self._drains_since_ms: dict[int, int] = {}
        self._awaits_fence: set[int] = set()
        self._commits_unfenced = provider.fencing.commit == "anyway"
        self._at_gate: set[int] = set()
        self._in_flight: dict[int, int] = {}
        self._surge = provider.failover.surge
        durations = {
            "provider.failback.interruption": provider.failback.interruption,
            "provider.failover.validate": provider.failover.validate_,
            "provider.failover.prepare": provider.failover.prepare,
            "provider.failover.run": provider.failover.run,
            "provider.failover.planned": provider.failover.planned,
            "provider.failover.finalize": provider.failover.finalize,
        }
        self._durations = {path: (length, length.fixed_ms) for path, length in durations.items()}

    def stop(self, row: int) -> None:
        """The move is over: nothing of it is to come."""
        for calendar in (self._drains, self._stages, self._retries):
            calendar.cancel(row)
        self._kept.pop(row, None)
        self._awaits_fence.discard(row)
        self._at_gate.discard(row)
        self._restores.chosen.pop(row, None)

    def way_is_free(self, row: int) -> None:
        """A move that only waits for the side it leaves to stop can commit now."""
        if row in self._awaits_fence:
            self._stages.add(self._world.clock.now_ms, row)

    def begin(self, row: int, rules: Mapping[int, int]) -> None:
        """A slot is obtained by an environment and whoever moves with it, and the policy has said yes again."""
        if self._world.fleet.action[row] == RESTORE and not self._restores.choose(row):
            self._operations.abort(row)
            self._operations.back_in_place(row)
            return
        groups = self._operations.groups
        movers = groups.movers(row)
        stages = len(movers) > 1 and not all(self._would_drain(each, rules) for each in movers)
        self._operations.pool_of(row).take()
        groups.ride(movers)
        for each in movers:
            self._begin(each, rule=rules.get(each, NOTHING), at_once=stages)

    def _would_drain(self, row: int, rules: Mapping[int, int]) -> bool:
        """Whether a move that begins now drains the link first, if it is for the environment alone to say."""
        behind = self._orders.behind(row, rules[row]) if row in rules else None
        is_forced = behind is not None and behind.order.move == "forced"
        return self._first_step(row, is_forced=is_forced)[0] == Move.DRAINING

    def _begin(self, row: int, *, rule: int, at_once: bool) -> None:
        """The move of one environment; `at_once` it does not drain, because another one that moves with it does not."""
        world = self._world
        fleet = world.fleet
        action = fleet.action[row]
        if rule != NOTHING and world.trial.scenario.provider.on_recovery == "commit":
            seen = self._observer.observe(row)
            self._kept[row] = {name: getattr(seen, name) for name in KEPT}
        self._in_flight[row] = self._operations.pool_of(row).taken
        if self._restores.leads_away(row):
            self._operations.far_bound.add(row)
        if action in (FAILOVER, PLANNED) or row in self._operations.far_bound:
            world.hold_capacity(row)
        fleet.attempts[row] += 1
        behind = self._orders.behind(row, rule)
        is_forced = at_once or (behind is not None and behind.order.move == "forced")
        fleet.move[row], target = self._first_step(row, is_forced=is_forced)
        outage = fleet.occasion[row]
        world.write(row, Event.SLOT_OBTAINED, target=target, outage=outage, rule=rule, value=action)
        if action == FAILBACK:
            self._stages.add(world.clock.now_ms + self._draw_ms("provider.failback.interruption", row), row)
        elif action == RESTORE:
            self._stages.add(world.clock.now_ms + self._restores.length_ms(row), row)
        elif fleet.move[row] == Move.DRAINING:
            self._drain(row)
        else:
            if is_forced:
                self._fix_lag(row)
            self._enter_stage(row, 0)

    def _first_step(self, row: int, *, is_forced: bool) -> tuple[Move, Phase]:
        """How the move begins, and the phase meanwhile."""
        world = self._world
        action, service = world.fleet.action[row], world.fleet.service[row]
        if action == FAILBACK:
            return Move.FAILING_BACK, Phase.FAILING_BACK
        if action == RESTORE:
            return Move.RESTORING, Phase.RESTORING
        if action != PLANNED and world.is_cut_off(row) and service != Service.DOWN:
            return Move.STAGES, Phase.DRAINING
        if action == PLANNED or (action == FAILOVER and service == Service.UP and not is_forced):
            return Move.DRAINING, Phase.DRAINING
        return Move.STAGES, Phase.FAILING_OVER

    def _fix_lag(self, row: int) -> None:
        """Out of an incident the lag of a link is drawn for the move."""
        if self._world.fleet.incident[row] is None:
            self._links.draw_lags([row], self._world.occasion_name(row))

    def _draw_ms(self, path: str, row: int) -> int:
        """A duration of the move, addressed by what it flees and by its attempt."""
        world = self._world
        distribution, fixed_ms = self._durations[path]
        if fixed_ms is not None:
            return fixed_ms
        return world.trial.of_row(
            path,
            distribution,
            row,
            occasion=world.occasion_name(row),
            ordinal=max(0, world.fleet.attempts[row] - 1),
        )

    def _drain(self, row: int) -> None:
        world = self._world
        self._fix_lag(row)
        self._drains_since_ms[row] = world.clock.now_ms
        self.plan_drain(row)

    def plan_drain(self, row: int) -> None:
        """When a drain under way ends, as the link is now: once it has caught up, or at the time-out."""
        world = self._world
        if world.fleet.move[row] != Move.DRAINING:
            return
        since_ms = self._drains_since_ms[row]
        timeout_ms = since_ms + world.trial.scenario.provider.failover.drain_timeout
        caught_up_ms = self._links.caught_up_ms(row, since_ms)
        in_time = caught_up_ms is not None and caught_up_ms <= timeout_ms
        world.fleet.stage[row] = in_time
        due_ms = caught_up_ms if in_time and caught_up_ms is not None else timeout_ms
        self._drains.add(max(due_ms, world.clock.now_ms), row)

    def _drain_over(self, row: int) -> None:
        world = self._world
        fleet = world.fleet
        if not fleet.stage[row]:
            world.write(
                row,
                Event.DRAIN_TIMED_OUT,
                target=self._operations.rest_phase(row),
                outage=fleet.occasion[row],
            )
            self._operations.drop(row)
            self._operations.back_in_place(row)
            return
        world.write(row, Event.DRAINED, outage=fleet.occasion[row])
        fleet.move[row] = Move.STAGES
        fleet.drained[row] = 1
        self._enter_stage(row, 0)

    def _stage_ms(self, row: int, stage: int) -> int:
        planned = stage == _RUN and self._world.fleet.drained[row]
        length_ms = self._draw_ms("provider.failover.planned" if planned else _STAGE_PATHS[stage], row)
        if self._surge is None or stage != _RUN:
            return length_ms
        beyond = max(0, self._in_flight[row] - self._surge.above)
        return int(length_ms * (1 + self._surge.slows_by * beyond) + 0.5)

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
        if fleet.move[row] in (Move.FAILING_BACK, Move.RESTORING) or row in self._awaits_fence:
            self._awaits_fence.discard(row)
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
        if stage != _RUN or not self._may_fail(row) or self._operations.groups.movers(row)[0] != row:
            return False
        if not world.trial.attempt_fails(row, occasion=world.occasion_name(row), attempt=attempt - 1):
            return False
        for each in self._operations.groups.movers(row):
            if self._operations.in_flight(each):
                self._fail(each)
        return True

    def _fail(self, row: int) -> None:
        world = self._world
        fleet = world.fleet
        target = self._operations.rest_phase(row) if self._operations.is_fencing(row) else None
        value = fleet.attempts[row]
        world.write(row, Event.MOVE_FAILED, target=target, outage=fleet.occasion[row], value=value)
        self.stop(row)
        self._operations.give_back(row)
        if fleet.action[row] == FAILOVER:
            world.release_capacity(row)
        fleet.move[row] = Move.RETRYING
        if fleet.service[row] == Service.UP and not world.is_cut_off(row):
            if target is None:
                self._operations.restore(row)
            if not self._operations.groups.goes_on(row):
                self._operations.abort(row)
        self._operations.back_in_place(row)
        if fleet.move[row]:
            self._retries.add(
                world.clock.now_ms + world.trial.scenario.provider.failover.failure.retry_after, row
            )
            self._world.touch(row)

    def _joins_again(self, row: int) -> None:
        world = self._world
        world.fleet.move[row] = Move.QUEUED
        self._operations.pool_of(row).join(world.clock.now_ms, world.specs[row].tier, row)
        self._world.touch(row)

    # The commit -----------------------------------------------------------------------------------------------------

    def _commit(self, row: int) -> None:
        """Ask once more, as soon as all who move together have come so far; the same answer completes the move."""
        world = self._world
        if self._stops_first(row):
            return
        if world.fleet.action[row] == RESTORE and not self._restores.is_possible(
            row, self._restores.chosen[row]
        ):
            self._operations.abort(row)
            self._operations.back_in_place(row)
            return
        movers = self._operations.groups.movers(row)
        self._at_gate.add(row)
        if not self._at_gate.issuperset(movers) or any(self._stops_first(each) for each in movers):
            return
        point_ms, _ = self._figures.take_all(movers)
        rules, dissenter = self._agreement.at_gate(movers, self._last_answer)
        if dissenter is None or Gate.COMMIT not in world.gates:
            self._complete(movers, rules, point_ms)
        else:
            self._operations.gate(dissenter, rules)

    def _stops_first(self, row: int) -> bool:
        """Whether the side that is left has to stop before the move may commit; it is told when that is so."""
        if self._commits_unfenced or not self._operations.is_fencing(row) or not self._world.is_cut_off(row):
            return False
        self._at_gate.discard(row)
        self._awaits_fence.add(row)
        return True

    def _last_answer(self, row: int) -> int:
        """The answer at the commit; facts about the outage may be those of the slot."""
        seen = self._observer.observe(row)
        for name, value in self._kept.get(row, {}).items():
            setattr(seen, name, value)
        index = self._world.policy.decide(seen)
        self._observer.forget(row)
        return index

    def _complete(self, movers: tuple[int, ...], rules: Mapping[int, int], point_ms: int) -> None:
        """All who move together are where they were to go, with the data up to one common point."""
        groups = self._operations.groups
        groups.complete(movers)
        for row in movers:
            self._kept.pop(row, None)
            self._at_gate.discard(row)
            self._completion.complete(row, rule=rules.get(row, NOTHING), point_ms=point_ms)
        groups.completed()
