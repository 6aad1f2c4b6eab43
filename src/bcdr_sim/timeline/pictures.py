"""A timeline as pictures that other programs draw: a trace for Chrome and Perfetto, a Mermaid gantt for pull requests.

In the trace a process is a region and a thread an environment at home there, so that slices of one track never overlap;
thread 0 of a region holds its outages. The gantt is small on purpose.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from bcdr_sim.events import COMPLETIONS, ROW_OF, Event
from bcdr_sim.phases import DOWN, Phase
from bcdr_sim.timeline.log import NOTHING
from bcdr_sim.timeline.stays import Stay, iterate_stays

if TYPE_CHECKING:
    from bcdr_sim.timeline.log import Timeline

BARS_MAX = 40
"""A gantt has at most this many bars; the rest is counted in its title."""
_AT_REST = frozenset({Phase.SERVING, Phase.NOT_DEPLOYED})
_BEGINS = frozenset({Event.OUTAGE_BEGAN, Event.MAINTENANCE_BEGAN})
_ENDS = frozenset({Event.OUTAGE_ENDED, Event.MAINTENANCE_ENDED})
_MARKS = COMPLETIONS | {
    Event.MOVE_DECIDED,
    Event.MOVE_WITHHELD,
    Event.MOVE_ABORTED,
    Event.CONSENT_GRANTED,
    Event.CONSENT_DECLINED,
}


def trace_events(timeline: Timeline) -> dict[str, Any]:
    """The JSON object of a trace file. Times in it are microseconds."""
    trial = timeline.trial
    events: list[dict[str, Any]] = []
    for number, region in enumerate(trial.estate.regions):
        events += [
            _name("process_name", region, process=number + 1),
            _name("thread_name", "region", process=number + 1),
        ]
    events += _region_slices(timeline)
    for row, stays in iterate_stays(timeline):
        process = trial.estate.spec(row).home + 1
        events.append(_name("thread_name", trial.estate.names[row], process=process, thread=row + 1))
        events += [
            _slice(stay, process=process, thread=row + 1) for stay in stays if stay.phase not in _AT_REST
        ]
    events += _marks(timeline)
    return {"displayTimeUnit": "ms", "otherData": {"digest": timeline.digest}, "traceEvents": events}


def mermaid_gantt(timeline: Timeline, *, epoch_ms: int) -> str:
    """Incidents and moves as a Mermaid gantt, a section per environment, at most `BARS_MAX` bars."""
    sections: list[str] = []
    bars = left_out = 0
    for row, stays in iterate_stays(timeline):
        shown = [stay for stay in stays if stay.phase not in _AT_REST]
        room = min(len(shown), BARS_MAX - bars)
        left_out += len(shown) - room
        bars += room
        if room:
            sections.append(f"    section {timeline.trial.estate.names[row]}")
            sections += [_bar(stay, epoch_ms=epoch_ms) for stay in shown[:room]]
    rest = f" ({left_out} more bars not shown)" if left_out else ""
    head = [
        "gantt",
        f"    title {timeline.trial.scenario.name}{rest}",
        "    dateFormat x",
        "    axisFormat %d %H:%M",
    ]
    return "\n".join([*head, *sections]) + "\n"


def _bar(stay: Stay, *, epoch_ms: int) -> str:
    kind = "crit, " if stay.phase in DOWN else ""
    label = stay.phase.label if stay.reason is None else f"{stay.phase.label} ({stay.reason})"
    return f"    {label} :{kind}{epoch_ms + stay.start_ms}, {epoch_ms + stay.end_ms}"


def _name(kind: str, name: str, *, process: int, thread: int = 0) -> dict[str, Any]:
    return {"ph": "M", "name": kind, "pid": process, "tid": thread, "args": {"name": name}}


def _slice(stay: Stay, *, process: int, thread: int) -> dict[str, Any]:
    details = {"owner": stay.owner, "outage": stay.outage, "reason": stay.reason, "censored": stay.censored}
    return {
        "ph": "X",
        "name": stay.phase.label,
        "cat": "phase",
        "ts": stay.start_ms * 1000,
        "dur": stay.length_ms * 1000,
        "pid": process,
        "tid": thread,
        "args": {key: value for key, value in details.items() if value},
    }


def _region_slices(timeline: Timeline) -> list[dict[str, Any]]:
    """Outages and maintenance periods of every region; they may overlap, so their slices are asynchronous."""
    table = timeline.table[timeline.table["environment"] < NOTHING]
    slices: list[dict[str, Any]] = []
    begun: dict[tuple[int, int], None] = {}
    for time_ms, place, outage, event in _rows(table):
        spell = (-2 - place, outage)
        if event in _BEGINS:
            begun[spell] = None
            slices.append(_edge("b", timeline, spell, time_ms=time_ms))
        elif event in _ENDS and spell in begun:
            del begun[spell]
            slices.append(_edge("e", timeline, spell, time_ms=time_ms))
    horizon_ms = timeline.trial.horizon_ms
    return slices + [_edge("e", timeline, spell, time_ms=horizon_ms) for spell in begun]


def _edge(side: str, timeline: Timeline, spell: tuple[int, int], *, time_ms: int) -> dict[str, Any]:
    region, outage = spell
    return {
        "ph": side,
        "name": timeline.outages[outage],
        "cat": "outage",
        "id": outage,
        "ts": time_ms * 1000,
        "pid": region + 1,
        "tid": 0,
    }


def _marks(timeline: Timeline) -> list[dict[str, Any]]:
    """Decisions, answers and completed moves as instants on the track of their environment."""
    estate = timeline.trial.estate
    table = timeline.table[
        np.isin(timeline.table["event"], sorted(_MARKS)) & (timeline.table["environment"] >= 0)
    ]
    return [
        {
            "ph": "i",
            "name": event.label,
            "cat": ROW_OF[event].actor,
            "s": "t",
            "ts": time_ms * 1000,
            "pid": estate.spec(row).home + 1,
            "tid": row + 1,
        }
        for time_ms, row, _, event in _rows(table)
    ]


def _rows(table: NDArray[np.void]) -> Iterator[tuple[int, int, int, Event]]:
    """(time_ms, environment, outage, event) of each row."""
    columns = (table[name].tolist() for name in ("time_ms", "environment", "outage", "event"))
    return (
        (time_ms, place, outage, Event(code)) for time_ms, place, outage, code in zip(*columns, strict=True)
    )
