"""Orders of a customer: moves that it wants, at instants or when something has happened."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from bcdr_sim.scenario.distributions import Distribution
from bcdr_sim.scenario.model import Model
from bcdr_sim.scenario.scope import Select
from bcdr_sim.units import Duration, Name, PositiveDuration, Share

INSTANTS_MAX = 1000
"""So many instants an order may have. Assumption: a drill every day for some years is enough."""


class Order(Model):
    """A move that a customer orders, where the policy lets it."""

    id: Name
    """Its name in the timeline."""
    move: Literal["planned", "forced", "drill", "failback"]
    """planned: without loss. forced: at once, with whatever loss. drill: a rehearsal. failback: home again."""
    at: Duration | Annotated[list[Duration], Field(min_length=1, max_length=INSTANTS_MAX)] | None = None
    """When, from the start of the scenario; a list is as many orders."""
    when: Literal["impact", "aware", "moved", "verified"] | None = None
    """Each time that: impact: its service is down or impaired. aware: the customer knows of the outage. moved: it has come
    to the far side. verified: it is there, and its primary is fully operational."""
    after: Distribution | None = None
    """How long after `when`; at once if left out."""
    loss_up_to: Duration | None = None
    """The loss acknowledged with a forced order; unstated if left out."""
    withdrawn_after: PositiveDuration | None = None
    """Withdrawn if it is not carried out by then; it stands if left out."""
    select: Select | None = None
    """Which of the customer's environments; all if left out."""
    share: Share = 1.0
    """Share of occasions on which it is given at all."""

    @property
    def instants_ms(self) -> tuple[int, ...]:
        """The instants of `at`; none if it goes by `when`."""
        if self.at is None:
            return ()
        return (self.at,) if isinstance(self.at, int) else tuple(self.at)

    def name(self, number: int) -> str:
        """The name of the order of the `number`-th instant, from 0."""
        return f"{self.id}/{number + 1}" if isinstance(self.at, list) else self.id

    @model_validator(mode="after")
    def _agrees(self) -> Self:
        if (self.at is None) == (self.when is None):
            given = "both" if self.at is not None else "neither"
            raise ValueError(f"an order has exactly one of at, when; this one has {given}")
        if self.after is not None and self.when is None:
            raise ValueError("after needs when")
        if self.loss_up_to is not None and self.move != "forced":
            raise ValueError(f"only a forced order acknowledges a loss; this one is {self.move}")
        if self.move == "drill" and self.when is not None:
            raise ValueError("a drill is ordered at an instant: give it at")
        if list(self.instants_ms) != sorted(set(self.instants_ms)):
            raise ValueError("the instants of at go forward")
        return self
