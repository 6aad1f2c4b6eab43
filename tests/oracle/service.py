"""Sections 2 and 5 of the page: what hits an environment, and what its service does then."""

from __future__ import annotations

from bcdr_sim.events import Event
from bcdr_sim.phases import WAITING, Phase
from bcdr_sim.policy import Action
from bcdr_sim.trial import NEVER
from oracle import (
    answers,
    corruptions,
    desk,
    loss,
    membership,
    moves,
    orders,
    reach,
    restores,
    stages,
)
from oracle.agenda import Kind, cancel
from oracle.facts import Outage
from oracle.state import AT_REST, DOWN_CLASS, IMPAIRED, NOTHING, UP, Environment, World

BADNESS = {UP: 0, IMPAIRED: 1, DOWN_CLASS: 2}


def capability_of(outages: list[Outage]) -> int:
    """The least that the `gray` outages leave, 0 of any other kind, else 1 (in permille)."""
    return min(
        (outage.capability_permille if outage.kind == "gray" else 0 for outage in outages), default=1000
    )


def service_class(capability: int, environment: Environment) -> str:
    """`down` below the minimum capability, `impaired` below 1, else `up`."""
    if capability < environment.spec.minimum_permille:
        return DOWN_CLASS
    return IMPAIRED if capability < 1000 else UP


def true_service(environment: Environment) -> str:
    """The service that users see, leaving out what a move does."""
    capability = capability_of(list(environment.service_hits))
    return DOWN_CLASS if environment.is_blocked else service_class(capability, environment)


def seen_service(environment: Environment) -> str:
    """The `service` axis: the provider knows nothing before detection, and believes in false alarms."""
    member = environment.member
    if member is not None and member.incident.detected_ms is None:
        return UP
    believed = [outage for outage in environment.hits if outage.is_false_alarm]
    capability = capability_of([*environment.service_hits, *believed])
    return DOWN_CLASS if environment.is_blocked else service_class(capability, environment)


def on_outage_begins(world: World, environment: Environment, outage: Outage) -> None:
    """What the beginning of an outage does to one environment."""
    region = world.regions[outage.region]
    if not environment.exists:
        return
    if environment.region is region:
        if reach.would_hit(world, outage, environment):
            hit(world, environment, outage)
            if outage.kind == "logical" and outage not in environment.overt:
                return
        else:
            if environment.is_blocked and environment.member is None:
                membership.join(world, environment)
            return
    elif environment.other is region:
        if not outage.is_felt_elsewhere:
            return
        if environment.is_far and environment.move is not None and environment.move.action is Action.FAILBACK:
            moves.abort(world, environment)
        loss.cancel_resync(environment)
        if not reach.would_hit(world, outage, environment):
            return
        threaten(
            world, environment, outage, until_ms=reach.until_ms(world, outage, environment, arrives=True)
        )
        if outage.entry.destroys_data and not outage.is_false_alarm:
            loss.destroy(world, environment, outage)
    loss.refresh_protection(world, environment)


def hit(world: World, environment: Environment, outage: Outage) -> None:
    """An outage hits the environment where it is served."""
    until_ms = reach.until_ms(world, outage, environment, arrives=False)
    environment.hits[outage] = until_ms
    world.agenda.add(until_ms, Kind.RECOVERY, environment.name, do=lambda: recover(world, environment))
    if outage.is_false_alarm:
        if environment.service != DOWN_CLASS and membership.is_hit_anew(environment):
            membership.leave_former(world, environment)
        joins = environment.member is None
        membership.join(world, environment)
        if joins and environment.member is not None:
            membership.write_known_rows(world, environment)
        return
    if outage.entry.destroys_data:
        loss.destroy(world, environment, outage)
    if outage.kind == "logical":
        corruptions.spoil(world, environment, outage)
        if outage not in environment.overt:
            return
    else:
        loss.cancel_resync(environment)
    update(world, environment)


def threaten(world: World, environment: Environment, outage: Outage, *, until_ms: int) -> None:
    """An outage hits the other side of an environment."""
    environment.other_hits[outage] = until_ms
    stop_writes_and_link(world, environment)
    if environment.member is not None:
        loss.plan_drain(world, environment)
    world.agenda.add(until_ms, Kind.RECOVERY, environment.name, do=lambda: recover(world, environment))


def meet_outages(world: World, environment: Environment, *, from_ms: int) -> None:
    """Whoever comes to a region meets the outages that are active in it and on the other side, but no corruption."""
    environment.hits.clear()
    environment.overt.clear()
    environment.other_hits.clear()
    for outage in environment.region.unwell:
        if reach.would_hit(world, outage, environment):
            until_ms = reach.until_ms(world, outage, environment, arrives=True)
            if until_ms >= from_ms:
                environment.hits[outage] = until_ms
                world.agenda.add(
                    until_ms, Kind.RECOVERY, environment.name, do=lambda: recover(world, environment)
                )
    for outage in environment.other.unwell if environment.other is not None else ():
        until_ms = reach.until_ms(world, outage, environment, arrives=True)
        if reach.would_hit(world, outage, environment) and until_ms >= from_ms:
            threaten(world, environment, outage, until_ms=until_ms)


def recover(world: World, environment: Environment) -> None:
    """All recoveries of an environment at one instant, here or on the other side, are one fact."""
    if not environment.exists:
        return
    was_supposed = environment.is_supposed and environment.service == UP
    for outages in (environment.hits, environment.other_hits):
        for outage in [each for each, until_ms in outages.items() if until_ms <= world.now_ms]:
            del outages[outage]
            corruptions.repair(world, environment, outage)
    if was_supposed and not environment.is_supposed:
        end_of_false_alarm(world, environment)
    update(world, environment)
    loss.refresh_protection(world, environment)
    loss.start_resync(world, environment)


