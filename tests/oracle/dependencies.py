"""Section 2 of the page: what an environment depends on, and its deployment."""

from __future__ import annotations

from bcdr_sim.events import Event
from bcdr_sim.phases import Phase
from oracle import loss, membership, service
from oracle.agenda import Kind, cancel
from oracle.state import UP, Environment, World


def on_dependency(world: World, environment: Environment) -> None:
    """Something it depends on has begun or ceased to be served."""
    if not environment.exists:
        return
    if lacks_dependency(world, environment):
        cancel(environment.restart)
        environment.restart = None
        if not environment.is_blocked:
            environment.is_blocked = True
            service.update(world, environment)
    elif environment.is_blocked and environment.restart is None:
        delay_ms = world.trial.of_row(
            "environments.restart",
            environment.spec.restart,
            environment.row,
            ordinal=environment.restart_count,
        )
        environment.restart_count += 1
        environment.restart = world.agenda.add(
            world.now_ms + delay_ms, Kind.RESTART, environment.name, do=lambda: restarted(world, environment)
        )


def lacks_dependency(world: World, environment: Environment) -> bool:
    """Whether a requirement is not met: all of it that is deployed, or all alternatives that are, is not served."""
    groups = [(row,) for row in environment.spec.depends_on] + list(environment.spec.any_of)
    for group in groups:
        deployed = [each for each in map(world.environments.__getitem__, group) if is_deployed(each)]
        if deployed and not any(each.provides for each in deployed):
            return True
    return False


def is_deployed(environment: Environment) -> bool:
    """Whether its deployment is past; who is lost was deployed."""
    return environment.phase is not Phase.NOT_DEPLOYED


def restarted(world: World, environment: Environment) -> None:
    """Everything it depends on is back, and so is it."""
    environment.restart = None
    environment.is_blocked = False
    service.update(world, environment)
    loss.refresh_protection(world, environment)


def deploy(world: World, environment: Environment) -> None:
    """The environment exists from here on; its copy is seeded from now on."""
    world.write(environment, Event.DEPLOYED, target=Phase.SERVING)
    environment.is_blocked = lacks_dependency(world, environment)
    seeding_ms = world.trial.of_row("provider.seeding", world.provider.seeding, environment.row)
    environment.is_seeded = False
    world.agenda.add(
        world.now_ms + seeding_ms,
        Kind.SEEDED,
        environment.name,
        do=lambda: loss.on_seeded(world, environment),
    )
    service.meet_outages(world, environment, from_ms=world.now_ms)
    if (
        environment.is_supposed
        and service.true_service(environment) == UP
        and service.capability_of(list(environment.service_hits)) == 1000
    ):
        membership.join(world, environment)
        membership.write_known_rows(world, environment)
    service.update(world, environment)
    loss.refresh_protection(world, environment)
