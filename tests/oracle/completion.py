"""Section 5 of the page: a move completes, and its environment is served from the other side."""

from __future__ import annotations

from bcdr_sim.events import Event
from bcdr_sim.phases import Phase
from bcdr_sim.policy import Action, Decision
from oracle import (
    commits,
    corruptions,
    groups,
    loss,
    membership,
    moves,
    orders,
    people,
    salvage,
    service,
    stages,
)
from oracle.agenda import Kind
from oracle.facts import Move
from oracle.state import DOWN_CLASS, UP, Environment, Membership, World

RESTORED = (Event.RESTORED_AT_PRIMARY, Event.RESTORED_AT_SECONDARY)
COMPLETED = {
    Action.FAILOVER: Event.FAILOVER_COMPLETED,
    Action.PLANNED_FAILOVER: Event.PLANNED_FAILOVER_COMPLETED,
    Action.FORCED_FAILBACK: Event.FORCED_FAILBACK_COMPLETED,
    Action.FAILBACK: Event.FAILBACK_COMPLETED,
}


def complete(
    world: World, environment: Environment, decision: Decision | None, *, recovered_ms: int | None
) -> None:
    """The move completes: the environment is served from the other side, as it is there."""
    move = environment.move
    assert move is not None
    synced_ms = world.now_ms if recovered_ms is None else recovered_ms
    age_ms = 0 if recovered_ms is None else commits.last_commit_ms(world, environment) - synced_ms
    old_member, left = environment.member, environment.region
    event = completed(environment, move)
    if event is Event.RESTORED_IN_PLACE:
        stay_in_place(world, environment)
    else:
        switch_sides(world, environment)
    environment.fled = move.occasion if environment.is_far else ""
    from_copy = move.point is None or not move.point.is_backup
    corruptions.take_along(world, environment, mark_ms=recovered_ms, from_copy=from_copy)
    environment.last_occasion = move.occasion
    environment.moved_ms.append(world.now_ms)
    environment.slot_count = 0
    environment.last_held = None
    moves.finish(world, environment)
    environment.capability = service.capability_of(list(environment.service_hits))
    environment.service = service.true_service(environment)
    if environment.service != UP or environment.is_supposed:
        membership.join(world, environment)
    phase = environment.rest_phase()
    if environment.service == DOWN_CLASS:
        known = environment.member is not None
        phase = Phase.DOWN_UNDETECTED if known else Phase.BLOCKED_BY_DEPENDENCY
    world.write(
        environment,
        event,
        target=phase,
        value=synced_ms,
        decision=decision,
        outage=move.occasion or None,
    )
    if age_ms > 0:
        world.write(environment, Event.LOSS_REALISED, value=age_ms, outage=move.occasion or None)
        if move.point is None:
            salvage.lose(world, environment, move, age_ms=age_ms, left=left)
    orders.end(environment)
    orders.forget(environment.orders)
    end_of_flight(world, environment, old_member)
    if event is not Event.RESTORED_IN_PLACE:
        orders.has_moved(world, environment)
    if "finance_operations" in environment.spec.apps and event is not Event.RESTORED_IN_PLACE:
        functions = Event.CAPABILITIES_LOST if environment.is_far else Event.CAPABILITIES_RESTORED
        world.write(environment, functions, outage=move.occasion or None)
    if environment.member is not None:
        membership.write_known_rows(world, environment)
    loss.refresh_protection(world, environment)
    loss.start_resync(world, environment)
    plan_recovery_confirmed(world, environment, move)


def recovered(world: World, environment: Environment) -> int | None:
    """The instant that an unplanned move goes back to; None of a move that loses nothing."""
    move = environment.move
    assert move is not None
    if move.point is not None:
        return move.point.at_ms
    if move.action not in (Action.FAILOVER, Action.FORCED_FAILBACK) or move.drains:
        return None
    out_of_calm = move.is_forced and environment.member is None
    return groups.common(world, environment, move.occasion if out_of_calm else None)[0]


def completed(environment: Environment, move: Move) -> Event:
    """What the completion of a move is called."""
    if move.point is None:
        return COMPLETED[move.action]
    return Event.RESTORED_IN_PLACE if move.point.is_here else RESTORED[not environment.is_far]


def switch_sides(world: World, environment: Environment) -> None:
    """It is served from the other side now, and what was here is the copy, which stands still."""
    assert environment.other is not None
    environment.region, environment.other = environment.other, environment.region
    environment.is_far = not environment.is_far
    begin_anew(world, environment)
    environment.link_stop_ms = None
    service.meet_outages(world, environment, from_ms=world.now_ms + 1)


def stay_in_place(world: World, environment: Environment) -> None:
    """Older data are served where it is: hits that have outlived their outage are left behind, and so is the copy."""
    begin_anew(world, environment)
    if environment.other is not None and environment.spec.has_copy:
        environment.destroyed.add(environment.other)
    for outage in [each for each in environment.hits if each.end_ms <= world.now_ms]:
        del environment.hits[outage]
        corruptions.repair(world, environment, outage)


def begin_anew(world: World, environment: Environment) -> None:
    """Other data than before are served; what there was in its region until now is there no more."""
    environment.member = None
    loss.cancel_resync(environment)
    environment.is_synced = environment.is_too_old = False
    environment.anew_ms = None
    environment.destroyed.discard(environment.region)
    service.end_stop(world, environment)


def end_of_flight(world: World, environment: Environment, old: Membership | None) -> None:
    """The incident it fled is forgotten; an open case is closed, consent is used up."""
    if old is None:
        return
    people.close_case(world, environment, old)
    new, environment.member = environment.member, old
    membership.forget(environment)
    environment.member = new


def plan_recovery_confirmed(world: World, environment: Environment, move: Move) -> None:
    """Telemetry confirms a completed failover, if that takes time."""
    if move.action not in (Action.FAILOVER, Action.PLANNED_FAILOVER):
        return
    environment.move = move
    delay_ms = stages.draw(world, environment, "provider.failover.verification")
    environment.move = None
    if delay_ms > 0:
        world.agenda.add(
            world.now_ms + delay_ms,
            Kind.RECOVERY_CONFIRMED,
            environment.name,
            do=lambda: confirm_recovery(world, environment, move),
        )


def confirm_recovery(world: World, environment: Environment, move: Move) -> None:
    """Telemetry confirms the moved service; nothing is written of who is lost."""
    if environment.exists:
        world.write(environment, Event.RECOVERY_CONFIRMED, outage=move.occasion or None)
