"""Sensitivity: which settings a number depends on, one at a time and all together.

One at a time: each setting at its low and at its high end, the others as they are, in the same worlds; what changes is told
with the interval of the paired difference. That is a tornado, and it sees no interplay. All together: settings drawn from
their whole spans at once, and the variance of the number shared out among them (Sobol's indices of first and of total
order); several repeats, each with its own design and worlds, say what of it is noise.

Source: `statistics.sensitivity`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bcdr_sim.experiment.bench import Bench
from bcdr_sim.statistics.estimate import Estimate
from bcdr_sim.statistics.sample import require_count
from bcdr_sim.statistics.sensitivity import Index, Swing, sobol_design, sobol_indices
from bcdr_sim.statistics.sensitivity import tornado as swings_of
from bcdr_sim.study.quantity import Quantity
from bcdr_sim.study.span import Span
from bcdr_sim.study.subject import Subject, refusal

if TYPE_CHECKING:
    from pandas import DataFrame


@dataclass(frozen=True, repr=False)
class Tornado:
    """What each setting does by itself. `base` is the quantity as things are; the largest swing comes first."""

    subject: Subject
    quantity: Quantity
    spans: Mapping[str, Span]
    base: Estimate
    swings: tuple[Swing, ...]
    seed: int

    def frame(self) -> DataFrame:
        """Two rows per setting, its low and its high end: the paired difference from the base."""
        import pandas as pd

        rows = []
        for swing in self.swings:
            span = self.spans[swing.name]
            for end, at, found in (("low", 0, swing.low), ("high", span.last, swing.high)):
                row: dict[str, object] = {"setting": swing.name, "end": end, "value": str(span.value(at))}
                row |= {"difference": found.value, "ci_low": found.low, "ci_high": found.high}
                rows.append(row | {"n": found.n, "n_unbounded": found.unbounded_count})
        types = dict.fromkeys(("difference", "ci_low", "ci_high"), "Float64")
        return pd.DataFrame(rows).astype({**types, "n": "Int64", "n_unbounded": "Int64", "end": "category"})

    def __repr__(self) -> str:
        """What it is of, in one line."""
        return (
            f"<Tornado of {self.quantity.text}: {len(self.swings)} settings, "
            f"{self.base.n:,} worlds each of seed {self.seed}>"
        )

    def _repr_html_(self) -> str:
        from html import escape

        return f"<p>{escape(repr(self)[1:-1])}</p>" + self.frame().to_html(index=False)


@dataclass(frozen=True, repr=False)
class Sobol:
    """How the variance of a quantity over the spans is shared out. Indices stand in the order of the settings."""

    subject: Subject
    quantity: Quantity
    spans: Mapping[str, Span]
    indices: tuple[Index, ...]
    points: int
    repeats: int
    replications: int
    seed: int

    def frame(self) -> DataFrame:
        """One row per setting: first and total order with their intervals, and whether it is above the noise."""
        import pandas as pd

        rows = []
        for index in self.indices:
            row: dict[str, object] = {"setting": index.name}
            for order, found in (("first", index.first), ("total", index.total)):
                row |= {order: found.value, f"{order}_low": found.low, f"{order}_high": found.high}
            rows.append(row | {"noise_floor": index.noise_floor, "is_above_noise": index.is_above_noise})
        table = pd.DataFrame(rows)
        numbers = [name for name in table.columns if name not in ("setting", "is_above_noise")]
        return table.astype(dict.fromkeys(numbers, "Float64"))

    def __repr__(self) -> str:
        """What it is of, in one line."""
        return (
            f"<Sobol indices of {self.quantity.text}: {len(self.indices)} settings, {self.repeats} repeats of "
            f"{self.points * (len(self.indices) + 2):,} points with {self.replications:,} worlds from seed {self.seed}>"
        )

    def _repr_html_(self) -> str:
        from html import escape

        return f"<p>{escape(repr(self)[1:-1])}</p>" + self.frame().to_html(index=False)


def tornado(
    subject: Subject, spans: Sequence[Span], asked: Quantity, *, bench: Bench, seed: int, replications: int
) -> Tornado:
    """Move each setting to its low and to its high end, everything else as it is, in the same worlds.

    Raises:
        InputError: no settings, or a quantile, which has no value by world; and as `experiment.run`.
    """
    _check(spans, asked)
    cases = [subject.case({})]
    cases += [subject.case({span.name: span.value(at)}) for span in spans for at in (0, span.last)]
    base, *ends = bench.play(cases, seed=seed, replications=replications)
    values = [asked.values(runs) for runs in ends]
    pairs = {span.name: (values[2 * at], values[2 * at + 1]) for at, span in enumerate(spans)}
    swings = tuple(swings_of(asked.values(base), pairs))
    return Tornado(subject, asked, {span.name: span for span in spans}, asked.of(base), swings, seed)


def sobol(
    subject: Subject,
    spans: Sequence[Span],
    asked: Quantity,
    *,
    bench: Bench,
    seed: int,
    points: int = 32,
    repeats: int = 5,
    replications: int = 20,
) -> Sobol:
    """Share out the variance of a mean or a probability over the spans, each value as likely as any other.

    There are `points` * (settings + 2) cases in each of `repeats`, which have the seeds from `seed` on; `points` is a
    power of 2. Within a repeat all cases meet the same worlds, so nothing but the settings differs; what the choice of
    `replications` worlds does shows in the intervals over repeats.

    Raises:
        InputError: no settings, a quantile, or unbounded values; and as `experiment.run`.
    """
    _check(spans, asked)
    try:
        require_count(repeats, name="repeats", least=1)
        require_count(replications, name="replications", least=1)
        found = [
            _repeat(
                subject,
                spans,
                asked,
                bench=bench,
                seed=seed + repeat,
                points=points,
                replications=replications,
            )
            for repeat in range(repeats)
        ]
        indices = sobol_indices([span.name for span in spans], found)
    except ValueError as error:
        raise refusal("Sobol's indices", str(error)) from None
    by_name = {span.name: span for span in spans}
    return Sobol(subject, asked, by_name, tuple(indices), points, repeats, replications, seed)


def _repeat(
    subject: Subject,
    spans: Sequence[Span],
    asked: Quantity,
    *,
    bench: Bench,
    seed: int,
    points: int,
    replications: int,
) -> list[float]:
    """The quantity at every row of a design, in the worlds of one seed."""
    design = sobol_design(len(spans), points, seed=seed)
    cases = [
        subject.case(
            {span.name: span.value(span.nearest(share)) for span, share in zip(spans, row, strict=True)}
        )
        for row in design.tolist()
    ]
    numbers = []
    for runs in bench.play(cases, seed=seed, replications=replications):
        value = asked.of(runs).value
        if value is None:
            raise ValueError(f"{asked.text} has no value for {runs.case.label}: every world is unbounded")
        numbers.append(value)
    return numbers


def _check(spans: Sequence[Span], asked: Quantity) -> None:
    if not spans:
        raise refusal("the study", "varies nothing; name settings with their ranges")
    if asked.kind == "quantile":
        raise refusal(asked.text, "a quantile has no value by world; ask for a mean or a probability")
