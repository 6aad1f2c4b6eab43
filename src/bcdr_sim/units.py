"""Quantities as people write them: durations, rates, shares, names, instants, each with one exact meaning.

Inside the simulator a duration is an integer number of milliseconds and a rate is a float of writes per hour.
Outside, both always carry a unit. Every parser refuses what it cannot hold exactly and says what to write
instead.
"""

from __future__ import annotations

import math
import re
from datetime import date, datetime, timedelta
from fractions import Fraction
from functools import lru_cache
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, PlainSerializer, WithJsonSchema

DURATION_MS_MAX = 36_525 * 86_400_000
"""The longest duration: 100 years of 365.25 days. Assumption: no exercise looks further ahead."""

NAME_LENGTH_MAX = 100
"""The longest name, in characters."""

_UNIT_MS = {"d": 86_400_000, "h": 3_600_000, "m": 60_000, "s": 1_000, "ms": 1}
_NUMBER = r"\d+(?:\.\d+)?"
_SHORT = re.compile("".join(rf"(?:(?P<{unit}>{_NUMBER}){unit})?" for unit in _UNIT_MS), re.ASCII)
_ISO = re.compile(
    rf"P(?=[\dT])(?:(?P<d>{_NUMBER})D)?"
    rf"(?:T(?=\d)(?:(?P<h>{_NUMBER})H)?(?:(?P<m>{_NUMBER})M)?(?:(?P<s>{_NUMBER})S)?)?",
    re.ASCII,
)
_BARE_NUMBER = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)
_LONG_WORDS = re.compile(rf"(?P<number>{_NUMBER})\s*(?P<word>[A-Za-z]+)", re.ASCII)
_UNIT_WORDS = {
    "ms": "ms millisecond milliseconds msec msecs",
    "s": "s sec secs second seconds",
    "m": "m min mins minute minutes",
    "h": "h hr hrs hour hours",
    "d": "d day days",
}
_RATE = re.compile(rf"(?P<number>{_NUMBER}(?:[eE][+-]?\d+)?)/(?P<unit>[smhd])", re.ASCII)
_PER_HOUR = {"s": Fraction(3_600), "m": Fraction(60), "h": Fraction(1), "d": Fraction(1, 24)}
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/-]*")
_INSTANT = re.compile(
    r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.(?P<fraction>\d{1,9}))?)?(?P<zone>Z|[+-]\d\d:\d\d)?", re.ASCII
)
_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_TEXT_LENGTH_MAX = 64


@lru_cache(maxsize=1024)  # a large estate says the same few durations again and again
def parse_duration(text: str) -> int:
    """Return the duration written as `90s`, `1d12h`, `2m41s`, `250ms` or ISO 8601 (`PT15M`), in ms.

    Parts stand in falling order (`d`, `h`, `m`, `s`, `ms`), each at most once; a day has 24 hours. A
    decimal part is taken when the sum is a whole number of milliseconds (`1.5h`).

    Raises:
        ValueError: no unit, negative, finer than a millisecond, over `DURATION_MS_MAX`, or not a duration
        at all.
    """
    if len(text) > _TEXT_LENGTH_MAX:
        raise ValueError(f"not a duration: more than {_TEXT_LENGTH_MAX} characters")
    if text.startswith("-"):
        raise ValueError(f"a duration cannot be negative; got '{text}'")
    if _BARE_NUMBER.fullmatch(text):
        raise ValueError(_unit_missing(text))
    match = _SHORT.fullmatch(text) or _ISO.fullmatch(text)
    if match is None or not text:
        raise ValueError(_not_a_duration(text))
    parts = match.groupdict()
    total = sum((Fraction(parts[unit]) * _UNIT_MS[unit] for unit in parts if parts[unit]), Fraction(0))
    if total.denominator != 1:
        raise ValueError(f"only whole milliseconds; got '{text}'")
    if total > DURATION_MS_MAX:
        raise ValueError(
            f"a duration is at most 100 years ({format_duration(DURATION_MS_MAX)}); got '{text}'"
        )
    return int(total)


