"""Section 6 of the page, steps 4 and 5: who answers a level told, what silence counts as, and how consent ends."""

from __future__ import annotations

from functools import partial

from bcdr_sim.events import Event
from bcdr_sim.phases import WAITING, Phase
from oracle import desk, loss
from oracle.agenda import Kind, cancel, first_outside
from oracle.state import UNBOUNDED, Case, Environment, Membership, Round, World

AWAITING = frozenset({Phase.AWAITING_AWARENESS, Phase.AWAITING_SUPPORT, Phase.AWAITING_CONSENT})


def opening(environment: Environment, at_ms: int, *, person: int = 0) -> int:
    """Instants outside working hours move to the next opening: of the customer (0) or of a delegate."""
    hours = environment.spec.delegate_hours[person - 1] if person else environment.spec.hours
    return min((each.next_open(at_ms) for each in hours), default=at_ms)


# 4. A round of answers -----------------------------------------------------------------------------------------------


def begin_round(world: World, environment: Environment, member: Membership, *, level_ms: int) -> None:
    """The level is told: the customer is asked, and whatever was left of the round before is forgotten."""
    forget_round(member)
    member.round = Round(member.incident, level_ms, ordinal=member.level_count)
    member.level_count += 1
    ask(world, environment, member, person=0)
    silence = environment.spec.customer.on_silence
    if silence is not None and silence.counts_as != "waits":
        member.round.silence = world.agenda.add(
            first_outside(world.channels["support"], world.now_ms + silence.after),
            Kind.SILENCE,
            environment.name,
            do=lambda: be_silent(world, environment, member),
        )


def ask(world: World, environment: Environment, member: Membership, *, person: int) -> None:
    """Somebody is asked: the customer (0) or a delegate; the first answer counts."""
    asked, trial = member.round, world.trial
    assert asked is not None
    occasion = member.incident.name
    if trial.answers(environment.row, occasion=occasion, person=person):
        delay_ms = trial.decision_ms(environment.row, occasion=occasion, ordinal=asked.ordinal, person=person)
        due_ms = opening(environment, world.now_ms + delay_ms, person=person)
        if asked.due_ms is None or due_ms < asked.due_ms:
            cancel(asked.answer)
            asked.due_ms, asked.person = due_ms, person
            asked.answer = world.agenda.add(
                due_ms, Kind.ANSWER, environment.name, do=lambda: be_ready(world, environment, member)
            )
    delegates = environment.spec.customer.escalation
    if person < len(delegates):
        asked.escalation = world.agenda.add(
            world.now_ms + delegates[person].after,
            Kind.ESCALATION,
            environment.name,
            do=lambda: escalate(world, environment, member, person=person + 1),
        )


def escalate(world: World, environment: Environment, member: Membership, *, person: int) -> None:
    """There is no answer yet: the next delegate is asked."""
    world.write(environment, Event.CASE_ESCALATED, value=person)
    ask(world, environment, member, person=person)


def be_ready(world: World, environment: Environment, member: Membership) -> None:
    """An answer is there to be given: nobody else is asked and nobody is silent; it waits for support."""
    asked = member.round
    assert asked is not None
    cancel(asked.escalation)
    cancel(asked.silence)
    if world.is_up("support"):
        member.round = None
        event, value = verdict(world, environment, asked)
        record(world, environment, event, value=value)
    else:
        asked.answer = world.agenda.add(
            first_outside(world.channels["support"], world.now_ms),
            Kind.ANSWER,
            environment.name,
            do=lambda: be_ready(world, environment, member),
        )


def be_silent(world: World, environment: Environment, member: Membership) -> None:
    """Nobody has answered in time, which counts as an answer until there is one."""
    asked, silence = member.round, environment.spec.customer.on_silence
    assert asked is not None
    assert silence is not None
    cancel(asked.escalation)
    world.write(environment, Event.ANSWER_OVERDUE, value=asked.level_ms)
    accepts = silence.counts_as == "accepts" and asked.level_ms != UNBOUNDED
    event = Event.CONSENT_GRANTED if accepts else Event.CONSENT_DECLINED
    record(world, environment, event, value=asked.level_ms)


