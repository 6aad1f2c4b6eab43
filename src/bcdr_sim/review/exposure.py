"""Exposure: how often simulated incidents come by what two policies decide differently, and what it costs there.

Rules.

* The old policy is played, and everything it is asked is looked up among the boxes of the difference. It is asked whenever
  the new one would be, too. An incident visits a box if the policy is asked about an observation in it from impact to end.
* The new policy is played in the same worlds. The cost is the recovery time of the same incident (environment and outage)
  there, less what it was; of one that is open at the horizon, its length so far. An incident that the new policy does not
  have at all is counted apart.
* What is asked outside of an incident, such as on the way home, counts as a visit without a cost.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from bcdr_sim.analysis import Difference
from bcdr_sim.analysis.space import Space
from bcdr_sim.engine import simulate
from bcdr_sim.errors import InputError, Problem
from bcdr_sim.estate import build_estate
from bcdr_sim.metrics import Incident, Metrics, measure
from bcdr_sim.metrics.losses import judged_ms
from bcdr_sim.policy import Observation, Policy, PolicyError
from bcdr_sim.policy.wake import WakeUps
from bcdr_sim.scenario.document import Scenario
from bcdr_sim.scenario.reading import load_scenario
from bcdr_sim.trial import Trial, resolve

_SEEN_IF_READ: Final = frozenset(
    {"moves_24h", "window", "warning", "time_of_day", "weekday", "restore_loss", "restore_within_consent"}
)
"""Axes that the engine keeps only for policies that look at them."""

Place = tuple[int, int]
"""A box: the number of its change in the difference, and its own there."""


@dataclass(slots=True)
class _Counted:
    """What was seen of one box so far."""

    incidents: int = 0
    elsewhere: int = 0
    compared: int = 0
    open: int = 0
    rta_ms: int = 0
    loss_ms: int = 0


@dataclass(frozen=True, slots=True)
class Visits:
    """How often a box was visited, and what that costs.

    `incident_count` incidents visit it; `elsewhere_count` environments of some world do so outside of an incident. Of the
    `compared_count` incidents that both policies have, `rta_ms` and `loss_ms` are the mean changes of the recovery time and
    of the age of what is lost, new less old, None if there are none; `open_count` of them are open under either policy.
    """

    incident_count: int
    elsewhere_count: int
    compared_count: int
    open_count: int
    rta_ms: float | None
    loss_ms: float | None

    @property
    def is_none(self) -> bool:
        """Whether nothing visits it."""
        return not self.incident_count and not self.elsewhere_count


@dataclass(frozen=True, slots=True)
class Exposure:
    """The visits of every box of a difference in all worlds of some scenarios."""

    scenarios: tuple[str, ...]
    seed: int
    replication_count: int
    incident_count: int
    visits: Mapping[Place, Visits] = field(default_factory=dict)

    @property
    def is_empty(self) -> bool:
        """Whether nothing could be visited: no incident in any world, and nobody asked about anything that changed."""
        return not self.incident_count and all(each.is_none for each in self.visits.values())

    def share(self, visits: Visits) -> float:
        """Share of all incidents that visit a box."""
        return visits.incident_count / self.incident_count if self.incident_count else 0.0


def exposure_of(
    old: Policy,
    new: Policy,
    difference: Difference,
    *,
    scenarios: Sequence[str],
    replication_count: int,
    seed: int = 0,
    root: Path | None = None,
) -> Exposure:
    """Play scenarios under two policies and count; each is played in `replication_count` worlds.

    With a `root` they are paths from there, and nothing outside of it is read.

    Raises:
        InputError: faults in a scenario, or a policy that it cannot be played with.
    """
    boxes = _Boxes(old, new, difference)
    counted: dict[Place, _Counted] = {place: _Counted() for place in boxes.places}
    incident_count = 0
    for path in scenarios:
        scenario = load_scenario(Path(path)) if root is None else load_scenario(root / path, root=root)
        estate = build_estate(scenario)
        for replication in range(replication_count):
            try:
                trial = resolve(scenario, seed=seed, replication=replication, estate=estate)
                incident_count += _world(trial, old, new, boxes=boxes, counted=counted)
            except (PolicyError, ValueError) as error:
                raise InputError([Problem(path, 0, 0, 0, str(error))]) from error
            if _is_fixed(scenario):
                break
    return Exposure(
        tuple(scenarios),
        seed,
        replication_count,
        incident_count,
        {place: _visits(each) for place, each in counted.items()},
    )


def _is_fixed(scenario: Scenario) -> bool:
    """Whether every world of a scenario is the same one."""
    return scenario.frozen is not None


class _Boxes:
    """The boxes of a difference, to look observations up in."""

    def __init__(self, old: Policy, new: Policy, difference: Difference) -> None:
        self._old, self._new = old, new
        self._space = Space([row.when for policy in (old, new) for row in policy.rows])
        self._masks = {
            (number, position): box.masks
            for number, change in enumerate(difference.changes)
            for position, box in enumerate(change.boxes)
        }
        self._known: dict[tuple[int, ...], tuple[Place, ...]] = {}

    @property
    def places(self) -> Iterable[Place]:
        """All of them."""
        return self._masks

    def around(self, observation: Observation) -> tuple[Place, ...]:
        """Those that an observation lies in."""
        before, after = self._old.answer(observation), self._new.answer(observation)
        if (before.action, before.reason) == (after.action, after.reason) and (
            before.wake_after_ms == after.wake_after_ms
        ):
            return ()
        cells = self._space.cells_of(observation)
        found = self._known.get(cells)
        if found is None:
            found = self._known[cells] = tuple(
                place
                for place, masks in self._masks.items()
                if all(mask >> cell & 1 for mask, cell in zip(masks, cells, strict=True))
            )
        return found


def _world(trial: Trial, old: Policy, new: Policy, *, boxes: _Boxes, counted: dict[Place, _Counted]) -> int:
    """Count the visits of one world; gives its number of incidents under the old policy."""
    visited: dict[int, list[tuple[int, Place]]] = defaultdict(list)

    def told(row: int, now_ms: int, seen: Observation) -> None:
        visited[row] += [(now_ms, place) for place in boxes.around(seen)]

    heard = simulate(trial, _asked_for_both(old, new), told=told)
    asks_before_an_outage = "warning" in new.reads - old.reads
    before = measure(simulate(trial, old) if asks_before_an_outage else heard)
    if visited:
        after = _by_outage(measure(simulate(trial, new)))
        for row, visits in visited.items():
            _environment(before.incidents_of(row), visits, after, counted=counted)
    return len(before.incident_columns)


def _asked_for_both(old: Policy, new: Policy) -> Policy:
    """The old policy, asked whenever either would be, about what either looks at.

    That changes nothing of what it does, unless it is asked at a warning, where it never was and might say anything.
    """
    rows = [*old.rows, *new.rows]
    return replace(old, reads=old.reads | (new.reads & _SEEN_IF_READ), wake_ups=WakeUps.of(rows))


def _environment(
    incidents: list[Incident],
    visits: list[tuple[int, Place]],
    after: Mapping[tuple[str, str | None, int], Incident],
    *,
    counted: dict[Place, _Counted],
) -> None:
    """Count the visits of one environment in one world."""
    elsewhere = {place for _, place in visits}
    occasion: dict[str | None, int] = defaultdict(int)
    for incident in incidents:
        own = incident.environment, incident.outage, occasion[incident.outage]
        occasion[incident.outage] += 1
        end_ms = incident.start_ms + incident.at_least_ms
        within = {place for at_ms, place in visits if incident.start_ms <= at_ms <= end_ms}
        elsewhere -= within
        for place in within:
            count = counted[place]
            count.incidents += 1
            other = after.get(own)
            if other is not None:
                count.compared += 1
                count.open += incident.censored or other.censored
                count.rta_ms += other.at_least_ms - incident.at_least_ms
                count.loss_ms += judged_ms(other.realised) - judged_ms(incident.realised)
    for place in elsewhere:
        counted[place].elsewhere += 1


def _by_outage(metrics: Metrics) -> dict[tuple[str, str | None, int], Incident]:
    """Incidents by environment, outage, and which of that outage it is."""
    found: dict[tuple[str, str | None, int], Incident] = {}
    for incident in metrics.incident_list():
        number = 0
        while (incident.environment, incident.outage, number) in found:
            number += 1
        found[incident.environment, incident.outage, number] = incident
    return found


def _visits(each: _Counted) -> Visits:
    return Visits(
        each.incidents,
        each.elsewhere,
        each.compared,
        each.open,
        each.rta_ms / each.compared if each.compared else None,
        each.loss_ms / each.compared if each.compared else None,
    )
