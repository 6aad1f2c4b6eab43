"""Answers: who is asked about a level of loss, one after the other, who answers first, and what silence counts as.

Rules (docs/reference/semantics.md, section 6, step 4). A round begins when the level is told and ends with an answer, or
when the level has to be told again. Answers travel through support and wait while it is down.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from bcdr_sim.engine.awareness import Awareness
from bcdr_sim.engine.clock import Calendar, Kind, RowCalendar
from bcdr_sim.engine.fleet import UNKNOWN
from bcdr_sim.engine.state import World
from bcdr_sim.events import Event
from bcdr_sim.timeline import UNBOUNDED


class Answers:
    """The round of every environment that has one."""

    def __init__(
        self,
        world: World,
        awareness: Awareness,
        *,
        answered: Callable[[int, int], None],
        missing: Callable[[int, Literal["declines", "accepts"]], None],
    ) -> None:
        """`answered` is told of an answer: the row, and the level that it covers (-1: declined); `missing` of silence."""
        self._world = world
        self._awareness = awareness
        self._answered = answered
        self._missing = missing
        count = len(world.trial.estate)
        self._due = RowCalendar(world.clock, Kind.ANSWER, self._answers_now, row_count=count)
        self._escalations = RowCalendar(world.clock, Kind.ESCALATION, self._escalates, row_count=count)
        self._silences = RowCalendar(world.clock, Kind.SILENCE, self._is_overdue, row_count=count)
        self._late = Calendar(world.clock, Kind.LATE_ANSWER, self._answers_late)
        self._ordinal: dict[int, int] = {}
        self._asked: dict[int, int] = {}
        self._first: dict[int, int] = {}
        self._waiting: set[int] = set()
        self._overdue_waiting: set[int] = set()
        self._waiting_late: list[tuple[int, int, int, int]] = []

    # Asking ---------------------------------------------------------------------------------------------------------

    def ask(self, row: int, *, ordinal: int) -> None:
        """The level is told: a round begins, the `ordinal`-th of the incident (from 0)."""
        self.forget(row)
        self._ordinal[row] = ordinal
        self._ask_person(row, 0)
        silence = self._world.specs[row].customer.on_silence
        if silence is not None and silence.counts_as != "waits":
            self._silences.add(self._world.clock.now_ms + silence.after, row)

    def _ask_person(self, row: int, person: int) -> None:
        """Ask the customer (0) or its `person`-th delegate; whoever answers first counts, of equals who was asked first."""
        world = self._world
        occasion = world.incident_name(row)
        self._asked[row] = person
        if world.trial.answers(row, occasion=occasion, person=person):
            delay_ms = world.trial.decision_ms(
                row, occasion=occasion, ordinal=self._ordinal[row], person=person
            )
            due_ms = self._awareness.opening(row, world.clock.now_ms + delay_ms, person=person)
            if self._due.due_ms[row] < 0 or due_ms < self._due.due_ms[row]:
                self._first[row] = person
                self._due.add(due_ms, row)
        delegates = world.specs[row].customer.escalation
        if person < len(delegates):
            self._escalations.add(world.clock.now_ms + delegates[person].after, row)

    def _escalates(self, row: int) -> None:
        person = self._asked[row] + 1
        self._world.write(row, Event.CASE_ESCALATED, value=person)
        self._ask_person(row, person)

    # Answering ------------------------------------------------------------------------------------------------------

    def _answers_now(self, row: int) -> None:
        self._escalations.cancel(row)
        self._silences.cancel(row)
        if self._world.channels_down["support"]:
            self._waiting.add(row)
            self._overdue_waiting.discard(row)
            return
        self.forget(row)
        self._answered(row, self._covers_ms(row))

    def _covers_ms(self, row: int) -> int:
        """The level that the first to answer consents to; -1 when it declines."""
        world = self._world
        level_ms = world.fleet.told_level_ms[row]
        accepted_ms = world.trial.accepted_loss_ms(row, person=self._first[row])
        if level_ms > accepted_ms:
            return -1
        return level_ms if world.specs[row].customer.consents == "to_level_told" else accepted_ms

    def _is_overdue(self, row: int) -> None:
        """Nobody has answered in time. An answer that is still on its way counts when it comes."""
        world = self._world
        if world.channels_down["support"]:
            self._overdue_waiting.add(row)
            return
        self._escalations.cancel(row)
        silence = world.specs[row].customer.on_silence
        assert silence is not None, "it was due for that"
        assert silence.counts_as != "waits", "waiting is never over"
        world.fleet.unsettled[row] = self._due.due_ms[row] >= 0
        self._missing(row, silence.counts_as)

    # The end --------------------------------------------------------------------------------------------------------

    def forget(self, row: int) -> None:
        """The round is over: nobody is waited for any more."""
        for calendar in (self._due, self._escalations, self._silences):
            calendar.cancel(row)
        self._waiting.discard(row)
        self._overdue_waiting.discard(row)
        self._world.fleet.unsettled[row] = 0

    def forget_all(self, crowd: NDArray[np.int64]) -> None:
        """The same for a crowd of which nobody has an answer on its way."""
        for calendar in (self._due, self._escalations, self._silences):
            calendar.cancel_all(crowd)

    def close(self, row: int) -> None:
        """The case is over; an answer that is on its way will be recorded all the same, but for those who are lost."""
        world = self._world
        due_ms, waits = self._due.due_ms[row], row in self._waiting
        if (due_ms >= 0 or waits) and world.exists(row):
            incident = world.fleet.incident[row]
            name = incident.name if incident is not None else -1
            item = (row, self._covers_ms(row), world.fleet.told_level_ms[row], name)
            if waits:
                self._waiting_late.append(item)
            else:
                self._late.add(due_ms, item)
        self.forget(row)

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
        now_ms = self._world.clock.now_ms
        waiting, self._waiting = self._waiting, set()
        for row in sorted(waiting):
            self._due.add(now_ms, row)
        overdue, self._overdue_waiting = self._overdue_waiting, set()
        for row in sorted(overdue):
            self._silences.add(now_ms, row)
        late, self._waiting_late = self._waiting_late, []
        for item in late:
            self._late.add(now_ms, item)
