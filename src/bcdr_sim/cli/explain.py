"""`explain`: why one environment did or did not move."""

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
    environment: Annotated[str, typer.Argument(metavar="ENVIRONMENT", help="Name.", show_default=False)],
    *,
    at: Annotated[
        str | None,
        typer.Option(
            metavar="INSTANT", help="State at an instant: 2h30m after the start, or T+30m after impact."
        ),
    ] = None,
    seed: Seed = 0,
    replication: Replication = 0,
    policy: PolicyName = None,
    settings: Settings = None,
    allow_python: AllowPython = False,
    output: Output = None,
    force: Force = False,
) -> Answer:
    """Why an environment did or did not move."""
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
    from bcdr_sim.report.explanation import explain
    from bcdr_sim.report.story import story_clock

    at_ms = (
        None if at is None else _instant(at, story_clock(world.timeline).origin_ms, world.trial.horizon_ms)
    )
    try:
        text = explain(world.timeline, environment, policy=world.policy, at_ms=at_ms, width=width())
    except ValueError as error:
        raise refuse(str(error), what="ENVIRONMENT") from error
    return Answer(text, EXIT_NOTHING_RAN if world.is_quiet else EXIT_PASS, output)


def _instant(text: str, origin_ms: int, horizon_ms: int) -> int:
    """An instant of the command line in ms since the start. Raises InputError."""
    from bcdr_sim.units import format_duration, parse_duration

    sign = {"T+": 1, "T-": -1}.get(text[:2])
    try:
        distance_ms = parse_duration(text[2:] if sign else text)
    except ValueError as error:
        raise refuse(str(error), what="--at") from error
    at_ms = origin_ms + sign * distance_ms if sign else distance_ms
    if not 0 <= at_ms < horizon_ms:
        raise refuse(
            f"lies outside the scenario (0s to {format_duration(horizon_ms)}); got '{text}'", what="--at"
        )
    return at_ms
