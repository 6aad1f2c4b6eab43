"""The support desk: a queue of cases in front of a number of agents, first by priority, nobody interrupted.

Rules (docs/reference/semantics.md, section 6, step 3). Agents work on tickets: a case, or all cases that a customer has
open in one incident. Without a number of agents every ticket is worked on from the beginning.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from heapq import heappop, heappush

import numpy as np
from numpy.typing import NDArray

from bcdr_sim.engine.clock import Calendar, Kind, RowCalendar
from bcdr_sim.engine.fleet import Service
from bcdr_sim.engine.state import World
from bcdr_sim.events import Event

Rank = tuple[int, ...]


@dataclass(slots=True, eq=False)
class Ticket:
    """Cases that one agent works on together. `first` is the row that began it, `due_ms` is -1 while it waits."""

    first: int
    joined_ms: int
    occasion: str
    ordinal: int
    rank: Rank
    shared: tuple[int, int] | None
    rows: set[int] = field(default_factory=set)
    due_ms: int = -1


class Desk:
    """Tickets in the queue and under work."""

    def __init__(self, world: World, *, tell: Callable[[int], None]) -> None:
        """`tell` is told of a row whose level can be told now."""
        self._world = world
        self._tell = tell
        self._settings = world.trial.scenario.provider.support
        self._free = self._settings.agents
        count = len(world.trial.estate)
        self._levels = RowCalendar(world.clock, Kind.LEVEL, self._is_due, row_count=count)
        self._calls = Calendar(world.clock, Kind.DESK, self._take_up)
        self._waiting: set[int] = set()
        self._ticket_of: dict[int, Ticket] = {}
        self._shared: dict[tuple[int, int], Ticket] = {}
        self._queue: list[tuple[Rank, int, int, int, Ticket]] = []
        self._joined_count = 0

    # Joining --------------------------------------------------------------------------------------------------------

    def request(self, row: int) -> None:
        """The level has to be told: the case joins a ticket that is open already, or makes one."""
        rank = self._rank(row)
        ticket = self._ticket_for(row, rank)
        ticket.rows.add(row)
        self._ticket_of[row] = ticket
        if ticket.due_ms >= 0:
            self._work_on(row, ticket)
        elif self._free is None:
            self._start(ticket)
        elif ticket.first == row or rank < ticket.rank:
            ticket.rank = min(rank, ticket.rank)
            self._joined_count += 1
            heappush(self._queue, (ticket.rank, ticket.joined_ms, ticket.first, self._joined_count, ticket))
            self._call()

    def _rank(self, row: int) -> Rank:
        world = self._world
        keys = {"severity": int(world.fleet.service[row] != Service.DOWN), "tier": world.specs[row].tier}
        return tuple(keys[name] for name in self._settings.priority)

    def _ticket_for(self, row: int, rank: Rank) -> Ticket:
        world = self._world
        spec, incident = world.specs[row], world.fleet.incident[row]
        shared = None
        if self._settings.cases == "per_customer" and spec.shares_answers and incident is not None:
            shared = (spec.customer_key, incident.place)
            if shared in self._shared:
                return self._shared[shared]
        ticket = Ticket(
            first=row,
            joined_ms=world.clock.now_ms,
            occasion=world.incident_name(row),
            ordinal=world.fleet.told_count[row],
            rank=rank,
            shared=shared,
        )
        if shared is not None:
            self._shared[shared] = ticket
        return ticket

    def tell_now(self, row: int) -> None:
        """The provider calls: no agent is needed."""
        self._leave(row)
        self._levels.add(self._world.clock.now_ms, row)

    def awaits(self, row: int) -> bool:
        """Whether the level of a row has to be told yet."""
        return row in self._ticket_of or self._levels.due_ms[row] >= 0 or row in self._waiting

    # Working --------------------------------------------------------------------------------------------------------

    def _call(self) -> None:
        self._calls.add(self._world.clock.now_ms, 0)

    def _take_up(self, _: int) -> None:
        """Whoever is free takes up the next ticket, while support is up."""
        while self._free and self._queue and not self._world.channels_down["support"]:
            rank, _, _, _, ticket = heappop(self._queue)
            if ticket.rows and ticket.due_ms < 0 and rank == ticket.rank:
                self._free -= 1
                self._start(ticket)

    def _start(self, ticket: Ticket) -> None:
        world = self._world
        draw_ms = world.trial.of_row(
            "provider.support.first_response",
            self._settings.first_response,
            ticket.first,
            occasion=ticket.occasion,
            ordinal=ticket.ordinal,
        )
        ticket.due_ms = world.clock.now_ms + draw_ms
        for row in sorted(ticket.rows):
            self._work_on(row, ticket)

    def _work_on(self, row: int, ticket: Ticket) -> None:
        if self._free is not None:
            self._world.write(row, Event.CASE_TAKEN_UP)
        self._levels.add(max(ticket.due_ms, self._world.clock.now_ms), row)

    def _is_due(self, row: int) -> None:
        if self._world.channels_down["support"]:
            self._waiting.add(row)
            return
        self._leave(row)
        self._tell(row)

    # Leaving --------------------------------------------------------------------------------------------------------

    def _leave(self, row: int) -> None:
        """A case leaves its ticket; without any the ticket is closed, and its agent free."""
        ticket = self._ticket_of.pop(row, None)
        if ticket is None:
            return
        ticket.rows.discard(row)
        if ticket.rows:
            return
        if ticket.shared is not None:
            del self._shared[ticket.shared]
        if ticket.due_ms >= 0 and self._free is not None:
            self._free += 1
            self._call()

    def cancel(self, row: int) -> None:
        """The case is closed."""
        self._leave(row)
        self._levels.cancel(row)
        self._waiting.discard(row)

    def cancel_all(self, crowd: NDArray[np.int64]) -> None:
        """The same for a crowd of which nobody has a case open."""
        self._levels.cancel_all(crowd)

    def support_is_up(self) -> None:
        """Whatever waited for the channel is due now."""
        waiting, self._waiting = self._waiting, set()
        for row in sorted(waiting):
            self._levels.add(self._world.clock.now_ms, row)
        if self._free is not None:
            self._call()
