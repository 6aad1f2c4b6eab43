"""Quantities mean exactly one thing, and what has no exact meaning is refused with the likely spelling."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from bcdr_sim.units import (
    DURATION_MS_MAX,
    Duration,
    Instant,
    Name,
    PositiveDuration,
    Rate,
    Share,
    Version,
    format_duration,
    format_instant,
    format_rate,
    parse_duration,
    parse_instant,
    parse_name,
    parse_rate,
)

SECOND_MS = 1_000
MINUTE_MS = 60 * SECOND_MS
HOUR_MS = 60 * MINUTE_MS
DAY_MS = 24 * HOUR_MS


def refusal(kind: Any, value: Any) -> str:
    """Return the message with which a field of this kind refuses a value."""
    with pytest.raises(ValidationError) as caught:
        TypeAdapter(kind).validate_python(value)
    return str(caught.value.errors()[0]["ctx"]["error"])


@pytest.mark.parametrize(
    ("text", "duration_ms"),
    [
        ("0s", 0),
        ("250ms", 250),
        ("90s", 90 * SECOND_MS),
        ("15m", 15 * MINUTE_MS),
        ("2m41s", 161 * SECOND_MS),
        ("1d12h", 36 * HOUR_MS),
        ("1d2h3m4s5ms", DAY_MS + 2 * HOUR_MS + 3 * MINUTE_MS + 4_005),
        ("1.5h", 90 * MINUTE_MS),
        ("0.25s", 250),
        ("PT15M", 15 * MINUTE_MS),
        ("P1DT2H", 26 * HOUR_MS),
        ("P30D", 30 * DAY_MS),
        ("PT0.5S", 500),
        ("36525d", DURATION_MS_MAX),
    ],
)
def test_a_duration_is_a_whole_number_of_milliseconds(text: str, duration_ms: int) -> None:
    """Short and ISO 8601 forms, and decimals whose sum is whole, are exact."""
    assert parse_duration(text) == duration_ms


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("90", "a duration needs a unit: write 90s, 90m or 90h"),
        ("0", "a duration needs a unit: write 0s"),
        ("1.5", "a duration needs a unit: write 1.5s, 1.5m or 1.5h"),
        ("-5m", "a duration cannot be negative; got '-5m'"),
        ("0.0005s", "only whole milliseconds; got '0.0005s'"),
        ("0.3ms", "only whole milliseconds; got '0.3ms'"),
        ("36526d", "a duration is at most 100 years (36525d); got '36526d'"),
        ("9" * 63 + "d", f"a duration is at most 100 years (36525d); got '{'9' * 63}d'"),
        ("9" * 5_000 + "d", "not a duration: more than 64 characters"),
        ("2w", "not a duration: '2w'; the largest unit is a day, write 14d"),
        ("P1M", "not a duration: 'P1M'; the largest unit is a day, write days like P30D"),
        ("P2W", "not a duration: 'P2W'; the largest unit is a day, write days like P30D"),
        ("5 minutes", "not a duration: '5 minutes'; write 5m"),
        ("1 hour, 30 min", "not a duration: '1 hour, 30 min'; write 1h30m"),
        ("4H", "not a duration: '4H'; write 4h"),
        ("22:30", "not a duration: '22:30'; write it like 90s, 15m, 4h, 1d12h or PT15M"),
        ("30s5m", "not a duration: '30s5m'; write it like 90s, 15m, 4h, 1d12h or PT15M"),
        ("", "not a duration: ''; write it like 90s, 15m, 4h, 1d12h or PT15M"),
        ("P", "not a duration: 'P'; write it like 90s, 15m, 4h, 1d12h or PT15M"),
        ("PT", "not a duration: 'PT'; write it like 90s, 15m, 4h, 1d12h or PT15M"),
        ("٣s", "not a duration: '٣s'; write it like 90s, 15m, 4h, 1d12h or PT15M"),
        (" 1s", "not a duration: ' 1s'; write 1s"),
        ("1s\n", "not a duration: '1s\n'; write 1s"),
    ],
)
def test_what_is_no_exact_duration_is_refused_with_the_likely_spelling(text: str, message: str) -> None:
    """The message names the value and what to write."""
    assert refusal(Duration, text) == message


@given(st.integers(0, DURATION_MS_MAX))
def test_a_written_duration_reads_back_exactly(duration_ms: int) -> None:
    """`parse_duration` is the inverse of `format_duration`."""
    assert parse_duration(format_duration(duration_ms)) == duration_ms


@pytest.mark.parametrize(
    ("duration_ms", "text"), [(0, "0s"), (250, "250ms"), (36 * HOUR_MS, "1d12h"), (61_250, "1m1s250ms")]
)
def test_a_duration_is_written_in_its_largest_units(duration_ms: int, text: str) -> None:
    """Nothing is written for a unit that counts 0."""
    assert format_duration(duration_ms) == text


def test_a_negative_duration_cannot_be_written() -> None:
    """There is no text that would read back as it."""
    with pytest.raises(ValueError, match="a duration cannot be negative; got -1 ms"):
        format_duration(-1)


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (90, "a duration needs a unit: write 90s, 90m or 90h"),
        (1.5, "a duration needs a unit: write 1.5s, 1.5m or 1.5h"),
        (-5, "a duration cannot be negative; got -5"),
        (True, "not a duration: true; write it like 90s, 15m, 4h, 1d12h or PT15M"),
        (None, "not a duration: nothing; write it like 90s, 15m, 4h, 1d12h or PT15M"),
        ([], "not a duration: a list; write it like 90s, 15m, 4h, 1d12h or PT15M"),
        ({}, "not a duration: a mapping; write it like 90s, 15m, 4h, 1d12h or PT15M"),
    ],
)
def test_a_duration_field_takes_text_alone(value: Any, message: str) -> None:
    """A bare number of a file is never taken for seconds or milliseconds."""
    assert refusal(Duration, value) == message


def test_a_positive_duration_is_not_zero() -> None:
    """The message says it as a person would."""
    assert refusal(PositiveDuration, "0s") == "must be longer than 0s; got '0s'"
    assert TypeAdapter(PositiveDuration).validate_python("1ms") == 1


@pytest.mark.parametrize(
    ("text", "per_hour"), [("30/h", 30.0), ("2/s", 7_200.0), ("1/m", 60.0), ("6/d", 0.25)]
)
def test_a_rate_is_counted_per_hour(text: str, per_hour: float) -> None:
    """Every unit converts exactly where a float can."""
    assert parse_rate(text) == per_hour


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (30, "a rate needs a unit: write 30/s, 30/h or 30/d"),
        ("30", "a rate needs a unit: write 30/s, 30/h or 30/d"),
        (-1, "a rate cannot be negative; got '-1'"),
        ("-1/h", "a rate cannot be negative; got '-1/h'"),
        ("1e999/h", "a rate must be finite; got '1e999/h'"),
        ("30 per hour", "not a rate: '30 per hour'; write it like 30/h, 2/s, 1/m or 5/d"),
        (True, "not a rate: true; write it like 30/h, 2/s, 1/m or 5/d"),
    ],
)
def test_what_is_no_rate_is_refused(value: Any, message: str) -> None:
    """A rate has a unit and is finite."""
    assert refusal(Rate, value) == message


@given(st.floats(min_value=0, allow_nan=False, allow_infinity=False))
def test_a_written_rate_reads_back_exactly(per_hour: float) -> None:
    """`parse_rate` is the inverse of `format_rate`."""
    assert parse_rate(format_rate(per_hour)) == per_hour


@pytest.mark.parametrize("value", [0, 1, 0.0, 0.25, 1.0])
def test_a_share_is_a_number_from_0_to_1(value: float) -> None:
    """Both ends belong to it, and it is a float inside."""
    share = TypeAdapter(Share).validate_python(value)
    assert share == value
    assert isinstance(share, float)


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (1.5, "must be a number from 0 to 1; got 1.5"),
        (-0.1, "must be a number from 0 to 1; got -0.1"),
        (float("nan"), "must be a number from 0 to 1; got nan"),
        (True, "must be a number from 0 to 1; got true"),
        ("20%", "must be a number from 0 to 1; got '20%', write 0.2"),
        ("half", "must be a number from 0 to 1; got 'half'"),
    ],
)
def test_what_is_no_share_is_refused(value: Any, message: str) -> None:
    """A percentage is answered with its share."""
    assert refusal(Share, value) == message


@pytest.mark.parametrize("name", ["a", "westeurope", "Contoso_EU/prod-1.2", "2024-q1", "a" * 100])
def test_a_name_starts_with_a_letter_or_digit(name: str) -> None:
    """Then come letters, digits and four signs."""
    assert parse_name(name) == name


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (
            "=cmd|'/c calc'",
            (
                "not a name: '=cmd|'/c calc''; a name starts with a letter or digit, "
                "then come letters, digits and the signs . _ / -; write 'cmd-/c-calc'?"
            ),
        ),
        (
            "Contoso Prod",
            (
                "not a name: 'Contoso Prod'; a name starts with a letter or digit, "
                "then come letters, digits and the signs . _ / -; write 'Contoso-Prod'?"
            ),
        ),
        (
            "a#1",
            (
                "not a name: 'a#1'; a name starts with a letter or digit, "
                "then come letters, digits and the signs . _ / -; write 'a-1'?"
            ),
        ),
        (
            "",
            (
                "not a name: ''; a name starts with a letter or digit, "
                "then come letters, digits and the signs . _ / -"
            ),
        ),
        ("a" * 101, "a name has at most 100 characters; this one has 101"),
        (17, "a name must be text; got 17, put it in quotes"),
        (True, "a name must be text; got true, put it in quotes"),
        (None, "a name must be text; got nothing"),
        (["a"], "a name must be text; got a list"),
    ],
)
def test_what_is_no_name_is_refused(value: Any, message: str) -> None:
    """No name can start a formula in a spreadsheet, and the likely name is offered."""
    assert refusal(Name, value) == message


@pytest.mark.parametrize(
    "text", ["2024-11-01T06:00:00Z", "2024-11-01T07:00:00.250+01:00", "2024-02-29T00:00:00-03:30"]
)
def test_a_written_instant_reads_back_exactly(text: str) -> None:
    """An instant keeps its zone and its milliseconds."""
    assert format_instant(parse_instant(text)) == text
    adapter: TypeAdapter[Any] = TypeAdapter(Instant)
    assert adapter.dump_python(adapter.validate_python(text)) == text


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (
            "2024-11-01",
            "not an instant: '2024-11-01'; write date, time and zone like 2024-11-01T06:00:00Z",
        ),
        (
            "2024-11-01T06:00",
            (
                "an instant needs a zone: write 2024-11-01T06:00Z for UTC, "
                "or an offset like 2024-11-01T06:00+01:00"
            ),
        ),
        ("2024-11-01T06:00:00.0001Z", "only whole milliseconds; got '2024-11-01T06:00:00.0001Z'"),
        ("tomorrow", "not an instant: 'tomorrow'; write date, time and zone like 2024-11-01T06:00:00Z"),
        (20241101, "not an instant: 20241101; write date, time and zone like 2024-11-01T06:00:00Z"),
    ],
)
def test_what_is_no_instant_is_refused(value: Any, message: str) -> None:
    """An instant has a date, a time and a zone."""
    assert refusal(Instant, value) == message


def test_a_day_that_does_not_exist_is_refused() -> None:
    """The calendar's own reason follows the value."""
    assert refusal(Instant, "2023-02-29T06:00:00Z").startswith("no such instant: '2023-02-29T06:00:00Z' (")


