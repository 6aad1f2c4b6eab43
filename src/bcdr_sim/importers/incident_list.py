"""A list of one's own incidents: when each began, was detected, announced, mitigated and over, as far as that is known."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from bcdr_sim.errors import InputError, Problem, near_miss
from bcdr_sim.importers.csv_rows import CsvRecord, csv_records, unknown_headings
from bcdr_sim.importers.instants import milliseconds, read_instant
from bcdr_sim.importers.naming import shown
from bcdr_sim.importers.power_platform import folded
from bcdr_sim.importers.provenance import some
from bcdr_sim.importers.texts import whole
from bcdr_sim.loading import Source
from bcdr_sim.units import format_instant

COLUMNS: Final = {
    "start": ("start", "started", "started at", "begin", "began", "impact", "impact start", "start time"),
    "end": (
        "end",
        "ended",
        "ended at",
        "finished",
        "finished at",
        "resolved",
        "resolved at",
        "impact end",
        "end time",
    ),
    "detected": ("detected", "detected at", "detection"),
    "first post": ("first post", "first posted", "first communication"),
    "mitigated": ("mitigated", "mitigated at", "mitigation"),
    "region": ("region",),
    "cause": ("cause", "category"),
}
"""The columns and other headings they may have. Only `start` is required; further columns are passed over, and told."""


@dataclass(frozen=True, slots=True)
class Incident:
    """One incident. `end` is None while it is open; the others are None where nobody wrote them down."""

    start: datetime
    end: datetime | None
    detected: datetime | None
    first_post: datetime | None
    mitigated: datetime | None
    region: str
    cause: str


@dataclass(frozen=True, slots=True)
class Sample:
    """Durations of one quantity in milliseconds; those marked are only known to be longer. `clipped_count` were below 0."""

    values_ms: tuple[int, ...]
    is_censored: tuple[bool, ...]
    clipped_count: int = 0

    @property
    def censored_count(self) -> int:
        """How many are only known to be longer."""
        return sum(self.is_censored)


def read_incidents(sources: Sequence[Source]) -> list[Incident]:
    """Return the incidents of some files, in order of their start.

    Raises:
        InputError: whatever cannot be read in any of them, with its line.
    """
    incidents: list[Incident] = []
    problems: list[Problem] = []
    for source in sources:
        records = csv_records(source, COLUMNS, required=("start",))
        problems += _misnamed(source, records)
        for record in records:
            try:
                incidents.append(_incident(record))
            except ValueError as error:
                problems.append(record.problem(str(error)))
    if problems:
        raise InputError(problems)
    if not incidents:
        raise InputError([whole(sources[0].path, "no incident below the head")])
    return sorted(incidents, key=lambda each: each.start)


def passed_over(sources: Sequence[Source]) -> list[str]:
    """Return the headings that nobody knows, each once."""
    return list(dict.fromkeys(name for source in sources for name in unknown_headings(source, COLUMNS)))


def _misnamed(source: Source, records: Sequence[CsvRecord]) -> Iterator[Problem]:
    """A heading that is nearly that of a column which is not there; or any, where no incident would have an end."""
    absent = [name for name in COLUMNS if records and name not in records[0].cells]
    near = {heading: name for name in absent for heading in COLUMNS[name]}
    for heading in unknown_headings(source, COLUMNS):
        likely = near_miss(heading, near)
        if likely is not None:
            yield records[0].head_problem(
                f"no column is called '{shown(heading)}'; did you mean '{near[likely]}'?"
            )
        elif "end" in absent:
            yield records[0].head_problem(
                f"no column is called '{shown(heading)}', and there is none for 'end', so every incident would be open; "
                f"that may be called {some(list(COLUMNS['end']))}"
            )


def selected(
    incidents: Sequence[Incident], *, regions: Sequence[str], causes: Sequence[str]
) -> list[Incident]:
    """Return the incidents of these regions and causes, compared without case and blanks; all if none is named.

    Raises:
        InputError: one that no incident has.
    """
    chosen = list(incidents)
    kinds: tuple[tuple[str, Sequence[str], Callable[[Incident], str]], ...] = (
        ("--region", regions, lambda each: each.region),
        ("--cause", causes, lambda each: each.cause),
    )
    for option, wanted, told in kinds:
        known = {folded(told(each)) for each in incidents}
        missing = [name for name in wanted if folded(name) not in known]
        if missing:
            raise InputError([whole(option, f"no incident has '{shown(name)}'") for name in missing])
        names = {folded(name) for name in wanted}
        chosen = [each for each in chosen if not names or folded(told(each)) in names]
    if not chosen:
        raise InputError([whole("--cause", "no incident has that region and that cause")])
    return chosen


def sample(incidents: Sequence[Incident], quantity: str, until: datetime) -> Sample:
    """Return a quantity of the incidents: `length`, or the time from the start to `detected`, `first_post`, `mitigated`.

    An open incident is known to be longer than until `until`; what nobody wrote down is no observation.
    """
    values: list[int] = []
    censored: list[bool] = []
    clipped_count = 0
    for each in incidents:
        to = each.end if quantity == "length" else getattr(each, quantity)
        if to is None and quantity != "length":
            continue
        span_ms = milliseconds((to or until) - each.start)
        clipped_count += span_ms < 0
        values.append(max(0, span_ms))
        censored.append(to is None)
    return Sample(tuple(values), tuple(censored), clipped_count)


def last_instant(incidents: Sequence[Incident]) -> datetime:
    """Return the latest instant that any incident names: until then, somebody kept the list."""
    return max(
        instant
        for each in incidents
        for instant in (each.start, each.end, each.detected, each.first_post, each.mitigated)
        if instant is not None
    )


def _incident(record: CsvRecord) -> Incident:
    start = _instant(record, "start")
    if start is None:
        raise ValueError("no start: when it began is not known")
    end = _instant(record, "end")
    mitigated = _instant(record, "mitigated")
    for name, instant in (("end", end), ("mitigated", mitigated)):
        if instant is not None and instant <= start:
            raise ValueError(f"'{name}' is not after the start, {format_instant(start)}")
    return Incident(
        start=start,
        end=end,
        detected=_instant(record, "detected"),
        first_post=_instant(record, "first post"),
        mitigated=mitigated,
        region=record.text("region"),
        cause=record.text("cause"),
    )


def _instant(record: CsvRecord, name: str) -> datetime | None:
    text = record.text(name)
    return read_instant(text) if text else None
