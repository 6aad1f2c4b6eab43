"""When the provider first posted about what hit an environment."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bcdr_sim.events import Event
from bcdr_sim.metrics.aftermath import NEVER_MS
from bcdr_sim.timeline.states import Ints

if TYPE_CHECKING:
    from bcdr_sim.metrics.measuring import Metrics


def first_posts_ms(metrics: Metrics) -> Ints:
    """Per incident the instant of the first post about the region's incident it is part of, `NEVER_MS` without one.

    A region's incident runs from the first outage after it was last free of outages until it is free again. The post may
    come before the environment is hit, or after it is back.
    """
    incidents, trial = metrics.incident_columns, metrics.timeline.trial
    specs, index = trial.estate.specs, metrics.timeline.by_environment
    homes, targets = np.array([spec.home for spec in specs]), np.array([spec.target for spec in specs])
    spec = index.spec_of[incidents.environment]
    region = np.where(incidents.far, targets[spec], homes[spec])
    posted_ms = np.full(len(incidents), NEVER_MS, dtype=np.int64)
    for number in range(len(trial.estate.regions)):
        here = np.flatnonzero(region == number)
        if len(here):
            posted_ms[here] = _first_posts(metrics, number, incidents.start_ms[here])
    return posted_ms


def _first_posts(metrics: Metrics, region: int, start_ms: Ints) -> Ints:
    table = metrics.timeline.table
    rows = table[table["environment"] == -2 - region]

    def instants(event: Event) -> Ints:
        return np.append(rows["time_ms"][rows["event"] == event], metrics.timeline.trial.horizon_ms)

    began, returned = instants(Event.OUTAGE_BEGAN)[:-1], instants(Event.REGION_RETURNED)
    posted = instants(Event.DASHBOARD_POSTED)
    free_again = np.searchsorted(returned[:-1], start_ms, side="left")  # an outage may end as it begins
    free_before = np.append(-1, returned)[free_again]
    opened_count = np.searchsorted(began, start_ms, side="right") - np.searchsorted(
        began, free_before, side="left"
    )
    first = posted[np.searchsorted(posted[:-1], free_before, side="left")]
    return np.where((opened_count > 0) & (first < returned[free_again]), first, NEVER_MS)
