"""Section 5 of the page: what a move has lost may be found on the side that it left."""

from __future__ import annotations

from bcdr_sim.events import Event
from oracle.agenda import Kind
from oracle.facts import Move, Region, Tail
from oracle.state import Environment, World


def lose(world: World, environment: Environment, move: Move, *, age_ms: int, left: Region) -> None:
    """A loss of the environment; whether it is found is drawn now."""
    ordinal, row = environment.loss_count, environment.row
    environment.loss_count += 1
    salvage = world.provider.salvage
    share = world.trial.chance("provider.salvage", row, occasion=move.occasion, ordinal=ordinal)
    if share >= salvage.probability or left in environment.destroyed:
        return
    takes_ms = world.trial.of_row(
        "provider.salvage.takes", salvage.takes, row, occasion=move.occasion, ordinal=ordinal
    )
    tail = Tail(left, age_ms, takes_ms, move.occasion)
    environment.tails.append(tail)
    if not left.active:
        plan_merge(world, environment, tail)


def region_returned(world: World, region: Region) -> None:
    """What has been left behind in the region can be looked for."""
    for environment in world.environments:
        for tail in environment.tails:
            if tail.region is region and not tail.is_due:
                plan_merge(world, environment, tail)


def plan_merge(world: World, environment: Environment, tail: Tail) -> None:
    """It is found after the time that this takes."""
    tail.is_due = True
    world.agenda.add(
        world.now_ms + tail.takes_ms, Kind.MERGE, environment.name, do=lambda: merge(world, environment, tail)
    )


def merge(world: World, environment: Environment, tail: Tail) -> None:
    """A fact about the data; nothing else changes."""
    if environment.exists and tail in environment.tails:
        environment.tails.remove(tail)
        world.write(environment, Event.LOSS_SALVAGED, value=tail.age_ms, outage=tail.occasion or None)


def destroy(environment: Environment, region: Region) -> None:
    """What was left behind there is gone for good."""
    environment.tails = [tail for tail in environment.tails if tail.region is not region]
