"""Losing and regaining service: outages that hit and end, dependencies, and what a move finds.

Rules (docs/reference/semantics.md, sections 2, 3 and 5). Service is true, not known. A change of service
writes its event, settles the move in flight (a planned move is aborted when its environment is hit; an
unplanned one when what it flees is over, unless `on_recovery` says otherwise), and reaches dependents at
once.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import numpy as np

from bcdr_sim.engine.clock import Calendar, Kind, RowCalendar
from bcdr_sim.engine.crowd import CROWD_MIN, Crowd
from bcdr_sim.engine.fleet import FAR, NEAR, Incident, Move, Service
from bcdr_sim.engine.operations import FAILBACK, FAILOVER, PLANNED, Operations
from bcdr_sim.engine.people import People
from bcdr_sim.engine.protection import USABLE, Protection
from bcdr_sim.engine.state import World
from bcdr_sim.events import Event
from bcdr_sim.phases import WAITING, Phase
from bcdr_sim.timeline import NOTHING
from bcdr_sim.trial import NEVER

_GONE = (int(Phase.NOT_DEPLOYED), int(Phase.LOST))
UP, DOWN = int(Service.UP), int(Service.DOWN)
_DOWN_IN_PLACE = frozenset(WAITING | {Phase.QUEUED})
_AT_REST = frozenset({Phase.SERVING, Phase.IMPAIRED, Phase.ON_SECONDARY})


class ServiceTrack:
    """Losing and regaining service."""

    def __init__(
        self,
        world: World,
        protection: Protection,
        people: People,
        *,
        impacted: Callable[[Incident], None],
        touch: Callable[[int], None],
    ) -> None:
        """`impacted` is told of an incident that some environment feels, `touch` of one whose axes changed."""
        self._world = world
        self._protection = protection
        self._people = people
        self._impacted = impacted
        self._touch = touch
        self.operations: Operations
        self._crowd = Crowd(world)
        self._recoveries = Calendar(world.clock, Kind.RECOVERY, self._recovers, handle_all=self._recover_all)
        count = len(world.trial.estate)
        self._restarts = RowCalendar(world.clock, Kind.RESTART, self._restarted, row_count=count)
        self._blocked: set[int] = set()
        self.assesses_at_detection = "impact_confirmed" not in world.policy.reads
        world.provides_changed = self._tell_dependents

    # Outages --------------------------------------------------------------------------------------------------------

    def outage_begins(self, fact: int, incident: Incident) -> None:
        """Hit those served in the region, and the copies that others have there."""
        world = self._world
        fleet = world.fleet
        region = world.regions[world.facts[fact].region]
        here = [row for row in region.home_rows if not fleet.far[row] and self.exists(row)]
        here += [row for row in region.target_rows if fleet.far[row] and self.exists(row)]
        copied = [row for row in region.target_rows if not fleet.far[row] and self.exists(row)]
        copied += [row for row in region.home_rows if fleet.far[row] and self.exists(row)]
        hit = world.trial.hit_rows(world.facts[fact], sorted(here))
        joining = [row for row in hit if fleet.incident[row] is None and fleet.copy_stands_ms[row] < 0]
        self._protection.draw_lags(joining, world.names[incident.name])
        self._remember_ends(fact, hit, in_place=True)
        if self._crowd.lose(hit, fact, incident):
            self._people.services_lost(hit)
            if region.maintenance or region.warnings:
                world.dirty.update(hit)
            hit = []
        for row in hit:
            fleet.hits[row] = (*fleet.hits[row], fact)
            self._destroy(row, fact, here=True)
            if not world.facts[fact].is_false_alarm:
                self._protection.interrupt(row)
            self.update(row, cause=incident.opened_id, joins=self._join(row, incident))
        for row in sorted(self._blocked):
            if world.region_here(row) is region and self._join(row, incident):
                self._catch_up(row, incident)
                self._people.service_lost(row)
        self._copies_hit(fact, sorted(copied))

    def _copies_hit(self, fact: int, copied: list[int]) -> None:
        world = self._world
        fleet = world.fleet
        copies = world.trial.hit_rows(world.facts[fact], copied)
        self._remember_ends(fact, copies, in_place=False)
        for row in copies:
            fleet.other_hits[row] = (*fleet.other_hits[row], fact)
            self._destroy(row, fact, here=False)
        threatened = set(copies)
        for row in copied:
            self._protection.interrupt(row)
            self._other_side_changed(row, is_hit=row in threatened)

    def exists(self, row: int) -> bool:
        """Whether the environment is deployed and not lost."""
        return self._world.fleet.phase[row] not in _GONE

    def _destroy(self, row: int, fact: int, *, here: bool) -> None:
        outage = self._world.facts[fact]
        if outage.entry.destroys_data and not outage.is_false_alarm:
            fleet = self._world.fleet
            fleet.destroyed[row] |= 1 << (FAR if bool(fleet.far[row]) == here else NEAR)

    def _remember_ends(self, fact: int, rows: list[int], *, in_place: bool) -> None:
        """Schedule the end of a hit for each row."""
        world = self._world
        outage = world.facts[fact]
        if outage.is_false_alarm or (outage.lasts_ms is not None and not outage.entry.destroys_data):
            crowd = np.array(rows, dtype=np.int64)
            self._recoveries.add_all(np.full(len(crowd), outage.end_ms), crowd)
            return
        for row, instant in zip(rows, world.trial.recoveries(outage, rows), strict=True):
            end_ms = instant if in_place else min(instant, outage.end_ms)
            if end_ms != outage.end_ms:
                world.ends_ms[row, fact] = end_ms
            if world.clock.now_ms <= end_ms < NEVER:
                self._recoveries.add(end_ms, row)

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
        self._protection.forget_figures(crowd)
        self.operations.forget_queued(rows, crowd)
        for row in rows:
            fleet.incident[row] = None
        np.frombuffer(fleet.lag_ms, dtype=np.int64)[crowd] = -1
        np.frombuffer(fleet.held, dtype=np.int8)[crowd] = NOTHING
        self._world.dirty.update(rows)

    def _recovers(self, row: int) -> None:
        """Some hit of an environment, here or on its other side, is over."""
        world = self._world
        fleet = world.fleet
        now_ms = world.clock.now_ms
        others = tuple(fact for fact in fleet.other_hits[row] if world.end_ms(row, fact) > now_ms)
        hits = tuple(fact for fact in fleet.hits[row] if world.end_ms(row, fact) > now_ms)
        here, there = hits != fleet.hits[row], others != fleet.other_hits[row]
        fleet.hits[row], fleet.other_hits[row] = hits, others
        if here:
            self.update(row)
        if there:
            self._other_side_changed(row)
        if here or there:
            self._protection.try_resync(row)

    def _other_side_changed(self, row: int, *, is_hit: bool = True) -> None:
        fleet = self._world.fleet
        there = self._world.region_there(row)
        if fleet.action[row] == FAILBACK and there is not None and there.incident is not None:
            self.operations.abort(row)
        if is_hit:
            self._stop_or_go(row)
            self._link_changed(row)
            self._protection.update(row)
        if self._world.is_watched(row):
            self._touch(row)

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
        bound = [row for row in region.target_rows if not fleet.far[row]]
        bound += [row for row in region.home_rows if fleet.far[row]]
        for row in sorted(bound):
            if self.exists(row):
                self._protection.try_resync(row)
                if world.is_watched(row):
                    self._touch(row)

    def _is_lost(self, row: int) -> bool:
        """Whether no recovery and no usable copy is left to an environment that is down."""
        world = self._world
        if not world.fleet.hits[row] or world.fleet.phase[row] not in _DOWN_IN_PLACE:
            return False
        endless = [fact for fact in world.fleet.hits[row] if world.end_ms(row, fact) >= NEVER]
        left = min((world.facts[fact].capability_permille for fact in endless), default=1000)
        return world.service_at(row, left) == DOWN and self._protection.copy(row) != USABLE

    def _lose(self, row: int) -> None:
        if self._world.fleet.move[row]:
            self.operations.abort(row)
        self._world.write(row, Event.ENVIRONMENT_LOST)
        self._blocked.discard(row)
        self._restarts.cancel(row)
        self._leave(row)

    # Incidents ------------------------------------------------------------------------------------------------------

    def _join(self, row: int, incident: Incident) -> bool:
        """Take part in an incident from now on; false if the environment is in one already."""
        fleet = self._world.fleet
        if fleet.incident[row] is not None:
            return False
        fleet.incident[row] = incident
        incident.members.append(row)
        return True

    def _catch_up(self, row: int, incident: Incident) -> None:
        """What the provider knows of the incident holds at once for an environment that has just joined it."""
        if incident.detected_ms < 0:
            return
        self.detected(row, incident)
        if incident.confirmed_ms >= 0:
            self.confirmed(row, incident)
        if incident.confirmed_ms >= 0 or self.assesses_at_detection:
            self._protection.assess([row])

    def detected(self, row: int, incident: Incident) -> None:
        """The provider knows that this environment is part of an incident."""
        phase = self._world.fleet.phase[row]
        waits = phase in (Phase.DOWN_UNDETECTED, Phase.BLOCKED_BY_DEPENDENCY)
        target = Phase.DOWN_UNCONFIRMED if waits else phase
        self._world.write(row, Event.OUTAGE_DETECTED, target=target, cause=incident.detected_id)
        self._touch(row)

    def detected_all(self, rows: list[int], incident: Incident) -> None:
        """The same for all members of the incident, in name order."""
        if len(rows) < CROWD_MIN:
            for row in rows:
                self.detected(row, incident)
            return
        leads_to = {
            Phase.DOWN_UNDETECTED: Phase.DOWN_UNCONFIRMED,
            Phase.BLOCKED_BY_DEPENDENCY: Phase.DOWN_UNCONFIRMED,
        }
        self._crowd.write(
            rows, Event.OUTAGE_DETECTED, leads_to=leads_to, cause=incident.detected_id, outage=incident.name
        )
        self._world.dirty.update(rows)

    def confirmed_all(self, rows: list[int], incident: Incident) -> None:
        """Customers are seen impacted: the same for all members of the incident, in name order."""
        if len(rows) < CROWD_MIN:
            for row in rows:
                self.confirmed(row, incident)
            return
        leads_to = {Phase.DOWN_UNCONFIRMED: Phase.DOWN_ASSESSING}
        self._crowd.write(
            rows, Event.IMPACT_CONFIRMED, leads_to=leads_to, cause=incident.confirmed_id, outage=incident.name
        )
        self._world.dirty.update(rows)

    def confirmed(self, row: int, incident: Incident) -> None:
        """Customers are seen impacted by the incident."""
        phase = self._world.fleet.phase[row]
        target = Phase.DOWN_ASSESSING if phase == Phase.DOWN_UNCONFIRMED else phase
        self._world.write(row, Event.IMPACT_CONFIRMED, target=target, cause=incident.confirmed_id)
        self._touch(row)

    def _leave(self, row: int) -> None:
        """The incident, its figures and its people are over for this environment."""
        fleet = self._world.fleet
        self._people.close(row)
        self._protection.forget_figure(row)
        fleet.incident[row] = None
        fleet.lag_ms[row] = -1
        fleet.held[row] = NOTHING

    # Service --------------------------------------------------------------------------------------------------------

    def _measure(self, row: int) -> tuple[int, int]:
        """Capability where it is served, in permille, and the service that this means."""
        world = self._world
        fleet = world.fleet
        capability = 1000
        for fact in fleet.hits[row]:
            outage = world.facts[fact]
            if outage.capability_permille < capability and not outage.is_false_alarm:
                capability = outage.capability_permille
        if fleet.missing[row] or fleet.restarting[row]:
            return capability, DOWN
        return capability, world.service_at(row, capability)

    def _stop_or_go(self, row: int) -> None:
        """Writes and link stop or go on with the outages that hit."""
        world = self._world
        fleet = world.fleet
        stops_writes = stops_link = bool(fleet.missing[row] or fleet.restarting[row])
        for fact in fleet.hits[row]:
            if world.facts[fact].stops_writes:
                stops_writes = True
                stops_link = stops_link or world.facts[fact].kind == "hard"
        fleet.write_stop_ms[row] = _since(
            fleet.write_stop_ms[row], holds=stops_writes, now_ms=world.clock.now_ms
        )
        for fact in fleet.other_hits[row]:
            stops_link = stops_link or world.facts[fact].stops_writes
        fleet.link_stop_ms[row] = _since(fleet.link_stop_ms[row], holds=stops_link, now_ms=world.clock.now_ms)

    def update(self, row: int, *, cause: int | None = None, joins: bool = False) -> None:
        """Find out what service there is now, and write what changed. `joins`: it has just joined its incident."""
        world = self._world
        fleet = world.fleet
        if not self.exists(row):
            return
        before = fleet.service[row]
        capability, service = self._measure(row)
        differs = capability != fleet.capability[row]
        changed = differs or service != before
        if service > before and fleet.move[row] and self._is_served_or_planned(row):
            self.operations.abort(row)
        if service != UP and fleet.incident[row] is None:
            incident = world.region_here(row).incident
            if incident is not None:
                joins = self._join(row, incident)
                if fleet.copy_stands_ms[row] < 0:
                    self._protection.draw_lags([row], world.names[incident.name])
        fleet.capability[row], fleet.service[row] = capability, service
        self._stop_or_go(row)
        if service != before:
            fleet.held[row] = NOTHING
        if changed:
            self._write_change(row, before, cause=cause, differs=differs)
            if service != UP:
                self._protection.take_figure(row)
        self._link_changed(row)
        self._after_change(row, joins=joins, changed=changed)

    def _link_changed(self, row: int) -> None:
        """The link may have stopped or gone on: whoever waits for it waits anew."""
        self._protection.watch_drain(row)
        self.operations.plan_drain(row)

    def _is_served_or_planned(self, row: int) -> bool:
        fleet = self._world.fleet
        return self._world.is_served(row) or bool(fleet.drained[row]) or fleet.move[row] == Move.FAILING_BACK

    def _write_change(self, row: int, before: int, *, cause: int | None, differs: bool) -> None:
        """The event of a change of service or capability; the columns hold the new values already."""
        world = self._world
        fleet = world.fleet
        phase, service = fleet.phase[row], fleet.service[row]
        rests = phase in _AT_REST
        if service > before and rests:
            event, target = Event.SERVICE_IMPAIRED, Phase.IMPAIRED
            if service == DOWN:
                alone = fleet.incident[row] is None
                event = Event.SERVICE_LOST
                target = Phase.BLOCKED_BY_DEPENDENCY if alone else Phase.DOWN_UNDETECTED
            value = self._protection.last_sync_ms(row)
            world.write(row, event, target=target, cause=cause, value=value)
        elif service < before and (rests or phase in _DOWN_IN_PLACE):
            self.operations.restore(row)
            if service == UP and fleet.move[row] and self._flees_what_is_over(row):
                self.operations.abort(row)
        elif service == UP and service < before and self._flees_what_is_over(row):
            self._overtaken(row)
        elif differs:
            value = fleet.capability[row]
            world.write(row, Event.CAPABILITY_CHANGED, target=phase, cause=cause, value=value)

    def _flees_what_is_over(self, row: int) -> bool:
        """Whether the move flees the incident that is now over for the environment, or the like of it."""
        fleet = self._world.fleet
        incident = fleet.incident[row]
        return fleet.action[row] != FAILBACK and (incident is None or fleet.occasion[row] == incident.name)

    def _overtaken(self, row: int) -> None:
        """What a move in flight flees is over."""
        if self._world.trial.scenario.provider.on_recovery == "abort":
            self.operations.restore(row)
            self.operations.abort(row)
        else:
            self._world.write(row, Event.PRIMARY_RETURNED)

    def _after_change(self, row: int, *, joins: bool, changed: bool) -> None:
        """Incident, people, protection and the decision that follow a change of what hits an environment."""
        world = self._world
        fleet = world.fleet
        if fleet.missing[row] or fleet.restarting[row]:
            self._blocked.add(row)
        else:
            self._blocked.discard(row)
        incident = fleet.incident[row]
        over = False
        if incident is not None:
            if fleet.service[row] != UP:
                self._impacted(incident)
            if joins or (incident.detected_ms >= 0 and fleet.phase[row] == Phase.DOWN_UNDETECTED):
                self._catch_up(row, incident)
            if fleet.service[row] != UP:
                self._people.service_lost(row)
            over = fleet.service[row] == UP and not fleet.hits[row]
            if over and fleet.move[row] and not changed:
                self._alarm_over(row, incident)
        leaves = over and not (self.operations.in_flight(row) and self._flees_what_is_over(row))
        if changed and fleet.service[row] == UP and not leaves:
            self._protection.take_figure(row)
        self._protection.update(row)
        if leaves:
            self._leave(row)
        elif fleet.service[row] == UP and not self.operations.in_flight(row):
            self._people.served_again(row)
        self._touch(row)

    def _alarm_over(self, row: int, incident: Incident) -> None:
        """A move that flees a false alarm ends with it, unless `on_recovery` lets it go on."""
        fleet = self._world.fleet
        if fleet.action[row] == FAILBACK or fleet.occasion[row] != incident.name:
            return
        waits = not self.operations.in_flight(row)
        if waits or (self._world.trial.scenario.provider.on_recovery == "abort"):
            self.operations.abort(row)
        elif fleet.phase[row] in (Phase.DRAINING, Phase.FAILING_OVER):
            self._world.write(row, Event.PRIMARY_RETURNED)

    def back_in_place(self, row: int) -> None:
        """A withheld move leaves an environment whose outage is over: it is simply served again."""
        fleet = self._world.fleet
        if fleet.service[row] != UP or fleet.incident[row] is None:
            return
        if fleet.hits[row]:
            self._people.served_again(row)
        else:
            self._leave(row)
        self._touch(row)

    # Dependencies ---------------------------------------------------------------------------------------------------

    def _tell_dependents(self, row: int) -> None:
        """An environment that others depend on is served no more, or again."""
        provides = self._world.is_served(row)
        for other in self._world.trial.estate.dependents.get(row, ()):
            self._needs(other, provides=provides)

    def _needs(self, row: int, *, provides: bool) -> None:
        world = self._world
        fleet = world.fleet
        fleet.missing[row] += -1 if provides else 1
        if not provides:
            self._restarts.cancel(row)
            fleet.restarting[row] = 0
        elif fleet.missing[row] == 0 and self.exists(row):
            restart = world.specs[row].restart
            ordinal = fleet.restart_count[row]
            draw_ms = world.trial.of_row("environments.restart", restart, row, ordinal=ordinal)
            fleet.restart_count[row] += 1
            fleet.restarting[row] = 1
            self._restarts.add(world.clock.now_ms + draw_ms, row)
        self.update(row)

    def _restarted(self, row: int) -> None:
        self._world.fleet.restarting[row] = 0
        self.update(row)

    # Moves ----------------------------------------------------------------------------------------------------------

    def arrive(self, row: int) -> Phase:
        """Change sides at a completed move; gives the phase on the new side."""
        world = self._world
        fleet = world.fleet
        now_ms = world.clock.now_ms
        left, found = fleet.hits[row], fleet.other_hits[row]
        for fact in left:
            end_ms = world.facts[fact].end_ms
            if world.end_ms(row, fact) > end_ms:
                del world.ends_ms[row, fact]
                if end_ms > now_ms:
                    self._recoveries.add(end_ms, row)
        fleet.far[row] = not fleet.far[row]
        fleet.hits[row] = tuple(fact for fact in found if world.end_ms(row, fact) > now_ms)
        fleet.other_hits[row] = tuple(fact for fact in left if world.end_ms(row, fact) > now_ms)
        self._protection.moved(row)
        fleet.write_stop_ms[row] = fleet.link_stop_ms[row] = -1
        self._stop_or_go(row)
        fleet.capability[row], service = self._measure(row)
        fleet.service[row] = service
        if service == DOWN:
            alone = world.region_here(row).incident is None
            return Phase.BLOCKED_BY_DEPENDENCY if alone else Phase.DOWN_UNDETECTED
        if service == Service.IMPAIRED:
            return Phase.IMPAIRED
        return Phase.ON_SECONDARY if fleet.far[row] else Phase.SERVING

    def settle(self, row: int, action: int) -> None:
        """What follows a completed move."""
        world = self._world
        fleet = world.fleet
        fleet.last_move_ms[row] = world.clock.now_ms
        world.moves_ms.setdefault(row, []).append(world.clock.now_ms)
        self._leave(row)
        if "finance_operations" in world.specs[row].apps:
            gained = action in (FAILOVER, PLANNED)
            event = Event.CAPABILITIES_LOST if gained else Event.CAPABILITIES_RESTORED
            world.write(row, event, outage=fleet.occasion[row])
        incident = world.region_here(row).incident
        concerned = fleet.hits[row] or fleet.service[row] != UP
        joins = incident is not None and bool(concerned) and self._join(row, incident)
        self._after_change(row, joins=joins, changed=True)
        self._protection.try_resync(row)

    # Deployment -----------------------------------------------------------------------------------------------------

    def deploy(self, row: int) -> None:
        """The environment exists from now on, in whatever state its regions are."""
        self._world.write(row, Event.DEPLOYED, target=Phase.SERVING)
        self._protection.seed(row)
        joins = self._find_hits(row)
        self._stop_or_go(row)
        self.update(row, joins=joins)

    def _find_hits(self, row: int) -> bool:
        """Outages that are already active when the environment comes into being; whether it joins an incident."""
        world = self._world
        fleet = world.fleet
        joins = False
        for region, here in ((world.region_here(row), True), (world.region_there(row), False)):
            active = sorted(region.incident.active) if region and region.incident else []
            for fact in active:
                if not world.trial.hit_rows(world.facts[fact], [row]):
                    continue
                self._remember_ends(fact, [row], in_place=False)
                if world.end_ms(row, fact) < world.clock.now_ms:
                    continue
                hits = fleet.hits if here else fleet.other_hits
                hits[row] = (*hits[row], fact)
                if here and region is not None and region.incident is not None:
                    joins = self._join(row, region.incident) or joins
        if joins:
            self._protection.draw_lags([row], world.incident_name(row))
        return joins


def _since(stopped_ms: int, *, holds: bool, now_ms: int) -> int:
    """When a stop began: unchanged while it holds, -1 when it does not."""
    if not holds:
        return -1
    return stopped_ms if stopped_ms >= 0 else now_ms
