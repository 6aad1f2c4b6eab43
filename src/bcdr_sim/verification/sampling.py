"""The numbers of a case: its worlds resolved, simulated and measured as for everybody, spread over workers."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Executor
from dataclasses import dataclass

import numpy as np

from bcdr_sim.engine import simulate
from bcdr_sim.estate import build_estate
from bcdr_sim.metrics import measure
from bcdr_sim.policy import load_policy
from bcdr_sim.scenario.reading import load_scenario
from bcdr_sim.trial import resolve
from bcdr_sim.verification.case import Case, Numbers
from bcdr_sim.verification.cases import case_named

CHUNK = 500
"""Worlds that a worker takes at a time."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """Numbers of every check of a case, in the order of its checks, and how many outages the worlds had together."""

    numbers: tuple[Numbers, ...]
    outages: int


def draw(case: Case, *, seed: int, worlds: int, executor: Executor | None = None) -> Drawn:
    """Run `worlds` replications of a case; the same numbers whatever the executor.

    Raises:
        AssertionError: no world had an outage, so nothing would have been tried.
    """
    starts = range(0, worlds, CHUNK)
    tasks = [(case.id, seed, first, min(first + CHUNK, worlds)) for first in starts]
    parts = list((executor.map if executor else map)(_draw_chunk, tasks))
    outages = sum(part.outages for part in parts)
    assert outages > 0, f"{case.id}: no outage in {worlds} worlds"
    return Drawn(
        numbers=tuple(
            np.concatenate([part.numbers[place] for part in parts]) for place in range(len(case.checks))
        ),
        outages=outages,
    )


def _draw_chunk(task: tuple[str, int, int, int]) -> Drawn:
    case_id, seed, first, last = task
    case = case_named(case_id)
    scenario = load_scenario(case.path)
    policy = load_policy(str(scenario.policy), folder=case.path.parent)
    estate = build_estate(scenario)
    columns: tuple[list[float | Sequence[float]], ...] = tuple([] for _ in case.checks)
    outages = 0
    for replication in range(first, last):
        trial = resolve(scenario, seed=seed, replication=replication, estate=estate)
        outages += len(trial.outages)
        metrics = measure(simulate(trial, policy))
        for check, column in zip(case.checks, columns, strict=True):
            column.append(check.read(metrics))
    return Drawn(tuple(_stacked(column) for column in columns), outages)


def _stacked(column: list[float | Sequence[float]]) -> Numbers:
    """One row per observation: numbers of worlds one below the other, a fleet's as they are."""
    if column and np.ndim(column[0]) and len(column) == 1:
        return np.asarray(column[0], dtype=np.float64)
    return np.asarray(column, dtype=np.float64)
