"""What moves lost, and what they would have lost: age, time in which the lost writes were made, number of writes.

Zero data loss means that no write is lost, whatever the age: an idle environment loses nothing. So an age is judged as 0
when nothing was written in it (`judged_ms`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bcdr_sim.metrics.commits import lost_between
from bcdr_sim.replication import Loss

if TYPE_CHECKING:
    from bcdr_sim.metrics.measuring import Metrics

NO_LOSS = Loss(0, 0, 0)
"""Of an incident without a move, and of planned moves."""


def judged_ms(lost: Loss) -> int:
    """The age that an objective is compared with: 0 when nothing was written in it."""
    return lost.age_ms if lost.writes else 0


def move_loss(metrics: Metrics, number: int) -> Loss:
    """What the completed move of that number lost."""
    moves = metrics.move_columns
    age_ms, last_sync_ms = int(moves.age_ms[number]), int(moves.last_sync_ms[number])
    if age_ms == 0:
        return NO_LOSS
    row, at_ms = int(moves.environment[number]), last_sync_ms + age_ms
    return lost_between(metrics.timeline, row, last_sync_ms=last_sync_ms, at_ms=at_ms)


def realised_loss(metrics: Metrics, incident: int) -> Loss:
    """What the moves of an incident lost together."""
    lost = NO_LOSS
    for number in _moves_in(metrics, incident):
        lost = combined(lost, move_loss(metrics, number))
    return lost


def permanent_loss(metrics: Metrics, incident: int) -> Loss:
    """What stays lost of it: all but what was found again."""
    lost = NO_LOSS
    for number in _moves_in(metrics, incident):
        if metrics.move_columns.salvaged_ms[number] < 0:
            lost = combined(lost, move_loss(metrics, number))
    return lost


def _moves_in(metrics: Metrics, incident: int) -> list[int]:
    first, last = np.searchsorted(metrics.moves_by_incident, [incident, incident + 1])
    numbers: list[int] = metrics.moves_in_incidents[first:last].tolist()
    return numbers


def combined(one: Loss, other: Loss) -> Loss:
    """Two losses together: the older age, and the sums of the rest."""
    return Loss(
        age_ms=max(one.age_ms, other.age_ms),
        writing_ms=one.writing_ms + other.writing_ms,
        writes=one.writes + other.writes,
    )
