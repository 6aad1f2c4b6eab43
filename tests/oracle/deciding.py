"""Section 5 of the page: what the policy is shown, when it is asked, and what its answers do."""

from __future__ import annotations

from bcdr_sim.calendars import next_change_in_any, open_in_any
from bcdr_sim.events import Event
from bcdr_sim.phases import Phase
from bcdr_sim.policy import Action, Decision, Observation, PolicyError, Reason, impossible
from bcdr_sim.policy.axes import TOP
from bcdr_sim.policy.preconditions import blockers
from oracle import groups, loss, moves, people, service
from oracle.agenda import Kind, cancel, is_inside
from oracle.state import AT_REST, DOWN_CLASS, NOTHING, UP, Environment, Outage, Region, World

DAY_MS = 86_400_000
NEVER_ASKED = frozenset({Phase.NOT_DEPLOYED, Phase.LOST, Phase.DOWN_UNDETECTED, Phase.BLOCKED_BY_DEPENDENCY})
OUTAGE_AXES = (
    "service",
    "outage_scope",
    "impact_confirmed",
    "outage_age",
    "since_confirmed",
    "eta_remaining",
    "warning",
)
DECISIONS_MAX = 100
PHASE_OF_REASON = {
    "not_covered": Phase.NOT_COVERED,
    "impact_unconfirmed": Phase.DOWN_UNCONFIRMED,
    "loss_not_determined": Phase.DOWN_ASSESSING,
}


# What the policy is shown --------------------------------------------------------------------------------------------


def warnings_of(world: World, environment: Environment) -> list[Outage]:
    """The visible triggers that concern an environment: in its region, and its `select` matches."""
    return [
        outage
        for outage in world.warned
        if world.regions[outage.region] is environment.region
        and world.trial.selects(outage.fact, environment.spec)
    ]


def target_state(environment: Environment) -> str:
    """How the provider sees the region that a move would go to."""
    if environment.other is None or not environment.spec.has_copy or not environment.other.active:
        return "healthy"
    hits = environment.other_hits
    return "down" if any(outage.kind != "gray" or outage.is_false_alarm for outage in hits) else "impaired"


def has_room(world: World, environment: Environment) -> bool:
    """Whether the region that a move would go to has room for one more from elsewhere."""
    target = environment.other
    if target is None or not environment.spec.has_copy or environment.spec.home == target.index:
        return True
    limits = [each.environments for each in world.provider.capacity if each.region == target.name]
    if not limits:
        return True
    if uses(environment, target):
        return True
    taken = sum(1 for each in world.environments if uses(each, target))
    return taken + groups.places_needed(world, environment) <= limits[0]


def uses(environment: Environment, region: Region) -> bool:
    """Whether an environment from elsewhere is served in a region or holds room there for its move."""
    if environment.spec.home == region.index:
        return False
    holds = environment.move is not None and environment.move.has_slot and environment.other is region
    return environment.region is region or holds


def orchestrator_is_up(world: World) -> bool:
    """Down while a `hard` or `unreachable` outage is active in its region; false alarms are none."""
    name = world.provider.orchestrator_region
    if name is None:
        return True
    active = world.region(name).active
    return not any(outage.kind != "gray" and not outage.is_false_alarm for outage in active)


