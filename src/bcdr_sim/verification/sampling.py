"""The numbers of a case: its worlds resolved, simulated and measured as for everybody, spread over workers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path

import numpy as np

from bcdr_sim.engine import simulate
from bcdr_sim.estate import Estate, build_estate
from bcdr_sim.metrics import Metrics, measure
from bcdr_sim.policy import Policy, load_policy
from bcdr_sim.scenario.document import Scenario
from bcdr_sim.scenario.reading import load_scenario
from bcdr_sim.trial import resolve
from bcdr_sim.verification.case import Case, Numbers, Sample
from bcdr_sim.verification.cases import case_named

CHUNK = 250
"""Worlds that a worker takes at a time."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """Numbers of every check of a case, in the order of its checks, and how many outages the worlds had together."""

    case: Case
    seed: int
    numbers: tuple[Numbers, ...]
    outages: int


def draw(
    cases: Sequence[Case], *, seeds: Sequence[int], scale: int = 1, executor: Executor | None = None
) -> Iterator[Drawn]:
    """Run every case with every seed, in that order; the same numbers whatever the executor.

    `scale` multiplies the worlds of the cases that are sampled over worlds.

    Raises:
        AssertionError: the worlds of a case had no outage, so nothing would have been tried.
    """
    runs = [(case, seed) for case in cases for seed in seeds]
    tasks = [chunks(case, seed, scale) for case, seed in runs]
    parts = iter((executor.map if executor else map)(_draw_chunk, chain.from_iterable(tasks)))
    for (case, seed), pieces in zip(runs, tasks, strict=True):
        yield _joined(case, seed, list(islice(parts, len(pieces))))


def chunks(case: Case, seed: int, scale: int) -> list[tuple[str, int, int, int]]:
    """The tasks of one case and seed: which worlds a worker takes at a time."""
    worlds = case.worlds * scale if case.sample is Sample.WORLDS else case.worlds
    return [(case.id, seed, first, min(first + CHUNK, worlds)) for first in range(0, worlds, CHUNK)]


def _joined(case: Case, seed: int, parts: Sequence[tuple[tuple[Numbers, ...], int]]) -> Drawn:
    outages = sum(count for _, count in parts)
    assert outages > 0, f"{case.id}: no outage in any world"
    numbers = tuple(
        np.concatenate([columns[place] for columns, _ in parts]) for place in range(len(case.checks))
    )
    return Drawn(case, seed, numbers, outages)


def _draw_chunk(task: tuple[str, int, int, int]) -> tuple[tuple[Numbers, ...], int]:
    case_id, seed, first, last = task
    case = case_named(case_id)
    sides = [_Side.of(path) for path in case.paths]
    columns: tuple[list[float | Sequence[float] | Numbers], ...] = tuple([] for _ in case.checks)
    outages = 0
    for replication in range(first, last):
        played = [side.play(seed, replication) for side in sides]
        outages += len(played[0].timeline.trial.outages)
        for check, column in zip(case.checks, columns, strict=True):
            read = check.read(played[0])
            column.append(np.asarray(check.read(played[1])) - np.asarray(read) if check.saved else read)
    return tuple(_stacked(column) for column in columns), outages


@dataclass(frozen=True, slots=True)
class _Side:
    """One scenario of a case, read once for many worlds."""

    scenario: Scenario
    policy: Policy
    estate: Estate

    @classmethod
    def of(cls, path: Path) -> _Side:
        scenario = load_scenario(path)
        policy = load_policy(str(scenario.policy), folder=path.parent)
        return cls(scenario, policy, build_estate(scenario))

    def play(self, seed: int, replication: int) -> Metrics:
        trial = resolve(self.scenario, seed=seed, replication=replication, estate=self.estate)
        return measure(simulate(trial, self.policy))


def _stacked(column: list[float | Sequence[float] | Numbers]) -> Numbers:
    """One row per observation: numbers of worlds one below the other, a fleet's as they are."""
    if len(column) == 1 and np.ndim(column[0]):
        return np.asarray(column[0], dtype=np.float64)
    return np.asarray(column, dtype=np.float64)
