"""`simulate`: one world, one policy, one timeline. Puts the parts of the engine together and lets time pass."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

from bcdr_sim.engine.agreement import Agreement
from bcdr_sim.engine.arrival import Arrival
from bcdr_sim.engine.backlogs import Backlogs
from bcdr_sim.engine.clock import Calendar, Kind
from bcdr_sim.engine.completion import Completion
from bcdr_sim.engine.crowd import Crowd
from bcdr_sim.engine.deciding import Decider
from bcdr_sim.engine.dependencies import Dependencies
from bcdr_sim.engine.execution import Execution
from bcdr_sim.engine.fleet import Incident
from bcdr_sim.engine.groups import Groups
from bcdr_sim.engine.impact import Impact
from bcdr_sim.engine.incidents import IncidentTrack
from bcdr_sim.engine.latent import Latent
from bcdr_sim.engine.links import Links
from bcdr_sim.engine.loss import LossFigures
from bcdr_sim.engine.membership import Membership
from bcdr_sim.engine.messages import Messages
from bcdr_sim.engine.observing import Observer, Told
from bcdr_sim.engine.operations import Operations
from bcdr_sim.engine.orders import Orders
from bcdr_sim.engine.people import People
from bcdr_sim.engine.protection import Protection
from bcdr_sim.engine.restores import Restores
from bcdr_sim.engine.salvage import Salvage
from bcdr_sim.engine.service import ServiceTrack
from bcdr_sim.engine.state import GATES, Gate, World
from bcdr_sim.events import CHANNELS, Event
from bcdr_sim.phases import Phase
from bcdr_sim.policy import Policy, PolicyError
from bcdr_sim.replication import merged
from bcdr_sim.timeline import Timeline
from bcdr_sim.trial import Trial

_LOST, _RESTORED = 0, 1
_ENGINE = "bcdr_sim.engine."
CROWD_MIN = 32
"""Fewer environments than this are quicker one by one. Measured."""


def simulate(
    trial: Trial,
    policy: Policy,
    *,
    crowd_min: int = CROWD_MIN,
    gates: frozenset[Gate] = GATES,
    told: Told | None = None,
) -> Timeline:
    """Let a world run its course under a policy.

    The same trial and policy give the same timeline, bit for bit. The policy is asked whenever what it may look at has
    changed, and never told what has not happened yet. From `crowd_min` on, environments that nothing tells apart are
    taken through an outage together, which changes the speed and nothing else. `gates` are always both, but in an
    experiment. `told` hears of every observation that is put before the policy, one environment at a time.

    Raises:
        PolicyError: the policy decides what cannot be done, runs in a circle, or reads the calendar of a scenario
            without `start`.
    """
    if {"time_of_day", "weekday"} & policy.reads and trial.scenario.start is None:
        raise PolicyError(
            f"policy {policy.name} reads the time of day or the weekday: the scenario needs 'start'"
        )
    alone = len(trial.estate) + 1
    with _without_collector():
        simulation = Simulation(trial, policy, crowd_min=alone if told else crowd_min, gates=gates, told=told)
        simulation.run()
        timeline = simulation.timeline()
        _take_apart(simulation)
    return timeline


def _never_one_by_one(_: tuple[int, int]) -> None:
    """Stalls of one instant are one fact."""
    raise AssertionError("stalls are handled together")


@contextmanager
def _without_collector() -> Iterator[None]:
    """The run leaves no cycles of objects behind: looking for them would only cost time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _take_apart(part: object) -> None:
    """The parts of a run know each other: make them let go, so that their memory is free at once."""
    known = list(vars(part).values())
    vars(part).clear()
    for other in known:
        if type(other).__module__.startswith(_ENGINE) and hasattr(other, "__dict__"):
            _take_apart(other)


