"""Two policies in the same worlds: differences replication by replication, and what pairing was worth.

Pairing means that replication i of both sides is the same world: outages, people and lengths are addressed, not
consumed. Then most of the spread is in both and leaves with the difference. Two overlapping intervals do not mean that
there is no difference, and two runs with the same seed are not paired if the seed feeds a generator that is used up.

Source: row 11 of the statistics (common random numbers). Measured gains there: 17, 2.6 and 1.08: reported, never
promised.
"""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from bcdr_sim.statistics.estimate import Estimate
from bcdr_sim.statistics.means import mean, student_t
from bcdr_sim.statistics.sample import (
    Floats,
    flags,
    joined,
    mean_of,
    numbers,
    require_count,
    require_share,
    variance_of,
)


@dataclass(frozen=True, slots=True)
class Paired:
    """A difference A - B and what it rests on.

    `difference` is the mean of A - B over pairs in which both have a number. `variance_ratio` is `(var A + var B) /
    var (A - B)`, how many times more replications would be needed unpaired, None where all differences are alike.
    `equal_count` pairs are exactly equal. `unbounded_a_count` and `unbounded_b_count` pairs are unbounded on that side
    only; pairs unbounded on both sides count as equal.
    """

    difference: Estimate
    mean_a: Estimate
    mean_b: Estimate
    variance_ratio: float | None
    equal_count: int
    unbounded_a_count: int
    unbounded_b_count: int


@dataclass(frozen=True, slots=True)
class Discordant:
    """Yes-or-no outcomes of the same replications, as a table of pairs.

    `only_a` are the pairs with yes in A alone; `newly` lists their replications, `no_longer` those of B alone. `p_value`
    is that of the exact test on the discordant pairs.
    """

    both: int
    only_a: int
    only_b: int
    neither: int
    p_value: float
    newly: tuple[int, ...]
    no_longer: tuple[int, ...]

    @property
    def n(self) -> int:
        """All pairs."""
        return self.both + self.only_a + self.only_b + self.neither


def paired_difference(a: Any, b: Any, *, level: float = 0.95, censored_count: int = 0) -> Paired:
    """Compare one value per replication of A with that of B in the same replication: a t interval on `D = A - B`.

    An identical policy differs by exactly 0. Unbounded values cannot be subtracted: such pairs are counted, and where A
    alone is unbounded in any, the difference has no upper end, so nothing passes by leaving them out; where B alone is,
    no lower end. Raises ValueError where lengths differ. Source: row 11 of the statistics.
    """
    left, right = numbers(a, name="a"), numbers(b, name="b")
    if len(left) != len(right):
        raise ValueError(f"pairs are of the same replications: {len(left)} values in a, {len(right)} in b")
    loose_a, loose_b = np.isinf(left), np.isinf(right)
    only_a, only_b = int((loose_a & ~loose_b).sum()), int((loose_b & ~loose_a).sum())
    known = ~(loose_a | loose_b)
    differences = left[known] - right[known]
    found = mean(differences, level=level)
    either = len(left) - len(differences)
    notes = [f"unbounded in {only_a:,} of A alone, {only_b:,} of B alone"] if only_a or only_b else []
    notes += [f"unbounded in {either - only_a - only_b:,} of both"] if either > only_a + only_b else []
    unlike = int((differences != 0).sum())
    if len(differences) and unlike == 0:
        notes.append(f"equal in each of {len(differences):,} pairs")
    elif found.note:
        notes.append(found.note.replace("replications", "pairs"))
    difference = Estimate(
        value=found.value,
        low=None if only_b else found.low,
        high=None if only_a else found.high,
        n=len(left),
        level=level,
        method="paired difference, t",
        censored_count=censored_count,
        unbounded_count=either,
        standard_error=found.standard_error,
        note=joined(notes),
    )
    return Paired(
        difference=difference,
        mean_a=mean(left, level=level, censored_count=censored_count),
        mean_b=mean(right, level=level, censored_count=censored_count),
        variance_ratio=_variance_ratio(left[known], right[known]),
        equal_count=int((differences == 0).sum()) + int((loose_a & loose_b).sum()),
        unbounded_a_count=only_a,
        unbounded_b_count=only_b,
    )