def verdict(world: World, environment: Environment, asked: Round) -> tuple[Event, int]:
    """What whoever answers says: granted with the level covered, or declined with the level told."""
    accepted_ms = world.trial.accepted_loss_ms(environment.row, person=asked.person)
    if asked.level_ms == UNBOUNDED or asked.level_ms > accepted_ms:
        return Event.CONSENT_DECLINED, asked.level_ms
    to_level_told = environment.spec.customer.consents == "to_level_told"
    return Event.CONSENT_GRANTED, asked.level_ms if to_level_told else accepted_ms


def forget_round(member: Membership) -> None:
    """Nobody is waited for any more."""
    asked, member.round = member.round, None
    if asked is not None:
        for ticket in (asked.answer, asked.escalation, asked.silence):
            cancel(ticket)


def end_round(world: World, environment: Environment, member: Membership) -> None:
    """The case is over; an answer on its way is recorded, without effect, when it comes and support is up."""
    asked = member.round
    forget_round(member)
    if asked is not None and asked.due_ms is not None:
        at_ms = first_outside(world.channels["support"], max(asked.due_ms, world.now_ms))
        world.agenda.add(
            at_ms, Kind.LATE_ANSWER, environment.name, do=partial(record_late, world, environment, asked)
        )


def record_late(world: World, environment: Environment, asked: Round) -> None:
    """An answer that comes after its case was closed."""
    if environment.exists:
        event, value = verdict(world, environment, asked)
        world.write(environment, event, value=value, outage=asked.incident.name)


# 5. Consent ----------------------------------------------------------------------------------------------------------


def record(world: World, environment: Environment, event: Event, *, value: int) -> None:
    """An answer counts from now on."""
    member = environment.member
    assert member is not None
    end_times(member)
    member.case = None
    member.consent = "granted" if event is Event.CONSENT_GRANTED else "declined"
    world.write(environment, event, value=value)
    if event is Event.CONSENT_GRANTED:
        member.covered_ms = value
        plan_end(world, environment, member)
        check_consent(world, environment)


def plan_end(world: World, environment: Environment, member: Membership) -> None:
    """When consent is withdrawn, and when it is no longer valid."""
    customer, add = environment.spec.customer, world.agenda.add
    if customer.lapses_after is not None:
        member.expiry = add(
            world.now_ms + customer.lapses_after,
            Kind.EXPIRY,
            environment.name,
            do=lambda: go_back(world, environment, Event.CONSENT_LAPSED, value=member.covered_ms),
        )
    occasion = member.incident.name
    if customer.withdraws_after is None or not world.trial.withdraws(environment.row, occasion=occasion):
        return
    delay_ms = world.trial.wait_of_respondent(
        "customers.withdraws_after",
        customer.withdraws_after,
        environment.row,
        occasion=occasion,
        ordinal=member.level_count - 1,
    )
    at_ms = first_outside(world.channels["support"], opening(environment, world.now_ms + delay_ms))
    member.withdrawal = add(
        at_ms, Kind.WITHDRAWAL, environment.name, do=lambda: withdraw(world, environment, member)
    )


def end_times(member: Membership) -> None:
    """Consent ends, or is given anew: its times are forgotten."""
    cancel(member.expiry)
    cancel(member.withdrawal)


def withdraw(world: World, environment: Environment, member: Membership) -> None:
    """The customer takes its consent back."""
    end_times(member)
    member.consent = "lapsed"
    world.write(environment, Event.CONSENT_WITHDRAWN, value=member.covered_ms)


def check_consent(world: World, environment: Environment) -> None:
    """When the known loss exceeds the level consented to, the case goes back to the telling of the level."""
    member = environment.member
    if member is None or member.consent != "granted" or member.figure is None:
        return
    if loss.data_state(environment) == "usable" and member.figure[0] > member.covered_ms:
        go_back(world, environment, Event.CONSENT_EXCEEDED, value=member.figure[0])


def go_back(world: World, environment: Environment, event: Event, *, value: int) -> None:
    """Consent is exceeded or no longer valid: the case goes back to step 3."""
    member = environment.member
    assert member is not None
    end_times(member)
    waits = environment.phase in AWAITING and environment.phase in WAITING
    world.write(environment, event, target=Phase.AWAITING_SUPPORT if waits else None, value=value)
    member.consent = "pending" if event is Event.CONSENT_EXCEEDED else "lapsed"
    member.is_told = False
    member.case = Case(member.incident)
    forget_round(member)
    desk.join(world, environment, member)
