"""Completion: what becomes of an environment, its data and its incident when a move or a restore commits.

Rules: docs/reference/semantics.md, section 5.
"""

from __future__ import annotations

from bcdr_sim.engine.arrival import Arrival
from bcdr_sim.engine.clock import Calendar, Kind
from bcdr_sim.engine.fleet import Move
from bcdr_sim.engine.latent import Latent
from bcdr_sim.engine.links import Links
from bcdr_sim.engine.operations import FAILBACK, FAILOVER, FORCED, PLANNED, RESTORE, Operations
from bcdr_sim.engine.restores import Restores
from bcdr_sim.engine.salvage import Salvage
from bcdr_sim.engine.state import World
from bcdr_sim.events import Event
from bcdr_sim.timeline import NOTHING, UNBOUNDED

_COMPLETED = {
    FAILOVER: Event.FAILOVER_COMPLETED,
    PLANNED: Event.PLANNED_FAILOVER_COMPLETED,
    FAILBACK: Event.FAILBACK_COMPLETED,
    FORCED: Event.FORCED_FAILBACK_COMPLETED,
}
_RESTORED = (Event.RESTORED_AT_PRIMARY, Event.RESTORED_AT_SECONDARY)


class Completion:
    """Commits of all environments."""

    def __init__(
        self,
        world: World,
        links: Links,
        operations: Operations,
        arrival: Arrival,
        latent: Latent,
        restores: Restores,
        salvage: Salvage,
    ) -> None:
        self._world = world
        self._links = links
        self._operations = operations
        self._arrival = arrival
        self._latent = latent
        self._restores = restores
        self._salvage = salvage
        self._verification = world.trial.scenario.provider.failover.verification
        self._confirmations = Calendar(world.clock, Kind.CONFIRMED_RECOVERY, self._recovery_confirmed)

    def complete(self, row: int, *, rule: int, point_ms: int) -> None:
        """The move is committed: the environment is where it was to go, with the data that it recovers.

        `point_ms` is what an unplanned move recovers: everything before an instant, or `UNBOUNDED`.
        """
        if self._world.fleet.action[row] == RESTORE:
            self._restored(row, rule=rule)
        else:
            self._moved(row, rule=rule, point_ms=point_ms)

    def _verification_ms(self, row: int) -> int:
        world = self._world
        if self._verification.fixed_ms is not None:
            return self._verification.fixed_ms
        return world.trial.of_row(
            "provider.failover.verification",
            self._verification,
            row,
            occasion=world.occasion_name(row),
            ordinal=max(0, world.fleet.attempts[row] - 1),
        )

    def _moved(self, row: int, *, rule: int, point_ms: int) -> None:
        world = self._world
        fleet = world.fleet
        action, occasion = fleet.action[row], fleet.occasion[row]
        unplanned = action in (FAILOVER, FORCED) and not fleet.drained[row]
        synced_ms = point_ms if unplanned else world.clock.now_ms
        stop_ms = self._links.stop_ms(row)
        silent_ms = self._links.commits.stops_ms(row)
        splits = unplanned and world.is_cut_off(row) and fleet.write_stop_ms[row] < 0
        splits = splits and (silent_ms is None or silent_ms > world.clock.now_ms)
        verification_ms = self._verification_ms(row)
        left = world.region_here(row)
        phase = self._arrival.arrive(row, synced_ms, drained=not unplanned)
        world.write(row, _COMPLETED[action], target=phase, outage=occasion, rule=rule, value=synced_ms)
        completion_id, age_ms = fleet.last[row], stop_ms - synced_ms
        if unplanned and synced_ms != UNBOUNDED and (age_ms > 0 or splits):
            region = world.regions.index(left)
            self._salvage.lost(
                row, completion_id=completion_id, age_ms=max(age_ms, 0), occasion=occasion, region=region
            )
        if synced_ms != UNBOUNDED and stop_ms > synced_ms and unplanned:
            world.write(row, Event.LOSS_REALISED, outage=occasion, value=stop_ms - synced_ms)
        if splits:
            self._latent.split(row, occasion, silent_ms=silent_ms)
        self._finish(row)
        if action in (FAILOVER, PLANNED) and verification_ms > 0:
            self._confirmations.add(world.clock.now_ms + verification_ms, (row, occasion))

    def _restored(self, row: int, *, rule: int) -> None:
        """The environment is back to an older point, where it was or at the other side."""
        world = self._world
        fleet = world.fleet
        chosen, occasion = self._restores.chosen.pop(row), fleet.occasion[row]
        stop_ms = self._restores.stop_ms(row)
        if chosen.far == bool(fleet.far[row]):
            event, phase = Event.RESTORED_IN_PLACE, self._arrival.stay(row, chosen.synced_ms)
        else:
            from_copy = not chosen.from_backup
            event = _RESTORED[chosen.far]
            phase = self._arrival.arrive(row, chosen.synced_ms, from_copy=from_copy)
        world.write(row, event, target=phase, outage=occasion, rule=rule, value=chosen.synced_ms)
        if stop_ms > chosen.synced_ms:
            world.write(row, Event.LOSS_REALISED, outage=occasion, value=stop_ms - chosen.synced_ms)
        self._operations.far_bound.discard(row)
        self._finish(row)

    def _finish(self, row: int) -> None:
        """The move is complete: give back what it held, and let what follows follow."""
        world = self._world
        fleet = world.fleet
        self._operations.give_back(row)
        if not fleet.far[row]:
            world.release_capacity(row)
        fleet.move[row] = Move.NONE
        fleet.action[row] = NOTHING
        fleet.drained[row] = 0
        fleet.attempts[row] = 0
        self._arrival.settle(row)

    def _recovery_confirmed(self, completed: tuple[int, int]) -> None:
        row, occasion = completed
        if self._world.exists(row):
            self._world.write(row, Event.RECOVERY_CONFIRMED, outage=occasion)