class Simulation:
    """One run of the engine."""

    def __init__(
        self,
        trial: Trial,
        policy: Policy,
        *,
        crowd_min: int,
        gates: frozenset[Gate] = GATES,
        told: Told | None = None,
    ) -> None:
        world = self._world = World(trial, policy, gates=gates)
        crowd = Crowd(world, least=crowd_min)
        groups = Groups(world)
        links = Links(world, groups)
        figures = self._figures = LossFigures(world, links)
        protection = self._protection = Protection(world, links, figures)
        restores = figures.restores = Restores(world, links)
        orders = self._orders = Orders(world)
        people = self._people = People(world, links, figures, orders)
        observer = Observer(world, links, restores, told=told)
        membership = Membership(world, figures, people, crowd)
        operations = Operations(world, orders, groups)
        service = ServiceTrack(
            world, links, figures, protection, people, membership, operations, impacted=self._impacted
        )
        dependencies = Dependencies(world, update=service.update)
        salvage = Salvage(world)
        latent = Latent(world, update=service.update, stopped=protection.interrupt)
        impact = Impact(
            world,
            links,
            figures,
            protection,
            people,
            membership,
            operations,
            service,
            dependencies,
            crowd,
            latent,
            restores,
            salvage,
        )
        arrival = Arrival(world, links, protection, membership, service, impact, latent, orders)
        completion = Completion(world, links, operations, arrival, latent, restores, salvage)
        agreement = Agreement(world, groups, observer, operations)
        execution = self._execution = Execution(
            world, links, figures, observer, operations, restores, completion, orders, agreement
        )
        operations.back_in_place, operations.stop = service.back_in_place, execution.stop
        operations.way_is_free = execution.way_is_free
        links.changed = self._link_changed
        figures.taken = people.figure_taken
        self._decider = Decider(world, figures, observer, people, operations, execution, crowd, agreement)
        self._messages = Messages(world, people.awareness, membership)
        self._incidents = IncidentTrack(
            world,
            figures,
            self._messages,
            membership,
            impact,
            outage_began=self._schedule_channels,
            verified=people.orders.is_verified,
        )
        self._backlogs = Backlogs(world)
        self._commits = links.commits
        clock = world.clock
        self._deployments = Calendar(clock, Kind.DEPLOYMENT, arrival.deploy)
        self._maintenance_begins = Calendar(clock, Kind.MAINTENANCE_BEGIN, self._maintenance_began)
        self._maintenance_ends = Calendar(clock, Kind.MAINTENANCE_END, self._maintenance_ended)
        self._channels = Calendar(clock, Kind.CHANNEL, self._channel_changes)
        self._automation = Calendar(clock, Kind.AUTOMATION, self._automation_switches)
        self._stalls = Calendar(clock, Kind.STALL, _never_one_by_one, handle_all=self._stalls_change)
        self._plan_tests = Calendar(clock, Kind.PLAN_TEST, self._plan_tested)

    def _link_changed(self, row: int) -> None:
        self._commits.follow(row)
        self._figures.watch_drain(row)
        self._execution.plan_drain(row)

    def _impacted(self, incident: Incident) -> None:
        self._incidents.impacted(incident)

    def run(self) -> None:
        """Lay out the start, schedule what is known beforehand, and let time pass."""
        self._lay_out()
        self._incidents.schedule()
        self._backlogs.schedule()
        self._commits.schedule()
        self._protection.schedule()
        self._orders.schedule()
        world = self._world
        for number, period in enumerate(world.trial.maintenance):
            self._maintenance_begins.add(period.at, number)
            self._maintenance_ends.add(period.at + period.lasts, number)
        off = world.trial.scenario.provider.automation.off
        for begin_ms, end_ms in merged(tuple((begin_ms, end_ms) for begin_ms, end_ms in off)):
            self._automation.add(begin_ms, _LOST)
            self._automation.add(end_ms, _RESTORED)
        for number, region in enumerate(world.regions):
            for spell in region.stalls_ms:
                for edge_ms in spell:
                    self._stalls.add(edge_ms, (number, -1))
        plan = world.trial.scenario.provider.plan_test
        test_ms = plan.every - plan.last
        while test_ms < world.trial.horizon_ms:
            if test_ms >= 0:
                self._plan_tests.add(test_ms, 0)
            test_ms += plan.every
        world.clock.end_of_instant = self._decider.decide_all
        world.clock.run()

    def _lay_out(self) -> None:
        world = self._world
        fleet = world.fleet
        for spec in world.trial.estate.specs:
            if spec.deployed_ms is not None:
                for row in spec.rows:
                    fleet.phase[row] = Phase.NOT_DEPLOYED
                    self._deployments.add(spec.deployed_ms, row)
        for row in range(len(world.trial.estate)):
            self._protection.set_initial(row)

    # Maintenance ----------------------------------------------------------------------------------------------------

    def _maintenance_began(self, number: int) -> None:
        world = self._world
        period = world.trial.maintenance[number]
        region = world.regions[world.trial.estate.regions.index(period.region)]
        name = world.name_index[period.id]
        region.maintenance.append(name)
        world.write_region(region, Event.MAINTENANCE_BEGAN, outage=name)
        for row in region.home_rows:
            self._world.touch(row)

    def _maintenance_ended(self, number: int) -> None:
        world = self._world
        period = world.trial.maintenance[number]
        region = world.regions[world.trial.estate.regions.index(period.region)]
        name = world.name_index[period.id]
        region.maintenance.remove(name)
        world.write_region(region, Event.MAINTENANCE_ENDED, outage=name)
        for row in region.home_rows:
            self._world.touch(row)

    # Channels, automation, stalls -----------------------------------------------------------------------------------

    def _schedule_channels(self, number: int) -> None:
        """What an outage does to channels and replication, from its impact on."""
        world = self._world
        fact = world.facts[number]
        for place, channel in enumerate(CHANNELS):
            spell = getattr(fact.entry.channels, channel)
            if spell is not None:
                self._channels.add(fact.at_ms + spell.down[0], (place, _LOST, number))
                self._channels.add(fact.at_ms + spell.down[1], (place, _RESTORED, number))
        if fact.entry.link is not None:
            for edge_ms in fact.entry.link.stalls:
                self._stalls.add(fact.at_ms + edge_ms, (fact.region, number))

    def _channel_changes(self, change: tuple[int, int, int]) -> None:
        world = self._world
        place, direction, number = change
        channel = CHANNELS[place]
        count = world.channels_down[channel] + (1 if direction == _LOST else -1)
        world.channels_down[channel] = count
        if (direction == _LOST and count != 1) or (direction == _RESTORED and count != 0):
            return
        event = Event.CHANNEL_LOST if direction == _LOST else Event.CHANNEL_RESTORED
        world.write_region(None, event, outage=world.fact_name[number], value=place)
        if channel == "support":
            if direction == _RESTORED:
                self._people.support_is_up()
                for row in range(len(world.trial.estate)):
                    if world.fleet.aware[row]:
                        self._people.try_case(row)
            self._world.touch_watched()
        elif channel == "service_health_dashboard" and direction == _RESTORED:
            self._messages.dashboard_is_up()
        elif channel == "admin_portal" and direction == _RESTORED:
            self._orders.portal_is_up()

    def _automation_switches(self, direction: int) -> None:
        world = self._world
        world.automation_on = direction == _RESTORED
        event = Event.AUTOMATION_SWITCHED_ON if world.automation_on else Event.AUTOMATION_SWITCHED_OFF
        world.write_region(None, event)
        self._world.touch_watched()

    def _stalls_change(self, changes: list[tuple[int, int]]) -> bool:
        """All links that stop or go on at this instant: (home region, -1), or (region, outage) for those it hits."""
        world = self._world
        rows: set[int] = set()
        for number, fact in changes:
            region = world.regions[number]
            if fact < 0:
                rows.update(region.home_rows)
            else:
                served = (*region.home_rows, *region.target_rows)
                rows.update(row for row in served if fact in world.fleet.hits[row])
        for row in sorted(rows):
            self._protection.update(row)
            self._link_changed(row)
            self._world.touch(row)
        return True

    def _plan_tested(self, _: int) -> None:
        self._world.write_region(None, Event.PLAN_TESTED)

    # The result -----------------------------------------------------------------------------------------------------

    def timeline(self) -> Timeline:
        """The finished timeline with its provenance."""
        world = self._world
        trial, policy = world.trial, world.policy
        scenario = trial.scenario
        return Timeline(
            trial=trial,
            table=world.log.table(),
            outages=world.names,
            rules=tuple(decision.rule for decision in policy.decisions),
            provenance={
                "scenario": scenario.name,
                "start": scenario.start.isoformat() if scenario.start else None,
                "horizon_ms": trial.horizon_ms,
                "environments": len(trial.estate),
                "seed": trial.draws.seed,
                "replication": trial.draws.replication,
                "policy": policy.name,
                "policy_digest": policy.digest,
            },
        )
