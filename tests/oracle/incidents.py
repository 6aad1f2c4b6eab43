"""Sections 2 and 3 of the page: incidents of regions, and what the provider learns and says of them."""

from __future__ import annotations

from functools import partial

from bcdr_sim.events import SCOPES, Event
from bcdr_sim.scenario.distributions import Distribution
from oracle import loss, membership, orders, people, service
from oracle.agenda import Kind, cancel, first_outside
from oracle.state import (
    UP,
    Environment,
    Incident,
    Outage,
    Region,
    World,
)


def key(incident: Incident) -> tuple[str, ...]:
    """Its place among work of one kind: by region, and of two incidents of one region the older first."""
    return incident.region.name, f"{incident.opening.at_ms:020}"


def begin(world: World, outage: Outage) -> None:
    """An outage begins; it opens an incident if the region has none."""
    region = world.regions[outage.region]
    region.active.append(outage)
    region.verified = False
    cancel(region.verification)
    if outage in world.warned:
        world.warned.remove(outage)
    world.write_region(Event.OUTAGE_BEGAN, region, outage.id)
    if region.incident is None:
        region.incident = Incident(outage, region)
        open_incident(world, region.incident)
    incident = region.incident
    incident.only_false_alarms &= outage.is_false_alarm
    if incident.confirmation_is_due and incident.confirmed_ms is None:
        plan_confirmation(world, incident, world.now_ms)
    here = [environment for environment in world.environments if environment.region is region]
    there = [environment for environment in world.environments if environment.other is region]
    for environment in (*here, *there):
        service.on_outage_begins(world, environment, outage)


def end(world: World, outage: Outage) -> None:
    """An outage ends; the region returns if it was the last."""
    region = world.regions[outage.region]
    region.active.remove(outage)
    world.write_region(Event.OUTAGE_ENDED, region, outage.id)
    if not region.active:
        return_region(world, region)


def return_region(world: World, region: Region) -> None:
    """No outage is active in the region any more."""
    incident = region.incident
    assert incident is not None
    region.incident, incident.is_active = None, False
    region.healthy_since_ms = world.now_ms
    world.write_region(Event.REGION_RETURNED, region, incident.name)
    if incident.posted_ms is not None and world.is_up("service_health_dashboard"):
        world.write_region(Event.DASHBOARD_UPDATED, region, incident.name)
    for environment in world.environments:
        if environment.region is region:
            service.lose_for_good(world, environment)
    for environment in members(world, incident):
        if environment.move is None or not environment.move.has_slot:
            service.outlast(world, environment)
    for environment in world.environments:
        if environment.other is region:
            loss.start_resync(world, environment)
    delay_ms = world.trial.of_outage("provider.verification", world.provider.verification, incident.name)
    region.verification = world.agenda.add(
        world.now_ms + delay_ms, Kind.VERIFICATION, key(incident), do=lambda: verify(world, incident)
    )
    if incident.detected_ms is not None:
        delay_ms = world.trial.of_outage("provider.review", world.provider.review, incident.name)
        world.agenda.add(
            world.now_ms + delay_ms,
            Kind.REVIEW,
            key(incident),
            do=lambda: world.write_region(Event.INCIDENT_REVIEWED, region, incident.name),
        )


def verify(world: World, incident: Incident) -> None:
    """The region is determined fully operational."""
    incident.region.verified = True
    world.write_region(Event.PRIMARY_VERIFIED, incident.region, incident.name)
    for environment in world.environments:
        if world.regions[environment.spec.home] is incident.region:
            orders.is_verified(world, environment)


def per_outage(world: World, incident: Incident, *, path: str, distribution: Distribution) -> int:
    """A draw "per outage", drawn once for the incident under the name of the outage that opened it."""
    return world.trial.of_outage(path, distribution, incident.name)


def open_incident(world: World, incident: Incident) -> None:
    """Plan what counts from the opening."""
    entry, opened_ms, name = incident.opening.entry, world.now_ms, key(incident)
    add = world.agenda.add
    assert entry.detection.automatic is not None, "scenarios without automation are not generated yet"
    delay_ms = per_outage(
        world, incident, path="outages.detection.automatic", distribution=entry.detection.automatic
    )
    add(opened_ms + delay_ms, Kind.DETECTION, name, do=lambda: detect(world, incident))
    for step in entry.seen.steps if entry.seen is not None else ():
        at_ms = opened_ms + step.after
        add(at_ms, Kind.SCOPE_SEEN, name, do=partial(revise, world, incident, step.scope))
    for eta in entry.comms.eta:
        at_ms = opened_ms + eta.after
        add(at_ms, Kind.ESTIMATE, name, do=partial(estimate, world, incident, eta.says))


