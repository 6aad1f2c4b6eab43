"""Consistency groups: who moves with whom, who only comes along, and who holds the slot of all of them.

Rules: docs/reference/semantics.md, section 9. What is said here of an environment without a group is what holds of it alone.
"""

from __future__ import annotations

from collections.abc import Iterable

from bcdr_sim.engine.fleet import FAR, NEAR
from bcdr_sim.engine.state import World
from bcdr_sim.policy import Reason

_PENDING = Reason.GROUP_PENDING.code


class Groups:
    """The consistency groups of all environments, and the moves that they make together."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.members = world.trial.estate.groups
        """By row, for those that are in one: all of its group, in name order."""
        self._movers: dict[int, tuple[int, ...]] = {}
        self._along: set[int] = set()
        self._riders: set[int] = set()
        self._completing: frozenset[int] = frozenset()
        self._before: dict[tuple[int, int], tuple[tuple[int, ...], tuple[int, ...]]] = {}

    # Who ------------------------------------------------------------------------------------------------------------

    def with_waiting(self, rows: set[int]) -> list[int]:
        """Rows, and whoever waits for its group to which one of them belongs, in name order."""
        held = self._world.fleet.held
        waiting = {row for each in self.touched(rows) for row in each if held[row] == _PENDING}
        return sorted(rows | waiting)

    def touched(self, rows: set[int]) -> list[tuple[int, ...]]:
        """The groups to which any of the rows belong."""
        if not self.members:
            return []
        return sorted({self.members[row] for row in rows if row in self.members})

    def party(self, row: int) -> tuple[int, ...]:
        """Who of its group exists and stands at the same side, itself included, in name order."""
        if row not in self.members:
            return (row,)
        world = self._world
        side = world.fleet.far[row]
        return tuple(
            other for other in self.members[row] if world.fleet.far[other] == side and world.exists(other)
        )

    def movers(self, row: int) -> tuple[int, ...]:
        """Who moves together with an environment that has a move pending, itself included, in name order."""
        return self._movers.get(row, (row,))

    def peers(self, row: int) -> tuple[int, ...]:
        """The others whose copies the common point depends on."""
        if row not in self.members:
            return ()
        return tuple(other for other in self._counted(self.party(row)) if other != row)

    def _counted(self, rows: Iterable[int]) -> tuple[int, ...]:
        incident = self._world.fleet.incident
        return tuple(row for row in rows if incident[row] is not None or row in self._movers)

    def counted(self, members: tuple[int, ...]) -> tuple[tuple[tuple[int, ...], bool], ...]:
        """For each side those of a group whose copies a common point depends on, and whether they are others than before."""
        far = self._world.fleet.far
        found = []
        for side in (NEAR, FAR):
            there = self._counted(row for row in members if far[row] == side and self._world.exists(row))
            hit = tuple(row for row in there if self._world.fleet.incident[row] is not None)
            before = self._before.get((members[0], side), ((), ()))
            changed = hit != before[0] or not set(there) <= set(before[1])
            self._before[members[0], side] = hit, there
            found.append((there, changed))
        return tuple(found)

    def comes_along(self, row: int) -> bool:
        """Whether it moves for the sake of others."""
        return row in self._along

    # One move -------------------------------------------------------------------------------------------------------

    def begin(self, movers: tuple[int, ...], *, along: set[int]) -> None:
        """A move is decided for all of them; those `along` only come with the others."""
        if len(movers) > 1:
            self._movers.update(dict.fromkeys(movers, movers))
            self._along |= along

    def ride(self, movers: tuple[int, ...]) -> None:
        """The first of them has obtained the slot of all."""
        self._riders.update(movers[1:])

    def gets_off(self, row: int) -> bool:
        """Whether it has no slot of its own to give back, now that the move has its slot no more."""
        rides = row in self._riders
        self._riders.discard(row)
        return rides

    def release(self, row: int) -> tuple[int, ...]:
        """The move is over for one, and so for all: gives the others."""
        movers = self._movers.get(row, ())
        for other in movers:
            del self._movers[other]
            self._along.discard(other)
        return tuple(other for other in movers if other != row)

    def complete(self, movers: tuple[int, ...]) -> None:
        """They are completing their move at this instant."""
        if len(movers) > 1:
            self.release(movers[0])
            self._completing = frozenset(movers)

    def completed(self) -> None:
        """All completions of the instant are written."""
        self._completing = frozenset()

    def goes_on(self, row: int) -> bool:
        """Whether its move goes on although what it fled is over, because another one flees still; then it comes along."""
        if row in self._completing:
            return True
        if not any(self._flees(other) for other in self.movers(row) if other != row):
            return False
        self._along.add(row)
        return True

    def _flees(self, row: int) -> bool:
        world = self._world
        fleet = world.fleet
        if fleet.incident[row] is None or not fleet.move[row]:
            return False
        felt = tuple(world.felt_hits(row))
        return bool(world.not_over(row, felt) or fleet.missing[row] or fleet.restarting[row])

    def places_needed(self, row: int) -> int:
        """How many places its region of refuge has to have, for it and for those that would move with it."""
        if row not in self.members:
            return 1
        others = self._movers.get(row) or self.party(row)
        return sum(1 for other in others if not self._world.holds[other])
