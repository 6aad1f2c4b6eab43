"""Studies: many cases of one scenario, all in the same worlds, to find out what a setting does.

* `sweep`: a grid of values, every point with its intervals and its paired difference from the first;
* `solve`: the furthest value that still keeps a target, with the interval of that answer, confirmed in fresh worlds;
* `optimise`: what cannot all be had at once, as a Pareto front judged in fresh worlds;
* `families`: the same with what is drawn from other families of distributions;
* `stratify`: worlds shared out by their number of outages, for rare ones;
* `sensitivity`: what each setting does by itself, or how all of them share the variance of a number;
* `uncertainty`: what is not known of the inputs, told apart from what too few worlds leave open.

A `Subject` is what is varied, a `Span` the values that a search may take, a `Quantity` what is asked of the worlds, a
`Target` the bound it shall keep. Nothing here plays or stores a world: `experiment.bench` does.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Executor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from bcdr_sim.experiment.bench import Bench
from bcdr_sim.experiment.pools import GivenPool, LocalPool, Pool
from bcdr_sim.policy import Policy
from bcdr_sim.scenario.document import Scenario
from bcdr_sim.study.doubt import Uncertainty, play_inputs
from bcdr_sim.study.folder import open_folder
from bcdr_sim.study.front import OBJECTIVES, Front, find_front, objective
from bcdr_sim.study.grid import Sweep, play_grid
from bcdr_sim.study.influence import Sobol, Tornado, sobol, tornado
from bcdr_sim.study.inputs import read_inputs
from bcdr_sim.study.limit import find_limit
from bcdr_sim.study.quantity import Quantity, quantity
from bcdr_sim.study.rare import Stratified, play_strata
from bcdr_sim.study.relatives import Families, lengths_of, play_families
from bcdr_sim.study.solution import Outcome, Solution
from bcdr_sim.study.span import Ends, Span, span_of
from bcdr_sim.study.subject import Subject, Values, subject_of
from bcdr_sim.study.target import Target, target

__all__ = [
    "Families",
    "Front",
    "Outcome",
    "Quantity",
    "Sobol",
    "Solution",
    "Span",
    "Stratified",
    "Subject",
    "Sweep",
    "Target",
    "Tornado",
    "Uncertainty",
    "families",
    "objective",
    "optimise",
    "quantity",
    "sensitivity",
    "solve",
    "span_of",
    "stratify",
    "subject_of",
    "sweep",
    "target",
    "uncertainty",
]


def sweep(
    scenario: Scenario | str | Path,
    grid: Mapping[str, Sequence[Any]],
    *,
    policy: Policy | str | Path | None = None,
    seed: int = 0,
    replications: int = 1000,
    parameters: Values | None = None,
    workers: int = 1,
    executor: Executor | None = None,
    output: str | Path | None = None,
    force: bool = False,
) -> Sweep:
    """Play a scenario at every point of a grid: values by setting, a policy parameter or a path in the scenario.

    `parameters` are values that stay the same at all points. The other arguments mean what they mean for `run`.

    Raises:
        InputError: faults of the files, a setting that does not exist or does not take a value, or `output` holds
            something else.
        ValueError: an argument out of range.
        BrokenChunkError, EditionError: as `run`.
    """
    subject = subject_of(scenario, policy, values=parameters)
    with _opened(subject, _Where(workers, executor, output, force), seed=seed) as bench:
        return play_grid(subject, grid, bench, seed=seed, replications=_at_least_one(replications))


def solve(
    scenario: Scenario | str | Path,
    find: str,
    keeps: str,
    *,
    policy: Policy | str | Path | None = None,
    between: Ends | None = None,
    step: Any = None,
    seed: int = 0,
    replications: int = 1000,
    fresh: int | None = None,
    parameters: Values | None = None,
    workers: int = 1,
    executor: Executor | None = None,
    output: str | Path | None = None,
    force: bool = False,
) -> Solution:
    """Find the furthest value of the setting `find` that keeps a target, such as `P(loss <= 15m) >= 99%`.

    `between` are the ends of the search, by default the declared range of a policy parameter; `step` is how exact the
    answer is. `fresh` worlds of the next seed confirm it, four times those of the search unless said.

    Raises: as `sweep`.
    """
    subject = subject_of(scenario, policy, values=parameters)
    span, aim = span_of(subject, find, between, step=step), target(keeps)
    with _opened(subject, _Where(workers, executor, output, force), seed=seed) as bench:
        return find_limit(
            subject, span, aim, bench=bench, seed=seed, replications=_at_least_one(replications), fresh=fresh
        )


def sensitivity(
    scenario: Scenario | str | Path,
    spans: Mapping[str, Ends | None] | Sequence[str],
    of: str = "mean(downtime)",
    *,
    policy: Policy | str | Path | None = None,
    method: Literal["tornado", "sobol"] = "tornado",
    seed: int = 0,
    replications: int | None = None,
    points: int = 32,
    repeats: int = 5,
    parameters: Values | None = None,
    workers: int = 1,
    executor: Executor | None = None,
    output: str | Path | None = None,
    force: bool = False,
) -> Tornado | Sobol:
    """Ask which settings the quantity `of` depends on, each between two ends, or over its declared range.

    `tornado` moves one at a time, in 1,000 worlds unless said; `sobol` all together, at `points` * (settings + 2) places
    in each of `repeats`, with 20 worlds each unless said.

    Raises: as `sweep`.
    """
    subject = subject_of(scenario, policy, values=parameters)
    found = _spans(subject, spans)
    asked = quantity(of)
    with _opened(subject, _Where(workers, executor, output, force), seed=seed) as bench:
        if method == "tornado":
            count = _at_least_one(1000 if replications is None else replications)
            return tornado(subject, found, asked, bench=bench, seed=seed, replications=count)
        return sobol(
            subject,
            found,
            asked,
            bench=bench,
            seed=seed,
            points=points,
            repeats=repeats,
            replications=_at_least_one(20 if replications is None else replications),
        )


def families(
    scenario: Scenario | str | Path,
    of: str = "mean(downtime)",
    *,
    keeps: str | None = None,
    names: Sequence[str] = (),
    policy: Policy | str | Path | None = None,
    seed: int = 0,
    replications: int = 1000,
    parameters: Values | None = None,
    workers: int = 1,
    executor: Executor | None = None,
    output: str | Path | None = None,
    force: bool = False,
) -> Families:
    """Draw the lengths of outages, or the distributions at `names`, from other families of the same mean and p90.

    With `keeps`, a target, its quantity is told, and for which families its verdict flips.

    Raises: as `sweep`.
    """
    subject = subject_of(scenario, policy, values=parameters)
    aim = None if keeps is None else target(keeps)
    with _opened(subject, _Where(workers, executor, output, force), seed=seed) as bench:
        return play_families(
            subject,
            names or lengths_of(subject.scenario),
            quantity(of) if aim is None else aim.quantity,
            bench=bench,
            seed=seed,
            replications=_at_least_one(replications),
            judge=lambda runs: "" if aim is None else aim.standing(aim.of(runs)),
        )


def optimise(
    scenario: Scenario | str | Path,
    spans: Mapping[str, Ends | None] | Sequence[str] | None = None,
    objectives: Sequence[str] = OBJECTIVES,
    *,
    policy: Policy | str | Path | None = None,
    seed: int = 0,
    replications: int = 200,
    trials: int = 96,
    fresh: int | None = None,
    parameters: Values | None = None,
    workers: int = 1,
    executor: Executor | None = None,
    output: str | Path | None = None,
    force: bool = False,
) -> Front:
    """Search settings, by default the policy's parameters over their declared ranges, for the front of the objectives.

    Needs Optuna (`pip install 'bcdr-sim[optimise]'`). `fresh` worlds of the next seed judge what was chosen, twice those
    of the search unless said.

    Raises: as `sweep`.
    """
    subject = subject_of(scenario, policy, values=parameters)
    if spans is None:
        spans = [name for name in subject.parameters if name not in (parameters or {})]
    found = _spans(subject, spans)
    goals = [objective(text) for text in objectives]
    with _opened(subject, _Where(workers, executor, output, force), seed=seed) as bench:
        count = _at_least_one(replications)
        return find_front(
            subject, found, goals, bench=bench, seed=seed, replications=count, trials=trials, fresh=fresh
        )


def stratify(
    scenario: Scenario | str | Path,
    of: str = "mean(downtime)",
    *,
    policy: Policy | str | Path | None = None,
    seed: int = 0,
    replications: int = 1000,
    parameters: Values | None = None,
    workers: int = 1,
    executor: Executor | None = None,
) -> Stratified:
    """Play worlds of rare outages, shared out by the number of outages so that the quantity `of` is known best.

    Raises: as `sweep`, and InputError if no outage starts as a Poisson process.
    """
    subject = subject_of(scenario, policy, values=parameters)
    asked = quantity(of)
    with _opened(subject, _Where(workers, executor, None, force=False), seed=seed) as bench:
        count = _at_least_one(replications)
        return play_strata(subject, asked, pool=bench.pool, seed=seed, replications=count)


def uncertainty(
    scenario: Scenario | str | Path,
    inputs: Sequence[Values] | str | Path,
    *,
    policy: Policy | str | Path | None = None,
    seed: int = 0,
    replications: int = 100,
    parameters: Values | None = None,
    workers: int = 1,
    executor: Executor | None = None,
    output: str | Path | None = None,
    force: bool = False,
) -> Uncertainty:
    """Play draws of uncertain inputs, given by setting or as a table that `calibrate --draws` wrote, each in its own worlds.

    `replications` is of each draw. What comes back tells the doubt of the inputs apart from that of too few worlds.

    Raises: as `sweep`.
    """
    subject = subject_of(scenario, policy, values=parameters)
    drawn = read_inputs(inputs) if isinstance(inputs, str | Path) else inputs
    with _opened(subject, _Where(workers, executor, output, force), seed=seed) as bench:
        count = _at_least_one(replications)
        return play_inputs(subject, drawn, bench=bench, seed=seed, replications=count)


@dataclass(frozen=True, slots=True)
class _Where:
    """Where a study is played and kept."""

    workers: int
    executor: Executor | None
    output: str | Path | None
    force: bool


@contextmanager
def _opened(subject: Subject, where: _Where, *, seed: int) -> Iterator[Bench]:
    """A bench for a study, its processes ended at the end."""
    if where.workers < 1:
        raise ValueError(f"workers: at least 1, not {where.workers}")
    if not 0 <= seed < 2**63:
        raise ValueError(f"seed: 0 to 2**63 - 1, not {seed}")
    pool: Pool | None = LocalPool(where.workers) if where.workers > 1 else None
    if where.executor is not None:
        pool = GivenPool(where.executor, max(where.workers, getattr(where.executor, "_max_workers", 1)))
    folder = None if where.output is None else Path(where.output)
    if folder is not None:
        open_folder(folder, subject, seed=seed, force=where.force)
    bench = Bench(pool, folder)
    at_once = True
    try:
        yield bench
        at_once = False
    finally:
        bench.close(at_once=at_once)


def _spans(subject: Subject, spans: Mapping[str, Ends | None] | Sequence[str]) -> list[Span]:
    given = spans if isinstance(spans, Mapping) else dict.fromkeys(spans)
    return [span_of(subject, name, ends) for name, ends in given.items()]


def _at_least_one(replications: int) -> int:
    if not 1 <= replications <= 2**32:
        raise ValueError(f"replications: 1 to {2**32:,}, not {replications:,}")
    return replications
