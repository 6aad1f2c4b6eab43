"""Customers and support: who opens a case, is told the level of loss, and answers.

Rules (docs/reference/semantics.md, section 6). Consent travels through support: while that channel is down
no case can be opened or answered, and whatever was due then happens when it is up again. Consent belongs
to one environment and one incident. People act only under a policy that has a consent path.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from bcdr_sim.engine.answers import Answers
from bcdr_sim.engine.awareness import Awareness
from bcdr_sim.engine.clock import Kind, RowCalendar
from bcdr_sim.engine.consents import Consents
from bcdr_sim.engine.desk import Desk
from bcdr_sim.engine.fleet import UNKNOWN, Consent, Figure, Service
from bcdr_sim.engine.links import Links
from bcdr_sim.engine.loss import LossFigures
from bcdr_sim.engine.orders import Orders
from bcdr_sim.engine.state import World
from bcdr_sim.events import Event
from bcdr_sim.phases import Phase
from bcdr_sim.timeline import UNBOUNDED

_TOLD = frozenset({Phase.AWAITING_AWARENESS, Phase.AWAITING_SUPPORT})
_OPEN = frozenset({int(Consent.PENDING), int(Consent.LAPSED)})


class People:
    """What customers and the support desk do."""

    def __init__(self, world: World, links: Links, figures: LossFigures, orders: Orders) -> None:
        self._world = world
        self._links = links
        self._figures = figures
        self.orders = orders
        self.awareness = Awareness(world, wanted=orders.need_awareness, learned=self._learned)
        self._takes_part = world.policy.consent_path
        row_count = len(world.trial.estate)
        self._cases = RowCalendar(world.clock, Kind.CASE, self._opens_case, row_count=row_count)
        self._desk = Desk(world, tell=self._is_told)
        self._consents = Consents(world, self.awareness, level_ms=figures.level_ms, ask_again=self._tell_anew)
        self._answers = Answers(
            world, self.awareness, answered=self._consents.record, missing=self._answer_is_missing
        )

    # Knowing --------------------------------------------------------------------------------------------------------

    def service_lost(self, row: int) -> None:
        """Service is down or impaired in an incident: there is something to notice, and perhaps to order."""
        self.awareness.service_lost(row)
        self.orders.impacted(row)

    def services_lost(self, rows: list[int]) -> None:
        """The same for many environments."""
        if self._takes_part or self.orders.exist:
            for row in rows:
                self.service_lost(row)

    def _learned(self, row: int) -> None:
        self.orders.learned(row)
        self.try_case(row)

    # Cases ----------------------------------------------------------------------------------------------------------

    def try_case(self, row: int) -> None:
        """Open a case at this instant if nothing stands in the way."""
        if self._can_open(row):
            self._cases.add(self._world.clock.now_ms, row)

    def _can_open(self, row: int) -> bool:
        world = self._world
        fleet = world.fleet
        return bool(
            fleet.aware[row]
            and self._figures.is_askable(row)
            and self.awareness.expects(row)
            and fleet.service[row] != Service.UP
            and fleet.incident[row] is not None
            and fleet.consent[row] == Consent.NONE
            and not world.channels_down["support"]
        )

    def _opens_case(self, row: int) -> None:
        if not self._can_open(row):
            return
        self._world.fleet.consent[row] = Consent.PENDING
        self._world.write(row, Event.CASE_OPENED)
        self._desk.request(row)
        self._world.touch(row)

    def provider_asks(self, row: int, *, rule: int) -> None:
        """The provider calls the customer, who is told at once."""
        world = self._world
        world.fleet.aware[row] = 1
        self._answers.forget(row)
        self._consents.reopen(row)
        self.orders.learned(row)
        served = world.is_served(row)
        world.write(row, Event.CONSENT_ASKED, target=None if served else Phase.AWAITING_SUPPORT, rule=rule)
        self._desk.tell_now(row)

    def _tell_anew(self, row: int) -> None:
        """Consent no longer counts: whoever was asked before is not waited for any more, support tells the level again."""
        self._answers.forget(row)
        self._desk.request(row)

    def _is_told(self, row: int) -> None:
        world = self._world
        fleet = world.fleet
        self._figures.take(row)
        level_ms = self._figures.level_ms(row)
        fleet.told_level_ms[row] = level_ms
        fleet.consent[row] = Consent.PENDING
        ordinal = fleet.told_count[row]
        fleet.told_count[row] += 1
        target = Phase.AWAITING_CONSENT if fleet.phase[row] in _TOLD else Phase(fleet.phase[row])
        value = UNBOUNDED if level_ms == UNKNOWN else level_ms
        world.write(row, Event.LOSS_LEVEL_TOLD, target=target, value=value)
        self._answers.ask(row, ordinal=ordinal)
        self._world.touch(row)

    # Answers --------------------------------------------------------------------------------------------------------

    def is_told(self, row: int) -> bool:
        """Whether the customer knows the level of loss: not in a case that is closed, nor told to wait for a new one."""
        fleet = self._world.fleet
        is_asked = fleet.told_count[row] > 0 and fleet.consent[row] != Consent.NONE
        return is_asked and not self._desk.awaits(row)

    def _answer_is_missing(self, row: int, counts_as: Literal["declines", "accepts"]) -> None:
        """Nobody has answered in time: silence counts as an answer. It never accepts a loss without bound."""
        level_ms = self._world.fleet.told_level_ms[row]
        is_known = level_ms != UNKNOWN
        self._world.write(row, Event.ANSWER_OVERDUE, value=level_ms if is_known else UNBOUNDED)
        self._consents.record(row, level_ms if counts_as == "accepts" and is_known else -1)

    def figure_taken(self, row: int) -> None:
        """The provider has a new figure: consent may no longer cover it, or a case may have something to ask."""
        if self._takes_part and self._world.fleet.figure[row] > Figure.NONE:
            self._consents.check_exceeded(row)
            self.try_case(row)

    # The end --------------------------------------------------------------------------------------------------------

    def close_all(self, rows: Sequence[int], crowd: NDArray[np.int64]) -> None:
        """The same for a crowd of which nobody has a case open; `crowd` are its rows as an array."""
        fleet = self._world.fleet
        self.awareness.forget_all(rows, crowd)
        self.orders.incident_over_all(rows)
        self._answers.forget_all(crowd)
        self._consents.close_all(crowd)
        self._desk.cancel_all(crowd)
        self._cases.cancel_all(crowd)
        np.frombuffer(fleet.aware, dtype=np.uint8)[crowd] = 0
        np.frombuffer(fleet.told_level_ms, dtype=np.int64)[crowd] = -1
        np.frombuffer(fleet.told_count, dtype=np.int32)[crowd] = 0

    def close(self, row: int) -> None:
        """The incident is over for the environment, and with it everything that its people did in it."""
        fleet = self._world.fleet
        self.close_case(row)
        self.awareness.forget(row)
        self._consents.close(row)
        fleet.aware[row] = 0
        fleet.told_level_ms[row] = -1
        fleet.told_count[row] = 0

    def served_again(self, row: int) -> None:
        """Served, though still in the incident (a false alarm): there is nothing to notice and no case to pursue."""
        self.close_case(row)
        self.awareness.forget(row)

    def close_case(self, row: int) -> None:
        """Served again: an open case is closed, an answer on its way recorded all the same; nothing of who is lost."""
        world = self._world
        fleet = world.fleet
        self._cases.cancel(row)
        if fleet.consent[row] in _OPEN and fleet.phase[row] != Phase.LOST:
            world.write(row, Event.CASE_CLOSED, target=fleet.phase[row])
            fleet.consent[row] = Consent.NONE
        self._answers.close(row)
        self._desk.cancel(row)
        self.orders.incident_over(row)

    def support_is_up(self) -> None:
        """Whatever waited for the channel is due now."""
        self._desk.support_is_up()
        self._answers.support_is_up()
        self._consents.support_is_up()
