"""Searching for better settings: the Pareto front of what cannot all be had at once.

Theory of operation. Every candidate meets the same worlds, else the search would chase luck. A genetic search proposes
candidates a generation at a time (NSGA-II of Optuna, seeded, steps of spans as whole numbers), so that what it proposes does
not depend on who plays how fast. Of all candidates, and of things as they are, those that nothing else beats in every
objective are the front as the search saw it. The search has chosen them by what it saw, so it flatters them. They are played
again in worlds of another seed, and only what is seen there is told: its numbers, its intervals, and who is still on the
front. `flattery` says what the choice had added.

Source: K. Deb et al., "A fast and elitist multiobjective genetic algorithm: NSGA-II", 2002; of the re-evaluation J. Smith
and R. Winkler, "The optimizer's curse", 2006.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from bcdr_sim.experiment.bench import Bench
from bcdr_sim.experiment.runs import Runs
from bcdr_sim.statistics.estimate import Estimate
from bcdr_sim.statistics.paired import paired_difference
from bcdr_sim.study.limit import fresh_seed
from bcdr_sim.study.quantity import Quantity, quantity
from bcdr_sim.study.span import Span
from bcdr_sim.study.subject import Subject, Values, refusal, written

if TYPE_CHECKING:
    from pandas import DataFrame

OBJECTIVES = ("min mean(downtime)", "min mean(loss)", "min mean(consents)")
"""What is weighed unless something else is said: down time against data loss against people asked."""
GENERATION = 16
"""Candidates of a generation. Assumption: a few settings need no larger ones."""
CHOSEN_MAX = 16
"""So many of the search's front are played again, evenly along the first objective."""
_OBJECTIVE = re.compile(r"(?:(?P<way>min|max)\s+)?(?P<quantity>.+)")


@dataclass(frozen=True, slots=True)
class Objective:
    """A quantity of which less (`min`) or more (`max`) is better."""

    quantity: Quantity
    way: Literal["min", "max"] = "min"

    @property
    def text(self) -> str:
        """As it is written."""
        return f"{self.way} {self.quantity.text}"

    def cost(self, estimate: Estimate) -> float:
        """A number of which less is better; infinite where there is none."""
        if estimate.value is None:
            return np.inf
        return estimate.value if self.way == "min" else -estimate.value


@dataclass(frozen=True, slots=True)
class Candidate:
    """Values of the settings, and what was seen of each objective; no values are things as they are."""

    values: Values
    estimates: tuple[Estimate, ...]
    runs: Runs


@dataclass(frozen=True, slots=True)
class Choice:
    """A candidate of the front as the search saw it, and as it is in fresh worlds.

    `changes` are paired differences from things as they are, objective by objective, in the fresh worlds; `is_on_front`
    says whether nothing beats it there.
    """

    searched: Candidate
    fresh: Candidate
    changes: tuple[Estimate | None, ...]
    is_on_front: bool


@dataclass(frozen=True, repr=False)
class Front:
    """What was found. `base` are things as they are, in fresh worlds; `choices` stand by their first objective."""

    subject: Subject
    spans: tuple[Span, ...]
    objectives: tuple[Objective, ...]
    seed: int
    searched: tuple[Candidate, ...]
    choices: tuple[Choice, ...]
    base: Candidate

    def flattery(self) -> list[float]:
        """By how much the search saw its choices too well, on average over them, by objective and in its unit.

        Both times from things as they are in the same worlds, so that worlds which are worse for everybody do not count.
        """
        found = []
        for place, objective in enumerate(self.objectives):
            gains = [
                _gain(objective, place, one=choice.searched, base=self.searched[0])
                - _gain(objective, place, one=choice.fresh, base=self.base)
                for choice in self.choices
            ]
            found.append(float(np.mean(gains)))
        return found

    def frame(self) -> DataFrame:
        """One row per choice, objective and kind of worlds (`search`, `fresh`): settings, estimate, change, front."""
        import pandas as pd

        rows = []
        for number, choice in enumerate(self.choices):
            for worlds, seen in (("search", choice.searched), ("fresh", choice.fresh)):
                for place, objective in enumerate(self.objectives):
                    change = choice.changes[place] if worlds == "fresh" else None
                    row: dict[str, object] = {"choice": number, "worlds": worlds}
                    row |= {span.name: self.value(seen, span.name) for span in self.spans}
                    row |= _cells(objective, seen.estimates[place], change)
                    rows.append(row | {"is_on_front": choice.is_on_front})
        table = pd.DataFrame(rows)
        numbers = ("value", "ci_low", "ci_high", "change", "change_low", "change_high")
        types = dict.fromkeys(("choice", "n", "n_censored", "n_unbounded"), "Int64")
        types |= dict.fromkeys(numbers, "Float64") | dict.fromkeys(("worlds", "objective"), "category")
        typed: DataFrame = table.astype(types)
        return typed

    def value(self, candidate: Candidate, name: str) -> str:
        """The value of a setting of a candidate, empty where it is as things are."""
        return written(candidate.values[name]) if name in candidate.values else ""

    def __repr__(self) -> str:
        """What it is of, in one line."""
        kept = sum(choice.is_on_front for choice in self.choices)
        return (
            f"<Front of '{self.subject.scenario.name}': {len(self.searched):,} candidates, {len(self.choices)} chosen, "
            f"{kept} on the front in {self.base.estimates[0].n:,} fresh worlds>"
        )

    def _repr_html_(self) -> str:
        from html import escape

        return f"<p>{escape(repr(self)[1:-1])}</p>" + self.frame().to_html(index=False)


