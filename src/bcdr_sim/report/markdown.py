"""A run as Markdown, for a pull request or a wiki: the same rows as the table of the terminal."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from bcdr_sim.loading.presets import caveats
from bcdr_sim.metrics import Incident
from bcdr_sim.report.conclusion import conclude, reason
from bcdr_sim.report.summary import SHORTEST_MAX, Summary
from bcdr_sim.report.table import exact_parts, incident_cells, split_words, verdict_words
from bcdr_sim.report.wording import count, listing, plain_markdown, span
from bcdr_sim.units import format_duration

PAGE_BYTES_MAX: Final = 60_000
"""So long is a page for a code review. Assumption: a comment of a pull request holds 65,536 characters; the rest is for what
stands around."""


def run_markdown(summary: Summary) -> str:
    """The whole page. Text from files is escaped: nothing of it becomes a heading, a link or HTML."""
    blocks = [*_heading(summary), *_outages(summary), *_incidents(summary)]
    for incident in summary.ledgers():
        blocks += _ledger(incident)
    blocks += _verdict(summary)
    return "\n\n".join(blocks) + "\n"


def markdown_table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table of plain text."""
    lines = [
        _row(head),
        _row(["---"] * len(head)),
        *(_row([plain_markdown(cell) for cell in row]) for row in rows),
    ]
    return "\n".join(lines)


def fitted(paragraphs: Iterable[str]) -> str:
    """Paragraphs as one page, cut where a comment would be; what is left out is counted."""
    parts = list(paragraphs)
    kept: list[str] = []
    left = PAGE_BYTES_MAX
    for position, part in enumerate(parts):
        left -= len(part.encode()) + 2
        if left < 0:
            kept.append(f"... and {len(parts) - position} more paragraphs in the JSON.")
            break
        kept.append(part)
    return "\n\n".join(kept) + "\n"


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def _heading(summary: Summary) -> Iterator[str]:
    of, trial = summary.timeline.provenance, summary.timeline.trial
    yield f"# {plain_markdown(trial.scenario.name)}"
    yield plain_markdown(
        f"Policy {of['policy']}, seed {of['seed']}, replication {of['replication']}, "
        f"horizon {format_duration(trial.horizon_ms)}, {count(len(trial.estate), 'environment')}."
    )
    if trial.scenario.description:
        yield plain_markdown(trial.scenario.description.strip())
    yield from (plain_markdown(caveat) for caveat in caveats(trial.scenario.presets))


def _outages(summary: Summary) -> Iterator[str]:
    if not summary.outages:
        yield "No outage and no maintenance before the horizon: nothing ran."
        return
    yield "## Outages"
    rows = [[line.id, line.region, line.kind, line.spell, line.known] for line in summary.outages]
    yield markdown_table(["outage", "region", "kind", "from T", "known to the provider"], rows)


def _incidents(summary: Summary) -> Iterator[str]:
    yield "## Incidents"
    if not summary.lines:
        yield "No environment lost its service."
        return
    head, rows = incident_cells(summary)
    yield markdown_table(head, rows)
    yield (
        "`xN` stands for N incidents that ended alike, of which the longest is shown. "
        "Loss in brackets is what a failover at impact would have lost."
    )
    shortest = [line.shortest for line in summary.lines if line.shortest]
    if shortest:
        yield f"Not all of them took so long: {plain_markdown(listing(shortest, shown_max=SHORTEST_MAX))}."


def _ledger(incident: Incident) -> Iterator[str]:
    outage = f" in {incident.outage}" if incident.outage else ""
    least = "at least " if incident.censored else ""
    title = f"Longest incident{outage}: {incident.environment}, {least}{span(incident.at_least_ms)}"
    yield f"### {plain_markdown(title)}"
    lengths_ms = exact_parts([line.ms for line in incident.ledger])
    rows = [
        [line.phase, line.owner or "-", format_duration(length_ms)]
        for line, length_ms in zip(incident.ledger, lengths_ms, strict=True)
    ]
    yield markdown_table(
        ["phase", "owner", "time"], [*rows, ["recovery time", "", format_duration(sum(lengths_ms))]]
    )


def _verdict(summary: Summary) -> Iterator[str]:
    yield "## Verdict"
    conclusion = conclude(summary.timeline, summary.verdict)
    yield f"**{conclusion.upper()}**: {reason(summary.verdict, conclusion)}."
    items = [f"Objectives: {verdict_words(summary)}"]
    if summary.metrics.totals.fleet.split_brains:
        items.append(f"Integrity: {split_words(summary.metrics.totals.fleet)}")
    items += [
        f"{finding.number}. {'holds' if finding.passed else 'DOES NOT HOLD'}: {finding.sentence}"
        for finding in summary.verdict.findings
    ]
    yield "\n".join(f"* {plain_markdown(item)}" for item in items)
