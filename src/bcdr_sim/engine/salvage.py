"""Salvage: what a move lost may be found on the side that it left, once that region is back, and is merged.

Rules: docs/reference/semantics.md, section 5. Whether it is found is drawn once per loss. Restores leave nothing to
find, since they go back on purpose; destroyed data are not found.
"""

from __future__ import annotations

from dataclasses import dataclass

from bcdr_sim.engine.clock import Calendar, Kind
from bcdr_sim.engine.fleet import FAR, NEAR
from bcdr_sim.engine.state import World
from bcdr_sim.events import Event


@dataclass(frozen=True, slots=True, order=True)
class Tail:
    """What one move left behind: its completion in the log, its age, what the move fled, which loss of the row it is."""

    row: int
    completion_id: int
    age_ms: int
    occasion: int
    ordinal: int
    region: int


class Salvage:
    """Tails that wait for their region, and their merges."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._settings = world.trial.scenario.provider.salvage
        self._merges = Calendar(world.clock, Kind.MERGE, self._merged)
        self._waiting: list[Tail] = []
        self._loss_count: dict[int, int] = {}
        self._tails_of: dict[int, list[Tail]] = {}
        self._gone: set[Tail] = set()

    def lost(self, row: int, *, completion_id: int, age_ms: int, occasion: int, region: int) -> None:
        """A move has just left data behind in a region."""
        if self._settings.probability <= 0:
            return
        world = self._world
        ordinal = self._loss_count.get(row, 0)
        self._loss_count[row] = ordinal + 1
        name = "" if occasion < 0 else world.names[occasion]
        found = world.trial.chance("provider.salvage", row, occasion=name, ordinal=ordinal)
        if found >= self._settings.probability or self._is_destroyed(row, region):
            return
        tail = Tail(row, completion_id, age_ms, occasion, ordinal, region)
        self._tails_of.setdefault(row, []).append(tail)
        if world.regions[region].incident is None:
            self._schedule(tail)
        else:
            self._waiting.append(tail)

    def region_returned(self, region: int) -> None:
        """No outage is active in a region any more: what was left there can be looked for."""
        due = [tail for tail in self._waiting if tail.region == region]
        if due:
            self._waiting = [tail for tail in self._waiting if tail.region != region]
            for tail in sorted(due):
                self._schedule(tail)

    def destroyed(self, row: int, region: int) -> None:
        """The data of an environment in a region are gone, and what was left behind among them."""
        self._gone.update(tail for tail in self._tails_of.get(row, ()) if tail.region == region)

    def _is_destroyed(self, row: int, region: int) -> bool:
        side = NEAR if region == self._world.specs[row].home else FAR
        return bool(self._world.fleet.destroyed[row] >> side & 1)

    def _schedule(self, tail: Tail) -> None:
        world = self._world
        name = "" if tail.occasion < 0 else world.names[tail.occasion]
        takes_ms = world.trial.of_row(
            "provider.salvage.takes", self._settings.takes, tail.row, occasion=name, ordinal=tail.ordinal
        )
        self._merges.add(world.clock.now_ms + takes_ms, tail)

    def _merged(self, tail: Tail) -> None:
        world = self._world
        if not world.exists(tail.row) or tail in self._gone:
            return
        world.write(
            tail.row,
            Event.LOSS_SALVAGED,
            cause=tail.completion_id,
            outage=tail.occasion,
            value=tail.age_ms,
        )
