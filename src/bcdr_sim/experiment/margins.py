"""Margins: which difference would not matter, by metric, as an amount or as a share of the base's value."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from bcdr_sim.experiment.side import Group, Measure, measure_named
from bcdr_sim.units import parse_duration

Given = str | float | Mapping[str, str | float] | None
"""As people write it: `5%`, `10m`, `0.05`, or one of these by metric."""


@dataclass(frozen=True, slots=True)
class Margin:
    """Either an amount in the unit of the metric or a share of the base's value; 0 unless said."""

    amount: float = 0.0
    share: float = 0.0

    def of(self, measure: Measure, group: Group, *, fleet_size: int, base: float | None) -> float:
        """The margin in the unit of the metric for a group in which the base has this value.

        A share is of that value. An amount of what is summed over environments goes to each of them alike; of anything
        else it is the same for every group.
        """
        if self.share:
            return self.share * abs(base or 0.0)
        is_sum = measure.fold == "sum" and measure.per is None
        return self.amount * (group.size / fleet_size if is_sum else 1)


@dataclass(frozen=True, slots=True)
class Margins:
    """One margin for whatever has none of its own, and those of metrics by name."""

    common: Margin = Margin()
    own: Mapping[str, Margin] = field(default_factory=dict)

    def of(self, measure: Measure) -> Margin:
        """That of a metric."""
        return self.own.get(measure.name, self.common)

    @property
    def are_none(self) -> bool:
        """Whether every difference matters."""
        return self.common == Margin() and not self.own


def read_margins(given: Given, *, primary: str) -> Margins:
    """Read margins as people write them. An amount without a metric is that of the primary one, a share is for all.

    Raises:
        ValueError: no such metric, a value below 0, without its unit or with a wrong one.
    """
    if given is None:
        return Margins()
    if not isinstance(given, Mapping):
        found = _margin(given, measure_named(primary))
        return Margins(found) if found.share else Margins(own={measure_named(primary).name: found})
    by_name = {measure_named(name): value for name, value in given.items()}
    return Margins(own={measure.name: _margin(value, measure) for measure, value in by_name.items()})


def _margin(given: str | float, measure: Measure) -> Margin:
    text = given.strip() if isinstance(given, str) else given
    if isinstance(text, str) and text.endswith("%"):
        return Margin(share=_number(text[:-1], measure) / 100)
    if measure.unit != "ms":
        return Margin(amount=_number(text, measure))
    if not isinstance(text, str):
        raise ValueError(
            f"the margin of {measure.name} needs a unit, such as '10m'; or a share, such as '5%'; got {text!r}"
        )
    try:
        return Margin(amount=float(parse_duration(text)))
    except ValueError as error:
        raise ValueError(
            f"the margin of {measure.name} is a duration or a share, such as 10m or 5%: {error}"
        ) from None


def _number(text: str | float, measure: Measure) -> float:
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if isinstance(text, bool) or not 0 <= number < math.inf:
        raise ValueError(
            f"the margin of {measure.name} is a number of at least 0 or a share, such as 5%; got {text!r}"
        )
    return number
