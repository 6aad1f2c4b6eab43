"""Section 8 of the page: moves that customers order."""

from __future__ import annotations

from functools import partial

from bcdr_sim.events import ORDERS, Event
from bcdr_sim.policy import Decision
from bcdr_sim.scenario.order import Order
from oracle import answers
from oracle.agenda import Kind, Ticket, cancel, first_outside
from oracle.state import UP, Environment, Standing, World

IN_INCIDENT = frozenset({"impact", "aware"})


def orders_of(world: World, environment: Environment) -> list[tuple[int, Order]]:
    """What the customer may order for the environment at all, with the place in its list."""
    policy, spec = world.policy, environment.spec
    lets = policy.orders(far=False) | policy.orders(far=True)
    return [
        (number, order)
        for number, order in enumerate(spec.customer.orders)
        if spec.eligible and order.move in lets and world.trial.is_for(order, spec)
    ]


def are_known_first(world: World, environment: Environment) -> bool:
    """Whether the customer orders something once it is aware."""
    return any(order.when == "aware" for _, order in orders_of(world, environment))


# When ----------------------------------------------------------------------------------------------------------------


def plan_orders(world: World, environment: Environment) -> None:
    """Orders at instants."""
    for number, order in orders_of(world, environment):
        for place, at_ms in enumerate(order.instants_ms):
            if world.trial.orders(environment.row, number, occasion=order.name(place)):
                give_later(world, environment, number, at_ms=at_ms, order=order, name=order.name(place))


def give_later(
    world: World, environment: Environment, number: int, *, at_ms: int, order: Order, name: str | None = None
) -> Ticket:
    """In working hours, and when the admin portal is up."""
    due_ms = answers.opening(environment, at_ms)
    return world.agenda.add(
        first_outside(world.channels["admin_portal"], due_ms),
        Kind.ORDER,
        (environment.name, f"{number:05}"),
        do=partial(give, world, environment, order, name=name),
    )


def happened(
    world: World, environment: Environment, when: str, *, into: dict[int, Ticket], occasion: str
) -> None:
    """What the customer orders when something has happened, once while it is waited for."""
    for number, order in orders_of(world, environment):
        if order.when != when or number in into:
            continue
        if not world.trial.orders(environment.row, number, occasion=occasion):
            continue
        delay_ms = 0
        if order.after is not None:
            delay_ms = world.trial.wait_of_respondent(
                f"customers.orders.{number}.after", order.after, environment.row, occasion=occasion
            )
        into[number] = give_later(world, environment, number, at_ms=world.now_ms + delay_ms, order=order)


def is_hit(world: World, environment: Environment) -> None:
    """Service is down or impaired in an incident; whoever knows of the outage already knows of this."""
    member = environment.member
    assert member is not None
    for when in ("impact", "aware") if member.is_aware else ("impact",):
        happened(world, environment, when, into=member.orders, occasion=member.incident.name)


def is_aware(world: World, environment: Environment) -> None:
    """The customer knows of the outage."""
    member = environment.member
    assert member is not None
    happened(world, environment, "aware", into=member.orders, occasion=member.incident.name)


def has_moved(world: World, environment: Environment) -> None:
    """A move to the far side is completed."""
    if environment.is_far:
        happened(world, environment, "moved", into=environment.orders, occasion=environment.fled)
        is_verified(world, environment, occasion=environment.fled)


def is_verified(world: World, environment: Environment, *, occasion: str | None = None) -> None:
    """It is at the far side, and its home region is verified and has no incident."""
    home = world.regions[environment.spec.home]
    if environment.is_far and home.verified and home.incident is None:
        if occasion is None:
            member = environment.member
            occasion = environment.fled if member is None else member.incident.name
        happened(world, environment, "verified", into=environment.orders, occasion=occasion)


# Giving --------------------------------------------------------------------------------------------------------------


def give(world: World, environment: Environment, order: Order, *, name: str | None) -> None:
    """The order is given, unless it cannot be or is no longer wanted; it takes the place of an older one."""
    if not environment.exists or order.move not in world.policy.orders(far=environment.is_far):
        return
    if order.when in IN_INCIDENT and environment.service == UP:
        return
    withdraw(world, environment)
    outage = outage_of(environment, name)
    world.write(environment, Event.ORDER_GIVEN, value=ORDERS.index(order.move), outage=outage)
    standing = environment.standing = Standing(order, name)
    if order.withdrawn_after is not None:
        standing.end = world.agenda.add(
            first_outside(world.channels["admin_portal"], world.now_ms + order.withdrawn_after),
            Kind.ORDER_END,
            environment.name,
            do=lambda: withdraw(world, environment),
        )


def outage_of(environment: Environment, name: str | None) -> str | None:
    """The incident that it is in, else what it is away for, else the name of the order."""
    if environment.member is not None:
        return environment.member.incident.name
    return (environment.fled if environment.is_far else "") or name


# Ending --------------------------------------------------------------------------------------------------------------


def withdraw(world: World, environment: Environment, *, outage: str | None = None) -> None:
    """The order that stands, if any, does not stand any more; `outage` is the incident that it leaves."""
    standing = environment.standing
    if standing is not None:
        end(environment)
        value, outage = ORDERS.index(standing.order.move), outage or outage_of(environment, standing.name)
        world.write(environment, Event.ORDER_WITHDRAWN, value=value, outage=outage)


def end(environment: Environment) -> None:
    """Without a row."""
    if environment.standing is not None:
        cancel(environment.standing.end)
    environment.standing = None


def forget(tickets: dict[int, Ticket]) -> None:
    """What was to be ordered is not waited for any more."""
    for ticket in tickets.values():
        cancel(ticket)
    tickets.clear()


# Moves on order ------------------------------------------------------------------------------------------------------


def carries_out(world: World, environment: Environment, decision: Decision) -> Order | None:
    """The order that stands, if the rule of the decision compares the axis with its word."""
    words = dict(zip((each.rule for each in world.policy.decisions), world.policy.ordered_by, strict=True))
    standing = environment.standing
    if standing is None or standing.order.move not in words[decision.rule]:
        return None
    return standing.order
