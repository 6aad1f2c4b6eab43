"""Moves that race the return of their region, alone and through slots."""

from __future__ import annotations

import numpy as np

from bcdr_sim.events import Event
from bcdr_sim.metrics import Metrics
from bcdr_sim.metrics.aftermath import NEVER_MS
from bcdr_sim.verification.case import Case, Check, Numbers, Sample, Statistic
from bcdr_sim.verification.cases import readings
from bcdr_sim.verification.closed_forms import failovers

_C10 = {"detection": 0.25, "run": 1.5, "decision_rate": 1 / 4, "return_rate": 1 / 6}
_C14 = {"decision_rate": 1 / 5, "return_rate": 1 / 4}


def _over_three_hours(metrics: Metrics) -> Numbers:
    return (readings.recovery_times(metrics) > 3).astype(np.float64)


def _moved_count(metrics: Metrics) -> float:
    return float(readings.moves(metrics).sum())


def _at_most_half_moved(metrics: Metrics) -> float:
    return float(_moved_count(metrics) <= 4)


def _last(metrics: Metrics) -> float:
    return float(readings.recovery_times(metrics).max())


def _mean(metrics: Metrics) -> float:
    return float(readings.recovery_times(metrics).mean())


def _seventh(metrics: Metrics) -> float:
    return float(np.sort(readings.recovery_times(metrics))[6])


def _undetected(metrics: Metrics) -> Numbers:
    return np.asarray(metrics.incident_columns.detected_ms == NEVER_MS, dtype=np.float64)


def _struck_before_home(metrics: Metrics) -> Numbers:
    """Whether the secondary of each environment was struck between impact and the way home."""
    count = readings.environment_count(metrics)
    events = metrics.timeline.table
    home_ms = np.full(count, metrics.timeline.trial.horizon_ms, dtype=np.int64)
    home = events[events["event"] == Event.FAILBACK_COMPLETED]
    np.minimum.at(home_ms, home["environment"], home["time_ms"])
    columns = metrics.incident_columns
    again = columns.far & (columns.start_ms <= home_ms[columns.environment])
    struck = np.zeros(count)
    struck[columns.environment[again]] = 1
    return struck


_C11 = {"log_mean": 0.5, "log_deviation": 0.6}

