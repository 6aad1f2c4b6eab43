"""Section 5 of the page: moves are decided, wait for slots, and are withheld, aborted or committed."""

from __future__ import annotations

from bcdr_sim.events import Event
from bcdr_sim.phases import MOVING, Phase
from bcdr_sim.policy import Action, Decision
from oracle import (
    completion,
    deciding,
    groups,
    loss,
    membership,
    observing,
    orders,
    restores,
    service,
    stages,
)
from oracle.agenda import Kind, cancel
from oracle.facts import Move
from oracle.state import AT_REST, DOWN_CLASS, IMPAIRED, UP, Environment, World

PLANNED = frozenset({Action.PLANNED_FAILOVER, Action.FAILBACK})


def decide(world: World, environment: Environment, decision: Decision) -> None:
    """`move_decided`; the environment joins the queue of its pool."""
    move = Move(decision.action, occasion_of(world, environment, decision), world.now_ms)
    write_decided(world, environment, move, decision=decision)


def write_decided(world: World, environment: Environment, move: Move, *, decision: Decision | None) -> None:
    """The move stands in line from now on; without a decision it comes along with others."""
    environment.move = move
    world.write(
        environment,
        Event.MOVE_DECIDED,
        target=Phase.QUEUED if environment.is_down else None,
        value=move.action.code,
        decision=decision,
        outage=move.occasion or None,
    )


def occasion_of(world: World, environment: Environment, decision: Decision) -> str:
    """Section 7: the incident that it flees, else the order, the maintenance period, or the outage warned of."""
    if decision.action is Action.FAILBACK:
        return environment.fled
    if environment.member is not None:
        return environment.member.incident.name
    if environment.standing is not None and orders.carries_out(world, environment, decision) is not None:
        return orders.outage_of(environment, environment.standing.name) or ""
    periods = world.regions[environment.spec.home].periods
    if periods:
        return min(period.id for period in periods)
    warned = observing.warnings_of(world, environment)
    return min((outage.id for outage in warned), default="")


def pool_of(action: Action) -> str:
    """Failbacks and restores have a pool each of their own."""
    return {Action.FAILBACK: "failback", Action.RESTORE: "restore"}.get(action, "failover")


def give_slots(world: World) -> None:
    """Free slots are given out, failovers first; first come first served, ties by tier, then name."""
    provider = world.provider
    sizes = {
        "failover": provider.failover.slots,
        "failback": provider.failback.at_once,
        "restore": provider.restore.at_once,
    }
    for pool, size in sizes.items():
        while True:
            moving = [each for each in world.environments if each.move and pool_of(each.move.action) == pool]
            used = slots_used(moving)
            waiting = [
                (each.move.joined_ms, each.spec.tier, each.name, each)
                for each in moving
                if each.move and not each.move.has_slot and not each.move.waits_to_retry
            ]
            if not waiting or (size is not None and used >= size):
                break
            at_slot_gate(world, min(waiting, key=lambda entry: entry[:3])[3])


def slots_used(moving: list[Environment]) -> int:
    """Those who move together have one slot between them."""
    return sum(1 for each in moving if each.move and each.move.has_slot and groups.movers(each)[0] is each)


def at_slot_gate(world: World, environment: Environment) -> None:
    """When a slot is free the policy is asked again; the same action obtains it."""
    moving = groups.movers(environment)
    for each in moving:
        loss.take_figure(world, each)
    answers, dissenter = groups.at_gate(world, moving, commits=False)
    if dissenter is not None:
        groups.turn_back(world, dissenter, answers)
        return
    for each in moving:
        take_slot(world, each, answers.get(each.name))
    drains = all(each.move is not None and each.move.drains for each in moving)
    for each in moving:
        begin(world, each, answers.get(each.name), drains=drains)


def take_slot(world: World, environment: Environment, decision: Decision | None) -> None:
    """The slot is obtained; how the move would begin, were it alone."""
    move = environment.move
    assert move is not None
    move.has_slot = True
    move.is_ready = False
    move.ordinal = environment.slot_count
    environment.slot_count += 1
    order = None if decision is None else orders.carries_out(world, environment, decision)
    move.is_forced = order is not None and order.move == "forced"
    move.drains = move.action is Action.PLANNED_FAILOVER or (
        move.action is Action.FAILOVER and environment.service == UP and not move.is_forced
    )


def begin(world: World, environment: Environment, decision: Decision | None, *, drains: bool) -> None:
    """The move begins; it drains if that is so for all who move together."""
    move = environment.move
    assert move is not None
    pool = pool_of(move.action)
    moving = [each for each in world.environments if each.move and pool_of(each.move.action) == pool]
    move.in_flight = slots_used(moving)
    if move.drains and not drains:
        move.drains, move.is_forced = False, True
    phase = Phase.FAILING_OVER
    if move.action is Action.RESTORE:
        move.point = restores.newest(world, environment)
        phase = Phase.RESTORING
    elif move.action is Action.FAILBACK:
        phase = Phase.FAILING_BACK
    elif move.drains:
        phase = Phase.DRAINING
    world.write(
        environment,
        Event.SLOT_OBTAINED,
        target=phase,
        value=move.action.code,
        decision=decision,
        outage=move.occasion or None,
    )
    if move.action in (Action.FAILBACK, Action.RESTORE):
        restoring = move.point is not None
        delay_ms = (
            restores.length_ms(world, environment)
            if restoring
            else stages.draw(world, environment, "provider.failback.interruption")
        )
        move.ticket = world.agenda.add(
            world.now_ms + delay_ms,
            Kind.STAGE,
            environment.name,
            do=lambda: at_commit_gate(world, environment),
        )
    elif move.drains:
        stages.start_drain(world, environment)
    else:
        stages.start_stages(world, environment)


