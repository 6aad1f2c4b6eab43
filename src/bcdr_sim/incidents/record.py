"""The public record: what happened in each outage, what was published, and what nobody published.

Everything comes from `record.json`, which no part of the program writes. Times are minutes from impact.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any

from bcdr_sim.errors import InputError, Problem, near_miss

FOLDER = Path(__file__).parent
SCENARIOS = FOLDER / "scenarios"
POLICIES = FOLDER / "policies"
TELLING = ("cause", "scope", "events", "failover", "data_loss")
"""What of an entry is told in sentences and is no comparison."""


class Grade(StrEnum):
    """The class of a comparison: how much it proves that it holds."""

    A = "A"
    """Consistency: the number is in the encoding. Regression only, never validation."""
    B = "B"
    """Decision: a category that no parameter can be tuned to."""
    C = "C"
    """Derived: follows from other published inputs through a rule of the model."""
    D = "D"
    """Predictive: fitted on other incidents or on part of the record, predicts the rest."""


@dataclass(frozen=True, slots=True)
class Fact:
    """Something that happened, `at_min` after impact, and how certain that is."""

    at_min: float
    kind: str
    what: str
    certainty: str


@dataclass(frozen=True, slots=True)
class Source:
    """Where something was published; `url` may be empty."""

    title: str
    url: str


@dataclass(frozen=True, slots=True)
class Range:
    """A published number of minutes, or the range that it was published as. A one-sided fact is a range too."""

    low: float
    high: float

    def error(self, value: float) -> float:
        """How far a value lies outside, in minutes: 0 inside, else from the nearest end."""
        return min(0.0, value - self.low) or max(0.0, value - self.high)

    def relative(self, value: float) -> float:
        """The error relative to the end that it counts from; 0 inside."""
        error = self.error(value)
        return error / (self.low if error < 0 else self.high) if error else 0.0


@dataclass(frozen=True, slots=True)
class Comparison:
    """One published number or category, and how it is judged.

    `minutes` holds one range for each published number, empty for a category. `baseline_min` is the naive answer that a
    prediction is measured against, `note` says why a miss is expected.
    """

    id: str
    output: str
    published: str
    grade: Grade
    minutes: tuple[Range, ...]
    category: str
    match: str
    follows_from: str
    note: str
    baseline_min: float | None
    baseline: str


@dataclass(frozen=True, slots=True)
class Assumed:
    """A value of an encoding that nobody published: where it stands, what it is and why, and what else it might be.

    `value` is all that stands at the path, of a path with `*` everything in order. `values` are what the sweep puts in its
    place; empty if it is not swept.
    """

    path: str
    value: Any
    why: str
    values: tuple[Any, ...]
    is_swept: bool


@dataclass(frozen=True, slots=True)
class Recorded:
    """One recorded outage. `words` is all that the record tells of it in sentences."""

    id: str
    title: str
    order: int
    provider: str
    regions: tuple[str, ...]
    impact_at: str
    cause_class: str
    cause: str
    scope: str
    lesson: str
    facts: tuple[Fact, ...]
    failover: str
    failover_reason: str
    lost: str
    policy: str
    comparisons: tuple[Comparison, ...]
    counterfactuals: tuple[str, ...]
    assumed: tuple[Assumed, ...]
    quality: str
    sources: tuple[Source, ...]
    words: str

    @property
    def date(self) -> str:
        """Day of impact, UTC."""
        return self.impact_at[:10]

    @property
    def scenario(self) -> Path:
        """The scenario file that encodes it."""
        return SCENARIOS / f"{self.id}.yaml"


@cache
def recorded() -> tuple[Recorded, ...]:
    """All outages of the record, in its order."""
    document = json.loads((FOLDER / "record.json").read_text(encoding="utf-8"))
    return tuple(_recorded(each) for each in document["incidents"])


def find(name: str) -> Recorded:
    """The recorded outage of that id.

    Raises:
        InputError: there is none.
    """
    by_id = {each.id: each for each in recorded()}
    if name not in by_id:
        likely = near_miss(name, list(by_id))
        hint = f"did you mean '{likely}'?" if likely else "`bcdr-sim incidents list` lists them"
        raise InputError([Problem("ID", 0, 0, 0, f"there is no recorded outage '{name}'; {hint}")])
    return by_id[name]


def located(name: str) -> tuple[Recorded, Path]:
    """A recorded outage with its encoding; or with a variant of it, such as `vsts-2018-09-04-tail`.

    Raises:
        InputError: there is none.
    """
    path = SCENARIOS / f"{name}.yaml"
    of = [each for each in recorded() if name.startswith(f"{each.id}-")]
    if of and path.parent == SCENARIOS and path.is_file():
        return of[0], path
    each = find(name)
    return each, each.scenario


def _recorded(entry: dict[str, Any]) -> Recorded:
    return Recorded(
        id=entry["id"],
        title=entry["title"],
        order=entry["order"],
        provider=entry["provider"],
        regions=tuple(entry["regions"]),
        impact_at=entry["impact_at"],
        cause_class=entry["cause_class"],
        cause=entry["cause"],
        scope=entry["scope"],
        lesson=entry["lesson"],
        facts=tuple(
            Fact(each["t_min"], each["kind"], each["what"], each["certainty"]) for each in entry["events"]
        ),
        failover=entry["failover"]["performed"],
        failover_reason=entry["failover"]["reason"],
        lost=entry["data_loss"]["published"],
        policy=entry["policy_in_force"].replace("_", "-"),
        comparisons=tuple(_comparison(each) for each in entry["compare"]),
        counterfactuals=tuple(entry["counterfactuals"]),
        assumed=tuple(
            Assumed(path, each["is"], each["why"], tuple(each.get("values", ())), each.get("swept", True))
            for path, each in entry["assumed"].items()
        ),
        quality=entry["source_quality"],
        sources=tuple(Source(each["title"], each.get("url", "")) for each in entry["sources"]),
        words="\n".join(_sentences({key: entry[key] for key in TELLING})),
    )


def _sentences(part: Any) -> Iterator[str]:
    if isinstance(part, str):
        yield part
    elif isinstance(part, dict | list):
        for each in part.values() if isinstance(part, dict) else part:
            yield from _sentences(each)


def _comparison(entry: dict[str, Any]) -> Comparison:
    return Comparison(
        id=entry["id"],
        output=entry["output"],
        published=entry["published"],
        grade=Grade(entry["class"]),
        minutes=_ranges(entry.get("as_minutes")),
        category=entry.get("category", ""),
        match=entry.get("match", ""),
        follows_from=entry.get("follows_from", ""),
        note=entry.get("note", ""),
        baseline_min=entry.get("baseline_minutes"),
        baseline=entry.get("baseline", ""),
    )


def _ranges(minutes: Any) -> tuple[Range, ...]:
    if minutes is None:
        return ()
    if isinstance(minutes, dict):
        return (Range(minutes["min"], minutes["max"]),)
    return tuple(Range(each, each) for each in (minutes if isinstance(minutes, list) else [minutes]))
