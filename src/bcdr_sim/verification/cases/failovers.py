"""Moves that race the return of their region, alone and through slots."""

from __future__ import annotations

import numpy as np

from bcdr_sim.events import Event
from bcdr_sim.metrics import Metrics
from bcdr_sim.metrics.aftermath import NEVER_MS
from bcdr_sim.verification.case import HOUR_MS, Case, Check, Sample, Statistic
from bcdr_sim.verification.cases import readings
from bcdr_sim.verification.closed_forms import failovers

_C10 = {"detection": 0.25, "run": 1.5, "decision_rate": 1 / 4, "return_rate": 1 / 6}
_C14 = {"decision_rate": 1 / 5, "return_rate": 1 / 4}


def _over_eight_hours(metrics: Metrics) -> float:
    return 1.0 if readings.recovery_time(metrics) > 8 else 0.0


def _last(metrics: Metrics) -> float:
    return float(readings.completions(metrics).max())


def _mean(metrics: Metrics) -> float:
    return float(readings.completions(metrics).mean())


def _interrupted(metrics: Metrics) -> float:
    return readings.down(metrics) + readings.planned(metrics)


def _seventh(metrics: Metrics) -> float:
    return float(np.sort(readings.completions(metrics))[6])


def _undetected(metrics: Metrics) -> float:
    return float(metrics.incident_columns.detected_ms[0] == NEVER_MS)


def _struck_before_home(metrics: Metrics) -> float:
    """Whether the secondary was struck between impact and the way home."""
    events = metrics.timeline.table
    home = events["time_ms"][events["event"] == Event.FAILBACK_COMPLETED]
    struck = events["time_ms"][(events["event"] == Event.SERVICE_LOST)][1:]
    return float(len(struck) > 0 and (len(home) == 0 or struck[0] <= home[0]))


def _unprotected(metrics: Metrics) -> float:
    return float(metrics.clocks.unprotected_ms[0]) / HOUR_MS


_C11 = {"log_mean": 0.5, "log_deviation": 1.3}

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
                readings.recovery_time,
                is_primary=True,
            ),
            Check("P(moved)", failovers.consent_abort_moved(**_C10), readings.moved),
            Check("P(RTA > 8h)", failovers.consent_abort_exceeds(8, **_C10), _over_eight_hours),
        ),
        worlds=6000,
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
                readings.recovery_time,
                is_primary=True,
            ),
            Check(
                "P(moved)",
                failovers.consent_commit_moved(detection=0.25, decision_rate=1 / 4, return_rate=1 / 6),
                readings.moved,
            ),
        ),
        worlds=6000,
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
        title="Twenty decisions, one return",
        law="beta mixture of binomials",
        scenario="c14_shared_return.yaml",
        checks=(
            Check("E moved", failovers.moved_count_mean(20, **_C14), readings.moved),
            Check(
                "Var moved",
                failovers.moved_count_variance(20, **_C14),
                readings.moved,
                statistic=Statistic.VARIANCE,
                is_primary=True,
            ),
            Check(
                "P(nobody)",
                failovers.moved_count_is(20, 0, **_C14),
                lambda metrics: float(readings.moved(metrics) == 0),
            ),
            Check(
                "P(everybody)",
                failovers.moved_count_is(20, 20, **_C14),
                lambda metrics: float(readings.moved(metrics) == 20),
            ),
        ),
        worlds=2500,
    ),
    Case(
        id="c11",
        title="Moved in a fixed time against a lognormal outage",
        law="limited expectation",
        scenario="c11_auto.yaml",
        rival="c11_never.yaml",
        checks=(
            Check("E down", failovers.lognormal_capped_mean(2, **_C11), readings.down),
            Check(
                "E interrupted",
                failovers.lognormal_capped_mean(2, **_C11) + 0.4 * failovers.lognormal_exceeds(2, **_C11),
                _interrupted,
            ),
            Check("P(moved)", failovers.lognormal_exceeds(2, **_C11), readings.moved),
            Check(
                "E saved over staying",
                failovers.moving_gain_mean(2, interruption=0.4, **_C11),
                _interrupted,
                saved=True,
                is_primary=True,
            ),
        ),
        worlds=6000,
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
        worlds=4000,
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
                failovers.second_strike_before_home(verification=12, return_rate=1 / 20, strike_rate=1 / 200),
                _struck_before_home,
                is_primary=True,
            ),
        ),
        worlds=6000,
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
                _unprotected,
                is_primary=True,
            ),
        ),
        worlds=4000,
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
        worlds=6000,
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
        worlds=600,
    ),
)
