"""The smaller objects of the reference model: outages, what they spoil, incidents, regions and moves."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bcdr_sim.policy import Action
from bcdr_sim.scenario.scope import Select
from bcdr_sim.scenario.world import Maintenance
from bcdr_sim.trial import NEVER, OutageFact
from oracle.agenda import Spells, Ticket

if TYPE_CHECKING:
    from oracle.state import Environment


@dataclass(eq=False)
class Outage:
    """An outage of the trial, told apart by identity so that it can stand in sets."""

    fact: OutageFact

    def __post_init__(self) -> None:
        fact = self.fact
        self.id, self.region, self.at_ms, self.end_ms = fact.id, fact.region, fact.at_ms, fact.end_ms
        self.entry, self.kind, self.is_false_alarm = fact.entry, fact.kind, fact.is_false_alarm
        self.capability_permille = fact.capability_permille
        self.stages: list[tuple[int, float, Select | None]] = []
        self.repairs: dict[str, int] = {}
        self.grown_ms = fact.at_ms
        self.incident: Incident | None = None
        self.noticed_ms = NEVER
        self.is_noticed = False

    @property
    def is_felt_elsewhere(self) -> bool:
        """Whether the region itself is unwell: who has its other side there is threatened."""
        return self.kind != "logical" or self.is_false_alarm


@dataclass(eq=False)
class Corruption:
    """A spell in which an environment served what is spoilt: from `at_ms` until that was right again."""

    outage: Outage
    at_ms: int
    right_ms: int | None = None
    is_in_copy: bool = True

    def spoils(self, mark_ms: int) -> bool:
        """Whether data with everything before an instant are not clean of it."""
        return mark_ms > self.at_ms and (self.right_ms is None or mark_ms <= self.right_ms)


@dataclass(frozen=True)
class Point:
    """Something to go back to: data with everything before `at_ms`, to be served at the other side or in place."""

    at_ms: int
    is_here: bool
    is_backup: bool


@dataclass(eq=False)
class Incident:
    """Section 2: from an outage that begins in a region without one until no outage is active there any more."""

    opening: Outage
    region: Region
    is_active: bool = True
    member_count: int = 0
    only_false_alarms: bool = True
    detected_ms: int | None = None
    people_know: bool = False
    confirmation_is_due: bool = False
    confirmed_ms: int | None = None
    posted_ms: int | None = None
    detections: list[Ticket] = field(default_factory=list)
    scope: str = "none"
    estimate_ms: int | None = None

    @property
    def name(self) -> str:
        return self.opening.id

    @property
    def is_hidden(self) -> bool:
        """Whether a corruption has opened it that nobody knows of yet."""
        opening = self.opening
        return self.detected_ms is None and opening.kind == "logical" and not opening.is_false_alarm

    @property
    def is_open(self) -> bool:
        """Section 3: still open includes that some environment is still in it."""
        return self.is_active or self.member_count > 0


@dataclass(eq=False)
class Region:
    """A region: which outages are active in it, and what the provider has found out."""

    index: int
    name: str
    active: list[Outage] = field(default_factory=list)
    incident: Incident | None = None
    healthy_since_ms: int = -30 * 86_400_000
    verified: bool = True
    verification: Ticket | None = None
    stalls: Spells = ()
    periods: list[Maintenance] = field(default_factory=list)

    @property
    def unwell(self) -> list[Outage]:
        """The active outages that are of the region, and not of somebody's data alone."""
        return [outage for outage in self.active if outage.is_felt_elsewhere]


@dataclass(eq=False)
class Move:
    """A move that is pending: decided, in the queue, waiting to be repeated, or running."""

    action: Action
    occasion: str
    joined_ms: int
    waits_to_retry: bool = False
    has_slot: bool = False
    drains: bool = False
    in_flight: int = 0
    drain_ms: int = 0
    stage: int = -1
    ordinal: int = 0
    returned: bool = False
    is_forced: bool = False
    point: Point | None = None
    frozen: dict[str, object] = field(default_factory=dict)
    ticket: Ticket | None = None
    time_out: bool = False
    movers: list[Environment] = field(default_factory=list)
    along: bool = False
    is_ready: bool = False


@dataclass(eq=False)
class Tail:
    """What a move has lost and somebody will find in the region that it left."""

    region: Region
    age_ms: int
    takes_ms: int
    occasion: str
    is_due: bool = False
