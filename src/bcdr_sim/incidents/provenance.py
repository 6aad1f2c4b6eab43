"""Where each number of an encoding comes from, and whether an encoding is still the one that the record knows.

`encodings.json` holds, for each encoding, a digest of everything in it and of the policy that it names, and for each number
what it is and its source: one fact, how long after another, since the start of the scenario, words of the record, or
nothing and all of a share. A number without a source is an assumption, and its value stands beside it in the record. A fact
that some derived comparison (class C) asks for is no source: a replay that is told the answer has not derived it.

No program writes that file: whoever changes an encoding changes it by hand, where it shows.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from bcdr_sim.errors import InputError
from bcdr_sim.incidents.encoding import found, values_at
from bcdr_sim.incidents.record import FOLDER, Assumed, Grade, Recorded, find
from bcdr_sim.loading import compose
from bcdr_sim.policy.policy import policy_document
from bcdr_sim.units import parse_duration

TELLING = ("version", "name", "description", "start", "horizon", "expect")
"""Keys that say nothing of the world in numbers with a source; the digest holds all of them but the description."""
MINUTE_MS = 60_000
NUMBER = re.compile(r"[\d.]+(ms|s|m|h|d|/h|/min|/s|%)?([\d.]+(ms|s|m|h))*")
FACT = re.compile(r"(?:(?P<of>[\w-]+): )?T(?P<at>[+-]\d+(?:\.\d+)?) (?P<kind>\w+)")
WORDS = re.compile(r"(\d+(?:\.\d+)?) (%|s|min|h)(?!\w)")
SHARES = ("fraction", "probability", "never", "share")
UNITS = {"s": 1 / 60, "min": 1.0, "h": 60.0}


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a number is said to come from: `at` counts from the start of the scenario, `fact` from `since` or the impact."""

    value: Any
    fact: str = ""
    since: str = ""
    at: str = ""
    words: str = ""
    neutral: str = ""


@dataclass(frozen=True, slots=True)
class Known:
    """What the record knows of an encoding: its digest and, unless it is a variant, its numbers by path."""

    digest: str
    numbers: Mapping[str, Origin]


@cache
def known() -> Mapping[str, Known]:
    """Every encoding on record, by the name of its file."""
    document = json.loads((FOLDER / "encodings.json").read_text(encoding="utf-8"))
    return {
        name: Known(each["digest"], {path: _origin(one) for path, one in each.get("numbers", {}).items()})
        for name, each in document["encodings"].items()
    }


