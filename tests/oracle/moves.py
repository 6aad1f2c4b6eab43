"""Section 5 of the page: moves, from the decision to the completion."""

from __future__ import annotations

from bcdr_sim import replication
from bcdr_sim.events import STAGES, Event
from bcdr_sim.phases import MOVING, Phase
from bcdr_sim.policy import Action, Decision
from oracle import deciding, loss, people, service
from oracle.agenda import Kind, cancel
from oracle.state import (
    AT_REST,
    DOWN_CLASS,
    IMPAIRED,
    UP,
    Environment,
    Membership,
    Move,
    Region,
    World,
)

RUN = STAGES.index("run")
PLANNED = frozenset({Action.PLANNED_FAILOVER, Action.FAILBACK})
COMPLETED = {
    Action.FAILOVER: Event.FAILOVER_COMPLETED,
    Action.PLANNED_FAILOVER: Event.PLANNED_FAILOVER_COMPLETED,
    Action.FORCED_FAILBACK: Event.FORCED_FAILBACK_COMPLETED,
    Action.FAILBACK: Event.FAILBACK_COMPLETED,
}


def decide(world: World, environment: Environment, decision: Decision) -> None:
    """`move_decided`; the environment joins the queue of its pool."""
    move = Move(decision.action, occasion_of(world, environment, decision.action), world.now_ms)
    environment.move = move
    world.write(
        environment,
        Event.MOVE_DECIDED,
        target=Phase.QUEUED if environment.is_down else None,
        value=decision.action.code,
        decision=decision,
        outage=move.occasion or None,
    )


def occasion_of(world: World, environment: Environment, action: Action) -> str:
    """Section 7: the incident that it flees, else the maintenance period, else the outage warned of."""
    if action is Action.FAILBACK:
        return environment.fled
    if environment.member is not None:
        return environment.member.incident.name
    periods = world.regions[environment.spec.home].periods
    if periods:
        return min(period.id for period in periods)
    warned = deciding.warnings_of(world, environment)
    return min((outage.id for outage in warned), default="")


# Slots ---------------------------------------------------------------------------------------------------------------


def pool_of(action: Action) -> str:
    """Failbacks have a pool of their own."""
    return "failback" if action is Action.FAILBACK else "failover"


def give_slots(world: World) -> None:
    """Free slots are given out, failovers first; first come first served, ties by tier, then name."""
    sizes = {"failover": world.provider.failover.slots, "failback": world.provider.failback.at_once}
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
    move.frozen = deciding.facts_about_the_outage(observation)
    move.ordinal = environment.slot_count
    environment.slot_count += 1
    move.drains = move.action is Action.PLANNED_FAILOVER or (
        move.action is Action.FAILOVER and environment.is_supposed and environment.service == UP
    )
    phase = Phase.FAILING_OVER
    if move.action is Action.FAILBACK:
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
    if move.action is Action.FAILBACK:
        delay_ms = draw(world, environment, "provider.failback.interruption")
        move.ticket = world.agenda.add(
            world.now_ms + delay_ms,
            Kind.STAGE,
            environment.name,
            do=lambda: at_commit_gate(world, environment),
        )
    elif move.drains:
        start_drain(world, environment)
    else:
        start_stages(world, environment)


def draw(world: World, environment: Environment, path: str) -> int:
    """A draw of the move: its occasion, and the number of slots obtained before."""
    move = environment.move
    assert move is not None
    settings = world.provider.failback if path.startswith("provider.failback") else world.provider.failover
    name = path.rsplit(".", 1)[1]
    distribution = getattr(settings, "validate_" if name == "validate" else name)
    return world.trial.of_row(
        path, distribution, environment.row, occasion=move.occasion, ordinal=move.ordinal
    )


# Drains and stages ---------------------------------------------------------------------------------------------------


def start_drain(world: World, environment: Environment) -> None:
    """Drain until the link has caught up, at most `drain_timeout`."""
    move = environment.move
    assert move is not None
    law = world.law(environment, move.occasion)
    assert law is not None
    stalls = loss.known_stalls(world, environment)
    drained_ms = replication.drained_at(law, world.now_ms, stalls=stalls) if environment.is_synced else None
    last_ms = world.now_ms + world.provider.failover.drain_timeout
    if drained_ms is not None and max(drained_ms, world.now_ms) <= last_ms:
        move.ticket = world.agenda.add(
            max(drained_ms, world.now_ms),
            Kind.DRAIN,
            environment.name,
            do=lambda: on_drained(world, environment),
        )
    else:
        move.ticket = world.agenda.add(
            last_ms, Kind.DRAIN, environment.name, do=lambda: on_drain_timed_out(world, environment)
        )


