"""The provider of a scenario: its procedure, its hands and its limits. Every default says where it comes from."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from bcdr_sim.scenario.distributions import Distribution
from bcdr_sim.scenario.model import Model
from bcdr_sim.scenario.recovery import Pace
from bcdr_sim.units import Duration, Name, PositiveDuration, Share


def _default(data: Any) -> Any:
    return Field(default_factory=lambda: Distribution.model_validate(data))


class Failure(Model):
    """How often a failover attempt fails."""

    probability: Annotated[float, Field(ge=0, lt=1)] = 0.01
    """Share of attempts. Assumption."""
    retry_after: Duration = 600_000
    """Until the next attempt may start. Assumption: 10 min."""


class Surge(Model):
    """Moves that slow each other down: the control plane that runs them is finite."""

    above: Annotated[int, Field(ge=0)]
    """So many moves at once do not slow it."""
    slows_by: Annotated[float, Field(gt=0)]
    """Each further move in flight lengthens the stage Run of whoever begins then by this share of its draw."""


class Failover(Model):
    """How environments are moved."""

    slots: Annotated[int, Field(ge=1)] | None = 50
    """Moves at a time; null is unlimited. Assumption: 50."""
    validate_: Distribution = Field(
        default_factory=lambda: Distribution.model_validate("0s"), alias="validate"
    )
    """Stage Validate."""
    prepare: Distribution = _default("0s")
    """Stage Prepare."""
    run: Distribution = _default({"triangular": {"low": "30m", "mode": "1h", "high": "90m"}})
    """Stage Run of an unplanned move. Assumption around the published "about 1 h" of a storage failover."""
    planned: Distribution = _default({"uniform": {"low": "1m", "high": "5m"}})
    """The same of a planned move: the interruption. Assumption."""
    finalize: Distribution = _default("0s")
    """Stage Finalize; service is back after it."""
    surge: Surge | None = None
    """How moves slow each other down; not at all if left out."""
    failure: Failure = Failure()
    """How often an attempt fails."""
    drain_timeout: PositiveDuration = 3_600_000
    """A planned move gives up when the link has not caught up by then. Assumption: 1 h."""
    verification: Distribution = _default("0s")
    """From completion until telemetry confirms it."""


class Salvage(Model):
    """What is found of a loss on the side that a move left."""

    probability: Share = 0.0
    """Share of losses that are found, and merged, once the region that was left is back; drawn per move. Source: the usual
    services reseed the old primary, so nothing is (Azure SQL, failover groups)."""
    takes: Distribution = _default("0s")
    """From the return of the region, or from the move if it is not away, until the merge."""


class Rehearsal(Model):
    """A test failover on an isolated copy."""

    run: Distribution = _default({"uniform": {"low": "30m", "high": "2h"}})
    """From its beginning until it is cleaned up. Assumption."""


class Restoring(Model):
    """How environments are restored from backups."""

    at_once: Annotated[int, Field(ge=1)] | None = 50
    """Restores at a time; null is unlimited. Assumption: 50."""
    run: Distribution = _default({"lognormal": {"median": "2h", "p90": "8h"}})
    """From its slot until the environment is served again. Assumption. Going back to a recovery point of the copy takes a
    `failover.run` instead."""


class Fencing(Model):
    """What keeps a primary that nobody can reach from accepting writes while its copy takes over."""

    lease: Distribution | None = None
    """From the loss of contact until the primary stops serving by itself; it never does if left out. Drawn per environment
    and outage."""
    commit: Literal["anyway", "when_fenced"] = "anyway"
    """What an unplanned move does that is ready while the primary still serves. anyway: it commits, and both sides accept
    writes (a split brain). when_fenced: it waits until the primary has stopped or can be reached again."""


class Failback(Model):
    """How environments are brought home."""

    at_once: Annotated[int, Field(ge=1)] | None = 50
    """Size of a wave; null is unlimited. Assumption: 50."""
    interruption: Distribution = _default({"uniform": {"low": "0s", "high": "1m"}})
    """Source: at most one minute (Business continuity and disaster recovery, edition 07/19/2021)."""


class Capacity(Model):
    """Room in a region for environments that come from elsewhere."""

    region: Name
    environments: Annotated[int, Field(ge=0)]
    """Best effort: as many as fit, first come first served."""


class Support(Model):
    """The support desk."""

    first_response: Distribution = _default({"exponential": {"mean": "20m"}, "plus": "5m", "max": "1h"})
    """From when a case is open, or with `agents` from when one takes it up, until the level of loss is told. Source:
    severity A within one hour; the shape is an assumption."""
    agents: Annotated[int, Field(ge=1)] | None = None
    """How many cases are worked on at a time, the others wait; null: all of them."""
    priority: list[Literal["severity", "tier"]] = ["severity", "tier"]
    """What the queue goes by, before first come, first served. severity: those who are down before those who are impaired.
    tier: 1 first. An empty list: nothing else."""
    cases: Literal["per_environment", "per_customer"] = "per_environment"
    """per_customer: an agent works on all cases together that a customer who answers together has open in an incident."""

    @model_validator(mode="after")
    def _agrees(self) -> Self:
        if "priority" in self.model_fields_set and self.agents is None:
            raise ValueError("priority needs agents")
        if len(set(self.priority)) < len(self.priority):
            raise ValueError(f"priority names each key once; got {', '.join(self.priority)}")
        return self


class Automation(Model):
    """The operator's switch."""

    off: list[Annotated[list[Duration], Field(min_length=2, max_length=2)]] = []
    """Spells, from and to, in which automatic moves are switched off. Those that overlap or touch are one."""


