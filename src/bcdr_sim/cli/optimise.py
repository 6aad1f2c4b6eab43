"""`optimise`: policy parameters against several objectives at once, as a Pareto front."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bcdr_sim.cli.answer import EXIT_NOTHING_RAN, EXIT_PASS, Answer, check_output, replacing, say
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

if TYPE_CHECKING:
    from bcdr_sim.study import Front


def command(
    scenario: ScenarioFile,
    *,
    vary: Vary = None,
    objective: Annotated[
        list[str] | None,
        typer.Option(
            metavar="OBJECTIVE",
            help="What is weighed: 'min mean(downtime)', 'max P(objectives_met)'; repeat it for more.",
        ),
    ] = None,
    trials: Annotated[int, typer.Option(min=1, max=100_000, metavar="N", help="Candidates to try.")] = 96,
    replications: Annotated[
        int, typer.Option("--replications", min=1, max=2**32, metavar="N", help="Worlds of every candidate.")
    ] = 200,
    fresh: Annotated[
        int | None,
        typer.Option(
            min=1,
            metavar="N",
            help="Worlds of the next seed that judge the front; twice as many unless said.",
        ),
    ] = None,
    settings: StudySettings = None,
    seed: Seed = 0,
    policy: PolicyName = None,
    format_: Annotated[Format, typer.Option("--format", help="Form of the result.")] = Format.TABLE,
    plot: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help=f"Draw the front too: {', '.join(PICTURE_ENDINGS)}."),
    ] = None,
    workers: Workers = None,
    cluster: Cluster = None,
    insecure: Insecure = False,
    output: StudyFolder = None,
    force: Force = False,
    quiet: Quiet = False,
) -> Answer:
    """Weigh several objectives against each other: the Pareto front of the policy's parameters, in fresh worlds."""
    check_output(plot, force=force)
    check_ending(plot, PICTURE_ENDINGS, option="--plot")
    options = StudyOptions(
        scenario, policy, settings or (), seed, workers, cluster, insecure, output, force, quiet
    )
    sizes = trials, replications, fresh
    return ended(
        lambda: _optimise(options, vary or [], objective or [], sizes=sizes, plot=plot, form=format_)
    )


def _optimise(
    options: StudyOptions,
    vary: list[str],
    wanted: list[str],
    *,
    sizes: tuple[int, int, int | None],
    plot: Path | None,
    form: Format,
) -> Answer:
    from bcdr_sim.report.studies.front import front_document, front_page
    from bcdr_sim.study.front import OBJECTIVES, find_front, objective

    trials, replications, fresh = sizes
    objectives = [objective(text) for text in wanted or OBJECTIVES]
    subject = options.subject()
    spans = spans_of(subject, vary or subject.free_parameters(options.settings), option="--vary")
    with bench_of(options, subject) as bench:
        found = find_front(
            subject,
            spans,
            objectives,
            bench=bench,
            seed=options.seed,
            replications=replications,
            trials=trials,
            fresh=fresh,
        )
        code = EXIT_PASS if bench.has_run else EXIT_NOTHING_RAN
    if plot is not None:
        from bcdr_sim.plots.saving import save_pareto

        with replacing(plot) as draft:
            save_pareto(found, draft)
        if not options.quiet:
            say(f"wrote {plot}")
    return told(
        options,
        page=front_page(found, again=_again(options, found)),
        document=front_document(found),
        frame=found.frame,
        form=form,
        code=code,
    )


def _again(options: StudyOptions, found: Front) -> str:
    """The command that plays the first choice alone in the fresh worlds."""
    from bcdr_sim.study.subject import written

    choice = next((each for each in found.choices if each.is_on_front and each.fresh.values), None)
    if choice is None:
        return ""
    words = ["bcdr-sim", "sweep", options.scenario, "--seed", str(found.base.runs.seed)]
    words += ["--replications", str(found.base.estimates[0].n)]
    words += [] if options.policy is None else ["--policy", options.policy]
    words += [word for setting in options.settings for word in ("--set", setting)]
    words += [
        word for name, value in choice.fresh.values.items() for word in ("--set", f"{name}={written(value)}")
    ]
    return shlex.join(words)
