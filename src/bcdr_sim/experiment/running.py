"""From a plan to its worlds: what is stored is taken over, what is missing is played, until there is enough.

Theory of operation. The first worlds are played here and timed. If the rest takes less than `SERIAL_S`, it is played here
too; otherwise it goes to the pool in chunks, about `CHUNKS_PER_WORKER` for each worker, none shorter than `CHUNK_S_MIN` (the
pool's own work), none much longer than `CHUNK_S_MAX` (what an interruption costs) unless the run takes so long that it would
be in more than `CHUNK_PARTS` parts. Time decides how worlds are grouped, and nothing else: what a world holds has its
address.

With a precision the run looks at fixed numbers of worlds and plays none beyond the one at which it stops.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from time import perf_counter

import numpy as np

from bcdr_sim.experiment.case import Case
from bcdr_sim.experiment.collected import Collected, Range
from bcdr_sim.experiment.driving import drive
from bcdr_sim.experiment.metric import metric_values
from bcdr_sim.experiment.playing import Portion, Task, play
from bcdr_sim.experiment.pools import GivenPool, Pool
from bcdr_sim.experiment.store import Store
from bcdr_sim.statistics.stopping import Look, Precision, look

PILOT_S = 0.2
SERIAL_S = 2.0
CHUNK_S_MIN, CHUNK_S_MAX = 0.2, 1.0
CHUNKS_PER_WORKER = 8
CHUNK_PARTS = 500
"""Source of these: 07-ecosystem, scale-out (a task costs 0.1 to 1.6 ms, a pool 0.3 s and more). `CHUNK_S_MAX` and
`CHUNK_PARTS` are assumptions: nobody minds losing a second, or two in a thousand of a long run."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """How many worlds: `replications`, or fewer if `precision` of the mean of `metric` is reached before.

    `chunk` fixes how many worlds a task holds; None leaves it to the clock.
    """

    replications: int
    precision: Precision | None = None
    metric: str = "down_ms"
    chunk: int | None = None

    def looks(self) -> Iterator[int]:
        """How many worlds to have before looking at them, rising."""
        if self.precision is None:
            yield self.replications
        else:
            yield from replace(self.precision, n_max=self.replications).looks()


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run is: worlds there, worlds wanted (with a precision: expected), worlds played, in how many seconds."""

    label: str
    done: int
    wanted: int
    played: int
    seconds: float
    collected: Collected


Report = Callable[[Progress], None]


@dataclass(slots=True)
class Run:
    """One case on its way to enough worlds."""

    case: Case
    seed: int
    wanted: Wanted
    collected: Collected
    pool: Pool | None = None
    store: Store | None = None
    report: Report | None = None
    last_look: Look | None = None
    _played: int = 0
    _world_s: float = 0.0
    _began_s: float = field(default_factory=perf_counter)
    _uses_pool: bool = False

    def finish(self) -> int:
        """Play until there are enough; how many there are to look at. The store is whole whatever happens."""
        enough = 0
        is_complete = False
        try:
            for target in self.wanted.looks():
                self.reach(target)
                enough = target
                if self._is_precise(target):
                    break
            is_complete = True
        finally:
            self.keep(enough if is_complete else self.wanted.replications, is_complete=is_complete)
        return enough

    def keep(self, planned: int, *, is_complete: bool) -> None:
        """Write down, if there is a store, how many worlds were planned and whether they are all there."""
        if self.store is not None:
            there = max((last for _, last in self.collected.finished()), default=0)
            self.store.planned = max(planned, self.store.planned, there)
            self.store.save(self.collected, is_complete=is_complete)

    def _is_precise(self, target: int) -> bool:
        if self.wanted.precision is None:
            return False
        values = metric_values(self.wanted.metric, self.collected.first_worlds(target))
        self.last_look = look(values, self.wanted.precision)
        return self.last_look.is_precise

    def reach(self, target: int) -> None:
        """Play what is missing of the first `target` worlds."""
        self._tell(target)
        if self.wanted.chunk is None and self._played == 0:
            gap = next(iter(self.collected.missing(0, target)), None)
            if gap is None:
                return
            self._take(play(self._task(*gap, budget_s=PILOT_S)), target)
        gaps = self.collected.missing(0, target)
        left = sum(last - first for first, last in gaps)
        if left == 0:
            return
        pool = self.pool if self._is_worth_a_pool(left) else None
        tasks = self._tasks(gaps, left, 1 if pool is None else pool.width)
        for portion in map(play, tasks) if pool is None else drive(tasks, pool):
            self._take(portion, target)

    def _tasks(self, gaps: list[Range], left: int, width: int) -> Iterator[Task]:
        """Chunks of the gaps, each as large as what is known of the speed by then makes good."""
        for at, last in gaps:
            while at < last:
                size = min(self._chunk_size(left, width), last - at)
                yield self._task(at, at + size)
                at += size
                left -= size

    def _is_worth_a_pool(self, left: int) -> bool:
        if self.pool is None:
            return False
        if isinstance(self.pool, GivenPool) or self.wanted.chunk is not None:
            return True
        if left * self._world_s < (2 * CHUNK_S_MIN if self._uses_pool else SERIAL_S):
            return False
        self._uses_pool = True
        return True

    def _chunk_size(self, left: int, width: int) -> int:
        if self.wanted.chunk is not None:
            return self.wanted.chunk
        fair = left / (CHUNKS_PER_WORKER * width)
        world_s = max(self._world_s, 1e-6)
        whole_s = (self._played + left) * world_s / width
        least, most = CHUNK_S_MIN / world_s, max(CHUNK_S_MAX, whole_s / CHUNK_PARTS) / world_s
        return max(1, min(math.ceil(max(fair, least)), int(most), math.ceil(left / width)))

    def _task(self, first: int, last: int, *, budget_s: float | None = None) -> Task:
        store = self.store
        return Task(
            case=self.case,
            seed=self.seed,
            first=first,
            last=last,
            frames=() if store is None else store.frames,
            stores=store is not None,
            budget_s=budget_s,
        )

    def _take(self, portion: Portion, target: int) -> None:
        self.collected.add(portion.worlds, first=portion.first)
        if self.store is not None:
            self.store.add(portion, self.collected)
        count = portion.last - portion.first
        latest_s = portion.seconds / count
        self._world_s = (self._world_s + latest_s) / 2 if self._played else latest_s
        self._played += count
        self._tell(target)

    def _tell(self, target: int) -> None:
        if self.report is None:
            return
        expected = None if self.last_look is None else self.last_look.expected_n
        wanted = (
            target if self.wanted.precision is None else min(self.wanted.replications, expected or target)
        )
        done = int(np.count_nonzero(self.collected.there[: self.wanted.replications]))
        self.report(
            Progress(
                label=self.case.label,
                done=done,
                wanted=max(wanted, done, target),
                played=self._played,
                seconds=perf_counter() - self._began_s,
                collected=self.collected,
            )
        )
