"""Section 3 of the page: what the provider tells customers of an incident."""

from __future__ import annotations

from functools import partial

from bcdr_sim.events import ADVICE, Event
from oracle import incidents, people
from oracle.agenda import Kind, first_outside
from oracle.facts import Incident
from oracle.state import World


def estimate(world: World, incident: Incident, says_ms: int) -> None:
    """A published estimate of the end."""
    if incident.is_active and incident.people_know:
        incident.estimate_ms = world.now_ms + says_ms
        world.write_region(Event.ETA_PUBLISHED, incident.region, incident.name, value=incident.estimate_ms)
        for environment in incidents.members(world, incident):
            environment.touch()


def post(world: World, incident: Incident) -> None:
    """The first message on the dashboard."""
    if not incident.is_active:
        return
    incident.posted_ms = world.now_ms
    world.write_region(Event.DASHBOARD_POSTED, incident.region, incident.name)
    for environment in incidents.members(world, incident):
        people.plan_awareness(world, environment)
    plan_update(world, incident)
    for number, advice in enumerate(incident.opening.entry.comms.advice):
        at_ms = max(world.now_ms, incident.opening.at_ms + advice.after)
        world.agenda.add(
            first_outside(world.channels["service_health_dashboard"], at_ms),
            Kind.ADVICE,
            (*incidents.key(incident), f"{number:05}"),
            do=partial(advise, world, incident, advice.says),
        )


def advise(world: World, incident: Incident, says: str) -> None:
    """Advice to customers, on a dashboard that works."""
    if incident.is_active:
        world.write_region(Event.ADVICE_PUBLISHED, incident.region, incident.name, value=ADVICE.index(says))


def plan_update(world: World, incident: Incident) -> None:
    """Updates come every so often after the first post."""
    every_ms = incident.opening.entry.comms.every or world.provider.update_every
    world.agenda.add(
        world.now_ms + every_ms, Kind.UPDATE, incidents.key(incident), do=lambda: update(world, incident)
    )


def update(world: World, incident: Incident) -> None:
    """A later message, if the incident is still open and the dashboard up."""
    if not incident.is_active:
        return
    if world.is_up("service_health_dashboard"):
        world.write_region(Event.DASHBOARD_UPDATED, incident.region, incident.name)
    plan_update(world, incident)
