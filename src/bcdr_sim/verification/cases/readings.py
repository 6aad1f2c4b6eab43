"""What the cases read from a measured world, in hours."""

from __future__ import annotations

import numpy as np

from bcdr_sim.events import Event
from bcdr_sim.metrics import Metrics
from bcdr_sim.metrics.accounts import Account
from bcdr_sim.metrics.totals import availability_of
from bcdr_sim.verification.case import HOUR_MS, Numbers


def down(metrics: Metrics) -> float:
    """Time down of all environments together."""
    return float(metrics.clocks.booked[:, Account.DOWN].sum()) / HOUR_MS


def available(metrics: Metrics) -> float:
    """Availability of the first environment, as it is reported."""
    share = availability_of(metrics, 0).unplanned
    assert share is not None, "it was deployed"
    return share


def planned(metrics: Metrics) -> float:
    """Time of planned interruptions of all environments together."""
    return float(metrics.clocks.booked[:, Account.PLANNED].sum()) / HOUR_MS


def serving_at_end(metrics: Metrics) -> float:
    """Whether the last incident is over at the horizon; of one environment."""
    return 0.0 if metrics.incident_columns.open.any() else 1.0


def outages(metrics: Metrics) -> float:
    """How many outages began."""
    return float(len(metrics.timeline.trial.outages))


def incidents(metrics: Metrics) -> float:
    """How many incidents began."""
    return float(len(metrics.incident_columns))


def none(metrics: Metrics) -> float:
    """Whether no outage began."""
    return 1.0 if not metrics.timeline.trial.outages else 0.0


def recovery_time(metrics: Metrics) -> float:
    """Recovery time of the one incident of the one environment; it must be closed."""
    (incident,) = metrics.incident_list()
    assert incident.rta_ms is not None, "open at the horizon: the case needs a longer one"
    return incident.rta_ms / HOUR_MS


def moved(metrics: Metrics) -> float:
    """How many environments completed a failover."""
    return float(sum(metrics.move_counts([Event.FAILOVER_COMPLETED])))


def potential_ages(metrics: Metrics) -> Numbers:
    """Age of what a move at impact would have lost, for each incident."""
    columns = metrics.incident_columns
    return np.asarray(columns.exposed_ms - columns.last_sync_ms, dtype=np.float64) / HOUR_MS


def completions(metrics: Metrics) -> Numbers:
    """Recovery times of all incidents."""
    assert not metrics.incident_columns.open.any(), "open at the horizon: the case needs a longer one"
    return np.asarray(metrics.incident_columns.length_ms, dtype=np.float64) / HOUR_MS
