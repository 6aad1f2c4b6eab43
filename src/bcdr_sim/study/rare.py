"""Rare outages: worlds shared out by the number of outages they have, and put together with the exact weights.

With one outage in a hundred worlds, ninety-nine of a hundred plain worlds are spent on nothing. Here each number of outages
has worlds of its own: first a pilot of each, then the rest where a metric varies most for its weight. Estimates are those of
`statistics.strata`; there are no quantiles, which weighted worlds do not have. The number 0 is played too, since planned
moves and false alarms need no outage.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from bcdr_sim.experiment.case import Case
from bcdr_sim.experiment.collected import Collected
from bcdr_sim.experiment.driving import drive
from bcdr_sim.experiment.playing import Task, play
from bcdr_sim.experiment.pools import Pool
from bcdr_sim.experiment.rarity import APART, STRATA_MAX, OutageNumber, poisson_entries
from bcdr_sim.experiment.runs import Runs
from bcdr_sim.experiment.summarising import questions
from bcdr_sim.experiment.worlds import Worlds, expectation_count
from bcdr_sim.statistics.estimate import Estimate
from bcdr_sim.statistics.strata import (
    LEAST_N,
    Stratum,
    allocation,
    last_stratum,
    outage_strata,
    stratified_mean,
    variance_gain,
)
from bcdr_sim.study.quantity import Quantity, quantity
from bcdr_sim.study.subject import Subject, refusal

if TYPE_CHECKING:
    from pandas import DataFrame

CHUNK = 50
"""So many worlds a task. Assumption: a world takes milliseconds; where it takes longer, so does a task."""


@dataclass(frozen=True, slots=True)
class Part:
    """The worlds with one number of outages, or the last with that many or more, and how probable that number is."""

    number: OutageNumber
    probability: float
    runs: Runs

    @property
    def label(self) -> str:
        """For people: `2`, `3 or more`."""
        return f"{self.number.count} or more" if self.number.is_last else str(self.number.count)


@dataclass(frozen=True, repr=False)
class Stratified:
    """Many worlds, by their number of outages."""

    subject: Subject
    seed: int
    mean_count: float
    parts: tuple[Part, ...]

    def __len__(self) -> int:
        """How many worlds."""
        return sum(len(part.runs) for part in self.parts)

    def estimate(self, asked: Quantity | str, *, level: float = 0.95) -> Estimate:
        """A mean or a probability, each number of outages with its weight.

        Raises:
            InputError: a quantile, or unbounded values.
        """
        wanted = quantity(asked) if isinstance(asked, str) else asked
        most = 1.0 if wanted.kind == "share" else None
        try:
            return _floored(stratified_mean(self._strata(wanted), level=level, most=most))
        except ValueError as error:
            raise refusal(wanted.text, str(error)) from None

    def gain(self, asked: Quantity | str) -> float | None:
        """How many times as many plain worlds would know it as well; None where nothing varies."""
        wanted = quantity(asked) if isinstance(asked, str) else asked
        return variance_gain(self._strata(wanted))

    def events(self) -> list[str]:
        """The events that may be asked for by name."""
        rows = self.parts[0].runs.rows
        return [name for name, *_ in questions(rows, self.subject.scenario, quiet_too=True)]

    def frame(self, *quantities: str) -> DataFrame:
        """One row per quantity: the estimate, and how many plain worlds one of these is worth."""
        import pandas as pd

        rows = []
        for text in quantities or [each.text for each in self.default_quantities()]:
            asked = quantity(text)
            found = self.estimate(asked)
            row: dict[str, object] = {"quantity": asked.text, "unit": asked.unit, "n": found.n}
            row |= {
                "value": found.value,
                "ci_low": found.low,
                "ci_high": found.high,
                "gain": self.gain(asked),
            }
            rows.append(row)
        return pd.DataFrame(rows).astype(
            {**dict.fromkeys(("value", "ci_low", "ci_high", "gain"), "Float64"), "n": "Int64"}
        )

    def default_quantities(self) -> list[Quantity]:
        """What is told unless something else is asked: every event, and the means that people ask for first."""
        found = [quantity(f"P({name})") for name in self.events()]
        return [*found, *(quantity(f"mean({name})") for name in ("downtime", "rta", "loss", "failovers"))]

    def _strata(self, asked: Quantity) -> list[Stratum]:
        if asked.kind == "quantile":
            raise refusal(
                asked.text, "worlds with weights have no quantiles here; ask for a mean or a probability"
            )
        return [Stratum(part.probability, asked.values(part.runs)) for part in self.parts]

    def __repr__(self) -> str:
        """What it is of, in one line."""
        return (
            f"<Stratified '{self.subject.scenario.name}': {len(self):,} worlds by {len(self.parts)} numbers of outages, "
            f"{self.mean_count:.3g} expected, seed {self.seed}>"
        )

    def _repr_html_(self) -> str:
        from html import escape

        return f"<p>{escape(repr(self)[1:-1])}</p>" + self.frame().to_html(index=False)


def play_strata(
    subject: Subject, asked: Quantity, *, pool: Pool | None = None, seed: int, replications: int
) -> Stratified:
    """Play so many worlds, shared out so that the quantity is known best.

    Raises:
        InputError: no outage starts as a Poisson process, too few worlds, or too many outages are expected for it to be
            of use; and as `experiment.run`.
    """
    entries = poisson_entries(subject.scenario)
    mean_count = sum(mean for _, mean in entries)
    last = last_stratum(mean_count)
    if last >= STRATA_MAX:
        raise refusal(
            "--stratify",
            f"{mean_count:,.0f} outages are expected in a world; they are not rare, so play plain worlds",
        )
    probabilities = outage_strata(mean_count, last)
    least = min(LEAST_N, replications // (last + 1))
    if least < 2:
        raise refusal("--replications", f"{last + 1} numbers of outages need {2 * (last + 1)} worlds or more")
    case = subject.case({})
    numbers = [OutageNumber(count, count == last, entries) for count in range(last + 1)]
    collected = [_played(case, number, (0, least), seed=seed, pool=pool) for number in numbers]
    deviations = [float(np.std(asked.values(Runs(case, seed, worlds)), ddof=1)) for worlds in collected]
    if not np.isfinite(deviations).all():
        raise refusal(asked.text, "is unbounded in some worlds; ask for a probability")
    sizes = allocation(probabilities, deviations, replication_count=replications, least_n=least)
    parts = []
    for number, probability, there, size in zip(
        numbers, probabilities.tolist(), collected, sizes, strict=True
    ):
        more = _played(case, number, (least, size), seed=seed, pool=pool) if size > least else None
        worlds = (
            there if more is None else {name: np.concatenate([there[name], more[name]]) for name in there}
        )
        parts.append(Part(number, probability, Runs(case, seed, worlds)))
    return Stratified(subject, seed, mean_count, tuple(parts))


def _played(
    case: Case, number: OutageNumber, places: tuple[int, int], *, seed: int, pool: Pool | None
) -> Worlds:
    """The worlds of one number of outages from a place to before another."""
    first, last = places
    if last > APART:
        raise refusal("--replications", f"at most {APART:,} worlds of one number of outages")
    begin = number.first_replication
    tasks = list(_tasks(case, number, (begin + first, begin + last), seed=seed))
    portions = list(map(play, tasks) if pool is None or len(tasks) == 1 else drive(tasks, pool))
    collected = Collected(expectation_count(portions[0].worlds))
    for portion in portions:
        collected.add(portion.worlds, first=portion.first - begin - first)
    return collected.first_worlds(last - first)


def _tasks(case: Case, number: OutageNumber, spell: tuple[int, int], *, seed: int) -> Iterator[Task]:
    for at in range(spell[0], spell[1], CHUNK):
        yield Task(case, seed, at, min(at + CHUNK, spell[1]), number=number)


def _floored(found: Estimate) -> Estimate:
    """Nothing that is asked can be below 0."""
    if found.low is None or found.low >= 0:
        return found
    from dataclasses import replace

    return replace(found, low=0.0)