def observe(world: World, environment: Environment) -> Observation:
    """Everything a policy may look at, worked out anew."""
    now_ms, spec, member = world.now_ms, environment.spec, environment.member
    home = world.regions[spec.home]
    copy = loss.copy_state(environment)
    loss_state, data_loss = loss.loss_axes(environment)
    state = target_state(environment)
    seen = service.seen_service(environment)
    incident = member.incident if member is not None and seen != UP else None
    detected_ms = None if incident is None else incident.detected_ms
    confirmed_ms = None if incident is None else incident.confirmed_ms
    consent = "none" if member is None else member.consent
    within = consent == "granted" and data_loss is not None and member is not None
    drain_possible = (
        copy == "usable"
        and environment.is_synced
        and environment.service != DOWN_CLASS
        and not loss.link_is_stopped(world, environment)
        and state != "down"
    )
    healthy_since_ms = -30 * DAY_MS
    if environment.other is not None and spec.has_copy:
        healthy_since_ms = environment.other.healthy_since_ms
    observation = Observation(
        env_type=spec.type,
        eligible=spec.eligible,
        finance_operations="finance_operations" in spec.apps,
        tier=spec.tier,
        location="FarCopy" if environment.is_far else "NearCopy",
        copy=copy,
        reverse_sync="complete" if environment.is_far and drain_possible else "pending",
        service=seen,
        outage_scope="none" if incident is None else incident.scope,
        impact_confirmed=confirmed_ms is not None,
        outage_age=0 if detected_ms is None else now_ms - detected_ms,
        since_confirmed=0 if confirmed_ms is None else now_ms - confirmed_ms,
        warning=seen != DOWN_CLASS and bool(warnings_of(world, environment)),
        eta_remaining=(
            TOP if incident is None or incident.estimate_ms is None else max(0, incident.estimate_ms - now_ms)
        ),
        drain_possible=drain_possible,
        target_state=state,
        target_capacity=100 if has_room(world, environment) else 0,
        healthy_for=now_ms - healthy_since_ms if state == "healthy" else 0,
        primary_verified=home.verified,
        loss_state=loss_state,
        data_loss=TOP if data_loss is None else data_loss,
        consent=consent,
        loss_within_consent=bool(
            within and member is not None and data_loss is not None and data_loss <= member.covered_ms
        ),
        order=order_word(environment, home),
        order_loss=order_loss(environment, data_loss),
        since_last_move=now_ms - environment.moved_ms[-1] if environment.moved_ms else TOP,
        moves_24h=sum(1 for moved_ms in environment.moved_ms if now_ms - moved_ms < DAY_MS),
        automation="off" if is_inside(world.automation_off, now_ms) else "on",
        orchestrator="up" if orchestrator_is_up(world) else "down",
        support_channel="up" if world.is_up("support") else "down",
        window="inside" if open_in_any(spec.windows, now_ms) else "outside",
        tags=spec.tags,
    )
    if world.clock is not None:
        observation.time_of_day = world.clock.time_of_day(now_ms)
        observation.weekday = world.clock.weekday(now_ms)
    return observation


def order_word(environment: Environment, home: Region) -> str:
    """The order of the customer that stands, before that of the provider."""
    if environment.standing is not None:
        return environment.standing.order.move
    return "maintenance" if home.periods else "none"


def order_loss(environment: Environment, data_loss: int | None) -> str:
    """Whether the loss is within what is acknowledged; a loss that is not known is not."""
    standing = environment.standing
    if standing is None or standing.order.loss_up_to is None:
        return "unstated"
    return "within" if data_loss is not None and data_loss <= standing.order.loss_up_to else "exceeded"


def facts_about_the_outage(observation: Observation) -> dict[str, object]:
    """What `on_recovery: commit` keeps from the slot."""
    return {axis: observation.value(axis) for axis in OUTAGE_AXES}


# Asking --------------------------------------------------------------------------------------------------------------


def ask(
    world: World, environment: Environment, *, frozen: dict[str, object] | None = None
) -> tuple[Observation, Decision]:
    """Ask the policy; an answer that cannot be taken, and a policy that does not come to rest, are errors."""
    observation = observe(world, environment)
    for axis, value in (frozen or {}).items():
        setattr(observation, axis, value)
    if not frozen:
        broken = impossible(observation)
        assert not broken, f"{environment.name} at {world.now_ms}: {broken}"
    decision = world.policy.decisions[world.policy.decide(observation)]
    count = world.decision_count.get(environment.name, 0) + 1
    world.decision_count[environment.name] = count
    if count > DECISIONS_MAX:
        raise PolicyError(f"policy {world.policy.name}, rule {decision.rule}: does not come to rest")
    if blockers(decision.action, observation):
        raise PolicyError(
            f"policy {world.policy.name}, rule {decision.rule}: {decision.action} is impossible"
        )
    return observation, decision


def look(world: World, environment: Environment) -> Decision:
    """The answer of the policy, for the sake of another environment."""
    observation = observe(world, environment)
    decision = world.policy.decisions[world.policy.decide(observation)]
    if blockers(decision.action, observation):
        raise PolicyError(
            f"policy {world.policy.name}, rule {decision.rule}: {decision.action} is impossible"
        )
    return decision


