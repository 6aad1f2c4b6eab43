"""The numbers of a case: its worlds resolved, simulated and measured as for everybody, spread over workers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path

import numpy as np

from bcdr_sim.draws import Draws
from bcdr_sim.engine import simulate
from bcdr_sim.estate import Estate, build_estate
from bcdr_sim.metrics import Metrics, measure
from bcdr_sim.policy import Policy, load_policy
from bcdr_sim.scenario.document import Scenario
from bcdr_sim.scenario.reading import load_scenario
from bcdr_sim.study.quantity import quantity
from bcdr_sim.study.rare import Stratified, play_strata
from bcdr_sim.study.subject import subject_of
from bcdr_sim.trial import resolve
from bcdr_sim.verification.case import Case, Numbers, Sample
from bcdr_sim.verification.cases import case_named

CHUNK = {Sample.WORLDS: 250, Sample.FLEET: 25}
"""Worlds that a worker takes at a time; those with strata or without chance are played by one."""
GAIN_MIN = 20.0
"""So many times less variance than plain worlds, as many, is asked of strata."""

Task = tuple[str, int, int, int]
"""The id of a case, a seed, and the range of its worlds."""


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

    `scale` multiplies the worlds of the cases that have chance in them.

    Raises:
        AssertionError: the worlds of a case had no outage, so nothing would have been tried.
    """
    runs = [(case, seed) for case in cases for seed in seeds]
    tasks = [chunks(case, seed, scale) for case, seed in runs]
    parts = iter((executor.map if executor else map)(_draw_chunk, chain.from_iterable(tasks)))
    for (case, seed), pieces in zip(runs, tasks, strict=True):
        yield _joined(case, seed, list(islice(parts, len(pieces))))


def chunks(case: Case, seed: int, scale: int) -> list[Task]:
    """The tasks of one case and seed: which worlds a worker takes at a time."""
    worlds = case.worlds if case.sample is Sample.CONSTANT else case.worlds * scale
    chunk = CHUNK.get(case.sample, worlds)
    return [(case.id, seed, first, min(first + chunk, worlds)) for first in range(0, worlds, chunk)]


def _joined(case: Case, seed: int, parts: Sequence[tuple[tuple[Numbers, ...], int]]) -> Drawn:
    outages = sum(count for _, count in parts)
    assert outages > 0, f"{case.id}: no outage in any world"
    numbers = tuple(
        np.concatenate([columns[place] for columns, _ in parts]) for place in range(len(case.checks))
    )
    return Drawn(case, seed, numbers, outages)


def _draw_chunk(task: Task) -> tuple[tuple[Numbers, ...], int]:
    case_id, seed, first, last = task
    case = case_named(case_id)
    if case.sample is Sample.STRATA:
        return _draw_strata(case, seed=seed, worlds=last)
    sides = [_Side.of(path) for path in case.paths]
    columns: tuple[list[Numbers], ...] = tuple([] for _ in case.checks)
    outages = 0
    for replication in range(first, last):
        if case.stream is not None:
            sides = [_Side.with_stream(case, Draws(seed, replication))]
        played = [side.play(seed, replication) for side in sides]
        outages += len(played[0].timeline.trial.outages)
        for check, column in zip(case.checks, columns, strict=True):
            read = np.asarray(check.read(played[0]), dtype=np.float64)
            column.append(np.asarray(check.read(played[1])) - read if check.saved else read)
    join = np.concatenate if case.sample is Sample.FLEET else np.stack
    return tuple(join(column) for column in columns), outages


def _draw_strata(case: Case, *, seed: int, worlds: int) -> tuple[tuple[Numbers, ...], int]:
    """The estimate of worlds shared out by their number of outages, as `run --stratify outages` makes it."""
    assert case.asks is not None, "a case of strata asks something"
    asked = quantity(case.asks)
    found = play_strata(subject_of(case.paths[0]), asked, seed=seed, replications=worlds)
    gain = found.gain(asked)
    assert gain is not None, f"{case.id}: nothing varies"
    assert gain >= GAIN_MIN, f"{case.id}: strata gain {gain:.1f}, and {GAIN_MIN:g} is asked of them"
    estimate = found.estimate(asked)
    assert estimate.value is not None, "a probability has a value"
    row = np.array([[estimate.value, estimate.standard_error or 0.0, estimate.n]])
    return tuple(row for _ in case.checks), _outages_of(found)


def _outages_of(found: Stratified) -> int:
    return sum(int(part.runs.rows["outages"].sum()) for part in found.parts)


@dataclass(frozen=True, slots=True)
class _Side:
    """One scenario of a case, read once for many worlds."""

    scenario: Scenario
    policy: Policy
    estate: Estate

    @classmethod
    def of(cls, path: Path, text: str | None = None) -> _Side:
        scenario = load_scenario(path, text=text)
        policy = load_policy(str(scenario.policy), folder=path.parent)
        return cls(scenario, policy, build_estate(scenario))

    @classmethod
    def with_stream(cls, case: Case, draws: Draws) -> _Side:
        """The scenario that extends that of the case by traffic of its own."""
        assert case.stream is not None, "a case with a stream"
        (path,) = case.paths
        head = f"version: 1\nname: {case.id}-{draws.replication}\nextends: {path.name}\n"
        return cls.of(path.with_name(f"{path.stem}_{draws.replication}.yaml"), head + case.stream(draws))

    def play(self, seed: int, replication: int) -> Metrics:
        trial = resolve(self.scenario, seed=seed, replication=replication, estate=self.estate)
        return measure(simulate(trial, self.policy))
