"""The worlds collected so far: rows by replication, whoever played them and in which order they came."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from bcdr_sim.errors import ModelError
from bcdr_sim.experiment.worlds import Worlds, empty_worlds

Range = tuple[int, int]
"""Replications from the first to before the last."""


@dataclass(slots=True)
class Collected:
    """Rows of worlds with room for more; `there` flags the replications that have come."""

    expectation_count: int
    worlds: Worlds = field(init=False)
    there: NDArray[np.bool_] = field(init=False)

    def __post_init__(self) -> None:
        self.worlds = empty_worlds(0, expectation_count=self.expectation_count)
        self.there = np.zeros(0, dtype=np.bool_)

    def __len__(self) -> int:
        """How many worlds have come."""
        return int(self.there.sum())

    def add(self, worlds: Worlds, *, first: int) -> None:
        """Keep the worlds of replications `first` and following.

        Raises:
            ModelError: a world that is there already has come out differently.
        """
        last = first + len(worlds["replication"])
        self._reserve(last)
        known = np.flatnonzero(self.there[first:last])
        differs = known[self.worlds["digest"][first:last][known] != worlds["digest"][known]]
        if len(differs):
            raise ModelError(
                f"replication {first + int(differs[0])} has come out in two ways from one scenario, policy and seed"
            )
        for name, values in self.worlds.items():
            values[first:last] = worlds[name]
        self.there[first:last] = True

    def missing(self, first: int, last: int) -> list[Range]:
        """The gaps among replications `first` to before `last`."""
        self._reserve(last)
        edges = np.diff(np.concatenate([[False], ~self.there[first:last], [False]]).astype(np.int8))
        starts, ends = np.flatnonzero(edges == 1) + first, np.flatnonzero(edges == -1) + first
        return list(zip(starts.tolist(), ends.tolist(), strict=True))

    def finished(self) -> list[Range]:
        """The replications that are there, as ranges."""
        edges = np.diff(np.concatenate([[False], self.there, [False]]).astype(np.int8))
        return list(
            zip(np.flatnonzero(edges == 1).tolist(), np.flatnonzero(edges == -1).tolist(), strict=True)
        )

    def first_worlds(self, count: int) -> Worlds:
        """The rows of the first so many replications, all of which are there."""
        return {name: values[:count] for name, values in self.worlds.items()}

    def present(self) -> Worlds:
        """The rows that are there."""
        size = len(self.there)
        return {name: values[:size][self.there] for name, values in self.worlds.items()}

    def _reserve(self, count: int) -> None:
        """Make room, doubling it, so that adding stays cheap."""
        if count <= len(self.there):
            return
        room = len(self.worlds["replication"])
        if count > room:
            larger = empty_worlds(max(count, 2 * room), expectation_count=self.expectation_count)
            for name, values in self.worlds.items():
                larger[name][:room] = values
            self.worlds = larger
        self.there = np.concatenate([self.there, np.zeros(count - len(self.there), dtype=np.bool_)])


def content_digest(worlds: Worlds) -> str:
    """Of all worlds in the order of their replications: the same for any workers, chunks, kills and resumptions."""
    return hashlib.sha256(worlds["digest"].tobytes()).hexdigest()