FAILOVERS = (
    Case(
        id="c10",
        title="Consent against the return of the region, abort",
        law="race of exponentials",
        scenario="c10_consent_abort.yaml",
        checks=(
            Check(
                "E RTA",
                failovers.consent_abort_recovery_mean(**_C10),
                readings.recovery_times,
                is_primary=True,
            ),
            Check("P(moved)", failovers.consent_abort_moved(**_C10), readings.moves),
            Check("P(RTA > 3h)", failovers.consent_abort_exceeds(3, **_C10), _over_three_hours),
        ),
        sample=Sample.FLEET,
        worlds=650,
    ),
    Case(
        id="c10-commit",
        title="The same race, commit",
        law="race of exponentials",
        scenario="c10_consent_commit.yaml",
        checks=(
            Check(
                "E RTA",
                failovers.consent_commit_recovery_mean(**_C10),
                readings.recovery_times,
                is_primary=True,
            ),
            Check(
                "P(moved)",
                failovers.consent_commit_moved(detection=0.25, decision_rate=1 / 4, return_rate=1 / 6),
                readings.moves,
            ),
        ),
        sample=Sample.FLEET,
        worlds=480,
    ),
    Case(
        id="c13",
        title="Moves through slots, exponential run",
        law="order statistics of a closed queue",
        scenario="c13_slots.yaml",
        checks=(
            Check("E last", failovers.slots_exponential_last_mean(23, 5, rate=1.25), _last, is_primary=True),
            Check(
                "Var last",
                failovers.slots_exponential_last_variance(23, 5, rate=1.25),
                _last,
                statistic=Statistic.VARIANCE,
            ),
            Check("E mean", failovers.slots_exponential_mean(23, 5, rate=1.25), _mean),
        ),
        worlds=1500,
    ),
    Case(
        id="c13-constant",
        title="Moves through slots, constant run",
        law="arithmetic",
        scenario="c13_slots_constant.yaml",
        sample=Sample.CONSTANT,
        worlds=1,
        checks=(
            Check("last", failovers.slots_constant_last(23, 5, run=0.8), _last, is_primary=True),
            Check("mean", failovers.slots_constant_mean(23, 5, run=0.8), _mean),
        ),
    ),
    Case(
        id="c14",
        title="Eight decisions, one return",
        law="beta mixture of binomials",
        scenario="c14_shared_return.yaml",
        checks=(
            Check("E moved", failovers.moved_count_mean(8, **_C14), _moved_count),
            Check(
                "Var moved",
                failovers.moved_count_variance(8, **_C14),
                _moved_count,
                statistic=Statistic.VARIANCE,
                is_primary=True,
            ),
            Check(
                "P(at most half)",
                sum(failovers.moved_count_is(8, count, **_C14) for count in range(5)),
                _at_most_half_moved,
            ),
        ),
        worlds=9000,
    ),
    Case(
        id="c11",
        title="Moved in an hour against a lognormal outage",
        law="limited expectation",
        scenario="c11_auto.yaml",
        rival="c11_never.yaml",
        checks=(
            Check("E down", failovers.lognormal_capped_mean(1, **_C11), readings.down),
            Check(
                "E interrupted",
                failovers.lognormal_capped_mean(1, **_C11) + 0.2 * failovers.lognormal_exceeds(1, **_C11),
                readings.interrupted,
            ),
            Check("P(moved)", failovers.lognormal_exceeds(1, **_C11), readings.moves),
            Check(
                "E saved over staying",
                failovers.moving_gain_mean(1, interruption=0.2, **_C11),
                readings.interrupted,
                saved=True,
                is_primary=True,
            ),
        ),
        sample=Sample.FLEET,
        worlds=1250,
    ),
    Case(
        id="c11-weibull",
        title="The same move against a Weibull outage",
        law="limited expectation",
        scenario="c11_weibull.yaml",
        checks=(
            Check(
                "E down",
                failovers.weibull_capped_mean(2, shape=0.6, scale=3),
                readings.down,
                is_primary=True,
            ),
        ),
        sample=Sample.FLEET,
        worlds=220,
    ),
    Case(
        id="c12",
        title="Twelve recoveries of their own",
        law="order statistics",
        scenario="c12_tail.yaml",
        checks=(
            Check("E last", failovers.last_recovery_mean(12, rate=0.5), _last, is_primary=True),
            Check("E seventh", failovers.kth_recovery_mean(12, 7, rate=0.5), _seventh),
        ),
        worlds=3000,
    ),
    Case(
        id="c17",
        title="The secondary struck before the way home",
        law="race of a Poisson process",
        scenario="c17_second_strike.yaml",
        checks=(
            Check(
                "P(struck)",
                failovers.second_strike_before_home(verification=12, return_rate=1 / 20, strike_rate=1 / 50),
                _struck_before_home,
                is_primary=True,
            ),
        ),
        sample=Sample.FLEET,
        worlds=680,
    ),
    Case(
        id="c17-unprotected",
        title="Without a current copy until the other side has caught up",
        law="sum of means",
        scenario="c17_unprotected.yaml",
        checks=(
            Check(
                "E unprotected",
                failovers.unprotected_mean(verification=12, return_rate=1 / 20),
                readings.unprotected,
                is_primary=True,
            ),
        ),
        sample=Sample.FLEET,
        worlds=220,
    ),
    Case(
        id="c19",
        title="Three missed probes against the return of the region",
        law="exponential over a uniform",
        scenario="c19_probes.yaml",
        checks=(
            Check(
                "P(never detected)",
                failovers.never_detected(every=1, missed=3, return_rate=1 / 4),
                _undetected,
                is_primary=True,
            ),
        ),
        sample=Sample.FLEET,
        worlds=600,
    ),
    Case(
        id="c30",
        title="Six slots against four in the same worlds",
        law="difference of closed queues",
        scenario="c30_six_slots.yaml",
        rival="c30_four_slots.yaml",
        checks=(
            Check(
                "E last saved",
                failovers.slots_exponential_last_mean(24, 4, rate=1)
                - failovers.slots_exponential_last_mean(24, 6, rate=1),
                _last,
                saved=True,
                is_primary=True,
            ),
        ),
        worlds=1050,
    ),
)
