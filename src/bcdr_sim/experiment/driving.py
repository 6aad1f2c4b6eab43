"""Driving chunks through a pool: nothing is lost when a worker dies, and what kills workers is named.

Rules.

* Only so many tasks are under way that every worker finds its next one waiting; so memory does not grow with the run.
* When a worker dies, everything that was under way is played again. Whose fault it was cannot be told from outside, so from
  then on each of those tasks is played alone. A task that has seen `STRIKES_MAX` workers die ends the run.
* Results come in the order in which they are ready. Each says what it holds, so order means nothing.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, CancelledError, Future, wait
from dataclasses import dataclass, field

from bcdr_sim.experiment.edition import edition
from bcdr_sim.experiment.playing import Portion, Task
from bcdr_sim.experiment.pools import Pool

STRIKES_MAX = 3
"""A task that was under way when so many workers died is given up. Source: 07-ecosystem, limits of scale-out."""
_KILLED = frozenset({"KilledWorker", "CommClosedError"})
"""What dask raises for a task whose workers died, by name: it is no dependency."""


class BrokenChunkError(Exception):
    """A chunk of worlds ends every worker that plays it; names the chunk."""


class EditionError(Exception):
    """Results of another edition of the program, which are never mixed with those of this one."""


@dataclass(slots=True)
class _Drive:
    pool: Pool
    fresh: Iterator[Task]
    suspects: deque[Task] = field(default_factory=deque)
    flying: dict[Future[Portion], Task] = field(default_factory=dict)
    strikes: dict[tuple[str, int, int], int] = field(default_factory=dict)

    def fill(self) -> None:
        """Put tasks under way: one suspect alone, or as many others as the pool can use."""
        if self.suspects:
            if not self.flying:
                self.submit(self.suspects.popleft())
            return
        while len(self.flying) < 2 * self.pool.width:
            task = next(self.fresh, None)
            if task is None:
                return
            self.submit(task)

    def submit(self, task: Task) -> None:
        try:
            self.flying[self.pool.submit(task)] = task
        except BrokenExecutor:
            self.suspects.append(task)
            if not self.flying and not self.pool.reopen():
                raise

    def landed(self) -> Iterator[Portion]:
        """Wait for one task or more, and give what is there; what broke is kept to be played again."""
        done, _ = wait(self.flying, return_when=FIRST_COMPLETED)
        broken: list[Task] = []
        for future in done:
            task = self.flying.pop(future)
            try:
                portion = future.result()
            except (BrokenExecutor, CancelledError):
                broken.append(task)
            except Exception as error:
                if type(error).__name__ not in _KILLED:
                    raise
                broken.append(task)
            else:
                yield portion
        if broken:
            yield from self.recovered(broken)

    def recovered(self, broken: list[Task]) -> Iterator[Portion]:
        """After the death of a worker: keep what had landed, note who was under way, open the pool again."""
        if self.pool.reopen():
            for future, task in self.flying.items():
                if future.done() and not future.cancelled() and future.exception() is None:
                    yield future.result()
                else:
                    broken.append(task)
            self.flying.clear()
        for task in sorted(broken, key=lambda task: task.first):
            key = task.case.digest, task.first, task.last
            self.strikes[key] = self.strikes.get(key, 0) + 1
            if self.strikes[key] >= STRIKES_MAX:
                raise BrokenChunkError(
                    f"{task} of {task.case.label}: the worker died {STRIKES_MAX} times while playing these worlds "
                    "(out of memory, or killed)"
                )
            self.suspects.append(task)


def drive(tasks: Iterable[Task], pool: Pool) -> Iterator[Portion]:
    """Play all tasks in a pool and give their results as they come.

    Raises:
        BrokenChunkError: a task that ends its workers.
        EditionError: a worker runs another edition of the program.
        Exception: whatever a world raised.
    """
    under_way = _Drive(pool, iter(tasks))
    under_way.fill()
    while under_way.flying or under_way.suspects:
        for portion in under_way.landed():
            if portion.edition != edition():
                raise EditionError(f"a worker runs bcdr-sim {portion.edition}, this is {edition()}")
            yield portion
        under_way.fill()
