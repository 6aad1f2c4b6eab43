"""Customers of a scenario: how they learn of an outage, how they answer, and who answers when they do not."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from bcdr_sim.scenario.distributions import Distribution
from bcdr_sim.scenario.estate import Hours
from bcdr_sim.scenario.model import Model
from bcdr_sim.scenario.order import Order
from bcdr_sim.units import Duration, Name, PositiveDuration, Share

DELEGATES_MAX = 20
"""So many delegates a customer may have. Assumption: nobody keeps a longer list."""

ORDERS_MAX = 100
"""So many orders a customer may have, each for any number of instants. Assumption."""


def _decision() -> Any:
    return Field(
        default_factory=lambda: Distribution.model_validate({"lognormal": {"median": "30m", "p90": "2h"}})
    )


class AcceptedLoss(Model):
    """A share of the respondents that accepts losses up to a value."""

    share: Share
    value: Duration


Accepted = Duration | list[AcceptedLoss]


class Silence(Model):
    """What it means when nobody has answered in time."""

    after: PositiveDuration
    """From being told the level of loss."""
    counts_as: Literal["declines", "accepts", "waits"]
    """declines: as a refusal. accepts: as consent to the level told, whatever the customer's own limit. waits: as nothing,
    the case stays open."""


class Delegate(Model):
    """Somebody who is asked when those before have not answered."""

    name: Name
    """Who it is, such as duty-manager; information only."""
    after: Duration
    """From when the one before was asked; the customer is asked by being told the level of loss."""
    hours: Hours | None = None
    """Working hours; around the clock if left out."""
    decision: Distribution = _decision()
    """From being asked to the answer. Assumption."""
    accepts_loss_up_to: Accepted | None = None
    """The most it would lose; as much as the customer if left out."""
    answers_share: Share = 1.0
    """Share of cases in which it answers at all."""

    @model_validator(mode="after")
    def _shares_sum(self) -> Self:
        _refuse_uneven(self.accepts_loss_up_to)
        return self


class Customer(Model):
    """How a customer learns of an outage and answers."""

    answers: Literal["together", "each"] = "together"
    """together: one person answers for all environments. each: every environment has its own."""
    dashboard_every: PositiveDuration | None = 30 * 60_000
    """How often it looks at the dashboard; null: never. Assumption: 30 min."""
    mail: Distribution | None = None
    """From the first post until it has read the mail about it."""
    notices_impact: Distribution | None = None
    """From loss of service until it notices by itself."""
    hours: Hours | None = None
    """Working hours; around the clock if left out."""
    readiness: Share = 0.0
    """Shortens each of its steps: 0.25 takes a quarter off."""
    accepts_loss_up_to: Accepted = 0
    """The most it would lose; nothing unless stated."""
    consents: Literal["to_level_told", "to_own_limit"] = "to_level_told"
    """What its consent covers. to_level_told: the loss it was told, so more than that asks anew. to_own_limit: as much as it
    accepts."""
    decision: Distribution = _decision()
    """From being told to the answer. Assumption."""
    answers_share: Share = 1.0
    """Share of cases that are answered at all."""
    escalation: Annotated[list[Delegate], Field(max_length=DELEGATES_MAX)] = []
    """Who is asked next while there is no answer, one after the other. The first answer of all who were asked counts."""
    on_silence: Silence | None = None
    """What no answer counts as after a time; as nothing if left out, so the case stays open."""
    withdraws_after: Distribution | None = None
    """From consent until it is withdrawn; never if left out."""
    withdraws_share: Share = 1.0
    """Share of those consents that are withdrawn at all."""
    lapses_after: PositiveDuration | None = None
    """How long consent is valid; then support asks again. For the whole incident if left out."""
    orders: Annotated[list[Order], Field(max_length=ORDERS_MAX)] = []
    """Moves that it orders, where the policy lets it. Of several that stand for an environment the newest counts."""

    @model_validator(mode="after")
    def _agrees(self) -> Self:
        _refuse_uneven(self.accepts_loss_up_to)
        if "withdraws_share" in self.model_fields_set and self.withdraws_after is None:
            raise ValueError("withdraws_share needs withdraws_after")
        return self


def _refuse_uneven(accepted: Accepted | None) -> None:
    """Shares of accepted losses are shares of everybody."""
    if isinstance(accepted, list):
        total = sum(part.share for part in accepted)
        if abs(total - 1) > 1e-9:
            raise ValueError(f"the shares of accepts_loss_up_to must sum to 1; they sum to {total:g}")
