"""What the steps of an exploration do: outages, the provider's procedure, people, and time.

The rules are those of the engine (docs/reference/semantics.md); the modules beside say which choices are left out.
"""

from __future__ import annotations

from collections.abc import Callable

from bcdr_sim.analysis.exploring.deciding import Deciding
from bcdr_sim.analysis.exploring.journal import Journal
from bcdr_sim.analysis.exploring.people import People
from bcdr_sim.analysis.exploring.scale import Scale
from bcdr_sim.analysis.exploring.situation import UNDETERMINED, Consent, Environment, Regions, Situation
from bcdr_sim.analysis.exploring.steps import Happening, Step
from bcdr_sim.engine.operations import FAILBACK
from bcdr_sim.events import Event
from bcdr_sim.phases import SERVED, Phase

_H = Happening
_SERVED = frozenset(map(int, SERVED))
_AT_REST = frozenset({Phase.SERVING, Phase.ON_SECONDARY})
_NEAR, _FAR = 0, 1


class Procedure:
    """Plays steps in a situation."""

    def __init__(self, scale: Scale, people: People, *, deciding: Deciding, journal: Journal) -> None:
        self._scale = scale
        self._people = people
        self._deciding = deciding
        self._journal = journal
        self._of_all: dict[Happening, Callable[[Situation], None]] = {
            _H.TICK: self._time_passes,
            _H.NEAR_OUTAGE: lambda situation: self._outage(situation, _NEAR),
            _H.FAR_OUTAGE: lambda situation: self._outage(situation, _FAR),
            _H.NEAR_RETURN: lambda situation: self._returns(situation, _NEAR),
            _H.FAR_RETURN: lambda situation: self._returns(situation, _FAR),
            _H.SUPPORT_LOST: lambda situation: self._support(situation, 0),
            _H.SUPPORT_RESTORED: lambda situation: self._support(situation, 1),
            _H.VERIFIED: self._verified,
            _H.TROUBLE_OVER: lambda situation: self._trouble(situation, 0),
        }
        self._of_one: dict[Happening, Callable[[Situation, Environment, int], None]] = {
            _H.CONFIRMED: self._confirmed,
            _H.DETERMINED: self._determined,
            _H.GROWN: self._grown,
            _H.CASE: self._case,
            _H.GRANTED: self._granted,
            _H.GRANTED_ALL: self._granted_all,
            _H.DECLINED: self._declined,
            _H.LAPSED: self._lapsed,
            _H.RESYNCED: self._resynced,
            _H.SLOT: self._slot,
            _H.DRAINED: self._drained,
            _H.DRAIN_TIMED_OUT: self._drain_timed_out,
            _H.COMMIT: self._commit,
            _H.ORDERED: self._ordered,
            _H.WITHDRAWN: self._ordered,
        }

    def start(self, count: int) -> Situation:
        """A calm situation with so many environments."""
        near, far = self._scale.healthy_ends
        return Situation(Regions(near_healthy=near, far_healthy=far), [Environment() for _ in range(count)])

    def play(self, situation: Situation, step: Step) -> None:
        """Let a step happen, and whoever it concerns decide."""
        if step.happening is _H.TROUBLE:
            self._trouble(situation, step.value)
        elif step.happening in self._of_all:
            self._of_all[step.happening](situation)
        else:
            environment = situation.environments[step.environment]
            self._of_one[step.happening](situation, environment, step.value)
        self._deciding.settle(situation)

    # Of all ---------------------------------------------------------------------------------------------------------

    def _time_passes(self, situation: Situation) -> None:
        regions, ends = situation.regions, self._scale.ends
        near_end, far_end = self._scale.healthy_ends
        if not regions.near_down and regions.near_healthy < near_end:
            regions.near_healthy += 1
        if not regions.far_down and regions.far_healthy < far_end:
            regions.far_healthy += 1
        for environment in situation.environments:
            if situation.here_down(environment):
                if environment.age < ends["outage_age"]:
                    environment.age += 1
                if environment.confirmed and environment.confirmed_age < ends["since_confirmed"]:
                    environment.confirmed_age += 1
            if 0 < environment.since_move <= ends["since_last_move"]:
                environment.since_move += 1
            self._deciding.touch(environment)

    def _outage(self, situation: Situation, region: int) -> None:
        regions = situation.regions
        if region == _NEAR:
            regions.near_down, regions.near_healthy, regions.verified = 1, 0, 0
        else:
            regions.far_down, regions.far_healthy = 1, 0
        for environment in situation.environments:
            if environment.far == region:
                self._is_hit(situation, environment)
            elif environment.move and environment.action == FAILBACK + 1:
                self._deciding.abort(situation, environment)
            self._deciding.touch(environment)

    def _is_hit(self, situation: Situation, environment: Environment) -> None:
        """Its own region goes down: a move that it has not fled with is over."""
        served = environment.phase in _SERVED or environment.phase == Phase.FAILING_BACK
        if environment.move and (served or environment.drained):
            self._deciding.abort(situation, environment)
        environment.held = 0
        if environment.phase in _AT_REST:
            self._journal.write(environment, Event.SERVICE_LOST, Phase.DOWN_UNDETECTED)
        self._deciding.join_incident(environment)

    def _returns(self, situation: Situation, region: int) -> None:
        regions = situation.regions
        if region == _NEAR:
            regions.near_down = 0
        else:
            regions.far_down = 0
        for environment in situation.environments:
            if environment.far == region:
                if not environment.unprompted:
                    self._deciding.restore(environment)
                    if environment.move:
                        self._deciding.abort(situation, environment)
                self._deciding.leave_incident(environment)
            self._deciding.touch(environment)

    def _support(self, situation: Situation, works: int) -> None:
        situation.regions.support = works
        for environment in situation.environments:
            self._deciding.touch(environment)

    def _trouble(self, situation: Situation, trouble: int) -> None:
        situation.regions.trouble = trouble
        for environment in situation.environments:
            self._deciding.touch(environment)

    def _verified(self, situation: Situation) -> None:
        situation.regions.verified = 1
        for environment in situation.environments:
            if environment.far:
                self._deciding.touch(environment)

    # Of one ---------------------------------------------------------------------------------------------------------

    def _confirmed(self, _: Situation, environment: Environment, __: int) -> None:
        environment.confirmed = 1
        phase = environment.phase
        target = Phase.DOWN_ASSESSING if phase == Phase.DOWN_UNCONFIRMED else phase
        self._journal.write(environment, Event.IMPACT_CONFIRMED, target)
        self._deciding.touch(environment)

    def _determined(self, _: Situation, environment: Environment, loss: int) -> None:
        environment.loss, environment.figure = loss, loss + 1
        self._journal.write(environment, Event.LOSS_DETERMINED, value=loss)
        self._people.figure_taken(environment)
        self._deciding.touch(environment)

    def _grown(self, _: Situation, environment: Environment, __: int) -> None:
        """More would be lost from now on; the provider will see it when it takes the figure again."""
        environment.loss = self._scale.grown(environment.loss)

    def _case(self, _: Situation, environment: Environment, __: int) -> None:
        self._people.open_case(environment)
        self._deciding.touch(environment)

    def _granted(self, _: Situation, environment: Environment, __: int) -> None:
        self._people.grant(environment, all_of_it=False)
        self._deciding.touch(environment)

    def _granted_all(self, _: Situation, environment: Environment, __: int) -> None:
        self._people.grant(environment, all_of_it=True)
        self._deciding.touch(environment)

    def _declined(self, _: Situation, environment: Environment, __: int) -> None:
        self._people.decline(environment)
        self._deciding.touch(environment)

    def _lapsed(self, _: Situation, environment: Environment, __: int) -> None:
        environment.consent, environment.level = int(Consent.LAPSED), UNDETERMINED
        self._deciding.touch(environment)

    def _resynced(self, _: Situation, environment: Environment, __: int) -> None:
        environment.synced = 1
        self._journal.write(environment, Event.RESYNC_COMPLETED)
        self._deciding.touch(environment)

    def _slot(self, situation: Situation, environment: Environment, _: int) -> None:
        self._deciding.obtain_slot(situation, environment)

    def _drained(self, _: Situation, environment: Environment, __: int) -> None:
        self._deciding.drained(environment)

    def _drain_timed_out(self, situation: Situation, environment: Environment, _: int) -> None:
        self._deciding.drain_times_out(situation, environment)

    def _commit(self, situation: Situation, environment: Environment, _: int) -> None:
        self._deciding.commit(situation, environment)

    def _ordered(self, _: Situation, environment: Environment, order: int) -> None:
        environment.order = order
        self._deciding.touch(environment)
