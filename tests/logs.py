"""Timelines written by hand: a small world, and events appended line by line.

`World` holds the columns that a test does not care about, so that a test reads as what happened and when.
"""

from __future__ import annotations

from typing import Any

from bcdr_sim.events import Event
from bcdr_sim.phases import Phase
from bcdr_sim.policy.decision import Reason
from bcdr_sim.scenario.document import Scenario
from bcdr_sim.timeline import NO_PHASE, NO_VALUE, NOTHING, Log, Timeline
from bcdr_sim.trial import Trial, resolve

MINUTE = 60_000
HOUR = 3_600_000


def trial(*, seed: int = 0, **given: Any) -> Trial:
    """A world of environment `a` at home in `west`, whose pair is `east`; 24 hours long; changed as given."""
    content: dict[str, Any] = {
        "version": 1,
        "name": "by-hand",
        "horizon": "24h",
        "regions": [{"name": "west", "pair": "east"}, {"name": "east", "pair": "west"}],
        "environments": [{"name": "a", "region": "west"}],
        **given,
    }
    return resolve(Scenario.model_validate(content), seed=seed)


class World:
    """A trial and its log while a test writes it."""

    def __init__(self, of: Trial | None = None, **given: Any) -> None:
        self.trial = of if of is not None else trial(**given)
        self.log = Log()
        self.outages = tuple(outage.id for outage in self.trial.scenario.outages) or ("storm",)

    def region(
        self, time_ms: int, event: Event, name: str = "west", *, value: int = NO_VALUE, outage: int = 0
    ) -> int:
        """An event about a region."""
        place = -2 - self.trial.estate.regions.index(name)
        return self.log.add(time_ms, place, event, NO_PHASE, NOTHING, outage=outage, value=value)

    def add(
        self,
        time_ms: int,
        event: Event,
        phase: Phase,
        *,
        environment: str = "a",
        reason: Reason | None = None,
        value: int = NO_VALUE,
        outage: int = 0,
        cause: int = NOTHING,
    ) -> int:
        """An event of an environment, which is in `phase` after it."""
        row = self.trial.estate.names.index(environment)
        code = NOTHING if reason is None else reason.code
        return self.log.add(time_ms, row, event, phase, cause, outage=outage, reason=code, value=value)

    def timeline(self) -> Timeline:
        """The log as it stands."""
        return Timeline(
            trial=self.trial,
            table=self.log.table(),
            outages=self.outages,
            rules=("rule",),
            provenance={"scenario": "by-hand", "policy": "none", "seed": 0, "replication": 0},
        )


def outage_in_place(world: World, *, environment: str = "a", start: int = HOUR, end: int = 5 * HOUR) -> None:
    """Down at `start`, detected 10 min later, confirmed 5 min later, held without a usable region, back at `end`."""
    world.add(
        start, Event.SERVICE_LOST, Phase.DOWN_UNDETECTED, environment=environment, value=start - 2 * MINUTE
    )
    world.add(start + 10 * MINUTE, Event.OUTAGE_DETECTED, Phase.DOWN_UNCONFIRMED, environment=environment)
    world.add(start + 15 * MINUTE, Event.IMPACT_CONFIRMED, Phase.DOWN_ASSESSING, environment=environment)
    world.add(
        start + 15 * MINUTE,
        Event.HELD,
        Phase.DOWN_HELD,
        environment=environment,
        reason=Reason.SCOPE_NOT_COVERED,
    )
    world.add(end, Event.SERVICE_RESTORED, Phase.SERVING, environment=environment)


def failover(world: World, *, environment: str = "a", start: int = HOUR, age: int = 2 * MINUTE) -> None:
    """Down at `start`; consent in 30 min; run of 1 h; served at the other side after 1 h 45 min, `age` of data lost."""

    def add(
        time_ms: int, event: Event, phase: Phase, *, reason: Reason | None = None, value: int = NO_VALUE
    ) -> None:
        world.add(time_ms, event, phase, environment=environment, reason=reason, value=value)

    add(start, Event.SERVICE_LOST, Phase.DOWN_UNDETECTED, value=start - age)
    add(start + 10 * MINUTE, Event.OUTAGE_DETECTED, Phase.DOWN_UNCONFIRMED)
    add(start + 15 * MINUTE, Event.IMPACT_CONFIRMED, Phase.DOWN_ASSESSING)
    held = start + 15 * MINUTE
    add(held, Event.HELD, Phase.AWAITING_AWARENESS, reason=Reason.CONSENT_PENDING)
    add(start + 20 * MINUTE, Event.CUSTOMER_AWARE, Phase.AWAITING_SUPPORT)
    add(start + 30 * MINUTE, Event.LOSS_LEVEL_TOLD, Phase.AWAITING_CONSENT, value=age)
    add(start + 40 * MINUTE, Event.CONSENT_GRANTED, Phase.AWAITING_CONSENT, value=age)
    add(start + 40 * MINUTE, Event.MOVE_DECIDED, Phase.QUEUED, value=2)
    add(start + 45 * MINUTE, Event.SLOT_OBTAINED, Phase.FAILING_OVER, value=2)
    add(start + 100 * MINUTE, Event.STAGE_COMPLETED, Phase.FAILING_OVER, value=2)
    add(start + 105 * MINUTE, Event.FAILOVER_COMPLETED, Phase.ON_SECONDARY, value=start - age)
    if age:
        add(start + 105 * MINUTE, Event.LOSS_REALISED, Phase.ON_SECONDARY, value=age)
