"""What a scenario expects of a run: checked by `bcdr_sim.verdict`, one finding per expectation."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from bcdr_sim.scenario.model import Model
from bcdr_sim.units import Duration, Name

Outcome = Literal[
    "recovered_in_place",
    "failed_over",
    "failed_back_by_force",
    "restored",
    "moved_while_served",
    "still_down",
    "lost",
    "no_incident",
]


_Reason = Literal[
    "not_covered",
    "impact_unconfirmed",
    "scope_not_covered",
    "orchestrator_unavailable",
    "loss_not_determined",
    "loss_not_excluded",
    "consent_pending",
    "consent_declined",
    "consent_channel_down",
    "grace_period",
    "hold_down",
    "secondary_unhealthy",
    "no_valid_secondary",
    "no_capacity",
    "replica_corrupt",
    "primary_recovered_first",
    "automation_disabled",
    "primary_not_verified",
    "reverse_sync_pending",
    "outside_window",
    "no_rule",
    "still_served",
    "in_maintenance",
    "cannot_drain",
]
HoldReason = Annotated[_Reason, Field(json_schema_extra={"noun": "reason of a hold"})]
"""Reasons as a policy gives them."""
MainReason = Annotated[Literal[_Reason, "none"], Field(json_schema_extra={"noun": "reason of a hold"})]
"""The same, and none for an incident in which nothing was held."""


class DurationBounds(Model):
    """A duration, exactly or within bounds; both ends belong to it."""

    exactly: Duration | None = None
    """This and nothing else."""
    at_least: Duration | None = None
    """This or more."""
    at_most: Duration | None = None
    """This or less."""

    @model_validator(mode="after")
    def _something(self) -> Self:
        if self.exactly is None and self.at_least is None and self.at_most is None:
            raise ValueError("needs exactly, at_least or at_most")
        return self


class CountBounds(Model):
    """A count, exactly or within bounds; both ends belong to it."""

    exactly: Annotated[int, Field(ge=0)] | None = None
    """This and nothing else."""
    at_least: Annotated[int, Field(ge=0)] | None = None
    """This or more."""
    at_most: Annotated[int, Field(ge=0)] | None = None
    """This or less."""

    @model_validator(mode="after")
    def _something(self) -> Self:
        if self.exactly is None and self.at_least is None and self.at_most is None:
            raise ValueError("needs exactly, at_least or at_most")
        return self


class Expectation(Model):
    """One expectation about the environments whose name matches. Every key given must hold for every one of them."""

    environments: str = "*"
    """Name, fleet name, or a pattern with * and ?. It must match somebody."""
    outage: Name | None = None
    """Only incidents of this outage; any incident if left out."""
    hit: Literal[True] | None = None
    """Only those of them that have such an incident; somebody must have one. For an outage that hits a share."""
    outcome: Outcome | None = None
    """How every incident ended."""
    main_hold: MainReason | None = None
    """The reason with the largest share of hold time of every incident."""
    never_held: HoldReason | None = None
    """A reason for which none of them is ever held, in an incident or not."""
    rta: DurationBounds | None = None
    """Recovery time of every incident; a censored one counts at least its length."""
    realised_loss: DurationBounds | None = None
    """Age of what the moves of the environment lost, the worst one."""
    permanent_loss: DurationBounds | None = None
    """The same, but for what was found and merged again by the horizon."""
    potential_loss: DurationBounds | None = None
    """Age of what a failover at impact would have lost, the worst one."""
    downtime: DurationBounds | None = None
    """Unplanned down time of every environment."""
    planned: DurationBounds | None = None
    """Planned interruption of every environment: moves that nobody was forced to make."""
    failovers: CountBounds | None = None
    """Completed failovers (planned ones too) of all matching environments together."""
    failbacks: CountBounds | None = None
    """Completed failbacks (forced ones too) of all matching environments together."""
    restores: CountBounds | None = None
    """Completed restores from a backup or a recovery point, of all matching environments together."""
    consents: CountBounds | None = None
    """Consents granted, of all matching environments together."""
    event: Name | None = None
    """An event that every matching environment (or, for events about a region, the run) shows."""
    at: Duration | None = None
    """Instant of the first such event, from the impact of the first outage."""
    not_before: Duration | None = None
    """The first such event is not earlier, counted likewise."""
    never: Name | None = None
    """An event that no matching environment (or the run) shows."""
    verdict: Literal["PolicyMet", "PolicyBreached", "NotApplicable", "Censored"] | None = None
    """Worst verdict of every matching environment."""

    @model_validator(mode="after")
    def _something(self) -> Self:
        claims = [
            name
            for name, value in self
            if name not in ("environments", "outage", "hit", "at", "not_before") and value is not None
        ]
        if not claims:
            raise ValueError("an expectation says at least one thing, such as outcome or rta")
        for name in ("at", "not_before"):
            if getattr(self, name) is not None and self.event is None:
                raise ValueError(f"'{name}' needs an event")
        if self.at is not None and self.not_before is not None:
            raise ValueError("an event is expected 'at' an instant or 'not_before' one, not both")
        return self
