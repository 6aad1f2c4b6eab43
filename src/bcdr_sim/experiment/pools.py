"""Where chunks are played: processes of this machine, or any executor that is handed in.

A process pool of the standard library is broken as soon as one of its workers dies, so a `LocalPool` can be opened again.
Its workers are started afresh (`forkserver`, or `spawn` where there is none), never forked beside threads; they leave Ctrl-C
to their parent, and end when it does, however it ends.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import ModuleType
from typing import Protocol

from bcdr_sim.experiment.playing import Portion, Task, play


class Pool(Protocol):
    """What plays tasks. `width` is how many at once."""

    @property
    def width(self) -> int:
        """How many tasks are played at once."""

    def submit(self, task: Task) -> Future[Portion]:
        """Begin to play a task, or queue it."""

    def reopen(self) -> bool:
        """Begin anew after a worker has died; False where that is not ours to do."""

    def close(self, *, at_once: bool) -> None:
        """End; with `at_once` without waiting for what is being played."""


@dataclass(slots=True)
class LocalPool:
    """Processes of this machine, started when the first task comes."""

    width: int
    _executor: ProcessPoolExecutor | None = None
    _others: frozenset[int] = frozenset()

    def submit(self, task: Task) -> Future[Portion]:
        """See `Pool`."""
        if self._executor is None:
            self._others = frozenset(id(child) for child in multiprocessing.active_children())
            self._executor = ProcessPoolExecutor(
                self.width, mp_context=_context(), initializer=_begin, initargs=(os.getpid(),)
            )
        with _without_script():
            return self._executor.submit(play, task)

    def reopen(self) -> bool:
        """See `Pool`."""
        self.close(at_once=True)
        return True

    def close(self, *, at_once: bool) -> None:
        """See `Pool`."""
        if self._executor is None:
            return
        executor, self._executor = self._executor, None
        if at_once:
            executor.shutdown(wait=False, cancel_futures=True)
            for child in multiprocessing.active_children():
                if id(child) not in self._others:
                    child.terminate()
        executor.shutdown(wait=True, cancel_futures=True)


@dataclass(slots=True)
class GivenPool:
    """An executor that somebody else made and will end."""

    executor: Executor
    width: int
    _flying: list[Future[Portion]] = field(default_factory=list)

    def submit(self, task: Task) -> Future[Portion]:
        """See `Pool`."""
        future = self.executor.submit(play, task)
        self._flying = [each for each in self._flying if not each.done()]
        self._flying.append(future)
        return future

    def reopen(self) -> bool:
        """See `Pool`."""
        return False

    def close(self, *, at_once: bool) -> None:
        """See `Pool`: what has not begun is cancelled, the executor stays open."""
        if at_once:
            for future in self._flying:
                future.cancel()


def processors() -> int:
    """How many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@contextmanager
def _without_script() -> Iterator[None]:
    """Hide the running script from processes that are started meanwhile.

    They would run it once more to find what it defines, and it may start workers itself, or be a notebook or a pipe that
    cannot be read twice. Our workers need nothing of it.
    """
    script = sys.modules["__main__"]
    sys.modules["__main__"] = ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = script


def _context() -> multiprocessing.context.BaseContext:
    method = "forkserver" if "forkserver" in multiprocessing.get_all_start_methods() else "spawn"
    context = multiprocessing.get_context(method)
    if method == "forkserver":
        context.set_forkserver_preload(["bcdr_sim.experiment.playing", "pyarrow.parquet"])
    return context


def _begin(parent: int) -> None:
    """Prepare a worker: Ctrl-C is the parent's, and without the parent there is nothing to work for."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    threading.Thread(target=_end_with, args=(parent,), daemon=True).start()


def _end_with(_: int) -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
