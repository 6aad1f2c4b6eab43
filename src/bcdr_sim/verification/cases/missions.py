"""Losses of a mission with a random number of outages."""

from __future__ import annotations

import numpy as np

from bcdr_sim.metrics import Metrics
from bcdr_sim.verification.case import Case, Check, Numbers, Sample, Statistic
from bcdr_sim.verification.cases import readings
from bcdr_sim.verification.closed_forms import exposures

_C22 = {"outages": 1.5, "age_rate": 0.5}
_C15 = {"first_rate": 0.02, "second_rate": 0.03, "common_rate": 0.05}


def _over_five_hours(metrics: Metrics) -> Numbers:
    return (readings.potential_age_sums(metrics) > 5).astype(np.float64)


def _worst_within_five_hours(metrics: Metrics) -> Numbers:
    longer = metrics.incident_columns.environment[readings.potential_ages(metrics) > 5]
    within = np.ones(readings.environment_count(metrics))
    within[longer] = 0
    return within


def _firsts(metrics: Metrics) -> Numbers:
    """When each region was first struck, or the horizon: far in one row, near in the other; in name order both."""
    return readings.first_impacts(metrics).reshape(2, -1)


def _neither_struck(metrics: Metrics) -> Numbers:
    far, near = _firsts(metrics)
    return np.asarray((near > 5) & (far > 10), dtype=np.float64)


def _struck_together(metrics: Metrics) -> Numbers:
    far, near = _firsts(metrics)
    return np.asarray((far == near) & (far < 20), dtype=np.float64)


def _product(metrics: Metrics) -> Numbers:
    far, near = _firsts(metrics)
    return np.asarray(far * near)


MISSIONS = (
    Case(
        id="c15",
        title="Two regions with a common cause",
        law="Marshall-Olkin",
        scenario="c15_common_cause.yaml",
        checks=(
            Check("P(T1 > 5h, T2 > 10h)", exposures.neither_struck(5, 10, **_C15), _neither_struck),
            Check(
                "P(T1 = T2 < 20h)",
                exposures.struck_together_by(20, **_C15),
                _struck_together,
                is_primary=True,
            ),
            Check("E T1*T2 to 20h", exposures.capped_product_mean(20, **_C15), _product),
        ),
        sample=Sample.FLEET,
        worlds=1250,
    ),
    Case(
        id="c22",
        title="Sum of the ages lost in a mission",
        law="compound Poisson",
        scenario="c22_mission.yaml",
        checks=(
            Check("P(no outage)", 1 - exposures.total_loss_exceeds(0, **_C22), readings.none),
            Check("E sum", exposures.total_loss_mean(**_C22), readings.potential_age_sums, is_primary=True),
            Check(
                "Var sum",
                exposures.total_loss_variance(**_C22),
                readings.potential_age_sums,
                statistic=Statistic.VARIANCE,
            ),
            Check("P(sum > 5h)", exposures.total_loss_exceeds(5, **_C22), _over_five_hours),
            Check(
                "CVaR 95%",
                exposures.total_loss_tail_mean(0.95, **_C22),
                readings.potential_age_sums,
                statistic=Statistic.TAIL_MEAN,
            ),
            Check("P(worst <= 5h)", exposures.worst_loss_within(5, **_C22), _worst_within_five_hours),
        ),
        sample=Sample.FLEET,
        worlds=3200,
    ),
    Case(
        id="c23",
        title="A rare age, by worlds with a given number of outages",
        law="maximum of a compound Poisson",
        scenario="c23_rare.yaml",
        checks=(
            Check(
                "P(worst > 10h)",
                exposures.worst_of_fleet_exceeds(10, count=20, outages=0.01, age_rate=0.5),
                readings.potential_ages,
                statistic=Statistic.ESTIMATE,
                is_primary=True,
            ),
        ),
        asks="P(exposure > 10h)",
        sample=Sample.STRATA,
        worlds=4000,
    ),
)
