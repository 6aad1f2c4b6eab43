"""`run`: resolve, simulate, measure, judge."""

from __future__ import annotations

import json
import os
from contextlib import ExitStack
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bcdr_sim.cli.answer import (
    EXIT_INCONCLUSIVE,
    EXIT_NOTHING_RAN,
    EXIT_PASS,
    EXIT_VIOLATION,
    Answer,
    check_output,
    refuse,
    replacing,
    say,
)
from bcdr_sim.cli.many import ManyOptions, run_many
from bcdr_sim.cli.options import (
    AllowPython,
    AtLeast,
    Cluster,
    Families,
    Force,
    Insecure,
    Keep,
    MetricName,
    Output,
    PolicyName,
    Quiet,
    Replication,
    Replications,
    ScenarioFile,
    Seed,
    Settings,
    Stratify,
    UntilPrecision,
    Workers,
)
from bcdr_sim.cli.terminal import width

if TYPE_CHECKING:
    from bcdr_sim.cli.world import World
    from bcdr_sim.metrics import Metrics
    from bcdr_sim.verdict import Verdict

PICTURE_ENDINGS = (".png", ".svg", ".pdf")
EXIT_CODES = {
    "pass": EXIT_PASS,
    "violation": EXIT_VIOLATION,
    "inconclusive": EXIT_INCONCLUSIVE,
    "nothing ran": EXIT_NOTHING_RAN,
}
EVENT_ENDINGS = (".jsonl", ".csv", ".parquet", ".trace.json", ".mmd")


class Format(StrEnum):
    """How the result is written."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"
    MD = "md"


def command(
    scenario: ScenarioFile,
    *,
    seed: Seed = 0,
    replication: Replication = 0,
    policy: PolicyName = None,
    settings: Settings = None,
    allow_python: AllowPython = False,
    format_: Annotated[Format, typer.Option("--format", help="Form of the result.")] = Format.TABLE,
    every: Annotated[bool, typer.Option("--all", help="In tables, a line for every incident.")] = False,
    output: Output = None,
    events: Annotated[
        Path | None, typer.Option(metavar="FILE", help=f"Write the events too: {', '.join(EVENT_ENDINGS)}.")
    ] = None,
    plot: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help=f"Draw the timeline too: {', '.join(PICTURE_ENDINGS)}."),
    ] = None,
    replications: Replications = None,
    workers: Workers = None,
    until_precision: UntilPrecision = None,
    metric: MetricName = "downtime",
    at_least: AtLeast = None,
    families: Families = False,
    stratify: Stratify = None,
    keep: Keep = None,
    cluster: Cluster = None,
    insecure: Insecure = False,
    force: Force = False,
    quiet: Quiet = False,
) -> Answer:
    """Play a scenario: incidents, ledger, losses, verdict. With --replications, many worlds of it."""
    many = ManyOptions(
        replications=replications,
        workers=workers,
        until_precision=until_precision,
        metric=metric,
        at_least=at_least,
        families=families,
        keep=tuple(keep or ()),
        cluster=cluster,
        insecure=insecure,
        output=output,
        force=force,
        quiet=quiet,
    )
    if many.are_given:
        _refuse_for_many(replication=replication, every=every, events=events, plot=plot)
        if stratify is not None:
            from bcdr_sim.cli.rare import run_stratified

            return run_stratified(
                scenario, policy=policy, settings=settings, seed=seed, by=stratify, options=many, form=format_
            )
        return run_many(
            scenario, policy=policy, settings=settings, seed=seed, options=many, form=format_.value
        )
    many.refuse_without_many()
    if stratify is not None:
        raise refuse("is for many worlds; say how many with --replications", what="--stratify")
    files = [path for path in (events, plot, output) if path is not None]
    for path in files:
        check_output(path, force=force)
    _check_apart([*files, Path(scenario)])
    check_ending(events, EVENT_ENDINGS, option="--events")
    check_ending(plot, PICTURE_ENDINGS, option="--plot")
    from bcdr_sim.cli.world import play

    world = play(
        scenario,
        policy=policy,
        settings=settings,
        seed=seed,
        replication=replication,
        allow_python=allow_python,
    )
    from bcdr_sim.metrics import measure
    from bcdr_sim.report.conclusion import conclude
    from bcdr_sim.verdict import judge

    metrics = measure(world.timeline)
    verdict = judge(metrics, world.scenario)
    text = rendered(world, metrics, verdict, form=format_, every=every)
    with ExitStack() as written:  # all files or none: each takes its place when all are there
        if events is not None:
            world.timeline.save(written.enter_context(replacing(events)))
        if plot is not None:
            draw(world, written.enter_context(replacing(plot)))
        if output is not None:
            draft = written.enter_context(replacing(output))
            draft.write_text(text, encoding="utf-8", newline="\n")
    if not quiet:
        for path in files:
            say(f"wrote {path}")
        if format_ is not Format.TABLE:
            say(
                f"policy {world.policy.name}, seed {world.trial.draws.seed}, replication {world.trial.draws.replication}"
            )
    return Answer("" if output else text, EXIT_CODES[conclude(world.timeline, verdict)])


def _refuse_for_many(*, replication: int, every: bool, events: Path | None, plot: Path | None) -> None:
    """Refuse what speaks of one world where many are asked for."""
    given = {"--replication": replication, "--all": every, "--events": events, "--plot": plot}
    for option, value in given.items():
        if value:
            raise refuse("is for one world; `replay` shows any world of a run again", what=option)


def _check_apart(paths: list[Path]) -> None:
    """Refuse to write two things into one file, or a result over its scenario."""
    met: set[str] = set()
    for path in paths:
        place = os.path.realpath(path)
        if place in met and not (path.exists() and not path.is_file()):
            raise refuse(
                "is named twice on the command line; each file needs a name of its own", what=str(path)
            )
        met.add(place)


def check_ending(path: Path | None, endings: tuple[str, ...], *, option: str) -> None:
    """Refuse a file whose name has none of these endings. Raises InputError."""
    if path is not None and not path.name.endswith(endings):
        raise refuse(f"a file name ends with one of {', '.join(endings)}; got '{path}'", what=option)


def rendered(world: World, metrics: Metrics, verdict: Verdict, *, form: Format, every: bool) -> str:
    """One world in the form asked for."""
    match form:
        case Format.JSON:
            from bcdr_sim.report.run_document import run_document

            return (
                json.dumps(run_document(world.timeline, metrics, verdict), indent=2, ensure_ascii=True) + "\n"
            )
        case Format.CSV:
            from bcdr_sim.report.spreadsheet import run_csv

            return run_csv(metrics, verdict)
        case Format.TABLE | Format.MD:
            from bcdr_sim.report.markdown import run_markdown
            from bcdr_sim.report.summary import summarise
            from bcdr_sim.report.table import run_table

            summary = summarise(world.timeline, metrics, verdict, policy=world.policy, every=every)
            return run_table(summary, width=width()) if form is Format.TABLE else run_markdown(summary)


def draw(world: World, path: Path) -> None:
    """Save the picture of the timeline. No clock enters the file, so equal runs give equal pictures."""
    from bcdr_sim.plots.saving import save_timeline

    save_timeline(world.timeline, path)
