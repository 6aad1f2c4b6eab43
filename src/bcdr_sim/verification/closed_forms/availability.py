"""Down time of one environment that never moves: renewal and infinite-server theory.

Two processes make outages. *End to start*: the next gap begins when the region is back. *Start to start*: outages begin as a
Poisson process and may overlap, so the region is down on their union.
"""

from __future__ import annotations

from math import exp, gamma

from scipy.integrate import quad


def serving_at(horizon: float, *, failure_rate: float, repair_rate: float) -> float:
    """P(serving at the horizon), exponential gaps and outages, end to start, serving at 0.

    Source: two-state Markov chain (alternating renewal process).
    """
    total = failure_rate + repair_rate
    return repair_rate / total + failure_rate / total * exp(-total * horizon)


def down_mean(horizon: float, *, failure_rate: float, repair_rate: float) -> float:
    """Mean time down in [0, horizon) of the same environment. Source: integral of 1 - `serving_at`."""
    total = failure_rate + repair_rate
    return failure_rate * horizon / total - failure_rate / total**2 * (1 - exp(-total * horizon))


def outage_count_mean(horizon: float, *, failure_rate: float, repair_rate: float) -> float:
    """Mean number of outages that begin in [0, horizon). Source: failure rate times mean time serving."""
    total = failure_rate + repair_rate
    served = repair_rate * horizon / total + failure_rate / total**2 * (1 - exp(-total * horizon))
    return failure_rate * served


def no_outage(horizon: float, *, failure_rate: float) -> float:
    """P(no outage begins in [0, horizon)) of a Poisson process, or of a first exponential gap."""
    return exp(-failure_rate * horizon)


def down_variance(horizon: float, *, failure_rate: float, repair_rate: float) -> float:
    """Variance of the time down in [0, horizon). Source: covariance of the two-state chain, integrated."""
    total = failure_rate + repair_rate

    def down_now_and_later(now: float) -> float:
        rest = horizon - now
        down_now = failure_rate / total * (1 - exp(-total * now))
        later = failure_rate / total * rest + repair_rate / total**2 * (1 - exp(-total * rest))
        return down_now * later

    second_moment = 2 * quad(down_now_and_later, 0, horizon)[0]
    return float(second_moment - down_mean(horizon, failure_rate=failure_rate, repair_rate=repair_rate) ** 2)


def renewal_availability(
    *, up_shape: float, up_scale: float, down_log_mean: float, down_log_deviation: float
) -> float:
    """Long-run availability, Weibull gaps and lognormal outages, end to start.

    Source: renewal theorem, E up / (E up + E down); nothing of the laws enters but their means.
    """
    up = up_scale * gamma(1 + 1 / up_shape)
    down = exp(down_log_mean + down_log_deviation**2 / 2)
    return up / (up + down)


def union_up_at(horizon: float, *, arrival_rate: float, shape: float, scale: float) -> float:
    """P(no outage is running at the horizon), start to start, Weibull outages. Source: M/G/infinity queue, empty at 0."""
    return exp(-arrival_rate * _survival_integral(horizon, shape, scale))


def union_down_mean(horizon: float, *, arrival_rate: float, shape: float, scale: float) -> float:
    """Mean time in [0, horizon) with at least one outage running. Source: integral of 1 - `union_up_at`."""

    def down_at(instant: float) -> float:
        return 1 - union_up_at(instant, arrival_rate=arrival_rate, shape=shape, scale=scale)

    return float(quad(down_at, 0, horizon, limit=400)[0])


def union_count_mean(horizon: float, *, arrival_rate: float, shape: float, scale: float) -> float:
    """Mean number of merged outages that begin in [0, horizon): arrivals that find nothing running."""
    down = union_down_mean(horizon, arrival_rate=arrival_rate, shape=shape, scale=scale)
    return arrival_rate * (horizon - down)


def union_length_mean(*, arrival_rate: float, shape: float, scale: float) -> float:
    """Long-run mean length of a merged outage. Source: busy period of M/G/infinity."""
    return (exp(arrival_rate * scale * gamma(1 + 1 / shape)) - 1) / arrival_rate


def _survival_integral(instant: float, shape: float, scale: float) -> float:
    return float(quad(lambda age: exp(-((age / scale) ** shape)), 0, instant, limit=400)[0])
