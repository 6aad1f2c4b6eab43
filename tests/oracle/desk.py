"""Section 6 of the page, step 3: the desk, its tickets, and the telling of the level."""

from __future__ import annotations

from bcdr_sim.events import Event
from oracle import people
from oracle.agenda import Kind, cancel, first_outside
from oracle.state import DOWN_CLASS, DeskTicket, Environment, Membership, World


def rank(world: World, environment: Environment) -> tuple[int, ...]:
    """What `priority` lists, in that order."""
    keys = {"severity": 0 if environment.service == DOWN_CLASS else 1, "tier": environment.spec.tier}
    return tuple(keys[name] for name in world.provider.support.priority)


def join(world: World, environment: Environment, member: Membership) -> None:
    """A case whose level is to be told joins the ticket of its customer and incident, else it begins one."""
    case = member.case
    assert case is not None
    ticket = shared_ticket(world, environment, member)
    if ticket is None:
        ticket = DeskTicket(environment, member.incident, world.now_ms, member.level_count)
        world.desk.append(ticket)
    ticket.environments.append(environment)
    case.desk_ticket = ticket
    ticket.ranks.append(rank(world, environment))
    if ticket.due_ms is not None:
        work_on(world, environment, ticket)
    elif world.provider.support.agents is None:
        take_up(world, ticket)
    else:
        call(world)


def shared_ticket(world: World, environment: Environment, member: Membership) -> DeskTicket | None:
    """The ticket that is open for the customer in the incident, if cases are of customers that answer together."""
    spec = environment.spec
    if world.provider.support.cases != "per_customer" or not spec.shares_answers:
        return None
    for ticket in world.desk:
        theirs = ticket.first.spec
        same = theirs.shares_answers and theirs.customer_name == spec.customer_name
        if same and ticket.incident is member.incident:
            return ticket
    return None


def call(world: World) -> None:
    """Somebody may be free."""
    world.agenda.add(world.now_ms, Kind.TAKE_UP, "", do=lambda: take_up_next(world))


def take_up_next(world: World) -> None:
    """Tickets are taken up while agents are free and support is up."""
    agents = world.provider.support.agents
    while agents is not None and world.is_up("support"):
        waiting = [ticket for ticket in world.desk if ticket.due_ms is None]
        if not waiting or len(world.desk) - len(waiting) >= agents:
            return
        take_up(world, min(waiting, key=lambda each: (min(each.ranks), each.began_ms, each.first.name)))


def take_up(world: World, ticket: DeskTicket) -> None:
    """Work on a ticket begins; the draw is of the environment that began it."""
    delay_ms = world.trial.of_row(
        "provider.support.first_response",
        world.provider.support.first_response,
        ticket.first.row,
        occasion=ticket.incident.name,
        ordinal=ticket.ordinal,
    )
    ticket.due_ms = world.now_ms + delay_ms
    for environment in sorted(ticket.environments, key=lambda each: each.name):
        work_on(world, environment, ticket)


def work_on(world: World, environment: Environment, ticket: DeskTicket) -> None:
    """The level of the environment is told when the ticket is due."""
    assert ticket.due_ms is not None
    if world.provider.support.agents is not None:
        world.write(environment, Event.CASE_TAKEN_UP)
    plan_level(world, environment, at_ms=max(ticket.due_ms, world.now_ms))


def plan_level(world: World, environment: Environment, *, at_ms: int) -> None:
    """The level is told then, or when support is up again."""
    member = environment.member
    assert member is not None
    case = member.case
    assert case is not None
    cancel(case.level)
    case.level = world.agenda.add(
        first_outside(world.channels["support"], at_ms),
        Kind.LEVEL,
        environment.name,
        do=lambda: people.tell(world, environment, member),
    )


def leave(world: World, environment: Environment, member: Membership) -> None:
    """The level is told, or need not be any more; a ticket that nobody is left in is over, and its agent free."""
    case = member.case
    if case is None:
        return
    cancel(case.level)
    ticket, case.desk_ticket = case.desk_ticket, None
    if ticket is None:
        return
    ticket.environments.remove(environment)
    if not ticket.environments:
        world.desk.remove(ticket)
        call(world)
