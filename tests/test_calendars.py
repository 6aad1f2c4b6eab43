"""Laws of weekly hours where the clocks jump: what does not exist is not open, what happens twice is open twice."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from bcdr_sim.calendars import DAY_NAMES, WeeklyHours, minute_of_day

BERLIN = ZoneInfo("Europe/Berlin")
MINUTE_MS = 60_000


def hours(start: datetime, opens: str, closes: str) -> WeeklyHours:
    """The same hours every day in Berlin."""
    days = frozenset(range(len(DAY_NAMES)))
    return WeeklyHours(start, days, minute_of_day(opens), minute_of_day(closes), BERLIN)


def open_minutes(each: WeeklyHours, start: datetime, minutes: int) -> list[str]:
    """The local times, minute by minute, at which it is open."""
    instants = (start + timedelta(minutes=number) for number in range(minutes))
    return [
        f"{instant.astimezone(BERLIN):%H:%M}"
        for number, instant in enumerate(instants)
        if each.is_open(number * MINUTE_MS)
    ]


@pytest.mark.parametrize(
    ("opens", "closes", "expected"),
    [
        pytest.param("02:30", "03:15", ["03:00", "03:14"], id="opens in the gap"),
        pytest.param("01:30", "02:30", ["01:30", "01:59"], id="closes in the gap"),
        pytest.param("02:15", "02:45", [], id="lies in the gap"),
        pytest.param("02:30", "05:00", ["03:00", "04:59"], id="long"),
    ],
)
def test_an_hour_that_is_passed_over_is_not_open(opens: str, closes: str, expected: list[str]) -> None:
    """On 31 March 2024 Berlin goes from 02:00 to 03:00; first and last open minute."""
    start = datetime(2024, 3, 31, 0, 0, tzinfo=UTC)  # 01:00 there
    found = open_minutes(hours(start, opens, closes), start, 5 * 60)
    assert [found[0], found[-1]] == expected if expected else not found


@pytest.mark.parametrize(("opens", "closes"), [("02:30", "03:15"), ("02:15", "02:45"), ("01:30", "02:30")])
def test_the_next_opening_is_open(opens: str, closes: str) -> None:
    """At every quarter of an hour around the jump, and nothing is open between now and then."""
    start = datetime(2024, 3, 30, 20, 0, tzinfo=UTC)
    each = hours(start, opens, closes)
    for quarter in range(60):
        at_ms = quarter * 15 * MINUTE_MS
        opening_ms = each.next_open(at_ms)
        assert each.is_open(opening_ms)
        before = (*range(at_ms, opening_ms, 10 * MINUTE_MS), max(at_ms, opening_ms - 1))
        assert opening_ms == at_ms or not any(map(each.is_open, before))


def test_holidays_do_not_open() -> None:
    """From Tuesday evening on Berlin is closed until Friday; the spell of a night belongs to the day on which it opens."""
    start = datetime(2024, 12, 23, 0, 0, tzinfo=UTC)
    holidays = frozenset(date(2024, 12, day) for day in (24, 25, 26))
    weekdays = frozenset(range(5))
    office = WeeklyHours(start, weekdays, 8 * 60, 16 * 60, BERLIN, holidays)
    assert office.next_open(16 * 60 * MINUTE_MS) == (4 * 24 + 7) * 60 * MINUTE_MS
    night = WeeklyHours(start, weekdays, 22 * 60, 6 * 60, BERLIN, holidays)
    assert night.is_open(24 * 60 * MINUTE_MS), "one o'clock on the 24th is still the night of the 23rd"
    assert night.next_open(29 * 60 * MINUTE_MS) == (4 * 24 + 21) * 60 * MINUTE_MS


@pytest.mark.parametrize("count", [1, 60, 400])
def test_an_opening_is_found_beyond_any_number_of_holidays(count: int) -> None:
    """Open on Mondays only, and closed on as many of them."""
    start = datetime(2024, 1, 1, 0, 0, tzinfo=UTC)
    holidays = frozenset(date(2024, 1, 1) + timedelta(weeks=week) for week in range(count))
    each = WeeklyHours(start, frozenset({0}), 8 * 60, 16 * 60, ZoneInfo("UTC"), holidays)
    assert each.next_open(0) == (count * 7 * 24 + 8) * 60 * MINUTE_MS
    assert each.next_change(0) == each.next_open(0)
