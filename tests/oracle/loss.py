"""Section 4 of the page: the link, the copy, the loss, the resynchronisation and the protection."""

from __future__ import annotations

from bcdr_sim import replication
from bcdr_sim.events import PROTECTION, Event
from bcdr_sim.scenario.links import NoLink
from oracle import answers, backlogs, commits, corruptions, groups, salvage, stages
from oracle.agenda import Kind, cancel, is_inside
from oracle.facts import Outage
from oracle.state import UNBOUNDED, Environment, Membership, World


def copy_state(world: World, environment: Environment) -> str:
    """`none`, `seeding`, `corrupt` or `usable`."""
    state = data_state(environment)
    known = corruptions.known(environment)
    if state == "usable" and known:
        mark_ms = last_sync(world, environment)
        if any(each.spoils(mark_ms) and each.is_in_copy for each in known):
            return "corrupt"
    return state


def data_state(environment: Environment) -> str:
    """The same of a copy whose contents nobody asks about."""
    spec = environment.spec
    if not spec.has_copy or environment.other in environment.destroyed:
        return "none"
    is_made = environment.is_seeded and environment.anew_ms is None and not environment.is_too_old
    return "usable" if is_made else "seeding"


def link_is_stopped(world: World, environment: Environment) -> bool:
    """Whether nothing is copied now: hit by `hard`, or a stall."""
    return environment.link_stop_ms is not None or is_inside(known_stalls(world, environment), world.now_ms)


def known_stalls(world: World, environment: Environment) -> tuple[tuple[int, int], ...]:
    """The stalls that the law is told: those of the home region, and those of the outages that hit it now."""
    spells = list(world.regions[environment.spec.home].stalls)
    for outage in environment.real_hits:  # also a corruption that nobody has noticed
        if outage.entry.link is not None:
            begin, end = outage.entry.link.stalls
            spells.append((outage.at_ms + begin, outage.at_ms + end))
    return replication.merged(tuple(spells))


def occasion_of(environment: Environment) -> str:
    """Whose lag is in force: that of the incident it is in, else that of a move with its group."""
    if environment.member is not None:
        return environment.member.incident.name
    return environment.move.occasion if environment.move is not None and environment.spec.group else ""


def last_sync(world: World, environment: Environment, occasion: str | None = None) -> int:
    """What the other side has, as an instant. `hard` evaluates the link at the instant it stopped."""
    moved_ms = environment.moved_ms[-1] if environment.moved_ms else None
    if not environment.is_synced and moved_ms is not None:
        return moved_ms
    flow = commits.flow_now(world, environment)
    if flow is not None:
        return flow.last_sync_ms if moved_ms is None else max(moved_ms, flow.last_sync_ms)
    law = world.law(environment, occasion_of(environment) if occasion is None else occasion)
    assert law is not None
    if environment.stop_ms is not None:
        law = replication.stopped(law, environment.stop_ms)
    at_ms = world.now_ms if environment.link_stop_ms is None else environment.link_stop_ms
    stalls = known_stalls(world, environment)
    synced_ms = replication.stalled(law, stalls, at_ms)
    for begin_ms, end_ms in stalls:
        if begin_ms <= at_ms < end_ms:
            synced_ms = min(synced_ms, begin_ms)
    return synced_ms if moved_ms is None else max(moved_ms, synced_ms)


def last_sync_value(world: World, environment: Environment) -> int:
    """The last sync for the value of a row; -2 without a usable copy."""
    return last_sync(world, environment) if copy_state(world, environment) == "usable" else UNBOUNDED


def loss_since(world: World, environment: Environment, mark_ms: int) -> int:
    """The loss of a copy with everything before the mark: its age, or 0 when nothing was written since."""
    stop_ms = commits.last_commit_ms(world, environment)
    loss = replication.loss(mark_ms, stop_ms, commits.written(environment))
    return 0 if loss.is_zero else loss.age_ms


def confirmation_ms(environment: Environment) -> int:
    """How much older the known mark is."""
    link = environment.spec.link
    return 0 if isinstance(link, NoLink) else link.confirmation


