"""`sensitivity`: which settings a number depends on, one at a time or all together."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from bcdr_sim.cli.answer import EXIT_NOTHING_RAN, EXIT_PASS, Answer, check_output, refuse, replacing, say
from bcdr_sim.cli.options import Cluster, Force, Insecure, PolicyName, Quiet, ScenarioFile, Seed, Workers
from bcdr_sim.cli.run import PICTURE_ENDINGS, Format, check_ending
from bcdr_sim.cli.study import (
    StudyFolder,
    StudyOptions,
    StudySettings,
    Vary,
    bench_of,
    ended,
    spans_of,
    told,
)


class Method(StrEnum):
    """How settings are moved."""

    TORNADO = "tornado"
    SOBOL = "sobol"
    FAMILIES = "families"


def command(
    scenario: ScenarioFile,
    *,
    vary: Vary = None,
    of: Annotated[
        str, typer.Option(metavar="QUANTITY", help="Number to explain: mean(downtime), P(rta <= 4h).")
    ] = "mean(downtime)",
    method: Annotated[
        Method,
        typer.Option(help="One at a time; all together, with Sobol's indices; or the families of lengths."),
    ] = Method.TORNADO,
    replications: Annotated[
        int | None,
        typer.Option(
            min=1,
            max=2**32,
            metavar="N",
            help="Worlds of every point; 1,000, with sobol 20.",
            show_default=False,
        ),
    ] = None,
    points: Annotated[
        int | None,
        typer.Option(
            min=2, metavar="N", help="Of sobol: places in the ranges, a power of 2; 32 unless said."
        ),
    ] = None,
    repeats: Annotated[
        int | None,
        typer.Option(min=1, max=1000, metavar="N", help="Of sobol: designs with worlds of their own; 5."),
    ] = None,
    keep: Annotated[
        str | None,
        typer.Option(
            metavar="TARGET", help="Of families: a target whose verdict may flip, 'P(rta <= 4h) >= 90%'."
        ),
    ] = None,
    settings: StudySettings = None,
    seed: Seed = 0,
    policy: PolicyName = None,
    format_: Annotated[Format, typer.Option("--format", help="Form of the result.")] = Format.TABLE,
    plot: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help=f"Draw the tornado too: {', '.join(PICTURE_ENDINGS)}."),
    ] = None,
    workers: Workers = None,
    cluster: Cluster = None,
    insecure: Insecure = False,
    output: StudyFolder = None,
    force: Force = False,
    quiet: Quiet = False,
) -> Answer:
    """Ask what a number depends on: a tornado, the shares of its variance, or the families of what is drawn."""
    options = StudyOptions(
        scenario, policy, settings or (), seed, workers, cluster, insecure, output, force, quiet
    )
    if method is not Method.TORNADO and plot is not None:
        raise refuse("is for the tornado", what="--plot")
    if method is not Method.FAMILIES and keep is not None:
        raise refuse("is for --method families", what="--keep")
    if method is Method.SOBOL:
        count = 20 if replications is None else replications
        return ended(
            lambda: _sobol(
                options,
                vary or [],
                of,
                sizes=(count, 32 if points is None else points, 5 if repeats is None else repeats),
                form=format_,
            )
        )
    for option, given in (("--points", points), ("--repeats", repeats)):
        if given is not None:
            raise refuse("is for --method sobol", what=option)
    check_output(plot, force=force)
    check_ending(plot, PICTURE_ENDINGS, option="--plot")
    if method is Method.FAMILIES:
        count = 1000 if replications is None else replications
        return ended(lambda: _families(options, vary or [], of, keep=keep, count=count, form=format_))
    count = 1000 if replications is None else replications
    return ended(lambda: _tornado(options, vary or [], of, count=count, plot=plot, form=format_))


def _tornado(
    options: StudyOptions, vary: list[str], of: str, *, count: int, plot: Path | None, form: Format
) -> Answer:
    from bcdr_sim.report.studies.influence import tornado_document, tornado_page
    from bcdr_sim.study import quantity
    from bcdr_sim.study.influence import tornado

    asked = quantity(of)
    subject = options.subject()
    spans = spans_of(subject, vary, option="--vary")
    with bench_of(options, subject) as bench:
        found = tornado(subject, spans, asked, bench=bench, seed=options.seed, replications=count)
        code = EXIT_PASS if bench.has_run else EXIT_NOTHING_RAN
    if plot is not None:
        from bcdr_sim.plots.saving import save_tornado

        with replacing(plot) as draft:
            save_tornado(found, draft)
        if not options.quiet:
            say(f"wrote {plot}")
    return told(
        options,
        page=tornado_page(found),
        document=tornado_document(found),
        frame=found.frame,
        form=form,
        code=code,
    )


def _sobol(
    options: StudyOptions, vary: list[str], of: str, *, sizes: tuple[int, int, int], form: Format
) -> Answer:
    from bcdr_sim.report.studies.influence import sobol_document, sobol_page
    from bcdr_sim.study import quantity
    from bcdr_sim.study.influence import sobol

    asked = quantity(of)
    replications, points, repeats = sizes
    subject = options.subject()
    spans = spans_of(subject, vary, option="--vary")
    with bench_of(options, subject) as bench:
        found = sobol(
            subject,
            spans,
            asked,
            bench=bench,
            seed=options.seed,
            points=points,
            repeats=repeats,
            replications=replications,
        )
        code = EXIT_PASS if bench.has_run else EXIT_NOTHING_RAN
    return told(
        options,
        page=sobol_page(found),
        document=sobol_document(found),
        frame=found.frame,
        form=form,
        code=code,
    )


def _families(
    options: StudyOptions, vary: list[str], of: str, *, keep: str | None, count: int, form: Format
) -> Answer:
    from bcdr_sim.report.studies.families import families_document, families_page
    from bcdr_sim.study import quantity, target
    from bcdr_sim.study.relatives import lengths_of, play_families

    aim = None if keep is None else target(keep)
    asked = quantity(of) if aim is None else aim.quantity
    subject = options.subject()
    with bench_of(options, subject) as bench:
        found = play_families(
            subject,
            vary or lengths_of(subject.scenario),
            asked,
            bench=bench,
            seed=options.seed,
            replications=count,
            judge=lambda runs: "" if aim is None else aim.standing(aim.of(runs)),
        )
        code = EXIT_PASS if bench.has_run else EXIT_NOTHING_RAN
    return told(
        options,
        page=families_page(found),
        document=families_document(found),
        frame=found.frame,
        form=form,
        code=code,
    )
