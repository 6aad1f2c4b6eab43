"""`replay`: any world again, of a stored run or of a scenario: as a table, a story, a picture, a plain scenario."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bcdr_sim.cli.answer import (
    EXIT_NOTHING_RAN,
    EXIT_PASS,
    EXIT_STALE,
    Answer,
    check_output,
    refuse,
    replacing,
    say,
)
from bcdr_sim.cli.options import Force, Output, PolicyName, Quiet, Settings
from bcdr_sim.cli.run import EVENT_ENDINGS, PICTURE_ENDINGS, Format, check_ending, draw, rendered
from bcdr_sim.cli.terminal import width

if TYPE_CHECKING:
    from bcdr_sim.cli.world import World
    from bcdr_sim.experiment import Runs


class Show(StrEnum):
    """What is shown of a world."""

    TABLE = "table"
    STORY = "story"
    JSON = "json"
    SCENARIO = "scenario"


def command(
    source: Annotated[
        str,
        typer.Argument(
            metavar="RUN|SCENARIO", help="Folder of a run, or a scenario file.", show_default=False
        ),
    ],
    *,
    worst: Annotated[
        int | None,
        typer.Option(min=1, max=100, metavar="N", help="Of a run, the N worst worlds.", show_default=False),
    ] = None,
    by: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="What makes a world bad: rta, loss, downtime, breaches."),
    ] = None,
    replication: Annotated[
        int | None, typer.Option(min=0, max=2**32 - 1, help="Which world.", show_default=False)
    ] = None,
    seed: Annotated[
        int | None, typer.Option(min=0, max=2**63 - 1, help="Of a scenario, its seed; 0 unless said.")
    ] = None,
    policy: PolicyName = None,
    settings: Settings = None,
    show: Annotated[Show, typer.Option(help="What to show of each world.")] = Show.TABLE,
    output: Output = None,
    events: Annotated[
        Path | None, typer.Option(metavar="FILE", help=f"Write the events too: {', '.join(EVENT_ENDINGS)}.")
    ] = None,
    plot: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help=f"Draw the timeline too: {', '.join(PICTURE_ENDINGS)}."),
    ] = None,
    force: Force = False,
    quiet: Quiet = False,
) -> Answer:
    """Play one world again, or the worst ones of a run."""
    for path in (output, events, plot):
        check_output(path, force=force)
    check_ending(events, EVENT_ENDINGS, option="--events")
    check_ending(plot, PICTURE_ENDINGS, option="--plot")
    is_run = Path(source).is_dir()
    from bcdr_sim.experiment import EditionError

    try:
        if is_run:
            _refuse_of_run(seed=seed, policy=policy, settings=settings)
            worlds = list(_of_run(source, worst=worst, by=by, replication=replication))
        else:
            if worst is not None or by is not None:
                raise refuse(
                    "is for the folder of a run; of a scenario name the --replication", what="--worst"
                )
            from bcdr_sim.cli.world import play

            world = play(
                source, policy=policy, settings=settings, seed=seed or 0, replication=replication or 0
            )
            worlds = [("", world)]
    except EditionError as error:
        say(str(error))
        return Answer("", EXIT_STALE)
    if len(worlds) > 1 and (events or plot or show in (Show.SCENARIO, Show.JSON)):
        raise refuse("is for one world; choose it with --replication or --worst 1", what="several worlds")
    is_for_people = show in (Show.TABLE, Show.STORY)
    text = "\n".join((head if is_for_people else "") + _shown(world, show) for head, world in worlds)
    written = _write(worlds[0][1], events=events, plot=plot)
    if not quiet:
        for path in written:
            say(f"wrote {path}")
    is_quiet = all(world.is_quiet for _, world in worlds)
    return Answer(text, EXIT_NOTHING_RAN if is_quiet else EXIT_PASS, output)


def _refuse_of_run(*, seed: int | None, policy: str | None, settings: list[str] | None) -> None:
    for option, value in {"--seed": seed, "--policy": policy, "--set": settings}.items():
        if value is not None and value != []:
            raise refuse("is part of the run already; replay its scenario file to change it", what=option)


def _of_run(
    folder: str, *, worst: int | None, by: str | None, replication: int | None
) -> Iterator[tuple[str, World]]:
    """The worlds asked for, each with a line that says which it is."""
    from bcdr_sim.experiment import open_runs
    from bcdr_sim.experiment.metric import metric_named
    from bcdr_sim.experiment.page import value

    runs = open_runs(folder)
    if not len(runs):
        raise refuse("holds no world that is whole; run it again", what=folder)
    if replication is not None and worst is not None:
        raise refuse("names the worlds already; leave out --replication", what="--worst")
    try:
        metric = metric_named(by or "rta")
    except ValueError as error:
        raise refuse(str(error), what="--by") from error
    if replication is not None:
        yield "", _again(runs, replication, folder)
        return
    values = dict(zip(runs.rows["replication"].tolist(), runs.values(metric.name).tolist(), strict=True))
    for place, each in enumerate(runs.worst(worst or 1, by=metric.name), start=1):
        head = f"{place} of {len(runs):,} by {metric.words}: replication {each}, {value(values[each], metric.unit)}\n"
        yield f"{head}{'=' * (len(head) - 1)}\n", _again(runs, each, folder)


def _again(runs: Runs, replication: int, folder: str) -> World:
    from bcdr_sim.cli.world import World

    try:
        timeline = runs.timeline(replication)
    except ValueError as error:
        raise refuse(str(error), what=folder) from error
    ready = runs.case.ready()
    return World(ready.scenario, ready.policy, timeline.trial, timeline)


def _shown(world: World, show: Show) -> str:
    match show:
        case Show.SCENARIO:
            from bcdr_sim.freezing import freeze

            try:
                return freeze(world.trial, world.policy)
            except ValueError as error:
                raise refuse(str(error), what=world.scenario.name) from error
        case Show.STORY:
            from bcdr_sim.report.story import story

            return story(world.timeline, None, width=width())
        case Show.TABLE | Show.JSON:
            from bcdr_sim.metrics import measure
            from bcdr_sim.verdict import judge

            metrics = measure(world.timeline)
            form = Format.TABLE if show is Show.TABLE else Format.JSON
            return rendered(world, metrics, judge(metrics, world.scenario), form=form, every=False)


def _write(world: World, *, events: Path | None, plot: Path | None) -> list[Path]:
    """Write the other files asked for, all or none."""
    with ExitStack() as written:
        if events is not None:
            world.timeline.save(written.enter_context(replacing(events)))
        if plot is not None:
            draw(world, written.enter_context(replacing(plot)))
    return [path for path in (events, plot) if path is not None]
