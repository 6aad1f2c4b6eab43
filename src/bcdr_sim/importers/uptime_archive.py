"""Failure traces of the Cloud Uptime Archive as outages of one region.

A trace has a start, an end and a severity on each line, and sometimes a service. Overlapping lines are one outage while they
overlap, and the larger severity wins there. Times are seconds since the first failure, or instants.

Source: atlarge-research/cloud-uptime-archive, its documentation and the heads of its files (facts only).
"""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from itertools import pairwise
from typing import Any, Final, Literal

from bcdr_sim.errors import InputError, Problem
from bcdr_sim.importers.csv_rows import CsvRecord, csv_records, decimal_hint
from bcdr_sim.importers.instants import milliseconds, read_instant, said_of_zones
from bcdr_sim.importers.naming import shown
from bcdr_sim.importers.provenance import Imported, counted, header, some
from bcdr_sim.importers.texts import whole
from bcdr_sim.loading import Source, dump
from bcdr_sim.regions import azure_regions
from bcdr_sim.scenario.reading import load_scenario
from bcdr_sim.units import DURATION_MS_MAX, format_duration, format_instant

KIND: Final = "uptime-archive"
COLUMNS: Final = {
    "start": ("start time", "start"),
    "end": ("end time", "end"),
    "severity": ("severity", "status"),
    "service": ("service",),
}
"""Both heads that its documentation and its files have."""

DAY_MS: Final = 86_400_000
VALUES_MAX: Final = 190_000
"""Values that the outages may take of the 200,000 that a scenario file may hold."""

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)

Meaning = Literal["fraction", "capability"]


@dataclass(frozen=True, slots=True)
class TraceOptions:
    """What the user adds. `severity` says what the number means, since it has no unit; durations are in milliseconds."""

    region: str
    severity: Meaning = "fraction"
    service: str = ""
    min_duration_ms: int = 0
    min_severity: float = 0.0
    start: datetime | None = None
    estate: str | None = None


@dataclass(frozen=True, slots=True, order=True)
class Spell:
    """Half-open [start, end) in milliseconds from the start of the scenario, with one severity."""

    start_ms: int
    end_ms: int
    severity: float


@dataclass(frozen=True, slots=True)
class Joined:
    """An incident: spells that follow one another without a gap, and the number of lines that it is made of."""

    spells: tuple[Spell, ...]
    line_count: int

    @property
    def length_ms(self) -> int:
        """From the first impact to the last end."""
        return self.spells[-1].end_ms - self.spells[0].start_ms


@dataclass(frozen=True, slots=True)
class _Line:
    """One line of the trace: its ends are milliseconds, since the first failure or since 1970."""

    record: CsvRecord
    start_ms: int
    end_ms: int
    severity: float
    service: str


def trace_scenario(sources: Sequence[Source], options: TraceOptions, *, path: str) -> Imported:
    """Return the outages of a trace as a scenario; `path` is where it will stand.

    Raises:
        InputError: a line that cannot be read, ends before it begins or has a severity outside 0 to 1; several services
            and none chosen; nothing left, or more than a file may hold.
    """
    lines, is_dated = _lines(sources)
    chosen = _of_service(lines, options)
    start = _start(chosen, options) if is_dated else options.start
    offset_ms = milliseconds(start - _EPOCH) if is_dated and start else 0
    sound = [line for line in chosen if line.severity > 0 and line.end_ms > line.start_ms]
    kept = [line for line in sound if line.severity >= options.min_severity]
    incidents = list(
        joined(Spell(line.start_ms - offset_ms, line.end_ms - offset_ms, line.severity) for line in kept)
    )
    long = [each for each in incidents if each.length_ms >= options.min_duration_ms]
    if not long:
        raise InputError(
            [whole(sources[0].path, f"no outage in it: {counted(len(lines), 'line')} read, none is left")]
        )
    counts = [f"{counted(len(lines), 'line')} read: {counted(len(long), 'incident')}"]
    for number, what in (
        (len(lines) - len(chosen), "of other services"),
        (len(chosen) - len(sound), "of severity 0 or without length left out"),
        (len(sound) - len(kept), "below --min-severity left out"),
        (sum(each.line_count - 1 for each in incidents), "joined to others that they overlap or touch"),
        (
            sum(each.line_count for each in incidents) - sum(each.line_count for each in long),
            "below --min-duration left out",
        ),
    ):
        if number:
            counts.append(f"{counted(number, 'line')} {what}")
    spells = [spell for each in long for spell in each.spells]
    zones = said_of_zones(line.record.text(end) for line in kept for end in ("start", "end"))
    assumptions = (*_assumptions(options, start=start), *zones)
    told = Imported("", ", ".join(counts), assumptions)
    return _written(sources, options, spells, told=told, start=start, path=path)


