"""Dependencies: who needs whom, and how long it takes to start again once they are back.

Rules: docs/reference/semantics.md, section 2.
"""

from __future__ import annotations

from collections.abc import Callable

from bcdr_sim.engine.clock import Kind, RowCalendar
from bcdr_sim.engine.state import World


class Dependencies:
    """What is missing to whom."""

    def __init__(self, world: World, *, update: Callable[[int], None]) -> None:
        """`update` finds out what service an environment has now."""
        self._world = world
        self._update = update
        self._restarts = RowCalendar(
            world.clock, Kind.RESTART, self._restarted, row_count=len(world.trial.estate)
        )
        world.provides_changed = self._tell_dependents

    def forget(self, row: int) -> None:
        """The environment does not start again."""
        self._restarts.cancel(row)

    def _tell_dependents(self, row: int) -> None:
        """An environment that others depend on is served no more, or again."""
        provides = self._world.is_served(row)
        for other in self._world.trial.estate.dependents.get(row, ()):
            self._needs(other, provides=provides)

    def _needs(self, row: int, *, provides: bool) -> None:
        world = self._world
        fleet = world.fleet
        fleet.missing[row] += -1 if provides else 1
        if not provides:
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
