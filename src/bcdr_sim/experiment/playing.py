"""Playing a chunk of worlds: what a worker does, wherever it runs. Plain data in, columns out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from time import perf_counter

import numpy as np

from bcdr_sim.engine import simulate
from bcdr_sim.errors import InputError, Problem
from bcdr_sim.experiment.case import Case, Ready
from bcdr_sim.experiment.columns import Sheet, columns_of, worlds_file
from bcdr_sim.experiment.edition import edition
from bcdr_sim.experiment.rarity import OutageNumber
from bcdr_sim.experiment.worlds import COLUMNS, Worlds, dtypes, world_of
from bcdr_sim.metrics import Metrics, measure
from bcdr_sim.policy import PolicyError
from bcdr_sim.trial import resolve
from bcdr_sim.verdict import Verdict, judge

NONE_IN = frozenset(column.name for column in COLUMNS if column.may_be_none)


@dataclass(frozen=True, slots=True)
class Task:
    """Replications `first` to before `last` of a case. `frames` are kept beside the row per world.

    With a `budget_s` no further world is begun after so many seconds; how many were played is then for the clock to say,
    what each holds is not.
    """

    case: Case
    seed: int
    first: int
    last: int
    frames: tuple[str, ...] = ()
    stores: bool = False
    budget_s: float | None = None
    number: OutageNumber | None = None
    """Worlds with this number of outages; None leaves it to chance."""

    def __str__(self) -> str:
        """For people: `seed 7, replications 0 to 124`."""
        return f"seed {self.seed}, replications {self.first:,} to {self.last - 1:,}"


@dataclass(frozen=True, slots=True)
class Portion:
    """What a task gave: the worlds as columns, and the bytes and row counts of the files to store, by frame.

    `case` is the digest of the case that they are of.
    """

    first: int
    last: int
    worlds: Worlds
    files: Mapping[str, bytes]
    rows: Mapping[str, int]
    edition: str
    seconds: float
    case: str


def play(task: Task) -> Portion:
    """Play the worlds of a task, one after the other.

    Raises:
        InputError: the policy asks for what cannot be done, or a world has more outages than it may have.
        Exception: a fault of the program; a note names seed and replication.
    """
    ready = task.case.ready()
    began_s = perf_counter()
    rows, sheets = [], {frame: Sheet() for frame in task.frames}
    for replication in range(task.first, task.last):
        try:
            metrics, verdict = _measured(ready, task, replication=replication)
            rows.append(world_of(metrics, verdict))
            for frame, sheet in sheets.items():
                sheet.add(columns_of(frame, metrics, verdict))
        except InputError:
            raise
        except Exception as error:
            error.add_note(f"in seed {task.seed}, replication {replication}, policy {task.case.policy_name}")
            raise
        if task.budget_s is not None and perf_counter() - began_s >= task.budget_s:
            break
    worlds = _columns(rows, expectation_count=len(ready.scenario.expect))
    files = {frame: sheet.finished() for frame, sheet in sheets.items()}
    counts = {frame: sheet.rows for frame, sheet in sheets.items()}
    if task.stores:
        files["worlds"], counts["worlds"] = worlds_file(worlds, NONE_IN), len(rows)
    return Portion(
        first=task.first,
        last=task.first + len(rows),
        worlds=worlds,
        files=files,
        rows=counts,
        edition=edition(),
        seconds=perf_counter() - began_s,
        case=task.case.digest,
    )


def _measured(ready: Ready, task: Task, *, replication: int) -> tuple[Metrics, Verdict]:
    scenario = ready.scenario
    if task.number is not None:
        scenario = task.number.scenario(scenario, seed=task.seed, replication=replication)
    try:
        trial = resolve(scenario, seed=task.seed, replication=replication, estate=ready.estate)
    except ValueError as error:
        raise _refusal(ready.scenario.name, error, replication) from error
    try:
        timeline = simulate(trial, ready.policy)
    except PolicyError as error:
        raise _refusal(ready.policy.name, error, replication) from error
    metrics = measure(timeline)
    return metrics, judge(metrics, ready.scenario)


def _refusal(what: str, error: Exception, replication: int) -> InputError:
    return InputError([Problem(what, 0, 0, 0, f"{error} (replication {replication:,})")])


def _columns(rows: list[dict[str, int | bool | bytes]], *, expectation_count: int) -> Worlds:
    return {
        name: np.array([row[name] for row in rows], dtype=dtype)
        for name, dtype in dtypes(expectation_count).items()
    }
