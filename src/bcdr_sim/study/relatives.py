"""The choice of a family: the same number with outages as long on average, but of another law.

Nobody knows of which family the length of an outage is, and that is often a bigger choice than the seed. So the lengths are
drawn exponential, lognormal, Weibull and gamma, with the same mean and, where two parameters allow, the same p90, everything
else and all random numbers equal. What changes is the family's doing; a verdict that flips is one that a guess decides.

Source: `statistics.families`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bcdr_sim.experiment.bench import Bench
from bcdr_sim.experiment.runs import Runs
from bcdr_sim.scenario.distributions import Distribution
from bcdr_sim.scenario.document import Scenario
from bcdr_sim.statistics.estimate import Estimate
from bcdr_sim.statistics.families import FAMILIES, alternatives, flipped
from bcdr_sim.statistics.paired import paired_difference
from bcdr_sim.study.quantity import Quantity
from bcdr_sim.study.subject import Subject, refusal

if TYPE_CHECKING:
    from pandas import DataFrame

AS_IT_IS = "as it is"


@dataclass(frozen=True, slots=True)
class Relative:
    """What comes out with one family: the estimate, its paired change, and the verdict if there is one.

    `notes` say what of the original could not be kept.
    """

    family: str
    runs: Runs
    estimate: Estimate
    change: Estimate | None
    verdict: str
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, repr=False)
class Families:
    """Things as they are first, then each family; `names` are the settings that were drawn from it."""

    subject: Subject
    quantity: Quantity
    names: tuple[str, ...]
    relatives: tuple[Relative, ...]
    seed: int

    @property
    def flipped(self) -> list[str]:
        """The families with which the verdict is another one."""
        return flipped({each.family: each.verdict for each in self.relatives}, base=AS_IT_IS)

    def frame(self) -> DataFrame:
        """One row per family: the estimate, the paired change from things as they are, the verdict."""
        import pandas as pd

        rows = []
        for each in self.relatives:
            row: dict[str, object] = {"family": each.family, "quantity": self.quantity.text}
            row |= {"value": each.estimate.value, "ci_low": each.estimate.low, "ci_high": each.estimate.high}
            change = each.change
            row |= {"change": change.value if change else None}
            row |= {
                "change_low": change.low if change else None,
                "change_high": change.high if change else None,
            }
            rows.append(row | {"n": each.estimate.n, "verdict": each.verdict})
        numbers = ("value", "ci_low", "ci_high", "change", "change_low", "change_high")
        return pd.DataFrame(rows).astype({**dict.fromkeys(numbers, "Float64"), "n": "Int64"})

    def __repr__(self) -> str:
        """What it is of, in one line."""
        flips = f"the verdict flips with {', '.join(self.flipped)}" if self.flipped else "no verdict flips"
        worlds = self.relatives[0].estimate.n
        return f"<Families of {', '.join(self.names)}: {self.quantity.text} in {worlds:,} worlds, {flips}>"

    def _repr_html_(self) -> str:
        from html import escape

        return f"<p>{escape(repr(self)[1:-1])}</p>" + self.frame().to_html(index=False)


def lengths_of(scenario: Scenario) -> list[str]:
    """The settings whose family nobody knows: the lengths of outages that are left to chance."""
    return [
        f"outages.{outage.id}.lasts"
        for outage in scenario.outages
        if outage.lasts is not None and _is_drawn(outage.lasts)
    ]


def play_families(
    subject: Subject,
    names: Sequence[str],
    asked: Quantity,
    *,
    bench: Bench,
    seed: int,
    replications: int,
    judge: Callable[[Runs], str] = lambda _: "",
) -> Families:
    """Play a scenario with the distributions at these settings from each family in turn, all of them at once.

    `judge` says what the worlds come to, so that a verdict that flips can be told.

    Raises:
        InputError: nothing there, or nothing that is left to chance; and as `experiment.run`.
    """
    if not names:
        raise refusal("families", "no outage of this scenario has a length that is drawn")
    made = {name: {each.family: each for each in _alternatives(subject, name)} for name in names}
    values: list[dict[str, Any]] = [{}]
    values += [
        {
            name: made[name][family].distribution.model_dump(mode="json", by_alias=True, exclude_unset=True)
            for name in names
        }
        for family in FAMILIES
    ]
    runs = bench.play([subject.case(each) for each in values], seed=seed, replications=replications)
    base = asked.values(runs[0])
    relatives = []
    for family, each in zip((AS_IT_IS, *FAMILIES), runs, strict=True):
        change = None if asked.kind == "quantile" else paired_difference(asked.values(each), base).difference
        notes = (
            ()
            if family == AS_IT_IS
            else tuple(made[name][family].note for name in names if made[name][family].note)
        )
        relatives.append(Relative(family, each, asked.of(each), change, judge(each), notes))
    return Families(subject, asked, tuple(names), tuple(relatives), seed)


def _alternatives(subject: Subject, name: str) -> list[Any]:
    try:
        return alternatives(Distribution.model_validate(_value_at(subject.scenario, name)))
    except ValueError as error:
        raise refusal(name, str(error)) from None


def _value_at(scenario: Scenario, path: str) -> Any:
    """What stands at a path of the scenario. Raises InputError."""
    data: Any = scenario.model_dump(mode="json", by_alias=True, exclude_unset=True)
    for step in path.split("."):
        if isinstance(data, list):
            data = next((each for each in data if step in (each.get("name"), each.get("id"))), None)
        else:
            data = data.get(step) if isinstance(data, dict) else None
        if data is None:
            raise refusal(path, f"there is nothing at '{step}'")
    return data


def _is_drawn(distribution: Distribution) -> bool:
    return all(getattr(distribution, name) is None for name in ("fixed", "trace", "recorded"))
