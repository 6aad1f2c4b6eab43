"""The reference model: one world under one policy, instant by instant, kind by kind (section 1 of the page)."""

from __future__ import annotations

from bcdr_sim.policy import Policy
from bcdr_sim.trial import Trial
from oracle import (
    commits,
    deciding,
    dependencies,
    moves,
    people,
    plan,
)
from oracle.agenda import Kind, Ticket
from oracle.state import Environment, Row, World


def run(trial: Trial, policy: Policy) -> list[Row]:
    """Everything that happens: (time_ms, who, event, phase after, outage, reason, rule, value), in order.

    Raises:
        PolicyError: the policy answers what cannot be done, or does not come to rest.
    """
    world = World(trial, policy)
    world.on_dependency = lambda environment: dependencies.on_dependency(world, environment)
    plan.plan_world(world)
    commits.watch_all(world)
    while (at_ms := world.agenda.next_ms()) is not None:
        world.now_ms = at_ms
        world.decision_count.clear()
        _instant(world)
    return world.rows


def _instant(world: World) -> None:
    """All facts of the instant in the order of their kinds, then the decisions, until nothing more happens."""
    while True:
        while world.agenda.next_ms() == world.now_ms:
            for ticket in world.agenda.pop_due(world.now_ms):
                if not ticket.cancelled:
                    ticket.action()
                    commits.watch_all(world)
                    _consider_cases(world)
        before = len(world.rows)
        deciding.ask_all(world)
        moves.give_slots(world)
        commits.watch_all(world)
        _consider_cases(world)
        if len(world.rows) == before and world.agenda.next_ms() != world.now_ms:
            return


def _consider_cases(world: World) -> None:
    """Section 6: a case is opened as soon as everything is there for it."""
    waiting = {ticket.name for ticket in world.agenda.heap if _is_case_now(ticket, world)}
    for environment in world.environments:
        if environment.known and not environment.is_due:
            continue  # time alone may make a copy of use again; it is no occasion
        if (environment.name,) not in waiting and people.consider_case(world, environment):
            _plan_case(world, environment)


def _is_case_now(ticket: Ticket, world: World) -> bool:
    return ticket.kind is Kind.CASE and ticket.at_ms == world.now_ms


def _plan_case(world: World, environment: Environment) -> None:
    name = environment.name
    world.agenda.add(world.now_ms, Kind.CASE, name, do=lambda: people.open_case(world, environment))
