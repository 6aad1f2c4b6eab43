"""The log read environment by environment: what each is in from one of its events to its next.

Theory of operation. One stable sort by environment gives every environment its events in the order they happened
(`ByEnvironment`). From there everything is a fold over columns: a *state* is the time from one event of an environment
to its next, preceded by the state in which the scenario finds it. Phase and value are those written by the event; reason,
outage, side and protection hold until an event changes them. All states of an environment together cover `[0, horizon)`.

A million environments are read in blocks, so that only one block of states is in memory at a time.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

import numpy as np
from numpy.typing import NDArray

from bcdr_sim.events import PROTECTION, Event
from bcdr_sim.phases import HOLD_TARGETS, Phase

if TYPE_CHECKING:
    from bcdr_sim.estate import EnvironmentSpec
    from bcdr_sim.timeline.log import Timeline

Ints = NDArray[np.int64]
Rows = NDArray[np.int32]
Flags = NDArray[np.bool_]
_Scalar = TypeVar("_Scalar", bound=np.generic)

NO_EVENT = 255
"""The event of the state in which the scenario finds an environment."""
BLOCK_EVENTS_MAX = 250_000
"""About how many events one block of environments may have; one environment is never divided."""

_HOLDS = np.zeros(256, dtype=np.bool_)
_HOLDS[[int(phase) for phase in HOLD_TARGETS]] = True
_SIDE = np.zeros(256, dtype=np.int8)
_SIDE[[Event.FAILOVER_COMPLETED, Event.PLANNED_FAILOVER_COMPLETED, Event.RESTORED_AT_SECONDARY]] = 1
_SIDE[[Event.FAILBACK_COMPLETED, Event.FORCED_FAILBACK_COMPLETED, Event.RESTORED_AT_PRIMARY]] = -1


@dataclass(frozen=True)
class ByEnvironment:
    """The events of each environment: `order[starts[e]:starts[e + 1]]` are the ids of those of environment e."""

    order: Rows
    starts: Ints
    spec_of: Rows
    initial_phase: NDArray[np.uint8]
    initial_protection: NDArray[np.uint8]

    def blocks(self) -> Iterator[tuple[int, int]]:
        """Ranges of environments, (first, last + 1), that together are all of them."""
        count = len(self.starts) - 1
        first = 0
        while first < count:
            limit = self.starts[first] + BLOCK_EVENTS_MAX
            last = int(np.searchsorted(self.starts, limit, side="right")) - 1
            last = min(max(last, first + 1), first + BLOCK_EVENTS_MAX, count)
            yield first, last
            first = last


@dataclass(frozen=True)
class States:
    """The states of environments `first` to `last - 1` as columns, by environment and then in time.

    `event` and `event_id` are what began the state (`NO_EVENT` and -1 for the first one) and `value` what that event
    carries. `reason` is the hold in force, `outage` the outage the environment is in, away
    for or moved by, `far` whether it is served at its target, `protection` a code of `events.PROTECTION`.
    """

    first: int
    last: int
    environment: Ints
    event_id: Rows
    event: NDArray[np.uint8]
    start_ms: Ints
    end_ms: Ints
    phase: NDArray[np.uint8]
    value: Ints
    reason: NDArray[np.int8]
    outage: NDArray[np.int32]
    far: Flags
    protection: NDArray[np.uint8]
    begins: Flags

    @property
    def length_ms(self) -> Ints:
        """How long each state lasts."""
        return self.end_ms - self.start_ms

    @property
    def previous_phase(self) -> NDArray[np.uint8]:
        """The phase before each state; for the first one its own."""
        before = np.append(self.phase[:1], self.phase[:-1])
        return np.where(self.begins, self.phase, before)

    @property
    def changes_phase(self) -> Flags:
        """Whether the state begins a stay in another phase than before; true for the first one."""
        changes = self.begins.copy()
        changes[1:] |= self.phase[1:] != self.phase[:-1]
        return changes


def by_environment(timeline: Timeline) -> ByEnvironment:
    """Sort the events of a timeline by environment."""
    estate = timeline.trial.estate
    environment = np.ascontiguousarray(timeline.table["environment"])
    order = np.argsort(environment, kind="stable").astype(np.int32)
    starts = np.searchsorted(environment[order], np.arange(len(estate) + 1))
    initial_phase = [
        Phase.SERVING if spec.deployed_ms is None else Phase.NOT_DEPLOYED for spec in estate.specs
    ]
    return ByEnvironment(
        order=order,
        starts=starts,
        spec_of=np.array(estate.spec_of, dtype=np.int32),
        initial_phase=np.array(initial_phase, dtype=np.uint8),
        initial_protection=np.array([_protection(timeline, spec) for spec in estate.specs], dtype=np.uint8),
    )


def read_states(timeline: Timeline, first: int, last: int) -> States:
    """The states of environments `first` to `last - 1`."""
    index = timeline.by_environment
    ids = index.order[index.starts[first] : index.starts[last]]
    rows = np.take(timeline.table, ids)
    counts = np.diff(index.starts[first : last + 1]) + 1
    ends = np.cumsum(counts)
    begins = np.zeros(int(ends[-1]), dtype=np.bool_)
    begins[ends - counts] = True
    specs = index.spec_of[first:last]

    def column(values: NDArray[_Scalar], initial: NDArray[_Scalar] | int) -> NDArray[_Scalar]:
        filled = np.empty(len(begins), dtype=values.dtype)
        filled[begins] = initial
        filled[~begins] = values
        return filled

    start_ms = column(rows["time_ms"], 0)
    end_ms = np.append(start_ms[1:], 0)
    end_ms[ends - 1] = timeline.trial.horizon_ms
    event = column(rows["event"], NO_EVENT)
    phase = column(rows["phase"], index.initial_phase[specs])
    value = column(rows["value"], -1)
    outage = column(rows["outage"], -1)
    reason = column(rows["reason"], -1)
    changes = begins.copy()
    changes[1:] |= phase[1:] != phase[:-1]
    at_home = are(phase, Phase.SERVING) | are(phase, Phase.NOT_DEPLOYED)
    side = np.where(begins, 0, _SIDE[event])
    shows = are(event, Event.PROTECTION_CHANGED)
    protection = np.where(shows, value, 0).astype(np.uint8)
    protection[begins] = index.initial_protection[specs]
    return States(
        first=first,
        last=last,
        environment=np.repeat(np.arange(first, last), counts),
        event_id=column(ids, -1),
        event=event,
        start_ms=start_ms,
        end_ms=end_ms,
        phase=phase,
        value=value,
        reason=held(reason, begins | (reason >= 0) | (changes & ~_HOLDS[phase])),
        outage=held(np.where(at_home, -1, outage), begins | (outage >= 0) | at_home),
        far=held(side, begins | (side != 0)) > 0,
        protection=held(protection, begins | shows),
        begins=begins,
    )


def are(codes: NDArray[_Scalar], member: int) -> Flags:
    """Which codes are that of a member of an enumeration; numpy compares with a plain integer five times as fast."""
    same: Flags = codes == int(member)
    return same


def held(values: NDArray[_Scalar], says: Flags) -> NDArray[_Scalar]:
    """Each value replaced by the last one up to it that `says` something; the first one must."""
    return values[np.maximum.accumulate(np.where(says, np.arange(len(says)), 0))]


def summed(amounts: Ints, places: Ints | Rows, count: int) -> Ints:
    """Amounts added up by place, 0 to `count - 1`. Exact up to 2**53 in one place."""
    return np.bincount(places, weights=amounts, minlength=count).astype(np.int64)


def _protection(timeline: Timeline, spec: EnvironmentSpec) -> int:
    """The protection in which the scenario finds an environment; the log has only changes."""
    if spec.type != "Production":
        return PROTECTION.index("NotSpecified")
    if not spec.has_copy:
        return PROTECTION.index("Disabled")
    home = timeline.trial.estate.regions[spec.home]
    regions = [region for region in timeline.trial.scenario.regions if region.name == home]
    if any(stall.at == 0 for region in regions for stall in region.link_stalls):
        return PROTECTION.index("Unavailable")
    return PROTECTION.index("Ready" if spec.deployed_ms is None else "Enabled")
