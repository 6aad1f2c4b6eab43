"""What is lost for good: both sides of a partition write, and the tail of a move is found again or not."""

from __future__ import annotations

from bcdr_sim.metrics import Metrics
from bcdr_sim.metrics.losses import move_loss
from bcdr_sim.verification.case import HOUR_MS, Case, Check
from bcdr_sim.verification.closed_forms import exposures

_C25 = {"lease_rate": 1 / 1.5, "promotion_rate": 1 / 2}
_C26 = {"loss": 0.3, "salvage": 0.7}


def _split(metrics: Metrics) -> float:
    """For how long both sides wrote; of one environment."""
    return float(metrics.totals.fleet.split_brain_ms) / HOUR_MS


def _split_writes(metrics: Metrics) -> float:
    """Writes that only the old side has: since the cut nothing was copied, so all until its lease."""
    return float(move_loss(metrics, 0).writes)


def _realised(metrics: Metrics) -> float:
    return float(move_loss(metrics, 0).age_ms) / HOUR_MS


def _permanent(metrics: Metrics) -> float:
    return 0.0 if metrics.move_columns.salvaged_ms[0] >= 0 else _realised(metrics)


def _missing(metrics: Metrics) -> float:
    """Age times the time until it was merged, of what was found."""
    merged_ms = int(metrics.move_columns.salvaged_ms[0])
    if merged_ms < 0:
        return 0.0
    return _realised(metrics) * (merged_ms - int(metrics.move_columns.time_ms[0])) / HOUR_MS


LOSSES = (
    Case(
        id="c25",
        title="A lease against a promotion",
        law="race of exponentials",
        scenario="c25_split_brain.yaml",
        checks=(
            Check("E both write", exposures.split_brain_mean(**_C25), _split, is_primary=True),
            Check("P(both write)", exposures.split_brain(**_C25), lambda metrics: float(_split(metrics) > 0)),
            Check("E writes lost", 40 / _C25["lease_rate"], _split_writes),
        ),
        worlds=4000,
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
        worlds=4000,
    ),
)
