"""Down time of environments that never move."""

from __future__ import annotations

import numpy as np

from bcdr_sim.metrics import Metrics
from bcdr_sim.verification.case import HOUR_MS, Case, Check, Numbers, Sample, Statistic
from bcdr_sim.verification.cases import readings
from bcdr_sim.verification.closed_forms import availability

_C01 = {"failure_rate": 1 / 40, "repair_rate": 1 / 10}
_C03 = {"arrival_rate": 1 / 20, "shape": 1.7, "scale": 9.0}

_CYCLES = 50


def _none_by_forty_hours(metrics: Metrics) -> Numbers:
    columns = metrics.incident_columns
    early = columns.environment[columns.start_ms < 40 * HOUR_MS]
    struck = np.zeros(readings.environment_count(metrics))
    struck[early] = 1
    return 1 - struck


def _down_and_length(metrics: Metrics) -> tuple[float, float]:
    """Down time and length of the first cycles: a fixed number, since a fixed horizon is biased."""
    columns = metrics.incident_columns
    assert len(columns) > _CYCLES, "the case needs a longer horizon"
    lengths_ms = columns.length_ms[:_CYCLES]
    return float(lengths_ms.sum()) / HOUR_MS, float(columns.end_ms[_CYCLES - 1]) / HOUR_MS


def _up_and_length(metrics: Metrics) -> tuple[float, float]:
    down, length = _down_and_length(metrics)
    return length - down, length


AVAILABILITY = (
    Case(
        id="c01",
        title="Alternating exponential gaps and outages",
        law="two-state Markov chain",
        scenario="c01_alternating.yaml",
        checks=(
            Check("P(serving at H)", availability.serving_at(100, **_C01), readings.serving_at_end),
            Check("E down", availability.down_mean(100, **_C01), readings.down, is_primary=True),
            Check("E availability", 1 - availability.down_mean(100, **_C01) / 100, readings.available),
            Check("E outages", availability.outage_count_mean(100, **_C01), readings.outages),
            Check(
                "P(no outage by 40h)", availability.no_outage(40, failure_rate=1 / 40), _none_by_forty_hours
            ),
            Check(
                "Var down",
                availability.down_variance(100, **_C01),
                readings.down,
                statistic=Statistic.VARIANCE,
            ),
        ),
        sample=Sample.FLEET,
        worlds=1400,
    ),
    Case(
        id="c02",
        title="Alternating Weibull gaps and lognormal outages",
        law="renewal theorem",
        scenario="c02_renewal.yaml",
        checks=(
            Check(
                "availability",
                availability.renewal_availability(
                    up_shape=0.7, up_scale=30, down_log_mean=1, down_log_deviation=1.2
                ),
                _up_and_length,
                statistic=Statistic.RATIO,
                is_primary=True,
            ),
        ),
        worlds=120,
    ),
    Case(
        id="c03",
        title="Overlapping Weibull outages: down on the union",
        law="infinite-server queue",
        scenario="c03_overlapping.yaml",
        checks=(
            Check("P(up at H)", availability.union_up_at(200, **_C03), readings.serving_at_end),
            Check("E down", availability.union_down_mean(200, **_C03), readings.down, is_primary=True),
            Check("E merged outages", availability.union_count_mean(200, **_C03), readings.incidents),
        ),
        sample=Sample.FLEET,
        worlds=280,
    ),
)
