"""What an example should be like, if it can: as in a life that an environment may have.

The assumptions rule out what the engine guarantees never to show; apart from them the axes are independent for a proof, so
most observations that break a law are such as nobody has seen. An example is more use if it is none of those. Nothing here
can hide a finding: where a law is broken in strange observations alone, the example is a strange one.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from bcdr_sim.policy.atom import Atom, Condition
from bcdr_sim.policy.observation import Observation, Value, at_secondary, calm, regional_outage

_NEAR: Final = Atom("location", "eq", "NearCopy")
_FAR: Final = Atom("location", "eq", "FarCopy")
_UP: Final = Atom("service", "eq", "up")
_NOT_UP: Final = Atom("service", "ne", "up")
_DRAINS: Final = Atom("drain_possible", "eq", True)
_PENDING: Final = Atom("reverse_sync", "eq", "pending")
_COMPLETE: Final = Atom("reverse_sync", "eq", "complete")
_VERIFIED: Final = Atom("primary_verified", "eq", True)
_NOT_VERIFIED: Final = Atom("primary_verified", "eq", False)
_ASSESSED: Final = Atom("loss_state", "not_in", ("undetermined", "unbounded"))

STRANGE: Final[tuple[Condition, ...]] = (
    (_UP, Atom("outage_scope", "ne", "none")),
    (_UP, Atom("impact_confirmed", "eq", True)),
    (_NOT_UP, Atom("outage_scope", "eq", "none")),
    (Atom("service", "eq", "down"), _DRAINS),
    (Atom("copy", "eq", "corrupt"), _DRAINS),
    (_COMPLETE, Atom("drain_possible", "eq", False)),
    (_FAR, _DRAINS, _PENDING),
    (_NEAR, _NOT_UP, _VERIFIED),
    (_NEAR, _UP, _NOT_VERIFIED),
    (_FAR, Atom("target_capacity", "lt", 100)),
    (_FAR, Atom("copy", "eq", "seeding")),
    (_FAR, _UP, Atom("copy", "eq", "corrupt")),
    (_UP, _ASSESSED),
    (_UP, Atom("consent", "ne", "none")),
    (Atom("consent", "ne", "none"), Atom("loss_state", "in", ("undetermined", "none"))),
    (Atom("consent", "eq", "granted"), Atom("loss_within_consent", "eq", False)),
    (Atom("order_loss", "eq", "exceeded"), Atom("data_loss", "eq", 0)),
    (_NEAR, Atom("order", "eq", "failback")),
    (_FAR, Atom("order", "eq", "planned")),
)
"""Conjunctions that an example avoids as long as others are left, the first before the later ones.

Assumption: what the engine does in plain histories (docs/reference/semantics.md, sections 3 to 6). False alarms, partial
outages of several regions and consent to a level that was outgrown can bring some of them about.
"""


def usual_like(example: Mapping[str, Value]) -> Observation:
    """The named observation that one with such a `location` and `service` is nearest to."""
    if example.get("location") == "FarCopy":
        return at_secondary()
    return calm() if example.get("service") == "up" else regional_outage()
