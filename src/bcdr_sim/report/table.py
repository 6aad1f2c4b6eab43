"""A run as text for a terminal: who lived through what, whose time it was, what it was worth."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from bcdr_sim.metrics import Incident
from bcdr_sim.report.conclusion import conclude, reason
from bcdr_sim.report.summary import BREACHES_MAX, MET_WORDS, OWNERS, IncidentLine, Summary
from bcdr_sim.report.wording import count, listing, span, wrapped
from bcdr_sim.units import format_duration
from bcdr_sim.verdict import Met

_BAR_WIDTH = 34
_NAME_WIDTH_MAX = 32


def run_table(summary: Summary, *, width: int = 100) -> str:
    """The whole table, blocks divided by blank lines."""
    blocks = [
        _heading(summary, width),
        *_outage_block(summary, width),
        *_incident_block(summary, width),
        *(_ledger_block(incident) for incident in summary.ledgers()),
        "\n".join(_verdict_lines(summary, width)),
    ]
    return "\n\n".join(blocks) + "\n"


def aligned(
    rows: Sequence[Sequence[str]], *, right: frozenset[int] = frozenset(), width: int = 10_000
) -> list[str]:
    """Rows as lines with columns of equal width; those in `right` end at their right edge.

    Columns stand two apart, or one if the lines would be wider than `width` otherwise.
    """
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    gap = "  " if sum(widths) + 2 * (len(widths) - 1) <= width else " "
    lines = []
    for row in rows:
        cells = (
            cell.rjust(width) if column in right else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        lines.append(gap.join(cells).rstrip())
    return lines


def exact_parts(lengths_ms: Sequence[int]) -> list[int]:
    """Durations rounded to seconds so that they add up to their rounded sum: the edges are rounded, not the parts."""
    edges_ms = [0]
    for length_ms in lengths_ms:
        edges_ms.append(edges_ms[-1] + length_ms)
    rounded = [(edge_ms + 500) // 1000 * 1000 for edge_ms in edges_ms]
    return [after - before for before, after in pairwise(rounded)]


def incident_cells(summary: Summary) -> tuple[list[str], list[list[str]]]:
    """Head and rows of the table of incidents."""
    several = summary.has_several_outages
    head = [
        "environment",
        *(["outage"] if several else []),
        "outcome",
        "RTA",
        *summary.owners,
        "loss",
        "verdict",
    ]
    rows = [_cells(line, summary.owners, several=several) for line in summary.lines]
    return [*head, "held mostly for"], rows


def verdict_words(summary: Summary) -> str:
    """Counts of verdicts: `3 met, 1 BREACHED, 41 not applicable`."""
    counts = summary.verdict.judgements.counts()
    words = {
        Met.POLICY_MET: "met",
        Met.POLICY_BREACHED: "BREACHED",
        Met.CENSORED: "open",
        Met.NOT_APPLICABLE: "not applicable",
    }
    return ", ".join(f"{counts[met.label]:,} {word}" for met, word in words.items() if counts[met.label])


def _cells(line: IncidentLine, owners: Sequence[str], *, several: bool) -> list[str]:
    name = line.name if len(line.name) <= _NAME_WIDTH_MAX else line.name[: _NAME_WIDTH_MAX - 2] + ".."
    return [
        name,
        *([line.worst.outage or "-"] if several else []),
        line.outcome,
        line.rta,
        *(line.owned(owner) for owner in owners),
        line.loss,
        MET_WORDS[line.met],
        line.worst.main_hold or "-",
    ]


def _heading(summary: Summary, width: int) -> str:
    of, trial = summary.timeline.provenance, summary.timeline.trial
    facts = [
        f"policy {of['policy']}",
        f"seed {of['seed']}",
        f"replication {of['replication']}",
        f"horizon {format_duration(trial.horizon_ms)}",
        count(len(trial.estate), "environment"),
    ]
    lines = [f"{trial.scenario.name}: {', '.join(facts)}"]
    if trial.scenario.description:
        lines.append(wrapped(trial.scenario.description.strip(), width=width))
    if trial.scenario.region_table:
        lines.append(
            wrapped(
                "Pairs of regions that the scenario does not list are taken from the published table: an assumption.",
                width=width,
            )
        )
    return "\n".join(lines)


def _outage_block(summary: Summary, width: int) -> Iterator[str]:
    if not summary.outages:
        yield "No outage and no maintenance before the horizon: nothing ran."
        return
    rows = [[line.id, line.region, line.kind, line.spell] for line in summary.outages]
    leads = aligned([["outage", "region", "kind", "from T"], *rows])
    pad = max(len(lead) for lead in leads) + 2
    lines = [leads[0].ljust(pad) + "known to the provider"]
    for lead, line in zip(leads[1:], summary.outages, strict=True):
        lines.append(wrapped(line.known, lead=lead.ljust(pad), width=width))
    yield "\n".join(lines)


def _incident_block(summary: Summary, width: int) -> Iterator[str]:
    if not summary.lines:
        if summary.outages:
            yield "No environment lost its service."
        return
    head, rows = incident_cells(summary)
    first_number = head.index("RTA")
    right = frozenset(range(first_number, first_number + 2 + len(summary.owners)))
    lines = aligned([head, *rows], right=right, width=width)
    lines.insert(1, "-" * min(width, max(len(line) for line in lines)))
    if any(line.count > 1 for line in summary.lines):
        lines.append(
            "xN: N incidents that ended alike; the line shows the longest, named in brackets. --all shows each."
        )
    if any(line.loss.startswith("(") for line in summary.lines):
        lines.append("Loss in brackets: what a failover at impact would have lost; nothing was lost.")
    if summary.untouched_count:
        lines.append(f"{count(summary.untouched_count, 'environment')} had no incident.")
    yield "\n".join(lines)


def _ledger_block(incident: Incident) -> str:
    lengths_ms = exact_parts([line.ms for line in incident.ledger])
    total_ms = sum(lengths_ms)
    least = "at least " if incident.censored else ""
    rows = [
        [f"  {line.phase}", line.owner or "-", format_duration(length_ms), _bar(length_ms, total_ms)]
        for line, length_ms in zip(incident.ledger, lengths_ms, strict=True)
    ]
    owners = {
        owner: sum(ms for line, ms in zip(incident.ledger, lengths_ms, strict=True) if line.owner == owner)
        for owner in OWNERS
    }
    shares = listing([f"{owner} {format_duration(ms)}" for owner, ms in owners.items() if ms], shown_max=4)
    rows.append(["  recovery time", "", format_duration(total_ms), shares])
    outage = f" in {incident.outage}" if incident.outage else ""
    title = f"Longest incident{outage}: {incident.environment}, {least}{span(incident.at_least_ms)}"
    return "\n".join([title, *aligned(rows, right=frozenset({2}))])


def _bar(part_ms: int, total_ms: int) -> str:
    return "#" * max(1, round(part_ms / total_ms * _BAR_WIDTH)) if part_ms and total_ms else ""


def _verdict_lines(summary: Summary, width: int) -> Iterator[str]:
    verdict, fleet = summary.verdict, summary.metrics.totals.fleet
    yield f"Objectives  {verdict_words(summary)}"
    for number, breach in enumerate(summary.breaches()):
        if number == BREACHES_MAX:
            yield f"  ... {count(summary.breach_count, 'environment')} with a breach in all"
            break
        judged = breach.judgement
        actual = "never" if judged.actual_ms is None else span(judged.actual_ms)
        wanted = "none" if judged.objective_ms is None else format_duration(judged.objective_ms)
        note = f" ({judged.reason})" if judged.reason else ""
        yield wrapped(
            f"{breach.environment}: {judged.objective.value.upper()} {actual}, objective {wanted}{note}",
            lead="  ",
            width=width,
        )
    if fleet.availability.unplanned is not None:
        worst = f", worst {fleet.worst}" if fleet.worst and fleet.incidents else ""
        yield f"Availability  {fleet.availability.unplanned:.4%}{worst}"
    moves = f"{count(fleet.failovers, 'failover')}, {count(fleet.failbacks, 'failback')}"
    yield f"Moves  {moves}; {count(fleet.consents_granted, 'consent')} of {fleet.consents_asked:,} asked"
    yield from _expectation_lines(summary, width)
    conclusion = conclude(summary.timeline, verdict)
    yield f"Verdict  {conclusion.upper()}: {reason(verdict, conclusion)}"


def _expectation_lines(summary: Summary, width: int) -> Iterator[str]:
    findings = summary.verdict.findings
    if not findings:
        return
    held = sum(finding.passed for finding in findings)
    yield f"Expectations  {held} of {len(findings)} hold"
    for finding in findings:
        yield wrapped(
            finding.sentence,
            lead=f"  {'ok ' if finding.passed else 'NOT'} {finding.number:>2}  ",
            width=width,
        )
