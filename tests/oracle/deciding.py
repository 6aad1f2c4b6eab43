"""Section 5 of the page: what the policy is shown, when it is asked, and what its answers do."""

from __future__ import annotations

from bcdr_sim.calendars import next_change_in_any
from bcdr_sim.events import Event
from bcdr_sim.phases import Phase
from bcdr_sim.policy import Action, Decision, Observation, PolicyError, Reason, impossible
from bcdr_sim.policy.preconditions import blockers
from oracle import groups, moves, observing, people, rehearsals
from oracle.agenda import Kind, cancel
from oracle.state import AT_REST, NOTHING, Environment, World

DAY_MS = 86_400_000
NEVER_ASKED = frozenset({Phase.NOT_DEPLOYED, Phase.LOST, Phase.DOWN_UNDETECTED, Phase.BLOCKED_BY_DEPENDENCY})
DECISIONS_MAX = 100
PHASE_OF_REASON = {
    "not_covered": Phase.NOT_COVERED,
    "impact_unconfirmed": Phase.DOWN_UNCONFIRMED,
    "loss_not_determined": Phase.DOWN_ASSESSING,
}


# Asking --------------------------------------------------------------------------------------------------------------


def ask(
    world: World, environment: Environment, *, frozen: dict[str, object] | None = None
) -> tuple[Observation, Decision]:
    """Ask the policy; an answer that cannot be taken, and a policy that does not come to rest, are errors."""
    observation = observing.observe(world, environment)
    environment.is_due, environment.shown = False, observing.shown(world, environment)
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
    observation = observing.observe(world, environment)
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
        or ("warning" in world.policy.reads and bool(observing.warnings_of(world, environment)))
        or bool(world.regions[environment.spec.home].periods)
        or environment.standing is not None
        or environment.is_far
    )


def ask_all(world: World) -> None:
    """Every environment that may be asked decides, in name order."""
    groups.follow_peers(world)
    waiting = groups.waiting_anew(world)
    for environment in world.environments:
        if not is_asked(world, environment):
            cancel(environment.wake)
            environment.is_due = True
            continue
        is_due = environment.is_due or environment in waiting
        if not is_due and observing.shown(world, environment) == environment.shown:
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
        environment.wake = world.agenda.add(
            min(instants), Kind.WAKE_UP, environment.name, do=lambda: be_due(environment)
        )


def be_due(environment: Environment) -> None:
    """One of the axes of the environment may have changed."""
    environment.touch()


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
    elif decision.action is Action.TEST_FAILOVER:
        rehearsals.begin(world, environment, decision)
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
