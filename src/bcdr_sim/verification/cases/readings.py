"""What the cases read from a measured world, in hours: one number of a world, or one of each of its environments."""

from __future__ import annotations

import numpy as np

from bcdr_sim.events import Event
from bcdr_sim.metrics import Metrics
from bcdr_sim.metrics.accounts import Account
from bcdr_sim.metrics.totals import availability_of
from bcdr_sim.timeline.states import Ints, Rows, summed
from bcdr_sim.verification.case import HOUR_MS, Numbers


def environment_count(metrics: Metrics) -> int:
    """How many environments the world has."""
    return len(metrics.timeline.trial.estate)


def down(metrics: Metrics) -> Numbers:
    """Time down of each environment."""
    return _hours(metrics.clocks.booked[:, Account.DOWN])


def planned(metrics: Metrics) -> Numbers:
    """Time of planned interruptions of each environment."""
    return _hours(metrics.clocks.booked[:, Account.PLANNED])


def interrupted(metrics: Metrics) -> Numbers:
    """Time without service of each environment, planned or not."""
    return down(metrics) + planned(metrics)


def unprotected(metrics: Metrics) -> Numbers:
    """Time of each environment without a current copy."""
    return _hours(metrics.clocks.unprotected_ms)


def available(metrics: Metrics) -> Numbers:
    """Availability of each environment, as it is reported."""
    shares = [availability_of(metrics, row).unplanned for row in range(environment_count(metrics))]
    return np.array(shares, dtype=np.float64)


def serving_at_end(metrics: Metrics) -> Numbers:
    """Whether the last incident of each environment is over at the horizon."""
    columns = metrics.incident_columns
    serving = np.ones(environment_count(metrics))
    serving[columns.environment[columns.open]] = 0
    return serving


def outages(metrics: Metrics) -> Numbers:
    """How many outages began in the home region of each environment."""
    trial = metrics.timeline.trial
    counts = np.bincount([fact.region for fact in trial.outages], minlength=len(trial.estate.regions))
    homes = [trial.estate.spec(row).home for row in range(len(trial.estate))]
    numbers: Numbers = counts[homes].astype(np.float64)
    return numbers


def none(metrics: Metrics) -> Numbers:
    """Whether no outage began in the home region of each environment."""
    return np.asarray(outages(metrics) == 0, dtype=np.float64)


def incidents(metrics: Metrics) -> Numbers:
    """How many incidents of each environment began."""
    return _counted(metrics, metrics.incident_columns.environment)


def recovery_times(metrics: Metrics) -> Numbers:
    """Recovery time of each incident; all must be closed."""
    assert not metrics.incident_columns.open.any(), "open at the horizon: the case needs a longer one"
    return _hours(metrics.incident_columns.length_ms)


def moves(metrics: Metrics) -> Numbers:
    """How many failovers each environment completed."""
    columns = metrics.move_columns
    return _counted(metrics, columns.environment[columns.event == Event.FAILOVER_COMPLETED])


def potential_ages(metrics: Metrics) -> Numbers:
    """Age of what a move at impact would have lost, for each incident."""
    columns = metrics.incident_columns
    return _hours(columns.exposed_ms - columns.last_sync_ms)


def potential_age_sums(metrics: Metrics) -> Numbers:
    """The sum of these ages for each environment."""
    columns = metrics.incident_columns
    age_ms = columns.exposed_ms - columns.last_sync_ms
    return _hours(summed(age_ms, columns.environment, environment_count(metrics)))


def first_impacts(metrics: Metrics) -> Numbers:
    """When the first incident of each environment began; the horizon for one without any."""
    columns = metrics.incident_columns
    first_ms = np.full(environment_count(metrics), metrics.timeline.trial.horizon_ms, dtype=np.int64)
    np.minimum.at(first_ms, columns.environment, columns.start_ms)
    return _hours(first_ms)


def _hours(times_ms: Ints) -> Numbers:
    return np.asarray(times_ms, dtype=np.float64) / HOUR_MS


def _counted(metrics: Metrics, rows: Rows) -> Numbers:
    return np.bincount(rows, minlength=environment_count(metrics)).astype(np.float64)