def paired_ratio(a: tuple[Any, Any], b: tuple[Any, Any], *, level: float = 0.95) -> Estimate:
    """Compare two ratios, such as mean RTA per incident, over the same replications: `r_A - r_B` and its t interval.

    Each side is its numerators and denominators, one of each per replication. The standard error is that of the paired
    residuals `(N_A - r_A D_A) / mean(D_A) - (N_B - r_B D_B) / mean(D_B)`; `paired_difference` cannot say it, since
    policies may differ in the number of incidents. None where either side has nothing to divide by. Raises ValueError
    for unbounded values, negative denominators and where lengths differ. Source: rows 2 and 11 of the statistics.
    """
    require_share(level, name="level")
    sides = [
        [numbers(column, name=f"{name}[{at}]", allow_unbounded=False) for at, column in enumerate(side)]
        for name, side in (("a", a), ("b", b))
    ]
    lengths = [len(column) for side in sides for column in side]
    n = lengths[0]
    if lengths != [n] * 4:
        raise ValueError(f"pairs are of the same replications: {', '.join(map(str, lengths))} values")
    if any((below < 0).any() for _, below in sides):
        raise ValueError("a denominator is negative")
    method = "paired ratios, t"
    if not all(below.any() for _, below in sides):
        return Estimate(
            None, None, None, n, level, method, note=f"nothing to divide by in {n:,} replications"
        )
    value, residual = 0.0, np.zeros(n)
    for sign, (above, below) in zip((1, -1), sides, strict=True):
        one = mean_of(above) / mean_of(below)
        value, residual = value + sign * one, residual + sign * (above - one * below) / mean_of(below)
    if n == 1:
        return Estimate(value, None, None, n, level, method, note="one replication has no interval")
    error = math.sqrt(variance_of(residual) / n)
    reach = student_t(level, n - 1) * error
    return Estimate(value, value - reach, value + reach, n, level, method, standard_error=error)


def discordant_pairs(a: Any, b: Any, *, more_only: bool = False) -> Discordant:
    """Compare yes-or-no outcomes of the same replications by the exact test on discordant pairs.

    `binomtest(only_a, only_a + only_b)`, two-sided, or, with `more_only`, against "A is yes no more often". Without a
    discordant pair the p-value is 1. Raises ValueError where lengths differ.
    Source: row 11 of the statistics (Q. McNemar's test, exact).
    """
    left, right = flags(a, name="a"), flags(b, name="b")
    if len(left) != len(right):
        raise ValueError(f"pairs are of the same replications: {len(left)} values in a, {len(right)} in b")
    newly, no_longer = np.flatnonzero(left & ~right).tolist(), np.flatnonzero(right & ~left).tolist()
    return Discordant(
        both=int((left & right).sum()),
        only_a=len(newly),
        only_b=len(no_longer),
        neither=int((~left & ~right).sum()),
        p_value=exact_p_value(len(newly), len(no_longer), more_only=more_only),
        newly=tuple(newly),
        no_longer=tuple(no_longer),
    )


def exact_p_value(only_a: int, only_b: int, *, more_only: bool = False) -> float:
    """Give the p-value of the exact test on so many discordant pairs of either kind; see `discordant_pairs`."""
    from scipy.stats import binomtest

    require_count(only_a, name="only_a")
    require_count(only_b, name="only_b")
    if only_a + only_b == 0:
        return 1.0
    alternative = "greater" if more_only else "two-sided"
    return float(binomtest(only_a, only_a + only_b, alternative=alternative).pvalue)


def _variance_ratio(left: Floats, right: Floats) -> float | None:
    if len(left) < 2:
        return None
    of_difference = variance_of(left - right)
    return (variance_of(left) + variance_of(right)) / of_difference if of_difference > 0 else None
