"""Section 5 of the page: what a move does between its slot and its commit gate."""

from __future__ import annotations

from fractions import Fraction
from math import floor

from bcdr_sim import replication
from bcdr_sim.events import STAGES, Event
from bcdr_sim.phases import Phase
from oracle import commits, groups, loss, membership, moves, service
from oracle.agenda import Kind, cancel
from oracle.state import UP, Environment, World

RUN = STAGES.index("run")


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


def start_drain(world: World, environment: Environment) -> None:
    """Drain until the link has caught up, at most `drain_timeout`."""
    move = environment.move
    assert move is not None
    move.drain_ms = world.now_ms
    plan_drain(world, environment)


def plan_drain(world: World, environment: Environment) -> None:
    """The end of a drain, planned anew whenever the link stops or goes on."""
    move = environment.move
    if move is None or environment.phase is not Phase.DRAINING:
        return
    cancel(move.ticket)
    law = world.law(environment, move.occasion)
    assert law is not None
    stalls = loss.known_stalls(world, environment)
    drained_ms = None
    if environment.is_synced and environment.link_stop_ms is None:
        drained_ms = replication.drained_at(law, move.drain_ms, stalls=stalls)
        if commits.flow_now(world, environment) is not None:
            drained_ms = commits.carried_ms(world, environment, move.drain_ms)
    last_ms = move.drain_ms + world.provider.failover.drain_timeout
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
    moves.finish(world, environment)
    groups.end_others(world, environment, move)
    if environment.service == UP:
        membership.leave(world, environment)
        if environment.member is None:
            loss.start_resync(world, environment)


def start_stages(world: World, environment: Environment) -> None:
    """The stages of the move and how long each takes."""
    move = environment.move
    assert move is not None
    names = ("validate", "prepare", "planned" if move.drains else "run", "finalize")
    durations_ms = [draw(world, environment, f"provider.failover.{name}") for name in names]
    surge = world.provider.failover.surge
    if surge is not None:
        slower = 1 + Fraction(str(surge.slows_by)) * max(0, move.in_flight - surge.above)
        durations_ms[RUN] = floor(durations_ms[RUN] * slower + Fraction(1, 2))
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
            moves.at_commit_gate(world, environment)
            return
        move.stage += 1
        if durations_ms[move.stage] > 0:
            run_stage(world, environment, durations_ms, stage=move.stage)
            return


def fails(world: World, environment: Environment) -> bool:
    """Whether this attempt of a failover fails at the end of `run`: of those who move together, by the draw of the first."""
    move = environment.move
    assert move is not None
    if groups.movers(environment)[0] is not environment:
        return False
    return world.trial.attempt_fails(environment.row, occasion=move.occasion, attempt=move.ordinal)


def fail(world: World, environment: Environment) -> None:
    """The attempt fails for all who move together."""
    for each in groups.movers(environment):
        if each.move is not None and each.move.has_slot:
            fail_one(world, each)


def fail_one(world: World, environment: Environment) -> None:
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
    move.has_slot, move.waits_to_retry, move.stage, move.is_ready = False, True, -1, False
    cancel(move.ticket)
    if environment.service == UP:
        moves.restore_row(world, environment)
        goes_on = groups.goes_on(world, environment)
        if not goes_on:
            moves.abort(world, environment)
        membership.leave(world, environment)
        loss.start_resync(world, environment)
        if not goes_on:
            return
    if service.outlast(world, environment):
        return

    def again() -> None:
        move.waits_to_retry = False
        move.joined_ms = world.now_ms

    retry_ms = world.now_ms + world.provider.failover.failure.retry_after
    move.ticket = world.agenda.add(retry_ms, Kind.RETRY, environment.name, do=again)
