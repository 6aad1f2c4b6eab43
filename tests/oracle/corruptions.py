"""Section 2 of the page: data that are spoilt, until somebody notices, it is put right, or it is left behind."""

from __future__ import annotations

from functools import partial

from bcdr_sim.trial import NEVER
from oracle import loss, reach, service
from oracle.agenda import Kind
from oracle.facts import Corruption, Incident, Outage
from oracle.state import Environment, World


def plan_notice(world: World, outage: Outage) -> None:
    """It is noticed by automation or by people, whoever is first, after the `at` of the outage."""
    detection = outage.entry.detection
    draws = {"automatic": detection.automatic, "people": detection.people}
    outage.noticed_ms = min(
        outage.at_ms + world.trial.of_outage(f"outages.detection.{who}", distribution, outage.id)
        for who, distribution in draws.items()
        if distribution is not None
    )

    def find() -> None:
        outage.is_noticed = True

    world.agenda.add(outage.noticed_ms, Kind.OVERT, ("", outage.id), do=find)
    for environment in world.environments:
        world.agenda.add(
            outage.noticed_ms,
            Kind.OVERT,
            (environment.name, outage.id),
            do=partial(notice, world, environment, outage),
        )


def spoil(world: World, environment: Environment, outage: Outage) -> None:
    """What is written from now on is corrupt; who is reached late is found at once."""
    environment.corruptions.append(Corruption(outage, world.now_ms))
    if outage.is_noticed:
        know(environment, outage)
        loss.cancel_resync(environment)


def know(environment: Environment, outage: Outage) -> None:
    """The corruption of the environment is known from now on."""
    environment.overt.add(outage)
    environment.known.add(outage)
    environment.touch()


def notice(world: World, environment: Environment, outage: Outage) -> None:
    """From now on it hits like `hard` with data intact."""
    if environment.exists and outage in environment.hits and outage not in environment.overt:
        know(environment, outage)
        loss.cancel_resync(environment)
        service.update(world, environment)


def repair(world: World, environment: Environment, outage: Outage) -> None:
    """What is served is right again."""
    environment.overt.discard(outage)
    for corruption in environment.corruptions:
        if corruption.outage is outage and corruption.right_ms is None:
            corruption.right_ms = world.now_ms


def take_along(world: World, environment: Environment, *, mark_ms: int | None, from_copy: bool) -> None:
    """A move has recovered everything before the mark, or just what was served; what that holds comes along."""
    for outage in dict.fromkeys(each.outage for each in environment.corruptions):
        spells = [each for each in environment.corruptions if each.outage is outage]
        was_served = spells[-1].right_ms is None
        comes_along = was_served
        if mark_ms is not None:
            comes_along = any(each.spoils(mark_ms) and (each.is_in_copy or not from_copy) for each in spells)
        if not comes_along:
            environment.hits.pop(outage, None)
            repair(world, environment, outage)
            continue
        if not was_served:
            environment.corruptions.append(Corruption(outage, world.now_ms))
        if outage not in environment.hits:
            hit_again(world, environment, outage)


def hit_again(world: World, environment: Environment, outage: Outage) -> None:
    """It hits where the environment is served now, until the repair; for good if that is past."""
    until_ms = reach.recovery_ms(world, outage, environment)
    environment.hits[outage] = until_ms if until_ms > world.now_ms else NEVER
    world.agenda.add(
        environment.hits[outage],
        Kind.RECOVERY,
        environment.name,
        do=lambda: service.recover(world, environment),
    )
    if outage in environment.known:
        environment.overt.add(outage)
    elif outage.is_noticed:
        name = (environment.name, outage.id)
        world.agenda.add(world.now_ms, Kind.OVERT, name, do=partial(notice, world, environment, outage))


def known(environment: Environment) -> list[Corruption]:
    """The spells of the corruptions of the environment that have been noticed."""
    return [each for each in environment.corruptions if each.outage in environment.known]


def incident_of(environment: Environment) -> Incident | None:
    """Where its region has none: the incident of a corruption that came along, once it is noticed."""
    outages = [
        outage for outage in environment.hits if outage.kind == "logical" and outage in environment.overt
    ]
    return min(outages, key=lambda each: (each.at_ms, each.id)).incident if outages else None
