"""Arrival: what an environment finds where it comes to, by a completed move or by being deployed.

Rules: docs/reference/semantics.md, sections 2 and 5.
"""

from __future__ import annotations

from bcdr_sim.engine.fleet import FAR, NEAR, Service
from bcdr_sim.engine.impact import Impact
from bcdr_sim.engine.latent import Latent
from bcdr_sim.engine.links import Links
from bcdr_sim.engine.membership import Membership
from bcdr_sim.engine.orders import Orders
from bcdr_sim.engine.protection import Protection
from bcdr_sim.engine.service import DOWN, UP, ServiceTrack
from bcdr_sim.engine.state import World
from bcdr_sim.events import Event
from bcdr_sim.phases import Phase


class Arrival:
    """Environments that come to a region."""

    def __init__(
        self,
        world: World,
        links: Links,
        protection: Protection,
        membership: Membership,
        service: ServiceTrack,
        impact: Impact,
        latent: Latent,
        orders: Orders,
    ) -> None:
        self._world = world
        self._links = links
        self._protection = protection
        self._membership = membership
        self._service = service
        self._impact = impact
        self._latent = latent
        self._orders = orders

    def arrive(self, row: int, synced_ms: int, *, drained: bool = False, from_copy: bool = True) -> Phase:
        """Change sides at a completed move, to data with everything before an instant; gives the phase on the new side.

        `drained`: they are just what was served; `from_copy`: they stood on the copy, not in a backup.
        """
        world = self._world
        fleet = world.fleet
        now_ms = world.clock.now_ms
        left, found = fleet.hits[row], fleet.other_hits[row]
        left, brought = self._divide(row, left, synced_ms, drained=drained, from_copy=from_copy)
        for fact in left:
            end_ms = world.facts[fact].end_ms
            if world.end_ms(row, fact) > end_ms:
                del world.ends_ms[row, fact]
                if end_ms > now_ms:
                    self._impact.recoveries.add(end_ms, row)
        fleet.cut_ms[row] = -1
        fleet.far[row] = not fleet.far[row]
        fleet.hits[row] = (*brought, *world.not_over(row, found))
        fleet.other_hits[row] = world.not_over(row, left)
        self._impact.begin_latent(row)
        self._protection.moved(row)
        return self._phase_here(row)

    def stay(self, row: int, synced_ms: int) -> Phase:
        """Go back to older data where the environment is; gives the phase that it is in then."""
        world = self._world
        fleet = world.fleet
        now_ms = world.clock.now_ms
        hits, brought = self._divide(row, fleet.hits[row], synced_ms, from_copy=False)
        fleet.hits[row] = (
            *brought,
            *(fact for fact in hits if min(world.end_ms(row, fact), world.facts[fact].end_ms) > now_ms),
        )
        self._protection.moved(row)
        here, there = (FAR, NEAR) if fleet.far[row] else (NEAR, FAR)
        fleet.destroyed[row] = fleet.destroyed[row] & ~(1 << here) & 0xFF | 1 << there
        return self._phase_here(row)

    def _phase_here(self, row: int) -> Phase:
        """The phase of an environment that has just come to be where it is."""
        world = self._world
        fleet = world.fleet
        world.writes_go_on(row)
        fleet.link_stop_ms[row] = -1
        self._service.stop_or_go(row)
        fleet.capability[row], service = self._service.measure(row)
        fleet.service[row] = service
        if service == DOWN:
            alone = self._service.incident_for(row) is None
            return Phase.BLOCKED_BY_DEPENDENCY if alone else Phase.DOWN_UNDETECTED
        if service == Service.IMPAIRED:
            return Phase.IMPAIRED
        return Phase.ON_SECONDARY if fleet.far[row] else Phase.SERVING

    def _divide(
        self,
        row: int,
        hits: tuple[int, ...],
        synced_ms: int,
        *,
        drained: bool = False,
        from_copy: bool,
    ) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """What of the hits is left behind, and which corruptions come along in the data, repaired at home or not."""
        world = self._world
        if not world.fleet.tainted[row]:
            return hits, ()
        logical = {fact for fact in hits if world.facts[fact].kind == "logical"}
        held = {
            each.fact
            for each in world.corruptions[row]
            if each.taints(synced_ms) and (each.in_copy or not from_copy)
        }
        brought = sorted(logical if drained else held)
        self._latent.cleaned(row, logical.difference(brought))
        for fact in brought:
            if fact not in logical:
                self._latent.comes_back(row, fact)
        return tuple(fact for fact in hits if fact not in logical), tuple(brought)

    def settle(self, row: int) -> None:
        """What follows a completed move."""
        world = self._world
        fleet = world.fleet
        fleet.last_move_ms[row] = world.clock.now_ms
        world.moves_ms.setdefault(row, []).append(world.clock.now_ms)
        self._orders.moved(row)
        self._membership.leave(row)
        self._orders.arrived(row)
        self._service.contact(row)
        if "finance_operations" in world.specs[row].apps:
            self._functions(row)
        incident = self._service.incident_for(row)
        concerned = world.is_felt(row) or fleet.service[row] != UP
        joins = incident is not None and bool(concerned) and self._membership.join(row, incident)
        self._service.after_change(row, joins=joins, changed=True)
        self._protection.try_resync(row)

    def _functions(self, row: int) -> None:
        """The functions that the secondary does not offer go and come with the side that it is served at."""
        world = self._world
        far = world.fleet.far[row]
        if far != world.fleet.lacks[row]:
            world.fleet.lacks[row] = far
            event = Event.CAPABILITIES_LOST if far else Event.CAPABILITIES_RESTORED
            world.write(row, event, outage=world.fleet.occasion[row])

    # Deployment -----------------------------------------------------------------------------------------------------

    def deploy(self, row: int) -> None:
        """The environment exists from now on, in whatever state its regions are."""
        self._world.write(row, Event.DEPLOYED, target=Phase.SERVING)
        self._protection.seed(row)
        joins = self._find_hits(row)
        self._service.stop_or_go(row)
        self._service.update(row, joins=joins)

    def _find_hits(self, row: int) -> bool:
        """Outages that are already active when the environment comes into being; whether it joins an incident."""
        world = self._world
        fleet = world.fleet
        joins = False
        for region, here in ((world.region_here(row), True), (world.region_there(row), False)):
            active = sorted(region.incident.active) if region and region.incident else []
            for fact in active:
                is_here = world.trial.reached_ms(world.facts[fact], [row])[0] < world.clock.now_ms
                if world.facts[fact].kind == "logical" or not is_here:
                    continue  # spoilt before it was there; or not at all, or not yet: it grows after those deployed now
                self._impact.remember_ends(fact, [row], in_place=False)
                if world.end_ms(row, fact) < world.clock.now_ms:
                    continue
                hits = fleet.hits if here else fleet.other_hits
                hits[row] = (*hits[row], fact)
                if here and region is not None and region.incident is not None:
                    joins = self._membership.join(row, region.incident) or joins
        self._impact.begin_latent(row)
        if joins:
            self._links.draw_lags([row], world.incident_name(row))
        return joins
