"""Customers and support: who opens a case, is told the level of loss, and answers.

Rules (docs/reference/semantics.md, section 6). Consent travels through support: while that channel is down
no case can be opened or answered, and whatever was due then happens when it is up again. Consent belongs
to one environment and one incident. People act only under a policy that has a consent path.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from bcdr_sim.engine.awareness import Awareness
from bcdr_sim.engine.clock import Calendar, Kind, RowCalendar
from bcdr_sim.engine.fleet import UNKNOWN, Consent, Figure, Service
from bcdr_sim.engine.links import Links
from bcdr_sim.engine.loss import LossFigures
from bcdr_sim.engine.state import World
from bcdr_sim.events import Event
from bcdr_sim.phases import Phase
from bcdr_sim.timeline import UNBOUNDED

_TOLD = frozenset({Phase.AWAITING_AWARENESS, Phase.AWAITING_SUPPORT})


class People:
    """What customers and the support desk do."""

    def __init__(self, world: World, links: Links, figures: LossFigures) -> None:
        self._world = world
        self._links = links
        self._figures = figures
        self.awareness = Awareness(world, learned=self.try_case)
        self._takes_part = world.policy.consent_path
        row_count = len(world.trial.estate)
        self._cases = RowCalendar(world.clock, Kind.CASE, self._opens_case, row_count=row_count)
        self._levels = RowCalendar(world.clock, Kind.LEVEL, self._is_told, row_count=row_count)
        self._answers = RowCalendar(world.clock, Kind.ANSWER, self._answers_now, row_count=row_count)
        self._late = Calendar(world.clock, Kind.LATE_ANSWER, self._answers_late)
        self._waiting: dict[int, RowCalendar] = {}
        self._waiting_late: list[tuple[int, int, int, int]] = []

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
        self._schedule_level(row)
        self._world.touch(row)

    def provider_asks(self, row: int, *, rule: int) -> None:
        """The provider calls the customer, who is told at once."""
        world = self._world
        fleet = world.fleet
        fleet.aware[row] = 1
        fleet.consent[row] = Consent.PENDING
        served = world.is_served(row)
        world.write(row, Event.CONSENT_ASKED, target=None if served else Phase.AWAITING_SUPPORT, rule=rule)
        self._levels.add(world.clock.now_ms, row)

    def _schedule_level(self, row: int) -> None:
        world = self._world
        draw_ms = world.trial.of_row(
            "provider.support.first_response",
            world.trial.scenario.provider.support.first_response,
            row,
            occasion=world.incident_name(row),
            ordinal=world.fleet.told_count[row],
        )
        self._levels.add(world.clock.now_ms + draw_ms, row)

    def _is_told(self, row: int) -> None:
        world = self._world
        fleet = world.fleet
        if world.channels_down["support"]:
            self._waiting[row] = self._levels
            return
        self._figures.take(row)
        level_ms = self._figures.level_ms(row)
        fleet.told_level_ms[row] = level_ms
        ordinal = fleet.told_count[row]
        fleet.told_count[row] += 1
        target = Phase.AWAITING_CONSENT if fleet.phase[row] in _TOLD else Phase(fleet.phase[row])
        value = UNBOUNDED if level_ms == UNKNOWN else level_ms
        world.write(row, Event.LOSS_LEVEL_TOLD, target=target, value=value)
        occasion = world.incident_name(row)
        if world.trial.answers(row, occasion=occasion):
            decision = world.specs[row].customer.decision
            draw_ms = world.trial.of_respondent(
                "customers.decision", decision, row, occasion=occasion, ordinal=ordinal
            )
            self._answers.add(self.awareness.opening(row, world.clock.now_ms + draw_ms), row)
        self._world.touch(row)

    # Answers --------------------------------------------------------------------------------------------------------

    def is_told(self, row: int) -> bool:
        """Whether the customer knows the level of loss and has not been told to wait for a new one."""
        told = self._world.fleet.told_count[row] > 0
        return told and self._levels.due_ms[row] < 0 and self._waiting.get(row) is not self._levels

    def _answers_now(self, row: int) -> None:
        world = self._world
        fleet = world.fleet
        if world.channels_down["support"]:
            self._waiting[row] = self._answers
            return
        level_ms = fleet.told_level_ms[row]
        covers_ms = self._covers_ms(row, level_ms)
        if covers_ms >= 0:
            fleet.consent[row] = Consent.GRANTED
            fleet.consent_level_ms[row] = covers_ms
            world.write(row, Event.CONSENT_GRANTED, target=fleet.phase[row], value=covers_ms)
        else:
            fleet.consent[row] = Consent.DECLINED
            value = UNBOUNDED if level_ms == UNKNOWN else level_ms
            world.write(row, Event.CONSENT_DECLINED, target=fleet.phase[row], value=value)
        self.check_exceeded(row)
        self._world.touch(row)

    def _covers_ms(self, row: int, level_ms: int) -> int:
        """The level that consent would cover; -1 when the customer declines."""
        accepted_ms = self._world.trial.accepted_loss_ms(row)
        if level_ms > accepted_ms:
            return -1
        return level_ms if self._world.specs[row].customer.consents == "to_level_told" else accepted_ms

    def figure_taken(self, row: int) -> None:
        """The provider has a new figure: consent may no longer cover it, or a case may have something to ask."""
        if self._takes_part and self._world.fleet.figure[row] > Figure.NONE:
            self.check_exceeded(row)
            self.try_case(row)

    def check_exceeded(self, row: int) -> None:
        """Ask again when the known loss has outgrown the consent."""
        world = self._world
        fleet = world.fleet
        known_ms = fleet.known_loss_ms[row]
        if fleet.consent[row] != Consent.GRANTED:
            return
        if known_ms <= fleet.consent_level_ms[row] or known_ms == UNKNOWN:
            return
        fleet.consent[row] = Consent.PENDING
        phase = Phase(fleet.phase[row])
        waits = phase in (Phase.AWAITING_CONSENT, Phase.AWAITING_AWARENESS, Phase.AWAITING_SUPPORT)
        world.write(
            row, Event.CONSENT_EXCEEDED, target=Phase.AWAITING_SUPPORT if waits else phase, value=known_ms
        )
        self._schedule_level(row)

    def close_all(self, rows: Sequence[int], crowd: NDArray[np.int64]) -> None:
        """The same for a crowd of which nobody has a case open; `crowd` are its rows as an array."""
        fleet = self._world.fleet
        self.awareness.forget_all(rows, crowd)
        for calendar in (self._cases, self._levels, self._answers):
            calendar.cancel_all(crowd)
        np.frombuffer(fleet.consent, dtype=np.uint8)[crowd] = Consent.NONE
        np.frombuffer(fleet.consent_level_ms, dtype=np.int64)[crowd] = -1
        np.frombuffer(fleet.aware, dtype=np.uint8)[crowd] = 0
        np.frombuffer(fleet.told_level_ms, dtype=np.int64)[crowd] = -1
        np.frombuffer(fleet.told_count, dtype=np.int32)[crowd] = 0

    def close(self, row: int) -> None:
        """The incident is over for the environment, and with it everything that its people did in it."""
        fleet = self._world.fleet
        self.close_case(row)
        self.awareness.forget(row)
        fleet.consent[row] = Consent.NONE
        fleet.consent_level_ms[row] = -1
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
        if fleet.consent[row] == Consent.PENDING and fleet.phase[row] != Phase.LOST:
            world.write(row, Event.CASE_CLOSED, target=fleet.phase[row])
            due_ms = self._answers.due_ms[row]
            waited = self._waiting.get(row) is self._answers
            if due_ms >= 0 or waited:
                incident = fleet.incident[row]
                name = incident.name if incident is not None else -1
                item = (row, self._covers_ms(row, fleet.told_level_ms[row]), fleet.told_level_ms[row], name)
                if waited:
                    self._waiting_late.append(item)
                else:
                    self._late.add(due_ms, item)
            fleet.consent[row] = Consent.NONE
        self._waiting.pop(row, None)
        self._levels.cancel(row)
        self._answers.cancel(row)

    def _answers_late(self, item: tuple[int, int, int, int]) -> None:
        world = self._world
        if world.channels_down["support"]:
            self._waiting_late.append(item)
            return
        row, covers_ms, level_ms, name = item
        if not world.exists(row):
            return
        event = Event.CONSENT_GRANTED if covers_ms >= 0 else Event.CONSENT_DECLINED
        value = covers_ms if covers_ms >= 0 else UNBOUNDED if level_ms == UNKNOWN else level_ms
        world.write(row, event, target=world.fleet.phase[row], outage=name, value=value)

    def support_is_up(self) -> None:
        """Whatever waited for the channel is due now."""
        waiting, self._waiting = self._waiting, {}
        for row, calendar in waiting.items():
            calendar.add(self._world.clock.now_ms, row)
        late, self._waiting_late = self._waiting_late, []
        for item in late:
            self._late.add(self._world.clock.now_ms, item)