def is_asked(world: World, environment: Environment) -> bool:
    """Who is asked when an axis may have changed."""
    if environment.phase in NEVER_ASKED:
        return False
    if environment.move is not None:
        is_due = groups.is_hit(environment) or not environment.move.along
        return is_due and not environment.move.has_slot
    return is_concerned(world, environment)


def is_concerned(world: World, environment: Environment) -> bool:
    """Whether there is a reason to ask, whatever move is pending."""
    return (
        groups.is_hit(environment)
        or ("warning" in world.policy.reads and bool(warnings_of(world, environment)))
        or bool(world.regions[environment.spec.home].periods)
        or environment.standing is not None
        or environment.is_far
    )


def ask_all(world: World) -> None:
    """Every environment that may be asked decides, in name order."""
    groups.follow_peers(world)
    for environment in world.environments:
        if not is_asked(world, environment):
            cancel(environment.wake)
            continue
        observation, decision = ask(world, environment)
        plan_wake_up(world, environment, observation, wake_after_ms=decision.wake_after_ms)
        if environment.move is None:
            act(world, environment, decision)
        elif decision.action is not environment.move.action:
            moves.withhold(world, environment, decision)


def plan_wake_up(
    world: World, environment: Environment, observation: Observation, *, wake_after_ms: int | None = None
) -> None:
    """The next instant at which time alone could change the answer."""
    cancel(environment.wake)
    now_ms = world.now_ms
    delay_ms = world.policy.next_wake_ms(observation, now_ms=now_ms, clock=world.clock)
    instants = [] if delay_ms is None else [now_ms + delay_ms]
    if wake_after_ms is not None:
        instants.append(now_ms + wake_after_ms)
    change_ms = next_change_in_any(environment.spec.windows, now_ms)
    if change_ms is not None:
        instants.append(change_ms)
    instants += [moved_ms + DAY_MS for moved_ms in environment.moved_ms if moved_ms + DAY_MS > now_ms]
    if instants:
        environment.wake = world.agenda.add(min(instants), Kind.WAKE_UP, environment.name, do=lambda: None)


# Answers -------------------------------------------------------------------------------------------------------------


def act(world: World, environment: Environment, decision: Decision) -> None:
    """An answer takes effect."""
    if decision.action is Action.HOLD:
        hold(world, environment, decision)
    elif decision.action is Action.ASK_CONSENT:
        waits = environment.is_down
        target = Phase.AWAITING_SUPPORT if waits else None
        world.write(environment, Event.CONSENT_ASKED, target=target, decision=decision)
        people.ask(world, environment)
    elif decision.action not in groups.TOGETHER:
        moves.decide(world, environment, decision)
    else:
        held_by = groups.dissenter(world, environment, decision.action)
        if held_by is None:
            groups.start(world, environment, decision)
        else:
            pending = Decision(Action.HOLD, Reason.GROUP_PENDING, decision.rule)
            hold(world, environment, pending, value=held_by.row)


def hold(world: World, environment: Environment, decision: Decision, *, value: int = NOTHING) -> None:
    """A hold is written when its reason differs from the last one written, or when its phase must change."""
    reason = str(decision.reason)
    phase = environment.phase if environment.phase in AT_REST else phase_of(world, environment, reason)
    if reason != environment.last_held or phase is not environment.phase:
        environment.last_held = reason
        world.write(environment, Event.HELD, target=phase, decision=decision, value=value)


def phase_of(world: World, environment: Environment, reason: str) -> Phase:
    """The phase of a hold while the environment is down."""
    if reason in PHASE_OF_REASON:
        return PHASE_OF_REASON[reason]
    waits_for_people = reason in ("consent_pending", "loss_not_excluded", "consent_channel_down")
    if waits_for_people and world.policy.consent_path:
        member = environment.member
        if member is not None and member.is_told:
            return Phase.AWAITING_CONSENT
        if member is not None and (member.is_aware or member.case is not None):
            return Phase.AWAITING_SUPPORT
        return Phase.AWAITING_AWARENESS
    return Phase.DOWN_HELD
