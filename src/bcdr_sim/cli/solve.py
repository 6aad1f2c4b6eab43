"""`solve`: the longest consent time, the largest lag, the fewest slots that still keep a target."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Annotated

import typer

from bcdr_sim.cli.answer import (
    EXIT_INCONCLUSIVE,
    EXIT_NOTHING_RAN,
    EXIT_PASS,
    EXIT_VIOLATION,
    Answer,
)
from bcdr_sim.cli.options import Cluster, Force, Insecure, PolicyName, Quiet, ScenarioFile, Seed, Workers
from bcdr_sim.cli.run import Format
from bcdr_sim.cli.study import (
    StudyFolder,
    StudyOptions,
    StudyReplications,
    StudySettings,
    bench_of,
    ended,
    spans_of,
    told,
    value_of,
)

if TYPE_CHECKING:
    from bcdr_sim.study import Solution


def command(
    scenario: ScenarioFile,
    *,
    find: Annotated[
        str,
        typer.Option(
            metavar="NAME[=LOW..HIGH]",
            help="Setting to solve for: a policy parameter, or a path in the scenario with the range to search.",
        ),
    ],
    keep: Annotated[
        str, typer.Option(metavar="TARGET", help="What must hold: 'P(loss <= 15m) >= 99%', 'p95(rta) <= 4h'.")
    ],
    step: Annotated[
        str | None,
        typer.Option(
            metavar="VALUE", help="How exact the answer is; a round 400th of the range unless said."
        ),
    ] = None,
    fresh: Annotated[
        int | None,
        typer.Option(
            min=0,
            metavar="N",
            help="Worlds of the next seed that confirm it; four times as many unless said.",
        ),
    ] = None,
    replications: StudyReplications = 1000,
    settings: StudySettings = None,
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
    """Find the furthest value of a setting that keeps a target, and confirm it in fresh worlds."""
    options = StudyOptions(
        scenario, policy, settings or (), seed, workers, cluster, insecure, output, force, quiet
    )
    return ended(
        lambda: _solve(options, find, keep, step=step, fresh=fresh, replications=replications, form=format_)
    )


def _solve(
    options: StudyOptions,
    find: str,
    keep: str,
    *,
    step: str | None,
    fresh: int | None,
    replications: int,
    form: Format,
) -> Answer:
    from bcdr_sim.report.studies.solution import solution_document, solution_page
    from bcdr_sim.study import span_of, target
    from bcdr_sim.study.limit import find_limit

    aim = target(keep)
    subject = options.subject()
    span = spans_of(subject, [find], option="--find")[0]
    if step is not None:
        ends = span.value(0), span.value(span.last)
        span = span_of(subject, span.name, ends, step=value_of(step, option="--step"))
    with bench_of(options, subject) as bench:
        found = find_limit(
            subject, span, aim, bench=bench, seed=options.seed, replications=replications, fresh=fresh
        )
    conclusion, code = _conclusion(found, fresh=fresh)
    return told(
        options,
        page=solution_page(found, again=_again(options, found)),
        document=solution_document(found, conclusion=conclusion),
        frame=found.frame,
        form=form,
        code=code,
    )


def _conclusion(found: Solution, *, fresh: int | None) -> tuple[str, int]:
    """Pass if a value was found and confirmed, violation if surely none keeps the target, else inconclusive."""
    from bcdr_sim.study import Outcome

    match found.outcome:
        case Outcome.NOTHING_RAN:
            return "nothing ran", EXIT_NOTHING_RAN
        case Outcome.NONE_KEPT:
            return "violation", EXIT_VIOLATION
        case Outcome.FOUND | Outcome.ALL_KEPT if found.is_confirmed or fresh == 0:
            return "pass", EXIT_PASS
        case _:
            return "inconclusive", EXIT_INCONCLUSIVE


def _again(options: StudyOptions, found: Solution) -> str:
    """The command that plays the confirming worlds again."""
    from bcdr_sim.study.subject import written

    one = found.confirmation
    if one is None:
        return ""
    words = ["bcdr-sim", "sweep", options.scenario, "--seed", str(one.seed)]
    words += ["--replications", str(one.estimate.n)]
    words += [] if options.policy is None else ["--policy", options.policy]
    words += [word for setting in options.settings for word in ("--set", setting)]
    words += ["--set", f"{found.span.name}={written(one.value)}", "--show", found.target.quantity.text]
    return shlex.join(words)
