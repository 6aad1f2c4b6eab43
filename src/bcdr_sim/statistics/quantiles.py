"""Quantiles and the mean of the worst few over replications.

A quantile is the value at its rank, and so are the ends of its interval: nothing is assumed about the law, nothing is
interpolated, and where n is too small for an end there is none. The quantile q = 0.95 of a recovery time is "the worst
5 % take at least so long"; that of an availability, where less is worse, is q = 0.05.
"""

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from bcdr_sim.statistics.estimate import Estimate, nothing
from bcdr_sim.statistics.means import student_t
from bcdr_sim.statistics.sample import joined, mean_of, numbers, require_count, require_share, variance_of

CVAR_TAIL_MIN = 250
"""So many replications in the tail, or the interval of a CVaR covers too little.

Source: row 7 of the statistics: measured coverage .88, .93 and .95 with 10, 50 and 250 in the tail.
"""


@dataclass(frozen=True, slots=True)
class Ranks:
    """Ranks of the ends of a quantile's interval, from 1 to n; None where n has no such rank.

    `coverage` is the exact probability, for a continuous law, that the interval holds the quantile.
    """

    low: int | None
    high: int | None
    coverage: float


def rank_of(q: float, n: int) -> int:
    """Give the rank of quantile `q` among `n` values: the least k with k / n >= q, at least 1.

    In exact fractions of the decimal number written: 0.07 of 100 is rank 7, though 0.07 * 100 > 7 in floats.
    """
    require_share(q, name="q")
    return max(1, math.ceil(Fraction(str(float(q))) * require_count(n, name="n", least=1)))


def quantile_ranks(q: float, n: int, *, level: float = 0.95) -> Ranks:
    """Give `l = binom.ppf((1 - level) / 2, n, q)` and `u = binom.ppf((1 + level) / 2, n, q) + 1`.

    The coverage is `binom.cdf(u - 1, n, q) - binom.cdf(l - 1, n, q)`, with an end that is missing taken as infinitely
    far. Source: row 6 of the statistics (order statistics; the same as `scipy.stats.quantile_test`).
    """
    from scipy.stats import binom

    require_share(q, name="q")
    require_share(level, name="level")
    require_count(n, name="n", least=1)
    low, high = (int(binom.ppf(p, n, q)) for p in ((1 - level) / 2, (1 + level) / 2))
    coverage = float(binom.cdf(high, n, q) - binom.cdf(low - 1, n, q))
    return Ranks(low if low >= 1 else None, high + 1 if high < n else None, coverage)


def least_n(q: float, *, level: float = 0.95) -> int:
    """Give the smallest n at which quantile `q` has an upper end: `q**n <= (1 - level) / 2`.

    Source: row 6 of the statistics: 36, 72, 368 and 3,688 for q = .9, .95, .99 and .999. A lower end needs
    `least_n(1 - q)`.
    """
    tail = (1 - require_share(level, name="level")) / 2
    n = max(1, math.floor(math.log(tail) / math.log(require_share(q, name="q"))) - 1)
    while q**n > tail:
        n += 1
    return n


def quantile(values: Any, q: float, *, level: float = 0.95) -> Estimate:
    """Estimate quantile `q` of one value per replication from order statistics.

    Unbounded values are the largest of all, so quantile and upper end may be `inf`. A missing end is None, and the note
    says which n would give it. For incidents, which are many to a replication, use `incident_quantile`.
    Source: row 6 of the statistics.
    """
    given = np.sort(numbers(values))
    n, method = len(given), "order statistics"
    if n == 0:
        require_share(q, name="q")
        return nothing(n=0, level=level, method=method, note="no replication")
    ranks = quantile_ranks(q, n, level=level)
    notes = []
    if ranks.high is None:
        notes.append(f"no upper bound at this n: needs {least_n(q, level=level):,}")
    if ranks.low is None:
        notes.append(f"no lower bound at this n: needs {least_n(1 - q, level=level):,}")
    if given[0] == given[-1]:
        notes.append(f"the same in each of {n:,}")
    return Estimate(
        value=float(given[rank_of(q, n) - 1]),
        low=None if ranks.low is None else float(given[ranks.low - 1]),
        high=None if ranks.high is None else float(given[ranks.high - 1]),
        n=n,
        level=level,
        method=method,
        unbounded_count=int(np.isinf(given).sum()),
        note=joined(notes),
    )


def cvar(values: Any, a: float, *, level: float = 0.95) -> Estimate:
    """Estimate the mean of the worst `1 - a` of replications, the conditional value at risk.

    `v = sorted(x)[ceil(n * a) - 1]`, `y = v + max(0, x - v) / (1 - a)`; value and standard error are the mean and the
    standard error of `y`, with a t interval. With fewer than `CVAR_TAIL_MIN` replications in the tail the note warns
    that the interval is too short. An unbounded value is in the tail and has no mean: the CVaR is then unbounded.
    Source: row 7 of the statistics (R. Rockafellar, S. Uryasev, "Optimization of conditional value-at-risk", 2000).
    """
    require_share(a, name="a")
    given = np.sort(numbers(values))
    n, method = len(given), "CVaR, t"
    if n == 0:
        return nothing(n=0, level=level, method=method, note="no replication")
    unbounded_count = int(np.isinf(given).sum())
    if unbounded_count:
        note = f"{unbounded_count:,} of {n:,} are unbounded, and the worst have no mean"
        return Estimate(math.inf, None, math.inf, n, level, method, 0, unbounded_count, note=note)
    at_risk = given[rank_of(a, n) - 1]
    excess = at_risk + np.maximum(0.0, given - at_risk) / (1 - a)
    value = mean_of(excess)
    notes = []
    in_tail = n * (1 - a)
    if in_tail < CVAR_TAIL_MIN:
        notes.append(f"interval too short: {in_tail:,.4g} replications in the tail, {CVAR_TAIL_MIN} needed")
    if given[0] == given[-1]:
        notes.append(f"the same in each of {n:,}")
    if n == 1:
        notes.append("one replication has no interval")
        return Estimate(value, None, None, n, level, method, note=joined(notes))
    error = math.sqrt(variance_of(excess) / n)
    reach = student_t(level, n - 1) * error
    return Estimate(
        value, value - reach, value + reach, n, level, method, standard_error=error, note=joined(notes)
    )
