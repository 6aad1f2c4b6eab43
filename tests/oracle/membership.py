"""Sections 2 and 3 of the page: who is in an incident, and what is written of it then."""

from __future__ import annotations

from bcdr_sim.events import Event
from bcdr_sim.phases import Phase
from oracle import corruptions, incidents, loss, moves, orders, people
from oracle.agenda import cancel
from oracle.state import UP, Environment, Membership, World


def join(world: World, environment: Environment) -> None:
    """Whoever is hit, or down where there is an incident, remembers it until it is served again."""
    incident = environment.region.incident or corruptions.incident_of(environment)
    if incident is not None and incident.is_hidden and not environment.overt:
        return
    if environment.member is None and incident is not None:
        environment.member = Membership(incident)
        environment.touch()
        incident.member_count += 1
    member = environment.member
    if member is None or environment.service == UP:
        return
    if member.lost_ms is None:
        member.lost_ms = world.now_ms
        people.plan_awareness(world, environment)
        orders.is_hit(world, environment)
    if member.incident.confirmation_is_due and member.incident.confirmed_ms is None:
        incidents.plan_confirmation(world, member.incident, world.now_ms)


def write_known_rows(world: World, environment: Environment) -> None:
    """Section 3: what the provider knows of the incident, written again with the name of who joins it later."""
    member = environment.member
    assert member is not None
    if member.incident.detected_ms is not None:
        write_detected(world, environment)
    if member.incident.confirmed_ms is not None:
        write_confirmed(world, environment)


def write_detected(world: World, environment: Environment) -> None:
    """`outage_detected` of an environment."""
    undetected = environment.phase in (Phase.DOWN_UNDETECTED, Phase.BLOCKED_BY_DEPENDENCY)
    world.write(environment, Event.OUTAGE_DETECTED, target=Phase.DOWN_UNCONFIRMED if undetected else None)
    if "impact_confirmed" not in world.policy.reads:
        loss.start_assessment(world, environment)


def write_confirmed(world: World, environment: Environment) -> None:
    """`impact_confirmed` of an environment."""
    unconfirmed = environment.phase is Phase.DOWN_UNCONFIRMED
    world.write(environment, Event.IMPACT_CONFIRMED, target=Phase.DOWN_ASSESSING if unconfirmed else None)
    loss.start_assessment(world, environment)


def leave(world: World, environment: Environment) -> None:
    """It is served again, or somewhere else: the incident is forgotten, and an open case is closed."""
    member = environment.member
    if member is None:
        return
    if environment.is_supposed:
        loss.take_figure(world, environment)
        loss.refresh_protection(world, environment)
        people.close_case(world, environment, member)
        cancel(member.awareness)
        member.lost_ms = None
        return
    loss.refresh_protection(world, environment)
    environment.last_held = None
    forget(environment)
    people.close_case(world, environment, member)


def is_hit_anew(environment: Environment) -> bool:
    """Whether it remembers an incident that is over, and is hit in a later one of its region, with no move under way."""
    member, now = environment.member, environment.region.incident
    if member is None or member.incident.is_active or now is None or now is member.incident:
        return False
    if environment.move is not None and environment.move.has_slot:
        return False
    felt = [outage for outage in environment.hits if outage.is_false_alarm or outage in environment.felt_hits]
    return any(outage in environment.region.active for outage in felt)


def leave_former(world: World, environment: Environment) -> None:
    """Who is hit anew takes part in the later incident: nothing that was decided or agreed in the former one holds."""
    member = environment.member
    assert member is not None
    if environment.move is not None:
        moves.abort(world, environment)
    environment.last_held = None
    forget(environment)
    people.close_case(world, environment, member)


def forget(environment: Environment) -> None:
    """The environment is no longer in its incident."""
    member = environment.member
    if member is None:
        return
    for ticket in (member.assessment, member.drain, member.awareness, member.withdrawal, member.expiry):
        cancel(ticket)
    member.incident.member_count -= 1
    environment.member = None
    environment.touch()
