"""What the provider knows about one environment now, put before the policy.

One scratch observation per specification is filled again and again. What only depends on the instant, the incident and
the two regions is filled once for all environments that share them; the rest per environment.

The figures are those of docs/reference/semantics.md, sections 3 and 4. Nothing here looks at what has not happened yet.
"""

from __future__ import annotations

from bcdr_sim.calendars import open_in_any
from bcdr_sim.engine.protection import USABLE, Protection
from bcdr_sim.engine.state import (
    INITIAL_HEALTH_MS,
    UNKNOWN,
    Consent,
    Figure,
    Incident,
    RegionState,
    Service,
    World,
)
from bcdr_sim.events import SCOPES
from bcdr_sim.policy import Observation
from bcdr_sim.policy.axes import TOP

DAY_MS = 86_400_000
_SERVICE = ("up", "impaired", "down")
_FIGURE = ("undetermined", "none", "some", "not_excluded")
_CONSENT = ("none", "pending", "granted", "declined")
#: Facts about the outage that `on_recovery: commit` keeps as they were when the slot was obtained.
KEPT = (
    "service",
    "outage_scope",
    "impact_confirmed",
    "outage_age",
    "since_confirmed",
    "warning",
    "eta_remaining",
)


class Observer:
    """Fills observations."""

    def __init__(self, world: World, protection: Protection) -> None:
        self._world = world
        self._protection = protection
        self._scratch = [self._of_spec(index) for index in range(len(world.trial.estate.specs))]
        self._filled_for: list[tuple[object, ...] | None] = [None] * len(self._scratch)
        self._reads_calendar = bool({"time_of_day", "weekday"} & world.policy.reads)
        self._reads_window = "window" in world.policy.reads
        start = world.trial.scenario.start
        self._clock = None if start is None else world.policy.clock(start)
        self._reads_moves = "moves_24h" in world.policy.reads

    def forget(self, row: int) -> None:
        """The scratch of an environment was changed by the caller: fill all of it next time."""
        self._filled_for[self._world.trial.estate.spec_of[row]] = None

    def _of_spec(self, index: int) -> Observation:
        spec = self._world.trial.estate.specs[index]
        return Observation(
            env_type=spec.type,
            eligible=spec.eligible,
            finance_operations="finance_operations" in spec.apps,
            tier=spec.tier,
            tags=spec.tags,
        )

    def observe(self, row: int) -> Observation:
        """The observation of an environment now; the same object is filled again by the next call."""
        world = self._world
        fleet = world.fleet
        index = world.trial.estate.spec_of[row]
        seen = self._scratch[index]
        far = fleet.far[row]
        incident = fleet.incident[row]
        service = world.known_service(row)
        believes = incident if service != Service.UP else None
        key = (world.now_ms, believes, far)
        if self._filled_for[index] != key:
            self._filled_for[index] = key
            self._fill_shared(seen, row, believes)
        seen.location = "FarCopy" if far else "NearCopy"
        seen.service = _SERVICE[service]
        seen.copy = copy = self._protection.copy(row)
        there = world.region_there(row)
        seen.target_state = target = self.target_state(row, there)
        seen.healthy_for = self._healthy_for(there) if target == "healthy" else 0
        seen.target_capacity = self._capacity(row, there)
        seen.drain_possible = copy == USABLE and target != "down" and self._link_runs(row)
        seen.reverse_sync = "complete" if far and seen.drain_possible else "pending"
        self._fill_loss(seen, row, copy)
        last_ms = fleet.last_move_ms[row]
        seen.since_last_move = TOP if last_ms < 0 else world.now_ms - last_ms
        if self._reads_moves:
            recent = world.moves_ms.get(row, ())
            seen.moves_24h = sum(1 for at_ms in recent if at_ms > world.now_ms - DAY_MS)
        return seen

    def _fill_shared(self, seen: Observation, row: int, believes: Incident | None) -> None:
        world = self._world
        now_ms = world.now_ms
        spec = world.spec(row)
        seen.outage_scope = SCOPES[believes.scope] if believes else "none"
        confirmed_ms = believes.confirmed_ms if believes else -1
        seen.impact_confirmed = confirmed_ms >= 0
        seen.since_confirmed = now_ms - confirmed_ms if confirmed_ms >= 0 else 0
        seen.outage_age = now_ms - believes.detected_ms if believes else 0
        seen.eta_remaining = max(0, believes.eta_ms - now_ms) if believes and believes.eta_ms >= 0 else TOP
        here = world.region_here(row)
        seen.warning = believes is None and any(
            world.trial.selects(world.facts[fact], spec) for fact in here.warnings
        )
        home = world.regions[spec.home]
        seen.primary_verified = home.is_verified and home.incident is None
        seen.order = "maintenance" if home.maintenance else "none"
        seen.automation = "on" if world.automation_on else "off"
        seen.orchestrator = "up" if self.orchestrator_is_up() else "down"
        seen.support_channel = "down" if world.channels_down["support"] else "up"
        if self._reads_window:
            seen.window = "inside" if open_in_any(spec.windows, now_ms) else "outside"
        if self._reads_calendar:
            self._fill_calendar(seen, now_ms)

    def _fill_calendar(self, seen: Observation, now_ms: int) -> None:
        assert self._clock is not None, "checked before the run"
        seen.time_of_day = self._clock.time_of_day(now_ms)
        seen.weekday = self._clock.weekday(now_ms)

    def _fill_loss(self, seen: Observation, row: int, copy: str) -> None:
        fleet = self._world.fleet
        if copy != USABLE:
            seen.loss_state, seen.data_loss = "unbounded", TOP
        else:
            figure = fleet.figure[row]
            known_ms = fleet.known_loss_ms[row]
            if figure == Figure.UNDETERMINED or known_ms == UNKNOWN:
                seen.loss_state, seen.data_loss = "undetermined", TOP
            else:
                seen.loss_state, seen.data_loss = _FIGURE[figure], known_ms
        consent = fleet.consent[row]
        seen.consent = _CONSENT[consent]
        seen.loss_within_consent = (
            consent == Consent.GRANTED and seen.data_loss <= fleet.consent_level_ms[row]
        )

    def target_state(self, row: int, there: RegionState | None) -> str:
        """The axis `target_state`: healthy, impaired or down."""
        if there is None:
            return "healthy"
        world = self._world
        for fact in world.fleet.other_hits[row]:
            if world.facts[fact].kind != "gray" or world.facts[fact].is_false_alarm:
                return "down"
        return "healthy" if there.incident is None else "impaired"

    def _healthy_for(self, there: RegionState | None) -> int:
        return INITIAL_HEALTH_MS if there is None else self._world.now_ms - there.healthy_since_ms

    def _capacity(self, row: int, there: RegionState | None) -> int:
        if there is None or self._world.fleet.far[row] or there.capacity_free is None:
            return 100
        return 100 if there.capacity_free > 0 or self._world.holds[row] else 0

    def _link_runs(self, row: int) -> bool:
        world = self._world
        fleet = world.fleet
        if fleet.service[row] == Service.DOWN or fleet.copy_stands_ms[row] >= 0:
            return False
        if fleet.write_stop_ms[row] >= 0 or fleet.link_stop_ms[row] >= 0:
            return False
        return not self._protection.is_stalled(row)

    def orchestrator_is_up(self) -> bool:
        """Whether the tools that move environments can be reached."""
        world = self._world
        name = world.trial.scenario.provider.orchestrator_region
        if name is None:
            return True
        incident = world.regions[world.trial.estate.regions.index(name)].incident
        if incident is None:
            return True
        facts = (world.facts[fact] for fact in incident.active)
        return all(fact.kind == "gray" or fact.is_false_alarm for fact in facts)
