"""`sweep`: a grid over any values of the policy and the scenario, all points in the same worlds."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Annotated

import typer

from bcdr_sim.cli.answer import EXIT_NOTHING_RAN, EXIT_PASS, Answer
from bcdr_sim.cli.options import Cluster, Force, Insecure, PolicyName, Quiet, ScenarioFile, Seed, Workers
from bcdr_sim.cli.run import Format
from bcdr_sim.cli.study import StudyFolder, StudyOptions, StudyReplications, bench_of, ended, listed, told

if TYPE_CHECKING:
    from bcdr_sim.study import Sweep


def command(
    scenario: ScenarioFile,
    *,
    settings: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="NAME=VALUE,...",
            help="Values of a policy parameter or of a path in the scenario; a list is an axis of the grid.",
        ),
    ] = None,
    show: Annotated[
        list[str] | None,
        typer.Option(
            metavar="QUANTITY",
            help="What is told of each point: P(rta <= 4h), mean(downtime), p95(loss); repeat it for more.",
        ),
    ] = None,
    replications: StudyReplications = 1000,
    seed: Seed = 0,
    policy: PolicyName = None,
    format_: Annotated[Format, typer.Option("--format", help="Form of the result.")] = Format.TABLE,
    workers: Workers = None,
    cluster: Cluster = None,
    insecure: Insecure = False,
    output: StudyFolder = None,
    force: Force = False,
    quiet: Quiet = False,
) -> Answer:
    """Play a grid of values of policy and scenario, every point in the same worlds, with intervals."""
    options = StudyOptions(
        scenario, policy, settings or (), seed, workers, cluster, insecure, output, force, quiet
    )
    return ended(lambda: _sweep(options, replications=replications, show=show or (), form=format_))


def _sweep(options: StudyOptions, *, replications: int, show: list[str] | tuple[()], form: Format) -> Answer:
    from bcdr_sim.report.studies.sweep import sweep_document, sweep_page
    from bcdr_sim.study import quantity
    from bcdr_sim.study.grid import play_grid

    asked = [quantity(text) for text in show]
    grid = listed(options.settings)
    subject = options.subject(is_grid=True)
    with bench_of(options, subject) as bench:
        swept = play_grid(subject, grid, bench, seed=options.seed, replications=replications)
    asked = asked or [quantity(text) for text in swept.default_quantities()]
    return told(
        options,
        page=sweep_page(swept, asked, again=_again(options, swept, replications=replications)),
        document=sweep_document(swept, asked),
        frame=lambda: swept.frame(*(each.text for each in asked)),
        form=form,
        code=EXIT_PASS if bench.has_run else EXIT_NOTHING_RAN,
    )


def _again(options: StudyOptions, swept: Sweep, *, replications: int) -> str:
    """The command that plays the last point alone."""
    from bcdr_sim.study.subject import written

    words = ["bcdr-sim", "sweep", options.scenario, "--seed", str(options.seed)]
    words += ["--replications", str(replications)]
    words += [] if options.policy is None else ["--policy", options.policy]
    for name, value in swept.points[-1].values.items():
        words += ["--set", f"{name}={written(value)}"]
    return shlex.join(words)
