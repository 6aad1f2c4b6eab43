"""Recorded traffic for the cases of queues: what a monitoring system would have written down, drawn anew for each world.

Each function gives keys of an ordinary scenario file in YAML. Arrivals are a Poisson process, channels take one at a
time, in order, an exponential time each; times are in hours there and in milliseconds in the file.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from bcdr_sim.draws import Draws, entity_key
from bcdr_sim.verification.case import HOUR_MS, Numbers

_KEY = entity_key("stream")


@dataclass(frozen=True, slots=True)
class Traffic:
    """Arrivals at a rate per hour until `hours`, served at a rate per hour."""

    arrival_rate: float
    service_rate: float
    hours: float

    def arrivals(self, draws: Draws) -> Numbers:
        """When they come, in hours."""
        return _renewals(draws, mean=1 / self.arrival_rate, hours=self.hours)

    def departures(self, draws: Draws, arrivals: Numbers) -> Numbers:
        """When each is through the channel, first come first served: the recursion of Lindley."""
        services = _exponentials(draws, "services", len(arrivals), mean=1 / self.service_rate)
        through = np.cumsum(services)
        # Each leaves a service after the later of its arrival and the departure before it.
        return np.asarray(through + np.maximum.accumulate(arrivals - through + services))

    def updates(self, draws: Draws) -> str:
        """A link whose copy stands, from each delivery on, where it was when the update delivered last was made."""
        arrivals = self.arrivals(draws)
        return _trace(self.departures(draws, arrivals), arrivals, written_ms=0)

    def batches(self, draws: Draws) -> str:
        """Writes of one instant each, and a link that has a batch once it is through the channel."""
        arrivals = np.unique(np.round(self.arrivals(draws) * HOUR_MS)) / HOUR_MS
        instants = ", ".join(f"{_ms(at)}ms" for at in arrivals)
        return f"writes: {{at: [{instants}]}}\n" + _trace(
            self.departures(draws, arrivals), arrivals, written_ms=1
        )


@dataclass(frozen=True, slots=True)
class OnOff:
    """Writes at a rate per hour while on, none while off; on and off take exponential times of these means, in hours."""

    write_rate: float
    on_mean: float
    off_mean: float
    hours: float

    def writes(self, draws: Draws) -> str:
        """The pattern of writes; it begins off."""
        count = int(2 * self.hours / (self.on_mean + self.off_mean)) + 50
        off = _exponentials(draws, "off", count, mean=self.off_mean)
        on = _exponentials(draws, "on", count, mean=self.on_mean)
        # Rounded up, so that no spell is shorter than a millisecond and the steps rise.
        changes_ms = np.cumsum(np.ceil(np.column_stack([off, on]).ravel() * HOUR_MS).astype(np.int64))
        assert changes_ms[-1] > self.hours * HOUR_MS, "the pattern is long enough"
        steps = ["    - {after: 0s, rate: 0/h}\n"]
        for number, at_ms in enumerate(changes_ms[changes_ms < self.hours * HOUR_MS]):
            rate = 0 if number % 2 else self.write_rate
            steps.append(f"    - {{after: {at_ms}ms, rate: {rate:g}/h}}\n")
        return "writes:\n  steps:\n" + "".join(steps)


@dataclass(frozen=True, slots=True)
class Shipments:
    """Shipments that arrive at once, at gamma intervals of whole `shape`, mean `interval_mean` hours."""

    shape: int
    interval_mean: float
    hours: float

    def arrivals(self, draws: Draws) -> str:
        """A link whose copy stands, from each shipment on, at the instant of that."""
        instants = _renewals(draws, mean=self.interval_mean / self.shape, hours=self.hours)
        shipped = instants[self.shape - 1 :: self.shape]
        return _trace(shipped, shipped, written_ms=0)


def _trace(delivered: Iterable[float], made: Iterable[float], *, written_ms: int) -> str:
    """The rows of a recorded link; of deliveries within one millisecond the last one counts."""
    rows = {0: 0}
    for at, mark in zip(delivered, made, strict=True):
        rows[_ms(at)] = _ms(mark) + written_ms
    lines = [
        f"    - {{at: {at_ms}ms, last_sync: {min(at_ms, mark_ms)}ms}}\n" for at_ms, mark_ms in rows.items()
    ]
    return "link:\n  kind: trace\n  rows:\n" + "".join(lines)


def _renewals(draws: Draws, *, mean: float, hours: float) -> Numbers:
    """A Poisson process with gaps of this mean, up to `hours`."""
    count = int(hours / mean + 12 * np.sqrt(hours / mean)) + 20
    instants = np.cumsum(_exponentials(draws, "gaps", count, mean=mean))
    assert instants[-1] > hours, "there are arrivals enough"
    return np.asarray(instants[instants < hours])


def _exponentials(draws: Draws, purpose: str, count: int, *, mean: float) -> Numbers:
    keys = np.full(count, _KEY, dtype=np.uint64)
    uniforms = draws.uniforms(f"verification.{purpose}", keys, np.arange(count))
    return np.asarray(-mean * np.log1p(-uniforms))


def _ms(hours: float) -> int:
    return round(hours * HOUR_MS)
