"""Outages that take service late: who is cut off stops when its lease runs out; until then two sides may accept writes.

Rules (docs/reference/semantics.md, section 2). An outage of kind `partition` leaves its environments serving. It turns
*overt* for an environment when that takes itself out of service. A move that commits before leaves two sides that accept
writes, until the old one stops or is reached again.
"""

from __future__ import annotations

from collections.abc import Callable

from bcdr_sim.engine.clock import Calendar, Kind
from bcdr_sim.engine.state import World
from bcdr_sim.events import Event


class Latent:
    """What becomes of environments that outages hit without taking their service."""

    def __init__(self, world: World, *, update: Callable[[int], None]) -> None:
        """`update` finds out what service an environment has now."""
        self._world = world
        self._update = update
        self._due = Calendar(world.clock, Kind.OVERT, self._turns_overt)
        self._split_since: dict[int, tuple[int, int]] = {}

    def begin(self, fact: int, rows: list[int]) -> None:
        """A latent outage hits these environments where they are served."""
        world = self._world
        outage = world.facts[fact]
        lease = world.trial.scenario.provider.fencing.lease
        if outage.kind != "partition" or lease is None:
            return
        draws = world.trial.durations("provider.fencing.lease", lease, rows, occasion=outage.id)
        for row, lease_ms in zip(rows, draws, strict=True):
            self._due.add(max(outage.at_ms + lease_ms, world.clock.now_ms), (row, fact))

    def _turns_overt(self, key: tuple[int, int]) -> None:
        row, fact = key
        fleet = self._world.fleet
        if fact in fleet.hits[row]:
            self._world.overt.add(key)
            self._update(row)
        elif fact in fleet.other_hits[row]:
            self._world.overt.add(key)
            self.check_split(row)

    # Split brain ----------------------------------------------------------------------------------------------------

    def split(self, row: int, occasion: int) -> None:
        """A move has just committed while the side it left still accepts writes."""
        self._split_since[row] = (self._world.clock.now_ms, occasion)
        self._world.write(row, Event.SPLIT_BRAIN_BEGAN, outage=occasion)

    def check_split(self, row: int) -> None:
        """End a split brain when the side that was left accepts no writes any more."""
        began = self._split_since.get(row)
        if began is None or self._accepts_writes_there(row):
            return
        since_ms, occasion = self._split_since.pop(row)
        value = self._world.clock.now_ms - since_ms
        self._world.write(row, Event.SPLIT_BRAIN_ENDED, outage=occasion, value=value)

    def _accepts_writes_there(self, row: int) -> bool:
        world = self._world
        others = world.fleet.other_hits[row]
        if any(world.facts[fact].stops_writes for fact in others):
            return False
        return any(
            world.facts[fact].kind == "partition" and (row, fact) not in world.overt for fact in others
        )
