"""Sections 2 and 3 of the page: incidents of regions, and what the provider learns and says of them."""

from __future__ import annotations

from functools import partial

from bcdr_sim.events import SCOPES, Event
from bcdr_sim.scenario.distributions import Distribution
from oracle import loss, membership, messages, orders, reach, restores, salvage, service
from oracle.agenda import Kind, cancel, first_outside
from oracle.facts import Incident, Outage, Region
from oracle.state import UP, Environment, World


def key(incident: Incident) -> tuple[str, ...]:
    """Its place among work of one kind: by region, and of two incidents of one region the older first."""
    return incident.region.name, f"{incident.opening.at_ms:020}"


def begin(world: World, outage: Outage) -> None:
    """An outage begins; it opens an incident if the region has none."""
    region = world.regions[outage.region]
    region.active.append(outage)
    cancel(region.verification)
    if outage.is_felt_elsewhere:
        region.verified = False
    if outage in world.warned:
        world.warned.remove(outage)
    world.write_region(Event.OUTAGE_BEGAN, region, outage.id)
    incident = incident_for(world, region, outage)
    outage.incident = incident
    if outage.kind == "logical" and not outage.is_false_alarm:
        detect_with(world, incident, outage)
    incident.only_false_alarms &= outage.is_false_alarm
    if incident.confirmation_is_due and incident.confirmed_ms is None:
        plan_confirmation(world, incident, world.now_ms)
    destroy_elsewhere(world, outage)
    here = [environment for environment in world.environments if environment.region is region]
    there = [environment for environment in world.environments if environment.other is region]
    for environment in (*here, *there):
        service.on_outage_begins(world, environment, outage)
    restores.outages_change(world, region)


def incident_for(world: World, region: Region, outage: Outage) -> Incident:
    """The incident that an outage joins or opens; one of a corruption that nobody knows of yet becomes its own."""
    incident = region.incident
    if incident is not None and (outage.kind == "logical" or not incident.is_hidden):
        return incident
    former = [] if incident is None else [each for each in region.active if each.incident is incident]
    if incident is not None:
        incident.is_active = False
        for ticket in incident.detections:
            cancel(ticket)
    region.incident = opened = Incident(outage, region)
    for each in former:
        each.incident = opened
    open_incident(world, opened)
    for each in former:
        detect_with(world, opened, each)
    return opened


def detect_with(world: World, incident: Incident, outage: Outage) -> None:
    """Whoever notices a corruption has detected its incident."""

    def detect_now() -> None:
        if incident.detected_ms is None:
            detect(world, incident, by_people=incident.opening.entry.detection.people is None)

    if outage.noticed_ms >= world.now_ms:
        name = (*key(incident), "noticed")
        incident.detections.append(world.agenda.add(outage.noticed_ms, Kind.DETECTION, name, do=detect_now))


def destroy_elsewhere(world: World, outage: Outage) -> None:
    """The copies in the other regions of a common cause are gone at the same instant, before anything is written of it."""
    if not outage.entry.destroys_data or outage.is_false_alarm or outage.kind == "logical":
        return
    for other in world.outages:
        if other.id == outage.id and other is not outage:
            for environment in world.environments:
                is_there = environment.exists and environment.other is world.regions[other.region]
                if is_there and reach.would_hit(world, other, environment):
                    loss.destroy(world, environment, other)


def grow(world: World, outage: Outage, number: int) -> None:
    """An outage reaches more environments; to them, and to nobody else, it does what a beginning does."""
    region = world.regions[outage.region]
    outage.grown_ms = world.now_ms
    world.write_region(Event.OUTAGE_GREW, region, outage.id, value=number)
    reached = [each for each in world.environments if reach.reach_ms(world, outage, each) == world.now_ms]
    here = [environment for environment in reached if environment.region is region]
    there = [environment for environment in reached if environment.other is region]
    for environment in (*here, *there):
        service.on_outage_begins(world, environment, outage)


def end(world: World, outage: Outage) -> None:
    """An outage ends; the region returns if it was the last."""
    region = world.regions[outage.region]
    restores.outages_change(world, region)
    was_well = not region.unwell
    region.active.remove(outage)
    if not region.unwell and not was_well:
        region.healthy_since_ms = world.now_ms
    world.write_region(Event.OUTAGE_ENDED, region, outage.id)
    if not region.active:
        return_region(world, region)
    elif not region.unwell:
        resume_resyncs(world, region)


def return_region(world: World, region: Region) -> None:
    """No outage is active in the region any more."""
    incident = region.incident
    assert incident is not None
    region.incident, incident.is_active = None, False
    world.write_region(Event.REGION_RETURNED, region, incident.name)
    if incident.posted_ms is not None and world.is_up("service_health_dashboard"):
        world.write_region(Event.DASHBOARD_UPDATED, region, incident.name)
    for environment in world.environments:
        if environment.region is region:
            service.lose_for_good(world, environment)
    for environment in members(world, incident):
        if environment.move is None or not environment.move.has_slot:
            service.outlast(world, environment)
    resume_resyncs(world, region)
    salvage.region_returned(world, region)
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


