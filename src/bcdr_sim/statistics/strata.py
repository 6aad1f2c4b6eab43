"""Rare events: replications shared out by the number of outages they have, and put together with exact weights.

If outages begin as a Poisson process with L of them expected, a replication has k with a known probability. With L =
0.01, plain runs spend 99 % of the replications on nothing; strata give each number of outages its own replications.
Only valid where starts are Poisson: given their number, they are then as many sorted uniform instants. Stratum 0 is run
too, since false alarms need no outage.

Source: row 10 of the statistics (stratified sampling with a pilot; W. Cochran, "Sampling techniques", 1977, chapter 5).
Measured there: 111 times less variance at P = 7e-5 and L = .01.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from bcdr_sim.statistics.estimate import Estimate
from bcdr_sim.statistics.means import student_t
from bcdr_sim.statistics.probabilities import zero_events_bound
from bcdr_sim.statistics.sample import (
    Floats,
    Ints,
    joined,
    mean_of,
    numbers,
    require_count,
    require_share,
    variance_of,
)

LEAST_N = 200
"""The fewest replications of a stratum. Source: row 10 of the statistics."""

LAST_SHARE = 0.01
"""The last stratum begins where at most this share of replications with an outage is left. Assumption: it is then
small enough not to matter for the spread, and it is still estimated without bias."""


@dataclass(frozen=True, slots=True)
class Stratum:
    """One value per replication of those with a given number of outages, and the probability of that number."""

    probability: float
    values: Any


def last_stratum(mean_count: float) -> int:
    """Give the number K from which on numbers of outages share the last stratum, 1 or more."""
    from scipy.stats import poisson

    _require_mean_count(mean_count)
    last = 1
    while poisson.sf(last - 1, mean_count) > LAST_SHARE * -math.expm1(-mean_count):
        last += 1
    return last


def outage_strata(mean_count: float, last: int) -> Floats:
    """Give the probabilities of 0, 1, ..., `last` - 1 outages, and of `last` or more; they sum to 1.

    `mean_count` is the expected number of outages of a replication, above 0. Source: row 10 of the statistics.
    """
    from scipy.stats import poisson

    _require_mean_count(mean_count)
    require_count(last, name="last", least=1)
    counts = np.arange(last)
    return np.append(poisson.pmf(counts, mean_count), poisson.sf(last - 1, mean_count)).astype(np.float64)


def outage_counts(uniforms: Any, *, mean_count: float, last: int) -> Ints:
    """Give the number of outages of replications of the last stratum, `last` or more, one per uniform number.

    By inversion of the Poisson law given that it is `last` or more. `uniforms` are in [0, 1).
    """
    from scipy.stats import poisson

    _require_mean_count(mean_count)
    require_count(last, name="last", least=1)
    u = _uniforms(uniforms)
    # Summed from the tail's own terms: its quantile by way of 1 - tail would lose all digits of a small one.
    most = max(last, math.ceil(mean_count)) + 60 + math.ceil(12 * math.sqrt(mean_count))
    levels = np.cumsum(poisson.pmf(np.arange(last, most), mean_count))
    counts: Ints = last + np.searchsorted(levels / levels[-1], u, side="right")
    return counts


def outage_starts_ms(uniforms: Any, *, horizon_ms: int) -> Ints:
    """Give the starts of as many outages as there are uniform numbers in [0, 1): sorted, each within [0, horizon)."""
    require_count(horizon_ms, name="horizon_ms", least=1)
    starts = np.floor(np.sort(_uniforms(uniforms)) * horizon_ms).astype(np.int64)
    return np.minimum(starts, horizon_ms - 1)


def allocation(
    probabilities: Any, pilot_deviations: Any, *, replication_count: int, least_n: int = LEAST_N
) -> list[int]:
    """Share out replications in proportion to `p_k * s_k`, each stratum at least `least_n` of them.

    `pilot_deviations` are the standard deviations found by a pilot. Where none is above 0, nothing was seen yet and
    replications go by 1 each alike. The shares sum to `replication_count` exactly. Raises ValueError if there are too few.
    Source: row 10 of the statistics (J. Neyman's allocation).
    """
    weights = numbers(probabilities, name="probabilities", allow_unbounded=False)
    spreads = numbers(pilot_deviations, name="pilot_deviations", allow_unbounded=False)
    if len(weights) == 0 or len(weights) != len(spreads):
        raise ValueError(
            f"one deviation per stratum: {len(weights)} probabilities, {len(spreads)} deviations"
        )
    if weights.min() < 0 or spreads.min() < 0:
        raise ValueError("probabilities and deviations are not negative")
    require_count(replication_count, name="replication_count")
    require_count(least_n, name="least_n", least=2)
    if replication_count < least_n * len(weights):
        raise ValueError(
            f"{len(weights)} strata of at least {least_n:,} need {least_n * len(weights):,} replications, "
            f"not {replication_count:,}"
        )
    share = weights * spreads
    wanted = share if share.sum() > 0 else np.ones(len(weights))
    # A stratum whose share is below the least gets the least; what is left is shared among the others.
    given = np.zeros(len(weights), dtype=np.int64)
    is_free = np.ones(len(weights), dtype=np.bool_)
    while True:
        left = replication_count - int(given.sum())
        exact = np.where(is_free, left * wanted / max(wanted[is_free].sum(), 1e-300), 0.0)
        short = is_free & (exact < least_n)
        if not short.any():
            break
        given[short], is_free = least_n, is_free & ~short
        if not is_free.any():
            exact = np.where(np.arange(len(given)) == wanted.argmax(), replication_count - given.sum(), 0.0)
            break
    given += np.floor(exact).astype(np.int64)
    order = np.lexsort((np.arange(len(given)), -(exact - np.floor(exact))))
    for stratum in order[: replication_count - int(given.sum())]:
        given[stratum] += 1
    return [int(count) for count in given]


def stratified_mean(strata: Sequence[Stratum], *, level: float = 0.95, most: float | None = None) -> Estimate:
    """Estimate `sum p_k * mean_k` with variance `sum p_k**2 * s_k**2 / n_k` and a t interval.

    Degrees of freedom by Satterthwaite. Every stratum has two replications or more, unbounded values are refused, and
    the probabilities sum to 1; else ValueError. A stratum in which nothing was seen adds no width, and the note says how
    much it might hide. If nothing was seen anywhere, the upper end is that of zero events, the level shared over the
    strata, times the largest value there can be (`most`, 1 for yes or no); without it there is none.
    Source: row 10 of the statistics.
    """
    require_share(level, name="level")
    found = _read(strata)
    n = sum(len(values) for _, values in found)
    parts = [p**2 * variance_of(values) / len(values) for p, values in found]
    value, variance = math.fsum(p * mean_of(values) for p, values in found), math.fsum(parts)
    method = "strata, t"
    silent = {at: len(values) for at, (_, values) in enumerate(found) if not values.any()}
    notes = [
        f"stratum {at}: 0 of {count:,}, so up to {found[at][0] * zero_events_bound(count):.2g} of all is not excluded"
        for at, count in silent.items()
    ]
    if len(silent) == len(found):
        tail = (1 - level) / len(found)
        share = math.fsum(p * zero_events_bound(len(values), level=1 - tail) for p, values in found)
        return Estimate(
            0.0,
            0.0,
            None if most is None else share * most,
            n,
            level,
            "zero events by stratum",
            note=joined(notes),
        )
    error = math.sqrt(variance)
    if variance > 0:
        freedom = variance**2 / math.fsum(
            part**2 / (len(values) - 1) for part, (_, values) in zip(parts, found, strict=True)
        )
        reach = student_t(level, freedom) * error
    else:
        reach = 0.0
        notes.append("the same in every replication of each stratum: the interval has no width")
    return Estimate(
        value, value - reach, value + reach, n, level, method, standard_error=error, note=joined(notes)
    )


def variance_gain(strata: Sequence[Stratum]) -> float | None:
    """Give how many times larger the variance of plain replications, as many, would be; None where it is 0.

    The variance of one plain replication is `sum p_k * (s_k**2 + (mean_k - mean)**2)`. To be reported, never promised.
    Source: row 10 of the statistics.
    """
    found = _read(strata)
    n = sum(len(values) for _, values in found)
    means = [mean_of(values) for _, values in found]
    whole = math.fsum(p * one for (p, _), one in zip(found, means, strict=True))
    plain = math.fsum(
        p * (variance_of(values) + (one - whole) ** 2) for (p, values), one in zip(found, means, strict=True)
    )
    strata_variance = math.fsum(p**2 * variance_of(values) / len(values) for p, values in found)
    return plain / n / strata_variance if strata_variance > 0 else None


def _read(strata: Sequence[Stratum]) -> list[tuple[float, Floats]]:
    found = [
        (float(stratum.probability), numbers(stratum.values, name=f"stratum {at}", allow_unbounded=False))
        for at, stratum in enumerate(strata)
    ]
    for at, (probability, values) in enumerate(found):
        if not 0 <= probability <= 1:
            raise ValueError(f"stratum {at}: a probability is 0 to 1, not {probability!r}")
        if len(values) < 2:
            raise ValueError(f"stratum {at}: two replications or more, not {len(values)}")
    total = math.fsum(probability for probability, _ in found)
    if abs(total - 1) > 1e-9:
        raise ValueError(f"the probabilities of the strata sum to 1, not {total:.10g}")
    return found


def _uniforms(uniforms: Any) -> Floats:
    u = numbers(uniforms, name="uniforms", allow_unbounded=False)
    if len(u) and not (u.min() >= 0 and u.max() < 1):
        raise ValueError("uniforms: 0 or more and below 1")
    return u


def _require_mean_count(mean_count: float) -> None:
    if not 0 < mean_count < 1e6:
        raise ValueError(f"mean_count: above 0 and below 1e6, not {mean_count!r}")
