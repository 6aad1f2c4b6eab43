"""Dependencies: who needs whom, and how long it takes to start again once they are back.

Rules: docs/reference/semantics.md, section 2. Of an environment it is kept how many of its requirements are not met: each
environment that it needs is one, and each group of alternatives is one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bcdr_sim.engine.clock import Kind, RowCalendar
from bcdr_sim.engine.state import World

_ABSENT, _SERVED, _DOWN = range(3)


@dataclass(slots=True)
class Alternatives:
    """Environments of which one is enough for their dependents: how many are deployed, and how many are served."""

    dependents: Sequence[int]
    deployed_count: int
    served_count: int

    def is_missing(self) -> bool:
        """Whether all that are deployed are down; without any deployed nothing is asked for."""
        return self.deployed_count > 0 and self.served_count == 0

    def change(self, before: int, after: int) -> int:
        """One of them changes; gives by how much the missing requirements of the dependents grow."""
        was_missing = self.is_missing()
        self.deployed_count += (after != _ABSENT) - (before != _ABSENT)
        self.served_count += (after == _SERVED) - (before == _SERVED)
        return self.is_missing() - was_missing


class Dependencies:
    """What is missing to whom."""

    def __init__(self, world: World, *, update: Callable[[int], None]) -> None:
        """`update` finds out what service an environment has now."""
        self._world = world
        self._update = update
        self._restarts = RowCalendar(
            world.clock, Kind.RESTART, self._restarted, row_count=len(world.trial.estate)
        )
        self._state = {row: self._at_first(row) for row in world.trial.estate.dependents}
        self._groups_of: dict[int, list[Alternatives]] = {}
        for spec in world.trial.estate.specs:
            for rows in spec.any_of:
                there = sum(self._at_first(row) == _SERVED for row in rows)
                group = Alternatives(spec.rows, there, there)
                for row in rows:
                    self._groups_of.setdefault(row, []).append(group)
        world.provides_changed = self._tell_dependents

    def _at_first(self, row: int) -> int:
        return _SERVED if self._world.specs[row].deployed_ms is None else _ABSENT

    def forget(self, row: int) -> None:
        """The environment does not start again."""
        self._restarts.cancel(row)

    def _tell_dependents(self, row: int) -> None:
        """An environment that others depend on is served no more, or again, or is there from now on."""
        before, after = self._state[row], _SERVED if self._world.is_served(row) else _DOWN
        self._state[row] = after
        change = (after == _DOWN) - (before == _DOWN)
        changes = dict.fromkeys(self._world.trial.estate.dependents[row], change) if change else {}
        for group in self._groups_of.get(row, ()):
            change = group.change(before, after)
            for other in group.dependents if change else ():
                changes[other] = changes.get(other, 0) + change
        for other in sorted(changes):
            self._needs(other, changes[other])

    def _needs(self, row: int, change: int) -> None:
        """So many more of its requirements are not met, or so many less."""
        world = self._world
        fleet = world.fleet
        fleet.missing[row] += change
        if change > 0:
            self._restarts.cancel(row)
            fleet.restarting[row] = 0
        elif fleet.missing[row] == 0 and world.exists(row):
            restart = world.specs[row].restart
            ordinal = fleet.restart_count[row]
            draw_ms = world.trial.of_row("environments.restart", restart, row, ordinal=ordinal)
            fleet.restart_count[row] += 1
            fleet.restarting[row] = 1
            self._restarts.add(world.clock.now_ms + draw_ms, row)
        self._update(row)

    def _restarted(self, row: int) -> None:
        self._world.fleet.restarting[row] = 0
        self._update(row)
