"""The recorded outages as text, Markdown and JSON: what there is, and how the replays compare with what was published.

A miss is printed like a hit. Class A is regression and never enters a headline.
"""

from __future__ import annotations

import json
import statistics
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from bcdr_sim import __version__
from bcdr_sim.incidents.library import Entry
from bcdr_sim.incidents.record import Comparison, Grade, Range
from bcdr_sim.incidents.scoring import Scored, finite
from bcdr_sim.report.folding import aligned
from bcdr_sim.report.markdown import markdown_table
from bcdr_sim.report.wording import plain_markdown, wrapped

SCORE_SCHEMA = "bcdr-sim/incident-score/1"
LIST_SCHEMA = "bcdr-sim/incident-list/1"
_LIST_HEAD = ("id", "date", "provider", "kind", "seen as", "sources", "moved")
_HEAD = ("comparison", "class", "verdict", "published", "replay", "error", "relative")
DECISIONS = ("match", "miss", "undetermined", "edited")
FLIPS_SHOWN = 3
EDITED = "Not the encodings on record; what they say counts nowhere:"
Departures = Mapping[str, Sequence[str]]
"""By outage, how its encoding departs from the record, in sentences."""
NO_DEPARTURES: Departures = MappingProxyType({})

ABOUT = {
    Grade.A: "A, consistency: the number is in the encoding. Regression only; it validates nothing.",
    Grade.B: "B, decisions: a category that follows from the policy in force and the rules of the model.",
    Grade.C: "C, derived: not in the encoding; follows from other published inputs through a rule.",
    Grade.D: "D, predicted: its own part of the record withheld.",
}


def list_text(entries: Sequence[Entry]) -> str:
    """One line for each recorded outage."""
    return "\n".join(aligned([_LIST_HEAD, *map(_list_row, entries)])) + "\n"


def list_markdown(entries: Sequence[Entry]) -> str:
    """The same as a table."""
    return markdown_table(_LIST_HEAD, [_list_row(each) for each in entries]) + "\n"


def list_json(entries: Sequence[Entry]) -> str:
    """The same with titles, causes and sources."""
    document = {
        "schema": LIST_SCHEMA,
        "version": __version__,
        "incidents": [
            {
                **dict(zip(_LIST_HEAD, _list_row(each), strict=True)),
                "title": each.recorded.title,
                "cause": each.recorded.cause,
                "lesson": each.recorded.lesson,
                "policy": each.recorded.policy,
                "comparisons": len(each.recorded.comparisons),
                "sources_quality": each.recorded.quality,
                "sources": [{"title": one.title, "url": one.url} for one in each.recorded.sources],
            }
            for each in entries
        ],
    }
    return json.dumps(document, indent=2) + "\n"


def _list_row(entry: Entry) -> tuple[str, ...]:
    recorded = entry.recorded
    return (
        recorded.id,
        recorded.date,
        recorded.provider,
        ", ".join(entry.kinds),
        entry.seen,
        recorded.quality,
        recorded.failover,
    )


def score_text(rows: Sequence[Scored], *, departures: Departures = NO_DEPARTURES, width: int = 100) -> str:
    """Every comparison by class, then the totals; first of all the encodings that are not those on record."""
    blocks = []
    if departures:
        blocks.append("\n".join([EDITED, *(wrapped(each, width=width) for each in _told(departures))]))
    for grade in Grade:
        graded = [row for row in rows if row.comparison.grade is grade]
        if not graded:
            continue
        lines = [ABOUT[grade], ""]
        lines += aligned([_HEAD, *map(_row, graded)], right=frozenset({5, 6}))
        remarks = [remark for row in graded for remark in _remarks(row)]
        lines += ["", *(wrapped(remark, width=width) for remark in remarks)] if remarks else []
        blocks.append("\n".join(lines))
    blocks.append("\n".join(wrapped(total, width=width) for total in totals(rows)))
    return "\n\n".join(blocks) + "\n"


