"""The estate of a scenario: environments, customers, objectives and calendars."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from bcdr_sim.loading import MisplacedValueError
from bcdr_sim.scenario.distributions import Distribution
from bcdr_sim.scenario.links import Link, Writes
from bcdr_sim.scenario.model import Model
from bcdr_sim.scenario.world import Spell
from bcdr_sim.units import CalendarDate, Duration, Name, PositiveDuration

EnvironmentType = Annotated[
    Literal[
        "Production",
        "Default",
        "Sandbox",
        "Trial",
        "Developer",
        "Teams",
        "SubscriptionBasedTrial",
        "Support",
        "Preview",
        "Platform",
        "NotSpecified",
    ],
    Field(json_schema_extra={"noun": "environment type"}),
]
Day = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
HOLIDAYS_MAX = 400
"""So many holidays a calendar may have. Assumption: more than a year of them is a closed office."""
TimeOfDay = Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$|^24:00$", examples=["08:00", "24:00"])]


class Hours(Model):
    """Weekly hours in a time zone, holidays left out. Needs the scenario's `start`."""

    days: Annotated[list[Day], Field(min_length=1)] = ["monday", "tuesday", "wednesday", "thursday", "friday"]
    """Days of the week."""
    opens: TimeOfDay = "08:00"
    """Local time, such as "08:00"."""
    closes: TimeOfDay = "18:00"
    """Local time; earlier than `opens` means the next morning, "24:00" is midnight."""
    time_zone: str = "UTC"
    """IANA name, such as Europe/Berlin."""
    holidays: Annotated[list[CalendarDate], Field(max_length=HOLIDAYS_MAX)] = []
    """Local dates on which it does not open, such as 2024-12-25."""


class Objectives(Model):
    """What recovery is judged against; what is left out is not judged."""

    rto: Duration | None = None
    """Longest recovery time."""
    rpo: Duration | None = None
    """Most data loss, as age of what was recovered."""
    mtpd: PositiveDuration | None = None
    """Maximum tolerable period of disruption, per incident."""
    mtpd_window: PositiveDuration | None = None
    """Judge `mtpd` also as down time in any window of this length."""

    @model_validator(mode="after")
    def _window_needs_mtpd(self) -> Self:
        if self.mtpd_window is not None and self.mtpd is None:
            raise ValueError("mtpd_window needs mtpd")
        return self


class Backup(Model):
    """Backups of an environment: at regular instants, at given ones, or both."""

    interval: PositiveDuration | None = None
    """A backup every so often; the phase is drawn per environment."""
    points: list[Duration] = []
    """Instants of single backups, from the start of the scenario."""
    retention: PositiveDuration | None = None
    """Older ones are deleted; kept for ever if left out."""
    location: Name | None = None
    """The region in which the backups stand; the environment's own if left out. What destroys data there, destroys them."""
    restore_in: list[Name] | None = None
    """Regions in which they can be restored, of the environment's own and its secondary; left out, its own and the
    location. Source: backups are restored in the same region only (Power Platform, Back up and restore)."""
    restore: Distribution | None = None
    """How long a restore takes; the provider's `restore.run` if left out."""

    @model_validator(mode="after")
    def _something(self) -> Self:
        if self.interval is None and not self.points:
            raise ValueError("backups have an interval, points, or both")
        if self.points != sorted(set(self.points)):
            raise MisplacedValueError("the points of backups go forward in time", ("points",))
        return self


class AnyOf(Model):
    """Alternatives: one of them is enough."""

    any: Annotated[list[Name], Field(min_length=1)]
    """Environments or fleets; one environment of all of them must be served."""


class Environment(Model):
    """An environment, or a fleet of `count` equal ones named NAME-1, NAME-2, … with leading zeros."""

    name: Name
    count: Annotated[int, Field(ge=1, le=5_000_000)] | None = None
    """Makes a fleet of distinct environments."""
    type: EnvironmentType = "Production"
    """Only Production has a copy in another region and can be moved; every other type waits for its region."""
    region: Name
    """Where it is at home."""
    target: Name | None = None
    """Secondary region instead of the pair of its region."""
    apps: list[Name] = []
    """Such as dataverse, finance_operations."""
    customer: Name | None = None
    """Who answers for it."""
    group: Name | None = None
    """Its consistency group: all that name the same one are moved together, to the oldest point that all of them have."""
    tier: Literal[1, 2, 3, 4, 5] = 3
    """Importance, 1 first."""
    tags: list[Name] = []
    """Tags that a policy may declare."""
    zone: Name | None = None
    """Availability zone."""
    cover: bool = True
    """False: opted out of failover."""
    windows: list[Hours] | None = None
    """When planned interruptions may happen; at any time if left out."""
    deployed_at: Duration | None = None
    """Deployment during the scenario; long ago if left out."""
    link: Link | None = None
    """Instead of the link of the pair."""
    reseeding: list[Spell] = []
    """From when, and for how long, the copy is made anew: it is none meanwhile. Interrupted, that starts all over."""
    writes: Writes | None = None
    """Instead of the scenario's."""
    objectives: Objectives | None = None
    """Instead of those of its tier."""
    minimum_capability: Annotated[float, Field(gt=0, le=1)] = 0.5
    """Below it the environment counts as down. Assumption: half."""
    depends_on: list[Name | AnyOf] = []
    """Environments or fleets that must all be served; `{any: [...]}` among them is served as long as one of those is."""
    restart: Distribution = Field(default_factory=lambda: Distribution.model_validate("0s"))
    """Own restart time after what it depends on is back."""
    backup: Backup | None = None
    """Its backups; none if left out."""

    @property
    def needed(self) -> Iterator[str]:
        """Every name that it depends on, alternatives included."""
        for needed in self.depends_on:
            yield from [needed] if isinstance(needed, str) else needed.any