def digest(path: Path) -> str:
    """A digest of all that an encoding says, its expectations and the file of its rule included; of no comment or layout.

    A rule that is one of the program's own profiles counts by its name.
    """
    data = dict(compose(path).data)
    data.pop("description", None)
    policy = data.get("policy")
    name = policy["name"] if isinstance(policy, dict) else policy
    is_file = isinstance(name, str) and name.endswith(".yaml")
    rule = policy_document(str(name), folder=path.parent).data if is_file else name
    text = json.dumps([data, rule], sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def departures(
    recorded: Recorded, path: Path | None = None, *, record: Mapping[str, Known] | None = None
) -> list[str]:
    """How an encoding departs from what the record knows of it, in sentences; none if it is the one on record.

    `path` is the encoding to look at instead of the outage's own, `record` what is known instead of `known()`.
    """
    file = path or recorded.scenario
    entry = (known() if record is None else record).get(recorded.id)
    if entry is None:
        return ["the encoding is on no record"]
    data = compose(file).data
    told = [*_numbers_astray(recorded, data, entry.numbers), *_assumptions_astray(recorded, file)]
    is_digest = digest(file)
    if is_digest != entry.digest:
        told.insert(0, f"encoding edited: its digest is {is_digest}, on record is {entry.digest}")
    return told


def numbers(data: Mapping[str, Any]) -> Iterator[tuple[str, tuple[str | int, ...], Any]]:
    """Every number of an encoding with its path, items of lists by their name, and its place."""
    for key, part in data.items():
        if key not in TELLING:
            yield from _numbers(part, key, (key,))


def _numbers(
    data: Any, path: str, place: tuple[str | int, ...]
) -> Iterator[tuple[str, tuple[str | int, ...], Any]]:
    if isinstance(data, dict):
        for key, value in data.items():
            yield from _numbers(value, f"{path}.{key}", (*place, key))
    elif isinstance(data, list):
        for position, item in enumerate(data):
            name = item.get("id") or item.get("name") if isinstance(item, dict) else None
            yield from _numbers(item, f"{path}.{name or position}", (*place, position))
    elif _is_number(data):
        yield path, place, data


def _is_number(value: Any) -> bool:
    if isinstance(value, bool) or value is None:
        return False
    return isinstance(value, int | float) or NUMBER.fullmatch(str(value)) is not None


def _numbers_astray(
    recorded: Recorded, data: Mapping[str, Any], known_numbers: Mapping[str, Origin]
) -> Iterator[str]:
    assumed = {place for one in recorded.assumed for place in found(data, one.path)}
    seen = set()
    for path, place, value in numbers(data):
        seen.add(path)
        if any(place[: len(one)] == one for one in assumed):
            if path in known_numbers:
                yield f"{path} has a source and is assumed too"
        elif path not in known_numbers:
            yield f"{path}: {value} has no source and is not listed as assumed"
        elif known_numbers[path].value != value:
            yield f"{path} is {value}, on record is {known_numbers[path].value}"
        else:
            try:
                fault = _fault(recorded, data, path=path, origin=known_numbers[path])
            except (ValueError, InputError) as error:
                fault = str(error)
            if fault:
                yield f"{path}: {value} is not what its source says: {fault}"
    for path in known_numbers:
        if path not in seen:
            yield f"{path} is on record and not in the encoding"


def _assumptions_astray(recorded: Recorded, file: Path) -> Iterator[str]:
    for one in recorded.assumed:
        values = assumed_values(one, file)
        if values != one.value:
            yield f"{one.path} is assumed to be {_flow(one.value)}, in the encoding is {_flow(values)}"


def assumed_values(assumed: Assumed, file: Path) -> Any:
    """What an encoding says at an assumed path: the value, or of a path with `*` all of them in order."""
    values = list(values_at(file, assumed.path).values())
    return values if "*" in assumed.path else values[0] if values else None


def _fault(recorded: Recorded, data: Mapping[str, Any], *, path: str, origin: Origin) -> str:
    """What is wrong with a source; '' if it gives the number."""
    if origin.neutral:
        is_neutral = (origin.neutral, origin.value) in (("none", 0), ("all", 1))
        return (
            "" if is_neutral and path.rpartition(".")[2] in SHARES else "only of a share 0 is none, 1 is all"
        )
    if origin.words:
        return _fault_of_words(recorded, origin)
    if origin.at:
        start = datetime.fromisoformat(str(data["start"]))
        then = start + timedelta(milliseconds=parse_duration(origin.value))
        return "" if then == _instant(recorded, origin.at) else f"{origin.at} was at another time"
    minutes = parse_duration(origin.value) / MINUTE_MS
    since = origin.since or "T+0 impact_start"
    length = _instant(recorded, origin.fact) - _instant(recorded, since)
    if length != timedelta(minutes=minutes):
        return f"{origin.fact} is {length.total_seconds() / 60:g} minutes after {since}"
    answers = [name for name in (origin.fact, origin.since) if name and _is_answer(recorded, name)]
    return f"{answers[0]} is what a derived comparison asks for" if answers else ""


def _fault_of_words(recorded: Recorded, origin: Origin) -> str:
    if origin.words not in recorded.words:
        return f"'{origin.words}' does not stand in the record"
    told = WORDS.search(origin.words)
    if told is None:
        return f"'{origin.words}' holds no number with a unit"
    if told[2] == "%":
        return "" if float(told[1]) / 100 == origin.value else f"{told[0]} is another share"
    minutes = float(told[1]) * UNITS[told[2]]
    return (
        "" if round(minutes * MINUTE_MS) == parse_duration(origin.value) else f"{told[0]} is another length"
    )


def _instant(recorded: Recorded, name: str) -> datetime:
    """The instant of a fact, of this outage or of another one (`ID: T+1 kind`).

    Raises:
        ValueError: the record has no such fact, or one that is not certain enough to be compared.
    """
    told = FACT.fullmatch(name)
    if told is None:
        raise ValueError(f"'{name}' names no fact; one is named like 'T+292 mitigation_start'")
    of = recorded if told["of"] is None else find(told["of"])
    facts = [fact for fact in of.facts if fact.kind == told["kind"] and fact.at_min == float(told["at"])]
    if not facts or all(fact.certainty == "unverified" for fact in facts):
        raise ValueError(f"{of.id}: the record has no certain '{name}'")
    return datetime.fromisoformat(of.impact_at) + timedelta(minutes=facts[0].at_min)


def _is_answer(recorded: Recorded, name: str) -> bool:
    """Whether a fact lies at an end of what a derived comparison publishes."""
    impact = datetime.fromisoformat(recorded.impact_at)
    minutes = (_instant(recorded, name) - impact).total_seconds() / 60
    derived = (one for one in recorded.comparisons if one.grade is Grade.C)
    return any(minutes in (span.low, span.high) for one in derived for span in one.minutes)


def _origin(entry: Mapping[str, Any]) -> Origin:
    return Origin(
        value=entry["is"],
        fact=entry.get("fact", ""),
        since=entry.get("since", ""),
        at=entry.get("at", ""),
        words=entry.get("words", ""),
        neutral=entry.get("neutral", ""),
    )


def _flow(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