def format_duration(duration_ms: int) -> str:
    """Return the short form of a duration in ms, such as `1d12h`, `250ms` or `0s`.

    `parse_duration` is its inverse.

    Raises:
        ValueError: the duration is negative.
    """
    if duration_ms < 0:
        raise ValueError(f"a duration cannot be negative; got {duration_ms} ms")
    parts = []
    for unit, unit_ms in _UNIT_MS.items():
        count, duration_ms = divmod(duration_ms, unit_ms)
        if count:
            parts.append(f"{count}{unit}")
    return "".join(parts) or "0s"


def parse_rate(text: str) -> float:
    """Return the rate written as `30/h`, `2/s`, `1/m` or `5/d`, per hour.

    Raises:
        ValueError: no unit, negative, not finite, or not a rate at all.
    """
    if text.startswith("-"):
        raise ValueError(f"a rate cannot be negative; got '{text}'")
    if _BARE_NUMBER.fullmatch(text):
        raise ValueError(f"a rate needs a unit: write {text}/s, {text}/h or {text}/d")
    match = _RATE.fullmatch(text) if len(text) <= _TEXT_LENGTH_MAX else None
    if match is None:
        raise ValueError(f"not a rate: '{text[:_TEXT_LENGTH_MAX]}'; write it like 30/h, 2/s, 1/m or 5/d")
    if not math.isfinite(float(match["number"])):
        raise ValueError(f"a rate must be finite; got '{text}'")
    return float(Fraction(match["number"]) * _PER_HOUR[match["unit"]])


def format_rate(rate_per_hour: float) -> str:
    """Return a rate per hour as text, such as `30/h`; `parse_rate` is its inverse."""
    number = repr(rate_per_hour)
    return f"{number.removesuffix('.0')}/h"


def parse_instant(text: str) -> datetime:
    """Return the instant written in ISO 8601 with a zone, such as `2024-11-01T06:00:00Z`, to the millisecond.

    Raises:
        ValueError: no time, no zone, finer than a millisecond, or no such date.
    """
    match = _INSTANT.fullmatch(text)
    if match is None:
        day = re.match(r"\d{4}-\d\d-\d\d", text, re.ASCII)
        example = f"{day[0]}T06:00:00Z" if day else "2024-11-01T06:00:00Z"
        raise ValueError(
            f"not an instant: '{text[:_TEXT_LENGTH_MAX]}'; write date, time and zone like {example}"
        )
    if match["zone"] is None:
        raise ValueError(f"an instant needs a zone: write {text}Z for UTC, or an offset like {text}+01:00")
    if (match["fraction"] or "").ljust(9, "0")[3:].strip("0"):
        raise ValueError(f"only whole milliseconds; got '{text}'")
    try:
        return datetime.fromisoformat(text)
    except ValueError as error:
        raise ValueError(f"no such instant: '{text}' ({error})") from None


def format_instant(instant: datetime) -> str:
    """Return an instant in ISO 8601 with its zone (`Z` for UTC); `parse_instant` is its inverse."""
    text = instant.isoformat(timespec="milliseconds" if instant.microsecond else "seconds")
    return text.removesuffix("+00:00") + "Z" if instant.utcoffset() == timedelta(0) else text


def parse_date(text: str) -> date:
    """Return the calendar date written as `2024-12-25`.

    Raises:
        ValueError: another form, or no such date.
    """
    if not _DATE.fullmatch(text):
        raise ValueError(f"not a date: '{text[:_TEXT_LENGTH_MAX]}'; write it like 2024-12-25")
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise ValueError(f"no such date: '{text}' ({error})") from None


def parse_name(text: str) -> str:
    """Return a name unchanged if it is one: a letter or digit, then letters, digits and `.` `_` `/` `-`.

    The first character is restricted so that no exported table cell can start a spreadsheet formula.

    Raises:
        ValueError: empty, too long, or a character that a name cannot have.
    """
    if len(text) > NAME_LENGTH_MAX:
        raise ValueError(f"a name has at most {NAME_LENGTH_MAX} characters; this one has {len(text)}")
    if not _NAME.fullmatch(text):
        likely = re.sub(r"[^A-Za-z0-9._/-]+", "-", text).strip("-._/")
        hint = f"; write '{likely}'?" if likely else ""
        raise ValueError(
            f"not a name: '{text}'; a name starts with a letter or digit, "
            f"then come letters, digits and the signs . _ / -{hint}"
        )
    return text


