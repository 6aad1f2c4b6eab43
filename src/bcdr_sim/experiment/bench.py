"""A bench: many cases played in the same worlds, each world once, whoever asks for it and however often.

A sweep or a search plays dozens of cases with few worlds each. One after the other they would leave all processes but one
without work, so chunks of all cases go through the pool together. What a case has played is kept, so that asking again, or
for more worlds, plays what is missing. With a folder it is stored as well, a run folder for each case and seed, and a study
that was interrupted finds it there.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter

from bcdr_sim.experiment.case import Case
from bcdr_sim.experiment.collected import Collected
from bcdr_sim.experiment.driving import drive
from bcdr_sim.experiment.playing import Portion, Task, play
from bcdr_sim.experiment.pools import GivenPool, Pool
from bcdr_sim.experiment.running import CHUNK_S_MAX, CHUNK_S_MIN, PILOT_S, SERIAL_S, Progress, Report
from bcdr_sim.experiment.runs import Runs
from bcdr_sim.experiment.store import Store, open_store
from bcdr_sim.experiment.worlds import expectation_count

BATCH_MAX = 50
"""So many cases are stored at a time: each holds its folder open."""


@dataclass(slots=True)
class Bench:
    """What plays the cases of a study. `folder` keeps a run folder for each; `force` replaces other runs in it."""

    pool: Pool | None = None
    folder: Path | None = None
    force: bool = False
    report: Report | None = None
    played: int = 0
    _known: dict[tuple[str, int], Collected] = field(default_factory=dict)
    _world_s: float = 0.0
    _uses_pool: bool = False

    def play(self, cases: Sequence[Case], *, seed: int, replications: int) -> list[Runs]:
        """The first so many worlds of each case, in the order of the cases.

        Raises: as `experiment.run`.
        """
        different = list({case.digest: case for case in cases}.values())
        size = max(1, len(different)) if self.folder is None else BATCH_MAX
        for at in range(0, len(different), size):
            self._play(different[at : at + size], seed=seed, replications=replications)
        found = []
        for case in cases:
            worlds = self._collected(case, seed).first_worlds(replications)
            folder = None if self.folder is None else self.folder / folder_name(case, seed)
            found.append(Runs(case, seed, worlds, folder))
        return found

    @property
    def has_run(self) -> bool:
        """Whether there was an outage or maintenance in any world that was played."""
        return any(
            (known.worlds["outages"] + known.worlds["planned_moves"]).any() for known in self._known.values()
        )

    def close(self, *, at_once: bool = False) -> None:
        """End the pool."""
        if self.pool is not None:
            self.pool.close(at_once=at_once)

    def _play(self, cases: Sequence[Case], *, seed: int, replications: int) -> None:
        stores: dict[str, Store] = {}
        try:
            for case in cases:
                if self.folder is not None:
                    stores[case.digest] = store = self._opened(case, seed)
                    store.load(self._collected(case, seed))
                    store.planned = max(replications, store.planned)
            self._fill(cases, stores, seed=seed, replications=replications)
        finally:
            for digest, store in stores.items():
                collected = self._known[digest, seed]
                store.save(collected, is_complete=not collected.missing(0, store.planned))
                store.close()

    def _collected(self, case: Case, seed: int) -> Collected:
        key = case.digest, seed
        if key not in self._known:
            self._known[key] = Collected(len(case.ready().scenario.expect))
        return self._known[key]

    def _opened(self, case: Case, seed: int) -> Store:
        assert self.folder is not None
        return open_store(self.folder / folder_name(case, seed), case, seed=seed, frames=(), force=self.force)

    def _fill(self, cases: Sequence[Case], stores: dict[str, Store], *, seed: int, replications: int) -> None:
        """Play what is missing of all cases."""
        began_s = perf_counter()
        wanted = [Task(case, seed, 0, replications, stores=bool(stores)) for case in cases]
        goal = replications * len(cases)
        done = goal - sum(last - first for task in wanted for first, last in self._missing(task))

        def take(portion: Portion) -> None:
            nonlocal done
            collected = self._known.get((portion.case, seed)) or Collected(expectation_count(portion.worlds))
            self._known[portion.case, seed] = collected
            collected.add(portion.worlds, first=portion.first)
            if portion.case in stores:
                stores[portion.case].add(portion, collected)
            count = portion.last - portion.first
            latest_s = portion.seconds / count
            self._world_s = (self._world_s + latest_s) / 2 if self._world_s else latest_s
            self.played += count
            done += count
            if self.report is not None:
                label = f"{len(cases)} cases" if len(cases) > 1 else cases[0].label
                spent_s = perf_counter() - began_s
                self.report(Progress(label, done, goal, self.played, spent_s, collected))

        if not self._world_s and done < goal:
            first = next(task for task in wanted if self._missing(task))
            take(play(_part(first, *self._missing(first)[0], budget_s=PILOT_S)))
        pool = self._worthwhile_pool(goal - done)
        tasks = self._tasks(wanted, goal - done, 1 if pool is None else pool.width)
        for portion in map(play, tasks) if pool is None else drive(tasks, pool):
            take(portion)

    def _missing(self, task: Task) -> list[tuple[int, int]]:
        known = self._known.get((task.case.digest, task.seed))
        return [(task.first, task.last)] if known is None else known.missing(task.first, task.last)

    def _tasks(self, wanted: Sequence[Task], left: int, width: int) -> Iterator[Task]:
        """Chunks of all cases, short enough for every process to have some and long enough to be worth sending."""
        world_s = max(self._world_s, 1e-6)
        fair = max(CHUNK_S_MIN / world_s, left / (8 * width))
        size = max(
            1, min(math.ceil(fair), int(CHUNK_S_MAX / world_s), math.ceil(left / width) if left else 1)
        )
        for task in wanted:
            for first, last in self._missing(task):
                for at in range(first, last, size):
                    yield _part(task, at, min(at + size, last))

    def _worthwhile_pool(self, left: int) -> Pool | None:
        """The pool, if there is work enough for it; once its processes run, less is enough."""
        if self.pool is None or not left:
            return None
        least_s = 2 * CHUNK_S_MIN if self._uses_pool else SERIAL_S
        if not isinstance(self.pool, GivenPool) and left * self._world_s < least_s:
            return None
        self._uses_pool = True
        return self.pool


def folder_name(case: Case, seed: int) -> str:
    """Where a study keeps the worlds of a case: a name that is the same whichever study asks."""
    return f"case-{case.digest[:16]}-seed-{seed}"


def _part(task: Task, first: int, last: int, *, budget_s: float | None = None) -> Task:
    return Task(task.case, task.seed, first, last, task.frames, stores=task.stores, budget_s=budget_s)
