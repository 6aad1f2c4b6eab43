"""Replays against the record: what was published, what the run says, and how far apart they are.

Class A is regression: its numbers are in the encodings. A decision (B) counts as a match only if it holds for every value
that an assumption might have, one at a time, and in every world tried; one that flips is undetermined, and no match. The
same goes for a derived number (C) that lies inside what was published. C and D say their errors, C also how far the value
spreads over the sweep. What an encoding says that is not the one on record, or that does not show what it expects, counts
nowhere.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from bcdr_sim.incidents.provenance import departures
from bcdr_sim.incidents.readings import READINGS, Found, Prediction
from bcdr_sim.incidents.record import Comparison, Grade, Recorded
from bcdr_sim.incidents.replaying import Replay, replay
from bcdr_sim.incidents.sweeping import Variant, variants

WORLDS = 5
"""Replications in which a decision must hold, the first one included."""


@dataclass(frozen=True, slots=True)
class Scored:
    """One comparison and what became of it.

    `simulated` are minutes, one for each published number, and empty for a category. `holds`: the category is matched, or
    every number lies inside what was published. `errors_min` count from the nearest published end; `relative` likewise.
    `flips` says under which assumptions a decision turns, or a derived number leaves what was published; with one of them it
    is undetermined. `is_edited`: the encoding is not the one on record, or does not show what it expects; it counts nowhere.
    `spread_min` is the least and the most that a derived number becomes in the sweep. Of a prediction: its 10-90 % interval,
    whether the published value lies in it, and the relative error of the naive answer.
    """

    recorded: Recorded
    comparison: Comparison
    holds: bool
    simulated: tuple[float, ...] = ()
    errors_min: tuple[float, ...] = ()
    relative: tuple[float, ...] = ()
    flips: tuple[str, ...] = ()
    spread_min: tuple[float, float] | None = None
    interval_min: tuple[float, float] | None = None
    inside: bool | None = None
    naive_relative: float | None = None
    tried: int = 1
    is_edited: bool = False

    @property
    def verdict(self) -> str:
        """In one word: consistent or inconsistent; match or miss; inside or off; undetermined, or edited."""
        if self.is_edited:
            return "edited"
        match self.comparison.grade:
            case Grade.A:
                return "consistent" if self.holds else "INCONSISTENT"
            case Grade.B | Grade.C if self.flips:
                return "undetermined"
            case Grade.B:
                return "match" if self.holds else "miss"
            case _:
                return "inside" if self.holds else "off"

    @property
    def is_match(self) -> bool:
        """Whether it counts: of a decision or a derived number, that it holds throughout the sweep."""
        return self.holds and not self.flips and not self.is_edited


@dataclass(frozen=True, slots=True)
class Judged:
    """Every comparison of one outage, and in sentences why they count nowhere: the encoding departs from the record."""

    recorded: Recorded
    rows: tuple[Scored, ...]
    departures: tuple[str, ...]


def judge_one(recorded: Recorded, *, swept: bool = True, path: Path | None = None) -> Judged:
    """Hold an encoding against the record and its own expectations, then every comparison of it against what was published.

    `path` is the encoding instead of the outage's own.
    """
    told = (*departures(recorded, path), *unmet(replay(recorded, path=path)))
    found = score_one(recorded, swept=swept and not told, path=path)
    rows = (replace(row, is_edited=bool(told)) for row in found)
    return Judged(recorded, tuple(rows), told)


def unmet(base: Replay) -> Iterator[str]:
    """The expectations of an encoding that its replay does not show, in sentences."""
    from bcdr_sim.verdict import judge

    for finding in judge(base.metrics, base.scenario).findings:
        if not finding.passed:
            yield f"expected by the encoding and not shown: {finding.sentence}"


def score(incidents: Iterable[Recorded], *, swept: bool = True) -> Iterator[Scored]:
    """Every comparison of these outages, in the order of the record; without `swept`, assumptions stay as they are."""
    for recorded in incidents:
        if recorded.scenario.exists():
            yield from judge_one(recorded, swept=swept).rows


def score_one(recorded: Recorded, *, swept: bool = True, path: Path | None = None) -> list[Scored]:
    """Every comparison of one outage, whatever the record knows of its encoding."""
    base = replay(recorded, path=path)
    rows = [_scored(recorded, each, READINGS[each.id](base)) for each in recorded.comparisons]
    if not swept:
        return rows
    wanted = [n for n, row in enumerate(rows) if row.comparison.grade in (Grade.B, Grade.C)]
    others = _others(base) if wanted else []
    for n in wanted:
        rows[n] = _with_sweep(
            rows[n], [(name, READINGS[rows[n].comparison.id](each)) for name, each in others]
        )
    return rows


def _others(base: Replay) -> list[tuple[str, Replay]]:
    """The same outage in other worlds, and with each assumption at each of its other values."""
    worlds = [(f"world {number}", base.again(replication=number)) for number in range(1, WORLDS)]
    swept: list[Variant] = list(variants(base.recorded, base.path))
    return worlds + [(each.name, base.again(changes=each.changes)) for each in swept]


def _scored(recorded: Recorded, comparison: Comparison, found: Found) -> Scored:
    if isinstance(found, bool):
        return Scored(recorded, comparison, holds=found)
    if isinstance(found, Prediction):
        return _predicted(recorded, comparison, found)
    return _measured(recorded, comparison, found)


def _measured(recorded: Recorded, comparison: Comparison, found: tuple[float, ...]) -> Scored:
    if len(found) != len(comparison.minutes):  # a stage too many or too few: nothing is where it should be
        return Scored(recorded, comparison, holds=False, simulated=found)
    pairs = list(zip(comparison.minutes, found, strict=True))
    errors = tuple(published.error(value) for published, value in pairs)
    return Scored(
        recorded,
        comparison,
        holds=not any(errors),
        simulated=found,
        errors_min=errors,
        relative=tuple(published.relative(value) for published, value in pairs),
    )


def _predicted(recorded: Recorded, comparison: Comparison, found: Prediction) -> Scored:
    (published,) = comparison.minutes
    row = _measured(recorded, comparison, (found.point,))
    inside = None
    if found.interval is not None:
        inside = found.interval[0] <= published.high and published.low <= found.interval[1]
    naive = None if comparison.baseline_min is None else published.relative(comparison.baseline_min)
    return replace(
        row,
        interval_min=found.interval,
        spread_min=found.spread,
        inside=inside,
        naive_relative=naive,
    )


def _with_sweep(row: Scored, found: list[tuple[str, Found]]) -> Scored:
    """A row with what its sweep did to it."""
    flips, values = [], list(row.simulated)
    for name, each in found:
        if isinstance(each, bool):
            if each != row.holds:
                flips.append(name)
        elif isinstance(each, tuple):
            values += each
            if row.holds and not _measured(row.recorded, row.comparison, each).holds:
                flips.append(name)
    spread = None
    if values and row.comparison.grade is Grade.C:
        spread = (min(values), max(values))
    return replace(row, flips=tuple(flips), spread_min=spread, tried=1 + len(found))


def finite(value: float) -> float | None:
    """The value, or None where the replay never came to it."""
    return value if math.isfinite(value) else None