def on_drained(world: World, environment: Environment) -> None:
    """The link has caught up: the interruption begins."""
    move = environment.move
    assert move is not None
    world.write(environment, Event.DRAINED, target=Phase.FAILING_OVER, outage=move.occasion or None)
    start_stages(world, environment)


def on_drain_timed_out(world: World, environment: Environment) -> None:
    """The move ends; the policy is asked when something changes, not at once."""
    move = environment.move
    assert move is not None
    world.write(
        environment,
        Event.DRAIN_TIMED_OUT,
        target=environment.rest_phase(),
        outage=move.occasion or None,
    )
    finish(world, environment)


def start_stages(world: World, environment: Environment) -> None:
    """The stages of the move and how long each takes."""
    move = environment.move
    assert move is not None
    names = ("validate", "prepare", "planned" if move.drains else "run", "finalize")
    durations_ms = [draw(world, environment, f"provider.failover.{name}") for name in names]
    run_stage(world, environment, durations_ms, stage=0)


def run_stage(world: World, environment: Environment, durations_ms: list[int], *, stage: int) -> None:
    """One stage; those after it that take no time are passed at once, then comes the commit gate."""
    move = environment.move
    assert move is not None
    move.stage = stage
    ends_ms = world.now_ms + durations_ms[stage]
    move.ticket = world.agenda.add(
        ends_ms, Kind.STAGE, environment.name, do=lambda: end_stage(world, environment, durations_ms)
    )


def end_stage(world: World, environment: Environment, durations_ms: list[int]) -> None:
    """The end of a stage, and of those after it that take no time."""
    move = environment.move
    assert move is not None
    while True:
        stage = move.stage
        if stage == RUN and not move.drains and fails(world, environment):
            fail(world, environment)
            return
        if durations_ms[stage] > 0 and any(durations_ms[stage + 1 :]):
            world.write(environment, Event.STAGE_COMPLETED, value=stage, outage=move.occasion or None)
        if stage + 1 == len(STAGES):
            at_commit_gate(world, environment)
            return
        move.stage += 1
        if durations_ms[move.stage] > 0:
            run_stage(world, environment, durations_ms, stage=move.stage)
            return


def fails(world: World, environment: Environment) -> bool:
    """Whether this attempt of a failover fails at the end of `run`."""
    move = environment.move
    assert move is not None
    return world.trial.attempt_fails(environment.row, occasion=move.occasion, attempt=move.ordinal)


def fail(world: World, environment: Environment) -> None:
    """Slot and capacity are given back; it waits, then joins the queue again."""
    move = environment.move
    assert move is not None
    world.write(
        environment,
        Event.MOVE_FAILED,
        target=Phase.QUEUED,
        value=move.ordinal + 1,
        outage=move.occasion or None,
    )
    move.has_slot, move.waits_to_retry, move.stage = False, True, -1
    if environment.service == UP:
        restore_row(world, environment)
        abort(world, environment)
        service.leave(world, environment)
        loss.start_resync(world, environment)
        return

    def again() -> None:
        move.waits_to_retry = False
        move.joined_ms = world.now_ms

    retry_ms = world.now_ms + world.provider.failover.failure.retry_after
    move.ticket = world.agenda.add(retry_ms, Kind.RETRY, environment.name, do=again)


# The end of a move ---------------------------------------------------------------------------------------------------


def at_commit_gate(world: World, environment: Environment) -> None:
    """At the end the policy is asked once more; the same action completes the move."""
    move = environment.move
    assert move is not None
    loss.take_figure(world, environment)
    frozen = move.frozen if world.provider.on_recovery == "commit" else {}
    _, decision = deciding.ask(world, environment, frozen=frozen)
    if decision.action is move.action:
        complete(world, environment, decision)
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
    elif environment.phase is Phase.FAILING_OVER:
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
    if environment.phase is Phase.DOWN_HELD and environment.service == IMPAIRED:
        world.write(environment, Event.SERVICE_IMPAIRED, target=Phase.IMPAIRED)
    if not at_gate:
        deciding.act(world, environment, decision)


