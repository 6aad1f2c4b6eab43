"""Moves: how one is decided, waits for its slot, and ends before its time.

Rules (docs/reference/semantics.md, section 5). A decision is not a commit: the policy is asked again while the move
waits, when it obtains its slot and at the commit; any other answer withholds it. Failovers and forced failbacks share
one pool of slots, failbacks have their own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

from bcdr_sim.engine.fleet import Move, Service
from bcdr_sim.engine.groups import Groups
from bcdr_sim.engine.orders import Orders
from bcdr_sim.engine.slots import Pool
from bcdr_sim.engine.state import World
from bcdr_sim.events import Event
from bcdr_sim.phases import Phase
from bcdr_sim.policy import Action, Decision, Reason
from bcdr_sim.timeline import NOTHING

FAILOVER, PLANNED = Action.FAILOVER.code, Action.PLANNED_FAILOVER.code
FAILBACK, FORCED = Action.FAILBACK.code, Action.FORCED_FAILBACK.code
RESTORE = Action.RESTORE.code
GROUP_PENDING = Decision(Action.HOLD, Reason.GROUP_PENDING, "")
"""The answer for a member of a group that another one does not let move."""


class Operations:
    """Moves of all environments, from the decision to their slot, and what ends them."""

    back_in_place: Callable[[int], None]
    """What follows a withheld move whose reason is over."""
    stop: Callable[[int], None]
    """Forget what a move under way would do next."""
    way_is_free: Callable[[int], None]
    """The side that a move leaves has stopped, or can be reached again."""

    def __init__(self, world: World, orders: Orders, groups: Groups) -> None:
        self._world = world
        self.groups = groups
        self._orders = orders
        provider = world.trial.scenario.provider
        self.pools = (
            Pool(provider.failover.slots),
            Pool(provider.failback.at_once),
            Pool(provider.restore.at_once),
        )
        self.far_bound: set[int] = set()
        """Who is being restored at the far side."""

    # The queue ------------------------------------------------------------------------------------------------------

    def pool_of(self, row: int) -> Pool:
        """The pool that the pending move of an environment draws on."""
        action = self._world.fleet.action[row]
        return self.pools[1 if action == FAILBACK else 2 if action == RESTORE else 0]

    def start(self, row: int, action: int, *, rule: int, occasion: int | None = None) -> None:
        """The policy decided to move: stand in line for a slot. `occasion` is that of others, for who only comes along."""
        world = self._world
        fleet = world.fleet
        fleet.move[row] = Move.QUEUED
        fleet.action[row] = action
        served = world.is_served(row)
        fleet.occasion[row] = self.occasion(row, action, rule) if occasion is None else occasion
        outage = fleet.occasion[row]
        target = Phase(fleet.phase[row]) if served else Phase.QUEUED
        behind = None if occasion is not None else self._orders.behind(row, rule)
        cause = None if behind is None else behind.event_id
        world.write(
            row, Event.MOVE_DECIDED, target=target, cause=cause, outage=outage, rule=rule, value=action
        )
        self.pool_of(row).join(world.clock.now_ms, world.specs[row].tier, row)

    def occasion(self, row: int, action: int, rule: int) -> int:
        """What a move that is decided now is named after: what it flees, or what the environment has fled."""
        world = self._world
        if action == FAILBACK:
            return world.fleet.moved_for[row]
        incident = world.fleet.incident[row]
        if incident is not None:
            return incident.name
        if self._orders.behind(row, rule) is not None:
            return self._orders.occasion(row)
        periods = world.regions[world.specs[row].home].maintenance
        if periods:
            return min(periods)
        warned = [
            world.fact_name[fact]
            for fact in world.region_here(row).warnings
            if world.trial.selects(world.facts[fact], world.specs[row])
        ]
        return min(warned, default=NOTHING)

    def in_flight(self, row: int) -> bool:
        """Whether a move has its slot, so that the policy is not asked before the commit."""
        return self._world.fleet.move[row] >= Move.DRAINING

    def is_fencing(self, row: int) -> bool:
        """Whether an unplanned move is under way while the side that it leaves still serves and cannot be reached."""
        fleet = self._world.fleet
        return fleet.move[row] == Move.STAGES and fleet.phase[row] == Phase.DRAINING

    def gate(self, row: int, rules: Mapping[int, int]) -> None:
        """A gate does not let an environment through: its move, and that of all who move with it, is withheld.

        `rules` are the answers of the policy; who only comes along, and cannot, has none.
        """
        rule = rules.get(row, NOTHING)
        self.withhold(row, self._world.policy.decisions[rule] if row in rules else GROUP_PENDING, rule=rule)

    def withhold(self, row: int, decision: Decision, *, rule: int) -> None:
        """Asked again, the policy answers otherwise: the move is over, the environment where it was."""
        world = self._world
        fleet = world.fleet
        phase = Phase(fleet.phase[row])
        flees = phase in (Phase.QUEUED, Phase.RESTORING) or (
            phase == Phase.FAILING_OVER and not fleet.drained[row]
        )
        target = Phase.DOWN_HELD if flees else self.rest_phase(row) if self.in_flight(row) else phase
        world.write(
            row,
            Event.MOVE_WITHHELD,
            target=target,
            outage=fleet.occasion[row],
            reason=NOTHING if decision.reason is None else decision.reason.code,
            rule=rule,
            value=fleet.action[row],
        )
        self.drop(row)
        if flees:
            if fleet.service[row] != Service.DOWN:
                self.restore(row)
            self.back_in_place(row)

    def restore(self, row: int) -> None:
        """Write that an environment is served again where it is."""
        impaired = self._world.fleet.service[row] == Service.IMPAIRED
        event = Event.SERVICE_IMPAIRED if impaired else Event.SERVICE_RESTORED
        self._world.write(row, event, target=self.rest_phase(row))
        if not impaired:
            self._world.fleet.held[row] = NOTHING

    def abort(self, row: int) -> None:
        """Events have overtaken the move."""
        world = self._world
        fleet = world.fleet
        moving = fleet.phase[row] in (Phase.DRAINING, Phase.FAILING_OVER, Phase.FAILING_BACK)
        target = self.rest_phase(row) if moving else Phase(fleet.phase[row])
        if target in (Phase.RESTORING, Phase.QUEUED):
            is_down = fleet.service[row] == Service.DOWN
            target = Phase.DOWN_HELD if is_down else self.rest_phase(row)
        world.write(
            row, Event.MOVE_ABORTED, target=target, outage=fleet.occasion[row], value=fleet.action[row]
        )
        self.drop(row)

    def rest_phase(self, row: int) -> Phase:
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

    def give_back(self, row: int) -> None:
        """The move has its slot no more; those who move together have one between them."""
        if not self.groups.gets_off(row):
            self.pool_of(row).give_back()

    def drop(self, row: int) -> None:
        """Forget the move and give back what it held; who moves together with it stays where it is too."""
        fleet = self._world.fleet
        others = self.groups.release(row)
        self.pool_of(row).leave(row)
        if self.in_flight(row):
            self.give_back(row)
            if fleet.action[row] in (FAILOVER, PLANNED) or row in self.far_bound:
                self._world.release_capacity(row)
                self.far_bound.discard(row)
        fleet.move[row] = Move.NONE
        fleet.action[row] = NOTHING
        fleet.drained[row] = 0
        if fleet.incident[row] is None:
            fleet.lag_ms[row] = -1
        self.stop(row)
        self._world.touch(row)
        for other in others:
            self.withhold(other, GROUP_PENDING, rule=NOTHING)
