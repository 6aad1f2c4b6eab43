"""`compare`: policies in the same worlds, played now or stored: paired differences, verdicts, worlds to look at."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bcdr_sim.cli.answer import (
    EXIT_INCONCLUSIVE,
    EXIT_NOTHING_RAN,
    EXIT_PASS,
    EXIT_STALE,
    EXIT_VIOLATION,
    Answer,
    refuse,
    say,
)
from bcdr_sim.cli.forms import answered, chosen_forms
from bcdr_sim.cli.many import REPLICATIONS_DEFAULT_MAX, ManyOptions, chosen_pool, kept, share_of
from bcdr_sim.cli.options import Cluster, Force, Insecure, Quiet, Replications, UntilPrecision, Workers
from bcdr_sim.cli.rivals import rivals
from bcdr_sim.cli.terminal import width
from bcdr_sim.errors import EXIT_INTERNAL_ERROR

if TYPE_CHECKING:
    from bcdr_sim.experiment import Case, Plan
    from bcdr_sim.report.compared import ComparedReport

FORMS = ("text", "json", "markdown")
_EXIT_CODES = {
    "worse": EXIT_VIOLATION,
    "inconclusive": EXIT_INCONCLUSIVE,
    "nothing ran": EXIT_NOTHING_RAN,
    "better": EXIT_PASS,
    "within margin": EXIT_PASS,
}


Sources = Annotated[
    list[str],
    typer.Argument(
        metavar="SCENARIO|RUN", help="A scenario file, or two run folders or more.", show_default=False
    ),
]
Policies = Annotated[
    list[str] | None,
    typer.Option(
        "--policy",
        metavar="POLICY",
        help="Name or file, values of parameters may follow: 'seed hold_down=2h'. Repeat it; the first is the base.",
    ),
]
FirstSeed = Annotated[
    int | None,
    typer.Option(min=0, max=2**63 - 1, help="Number that all draws start from; 0 unless said."),
]
Allowed = Annotated[
    list[str] | None,
    typer.Option(
        "--margin",
        metavar="[METRIC=]AMOUNT",
        help="What would not matter: 5% of the base, or 10m of the primary metric, or down_ms=10m. Repeat it.",
    ),
]
Judged = Annotated[
    list[str] | None,
    typer.Option(
        "--metric", metavar="NAME", help="Judge this one alone; repeat it for more, the first is primary."
    ),
]
Folder = Annotated[
    Path | None,
    typer.Option("--output", "-o", metavar="DIR", help="Keep the runs, a folder for each policy."),
]
FormNames = Annotated[
    list[str] | None,
    typer.Option("--format", metavar="FORM[=FILE]", help=f"{', '.join(FORMS)}; repeat it with files."),
]


def command(
    sources: Sources,
    *,
    policies: Policies = None,
    seed: FirstSeed = None,
    replications: Replications = None,
    until_precision: UntilPrecision = None,
    margins: Allowed = None,
    metrics: Judged = None,
    workers: Workers = None,
    cluster: Cluster = None,
    insecure: Insecure = False,
    output: Folder = None,
    forms: FormNames = None,
    force: Force = False,
    quiet: Quiet = False,
) -> Answer:
    """Compare policies in the same worlds: is B better than A, by how much, for whom, and where to look."""
    options = ManyOptions(
        replications=replications,
        workers=workers,
        until_precision=until_precision,
        metric=(metrics or ["down_ms"])[0],
        at_least=None,
        families=False,
        keep=(),
        cluster=cluster,
        insecure=insecure,
        output=output,
        force=force,
        quiet=quiet,
    )
    asked = Asked(_margins(margins), _metrics(metrics), chosen_forms(forms, FORMS, force=force))
    if any(Path(source).is_dir() for source in sources):
        _refuse_of_runs(sources, policies=policies, seed=seed, options=options)
        return _guarded(lambda: _of_runs(sources, asked), asked, options)
    if len(sources) > 1:
        raise refuse("one scenario at a time; its policies are given with --policy", what=sources[1])
    return _guarded(
        lambda: _of_scenario(sources[0], policies or [], seed=seed or 0, asked=asked, options=options),
        asked,
        options,
    )


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked of the worlds: margins, the metrics judged, the forms of the result."""

    margin: str | dict[str, str] | None
    metrics: tuple[str, ...]
    forms: Mapping[str, Path | None]


def _guarded(compared: Callable[[], ComparedReport], asked: Asked, options: ManyOptions) -> Answer:
    """The answer; what cannot be compared or ends early is told."""
    from bcdr_sim.experiment import BrokenChunkError, EditionError

    try:
        report = compared()
    except EditionError as error:
        say(str(error))
        return Answer("", EXIT_STALE)
    except BrokenChunkError as error:
        say(f"{error}\n{kept(options)}")
        return Answer("", EXIT_INTERNAL_ERROR)
    return _answer(report, asked, quiet=options.quiet)


def _of_scenario(
    scenario: str, policies: Sequence[str], *, seed: int, asked: Asked, options: ManyOptions
) -> ComparedReport:
    """Play the worlds of a scenario under each policy."""
    from bcdr_sim.cli.progress import shown_progress
    from bcdr_sim.experiment.comparing import compare_plan, folder_names
    from bcdr_sim.report.compared import ComparedReport

    cases, words = rivals(scenario, policies, seed=seed)
    plan = _plan(cases, seed=seed, asked=asked, options=options)
    try:
        with ExitStack() as open_things:
            pool = open_things.enter_context(
                chosen_pool(workers=options.workers, cluster=options.cluster, insecure=options.insecure)
            )
            report = open_things.enter_context(
                shown_progress(_known_metric(options.metric), quiet=options.quiet)
            )
            comparison = compare_plan(
                plan,
                pool,
                margin=asked.margin,
                metrics=asked.metrics,
                output=options.output,
                force=options.force,
                report=report,
            )
    except (KeyboardInterrupt, SystemExit):
        say(f"Interrupted. {kept(options)}")
        raise
    if options.output is not None:
        folders = folder_names([case.label for case in plan.cases])
        words = [["bcdr-sim", "replay", str(options.output / folder)] for folder in folders]
        if not options.quiet:
            say(f"stored {', '.join(str(options.output / folder) for folder in folders)}")
    return ComparedReport(comparison, tuple(f"{shlex.join(each)} --replication" for each in words))


