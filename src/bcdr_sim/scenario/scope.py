"""The scope of an outage: which environments of its region it hits, and how it grows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, Self

from pydantic import Field, model_validator

from bcdr_sim.loading import MisplacedValueError
from bcdr_sim.scenario.model import Model
from bcdr_sim.units import Name, PositiveDuration, Share, format_duration


class Select(Model):
    """Which environments of the region an outage can hit; several keys must all hold."""

    name: Name | list[Name] | None = None
    """Environment or fleet names."""
    apps: Name | list[Name] | None = None
    """Environments that have any of these apps."""
    tier: Literal[1, 2, 3, 4, 5] | None = None
    """Environments of this tier."""
    zone: Name | list[Name] | None = None
    """Environments in these zones."""
    customer: Name | list[Name] | None = None
    """Environments of these customers."""

    @model_validator(mode="after")
    def _something(self) -> Self:
        if all(value is None for _, value in self):
            raise ValueError("select needs at least one of name, apps, tier, zone, customer")
        return self


class ScopeStep(Model):
    """The outage grows. Who is hit stays hit: the same draw counts for every step."""

    after: PositiveDuration
    """From impact."""
    fraction: Share | None = None
    """Share of the selected environments that is hit from then on; as before if left out."""
    select: Select | Literal["all"] | None = None
    """Which environments can be hit from then on, `all` for everybody in the region; as before if left out."""

    @model_validator(mode="after")
    def _something(self) -> Self:
        if self.fraction is None and self.select is None:
            raise ValueError("a step of a scope has a fraction, a select, or both")
        return self


class Scope(Model):
    """Who is hit."""

    fraction: Share = 1.0
    """Share of the selected environments that is hit; drawn per environment and outage."""
    select: Select | None = None
    """Which environments can be hit; all of the region if left out."""
    steps: list[ScopeStep] = Field(default=[])
    """How the scope grows, in order of time: nested, who is hit stays hit."""

    @model_validator(mode="after")
    def _grows(self) -> Self:
        after, fraction = 0, self.fraction
        for position, step in enumerate(self.steps):
            if step.after <= after:
                earlier, later = format_duration(after), format_duration(step.after)
                message = f"the steps of a scope go forward: {later} cannot follow {earlier}"
                raise MisplacedValueError(message, ("steps", position, "after"))
            if step.fraction is not None and step.select is None and step.fraction < fraction:
                message = f"a scope only grows: {step.fraction:g} cannot follow {fraction:g}"
                raise MisplacedValueError(message, ("steps", position, "fraction"))
            after = step.after
            fraction = fraction if step.fraction is None else step.fraction
        return self

    def reaches(self) -> Iterator[tuple[int, float, Select | None]]:
        """Offset from impact in ms, fraction and selection of the scope itself and of every step."""
        fraction, select = self.fraction, self.select
        yield 0, fraction, select
        for step in self.steps:
            fraction = fraction if step.fraction is None else step.fraction
            if step.select is not None:
                select = None if step.select == "all" else step.select
            yield step.after, fraction, select
