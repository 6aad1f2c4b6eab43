"""Section 5 of the page: moves are decided, wait for slots, and are withheld, aborted or committed."""

from __future__ import annotations

from bcdr_sim.events import Event
from bcdr_sim.phases import MOVING, Phase
from bcdr_sim.policy import Action, Decision
from oracle import completion, deciding, loss, membership, observing, orders, restores, service, stages
from oracle.agenda import Kind, cancel
from oracle.facts import Move
from oracle.state import AT_REST, DOWN_CLASS, IMPAIRED, UP, Environment, World

PLANNED = frozenset({Action.PLANNED_FAILOVER, Action.FAILBACK})


def decide(world: World, environment: Environment, decision: Decision) -> None:
    """`move_decided`; the environment joins the queue of its pool."""
    move = Move(decision.action, occasion_of(world, environment, decision), world.now_ms)
    environment.move = move
    world.write(
        environment,
        Event.MOVE_DECIDED,
        target=Phase.QUEUED if environment.is_down else None,
        value=decision.action.code,
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
            used = sum(1 for each in moving if each.move and each.move.has_slot)
            waiting = [
                (each.move.joined_ms, each.spec.tier, each.name, each)
                for each in moving
                if each.move and not each.move.has_slot and not each.move.waits_to_retry
            ]
            if not waiting or (size is not None and used >= size):
                break
            at_slot_gate(world, min(waiting, key=lambda entry: entry[:3])[3])


def at_slot_gate(world: World, environment: Environment) -> None:
    """When a slot is free the policy is asked again; the same action obtains it."""
    move = environment.move
    assert move is not None
    loss.take_figure(world, environment)
    observation, decision = deciding.ask(world, environment)
    if decision.action is not move.action:
        withhold(world, environment, decision, at_gate=True)
        return
    move.has_slot = True
    move.frozen = observing.facts_about_the_outage(observation)
    pool = pool_of(move.action)
    move.in_flight = sum(
        1
        for each in world.environments
        if each.move and each.move.has_slot and pool_of(each.move.action) == pool
    )
    move.ordinal = environment.slot_count
    environment.slot_count += 1
    order = orders.carries_out(world, environment, decision)
    move.is_forced = order is not None and order.move == "forced"
    move.drains = move.action is Action.PLANNED_FAILOVER or (
        move.action is Action.FAILOVER and environment.service == UP and not move.is_forced
    )
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
    """At the end the policy is asked once more; the same action completes the move."""
    move = environment.move
    assert move is not None
    loss.take_figure(world, environment)
    if move.point is not None and not restores.is_still_possible(world, environment, move.point):
        abort(world, environment)
        return
    frozen = move.frozen if world.provider.on_recovery == "commit" else {}
    _, decision = deciding.ask(world, environment, frozen=frozen)
    if decision.action is move.action:
        completion.complete(world, environment, decision)
    else:
        withhold(world, environment, decision, at_gate=True)


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
    elif environment.phase is Phase.FAILING_BACK:
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


def abort_if_served(world: World, environment: Environment) -> None:
    """A planned move, and any that waits while its environment is served, dies when service gets worse."""
    move = environment.move
    if move is None:
        return
    waits_served = not move.has_slot and environment.phase in AT_REST
    if move.action in PLANNED or move.drains or waits_served:
        abort(world, environment)


def on_over(world: World, environment: Environment, *, is_restored: bool) -> None:
    """What it flees, if it flees, is over: its service is `up` again, or the false alarm has ended."""
    move = environment.move
    member = environment.member
    flees = (
        move is not None
        and move.action is not Action.FAILBACK
        and member is not None
        and move.occasion == member.incident.name
    )
    if move is not None and move.has_slot:
        if not flees:
            if is_restored:
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
