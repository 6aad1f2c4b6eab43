"""What the provider tells about an incident: posts and updates on the dashboard, estimates, and advice.

Rules: docs/reference/semantics.md, section 3. All of it ends with the region's return. Posts and advice need the dashboard.
"""

from __future__ import annotations

from bcdr_sim.engine.awareness import Awareness
from bcdr_sim.engine.clock import Calendar, Kind
from bcdr_sim.engine.fleet import Incident
from bcdr_sim.engine.membership import Membership
from bcdr_sim.engine.state import World
from bcdr_sim.events import ADVICE, Event

_DASHBOARD = "service_health_dashboard"


class Messages:
    """Messages about all incidents."""

    def __init__(self, world: World, awareness: Awareness, membership: Membership) -> None:
        self._world = world
        self._awareness = awareness
        self._membership = membership
        self._all: list[Incident] = []
        clock = world.clock
        self._posts = Calendar(clock, Kind.POST, self._posts_first)
        self._updates = Calendar(clock, Kind.UPDATE, self._posts_update)
        self._estimates = Calendar(clock, Kind.ETA, self._estimates_end)
        self._advice = Calendar(clock, Kind.ADVICE, self._advises)

    def opened(self, incident: Incident) -> None:
        """An incident opens: advice about it counts from now."""
        self._all.append(incident)
        for number, advice in enumerate(incident.entry.entry.comms.advice):
            self._advice.add(incident.opened_ms + advice.after, (incident.region, incident.place, number))

    def detected(self, incident: Incident) -> None:
        """An incident is detected: estimates that are still to come may be published."""
        for eta in incident.entry.entry.comms.eta:
            published_ms = incident.opened_ms + eta.after
            if published_ms >= self._world.clock.now_ms:
                self._estimates.add(published_ms, (incident.region, incident.place, published_ms + eta.says))

    def confirmed(self, incident: Incident, *, first_ms: int) -> None:
        """An incident is confirmed: the first post is ready at an instant, or now."""
        due_ms = max(first_ms, self._world.clock.now_ms)
        self._posts.add(due_ms, (incident.region, incident.place))

    def region_returned(self, incident: Incident, *, cause: int) -> None:
        """The last update says that the region is back, if the dashboard is up."""
        if incident.posted_ms >= 0 and not self._world.channels_down[_DASHBOARD]:
            self._write(incident, Event.DASHBOARD_UPDATED, cause=cause)
        incident.post_waits = False

    def dashboard_is_up(self) -> None:
        """First posts and advice that waited for the dashboard are due now."""
        for incident in self._all:
            if incident.post_waits:
                self._posts.add(self._world.clock.now_ms, (incident.region, incident.place))
            elif incident.posted_ms >= 0:
                self._advice_is_due(incident)

    def _write(self, incident: Incident, event: Event, *, cause: int) -> int:
        region = self._world.regions[incident.region]
        return self._world.write_region(region, event, outage=incident.name, cause=cause)

    # The dashboard --------------------------------------------------------------------------------------------------

    def _posts_first(self, key: tuple[int, int]) -> None:
        incident = self._all[key[1]]
        if not incident.is_open or incident.posted_ms >= 0:
            return
        if self._world.channels_down[_DASHBOARD]:
            incident.post_waits = True
            return
        incident.post_waits = False
        incident.posted_ms = self._world.clock.now_ms
        incident.posted_id = self._write(incident, Event.DASHBOARD_POSTED, cause=incident.confirmed_id)
        self._awareness.posted_to(self._membership.members(incident))
        self._schedule_update(incident)
        self._advice_is_due(incident)

    def _schedule_update(self, incident: Incident) -> None:
        every_ms = incident.entry.entry.comms.every or self._world.trial.scenario.provider.update_every
        self._updates.add(self._world.clock.now_ms + every_ms, (incident.region, incident.place))

    def _posts_update(self, key: tuple[int, int]) -> None:
        incident = self._all[key[1]]
        if not incident.is_open:
            return
        if not self._world.channels_down[_DASHBOARD]:
            self._write(incident, Event.DASHBOARD_UPDATED, cause=incident.posted_id)
        self._schedule_update(incident)

    # Estimates and advice -------------------------------------------------------------------------------------------

    def _estimates_end(self, key: tuple[int, int, int]) -> None:
        world = self._world
        incident = self._all[key[1]]
        if not incident.is_open or incident.noticed_ms < 0:
            return
        incident.eta_ms = key[2]
        world.write_region(
            world.regions[incident.region], Event.ETA_PUBLISHED, outage=incident.name, value=key[2]
        )
        for row in self._membership.members(incident):
            world.touch(row)

    def _advises(self, key: tuple[int, int, int]) -> None:
        """Advice is a message on the dashboard: it waits for the first post, and for the dashboard."""
        world = self._world
        incident = self._all[key[1]]
        if not incident.is_open:
            return
        if incident.posted_ms < 0 or world.channels_down[_DASHBOARD]:
            incident.advice_waits.append(key[2])
            return
        incident.advice = ADVICE.index(incident.entry.entry.comms.advice[key[2]].says)
        world.write_region(
            world.regions[incident.region],
            Event.ADVICE_PUBLISHED,
            outage=incident.name,
            cause=incident.posted_id,
            value=incident.advice,
        )

    def _advice_is_due(self, incident: Incident) -> None:
        waiting, incident.advice_waits = incident.advice_waits, []
        for number in waiting:
            self._advice.add(self._world.clock.now_ms, (incident.region, incident.place, number))
