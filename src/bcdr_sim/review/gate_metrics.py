"""Metrics of a gate: what one world gives for a group of environments, as one number of which more is worse.

One value per world, since the environments of a region share its outages; a mean per incident is the sum of one over the sum
of the other. A world in which nothing happened to the group has 0. What is open at the horizon counts as long as it is, and
is counted beside.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal

import numpy as np

from bcdr_sim.errors import near_miss
from bcdr_sim.experiment.side import MEASURES
from bcdr_sim.metrics import Metrics
from bcdr_sim.metrics.totals import Total, total_of
from bcdr_sim.timeline.states import Flags
from bcdr_sim.verdict import Judgements, Met

Unit = Literal["ms", "count", "share"]


@dataclass(frozen=True, slots=True)
class World:
    """What became of one world, and which of its environments a gate is about."""

    metrics: Metrics
    judgements: Judgements
    members: Flags

    @property
    def total(self) -> Total:
        """The sums of the group."""
        return total_of(self.metrics, self.members)

    @property
    def lengths_ms(self) -> list[int]:
        """Recovery time of every incident of the group."""
        columns = self.metrics.incident_columns
        lengths: list[int] = columns.length_ms[self.members[columns.environment]].tolist()
        return lengths

    @property
    def losses_ms(self) -> list[int]:
        """Age of what was lost in every incident of the group, 0 if no write was."""
        inside = self.members[self.metrics.incident_columns.environment]
        losses: list[int] = self.judgements.loss_ms[inside].tolist()
        return [max(0, each) for each in losses]

    @property
    def breached_count(self) -> int:
        """Environments of the group of which an objective is breached."""
        return int((self.judgements.overall[self.members] == Met.POLICY_BREACHED).sum())


@dataclass(frozen=True, slots=True)
class GateMetric:
    """A metric by its name: unit, what it means in words, and its value in a world. A `share` is yes (1) or no (0).

    With `per_incident` the metric is the sum of the values over the number of incidents.
    """

    name: str
    unit: Unit
    words: str
    value: Callable[[World], float]
    per_incident: bool = False


GATE_METRICS: Final[Mapping[str, GateMetric]] = MappingProxyType(
    {
        metric.name: metric
        for metric in (
            GateMetric(
                "rta_ms",
                "ms",
                "mean recovery time of its incidents",
                lambda world: sum(world.lengths_ms),
                per_incident=True,
            ),
            GateMetric(
                "rta_ms_max", "ms", "longest recovery time", lambda world: max(world.lengths_ms, default=0)
            ),
            GateMetric("down_ms", "ms", "unplanned down time", lambda world: world.total.down_ms),
            GateMetric("planned_ms", "ms", "planned interruption", lambda world: world.total.planned_ms),
            GateMetric(
                "unprotected_ms", "ms", "time without protection", lambda world: world.total.unprotected_ms
            ),
            GateMetric(
                "loss_realised_age_ms",
                "ms",
                "mean age of what its incidents lost",
                lambda world: sum(world.losses_ms),
                per_incident=True,
            ),
            GateMetric(
                "loss_realised_age_ms_max",
                "ms",
                "most age of what an incident lost",
                lambda world: max(world.losses_ms, default=0),
            ),
            GateMetric("failovers", "count", "completed failovers", lambda world: world.total.failovers),
            GateMetric("failbacks", "count", "completed failbacks", lambda world: world.total.failbacks),
            GateMetric(
                "consents_asked", "count", "questions to customers", lambda world: world.total.consents_asked
            ),
            GateMetric(
                "worlds_with_loss",
                "share",
                "worlds in which it loses data",
                lambda world: float(any(world.losses_ms)),
            ),
            GateMetric("breached", "count", "environments in breach", lambda world: world.breached_count),
            GateMetric(
                "worlds_in_breach",
                "share",
                "worlds in which an environment is in breach",
                lambda world: float(world.breached_count > 0),
            ),
        )
    }
)
"""Every metric that a gate may name, as `compare` names it where it has it."""
ALIASES: Final[Mapping[str, str]] = MappingProxyType(
    {"rta_ms.mean": "rta_ms", "rta_ms.max": "rta_ms_max", "loss_ms.mean": "loss_realised_age_ms"}
    | {each.alias: each.name for each in MEASURES if each.alias and each.name in GATE_METRICS}
)
"""Other names of the same, those of `compare` among them."""


def gate_metric(name: str) -> GateMetric | None:
    """The metric of that name; None if there is none."""
    return GATE_METRICS.get(ALIASES.get(name, name))


def unknown_metric(name: str) -> str:
    """What to say of a name that is no metric."""
    likely = near_miss(name, [*GATE_METRICS, *ALIASES])
    hint = f"did you mean '{likely}'?" if likely else f"there are {', '.join(GATE_METRICS)}"
    return f"no metric '{name}'; {hint}"


def open_count(world: World) -> int:
    """Incidents of the group that are open at the horizon."""
    columns = world.metrics.incident_columns
    return int(np.count_nonzero(columns.open[world.members[columns.environment]]))
