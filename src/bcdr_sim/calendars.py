"""Weekly hours in a time zone, without the holidays, as questions about instants in ms: is it open, when does it open next.

An instant is milliseconds since the scenario's `start`. Local time is read from the zone's own rules, so an
opening at 08:00 stays at 08:00 when the clocks change.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

MINUTE_MS = 60_000
DAY_NAMES = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
SEARCH_DAYS_MAX = 9
"""An opening of a weekly calendar without holidays is never further away than this, whatever the clocks do."""


@dataclass(frozen=True, slots=True)
class WeeklyHours:
    """Open spells of a week: each day of `days` from `opens` to `closes`, in minutes of the local day.

    `closes` may pass midnight. On a day of `holidays` it does not open.
    """

    start: datetime
    days: frozenset[int]
    opens_minute: int
    closes_minute: int
    zone: ZoneInfo
    holidays: frozenset[date] = frozenset()

    def is_open(self, at_ms: int) -> bool:
        """Whether the instant lies in an open spell (half open)."""
        return any(begin <= at_ms < end for begin, end in self._spells_around(at_ms))

    def next_open(self, at_ms: int) -> int:
        """The first open instant at or after `at_ms`."""
        return min(max(begin, at_ms) for begin, end in self._spells_around(at_ms) if end > at_ms)

    def next_change(self, at_ms: int) -> int:
        """The first instant after `at_ms` at which `is_open` changes or may change."""
        return min(edge for spell in self._spells_around(at_ms) for edge in spell if edge > at_ms)

    def _spells_around(self, at_ms: int) -> list[tuple[int, int]]:
        local_day = (self.start + timedelta(milliseconds=at_ms)).astimezone(self.zone).date()
        spells: list[tuple[int, int]] = []
        # A holiday puts the next opening off by a week at most, when the week has one day.
        for offset in range(-2, SEARCH_DAYS_MAX + 7 * len(self.holidays)):
            if offset >= SEARCH_DAYS_MAX and spells and spells[-1][1] > at_ms:
                break
            day = local_day + timedelta(days=offset)
            if day.weekday() in self.days and day not in self.holidays:
                closes = self.closes_minute + (1440 if self.closes_minute <= self.opens_minute else 0)
                begin, end = self._instant(day, self.opens_minute), self._instant(day, closes)
                if begin < end:  # a spell may lie within an hour that the clocks pass over
                    spells.append((begin, end))
        return spells

    def _instant(self, day: object, minute: int) -> int:
        """The instant at which the clocks show a local time, or pass over it."""
        midnight = datetime.fromisoformat(f"{day}T00:00:00")
        shown = midnight + timedelta(minutes=minute)
        local = shown.replace(tzinfo=self.zone)
        latest = round((local - self.start) / timedelta(milliseconds=1))
        earliest = round((local.replace(fold=1) - self.start) / timedelta(milliseconds=1))
        if earliest >= latest:
            return latest
        while earliest < latest:  # the clocks jump somewhere between the two
            middle = (earliest + latest) // 2
            if self._shown_at(middle) >= shown:
                latest = middle
            else:
                earliest = middle + 1
        return latest

    def _shown_at(self, at_ms: int) -> datetime:
        local = (self.start + timedelta(milliseconds=at_ms)).astimezone(self.zone)
        return local.replace(tzinfo=None)


def minute_of_day(text: str) -> int:
    """Minutes since midnight of "08:30"; "24:00" is 1440."""
    hours, minutes = text.split(":")
    return int(hours) * 60 + int(minutes)


def open_in_any(hours: tuple[WeeklyHours, ...], at_ms: int) -> bool:
    """Whether the instant is open in one of several calendars; no calendar means always."""
    return not hours or any(each.is_open(at_ms) for each in hours)


def next_change_in_any(hours: tuple[WeeklyHours, ...], at_ms: int) -> int | None:
    """The first instant after `at_ms` at which `open_in_any` may change; None without calendars."""
    return min((each.next_change(at_ms) for each in hours), default=None)