def resume_resyncs(world: World, region: Region) -> None:
    """Nothing keeps those whose other side is there from bringing it up to date."""
    for environment in world.environments:
        if environment.other is region:
            loss.start_resync(world, environment)


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
    plan_detection(world, incident)
    for step in entry.seen.steps if entry.seen is not None else ():
        at_ms = opened_ms + step.after
        add(at_ms, Kind.SCOPE_SEEN, name, do=partial(revise, world, incident, step.scope))
    if entry.seen is None:
        for at_ms, _, _ in incident.opening.stages[1:]:
            add(at_ms, Kind.SCOPE_SEEN, name, do=lambda: see_growth(world, incident))
    for eta in entry.comms.eta:
        at_ms = opened_ms + eta.after
        add(at_ms, Kind.ESTIMATE, name, do=partial(messages.estimate, world, incident, eta.says))


def plan_detection(world: World, incident: Incident) -> None:
    """Automation detects, or people do; who comes later is people only, and they notice."""
    detection, name, add = incident.opening.entry.detection, key(incident), world.agenda.add
    draws: dict[str, int] = {}
    for who, distribution in (("automatic", detection.automatic), ("people", detection.people)):
        if distribution is not None:
            path = f"outages.detection.{who}"
            draws[who] = world.now_ms + per_outage(world, incident, path=path, distribution=distribution)
    first_ms = min(draws.values())
    by_people = "people" not in draws or draws["people"] == first_ms
    incident.detections = [
        add(first_ms, Kind.DETECTION, name, do=lambda: detect(world, incident, by_people=by_people))
    ]
    if not by_people:
        incident.detections.append(
            add(draws["people"], Kind.DETECTION, name, do=lambda: notice(world, incident))
        )


def notice(world: World, incident: Incident) -> None:
    """People know of what automation has detected, if the incident is still open."""
    if incident.is_open:
        world.write_region(Event.PEOPLE_NOTICED, incident.region, incident.name)
        let_people_know(world, incident)


def let_people_know(world: World, incident: Incident) -> None:
    """People at the provider know from now on, and look whether customers are hit."""
    incident.people_know = True
    delay_ms = per_outage(
        world, incident, path="provider.confirmation", distribution=world.provider.confirmation
    )
    plan_confirmation(world, incident, world.now_ms + delay_ms)


def detect(world: World, incident: Incident, *, by_people: bool) -> None:
    """The provider knows of the incident, if it is still open."""
    if not incident.is_open:
        return
    if incident.detected_ms is not None:
        if by_people and incident.opening.entry.detection.people is not None:
            notice(world, incident)
        return
    was_hidden = incident.is_hidden
    incident.detected_ms = world.now_ms
    world.write_region(Event.OUTAGE_DETECTED, incident.region, incident.name)
    entry = incident.opening.entry
    scope = scope_grown(incident) if entry.seen is None else entry.seen.scope
    for step in entry.seen.steps if entry.seen is not None else ():
        if incident.opening.at_ms + step.after <= world.now_ms:
            scope = step.scope
    judge(world, incident, scope)
    if was_hidden:
        for environment in world.environments:
            if environment.region is incident.region and environment.is_blocked and environment.exists:
                membership.join(world, environment)
    for environment in members(world, incident):
        membership.write_detected(world, environment)
    if by_people:
        let_people_know(world, incident)


def scope_grown(incident: Incident) -> str:
    """How wide the opening outage is, grown as far as it is by now."""
    opening = incident.opening
    _, fraction, select = [stage for stage in opening.stages if stage[0] <= opening.grown_ms][-1]
    return "region" if fraction >= 1 and select is None else "partial"


def see_growth(world: World, incident: Incident) -> None:
    """A step of the opening outage changes the belief, if anything is believed."""
    scope = scope_grown(incident)
    if scope != incident.scope:
        revise(world, incident, scope)


def revise(world: World, incident: Incident, scope: str) -> None:
    """A revision of the scope as seen; beliefs end with the region's return."""
    if incident.is_active and incident.detected_ms is not None:
        judge(world, incident, scope)


def judge(world: World, incident: Incident, scope: str) -> None:
    """How wide the provider believes the outage to be."""
    incident.scope = scope
    world.write_region(Event.SCOPE_JUDGED, incident.region, incident.name, value=SCOPES.index(scope))


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
    world.agenda.add(at_ms, Kind.FIRST_POST, key(incident), do=lambda: messages.post(world, incident))
