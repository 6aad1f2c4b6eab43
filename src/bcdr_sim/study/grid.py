"""A sweep: a grid of values of some settings, every point of it in the same worlds.

Since points share their worlds, a difference between two of them is the settings' doing: it is told with the interval of the
paired difference, which is often much narrower than those of the two points.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bcdr_sim.experiment.bench import Bench
from bcdr_sim.experiment.runs import Runs
from bcdr_sim.statistics.estimate import Estimate, nothing
from bcdr_sim.statistics.paired import paired_difference
from bcdr_sim.study.quantity import Quantity, quantity
from bcdr_sim.study.subject import Subject, Values, label, refusal, written

if TYPE_CHECKING:
    from pandas import DataFrame

POINTS_MAX = 10_000
"""Assumption: a larger grid is a mistake of the pen, or a task for a search."""


@dataclass(frozen=True, slots=True)
class Point:
    """One point of a grid: the values of its settings, and its worlds."""

    values: Values
    runs: Runs


@dataclass(frozen=True, repr=False)
class Sweep:
    """The points of a grid, in the order in which values were given, the last setting fastest."""

    subject: Subject
    grid: Mapping[str, Sequence[Any]]
    points: tuple[Point, ...]
    seed: int

    def __len__(self) -> int:
        """How many points."""
        return len(self.points)

    def __getitem__(self, number: int) -> Runs:
        """The worlds of a point."""
        return self.points[number].runs

    def default_quantities(self) -> list[str]:
        """What is asked of every point unless something else is."""
        events = {chance.name for chance in self.points[0].runs.chances()}
        objectives = ["P(objectives_met)"] if "objectives_met" in events else []
        return [*objectives, "mean(downtime)", "p95(rta)", "p95(loss)"]

    def estimates(self, asked: Quantity) -> list[Estimate]:
        """A quantity at every point."""
        return [asked.of(point.runs) for point in self.points]

    def differences(self, asked: Quantity, *, base: int = 0) -> list[Estimate]:
        """What each point differs from the base by, world by world: of an event, in probability.

        Of a quantile there is none, since it has no values by world.
        """
        if asked.kind == "quantile":
            return [_no_difference(point) for point in self.points]
        from_values = asked.values(self.points[base].runs)
        return [paired_difference(asked.values(point.runs), from_values).difference for point in self.points]

    def frame(self, *quantities: str, base: int = 0) -> DataFrame:
        """One row per point and quantity: its settings, the estimate with interval, the difference from the base.

        Raises:
            InputError: no such quantity.
        """
        import pandas as pd

        rows = []
        for text in quantities or self.default_quantities():
            asked = quantity(text)
            pairs = zip(self.estimates(asked), self.differences(asked, base=base), strict=True)
            for number, (found, change) in enumerate(pairs):
                row: dict[str, object] = {"point": number}
                row |= {name: written(value) for name, value in self.points[number].values.items()}
                row |= {"quantity": asked.text, "unit": asked.unit, "n": found.n}
                row |= {"n_censored": found.censored_count, "n_unbounded": found.unbounded_count}
                row |= {"value": found.value, "ci_low": found.low, "ci_high": found.high}
                row |= {
                    "difference": change.value,
                    "difference_low": change.low,
                    "difference_high": change.high,
                }
                rows.append(row)
        table = pd.DataFrame(rows).sort_values(["point"], kind="stable", ignore_index=True)
        numbers = ("value", "ci_low", "ci_high", "difference", "difference_low", "difference_high")
        types = dict.fromkeys(("point", "n", "n_censored", "n_unbounded"), "Int64")
        types |= dict.fromkeys(numbers, "Float64") | dict.fromkeys(("quantity", "unit"), "category")
        typed: DataFrame = table.astype(types)
        return typed

    def summary(self) -> DataFrame:
        """One row per point and metric: the settings, then the columns of `Runs.summary`."""
        return self._stacked("summary")

    def probabilities(self) -> DataFrame:
        """One row per point and event: the settings, then the columns of `Runs.probabilities`."""
        return self._stacked("probabilities")

    def worlds(self) -> DataFrame:
        """One row per point and world: the settings, then the columns of `Runs.worlds`."""
        return self._stacked("worlds")

    def _stacked(self, what: str) -> DataFrame:
        import pandas as pd

        parts = []
        for number, point in enumerate(self.points):
            table = getattr(point.runs, what)()
            for place, (name, value) in enumerate(point.values.items()):
                table.insert(place, name, written(value))
            table.insert(0, "point", number)
            parts.append(table)
        stacked: DataFrame = pd.concat(parts, ignore_index=True)
        return stacked

    def __repr__(self) -> str:
        """What it is of, in one line."""
        return (
            f"<Sweep of '{self.subject.scenario.name}' over {', '.join(self.grid)}: {len(self)} points, "
            f"{len(self.points[0].runs):,} worlds each of seed {self.seed}>"
        )

    def _repr_html_(self) -> str:
        from html import escape

        return f"<p>{escape(repr(self)[1:-1])}</p>" + self.frame().to_html(index=False)


def _no_difference(point: Point) -> Estimate:
    return nothing(n=len(point.runs), level=0.95, method="none", note="a quantile has no values by world")


def play_grid(
    subject: Subject, grid: Mapping[str, Sequence[Any]], bench: Bench, *, seed: int, replications: int
) -> Sweep:
    """Play every point of a grid of values by setting.

    Raises:
        InputError: a setting without values, one twice, or a value that it does not take; and as `experiment.run`.
    """
    count = 1
    for name, values in grid.items():
        words = [written(value) for value in values]
        twice = next((word for word in words if words.count(word) > 1), None)
        if twice is not None:
            raise refusal(name, f"has the value {twice} twice")
        if not words:
            raise refusal(name, "has no values")
        count *= len(words)
    if count > POINTS_MAX:
        raise refusal("the grid", f"has {count:,} points; {POINTS_MAX:,} at most")
    chosen = [dict(zip(grid, values, strict=True)) for values in itertools.product(*grid.values())]
    cases = [subject.case(values) for values in chosen]
    played = bench.play(cases, seed=seed, replications=replications)
    points = tuple(Point(values, runs) for values, runs in zip(chosen, played, strict=True))
    return Sweep(subject, grid, points, seed)


def point_label(point: Point) -> str:
    """The values of a point in words; of the only point of an empty grid, the policy."""
    return label(point.values) or point.runs.case.policy_name
