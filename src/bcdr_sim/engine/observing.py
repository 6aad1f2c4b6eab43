"""What the provider knows about one environment now, put before the policy.

One scratch observation per specification is filled again and again. What only depends on the instant, the
incident and the two regions is filled once for all environments that share them; the rest per environment.

The figures are those of docs/reference/semantics.md, sections 3 and 4. Nothing here looks at what has not
happened yet.
"""

from __future__ import annotations

from collections.abc import Callable

from bcdr_sim.calendars import open_in_any
from bcdr_sim.engine.fleet import INITIAL_HEALTH_MS, UNKNOWN, Consent, Figure, Incident, RegionState, Service
from bcdr_sim.engine.links import NO_COPY, SEEDING, USABLE, Links
from bcdr_sim.engine.restores import Restores
from bcdr_sim.engine.state import World
from bcdr_sim.events import ORDERS, SCOPES
from bcdr_sim.policy import Action, Observation
from bcdr_sim.policy.axes import TOP

DAY_MS = 86_400_000
_DOWN = int(Service.DOWN)
_SERVICE = ("up", "impaired", "down")
_FIGURE = ("undetermined", "none", "some", "not_excluded")
_CONSENT = ("none", "pending", "granted", "declined", "lapsed", "lapsed")
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

Told = Callable[[int, int, Observation], None]
"""Hears of what is put before the policy: environment (its place by name), instant in ms, observation (filled anew)."""


