"""Local time for the two calendar axes: from milliseconds since the start to the clock on the wall."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Final

from bcdr_sim.policy.axes import DAY_MINUTES, WEEKDAYS

_MINUTE_MS: Final = 60_000
_DAY_MS: Final = DAY_MINUTES * _MINUTE_MS
_MILLISECOND: Final = timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True)
class LocalClock:
    """The wall clock of a policy: the scenario's start, which has a zone, and the policy's own time zone."""

    start: datetime
    zone: tzinfo

    def __post_init__(self) -> None:
        """Refuse a start without a zone; raises ValueError."""
        if self.start.tzinfo is None:
            raise ValueError("the start of a scenario needs a time zone")

    def at(self, now_ms: int) -> datetime:
        """Return the local date and time, milliseconds included."""
        return (self.start.astimezone(UTC) + now_ms * _MILLISECOND).astimezone(self.zone)

    def time_of_day(self, now_ms: int) -> int:
        """Return the minutes since local midnight, 0..1439."""
        local = self.at(now_ms)
        return local.hour * 60 + local.minute

    def weekday(self, now_ms: int) -> str:
        """Return the local day, `monday` to `sunday`."""
        return WEEKDAYS[self.at(now_ms).weekday()]

    def until_next(self, minutes: Sequence[int], *, now_ms: int) -> int:
        """Return the delay in ms, always positive, until the wall clock next reaches one of the minutes.

        `minutes` is sorted and not empty. When the zone changes its offset first, the delay until that
        change is returned instead: the clock may jump over a minute there, and asking once more is
        harmless. Assumption: a zone changes its offset at most once in 24 hours.
        """
        local = self.at(now_ms)
        into_day_ms = (
            (local.hour * 60 + local.minute) * 60 + local.second
        ) * 1000 + local.microsecond // 1000
        position = bisect_right(minutes, into_day_ms // _MINUTE_MS)
        if position < len(minutes):
            delay_ms = minutes[position] * _MINUTE_MS - into_day_ms
        else:
            delay_ms = minutes[0] * _MINUTE_MS + _DAY_MS - into_day_ms
        if self._offset(now_ms + delay_ms) == self._offset(now_ms):
            return delay_ms
        return self._offset_change(now_ms, now_ms + delay_ms) - now_ms

    def _offset(self, now_ms: int) -> timedelta | None:
        return self.at(now_ms).utcoffset()

    def _offset_change(self, before_ms: int, after_ms: int) -> int:
        """Return the first instant in (before, after] at which the offset is the later one, by halving."""
        offset = self._offset(before_ms)
        while after_ms - before_ms > 1:
            middle_ms = (before_ms + after_ms) // 2
            if self._offset(middle_ms) == offset:
                before_ms = middle_ms
            else:
                after_ms = middle_ms
        return after_ms
