"""What a picture of a distribution is drawn from: a metric of many worlds, or of their incidents, from runs or a frame.

A metric of the worlds has one value per world, 0 where nothing happened; one of the incidents has a value for each, and
worlds without any have none. What is open at the horizon is kept as a lower bound, what has no bound as unbounded.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from bcdr_sim.errors import near_miss
from bcdr_sim.experiment import Runs
from bcdr_sim.experiment.metric import METRICS, metric_named, metric_values, open_worlds
from bcdr_sim.statistics.curves import Curve, incident_curve, world_curve
from bcdr_sim.statistics.kaplan_meier import incidents
from bcdr_sim.statistics.sample import Floats
from bcdr_sim.units import parse_duration

if TYPE_CHECKING:
    from pandas import DataFrame

INCIDENT_WORDS = {
    "rta_ms": "recovery time of an incident",
    "declared_to_rta_ms": "recovery time from confirmed impact",
    "detect_ms": "time to detection",
    "loss_potential_age_ms": "loss of a move at impact",
    "loss_realised_age_ms": "loss of an incident",
    "loss_permanent_age_ms": "permanent loss of an incident",
}
"""Metrics of incidents, and what they are called."""
_OPEN_IN = {"rta_ms": "censored"}


@dataclass(frozen=True, slots=True)
class Sample:
    """Values of a metric with what is open among them; `replication` of each if there may be several to a world."""

    words: str
    unit: str
    values: Floats
    is_open: Any
    n: int
    replication: Any = None

    @property
    def noun(self) -> str:
        """What one value belongs to."""
        return "world" if self.replication is None else "incident"

    def curve(self, *, level: float, also: Sequence[float] = ()) -> Curve:
        """Its distribution with a band."""
        if self.replication is None:
            return world_curve(self.values, is_open=self.is_open, level=level, also=also)
        found = incidents(self.values, self.replication, replication_count=self.n, is_open=self.is_open)
        return incident_curve(found, level=level, also=also)


def sample_of(data: Runs | DataFrame, metric: str) -> Sample:
    """The values of a metric: of runs, or of a frame of worlds or incidents as `Runs` gives them.

    Raises:
        ValueError: no such metric in it, or runs that did not keep their incidents.
    """
    if isinstance(data, Runs):
        return _of_runs(data, metric)
    if metric not in data.columns:
        raise ValueError(f"no column '{metric}'{_hint(metric, list(map(str, data.columns)))}")
    return _of_incidents(data, metric) if "event_id" in data.columns else _of_worlds(data, metric)


def target_of(sample: Sample, target: str | float | None) -> float | None:
    """An objective in the unit of a metric: `4h` of times, a number of anything else.

    Raises:
        ValueError: it is of another unit.
    """
    if target is None:
        return None
    if sample.unit == "ms":
        if not isinstance(target, str):
            raise ValueError(f"target: a duration with its unit, such as '4h', not {target!r}")
        return float(parse_duration(target))
    if isinstance(target, str) or not math.isfinite(target):
        raise ValueError(f"target: a number, not {target!r}")
    return float(target)


def _of_runs(runs: Runs, metric: str) -> Sample:
    if metric in INCIDENT_WORDS:
        return _of_incidents(runs.incidents(), metric, n=len(runs), replications=runs.rows["replication"])
    try:
        found = metric_named(metric)
    except ValueError as error:
        names = [*INCIDENT_WORDS, *(each.name for each in METRICS)]
        raise ValueError(f"no metric '{metric}'{_hint(metric, names)}") from error
    values = metric_values(found.name, runs.rows)
    return Sample(found.words, found.unit, values, open_worlds(found, runs.rows), len(runs))


def _of_incidents(frame: DataFrame, metric: str, *, n: int | None = None, replications: Any = None) -> Sample:
    """One value per incident that has one. Without being told, worlds without an incident are not counted."""
    column = frame["at_least_ms"] if metric == "rta_ms" and "at_least_ms" in frame.columns else frame[metric]
    values = column.to_numpy(dtype=np.float64, na_value=np.nan)
    if metric.startswith("loss_") and "unbounded" in frame.columns:
        values = np.where(np.isnan(values) & frame["unbounded"].to_numpy(dtype=np.bool_), np.inf, values)
    has = ~np.isnan(values)
    open_in = _OPEN_IN.get(metric)
    opened = np.zeros(len(frame), dtype=np.bool_)
    if open_in in frame.columns:
        opened = frame[open_in].to_numpy(dtype=np.bool_)
    given = frame["replication"].to_numpy(dtype=np.int64)
    known = np.unique(given) if replications is None else replications
    place = np.searchsorted(known, given)
    count = len(known) if n is None else n
    words = INCIDENT_WORDS.get(metric, metric)
    return Sample(words, _unit(metric), values[has], opened[has], count, place[has])


def _of_worlds(frame: DataFrame, metric: str) -> Sample:
    values = frame[metric].to_numpy(dtype=np.float64, na_value=0.0)
    named = {each.column: each for each in METRICS}
    opened = np.zeros(len(frame), dtype=np.bool_)
    words = metric
    if metric in named:
        words, open_in = named[metric].words, named[metric].open_in
        if open_in in frame.columns:
            opened = frame[open_in].to_numpy(dtype=np.float64, na_value=0.0) > 0
        unbounded_in = named[metric].unbounded_in
        if unbounded_in in frame.columns:
            values = np.where(frame[unbounded_in].to_numpy(dtype=np.float64) > 0, np.inf, values)
    return Sample(words, _unit(metric), values, opened, len(frame))


def _unit(metric: str) -> str:
    return "ms" if metric.endswith(("_ms", "_ms_max")) else "count"


def _hint(name: str, names: Sequence[str]) -> str:
    likely = near_miss(name, names)
    return f"; did you mean '{likely}'?" if likely else f"; there are {', '.join(names)}"
