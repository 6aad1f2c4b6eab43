"""`run --replications N`: many worlds of a scenario, stored, resumed, stopped at a precision, here or on a cluster."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from bcdr_sim.cli.answer import (
    EXIT_INCONCLUSIVE,
    EXIT_NOTHING_RAN,
    EXIT_PASS,
    EXIT_STALE,
    EXIT_VIOLATION,
    Answer,
    refuse,
    replacing,
    say,
)
from bcdr_sim.errors import EXIT_INTERNAL_ERROR

if TYPE_CHECKING:
    from bcdr_sim.experiment import Plan, Pool, Report, Runs
    from bcdr_sim.study.relatives import Families

REPLICATIONS_DEFAULT_MAX = 100_000
"""Where a run with a precision ends that does not reach it. Assumption: what finishes over night."""
_EXIT_CODES = {
    "pass": EXIT_PASS,
    "violation": EXIT_VIOLATION,
    "inconclusive": EXIT_INCONCLUSIVE,
    "nothing ran": EXIT_NOTHING_RAN,
}


@dataclass(frozen=True, slots=True)
class ManyOptions:
    """The options of `run` that speak of many worlds."""

    replications: int | None
    workers: int | None
    until_precision: str | None
    metric: str
    at_least: str | None
    families: bool
    keep: tuple[str, ...]
    cluster: str | None
    insecure: bool
    output: Path | None
    force: bool
    quiet: bool

    @property
    def are_given(self) -> bool:
        """Whether many worlds are asked for."""
        return self.replications is not None or self.until_precision is not None

    def refuse_without_many(self) -> None:
        """Raises InputError for an option that makes no sense for one world."""
        given = {
            "--workers": self.workers is not None,
            "--at-least": self.at_least is not None,
            "--families": self.families,
            "--keep": bool(self.keep),
            "--cluster": self.cluster is not None,
            "--insecure": self.insecure,
        }
        for option, is_given in given.items():
            if is_given:
                raise refuse("is for many worlds; say how many with --replications", what=option)


def run_many(
    scenario: str,
    *,
    policy: str | None,
    settings: list[str] | None,
    seed: int,
    options: ManyOptions,
    form: str,
) -> Answer:
    """Play many worlds and tell what they come to."""
    plan = _plan(scenario, policy=policy, settings=settings, seed=seed, options=options)
    at_least = None if options.at_least is None else share_of(options.at_least, "--at-least")
    from bcdr_sim.cli.progress import shown_progress
    from bcdr_sim.experiment import BrokenChunkError, EditionError

    try:
        with ExitStack() as open_things:
            pool = open_things.enter_context(
                chosen_pool(workers=options.workers, cluster=options.cluster, insecure=options.insecure)
            )
            report = open_things.enter_context(shown_progress(options.metric, quiet=options.quiet))
            runs = _played(plan, pool, report=report, options=options)
            others = _families(runs, pool, at_least=at_least) if options.families else None
    except EditionError as error:
        say(str(error))
        return Answer("", EXIT_STALE)
    except BrokenChunkError as error:
        say(f"{error}\n{kept(options)}")
        return Answer("", EXIT_INTERNAL_ERROR)
    return _answer(
        runs,
        scenario,
        policy=policy,
        settings=settings,
        options=options,
        form=form,
        at_least=at_least,
        families=others,
    )


def _played(plan: Plan, pool: Pool | None, *, report: Report | None, options: ManyOptions) -> Runs:
    from bcdr_sim.experiment import run_plan

    try:
        return run_plan(plan, pool, output=options.output, force=options.force, report=report)[0]
    except (KeyboardInterrupt, SystemExit):
        say(f"Interrupted. {kept(options)}")
        raise


def _families(runs: Runs, pool: Pool | None, *, at_least: float | None) -> Families:
    """As many worlds with outage lengths of each other family, judged alike. Raises InputError."""
    from bcdr_sim.experiment.bench import Bench
    from bcdr_sim.study import Subject, quantity
    from bcdr_sim.study.relatives import lengths_of, play_families

    ready = runs.case.ready()
    bench = Bench(pool)
    try:
        return play_families(
            Subject(ready.scenario, ready.policy),
            lengths_of(ready.scenario),
            quantity("mean(downtime)"),
            bench=bench,
            seed=runs.seed,
            replications=len(runs),
            judge=lambda each: each.conclude(at_least=at_least).word,
        )
    finally:
        bench.close(at_once=True)


def kept(options: ManyOptions) -> str:
    """What is kept of a run that ends early, and how to go on."""
    if options.output is None:
        return "Nothing is kept without --output DIR; with it, the same command would go on from there."
    from bcdr_sim.experiment.folder import MANIFEST, read_manifest

    runs = sorted(
        path.parent for pattern in (MANIFEST, f"*/{MANIFEST}") for path in options.output.glob(pattern)
    )
    if not runs:
        return f"Nothing is kept in {options.output} yet."
    count = sum(last - first for run in runs for first, last in read_manifest(run)["finished"])
    return f"{count:,} worlds are kept in {options.output}. Give the same command again to go on from there."


def _plan(
    scenario: str, *, policy: str | None, settings: list[str] | None, seed: int, options: ManyOptions
) -> Plan:
    from bcdr_sim.cli.world import choose_policy
    from bcdr_sim.experiment.case import case_of
    from bcdr_sim.experiment.columns import FRAMES, FRAMES_KEPT
    from bcdr_sim.experiment.metric import metric_named
    from bcdr_sim.experiment.plan import Plan, check_not_frozen
    from bcdr_sim.experiment.running import Wanted
    from bcdr_sim.scenario.reading import load_scenario
    from bcdr_sim.statistics.stopping import Precision

    read = load_scenario(scenario)
    check_not_frozen(read)
    chosen = choose_policy(read, scenario, policy=policy, settings=settings)
    precision = None
    if options.until_precision is not None:
        precision = Precision(share_of(options.until_precision, "--until-precision"))
    try:
        metric = metric_named(options.metric).name
    except ValueError as error:
        raise refuse(str(error), what="--metric") from error
    for name in options.keep:
        if name not in FRAMES:
            raise refuse(f"no frame '{name}'; there are {', '.join(FRAMES)}", what="--keep")
    count = REPLICATIONS_DEFAULT_MAX if options.replications is None else options.replications
    frames = () if options.output is None else options.keep or FRAMES_KEPT
    try:
        return Plan((case_of(read, chosen),), seed, Wanted(count, precision, metric), frames)
    except ValueError as error:  # the seed is in its range already
        raise refuse(str(error), what="--replications") from error


@contextmanager
def chosen_pool(*, workers: int | None, cluster: str | None, insecure: bool) -> Iterator[Pool | None]:
    """What plays the worlds: processes, one per processor unless said, or a cluster; None is this process alone."""
    from bcdr_sim.experiment.pools import LocalPool, processors

    if cluster is not None:
        from bcdr_sim.experiment.cluster import cluster_pool

        with cluster_pool(cluster, trusts_network=insecure) as pool:
            yield pool
        return
    if insecure:
        raise refuse("is for --cluster", what="--insecure")
    count = workers or processors()
    yield LocalPool(count) if count > 1 else None


def _answer(
    runs: Runs,
    scenario: str,
    *,
    policy: str | None,
    settings: list[str] | None,
    options: ManyOptions,
    form: str,
    at_least: float | None,
    families: Families | None,
) -> Answer:
    from bcdr_sim.cli.terminal import width
    from bcdr_sim.report.many import ManyReport, many_csv, many_document, many_markdown, many_table

    if options.output is not None:
        again = f"bcdr-sim replay {shlex.quote(str(options.output))} --worst 3 --by rta"
    else:
        words = ["bcdr-sim", "replay", scenario, "--seed", str(runs.seed)]
        words += [] if policy is None else ["--policy", policy]
        words += [word for setting in settings or () for word in ("--set", setting)]
        again = f"{shlex.join(words)} --replication {next(iter(runs.worst(1)), 0)}"
    report = ManyReport(runs, runs.conclude(at_least=at_least), again, at_least, families)
    document = json.dumps(many_document(report), indent=2, ensure_ascii=True) + "\n"
    if options.output is not None:
        _store(document, runs, options.output, quiet=options.quiet)
    match form:
        case "json":
            text = document
        case "csv":
            text = many_csv(report)
        case "md":
            text = many_markdown(report)
        case _:
            text = many_table(report, width=width())
    if form != "table" and not options.quiet:
        say(f"policy {runs.case.policy_name}, seed {runs.seed}, {len(runs):,} worlds")
    return Answer(text, _EXIT_CODES[report.verdict.word])


def _store(document: str, runs: Runs, folder: Path, *, quiet: bool) -> None:
    """Put the result beside the worlds it is of; not one of a few of them beside all."""
    from bcdr_sim.experiment.folder import RESULT, read_manifest

    there = sum(last - first for first, last in read_manifest(folder)["finished"])
    if len(runs) < there:
        say(
            f"{folder} holds {there:,} worlds; this answer is of the first {len(runs):,} and not stored in {RESULT}"
        )
        return
    with replacing(folder / RESULT) as draft:
        draft.write_text(document, encoding="utf-8", newline="\n")
    if not quiet:
        say(f"stored {folder}")


def share_of(text: str, option: str) -> float:
    """A share from `5%` or `0.05`. Raises InputError unless it lies between 0 and 1, ends excluded."""
    try:
        value = float(text.removesuffix("%")) / (100 if text.endswith("%") else 1)
    except ValueError:
        value = -1.0
    if not 0 < value < 1:
        raise refuse(f"must be above 0% and below 100%, such as 5% or 0.05; got '{text}'", what=option)
    return value
