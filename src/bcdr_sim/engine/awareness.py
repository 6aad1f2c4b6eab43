"""How customers learn of an outage: by themselves, by mail, or by looking at the dashboard.

Rules (docs/reference/semantics.md, section 6, step 1). Instants outside working hours move to the next opening.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from bcdr_sim.calendars import open_in_any
from bcdr_sim.engine.clock import Kind, RowCalendar
from bcdr_sim.engine.fleet import Incident
from bcdr_sim.engine.state import World
from bcdr_sim.events import Event
from bcdr_sim.phases import Phase
from bcdr_sim.trial import NEVER


class Awareness:
    """Who knows of the outage, and who will learn of it when."""

    def __init__(
        self, world: World, *, wanted: Callable[[int], bool], learned: Callable[[int], None]
    ) -> None:
        """`wanted` says of whom it matters besides consent, `learned` is told of those whose customer has become aware."""
        self._world = world
        self._wanted = wanted
        self._learned = learned
        self._takes_part = world.policy.consent_path
        self._due = RowCalendar(
            world.clock, Kind.AWARENESS, self._becomes_aware, row_count=len(world.trial.estate)
        )
        self._by_itself_ms: dict[int, int] = {}
        self._poll_phases_ms: dict[int, int] = {}

    def expects(self, row: int) -> bool:
        """Whether the customer of this environment could ever be asked."""
        return self._takes_part and self._world.specs[row].eligible

    def service_lost(self, row: int) -> None:
        """The environment is hit: its customer may notice by itself, or has a post to read already."""
        if row in self._by_itself_ms or not (self.expects(row) or self._wanted(row)):
            return
        world = self._world
        spec = world.specs[row]
        self._by_itself_ms[row] = NEVER
        if spec.customer.notices_impact is not None:
            draw_ms = world.trial.of_respondent(
                "customers.notices_impact",
                spec.customer.notices_impact,
                row,
                occasion=world.incident_name(row),
            )
            self._by_itself_ms[row] = self.opening(row, world.clock.now_ms + draw_ms)
        self.posted(row)

    def posted(self, row: int) -> None:
        """There is a post (or may be one): schedule the earliest way in which the customer becomes aware."""
        world = self._world
        incident = world.fleet.incident[row]
        if incident is None or world.fleet.aware[row]:
            return
        due_ms = self._by_itself_ms.get(row, -1)
        if due_ms < 0:
            return
        if incident.posted_ms >= 0:
            due_ms = min(due_ms, self._mail_ms(row, incident), self._poll_ms(row, world.clock.now_ms))
        if due_ms < NEVER:
            self._due.add(max(due_ms, world.clock.now_ms), row)

    def posted_to(self, rows: list[int]) -> None:
        """The first post of an incident: everybody in it may read it from now on."""
        world = self._world
        readers = [row for row in rows if row in self._by_itself_ms]
        phases_ms = world.trial.poll_phases_ms(readers)
        self._poll_phases_ms.update(zip(readers, phases_ms, strict=True))
        now_ms = world.clock.now_ms
        plain: list[int] = []
        dues_ms: list[int] = []
        for row, phase_ms in zip(readers, phases_ms, strict=True):
            spec = world.specs[row]
            if spec.hours or spec.customer.mail or spec.customer.notices_impact or not spec.poll_every_ms:
                self.posted(row)
            elif not world.fleet.aware[row]:
                plain.append(row)
                dues_ms.append(phase_ms + -((phase_ms - now_ms) // spec.poll_every_ms) * spec.poll_every_ms)
        self._due.add_all(dues_ms, plain)

    def _mail_ms(self, row: int, incident: Incident) -> int:
        mail = self._world.specs[row].customer.mail
        if mail is None:
            return NEVER
        occasion = self._world.names[incident.name]
        draw_ms = self._world.trial.of_respondent("customers.mail", mail, row, occasion=occasion)
        return self.opening(row, incident.posted_ms + draw_ms)

    def _poll_ms(self, row: int, from_ms: int) -> int:
        """The first poll at or after an instant within working hours."""
        trial = self._world.trial
        every_ms = trial.poll_every_ms(row)
        if every_ms == 0:
            return NEVER
        phase_ms = self._poll_phases_ms.get(row)
        if phase_ms is None:
            phase_ms = self._poll_phases_ms[row] = trial.poll_phases_ms([row])[0]
        hours = self._world.specs[row].hours
        poll_ms = phase_ms + -(-(from_ms - phase_ms) // every_ms) * every_ms
        while not open_in_any(hours, poll_ms):
            opening_ms = min(each.next_open(poll_ms) for each in hours)
            poll_ms = phase_ms + -(-(opening_ms - phase_ms) // every_ms) * every_ms
            if poll_ms >= trial.horizon_ms:
                return NEVER
        return poll_ms

    def opening(self, row: int, instant_ms: int, *, person: int = 0) -> int:
        """The first instant at or after another within the working hours of the customer, or of its `person`-th delegate."""
        spec = self._world.specs[row]
        hours = spec.delegate_hours[person - 1] if person else spec.hours
        return min((each.next_open(instant_ms) for each in hours), default=instant_ms)

    def _becomes_aware(self, row: int) -> None:
        world = self._world
        fleet = world.fleet
        incident = fleet.incident[row]
        if incident is None or fleet.aware[row]:
            return
        now_ms = world.clock.now_ms
        by_itself = self._by_itself_ms.get(row, NEVER) <= now_ms
        if world.channels_down["service_health_dashboard"] and not by_itself:
            mail_ms = self._mail_ms(row, incident)
            if incident.posted_ms < 0 or mail_ms > now_ms:
                later_ms = min(self._by_itself_ms.get(row, NEVER), mail_ms, self._poll_ms(row, now_ms + 1))
                if later_ms < NEVER:
                    self._due.add(later_ms, row)
                return
        fleet.aware[row] = 1
        phase = fleet.phase[row]
        target = Phase.AWAITING_SUPPORT if phase == Phase.AWAITING_AWARENESS else phase
        cause = None if by_itself else incident.posted_id
        world.write(row, Event.CUSTOMER_AWARE, target=target, cause=cause)
        self._learned(row)

    def forget(self, row: int) -> None:
        """There is nothing to notice any more."""
        self._due.cancel(row)
        self._by_itself_ms.pop(row, None)

    def forget_all(self, rows: Sequence[int], crowd: NDArray[np.int64]) -> None:
        """The same for many; `crowd` are their rows as an array."""
        self._due.cancel_all(crowd)
        for row in rows:
            self._by_itself_ms.pop(row, None)