def _known_metric(name: str) -> str:
    """What the progress shows: the primary metric, or down time where that is no metric of one run."""
    from bcdr_sim.experiment.metric import metric_named

    try:
        return metric_named(name).name
    except ValueError:
        return "down_ms"


def _plan(cases: tuple[Case, ...], *, seed: int, asked: Asked, options: ManyOptions) -> Plan:
    """How many worlds of each, and what is kept of them."""
    from bcdr_sim.experiment.columns import FRAMES_KEPT
    from bcdr_sim.experiment.comparing import REPLICATIONS
    from bcdr_sim.experiment.comparison import FRAME
    from bcdr_sim.experiment.margins import read_margins
    from bcdr_sim.experiment.plan import Plan
    from bcdr_sim.experiment.running import Wanted
    from bcdr_sim.experiment.side import measure_named
    from bcdr_sim.statistics.stopping import Precision

    precision = None
    if options.until_precision is not None:
        precision = Precision(share_of(options.until_precision, "--until-precision"))
    primary = measure_named(options.metric).name
    try:
        read_margins(asked.margin, primary=primary)
    except ValueError as error:
        raise refuse(str(error), what="--margin") from error
    most = REPLICATIONS if precision is None else REPLICATIONS_DEFAULT_MAX
    try:
        wanted = Wanted(most if options.replications is None else options.replications, precision, primary)
        return Plan(cases, seed, wanted, (FRAME,) if options.output is None else FRAMES_KEPT)
    except ValueError as error:
        raise refuse(str(error), what="--replications") from error


def _of_runs(folders: Sequence[str], asked: Asked) -> ComparedReport:
    """Compare stored runs, the first of which is the base."""
    from bcdr_sim.experiment import compare_runs, open_runs
    from bcdr_sim.experiment.comparison import distinct
    from bcdr_sim.report.compared import ComparedReport

    runs = [open_runs(folder) for folder in folders]
    names = [each.case.label for each in runs]
    labels = names if len(set(names)) == len(names) else distinct(folders)
    try:
        comparison = compare_runs(runs, margin=asked.margin, metrics=asked.metrics, labels=labels)
    except ValueError as error:
        raise refuse(str(error), what="--margin") from error
    words = (shlex.join(["bcdr-sim", "replay", folder]) for folder in folders)
    return ComparedReport(comparison, tuple(f"{each} --replication" for each in words))


def _refuse_of_runs(
    sources: Sequence[str], *, policies: list[str] | None, seed: int | None, options: ManyOptions
) -> None:
    for source in sources:
        if not Path(source).is_dir():
            raise refuse("is no folder of a run, and the others are; compare runs with runs", what=source)
    if len(sources) < 2:
        raise refuse("is one run; name another run of the same worlds to compare it with", what=sources[0])
    given = {
        "--policy": policies,
        "--seed": seed,
        "--replications": options.replications,
        "--until-precision": options.until_precision,
        "--workers": options.workers,
        "--cluster": options.cluster,
        "--insecure": options.insecure or None,
    }
    for option, value in given.items():
        if value is not None and value != []:
            raise refuse("is part of a run already; compare a scenario to change it", what=option)
    if options.output is not None:
        raise refuse("keeps runs, and these are kept; --format json=FILE writes the result", what="--output")


def _answer(report: ComparedReport, asked: Asked, *, quiet: bool) -> Answer:
    from bcdr_sim.report.compared import compared_markdown, compared_text
    from bcdr_sim.report.compared_document import compared_document

    comparison = report.comparison
    written = {
        "text": lambda: compared_text(report, width=width()),
        "json": lambda: json.dumps(compared_document(report), indent=2, ensure_ascii=True) + "\n",
        "markdown": lambda: compared_markdown(report),
    }
    if not quiet and asked.forms.get("text", ...) is not None:
        first, *others = comparison.labels
        seed = comparison.runs[0].seed
        say(f"{', '.join(others)} against {first}, seed {seed}, {len(comparison):,} worlds")
    return answered(asked.forms, written, code=_EXIT_CODES[comparison.word])


def _margins(given: list[str] | None) -> str | dict[str, str] | None:
    """Margins by metric, or the one that has none. Raises InputError for both, and for one metric twice."""
    named: dict[str, str] = {}
    common: list[str] = []
    for text in given or ():
        name, sign, value = text.partition("=")
        if not sign:
            common.append(text)
        elif name in named:
            raise refuse(f"'{name}' is given twice", what="--margin")
        else:
            named[name] = value
    if common and (named or len(common) > 1):
        raise refuse("give one for all, or one for each metric as METRIC=AMOUNT", what="--margin")
    return common[0] if common else named or None


def _metrics(given: list[str] | None) -> tuple[str, ...]:
    """The metrics that are judged, each once. Raises InputError for one that there is not."""
    from bcdr_sim.experiment.side import measure_named

    try:
        return tuple(dict.fromkeys(measure_named(name).name for name in given or ()))
    except ValueError as error:
        raise refuse(str(error), what="--metric") from error
