"""How an environment came to where it is found: it never moved, or was moved away once, and is there or home again.

A scenario cannot begin at the far copy, so the policy itself has to bring the environment there. It is tried in all the ways
in which a policy may move somebody.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from bcdr_sim.policy.observation import DAY_MS

TROUBLE_MS: Final = DAY_MS
"""When there is reason to move away, from the start of the scenario."""


class Way(StrEnum):
    """Why it was moved away."""

    ZERO_LOSS = "an outage that costs no data"
    CONSENT = "an outage, with consent to the loss"
    MAINTENANCE = "maintenance"
    PLANNED = "an order of the customer to move without loss"
    FORCED = "an order of the customer to move at once"

    @property
    def is_outage(self) -> bool:
        """Whether its region fails."""
        return self in (Way.ZERO_LOSS, Way.CONSENT)


@dataclass(frozen=True, slots=True)
class Past:
    """A way away, whether it has come home since, and instants from the start of the scenario in ms.

    `moved_ms` is when the last of its moves was over; -1 while that is not known, since the policy decides when it moves.
    """

    way: Way
    is_home: bool
    moved_ms: int = -1


def pasts(*, is_far: bool, has_moved: bool) -> list[Past | None]:
    """The pasts after which an environment may be where it is; None is that it never moved."""
    if is_far or has_moved:
        return [Past(way, is_home=not is_far) for way in Way]
    return [None]
