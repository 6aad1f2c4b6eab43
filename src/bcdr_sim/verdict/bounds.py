"""Bounds of an expectation: whether a value lies within them, and how they read."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from bcdr_sim.scenario.expectations import CountBounds, DurationBounds, Expectation
from bcdr_sim.units import format_duration

Bounds = DurationBounds | CountBounds


def within(bounds: Bounds, value: int, *, is_open: bool = False) -> bool:
    """Whether a value lies within bounds; of an open one, which is a lower bound itself, whether that is certain."""
    if bounds.at_least is not None and value < bounds.at_least:
        return False
    if is_open:
        return bounds.exactly is None and bounds.at_most is None
    return (bounds.exactly is None or value == bounds.exactly) and (
        bounds.at_most is None or value <= bounds.at_most
    )


def bounds_text(bounds: Bounds) -> str:
    """Bounds in words, such as `at least 1 and at most 2`."""
    show: Callable[[int], str] = format_duration if isinstance(bounds, DurationBounds) else str
    parts = (("", bounds.exactly), ("at least ", bounds.at_least), ("at most ", bounds.at_most))
    return " and ".join(f"{word}{show(value)}" for word, value in parts if value is not None)


def words(key: str) -> str:
    """A key as it reads in a sentence."""
    return key.replace("_", " ")


def event_text(expectation: Expectation) -> str:
    """The event of an expectation with its instant, such as `move_decided at 13m`."""
    text = expectation.event or ""
    if expectation.at is not None:
        text += f" at {format_duration(expectation.at)}"
    if expectation.not_before is not None:
        text += f" not before {format_duration(expectation.not_before)}"
    return text


def claims(expectation: Expectation) -> Iterator[str]:
    """What an expectation says, in words."""
    for key, value in expectation:
        if value is None or key in ("environments", "outage", "hit", "at", "not_before"):
            continue
        if key == "event":
            yield f"event {event_text(expectation)}"
        elif key == "never":
            yield f"no event {value}"
        elif isinstance(value, DurationBounds | CountBounds):
            yield f"{words(key)} {bounds_text(value)}"
        else:
            yield f"{words(key)} {value}"