def _unit_missing(number: str) -> str:
    if float(number) == 0:
        return "a duration needs a unit: write 0s"
    return f"a duration needs a unit: write {number}s, {number}m or {number}h"


def _not_a_duration(text: str) -> str:
    """Say why the text is no duration, with the likely spelling if there is one."""
    if re.fullmatch(r"P.*[YMW].*", text.split("T", maxsplit=1)[0]):
        return f"not a duration: '{text}'; the largest unit is a day, write days like P30D"
    if re.fullmatch(rf"{_NUMBER}\s*w(?:eeks?)?", text):
        return f"not a duration: '{text}'; the largest unit is a day, write {_weeks_as_days(text)}"
    likely = "".join(_short_part(part) for part in _LONG_WORDS.finditer(text))
    if likely and not _LONG_WORDS.sub("", text).strip(" ,\n") and _SHORT.fullmatch(likely):
        return f"not a duration: '{text}'; write {likely}"
    return f"not a duration: '{text}'; write it like 90s, 15m, 4h, 1d12h or PT15M"


def _weeks_as_days(text: str) -> str:
    return f"{float(text.partition('w')[0]) * 7:g}d"


def _short_part(part: re.Match[str]) -> str:
    word = part["word"].lower()
    return next((part["number"] + unit for unit, words in _UNIT_WORDS.items() if word in words.split()), "?")


def _shown(value: object) -> str:
    """Return a value as the file would write it."""
    match value:
        case bool():
            return "true" if value else "false"
        case None:
            return "nothing"
        case str():
            return f"'{value}'"
        case list() | tuple():
            return "a list"
        case dict():
            return "a mapping"
        case _:
            return str(value)


def _version(value: object) -> object:
    """What YAML reads as something else than a whole number is shown as a text, which is no version."""
    return str(value).lower() if isinstance(value, bool | float) else value


def _duration(value: Any) -> int:
    if isinstance(value, str):
        return parse_duration(value)
    if isinstance(value, int | float) and not isinstance(value, bool):
        if value < 0:
            raise ValueError(f"a duration cannot be negative; got {value}")
        raise ValueError(_unit_missing(str(value)))
    raise ValueError(f"not a duration: {_shown(value)}; write it like 90s, 15m, 4h, 1d12h or PT15M")


def _positive_duration(value: Any) -> int:
    duration_ms = _duration(value)
    if duration_ms == 0:
        raise ValueError(f"must be longer than 0s; got {_shown(value)}")
    return duration_ms


def _rate(value: Any) -> float:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return parse_rate(str(value))
    if not isinstance(value, str):
        raise ValueError(f"not a rate: {_shown(value)}; write it like 30/h, 2/s, 1/m or 5/d")
    return parse_rate(value)


def _share(value: Any) -> float:
    if isinstance(value, str) and re.fullmatch(rf"{_NUMBER}\s*%", value):
        likely = float(Fraction(value.rstrip("% ")) / 100)
        raise ValueError(f"must be a number from 0 to 1; got '{value}', write {likely:g}")
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
        raise ValueError(f"must be a number from 0 to 1; got {_shown(value)}")
    return float(value)


def _name(value: Any) -> str:
    if isinstance(value, str):
        return parse_name(value)
    if isinstance(value, int | float | None):
        raise ValueError(
            f"a name must be text; got {_shown(value)}" + ("" if value is None else ", put it in quotes")
        )
    raise ValueError(f"a name must be text; got {_shown(value)}")


def _date(value: Any) -> date:
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    if not isinstance(value, str):
        raise ValueError(f"not a date: {_shown(value)}; write it like 2024-12-25")
    return parse_date(value)


