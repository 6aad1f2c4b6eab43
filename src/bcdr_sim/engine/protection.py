"""Geo-secondary protection: seeding a copy, bringing it up to date again after a move, and the track of its state.

Rules: docs/reference/semantics.md, section 4.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from bcdr_sim.engine.clock import Kind, RowCalendar
from bcdr_sim.engine.fleet import FAR, NEAR
from bcdr_sim.engine.links import USABLE, Links
from bcdr_sim.engine.loss import LossFigures
from bcdr_sim.engine.state import World
from bcdr_sim.events import PROTECTION, Event
from bcdr_sim.phases import Phase
from bcdr_sim.replication.catching_up import caught_up_ms, pace
from bcdr_sim.timeline import NOTHING

_NOT_SPECIFIED, _DISABLED, _ENABLED, _READY, _UNAVAILABLE = range(len(PROTECTION))
_GONE = (int(Phase.NOT_DEPLOYED), int(Phase.LOST))


class Protection:
    """Seeding, resynchronisations and the state of protection of all environments."""

    def __init__(self, world: World, links: Links, figures: LossFigures) -> None:
        self._world = world
        self._links = links
        self._figures = figures
        count = len(world.trial.estate)
        self._spec_of = np.array(world.trial.estate.spec_of, dtype=np.int64)
        self._when_well = np.array(
            [
                _READY if spec.has_copy else _DISABLED if spec.type == "Production" else _NOT_SPECIFIED
                for spec in world.trial.estate.specs
            ],
            dtype=np.uint8,
        )
        self._resync = RowCalendar(world.clock, Kind.RESYNC, self._resync_completed, row_count=count)
        self._seeded = RowCalendar(world.clock, Kind.SEEDING, self._seeding_over, row_count=count)

    # Bringing the copy up to date -----------------------------------------------------------------------------------

    def moved(self, row: int) -> None:
        """A move is complete: from now on the copy is the side it left, as of now."""
        fleet = self._world.fleet
        fleet.copy_stands_ms[row] = fleet.copy_floor_ms[row] = self._world.clock.now_ms
        fleet.synced[row] = 0
        fleet.lag_ms[row] = -1
        fleet.moved_for[row] = fleet.occasion[row]
        self._resync.cancel(row)
        self._links.forget_law(row)

    def interrupt(self, row: int) -> None:
        """Either side is hit: a resynchronisation under way starts anew later."""
        self._resync.cancel(row)

    def try_resync(self, row: int) -> None:
        """Start bringing the copy up to date as soon as both sides are up and the other region is healthy."""
        world = self._world
        fleet = world.fleet
        stale = not fleet.synced[row] or fleet.destroyed[row] >> (NEAR if fleet.far[row] else FAR) & 1
        if not stale or world.is_hit(row) or self._resync.due_ms[row] >= 0:
            return
        there = world.region_there(row)
        if there is None or there.incident is not None:
            return
        provider = world.trial.scenario.provider
        path, distribution = (
            ("provider.reverse_sync", provider.reverse_sync)
            if fleet.far[row]
            else ("provider.reprotection", provider.reprotection)
        )
        draw_ms = world.trial.of_row(path, distribution, row, ordinal=fleet.resync_count[row])
        fleet.resync_count[row] += 1
        world.write(row, Event.RESYNC_STARTED, outage=self._resync_occasion(row))
        self._resync.add(self._caught_up_ms(row, world.clock.now_ms + draw_ms), row)

    def _caught_up_ms(self, row: int, from_ms: int) -> int:
        """When all that the copy lacks has been carried over, if that begins at an instant."""
        world = self._world
        catch_up = world.trial.scenario.provider.catch_up
        if catch_up is None:
            return from_ms
        stands_ms, destroyed = world.fleet.copy_stands_ms[row], world.fleet.destroyed[row]
        lacks_all = destroyed >> (NEAR if world.fleet.far[row] else FAR) & 1
        since_ms = world.clock.now_ms if lacks_all or stands_ms < 0 else stands_ms
        writes, horizon_ms = world.specs[row].writes, world.clock.horizon_ms
        return caught_up_ms(
            writes,
            left=writes.work.at(from_ms) - writes.work.at(since_ms),
            pace=pace(writes, rate_per_hour=catch_up.rate, of_mean=catch_up.of_mean, horizon_ms=horizon_ms),
            from_ms=from_ms,
            until_ms=max(from_ms, horizon_ms),
        )

    def _resync_occasion(self, row: int) -> int | None:
        """What the last completed move fled; without a move the incident it takes part in, if any."""
        moved_for = self._world.fleet.moved_for[row]
        return None if moved_for == NOTHING else moved_for

    def _resync_completed(self, row: int) -> None:
        fleet = self._world.fleet
        fleet.synced[row] = 1
        fleet.copy_stands_ms[row] = -1
        fleet.destroyed[row] &= ~(1 << (NEAR if fleet.far[row] else FAR)) & 0xFF
        self._world.write(row, Event.RESYNC_COMPLETED, outage=self._resync_occasion(row))
        self._figures.take(row)
        self._links.changed(row)
        self.update(row)
        self._world.touch(row)

    def seed(self, row: int) -> None:
        """The environment is deployed: the copy is seeded for a while and cannot be used before."""
        world = self._world
        if world.specs[row].has_copy:
            world.fleet.seeding[row] = 1
            draw_ms = world.trial.of_row("provider.seeding", world.trial.scenario.provider.seeding, row)
            self._seeded.add(world.clock.now_ms + draw_ms, row)

    def _seeding_over(self, row: int) -> None:
        self._world.fleet.seeding[row] = 0
        self._figures.take(row)
        self._links.changed(row)
        self.update(row)
        self._world.touch(row)

    # The track ------------------------------------------------------------------------------------------------------

    def state(self, row: int) -> int:
        """The protection of an environment now, in the vendor's words, as a code."""
        world = self._world
        fleet = world.fleet
        spec = world.specs[row]
        if spec.type != "Production":
            return _NOT_SPECIFIED
        if not spec.has_copy:
            return _DISABLED
        if fleet.link_stop_ms[row] >= 0 or fleet.write_stop_ms[row] >= 0 or self._links.is_stalled(row):
            return _UNAVAILABLE
        if any(not world.facts[fact].is_false_alarm for fact in fleet.other_hits[row]):
            return _UNAVAILABLE
        stale = fleet.seeding[row] or not fleet.synced[row] or self._links.copy(row) != USABLE
        return _ENABLED if stale else _READY

    def states_when_well(self, rows: list[int]) -> NDArray[np.uint8]:
        """The protection of environments at their primary, nothing pending, when no outage concerns them."""
        states: NDArray[np.uint8] = self._when_well[self._spec_of[rows]]
        if self._links.may_stall:
            stalled = np.array([self._links.is_stalled(row) for row in rows], dtype=bool)
            states = np.where(stalled & (states == _READY), _UNAVAILABLE, states).astype(np.uint8)
        return states

    def update(self, row: int, *, cause: int | None = None) -> None:
        """Write a change of protection, if there is one; nothing of an environment that does not exist."""
        if self._world.fleet.phase[row] in _GONE:
            return
        state = self.state(row)
        if state != self._world.fleet.protection[row]:
            self._world.fleet.protection[row] = state
            self._world.write(row, Event.PROTECTION_CHANGED, value=state, cause=cause)

    def set_initial(self, row: int) -> None:
        """The protection before anything happens; not written."""
        self._world.fleet.protection[row] = self.state(row)