def take_figure(world: World, environment: Environment) -> None:
    """Take the figure of the loss (known, true), if it has been determined; consent may be exceeded by it."""
    member = environment.member
    if member is None or not member.is_assessed or data_state(environment) != "usable":
        return
    synced_ms, mark_ms = groups.common(world, environment)
    member.figure = (loss_since(world, environment, mark_ms), loss_since(world, environment, synced_ms))
    plan_drain(world, environment)
    answers.check_consent(world, environment)


def loss_axes(environment: Environment) -> tuple[str, int | None]:
    """`loss_state` and `data_loss` (None: unknown)."""
    if data_state(environment) != "usable":
        return "unbounded", None
    member = environment.member
    if member is None or member.figure is None:
        return "undetermined", None
    known, true = member.figure
    if known == 0:
        return "none", 0
    return ("some" if true > 0 else "not_excluded"), known


def start_assessment(world: World, environment: Environment) -> None:
    """One draw of `loss_determination` after the environment entered a confirmed incident."""
    member = environment.member
    assert member is not None
    if not environment.spec.eligible or member.assessment is not None:
        return
    delay_ms = world.trial.of_row(
        "provider.loss_determination",
        world.provider.loss_determination,
        environment.row,
        occasion=member.incident.name,
    )
    member.assessment = world.agenda.add(
        world.now_ms + delay_ms,
        Kind.LOSS_DETERMINED,
        environment.name,
        do=lambda: determine_loss(world, environment, member),
    )


def determine_loss(world: World, environment: Environment, member: Membership) -> None:
    """Write `loss_determined`; the value is -2 without a usable copy."""
    member.is_assessed = True
    take_figure(world, environment)
    value = UNBOUNDED if member.figure is None else member.figure[0]
    world.write(environment, Event.LOSS_DETERMINED, value=value)


def plan_drain(world: World, environment: Environment) -> None:
    """In an `unreachable` outage the known mark reaches `t_stop` at a calculable instant."""
    member = environment.member
    assert member is not None
    cancel(member.drain)
    member.drain = None
    unreachable = any(outage.kind == "unreachable" for outage in environment.real_hits)
    if not unreachable or environment.link_stop_ms is not None or environment.stop_ms is None:
        return
    if member.figure is None or member.figure[0] == 0 or not environment.is_synced:
        return
    law = world.law(environment, member.incident.name)
    assert law is not None
    mark_ms = environment.stop_ms + confirmation_ms(environment)
    at_ms = replication.drained_at(
        replication.stopped(law, environment.stop_ms), mark_ms, stalls=known_stalls(world, environment)
    )
    if commits.flow_now(world, environment) is not None:
        at_ms = commits.carried_ms(world, environment, world.now_ms)
        known_ms = commits.last_commit_ms(world, environment) + confirmation_ms(environment)
        at_ms = None if at_ms is None else max(at_ms, known_ms)
    stop_ms = commits.last_commit_ms(world, environment)
    dues_ms = [
        at_ms,
        *(groups.mark_due(world, each, stop_ms) for each in groups.peers(world, environment)),
    ]
    if None not in dues_ms:
        member.drain = world.agenda.add(
            max(world.now_ms, *(due_ms for due_ms in dues_ms if due_ms is not None)),
            Kind.LINK_DRAINED,
            environment.name,
            do=lambda: on_link_drained(world, environment),
        )


def on_link_drained(world: World, environment: Environment) -> None:
    """Everything written before the outage has arrived, and it is known."""
    world.write(environment, Event.LINK_DRAINED)
    take_figure(world, environment)


def on_seeded(world: World, environment: Environment) -> None:
    """The copy is usable from now on."""
    environment.is_seeded = True
    take_figure(world, environment)
    refresh_protection(world, environment)


# Resynchronisation ---------------------------------------------------------------------------------------------------


def start_resync(world: World, environment: Environment) -> None:
    """Start bringing the other side up to date, if both sides are up and no outage is active over there."""
    if not environment.exists or environment.is_synced or environment.resync is not None:
        return
    if environment.other is None or environment.other.unwell or environment.felt_hits:
        return
    if not environment.spec.has_copy:
        return
    world.write(environment, Event.RESYNC_STARTED, outage=environment.last_occasion or None)
    end_ms = resync_ms(world, environment)
    environment.resync = world.agenda.add(
        end_ms, Kind.RESYNC, environment.name, do=lambda: on_resynced(world, environment)
    )


