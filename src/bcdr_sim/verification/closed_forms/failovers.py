"""Racing the return of a region: consent, run time, slots and failback."""

from __future__ import annotations

from math import comb, exp, gamma, lgamma, log

from scipy.special import gammainc
from scipy.stats import norm


def consent_abort_recovery_mean(
    *, detection: float, run: float, decision_rate: float, return_rate: float
) -> float:
    """Mean recovery time of a move that races the return of its region, an exponential time after impact.

    It may begin `detection` and an exponential decision after impact, takes `run`, and is broken off on return.
    """
    ready = detection + run
    return (1 - exp(-return_rate * ready)) / return_rate + exp(-return_rate * ready) / (
        return_rate + decision_rate
    )


def consent_abort_moved(*, detection: float, run: float, decision_rate: float, return_rate: float) -> float:
    """P(moved) of the same race."""
    return exp(-return_rate * (detection + run)) * decision_rate / (return_rate + decision_rate)


def consent_abort_exceeds(
    time: float, *, detection: float, run: float, decision_rate: float, return_rate: float
) -> float:
    """P(recovery time > x) of the same race, for x of at least detection + run."""
    return exp(-return_rate * time - decision_rate * (time - detection - run))


def consent_commit_moved(*, detection: float, decision_rate: float, return_rate: float) -> float:
    """P(moved) when a move that has begun is completed even if the region returns."""
    return exp(-return_rate * detection) * decision_rate / (return_rate + decision_rate)


def consent_commit_recovery_mean(
    *, detection: float, run: float, decision_rate: float, return_rate: float
) -> float:
    """Mean recovery time of that."""
    moved = consent_commit_moved(detection=detection, decision_rate=decision_rate, return_rate=return_rate)
    waiting = (1 - exp(-return_rate * detection)) / return_rate + exp(-return_rate * detection) / (
        return_rate + decision_rate
    )
    return waiting + run * moved


def lognormal_capped_mean(cap: float, *, log_mean: float, log_deviation: float) -> float:
    """E min(R, cap) of a lognormal outage: down time of a move that takes `cap` and is broken off on return."""
    below = norm.cdf((log(cap) - log_mean - log_deviation**2) / log_deviation)
    beyond = 1 - norm.cdf((log(cap) - log_mean) / log_deviation)
    return float(exp(log_mean + log_deviation**2 / 2) * below + cap * beyond)


def lognormal_exceeds(value: float, *, log_mean: float, log_deviation: float) -> float:
    """P(R > x) of a lognormal outage."""
    return float(norm.sf((log(value) - log_mean) / log_deviation))


def weibull_capped_mean(cap: float, *, shape: float, scale: float) -> float:
    """E min(R, cap) of a Weibull outage."""
    below = scale * gamma(1 + 1 / shape) * gammainc(1 + 1 / shape, (cap / scale) ** shape)
    return float(below + cap * exp(-((cap / scale) ** shape)))


def moving_gain_mean(cap: float, *, interruption: float, log_mean: float, log_deviation: float) -> float:
    """Mean time that moving at once saves over staying, the interruption of the way home paid; lognormal outage."""
    stay = exp(log_mean + log_deviation**2 / 2)
    law = {"log_mean": log_mean, "log_deviation": log_deviation}
    return stay - lognormal_capped_mean(cap, **law) - interruption * lognormal_exceeds(cap, **law)


def break_even_interruption(cap: float, *, log_mean: float, log_deviation: float) -> float:
    """Interruption of the way home at which moving and staying cost the same: E[R - cap given R > cap]."""
    law = {"log_mean": log_mean, "log_deviation": log_deviation}
    stay = exp(log_mean + log_deviation**2 / 2)
    return (stay - lognormal_capped_mean(cap, **law)) / lognormal_exceeds(cap, **law)


def harmonic(count: int) -> float:
    """1 + 1/2 + … + 1/count."""
    return sum(1 / each for each in range(1, count + 1))


def last_recovery_mean(count: int, *, rate: float) -> float:
    """Mean of the last of `count` independent exponential recoveries."""
    return harmonic(count) / rate


