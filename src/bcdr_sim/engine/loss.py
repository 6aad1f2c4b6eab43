"""What a move would lose: the provider's figure, determined once per incident and then taken again.

Rules (docs/reference/semantics.md, section 4). The figure is a snapshot. `take` takes it; nothing else changes it, and
time alone never does.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from bcdr_sim.engine.clock import Kind, RowCalendar
from bcdr_sim.engine.fleet import UNKNOWN, Figure
from bcdr_sim.engine.links import USABLE, Links
from bcdr_sim.engine.restores import Restores
from bcdr_sim.engine.state import World
from bcdr_sim.events import Event
from bcdr_sim.policy import Action
from bcdr_sim.timeline import UNBOUNDED


class LossFigures:
    """The loss figures of all environments."""

    taken: Callable[[int], None]
    """To be told of an environment whose figure has been taken."""
    restores: Restores
    """What could be gone back to instead of a move."""

    def __init__(self, world: World, links: Links) -> None:
        self._world = world
        self._links = links
        count = len(world.trial.estate)
        self._drained = RowCalendar(world.clock, Kind.LINK_DRAINED, self._link_drained, row_count=count)
        self._assessment = RowCalendar(world.clock, Kind.ASSESSMENT, self._determined, row_count=count)

    def assess(self, rows: list[int]) -> None:
        """Begin to determine the loss for eligible environments of an incident, each after its own draw."""
        world = self._world
        fleet = world.fleet
        eligible = [
            row
            for row in rows
            if world.specs[row].eligible
            and fleet.figure[row] == Figure.UNDETERMINED
            and self._assessment.due_ms[row] < 0
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
        self._assessment.add_all([now_ms + draw for draw in draws], eligible)

    def _determined(self, row: int) -> None:
        fleet = self._world.fleet
        fleet.figure[row] = Figure.SOME
        self._figure(row)
        known_ms = fleet.known_loss_ms[row]
        self._world.write(row, Event.LOSS_DETERMINED, value=UNBOUNDED if known_ms == UNKNOWN else known_ms)
        self.watch_drain(row)
        self.taken(row)
        self._world.touch(row)

    def take(self, row: int, *, common_ms: tuple[int, int] | None = None) -> None:
        """Take the figure again, if it was determined at all; `common_ms` is the common point with its mark, if known."""
        if self._world.fleet.figure[row] != Figure.UNDETERMINED:
            self._figure(row, common_ms)
            self.watch_drain(row)
            self.taken(row)

    def _figure(self, row: int, common_ms: tuple[int, int] | None = None) -> None:
        world = self._world
        fleet = world.fleet
        synced_ms = self._links.last_sync_ms(row)
        if synced_ms == UNBOUNDED:
            fleet.known_loss_ms[row] = UNKNOWN
            return
        mark_ms = self._links.mark_ms(row, synced_ms)
        peers = self._links.groups.peers(row) if common_ms is None else ()
        if common_ms is not None or peers:
            synced_ms, mark_ms = common_ms or self._links.common_ms((row, *peers))
        stop_ms = self._links.stop_ms(row)
        writes = self._links.commits.written(row)
        if mark_ms >= stop_ms or writes.writing_ms(mark_ms, stop_ms) == 0:
            fleet.figure[row], fleet.known_loss_ms[row] = Figure.NONE, 0
        else:
            lost = mark_ms == synced_ms or writes.writing_ms(synced_ms, stop_ms) > 0
            fleet.figure[row] = Figure.SOME if lost else Figure.NOT_EXCLUDED
            fleet.known_loss_ms[row] = stop_ms - mark_ms

    def level_ms(self, row: int) -> int:
        """The level of loss that a customer is told: of a move, or where the copy is of no use, of a restore."""
        if self._links.copy(row) == USABLE or Action.RESTORE not in self._world.policy.actions:
            return self._world.fleet.known_loss_ms[row]
        return self.restores.prospect_ms(row)

    def is_askable(self, row: int) -> bool:
        """Whether there is a loss, determined and of known size, that a customer could agree to."""
        fleet = self._world.fleet
        if fleet.figure[row] == Figure.UNDETERMINED:
            return False
        if self._links.copy(row) == USABLE:
            return fleet.figure[row] > Figure.NONE and fleet.known_loss_ms[row] != UNKNOWN
        return Action.RESTORE in self._world.policy.actions and 0 < self.level_ms(row) < UNKNOWN

    def forget(self, row: int) -> None:
        """The incident is over for this environment."""
        fleet = self._world.fleet
        fleet.figure[row] = Figure.UNDETERMINED
        fleet.known_loss_ms[row] = UNKNOWN
        self._assessment.cancel(row)
        self._drained.cancel(row)

    def forget_all(self, rows: NDArray[np.int64]) -> None:
        """The same for many environments."""
        fleet = self._world.fleet
        np.frombuffer(fleet.figure, dtype=np.uint8)[rows] = Figure.UNDETERMINED
        np.frombuffer(fleet.known_loss_ms, dtype=np.int64)[rows] = UNKNOWN
        self._assessment.cancel_all(rows)
        self._drained.cancel_all(rows)

    def watch_drain(self, row: int) -> None:
        """In an unreachable outage, be there when the known mark reaches the last write."""
        world = self._world
        fleet = world.fleet
        self._drained.due_ms[row] = -1
        if fleet.figure[row] <= Figure.NONE or fleet.write_stop_ms[row] < 0 or fleet.link_stop_ms[row] >= 0:
            return
        if fleet.copy_stands_ms[row] >= 0 or self._links.existing(row) != USABLE:
            return
        stop_ms = self._links.stop_ms(row)
        dues_ms = [self._links.drained_ms(row, stop_ms)]
        dues_ms += [self._links.marked_ms(peer, stop_ms) for peer in self._links.groups.peers(row)]
        known_ms = [due_ms for due_ms in dues_ms if due_ms is not None]
        if len(known_ms) == len(dues_ms):
            self._drained.add(max(*known_ms, world.clock.now_ms), row)

    def take_all(self, rows: Sequence[int]) -> tuple[int, int]:
        """Take the figures of all who move together; gives the common point, and its mark."""
        common_ms = self._links.common_ms({*rows, *self._links.groups.peers(rows[0])})
        for row in rows:
            self.take(row, common_ms=common_ms)
        return common_ms

    def follow(self, rows: set[int]) -> None:
        """Where the members of groups that count for a common point are others than before, there is another loss."""
        drains: list[int] = []
        again: dict[int, tuple[int, int]] = {}
        for members in self._links.groups.touched(rows):
            for counted, changed in self._links.groups.counted(members):
                if changed and counted:
                    again |= dict.fromkeys(counted, self._links.common_ms(counted))
                drains += counted
        for row in sorted(drains):
            if row in again:
                self._take_again(row, again[row])
            else:
                self.watch_drain(row)

    def _take_again(self, row: int, common_ms: tuple[int, int]) -> None:
        """Another loss is an occasion to ask."""
        fleet = self._world.fleet
        before = fleet.figure[row], fleet.known_loss_ms[row]
        self.take(row, common_ms=common_ms)
        if before != (fleet.figure[row], fleet.known_loss_ms[row]):
            self._world.touch(row)

    def _link_drained(self, row: int) -> None:
        self._world.write(row, Event.LINK_DRAINED)
        self.take(row)
        self._world.touch(row)
