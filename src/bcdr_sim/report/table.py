"""A run as text for a terminal: who lived through what, whose time it was, what it was worth."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from bcdr_sim.loading.presets import caveats
from bcdr_sim.metrics import Incident
from bcdr_sim.metrics.totals import Total
from bcdr_sim.report.conclusion import conclude, reason
from bcdr_sim.report.folding import aligned, folded, one_line
from bcdr_sim.report.summary import BREACHES_MAX, MET_WORDS, SHORTEST_MAX, Summary
from bcdr_sim.report.wording import count, listing, span, wrapped
from bcdr_sim.timeline.columns import OWNERS
from bcdr_sim.units import format_duration
from bcdr_sim.verdict import Met

_BAR_WIDTH = 34


def run_table(summary: Summary, *, width: int = 100) -> str:
    """The whole table, blocks divided by blank lines."""
    blocks = [
        _heading(summary, width),
        *_outage_block(summary, width),
        *_incident_block(summary, width),
        *(_ledger_block(incident, width) for incident in summary.ledgers()),
        "\n".join(_verdict_lines(summary, width)),
    ]
    return "\n\n".join(blocks) + "\n"


def exact_parts(lengths_ms: Sequence[int]) -> list[int]:
    """Durations rounded to seconds so that they add up to their rounded sum: the edges are rounded, not the parts."""
    edges_ms = [0]
    for length_ms in lengths_ms:
        edges_ms.append(edges_ms[-1] + length_ms)
    rounded = [(edge_ms + 500) // 1000 * 1000 for edge_ms in edges_ms]
    return [after - before for before, after in pairwise(rounded)]


def split_words(total: Total) -> str:
    """That both sides of environments accepted writes: `VIOLATED: 1 split brain; both sides accepted writes for 43s`."""
    lasted = span(total.split_brain_ms)
    altogether = " altogether" if total.split_brains > 1 else ""
    return f"VIOLATED: {count(total.split_brains, 'split brain')}; both sides accepted writes for {lasted}{altogether}"


def incident_cells(summary: Summary) -> tuple[list[str], list[list[str]]]:
    """Head and rows of the table of incidents, each row with its whole name."""
    rows = _cells(summary)
    return ["environment", *rows[0]], [
        [one_line(line.lead), *row] for line, row in zip(summary.lines, rows[1:], strict=True)
    ]


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


def _cells(summary: Summary) -> list[list[str]]:
    """What stands behind the names in the table of incidents, its head first."""
    several = summary.has_several_outages
    head = [*(["outage"] if several else []), "outcome", "RTA", *summary.owners]
    rows = [
        [
            *([line.worst.outage or "-"] if several else []),
            line.outcome,
            line.rta,
            *(line.owned(owner) for owner in summary.owners),
            line.loss,
            MET_WORDS[line.met],
            line.worst.main_hold or "-",
        ]
        for line in summary.lines
    ]
    return [[*head, "loss", "verdict", "held mostly for"], *rows]


def _heading(summary: Summary, width: int) -> str:
    of, trial = summary.timeline.provenance, summary.timeline.trial
    facts = [
        f"policy {of['policy']}",
        f"seed {of['seed']}",
        f"replication {of['replication']}",
        f"horizon {format_duration(trial.horizon_ms)}",
        count(len(trial.estate), "environment"),
    ]
    lines = [wrapped(f"{trial.scenario.name}: {', '.join(facts)}", width=width)]
    if trial.scenario.description:
        lines.append(wrapped(trial.scenario.description.strip(), width=width))
    if trial.scenario.region_table:
        lines.append(
            wrapped(
                "Pairs of regions that the scenario does not list are taken from the published table: an assumption.",
                width=width,
            )
        )
    lines += [wrapped(caveat, width=width) for caveat in caveats(trial.scenario.presets)]
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
    rows = _cells(summary)
    first_number = 1 + rows[0].index("RTA")
    right = frozenset(range(first_number, first_number + 2 + len(summary.owners)))
    leads = [["environment"], *(line.lead for line in summary.lines)]
    head, *blocks = folded(leads, rows, right=right, width=width)
    lines = [line for block in blocks for line in block]
    rule = "-" * min(width, max(map(len, [*head, *lines])))
    notes = []
    if any(line.count > 1 for line in summary.lines):
        notes.append("xN: N incidents that ended alike; the longest is named and shown. --all shows each.")
    shortest = [line.shortest for line in summary.lines if line.shortest]
    if shortest:
        notes.append(f"Not all of them took so long: {listing(shortest, shown_max=SHORTEST_MAX)}.")
    if any(line.loss.startswith("(") for line in summary.lines):
        notes.append("Loss in brackets: what a failover at impact would have lost; nothing was lost.")
    if summary.untouched_count:
        notes.append(f"{count(summary.untouched_count, 'environment')} had no incident.")
    yield "\n".join([*head, rule, *lines, *(wrapped(note, width=width) for note in notes)])


def _ledger_block(incident: Incident, width: int) -> str:
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
    rows.append(["  recovery time", "", format_duration(total_ms), ""])
    outage = f" in {incident.outage}" if incident.outage else ""
    title = f"Longest incident{outage}: {incident.environment}, {least}{span(incident.at_least_ms)}"
    *lines, last = aligned(rows, right=frozenset({2}), width=width)
    return "\n".join([wrapped(title, width=width), *lines, wrapped(shares, lead=f"{last}  ", width=width)])


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
        yield wrapped(f"{fleet.availability.unplanned:.4%}{worst}", lead="Availability  ", width=width)
    moves = f"{count(fleet.failovers, 'failover')}, {count(fleet.failbacks, 'failback')}"
    if fleet.restores:
        moves += f", {count(fleet.restores, 'restore')}"
    yield f"Moves  {moves}; {count(fleet.consents_granted, 'consent')} of {fleet.consents_asked:,} asked"
    if fleet.split_brains:
        yield wrapped(split_words(fleet), lead="Integrity  ", width=width)
    yield from _expectation_lines(summary, width)
    conclusion = conclude(summary.timeline, verdict)
    yield wrapped(f"{conclusion.upper()}: {reason(verdict, conclusion)}", lead="Verdict  ", width=width)


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
