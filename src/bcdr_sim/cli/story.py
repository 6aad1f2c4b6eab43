"""`story`: the timeline in plain English."""

from __future__ import annotations

from typing import Annotated

import typer

from bcdr_sim.cli.answer import EXIT_NOTHING_RAN, EXIT_PASS, Answer, check_output, refuse
from bcdr_sim.cli.options import (
    AllowPython,
    Force,
    Output,
    PolicyName,
    Replication,
    ScenarioFile,
    Seed,
    Settings,
)
from bcdr_sim.cli.terminal import width


def command(
    scenario: ScenarioFile,
    environment: Annotated[
        str | None,
        typer.Argument(metavar="[ENVIRONMENT]", help="Only this environment or fleet.", show_default=False),
    ] = None,
    *,
    seed: Seed = 0,
    replication: Replication = 0,
    policy: PolicyName = None,
    settings: Settings = None,
    allow_python: AllowPython = False,
    output: Output = None,
    force: Force = False,
) -> Answer:
    """Tell what happened, in plain English."""
    from bcdr_sim.cli.world import play

    check_output(output, force=force)
    world = play(
        scenario,
        policy=policy,
        settings=settings,
        seed=seed,
        replication=replication,
        allow_python=allow_python,
    )
    from bcdr_sim.report.story import story

    try:
        text = story(world.timeline, None if environment is None else [environment], width=width())
    except ValueError as error:
        raise refuse(str(error), what="ENVIRONMENT") from error
    return Answer(text, EXIT_NOTHING_RAN if world.is_quiet else EXIT_PASS, output)