def kth_recovery_mean(count: int, position: int, *, rate: float) -> float:
    """Mean of the k-th of them."""
    return (harmonic(count) - harmonic(count - position)) / rate


def slots_constant_last(count: int, slots: int, *, run: float) -> float:
    """Completion of the last of `count` moves of equal length through `slots`."""
    return run * -(-count // slots)


def slots_constant_mean(count: int, slots: int, *, run: float) -> float:
    """Mean completion of the same."""
    full, rest = divmod(count, slots)
    return run * (slots * full * (full + 1) / 2 + rest * (full + 1)) / count


def slots_exponential_last_mean(count: int, slots: int, *, rate: float) -> float:
    """Mean completion of the last of `count` exponential moves through `slots`."""
    return (count - slots) / (slots * rate) + harmonic(slots) / rate


def slots_exponential_last_variance(count: int, slots: int, *, rate: float) -> float:
    """Variance of it."""
    return (count - slots) / (slots * rate) ** 2 + sum(1 / (each * rate) ** 2 for each in range(1, slots + 1))


def slots_exponential_mean(count: int, slots: int, *, rate: float) -> float:
    """Mean completion over all of them."""
    return 1 / rate + (count - slots) * (count - slots + 1) / (2 * count * slots * rate)


def moved_count_mean(count: int, *, decision_rate: float, return_rate: float) -> float:
    """Mean number of environments that move before the return that they share."""
    return count * decision_rate / (decision_rate + return_rate)


def moved_count_variance(count: int, *, decision_rate: float, return_rate: float) -> float:
    """Variance of that number: larger than binomial, since they share the return."""
    one = decision_rate / (decision_rate + return_rate)
    both = (
        1 - 2 * return_rate / (decision_rate + return_rate) + return_rate / (2 * decision_rate + return_rate)
    )
    return count * one * (1 - one) + count * (count - 1) * (both - one**2)


def moved_count_is(count: int, moved: int, *, decision_rate: float, return_rate: float) -> float:
    """P(exactly `moved` move). Source: the return integrated out; a beta function."""
    ratio = return_rate / decision_rate
    log_beta = lgamma(moved + 1) + lgamma(count - moved + ratio) - lgamma(count + 1 + ratio)
    return comb(count, moved) * ratio * exp(log_beta)


def second_strike_before_home(*, verification: float, return_rate: float, strike_rate: float) -> float:
    """P(an outage of the secondary begins before the way home), `verification` after an exponential return."""
    return 1 - exp(-strike_rate * verification) * return_rate / (return_rate + strike_rate)


def unprotected_mean(
    *,
    verification: float,
    return_rate: float,
    volume: float = 0.0,
    bandwidth: float = 1.0,
    write_rate: float = 0.0,
) -> float:
    """Mean time without a current copy after a move: until home, then until the other side has caught up."""
    return 1 / return_rate + verification + volume / (bandwidth - write_rate)


def struck_while_catching_up(
    *, strike_rate: float, volume: float, bandwidth: float, write_rate: float
) -> float:
    """P(the only current copy's region is struck while the other catches up)."""
    return 1 - exp(-strike_rate * volume / (bandwidth - write_rate))


def probe_latency_mean(*, every: float, missed: int) -> float:
    """Mean time to detect by `missed` missed probes in a row, the phase of the probes uniform."""
    return (missed - 0.5) * every


def never_detected(*, every: float, missed: int, return_rate: float) -> float:
    """P(an exponential outage ends before it is detected) so."""
    return 1 - exp(-return_rate * (missed - 1) * every) * (1 - exp(-return_rate * every)) / (
        return_rate * every
    )


def run_length_mean(chance: float, length: int) -> float:
    """Mean number of trials until `length` successes in a row."""
    return (1 - chance**length) / ((1 - chance) * chance**length)


def false_alarm_share(*, miss: float, missed: int, good: int) -> float:
    """Share of probes in a false alarm: raised by `missed` misses in a row, cleared by `good` answers in a row."""
    raised, cleared = run_length_mean(miss, missed), run_length_mean(1 - miss, good)
    return cleared / (raised + cleared)
