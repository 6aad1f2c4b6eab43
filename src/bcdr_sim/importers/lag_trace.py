"""What monitoring recorded of a replication link as a link of a scenario: the last sync time at each instant.

A lag can be two things. An age is how far the copy is behind now; a transfer delay is how long the last write took, which
says nothing while the link stands still. The record or the user has to say which.

Source: Microsoft, `sys.dm_geo_replication_link_status` (`replication_lag_sec` is a transfer delay) and the older
`sys.dm_continuous_copy_status` (an age).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any, Final, Literal

from bcdr_sim.errors import InputError, Problem
from bcdr_sim.importers.csv_rows import CsvRecord, csv_records, decimal_hint
from bcdr_sim.importers.instants import milliseconds, read_instant, said_of_zones
from bcdr_sim.importers.naming import shown
from bcdr_sim.importers.provenance import Imported, counted, header
from bcdr_sim.importers.texts import whole
from bcdr_sim.loading import Source, dump
from bcdr_sim.regions import azure_regions
from bcdr_sim.scenario.reading import load_scenario
from bcdr_sim.units import DURATION_MS_MAX, format_duration, format_instant, parse_duration

KIND: Final = "lag-trace"
DAY_MS: Final = 86_400_000
ROWS_MAX: Final = 38_000
"""So many rows a scenario may hold. Assumption: five values each, of 200,000."""

COLUMNS: Final = {
    "time": ("time", "timestamp", "at", "instant", "collected at"),
    "last_sync": ("last sync", "last sync time", "lastsynctime", "last replication", "last replication time"),
    "age": ("age", "rpo in seconds", "rpoinseconds"),
    "transfer": ("replication lag sec", "transfer", "transfer delay"),
    "lag": ("lag", "lag seconds", "lag sec", "lag duration", "lagduration"),
}
"""The columns and the headings they may have. A `lag` alone does not say which; the others do."""

Measure = Literal["last_sync", "age", "transfer"]
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class LagOptions:
    """What the user adds: the region of the link, what its `lag` is, when the scenario begins, and who lives there."""

    region: str
    measure: Measure | None = None
    start: datetime | None = None
    estate: str | None = None


@dataclass(frozen=True, slots=True)
class _Reading:
    """At an instant, the last sync time then; both in milliseconds since 1970."""

    record: CsvRecord
    at_ms: int
    last_sync_ms: int


def lag_scenario(sources: Sequence[Source], options: LagOptions, *, path: str) -> Imported:
    """Return a scenario whose link is as recorded; `path` is where it will stand.

    Raises:
        InputError: a line that cannot be read or is given twice in two ways, a lag that may be two things, a start after
            the first last sync time, or more rows than a scenario holds.
    """
    readings, measure = _readings(sources, options.measure)
    once = _once(readings)
    rows, back_count = _rising(once)
    if len(rows) > ROWS_MAX:
        message = f"{len(rows):,} changes of the last sync time; a scenario holds at most {ROWS_MAX:,}: export fewer"
        raise InputError([whole(sources[0].path, message)])
    first_ms = rows[0][1]
    start = options.start or _EPOCH + timedelta(milliseconds=first_ms // DAY_MS * DAY_MS)
    offset_ms = milliseconds(start - _EPOCH)
    if offset_ms > first_ms:
        first = format_instant(_EPOCH + timedelta(milliseconds=first_ms))
        raise InputError([whole("--start", f"is after the first last sync time, {first}")])
    counts = [f"{counted(len(readings), 'line')} read: {counted(len(rows), 'row')}"]
    if len(readings) > len(once):
        counts.append(f"{len(readings) - len(once):,} given again")
    if len(once) > len(rows):
        counts.append(f"{len(once) - len(rows):,} that change nothing")
    data: dict[str, Any] = {"version": 1}
    if options.estate and not options.estate.lower().endswith(".csv"):
        data["extends"] = options.estate
    data |= {
        "name": "imported-lag",
        "start": format_instant(start),
        "horizon": f"{-(-(once[-1].at_ms - offset_ms) // DAY_MS) + 1}d",
        "region_table": "azure",
        "link": {
            "kind": "trace",
            "rows": [
                {"at": format_duration(at_ms - offset_ms), "last_sync": format_duration(last_ms - offset_ms)}
                for at_ms, last_ms in rows
            ],
        },
    }
    if "extends" not in data:
        if options.region not in azure_regions():
            data["regions"] = [{"name": options.region}]
        own = [{"name": f"example-{options.region}", "region": options.region}]
        data["environments"] = {"from": options.estate} if options.estate else own
    zones = said_of_zones(each.record.text(key) for each in readings for key in ("time", "last_sync"))
    assumptions = (*_assumptions(measure, back_count, options), *zones)
    text = dump(data, header=header(KIND, sources, counts=", ".join(counts), assumptions=assumptions))
    load_scenario(path, text=text)
    return Imported(text, ", ".join(counts), assumptions)


def _readings(sources: Sequence[Source], measure: Measure | None) -> tuple[list[_Reading], Measure]:
    """Return the lines of all files, and what they measure."""
    readings: list[_Reading] = []
    problems: list[Problem] = []
    meant = measure
    for source in sources:
        for record in csv_records(source, COLUMNS, required=("time",)):
            told = _told(record, measure)
            if meant is not None and told != meant:
                raise record.wrong(f"this column holds '{told}', not '{meant}'")
            meant = told
            try:
                readings.append(_reading(record, meant))
            except ValueError as error:
                problems.append(record.problem(str(error)))
    if problems:
        raise InputError(problems)
    if meant is None or not readings:
        raise InputError([whole(sources[0].path, "no line below the head")])
    return readings, meant


def _told(record: CsvRecord, measure: Measure | None) -> Measure:
    """Return what a line measures, by its heading or as the user says."""
    there = [name for name in COLUMNS if name != "time" and name in record.cells]
    if len(there) != 1:
        names = ", ".join(headings[0] for name, headings in COLUMNS.items() if name != "time")
        raise record.wrong(f"there must be exactly one column of {names}")
    match there[0]:
        case "last_sync" | "age" | "transfer" as told:
            return told
        case _ if measure in ("age", "transfer"):
            return measure
        case _:
            raise record.wrong(
                "a lag is one of two things: say --measure age (how far the copy is behind now) or "
                "--measure transfer (how long the last write took)"
            )


def _reading(record: CsvRecord, measure: Measure) -> _Reading:
    at_ms = _instant_ms(record.text("time"))
    if measure == "last_sync":
        last_sync_ms = _instant_ms(record.text("last_sync"))
        if last_sync_ms > at_ms:
            raise ValueError("the last sync time is after the time of the line")
        return _Reading(record, at_ms, last_sync_ms)
    return _Reading(record, at_ms, at_ms - _span_ms(record.text(measure) or record.text("lag")))


def _instant_ms(text: str) -> int:
    instant = read_instant(text)
    if instant is None:
        raise ValueError(f"no such instant in a record: '{shown(text)}'")
    return milliseconds(instant - _EPOCH)


def _span_ms(text: str) -> int:
    """Return a span in milliseconds: a number of seconds, or a duration with its unit."""
    try:
        seconds = Decimal(text)
    except InvalidOperation:
        hint = decimal_hint(text)
        if hint:
            raise ValueError(f"not a number of seconds: '{shown(text)}'{hint}") from None
        return parse_duration(text)
    if not seconds.is_finite() or not 0 <= seconds * 1000 <= DURATION_MS_MAX:
        raise ValueError(
            f"a lag must be 0 s or more, and at most {DURATION_MS_MAX // 1000} s, not {shown(text)}"
        )
    return round(seconds * 1000)


def _once(readings: Sequence[_Reading]) -> list[_Reading]:
    """Return the readings in order of time, each instant once."""
    found: dict[int, _Reading] = {}
    problems: list[Problem] = []
    for reading in readings:
        first = found.setdefault(reading.at_ms, reading)
        if first.last_sync_ms != reading.last_sync_ms:
            message = f"the same time as in line {first.record.line + 1}, and another last sync time"
            problems.append(reading.record.problem(message))
    if problems:
        raise InputError(problems)
    return [found[at_ms] for at_ms in sorted(found)]


def _rising(readings: Sequence[_Reading]) -> tuple[list[tuple[int, int]], int]:
    """Return instant and last sync time of each reading that moves it on, and how many would have moved it back."""
    rows = [(readings[0].at_ms, readings[0].last_sync_ms)]
    back_count = 0
    for reading in readings[1:]:
        back_count += reading.last_sync_ms < rows[-1][1]
        if reading.last_sync_ms > rows[-1][1]:
            rows.append((reading.at_ms, reading.last_sync_ms))
    return rows, back_count


def _assumptions(measure: Measure, back_count: int, options: LagOptions) -> list[str]:
    """Return what the record does not say."""
    meaning = {
        "last_sync": "the record holds last sync times",
        "age": "the lag is an age: last sync time = time - lag",
        "transfer": "the lag is a transfer delay, taken for an age: while the link stands still the copy is further behind",
    }
    lines = [meaning[measure], "between two rows the last sync time stands still"]
    if back_count:
        lines.append(
            f"what has arrived does not go away, so readings that go back are left out: {back_count:,}"
        )
    lines.append("the link of all environments that have none of their own")
    if not options.estate:
        lines.append("one example environment with the default customer: give your own with --estate")
    return lines
