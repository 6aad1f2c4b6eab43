"""`incidents list`, `incidents replay`, `incidents score`: the recorded outages."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from bcdr_sim.cli.answer import EXIT_PASS, EXIT_VIOLATION, Answer, check_output, refuse, replacing, say
from bcdr_sim.cli.options import Force, Output, Quiet, Replication, Settings
from bcdr_sim.cli.run import EVENT_ENDINGS, PICTURE_ENDINGS, check_ending, draw, rendered
from bcdr_sim.cli.run import Format as RunFormat
from bcdr_sim.cli.terminal import width

if TYPE_CHECKING:
    from bcdr_sim.cli.world import World
    from bcdr_sim.incidents.record import Recorded

_T = TypeVar("_T")

Ids = Annotated[
    list[str] | None,
    typer.Argument(metavar="[ID...]", help="Only these; all unless said.", show_default=False),
]
Workers = Annotated[
    int | None,
    typer.Option(min=1, help="Processes; as many as there are cores unless said.", show_default=False),
]
InForce = Annotated[
    str | None,
    typer.Option(
        "--policy",
        metavar="NAME|FILE",
        help="Instead of the policy in force: a profile, a policy in force elsewhere, or a file.",
        show_default=False,
    ),
]


class Format(StrEnum):
    """How a list or a score is written."""

    TEXT = "text"
    JSON = "json"
    MD = "md"


class TableFormat(StrEnum):
    """How the table of outages by policies is written."""

    TEXT = "text"
    JSON = "json"
    CSV = "csv"
    MD = "md"


Form = Annotated[Format, typer.Option("--format", help="Form of the result.")]


def list_(*, form: Form = Format.TEXT, output: Output = None, force: Force = False) -> Answer:
    """List the recorded outages: when, whose, what kind, how wide it was judged, and whether anybody was moved."""
    check_output(output, force=force)
    from bcdr_sim.incidents.library import entries
    from bcdr_sim.report import recorded

    write = {
        Format.TEXT: recorded.list_text,
        Format.JSON: recorded.list_json,
        Format.MD: recorded.list_markdown,
    }
    return Answer(write[form](entries()), EXIT_PASS, output)


def replay(
    name: Annotated[str, typer.Argument(metavar="ID", help="Recorded outage.", show_default=False)],
    *,
    policy: InForce = None,
    settings: Settings = None,
    replication: Replication = 0,
    format_: Annotated[RunFormat, typer.Option("--format", help="Form of the result.")] = RunFormat.TABLE,
    story: Annotated[bool, typer.Option("--story", help="Tell it in plain English instead.")] = False,
    every: Annotated[bool, typer.Option("--all", help="In tables, a line for every incident.")] = False,
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
    """Play a recorded outage as of then, under the policy that was in force or another one."""
    files = [path for path in (events, plot, output) if path is not None]
    if len({os.path.realpath(path) for path in files}) < len(files):
        raise refuse("each file needs a name of its own", what="--output, --events, --plot")
    for path in files:
        check_output(path, force=force)
    check_ending(events, EVENT_ENDINGS, option="--events")
    check_ending(plot, PICTURE_ENDINGS, option="--plot")
    from bcdr_sim.cli.world import World, policy_values
    from bcdr_sim.incidents.record import located
    from bcdr_sim.incidents.replaying import named_policy
    from bcdr_sim.incidents.replaying import replay as play

    recorded, path = located(name)
    chosen = None
    if policy is not None:
        chosen = named_policy(policy, **policy_values(settings))
    elif settings:
        raise refuse("gives values to the policy named with --policy", what="--set")
    played = play(recorded, chosen, replication=replication, path=path)
    scenario = played.scenario
    if chosen is not None:  # what the encoding expects, it expects of the policy in force
        scenario = scenario.model_copy(update={"expect": []})
    world = World(scenario, played.policy, played.trial, played.timeline)
    text, code = _told(world, format_, story=story, every=every)
    if events is not None:
        with replacing(events) as draft:
            world.timeline.save(draft)
    if plot is not None:
        with replacing(plot) as draft:
            draw(world, draft)
    if not quiet:
        for path in files:
            say(f"wrote {path}")
        if chosen is not None:
            say("what if: this policy was not in force, and nothing of what follows was published")
    return Answer(text, code, output)


def _told(world: World, form: RunFormat, *, story: bool, every: bool) -> tuple[str, int]:
    """The text, and 1 if an expectation of the encoding does not hold."""
    from bcdr_sim.metrics import measure
    from bcdr_sim.verdict import judge

    metrics = measure(world.timeline)
    verdict = judge(metrics, world.scenario)
    kept = all(finding.passed for finding in verdict.findings)
    if story:
        from bcdr_sim.report.story import story as told

        text = told(world.timeline, None, width=width())
    else:
        text = rendered(world, metrics, verdict, form=form, every=every)
    return text, EXIT_PASS if kept else EXIT_VIOLATION


def what_if(
    names: Ids = None,
    *,
    workers: Workers = None,
    form: Annotated[TableFormat, typer.Option("--format", help="Form of the result.")] = TableFormat.TEXT,
    output: Output = None,
    plot: Annotated[
        Path | None, typer.Option(metavar="FILE", help=f"Draw it too: {', '.join(PICTURE_ENDINGS)}.")
    ] = None,
    force: Force = False,
) -> Answer:
    """Play every recorded outage under every profile: a counterfactual, which is never scored."""
    for path in (output, plot):
        check_output(path, force=force)
    check_ending(plot, PICTURE_ENDINGS, option="--plot")
    from bcdr_sim.incidents.what_if import rows_of
    from bcdr_sim.report import what_if as report

    rows = [row for of in _spread(rows_of, _chosen(names), workers=workers) for row in of]
    texts = {
        TableFormat.TEXT: lambda: report.what_if_text(rows, width=width()),
        TableFormat.JSON: lambda: report.what_if_json(rows),
        TableFormat.CSV: lambda: report.what_if_csv(rows),
        TableFormat.MD: lambda: report.what_if_markdown(rows),
    }
    if plot is not None:
        from bcdr_sim.plots.grid import save_grid

        with replacing(plot) as draft:
            save_grid(rows, draft, names=[report.row_name(row) for row in rows])
    return Answer(texts[form](), EXIT_PASS, output)


def score(
    names: Ids = None,
    *,
    quick: Annotated[
        bool, typer.Option("--quick", help="Leave assumptions as they are: no sweep, no other worlds.")
    ] = False,
    workers: Workers = None,
    form: Form = Format.TEXT,
    output: Output = None,
    force: Force = False,
) -> Answer:
    """Compare the replays with what was published, by class; misses are printed.

    1 if a replay is not as encoded, or an encoding not the one on record.
    """
    check_output(output, force=force)
    from functools import partial

    from bcdr_sim.incidents.record import Grade
    from bcdr_sim.incidents.scoring import judge_one
    from bcdr_sim.report import recorded as report

    judge = partial(judge_one, swept=not quick)
    judged = _spread(judge, _chosen(names), workers=1 if quick else workers)
    rows = [row for each in judged for row in each.rows]
    departures = {each.recorded.id: each.departures for each in judged if each.departures}
    texts = {
        Format.TEXT: lambda: report.score_text(rows, departures=departures, width=width()),
        Format.JSON: lambda: report.score_json(rows, departures=departures),
        Format.MD: lambda: report.score_markdown(rows, departures=departures),
    }
    kept = not departures and all(row.holds for row in rows if row.comparison.grade is Grade.A)
    return Answer(texts[form](), EXIT_PASS if kept else EXIT_VIOLATION, output)


def _chosen(names: list[str] | None) -> list[Recorded]:
    from bcdr_sim.incidents.record import find, recorded

    if names:
        return [find(name) for name in dict.fromkeys(names)]
    return [each for each in recorded() if each.scenario.exists()]


def _spread(do: Callable[[Recorded], _T], chosen: list[Recorded], *, workers: int | None) -> list[_T]:
    """Each outage by itself, in as many processes as asked for; the results in the order of the outages."""
    count = min(workers or os.cpu_count() or 1, len(chosen))
    if count == 1:
        return [do(each) for each in chosen]
    from multiprocessing import get_context

    with ProcessPoolExecutor(count, mp_context=get_context("spawn")) as pool:
        return list(pool.map(do, chosen))
