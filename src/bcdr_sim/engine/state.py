"""The state of a running world, and the one way to write it.

Nothing here schedules anything or decides anything. Every change of phase goes through `World.write`,
which asks the phase table, sets the row and appends to the log in one place.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from enum import StrEnum
from typing import Final

from bcdr_sim.engine.clock import Clock
from bcdr_sim.engine.fleet import Corruption, Fleet, Incident, RegionState, Service, Silence
from bcdr_sim.estate import EnvironmentSpec, Estate
from bcdr_sim.events import Event
from bcdr_sim.phases import ALLOWED, SERVED, Phase, next_phase
from bcdr_sim.policy import Policy
from bcdr_sim.timeline import NO_PHASE, NO_VALUE, NOTHING, Log
from bcdr_sim.trial import OutageFact, Trial

_UP, _IMPAIRED, _DOWN = map(int, Service)
_GONE = frozenset({int(Phase.NOT_DEPLOYED), int(Phase.LOST)})
_SERVED = frozenset(int(phase) for phase in SERVED)
_NOT_DEPLOYED = int(Phase.NOT_DEPLOYED)
#: What goes on beside an environment's story: it is never the cause of what comes next.
_ASIDE = frozenset(
    {
        int(Event.PROTECTION_CHANGED),
        int(Event.CUSTOMER_AWARE),
        int(Event.CAPABILITIES_LOST),
        int(Event.CAPABILITIES_RESTORED),
        int(Event.CASE_CLOSED),
        int(Event.LOSS_REALISED),
        int(Event.RESYNC_STARTED),
        int(Event.BACKLOG_BEGAN),
        int(Event.BACKLOG_CLEARED),
        int(Event.LOSS_SALVAGED),
        int(Event.TEST_BEGAN),
        int(Event.TEST_ENDED),
        int(Event.SPLIT_BRAIN_BEGAN),
        int(Event.SPLIT_BRAIN_ENDED),
        int(Event.COMMITS_SLOWED),
        int(Event.COMMITS_STOPPED),
        int(Event.COMMITS_FREED),
    }
)
#: The phase table as small integers, for the innermost line: what one event in one phase may lead to.
_STEPS = frozenset(
    (event << 8 | phase) << 8 | target for (phase, event), targets in ALLOWED.items() for target in targets
)
_TARGET = {
    event << 8 | phase: int(next(iter(targets)))
    for (phase, event), targets in ALLOWED.items()
    if len(targets) == 1
}


class Gate(StrEnum):
    """Where the policy is asked again about a move that it has decided: another answer withholds the move."""

    SLOT = "slot"
    COMMIT = "commit"


GATES: Final = frozenset(Gate)
"""Both, always. Only an experiment leaves one out, to see what it is good for."""


def _changes_service(before: int, after: int) -> bool:
    """Whether those who depend on an environment have to be told of a change of its phase."""
    return before == _NOT_DEPLOYED or (before in _SERVED) != (after in _SERVED)


def _nobody_depends(_: int) -> None:
    """What a change of service does to dependents until somebody takes care of them."""


class World:
    """Everything the engine knows while it runs: the trial, the policy, the clock, the log and the state."""

    def __init__(self, trial: Trial, policy: Policy, *, gates: frozenset[Gate] = GATES) -> None:
        estate = trial.estate
        self.gates = gates
        self.trial = trial
        self.policy = policy
        self.clock = Clock(trial.horizon_ms)
        self.log = Log()
        self.fleet = Fleet(estate)
        self.facts: tuple[OutageFact, ...] = tuple(
            sorted(trial.outages, key=lambda fact: (fact.id, estate.regions[fact.region]))
        )
        names = {fact.id for fact in self.facts} | {period.id for period in trial.maintenance}
        names |= {order.name for order in trial.planned_orders}
        self.names: tuple[str, ...] = tuple(sorted(names))
        self.name_index = {name: index for index, name in enumerate(self.names)}
        self.may_seem_down = any(fact.seems_down for fact in self.facts)
        self.corruptions: dict[int, list[Corruption]] = {}
        self.silences: dict[int, list[Silence]] = {}
        """Of environments with backups: past spells without writes."""
        self.incident_of: dict[int, Incident] = {}
        """The incident that each outage which has begun belongs to."""
        self.overt: set[tuple[int, int]] = set()
        """Rows and latent outages that have taken their service: a lease has run out, a corruption is noticed."""
        self.fact_name = [self.name_index[fact.id] for fact in self.facts]
        self.ends_ms: dict[tuple[int, int], int] = {}
        self.regions = [RegionState(name) for name in estate.regions]
        self.channels_down = {"service_health_dashboard": 0, "support": 0, "admin_portal": 0}
        self.automation_on = True
        self.moves_ms: dict[int, list[int]] = {}
        self.dirty: set[int] = set()
        self.touch: Callable[[int], None] = self.dirty.add
        """Called for an environment one of whose axes may have changed: it decides at the end of this instant."""
        self.region_event_count = 0
        self.holds = bytearray(len(estate))
        self._depended_on = estate.dependents
        self.specs: list[EnvironmentSpec] = [estate.specs[index] for index in estate.spec_of]
        self.provides_changed: Callable[[int], None] = _nobody_depends
        self._lay_out(trial, estate)

    def _lay_out(self, trial: Trial, estate: Estate) -> None:
        stalls = {region.name: region.link_stalls for region in trial.scenario.regions}
        for state in self.regions:
            spells = stalls.get(state.name, [])
            state.stalls_ms = tuple((stall.at, stall.at + stall.lasts) for stall in spells)
        for capacity in trial.scenario.provider.capacity:
            if capacity.region in estate.regions:
                self.regions[estate.regions.index(capacity.region)].capacity_free = capacity.environments
        for spec in estate.specs:
            self.regions[spec.home].home_rows.extend(spec.rows)
            if spec.may_be_away:
                self.regions[spec.target].target_rows.extend(spec.rows)
        for state in self.regions:
            state.home_rows.sort()
            state.target_rows.sort()

    # Questions ------------------------------------------------------------------------------------------------------

    def region_here(self, row: int) -> RegionState:
        """The region where the environment is served."""
        spec = self.specs[row]
        return self.regions[spec.target if self.fleet.far[row] else spec.home]

    def region_there(self, row: int) -> RegionState | None:
        """The region on the other side; None without a copy."""
        spec = self.specs[row]
        if not spec.has_copy:
            return None
        return self.regions[spec.home if self.fleet.far[row] else spec.target]

    def end_ms(self, row: int, fact: int) -> int:
        """When a hit of an outage on a row is over."""
        return self.ends_ms.get((row, fact), self.facts[fact].end_ms)

    def not_over(self, row: int, facts: tuple[int, ...]) -> tuple[int, ...]:
        """Those of the outages that hit a row which go on."""
        if not facts:
            return facts
        now_ms = self.clock.now_ms
        return tuple(fact for fact in facts if self.end_ms(row, fact) > now_ms)

    def known_service(self, row: int) -> int:
        """What the provider believes: up until detection; down of who is cut off; what a false alarm would leave."""
        incident = self.fleet.incident[row]
        if incident is None or incident.detected_ms < 0:
            return _UP
        service = self.fleet.service[row]
        for fact in self.fleet.hits[row] if self.may_seem_down else ():
            if self.facts[fact].seems_down:
                service = max(service, self.service_at(row, self.facts[fact].capability_permille))
        return service

    def service_at(self, row: int, capability_permille: int) -> int:
        """The service that a capability means for an environment."""
        if capability_permille >= 1000:
            return _UP
        return _DOWN if capability_permille < self.specs[row].minimum_permille else _IMPAIRED

    def exists(self, row: int) -> bool:
        """Whether the environment is deployed and not lost."""
        return self.fleet.phase[row] not in _GONE

    def is_hit(self, row: int) -> bool:
        """Whether an outage hits the environment where it is served; false alarms and what nobody has noticed do not."""
        for fact in self.fleet.hits[row]:
            outage = self.facts[fact]
            if not outage.is_false_alarm and (outage.kind != "logical" or (row, fact) in self.overt):
                return True
        return False

    def is_sound(self, region: RegionState) -> bool:
        """Whether no outage is active in a region but such as concern the data of some environments there."""
        incident = region.incident
        return incident is None or all(self.facts[fact].kind == "logical" for fact in incident.active)

    def known_corruptions(self, row: int) -> list[Corruption]:
        """The corruptions of an environment that have been noticed."""
        found = self.corruptions.get(row)
        return [each for each in found if (row, each.fact) in self.overt] if found else []

    def writes_go_on(self, row: int) -> None:
        """Whatever kept an environment from being written to is over."""
        stopped_ms, self.fleet.write_stop_ms[row] = self.fleet.write_stop_ms[row], -1
        if stopped_ms >= 0 and self.specs[row].backup is not None:
            self.silences.setdefault(row, []).append(Silence(stopped_ms, self.clock.now_ms))

    def is_logical(self, fact: int) -> bool:
        """Whether an outage spoils data."""
        return self.facts[fact].kind == "logical" and not self.facts[fact].is_false_alarm

    def felt_hits(self, row: int) -> Iterator[int]:
        """What hits an environment beside corruptions that nobody has noticed."""
        return (
            fact for fact in self.fleet.hits[row] if not self.is_logical(fact) or (row, fact) in self.overt
        )

    def is_felt(self, row: int) -> bool:
        """Whether anything of that kind hits it."""
        return any(True for _ in self.felt_hits(row))

    def is_cut_off(self, row: int) -> bool:
        """Whether a partition hits the environment where it is, and has not made it stop."""
        for fact in self.fleet.hits[row] if self.may_seem_down else ():
            if self.facts[fact].kind == "partition" and (row, fact) not in self.overt:
                return True
        return False

    def takes_service(self, row: int, fact: int) -> bool:
        """Whether an outage that hits an environment takes capability from it now."""
        outage = self.facts[fact]
        if outage.is_latent:
            return (row, fact) in self.overt
        return not outage.is_false_alarm

    def is_served(self, row: int) -> bool:
        """Whether users are served in the present phase."""
        return self.fleet.phase[row] in _SERVED

    def incident_name(self, row: int) -> str:
        """Name of the incident a row takes part in; empty without one."""
        incident = self.fleet.incident[row]
        return "" if incident is None else self.names[incident.name]

    def occasion_name(self, row: int) -> str:
        """Name of what the move of a row flees; empty without one."""
        occasion = self.fleet.occasion[row]
        return "" if occasion == NOTHING else self.names[occasion]

    # Writing --------------------------------------------------------------------------------------------------------

    def write(
        self,
        row: int,
        event: Event,
        *,
        target: int | None = None,
        cause: int | None = None,
        outage: int | None = None,
        reason: int = NOTHING,
        rule: int = NOTHING,
        value: int = NO_VALUE,
    ) -> None:
        """One event of an environment: its phase by the table, and the log.

        `cause` defaults to the environment's own event before; `outage` to the incident it takes part in.
        """
        fleet = self.fleet
        before = fleet.phase[row]
        step = event << 8 | before
        if target is None:
            after = _TARGET.get(step, NO_PHASE)
        else:
            after = target if step << 8 | target in _STEPS else NO_PHASE
        if after == NO_PHASE:
            after = next_phase(Phase(before), event, target=None if target is None else Phase(target))
        if outage is None:
            incident = fleet.incident[row]
            outage = NOTHING if incident is None else incident.name
        fleet.phase[row] = after
        number = self.log.add(
            self.clock.now_ms,
            row,
            event,
            after,
            fleet.last[row] if cause is None else cause,
            outage,
            reason,
            rule,
            value,
        )
        if event not in _ASIDE:
            fleet.last[row] = number
        if after != before and row in self._depended_on and _changes_service(before, after):
            self.provides_changed(row)

    def hold_capacity(self, row: int) -> None:
        """A failover takes its place in the target region."""
        there = self.region_there(row)
        if there is not None and there.capacity_free is not None:
            there.capacity_free -= 1
            self.holds[row] = 1
            if there.capacity_free == 0 or self.trial.estate.groups:
                self.dirty.update(self.rows_bound_for(there))

    def release_capacity(self, row: int) -> None:
        """The environment needs no place in its secondary region any more."""
        if self.holds[row]:
            self.holds[row] = 0
            region = self.regions[self.specs[row].target]
            assert region.capacity_free is not None
            region.capacity_free += 1
            if region.capacity_free == 1 or self.trial.estate.groups:
                self.dirty.update(self.rows_bound_for(region))

    def rows_bound_for(self, region: RegionState) -> list[int]:
        """Environments that the policy looks at and whose other side is in a region."""
        fleet = self.fleet
        near = [row for row in region.target_rows if not fleet.far[row] and self.is_watched(row)]
        return near + [row for row in region.home_rows if fleet.far[row]]

    def is_watched(self, row: int) -> bool:
        """Whether an environment is one that the policy may be asked about."""
        fleet = self.fleet
        return bool(
            fleet.incident[row] is not None
            or fleet.far[row]
            or fleet.move[row]
            or fleet.order[row]
            or self.regions[self.specs[row].home].maintenance
            or self.region_here(row).warnings
        )

    def touch_watched(self) -> None:
        """Something changed that concerns every environment the policy looks at."""
        self.dirty.update(row for row in range(len(self.trial.estate)) if self.is_watched(row))

    def write_region(
        self,
        region: RegionState | None,
        event: Event,
        *,
        cause: int = NOTHING,
        outage: int = NOTHING,
        rule: int = NOTHING,
        value: int = NO_VALUE,
    ) -> int:
        """One event of a region, or of nobody in particular (`None`); gives its id."""
        self.region_event_count += 1
        place = NOTHING if region is None else -1 - (1 + self.trial.estate.regions.index(region.name))
        return self.log.add(self.clock.now_ms, place, event, NO_PHASE, cause, outage, NOTHING, rule, value)