def end_of_false_alarm(world: World, environment: Environment) -> None:
    """The provider learns that there is nothing to flee from; its phase stays as it is."""
    if environment.member is None:
        return
    moves.on_over(world, environment, is_restored=False)


def update(world: World, environment: Environment) -> None:
    """Work out capability and service anew and write what has changed, in the order of rows of section 5."""
    old_capability, old_service = environment.capability, environment.service
    environment.capability = capability_of(list(environment.service_hits))
    new_service = true_service(environment)
    stop_writes_and_link(world, environment)
    if BADNESS[new_service] > BADNESS[old_service]:
        moves.abort_if_served(world, environment)
    environment.service = new_service
    if new_service != old_service:
        environment.last_held = None
    if old_service != DOWN_CLASS and membership.is_hit_anew(environment):
        membership.leave_former(world, environment)
    if new_service != UP:
        joins = environment.member is None
        membership.join(world, environment)
        fell = _write_worse(world, environment, old_capability=old_capability, old_service=old_service)
        if environment.capability != old_capability or new_service != old_service:
            loss.take_figure(world, environment)
        if environment.member is not None and (joins or fell):
            membership.write_known_rows(world, environment)
    elif old_service != UP:
        differs = environment.capability != old_capability
        moves.on_over(world, environment, is_restored=True, differs=differs)
    if environment.member is not None:
        loss.plan_drain(world, environment)
    loss.refresh_protection(world, environment)


def _write_worse(world: World, environment: Environment, *, old_capability: int, old_service: str) -> bool:
    """Write the service event of an environment that is down or impaired; whether it fell further."""
    phase, value = environment.phase, loss.last_sync_value(world, environment)
    if environment.service == DOWN_CLASS and phase in AT_REST:
        is_known = environment.member is not None
        target = Phase.DOWN_UNDETECTED if is_known else Phase.BLOCKED_BY_DEPENDENCY
        world.write(environment, Event.SERVICE_LOST, target=target, value=value)
        return True
    if environment.service == IMPAIRED and (
        phase in AT_REST - {Phase.IMPAIRED}
        or (phase in WAITING | {Phase.QUEUED} and old_service == DOWN_CLASS)
    ):
        falls = old_service == UP
        world.write(
            environment, Event.SERVICE_IMPAIRED, target=Phase.IMPAIRED, value=value if falls else NOTHING
        )
        return False
    if environment.capability != old_capability:
        world.write(environment, Event.CAPABILITY_CHANGED, value=environment.capability)
    return False


def stop_writes_and_link(world: World, environment: Environment) -> None:
    """When writes stop and when the link does, each at the first instant of its spell."""
    kinds = {"hard" if outage in environment.overt else outage.kind for outage in environment.felt_hits}
    other_kinds = {outage.kind for outage in environment.other_hits if not outage.is_false_alarm}
    out_of_reach = {"hard", "unreachable"}
    writes_stop = bool(kinds & out_of_reach) or environment.is_blocked
    cut_off = {"hard", "partition"}
    other_is_cut_off = bool(other_kinds & (out_of_reach | cut_off))
    link_stops = bool(kinds & cut_off) or environment.is_blocked or other_is_cut_off
    if not writes_stop:
        end_stop(world, environment)
    elif environment.stop_ms is None:
        environment.stop_ms = world.now_ms
    if not link_stops:
        environment.link_stop_ms = None
    elif environment.link_stop_ms is None:
        environment.link_stop_ms = world.now_ms
    stages.plan_drain(world, environment)


def end_stop(world: World, environment: Environment) -> None:
    """Writes go on."""
    if environment.stop_ms is not None:
        environment.quiet.append((environment.stop_ms, world.now_ms))
    environment.stop_ms = None


def lose_for_good(world: World, environment: Environment) -> None:
    """Down when its region has returned, with no usable copy and no recovery to come."""
    if not environment.exists or environment.service != DOWN_CLASS or environment.region.active:
        return
    for_ever = [outage for outage, until_ms in environment.service_hits.items() if until_ms >= NEVER]
    never = service_class(capability_of(for_ever), environment) == DOWN_CLASS
    has_slot = environment.move is not None and environment.move.has_slot
    is_gone = loss.copy_state(world, environment) != "usable" and not restores.is_backup_left(
        world, environment
    )
    if never and not has_slot and is_gone:
        if environment.move is not None:
            moves.abort(world, environment)
        world.write(environment, Event.ENVIRONMENT_LOST, target=Phase.LOST)
        if environment.member is not None:
            desk.leave(world, environment, environment.member)
            answers.forget_round(environment.member)
            orders.forget(environment.member.orders)
        orders.end(environment)
        membership.forget(environment)
        for ticket in (environment.wake, environment.restart, environment.resync):
            cancel(ticket)


def outlast(world: World, environment: Environment) -> bool:
    """Down through a dependency alone when its region has returned: blocked from now on, in no incident."""
    member = environment.member
    if member is None or member.incident.is_active or not environment.is_blocked or environment.hits:
        return False
    if environment.phase is not Phase.BLOCKED_BY_DEPENDENCY:
        world.write(environment, Event.INCIDENT_OUTLASTED, target=Phase.BLOCKED_BY_DEPENDENCY)
    if environment.move is not None:
        moves.abort(world, environment)
    membership.leave(world, environment)
    return True
