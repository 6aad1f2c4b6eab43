"""Section 4 of the page: commits that wait for a bounded link.

After everything that is done at an instant each bounded environment is looked at: what stops or goes on is found out by
looking, not by being told.
"""

from __future__ import annotations

from bcdr_sim.events import Event
from bcdr_sim.replication import Committed, Flow, Gate
from bcdr_sim.trial import bound_of
from oracle import loss
from oracle.agenda import Kind, cancel
from oracle.state import Environment, World

FREE = (Gate.FREE, 1000)


def is_held(environment: Environment) -> bool:
    """Whether a bound holds: deployed, the copy usable, and not as it stood at a move."""
    if not environment.exists or bound_of(environment.spec) is None:
        return False
    return loss.data_state(environment) == "usable" and environment.is_synced


def flow_now(world: World, environment: Environment) -> Flow | None:
    """The link as it is at this instant; None without a bound that holds."""
    if not is_held(environment):
        return None
    bound = bound_of(environment.spec)
    assert bound is not None
    flow = Flow.begun(bound, world.now_ms) if environment.flow is None else environment.flow
    runs = not loss.link_is_stopped(world, environment)
    return flow.advanced(world.now_ms).set(writing=environment.stop_ms is None, runs=runs)


def watch_all(world: World) -> None:
    """Look at every bounded environment."""
    for environment in world.environments:
        if bound_of(environment.spec) is not None:
            watch(world, environment)


def watch(world: World, environment: Environment) -> None:
    """Whether writes and link go on; and when another share will be accepted, if all stays like that."""
    environment.flow = flow = flow_now(world, environment)
    state = FREE if flow is None else (flow.next_gate, flow.accepted_permille)
    at_ms = world.now_ms if state != environment.share else None
    if at_ms is None and flow is not None:
        at_ms = flow.next_change_ms(world.agenda.horizon_ms)
    if environment.change is not None and environment.change.at_ms == at_ms:
        return
    cancel(environment.change)
    environment.change = None
    if at_ms is not None:
        environment.change = world.agenda.add(
            at_ms, Kind.COMMITS, environment.name, do=lambda: change(world, environment)
        )


def change(world: World, environment: Environment) -> None:
    """Another share is accepted from now on; nothing is written of who is lost."""
    flow, environment.change = flow_now(world, environment), None
    if not environment.exists:
        return
    before, environment.share = environment.share, FREE
    if before[0] is Gate.STOPPED:
        environment.stops.append((environment.stopped_ms, world.now_ms, 0))
    if flow is None or flow.next_gate is Gate.FREE:
        world.write(environment, Event.COMMITS_FREED)
    else:
        environment.share = (flow.next_gate, flow.accepted_permille)
        if flow.next_gate is Gate.STOPPED:
            environment.stopped_ms = flow.open_until_ms
            world.write(environment, Event.COMMITS_STOPPED, value=flow.open_until_ms)
        else:
            world.write(environment, Event.COMMITS_SLOWED, value=flow.accepted_permille)


def last_commit_ms(world: World, environment: Environment) -> int:
    """What stands for `t_stop`, or for now while writes go on."""
    flow = flow_now(world, environment)
    if flow is not None:
        return flow.open_until_ms
    return world.now_ms if environment.stop_ms is None else environment.stop_ms


def written(environment: Environment) -> Committed:
    """What it wrote, as far as the times are over in which commits were stopped."""
    return Committed(environment.spec.writes, tuple(environment.stops))


def carried_ms(world: World, environment: Environment, mark_ms: int) -> int | None:
    """When all that was committed until a mark is on the other side, as the link is now."""
    flow = flow_now(world, environment)
    if flow is None or loss.link_is_stopped(world, environment):
        return None
    return flow.carried_ms(mark_ms)
