"""When a run has enough replications for a wanted precision: looks at fixed n, and one rule.

The looks do not depend on what was seen, on chunks or on workers, so the same seed stops at the same n everywhere. A
gate of continuous integration does not stop early: it has a fixed n.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from bcdr_sim.statistics.estimate import Estimate
from bcdr_sim.statistics.means import mean
from bcdr_sim.statistics.sample import numbers, require_count, require_share

FIRST_N = 200
"""The first look. Source: row 9 of the statistics."""

NONZERO_MIN = 30
"""So many replications with anything but 0 before a run may stop. Assumption: row 9 of the statistics says so."""


@dataclass(frozen=True, slots=True)
class Precision:
    """Stop when the half-width is at most `g / (1 + g)` of the value's size: the true value is then within g of it.

    `g` is relative, 0.05 for 5 %. The first look is at `first_n`, each next one `growth` further on; `n_max` is where
    a run ends anyway, None for never. Raises ValueError for anything out of range.
    Source: row 9 of the statistics (sequential rule with relative half-width; A. Law, "Simulation modeling and
    analysis", for `g / (1 + g)`). Measured coverage at .95 there: .943 to .956 in five settings.
    """

    g: float
    level: float = 0.95
    first_n: int = FIRST_N
    growth: float = 0.1
    nonzero_min: int = NONZERO_MIN
    n_max: int | None = None

    def __post_init__(self) -> None:
        require_share(self.g, name="g")
        require_share(self.level, name="level")
        require_count(self.first_n, name="first_n", least=2)
        require_count(self.nonzero_min, name="nonzero_min")
        if not 0 < self.growth <= 10:
            raise ValueError(f"growth: above 0 and at most 10, not {self.growth!r}")
        if self.n_max is not None:
            require_count(self.n_max, name="n_max", least=1)

    def looks(self) -> Iterator[int]:
        """Give the n of each look, rising: 200, 220, 242, 267, ...; the last one is `n_max`, if there is one."""
        n, step = self.first_n, 1 + Fraction(str(self.growth))
        while self.n_max is None or n < self.n_max:
            yield n
            n = math.ceil(n * step)
        yield self.n_max

    def target(self, value: float) -> float:
        """Give the half-width at which a run with this value may stop."""
        return self.g / (1 + self.g) * abs(value)


@dataclass(frozen=True, slots=True)
class Look:
    """What one look found. `expected_n` is where the rule would be met if the spread stays as it is; None if unknown."""

    estimate: Estimate
    nonzero_count: int
    is_precise: bool
    expected_n: int | None
    reason: str


def look(values: Any, precision: Precision) -> Look:
    """Look at the mean of one value per replication, all that were run up to this look of `precision.looks()`."""
    given = numbers(values)
    bounded = given[np.isfinite(given)]
    return look_at(mean(given, level=precision.level), precision, nonzero_count=int((bounded != 0).sum()))


def look_at(estimate: Estimate, precision: Precision, *, nonzero_count: int) -> Look:
    """Look at any estimate with an interval, of which `nonzero_count` replications have anything but 0.

    A constant other than 0 is precise at the first look. All zeros never are: nothing was seen yet.
    Source: row 9 of the statistics.
    """
    half_width, n = estimate.half_width, estimate.n
    if estimate.value is None or half_width is None or math.isinf(half_width):
        return Look(estimate, nonzero_count, False, None, "no interval yet")
    target = precision.target(estimate.value)
    expected = None
    if target > 0:
        expected = max(n, math.ceil(n * (half_width / target) ** 2)) if half_width / target < 1e6 else None
    if n < precision.first_n:
        return Look(estimate, nonzero_count, False, expected, f"the first look is at {precision.first_n:,}")
    if nonzero_count < precision.nonzero_min:
        reason = f"{nonzero_count} of {precision.nonzero_min} replications with anything but 0"
        per = n / nonzero_count if nonzero_count else math.inf
        rare = None if math.isinf(per) else math.ceil(precision.nonzero_min * per)
        return Look(
            estimate, nonzero_count, False, None if rare is None else max(rare, expected or 0), reason
        )
    if half_width <= target:
        return Look(estimate, nonzero_count, True, n, f"within {100 * precision.g:.4g} %")
    wide = (
        f"{half_width / target:.3g} times as wide as wanted"
        if target > 0
        else "around 0, of which there is no share"
    )
    return Look(estimate, nonzero_count, False, expected, f"the interval is {wide}")