@pytest.mark.parametrize("kind", [Duration, PositiveDuration, Rate, Share, Name, Instant])
def test_every_quantity_tells_editors_its_form(kind: Any) -> None:
    """The JSON Schema has a description and examples; text has a pattern or a format."""
    schema = TypeAdapter(kind).json_schema()
    assert schema["description"]
    assert schema["examples"]
    assert schema["type"] == "number" or "pattern" in schema or "format" in schema


@pytest.mark.parametrize(("kind", "value"), [(Duration, 90_000), (Rate, 30.0)])
def test_quantities_are_written_with_their_unit(kind: Any, value: Any) -> None:
    """Dumping gives the text that reads back, as Python and as JSON."""
    adapter: TypeAdapter[Any] = TypeAdapter(kind)
    text = adapter.dump_python(value)
    assert isinstance(text, str)
    assert json.loads(adapter.dump_json(value)) == text
    assert adapter.validate_python(text) == value


@pytest.mark.parametrize("stated", [True, 1.0, "1", None, 2, [1]])
def test_a_version_is_the_number_itself(stated: object) -> None:
    """Python holds `true` and 1.0 for equal to 1; a file that says so was not meant."""
    version = TypeAdapter(Version)
    assert version.validate_python(1) == 1
    with pytest.raises(ValidationError):
        version.validate_python(stated)
