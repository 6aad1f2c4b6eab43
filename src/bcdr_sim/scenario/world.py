"""The world of a scenario: regions, outages and maintenance periods."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from bcdr_sim.loading import MisplacedValueError
from bcdr_sim.scenario.distributions import Distribution
from bcdr_sim.scenario.links import Link
from bcdr_sim.scenario.model import Model, one_of
from bcdr_sim.scenario.recovery import Backlog, Crews, Recovery
from bcdr_sim.scenario.scope import Scope
from bcdr_sim.units import Duration, Name, PositiveDuration

OutageKind = Annotated[
    Literal["hard", "gray", "partition", "unreachable", "logical"],
    Field(json_schema_extra={"noun": "outage kind"}),
]
ScopeSeen = Literal["partial", "zone", "region"]


class Spell(Model):
    """A spell of time."""

    at: Duration
    """Begin, from the start of the scenario."""
    lasts: PositiveDuration
    """Length."""


class Region(Model):
    """A cloud region. Its pair is directed: the secondary of environments at home here."""

    name: Name
    """Such as westeurope."""
    geography: str = ""
    """Such as Europe; information only."""
    pair: Name | None = None
    """The region that holds the geo-secondary backups of environments at home here; none if left out."""
    link: Link | None = None
    """Default link of the pair."""
    link_stalls: list[Spell] = []
    """Outages of the link alone: replication from this region stands still."""


class Trigger(Model):
    """Something that announces the outage before impact."""

    before_impact: PositiveDuration
    """How long before impact."""
    visible: bool = True
    """Whether it reaches whoever decides."""


class SeenStep(Model):
    """A revision of the scope as seen."""

    after: Duration
    """From impact."""
    scope: ScopeSeen
    """What the provider believes from then on."""


class Seen(Model):
    """How wide the provider believes the outage to be, right or wrong."""

    scope: ScopeSeen
    """Its belief at detection."""
    steps: list[SeenStep] = []
    """Revisions in order of time."""


class Detection(Model):
    """How the provider comes to know: the earlier of automation and people detects."""

    automatic: Distribution | None = Field(
        default_factory=lambda: Distribution.model_validate({"lognormal": {"median": "8m", "p90": "42m"}})
    )
    """From impact until automation sees it; null: it is blind to this. Source: P50 and P90 of 70 post-mortems (ISSRE 2022
    data set)."""
    people: Distribution | None = None
    """From impact until people at the provider notice; if left out, they know as soon as automation does. What people do
    waits for it: confirming impact and posting."""
    false_alarm: bool = False
    """The provider believes in an outage that is none."""

    @model_validator(mode="after")
    def _by_somebody(self) -> Self:
        if self.automatic is None and self.people is None:
            raise ValueError("an outage that automation does not see is noticed by people; say when")
        return self


class Eta(Model):
    """A published estimate."""

    after: Duration
    """From impact."""
    says: Duration
    """What it promises: time from then until the region is back."""


class Advice(Model):
    """Advice to customers, as a message on the dashboard."""

    after: Duration
    """From impact. It is not published before the first post."""
    says: Literal["run_own_recovery", "wait"]
    """run_own_recovery: customers should recover elsewhere by themselves. wait: they need not do anything."""


class Comms(Model):
    """Messages on the Service Health Dashboard."""

    first: Distribution | None = None
    """From impact to the first post; the provider's default if left out."""
    every: PositiveDuration | None = None
    """Cadence of updates; the provider's default if left out."""
    eta: list[Eta] = []
    """Published estimates, in order."""
    advice: list[Advice] = []
    """What customers are advised to do, in order."""


class ChannelDown(Model):
    """A spell in which a channel does not work."""

    down: Annotated[list[Duration], Field(min_length=2, max_length=2)]
    """From and to, counted from impact."""

    @model_validator(mode="after")
    def _forward(self) -> Self:
        if self.down[1] <= self.down[0]:
            raise ValueError("a channel is down from an instant to a later one")
        return self


class Channels(Model):
    """Channels that this outage takes down."""

    service_health_dashboard: ChannelDown | None = None
    """Where the provider posts and customers read."""
    support: ChannelDown | None = None
    """Where cases are opened and consent is given."""
    admin_portal: ChannelDown | None = None
    """Where customers see and order."""


