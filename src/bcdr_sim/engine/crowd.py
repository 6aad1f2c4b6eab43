"""The same step for many environments at once, when nothing about any of them is special.

A regional outage does the same thing to most of a fleet at the same instant. `ServiceTrack` knows what one environment lives
through in every circumstance; this module writes the very same rows and sets the very same columns for a crowd of plain
environments, by columns instead of one after the other. Each function says whether the crowd is plain; if a single
environment is not, it does nothing and the caller goes through them one by one. That both ways give the same timeline is
tested on random scenarios.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bcdr_sim.engine.fleet import Consent, Incident, Move, Service
from bcdr_sim.engine.state import World
from bcdr_sim.events import PROTECTION, Event
from bcdr_sim.phases import ALLOWED, WAITING, Phase
from bcdr_sim.scenario.links import LagLink, SynchronousLink
from bcdr_sim.timeline import EVENT_DTYPE, NO_VALUE, NOTHING, UNBOUNDED
from bcdr_sim.trial import bound_of

Rows = NDArray[np.int64]
_UNAVAILABLE = PROTECTION.index("Unavailable")
_DOWN_PHASES = np.zeros(256, dtype=bool)
_DOWN_PHASES[[int(phase) for phase in WAITING]] = True


@dataclass(frozen=True, slots=True)
class Part:
    """One event that each environment of the crowd (where `where` says so) writes, with its phase after it."""

    event: Event
    phases: NDArray[np.uint8]
    values: NDArray[np.int64] | int = NO_VALUE
    where: NDArray[np.bool_] | None = None


class Crowd:
    """Columns of the fleet as numpy arrays that share its memory, and the steps that use them."""

    def __init__(self, world: World, *, least: int) -> None:
        """`least` is how many environments make a crowd."""
        self._world = world
        self.least = least
        fleet = world.fleet
        self.phase = np.frombuffer(fleet.phase, dtype=np.uint8)
        self.service = np.frombuffer(fleet.service, dtype=np.uint8)
        self.move = np.frombuffer(fleet.move, dtype=np.uint8)
        self.consent = np.frombuffer(fleet.consent, dtype=np.uint8)
        self.protection = np.frombuffer(fleet.protection, dtype=np.uint8)
        self.last = np.frombuffer(fleet.last, dtype=np.int32)
        self.spec_of = np.array(world.trial.estate.spec_of, dtype=np.int32)
        self._bytes = [
            np.frombuffer(column, dtype=np.uint8)
            for column in (fleet.far, fleet.restarting, fleet.destroyed, fleet.seeding, fleet.tainted)
        ]
        self._missing = np.frombuffer(fleet.missing, dtype=np.int32)
        self._stands = np.frombuffer(fleet.copy_stands_ms, dtype=np.int64)
        self._floor = np.frombuffer(fleet.copy_floor_ms, dtype=np.int64)
        self._lag = np.frombuffer(fleet.lag_ms, dtype=np.int64)
        self._capability = np.frombuffer(fleet.capability, dtype=np.int16)
        self._held = np.frombuffer(fleet.held, dtype=np.int8)
        self._unsettled = np.frombuffer(fleet.unsettled, dtype=np.uint8)
        self._write_stop = np.frombuffer(fleet.write_stop_ms, dtype=np.int64)
        self._link_stop = np.frombuffer(fleet.link_stop_ms, dtype=np.int64)
        self._seen: list[NDArray[Any]] = [
            self.phase,
            self.service,
            self.consent,
            np.frombuffer(fleet.figure, dtype=np.uint8),
            np.frombuffer(fleet.known_loss_ms, dtype=np.int64),
            np.frombuffer(fleet.consent_level_ms, dtype=np.int64),
            np.frombuffer(fleet.last_move_ms, dtype=np.int64),
            np.frombuffer(fleet.aware, dtype=np.uint8),
            np.frombuffer(fleet.told_count, dtype=np.int32),
            self._link_stop,
        ]
        self._order = np.frombuffer(fleet.order, dtype=np.uint8)
        if any(customer.orders for customer in world.trial.scenario.customers.values()):
            self._seen += [self._order, np.frombuffer(fleet.order_loss_ms, dtype=np.int64)]
        self._depended_on = np.zeros(len(world.trial.estate), dtype=bool)
        self._depended_on[list(world.trial.estate.dependents)] = True
        self._grouped = np.zeros(len(world.trial.estate), dtype=bool)
        self._grouped[list(world.trial.estate.groups)] = True
        specs = world.trial.estate.specs
        self._has_copy = np.array([spec.has_copy for spec in specs])
        self._backed_up = np.array([spec.backup is not None for spec in specs])
        self._simple_link = np.array(
            [not spec.has_copy or isinstance(spec.link, SynchronousLink | LagLink) for spec in specs]
        )
        self._bounded = np.array([bound_of(spec) is not None for spec in specs])
        self._lags = np.array([isinstance(spec.link, LagLink) for spec in specs])

    def _ordinary(self, rows: Rows) -> NDArray[np.bool_]:
        """Who is at the primary, whole, in no group, depending on nobody who is down, and depended on by nobody."""
        special = (
            self._depended_on[rows]
            | self._grouped[rows]
            | (self._missing[rows] != 0)
            | (self._stands[rows] >= 0)
        )
        for column in self._bytes:
            special |= column[rows] != 0
        ordinary: NDArray[np.bool_] = ~special
        return ordinary

    # Losing and regaining service -----------------------------------------------------------------------------------

    def lose(self, rows: Sequence[int], fact: int, incident: Incident) -> bool:
        """An outage that serves nobody hits a crowd that was served and well."""
        world = self._world
        fleet = world.fleet
        outage = world.facts[fact]
        if len(rows) < self.least or not outage.stops_writes or outage.entry.destroys_data:
            return False
        crowd = np.asarray(rows, dtype=np.int64)
        if incident.detected_ms >= 0 or not self._ordinary(crowd).all() or self.move[crowd].any():
            return False
        if (self.phase[crowd] != Phase.SERVING).any() or not self._simple_link[self.spec_of[crowd]].all():
            return False
        if any(fleet.hits[row] or fleet.other_hits[row] or fleet.incident[row] is not None for row in rows):
            return False
        now_ms = world.clock.now_ms
        copied = self._has_copy[self.spec_of[crowd]]
        hit = (fact,)
        for row in rows:
            fleet.hits[row] = hit
            fleet.incident[row] = incident
        incident.members.extend(rows)
        self._capability[crowd] = outage.capability_permille
        self.service[crowd] = Service.DOWN
        self._held[crowd] = NOTHING
        self._write_stop[crowd] = now_ms
        if outage.kind == "hard":
            self._link_stop[crowd] = now_ms
        synced = now_ms - np.where(self._lags[self.spec_of[crowd]], self._lag[crowd], 0)
        floor = self._floor[crowd]
        synced = np.where(copied, np.where(floor >= 0, np.maximum(synced, floor), synced), UNBOUNDED)
        down = np.full(len(crowd), Phase.DOWN_UNDETECTED, dtype=np.uint8)
        changed = copied & (self.protection[crowd] != _UNAVAILABLE)
        parts = [
            Part(Event.SERVICE_LOST, down, synced),
            Part(Event.PROTECTION_CHANGED, down, _UNAVAILABLE, changed),
        ]
        self._write(crowd, parts, cause=incident.opened_id, outage=incident.name)
        self.protection[crowd[changed]] = _UNAVAILABLE
        return True

    def that_regain(self, rows: Sequence[int]) -> NDArray[np.bool_]:
        """Who of `rows` waits in place for nothing but one outage, the same for all of them, that is over now."""
        world = self._world
        fleet = world.fleet
        if len(rows) < self.least or world.ends_ms:
            return np.zeros(len(rows), dtype=np.bool_)
        crowd = np.asarray(rows, dtype=np.int64)
        queued = (self.phase[crowd] == Phase.QUEUED) & (self.move[crowd] == Move.QUEUED)
        waits = _DOWN_PHASES[self.phase[crowd]] & (self.move[crowd] == Move.NONE)
        plain: NDArray[np.bool_] = (
            self._ordinary(crowd) & (queued | waits) & ~self._backed_up[self.spec_of[crowd]]
        )
        plain &= ~np.isin(self.consent[crowd], (Consent.PENDING, Consent.LAPSED)) & (
            (self._unsettled[crowd] | self._order[crowd]) == 0
        )
        plain &= ~self._bounded[self.spec_of[crowd]]
        if not plain.any():
            return plain
        first = rows[int(np.argmax(plain))]
        incident, hits = fleet.incident[first], fleet.hits[first]
        if incident is None or len(hits) != 1 or world.facts[hits[0]].is_latent:
            return np.zeros(len(crowd), dtype=np.bool_)
        if world.end_ms(first, hits[0]) > world.clock.now_ms:
            return np.zeros(len(crowd), dtype=bool)
        alike = (
            fleet.hits[row] == hits and not fleet.other_hits[row] and fleet.incident[row] is incident
            for row in rows
        )
        plain &= np.fromiter(alike, dtype=np.bool_, count=len(crowd))
        return plain

    def regain(self, rows: Sequence[int], protections: NDArray[np.uint8]) -> None:
        """The crowd is served again; `protections` are its states of protection from now on."""
        world = self._world
        fleet = world.fleet
        crowd = np.asarray(rows, dtype=np.int64)
        incident = fleet.incident[rows[0]]
        assert incident is not None, "asked before"
        queued = self.move[crowd] == Move.QUEUED
        actions = np.frombuffer(fleet.action, dtype=np.int8)[crowd].astype(np.int64)
        serving = np.full(len(crowd), Phase.SERVING, dtype=np.uint8)
        changed = protections != self.protection[crowd]
        parts = [
            Part(Event.SERVICE_RESTORED, serving),
            Part(Event.MOVE_ABORTED, serving, actions, queued),
            Part(Event.PROTECTION_CHANGED, serving, protections.astype(np.int64), changed),
        ]
        self._write(crowd, parts, cause=None, outage=incident.name)
        self.protection[crowd] = protections
        self._capability[crowd] = 1000
        self.service[crowd] = Service.UP
        self._write_stop[crowd] = -1
        self._link_stop[crowd] = -1

    # Deciding -------------------------------------------------------------------------------------------------------

    def runs(self, rows: Sequence[int]) -> list[tuple[list[int], bool]]:
        """Cut rows in name order into runs; those marked true are crowds that look the same to any policy."""
        fleet = self._world.fleet
        crowd = np.asarray(rows, dtype=np.int64)
        plain = self._ordinary(crowd) & (self.move[crowd] == Move.NONE) & _DOWN_PHASES[self.phase[crowd]]
        differs = plain[1:] != plain[:-1]
        for column in (self.spec_of, *self._seen):
            seen = column[crowd]
            differs |= seen[1:] != seen[:-1]
        for facts in (fleet.incident, fleet.hits, fleet.other_hits):
            same = np.fromiter(map(id, map(facts.__getitem__, rows)), dtype=np.int64, count=len(rows))
            differs |= same[1:] != same[:-1]
        edges = [0, *(np.flatnonzero(differs) + 1).tolist(), len(rows)]
        found: list[tuple[list[int], bool]] = []
        for begin, end in pairwise(edges):
            is_crowd = bool(plain[begin]) and end - begin >= self.least and not fleet.other_hits[rows[begin]]
            if is_crowd or not found or found[-1][1]:
                found.append((list(rows[begin:end]), is_crowd))
            else:
                found[-1][0].extend(rows[begin:end])
        return found

    def hold(self, rows: Sequence[int], *, target: Phase, reason: int, rule: int, outage: int) -> None:
        """The same hold for a crowd that has not heard this reason yet."""
        crowd = np.asarray(rows, dtype=np.int64)
        fresh = (self._held[crowd] != reason) | (self.phase[crowd] != target)
        phases = np.full(len(crowd), target, dtype=np.uint8)
        self._write(
            crowd,
            [Part(Event.HELD, phases, where=fresh)],
            cause=None,
            outage=outage,
            reason=reason,
            rule=rule,
        )
        self._held[crowd] = reason

    # Knowing --------------------------------------------------------------------------------------------------------

    def write(
        self, rows: Sequence[int], event: Event, *, leads_to: dict[Phase, Phase], cause: int, outage: int
    ) -> None:
        """One event for each of a crowd; phases change as `leads_to` says and stay otherwise."""
        crowd = np.asarray(rows, dtype=np.int64)
        table = np.arange(256, dtype=np.uint8)
        for source, target in leads_to.items():
            table[source] = target
        self._write(crowd, [Part(event, table[self.phase[crowd]])], cause=cause, outage=outage)

    # Writing --------------------------------------------------------------------------------------------------------

    def _write(
        self,
        crowd: Rows,
        parts: Sequence[Part],
        *,
        cause: int | None,
        outage: int,
        reason: int = NOTHING,
        rule: int = NOTHING,
    ) -> None:
        """The parts of each environment one after the other, environment by environment."""
        world = self._world
        count = len(crowd)
        mask = np.ones((count, len(parts)), dtype=bool)
        for place, part in enumerate(parts):
            if part.where is not None:
                mask[:, place] = part.where
        numbers = np.cumsum(mask.ravel()).reshape(mask.shape) - 1
        records = np.empty(int(mask.sum()), dtype=EVENT_DTYPE)
        first_id = world.log.count
        records["time_ms"] = world.clock.now_ms
        records["outage"] = outage
        records["rule"] = rule
        records["reason"] = reason
        before = self.phase[crowd]
        story = self.last[crowd].astype(np.int64) if cause is None else np.full(count, cause, dtype=np.int64)
        for place, part in enumerate(parts):
            where = mask[:, place]
            target = numbers[where, place]
            self._check(before[where], part.phases[where], part.event)
            records["environment"][target] = crowd[where]
            records["event"][target] = part.event
            records["phase"][target] = part.phases[where]
            records["value"][target] = part.values if isinstance(part.values, int) else part.values[where]
            records["cause"][target] = story[where]
            before = np.where(where, part.phases, before)
            if part.event != Event.PROTECTION_CHANGED:
                story = np.where(where, first_id + numbers[:, place], story)
        world.log.extend(records)
        self.last[crowd] = story
        self.phase[crowd] = before

    @staticmethod
    def _check(before: NDArray[np.uint8], after: NDArray[np.uint8], event: Event) -> None:
        """Every step that the crowd takes is one of the phase table."""
        for step in np.unique(before.astype(np.int64) << 8 | after):
            source, target = Phase(int(step) >> 8), Phase(int(step) & 255)
            assert target in ALLOWED.get((source, event), ()), (
                f"{source.label}, {event.label}, {target.label}"
            )
