"""Sections 3 to 5 of the page: what the policy is shown of an environment."""

from __future__ import annotations

from bcdr_sim.calendars import open_in_any
from bcdr_sim.policy import Observation
from bcdr_sim.policy.axes import AXES, TOP
from oracle import groups, loss, restores, service
from oracle.agenda import is_inside
from oracle.facts import Outage, Region
from oracle.state import DOWN_CLASS, UP, Environment, World

DAY_MS = 86_400_000
OUTAGE_AXES = (
    "service",
    "outage_scope",
    "impact_confirmed",
    "outage_age",
    "since_confirmed",
    "eta_remaining",
    "warning",
)
CHANGED_BY_TIME = frozenset(
    {
        *("outage_age", "since_confirmed", "eta_remaining", "healthy_for", "since_last_move", "moves_24h"),
        *("time_of_day", "weekday", "restore_loss", "restore_within_consent"),
        *("copy", "drain_possible", "reverse_sync"),
    }
)


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
    if environment.other is None or not environment.spec.has_copy or not environment.other.unwell:
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
    move = environment.move
    holds = move is not None and move.has_slot and environment.other is region
    stays = move is not None and move.point is not None and move.point.is_here
    return environment.region is region or (holds and not stays)


def orchestrator_is_up(world: World) -> bool:
    """Down while a `hard` or `unreachable` outage is active in its region; false alarms are none."""
    name = world.provider.orchestrator_region
    if name is None:
        return True
    active = world.region(name).unwell
    return not any(outage.kind != "gray" and not outage.is_false_alarm for outage in active)


def observe(world: World, environment: Environment) -> Observation:
    """Everything a policy may look at, worked out anew."""
    now_ms, spec, member = world.now_ms, environment.spec, environment.member
    home = world.regions[spec.home]
    copy = loss.copy_state(world, environment)
    restore_loss = restores.prospect_ms(world, environment)
    loss_state, data_loss = loss.loss_axes(environment)
    state = target_state(environment)
    seen = service.seen_service(environment)
    incident = member.incident if member is not None and seen != UP else None
    detected_ms = None if incident is None else incident.detected_ms
    confirmed_ms = None if incident is None else incident.confirmed_ms
    consent = "none" if member is None else member.consent
    within = consent == "granted" and data_loss is not None and member is not None
    drain_possible = copy == "usable" and can_drain(world, environment)
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
        restore_loss=TOP if restore_loss is None else restore_loss,
        consent=consent,
        loss_within_consent=bool(
            within and member is not None and data_loss is not None and data_loss <= member.covered_ms
        ),
        restore_within_consent=bool(
            consent == "granted"
            and member is not None
            and restore_loss is not None
            and restore_loss <= member.covered_ms
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


def can_drain(world: World, environment: Environment) -> bool:
    """Whether everything could be brought to the other side, onto a copy that is of use."""
    return (
        loss.data_state(environment) == "usable"
        and environment.is_synced
        and environment.service != DOWN_CLASS
        and not loss.link_is_stopped(world, environment)
        and target_state(environment) != "down"
    )


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


def shown(world: World, environment: Environment) -> tuple[object, ...]:
    """What a policy is shown, without what time alone changes: that is an occasion to ask at wake-ups only.

    A link may carry what is clean to a copy that was corrupt; so may that of which a drain depends on the copy.
    """
    observation = observe(world, environment)
    still = (observation.value(axis) for axis in AXES if axis not in CHANGED_BY_TIME)
    return *still, loss.data_state(environment), can_drain(world, environment)
