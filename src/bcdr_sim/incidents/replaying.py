"""One recorded outage, played: under the policy that was in force, or any other, as of then.

As of: the engine asks the policy with an observation that holds what the provider knows at that instant. No replay hands
it anything else, so how long an outage lasts reaches a decision only when it is over.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache, cached_property
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np

from bcdr_sim.errors import InputError, Problem
from bcdr_sim.events import Event
from bcdr_sim.incidents.encoding import Changes, varied
from bcdr_sim.incidents.record import POLICIES, Recorded
from bcdr_sim.policy import Policy, PolicyError, load_policy
from bcdr_sim.scenario.document import Scenario

if TYPE_CHECKING:
    from bcdr_sim.metrics import Metrics
    from bcdr_sim.metrics.incidents import Incident
    from bcdr_sim.timeline import Timeline
    from bcdr_sim.trial import Trial

MINUTE_MS = 60_000
NO_CHANGES: Changes = MappingProxyType({})


@dataclass(frozen=True)
class Replay:
    """A recorded outage in one world under one policy. Minutes count from the impact on record."""

    recorded: Recorded
    path: Path
    chosen: Policy | None
    changes: Changes
    replication: int
    scenario: Scenario = field(repr=False)

    @cached_property
    def policy(self) -> Policy:
        """The policy chosen, else the one that the encoding says was in force."""
        return self.chosen or policy_in_force(self.scenario, self.path)

    @cached_property
    def trial(self) -> Trial:
        """The world."""
        from bcdr_sim.trial import resolve

        return resolve(self.scenario, replication=self.replication)

    @cached_property
    def timeline(self) -> Timeline:
        """What happened. Raises InputError where the policy asks for what cannot be done."""
        from bcdr_sim.engine import simulate

        try:
            return simulate(self.trial, self.policy)
        except PolicyError as error:
            raise InputError([Problem(self.policy.name, 0, 0, 0, str(error))]) from error

    @cached_property
    def metrics(self) -> Metrics:
        """What it comes to."""
        from bcdr_sim.metrics import measure

        return measure(self.timeline)

    @cached_property
    def incidents(self) -> list[Incident]:
        """Every incident of every environment."""
        return self.metrics.incident_list()

    @cached_property
    def impact_ms(self) -> int:
        """When the outage on record begins, from the start of the scenario."""
        start = self.scenario.start
        assert start is not None, "a recorded outage has a date"
        return round((datetime.fromisoformat(self.recorded.impact_at) - start).total_seconds() * 1000)

    def again(
        self,
        *,
        policy: Policy | None = None,
        changes: Changes = NO_CHANGES,
        replication: int | None = None,
        path: Path | None = None,
    ) -> Replay:
        """The same outage, otherwise. Changes come on top of those made already."""
        return replay(
            self.recorded,
            policy or self.chosen,
            changes={**self.changes, **changes},
            replication=self.replication if replication is None else replication,
            path=path or self.path,
        )

    def of(self, fleet: str) -> list[Incident]:
        """The incidents of the environments of a fleet, or of one environment."""
        return [each for each in self.incidents if is_of(each.environment, fleet)]

    def minutes(
        self, event: Event, fleet: str | None = None, *, keep: Callable[[int], bool] | None = None
    ) -> list[float]:
        """When an event happened, each time, of a fleet or of anybody; with `keep`, those whose value it takes."""
        table = self.timeline.table
        rows = table[table["event"] == event]
        if fleet is not None:
            names = self.trial.estate.names
            wanted = np.asarray([is_of(name, fleet) for name in names])
            rows = rows[(rows["environment"] >= 0)]
            rows = rows[wanted[rows["environment"]]]
        if keep is not None:
            rows = rows[[keep(value) for value in rows["value"].tolist()]]
        return [self.minute(time_ms) for time_ms in rows["time_ms"].tolist()]

    def minute(self, time_ms: int) -> float:
        """An instant as minutes from impact."""
        return (time_ms - self.impact_ms) / MINUTE_MS


def is_of(environment: str, fleet: str) -> bool:
    """Whether an environment is that one, or one of the fleet of that name."""
    return environment == fleet or environment.rpartition("-")[0] == fleet


def replay(
    recorded: Recorded,
    policy: Policy | None = None,
    *,
    changes: Changes = NO_CHANGES,
    replication: int = 0,
    path: Path | None = None,
) -> Replay:
    """Play a recorded outage under the policy in force, or another, with some values of its encoding changed.

    Raises:
        InputError: the changed encoding has faults, or the policy asks for what its world does not have.
    """
    file = path or recorded.scenario
    return Replay(
        recorded=recorded,
        path=file,
        chosen=policy,
        changes=changes,
        replication=replication,
        scenario=varied(file, changes),
    )


def policy_in_force(scenario: Scenario, path: Path) -> Policy:
    """The policy that a scenario names, with the values it gives."""
    chosen = scenario.policy
    if isinstance(chosen, str):
        return _loaded(chosen, (), path.parent)
    return _loaded(chosen.name, tuple(sorted(chosen.parameters.items())), path.parent)


def named_policy(name: str, **parameters: object) -> Policy:
    """A built-in profile, a policy that was in force in one of the outages, or one from a file.

    Raises:
        InputError: there is none, or it has faults.
    """
    own = POLICIES / f"{name}.yaml"
    return _loaded(str(own) if own.exists() else name, tuple(sorted(parameters.items())), None)


@cache
def _loaded(name: str, parameters: tuple[tuple[str, object], ...], folder: Path | None) -> Policy:
    return load_policy(name, dict(parameters), folder=folder)
