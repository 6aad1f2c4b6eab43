"""One row per environment and world to which something happened: what a policy did to each, so that two can be compared.

An environment that is not there in a world was up all the time, was not moved and was asked nothing. Summed over a world (or
the largest of them taken), the rows give the numbers of the row of that world.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from bcdr_sim.metrics.accounts import Account
from bcdr_sim.metrics.frames import described
from bcdr_sim.metrics.losses import judged_ms, move_loss
from bcdr_sim.metrics.totals import FAILOVERS
from bcdr_sim.timeline import UNBOUNDED
from bcdr_sim.timeline.columns import Column, Names, Numbers
from bcdr_sim.verdict import Met

if TYPE_CHECKING:
    from bcdr_sim.metrics import Metrics
    from bcdr_sim.verdict import Verdict

Ints = NDArray[np.int64]
_MET = tuple(met.label for met in Met)


def environment_table(
    metrics: Metrics, verdict: Verdict
) -> Mapping[str, Column | NDArray[np.bool_] | NDArray[np.float64]]:
    """The rows of one world by column name, in name order of the environments."""
    trial, overall = metrics.timeline.trial, verdict.judgements.overall
    booked = metrics.clocks.booked
    numbers = {
        **_incidents(metrics),
        "down_ms": booked[:, Account.DOWN].astype(np.int64),
        "planned_ms": booked[:, Account.PLANNED].astype(np.int64),
        "degraded_ms": booked[:, Account.DEGRADED].astype(np.int64),
        **_moves(metrics),
    }
    touched = np.flatnonzero(
        np.logical_or.reduce([*(values != 0 for values in numbers.values()), overall != 0])
    )
    return {
        "replication": _all(np.full(len(touched), trial.draws.replication)),
        **described(metrics, touched),
        **{name: _all(values[touched]) for name, values in numbers.items() if name != "rta_open"},
        "rta_open": numbers["rta_open"][touched] > 0,
        "verdict": Names(overall[touched].astype(np.int16), _MET),
    }


def _incidents(metrics: Metrics) -> dict[str, Ints]:
    """Incidents, open ones, those without a copy; the longest recovery and the oldest loss of a move at impact."""
    incidents, estate = metrics.incident_columns, metrics.timeline.trial.estate
    owner, count = incidents.environment, len(estate)
    longest_ms = _most(owner, incidents.length_ms, count)
    is_longest = incidents.open & (incidents.length_ms == longest_ms[owner])
    covered = np.array([spec.eligible for spec in estate.specs])[
        metrics.timeline.by_environment.spec_of[owner]
    ]
    known = incidents.last_sync_ms > UNBOUNDED
    age_ms = np.maximum(0, incidents.exposed_ms - incidents.last_sync_ms)
    return {
        "incidents": np.bincount(owner, minlength=count),
        "censored": np.bincount(owner[incidents.open], minlength=count),
        "unbounded": np.bincount(owner[covered & (incidents.last_sync_ms == UNBOUNDED)], minlength=count),
        "rta_ms_max": longest_ms,
        "rta_open": np.bincount(owner[is_longest], minlength=count),
        "loss_potential_age_ms_max": _most(owner[known], age_ms[known], count),
    }


def _moves(metrics: Metrics) -> dict[str, Ints]:
    """Failovers, the oldest loss of the moves, and questions for consent."""
    moves, count = metrics.move_columns, len(metrics.timeline.trial.estate)
    losing = np.flatnonzero(moves.age_ms > 0)
    lost_ms = np.array([judged_ms(move_loss(metrics, number)) for number in losing.tolist()], dtype=np.int64)
    return {
        "loss_realised_age_ms_max": _most(moves.environment[losing], lost_ms, count),
        "failovers": np.bincount(moves.environment[np.isin(moves.event, FAILOVERS)], minlength=count),
        "consents_asked": metrics.answers.asked.astype(np.int64),
    }


def _most(owner: NDArray[np.integer], values: NDArray[np.integer], count: int) -> Ints:
    """The largest value of each owner, 0 where there is none."""
    most = np.zeros(count, dtype=np.int64)
    np.maximum.at(most, owner, values)
    return most


def _all(values: NDArray[np.integer]) -> Numbers:
    return Numbers(values.astype(np.int64), np.ones(len(values), dtype=np.bool_))
