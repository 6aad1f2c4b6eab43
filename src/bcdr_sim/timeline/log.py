"""Everything that happened in one world: a columnar event log, and where it came from.

Theory of operation. The engine appends one packed row per event to a `Log`; nothing else is written while time passes, and
nothing is counted. `Timeline` is the finished log as a structured numpy array, the single source of truth from which
phases, metrics, verdicts and stories are folded. Row numbers are event ids, and `cause` is the id of the event that led to
this one, so "why" is a walk up the causes.

A row about a region has no environment: the column then holds `-2 - region`, or `NOTHING` for a row about nobody in
particular.
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from bcdr_sim.trial import Trial

if TYPE_CHECKING:
    from pandas import DataFrame

    from bcdr_sim.timeline.states import ByEnvironment
    from bcdr_sim.timeline.stays import Stay

NOTHING = -1
"""In `environment`-like columns, `cause`, `outage`, `rule` and `reason`: there is none."""
NO_VALUE = -(2**62)
"""As a `value`: the event has none. No instant and no length is anywhere near."""
UNBOUNDED = NO_VALUE + 1
"""As a value of a loss or a last sync time: there is no copy, so no number."""

_ROW = struct.Struct("<qqiiihBBb")
EVENT_DTYPE = np.dtype(
    [
        ("time_ms", "<i8"),
        ("value", "<i8"),
        ("environment", "<i4"),
        ("cause", "<i4"),
        ("outage", "<i4"),
        ("rule", "<i2"),
        ("event", "u1"),
        ("phase", "u1"),
        ("reason", "i1"),
    ]
)
"""One event in 33 bytes. `phase` is the phase after the event (255 for rows about a region)."""
NO_PHASE = 255


class Log:
    """The log while it is being written."""

    __slots__ = ("count", "packed")

    def __init__(self) -> None:
        self.packed = bytearray()
        self.count = 0

    def add(
        self,
        time_ms: int,
        environment: int,
        event: int,
        phase: int,
        cause: int,
        outage: int = NOTHING,
        reason: int = NOTHING,
        rule: int = NOTHING,
        value: int = NO_VALUE,
    ) -> int:
        """Append an event and give its id. Positional on purpose: this is the innermost line of the simulator."""
        self.packed += _ROW.pack(time_ms, value, environment, cause, outage, rule, event, phase, reason)
        number = self.count
        self.count = number + 1
        return number

    def extend(self, records: NDArray[np.void]) -> None:
        """Append many events at once, an array of `EVENT_DTYPE`; the first gets the id `count`."""
        self.packed += records.tobytes()
        self.count += len(records)

    def table(self) -> NDArray[np.void]:
        """The finished log as a structured array of `EVENT_DTYPE` that shares its memory: nothing is added any more."""
        table = np.frombuffer(self.packed, dtype=EVENT_DTYPE)
        table.flags.writeable = False
        return table


@dataclass(frozen=True, repr=False)
class Timeline:
    """What happened in one world under one policy.

    `table` holds the events in the order they happened; `outages` names what its `outage` column counts (outages and
    maintenance periods), `rules` what `rule` counts. `provenance` says what it came from, by name and digest, and holds
    no wall clock and no path, so equal runs give equal bytes.
    """

    trial: Trial
    table: NDArray[np.void]
    outages: tuple[str, ...]
    rules: tuple[str, ...]
    provenance: Mapping[str, object]

    def __len__(self) -> int:
        """Number of events."""
        return len(self.table)

    @cached_property
    def digest(self) -> str:
        """sha256 over the events and the names they use: equal digests mean event-for-event equal timelines."""
        content = hashlib.sha256()
        for names in (self.trial.estate.regions, self.outages, self.rules, self.trial.estate.names):
            content.update("\0".join(names).encode())
            content.update(b"\1")
        content.update(str(self.trial.horizon_ms).encode())
        content.update(self.table.tobytes())
        return content.hexdigest()

    @cached_property
    def by_environment(self) -> ByEnvironment:
        """Where the events of each environment stand."""
        from bcdr_sim.timeline.states import by_environment

        return by_environment(self)

    def stays(self, environment: int) -> list[Stay]:
        """The stays of one environment, given as its row in the estate, from 0 to the horizon without gaps."""
        from bcdr_sim.timeline.stays import stays_of

        return stays_of(self, environment)

    def causes(self, event_id: int) -> list[int]:
        """The event, the one that led to it, and so on back to one without a cause."""
        chain = [event_id]
        while (cause := int(self.table["cause"][chain[-1]])) != NOTHING:
            chain.append(cause)
        return chain

    def events(self) -> DataFrame:
        """One row per event. Times are Int64 ms, what is not there is <NA>, names are categories."""
        from bcdr_sim.timeline.frames import events_frame

        return events_frame(self)

    def phases(self) -> DataFrame:
        """One row per stay of an environment in a phase."""
        from bcdr_sim.timeline.frames import phases_frame

        return phases_frame(self)

    def save(self, path: Path) -> None:
        """Write the events to a file; its ending chooses the form, see `bcdr_sim.timeline.exports.FORMS`.

        Raises:
            ValueError: no form has that ending.
        """
        from bcdr_sim.timeline.exports import save

        save(self, path)

    def __repr__(self) -> str:
        """What it is of, in one line."""
        trial = self.trial
        draws = f"seed {trial.draws.seed}, replication {trial.draws.replication}"
        return f"<Timeline of '{trial.scenario.name}': {len(self)} events, {len(trial.estate)} environments, {draws}>"

    def _repr_html_(self) -> str:
        from bcdr_sim.timeline.page import html

        return html(self)