def _line_count(incidents: Iterable[Joined]) -> int:
    return sum(each.line_count for each in incidents)


def joined(spells: Iterable[Spell]) -> Iterator[Joined]:
    """Yield the incidents of some spells in order: what overlaps or touches is one, the larger severity wins."""
    cluster: list[Spell] = []
    end_ms = 0
    for spell in sorted(spells):
        if cluster and spell.start_ms > end_ms:
            yield _incident(cluster)
            cluster = []
        end_ms = max(end_ms, spell.end_ms) if cluster else spell.end_ms
        cluster.append(spell)
    if cluster:
        yield _incident(cluster)


def _incident(cluster: Sequence[Spell]) -> Joined:
    """Return spells of one severity each that cover what a cluster covers; it is in order and has no gap."""
    points = sorted({point for spell in cluster for point in (spell.start_ms, spell.end_ms)})
    coming = iter([*cluster, None])
    upcoming = next(coming)
    active: list[tuple[float, int]] = []
    found: list[Spell] = []
    for begin, end in pairwise(points):
        while upcoming is not None and upcoming.start_ms <= begin:
            heapq.heappush(active, (-upcoming.severity, upcoming.end_ms))
            upcoming = next(coming)
        while active[0][1] <= begin:
            heapq.heappop(active)
        severity = -active[0][0]
        if found and found[-1].severity == severity:
            found[-1] = Spell(found[-1].start_ms, end, severity)
        else:
            found.append(Spell(begin, end, severity))
    return Joined(tuple(found), len(cluster))


def _lines(sources: Sequence[Source]) -> tuple[list[_Line], bool]:
    """Return the lines of all files, and whether their times are instants."""
    lines: list[_Line] = []
    problems: list[Problem] = []
    is_dated: bool | None = None
    for source in sources:
        for record in csv_records(source, COLUMNS, required=("start", "end", "severity")):
            if is_dated is None:
                is_dated = ":" in record.text("start")
            try:
                lines.append(_line(record, is_dated=is_dated))
            except ValueError as error:
                problems.append(record.problem(str(error)))
    if problems:
        raise InputError(problems)
    if not lines:
        raise InputError([whole(sources[0].path, "no line below the head")])
    return lines, bool(is_dated)


def _line(record: CsvRecord, *, is_dated: bool) -> _Line:
    read = _instant_ms if is_dated else _seconds_ms
    start_ms, end_ms = read(record.text("start")), read(record.text("end"))
    if end_ms < start_ms:
        raise ValueError("ends before it begins")
    try:
        severity = float(record.text("severity"))
    except ValueError:
        told = shown(record.text("severity"))
        message = f"the severity must be a number from 0 to 1, not '{told}'{decimal_hint(told)}"
        raise ValueError(message) from None
    if not 0 <= severity <= 1:
        raise ValueError(f"the severity must be from 0 to 1, not {severity}")
    return _Line(record, start_ms, end_ms, severity, record.text("service"))


def _instant_ms(text: str) -> int:
    instant = read_instant(text)
    if instant is None:
        raise ValueError(f"no such instant in a trace: '{shown(text)}'")
    return milliseconds(instant - _EPOCH)


def _seconds_ms(text: str) -> int:
    """Return seconds in milliseconds, rounded to the nearest."""
    try:
        seconds = Decimal(text)
    except InvalidOperation:
        message = f"not a number of seconds like the first line has: '{shown(text)}'{decimal_hint(text)}"
        raise ValueError(message) from None
    if not seconds.is_finite() or not 0 <= seconds * 1000 <= DURATION_MS_MAX:
        raise ValueError(f"seconds must lie between 0 and {DURATION_MS_MAX // 1000}, not {shown(text)}")
    return round(seconds * 1000)


