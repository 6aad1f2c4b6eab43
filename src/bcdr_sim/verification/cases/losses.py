"""What is lost for good: both sides of a partition write, and the tail of a move is found again or not."""

from __future__ import annotations

import numpy as np

from bcdr_sim.events import Event
from bcdr_sim.metrics import Metrics
from bcdr_sim.metrics.losses import move_loss
from bcdr_sim.verification.case import HOUR_MS, Case, Check, Numbers, Sample
from bcdr_sim.verification.cases import readings
from bcdr_sim.verification.closed_forms import exposures

_C25 = {"lease_rate": 1 / 1.5, "promotion_rate": 2.0}
_C26 = {"loss": 0.3, "salvage": 0.5}


def _split(metrics: Metrics) -> Numbers:
    """For how long both sides wrote, of each environment; each moved once."""
    split_ms = metrics.move_columns.split_ms
    assert len(split_ms) == readings.environment_count(metrics), "each moves once"
    return np.maximum(split_ms, 0) / HOUR_MS


def _split_at_all(metrics: Metrics) -> Numbers:
    return (_split(metrics) > 0).astype(np.float64)


def _split_writes(metrics: Metrics) -> list[float]:
    """Writes that only the old side has: since the cut nothing was copied, so all until its lease."""
    return [float(move_loss(metrics, number).writes) for number in range(len(metrics.move_columns.split_ms))]


def _realised(metrics: Metrics) -> Numbers:
    moves = metrics.move_columns
    return np.asarray(moves.age_ms[moves.event == Event.FAILOVER_COMPLETED] / HOUR_MS)


def _merged_ms(metrics: Metrics) -> Numbers:
    moves = metrics.move_columns
    return np.asarray(moves.salvaged_ms[moves.event == Event.FAILOVER_COMPLETED], dtype=np.float64)


def _permanent(metrics: Metrics) -> Numbers:
    return np.where(_merged_ms(metrics) >= 0, 0.0, _realised(metrics))


def _missing(metrics: Metrics) -> Numbers:
    """Age times the time until it was merged, of what was found."""
    moves = metrics.move_columns
    moved_ms = moves.time_ms[moves.event == Event.FAILOVER_COMPLETED]
    merged_ms = _merged_ms(metrics)
    return np.where(merged_ms >= 0, _realised(metrics) * (merged_ms - moved_ms) / HOUR_MS, 0.0)


LOSSES = (
    Case(
        id="c25",
        title="A lease against a promotion",
        law="race of exponentials",
        scenario="c25_split_brain.yaml",
        checks=(
            Check("E both write", exposures.split_brain_mean(**_C25), _split, is_primary=True),
            Check("P(both write)", exposures.split_brain(**_C25), _split_at_all),
            Check("E writes lost", 40 / _C25["lease_rate"], _split_writes),
        ),
        sample=Sample.FLEET,
        worlds=850,
    ),
    Case(
        id="c26",
        title="The tail of a move, found when its region returns",
        law="thinning",
        scenario="c26_salvage.yaml",
        checks=(
            Check("E realised", _C26["loss"], _realised),
            Check("E permanent", exposures.permanent_loss_mean(**_C26), _permanent, is_primary=True),
            Check("E missing", exposures.missing_mean(**_C26, return_rate=0.1), _missing),
        ),
        sample=Sample.FLEET,
        worlds=1500,
    ),
)
