"""Losses of a mission with a random number of outages."""

from __future__ import annotations

from bcdr_sim.metrics import Metrics
from bcdr_sim.verification.case import HOUR_MS, Case, Check, Statistic
from bcdr_sim.verification.cases import readings
from bcdr_sim.verification.closed_forms import exposures

_C22 = {"outages": 0.6, "age_rate": 0.5}
_VALUE_AT_RISK = exposures.total_loss_quantile(0.95, **_C22)


def _total(metrics: Metrics) -> float:
    return float(readings.potential_ages(metrics).sum())


def _beyond_value_at_risk(metrics: Metrics) -> float:
    return float(_total(metrics) > _VALUE_AT_RISK)


def _worst_within_five_hours(metrics: Metrics) -> float:
    return 1.0 if readings.potential_ages(metrics).max(initial=0.0) <= 5 else 0.0


def _first(metrics: Metrics, environment: int) -> float:
    columns = metrics.incident_columns
    mine = columns.start_ms[columns.environment == environment]
    assert len(mine), "the case needs a longer horizon"
    return float(mine[0]) / HOUR_MS


def _neither_struck(metrics: Metrics) -> float:
    return float(_first(metrics, 0) > 10 and _first(metrics, 1) > 20)


def _struck_together(metrics: Metrics) -> float:
    return float(_first(metrics, 0) == _first(metrics, 1))


def _product(metrics: Metrics) -> float:
    return _first(metrics, 0) * _first(metrics, 1)


_C15 = {"first_rate": 0.02, "second_rate": 0.03, "common_rate": 0.01}

MISSIONS = (
    Case(
        id="c15",
        title="Two regions with a common cause",
        law="Marshall-Olkin",
        scenario="c15_common_cause.yaml",
        checks=(
            Check("P(T1 > 10h, T2 > 20h)", exposures.neither_struck(10, 20, **_C15), _neither_struck),
            Check("P(T1 = T2)", exposures.struck_together(**_C15), _struck_together, is_primary=True),
            Check("E T1*T2", exposures.strikes_product_mean(**_C15), _product),
        ),
        worlds=2000,
    ),
    Case(
        id="c22",
        title="Sum of the ages lost in a mission",
        law="compound Poisson",
        scenario="c22_mission.yaml",
        checks=(
            Check("P(no outage)", 1 - exposures.total_loss_exceeds(0, **_C22), readings.none),
            Check("E sum", exposures.total_loss_mean(**_C22), _total, is_primary=True),
            Check("Var sum", exposures.total_loss_variance(**_C22), _total, statistic=Statistic.VARIANCE),
            Check("P(sum > VaR 95%)", 0.05, _beyond_value_at_risk),
            Check(
                "CVaR 95%",
                exposures.total_loss_tail_mean(0.95, **_C22),
                _total,
                statistic=Statistic.TAIL_MEAN,
            ),
            Check("P(worst <= 5h)", exposures.worst_loss_within(5, **_C22), _worst_within_five_hours),
        ),
        worlds=16000,
    ),
)
