"""Outages as the provider announced them, from four services, read into one kind of value; nothing is guessed here.

Files: Azure Service Health events (`Microsoft.ResourceHealth/events`), the same from Resource Graph, Azure Monitor alerts in
the common schema, and service issues of Microsoft Graph, which are the Service Health Dashboard itself.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from bcdr_sim.errors import InputError, Problem
from bcdr_sim.importers.instants import is_zoneless, read_instant
from bcdr_sim.importers.json_values import Record, listed_records, nested, says_more_follows
from bcdr_sim.importers.region_names import regions_of_names, regions_of_words
from bcdr_sim.loading import Source


@dataclass(frozen=True, slots=True)
class Announced:
    """One outage as announced. `end` is None while it is open; `changed` orders the records of one outage.

    `is_end_told` is false where `end` is only the instant at which it was said to be over, `is_region_told` where the
    regions were found in a sentence, `is_begin_posted` where all that is left of its posts is that it is over. `is_zoned`
    is false where one of its instants has no zone.
    """

    identity: str
    title: str
    regions: tuple[str, ...]
    begin: datetime
    end: datetime | None
    posts: tuple[datetime, ...]
    changed: datetime
    record: Record
    is_end_told: bool = True
    is_region_told: bool = True
    is_begin_posted: bool = True
    is_zoned: bool = True


@dataclass(frozen=True, slots=True)
class Announcements:
    """What some files hold: outages in order of impact, how many records were read, and why some are none.

    `more_follow` is the last file if that says that there is a further page.
    """

    outages: tuple[Announced, ...]
    record_count: int
    joined_count: int
    left_out: Mapping[str, int]
    sources: tuple[Source, ...]
    more_follow: str = ""


def read_announcements(kind: str, sources: Sequence[Source], *, advisories: bool = False) -> Announcements:
    """Return the outages of some files; records of one outage are joined, and the latest of them decides.

    `advisories` takes advisories of Microsoft Graph for outages as well.

    Raises:
        InputError: whatever cannot be read in any of the files, with its place.
    """
    read = READERS[kind]
    found: list[Announced] = []
    left_out: Counter[str] = Counter()
    problems: list[Problem] = []
    record_count = 0
    for source in sources:
        try:
            records = listed_records(source, "value", "data" if kind != "monitor-alert" else "value")
        except InputError as error:
            problems += error.problems
            continue
        record_count += len(records)
        for record in records:
            try:
                outcome = read(record)
            except InputError as error:
                problems += error.problems
                continue
            if outcome == ADVISORY and advisories:
                outcome = _issue(record, is_outage=True)
            if isinstance(outcome, str):
                left_out[outcome] += 1
            else:
                found.append(replace(outcome, is_zoned=not any(map(is_zoneless, _texts(record.fields)))))
    if problems:
        raise InputError(problems)
    outages = _joined(found)
    joined_count = len(found) - len(outages)
    more_follow = sources[-1].path if says_more_follows(sources[-1]) else ""
    return Announcements(
        outages, record_count, joined_count, dict(sorted(left_out.items())), tuple(sources), more_follow
    )


def _texts(value: Any) -> Iterator[str]:
    """Yield every text in a value, and in JSON inside of a text."""
    value = nested(value)
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping | list):
        for each in value.values() if isinstance(value, Mapping) else value:
            yield from _texts(each)


ADVISORY: Final = "advisory"


def _event(record: Record) -> Announced | str:
    """Read an event of Service Health, from its own API or from Resource Graph."""
    if not isinstance(record.raw("properties"), Mapping):
        raise record.wrong("no 'properties': not an event of Service Health")
    kind = record.text("properties", "eventType")
    if kind.casefold() != "serviceissue":
        return f"event of type {kind}" if kind else "event without a type"
    posts: list[datetime] = []
    names: list[str] = []
    for service in record.records("properties", "impact"):
        for region in service.records("impactedRegions"):
            names.append(region.text("impactedRegion"))
            posts += _instants(region.records("updates"), "updateDateTime")
    begin = _required(record, "properties", "impactStartTime")
    end = _end(record, begin, "properties", "impactMitigationTime")
    if end is None and record.text("properties", "status").casefold() == "resolved":
        end = _end(record, begin, "properties", "lastUpdateTime")
        is_end_told = False
    else:
        is_end_told = True
    return Announced(
        identity=record.text("name") or _needed(record, "properties", "trackingId"),
        title=record.text("properties", "title"),
        regions=regions_of_names(names),
        begin=begin,
        end=end,
        is_end_told=is_end_told,
        posts=tuple(sorted(set(posts))),
        changed=_instant(record, "properties", "lastUpdateTime") or max(posts, default=begin),
        record=record,
    )


def _alert(record: Record) -> Announced | str:
    """Read an alert of Azure Monitor in the common schema: one for each stage of an outage."""
    at = ("data", "alertContext", "properties")
    if not isinstance(record.raw(*at), Mapping):
        raise record.wrong(
            "no 'data.alertContext.properties': not an alert of Service Health in the common schema"
        )
    source = record.text("data", "alertContext", "eventSource")
    if source.casefold() not in ("", "servicehealth"):
        return f"alert of {source}"
    kind = record.text(*at, "incidentType")
    if kind.casefold() not in ("", "incident"):
        return f"alert of type {kind}"
    names = [
        region.text("RegionName")
        for service in record.records(*at, "impactedServices")
        for region in service.records("ImpactedRegions")
    ]
    posted = _required(record, "data", "alertContext", "submissionTimestamp")
    begin = _required(record, *at, "impactStartTime")
    told = _end(record, begin, *at, "impactMitigationTime")
    stage = record.text(*at, "stage").casefold()
    is_over = stage in ("resolved", "complete", "rca", "postincidentreview")
    said = _end(record, begin, "data", "alertContext", "submissionTimestamp") if is_over else None
    return Announced(
        identity=_needed(record, *at, "trackingId"),
        title=record.text(*at, "title"),
        regions=regions_of_names(names or [record.text(*at, "region")]),
        begin=begin,
        end=told or said,
        is_end_told=told is not None or not is_over,
        posts=() if stage in ("rca", "postincidentreview") else (posted,),
        is_begin_posted=not is_over,
        changed=posted,
        record=record,
    )


def _issue(record: Record, *, is_outage: bool = False) -> Announced | str:
    """Read a service issue of Microsoft Graph. It has no field for the region: that stands in its sentences at best."""
    kind = record.text("classification")
    if kind.casefold() != "incident" and not is_outage:
        return ADVISORY if kind.casefold() == ADVISORY else f"issue of class {kind or '(none)'}"
    if record.text("status").casefold() == "falsepositive":
        return "false positive"
    posts = _instants(record.records("posts"), "createdDateTime")
    begin = _required(record, "startDateTime")
    title = record.text("title")
    return Announced(
        identity=_needed(record, "id"),
        title=title,
        regions=regions_of_words(title) or regions_of_words(record.text("impactDescription")),
        is_region_told=False,
        begin=begin,
        end=_end(record, begin, "endDateTime"),
        posts=tuple(sorted(set(posts))),
        changed=_instant(record, "lastModifiedDateTime") or max(posts, default=begin),
        record=record,
    )


READERS: Final[Mapping[str, Callable[[Record], Announced | str]]] = {
    "service-health": _event,
    "resource-graph": _event,
    "monitor-alert": _alert,
    "graph-issues": _issue,
}
"""Returns an outage, or in a few words what the record is instead."""


def _joined(found: Iterable[Announced]) -> tuple[Announced, ...]:
    """Return one value for all records of an outage: what the latest one says, with the regions and posts of all.

    An end that was once told is not replaced by the instant of a later message. That it is over is never the first post of
    an outage: where nothing else is left, it has no posts.
    """
    by_identity: dict[str, list[Announced]] = {}
    for each in found:
        by_identity.setdefault(each.identity.casefold(), []).append(each)
    outages = []
    for records in by_identity.values():
        *earlier, last = sorted(records, key=lambda each: each.changed)
        told = [each for each in (*earlier, last) if each.end is not None]
        if last.end is not None and not last.is_end_told:
            last = next((each for each in reversed(told) if each.is_end_told), told[0])
        is_begin_posted = any(each.is_begin_posted for each in records)
        posts = sorted({post for each in records for post in each.posts})
        outages.append(
            replace(
                last,
                regions=tuple(dict.fromkeys(name for each in records for name in each.regions)),
                posts=tuple(posts) if is_begin_posted else (),
                is_begin_posted=is_begin_posted,
                is_zoned=all(each.is_zoned for each in records),
            )
        )
    return tuple(sorted(outages, key=lambda each: (each.begin, each.identity)))


def _instants(records: Iterable[Record], key: str) -> list[datetime]:
    instants = (_instant(record, key) for record in records)
    return [instant for instant in instants if instant is not None]


def _instant(record: Record, *keys: str) -> datetime | None:
    text = record.text(*keys)
    try:
        return read_instant(text) if text else None
    except ValueError as error:
        raise record.wrong(str(error), *keys) from None


def _required(record: Record, *keys: str) -> datetime:
    instant = _instant(record, *keys)
    if instant is None:
        raise record.wrong(f"no '{keys[-1]}': when it began is not known", *keys)
    return instant


def _end(record: Record, begin: datetime, *keys: str) -> datetime | None:
    end = _instant(record, *keys)
    if end is not None and end <= begin:
        raise record.wrong(f"'{keys[-1]}' is not after the begin of the impact", *keys)
    return end


def _needed(record: Record, *keys: str) -> str:
    text: Any = record.text(*keys)
    if not text:
        raise record.wrong(f"no '{keys[-1]}': it has no name to be known by", *keys)
    return str(text)
