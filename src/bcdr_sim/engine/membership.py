"""Taking part in an incident: who joins it, what the provider knows of whom, and who leaves it.

Rules: docs/reference/semantics.md, sections 2 and 3.
"""

from __future__ import annotations

from bcdr_sim.engine.crowd import Crowd
from bcdr_sim.engine.fleet import Incident
from bcdr_sim.engine.loss import LossFigures
from bcdr_sim.engine.people import People
from bcdr_sim.engine.state import World
from bcdr_sim.events import Event
from bcdr_sim.phases import Phase
from bcdr_sim.timeline import NOTHING


class Membership:
    """Which environments take part in which incidents."""

    def __init__(self, world: World, figures: LossFigures, people: People, crowd: Crowd) -> None:
        self._world = world
        self._figures = figures
        self._people = people
        self._crowd = crowd
        self.assesses_at_detection = "impact_confirmed" not in world.policy.reads
        """A policy that does not wait for confirmed impact is told the loss as early as possible."""

    def join(self, row: int, incident: Incident) -> bool:
        """Take part in an incident from now on; false if the environment is in one already."""
        fleet = self._world.fleet
        if fleet.incident[row] is not None:
            return False
        fleet.incident[row] = incident
        incident.members.append(row)
        return True

    def members(self, incident: Incident) -> list[int]:
        """Who is in an incident now, in name order."""
        fleet = self._world.fleet
        members = set(incident.members)
        incident.members = [row for row in sorted(members) if fleet.incident[row] is incident]
        return list(incident.members)

    def catch_up(self, row: int, incident: Incident) -> None:
        """What the provider knows of the incident holds at once for an environment that has just joined it."""
        if incident.detected_ms < 0:
            return
        self.detected(row, incident)
        if incident.confirmed_ms >= 0:
            self.confirmed(row, incident)
        if incident.confirmed_ms >= 0 or self.assesses_at_detection:
            self._figures.assess([row])

    def detected(self, row: int, incident: Incident) -> None:
        """The provider knows that this environment is part of an incident."""
        phase = self._world.fleet.phase[row]
        waits = phase in (Phase.DOWN_UNDETECTED, Phase.BLOCKED_BY_DEPENDENCY)
        target = Phase.DOWN_UNCONFIRMED if waits else phase
        self._world.write(row, Event.OUTAGE_DETECTED, target=target, cause=incident.detected_id)
        self._world.touch(row)

    def detected_all(self, rows: list[int], incident: Incident) -> None:
        """The same for all members of the incident, in name order."""
        if len(rows) < self._crowd.least:
            for row in rows:
                self.detected(row, incident)
            return
        leads_to = {
            Phase.DOWN_UNDETECTED: Phase.DOWN_UNCONFIRMED,
            Phase.BLOCKED_BY_DEPENDENCY: Phase.DOWN_UNCONFIRMED,
        }
        self._crowd.write(
            rows, Event.OUTAGE_DETECTED, leads_to=leads_to, cause=incident.detected_id, outage=incident.name
        )
        self._world.dirty.update(rows)

    def confirmed_all(self, rows: list[int], incident: Incident) -> None:
        """Customers are seen impacted: the same for all members of the incident, in name order."""
        if len(rows) < self._crowd.least:
            for row in rows:
                self.confirmed(row, incident)
            return
        leads_to = {Phase.DOWN_UNCONFIRMED: Phase.DOWN_ASSESSING}
        self._crowd.write(
            rows, Event.IMPACT_CONFIRMED, leads_to=leads_to, cause=incident.confirmed_id, outage=incident.name
        )
        self._world.dirty.update(rows)

    def confirmed(self, row: int, incident: Incident) -> None:
        """Customers are seen impacted by the incident."""
        phase = self._world.fleet.phase[row]
        target = Phase.DOWN_ASSESSING if phase == Phase.DOWN_UNCONFIRMED else phase
        self._world.write(row, Event.IMPACT_CONFIRMED, target=target, cause=incident.confirmed_id)
        self._world.touch(row)

    def leave(self, row: int) -> None:
        """The incident, its figures and its people are over for this environment."""
        fleet = self._world.fleet
        self._people.close(row)
        self._figures.forget(row)
        fleet.incident[row] = None
        fleet.lag_ms[row] = -1
        fleet.held[row] = NOTHING
