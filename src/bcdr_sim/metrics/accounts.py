"""Where the time of every environment goes: five accounts, four clocks.

Every instant of an environment is in exactly one account: *up*, *degraded* (served at or above the minimum capability, but
not in full), *planned* (the interruption of a move that nobody was forced to make), *down*, and *outside* (before its
deployment). `up + degraded + planned + down` is its lifetime.

| account | phases |
|---|---|
| up | `serving`, `draining`; `on_secondary` at a performance factor of 1 |
| degraded | `impaired`; `serving` and `draining` with a backlog; `on_secondary` at a lower factor; any while commits wait |
| planned | `failing_back`; `failing_over` entered by a drain |
| outside | `not_deployed` |
| down | all others |

Beside the accounts run clocks that overlap them: capability (the integral behind availability by capability), protection
other than `Ready`, no valid copy at all, functions that the secondary does not offer, and commits that are slowed or stopped
while users are served.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from bcdr_sim.events import PROTECTION, Event
from bcdr_sim.metrics.capability import capability_permille
from bcdr_sim.metrics.commits import accepted_permille
from bcdr_sim.metrics.copies import without_copy_ms
from bcdr_sim.phases import Phase
from bcdr_sim.timeline import Timeline
from bcdr_sim.timeline.states import Flags, Ints, States, are, held, summed


class Account(IntEnum):
    """Where an instant of an environment is booked."""

    UP = 0
    DEGRADED = 1
    PLANNED = 2
    DOWN = 3
    OUTSIDE = 4


@dataclass(frozen=True)
class Clocks:
    """Time of every environment in ms: `booked[:, account]`, and the clocks beside the accounts.

    `capability_permille_ms` is the integral of capability in permille over the lifetime, an integer so that it is exact.
    """

    booked: Ints
    capability_permille_ms: Ints
    unprotected_ms: Ints
    without_copy_ms: Ints
    without_functions_ms: Ints
    commits_slowed_ms: Ints
    commits_stopped_ms: Ints


_READY = PROTECTION.index("Ready")
_ACCOUNT_OF = np.full(256, Account.DOWN, dtype=np.uint8)
_ACCOUNT_OF[[Phase.SERVING, Phase.DRAINING, Phase.ON_SECONDARY]] = Account.UP
_ACCOUNT_OF[Phase.IMPAIRED] = Account.DEGRADED
_ACCOUNT_OF[Phase.FAILING_BACK] = Account.PLANNED
_ACCOUNT_OF[Phase.NOT_DEPLOYED] = Account.OUTSIDE


_FUNCTIONS = np.zeros(256, dtype=np.int8)
_FUNCTIONS[Event.CAPABILITIES_LOST] = 1
_FUNCTIONS[Event.CAPABILITIES_RESTORED] = -1


def accounts_of(states: States, *, factor_permille: int, left_permille: Ints) -> NDArray[np.uint8]:
    """The account of every state, by the performance factor in the secondary region and what backlogs and bounds leave."""
    account = _ACCOUNT_OF[states.phase]
    entered_by = held(states.event, states.changes_phase)
    account[are(states.phase, Phase.FAILING_OVER) & are(entered_by, Event.DRAINED)] = Account.PLANNED
    account[(account == Account.UP) & (left_permille < 1000)] = Account.DEGRADED
    if factor_permille < 1000:
        account[are(states.phase, Phase.ON_SECONDARY)] = Account.DEGRADED
    return account


def clocks_of(timeline: Timeline, states: States, account: NDArray[np.uint8]) -> Clocks:
    """Fold the states of a block into the time of its environments."""
    count = states.last - states.first
    local = states.environment - states.first
    length_ms = states.length_ms
    deployed = ~are(states.phase, Phase.NOT_DEPLOYED)
    booked = summed(length_ms, local * len(Account) + account, count * len(Account)).reshape(
        count, len(Account)
    )
    function = np.where(states.begins, -1, _FUNCTIONS[states.event])
    without = held(function, states.begins | (function != 0)) > 0

    accepted = accepted_permille(states)
    served = (account == Account.UP) | (account == Account.DEGRADED)

    def time_in(flags: Flags) -> Ints:
        return summed(length_ms[flags], local[flags], count)

    return Clocks(
        booked=booked,
        capability_permille_ms=summed(length_ms * capability_permille(timeline, states), local, count),
        unprotected_ms=time_in((states.protection != _READY) & deployed),
        without_copy_ms=without_copy_ms(timeline, states),
        without_functions_ms=time_in(without & deployed),
        commits_slowed_ms=time_in((accepted > 0) & (accepted < 1000) & served),
        commits_stopped_ms=time_in((accepted == 0) & served),
    )
