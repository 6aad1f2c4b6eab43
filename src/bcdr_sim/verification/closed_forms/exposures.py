"""Losses and rare events over a mission, and small Markov chains."""

from __future__ import annotations

from functools import partial
from math import cos, exp, expm1, pi

import numpy as np
from numpy.typing import NDArray
from scipy.integrate import quad
from scipy.linalg import expm
from scipy.optimize import brentq
from scipy.stats import gamma, poisson

Matrix = NDArray[np.float64]
TERMS = 200


def neither_struck(
    first: float, second: float, *, first_rate: float, second_rate: float, common_rate: float
) -> float:
    """P(T1 > s and T2 > t) of two regions with outages of their own and common ones. Source: Marshall, Olkin 1967."""
    return exp(-first_rate * first - second_rate * second - common_rate * max(first, second))


def struck_together(*, first_rate: float, second_rate: float, common_rate: float) -> float:
    """P(T1 == T2): the first outage of both is a common one."""
    return common_rate / (first_rate + second_rate + common_rate)


def strikes_product_mean(*, first_rate: float, second_rate: float, common_rate: float) -> float:
    """E T1*T2; the correlation of the two equals `struck_together`."""
    total = first_rate + second_rate + common_rate
    return (1 / (first_rate + common_rate) + 1 / (second_rate + common_rate)) / total


def struck_together_by(horizon: float, *, first_rate: float, second_rate: float, common_rate: float) -> float:
    """P(T1 == T2 < horizon)."""
    total = first_rate + second_rate + common_rate
    return common_rate / total * -expm1(-total * horizon)


def capped_product_mean(
    horizon: float, *, first_rate: float, second_rate: float, common_rate: float
) -> float:
    """E min(T1, horizon) * min(T2, horizon). Source: integral of `neither_struck` over the square."""

    def later(first: float) -> float:
        """The integral over T2 in two pieces, since the law has a kink at T1."""
        survival = partial(
            neither_struck, first, first_rate=first_rate, second_rate=second_rate, common_rate=common_rate
        )
        return float(quad(survival, 0, first)[0] + quad(survival, first, horizon)[0])

    return float(quad(later, 0, horizon)[0])


def total_loss_mean(*, outages: float, age_rate: float) -> float:
    """Mean summed age of a Poisson number of outages, each with an exponential age. Source: compound Poisson."""
    return outages / age_rate


def total_loss_variance(*, outages: float, age_rate: float) -> float:
    """Variance of the same sum."""
    return 2 * outages / age_rate**2


def total_loss_exceeds(value: float, *, outages: float, age_rate: float) -> float:
    """P(sum > x); at 0 the chance of any loss."""
    return float(
        sum(
            poisson.pmf(count, outages) * gamma.sf(value, count, scale=1 / age_rate)
            for count in range(1, TERMS)
        )
    )


def total_loss_quantile(level: float, *, outages: float, age_rate: float) -> float:
    """The sum that is exceeded with probability 1 - level; 0 if nothing happens that often."""
    if total_loss_exceeds(0.0, outages=outages, age_rate=age_rate) <= 1 - level:
        return 0.0

    def excess(value: float) -> float:
        return total_loss_exceeds(value, outages=outages, age_rate=age_rate) - (1 - level)

    return float(brentq(excess, 0.0, 1000 / age_rate, xtol=1e-12))


def total_loss_tail_mean(level: float, *, outages: float, age_rate: float) -> float:
    """Mean of the worst 1 - level of the sums (CVaR)."""
    at_risk = total_loss_quantile(level, outages=outages, age_rate=age_rate)
    tail = sum(
        poisson.pmf(count, outages) * count / age_rate * gamma.sf(at_risk, count + 1, scale=1 / age_rate)
        for count in range(1, TERMS)
    )
    return float(tail / (1 - level))


def worst_loss_within(value: float, *, outages: float, age_rate: float) -> float:
    """P(the largest single age <= x)."""
    return exp(-outages * exp(-age_rate * value))


def worst_of_fleet_exceeds(value: float, *, count: int, outages: float, age_rate: float) -> float:
    """P(the largest age of any of `count` environments > x), each hit by every outage of a mission.

    Source: Poisson thinning: an outage spares a fleet whose ages are all at most x.
    """
    spared = (1 - exp(-age_rate * value)) ** count
    return -expm1(-outages * (1 - spared))


