"""What is asked of many worlds: each metric as one value per world, a 0 where nothing happened."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from bcdr_sim.errors import near_miss
from bcdr_sim.experiment.worlds import NONE, Worlds

Floats = NDArray[np.float64]
Unit = Literal["ms", "count"]


@dataclass(frozen=True, slots=True)
class Metric:
    """A metric of a world: its name, its unit, what it means in words, the column it is read from, a short name.

    `open_in` is the column that flags worlds in which the value is only a lower bound; `unbounded_in` counts what makes it
    unbounded.
    """

    name: str
    unit: Unit
    words: str
    column: str
    alias: str = ""
    open_in: str | None = None
    unbounded_in: str | None = None


METRICS: tuple[Metric, ...] = (
    Metric("outages", "count", "outages", "outages"),
    Metric("incidents", "count", "incidents", "incidents"),
    Metric("down_ms", "ms", "down time, all environments", "down_ms", alias="downtime", open_in="censored"),
    Metric("planned_ms", "ms", "planned interruption", "planned_ms"),
    Metric("rta_ms_max", "ms", "longest recovery time", "rta_ms_max", alias="rta", open_in="rta_open"),
    Metric(
        "loss_potential_age_ms_max",
        "ms",
        "most loss of a move at impact",
        "loss_potential_age_ms_max",
        alias="exposure",
        unbounded_in="unbounded",
    ),
    Metric(
        "loss_realised_age_ms_max", "ms", "most loss of a move made", "loss_realised_age_ms_max", alias="loss"
    ),
    Metric("failovers", "count", "failovers", "failovers"),
    Metric("consents_asked", "count", "consents asked for", "consents_asked", alias="consents"),
    Metric("breached", "count", "environments in breach", "breached", alias="breaches", open_in="open"),
)
"""In the order in which they are shown."""


def metric_named(name: str) -> Metric:
    """The metric of that name. Raises ValueError with the near miss."""
    names = {metric.name: metric for metric in METRICS}
    names |= {metric.alias: metric for metric in METRICS if metric.alias}
    if name in names:
        return names[name]
    likely = near_miss(name, names)
    hint = f"did you mean '{likely}'?" if likely else f"there are {', '.join(names)}"
    raise ValueError(f"no metric '{name}'; {hint}")


def metric_values(name: str, worlds: Worlds) -> Floats:
    """One value per world; a world that does not have it has 0, an unbounded one `inf`."""
    metric = metric_named(name)
    values: Any = worlds[metric.column].astype(np.float64)
    values[worlds[metric.column] == NONE] = 0
    if metric.unbounded_in is not None:
        values[worlds[metric.unbounded_in] > 0] = np.inf
    found: Floats = values
    return found


def open_worlds(metric: Metric, worlds: Worlds) -> NDArray[np.bool_]:
    """The worlds in which the value of a metric is only a lower bound."""
    if metric.open_in is None:
        return np.zeros(len(worlds["replication"]), dtype=np.bool_)
    flags: NDArray[np.bool_] = worlds[metric.open_in] > 0
    return flags
