"""Probabilities from counts of replications: to be shown, to be gated, and when nothing was seen at all.

What is still open at the horizon and could go either way is not dropped: it counts as no for the lower end and as yes
for the upper one.
"""

import math

from bcdr_sim.statistics.estimate import Estimate, nothing
from bcdr_sim.statistics.sample import joined, require_count, require_share
from bcdr_sim.statistics.verdicts import Verdict


def wilson(count: int, n: int, *, level: float = 0.95) -> tuple[float, float]:
    """Give Wilson's interval of a probability of which `count` in `n` were seen.

    Its coverage is near the level, sometimes below: for showing, never for a gate. Unlike the textbook interval it has
    a width at 0. Source: row 3 of the statistics; `scipy.stats.binomtest(...).proportion_ci(level, "wilson")`.
    """
    return _interval(count, n, level=level, method="wilson", alternative="two-sided")


def clopper_pearson(count: int, n: int, *, level: float = 0.95) -> tuple[float, float]:
    """Give the exact two-sided interval of a probability: its coverage is never below the level.

    Source: row 4 of the statistics; `scipy.stats.binomtest(...).proportion_ci(level, "exact")`.
    """
    return _interval(count, n, level=level, method="exact", alternative="two-sided")


def zero_events_bound(n: int, *, level: float = 0.95) -> float:
    """Give the upper bound of a probability of which none was seen in `n`: `1 - (1 - level)**(1 / n)`, about 3 / n.

    Source: row 5 of the statistics.
    """
    require_count(n, name="n", least=1)
    return -math.expm1(math.log1p(-require_share(level, name="level")) / n)


def failure_free_n(at_least: float, *, level: float = 0.95) -> int:
    """Give the smallest n at which n successes in n pass a gate "P >= `at_least`".

    Source: row 4 of the statistics: 59, 299 and 2,995 for .95, .99 and .999 at level .95.
    """
    require_share(at_least, name="at_least")
    n = max(1, math.floor(math.log1p(-require_share(level, name="level")) / math.log(at_least)) - 1)
    while at_least**n > 1 - level:
        n += 1
    return n


def share(count: int, n: int, *, level: float = 0.95, censored_count: int = 0) -> Estimate:
    """Estimate the share of replications in which something was so, for showing.

    Wilson's interval; where it was so in none or in all, the bound of zero events, which the note puts into words: "0 of
    1,000, at most 0.30 %". `censored_count` of the other replications are not decided at the horizon: `value` counts
    them as no, the upper end as yes. Source: rows 3, 5 and 12 of the statistics.
    """
    require_share(level, name="level")
    _check(count, n, censored_count)
    if n == 0:
        return nothing(n=0, level=level, method="Wilson", note="no replication")
    low, high = wilson(count, n, level=level)[0], wilson(count + censored_count, n, level=level)[1]
    method, notes = "Wilson", []
    if censored_count:
        notes.append(
            f"{censored_count:,} not decided at the horizon: no for the lower end, yes for the upper one"
        )
    if count + censored_count == 0:
        low, high, method = 0.0, zero_events_bound(n, level=level), "zero events, one-sided"
        notes.append(f"0 of {n:,}, at most {_percent(high)}")
    elif count == n:
        low, high, method = 1 - zero_events_bound(n, level=level), 1.0, "zero events, one-sided"
        notes.append(f"all of {n:,}, at least {_percent(low, down=True)}")
    return Estimate(count / n, low, high, n, level, method, censored_count, note=joined(notes))


def share_gate(
    count: int, n: int, *, at_least: float, level: float = 0.95, gate_count: int = 1, censored_count: int = 0
) -> tuple[Verdict, Estimate]:
    """Judge "P >= `at_least`" by exact one-sided bounds: pass if the lower is at least it, fail if the upper is below.

    Anything else is inconclusive; the note says how many replications without a failure would pass. Of `gate_count`
    gates judged at once each has level `1 - (1 - level) / gate_count`. Undecided replications (`censored_count`) count
    as failures for the lower bound and as successes for the upper one.
    Source: row 4 of the statistics (Clopper-Pearson, Bonferroni over gates).
    """
    require_share(at_least, name="at_least")
    require_count(gate_count, name="gate_count", least=1)
    level = 1 - (1 - require_share(level, name="level")) / gate_count
    _check(count, n, censored_count)
    method = "Clopper-Pearson, one-sided"
    if n == 0:
        return Verdict.INCONCLUSIVE, nothing(n=0, level=level, method=method, note="no replication")
    low, _ = _interval(count, n, level=level, method="exact", alternative="greater")
    _, high = _interval(count + censored_count, n, level=level, method="exact", alternative="less")
    verdict = Verdict.PASS if low >= at_least else Verdict.FAIL if high < at_least else Verdict.INCONCLUSIVE
    needed = failure_free_n(at_least, level=level)
    notes = [f"{censored_count:,} not decided at the horizon"] if censored_count else []
    if verdict is Verdict.INCONCLUSIVE and n < needed:
        notes.append(f"needs {needed:,} replications without a failure")
    return verdict, Estimate(count / n, low, high, n, level, method, censored_count, note=joined(notes))


def _interval(count: int, n: int, *, level: float, method: str, alternative: str) -> tuple[float, float]:
    from scipy.stats import binomtest

    _check(count, n, 0)
    require_count(n, name="n", least=1)
    found = binomtest(int(count), int(n), alternative=alternative).proportion_ci(
        require_share(level, name="level"), method
    )
    return float(found.low), float(found.high)


def _check(count: int, n: int, censored_count: int) -> None:
    require_count(n, name="n")
    require_count(count, name="count")
    require_count(censored_count, name="censored_count")
    if count + censored_count > n:
        raise ValueError(f"{count} and {censored_count} undecided are more than n, {n}")


def _percent(value: float, *, down: bool = False) -> str:
    """Two digits that say, rounded to the safe side."""
    percent = 100 * value
    unit = 10.0 ** (math.floor(math.log10(100 - percent if down else percent)) - 1)
    steps = percent / unit
    whole = math.floor(steps + 1e-9) if down else math.ceil(steps - 1e-9)
    digits = max(0, -round(math.log10(unit)))
    return f"{whole * unit:.{digits}f} %"