def longer_than(value: float, *, shape: float, scale: float) -> float:
    """P(a Weibull outage lasts longer than x)."""
    return exp(-((value / scale) ** shape))


def split_brain_mean(*, promotion_rate: float, lease_rate: float) -> float:
    """Mean time in which both sides take writes: from promotion until the lease of the old side ends."""
    return promotion_rate / (lease_rate * (lease_rate + promotion_rate))


def split_brain(*, promotion_rate: float, lease_rate: float) -> float:
    """P(both sides take writes)."""
    return promotion_rate / (promotion_rate + lease_rate)


def permanent_loss_mean(*, loss: float, salvage: float) -> float:
    """Mean loss that stays lost when the tail is found again with probability `salvage`."""
    return (1 - salvage) * loss


def missing_mean(*, loss: float, salvage: float, return_rate: float) -> float:
    """Mean of loss times the time until it is found: data-hours missing."""
    return salvage * loss / return_rate


def seasonal_count_mean(horizon: float, *, rate: float, swing: float, period: float) -> float:
    """Mean number of outages in [0, horizon) at rate a * (1 + s * sin(2 pi t / P)); also its variance."""
    return rate * (horizon + swing * period / (2 * pi) * (1 - cos(2 * pi * horizon / period)))


def units_mean_time_to_failure(
    units: int, needed: int, *, failure_rate: float, repair_rate: float, crews: int = 1
) -> float:
    """Mean time until fewer than `needed` of `units` work, repaired by `crews`. Source: birth-death chain, first passage."""
    step = 1 / (units * failure_rate)
    total = step
    for failed in range(1, units - needed + 1):
        step = (1 + min(failed, crews) * repair_rate * step) / ((units - failed) * failure_rate)
        total += step
    return total


def units_capped_time_mean(
    horizon: float, units: int, needed: int, *, failure_rate: float, repair_rate: float
) -> float:
    """E min(T, horizon) of the time T until fewer than `needed` of `units` work, each repaired by itself.

    Source: birth-death chain up to absorption, the integral of its survival by the matrix exponential. With one unit to
    spare nobody waits for a crew, so any number of crews gives the same.
    """
    chain = _until_failure(units, needed, failure_rate=failure_rate, repair_rate=repair_rate)
    alive = np.ones(len(chain))
    return float(np.linalg.solve(chain, expm(chain * horizon) @ alive - alive)[0])


def units_survive(time: float, units: int, needed: int, *, failure_rate: float, repair_rate: float) -> float:
    """P(T > time) of the same."""
    chain = _until_failure(units, needed, failure_rate=failure_rate, repair_rate=repair_rate)
    return float(expm(chain * time)[0].sum())


def _until_failure(units: int, needed: int, *, failure_rate: float, repair_rate: float) -> Matrix:
    """Rates between 0, 1, ... failed units as long as enough of them work."""
    states = units - needed + 1
    chain = np.zeros((states, states))
    for failed in range(states):
        worse, better = (units - failed) * failure_rate, failed * repair_rate
        chain[failed, failed] = -worse - better
        if failed + 1 < states:
            chain[failed, failed + 1] = worse
        if failed:
            chain[failed, failed - 1] = better
    return chain


def priority_time_in_system(arrival_rates: tuple[float, ...], *, service_rate: float) -> tuple[float, ...]:
    """Mean time in system of each class, first class first, one server, no preemption. Source: Cobham 1954."""
    residual = sum(rate / service_rate**2 for rate in arrival_rates)
    times, before = [], 0.0
    for rate in arrival_rates:
        after = before + rate / service_rate
        times.append(residual / ((1 - before) * (1 - after)) + 1 / service_rate)
        before = after
    return tuple(times)


def must_wait(servers: int, *, arrival_rate: float, service_rate: float) -> float:
    """P(an arrival waits) in M/M/c. Source: Erlang's C formula."""
    offered = arrival_rate / service_rate
    term, below = 1.0, 0.0
    for count in range(servers):
        below += term
        term *= offered / (count + 1)
    tail = term / (1 - offered / servers)
    return tail / (below + tail)


def wait_mean(servers: int, *, arrival_rate: float, service_rate: float) -> float:
    """Mean wait in M/M/c."""
    waits = must_wait(servers, arrival_rate=arrival_rate, service_rate=service_rate)
    return waits / (servers * service_rate - arrival_rate)
