"""Section 1 of the page: what is known from the beginning, and the spells that come and go."""

from __future__ import annotations

from functools import partial

from bcdr_sim.events import CHANNELS, Event
from bcdr_sim.scenario.world import Maintenance
from oracle import (
    backlogs,
    corruptions,
    dependencies,
    desk,
    incidents,
    loss,
    orders,
    reach,
    stages,
)
from oracle.agenda import Kind
from oracle.facts import Outage
from oracle.state import World


def plan_world(world: World) -> None:
    """Put on the agenda what is known from the beginning."""
    add, trial = world.agenda.add, world.trial
    for environment in world.environments:
        environment.protection = loss.protection(world, environment)
        if environment.spec.deployed_ms is not None:
            add(
                environment.spec.deployed_ms,
                Kind.DEPLOYMENT,
                environment.name,
                do=partial(dependencies.deploy, world, environment),
            )
        orders.plan_orders(world, environment)
        for rebuilt in environment.spec.reseeding:
            add(
                rebuilt.at,
                Kind.ANEW,
                environment.name,
                do=partial(loss.make_anew, world, environment, rebuilt.lasts),
            )
    for outage in world.outages:
        reach.plan_scope(world, outage)
        plan_outage(world, outage)
        backlogs.plan_backlogs(world, outage)
        if outage.kind == "logical" and not outage.is_false_alarm:
            corruptions.plan_notice(world, outage)
    for period in trial.maintenance:
        add(period.at, Kind.MAINTENANCE_BEGINS, period.id, do=partial(begin_period, world, period))
        end_ms = period.at + period.lasts
        add(end_ms, Kind.MAINTENANCE_ENDS, period.id, do=partial(end_period, world, period))
    for begin_ms, end_ms in world.automation_off:
        add(begin_ms, Kind.AUTOMATION, "", do=lambda: world.write_region(Event.AUTOMATION_SWITCHED_OFF, None))
        add(end_ms, Kind.AUTOMATION, "", do=lambda: world.write_region(Event.AUTOMATION_SWITCHED_ON, None))
    plan_channels(world)
    for region in world.regions:
        for spell in region.stalls:
            add(spell[0], Kind.LINK_STALL, "", do=lambda: on_stalls(world))
            add(spell[1], Kind.LINK_STALL, "", do=lambda: on_stalls(world))
    plan = world.provider.plan_test
    tested_ms = plan.every - plan.last
    while tested_ms < trial.horizon_ms:
        if tested_ms >= 0:
            add(tested_ms, Kind.PLAN_TEST, "", do=lambda: world.write_region(Event.PLAN_TESTED, None))
        tested_ms += plan.every


def plan_outage(world: World, outage: Outage) -> None:
    """Its beginning, its end, its warning and its stalls."""
    add, region = world.agenda.add, world.regions[outage.region]
    name = (outage.id, region.name)
    add(outage.at_ms, Kind.OUTAGE_BEGINS, name, do=lambda: incidents.begin(world, outage))
    add(outage.end_ms, Kind.OUTAGE_ENDS, name, do=lambda: incidents.end(world, outage))
    for number, (at_ms, _, _) in enumerate(outage.stages[1:], start=1):
        add(at_ms, Kind.OUTAGE_BEGINS, name, do=partial(incidents.grow, world, outage, number))
    trigger = outage.entry.trigger
    if trigger is not None and trigger.visible:
        at_ms = max(0, outage.at_ms - trigger.before_impact)
        add(at_ms, Kind.WARNING, name, do=lambda: warn(world, outage))
    if outage.entry.link is not None and not outage.is_false_alarm:
        for offset_ms in outage.entry.link.stalls:
            add(outage.at_ms + offset_ms, Kind.LINK_STALL, "", do=lambda: on_stalls(world))


def plan_channels(world: World) -> None:
    """Channels are down on the union of the spells."""
    for channel, spells in world.channels.items():
        name = str(CHANNELS.index(channel))
        for begin_ms, end_ms in spells:
            world.agenda.add(begin_ms, Kind.CHANNEL, name, do=partial(lose_channel, world, channel))
            world.agenda.add(end_ms, Kind.CHANNEL, name, do=partial(restore_channel, world, channel))


def spell_names(world: World, channel: str, *, edge: int) -> list[str]:
    """The outages one of whose spells begins (edge 0) or ends (edge 1) now."""
    found: list[str] = []
    for outage in world.outages:
        spell = getattr(outage.entry.channels, channel)
        if spell is not None and outage.at_ms + spell.down[edge] == world.now_ms:
            found.append(outage.id)
    return found


def lose_channel(world: World, channel: str) -> None:
    """A channel stops working; the first spell that begins now changes its state."""
    world.down_channels.add(channel)
    name = min(spell_names(world, channel, edge=0))
    world.write_region(Event.CHANNEL_LOST, None, name, value=CHANNELS.index(channel))


def restore_channel(world: World, channel: str) -> None:
    """A channel works again; the last spell that ends now changes its state."""
    world.down_channels.discard(channel)
    name = max(spell_names(world, channel, edge=1))
    world.write_region(Event.CHANNEL_RESTORED, None, name, value=CHANNELS.index(channel))
    if channel == "support":
        desk.call(world)


def on_stalls(world: World) -> None:
    """All edges of stalls at one instant are one fact."""
    for environment in world.environments:
        loss.refresh_protection(world, environment)
        if environment.member is not None:
            loss.plan_drain(world, environment)
        stages.plan_drain(world, environment)


def warn(world: World, outage: Outage) -> None:
    """A visible trigger; the value is the instant of impact."""
    region = world.regions[outage.region]
    world.write_region(Event.WARNING_RAISED, region, outage.id, value=outage.at_ms)
    if outage.at_ms > world.now_ms:
        world.warned.append(outage)


def begin_period(world: World, period: Maintenance) -> None:
    """The provider orders the environments at home in a region out of it."""
    region = world.region(period.region)
    region.periods.append(period)
    world.write_region(Event.MAINTENANCE_BEGAN, region, period.id)


def end_period(world: World, period: Maintenance) -> None:
    """The order is over."""
    region = world.region(period.region)
    region.periods.remove(period)
    world.write_region(Event.MAINTENANCE_ENDED, region, period.id)
