"""What is settled of a world before it is played: its outages, the orders of its customers, the numbers to write down."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from bcdr_sim.reach import Reach
from bcdr_sim.scenario.world import Outage

NEVER = 2**62
"""An instant that does not come."""


@dataclass(frozen=True, slots=True)
class OutageFact:
    """One outage in one region.

    `end_ms` is when the last environment that will come back is back, `NEVER` for a region that is lost for good;
    `lasts_ms` its common duration, None with stages or crews. `capability_permille` is what it leaves to those hit, 0 to
    999. `reaches` are its scope and every step by which that grows, in order; `repaired_ms` says when crews are done with
    each row that they work for.
    """

    id: str
    region: int
    at_ms: int
    lasts_ms: int | None
    end_ms: int
    entry: Outage
    kind: str
    is_false_alarm: bool
    capability_permille: int
    reaches: tuple[Reach, ...]
    repaired_ms: Mapping[int, int] = field(default_factory=dict, compare=False, repr=False)

    @property
    def stops_writes(self) -> bool:
        """Whether nobody whom it hits is served at all, from impact on."""
        return self.kind in ("hard", "unreachable") and not self.is_false_alarm

    @property
    def is_latent(self) -> bool:
        """Whether those whom it hits are served at first: it takes service later, or never."""
        return self.kind in ("partition", "logical")

    @property
    def stops_links_there(self) -> bool:
        """Whether nothing can be copied to the side that it hits."""
        return self.stops_writes or self.kind == "partition"

    @property
    def seems_down(self) -> bool:
        """Whether the provider takes those whom it hits for down, though they are served: it cannot reach them, or errs."""
        return self.is_false_alarm or self.kind == "partition"


@dataclass(frozen=True, slots=True)
class PlannedOrder:
    """An order with an instant: its name, when, and whose it is."""

    name: str
    at_ms: int
    customer: str


@dataclass(slots=True)
class Record:
    """Numbers drawn for a frozen scenario: (path, entity, occasion, ordinal) -> ms."""

    numbers: dict[tuple[str, str, str, int], int] = field(default_factory=dict)