class OutageLink(Model):
    """What the outage does to replication, where the kind does not say it."""

    stalls: Annotated[list[Duration], Field(min_length=2, max_length=2)]
    """From and to, counted from impact: replication stands still."""

    @model_validator(mode="after")
    def _forward(self) -> Self:
        if self.stalls[1] <= self.stalls[0]:
            raise ValueError("a stall goes from an instant to a later one")
        return self


class Outage(Model):
    """One outage with everything that follows from it. Durations inside count from its impact."""

    id: Name
    """Its name in the timeline; repeated outages get /1, /2, …"""
    region: Name | None = None
    """Where."""
    regions: Annotated[list[Name], Field(min_length=1)] | None = None
    """Several regions with a common cause: the same instants and draws in each."""
    at: Duration | None = None
    """Impact, from the start of the scenario."""
    every: Distribution | None = None
    """Gaps from the end of one to the impact of the next; the first gap starts with the scenario."""
    arrivals: Distribution | None = None
    """Gaps from impact to impact; they may overlap."""
    trace: list[Duration] | None = None
    """Given impacts, in order."""
    trigger: Trigger | None = None
    """What announces it; nothing if left out."""
    kind: OutageKind = "hard"
    """hard: nobody served, nothing copied. gray: partly served. unreachable: nobody served, copying goes on. partition: cut
    off; users are served, nothing is copied. logical: data are spoilt; users are served until somebody notices, and copying
    goes on."""
    scope: Scope = Scope()
    """Who of the region is hit; everybody if left out."""
    capability: Annotated[float, Field(ge=0, lt=1)] | None = None
    """gray only: share of the work still served, below 1."""
    seen: Seen | None = None
    """How wide the provider believes it is; if left out `region` when it can hit all of it, else `partial`."""
    lasts: Distribution | None = None
    """All come back together after it."""
    recovery: Recovery | None = None
    """They come back in stages; instead of `lasts`."""
    crews: Crews | None = None
    """Hands bring them back one after the other; instead of `lasts`."""
    backlog: Backlog | None = None
    """What those who are back have to work off first; nothing if left out."""
    detection: Detection = Detection()
    """When the provider notices."""
    comms: Comms = Comms()
    """When the provider says what."""
    link: OutageLink | None = None
    """Spells in which copying stands still; what the kind says holds anyway."""
    channels: Channels = Channels()
    """What cannot be reached meanwhile."""
    destroys_data: bool = False
    """The data of those hit are gone at this side."""
    description: str = ""
    """What happened, for people."""

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        one_of(self, "an outage", ("region", "regions"))
        one_of(self, "an outage", ("at", "every", "arrivals", "trace"))
        one_of(self, "an outage", ("lasts", "recovery", "crews"))
        if self.kind == "partition" and self.destroys_data:
            message = "a partition cuts environments off and destroys nothing; use kind: hard"
            raise MisplacedValueError(message, ("destroys_data",))
        if self.kind in ("partition", "logical") and self.detection.false_alarm:
            message = "a false alarm is one of service: give it the kind hard, unreachable or gray"
            raise MisplacedValueError(message, ("detection", "false_alarm"))
        if self.kind == "gray" and self.capability is None:
            raise MisplacedValueError("a gray outage says its capability: the share still served", ("kind",))
        if self.kind != "gray" and self.capability is not None:
            message = f"only a gray outage has a capability; this one is {self.kind}"
            raise MisplacedValueError(message, ("capability",))
        if self.every is not None and self.lasts is None:
            raise ValueError("'every' counts from the end of the outage before and needs 'lasts'")
        if self.detection.false_alarm and self.lasts is None:
            raise ValueError("a false alarm says how long it 'lasts'")
        return self


class Maintenance(Model):
    """A scheduled period in which the provider wants environments out of a region."""

    id: Name
    """Its name in the timeline."""
    region: Name
    """Where."""
    at: Duration
    """Begin, from the start of the scenario."""
    lasts: PositiveDuration
    """Length."""
