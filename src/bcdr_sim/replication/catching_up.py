"""Catching up: how long it takes to take in what has piled up while more of it comes.

Theory of operation. A store is filled by writes and emptied at a pace of its own; what is left falls where the pace is
above the rate of writes and grows where it is not. Between two changes of the rate that is a straight line, so the instant
at which nothing is left is found piece by piece, without a tick. In a steady flow the wait is left / (pace - rate).
"""

from bcdr_sim.replication.writes import Writes, in_millionths


def pace(writes: Writes, *, rate_per_hour: float | None, of_mean: float | None, horizon_ms: int) -> int:
    """Give a pace in work per ms (`writes.WORK_PER_WRITE` is one write): a rate, or so many times the mean of `writes`.

    The mean is that of a period, or without one that of [0, horizon).
    """
    if rate_per_hour is not None:
        return in_millionths(rate_per_hour)
    course = writes.work
    if course.period_ms is not None:
        return round((of_mean or 0.0) * course.lap / course.period_ms)
    return round((of_mean or 0.0) * (course.at(horizon_ms) - course.at(0)) / horizon_ms)


def caught_up_ms(writes: Writes, *, left: int, pace: int, from_ms: int, until_ms: int) -> int:
    """Find the first instant from `from_ms` on at which nothing is left of the work; `until_ms` if that is not before.

    `left` is the work that waits at `from_ms`; what is written from then on joins it.
    """
    if left <= 0:
        return min(from_ms, until_ms)
    begin_ms = from_ms
    for end_ms, rate in writes.work.pieces(from_ms, until_ms):
        gain = pace - rate
        if gain > 0 and left <= gain * (end_ms - begin_ms):
            return begin_ms - left // -gain
        left -= gain * (end_ms - begin_ms)
        begin_ms = end_ms
    return until_ms
