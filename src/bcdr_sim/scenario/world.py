"""The world of a scenario: regions, geo-secondary links, writes, outages and maintenance periods."""

from __future__ import annotations

from itertools import pairwise
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from bcdr_sim.loading import MisplacedValueError
from bcdr_sim.scenario.distributions import Distribution
from bcdr_sim.scenario.model import Model, NotSimulatedYet, one_of
from bcdr_sim.scenario.recovery import Backlog, Crews, Recovery
from bcdr_sim.scenario.scope import Scope
from bcdr_sim.units import Duration, Name, PositiveDuration, Rate, Share

OutageKind = Annotated[
    Literal["hard", "gray", "partition", "unreachable", "logical"],
    Field(json_schema_extra={"noun": "outage kind"}),
]
ScopeSeen = Literal["partial", "zone", "region"]


class SynchronousLink(Model):
    """Every write is at the far side before it is acknowledged."""

    kind: Literal["synchronous"]
    """Nothing is ever lost."""
    confirmation: Duration = 0
    """How much older the last mark is that the operator can be sure of."""


class LagLink(Model):
    """The copy is a stationary lag behind, drawn once per environment and incident."""

    kind: Literal["lag"]
    """What was written in the last `lag` is not over there yet."""
    lag: Distribution = Field(
        default_factory=lambda: Distribution.model_validate(
            {"lognormal": {"median": "2m41s", "p90": "6m55s"}}
        )
    )
    """How far behind. Assumption: median 2m41s, p90 6m55s, fitted to "typically < 15 min, often < 5 min"."""
    confirmation: Duration = 0
    """How much older the last mark is that the operator can be sure of."""


class LogShippingLink(Model):
    """A log is shipped at regular instants and arrives some time later."""

    kind: Literal["log_shipping"]
    """A backup of the log every `interval`."""
    interval: PositiveDuration
    """Time between shipments. The phase is drawn per environment."""
    transfer: Distribution = Field(default_factory=lambda: Distribution.model_validate("0s"))
    """How long a shipment travels."""
    failure_probability: Share = 0.0
    """Share of shipments that do not arrive; the next success carries everything. Below 1."""
    in_order: bool = True
    """Whether a late or failed shipment holds back the later ones (a log chain)."""
    confirmation: Duration = 0
    """How much older the last mark is that the operator can be sure of."""


class FluidLink(Model):
    """Writes against bandwidth: what does not fit waits in a backlog."""

    kind: Literal["fluid"]
    """What does not fit through `bandwidth` waits, and is behind."""
    bandwidth: Rate
    """Writes that the link carries, such as 5000/h."""
    confirmation: Duration = 0
    """How much older the last mark is that the operator can be sure of."""
    max_lag: NotSimulatedYet = None
    """Beyond it commits would wait."""


class TraceRow(Model):
    """One row of real monitoring: from this instant on, the copy stands at that last sync time."""

    at: Duration
    """Instant, from the start of the scenario."""
    last_sync: Duration
    """Last sync time, from the start of the scenario."""


class TraceLink(Model):
    """The last sync time as recorded by monitoring; it holds until the next row."""

    kind: Literal["trace"]
    """As monitoring has recorded it."""
    rows: Annotated[list[TraceRow], Field(min_length=1)]
    """Rows in order of time."""
    confirmation: Duration = 0
    """How much older the last mark is that the operator can be sure of."""

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        for position, (earlier, later) in enumerate(pairwise(self.rows), start=1):
            if later.at <= earlier.at or later.last_sync < earlier.last_sync:
                message = "the rows of a trace link go forward in time, in both columns"
                raise MisplacedValueError(message, ("rows", position))
        for position, row in enumerate(self.rows):
            if row.last_sync > row.at:
                message = "a last sync time cannot be later than the instant it is read at"
                raise MisplacedValueError(message, ("rows", position, "last_sync"))
        return self


class NoLink(Model):
    """There is no copy on another side."""

    kind: Literal["none"]
    """There is no copy: nothing can be moved."""


Link = Annotated[
    SynchronousLink | LagLink | LogShippingLink | FluidLink | TraceLink | NoLink, Field(discriminator="kind")
]
"""How an environment is copied to its secondary region."""


class WriteStep(Model):
    """From this instant of the pattern on, writes come at this rate."""

    after: Duration
    """Offset in the pattern."""
    rate: Rate
    """Writes from here on."""


class WriteProfile(Model):
    """A pattern of writes: steps, repeated every `period` if given; or single writes at given instants."""

    rate: Rate | None = None
    """One constant rate."""
    steps: list[WriteStep] | None = None
    """Rates from offsets on; the first step starts at 0s."""
    period: PositiveDuration | None = None
    """Length of the pattern that repeats."""
    at: list[Duration] | None = None
    """Instants of single writes."""

    @model_validator(mode="after")
    def _exactly_one(self) -> Self:
        given = [name for name in ("rate", "steps", "at") if getattr(self, name) is not None]
        if len(given) != 1:
            raise ValueError(
                "writes have exactly one of rate, steps, at; this one has " + (" and ".join(given) or "none")
            )
        if self.period is not None and self.steps is None:
            raise ValueError("a period needs steps")
        if self.steps is not None:
            offsets = [step.after for step in self.steps]
            if not offsets or offsets[0] != 0 or offsets != sorted(set(offsets)):
                raise ValueError("steps start at 0s and go forward")
            if self.period is not None and offsets[-1] >= self.period:
                raise ValueError("every step lies inside the period")
        return self


Writes = Literal["constant", "idle", "business_hours"] | WriteProfile
"""When users write. `constant` is 60/h, `business_hours` 600/h on weekdays 08:00-18:00 (both assumptions)."""


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
    """hard: nobody served, nothing copied. gray: partly served. unreachable: nobody served, copying goes on."""
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
        if self.kind in ("partition", "logical"):
            message = f"outages of kind '{self.kind}' are not simulated yet; use hard, gray or unreachable"
            raise MisplacedValueError(message, ("kind",))
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