def objective(text: str) -> Objective:
    """Read an objective: a quantity with `min` or `max` before it; of means and quantiles `min` may be left out.

    Raises:
        InputError: it is none.
    """
    found = _OBJECTIVE.fullmatch(text.strip())
    if found is None:
        raise refusal("nothing", "is no objective; write min mean(downtime) or max P(objectives_met)")
    asked = quantity(found["quantity"])
    if found["way"] is None and asked.kind == "share":
        raise refusal(text, f"say which way is better: 'max {asked.text}' or 'min {asked.text}'")
    return Objective(asked, "max" if found["way"] == "max" else "min")


def find_front(
    subject: Subject,
    spans: Sequence[Span],
    objectives: Sequence[Objective],
    *,
    bench: Bench,
    seed: int,
    replications: int,
    trials: int = 96,
    fresh: int | None = None,
) -> Front:
    """Search the spans for the front of the objectives with so many `trials`, and judge it in `fresh` worlds.

    `fresh` worlds are of the next seed, twice as many as of the search unless said.

    Raises:
        InputError: nothing to vary or fewer than two objectives, or Optuna is not installed; and as `experiment.run`.
    """
    _check(spans, objectives)
    base = bench.play([subject.case({})], seed=seed, replications=replications)[0]
    candidates = {base.case.digest: _seen(objectives, {}, base)}
    for generation in _generations(spans, objectives, trials=trials, seed=seed):
        chosen = [
            {span.name: span.value(at) for span, at in zip(spans, steps, strict=True)}
            for steps in generation.steps
        ]
        cases = [subject.case(values) for values in chosen]
        for values, runs in zip(chosen, bench.play(cases, seed=seed, replications=replications), strict=True):
            seen = candidates.setdefault(runs.case.digest, _seen(objectives, values, runs))
            generation.costs.append(_costs(objectives, seen))
    searched = tuple(candidates.values())
    front = thinned(_front_of(objectives, searched), objectives[0])
    count = 2 * replications if fresh is None else fresh
    return _judged(
        subject, spans, objectives, searched=searched, front=front, bench=bench, seed=seed, count=count
    )


def nondominated(costs: Any) -> list[int]:
    """The rows that no other row beats: at most as much in every column and less in one. In their order."""
    points = np.asarray(costs, dtype=np.float64)
    beaten = [bool(((points <= point).all(axis=1) & (points < point).any(axis=1)).any()) for point in points]
    return [at for at, is_beaten in enumerate(beaten) if not is_beaten]


def thinned(candidates: Sequence[Candidate], by: Objective) -> list[Candidate]:
    """At most `CHOSEN_MAX` of them in the order of their first objective, the ends among them."""
    order = sorted(candidates, key=lambda one: by.cost(one.estimates[0]))
    if len(order) <= CHOSEN_MAX:
        return order
    places = np.linspace(0, len(order) - 1, CHOSEN_MAX).round().astype(int).tolist()
    return [order[place] for place in places]


@dataclass(slots=True)
class _Generation:
    """Steps of each span, a list per candidate; the search goes on when `costs` has as many rows."""

    steps: list[list[int]]
    costs: list[list[float]]


