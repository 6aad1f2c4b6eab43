"""What users write, and how the copy on the other side follows it: links of six kinds, and their recovery points."""

from __future__ import annotations

from itertools import pairwise
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from bcdr_sim.loading import MisplacedValueError
from bcdr_sim.scenario.distributions import Distribution
from bcdr_sim.scenario.model import Model
from bcdr_sim.units import Duration, PositiveDuration, Rate, Share


class Points(Model):
    """Recovery points on a copy: older states that can be gone back to, aligned with the start of the scenario."""

    every: PositiveDuration
    """Time between them."""
    kept: PositiveDuration
    """How long each is kept."""


class SynchronousLink(Model):
    """Every write is at the far side before it is acknowledged."""

    kind: Literal["synchronous"]
    """Nothing is ever lost."""
    confirmation: Duration = 0
    """How much older the last mark is that the operator can be sure of."""
    points: Points | None = None
    """Recovery points that the copy keeps; none if left out."""


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
    points: Points | None = None
    """Recovery points that the copy keeps; none if left out."""


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
    points: Points | None = None
    """Recovery points that the copy keeps; none if left out."""


class FluidLink(Model):
    """Writes against bandwidth: what does not fit waits in a backlog."""

    kind: Literal["fluid"]
    """What does not fit through `bandwidth` waits, and is behind."""
    bandwidth: Rate
    """Writes that the link carries, such as 5000/h."""
    confirmation: Duration = 0
    """How much older the last mark is that the operator can be sure of."""
    points: Points | None = None
    """Recovery points that the copy keeps; none if left out."""
    max_lag: Duration | None = None
    """How old what would be lost may get: beyond it commits are slowed or stopped. No bound if left out."""


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
    points: Points | None = None
    """Recovery points that the copy keeps; none if left out."""

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
