"""The RTO ledger: every millisecond of an incident belongs to one phase and, by phase and reason, to one owner."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bcdr_sim.metrics.spells import Spells
from bcdr_sim.timeline.states import Ints, Rows, States, summed

_REASONS_MAX = 64


@dataclass(frozen=True)
class LedgerColumns:
    """Lines of the ledger, by incident and then in order of first appearance. `reason` is -1 where nothing was held."""

    incident: Rows
    phase: NDArray[np.uint8]
    reason: NDArray[np.int8]
    length_ms: Ints


def ledger_of(states: States, spells: Spells) -> LedgerColumns:
    """The ledger of the incidents of a block. Lines of length 0 are left out."""
    lasting = (spells.incident >= 0) & (states.end_ms > states.start_ms)
    incident, phase, reason = spells.incident[lasting], states.phase[lasting], states.reason[lasting]
    key = (incident * 256 + phase) * _REASONS_MAX + reason + 1
    _, first, line = np.unique(key, return_index=True, return_inverse=True)
    length_ms = summed(states.length_ms[lasting], line, len(first))
    order = np.argsort(first, kind="stable")
    first = first[order]
    return LedgerColumns(
        incident=incident[first].astype(np.int32),
        phase=phase[first],
        reason=reason[first],
        length_ms=length_ms[order],
    )
