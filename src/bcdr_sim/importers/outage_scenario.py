"""Announced outages as a scenario: impact, end, regions, first post and cadence as recorded, the rest said to be assumed."""

from __future__ import annotations

import os
import statistics
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

from bcdr_sim.errors import InputError, Problem
from bcdr_sim.importers.announcements import Announced, Announcements
from bcdr_sim.importers.instants import ZONELESS, milliseconds
from bcdr_sim.importers.naming import distinct_names, shown
from bcdr_sim.importers.provenance import Imported, counted, header, reasons, some
from bcdr_sim.importers.texts import whole
from bcdr_sim.loading import dump
from bcdr_sim.regions import azure_regions
from bcdr_sim.scenario.reading import load_scenario
from bcdr_sim.units import format_duration, format_instant

CONFIRMATION_MS_MAX: Final = 600_000
"""The longest confirmation that the default draws; the first post waits for it. Source: assumptions page, confirmation."""

AFTERWARDS_MS: Final = 3 * 86_400_000
"""What the horizon leaves after the last end. Assumption: failback and resynchronisation are over by then."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the user adds to the record: where, since when, until when it counts, and who lives there.

    `until` ends outages that are still open. `estate` is a scenario to extend or a table, as a path from the result.
    """

    regions: tuple[str, ...] = ()
    start: datetime | None = None
    until: datetime | None = None
    estate: str | None = None
    only: tuple[str, ...] = ()


