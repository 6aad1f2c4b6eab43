"""Section 5 of the page: failovers that are rehearsed on an isolated copy."""

from __future__ import annotations

from bcdr_sim.events import Event
from bcdr_sim.policy import Decision
from oracle import orders
from oracle.agenda import Kind
from oracle.state import Environment, World


def begin(world: World, environment: Environment, decision: Decision) -> None:
    """A rehearsal begins, unless one is running: that is the same one."""
    if environment.is_rehearsing:
        return
    environment.is_rehearsing = True
    is_ordered = orders.carries_out(world, environment, decision) is not None
    behind = environment.standing if is_ordered else None
    world.write(environment, Event.TEST_BEGAN, decision=decision)
    rehearsal = world.provider.test_failover
    length_ms = world.trial.of_row(
        "provider.test_failover.run", rehearsal.run, environment.row, ordinal=environment.rehearsal_count
    )
    environment.rehearsal_count += 1

    def end() -> None:
        if not environment.exists:
            return
        environment.is_rehearsing = False
        world.write(environment, Event.TEST_ENDED)
        if behind is not None and environment.standing is behind:
            orders.end(environment)

    world.agenda.add(world.now_ms + length_ms, Kind.REHEARSAL, environment.name, do=end)