def _of_service(lines: Sequence[_Line], options: TraceOptions) -> list[_Line]:
    """Return the lines of the service asked for, or of the only one."""
    services = sorted({line.service for line in lines})
    if not options.service and len(services) > 1:
        raise InputError(
            [whole("--service", f"the trace holds several services; choose one of {some(services)}")]
        )
    chosen = [line for line in lines if options.service in ("", line.service)]
    if not chosen:
        raise InputError(
            [whole("--service", f"no service '{shown(options.service)}'; there are {some(services)}")]
        )
    return chosen


def _start(lines: Sequence[_Line], options: TraceOptions) -> datetime:
    """Return the start of the scenario where the trace has a calendar: as asked for, or the midnight before it."""
    first = _EPOCH + timedelta(milliseconds=min(line.start_ms for line in lines))
    if options.start and options.start > first:
        raise InputError([whole("--start", f"is after the first failure, {format_instant(first)}")])
    return options.start or first.replace(hour=0, minute=0, second=0, microsecond=0)


def _written(
    sources: Sequence[Source],
    options: TraceOptions,
    spells: Sequence[Spell],
    *,
    told: Imported,
    start: datetime | None,
    path: str,
) -> Imported:
    """Return the scenario of some spells; those of one severity and length are one outage with a trace of impacts.

    `told` is what has to be said about it, without its text.
    """
    alike: dict[tuple[float, int], list[int]] = defaultdict(list)
    for spell in spells:
        alike[spell.severity, spell.end_ms - spell.start_ms].append(spell.start_ms)
    values = 18 * len(alike) + len(spells)
    if values > VALUES_MAX:
        message = (
            f"{len(spells):,} outages do not fit into a scenario; leave out short ones with --min-duration"
        )
        raise InputError([whole(sources[0].path, message)])
    data: dict[str, Any] = {"version": 1, "name": "imported-trace"}
    if options.estate and not options.estate.lower().endswith(".csv"):
        data = {"version": 1, "extends": options.estate, "name": "imported-trace"}
    if start:
        data["start"] = format_instant(start)
    data["horizon"] = f"{-(-max(spell.end_ms for spell in spells) // DAY_MS) + 3}d"
    data["region_table"] = "azure"
    if "extends" not in data:
        if options.region not in azure_regions():
            data["regions"] = [{"name": options.region}]
        own = [{"name": f"example-{options.region}", "region": options.region}]
        data["environments"] = {"from": options.estate} if options.estate else own
    data["outages"] = [
        {
            "id": f"trace-{number}",
            "region": options.region,
            "trace": [format_duration(at_ms) for at_ms in sorted(impacts)],
            **_severity(severity, options),
            "lasts": format_duration(length_ms),
        }
        for number, ((severity, length_ms), impacts) in enumerate(
            sorted(alike.items(), key=lambda item: min(item[1])), start=1
        )
    ]
    text = dump(data, header=header(KIND, sources, counts=told.counts, assumptions=told.assumptions))
    load_scenario(path, text=text)
    return replace(told, text=text)


def _severity(severity: float, options: TraceOptions) -> dict[str, Any]:
    """Return what a severity means to an outage."""
    if options.severity == "capability":
        return {"kind": "gray", "capability": round(1 - severity, 12)}
    return {"kind": "hard"} | ({"scope": {"fraction": severity}} if severity < 1 else {})


def _assumptions(options: TraceOptions, *, start: datetime | None) -> list[str]:
    """Return what no trace says."""
    meaning = {
        "fraction": "severity is the share of the region that is hit, and who is hit is not served (--severity fraction)",
        "capability": "severity is the share of its work that everybody loses (--severity capability)",
    }
    lines = [
        meaning[options.severity],
        f"region {options.region}, as asked for: the trace names none",
        "one environment drawn for a share of the region may be another one when the severity changes"
        if options.severity == "fraction"
        else "nobody is down as long as the capability that is left is the minimum or more",
        "a trace from users measures complaints, one from operators measures posts: neither is the outage itself",
        "cause, lag, detection, posts and stages of recovery are the defaults",
        "pairs of regions are those of the published table; the provider may use others",
    ]
    if start is None:
        lines.append("no calendar: time counts from the first failure; hours of people need --start")
    if not options.estate:
        lines.append("one example environment with the default customer: give your own with --estate")
    return lines
