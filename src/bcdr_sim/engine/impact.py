"""Impact: whom an outage hits, where they are served and where their copies are, and when each of them recovers.

Rules: docs/reference/semantics.md, section 2.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from bcdr_sim.engine.clock import Calendar, Kind
from bcdr_sim.engine.crowd import Crowd
from bcdr_sim.engine.dependencies import Dependencies
from bcdr_sim.engine.fleet import FAR, NEAR, Incident, RegionState
from bcdr_sim.engine.latent import Latent
from bcdr_sim.engine.links import USABLE, Links
from bcdr_sim.engine.loss import LossFigures
from bcdr_sim.engine.membership import Membership
from bcdr_sim.engine.operations import FAILBACK, Operations
from bcdr_sim.engine.people import People
from bcdr_sim.engine.protection import Protection
from bcdr_sim.engine.restores import Restores
from bcdr_sim.engine.salvage import Salvage
from bcdr_sim.engine.service import DOWN, DOWN_IN_PLACE, ServiceTrack
from bcdr_sim.engine.state import World
from bcdr_sim.events import Event
from bcdr_sim.timeline import NOTHING
from bcdr_sim.trial import NEVER


class Impact:
    """Hits of outages on environments and their copies."""

    def __init__(
        self,
        world: World,
        links: Links,
        figures: LossFigures,
        protection: Protection,
        people: People,
        membership: Membership,
        operations: Operations,
        service: ServiceTrack,
        dependencies: Dependencies,
        crowd: Crowd,
        latent: Latent,
        restores: Restores,
        salvage: Salvage,
    ) -> None:
        self._world = world
        self._links = links
        self._figures = figures
        self._protection = protection
        self._people = people
        self._membership = membership
        self._operations = operations
        self._service = service
        self._dependencies = dependencies
        self._crowd = crowd
        self._latent = latent
        self.restores = restores
        self._salvage = salvage
        self.recoveries = Calendar(world.clock, Kind.RECOVERY, self._recovers, handle_all=self._recover_all)

    def outage_begins(self, fact: int, incident: Incident) -> None:
        """Hit those served in the region, and the copies that others have there."""
        world = self._world
        self._destroy_elsewhere(fact)
        here, copied = self._concerned(fact)
        self._hit(fact, incident, world.trial.hit_rows(world.facts[fact], here))
        if world.facts[fact].kind == "logical":
            return
        self.blocked_join(incident, world.regions[world.facts[fact].region])
        self._hit_copies(fact, world.trial.hit_rows(world.facts[fact], copied), among=copied)

    def blocked_join(self, incident: Incident, region: RegionState) -> None:
        """Who is down through a dependency where there is an incident takes part in it."""
        for row in sorted(self._service.blocked):
            if self._world.region_here(row) is region and self._membership.join(row, incident):
                self._membership.catch_up(row, incident)
                self._people.service_lost(row)

    def _destroy_elsewhere(self, fact: int) -> None:
        """A common cause has destroyed the copies in all its regions before anybody writes down what it has lost."""
        world = self._world
        outage = world.facts[fact]
        if not outage.entry.destroys_data or outage.entry.regions is None:
            return
        if outage.is_false_alarm or outage.kind == "logical":
            return
        for other, each in enumerate(world.facts):
            if each.id == outage.id and other != fact:
                for row in world.trial.hit_rows(each, self._concerned(other)[1]):
                    self._destroy(row, other, here=False)

    def outage_grows(self, fact: int, incident: Incident, *, step: int) -> None:
        """The same for those whom only this step of the scope reaches; nothing changes for the others."""
        world = self._world
        here, copied = self._concerned(fact)
        self._hit(fact, incident, world.trial.hit_rows(world.facts[fact], here, step=step))
        if world.facts[fact].kind == "logical":
            return
        copies = world.trial.hit_rows(world.facts[fact], copied, step=step)
        self._hit_copies(fact, copies, among=copies)

    def _concerned(self, fact: int) -> tuple[list[int], list[int]]:
        """Those served in the region of an outage, and those who have a copy there."""
        world = self._world
        far = world.fleet.far
        region = world.regions[world.facts[fact].region]
        here = [row for row in region.home_rows if not far[row] and world.exists(row)]
        here += [row for row in region.target_rows if far[row] and world.exists(row)]
        copied = [row for row in region.target_rows if not far[row] and world.exists(row)]
        copied += [row for row in region.home_rows if far[row] and world.exists(row)]
        return sorted(here), sorted(copied)

    def _hit(self, fact: int, incident: Incident, hit: list[int]) -> None:
        world = self._world
        fleet = world.fleet
        region = world.regions[world.facts[fact].region]
        self.remember_ends(fact, hit, in_place=True)
        if world.facts[fact].kind == "logical":
            self._latent.corrupt(fact, hit)
            self._latent.begin(fact, hit)
            for row in hit:
                self._destroy(row, fact, here=True)
            return
        joining = [row for row in hit if fleet.incident[row] is None and fleet.copy_stands_ms[row] < 0]
        self._links.draw_lags(joining, world.names[incident.name])
        outage = world.facts[fact]
        has_stalled = outage.entry.link is not None and outage.at_ms < world.clock.now_ms
        stalled = self._links.may_stall and (has_stalled or any(map(self._links.is_stalled, hit)))
        if not stalled and self._crowd.lose(hit, fact, incident):
            self._people.services_lost(hit)
            if region.maintenance or region.warnings:
                world.dirty.update(hit)
            return
        if world.facts[fact].is_latent:
            self._latent.begin(fact, hit)
        for row in hit:
            fleet.hits[row] = (*fleet.hits[row], fact)
            self._destroy(row, fact, here=True)
            if not world.facts[fact].is_false_alarm:
                self._protection.interrupt(row)
            self._service.update(row, cause=incident.opened_id, joins=self._membership.join(row, incident))

    def begin_latent(self, row: int) -> None:
        """An environment has come to where latent outages hit it."""
        for fact in self._world.fleet.hits[row]:
            if self._world.facts[fact].is_latent:
                self._latent.begin(fact, [row])

    def _hit_copies(self, fact: int, copies: list[int], *, among: list[int]) -> None:
        """Hit copies, and let all `among` whom they are see that something is wrong on their other side."""
        fleet = self._world.fleet
        self.remember_ends(fact, copies, in_place=False)
        for row in copies:
            fleet.other_hits[row] = (*fleet.other_hits[row], fact)
            self._destroy(row, fact, here=False)
        threatened = set(copies)
        for row in among:
            self._protection.interrupt(row)
            self._latent.check_split(row)
            self._other_side_changed(row, is_hit=row in threatened)

    def _destroy(self, row: int, fact: int, *, here: bool) -> None:
        outage = self._world.facts[fact]
        if outage.entry.destroys_data and not outage.is_false_alarm:
            fleet = self._world.fleet
            fleet.destroyed[row] |= 1 << (FAR if bool(fleet.far[row]) == here else NEAR)
            self._salvage.destroyed(row, outage.region)

    def remember_ends(self, fact: int, rows: list[int], *, in_place: bool) -> None:
        """Schedule the end of a hit for each row."""
        world = self._world
        outage = world.facts[fact]
        if outage.is_false_alarm or (outage.lasts_ms is not None and not outage.entry.destroys_data):
            crowd = np.array(rows, dtype=np.int64)
            self.recoveries.add_all(np.full(len(crowd), outage.end_ms), crowd)
            return
        for row, instant in zip(rows, world.trial.recoveries(outage, rows), strict=True):
            end_ms = instant if in_place else min(instant, outage.end_ms)
            if end_ms != outage.end_ms:
                world.ends_ms[row, fact] = end_ms
            if world.clock.now_ms <= end_ms < NEVER:
                self.recoveries.add(end_ms, row)

    def _recover_all(self, due: list[int]) -> bool:
        """Some hits of many environments are over; crowds among them, in name order, are served again together."""
        rows = sorted(set(due))
        plain = self._crowd.that_regain(rows)
        if not plain.any():
            return False
        edges = [0, *(np.flatnonzero(np.diff(plain)) + 1).tolist(), len(rows)]
        for begin, end in pairwise(edges):
            if plain[begin]:
                self._regain(rows[begin:end])
            else:
                for row in rows[begin:end]:
                    self._recovers(row)
        return True

    def _regain(self, rows: list[int]) -> None:
        fleet = self._world.fleet
        for row in rows:
            fleet.hits[row] = ()
        self._crowd.regain(rows, self._protection.states_when_well(rows))
        crowd = np.array(rows, dtype=np.int64)
        self._people.close_all(rows, crowd)
        self._figures.forget_all(crowd)
        self._operations.forget_queued(rows, crowd)
        for row in rows:
            fleet.incident[row] = None
        np.frombuffer(fleet.lag_ms, dtype=np.int64)[crowd] = -1
        np.frombuffer(fleet.held, dtype=np.int8)[crowd] = NOTHING
        self._world.dirty.update(rows)

    def _recovers(self, row: int) -> None:
        """Some hit of an environment, here or on its other side, is over."""
        world = self._world
        fleet = world.fleet
        others, hits = world.not_over(row, fleet.other_hits[row]), world.not_over(row, fleet.hits[row])
        here, there = hits != fleet.hits[row], others != fleet.other_hits[row]
        was_felt = here
        if fleet.tainted[row] and here:
            ended = set(fleet.hits[row]) - set(hits)
            was_felt = any(not world.is_logical(fact) or (row, fact) in world.overt for fact in ended)
            self._latent.cleaned(row, ended)
        fleet.hits[row], fleet.other_hits[row] = hits, others
        if was_felt:
            self._service.update(row)
        elif here:
            self._links.changed(row)
            self._protection.update(row)
        if there:
            self._latent.check_split(row)
            self._other_side_changed(row)
        if here or there:
            self._protection.try_resync(row)

    def _other_side_changed(self, row: int, *, is_hit: bool = True) -> None:
        fleet = self._world.fleet
        there = self._world.region_there(row)
        if fleet.action[row] == FAILBACK and there is not None and there.incident is not None:
            self._operations.abort(row)
        if is_hit:
            self._service.stop_or_go(row)
            self._links.changed(row)
            self._protection.update(row)
        if self._world.is_watched(row):
            self._world.touch(row)

    def region_returned(self, incident: Incident) -> None:
        """No outage is active in the region any more: who is still down there without a copy is lost."""
        world = self._world
        fleet = world.fleet
        region = world.regions[incident.region]
        if world.ends_ms:
            served = [row for row in region.home_rows if not fleet.far[row]]
            served += [row for row in region.target_rows if fleet.far[row]]
            for row in sorted(served):
                if self._is_lost(row):
                    self._lose(row)
        for row in sorted(self._service.blocked):
            own = fleet.incident[row] is incident and not self._operations.in_flight(row)
            if own and self._service.outlasts(row):
                self._service.outlast(row)
        self.sound_again(region)
        self._salvage.region_returned(incident.region)

    def sound_again(self, region: RegionState) -> None:
        """No outage is active in the region that would concern who comes there."""
        world = self._world
        fleet = world.fleet
        bound = [row for row in region.target_rows if not fleet.far[row]]
        bound += [row for row in region.home_rows if fleet.far[row]]
        for row in sorted(bound):
            if world.exists(row):
                self._protection.try_resync(row)
                if world.is_watched(row):
                    self._world.touch(row)

    def _is_lost(self, row: int) -> bool:
        """Whether no recovery and no usable copy is left to an environment that is down."""
        world = self._world
        if not world.fleet.hits[row] or world.fleet.phase[row] not in DOWN_IN_PLACE:
            return False
        hits = world.fleet.hits[row]
        endless = [
            fact for fact in hits if world.end_ms(row, fact) >= NEVER and world.takes_service(row, fact)
        ]
        left = min((world.facts[fact].capability_permille for fact in endless), default=1000)
        if world.service_at(row, left) != DOWN or self._links.copy(row) == USABLE:
            return False
        return not self.restores.survives(row)

    def _lose(self, row: int) -> None:
        if self._world.fleet.move[row]:
            self._operations.abort(row)
        self._world.write(row, Event.ENVIRONMENT_LOST)
        self._service.blocked.discard(row)
        self._dependencies.forget(row)
        self._membership.leave(row)
        self._world.touch(row)
