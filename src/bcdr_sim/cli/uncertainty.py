"""`uncertainty`: what is not known of the inputs, told apart from what too few worlds leave open."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bcdr_sim.cli.answer import EXIT_NOTHING_RAN, EXIT_PASS, Answer
from bcdr_sim.cli.options import Cluster, Force, Insecure, PolicyName, Quiet, ScenarioFile, Seed, Workers
from bcdr_sim.cli.run import Format
from bcdr_sim.cli.study import (
    StudyFolder,
    StudyOptions,
    StudyReplications,
    StudySettings,
    bench_of,
    ended,
    told,
)

if TYPE_CHECKING:
    from bcdr_sim.study import Uncertainty


def command(
    scenario: ScenarioFile,
    *,
    draws: Annotated[
        Path,
        typer.Option(
            metavar="FILE",
            help="Draws of the inputs: CSV, a column per setting, as calibrate --draws writes it.",
            show_default=False,
        ),
    ],
    show: Annotated[
        list[str] | None,
        typer.Option(
            metavar="QUANTITY", help="What is told: mean(downtime), P(rta <= 4h); repeat it for more."
        ),
    ] = None,
    settings: StudySettings = None,
    replications: StudyReplications = 100,
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
    """Play draws of uncertain inputs: how much of the doubt is theirs, and how much is too few worlds'."""
    options = StudyOptions(
        scenario, policy, settings or (), seed, workers, cluster, insecure, output, force, quiet
    )
    return ended(lambda: _uncertainty(options, draws, show or [], replications=replications, form=format_))


def _uncertainty(
    options: StudyOptions, draws: Path, show: list[str], *, replications: int, form: Format
) -> Answer:
    from bcdr_sim.report.studies.uncertainty import uncertainty_document, uncertainty_page
    from bcdr_sim.study import quantity
    from bcdr_sim.study.doubt import play_inputs
    from bcdr_sim.study.inputs import read_inputs

    asked = [quantity(text) for text in show]
    subject, inputs = options.subject(), read_inputs(draws)
    with bench_of(options, subject) as bench:
        found = play_inputs(subject, inputs, bench=bench, seed=options.seed, replications=replications)
        code = EXIT_PASS if bench.has_run else EXIT_NOTHING_RAN
    asked = asked or found.default_quantities()
    return told(
        options,
        page=uncertainty_page(found, asked, again=_again(options, found)),
        document=uncertainty_document(found, asked),
        frame=lambda: found.frame(*(each.text for each in asked)),
        form=form,
        code=code,
    )


def _again(options: StudyOptions, found: Uncertainty) -> str:
    """The command that plays the last draw alone."""
    from bcdr_sim.study.subject import written

    last = found.sets[-1]
    words = ["bcdr-sim", "sweep", options.scenario, "--seed", str(last.runs.seed)]
    words += ["--replications", str(len(last.runs))]
    words += [] if options.policy is None else ["--policy", options.policy]
    for setting in options.settings:
        words += ["--set", setting]
    for name, value in last.values.items():
        words += ["--set", f"{name}={written(value)}"]
    return shlex.join(words)