def _told(departures: Departures) -> Iterator[str]:
    for name, each in departures.items():
        yield from (f"{name}: {departure}" for departure in each)


def score_markdown(rows: Sequence[Scored], *, departures: Departures = NO_DEPARTURES) -> str:
    """The same as a page."""
    blocks = []
    if departures:
        blocks += [f"**{EDITED}**", "\n".join(f"* {plain_markdown(each)}" for each in _told(departures))]
    for grade in Grade:
        graded = [row for row in rows if row.comparison.grade is grade]
        if graded:
            blocks += [f"**{ABOUT[grade]}**", markdown_table(_HEAD, [_row(row) for row in graded])]
            remarks = [f"* {plain_markdown(remark)}" for row in graded for remark in _remarks(row)]
            blocks += ["\n".join(remarks)] if remarks else []
    blocks.append("\n".join(f"* {plain_markdown(total)}" for total in totals(rows)))
    return "\n\n".join(blocks) + "\n"


def score_json(rows: Sequence[Scored], *, departures: Departures = NO_DEPARTURES) -> str:
    """The same for programs; what a replay never came to is null."""
    document: dict[str, Any] = {
        "schema": SCORE_SCHEMA,
        "version": __version__,
        "edited": {name: list(each) for name, each in departures.items()},
        "decisions": _decisions(rows),
        "comparisons": [_document(row) for row in rows],
    }
    return json.dumps(document, indent=2) + "\n"


def _decisions(rows: Sequence[Scored]) -> dict[str, int]:
    graded = [row for row in rows if row.comparison.grade is Grade.B]
    counts = Counter(row.verdict for row in graded)
    return {"of": len(graded), **{word: counts[word] for word in DECISIONS}}


def _document(row: Scored) -> dict[str, Any]:
    comparison = row.comparison
    return {
        "incident": row.recorded.id,
        "id": comparison.id,
        "class": comparison.grade.value,
        "quality": row.recorded.quality,
        "output": comparison.output,
        "published": comparison.published,
        "published_min": [[each.low, each.high] for each in comparison.minutes],
        "verdict": row.verdict,
        "holds": row.holds,
        "replay_min": [finite(value) for value in row.simulated],
        "error_min": [finite(value) for value in row.errors_min],
        "relative_error": [finite(value) for value in row.relative],
        "variants_tried": row.tried,
        "flips": list(row.flips),
        "spread_min": None if row.spread_min is None else [finite(value) for value in row.spread_min],
        "interval_10_90_min": None
        if row.interval_min is None
        else [finite(value) for value in row.interval_min],
        "published_in_interval": row.inside,
        "naive_relative_error": row.naive_relative,
        "note": comparison.note or None,
    }


def totals(rows: Sequence[Scored]) -> Iterator[str]:
    """The totals, by class and by quality of the sources."""
    counted = [row for row in rows if not row.is_edited]
    decisions = [row for row in rows if row.comparison.grade is Grade.B]
    if decisions:
        counts = _decisions(rows)
        yield (
            f"Decisions: {counts['match']} of {counts['of']} match, {counts['miss']} miss, "
            f"{counts['undetermined']} undetermined (counted as no match)"
            + (f", {counts['edited']} of edited encodings." if counts["edited"] else ".")
        )
        yield "By quality of the sources: " + "; ".join(
            f"{quality} {sum(row.is_match for row in of)} of {len(of)}"
            for quality, of in _by_quality(decisions)
        )
    for grade, name in ((Grade.C, "Derived"), (Grade.D, "Predicted")):
        graded = [row for row in counted if row.comparison.grade is grade and row.relative]
        if graded:
            by_quality = "; ".join(
                f"{quality} {_median(of)} of {len(of)}" for quality, of in _by_quality(graded)
            )
            yield f"{name}: median relative error {_median(graded)} of {len(graded)} ({by_quality})."
    predicted = [row for row in counted if row.naive_relative is not None and row.relative]
    if predicted:
        naive = statistics.median(abs(row.naive_relative or 0.0) for row in predicted)
        better = sum(abs(row.relative[0]) < abs(row.naive_relative or 0.0) - 1e-9 for row in predicted)
        intervals = [row for row in predicted if row.inside is not None]
        yield (
            f"Naive answers: median relative error {_percent(naive)}; {better} of {len(predicted)} predictions are "
            f"nearer than theirs; {sum(bool(row.inside) for row in intervals)} of {len(intervals)} intervals hold "
            "the published value."
        )
    regression = [row for row in counted if row.comparison.grade is Grade.A]
    if regression:
        kept = sum(row.holds for row in regression)
        yield f"Regression (class A, no validation): {kept} of {len(regression)} encodings replay as written."


