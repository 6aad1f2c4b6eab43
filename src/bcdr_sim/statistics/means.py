"""Means and ratios over replications, with t intervals.

A mean is that of one value per replication. A ratio (mean RTA per incident, loss per failover) is the sum of all
numerators over the sum of all denominators: averaging the averages of the replications would weigh a quiet one like a
busy one, and divide by 0 in one without incidents.
"""

import math
from typing import Any

import numpy as np

from bcdr_sim.statistics.estimate import Estimate
from bcdr_sim.statistics.probabilities import zero_events_bound
from bcdr_sim.statistics.sample import Floats, joined, mean_of, numbers, require_share, variance_of

FEW_NONZERO = 30
"""Below so many replications with anything in them an interval is called rough. Assumption: as for stopping."""


def mean(values: Any, *, level: float = 0.95, censored_count: int = 0) -> Estimate:
    """Estimate a mean from one value per replication: `m +- t.ppf((1 + level) / 2, n - 1) * s / sqrt(n)`.

    Unbounded values are counted and left out, which the note says: the rest is a conditional mean. Lengths cut at the
    horizon make it a mean restricted to the horizon: give their number as `censored_count`. No interval for n = 1.
    Source: row 1 of the statistics (Student's t; unit of analysis).
    """
    require_share(level, name="level")
    given = numbers(values)
    bounded = given[np.isfinite(given)]
    unbounded_count, n = len(given) - len(bounded), len(bounded)
    if n == 0:
        note = "no replication" if len(given) == 0 else "unbounded in every replication"
        value = math.inf if len(given) else None
        return Estimate(
            value, None, value, len(given), level, "mean, t", censored_count, unbounded_count, note=note
        )
    notes = [f"mean of the {n:,} replications with a number"] if unbounded_count else []
    notes += ["cut at the horizon"] if censored_count else []
    value = mean_of(bounded)
    if n == 1:
        error, reach = None, None
        notes.append("one replication has no interval")
    else:
        error = math.sqrt(variance_of(bounded) / n)
        reach = student_t(level, n - 1) * error
        notes.append(width_note(bounded))
        value = float(bounded[0]) if error == 0 else value
    return Estimate(
        value=value,
        low=None if reach is None else value - reach,
        high=None if reach is None else value + reach,
        n=len(given),
        level=level,
        method="mean, t",
        censored_count=censored_count,
        unbounded_count=unbounded_count,
        standard_error=error,
        note=joined(notes),
    )


def ratio(numerators: Any, denominators: Any, *, level: float = 0.95, censored_count: int = 0) -> Estimate:
    """Estimate `r = sum N / sum D` with `SE = std(N - r * D, ddof=1) / (sqrt(n) * mean(D))` and a t interval.

    One numerator and one denominator per replication, such as the summed RTA and the number of incidents. Without any
    denominator there is no ratio. An unbounded numerator makes its replication one without a number: it is counted and
    left out on both sides. Raises ValueError for a negative or unbounded denominator, and where lengths differ.
    Source: row 2 of the statistics (ratio estimator by replication).
    """
    require_share(level, name="level")
    above = numbers(numerators, name="numerators")
    below = numbers(denominators, name="denominators", allow_unbounded=False)
    if len(above) != len(below):
        raise ValueError(
            f"{len(above)} numerators for {len(below)} denominators; one of each per replication"
        )
    if len(below) and below.min() < 0:
        raise ValueError(f"denominators[{int(below.argmin())}] is negative")
    bounded = np.isfinite(above)
    unbounded_count, n_all = int((~bounded).sum()), len(above)
    above, below = above[bounded], below[bounded]
    n, total = len(below), math.fsum(below.tolist())
    method = "ratio by replication, t"
    if total == 0:
        note = f"nothing to divide by in {n:,} replications"
        return Estimate(None, None, None, n_all, level, method, censored_count, unbounded_count, note=note)
    value = math.fsum(above.tolist()) / total
    notes = [f"of the {n:,} replications with a number"] if unbounded_count else []
    notes += ["cut at the horizon"] if censored_count else []
    error = reach = None
    if n > 1:
        error = math.sqrt(variance_of(above - value * below) / n) / (total / n)
        reach = student_t(level, n - 1) * error
        busy = int((below > 0).sum())
        notes.append(f"rough: only {busy} replications have any" if busy < FEW_NONZERO else "")
    else:
        notes.append("one replication has no interval")
    return Estimate(
        value=value,
        low=None if reach is None else value - reach,
        high=None if reach is None else value + reach,
        n=n_all,
        level=level,
        method=method,
        censored_count=censored_count,
        unbounded_count=unbounded_count,
        standard_error=error,
        note=joined(notes),
    )


def batch_means(series: Any, *, warm_up_count: int, batch_count: int = 30, level: float = 0.95) -> Estimate:
    """Estimate a long-run mean from one long series: its start deleted, the rest cut into batches of one length.

    For values asked for in the long run only; a fixed mission is estimated by `mean` over replications. Where the system
    returns to its start ("all serving, all protected"), cycles with `ratio` are better: summed values over summed
    lengths. What does not fill the batches is cut off at the front. Raises ValueError with fewer than two values per
    batch. Source: row 8 of the statistics (deleted warm-up and batch means).
    """
    given = numbers(series, name="series", allow_unbounded=False)
    left = given[warm_up_count:] if warm_up_count >= 0 else given[:0]
    length = len(left) // batch_count if batch_count >= 2 else 0
    if length < 2:
        raise ValueError(
            f"two batches or more of two values or more: {len(given)} values, warm-up {warm_up_count}, "
            f"{batch_count} batches"
        )
    batches = left[len(left) - length * batch_count :].reshape(batch_count, length)
    means = np.array([mean_of(batch) for batch in batches])
    found = mean(means, level=level)
    note = joined(
        [f"long run: {batch_count} batches of {length:,}, after a warm-up of {warm_up_count:,}", found.note]
    )
    return Estimate(
        found.value, found.low, found.high, found.n, level, "batch means, t", 0, 0, found.standard_error, note
    )


def student_t(level: float, freedom: float) -> float:
    """Half the width, in standard errors, of a two-sided t interval."""
    from scipy.special import stdtrit

    return float(stdtrit(freedom, (1 + level) / 2))


def width_note(values: Floats) -> str:
    """What an interval cannot say of itself: that it has no width, or that few values made it."""
    n = len(values)
    if bool((values == values[0]).all()):
        if values[0] == 0:
            at_most = zero_events_bound(n)
            return f"0 in each of {n:,}; at most {100 * at_most:.2g} % of replications have anything else"
        return f"the same in each of {n:,}: the interval has no width"
    busy = int((values != 0).sum())
    return f"rough: only {busy} replications have anything but 0" if busy < min(FEW_NONZERO, n) else ""
