"""Assumed values at everything that they might be: over the range in the record, else half and twice, one at a time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bcdr_sim.incidents.encoding import Changes, values_at
from bcdr_sim.incidents.record import Assumed, Recorded
from bcdr_sim.units import format_duration, parse_duration

FACTORS = (0.5, 2.0)
"""Where the record gives no range."""


@dataclass(frozen=True, slots=True)
class Variant:
    """One assumption at another value: its name for people, and the changes that make it."""

    name: str
    changes: Changes


def variants(recorded: Recorded, path: Path | None = None) -> Iterator[Variant]:
    """Every assumption of an outage that is swept, at each of its other values; `path` is an encoding instead of its own."""
    for assumed in recorded.assumed:
        if assumed.is_swept:
            yield from _variants(path or recorded.scenario, assumed)


def _variants(path: Path, assumed: Assumed) -> Iterator[Variant]:
    places = values_at(path, assumed.path)
    if not places:
        raise KeyError(f"{path.stem}: the encoding has no {assumed.path}")
    if assumed.values:
        for value in assumed.values:
            yield Variant(f"{assumed.path} = {value}", {assumed.path: value})
        return
    for factor in FACTORS:
        changes = {".".join(map(str, place)): scaled(value, factor) for place, value in places.items()}
        shown = next(iter(changes.values())) if len(changes) == 1 else f"times {factor:g}"
        yield Variant(f"{assumed.path} = {shown}", changes)


def scaled(value: Any, factor: float) -> Any:
    """A duration, share or count times a factor; shares stay at most 1, counts whole and at least 1.

    Raises:
        TypeError: it is nothing that a factor changes; the record has to list values, or say that it is not swept.
    """
    if isinstance(value, int) and not isinstance(value, bool):
        return max(1, round(value * factor))
    if isinstance(value, float):
        return min(1.0, value * factor)
    if isinstance(value, str):
        return format_duration(round(parse_duration(value) * factor))
    raise TypeError(f"{value!r} has no half and no double")
