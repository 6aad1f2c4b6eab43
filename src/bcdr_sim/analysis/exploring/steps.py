"""Steps: everything that may happen next in a situation. An exploration tries them all.

A step takes no time, but for the tick. Some are the provider's own procedure (`PROCEDURE`): left alone, they come to pass,
so an environment for which one of them is outstanding is not stuck.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import IntEnum
from typing import Final, NamedTuple

from bcdr_sim.analysis.exploring.people import People
from bcdr_sim.analysis.exploring.scale import NOT_EXCLUDED, Scale
from bcdr_sim.analysis.exploring.situation import UNDETERMINED, Consent, Environment, Move, Situation
from bcdr_sim.engine.operations import FAILBACK


class Happening(IntEnum):
    """What can happen."""

    TICK = 0
    NEAR_OUTAGE = 1
    FAR_OUTAGE = 2
    NEAR_RETURN = 3
    FAR_RETURN = 4
    SUPPORT_LOST = 5
    SUPPORT_RESTORED = 6
    VERIFIED = 7
    CONFIRMED = 8
    DETERMINED = 9
    GROWN = 10
    CASE = 11
    GRANTED = 12
    GRANTED_ALL = 13
    DECLINED = 14
    LAPSED = 15
    RESYNCED = 16
    SLOT = 17
    DRAINED = 18
    DRAIN_TIMED_OUT = 19
    COMMIT = 20
    ORDERED = 21
    WITHDRAWN = 22
    TROUBLE = 23
    TROUBLE_OVER = 24


class Step(NamedTuple):
    """What happens, to which environment (by its place in the situation), and a loss or an order where it needs one."""

    happening: Happening
    environment: int = 0
    value: int = 0


PROCEDURE: Final = frozenset(
    {
        *(Happening.VERIFIED, Happening.CONFIRMED, Happening.DETERMINED, Happening.RESYNCED),
        *(Happening.SLOT, Happening.DRAINED, Happening.COMMIT),
    }
)
"""What comes to pass when nobody interferes."""

Orders = tuple[tuple[int, ...], tuple[int, ...]]

_H = Happening
_QUEUED, _DRAINING, _UNDER_WAY = int(Move.QUEUED), int(Move.DRAINING), int(Move.UNDER_WAY)
_GRANTED = int(Consent.GRANTED)
_FAILBACK: Final = FAILBACK + 1


class Choices:
    """Lists the steps of a situation, always in the same order."""

    def __init__(
        self, scale: Scale, people: People, *, waits_for_impact: bool, orders: Orders, troubles: int
    ) -> None:
        """`waits_for_impact`: loss is determined after confirmed impact only.

        `orders` are those that may be given at home and those far away, by their numbers from 1; `troubles` is how many
        there are.
        """
        self._scale = scale
        self._people = people
        self._waits_for_impact = waits_for_impact
        self._orders = orders
        self._troubles = troubles
        self._determined = sorted(
            range(len(scale.losses)), key=lambda loss: (scale.losses[loss].state == NOT_EXCLUDED, loss)
        )

    def of(self, situation: Situation) -> Iterator[Step]:
        """Yield all steps of a situation."""
        regions = situation.regions
        yield Step(_H.NEAR_RETURN if regions.near_down else _H.NEAR_OUTAGE)
        yield Step(_H.FAR_RETURN if regions.far_down else _H.FAR_OUTAGE)
        if self._people.takes_part:
            yield Step(_H.SUPPORT_LOST if regions.support else _H.SUPPORT_RESTORED)
        if not regions.verified and not regions.near_down:
            yield Step(_H.VERIFIED)
        if regions.trouble:
            yield Step(_H.TROUBLE_OVER)
        else:
            for trouble in range(1, self._troubles + 1):
                yield Step(_H.TROUBLE, value=trouble)
        for place, environment in enumerate(situation.environments):
            if situation.here_down(environment):
                yield from self._in_incident(situation, environment, place)
            yield from self._of_move(situation, environment, place)
            yield from self._of_order(environment, place)
        yield Step(_H.TICK)

    def _in_incident(self, situation: Situation, environment: Environment, place: int) -> Iterator[Step]:
        if not environment.confirmed:
            yield Step(_H.CONFIRMED, place)
        if environment.figure == UNDETERMINED:
            if environment.confirmed or not self._waits_for_impact:
                for loss in self._determined if environment.synced else reversed(self._determined):
                    yield Step(_H.DETERMINED, place, loss)
        elif environment.loss < self._scale.largest:
            yield Step(_H.GROWN, place)
        if self._people.can_open(situation, environment):
            yield Step(_H.CASE, place)
        if self._people.can_answer(situation, environment):
            if self._people.can_consent(environment):
                yield Step(_H.GRANTED, place)
                yield Step(_H.GRANTED_ALL, place)
            yield Step(_H.DECLINED, place)
        if environment.consent == _GRANTED:
            yield Step(_H.LAPSED, place)

    def _of_move(self, situation: Situation, environment: Environment, place: int) -> Iterator[Step]:
        if not environment.synced and not situation.regions.near_down and not situation.regions.far_down:
            yield Step(_H.RESYNCED, place)
        if environment.move == _QUEUED:
            if self._has_turn(situation, environment):
                yield Step(_H.SLOT, place)
        elif environment.move == _DRAINING:
            if not situation.there_down(environment) and environment.synced:
                yield Step(_H.DRAINED, place)
            yield Step(_H.DRAIN_TIMED_OUT, place)
        elif environment.move == _UNDER_WAY:
            yield Step(_H.COMMIT, place)

    @staticmethod
    def _has_turn(situation: Situation, environment: Environment) -> bool:
        """Whether the one slot of its kind is free and nobody stands before it. Others may hold a slot at any time."""
        for other in situation.environments:
            if other is environment or (other.action == _FAILBACK) != (environment.action == _FAILBACK):
                continue
            if other.move > _QUEUED or (other.move == _QUEUED and other.place < environment.place):
                return False
        return True

    def _of_order(self, environment: Environment, place: int) -> Iterator[Step]:
        if environment.order:
            yield Step(_H.WITHDRAWN, place)
        else:
            for order in self._orders[environment.far]:
                yield Step(_H.ORDERED, place, order)
