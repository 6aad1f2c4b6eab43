"""Hands are few: when each of many repairs is done that a number of crews work through one after the other.

Theory of operation. A queue with a fixed number of servers and a priority that does not interrupt: a crew that is free
takes the waiting job that comes first, and stays with it until it is done. All jobs are known beforehand, each with the
instant from which it waits, so the queue is worked out once, crew by crew, without a clock. Which of two free crews takes
a job makes no difference to the instants.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from heapq import heapify, heappop, heappush, heapreplace
from typing import Literal

from bcdr_sim.estate import EnvironmentSpec


@dataclass(frozen=True, slots=True, order=True)
class Job:
    """One repair: it waits from `since_ms` on, comes before others by `place` (the less, the sooner), and takes `lasts_ms`.

    `row` is the environment; no two jobs have the same.
    """

    since_ms: int
    place: tuple[int, ...]
    row: int
    lasts_ms: int


def repaired_ms(jobs: Iterable[Job], *, crews: int, from_ms: int) -> dict[int, int]:
    """When the repair of each row is done, with so many crews (at least 1) that work from an instant on."""
    coming = sorted(jobs, reverse=True)
    free_ms = [from_ms] * crews
    heapify(free_ms)
    waiting: list[tuple[tuple[int, ...], int, int]] = []
    done: dict[int, int] = {}
    now_ms = from_ms
    while coming or waiting:
        now_ms = max(now_ms, free_ms[0])
        if not waiting:
            now_ms = max(now_ms, coming[-1].since_ms)
        while coming and coming[-1].since_ms <= now_ms:
            job = coming.pop()
            heappush(waiting, (job.place, job.row, job.lasts_ms))
        _, row, lasts_ms = heappop(waiting)
        done[row] = now_ms + lasts_ms
        heapreplace(free_ms, done[row])
    return done


def turn(
    spec: EnvironmentSpec, order: Literal["production", "tier", "fifo"], *, since_ms: int
) -> tuple[int, ...]:
    """The place in the queue of an environment that waits since an instant: the less, the sooner; names decide the rest."""
    match order:
        case "production":
            return (spec.type != "Production", spec.tier)
        case "tier":
            return (spec.tier,)
        case "fifo":
            return (since_ms, spec.tier)