def _instant(value: Any) -> datetime:
    if isinstance(value, datetime) and value.tzinfo is not None:
        return value
    if not isinstance(value, str):
        raise ValueError(
            f"not an instant: {_shown(value)}; write date, time and zone like 2024-11-01T06:00:00Z"
        )
    return parse_instant(value)


_DURATION_PATTERN = (
    r"^(?=.*\d)(\d+(\.\d+)?d)?(\d+(\.\d+)?h)?(\d+(\.\d+)?m)?(\d+(\.\d+)?s)?(\d+(\.\d+)?ms)?$"
    r"|^P(?=[\dT])(\d+(\.\d+)?D)?(T(?=\d)(\d+(\.\d+)?H)?(\d+(\.\d+)?M)?(\d+(\.\d+)?S)?)?$"
)
_DURATION_SCHEMA = {
    "type": "string",
    "pattern": _DURATION_PATTERN,
    "examples": ["90s", "15m", "4h", "1d12h", "PT15M"],
    "description": "A duration with its unit: 90s, 15m, 4h, 1d12h, 250ms, or ISO 8601 (PT15M).",
}

Version = Annotated[Literal[1], BeforeValidator(_version)]
"""The version of a file format: 1, and neither `true` nor 1.0, which are equal to it."""

Duration = Annotated[
    int,
    BeforeValidator(_duration),
    PlainSerializer(format_duration, return_type=str),
    WithJsonSchema(_DURATION_SCHEMA),
]
"""A duration in ms, written with its unit; 0 to `DURATION_MS_MAX`."""

PositiveDuration = Annotated[
    int,
    BeforeValidator(_positive_duration),
    PlainSerializer(format_duration, return_type=str),
    WithJsonSchema(
        {**_DURATION_SCHEMA, "description": "A duration longer than 0s: 90s, 15m, 4h, 1d12h or PT15M."}
    ),
]
"""A duration in ms that is not 0."""

Rate = Annotated[
    float,
    BeforeValidator(_rate),
    PlainSerializer(format_rate, return_type=str),
    WithJsonSchema(
        {
            "type": "string",
            "pattern": r"^\d+(\.\d+)?([eE][+-]?\d+)?/[smhd]$",
            "examples": ["30/h", "2/s", "1/m", "5/d"],
            "description": "A rate with its unit: 30/h, 2/s, 1/m or 5/d.",
        }
    ),
]
"""A rate per hour, finite and not negative, written with its unit."""

Share = Annotated[
    float,
    BeforeValidator(_share),
    WithJsonSchema(
        {
            "type": "number",
            "minimum": 0,
            "maximum": 1,
            "examples": [0.2, 1],
            "description": "A share of the whole: a number from 0 to 1.",
        }
    ),
]
"""A share of the whole, 0 to 1 inclusive."""

Name = Annotated[
    str,
    BeforeValidator(_name),
    WithJsonSchema(
        {
            "type": "string",
            "pattern": r"^[A-Za-z0-9][A-Za-z0-9._/-]*$",
            "maxLength": NAME_LENGTH_MAX,
            "examples": ["westeurope", "contoso-prod"],
            "description": "A name: a letter or digit first, then letters, digits and the signs . _ / -",
        }
    ),
]
"""A name of something in the file, at most `NAME_LENGTH_MAX` characters."""

CalendarDate = Annotated[
    date,
    BeforeValidator(_date),
    PlainSerializer(date.isoformat, return_type=str),
    WithJsonSchema(
        {
            "type": "string",
            "format": "date",
            "examples": ["2024-12-25"],
            "description": "A calendar date: 2024-12-25.",
        }
    ),
]
"""A date of the calendar."""

Instant = Annotated[
    datetime,
    BeforeValidator(_instant),
    PlainSerializer(format_instant, return_type=str),
    WithJsonSchema(
        {
            "type": "string",
            "format": "date-time",
            "examples": ["2024-11-01T06:00:00Z", "2024-11-01T07:00:00+01:00"],
            "description": "An instant in ISO 8601 with its zone: 2024-11-01T06:00:00Z.",
        }
    ),
]
"""An instant with its zone, to the millisecond."""