def outage_scenario(kind: str, read: Announcements, wanted: Wanted, *, path: str) -> Imported:
    """Return a complete scenario of the outages; `path` is where it will stand.

    Raises:
        InputError: nothing is an outage, one has no region or no end, or the estate does not fit.
    """
    chosen = _chosen(read, wanted)
    outages = _complete(chosen, wanted)
    names = distinct_names([(each.identity, each.identity) for each in outages], otherwise="outage")
    start = wanted.start or outages[0].begin.replace(hour=0, minute=0, second=0, microsecond=0)
    if start > outages[0].begin:
        message = f"is after the first impact, {format_instant(outages[0].begin)}"
        raise InputError([whole("--start", message)])
    last_end = max(each.end for each in outages if each.end is not None)
    days = -(-(milliseconds(last_end - start) + AFTERWARDS_MS) // 86_400_000)
    regions = sorted({region for each in outages for region in each.regions})
    unlisted = [region for region in regions if region not in azure_regions()]
    data: dict[str, Any] = {"version": 1}
    if wanted.estate and not wanted.estate.lower().endswith(".csv"):
        data["extends"] = wanted.estate
    data |= {
        "name": names[0] if len(names) == 1 else f"{names[0]}-and-{len(names) - 1}-more",
        "start": format_instant(start),
        "horizon": f"{days}d",
        "region_table": "azure",
    }
    if "extends" not in data:
        data |= _estate(wanted, regions, unlisted)
    data["outages"] = [_outage(name, each, start) for name, each in zip(names, outages, strict=True)]
    counts = _counts(read, len(outages), len(chosen))
    assumptions = [
        *_further(read.more_follow),
        *_assumptions(chosen, outages, wanted),
        *_unlisted(unlisted),
        *_people(data),
    ]
    text = dump(data, header=header(kind, read.sources, counts=counts, assumptions=assumptions))
    load_scenario(path, text=text)
    return Imported(text, counts, tuple(assumptions))


def _chosen(read: Announcements, wanted: Wanted) -> list[Announced]:
    """Return the outages asked for by their ids, or all."""
    known = {each.identity.casefold(): each for each in read.outages}
    if not known:
        file = read.sources[0].path
        found = counted(read.record_count, "record")
        raise InputError([whole(file, f"no outage in it: {found} read{reasons(read.left_out)}")])
    missing = [name for name in wanted.only if name.casefold() not in known]
    if missing:
        there = some([each.identity for each in read.outages])
        raise InputError(
            [whole("--only", f"no outage '{shown(name)}'; there are {there}") for name in missing]
        )
    names = {name.casefold() for name in wanted.only} or set(known)
    return [each for name, each in known.items() if name in names]


def _complete(chosen: Sequence[Announced], wanted: Wanted) -> list[Announced]:
    """Return the outages with a region and an end each."""
    problems: list[Problem] = []
    complete = []
    for each in chosen:
        name = shown(each.identity)
        regions = each.regions or wanted.regions
        end = each.end or wanted.until
        if not regions:
            problems.append(each.record.problem(f"{name} names no region; say which with --region NAME"))
        if end is None:
            message = f"{name} has no end yet; say with --until INSTANT when to take it for over, or choose with --only"
            problems.append(each.record.problem(message))
        elif end <= each.begin:
            began = format_instant(each.begin)
            problems.append(whole("--until", f"{format_instant(end)} is not after {name} began, {began}"))
        complete.append(replace(each, regions=regions, end=end))
    if problems:
        raise InputError(problems)
    return complete


def _estate(wanted: Wanted, regions: Sequence[str], unlisted: Sequence[str]) -> dict[str, Any]:
    """Return the part of the scenario that says who lives where."""
    data: dict[str, Any] = {"regions": [{"name": region} for region in unlisted]} if unlisted else {}
    if wanted.estate:
        return {**data, "environments": {"from": wanted.estate}}
    return {**data, "environments": [{"name": f"example-{region}", "region": region} for region in regions]}


def _outage(name: str, each: Announced, start: datetime) -> dict[str, Any]:
    """Return one outage of the scenario."""
    assert each.end is not None
    data: dict[str, Any] = {"id": name}
    data |= {"region": each.regions[0]} if len(each.regions) == 1 else {"regions": list(each.regions)}
    data["at"] = format_duration(milliseconds(each.begin - start))
    data["lasts"] = format_duration(milliseconds(each.end - each.begin))
    if each.posts:
        first_ms = max(0, milliseconds(each.posts[0] - each.begin))
        data["detection"] = {"automatic": format_duration(max(0, first_ms - CONFIRMATION_MS_MAX))}
        data["comms"] = {"first": format_duration(first_ms)}
        gaps = [milliseconds(later - earlier) for earlier, later in pairwise(each.posts)]
        if gaps:
            data["comms"]["every"] = format_duration(max(1, round(statistics.median(gaps))))
    if each.title:
        data["description"] = shown(each.title)
    return data


def _counts(read: Announcements, outage_count: int, chosen_count: int) -> str:
    """Return how many records went in and what became of each, and check that none is missing."""
    left_out = sum(read.left_out.values())
    assert read.record_count == len(read.outages) + read.joined_count + left_out
    parts = [f"{counted(read.record_count, 'record')} read: {counted(outage_count, 'outage')}"]
    if read.joined_count:
        parts.append(f"{read.joined_count:,} joined to another of the same outage")
    if len(read.outages) > chosen_count:
        parts.append(f"{len(read.outages) - chosen_count:,} not asked for")
    if left_out:
        parts.append(f"{left_out:,} left out{reasons(read.left_out)}")
    return ", ".join(parts)


def _assumptions(chosen: Sequence[Announced], outages: Sequence[Announced], wanted: Wanted) -> list[str]:
    """Return what the record does not say."""
    lines = [
        "everybody in a region is hit, and nobody there is served (kind: hard, the whole scope): the record says neither",
        "impact and end are what the provider wrote afterwards, not what was known meanwhile",
    ]
    early = [each.identity for each in outages if each.posts and each.posts[0] < each.begin]
    quick = [
        each.identity
        for each in outages
        if each.posts and milliseconds(each.posts[0] - each.begin) < CONFIRMATION_MS_MAX
    ]
    silent = [each.identity for each in outages if not each.posts and each.is_begin_posted]
    only_over = [each.identity for each in outages if not each.posts and not each.is_begin_posted]
    single = [each.identity for each in outages if len(each.posts) == 1]
    opened = [each.identity for each in chosen if each.end is None]
    said = [each.identity for each in chosen if each.end is not None and not each.is_end_told]
    placed = [each.identity for each in chosen if not each.regions]
    read = [each.identity for each in chosen if each.regions and not each.is_region_told]
    posted = [each.identity for each in outages if each.posts]
    if posted:
        lines.append(
            "detected as late as the first post allows: 10m before it, the longest confirmation by default"
        )
    if len(posted) > len(single):
        lines.append("cadence: the median of the gaps between posts")
    until = format_instant(wanted.until) if wanted.until else ""
    for names, line in (
        (early, "first posted before the impact as written afterwards, taken as posted at impact"),
        (quick, "posted within 10m of impact: here the post may come as much later as confirmation takes"),
        (silent, "no posts in the record: detection, first post and cadence are the defaults"),
        (
            only_over,
            "only the message that it is over in the record: detection, first post and cadence are the defaults",
        ),
        (single, "one post: the cadence is the default"),
        (opened, f"open in the record, taken to end at {until}: it lasts at least so long"),
        (
            said,
            "no end in the record, taken as the instant of the message that it is over: it may have been earlier",
        ),
        (placed, "no region in the record, taken from --region"),
        (
            [each.identity for each in chosen if not each.is_zoned],
            ZONELESS,
        ),
        (read, "no field for the region, read from the title or the description"),
    ):
        if names:
            lines.append(f"{line}: {some(names)}")
    return lines


def _further(file: str) -> list[str]:
    if not file:
        return []
    return [
        f"{shown(file)} says that a further page follows (nextLink), which is not read: give it as a file too"
    ]


def _unlisted(regions: Sequence[str]) -> list[str]:
    if not regions:
        return []
    return [f"not in the published table of regions, so without a pair: {some(regions)}"]


def _people(data: dict[str, Any]) -> list[str]:
    lines = ["pairs of regions are those of the published table; the provider may use others"]
    if "extends" not in data and isinstance(data["environments"], list):
        lines.append(
            "one example environment in each region, with the default customer: give your own with --estate"
        )
    return lines


def estate_from(output: Path | None, estate: Path | None) -> str | None:
    """Return the path of an estate as a file at `output` has to write it.

    Raises:
        InputError: no such file, or on another drive.
    """
    if estate is None:
        return None
    if not estate.is_file():
        raise InputError([whole("--estate", f"no such file: {estate}")])
    folder = output.parent if output is not None else Path()
    try:
        return Path(os.path.relpath(estate, folder)).as_posix()
    except ValueError:
        raise InputError([whole("--estate", "must be on the drive of the result")]) from None