def abort(world: World, environment: Environment) -> None:
    """Events have overtaken the move."""
    move = environment.move
    assert move is not None
    target = environment.rest_phase() if environment.phase in MOVING - {Phase.QUEUED} else environment.phase
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
            service.leave(world, environment)
            return
        if world.provider.on_recovery != "abort":
            move.returned = True
            world.write(environment, Event.PRIMARY_RETURNED, outage=move.occasion or None)
            return
    if is_restored:
        restore_row(world, environment)
    if flees and environment.move is not None:
        abort(world, environment)
    service.leave(world, environment)
    loss.start_resync(world, environment)


def restore_row(world: World, environment: Environment) -> None:
    """Served again where it is."""
    world.write(environment, Event.SERVICE_RESTORED, target=environment.rest_phase())
    environment.last_held = None


def restore(world: World, environment: Environment) -> None:
    """Served again after a move was withheld whose primary had returned."""
    restore_row(world, environment)
    service.leave(world, environment)
    loss.start_resync(world, environment)


def complete(world: World, environment: Environment, decision: Decision) -> None:
    """The move completes: the environment is served from the other side, as it is there."""
    move, other = environment.move, environment.other
    assert move is not None
    assert other is not None
    is_unplanned = move.action in (Action.FAILOVER, Action.FORCED_FAILBACK) and not move.drains
    synced_ms = world.now_ms
    age_ms = 0
    if is_unplanned:
        synced_ms = loss.last_sync(world, environment)
        stop_ms = world.now_ms if environment.stop_ms is None else environment.stop_ms
        age_ms = stop_ms - synced_ms
    old_member = environment.member
    switch_sides(world, environment, other)
    environment.is_far = not environment.is_far
    environment.fled = move.occasion if environment.is_far else ""
    environment.last_occasion = move.occasion
    environment.moved_ms.append(world.now_ms)
    environment.slot_count = 0
    environment.last_held = None
    finish(world, environment)
    environment.capability = service.capability_of(list(environment.real_hits))
    environment.service = service.true_service(environment)
    if environment.service != UP or environment.is_supposed:
        service.join(world, environment)
    phase = environment.rest_phase()
    if environment.service == DOWN_CLASS:
        known = environment.member is not None
        phase = Phase.DOWN_UNDETECTED if known else Phase.BLOCKED_BY_DEPENDENCY
    world.write(
        environment,
        COMPLETED[move.action],
        target=phase,
        value=synced_ms,
        decision=decision,
        outage=move.occasion or None,
    )
    if age_ms > 0:
        world.write(environment, Event.LOSS_REALISED, value=age_ms, outage=move.occasion or None)
    end_of_flight(world, environment, old_member)
    if "finance_operations" in environment.spec.apps:
        event = Event.CAPABILITIES_LOST if environment.is_far else Event.CAPABILITIES_RESTORED
        world.write(environment, event, outage=move.occasion or None)
    if environment.member is not None:
        service.write_known_rows(world, environment)
    loss.refresh_protection(world, environment)
    loss.start_resync(world, environment)
    plan_recovery_confirmed(world, environment, move)


def switch_sides(world: World, environment: Environment, other: Region) -> None:
    """It is served from the other side now, and what was here is the copy, which stands still."""
    environment.region, environment.other = other, environment.region
    environment.member = None
    loss.cancel_resync(environment)
    environment.is_synced = False
    environment.stop_ms = environment.link_stop_ms = None
    service.meet_outages(world, environment, from_ms=world.now_ms + 1)


def end_of_flight(world: World, environment: Environment, old: Membership | None) -> None:
    """The incident it fled is forgotten; an open case is closed, consent is used up."""
    if old is None:
        return
    people.close_case(world, environment, old)
    new, environment.member = environment.member, old
    service.forget(environment)
    environment.member = new


def plan_recovery_confirmed(world: World, environment: Environment, move: Move) -> None:
    """Telemetry confirms a completed failover, if that takes time."""
    if move.action not in (Action.FAILOVER, Action.PLANNED_FAILOVER):
        return
    environment.move = move
    delay_ms = draw(world, environment, "provider.failover.verification")
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
