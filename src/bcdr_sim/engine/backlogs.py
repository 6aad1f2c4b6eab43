"""Backlogs in the log: who begins to work off what has piled up, and who has.

A backlog changes neither service nor phase, so nobody is asked anything; its share of the work is a matter of the accounts
(`metrics/backlogs.py`).
"""

from __future__ import annotations

from bcdr_sim.backlogs import backlogs_of
from bcdr_sim.engine.clock import Calendar, Kind
from bcdr_sim.engine.state import World
from bcdr_sim.events import Event


class Backlogs:
    """The backlogs of all outages."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._edges = Calendar(world.clock, Kind.BACKLOG, self._reached)

    def schedule(self) -> None:
        """Both ends of every backlog, as the world has them."""
        for number, fact in enumerate(self._world.facts):
            if fact.entry.backlog is None:
                continue
            at_home = self._world.regions[fact.region].home_rows
            for row, (from_ms, until_ms) in backlogs_of(self._world.trial, fact, at_home).items():
                self._edges.add(from_ms, (row, number, Event.BACKLOG_BEGAN))
                self._edges.add(until_ms, (row, number, Event.BACKLOG_CLEARED))

    def _reached(self, edge: tuple[int, int, Event]) -> None:
        row, number, event = edge
        world = self._world
        if world.exists(row) and not world.fleet.far[row]:
            world.write(row, event, outage=world.fact_name[number])
