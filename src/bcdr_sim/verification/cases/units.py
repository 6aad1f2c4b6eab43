"""Units of which some are needed: when the whole fails first."""

from __future__ import annotations

from bcdr_sim.metrics import Metrics
from bcdr_sim.verification.case import Case, Check
from bcdr_sim.verification.cases import readings
from bcdr_sim.verification.closed_forms import exposures

_C32 = {"failure_rate": 1 / 20, "repair_rate": 1 / 2}
_YEAR = 8760
_HORIZON = 162_000 / _YEAR


def _failed_by(metrics: Metrics) -> float:
    """When the whole failed first, in hours, or the horizon; it comes last in the order of names."""
    return float(readings.first_impacts(metrics)[-1])


def _failed_by_in_years(metrics: Metrics) -> float:
    return _failed_by(metrics) / _YEAR


def _works_for_long(metrics: Metrics) -> float:
    return float(_failed_by(metrics) > 18)


UNITS = (
    Case(
        id="c32",
        title="Two of three units, each repaired by itself",
        law="birth-death chain to absorption",
        scenario="c32_units.yaml",
        checks=(
            Check(
                "E first to 60h",
                exposures.units_capped_time_mean(60, 3, 2, **_C32),
                _failed_by,
                is_primary=True,
            ),
            Check("P(first > 18h)", exposures.units_survive(18, 3, 2, **_C32), _works_for_long),
        ),
        worlds=4400,
    ),
    Case(
        id="c32-published",
        title="Three of four units at published rates",
        law="birth-death chain to absorption",
        scenario="c32_published.yaml",
        checks=(
            Check(
                "E first to 18.5a, years",
                exposures.units_capped_time_mean(_HORIZON, 4, 3, failure_rate=0.5, repair_rate=52),
                _failed_by_in_years,
                is_primary=True,
            ),
        ),
        worlds=250,
    ),
)
