"""Service: what an environment offers where it is, and all that follows when that changes.

Rules (docs/reference/semantics.md, sections 2, 3 and 5). Service is true, not known. A change of service writes its
event, settles the move in flight (a planned move is aborted when its environment is hit; an unplanned one when what it
flees is over, unless `on_recovery` says otherwise), and reaches dependents at once.
"""

from __future__ import annotations

from collections.abc import Callable

from bcdr_sim.engine.fleet import Incident, Move, Service
from bcdr_sim.engine.links import Links
from bcdr_sim.engine.loss import LossFigures
from bcdr_sim.engine.membership import Membership
from bcdr_sim.engine.operations import FAILBACK, Operations
from bcdr_sim.engine.people import People
from bcdr_sim.engine.protection import Protection
from bcdr_sim.engine.state import World
from bcdr_sim.events import Event
from bcdr_sim.phases import WAITING, Phase
from bcdr_sim.timeline import NOTHING

UP, DOWN = int(Service.UP), int(Service.DOWN)
DOWN_IN_PLACE = frozenset(WAITING | {Phase.QUEUED})
_AT_REST = frozenset({Phase.SERVING, Phase.IMPAIRED, Phase.ON_SECONDARY})


class ServiceTrack:
    """Losing and regaining service."""

    def __init__(
        self,
        world: World,
        links: Links,
        figures: LossFigures,
        protection: Protection,
        people: People,
        membership: Membership,
        operations: Operations,
        *,
        impacted: Callable[[Incident], None],
    ) -> None:
        """`impacted` is told of an incident that some environment feels."""
        self._world = world
        self._links = links
        self._figures = figures
        self._protection = protection
        self._people = people
        self._membership = membership
        self._operations = operations
        self._impacted = impacted
        self.blocked: set[int] = set()
        """Who is down through a dependency."""

    def measure(self, row: int) -> tuple[int, int]:
        """Capability where it is served, in permille, and the service that this means."""
        world = self._world
        fleet = world.fleet
        capability = 1000
        for fact in fleet.hits[row]:
            outage = world.facts[fact]
            if outage.capability_permille < capability and world.takes_service(row, fact):
                capability = outage.capability_permille
        if fleet.missing[row] or fleet.restarting[row]:
            return capability, DOWN
        return capability, world.service_at(row, capability)

    def stop_or_go(self, row: int) -> None:
        """Writes and link stop or go on with the outages that hit."""
        world = self._world
        fleet = world.fleet
        stops_writes = stops_link = bool(fleet.missing[row] or fleet.restarting[row])
        for fact in fleet.hits[row]:
            kind = world.facts[fact].kind
            if world.facts[fact].stops_writes:
                stops_writes = True
                stops_link = stops_link or kind == "hard"
            elif world.facts[fact].is_latent:
                is_overt = (row, fact) in world.overt
                stops_writes = stops_writes or is_overt
                stops_link = stops_link or is_overt or kind == "partition"
        if not stops_writes:
            world.writes_go_on(row)
        elif fleet.write_stop_ms[row] < 0:
            fleet.write_stop_ms[row] = world.clock.now_ms
        for fact in fleet.other_hits[row]:
            stops_link = stops_link or world.facts[fact].stops_links_there
        fleet.link_stop_ms[row] = _since(fleet.link_stop_ms[row], holds=stops_link, now_ms=world.clock.now_ms)
        self._links.commits.follow(row)

    def update(self, row: int, *, cause: int | None = None, joins: bool = False) -> None:
        """Find out what service there is now, and write what changed. `joins`: it has just joined its incident."""
        world = self._world
        fleet = world.fleet
        if not world.exists(row):
            return
        before = fleet.service[row]
        capability, service = self.measure(row)
        differs = capability != fleet.capability[row]
        changed = differs or service != before
        if service > before and fleet.move[row] and self._is_served_or_planned(row):
            self._operations.abort(row)
        is_hit_anew = before != DOWN and self._is_hit_anew(row)
        if is_hit_anew:
            self._leave_former(row)
        if (is_hit_anew or service != UP) and fleet.incident[row] is None:
            incident = self.incident_for(row)
            if incident is not None:
                joins = self._membership.join(row, incident)
                if fleet.copy_stands_ms[row] < 0:
                    self._links.draw_lags([row], world.names[incident.name])
        self.contact(row, cause=cause)
        fleet.capability[row], fleet.service[row] = capability, service
        self.stop_or_go(row)
        if service != before:
            fleet.held[row] = NOTHING
        if changed:
            self._write_change(row, before, cause=cause, differs=differs)
            if service != UP:
                self._figures.take(row)
        self._links.changed(row)
        self.after_change(row, joins=joins, changed=changed)

    def incident_for(self, row: int) -> Incident | None:
        """The incident that an environment which is not well takes part in: of its region, or one that it brought along."""
        world = self._world
        incident = world.region_here(row).incident
        spoilt = [
            fact for fact in world.fleet.hits[row] if (row, fact) in world.overt and world.is_logical(fact)
        ]
        if incident is None and spoilt:
            incident = world.incident_of.get(spoilt[0])
        if incident is not None and incident.is_hidden and not spoilt:
            return None
        return incident

    def _is_hit_anew(self, row: int) -> bool:
        """Whether it remembers an incident that is over, and is hit in a later one."""
        former, now = self._world.fleet.incident[row], self._world.region_here(row).incident
        if (
            former is None
            or former.is_open
            or now is None
            or now is former
            or self._operations.in_flight(row)
        ):
            return False
        return not now.active.isdisjoint(self._world.felt_hits(row))

    def _leave_former(self, row: int) -> None:
        """What was decided and agreed in an incident that is over does not hold in the next."""
        if self._world.fleet.move[row]:
            self._operations.abort(row)
        self._membership.leave(row)

    def contact(self, row: int, *, cause: int | None = None) -> None:
        """Write that a partition cuts an environment off, or no longer does."""
        world = self._world
        if not world.may_seem_down:
            return
        cut_ms = world.fleet.cut_ms
        is_cut = any(world.facts[fact].kind == "partition" for fact in world.fleet.hits[row])
        if is_cut == (cut_ms[row] >= 0):
            return
        if is_cut:
            cut_ms[row] = world.clock.now_ms
            world.write(row, Event.CONTACT_LOST, cause=cause, value=self._links.recoverable_ms(row))
        else:
            self._links.cut_ms.setdefault(row, []).append((cut_ms[row], world.clock.now_ms))
            cut_ms[row] = -1
            world.write(row, Event.CONTACT_RESTORED)

    def _is_served_or_planned(self, row: int) -> bool:
        fleet = self._world.fleet
        if self._operations.is_fencing(row):
            return False
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
            value = self._links.recoverable_ms(row)
            world.write(row, event, target=target, cause=cause, value=value)
        elif service == DOWN and service > before and phase == Phase.DRAINING:
            world.write(row, Event.PRIMARY_FENCED, cause=cause, value=self._links.recoverable_ms(row))
            self._operations.way_is_free(row)
        elif service < before and (rests or phase in DOWN_IN_PLACE):
            self._operations.restore(row)
            if service == UP and fleet.move[row] and self._flees_what_is_over(row):
                self._operations.abort(row)
        elif service < before and phase == Phase.FAILING_OVER and self._serves_on(row):
            world.write(row, Event.SERVICE_RESTORED, target=Phase.DRAINING, cause=cause)
        elif service == UP and service < before and self._flees_what_is_over(row):
            self._overtaken(row)
        elif differs:
            value = fleet.capability[row]
            world.write(row, Event.CAPABILITY_CHANGED, target=phase, cause=cause, value=value)

    def _serves_on(self, row: int) -> bool:
        """Whether the move in flight cannot keep the side that it leaves from serving: it is cut off."""
        fleet = self._world.fleet
        return self._world.is_cut_off(row) and not fleet.drained[row] and fleet.service[row] != DOWN

    def _flees_what_is_over(self, row: int) -> bool:
        """Whether the move flees the incident that is now over for the environment, or the like of it."""
        fleet = self._world.fleet
        if self._world.is_cut_off(row):
            return False
        incident = fleet.incident[row]
        flees = fleet.action[row] != FAILBACK and (incident is None or fleet.occasion[row] == incident.name)
        return flees and not self._operations.groups.goes_on(row)

    def _overtaken(self, row: int) -> None:
        """What a move in flight flees is over."""
        if self._world.trial.scenario.provider.on_recovery == "abort":
            self._operations.restore(row)
            self._operations.abort(row)
        else:
            self._world.write(row, Event.PRIMARY_RETURNED)

    def after_change(self, row: int, *, joins: bool, changed: bool) -> None:
        """Incident, people, protection and the decision that follow a change of what hits an environment."""
        world = self._world
        fleet = world.fleet
        if fleet.missing[row] or fleet.restarting[row]:
            self.blocked.add(row)
        else:
            self.blocked.discard(row)
        incident = fleet.incident[row]
        over = False
        if incident is not None:
            if fleet.service[row] != UP:
                self._impacted(incident)
            if joins or (incident.detected_ms >= 0 and fleet.phase[row] == Phase.DOWN_UNDETECTED):
                self._membership.catch_up(row, incident)
            if fleet.service[row] != UP:
                self._people.service_lost(row)
            over = fleet.service[row] == UP and not world.is_felt(row)
            if over and fleet.move[row] and not changed:
                self._alarm_over(row, incident)
        leaves = over and not (self._operations.in_flight(row) and self._flees_what_is_over(row))
        if changed and fleet.service[row] == UP and not leaves:
            self._figures.take(row)
        self._protection.update(row)
        if leaves:
            self._membership.leave(row)
        elif fleet.service[row] == UP and not self._operations.in_flight(row):
            self._people.served_again(row)
        self._world.touch(row)

    def _alarm_over(self, row: int, incident: Incident) -> None:
        """A move that flees a false alarm or a partition ends with it, unless `on_recovery` lets it go on."""
        fleet = self._world.fleet
        if fleet.action[row] == FAILBACK or fleet.occasion[row] != incident.name:
            return
        if self._operations.groups.goes_on(row):
            return
        waits = not self._operations.in_flight(row)
        if waits or (self._world.trial.scenario.provider.on_recovery == "abort"):
            self._operations.abort(row)
        elif fleet.phase[row] in (Phase.DRAINING, Phase.FAILING_OVER, Phase.RESTORING):
            self._world.write(row, Event.PRIMARY_RETURNED)
            self._operations.way_is_free(row)

    def back_in_place(self, row: int) -> None:
        """A move that is over leaves an environment in its incident, unless what it fled is over too."""
        fleet = self._world.fleet
        if self.outlasts(row):
            self.outlast(row)
        elif fleet.service[row] == UP and fleet.incident[row] is not None:
            if self._world.is_felt(row):
                self._people.served_again(row)
            else:
                self._membership.leave(row)
            self._world.touch(row)

    # Down beyond the incident ---------------------------------------------------------------------------------------

    def outlasts(self, row: int) -> bool:
        """Whether an environment is down through a dependency alone, while its incident is over."""
        fleet = self._world.fleet
        incident = fleet.incident[row]
        is_over = incident is not None and not incident.is_open
        blocked = row in self.blocked and fleet.service[row] == DOWN
        return is_over and blocked and not fleet.hits[row]

    def outlast(self, row: int) -> None:
        """From now on it is blocked by what it depends on, and in no incident."""
        if self._world.fleet.phase[row] != Phase.BLOCKED_BY_DEPENDENCY:
            self._world.write(row, Event.INCIDENT_OUTLASTED)
        if self._world.fleet.move[row]:
            self._operations.abort(row)
        self._protection.update(row)
        self._membership.leave(row)
        self._world.touch(row)


def _since(stopped_ms: int, *, holds: bool, now_ms: int) -> int:
    """When a stop began: unchanged while it holds, -1 when it does not."""
    if not holds:
        return -1
    return stopped_ms if stopped_ms >= 0 else now_ms
