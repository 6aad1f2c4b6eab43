"""Section 2 of the page: what those who are back from an outage have to work off."""

from __future__ import annotations

from fractions import Fraction
from functools import partial
from math import floor

from bcdr_sim.events import Event
from bcdr_sim.replication.catching_up import caught_up_ms
from bcdr_sim.replication.catching_up import pace as pace_of
from bcdr_sim.scenario.recovery import Pace
from bcdr_sim.trial import NEVER
from oracle import reach
from oracle.agenda import Kind
from oracle.facts import Outage
from oracle.state import Environment, World


def plan_backlogs(world: World, outage: Outage) -> None:
    """Backlogs of those whom the outage hits where their home is; the policy changes nothing about when they are."""
    if outage.entry.backlog is None or outage.is_false_alarm:
        return
    for environment in reach.at_home(world, outage):
        hit_ms = reach.reach_ms(world, outage, environment)
        if hit_ms == NEVER:
            continue
        back_ms = reach.recovery_ms(world, outage, environment)
        since_ms = max(hit_ms, environment.spec.deployed_ms or 0)
        if back_ms == NEVER or back_ms <= since_ms:
            continue
        cleared_ms = cleared(world, outage, environment, since_ms=since_ms, back_ms=back_ms)
        if cleared_ms > back_ms:
            plan_row(world, outage, environment, at_ms=back_ms, event=Event.BACKLOG_BEGAN)
            plan_row(world, outage, environment, at_ms=cleared_ms, event=Event.BACKLOG_CLEARED)


def cleared(world: World, outage: Outage, environment: Environment, *, since_ms: int, back_ms: int) -> int:
    """The instant at which nothing is left to work off."""
    backlog = outage.entry.backlog
    assert backlog is not None
    if backlog.lasts is not None:
        path, row = "outages.backlog.lasts", environment.row
        return back_ms + world.trial.of_row(path, backlog.lasts, row, occasion=outage.id)
    if backlog.ratio is not None:
        return back_ms + floor(Fraction(str(backlog.ratio)) * (back_ms - since_ms) + Fraction(1, 2))
    assert backlog.pace is not None
    missed = written(environment, since_ms, back_ms)
    if outage.kind == "gray":
        missed = missed * (1000 - outage.capability_permille) // 1000
    return worked_off(world, environment, backlog.pace, left=missed, from_ms=back_ms)


def written(environment: Environment, from_ms: int, to_ms: int) -> int:
    """What the environment writes in a spell, as if nothing had interrupted it."""
    work = environment.spec.writes.work
    return work.at(to_ms) - work.at(from_ms)


def worked_off(world: World, environment: Environment, pace: Pace, *, left: int, from_ms: int) -> int:
    """The first instant at which nothing is left beside what is written meanwhile; the horizon if it is later."""
    speed = pace_of(
        environment.spec.writes,
        rate_per_hour=pace.rate,
        of_mean=pace.of_mean,
        horizon_ms=world.trial.horizon_ms,
    )
    return caught_up_ms(
        environment.spec.writes,
        left=left,
        pace=speed,
        from_ms=from_ms,
        until_ms=max(from_ms, world.trial.horizon_ms),
    )


def plan_row(world: World, outage: Outage, environment: Environment, *, at_ms: int, event: Event) -> None:
    """One end of a backlog: by environment, then outage, beginnings first."""
    name = (environment.name, outage.id, str(event is Event.BACKLOG_CLEARED))
    world.agenda.add(at_ms, Kind.BACKLOG, name, do=partial(write, world, outage, environment, event=event))


def write(world: World, outage: Outage, environment: Environment, *, event: Event) -> None:
    """It is written if the environment exists and is at home."""
    if environment.exists and not environment.is_far:
        world.write(environment, event, outage=outage.id)
