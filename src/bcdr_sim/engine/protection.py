"""The copy on the other side: how far behind it is, what a move would lose, and bringing it up to date again.

Rules (docs/reference/semantics.md, section 4).

* After a move at t the copy on the side it left stands at t until a resynchronisation is over; then the
  link's own law holds.
* The loss figure is a snapshot. `take_figure` takes it; nothing else changes it, and time alone never does.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from bcdr_sim import replication
from bcdr_sim.engine.clock import Kind, RowCalendar
from bcdr_sim.engine.fleet import FAR, NEAR, UNKNOWN, Figure, RegionState
from bcdr_sim.engine.state import World
from bcdr_sim.events import PROTECTION, Event
from bcdr_sim.phases import Phase
from bcdr_sim.scenario.world import LagLink, SynchronousLink
from bcdr_sim.timeline import NOTHING, UNBOUNDED

_NOT_SPECIFIED, _DISABLED, _ENABLED, _READY, _UNAVAILABLE = range(len(PROTECTION))
_GONE = (int(Phase.NOT_DEPLOYED), int(Phase.LOST))
USABLE, SEEDING, NO_COPY = "usable", "seeding", "none"


class Protection:
    """Links, copies, loss figures and resynchronisations of all environments."""

    def __init__(self, world: World, *, taken: Callable[[int], None], touch: Callable[[int], None]) -> None:
        """`taken` is told of every figure taken, `touch` of an environment whose axes changed."""
        self._world = world
        self._taken = taken
        self._touch = touch
        count = len(world.trial.estate)
        self._may_stall = any(region.stalls_ms for region in world.regions) or any(
            fact.entry.link is not None for fact in world.facts
        )
        self._spec_of = np.array(world.trial.estate.spec_of, dtype=np.int64)
        self._when_well = np.array(
            [
                _READY if spec.has_copy else _DISABLED if spec.type == "Production" else _NOT_SPECIFIED
                for spec in world.trial.estate.specs
            ],
            dtype=np.uint8,
        )
        self._laws: dict[int, tuple[str, replication.Link | None]] = {}
        self._synchronous = [isinstance(spec.link, SynchronousLink) for spec in world.trial.estate.specs]
        self._confirmation_ms = [getattr(spec.link, "confirmation", 0) for spec in world.trial.estate.specs]
        self.drained = RowCalendar(world.clock, Kind.LINK_DRAINED, self._link_drained, row_count=count)
        self.resync = RowCalendar(world.clock, Kind.RESYNC, self._resync_completed, row_count=count)
        self.assessment = RowCalendar(world.clock, Kind.ASSESSMENT, self._loss_determined, row_count=count)
        self._seeded = RowCalendar(world.clock, Kind.SEEDING, self._seeding_over, row_count=count)

    # The copy -------------------------------------------------------------------------------------------------------

    def copy(self, row: int) -> str:
        """The axis `copy`: usable, seeding or none."""
        fleet = self._world.fleet
        if not self._world.specs[row].has_copy:
            return NO_COPY
        if fleet.destroyed[row] and fleet.destroyed[row] >> (NEAR if fleet.far[row] else FAR) & 1:
            return NO_COPY
        return SEEDING if fleet.seeding[row] else USABLE

    def last_sync_ms(self, row: int) -> int:
        """What could be recovered on the other side now, as an instant; `UNBOUNDED` without a usable copy."""
        if self.copy(row) != USABLE:
            return UNBOUNDED
        fleet = self._world.fleet
        if fleet.copy_stands_ms[row] >= 0:
            return fleet.copy_stands_ms[row]
        at_ms = fleet.link_stop_ms[row]
        if at_ms < 0:
            at_ms = self._world.clock.now_ms
        if self._synchronous[self._world.trial.estate.spec_of[row]]:
            synced_ms = self._stalled_ms(row, at_ms) if self._may_stall else at_ms
        elif fleet.lag_ms[row] >= 0:
            synced_ms = self._stalled_ms(row, at_ms) - fleet.lag_ms[row]
        else:
            law = self._law(row)
            if law is None:
                return UNBOUNDED
            if fleet.write_stop_ms[row] >= 0:
                law = replication.stopped(law, fleet.write_stop_ms[row])
            synced_ms = min(replication.stalled(law, self._stalls(row), at_ms), self._stalled_ms(row, at_ms))
        return max(synced_ms, fleet.copy_floor_ms[row]) if fleet.copy_floor_ms[row] >= 0 else synced_ms

    def _stalled_ms(self, row: int, at_ms: int) -> int:
        stalls = self._stalls(row)
        if not stalls:
            return at_ms
        return next((begin for begin, end in replication.merged(stalls) if begin <= at_ms < end), at_ms)

    def _stalls(self, row: int) -> replication.Intervals:
        if not self._may_stall:
            return ()
        world = self._world
        spells = list(world.regions[world.specs[row].home].stalls_ms)
        for fact in world.fleet.hits[row]:
            link = world.facts[fact].entry.link
            if link is not None and not world.facts[fact].is_false_alarm:
                at_ms = world.facts[fact].at_ms
                spells.append((at_ms + link.stalls[0], at_ms + link.stalls[1]))
        return tuple(sorted(spell for spell in spells if spell[0] <= world.clock.now_ms))

    def is_stalled(self, row: int) -> bool:
        """Whether the link stands still because of a stall."""
        if not self._may_stall:
            return False
        now_ms = self._world.clock.now_ms
        return any(begin <= now_ms < end for begin, end in self._stalls(row))

    def _law(self, row: int) -> replication.Link | None:
        """The link's law under the name of what the environment lives through (incident or maintenance period)."""
        world = self._world
        name = world.incident_name(row) or (world.occasion_name(row) if world.fleet.move[row] else "")
        known = self._laws.get(row)
        if known is None or known[0] != name:
            known = (name, self._world.trial.link_law(row, occasion=name))
            self._laws[row] = known
        return known[1]

    def draw_lags(self, rows: list[int], occasion: str) -> None:
        """Fix the lag of `lag` links for an incident or maintenance period."""
        trial, fleet = self._world.trial, self._world.fleet
        by_spec: dict[int, list[int]] = {}
        for row in rows:
            by_spec.setdefault(trial.estate.spec_of[row], []).append(row)
        for index, members in by_spec.items():
            link = trial.estate.specs[index].link
            if isinstance(link, LagLink) and trial.estate.specs[index].has_copy:
                lags = trial.durations("link.lag", link.lag, members, occasion=occasion)
                for row, lag_ms in zip(members, lags, strict=True):
                    fleet.lag_ms[row] = lag_ms

    # The loss figure ------------------------------------------------------------------------------------------------

    def assess(self, rows: list[int]) -> None:
        """Begin to determine the loss for eligible environments of an incident, each after its own draw."""
        world = self._world
        fleet = world.fleet
        eligible = [
            row
            for row in rows
            if world.specs[row].eligible
            and fleet.figure[row] == Figure.UNDETERMINED
            and self.assessment.due_ms[row] < 0
        ]
        if not eligible:
            return
        draws = world.trial.durations(
            "provider.loss_determination",
            world.trial.scenario.provider.loss_determination,
            eligible,
            occasion=world.incident_name(eligible[0]),
        )
        now_ms = world.clock.now_ms
        self.assessment.add_all([now_ms + draw for draw in draws], eligible)

    def _loss_determined(self, row: int) -> None:
        fleet = self._world.fleet
        fleet.figure[row] = Figure.SOME
        self._figure(row)
        known_ms = fleet.known_loss_ms[row]
        self._world.write(row, Event.LOSS_DETERMINED, value=UNBOUNDED if known_ms == UNKNOWN else known_ms)
        self.watch_drain(row)
        self._taken(row)
        self._touch(row)

    def take_figure(self, row: int) -> None:
        """Take the figure again, if it was determined at all."""
        if self._world.fleet.figure[row] != Figure.UNDETERMINED:
            self._figure(row)
            self._taken(row)

    def _figure(self, row: int) -> None:
        world = self._world
        fleet = world.fleet
        synced_ms = self.last_sync_ms(row)
        if synced_ms == UNBOUNDED:
            fleet.known_loss_ms[row] = UNKNOWN
            return
        stop_ms = fleet.write_stop_ms[row]
        if stop_ms < 0:
            stop_ms = world.clock.now_ms
        index = world.trial.estate.spec_of[row]
        writes = world.trial.estate.specs[index].writes
        mark_ms = synced_ms - self._confirmation_ms[index]
        if mark_ms >= stop_ms or writes.writing_ms(mark_ms, stop_ms) == 0:
            fleet.figure[row], fleet.known_loss_ms[row] = Figure.NONE, 0
        else:
            lost = synced_ms < stop_ms and writes.writing_ms(synced_ms, stop_ms) > 0
            fleet.figure[row] = Figure.SOME if lost else Figure.NOT_EXCLUDED
            fleet.known_loss_ms[row] = stop_ms - mark_ms

    def forget_figure(self, row: int) -> None:
        """The incident is over for this environment."""
        fleet = self._world.fleet
        fleet.figure[row] = Figure.UNDETERMINED
        fleet.known_loss_ms[row] = UNKNOWN
        self.assessment.cancel(row)
        self.drained.cancel(row)

    def forget_figures(self, rows: NDArray[np.int64]) -> None:
        """The same for many environments."""
        fleet = self._world.fleet
        np.frombuffer(fleet.figure, dtype=np.uint8)[rows] = Figure.UNDETERMINED
        np.frombuffer(fleet.known_loss_ms, dtype=np.int64)[rows] = UNKNOWN
        self.assessment.cancel_all(rows)
        self.drained.cancel_all(rows)

    def watch_drain(self, row: int) -> None:
        """In an unreachable outage, be there when the known mark reaches the last write."""
        world = self._world
        fleet = world.fleet
        self.drained.due_ms[row] = -1
        if fleet.figure[row] <= Figure.NONE or fleet.write_stop_ms[row] < 0 or fleet.link_stop_ms[row] >= 0:
            return
        if fleet.copy_stands_ms[row] >= 0 or self.copy(row) != USABLE:
            return
        index = world.trial.estate.spec_of[row]
        mark_ms = fleet.write_stop_ms[row] + self._confirmation_ms[index]
        law = replication.Lag(fleet.lag_ms[row]) if fleet.lag_ms[row] >= 0 else self._law(row)
        if law is not None:
            law = replication.stopped(law, fleet.write_stop_ms[row])
        due_ms = None if law is None else replication.drained_at(law, mark_ms, stalls=self._stalls(row))
        if due_ms is not None:
            self.drained.add(max(due_ms, world.clock.now_ms), row)

    def _link_drained(self, row: int) -> None:
        self._world.write(row, Event.LINK_DRAINED)
        self.take_figure(row)
        self._touch(row)

    def caught_up_ms(self, row: int, written_ms: int) -> int | None:
        """When everything written until an instant is on the other side; None if never, as the link is now."""
        fleet = self._world.fleet
        if fleet.copy_stands_ms[row] >= 0 or fleet.link_stop_ms[row] >= 0:
            return None
        law = replication.Lag(fleet.lag_ms[row]) if fleet.lag_ms[row] >= 0 else self._law(row)
        return None if law is None else replication.drained_at(law, written_ms, stalls=self._stalls(row))

    # Bringing the copy up to date -----------------------------------------------------------------------------------

    def moved(self, row: int) -> None:
        """A move is complete: from now on the copy is the side it left, as of now."""
        fleet = self._world.fleet
        fleet.copy_stands_ms[row] = fleet.copy_floor_ms[row] = self._world.clock.now_ms
        fleet.synced[row] = 0
        fleet.lag_ms[row] = -1
        fleet.moved_for[row] = fleet.occasion[row]
        self.resync.cancel(row)
        self._laws.pop(row, None)

    def interrupt(self, row: int) -> None:
        """Either side is hit: a resynchronisation under way starts anew later."""
        self.resync.cancel(row)

    def try_resync(self, row: int) -> None:
        """Start bringing the copy up to date as soon as both sides are up and the other region is healthy."""
        world = self._world
        fleet = world.fleet
        stale = not fleet.synced[row] or fleet.destroyed[row] >> (NEAR if fleet.far[row] else FAR) & 1
        if not stale or world.is_hit(row) or self.resync.due_ms[row] >= 0:
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
        self.resync.add(world.clock.now_ms + draw_ms, row)

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
        self.take_figure(row)
        self.update(row)
        self._touch(row)

    def seed(self, row: int) -> None:
        """The environment is deployed: the copy is seeded for a while and cannot be used before."""
        world = self._world
        if world.specs[row].has_copy:
            world.fleet.seeding[row] = 1
            draw_ms = world.trial.of_row("provider.seeding", world.trial.scenario.provider.seeding, row)
            self._seeded.add(world.clock.now_ms + draw_ms, row)

    def _seeding_over(self, row: int) -> None:
        self._world.fleet.seeding[row] = 0
        self.take_figure(row)
        self.watch_drain(row)
        self.update(row)
        self._touch(row)

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
        if fleet.link_stop_ms[row] >= 0 or fleet.write_stop_ms[row] >= 0 or self.is_stalled(row):
            return _UNAVAILABLE
        if any(not world.facts[fact].is_false_alarm for fact in fleet.other_hits[row]):
            return _UNAVAILABLE
        stale = fleet.seeding[row] or not fleet.synced[row] or self.copy(row) != USABLE
        return _ENABLED if stale else _READY

    def states_when_well(self, rows: list[int]) -> NDArray[np.uint8]:
        """The protection of environments at their primary, nothing pending, when no outage concerns them."""
        states: NDArray[np.uint8] = self._when_well[self._spec_of[rows]]
        if self._may_stall:
            stalled = np.array([self.is_stalled(row) for row in rows], dtype=bool)
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

    @staticmethod
    def is_healthy(region: RegionState) -> bool:
        """Whether no outage is active in a region."""
        return region.incident is None