class Observer:
    """Fills observations, and tells whoever listens."""

    def __init__(self, world: World, links: Links, restores: Restores, *, told: Told | None = None) -> None:
        self._told = told
        self._world = world
        self._links = links
        self._restores = restores
        self.reads_restores = bool(
            {"restore_loss", "restore_within_consent"} & world.policy.reads
            or Action.RESTORE in world.policy.actions
        )
        self._scratch = [self._of_spec(index) for index in range(len(world.trial.estate.specs))]
        self._filled_for: list[tuple[object, ...] | None] = [None] * len(self._scratch)
        self._reads_calendar = bool({"time_of_day", "weekday"} & world.policy.reads)
        self._reads_window = "window" in world.policy.reads
        start = world.trial.scenario.start
        self._clock = None if start is None else world.policy.clock(start)
        self._reads_moves = "moves_24h" in world.policy.reads
        always = self._reads_calendar or self._reads_moves
        self._reads_time = [
            always or (self._reads_window and bool(spec.windows)) for spec in world.trial.estate.specs
        ]
        self._may_be_full = any(region.capacity_free is not None for region in world.regions)
        self._has_orders = any(customer.orders for customer in world.trial.scenario.customers.values())
        self._spec_of = world.trial.estate.spec_of

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
        now_ms = world.clock.now_ms
        index = self._spec_of[row]
        seen = self._scratch[index]
        far = fleet.far[row]
        service = world.known_service(row)
        believes = fleet.incident[row] if service else None
        key = (world.region_event_count, believes, far, service == _DOWN)
        if self._filled_for[index] != key:
            self._filled_for[index] = key
            self._fill_shared(seen, row, believes, is_down=service == _DOWN)
        if believes is not None:
            seen.outage_age = now_ms - believes.detected_ms
            seen.since_confirmed = now_ms - believes.confirmed_ms if believes.confirmed_ms >= 0 else 0
            seen.eta_remaining = max(0, believes.eta_ms - now_ms) if believes.eta_ms >= 0 else TOP
        seen.location = "FarCopy" if far else "NearCopy"
        seen.service = _SERVICE[service]
        seen.copy = copy = self._links.copy(row)
        there = world.region_there(row)
        seen.target_state = target = "healthy" if there is None else self._target_state(row, there)
        if target != "healthy":
            seen.healthy_for = 0
        else:
            seen.healthy_for = INITIAL_HEALTH_MS if there is None else now_ms - there.healthy_since_ms
        if self._may_be_full:
            seen.target_capacity = 100 if self.has_room(row) else 0
        can_drain = (
            copy == USABLE and fleet.service[row] != _DOWN and target != "down" and self._link_runs(row)
        )
        seen.drain_possible = can_drain
        seen.reverse_sync = "complete" if far and can_drain else "pending"
        self._fill_loss(seen, row, copy)
        if self.reads_restores:
            self._fill_restore(seen, row)
        if self._has_orders:
            self._fill_order(seen, row)
        last_ms = fleet.last_move_ms[row]
        seen.since_last_move = TOP if last_ms < 0 else now_ms - last_ms
        if self._reads_time[index]:
            self._fill_times(seen, row, now_ms)
        if self._told is not None:
            self._told(row, now_ms, seen)
        return seen

    def _fill_shared(self, seen: Observation, row: int, believes: Incident | None, *, is_down: bool) -> None:
        """What stays as it is until something about a region is written."""
        world = self._world
        spec = world.specs[row]
        seen.outage_scope = SCOPES[believes.scope] if believes else "none"
        seen.impact_confirmed = believes is not None and believes.confirmed_ms >= 0
        seen.since_confirmed = seen.outage_age = 0
        seen.eta_remaining = TOP
        here = world.region_here(row)
        seen.warning = not is_down and any(
            world.trial.selects(world.facts[fact], spec) for fact in here.warnings
        )
        home = world.regions[spec.home]
        seen.primary_verified = home.is_verified and world.is_sound(home)
        seen.order = "maintenance" if home.maintenance else "none"
        seen.automation = "on" if world.automation_on else "off"
        seen.orchestrator = "up" if self.orchestrator_is_up() else "down"
        seen.support_channel = "down" if world.channels_down["support"] else "up"

    def _fill_times(self, seen: Observation, row: int, now_ms: int) -> None:
        """Calendars and the record of moves, for policies that read them."""
        if self._reads_window:
            seen.window = "inside" if open_in_any(self._world.specs[row].windows, now_ms) else "outside"
        if self._reads_calendar:
            self._fill_calendar(seen, now_ms)
        if self._reads_moves:
            recent = self._world.moves_ms.get(row, ())
            seen.moves_24h = sum(1 for at_ms in recent if at_ms > now_ms - DAY_MS)

    def _fill_calendar(self, seen: Observation, now_ms: int) -> None:
        assert self._clock is not None, "checked before the run"
        seen.time_of_day = self._clock.time_of_day(now_ms)
        seen.weekday = self._clock.weekday(now_ms)

    def _fill_loss(self, seen: Observation, row: int, copy: str) -> None:
        fleet = self._world.fleet
        if copy in (SEEDING, NO_COPY):
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

    def _fill_restore(self, seen: Observation, row: int) -> None:
        fleet = self._world.fleet
        lost_ms = self._restores.prospect_ms(row)
        is_known = lost_ms != UNKNOWN
        seen.restore_loss = lost_ms if is_known else TOP
        granted = fleet.consent[row] == Consent.GRANTED
        seen.restore_within_consent = granted and is_known and lost_ms <= fleet.consent_level_ms[row]

    def _fill_order(self, seen: Observation, row: int) -> None:
        """The order of the customer that stands, before that of the provider's maintenance."""
        fleet = self._world.fleet
        code = fleet.order[row]
        if code:
            seen.order = ORDERS[code - 1]
        else:
            home = self._world.regions[self._world.specs[row].home]
            seen.order = "maintenance" if home.maintenance else "none"
        level_ms = fleet.order_loss_ms[row]
        if level_ms < 0:
            seen.order_loss = "unstated"
        else:
            seen.order_loss = "within" if seen.data_loss <= level_ms else "exceeded"

    def _target_state(self, row: int, there: RegionState) -> str:
        """The axis `target_state`: healthy, impaired or down."""
        if there.incident is None and not self._world.ends_ms:
            return "healthy"
        world = self._world
        for fact in world.fleet.other_hits[row]:
            if world.facts[fact].kind != "gray" or world.facts[fact].is_false_alarm:
                return "down"
        return "healthy" if world.is_sound(there) else "impaired"

    def has_room(self, row: int) -> bool:
        """Whether the target region could take the environment now, or has done so already."""
        there = self._world.region_there(row)
        if there is None or self._world.fleet.far[row] or there.capacity_free is None:
            return True
        if self._world.holds[row]:
            return True
        return there.capacity_free >= self._links.groups.places_needed(row)

    def _link_runs(self, row: int) -> bool:
        world = self._world
        fleet = world.fleet
        if fleet.copy_stands_ms[row] >= 0:
            return False
        if fleet.write_stop_ms[row] >= 0 or fleet.link_stop_ms[row] >= 0:
            return False
        return not self._links.is_stalled(row)

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
        return not any(fact.stops_links_there for fact in facts)
