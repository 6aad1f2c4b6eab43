"""How an outage ends for those it hits: in stages, by crews, and what they have to work off afterwards."""

from __future__ import annotations

from itertools import pairwise
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from bcdr_sim.loading import MisplacedValueError
from bcdr_sim.scenario.distributions import Distribution
from bcdr_sim.scenario.model import Model, one_of
from bcdr_sim.units import Duration, Rate, Share


class RecoveryStage(Model):
    """A stage of recovery: by then this share of the environments hit is back."""

    at: Duration
    """From impact."""
    fraction: Share
    """Cumulative share that is back."""


class Recovery(Model):
    """Recovery in stages, with a tail for the rest and a share that never returns."""

    stages: list[RecoveryStage] = []
    """In order; fractions are cumulative."""
    tail: Distribution | None = None
    """For those beyond the last stage: time after it (after impact without stages), drawn per environment."""
    never: Share = 0.0
    """Share that never comes back."""

    @model_validator(mode="after")
    def _covers_everybody(self) -> Self:
        for position, (earlier, later) in enumerate(pairwise(self.stages), start=1):
            if later.at <= earlier.at or later.fraction <= earlier.fraction:
                message = "recovery stages go forward in time and in fraction"
                raise MisplacedValueError(message, ("stages", position))
        if self.tail is not None or (self.stages and self.stages[-1].fraction >= 1):
            return self
        if self.stages:
            reached = self.stages[-1].fraction
            raise ValueError(
                f"the last recovery stage reaches {reached:g}; say what the rest does with a tail"
            )
        if self.never >= 1:
            raise ValueError(
                "never: 1 says who comes back, nobody, and not what the region does; write it with a tail for a region that "
                "is lost (tail: 0s), or with a stage for one that is repaired (stages: [{at: 30d, fraction: 1}])"
            )
        raise ValueError("nothing says when anybody is back; give stages, a tail, or both")


class Crews(Model):
    """Recovery by hands: crews bring those hit back one after the other, each crew one at a time."""

    count: Annotated[int, Field(ge=1)]
    """Crews that work at once, in each region of the outage."""
    starts: Distribution = Field(default_factory=lambda: Distribution.model_validate("0s"))
    """From impact until they begin, such as when the cooling is back; drawn once per outage."""
    order: Literal["production", "tier", "fifo"] = "production"
    """Whom they serve first. production: Production before all else, then by tier, then by name. tier: by tier, then by
    name. fifo: who was hit first, then by tier, then by name."""
    each: Distribution
    """How long the work on one environment takes; drawn per environment."""


class Pace(Model):
    """How fast what has piled up is caught up with: work per hour, the running load included."""

    rate: Rate | None = None
    """So many writes, such as 5000/h; or `of_mean`."""
    of_mean: Annotated[float, Field(gt=0)] | None = None
    """So many times the mean rate of the environment's own writes."""

    @model_validator(mode="after")
    def _one_pace(self) -> Self:
        one_of(self, "a pace", ("rate", "of_mean"))
        if self.rate == 0:
            raise MisplacedValueError("at a rate of 0 nothing is ever caught up with", ("rate",))
        return self


class Backlog(Model):
    """What has piled up meanwhile: who is back serves in part until it is worked off."""

    capability: Annotated[float, Field(gt=0, lt=1)]
    """Share of the work served meanwhile; not less than the environment's minimum capability."""
    lasts: Distribution | None = None
    """From recovery until it is worked off, drawn per environment; or `ratio` or `pace`."""
    ratio: Annotated[float, Field(gt=0)] | None = None
    """It lasts so many times as long as the environment was hit: load / (capacity - load) in a steady flow."""
    pace: Pace | None = None
    """What could not be written while it was hit is worked off beside what is written then: slower under load."""

    @model_validator(mode="after")
    def _one_length(self) -> Self:
        one_of(self, "a backlog", ("lasts", "ratio", "pace"))
        return self
