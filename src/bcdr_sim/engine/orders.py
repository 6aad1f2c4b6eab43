"""Orders of customers: when they are given, what stands, and what ends them.

Rules: docs/reference/semantics.md, section 8. Orders travel through the admin portal and wait while it is down.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bcdr_sim.calendars import WeeklyHours
from bcdr_sim.engine.clock import Calendar, Kind, RowCalendar
from bcdr_sim.engine.fleet import Service
from bcdr_sim.engine.state import World
from bcdr_sim.events import ORDERS, Event
from bcdr_sim.scenario.order import Order
from bcdr_sim.timeline import NOTHING

_IN_INCIDENT = ("impact", "aware")
_TRIGGERED = -1


@dataclass(frozen=True, slots=True)
class Standing:
    """An order that is given and not yet carried out: its row, and what a move out of calm is named after."""

    order: Order
    event_id: int
    name: int


class Orders:
    """The orders of all environments."""

    def __init__(self, world: World) -> None:
        self._world = world
        trial = world.trial
        self._lets = (world.policy.orders(far=False), world.policy.orders(far=True))
        self._plans: list[tuple[tuple[int, Order], ...]] = [
            tuple(
                (number, order)
                for number, order in enumerate(spec.customer.orders)
                if spec.eligible and order.move in self._lets[0] | self._lets[1] and trial.is_for(order, spec)
            )
            for spec in trial.estate.specs
        ]
        self.exist = any(self._plans)
        self._given = Calendar(world.clock, Kind.ORDER, self._is_due)
        self._withdrawals = RowCalendar(
            world.clock, Kind.ORDER_END, self._withdrawal_is_due, row_count=len(trial.estate)
        )
        self._expected_ms: dict[tuple[int, int], int] = {}
        self._standing: dict[int, Standing] = {}
        self._waiting: list[tuple[int, int, int]] = []
        self._withdrawals_waiting: set[int] = set()

    def _plan(self, row: int) -> tuple[tuple[int, Order], ...]:
        return self._plans[self._world.trial.estate.spec_of[row]]

    def need_awareness(self, row: int) -> bool:
        """Whether the customer of a row orders something once it knows of an outage."""
        return any(order.when == "aware" for _, order in self._plan(row))

    # When -----------------------------------------------------------------------------------------------------------

    def schedule(self) -> None:
        """Put the orders with instants into the calendar."""
        for spec, plan in zip(self._world.trial.estate.specs, self._plans, strict=True):
            for number, order in plan:
                for place, at_ms in enumerate(order.instants_ms):
                    for row in spec.rows:
                        self._given.add(_opening(spec.hours, at_ms), (row, number, place))

    def _happened(self, row: int, *whens: str) -> None:
        """Something has happened to an environment: what its customer orders then comes after its time."""
        world = self._world
        for number, order in self._plan(row):
            if order.when not in whens or (row, number) in self._expected_ms:
                continue
            occasion = self._occasion(row)
            if not world.trial.orders(row, number, occasion=occasion):
                continue
            delay_ms = 0
            if order.after is not None:
                path = f"customers.orders.{number}.after"
                delay_ms = world.trial.wait_of_respondent(path, order.after, row, occasion=occasion)
            due_ms = _opening(world.specs[row].hours, world.clock.now_ms + delay_ms)
            self._expected_ms[row, number] = due_ms
            self._given.add(due_ms, (row, number, _TRIGGERED))

    def _occasion(self, row: int) -> str:
        """Name of the incident of a row, or of what it is away for; empty without either."""
        index = self._outage(row)
        return "" if index == NOTHING else self._world.names[index]

    def _outage(self, row: int) -> int:
        fleet = self._world.fleet
        incident = fleet.incident[row]
        if incident is not None:
            return incident.name
        return fleet.moved_for[row] if fleet.far[row] else NOTHING

    def impacted(self, row: int) -> None:
        """Service of an environment is down or impaired in an incident; told as often as one likes."""
        if self.exist:
            known = ("aware",) if self._world.fleet.aware[row] else ()
            self._happened(row, "impact", *known)

    def learned(self, row: int) -> None:
        """The customer knows of the outage."""
        if self.exist:
            self._happened(row, "aware")

    def is_verified(self, row: int) -> None:
        """The home region is determined fully operational."""
        if self.exist and self._world.fleet.far[row]:
            self._happened(row, "verified")

    # Giving ---------------------------------------------------------------------------------------------------------

    def _is_due(self, item: tuple[int, int, int]) -> None:
        row, number, place = item
        world = self._world
        is_triggered = place == _TRIGGERED
        if is_triggered and self._expected_ms.get((row, number)) != world.clock.now_ms:
            return
        if world.channels_down["admin_portal"]:
            self._waiting.append(item)
            if is_triggered:
                self._expected_ms[row, number] = NOTHING
            return
        order = world.specs[row].customer.orders[number]
        if is_triggered:
            # An incident-bound order is given once per incident: the entry stays until that is over.
            self._expected_ms[row, number] = NOTHING
        elif not world.trial.orders(row, number, occasion=order.name(place)):
            return
        if self._is_let(row, order):
            self._give(row, order, place=max(place, 0))

    def _is_let(self, row: int, order: Order) -> bool:
        world = self._world
        fleet = world.fleet
        if not world.exists(row):
            return False
        if order.when in _IN_INCIDENT and fleet.service[row] == Service.UP:
            return False
        return order.move in self._lets[fleet.far[row]]

    def _give(self, row: int, order: Order, *, place: int) -> None:
        world = self._world
        fleet = world.fleet
        if row in self._standing:
            self._withdraw(row)
        name = world.name_index[order.name(place)] if order.at is not None else NOTHING
        event_id = world.log.count
        code = ORDERS.index(order.move)
        world.write(row, Event.ORDER_GIVEN, outage=self._outage_of(row, name), value=code)
        self._standing[row] = Standing(order, event_id, name)
        fleet.order[row] = code + 1
        fleet.order_loss_ms[row] = -1 if order.loss_up_to is None else order.loss_up_to
        if order.withdrawn_after is not None:
            self._withdrawals.add(world.clock.now_ms + order.withdrawn_after, row)
        world.touch(row)

    def occasion(self, row: int) -> int:
        """What a move on the order that stands is of."""
        return self._outage_of(row, self._standing[row].name)

    def _outage_of(self, row: int, name: int) -> int:
        about = self._outage(row)
        return name if about == NOTHING else about

    def standing(self, row: int) -> Standing | None:
        """The order that stands."""
        return self._standing.get(row)

    def behind(self, row: int, rule: int) -> Standing | None:
        """The order that stands, if the rule is one that carries it out."""
        standing = self._standing.get(row)
        if standing is None or standing.order.move not in self._world.policy.ordered_by[rule]:
            return None
        return standing

    # Ending ---------------------------------------------------------------------------------------------------------

    def _withdrawal_is_due(self, row: int) -> None:
        if self._world.channels_down["admin_portal"]:
            self._withdrawals_waiting.add(row)
            return
        self._withdraw(row)

    def _withdraw(self, row: int) -> None:
        standing = self._standing[row]
        self._end(row)
        self._world.write(
            row,
            Event.ORDER_WITHDRAWN,
            target=self._world.fleet.phase[row],
            outage=self._outage_of(row, standing.name),
            value=ORDERS.index(standing.order.move),
        )
        self._world.touch(row)

    def _end(self, row: int) -> None:
        self._standing.pop(row, None)
        self._withdrawals.cancel(row)
        self._withdrawals_waiting.discard(row)
        self._world.fleet.order[row] = 0
        self._world.fleet.order_loss_ms[row] = -1

    def incident_over(self, row: int) -> None:
        """The environment is out of its incident, or served in it: orders given because of it are withdrawn."""
        if not self.exist:
            return
        self._forget(row, _IN_INCIDENT)
        standing = self._standing.get(row)
        if standing is None:
            return
        if not self._world.exists(row):
            self._end(row)
        elif standing.order.when in _IN_INCIDENT:
            self._withdraw(row)

    def incident_over_all(self, rows: Sequence[int]) -> None:
        """The same for many, of which none has an order that stands."""
        if self.exist:
            for row in rows:
                self._forget(row, _IN_INCIDENT)

    def moved(self, row: int) -> None:
        """A move is completed, and with it whatever was ordered; on the far side something else may be."""
        if self.exist:
            self._end(row)
            self._forget(row, ("moved", "verified"))

    def rehearsed(self, row: int, drill: Standing) -> None:
        """A rehearsal is over, and with it the drill that it was ordered by, if that stands still."""
        if self._standing.get(row) is drill:
            self._end(row)
            self._world.touch(row)

    def arrived(self, row: int) -> None:
        """After a completed move: where it is now, and what its customer orders there."""
        world = self._world
        if not self.exist or not world.fleet.far[row]:
            return
        home = world.regions[world.specs[row].home]
        ready = ("verified",) if home.is_verified and home.incident is None else ()
        self._happened(row, "moved", *ready)

    def _forget(self, row: int, whens: tuple[str, ...]) -> None:
        for number, order in self._plan(row):
            if order.when in whens:
                self._expected_ms.pop((row, number), None)
                self._waiting = [item for item in self._waiting if item != (row, number, _TRIGGERED)]

    def portal_is_up(self) -> None:
        """Whatever waited for the admin portal is due now."""
        now_ms = self._world.clock.now_ms
        waiting, self._waiting = self._waiting, []
        for row, number, place in waiting:
            if place == _TRIGGERED:
                self._expected_ms[row, number] = now_ms
            self._given.add(now_ms, (row, number, place))
        withdrawals, self._withdrawals_waiting = self._withdrawals_waiting, set()
        for row in sorted(withdrawals):
            self._withdrawals.add(now_ms, row)


def _opening(hours: tuple[WeeklyHours, ...], instant_ms: int) -> int:
    """The first instant at or after another within working hours."""
    return min((each.next_open(instant_ms) for each in hours), default=instant_ms)