def detect(world: World, incident: Incident) -> None:
    """The provider knows of the incident, if it is still open."""
    if not incident.is_open:
        return
    incident.detected_ms = world.now_ms
    world.write_region(Event.OUTAGE_DETECTED, incident.region, incident.name)
    entry = incident.opening.entry
    default = "region" if entry.scope.fraction >= 1 and entry.scope.select is None else "partial"
    scope = default if entry.seen is None else entry.seen.scope
    for step in entry.seen.steps if entry.seen is not None else ():
        if incident.opening.at_ms + step.after <= world.now_ms:
            scope = step.scope
    judge(world, incident, scope)
    for environment in members(world, incident):
        membership.write_detected(world, environment)
    delay_ms = per_outage(
        world, incident, path="provider.confirmation", distribution=world.provider.confirmation
    )
    plan_confirmation(world, incident, world.now_ms + delay_ms)


def revise(world: World, incident: Incident, scope: str) -> None:
    """A revision of the scope as seen; beliefs end with the region's return."""
    if incident.is_active and incident.detected_ms is not None:
        judge(world, incident, scope)


def judge(world: World, incident: Incident, scope: str) -> None:
    """How wide the provider believes the outage to be."""
    incident.scope = scope
    world.write_region(Event.SCOPE_JUDGED, incident.region, incident.name, value=SCOPES.index(scope))


def estimate(world: World, incident: Incident, says_ms: int) -> None:
    """A published estimate of the end."""
    if incident.is_active and incident.detected_ms is not None:
        incident.estimate_ms = world.now_ms + says_ms
        world.write_region(Event.ETA_PUBLISHED, incident.region, incident.name, value=incident.estimate_ms)


def members(world: World, incident: Incident) -> list[Environment]:
    """The environments in an incident, in name order."""
    return [
        each for each in world.environments if each.member is not None and each.member.incident is incident
    ]


def plan_confirmation(world: World, incident: Incident, at_ms: int) -> None:
    """Put the confirmation on the agenda."""
    world.agenda.add(at_ms, Kind.CONFIRMATION, key(incident), do=lambda: confirm(world, incident))


def confirm(world: World, incident: Incident) -> None:
    """Customers are seen impacted; if nobody is yet, it waits for the first."""
    if not incident.is_open or incident.confirmed_ms is not None:
        return
    incident.confirmation_is_due = True
    impacted = [each for each in members(world, incident) if each.service != UP]
    if incident.only_false_alarms or not impacted:
        return
    incident.confirmed_ms = world.now_ms
    world.write_region(Event.IMPACT_CONFIRMED, incident.region, incident.name)
    for environment in members(world, incident):
        membership.write_confirmed(world, environment)
    entry = incident.opening.entry
    if entry.comms.first is not None:
        first_ms = per_outage(world, incident, path="outages.comms.first", distribution=entry.comms.first)
    else:
        first_ms = per_outage(
            world, incident, path="provider.first_post", distribution=world.provider.first_post
        )
    at_ms = max(world.now_ms, incident.opening.at_ms + first_ms)
    at_ms = first_outside(world.channels["service_health_dashboard"], at_ms)
    world.agenda.add(at_ms, Kind.FIRST_POST, key(incident), do=lambda: post(world, incident))


def post(world: World, incident: Incident) -> None:
    """The first message on the dashboard."""
    if not incident.is_active:
        return
    incident.posted_ms = world.now_ms
    world.write_region(Event.DASHBOARD_POSTED, incident.region, incident.name)
    for environment in members(world, incident):
        people.plan_awareness(world, environment)
    plan_update(world, incident)


def plan_update(world: World, incident: Incident) -> None:
    """Updates come every so often after the first post."""
    every_ms = incident.opening.entry.comms.every or world.provider.update_every
    world.agenda.add(world.now_ms + every_ms, Kind.UPDATE, key(incident), do=lambda: update(world, incident))


def update(world: World, incident: Incident) -> None:
    """A later message, if the incident is still open and the dashboard up."""
    if not incident.is_active:
        return
    if world.is_up("service_health_dashboard"):
        world.write_region(Event.DASHBOARD_UPDATED, incident.region, incident.name)
    plan_update(world, incident)
