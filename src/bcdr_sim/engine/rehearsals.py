"""Rehearsals: a test failover runs on an isolated copy and touches nothing.

Rules: docs/reference/semantics.md, section 5. It needs no slot, changes no phase, and the policy is asked as if it were not
there; asked for again while it runs, it is one rehearsal. A drill that a customer has ordered is carried out by it.
"""

from __future__ import annotations

from bcdr_sim.engine.clock import Kind, RowCalendar
from bcdr_sim.engine.orders import Orders, Standing
from bcdr_sim.engine.state import World
from bcdr_sim.events import Event


class Rehearsals:
    """Test failovers of all environments."""

    def __init__(self, world: World, orders: Orders) -> None:
        self._world = world
        self._orders = orders
        self._ends = RowCalendar(world.clock, Kind.TEST, self._ended, row_count=len(world.trial.estate))
        self._running: dict[int, Standing | None] = {}
        self._count: dict[int, int] = {}

    def begin(self, row: int, *, rule: int) -> None:
        """Rehearse, unless a rehearsal is running."""
        if row in self._running:
            return
        world = self._world
        ordinal = self._count.get(row, 0)
        self._count[row] = ordinal + 1
        ordered = self._running[row] = self._orders.behind(row, rule)
        cause = None if ordered is None else ordered.event_id
        world.write(row, Event.TEST_BEGAN, target=world.fleet.phase[row], cause=cause, rule=rule)
        run = world.trial.scenario.provider.test_failover.run
        draw_ms = world.trial.of_row("provider.test_failover.run", run, row, ordinal=ordinal)
        self._ends.add(world.clock.now_ms + draw_ms, row)

    def _ended(self, row: int) -> None:
        ordered = self._running.pop(row)
        if self._world.exists(row):
            self._world.write(row, Event.TEST_ENDED, target=self._world.fleet.phase[row])
        if ordered is not None:
            self._orders.rehearsed(row, ordered)