def _median(rows: Sequence[Scored]) -> str:
    return _percent(statistics.median(max(map(abs, row.relative)) for row in rows))


def _by_quality(rows: Sequence[Scored]) -> Iterator[tuple[str, list[Scored]]]:
    for quality in ("primary", "primary_part", "secondary"):
        of = [row for row in rows if row.recorded.quality == quality]
        if of:
            yield quality, of


def _row(row: Scored) -> tuple[str, ...]:
    comparison = row.comparison
    return (
        comparison.id,
        comparison.grade.value,
        _verdict(row),
        _published(comparison),
        _minutes(row.simulated) if row.simulated else ("as published" if row.holds else "otherwise"),
        ", ".join(_signed(value) for value in row.errors_min),
        ", ".join(_percent(value, signed=True) for value in row.relative),
    )


def _verdict(row: Scored) -> str:
    if row.inside is not None and not row.is_edited:
        return "in interval" if row.inside else "outside interval"
    return row.verdict


def _published(comparison: Comparison) -> str:
    if not comparison.minutes:
        return comparison.category
    return ", ".join(_range(each) for each in comparison.minutes)


def _range(published: Range) -> str:
    if published.low == published.high:
        return f"{published.low:g}"
    return f"{published.low:g} to {published.high:g}"


def _remarks(row: Scored) -> Iterator[str]:
    comparison = row.comparison
    lead = f"{comparison.id}: {comparison.output}. "
    if row.flips:
        more = len(row.flips) - FLIPS_SHOWN
        shown = "; ".join(row.flips[:FLIPS_SHOWN]) + (f"; and {more} more" if more > 0 else "")
        yield f"{lead}Flips, of {row.tried} variants, at {shown}."
    if comparison.grade is Grade.D:
        yield lead + _predicted(row)
    elif not row.holds and not row.is_edited:
        yield (
            f"{lead}Published {comparison.published}, follows here from: {comparison.follows_from or comparison.match}."
            + (f" {comparison.note[0].upper()}{comparison.note[1:]}." if comparison.note else "")
        )
    if row.spread_min is not None and row.spread_min[0] != row.spread_min[1]:
        yield f"{lead}Over the assumptions from {_minutes(row.spread_min, ' to ')}."


def _predicted(row: Scored) -> str:
    comparison = row.comparison
    text = f"From {comparison.follows_from}."
    if row.interval_min is not None:
        text += f" 10-90 % interval {_minutes(row.interval_min, ' to ')}."
    if comparison.baseline_min is not None and row.naive_relative is not None:
        text += (
            f" The naive answer ({comparison.baseline}) is {comparison.baseline_min:g}, "
            f"{_percent(row.naive_relative, signed=True)}."
        )
    return text


def _minutes(values: Sequence[float], between: str = ", ") -> str:
    return between.join(
        "never" if finite(value) is None else f"{value:.4g}" if value < 1e4 else f"{value:.0f}"
        for value in values
    )


def _signed(value: float) -> str:
    return "never" if finite(value) is None else "0" if not round(value) else f"{value:+.0f}"


def _percent(value: float, *, signed: bool = False) -> str:
    if finite(value) is None:
        return "never"
    return f"{value:+.0%}" if signed and round(value * 100) else f"{value:.0%}"