def at_commit_gate(world: World, environment: Environment) -> None:
    """At the end the policy is asked once more, as soon as all who move together are there."""
    move = environment.move
    assert move is not None
    move.is_ready = True
    moving = groups.movers(environment)
    if not all(each.move is not None and each.move.is_ready for each in moving):
        return
    for each in moving:
        loss.take_figure(world, each)
    if move.point is not None and not restores.is_still_possible(world, environment, move.point):
        abort(world, environment)
        return
    answers, dissenter = groups.at_gate(world, moving, commits=True)
    if dissenter is not None:
        groups.turn_back(world, dissenter, answers)
        return
    recovered_ms = [completion.recovered(world, each) for each in moving]
    for each, point_ms in zip(moving, recovered_ms, strict=True):
        completion.complete(world, each, answers.get(each.name), recovered_ms=point_ms)


def finish(world: World, environment: Environment) -> None:
    """The move is over: no slot, no capacity, nothing to come."""
    if environment.move is not None:
        cancel(environment.move.ticket)
    environment.move = None
    service.stop_writes_and_link(world, environment)


def withhold(world: World, environment: Environment, decision: Decision, *, at_gate: bool = False) -> None:
    """Another answer: the move is withheld, and the answer takes effect; after a gate with the next decisions."""
    move = environment.move
    assert move is not None
    target = environment.phase
    if environment.phase is Phase.QUEUED:
        target = Phase.DOWN_HELD
    elif environment.phase in (Phase.FAILING_BACK, Phase.DRAINING):
        target = environment.rest_phase()
    elif environment.phase in (Phase.FAILING_OVER, Phase.RESTORING):
        target = environment.rest_phase() if move.drains else Phase.DOWN_HELD
    finish(world, environment)
    world.write(
        environment,
        Event.MOVE_WITHHELD,
        target=target,
        value=move.action.code,
        decision=decision,
        outage=move.occasion or None,
    )
    groups.end_others(world, environment, move)
    if environment.phase is Phase.DOWN_HELD and environment.service == UP:
        restore(world, environment)
        return
    if environment.phase is Phase.DOWN_HELD and service.outlast(world, environment):
        return
    if environment.phase is Phase.DOWN_HELD and environment.service == IMPAIRED:
        world.write(environment, Event.SERVICE_IMPAIRED, target=Phase.IMPAIRED)
    if not at_gate:
        deciding.act(world, environment, decision)


def abort(world: World, environment: Environment) -> None:
    """Events have overtaken the move."""
    move = environment.move
    assert move is not None
    target = environment.phase
    if target in MOVING:
        target = Phase.DOWN_HELD if environment.service == DOWN_CLASS else environment.rest_phase()
    finish(world, environment)
    world.write(
        environment,
        Event.MOVE_ABORTED,
        target=target,
        value=move.action.code,
        outage=move.occasion or None,
    )
    groups.end_others(world, environment, move)


def abort_if_served(world: World, environment: Environment) -> None:
    """A planned move, and any that waits while its environment is served, dies when service gets worse."""
    move = environment.move
    if move is None:
        return
    waits_served = not move.has_slot and environment.phase in AT_REST
    if move.action in PLANNED or move.drains or waits_served:
        abort(world, environment)


def on_over(world: World, environment: Environment, *, is_restored: bool, differs: bool = True) -> None:
    """What it flees, if it flees, is over: its service is `up` again, or the false alarm has ended."""
    move = environment.move
    member = environment.member
    flees = (
        move is not None
        and move.action is not Action.FAILBACK
        and member is not None
        and move.occasion == member.incident.name
        and not groups.goes_on(world, environment)
    )
    if move is not None and move.has_slot:
        if not flees:
            if is_restored and differs:
                world.write(environment, Event.CAPABILITY_CHANGED, value=environment.capability)
            membership.leave(world, environment)
            return
        if world.provider.on_recovery != "abort":
            move.returned = True
            world.write(environment, Event.PRIMARY_RETURNED, outage=move.occasion or None)
            loss.take_figure(world, environment)
            return
    if is_restored:
        restore_row(world, environment)
    if flees and environment.move is not None:
        abort(world, environment)
    membership.leave(world, environment)
    loss.start_resync(world, environment)


def restore_row(world: World, environment: Environment) -> None:
    """Served again where it is."""
    world.write(environment, Event.SERVICE_RESTORED, target=environment.rest_phase())
    environment.last_held = None


def restore(world: World, environment: Environment) -> None:
    """Served again after a move was withheld whose primary had returned."""
    restore_row(world, environment)
    membership.leave(world, environment)
    loss.start_resync(world, environment)
