"""Consent: how it is recorded, and how it ends: exceeded by the loss, withdrawn, or no longer valid.

Rules (docs/reference/semantics.md, section 6, steps 4 and 5). Consent belongs to one environment and one incident.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from bcdr_sim.engine.awareness import Awareness
from bcdr_sim.engine.clock import Kind, RowCalendar
from bcdr_sim.engine.fleet import UNKNOWN, Consent
from bcdr_sim.engine.state import World
from bcdr_sim.events import Event
from bcdr_sim.phases import Phase
from bcdr_sim.timeline import UNBOUNDED

_AWAITING = frozenset({Phase.AWAITING_CONSENT, Phase.AWAITING_AWARENESS, Phase.AWAITING_SUPPORT})


class Consents:
    """The consent of every environment in its incident."""

    def __init__(
        self,
        world: World,
        awareness: Awareness,
        *,
        level_ms: Callable[[int], int],
        ask_again: Callable[[int], None],
    ) -> None:
        """`level_ms` gives the loss as known now; `ask_again` is told of a case that goes back to telling the level."""
        self._world = world
        self._awareness = awareness
        self._level_ms = level_ms
        self._ask_again = ask_again
        count = len(world.trial.estate)
        self._withdrawals = RowCalendar(world.clock, Kind.WITHDRAWAL, self._withdraws, row_count=count)
        self._expiries = RowCalendar(world.clock, Kind.EXPIRY, self._expires, row_count=count)
        self._waiting: set[int] = set()

    def reopen(self, row: int) -> None:
        """The case is open: no answer counts any more."""
        self._end(row, Consent.PENDING)

    def record(self, row: int, covers_ms: int) -> None:
        """An answer: the level that consent covers, -1 when it is declined."""
        world = self._world
        fleet = world.fleet
        self._forget(row)
        if covers_ms >= 0:
            fleet.consent[row] = Consent.GRANTED
            fleet.consent_level_ms[row] = covers_ms
            world.write(row, Event.CONSENT_GRANTED, target=fleet.phase[row], value=covers_ms)
            self._schedule_end(row)
        else:
            level_ms = fleet.told_level_ms[row]
            fleet.consent[row] = Consent.DECLINED
            value = UNBOUNDED if level_ms == UNKNOWN else level_ms
            world.write(row, Event.CONSENT_DECLINED, target=fleet.phase[row], value=value)
        self.check_exceeded(row)
        world.touch(row)

    def _schedule_end(self, row: int) -> None:
        world = self._world
        customer = world.specs[row].customer
        now_ms = world.clock.now_ms
        if customer.lapses_after is not None:
            self._expiries.add(now_ms + customer.lapses_after, row)
        if customer.withdraws_after is None:
            return
        occasion = world.incident_name(row)
        if world.trial.withdraws(row, occasion=occasion):
            delay_ms = world.trial.wait_of_respondent(
                "customers.withdraws_after",
                customer.withdraws_after,
                row,
                occasion=occasion,
                ordinal=world.fleet.told_count[row] - 1,
            )
            self._withdrawals.add(self._awareness.opening(row, now_ms + delay_ms), row)

    def _withdraws(self, row: int) -> None:
        world = self._world
        if world.channels_down["support"]:
            self._waiting.add(row)
            return
        level_ms = world.fleet.consent_level_ms[row]
        self._end(row, Consent.WITHDRAWN)
        world.write(row, Event.CONSENT_WITHDRAWN, value=level_ms)
        world.touch(row)

    def _expires(self, row: int) -> None:
        level_ms = self._world.fleet.consent_level_ms[row]
        self._end(row, Consent.LAPSED)
        self._back(row, Event.CONSENT_LAPSED, value=level_ms)
        self._world.touch(row)

    def check_exceeded(self, row: int) -> None:
        """Ask again when the known loss has outgrown the consent."""
        fleet = self._world.fleet
        if fleet.consent[row] != Consent.GRANTED:
            return
        known_ms = self._level_ms(row)
        if known_ms <= fleet.consent_level_ms[row] or known_ms == UNKNOWN:
            return
        self._end(row, Consent.PENDING)
        self._back(row, Event.CONSENT_EXCEEDED, value=known_ms)

    def _back(self, row: int, event: Event, *, value: int) -> None:
        """The case goes back to the telling of the level."""
        phase = Phase(self._world.fleet.phase[row])
        target = Phase.AWAITING_SUPPORT if phase in _AWAITING else phase
        self._world.write(row, event, target=target, value=value)
        self._ask_again(row)

    def _end(self, row: int, state: Consent) -> None:
        self._forget(row)
        self._world.fleet.consent[row] = state

    # The end --------------------------------------------------------------------------------------------------------

    def _forget(self, row: int) -> None:
        self._withdrawals.cancel(row)
        self._expiries.cancel(row)
        self._waiting.discard(row)

    def close(self, row: int) -> None:
        """The incident is over for the environment."""
        self._forget(row)
        fleet = self._world.fleet
        fleet.consent[row] = Consent.NONE
        fleet.consent_level_ms[row] = -1

    def close_all(self, crowd: NDArray[np.int64]) -> None:
        """The same for many."""
        fleet = self._world.fleet
        for calendar in (self._withdrawals, self._expiries):
            calendar.cancel_all(crowd)
        if self._waiting:
            self._waiting.difference_update(crowd.tolist())
        np.frombuffer(fleet.consent, dtype=np.uint8)[crowd] = Consent.NONE
        np.frombuffer(fleet.consent_level_ms, dtype=np.int64)[crowd] = -1

    def support_is_up(self) -> None:
        """Withdrawals that waited for the channel are due now."""
        waiting, self._waiting = self._waiting, set()
        for row in sorted(waiting):
            self._withdrawals.add(self._world.clock.now_ms, row)
