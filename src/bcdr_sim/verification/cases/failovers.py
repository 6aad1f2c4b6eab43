"""Moves that race the return of their region, alone and through slots."""

from __future__ import annotations

from bcdr_sim.metrics import Metrics
from bcdr_sim.verification.case import Case, Check, Sample, Statistic
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
)
