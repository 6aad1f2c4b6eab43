"""Geo-secondary protection: seeding a copy, bringing it up to date again after a move, and the track of its state.

Rules: docs/reference/semantics.md, section 4.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from bcdr_sim.engine.clock import Calendar, Kind, RowCalendar
from bcdr_sim.engine.fleet import FAR, NEAR
from bcdr_sim.engine.links import USABLE, Links
from bcdr_sim.engine.loss import LossFigures
from bcdr_sim.engine.state import World
from bcdr_sim.events import PROTECTION, Event
from bcdr_sim.phases import Phase
from bcdr_sim.replication.catching_up import caught_up_ms, pace
from bcdr_sim.timeline import NOTHING

_NOT_SPECIFIED, _DISABLED, _ENABLED, _READY, _UNAVAILABLE = range(len(PROTECTION))
_DEPLOYED, _ANEW, _TOO_OLD = 1, 2, 4
"""Why a copy is being seeded: the environment is new, it is made anew, or the log does not reach back to it any more."""
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
        self._reseeding = Calendar(world.clock, Kind.RESEEDING, self._made_anew)
        self._anew_ms: dict[int, int] = {}

    # Bringing the copy up to date -----------------------------------------------------------------------------------

    def moved(self, row: int) -> None:
        """A move is complete: from now on the copy is the side it left, as of now."""
        fleet = self._world.fleet
        fleet.copy_stands_ms[row] = fleet.copy_floor_ms[row] = self._world.clock.now_ms
        fleet.synced[row] = 0
        fleet.seeding[row] &= _DEPLOYED
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
        stale = not fleet.synced[row] or self._lacks_all(row)
        if not stale or world.is_hit(row) or self._resync.due_ms[row] >= 0:
            return
        there = world.region_there(row)
        if there is None or not world.is_sound(there):
            return
        fleet.seeding[row] &= ~_TOO_OLD & 0xFF
        if self._is_too_old(row):
            fleet.seeding[row] |= _TOO_OLD
        lasts_ms = self._resync_draw_ms(row)
        fleet.resync_count[row] += 1
        world.write(row, Event.RESYNC_STARTED, outage=self._resync_occasion(row))
        self._resync.add(self._caught_up_ms(row, world.clock.now_ms + lasts_ms), row)
        if fleet.seeding[row] & _TOO_OLD:
            self._copy_changed(row)

    def _lacks_all(self, row: int) -> bool:
        """Whether nothing of the copy is left on the other side."""
        fleet = self._world.fleet
        return bool(fleet.destroyed[row] >> (NEAR if fleet.far[row] else FAR) & 1)

    def _is_too_old(self, row: int) -> bool:
        """Whether the copy stands further back than the log reaches."""
        world = self._world
        retention_ms, stands_ms = world.trial.scenario.provider.log_retention, world.fleet.copy_stands_ms[row]
        if retention_ms is None or stands_ms < 0 or self._lacks_all(row):
            return False
        return world.clock.now_ms - stands_ms > retention_ms

    def _resync_draw_ms(self, row: int) -> int:
        world = self._world
        fleet, provider = world.fleet, world.trial.scenario.provider
        ordinal = fleet.resync_count[row]
        if fleet.seeding[row] & _ANEW:
            return self._anew_ms[row]
        if fleet.seeding[row] & _TOO_OLD:
            fled = self._resync_occasion(row)
            occasion = "" if fled is None else world.names[fled]
            return world.trial.of_row(
                "provider.seeding", provider.seeding, row, occasion=occasion, ordinal=ordinal
            )
        if fleet.far[row]:
            return world.trial.of_row("provider.reverse_sync", provider.reverse_sync, row, ordinal=ordinal)
        return world.trial.of_row("provider.reprotection", provider.reprotection, row, ordinal=ordinal)

    def _caught_up_ms(self, row: int, from_ms: int) -> int:
        """When all that the copy lacks has been carried over, if that begins at an instant."""
        world = self._world
        catch_up = world.trial.scenario.provider.catch_up
        if catch_up is None:
            return from_ms
        stands_ms = world.fleet.copy_stands_ms[row]
        is_new = stands_ms < 0 or self._lacks_all(row) or world.fleet.seeding[row] & ~_DEPLOYED
        since_ms = world.clock.now_ms if is_new else stands_ms
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
        for corruption in self._world.corruptions.get(row, ()):
            corruption.in_copy = corruption.clean_ms < 0
        fleet.seeding[row] &= _DEPLOYED
        self._world.write(row, Event.RESYNC_COMPLETED, outage=self._resync_occasion(row))
        self._copy_changed(row)

    # Seeding --------------------------------------------------------------------------------------------------------

    def schedule(self) -> None:
        """The instants from which copies are made anew."""
        for spec in self._world.trial.estate.specs:
            for spell in spec.reseeding if spec.has_copy else ():
                for row in spec.rows:
                    self._reseeding.add(spell.at, (row, spell.lasts))

    def seed(self, row: int) -> None:
        """The environment is deployed: the copy is seeded for a while and cannot be used before."""
        world = self._world
        if world.specs[row].has_copy:
            world.fleet.seeding[row] |= _DEPLOYED
            draw_ms = world.trial.of_row("provider.seeding", world.trial.scenario.provider.seeding, row)
            self._seeded.add(world.clock.now_ms + draw_ms, row)

    def _seeding_over(self, row: int) -> None:
        self._world.fleet.seeding[row] &= ~_DEPLOYED & 0xFF
        self._copy_changed(row)

    def _made_anew(self, spell: tuple[int, int]) -> None:
        """From now on the copy on the far side is none, until a resynchronisation of this length is completed."""
        row, lasts_ms = spell
        fleet = self._world.fleet
        if self._world.exists(row) and not fleet.far[row]:
            self._anew_ms[row] = lasts_ms
            fleet.seeding[row] |= _ANEW
            fleet.synced[row] = 0
            self._resync.cancel(row)
            self.try_resync(row)
            self._copy_changed(row)

    def _copy_changed(self, row: int) -> None:
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
        stale = fleet.seeding[row] or not fleet.synced[row] or self._links.existing(row) != USABLE
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
