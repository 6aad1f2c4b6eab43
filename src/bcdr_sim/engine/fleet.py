"""Environments as columns, regions and incidents as small objects: what the engine remembers between two events.

Environments are many, so they are rows in arrays, never processes; side 0 is the primary (NearCopy), 1 the secondary
(FarCopy). Nothing here changes itself.
"""

from __future__ import annotations

from array import array
from dataclasses import dataclass, field
from enum import IntEnum

from bcdr_sim.estate import Estate
from bcdr_sim.phases import Phase
from bcdr_sim.timeline import NOTHING, UNBOUNDED
from bcdr_sim.trial import OutageFact

NEAR, FAR = 0, 1
UNKNOWN = 2**62
"""A loss that is not known, or that has no bound."""
INITIAL_HEALTH_MS = 30 * 86_400_000
"""A region without outages has been healthy for this long at the start. Assumption."""


class Service(IntEnum):
    """What an environment offers where it is served, whatever the provider knows of it."""

    UP = 0
    IMPAIRED = 1
    DOWN = 2


class Figure(IntEnum):
    """State of the loss figure; names are those of the axis `loss_state`."""

    UNDETERMINED = 0
    NONE = 1
    SOME = 2
    NOT_EXCLUDED = 3


class Consent(IntEnum):
    """State of consent for the present incident; names are those of the axis `consent`, where the last two are `lapsed`."""

    NONE = 0
    PENDING = 1
    GRANTED = 2
    DECLINED = 3
    LAPSED = 4
    """No longer valid: the case is open again."""
    WITHDRAWN = 5


class Move(IntEnum):
    """Where a move stands."""

    NONE = 0
    QUEUED = 1
    RETRYING = 2
    DRAINING = 3
    STAGES = 4
    FAILING_BACK = 5
    RESTORING = 6


@dataclass(slots=True, eq=False)
class Incident:
    """An incident of a region: from the first outage until none is active. Instants are -1 until they happen."""

    name: int
    region: int
    opened_ms: int
    entry: OutageFact
    place: int
    active: set[int] = field(default_factory=set)
    members: list[int] = field(default_factory=list)
    is_open: bool = True
    is_real: bool = False
    detected_ms: int = -1
    noticed_ms: int = -1
    confirmation_due_ms: int = -1
    confirmed_ms: int = -1
    scope: int = 0
    posted_ms: int = -1
    post_waits: bool = False
    eta_ms: int = -1
    advice: int = NOTHING
    advice_waits: list[int] = field(default_factory=list)
    opened_id: int = NOTHING
    detected_id: int = NOTHING
    noticed_id: int = NOTHING
    confirmed_id: int = NOTHING
    posted_id: int = NOTHING

    @property
    def is_hidden(self) -> bool:
        """Whether a corruption has opened it that nobody knows of yet."""
        return self.detected_ms < 0 and self.entry.kind == "logical" and not self.entry.is_false_alarm


@dataclass(slots=True, eq=False)
class RegionState:
    """One region now."""

    name: str
    incident: Incident | None = None
    is_verified: bool = True
    healthy_since_ms: int = -INITIAL_HEALTH_MS
    warnings: set[int] = field(default_factory=set)
    maintenance: list[int] = field(default_factory=list)
    capacity_free: int | None = None
    stalls_ms: tuple[tuple[int, int], ...] = ()
    home_rows: list[int] = field(default_factory=list)
    target_rows: list[int] = field(default_factory=list)


@dataclass(slots=True, eq=False)
class Corruption:
    """A logical outage in the history of an environment: what was written from `at_ms` on is corrupt.

    `clean_ms` is when what is served is right again (repaired, or gone back before it), -1 until then; `in_copy` whether the
    copy on the other side is still of the history that it belongs to.
    """

    fact: int
    at_ms: int
    clean_ms: int = -1
    in_copy: bool = True

    def taints(self, synced_ms: int) -> bool:
        """Whether data with everything before an instant hold the corruption and not its repair."""
        return self.at_ms < synced_ms and (self.clean_ms < 0 or synced_ms <= self.clean_ms)


@dataclass(frozen=True, slots=True)
class Silence:
    """A spell in which nothing was written to an environment: no backup is made then, but for one at its beginning."""

    at_ms: int
    until_ms: int

    def taints(self, instant_ms: int) -> bool:
        """Whether there is no backup of an instant."""
        return self.at_ms < instant_ms < self.until_ms


class Fleet:
    """Environments as columns; every array is indexed by row, and rows are in name order."""

    def __init__(self, estate: Estate) -> None:
        count = len(estate)
        self.phase = bytearray([Phase.SERVING]) * count
        self.far = bytearray(count)
        self.service = bytearray(count)
        self.capability = array("h", [1000]) * count
        self.hits: list[tuple[int, ...]] = [()] * count
        self.other_hits: list[tuple[int, ...]] = [()] * count
        self.missing = array("i", [0]) * count
        self.restart_count = array("i", [0]) * count
        self.restarting = bytearray(count)
        self.write_stop_ms = array("q", [-1]) * count
        self.link_stop_ms = array("q", [-1]) * count
        self.incident: list[Incident | None] = [None] * count
        self.figure = bytearray(count)
        self.known_loss_ms = array("q", [UNKNOWN]) * count
        self.lag_ms = array("q", [-1]) * count
        self.copy_stands_ms = array("q", [-1]) * count
        self.copy_floor_ms = array("q", [UNBOUNDED]) * count
        self.synced = bytearray([1]) * count
        self.seeding = bytearray(count)
        self.destroyed = bytearray(count)
        self.resync_count = array("i", [0]) * count
        self.protection = bytearray(count)
        self.last_move_ms = array("q", [-1]) * count
        self.held = array("b", [NOTHING]) * count
        self.move = bytearray(count)
        self.action = array("b", [NOTHING]) * count
        self.attempts = array("i", [0]) * count
        self.stage = bytearray(count)
        self.drained = bytearray(count)
        self.tainted = bytearray(count)
        self.lacks = bytearray(count)
        self.cut_ms = array("q", [-1]) * count
        self.occasion = array("i", [NOTHING]) * count
        self.moved_for = array("i", [NOTHING]) * count
        self.consent = bytearray(count)
        self.consent_level_ms = array("q", [-1]) * count
        self.aware = bytearray(count)
        self.told_level_ms = array("q", [-1]) * count
        self.told_count = array("i", [0]) * count
        self.unsettled = bytearray(count)
        self.order = bytearray(count)
        self.order_loss_ms = array("q", [-1]) * count
        self.last = array("i", [NOTHING]) * count
