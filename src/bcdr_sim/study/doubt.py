"""Two kinds of doubt of one number: nobody knows the inputs, and there were only so many worlds.

The inputs (how often, how long, how far behind) are themselves drawn: many sets of values, each played with worlds of its
own. What the means of these sets differ by beyond what so few worlds explain is the doubt of the inputs, which more worlds
do not shrink; the rest is Monte Carlo error, which they do. The two are never put together into one bar.

Every set has a seed of its own: in the same worlds the sets would share their Monte Carlo error, and the split be wrong.
Source: `statistics.uncertainty`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from bcdr_sim.experiment.bench import Bench
from bcdr_sim.experiment.runs import Runs
from bcdr_sim.experiment.summarising import questions
from bcdr_sim.statistics.uncertainty import Split, split_variance
from bcdr_sim.study.quantity import Quantity, quantity
from bcdr_sim.study.subject import Subject, Values, refusal, written

if TYPE_CHECKING:
    from pandas import DataFrame


@dataclass(frozen=True, slots=True)
class InputSet:
    """One draw of the inputs: its values by setting, and the worlds that were played with them."""

    values: Values
    runs: Runs


@dataclass(frozen=True, repr=False)
class Uncertainty:
    """Many draws of the inputs; the first has the worlds of `seed`, each other those of the next."""

    subject: Subject
    seed: int
    sets: tuple[InputSet, ...]

    def __len__(self) -> int:
        """How many draws of the inputs."""
        return len(self.sets)

    def split(self, asked: Quantity | str, *, level: float = 0.95) -> Split:
        """A mean or a probability over all draws, with both of its bars.

        Raises:
            InputError: a quantile, which is no mean; a value that is unbounded in some world.
        """
        wanted = quantity(asked) if isinstance(asked, str) else asked
        if wanted.kind == "quantile":
            raise refusal(
                wanted.text, "is no mean over worlds, and cannot be split; ask for a mean or a probability"
            )
        try:
            return split_variance(np.array([wanted.values(each.runs) for each in self.sets]), level=level)
        except ValueError as error:
            raise refusal(wanted.text, str(error)) from None

    def default_quantities(self) -> list[Quantity]:
        """What is told unless something else is asked: every event that can be, and the means that people ask for first."""
        events = [
            name for name, *_ in questions(self.sets[0].runs.rows, self.subject.scenario, quiet_too=True)
        ]
        means = [f"mean({name})" for name in ("downtime", "rta", "loss", "failovers")]
        return [quantity(text) for text in [*(f"P({name})" for name in events), *means]]

    def frame(self, *quantities: str) -> DataFrame:
        """One row per quantity: its mean, both bars, and the share of the doubt that is the inputs'."""
        import pandas as pd

        rows = []
        for asked in [quantity(text) for text in quantities] or self.default_quantities():
            found = self.split(asked)
            bars = {"inputs": ends(found, asked, "inputs"), "runs": ends(found, asked, "runs")}
            row: dict[str, object] = {"quantity": asked.text, "unit": asked.unit, "n_inputs": len(self)}
            row |= {"n": found.replication_count, "value": found.parameter.value}
            row |= {
                f"{name}_{end}": bars[name][at] for name in bars for at, end in enumerate(("low", "high"))
            }
            rows.append(row | {"share_of_inputs": share_of_inputs(found)})
        numbers = ("value", "inputs_low", "inputs_high", "runs_low", "runs_high", "share_of_inputs")
        types = dict.fromkeys(numbers, "Float64") | dict.fromkeys(("n_inputs", "n"), "Int64")
        return pd.DataFrame(rows).astype(types)

    def sets_frame(self, *quantities: str) -> DataFrame:
        """One row per draw: its seed, its values, and the estimate of each quantity with its interval."""
        import pandas as pd

        chosen = [quantity(text) for text in quantities] or self.default_quantities()
        rows = []
        for number, each in enumerate(self.sets):
            row: dict[str, object] = {"inputs": number, "seed": each.runs.seed}
            row |= {name: written(value) for name, value in each.values.items()}
            for asked in chosen:
                found = asked.of(each.runs)
                row |= {
                    asked.text: found.value,
                    f"{asked.text} low": found.low,
                    f"{asked.text} high": found.high,
                }
            rows.append(row)
        return pd.DataFrame(rows)

    def __repr__(self) -> str:
        """What it is of, in one line."""
        return (
            f"<Uncertainty of '{self.subject.scenario.name}' in {', '.join(self.sets[0].values)}: {len(self):,} draws, "
            f"{len(self.sets[0].runs):,} worlds each, from seed {self.seed}>"
        )

    def _repr_html_(self) -> str:
        from html import escape

        return f"<p>{escape(repr(self)[1:-1])}</p>" + self.frame().to_html(index=False)


def ends(found: Split, asked: Quantity, bar: str) -> tuple[float | None, float | None]:
    """The ends of the bar of the `inputs` or of the `runs`, kept where the quantity can be."""
    whole = found.parameter if bar == "inputs" else found.monte_carlo
    most = 1.0 if asked.unit == "share" else None
    low = None if whole.low is None else max(0.0, whole.low)
    return low, whole.high if most is None or whole.high is None else min(most, whole.high)


def share_of_inputs(found: Split) -> float | None:
    """Which share of both variances is the inputs', 0 to 1; None where nothing varies."""
    whole = found.parameter_variance + found.monte_carlo_variance
    return found.parameter_variance / whole if whole else None


def play_inputs(
    subject: Subject, inputs: Sequence[Mapping[str, Any]], *, bench: Bench, seed: int, replications: int
) -> Uncertainty:
    """Play so many worlds with each draw of the inputs.

    Raises:
        InputError: fewer than two draws or than two worlds, draws of different settings, or a value that a setting does
            not take; and as `experiment.run`.
    """
    if len(inputs) < 2:
        raise refusal("inputs", f"two draws or more are needed to tell a spread; got {len(inputs)}")
    if replications < 2:
        raise refusal("--replications", f"two worlds or more of each draw are needed; got {replications}")
    if seed + len(inputs) > 2**63:
        raise refusal(
            "--seed", "every draw of the inputs has a seed of its own, and there are not so many left"
        )
    names = list(inputs[0])
    for number, values in enumerate(inputs):
        if set(values) != set(names):
            raise refusal(
                "inputs", f"draw {number} is of {', '.join(values) or 'nothing'}, not of {', '.join(names)}"
            )
    cases = [subject.case(values) for values in inputs]
    sets = [
        InputSet(dict(values), bench.play([case], seed=seed + number, replications=replications)[0])
        for number, (values, case) in enumerate(zip(inputs, cases, strict=True))
    ]
    return Uncertainty(subject, seed, tuple(sets))
