"""From a trace to its timetable.

A trace has an order and ticks, a scenario has instants. Steps come a second apart, a tick is as long as it is. What the
engine draws is recorded by name, occasion and ordinal, as in a frozen scenario, so that each draw comes out as the trace
needs it. What a scenario has no setting for raises `NotExpressibleError`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from bcdr_sim.analysis.exploring.journal import Entry
from bcdr_sim.analysis.exploring.play import Play
from bcdr_sim.analysis.exploring.scale import NOT_EXCLUDED
from bcdr_sim.analysis.exploring.steps import Happening
from bcdr_sim.analysis.exploring.timetable import (
    ENVIRONMENT,
    START_MS,
    NotExpressibleError,
    Spell,
    Timetable,
)
from bcdr_sim.analysis.exploring.trace import Point, Trace
from bcdr_sim.engine.operations import FAILBACK
from bcdr_sim.events import Event
from bcdr_sim.phases import Phase

_GAP_MS: Final = 1000

_H = Happening
_NEAR, _FAR = 0, 1
_COMPLETED: Final = frozenset(
    {
        *(Event.FAILOVER_COMPLETED, Event.PLANNED_FAILOVER_COMPLETED),
        *(Event.FAILBACK_COMPLETED, Event.FORCED_FAILBACK_COMPLETED),
    }
)
_SPELLS: Final = {"order": "maintenance", "automation": "automation", "orchestrator": "orchestrator"}
_MISSING: Final = {
    _H.LAPSED: "consent that is withdrawn or lapses",
}


def timetable_of(play: Play, trace: Trace, met_ms: Sequence[int] = ()) -> Timetable:
    """Return the timetable of a trace of one environment.

    `met_ms` are the instants at which the engine wrote the first entries of the trace, where that is known: what the policy
    decides when a clock passes a literal comes earlier than the end of the tick.

    Raises:
        NotExpressibleError: no scenario can do it.
    """
    if trace.environments > 1:
        raise NotExpressibleError("two environments")
    writer = _Writer(play, met_ms)
    for place, point in enumerate(trace.points):
        writer.add(point, trace.points[place - 1] if place else None)
    writer.end()
    return writer.table


class _Writer:
    """Follows a trace and writes its timetable."""

    def __init__(self, play: Play, met_ms: Sequence[int]) -> None:
        self.table = Timetable()
        self._play = play
        self._met_ms = met_ms
        self._entries = 0
        self._now_ms = self._written_ms = START_MS
        self._waits_for_impact = "impact_confirmed" in play.policy.reads
        self._far = 0
        self._is_synced, self._resync_ms, self._resync_count = True, -1, 0
        self._incident: Spell | None = None
        self._joined_ms = self._assessed_ms = -1
        self._loss = self._told_count = 0
        self._is_known = False
        self._told_ms = self._decided_ms = self._slot_ms = self._drained_ms = -1
        self._occasion = self._moved_for = self._order = ""
        self._attempts = self._moves = 0
        self._at_once = self._is_outgrown = self._is_told_unknown = False

    def add(self, point: Point, earlier: Point | None) -> None:
        """The next step."""
        self._at_once = point.step.happening is _H.SLOT and earlier is not None and _decides(earlier)
        self._let_time_pass(point)
        self._begin_or_end(point)
        if point.step.happening in (_H.SLOT, _H.COMMIT) and self._is_known:
            self._stands(self._decided_ms if self._at_once else self._now_ms)
        for _, entry in point.entries:
            known = self._entries < len(self._met_ms)
            self._written_ms = self._met_ms[self._entries] if known else self._now_ms
            self._entries += 1
            self._write(entry, point)
        self._resync()
        self.table.end_ms = self._now_ms

    def end(self) -> None:
        """The trace is over, and whoever stands in line then has no slot."""
        if self.table.is_idle and self.table.loses:
            raise NotExpressibleError("writes that stop and start again")
        if self._decided_ms >= 0:
            self._waits(-1)

    def _let_time_pass(self, point: Point) -> None:
        happening = point.step.happening
        losses = self._play.scale.losses
        if happening is _H.TICK:
            self._now_ms += self._play.scale.tick_ms
        elif self._at_once:
            pass
        elif happening is _H.GROWN:
            grown = self._play.scale.grown(self._loss)
            self._now_ms += _GAP_MS + losses[grown].known_ms - losses[self._loss].known_ms
            self._loss = grown
            self.table.loses = True
            assert self._incident is not None, "a loss grows in an incident"
            self._incident.grows = True
        else:
            self._now_ms += _GAP_MS

    # What begins and ends -------------------------------------------------------------------------------------------

    def _begin_or_end(self, point: Point) -> None:
        happening = point.step.happening
        if happening in _MISSING:
            raise NotExpressibleError(_MISSING[happening])
        match happening:
            case _H.NEAR_OUTAGE | _H.FAR_OUTAGE:
                self._outage(_NEAR if happening is _H.NEAR_OUTAGE else _FAR)
            case _H.NEAR_RETURN | _H.FAR_RETURN:
                region = _NEAR if happening is _H.NEAR_RETURN else _FAR
                self.table.outages[region][-1].end_ms = self._now_ms
            case _H.SUPPORT_LOST:
                self._begin("support")
            case _H.SUPPORT_RESTORED:
                self.table.spells["support"][-1].end_ms = self._now_ms
            case _H.VERIFIED:
                outage = self.table.outages[_NEAR][-1]
                self.table.record("provider.verification", outage.id, self._now_ms - outage.end_ms)
            case _H.ORDERED:
                self._order = f"order{len(self.table.orders) + 1}"
                spell = Spell(self._order, self._now_ms)
                self.table.orders.append((self._play.orders[point.step.value - 1], spell))
            case _H.WITHDRAWN:
                self._order = ""
                self.table.orders[-1][1].end_ms = self._now_ms
            case _H.TROUBLE:
                axis = self._play.troubles[point.step.value - 1]
                if axis not in _SPELLS:
                    raise NotExpressibleError(f"a time at which {axis} changes")
                self._begin(_SPELLS[axis])
            case _H.TROUBLE_OVER:
                spells = [each for found in self._troubles() for each in found]
                max(spells, key=lambda each: each.begin_ms).end_ms = self._now_ms
            case _:
                pass

    def _troubles(self) -> list[list[Spell]]:
        return [spells for name, spells in self.table.spells.items() if name in _SPELLS.values()]

    def _begin(self, name: str) -> None:
        spells = self.table.spells.setdefault(name, [])
        spells.append(Spell(f"{name}{len(spells) + 1}", self._now_ms))

    def _outage(self, region: int) -> None:
        outages = self.table.outages[region]
        name = ("here", "there")[region]
        outages.append(Spell(f"{name}{len(outages) + 1}", self._now_ms))
        self._resync_ms = -1

    def _resync(self) -> None:
        """A resynchronisation starts as soon as both regions are up."""
        up = all(not spells or spells[-1].end_ms >= 0 for spells in self.table.outages)
        if not self._is_synced and up and self._resync_ms < 0:
            self._resync_ms = self._now_ms
            self._resync_count += 1

    # What is written of the environment -----------------------------------------------------------------------------

    def _key(self) -> str:
        assert self._incident is not None, "it takes part in an incident"
        return f"{ENVIRONMENT}@{self._incident.id}"

    def _write(self, entry: Entry, point: Point) -> None:
        table, now_ms = self.table, self._now_ms
        match entry.event:
            case Event.OUTAGE_DETECTED:
                self._incident = table.outages[self._far][-1]
                self._joined_ms = self._assessed_ms = now_ms
                self._told_count = self._loss = 0
                self._is_known = False
            case Event.IMPACT_CONFIRMED:
                assert self._incident is not None, "it takes part in an incident"
                table.record("provider.confirmation", self._incident.id, now_ms - self._incident.begin_ms)
                if self._waits_for_impact:
                    self._assessed_ms = now_ms
            case Event.LOSS_DETERMINED:
                self._determined(entry)
            case Event.CUSTOMER_AWARE:
                table.record("customers.default.notices_impact", self._key(), now_ms - self._joined_ms)
            case Event.LOSS_LEVEL_TOLD:
                self._told_ms = self._written_ms
                self._told_count += 1
                self._is_told_unknown = entry.value < 0
                if self._is_known:
                    self._stands(self._written_ms)
            case Event.CONSENT_GRANTED | Event.CONSENT_DECLINED:
                delay_ms = now_ms - self._told_ms
                table.record(
                    "customers.default.decision", self._key(), delay_ms, ordinal=self._told_count - 1
                )
                known_ms = self._play.scale.losses[self._loss].known_ms
                if self._is_told_unknown:
                    return
                table.told_ms.setdefault(point.step.happening, []).append(known_ms)
            case Event.SERVICE_RESTORED:
                self._incident = None
            case _:
                self._write_move(entry, point)

    def _determined(self, entry: Entry) -> None:
        delay_ms = self._now_ms - self._assessed_ms
        self.table.record("provider.loss_determination", self._key(), delay_ms)
        self._loss, self._is_known = entry.value, True
        if self._loss:
            self.table.loses = True
        elif not self._is_synced:
            self.table.is_idle = True
        if self._play.scale.losses[self._loss].state == NOT_EXCLUDED:
            raise NotExpressibleError("a loss that is not excluded and none")
        self._stands(self._now_ms)

    def _stands(self, at_ms: int) -> None:
        """The copy stands where the loss of now follows from; of an outage that stops all writes, where it struck."""
        if not self._is_synced or self._incident is None:
            return
        synced_ms = at_ms - self._play.scale.losses[self._loss].known_ms
        self.table.synced[at_ms] = synced_ms, self._incident

    def _write_move(self, entry: Entry, point: Point) -> None:
        table, now_ms = self.table, self._now_ms
        match entry.event:
            case Event.MOVE_DECIDED:
                self._decided(entry, point)
            case Event.SLOT_OBTAINED:
                self._slot_obtained()
                if entry.phase is Phase.DRAINING:
                    table.synced.setdefault(0, (0, None))
                    table.drain_count += 1
            case Event.DRAINED:
                self._drained_ms = now_ms
                table.synced[now_ms] = self._slot_ms, None
            case Event.DRAIN_TIMED_OUT:
                table.drain_timeouts_ms.append(now_ms - self._slot_ms)
            case Event.MOVE_WITHHELD if point.step.happening is _H.COMMIT:
                self._ends(entry.value)
            case Event.MOVE_WITHHELD if point.step.happening is _H.SLOT:
                if now_ms > self._decided_ms and not self._at_once:
                    self._waits(now_ms)
                self._decided_ms = -1
                self._moves += 1
            case Event.MOVE_WITHHELD | Event.MOVE_ABORTED if self._decided_ms >= 0:
                self._waits_in_vain()
            case Event.RESYNC_COMPLETED:
                path = "provider.reverse_sync" if self._far else "provider.reprotection"
                table.record(path, ENVIRONMENT, now_ms - self._resync_ms, ordinal=self._resync_count - 1)
                self._is_synced, self._resync_ms = True, -1
            case event if event in _COMPLETED:
                self._ends(FAILBACK if event is Event.FAILBACK_COMPLETED else -1)
                self._far = 1 - self._far
                self._order = ""
                self._is_synced, self._resync_ms = False, -1
                self._incident, self._moved_for, self._attempts = None, self._occasion, 0
                self._is_known = False
            case _:
                pass

    def _decided(self, entry: Entry, point: Point) -> None:
        self._decided_ms = self._written_ms
        self._is_outgrown = self._is_known and point.figure != self._loss + 1
        if self._is_known:
            self._stands(self._decided_ms)
        self._occasion = self._moved_for if entry.value == FAILBACK else self._flees()

    def _flees(self) -> str:
        if self._incident is not None:
            return self._incident.id
        if self._order:
            return (self._far and self._moved_for) or self._order
        spells = self.table.spells.get("maintenance", [])
        return spells[-1].id if spells and spells[-1].end_ms < 0 else ""

    def _slot_obtained(self) -> None:
        if self.table.waits_ms is not None and self.table.waits_ms[1] < 0:
            raise NotExpressibleError("a slot after one that was waited for in vain")
        self._slot_ms = self._decided_ms if self._at_once else self._written_ms
        self._drained_ms = -1
        self._attempts += 1
        if self._slot_ms > self._decided_ms:
            self._waits(self._slot_ms)
        self._decided_ms = -1
        self._moves += 1

    def _waits_in_vain(self) -> None:
        """A move ends that has not come to its slot."""
        self._waits(-1)
        self._decided_ms = -1
        self._moves += 1

    def _waits(self, until_ms: int) -> None:
        if self._moves or (self._incident is None and until_ms >= 0):
            raise NotExpressibleError("a slot that is waited for by a later move or a planned one")
        if self._is_outgrown:
            raise NotExpressibleError("a slot that is waited for after a decision on an old figure")
        self.table.waits_ms = self._decided_ms, until_ms
        self.table.waits_in = self._incident.id if self._incident is not None else ""

    def _ends(self, action: int) -> None:
        """The last stage of the move ends now."""
        key, ordinal = f"{ENVIRONMENT}@{self._occasion}", self._attempts - 1
        path, begin_ms = "provider.failover.run", self._slot_ms
        if action == FAILBACK:
            path = "provider.failback.interruption"
        elif self._drained_ms >= 0:
            path, begin_ms = "provider.failover.planned", self._drained_ms
        self.table.record(path, key, self._now_ms - begin_ms, ordinal=ordinal)


def _decides(point: Point) -> bool:
    """Whether a step ends with a decision to move."""
    moves: Sequence[Event] = [entry.event for _, entry in point.entries]
    return Event.MOVE_DECIDED in moves