def resync_ms(world: World, environment: Environment) -> int:
    """When a resynchronisation that starts now will be over if nothing interrupts it."""
    trial, provider, row, ordinal = world.trial, world.provider, environment.row, environment.resync_count
    is_none = environment.other in environment.destroyed
    stands_ms = environment.moved_ms[-1] if environment.moved_ms and not is_none else world.now_ms
    retention_ms = provider.log_retention
    environment.resync_count += 1
    if environment.anew_ms is not None:
        end_ms, stands_ms = world.now_ms + environment.anew_ms, world.now_ms
    else:
        environment.is_too_old = retention_ms is not None and world.now_ms - stands_ms > retention_ms
        if environment.is_too_old:
            occasion = environment.last_occasion
            path, distribution, stands_ms = "provider.seeding", provider.seeding, world.now_ms
        else:
            setting, occasion = "reverse_sync" if environment.is_far else "reprotection", ""
            path, distribution = f"provider.{setting}", getattr(provider, setting)
        end_ms = world.now_ms + trial.of_row(path, distribution, row, occasion=occasion, ordinal=ordinal)
    if provider.catch_up is None:
        return end_ms
    left = backlogs.written(environment, stands_ms, end_ms)
    return backlogs.worked_off(world, environment, provider.catch_up, left=left, from_ms=end_ms)


def make_anew(world: World, environment: Environment, lasts_ms: int) -> None:
    """The copy is made anew from here on, at home; a resynchronisation that is under way is none any more."""
    if not environment.exists or environment.is_far or not environment.spec.has_copy:
        return
    cancel_resync(environment)
    environment.is_synced = False
    environment.anew_ms = lasts_ms
    if environment.member is not None:
        plan_drain(world, environment)
    stages.plan_drain(world, environment)
    start_resync(world, environment)
    refresh_protection(world, environment)


def on_resynced(world: World, environment: Environment) -> None:
    """The copy on the other side is up to date."""
    environment.resync = environment.anew_ms = None
    environment.is_synced, environment.is_too_old = True, False
    for each in environment.corruptions:
        each.is_in_copy = each.right_ms is None
    if environment.other is not None:
        environment.destroyed.discard(environment.other)
    world.write(environment, Event.RESYNC_COMPLETED, outage=environment.last_occasion or None)
    take_figure(world, environment)
    stages.plan_drain(world, environment)
    refresh_protection(world, environment)


def cancel_resync(environment: Environment) -> None:
    """Either side is hit: it starts anew later."""
    cancel(environment.resync)
    environment.resync = None


def destroy(world: World, environment: Environment, outage: Outage) -> None:
    """The data of the environment in the region of the outage are gone."""
    region = world.regions[outage.region]
    environment.destroyed.add(region)
    salvage.destroy(environment, region)
    if region is environment.other and environment.spec.has_copy:
        environment.is_synced = False


# Protection ----------------------------------------------------------------------------------------------------------


def protection(world: World, environment: Environment) -> str:
    """The state of the geo-secondary protection, in the vendor's words."""
    spec = environment.spec
    if spec.type != "Production":
        return "NotSpecified"
    if not spec.covered or environment.other is None or isinstance(spec.link, NoLink):
        return "Disabled"
    is_hit = any(outage.kind != "gray" for outage in environment.felt_hits)
    other_is_hit = any(not outage.is_false_alarm for outage in environment.other_hits)
    if is_hit or link_is_stopped(world, environment) or other_is_hit:
        return "Unavailable"
    if data_state(environment) == "seeding" or not environment.is_synced:
        return "Enabled"
    return "Ready"


def refresh_protection(world: World, environment: Environment) -> None:
    """Write `protection_changed` if it has."""
    if not environment.exists:
        return
    state = protection(world, environment)
    if state != environment.protection:
        environment.protection = state
        world.write(environment, Event.PROTECTION_CHANGED, value=PROTECTION.index(state))
