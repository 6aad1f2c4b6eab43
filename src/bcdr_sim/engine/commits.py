"""Commits on bounded links: who has to wait because the copy on the other side would fall too far behind.

Rules: docs/reference/semantics.md, section 4. The law of such a link is `replication.bounded`. Here it is told when writes
and link stop and go on, and what it says becomes events; service and phase stay as they are.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from bcdr_sim.engine.clock import Kind, RowCalendar
from bcdr_sim.engine.state import World
from bcdr_sim.events import Event
from bcdr_sim.replication import Committed
from bcdr_sim.replication.bounded import Bound, Flow, Gate
from bcdr_sim.trial import bound_of

_FREE = (Gate.FREE, 1000)


@dataclass(frozen=True, slots=True)
class Way:
    """Whether a bound holds for an environment now, whether writes go on, and whether its link runs."""

    holds: bool
    writing: bool
    runs: bool


class Commits:
    """The bounded links of all environments."""

    def __init__(self, world: World, *, way: Callable[[int], Way]) -> None:
        """`way` says of an environment what concerns its bound now."""
        self._world = world
        self._way = way
        self._bounds: dict[int, Bound] = {}
        for spec in world.trial.estate.specs:
            bound = bound_of(spec)
            if bound is not None:
                self._bounds |= dict.fromkeys(spec.rows, bound)
        self._flows: dict[int, Flow] = {}
        self._told: dict[int, tuple[Gate, int]] = {}
        self._stopped_ms: dict[int, int] = {}
        self._stops: dict[int, list[tuple[int, int, int]]] = {}
        count = len(world.trial.estate) if self._bounds else 0
        self._due = RowCalendar(world.clock, Kind.COMMITS, self._change, row_count=count)

    def schedule(self) -> None:
        """Links that run from the beginning."""
        for row in self._bounds:
            self.follow(row)

    def is_bounded(self, row: int) -> bool:
        """Whether the link of an environment has a bound."""
        return row in self._bounds

    def follow(self, row: int) -> None:
        """Writes, link or copy of an environment may have stopped or gone on: be there when its gate changes next."""
        if row not in self._bounds:
            return
        clock, flow = self._world.clock, self._look(row)
        self._due.cancel(row)
        if not self._world.exists(row):
            return
        if _state(flow) != self._told.get(row, _FREE):
            self._due.add(clock.now_ms, row)
        elif flow is not None:
            due_ms = flow.next_change_ms(clock.horizon_ms)
            if due_ms is not None:
                self._due.add(due_ms, row)

    def _look(self, row: int) -> Flow | None:
        """The link of an environment as it is from now on, to go on from."""
        flow = self.flow(row)
        if flow is None:
            self._flows.pop(row, None)
        else:
            self._flows[row] = flow
        return flow

    def flow(self, row: int) -> Flow | None:
        """The link of an environment now; None while no bound holds."""
        if row not in self._bounds:
            return None
        way = self._way(row)
        if not way.holds:
            return None
        now_ms = self._world.clock.now_ms
        flow = self._flows.get(row) or Flow.begun(self._bounds[row], now_ms)
        return flow.advanced(now_ms).set(writing=way.writing, runs=way.runs)

    def stops_ms(self, row: int) -> int | None:
        """When commits stop, if the link goes on standing still as it does; None if it runs, or has no bound."""
        flow = self.flow(row)
        return None if flow is None or flow.stands_ms is None else flow.stands_ms + flow.bound.max_lag_ms

    def written(self, row: int) -> Committed:
        """What there is to write, without the times in which commits had been stopped and are no longer."""
        return Committed(self._world.specs[row].writes, tuple(self._stops.get(row, ())))

    def _change(self, row: int) -> None:
        """Another share of what there is to write is taken from now on."""
        flow, now_ms = self._look(row), self._world.clock.now_ms
        gate, permille = state = _state(flow)
        if state != self._told.get(row, _FREE) and self._world.exists(row):
            self._told[row] = state
            stopped_ms = self._stopped_ms.pop(row, None)
            if stopped_ms is not None:
                self._stops.setdefault(row, []).append((stopped_ms, now_ms, 0))
            if flow is not None and gate is Gate.STOPPED:
                self._stopped_ms[row] = flow.open_until_ms
                self._world.write(row, Event.COMMITS_STOPPED, value=flow.open_until_ms)
            elif gate is Gate.SLOWED:
                self._world.write(row, Event.COMMITS_SLOWED, value=permille)
            else:
                self._world.write(row, Event.COMMITS_FREED)
        self.follow(row)


def _state(flow: Flow | None) -> tuple[Gate, int]:
    return _FREE if flow is None else (flow.next_gate, flow.accepted_permille)