class PlanTest(Model):
    """The yearly test of the continuity plan."""

    last: Duration = 180 * 86_400_000
    """Age of the last test at the start. Assumption: half a year."""
    every: PositiveDuration = 365 * 86_400_000
    """Source: each service reviews, tests and updates its plan annually."""


class Provider(Model):
    """The provider's procedure for an incident."""

    confirmation: Distribution = _default({"uniform": {"low": "2m", "high": "10m"}})
    """From detection to confirmed customer impact. Assumption."""
    first_post: Distribution = _default({"lognormal": {"median": "49m", "sigma": 0.81}})
    """From impact to the first post. Source: median of five recorded outages."""
    update_every: PositiveDuration = 3_600_000
    """Cadence of updates. Assumption: 1 h."""
    loss_determination: Distribution = _default({"lognormal": {"median": "20m", "p90": "1h"}})
    """From confirmed impact to a known loss, per environment. Assumption."""
    failover: Failover = Failover()
    """Slots and stages of moves away."""
    salvage: Salvage = Salvage()
    """What is found again of what moves have lost."""
    test_failover: Rehearsal = Rehearsal()
    """How long a rehearsal takes."""
    restore: Restoring = Restoring()
    """How long restores take, and how many run at a time."""
    fencing: Fencing = Fencing()
    """How a primary that is cut off by a partition is kept from accepting writes."""
    on_recovery: Literal["abort", "commit", "confirm"] = "abort"
    """A move in flight when what it flees is over. abort: broken off. commit: completed on the facts known when it began.
    confirm: completed if the policy, asked again on the facts of now, still wants it."""
    capacity: list[Capacity] = []
    """Best-effort limits; a region that is not listed is reserved in full."""
    performance_factor: Annotated[float, Field(gt=0, le=1)] = 1.0
    """Capability in the secondary region."""
    verification: Distribution = _default("2h")
    """From "back" to "fully operational". Assumption: 2 h."""
    failback: Failback = Failback()
    """Waves and interruption of the way home."""
    reverse_sync: Distribution = _default({"uniform": {"low": "1h", "high": "6h"}})
    """From when both sides are up until the old primary is up to date. Source: usually a few hours (Site Recovery)."""
    reprotection: Distribution = _default({"uniform": {"low": "1h", "high": "6h"}})
    """The same after a failback. Source: as above."""
    catch_up: Pace | None = None
    """Pace at which what was written meanwhile is carried over once `reverse_sync` or `reprotection` is up, slower under
    load; at no time at all if left out."""
    log_retention: PositiveDuration | None = None
    """A copy that stands further back than this cannot catch up: it is seeded anew, and is none meanwhile. If left out, any
    can."""
    seeding: Distribution = _default({"uniform": {"low": "2h", "high": "48h"}})
    """From deployment to a usable copy. Source: up to 48 h (Power Platform, edition 07/02/2026)."""
    support: Support = Support()
    """How soon a case is answered."""
    orchestrator_region: Name | None = None
    """Region that the tools which move environments run in."""
    automation: Automation = Automation()
    """When automatic moves are off."""
    review: Distribution = _default("5d")
    """From the return of the region to the post-incident review. Assumption."""
    plan_test: PlanTest = PlanTest()
    """When the continuity plan was last tested."""
