"""Section 5 of the page: a move completes, and its environment is served from the other side."""

from __future__ import annotations

from bcdr_sim.events import Event
from bcdr_sim.phases import Phase
from bcdr_sim.policy import Action, Decision
from oracle import groups, loss, membership, moves, orders, people, service, stages
from oracle.agenda import Kind
from oracle.state import (
    DOWN_CLASS,
    UP,
    Environment,
    Membership,
    Move,
    Region,
    World,
)

COMPLETED = {
    Action.FAILOVER: Event.FAILOVER_COMPLETED,
    Action.PLANNED_FAILOVER: Event.PLANNED_FAILOVER_COMPLETED,
    Action.FORCED_FAILBACK: Event.FORCED_FAILBACK_COMPLETED,
    Action.FAILBACK: Event.FAILBACK_COMPLETED,
}


def point_ms(world: World, environment: Environment) -> int:
    """Everything written before this instant is recovered."""
    move = environment.move
    assert move is not None
    if move.action not in (Action.FAILOVER, Action.FORCED_FAILBACK) or move.drains:
        return world.now_ms
    out_of_calm = move.is_forced and environment.member is None
    return groups.common(world, environment, move.occasion if out_of_calm else None)[0]


def complete(world: World, environment: Environment, decision: Decision | None, *, point_ms: int) -> None:
    """The move completes: the environment is served from the other side, as it is there."""
    move, other = environment.move, environment.other
    assert move is not None
    assert other is not None
    is_unplanned = move.action in (Action.FAILOVER, Action.FORCED_FAILBACK) and not move.drains
    age_ms = 0
    if is_unplanned:
        stop_ms = world.now_ms if environment.stop_ms is None else environment.stop_ms
        age_ms = stop_ms - point_ms
    old_member = environment.member
    switch_sides(world, environment, other)
    environment.is_far = not environment.is_far
    environment.fled = move.occasion if environment.is_far else ""
    environment.last_occasion = move.occasion
    environment.moved_ms.append(world.now_ms)
    environment.slot_count = 0
    environment.last_held = None
    moves.finish(world, environment)
    environment.capability = service.capability_of(list(environment.real_hits))
    environment.service = service.true_service(environment)
    if environment.service != UP or environment.is_supposed:
        membership.join(world, environment)
    phase = environment.rest_phase()
    if environment.service == DOWN_CLASS:
        known = environment.member is not None
        phase = Phase.DOWN_UNDETECTED if known else Phase.BLOCKED_BY_DEPENDENCY
    world.write(
        environment,
        COMPLETED[move.action],
        target=phase,
        value=point_ms,
        decision=decision,
        outage=move.occasion or None,
    )
    if age_ms > 0:
        world.write(environment, Event.LOSS_REALISED, value=age_ms, outage=move.occasion or None)
    orders.end(environment)
    orders.forget(environment.orders)
    end_of_flight(world, environment, old_member)
    orders.has_moved(world, environment)
    if "finance_operations" in environment.spec.apps:
        event = Event.CAPABILITIES_LOST if environment.is_far else Event.CAPABILITIES_RESTORED
        world.write(environment, event, outage=move.occasion or None)
    if environment.member is not None:
        membership.write_known_rows(world, environment)
    loss.refresh_protection(world, environment)
    loss.start_resync(world, environment)
    plan_recovery_confirmed(world, environment, move)


def switch_sides(world: World, environment: Environment, other: Region) -> None:
    """It is served from the other side now, and what was here is the copy, which stands still."""
    environment.region, environment.other = other, environment.region
    environment.member = None
    loss.cancel_resync(environment)
    environment.is_synced = environment.is_too_old = False
    environment.anew_ms = None
    environment.stop_ms = environment.link_stop_ms = None
    service.meet_outages(world, environment, from_ms=world.now_ms + 1)


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
