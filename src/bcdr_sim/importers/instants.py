"""Instants as other programs write them: seven digits of a second, no zone, or milliseconds since 1970."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

_ISO = re.compile(
    r"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d(?::\d\d)?)(?:\.(\d{1,12}))?[ ]?(Z|UTC|[+-]\d\d:?\d\d)?",
    re.ASCII | re.IGNORECASE,
)
_OF_POWERSHELL = re.compile(r"/Date\((-?\d{1,15})(?:[+-]\d{4})?\)/", re.ASCII)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NEVER_BEFORE = datetime(2000, 1, 1, tzinfo=UTC)
_NEVER_AFTER = datetime(2200, 1, 1, tzinfo=UTC)
"""Services write an instant of long ago or far ahead, such as 0001-01-01 or 9999-12-31, where they have none."""


def read_instant(text: str) -> datetime | None:
    """Return an instant in UTC, cut to the millisecond; None for one that stands for nothing. No zone means UTC.

    Raises:
        ValueError: not an instant; the message says what one looks like.
    """
    written = _OF_POWERSHELL.fullmatch(text)
    if written:
        try:
            return _meant(_EPOCH + timedelta(milliseconds=int(written[1])))
        except OverflowError:
            return None
    found = _ISO.fullmatch(text)
    if not found:
        raise ValueError(f"not an instant: '{text[:40]}'; write it like 2026-07-14T10:00:00Z")
    day, time, fraction, zone = found.groups()
    zone = "+00:00" if zone is None or zone.upper() in ("Z", "UTC") else zone
    try:
        instant = datetime.fromisoformat(f"{day}T{time}{zone}").astimezone(UTC)
    except (ValueError, OverflowError) as error:
        if not "2000" <= day < "2200":
            return None
        raise ValueError(f"no such instant: '{text[:40]}' ({error})") from None
    return _meant(instant + timedelta(milliseconds=int((fraction or "0")[:3].ljust(3, "0"))))


def is_zoneless(text: str) -> bool:
    """Whether this is an instant without a zone, which is taken for UTC."""
    found = _ISO.fullmatch(text.strip())
    return found is not None and found[4] is None


ZONELESS = "instants without a zone, taken for UTC: they may be hours off"
"""What is said where there are some."""


def said_of_zones(texts: Iterable[str]) -> list[str]:
    """Return what has to be said about the zones of some texts: nothing, or that one at least has none."""
    return [ZONELESS] if any(map(is_zoneless, texts)) else []


def _meant(instant: datetime) -> datetime | None:
    return instant if _NEVER_BEFORE <= instant < _NEVER_AFTER else None


def milliseconds(span: timedelta) -> int:
    """Return a span in whole milliseconds, exactly."""
    return span // timedelta(milliseconds=1)