def _generations(spans: Sequence[Span], objectives: Sequence[Objective], *, trials: int, seed: int) -> Any:
    """What Optuna proposes, a generation at a time."""
    try:
        import optuna
    except ImportError:
        raise refusal("optimise", "needs Optuna: pip install 'bcdr-sim[optimise]'") from None
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    sampler = optuna.samplers.NSGAIISampler(population_size=GENERATION, seed=seed % 2**32)
    study = optuna.create_study(directions=["minimize"] * len(objectives), sampler=sampler)
    left = trials
    while left > 0:
        asked = [study.ask() for _ in range(min(GENERATION, left))]
        left -= len(asked)
        steps = [[trial.suggest_int(span.name, 0, span.last) for span in spans] for trial in asked]
        generation = _Generation(steps, [])
        yield generation
        for trial, costs in zip(asked, generation.costs, strict=True):
            study.tell(trial, costs)


def _judged(
    subject: Subject,
    spans: Sequence[Span],
    objectives: Sequence[Objective],
    *,
    searched: tuple[Candidate, ...],
    front: Sequence[Candidate],
    bench: Bench,
    seed: int,
    count: int,
) -> Front:
    """Play the chosen ones and things as they are in fresh worlds."""
    cases = [subject.case(each.values) for each in (searched[0], *front)]
    base_runs, *fresh_runs = bench.play(cases, seed=fresh_seed(seed), replications=count)
    base = _seen(objectives, {}, base_runs)
    fresh = [_seen(objectives, one.values, runs) for one, runs in zip(front, fresh_runs, strict=True)]
    kept = set(nondominated([_costs(objectives, each) for each in (*fresh, base)]))
    choices = tuple(
        Choice(one, again, _changes(objectives, again, base), place in kept)
        for place, (one, again) in enumerate(zip(front, fresh, strict=True))
    )
    return Front(subject, tuple(spans), tuple(objectives), seed, searched, choices, base)


def _changes(objectives: Sequence[Objective], one: Candidate, base: Candidate) -> tuple[Estimate | None, ...]:
    return tuple(
        None
        if each.quantity.kind == "quantile"
        else paired_difference(each.quantity.values(one.runs), each.quantity.values(base.runs)).difference
        for each in objectives
    )


def _gain(objective: Objective, place: int, *, one: Candidate, base: Candidate) -> float:
    """How much less a candidate costs than things as they are."""
    return objective.cost(base.estimates[place]) - objective.cost(one.estimates[place])


def _seen(objectives: Sequence[Objective], values: Values, runs: Runs) -> Candidate:
    return Candidate(values, tuple(each.quantity.of(runs) for each in objectives), runs)


def _costs(objectives: Sequence[Objective], seen: Candidate) -> list[float]:
    return [each.cost(estimate) for each, estimate in zip(objectives, seen.estimates, strict=True)]


def _front_of(objectives: Sequence[Objective], candidates: Sequence[Candidate]) -> list[Candidate]:
    """Those that nothing beats; of candidates that cost alike the first."""
    costs = [_costs(objectives, each) for each in candidates]
    found: dict[tuple[float, ...], Candidate] = {}
    for at in nondominated(costs):
        found.setdefault(tuple(costs[at]), candidates[at])
    return list(found.values())


def _cells(objective: Objective, found: Estimate, change: Estimate | None) -> dict[str, object]:
    return {
        "objective": objective.text,
        "value": found.value,
        "ci_low": found.low,
        "ci_high": found.high,
        "n": found.n,
        "n_censored": found.censored_count,
        "n_unbounded": found.unbounded_count,
        "change": None if change is None else change.value,
        "change_low": None if change is None else change.low,
        "change_high": None if change is None else change.high,
    }


def _check(spans: Sequence[Span], objectives: Sequence[Objective]) -> None:
    if not spans:
        raise refusal(
            "optimise", "varies nothing; the policy has no parameters with a range, so name settings"
        )
    if len(objectives) < 2:
        raise refusal(
            "optimise", "weighs two objectives or more against each other; solve looks for one limit"
        )
    texts = [each.text for each in objectives]
    twice = next((text for text in texts if texts.count(text) > 1), None)
    if twice is not None:
        raise refusal(twice, "is given twice")
