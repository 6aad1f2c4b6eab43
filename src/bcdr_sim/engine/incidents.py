"""The provider's procedure for a region: incidents are detected, confirmed, posted, closed and reviewed.

Rules (docs/reference/semantics.md, section 3). An incident lives while an outage is active in its region.
What is drawn once per incident is drawn under the name of the outage that opened it.
"""

from __future__ import annotations

from collections.abc import Callable

from bcdr_sim.engine.clock import Calendar, Kind
from bcdr_sim.engine.fleet import Incident, RegionState, Service
from bcdr_sim.engine.impact import Impact
from bcdr_sim.engine.latent import noticed_ms
from bcdr_sim.engine.loss import LossFigures
from bcdr_sim.engine.membership import Membership
from bcdr_sim.engine.messages import Messages
from bcdr_sim.engine.state import World
from bcdr_sim.events import SCOPES, Event
from bcdr_sim.scenario.distributions import Distribution

_BY_PEOPLE, _BY_AUTOMATION = 0, 1


class IncidentTrack:
    """Incidents of all regions."""

    def __init__(
        self,
        world: World,
        figures: LossFigures,
        messages: Messages,
        membership: Membership,
        impact: Impact,
        *,
        outage_began: Callable[[int], None],
        verified: Callable[[int], None],
    ) -> None:
        """`outage_began` is told of every outage as it begins, `verified` of who may come home to a verified region."""
        self._world = world
        self._figures = figures
        self._messages = messages
        self._membership = membership
        self._impact = impact
        self._outage_began = outage_began
        self._verified_for = verified
        self._all: list[Incident] = []
        self._last_of: dict[int, Incident] = {}
        clock = world.clock
        self._begins = Calendar(clock, Kind.OUTAGE_BEGIN, self._outage_reaches)
        self._ends = Calendar(clock, Kind.OUTAGE_END, self._outage_ends)
        self._warnings = Calendar(clock, Kind.WARNING, self._warns)
        self._scopes = Calendar(clock, Kind.SCOPE, self._judges)
        self._detections = Calendar(clock, Kind.DETECTION, self._detects)
        self._confirmations = Calendar(clock, Kind.CONFIRMATION, self._confirms)
        self._verifications = Calendar(clock, Kind.VERIFICATION, self._verifies)
        self._reviews = Calendar(clock, Kind.REVIEW, self._reviewed)

    def schedule(self) -> None:
        """Put the outages of the trial into the calendars."""
        for number, fact in enumerate(self._world.facts):
            for step, reach in enumerate(fact.reaches):
                self._begins.add(reach.at_ms, (number, step))
            trigger = fact.entry.trigger
            if trigger is not None and trigger.visible:
                self._warnings.add(max(0, fact.at_ms - trigger.before_impact), number)

    def _draw(self, path: str, distribution: Distribution, incident: Incident) -> int:
        return self._world.trial.of_outage(path, distribution, self._world.names[incident.name])

    # Outages --------------------------------------------------------------------------------------------------------

    def _warns(self, number: int) -> None:
        world = self._world
        fact = world.facts[number]
        region = world.regions[fact.region]
        region.warnings.add(number)
        world.write_region(region, Event.WARNING_RAISED, outage=world.fact_name[number], value=fact.at_ms)
        if "warning" in world.policy.reads:
            for row in (*region.home_rows, *region.target_rows):
                if world.region_here(row) is region:
                    self._world.touch(row)

    def _outage_reaches(self, key: tuple[int, int]) -> None:
        """An outage begins (step 0), or a later step of its scope reaches more environments."""
        number, step = key
        if step:
            self._outage_grows(number, step)
        else:
            self._outage_begins(number)

    def _outage_grows(self, number: int, step: int) -> None:
        world = self._world
        fact = world.facts[number]
        region = world.regions[fact.region]
        incident = region.incident
        assert incident is not None, "an outage that grows is active"
        incident.opened_id = world.write_region(
            region, Event.OUTAGE_GREW, outage=world.fact_name[number], value=step
        )
        self._impact.outage_grows(number, incident, step=step)
        believes = incident.entry is fact and fact.entry.seen is None and incident.detected_ms >= 0
        if believes and self._belief(incident) != incident.scope:
            self._scopes.add(world.clock.now_ms, (incident.region, incident.place))

    def _outage_begins(self, number: int) -> None:
        world = self._world
        fact = world.facts[number]
        region = world.regions[fact.region]
        region.warnings.discard(number)
        began = world.write_region(region, Event.OUTAGE_BEGAN, outage=world.fact_name[number])
        incident = region.incident
        if incident is None:
            incident = self._open(number, region)
        elif incident.is_hidden and fact.kind != "logical":
            incident = self._unnoticed(incident, number, region)
        incident.opened_id = began
        incident.is_real = incident.is_real or not fact.is_false_alarm
        incident.active.add(number)
        world.incident_of[number] = incident
        if world.is_logical(number):
            self._detect_with(incident, number)
        if fact.kind != "logical":
            region.is_verified = False
        self._ends.add(fact.end_ms, number)
        self._outage_began(number)
        if not fact.is_false_alarm and fact.kind != "logical":
            self.impacted(incident)
        self._impact.outage_begins(number, incident)
        self._impact.restores.region_changes(fact.region)
        if region.name == world.trial.scenario.provider.orchestrator_region:
            self._world.touch_watched()

    def _open(self, opening: int, region: RegionState) -> Incident:
        world = self._world
        fact = world.facts[opening]
        incident = Incident(
            world.fact_name[opening], fact.region, world.clock.now_ms, fact, place=len(self._all)
        )
        self._all.append(incident)
        self._last_of[fact.region] = incident
        region.incident = incident
        detection = fact.entry.detection
        for by, path, delay in (
            (_BY_PEOPLE, "outages.detection.people", detection.people),
            (_BY_AUTOMATION, "outages.detection.automatic", detection.automatic),
        ):
            if delay is not None:
                due_ms = world.clock.now_ms + self._draw(path, delay, incident)
                self._detections.add(due_ms, (fact.region, incident.place, by))
        self._messages.opened(incident)
        return incident

    def _unnoticed(self, incident: Incident, number: int, region: RegionState) -> Incident:
        """Nobody has noticed what spoils data, and another outage begins: an incident of its own name opens."""
        spoils = sorted(incident.active)
        incident.is_open = False
        incident.active = set()
        following = self._open(number, region)
        for other in spoils:
            following.active.add(other)
            self._world.incident_of[other] = following
            self._detect_with(following, other)
        return following

    def _detect_with(self, incident: Incident, number: int) -> None:
        """Whoever notices a corruption has detected its incident."""
        due_ms = noticed_ms(self._world.trial, self._world.facts[number])
        if due_ms >= self._world.clock.now_ms:
            self._detections.add(due_ms, (incident.region, incident.place, _BY_AUTOMATION))

    def _outage_ends(self, number: int) -> None:
        world = self._world
        fact = world.facts[number]
        region = world.regions[fact.region]
        incident = region.incident
        assert incident is not None, "an outage that ends has begun"
        world.write_region(region, Event.OUTAGE_ENDED, outage=world.fact_name[number])
        incident.active.discard(number)
        if fact.kind != "logical" and world.is_sound(region):
            region.healthy_since_ms = world.clock.now_ms
        if not incident.active:
            self._close(incident, region)
        elif fact.kind != "logical" and world.is_sound(region):
            self._impact.sound_again(region)
        self._impact.restores.region_changes(fact.region)
        if region.name == world.trial.scenario.provider.orchestrator_region:
            self._world.touch_watched()

    def _close(self, incident: Incident, region: RegionState) -> None:
        world = self._world
        provider = world.trial.scenario.provider
        returned = world.write_region(region, Event.REGION_RETURNED, outage=incident.name)
        self._messages.region_returned(incident, cause=returned)
        incident.is_open = False
        region.incident = None
        verification_ms = self._draw("provider.verification", provider.verification, incident)
        self._verifications.add(world.clock.now_ms + verification_ms, (incident.region, incident.place))
        if incident.detected_ms >= 0:
            review_ms = self._draw("provider.review", provider.review, incident)
            self._reviews.add(world.clock.now_ms + review_ms, (incident.region, incident.place))
        self._impact.region_returned(incident)

    # Knowledge ------------------------------------------------------------------------------------------------------

    def _is_alive(self, incident: Incident) -> bool:
        """Whether the incident is open, or some environment is still in it."""
        fleet = self._world.fleet
        return incident.is_open or any(fleet.incident[row] is incident for row in incident.members)

    def _detects(self, key: tuple[int, int, int]) -> None:
        """Whoever comes first detects; what people do counts from when they know."""
        incident = self._all[key[1]]
        if not self._is_alive(incident):
            return
        by_people = key[2] == _BY_PEOPLE
        if incident.detected_ms < 0:
            self._detected(incident)
            if by_people or incident.entry.entry.detection.people is None:
                self._people_know(incident, since=incident.detected_id)
        elif by_people:
            region = self._world.regions[incident.region]
            noticed = self._world.write_region(
                region, Event.PEOPLE_NOTICED, outage=incident.name, cause=incident.detected_id
            )
            self._people_know(incident, since=noticed)

    def _detected(self, incident: Incident) -> None:
        world = self._world
        region = world.regions[incident.region]
        if incident.is_hidden:
            self._impact.blocked_join(incident, region)
        incident.detected_ms = world.clock.now_ms
        incident.detected_id = world.write_region(
            region, Event.OUTAGE_DETECTED, outage=incident.name, cause=incident.opened_id
        )
        self._judge(incident)
        self._schedule_beliefs(incident)
        members = self._membership.members(incident)
        self._membership.detected_all(members, incident)
        if self._membership.assesses_at_detection:
            self._figures.assess(members)

    def _people_know(self, incident: Incident, *, since: int) -> None:
        """People at the provider know of the incident: they look for impact from now on."""
        now_ms = self._world.clock.now_ms
        incident.noticed_ms, incident.noticed_id = now_ms, since
        confirmation = self._world.trial.scenario.provider.confirmation
        delay_ms = self._draw("provider.confirmation", confirmation, incident)
        self._confirmations.add(now_ms + delay_ms, (incident.region, incident.place))

    def _schedule_beliefs(self, incident: Incident) -> None:
        """Scope revisions and estimates that are still to come."""
        now_ms, key = self._world.clock.now_ms, (incident.region, incident.place)
        for step in incident.entry.entry.seen.steps if incident.entry.entry.seen else []:
            if incident.opened_ms + step.after > now_ms:
                self._scopes.add(incident.opened_ms + step.after, key)
        self._messages.detected(incident)

    def _judges(self, key: tuple[int, int]) -> None:
        incident = self._all[key[1]]
        if incident.is_open:
            self._judge(incident)
            for row in self._membership.members(incident):
                self._world.touch(row)

    def _judge(self, incident: Incident) -> None:
        """The provider's belief of the scope, as of now."""
        world = self._world
        incident.scope = self._belief(incident)
        world.write_region(
            world.regions[incident.region],
            Event.SCOPE_JUDGED,
            outage=incident.name,
            cause=incident.detected_id,
            value=incident.scope,
        )

    def _belief(self, incident: Incident) -> int:
        """How wide the provider believes the outage that opened the incident to be now, as a code."""
        seen, now_ms = incident.entry.entry.seen, self._world.clock.now_ms
        if seen is None:
            reach = [reach for reach in incident.entry.reaches if reach.at_ms <= now_ms][-1]
            return SCOPES.index("region" if reach.fraction >= 1 and reach.select is None else "partial")
        past = [step.scope for step in seen.steps if incident.opened_ms + step.after <= now_ms]
        return SCOPES.index(past[-1] if past else seen.scope)

    def _confirms(self, key: tuple[int, int]) -> None:
        incident = self._all[key[1]]
        if incident.confirmed_ms >= 0 or not self._is_alive(incident):
            return
        incident.confirmation_due_ms = self._world.clock.now_ms
        felt = any(self._world.fleet.service[row] != Service.UP for row in self._membership.members(incident))
        if incident.is_real and felt:
            self._confirm(incident)

    def impacted(self, incident: Incident) -> None:
        """Some environment feels the incident: confirm it if the provider has been looking for impact in vain."""
        if incident.is_real and incident.confirmation_due_ms >= 0 and incident.confirmed_ms < 0:
            self._confirmations.add(self._world.clock.now_ms, (incident.region, incident.place))

    def _confirm(self, incident: Incident) -> None:
        world = self._world
        provider = world.trial.scenario.provider
        incident.confirmed_ms = world.clock.now_ms
        region = world.regions[incident.region]
        incident.confirmed_id = world.write_region(
            region, Event.IMPACT_CONFIRMED, outage=incident.name, cause=incident.noticed_id
        )
        members = self._membership.members(incident)
        self._membership.confirmed_all(members, incident)
        if not self._membership.assesses_at_detection:
            self._figures.assess(members)
        first = incident.entry.entry.comms.first
        path, distribution = (
            ("provider.first_post", provider.first_post) if first is None else ("outages.comms.first", first)
        )
        self._messages.confirmed(
            incident, first_ms=incident.opened_ms + self._draw(path, distribution, incident)
        )

    # Afterwards -----------------------------------------------------------------------------------------------------

    def _verifies(self, key: tuple[int, int]) -> None:
        world = self._world
        incident = self._all[key[1]]
        region = world.regions[incident.region]
        if region.incident is not None or self._last_of[incident.region] is not incident:
            return
        region.is_verified = True
        world.write_region(region, Event.PRIMARY_VERIFIED, outage=incident.name)
        for row in region.home_rows:
            if world.fleet.far[row]:
                self._verified_for(row)
                self._world.touch(row)

    def _reviewed(self, key: tuple[int, int]) -> None:
        incident = self._all[key[1]]
        world = self._world
        world.write_region(world.regions[incident.region], Event.INCIDENT_REVIEWED, outage=incident.name)
