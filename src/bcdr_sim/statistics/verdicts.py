"""What may be said of a number and its margin: three verdicts of a gate, four of a comparison.

A verdict comes from an interval, never from a point: "the mean went up, so fail" fails an identical policy every second
time, and "no significant difference, so pass" passes whatever has too few replications.
"""

from enum import StrEnum

from bcdr_sim.statistics.estimate import Estimate


class Verdict(StrEnum):
    """Of a gate."""

    PASS = "pass"  # noqa: S105 - a verdict, no password
    FAIL = "fail"
    INCONCLUSIVE = "inconclusive"


class Change(StrEnum):
    """Of a comparison, for a metric of which less is better."""

    BETTER = "better"
    WORSE = "worse"
    WITHIN_MARGIN = "within margin"
    INCONCLUSIVE = "inconclusive"


def judge(difference: Estimate, margin: float) -> Verdict:
    """Judge a difference, candidate minus base, of which more is worse, against a margin in its unit.

    Fail if the lower end exceeds the margin, pass if the upper end does not, else inconclusive; also where an end is not
    known. An end at exactly the margin passes. Raises ValueError for a margin that is negative or no number.
    Source: the gates of a change in the policy design: margin, three verdicts.
    """
    require_margin(margin)
    if difference.low is not None and difference.low > margin:
        return Verdict.FAIL
    if difference.high is not None and difference.high <= margin:
        return Verdict.PASS
    return Verdict.INCONCLUSIVE


def change(difference: Estimate, margin: float) -> Change:
    """Say what a difference means: worse above the margin, better below minus it, within it, or inconclusive.

    The whole interval must lie there. A policy compared with itself differs by exactly 0 and is within any margin.
    Source: as `judge`, in both directions.
    """
    require_margin(margin)
    low, high = difference.low, difference.high
    if low is not None and low > margin:
        return Change.WORSE
    if high is not None and high < -margin:
        return Change.BETTER
    if low is not None and high is not None and -margin <= low and high <= margin:
        return Change.WITHIN_MARGIN
    return Change.INCONCLUSIVE


def p_above(difference: Estimate, margin: float) -> float:
    """Give the p-value of "the difference is at most `margin`": small, if it is larger. One-sided t.

    It is half of alpha where the lower end is at the margin. 1 where there is no lower end.
    Source: row 11 of the statistics.
    """
    return 1.0 if difference.low is None else _tail(difference, margin, sign=1)


def p_below(difference: Estimate, margin: float) -> float:
    """Give the p-value of "the difference is more than `margin`": small, if it is not. One-sided t.

    It is half of alpha where the upper end is at the margin. 1 where there is no upper end.
    Source: row 11 of the statistics.
    """
    return 1.0 if difference.high is None else _tail(difference, margin, sign=-1)


def _tail(difference: Estimate, margin: float, *, sign: int) -> float:
    from scipy.special import stdtr

    value, error = difference.value, difference.standard_error
    if value is None or error is None:
        return 1.0
    if error == 0:
        return 0.0 if (value > margin) == (sign > 0) else 1.0
    freedom = difference.n - difference.unbounded_count - 1
    return float(stdtr(freedom, sign * (margin - value) / error))


def require_margin(margin: float) -> None:
    """Refuse a margin below 0, infinite or nan."""
    if not 0 <= margin < float("inf"):
        raise ValueError(f"margin: a number of at least 0, not {margin!r}")
