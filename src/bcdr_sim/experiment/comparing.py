"""From a scenario and policies to a comparison: every policy plays the same worlds, which are kept only if asked for."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import replace
from pathlib import Path

from bcdr_sim.errors import InputError, Problem
from bcdr_sim.experiment.case import Case
from bcdr_sim.experiment.columns import FRAMES_KEPT
from bcdr_sim.experiment.comparison import FRAME, Comparison, compare_runs, distinct
from bcdr_sim.experiment.folder import MANIFEST
from bcdr_sim.experiment.keeping import Keeper
from bcdr_sim.experiment.margins import Given, read_margins
from bcdr_sim.experiment.plan import Plan, load_case
from bcdr_sim.experiment.pools import GivenPool, LocalPool, Pool
from bcdr_sim.experiment.running import Report, Wanted
from bcdr_sim.experiment.runs import Runs
from bcdr_sim.experiment.side import measure_named
from bcdr_sim.experiment.together import play_together
from bcdr_sim.policy import Policy
from bcdr_sim.scenario.document import Scenario
from bcdr_sim.statistics.stopping import Precision

REPLICATIONS = 400
"""Source: the gates of the policy design (default one look, n = 400)."""


def compare(
    scenario: Scenario | str | Path,
    policies: Mapping[str, Policy | str | Path | None] | Sequence[Policy | str | Path],
    *,
    seed: int = 0,
    replications: int = REPLICATIONS,
    workers: int = 1,
    precision: float | None = None,
    margin: Given = None,
    metrics: Sequence[str] = (),
    level: float = 0.95,
    output: str | Path | None = None,
    force: bool = False,
    executor: Executor | None = None,
) -> Comparison:
    """Play many worlds of a scenario, or of its file, under each policy, and compare each with the first.

    `policies` are by label, or named after themselves; None stands for the scenario's own. `margin` is what would not
    matter: a share of the base's value for every metric (`"5%"`), an amount of the primary metric (`"10m"`), or either by
    metric. `metrics` are those that are judged, the first of them primary. `precision`, such as 0.05, stops before
    `replications` as soon as the primary difference is known to that share of the base's mean. `output` keeps the runs,
    in a folder for each label; an interrupted comparison goes on there.

    Raises:
        InputError: faults of the files, or `output` holds something else.
        ValueError: fewer than two policies, no such metric, a margin that is none, or an argument out of range.
        BrokenChunkError: a chunk of worlds ends every worker that plays it.
        EditionError: `output` or a worker is of another edition of the program.
    """
    if workers < 1:
        raise ValueError(f"workers: at least 1, not {workers}")
    cases = labelled(scenario, policies)
    pool: Pool | None = LocalPool(workers) if workers > 1 else None
    if executor is not None:
        pool = GivenPool(executor, max(workers, getattr(executor, "_max_workers", 1)))
    primary = measure_named(metrics[0] if metrics else "down_ms").name
    wanted = Wanted(replications, None if precision is None else Precision(precision), primary)
    return compare_plan(
        Plan(cases, seed, wanted, (FRAME,) if output is None else FRAMES_KEPT),
        pool,
        margin=margin,
        metrics=metrics,
        level=level,
        output=None if output is None else Path(output),
        force=force,
    )


def labelled(
    scenario: Scenario | str | Path,
    policies: Mapping[str, Policy | str | Path | None] | Sequence[Policy | str | Path],
) -> tuple[Case, ...]:
    """The case of each policy under a label of its own."""
    if isinstance(policies, str) or len(policies) < 2:
        raise ValueError(f"a comparison needs two policies or more, not {policies!r}")
    if isinstance(policies, Mapping):
        return tuple(load_case(scenario, policy, label=label) for label, policy in policies.items())
    cases = [load_case(scenario, policy) for policy in policies]
    labels = distinct([case.label for case in cases])
    return tuple(replace(case, label=label) for case, label in zip(cases, labels, strict=True))


def compare_plan(
    plan: Plan,
    pool: Pool | None = None,
    *,
    margin: Given = None,
    metrics: Sequence[str] = (),
    level: float = 0.95,
    output: Path | None = None,
    force: bool = False,
    report: Report | None = None,
) -> Comparison:
    """Play the cases of a plan, which differ in their policies, in the same worlds, and compare each with the first.

    Without `output` the environments are kept in a temporary folder that lives as long as the result.

    Raises: as `compare`.
    """
    read_margins(margin, primary=plan.wanted.metric)  # before anything is played
    if output is not None and (output / MANIFEST).is_file():
        message = "is a run itself; name another folder for those of a comparison"
        raise InputError([Problem(str(output), 0, 0, 0, message)])
    keeper = Keeper(Path(tempfile.mkdtemp(prefix="bcdr-sim-"))) if output is None else None
    root = output if keeper is None else keeper.folder
    assert root is not None
    folders = [root / name for name in folder_names([case.label for case in plan.cases])]
    at_once = True
    try:
        worlds, look = play_together(plan, pool, folders=folders, force=force, report=report)
        at_once = False
    finally:
        if pool is not None:
            pool.close(at_once=at_once)
    runs = [
        Runs(case, plan.seed, rows, folder, None, keeper)
        for case, rows, folder in zip(plan.cases, worlds, folders, strict=True)
    ]
    labels = [case.label for case in plan.cases]
    return compare_runs(runs, margin=margin, metrics=metrics, level=level, labels=labels, look=look)


def folder_names(labels: Sequence[str]) -> tuple[str, ...]:
    """A folder name for each label, all different."""
    return distinct([re.sub(r"[^A-Za-z0-9._=-]+", "-", label).strip("-.") or "policy" for label in labels])
