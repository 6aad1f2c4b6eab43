"""Two kinds of doubt that are never one bar: not knowing the inputs, and not having run enough replications.

More replications shrink the second and leave the first as it is. A million replications of a guessed rate look precise.

Source: row 13 of the statistics (one-way random effects; H. Scheffe, "The analysis of variance", 1959, chapter 7; exact
Poisson interval of F. Garwood, 1936).
"""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from bcdr_sim.statistics.estimate import Estimate
from bcdr_sim.statistics.means import student_t
from bcdr_sim.statistics.sample import mean_of, numbers, require_count, require_share, variance_of


@dataclass(frozen=True, slots=True)
class Split:
    """A mean over uncertain inputs, with its two kinds of variance.

    `input_count` draws of the inputs (K), each with `replication_count` replications (n). `between` is `n * var(row
    means)`, `within` the mean of the row variances. `monte_carlo_variance`, `within / (K * n)`, is that of the mean and
    falls with n. `parameter_variance`, `max(0, (between - within) / n)`, is that of the true mean from one draw of the
    inputs to another and does not. `monte_carlo` and `parameter` are the two bars around the same value.
    """

    input_count: int
    replication_count: int
    between: float
    within: float
    monte_carlo_variance: float
    parameter_variance: float
    monte_carlo: Estimate
    parameter: Estimate


@dataclass(frozen=True, slots=True)
class RatePosterior:
    """What `event_count` events in an `exposure` say of their rate: a gamma law, to draw uncertain inputs from.

    Its shape is `event_count + 1/2` (the prior of H. Jeffreys), its scale `1 / exposure`. A rate is per unit of the
    exposure. Raises ValueError for a negative or broken count and an exposure that is not above 0 and finite.
    """

    event_count: int
    exposure: float

    def __post_init__(self) -> None:
        require_count(self.event_count, name="event_count")
        _require_exposure(self.exposure)

    @property
    def mean(self) -> float:
        """The mean rate."""
        return (self.event_count + 0.5) / self.exposure

    def quantile(self, u: float) -> float:
        """Give the rate at probability `u`, 0 <= u < 1: a uniform number becomes a draw by inversion."""
        from scipy.special import gammaincinv

        if not 0 <= u < 1:
            raise ValueError(f"u: 0 or more and below 1, not {u!r}")
        return float(gammaincinv(self.event_count + 0.5, u)) / self.exposure

    def interval(self, *, level: float = 0.95) -> tuple[float, float]:
        """Give the rates that hold `level` of the law between them, as much left out on either side."""
        tail = (1 - require_share(level, name="level")) / 2
        return self.quantile(tail), self.quantile(1 - tail)


def rate(event_count: int, exposure: float, *, level: float = 0.95) -> Estimate:
    """Estimate a rate from `event_count` events in an `exposure`, with the exact interval; n is the number of events.

    `chi2.ppf(tail, 2 * k) / (2 * E)` to `chi2.ppf(1 - tail, 2 * k + 2) / (2 * E)`, from 0 without any event.
    Source: row 13 of the statistics.
    """
    from scipy.stats import chi2

    k = require_count(event_count, name="event_count")
    _require_exposure(exposure)
    tail = (1 - require_share(level, name="level")) / 2
    low = float(chi2.ppf(tail, 2 * k)) / (2 * exposure) if k else 0.0
    high = float(chi2.ppf(1 - tail, 2 * k + 2)) / (2 * exposure)
    return Estimate(k / exposure, low, high, k, level, "Poisson, exact", note=f"{k:,} in {exposure:.6g}")


def split_variance(values: Any, *, level: float = 0.95) -> Split:
    """Split the variance of a table: a row per draw of the inputs, a column per replication.

    The bar of the parameters is where the true mean lies for `level` of the inputs, from the normal law: it needs no
    replication to be exact, only enough draws. Raises ValueError for fewer than two rows or columns and for missing or
    unbounded values. Source: row 13 of the statistics.
    """
    require_share(level, name="level")
    given = np.asarray(values)
    if given.ndim != 2 or min(given.shape) < 2:
        raise ValueError(
            f"two draws of the inputs or more, with two replications or more each, not shape {given.shape}"
        )
    rows = [numbers(row, name=f"values[{at}]", allow_unbounded=False) for at, row in enumerate(given)]
    k, n = given.shape
    means = np.array([mean_of(row) for row in rows])
    between, within = n * variance_of(means), mean_of(np.array([variance_of(row) for row in rows]))
    value, monte_carlo, parameter = mean_of(means), within / (k * n), max(0.0, (between - within) / n)
    from_runs = student_t(level, k * (n - 1)) * math.sqrt(monte_carlo)
    from_inputs = student_t(level, math.inf) * math.sqrt(parameter)
    note = "" if between > within else "no more spread between inputs than replications explain"
    return Split(
        input_count=k,
        replication_count=n,
        between=between,
        within=within,
        monte_carlo_variance=monte_carlo,
        parameter_variance=parameter,
        monte_carlo=Estimate(
            value,
            value - from_runs,
            value + from_runs,
            k * n,
            level,
            "Monte Carlo, t",
            standard_error=math.sqrt(monte_carlo),
        ),
        parameter=Estimate(
            value, value - from_inputs, value + from_inputs, k, level, "parameters, normal", note=note
        ),
    )


def _require_exposure(exposure: float) -> None:
    if not 0 < exposure < math.inf:
        raise ValueError(f"exposure: above 0 and finite, not {exposure!r}")
