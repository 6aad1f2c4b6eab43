"""Outages that take service late: a partition when a lease runs out, a corruption of data when somebody notices it.

Rules (docs/reference/semantics.md, section 2). Outages of kind `partition` and `logical` leave their environments serving,
and turn *overt* for each of them later, or never. A move that commits before a partition is overt leaves two sides that
accept writes, until the old one stops or is reached again.
"""

from __future__ import annotations

from collections.abc import Callable, Collection

from bcdr_sim.engine.clock import Calendar, Kind, RowCalendar
from bcdr_sim.engine.fleet import Corruption
from bcdr_sim.engine.state import World
from bcdr_sim.events import Event
from bcdr_sim.trial import NEVER, OutageFact, Trial


class Latent:
    """What becomes of environments that outages hit without taking their service."""

    def __init__(
        self, world: World, *, update: Callable[[int], None], stopped: Callable[[int], None]
    ) -> None:
        """`update` finds out what service an environment has now; `stopped` is told that an outage takes it."""
        self._world = world
        self._update = update
        self._stopped = stopped
        self._due = Calendar(world.clock, Kind.OVERT, self._turns_overt)
        self._split_since: dict[int, tuple[int, int]] = {}
        self._silent = RowCalendar(
            world.clock, Kind.COMMITS, self._end_split, row_count=len(world.trial.estate)
        )

    def begin(self, fact: int, rows: list[int]) -> None:
        """A latent outage hits these environments where they are served."""
        world = self._world
        outage = world.facts[fact]
        if outage.kind == "logical":
            due_ms = max(noticed_ms(world.trial, outage), world.clock.now_ms)
            for row in rows:
                self._due.add(due_ms, (row, fact))
            return
        lease = world.trial.scenario.provider.fencing.lease
        if lease is None:
            return
        draws = world.trial.durations("provider.fencing.lease", lease, rows, occasion=outage.id)
        reached_ms = world.trial.reached_ms(outage, rows)
        for row, since_ms, lease_ms in zip(rows, reached_ms, draws, strict=True):
            self._due.add(max(since_ms + lease_ms, world.clock.now_ms), (row, fact))

    def corrupt(self, fact: int, rows: list[int]) -> None:
        """A logical outage has spoilt what these environments serve; nobody knows yet."""
        fleet = self._world.fleet
        for row in rows:
            fleet.hits[row] = (*fleet.hits[row], fact)
            fleet.tainted[row] = 1
            corruption = Corruption(fact, self._world.clock.now_ms)
            self._world.corruptions.setdefault(row, []).append(corruption)

    def cleaned(self, row: int, facts: Collection[int]) -> None:
        """What an environment serves is free of these corruptions from now on."""
        for corruption in self._world.corruptions.get(row, ()):
            if corruption.fact in facts and corruption.clean_ms < 0:
                corruption.clean_ms = self._world.clock.now_ms

    def comes_back(self, row: int, fact: int) -> None:
        """A corruption that was right again where it was is in the data that a move has recovered; repair may be past."""
        world = self._world
        world.corruptions[row].append(Corruption(fact, world.clock.now_ms))
        if world.end_ms(row, fact) <= world.clock.now_ms:
            world.ends_ms[row, fact] = NEVER

    def _turns_overt(self, key: tuple[int, int]) -> None:
        row, fact = key
        fleet = self._world.fleet
        if fact in fleet.hits[row]:
            self._world.overt.add(key)
            self._stopped(row)
            self._update(row)
        elif fact in fleet.other_hits[row]:
            self._world.overt.add(key)
            self.check_split(row)

    # Split brain ----------------------------------------------------------------------------------------------------

    def split(self, row: int, occasion: int, *, silent_ms: int | None) -> None:
        """A move has just committed while the side it left still accepts writes; with a bound it does until `silent_ms`."""
        self._split_since[row] = (self._world.clock.now_ms, occasion)
        if silent_ms is not None:
            self._silent.add(silent_ms, row)
        self._world.write(row, Event.SPLIT_BRAIN_BEGAN, outage=occasion)

    def check_split(self, row: int) -> None:
        """End a split brain when the side that was left accepts no writes any more."""
        if row in self._split_since and not self._accepts_writes_there(row):
            self._end_split(row)

    def _end_split(self, row: int) -> None:
        self._silent.cancel(row)
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


def noticed_ms(trial: Trial, outage: OutageFact) -> int:
    """When somebody notices a logical outage: the earlier of automation and people."""
    detection = outage.entry.detection
    ways = (
        ("outages.detection.automatic", detection.automatic),
        ("outages.detection.people", detection.people),
    )
    return outage.at_ms + min(
        trial.of_outage(path, delay, outage.id) for path, delay in ways if delay is not None
    )
