"""Section 6 of the page: how customers come to know, and how they answer."""

from __future__ import annotations

from bcdr_sim.events import Event
from bcdr_sim.phases import WAITING, Phase
from oracle import loss
from oracle.agenda import Kind, cancel, first_outside, is_inside
from oracle.state import UNBOUNDED, UP, Case, Environment, Membership, World

AWAITING = frozenset({Phase.AWAITING_AWARENESS, Phase.AWAITING_SUPPORT, Phase.AWAITING_CONSENT})


def is_concerned(world: World, environment: Environment) -> bool:
    """Only eligible environments, and only if the policy has a consent path."""
    return environment.spec.eligible and world.policy.consent_path


def opening(environment: Environment, at_ms: int) -> int:
    """Instants outside working hours move to the next opening."""
    return min((hours.next_open(at_ms) for hours in environment.spec.hours), default=at_ms)


# 1. Awareness --------------------------------------------------------------------------------------------------------


def plan_awareness(world: World, environment: Environment) -> None:
    """The earliest of what makes the customer aware, as far as it is known by now."""
    member = environment.member
    if member is None or member.lost_ms is None or member.is_aware or not is_concerned(world, environment):
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
            found.append(max(opening(environment, posted_ms + delay_ms), lost_ms))
    if customer.notices_impact is not None:
        delay_ms = world.trial.of_respondent(
            "customers.notices_impact", customer.notices_impact, row, occasion=occasion
        )
        found.append(opening(environment, lost_ms + delay_ms))
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


# 2. Cases ------------------------------------------------------------------------------------------------------------


def consider_case(world: World, environment: Environment) -> bool:
    """Whether everything is there for the customer to open a case."""
    member = environment.member
    return (
        member is not None
        and is_concerned(world, environment)
        and loss.loss_axes(environment)[0] in ("some", "not_excluded")
        and member.is_aware
        and world.is_up("support")
        and member.consent == "none"
        and environment.service != UP
        and environment.exists
    )


def open_case(world: World, environment: Environment) -> None:
    """The customer opens a case."""
    if not consider_case(world, environment):
        return
    assert environment.member is not None
    world.write(environment, Event.CASE_OPENED)
    environment.member.consent = "pending"
    environment.member.case = Case(environment.member.incident)
    plan_level(world, environment, delay_ms=first_response_ms(world, environment))


def ask(world: World, environment: Environment) -> None:
    """The provider has called: the level is told at once."""
    assert environment.member is not None
    cancel(environment.member.awareness)
    environment.member.is_aware = True
    environment.member.consent = "pending"
    environment.member.case = Case(environment.member.incident)
    environment.member.is_told = False
    plan_level(world, environment, delay_ms=0)


def close_case(world: World, environment: Environment, member: Membership) -> None:
    """The environment is served again: an open case is closed; an answer on its way will be recorded."""
    if member.case is None:
        return
    case = member.case
    cancel(case.ticket)
    if case.answer_ms is not None:
        world.agenda.add(
            case.answer_ms,
            Kind.LATE_ANSWER,
            environment.name,
            do=lambda: record_late(world, environment, case),
        )
    world.write(environment, Event.CASE_CLOSED, outage=case.incident.name)
    member.case, member.consent, member.is_told = None, "none", False


# 3. Levels -----------------------------------------------------------------------------------------------------------


def first_response_ms(world: World, environment: Environment) -> int:
    """One draw per level told, counted within the incident."""
    member = environment.member
    assert member is not None
    return world.trial.of_row(
        "provider.support.first_response",
        world.provider.support.first_response,
        environment.row,
        occasion=member.incident.name,
        ordinal=member.level_count,
    )


def plan_level(world: World, environment: Environment, *, delay_ms: int) -> None:
    """The level is told after the first response, or when support is up again."""
    member = environment.member
    assert member is not None
    assert member.case is not None
    case = member.case
    at_ms = first_outside(world.channels["support"], world.now_ms + delay_ms)
    case.ticket = world.agenda.add(
        at_ms, Kind.LEVEL, environment.name, do=lambda: tell(world, environment, member, case=case)
    )


def tell(world: World, environment: Environment, member: Membership, *, case: Case) -> None:
    """The customer learns the level of loss."""
    loss.take_figure(world, environment)
    usable = loss.copy_state(environment) == "usable" and member.figure is not None
    level_ms = member.figure[0] if usable and member.figure is not None else UNBOUNDED
    case.level_ms = level_ms
    member.is_told = True
    waits = environment.phase in (Phase.AWAITING_AWARENESS, Phase.AWAITING_SUPPORT)
    world.write(
        environment,
        Event.LOSS_LEVEL_TOLD,
        target=Phase.AWAITING_CONSENT if waits else None,
        value=level_ms,
    )
    customer, row, occasion = environment.spec.customer, environment.row, member.incident.name
    ordinal = member.level_count
    member.level_count += 1
    if not world.trial.answers(row, occasion=occasion):
        return
    delay_ms = world.trial.of_respondent(
        "customers.decision", customer.decision, row, occasion=occasion, ordinal=ordinal
    )
    at_ms = opening(environment, world.now_ms + delay_ms)
    case.answer_ms = first_outside(world.channels["support"], at_ms)
    case.ticket = world.agenda.add(
        case.answer_ms,
        Kind.ANSWER,
        environment.name,
        do=lambda: answer(world, environment, member, case=case),
    )


# 4. Answers ----------------------------------------------------------------------------------------------------------


def verdict(world: World, environment: Environment, case: Case) -> tuple[Event, int]:
    """What the respondent says: granted with the level covered, or declined with the level told."""
    accepted_ms = world.trial.accepted_loss_ms(environment.row)
    if case.level_ms == UNBOUNDED or case.level_ms > accepted_ms:
        return Event.CONSENT_DECLINED, case.level_ms
    to_level_told = environment.spec.customer.consents == "to_level_told"
    return Event.CONSENT_GRANTED, case.level_ms if to_level_told else accepted_ms


def answer(world: World, environment: Environment, member: Membership, *, case: Case) -> None:
    """The answer to the level told."""
    event, value = verdict(world, environment, case)
    world.write(environment, event, value=value)
    member.case = None
    member.consent = "granted" if event is Event.CONSENT_GRANTED else "declined"
    if event is Event.CONSENT_GRANTED:
        member.covered_ms = value
        check_consent(world, environment)


def record_late(world: World, environment: Environment, case: Case) -> None:
    """An answer that comes after its case was closed has no effect."""
    if environment.exists:
        event, value = verdict(world, environment, case)
        world.write(environment, event, value=value, outage=case.incident.name)


# 5. Exceeded ---------------------------------------------------------------------------------------------------------


def check_consent(world: World, environment: Environment) -> None:
    """When the known loss exceeds the level consented to, the case goes back to the telling of the level."""
    member = environment.member
    if member is None or member.consent != "granted" or member.figure is None:
        return
    if loss.copy_state(environment) != "usable" or member.figure[0] <= member.covered_ms:
        return
    waits = environment.phase in AWAITING and environment.phase in WAITING
    world.write(
        environment,
        Event.CONSENT_EXCEEDED,
        target=Phase.AWAITING_SUPPORT if waits else None,
        value=member.figure[0],
    )
    member.consent = "pending"
    member.is_told = False
    member.case = Case(member.incident)
    plan_level(world, environment, delay_ms=first_response_ms(world, environment))
