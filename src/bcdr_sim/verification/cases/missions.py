"""Losses of a mission with a random number of outages."""

from __future__ import annotations

from bcdr_sim.metrics import Metrics
from bcdr_sim.verification.case import Case, Check, Statistic
from bcdr_sim.verification.cases import readings
from bcdr_sim.verification.closed_forms import exposures

_C22 = {"outages": 0.6, "age_rate": 0.5}


def _total(metrics: Metrics) -> float:
    return float(readings.potential_ages(metrics).sum())


def _worst_within_five_hours(metrics: Metrics) -> float:
    return 1.0 if readings.potential_ages(metrics).max(initial=0.0) <= 5 else 0.0


MISSIONS = (
    Case(
        id="c22",
        title="Sum of the ages lost in a mission",
        law="compound Poisson",
        scenario="c22_mission.yaml",
        checks=(
            Check("P(no outage)", 1 - exposures.total_loss_exceeds(0, **_C22), readings.none),
            Check("E sum", exposures.total_loss_mean(**_C22), _total, is_primary=True),
            Check("Var sum", exposures.total_loss_variance(**_C22), _total, statistic=Statistic.VARIANCE),
            Check("P(worst <= 5h)", exposures.worst_loss_within(5, **_C22), _worst_within_five_hours),
        ),
        worlds=16000,
    ),
)
