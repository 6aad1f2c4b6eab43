"""Section 6 of the page: how customers come to know, and how they answer."""

from __future__ import annotations

from bcdr_sim.events import Event
from bcdr_sim.phases import Phase
from bcdr_sim.policy import Action
from oracle import answers, desk, loss, orders, restores
from oracle.agenda import Kind, cancel, is_inside
from oracle.state import UNBOUNDED, UP, Case, Environment, Membership, World


def is_concerned(world: World, environment: Environment) -> bool:
    """Only eligible environments, and only if the policy has a consent path."""
    return environment.spec.eligible and world.policy.consent_path


# 1. Awareness --------------------------------------------------------------------------------------------------------


def plan_awareness(world: World, environment: Environment) -> None:
    """The earliest of what makes the customer aware, as far as it is known by now."""
    member = environment.member
    if member is None or member.lost_ms is None or member.is_aware:
        return
    if not is_concerned(world, environment) and not orders.are_known_first(world, environment):
        return
    candidates = [at_ms for at_ms in ways(world, environment, member) if at_ms is not None]
    cancel(member.awareness)
    if candidates:
        member.awareness = world.agenda.add(
            max(world.now_ms, min(candidates)),
            Kind.AWARENESS,
            environment.name,
            do=lambda: become_aware(world, environment, member),
        )


def ways(world: World, environment: Environment, member: Membership) -> list[int | None]:
    """By polling the dashboard, by mail, by noticing the impact."""
    customer, row, occasion = environment.spec.customer, environment.row, member.incident.name
    posted_ms, lost_ms = member.incident.posted_ms, member.lost_ms
    assert lost_ms is not None
    found: list[int | None] = []
    if posted_ms is not None:
        found.append(first_poll(world, environment, max(posted_ms, lost_ms)))
        if customer.mail is not None:
            delay_ms = world.trial.of_respondent("customers.mail", customer.mail, row, occasion=occasion)
            found.append(max(answers.opening(environment, posted_ms + delay_ms), lost_ms))
    if customer.notices_impact is not None:
        delay_ms = world.trial.of_respondent(
            "customers.notices_impact", customer.notices_impact, row, occasion=occasion
        )
        found.append(answers.opening(environment, lost_ms + delay_ms))
    return found


def first_poll(world: World, environment: Environment, from_ms: int) -> int | None:
    """The first poll at or after an instant with the dashboard up and within working hours."""
    every_ms = world.trial.poll_every_ms(environment.row)
    if every_ms == 0:
        return None
    at_ms = world.trial.poll_phase_ms(environment.row)
    dashboard = world.channels["service_health_dashboard"]
    while at_ms < world.trial.horizon_ms:
        if at_ms >= from_ms and not is_inside(dashboard, at_ms) and world.is_working(environment, at_ms):
            return at_ms
        at_ms += every_ms
    return None


def become_aware(world: World, environment: Environment, member: Membership) -> None:
    """The customer knows of the outage."""
    member.is_aware = True
    waits = environment.phase is Phase.AWAITING_AWARENESS
    world.write(environment, Event.CUSTOMER_AWARE, target=Phase.AWAITING_SUPPORT if waits else None)
    orders.is_aware(world, environment)


# 2. Cases ------------------------------------------------------------------------------------------------------------


def consider_case(world: World, environment: Environment) -> bool:
    """Whether everything is there for the customer to open a case."""
    member = environment.member
    return (
        member is not None
        and is_concerned(world, environment)
        and is_askable(world, environment, member)
        and member.is_aware
        and world.is_up("support")
        and member.consent == "none"
        and environment.service != UP
        and environment.exists
    )


def is_askable(world: World, environment: Environment, member: Membership) -> bool:
    """Whether there is a loss to agree to: of a move, or where the copy is of no use, of a restore."""
    if loss.copy_state(world, environment) == "usable":
        return loss.loss_axes(environment)[0] in ("some", "not_excluded")
    level_ms = level(world, environment, member)
    return member.is_assessed and Action.RESTORE in world.policy.actions and level_ms > 0


def level(world: World, environment: Environment, member: Membership) -> int:
    """The level of loss that a customer is told."""
    if Action.RESTORE in world.policy.actions and loss.copy_state(world, environment) != "usable":
        restore_loss = restores.prospect_ms(world, environment)
        return UNBOUNDED if restore_loss is None else restore_loss
    usable = loss.data_state(environment) == "usable" and member.figure is not None
    return member.figure[0] if usable and member.figure is not None else UNBOUNDED


def open_case(world: World, environment: Environment) -> None:
    """The customer opens a case."""
    if not consider_case(world, environment):
        return
    assert environment.member is not None
    world.write(environment, Event.CASE_OPENED)
    environment.member.consent = "pending"
    environment.member.case = Case(environment.member.incident)
    desk.join(world, environment, environment.member)


def ask(world: World, environment: Environment) -> None:
    """The provider has called: the level is told at once, and no agent is needed."""
    member = environment.member
    assert member is not None
    cancel(member.awareness)
    member.is_aware = True
    desk.leave(world, environment, member)
    answers.forget_round(member)
    answers.end_times(member)
    member.consent = "pending"
    member.case = Case(member.incident)
    member.is_told = False
    orders.is_aware(world, environment)
    desk.plan_level(world, environment, at_ms=world.now_ms)


def close_case(world: World, environment: Environment, member: Membership) -> None:
    """The environment is served again: an open case is closed; an answer on its way will be recorded."""
    desk.leave(world, environment, member)
    if member.case is not None:
        world.write(environment, Event.CASE_CLOSED, outage=member.case.incident.name)
        member.case, member.consent, member.is_told = None, "none", False
    answers.end_round(world, environment, member)
    orders.forget(member.orders)
    standing = environment.standing
    if standing is not None and standing.order.when in orders.IN_INCIDENT:
        orders.withdraw(world, environment, outage=member.incident.name)


# 3. Levels -----------------------------------------------------------------------------------------------------------


def tell(world: World, environment: Environment, member: Membership) -> None:
    """The customer learns the level of loss, and is asked."""
    desk.leave(world, environment, member)
    loss.take_figure(world, environment)
    level_ms = level(world, environment, member)
    member.is_told = True
    member.consent = "pending"
    waits = environment.phase in (Phase.AWAITING_AWARENESS, Phase.AWAITING_SUPPORT)
    world.write(
        environment,
        Event.LOSS_LEVEL_TOLD,
        target=Phase.AWAITING_CONSENT if waits else None,
        value=level_ms,
    )
    answers.begin_round(world, environment, member, level_ms=level_ms)
