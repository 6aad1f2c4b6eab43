"""Many worlds of a scenario: planned as plain data, played by any executor, stored as shards, told with intervals.

Theory of operation. A `Plan` holds `Case`s (a scenario and a policy as text) and how many replications of each are wanted. A
`Task` is a range of replications of one case; `play` makes columns of it wherever it runs; `drive` sends tasks through a
pool and outlives its workers; `Store` keeps what comes back. Every world has its address (case, seed, replication), so the
order of work, its division and its interruptions change nothing: `Runs.digest` is the same.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Mapping
from concurrent.futures import Executor
from pathlib import Path

from bcdr_sim.experiment.case import Case, Value, case_of
from bcdr_sim.experiment.collected import Collected
from bcdr_sim.experiment.columns import FRAMES_KEPT
from bcdr_sim.experiment.comparing import compare, compare_plan
from bcdr_sim.experiment.comparison import Comparison, compare_runs
from bcdr_sim.experiment.contrast import Contrast, contrast
from bcdr_sim.experiment.driving import BrokenChunkError, EditionError
from bcdr_sim.experiment.folder import (
    check_edition,
    damage,
    read_case,
    read_manifest,
    shards_of,
    whole_worlds,
)
from bcdr_sim.experiment.keeping import Keeper
from bcdr_sim.experiment.plan import Plan, cases, load_case, with_values
from bcdr_sim.experiment.pools import GivenPool, LocalPool, Pool
from bcdr_sim.experiment.running import Progress, Report, Run, Wanted
from bcdr_sim.experiment.runs import Runs
from bcdr_sim.experiment.store import Store, open_store
from bcdr_sim.policy import Policy
from bcdr_sim.scenario.document import Scenario
from bcdr_sim.statistics.stopping import Precision

__all__ = [
    "BrokenChunkError",
    "Case",
    "Comparison",
    "Contrast",
    "EditionError",
    "GivenPool",
    "LocalPool",
    "Plan",
    "Pool",
    "Progress",
    "Report",
    "Runs",
    "Wanted",
    "case_of",
    "cases",
    "compare",
    "compare_plan",
    "compare_runs",
    "contrast",
    "load_case",
    "open_runs",
    "run",
    "run_plan",
    "with_values",
]


def run(
    scenario: Scenario | str | Path,
    policy: Policy | str | Path | None = None,
    *,
    seed: int = 0,
    replications: int = 1000,
    workers: int = 1,
    parameters: Mapping[str, Value] | None = None,
    precision: float | None = None,
    metric: str = "down_ms",
    frames: tuple[str, ...] = FRAMES_KEPT,
    output: str | Path | None = None,
    force: bool = False,
    executor: Executor | None = None,
) -> Runs:
    """Play many worlds of a scenario, or of its file, under its own policy or another one.

    `precision`, such as 0.05 for 5 %, stops before `replications` as soon as the mean of `metric` is known so well.
    `workers` is the number of processes; they are started only if there is work for seconds. `executor` is used instead of
    them and left open. `output` is the folder of the run, a temporary one if none is given and `frames` are to be kept; a
    run that was interrupted there goes on.

    Raises:
        InputError: faults of the files, or `output` holds something else.
        ValueError: an argument out of range.
        BrokenChunkError: a chunk of worlds ends every worker that plays it.
        EditionError: `output` or a worker is of another edition of the program.
    """
    if workers < 1:
        raise ValueError(f"workers: at least 1, not {workers}")
    wanted = Wanted(replications, None if precision is None else Precision(precision), metric)
    plan = Plan((load_case(scenario, policy, parameters=parameters),), seed, wanted, frames)
    pool: Pool | None = LocalPool(workers) if workers > 1 else None
    if executor is not None:
        pool = GivenPool(executor, max(workers, getattr(executor, "_max_workers", 1)))
    return run_plan(plan, pool, output=None if output is None else Path(output), force=force)[0]


def open_runs(folder: str | Path) -> Runs:
    """The worlds of a run folder: all that its manifest names, also of a run that was interrupted.

    Raises:
        InputError: it is no run folder, or something in it is damaged or gone.
        EditionError: it is of another edition of the program.
    """
    place = Path(folder)
    manifest = read_manifest(place)
    check_edition(place, manifest)
    case = read_case(place, manifest)
    collected = Collected(len(case.ready().scenario.expect))
    damaged = []
    for shard in shards_of(manifest):
        worlds = whole_worlds(place, shard, ("worlds", *shard.files))
        if worlds is None:
            damaged.append(shard)
        else:
            collected.add(worlds, first=shard.first)
    if damaged:
        raise damage(place, damaged)
    return Runs(case, int(manifest["seed"]), collected.present(), place)


def run_plan(
    plan: Plan,
    pool: Pool | None = None,
    *,
    output: Path | None = None,
    force: bool = False,
    report: Report | None = None,
) -> tuple[Runs, ...]:
    """Play all cases of a plan, one after the other, in one pool; without a pool in this process.

    With `output` a plan of one case has that folder for itself, one of several a folder in it for each. Without one, frames
    are kept in a temporary folder that lives as long as the result. Whatever ends the run, an interrupt too, what was
    stored stays whole.

    Raises: as `run`.
    """
    keeper: Keeper | None = None
    if output is None and plan.frames:
        keeper = Keeper(Path(tempfile.mkdtemp(prefix="bcdr-sim-")))
        output = keeper.folder / "run"
    at_once = True
    try:
        found = []
        for case in plan.cases:
            folder = output if output is None or len(plan.cases) == 1 else output / _folder_name(case.label)
            found.append(
                _run_case(plan, case, pool, folder=folder, force=force, report=report, keeper=keeper)
            )
        at_once = False
        return tuple(found)
    finally:
        if pool is not None:
            pool.close(at_once=at_once)


def _run_case(
    plan: Plan,
    case: Case,
    pool: Pool | None,
    *,
    folder: Path | None,
    force: bool,
    report: Report | None,
    keeper: object,
) -> Runs:
    collected = Collected(len(case.ready().scenario.expect))
    store: Store | None = None
    if folder is not None:
        store = open_store(folder, case, seed=plan.seed, frames=plan.frames, force=force)
        store.load(collected)
    try:
        playing = Run(case, plan.seed, plan.wanted, collected, pool, store, report)
        count = playing.finish()
    finally:
        if store is not None:
            store.close()
    return Runs(case, plan.seed, collected.first_worlds(count), folder, playing.last_look, keeper)


def _folder_name(label: str) -> str:
    return re.sub(r"[^A-Za-z0-9._=-]+", "-", label)
