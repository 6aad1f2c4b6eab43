"""A comparison of policies for people: what differs, by how much, how surely, who breaches newly, which worlds to look at.

Both forms show the same blocks: for the terminal and as Markdown. Lines that are alike in every world are only counted, of
hundreds of environments only those that surely changed are named; the JSON holds them all.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bcdr_sim.experiment import Comparison, Contrast
from bcdr_sim.experiment.contrast import PAIRS_MIN, Difference
from bcdr_sim.report.compared_words import amount, change_word, interval, probability, signed
from bcdr_sim.report.folding import aligned
from bcdr_sim.report.markdown import markdown_table
from bcdr_sim.report.wording import count, listing, plain_markdown, wrapped
from bcdr_sim.statistics.probabilities import zero_events_bound
from bcdr_sim.statistics.verdicts import Change
from bcdr_sim.units import format_duration

NAMED_MAX = 10
APART_MAX = 3


@dataclass(frozen=True, slots=True)
class Table:
    """A head and rows of cells; all but the first `left` columns are numbers."""

    head: list[str]
    rows: list[list[str]]
    left: int = 1


@dataclass(frozen=True, slots=True)
class ComparedReport:
    """A comparison, and of each side, the base first, the command that plays a world again, up to its number."""

    comparison: Comparison
    replay: tuple[str, ...]

    def commands(self, replication: int, candidate: int) -> tuple[str, str]:
        """The commands that play one world again under the base and under a candidate, counted from 1."""
        return f"{self.replay[0]} {replication}", f"{self.replay[candidate]} {replication}"


def compared_text(report: ComparedReport, *, width: int = 100) -> str:
    """The whole text for a terminal."""
    blocks = [wrapped(_title(report.comparison), width=width)]
    for number, found in enumerate(report.comparison.contrasts, start=1):
        if len(report.comparison.contrasts) > 1:
            blocks.append(wrapped(f"{found.candidate} against {found.base}", width=width))
        for table in _tables(report.comparison, found):
            numbers = frozenset(range(table.left, len(table.head)))
            lines = aligned([table.head, *table.rows], right=numbers, width=width)
            blocks.append("\n".join([lines[0], "-" * max(map(len, lines)), *lines[1:]]))
        worlds = _worlds(report, found, number)
        if worlds:
            blocks.append("\n".join([f"Worlds that differ most by {_primary(found)}", *worlds]))
        lines = [wrapped(text, lead=f"{lead}  ", width=width) for lead, text in _closing(report, found)]
        blocks.append("\n".join(lines))
    return "\n\n".join(blocks) + "\n"


def compared_markdown(report: ComparedReport) -> str:
    """The same as Markdown."""
    blocks = [f"## {plain_markdown(_title(report.comparison))}"]
    for number, found in enumerate(report.comparison.contrasts, start=1):
        if len(report.comparison.contrasts) > 1:
            blocks.append(f"### {plain_markdown(f'{found.candidate} against {found.base}')}")
        blocks += [
            markdown_table([plain_markdown(cell) for cell in table.head], table.rows)
            for table in _tables(report.comparison, found)
        ]
        worlds = _worlds(report, found, number)
        if worlds:
            blocks.append(f"Worlds that differ most by {plain_markdown(_primary(found))}:")
            blocks.append("\n".join(f"    {line}" for line in worlds))
        blocks.append(
            "\n".join(f"* {lead}: {plain_markdown(text)}" for lead, text in _closing(report, found))
        )
    return "\n\n".join(blocks) + "\n"


def verdict_sentence(found: Contrast) -> str:
    """What is worse, better or not known, in words."""
    if found.is_quiet:
        return "no outage and no maintenance in any world"
    parts, open_lines = [], [each for each in found.deciding if each.change is Change.INCONCLUSIVE]
    for change in (Change.WORSE, Change.BETTER):
        lines = [each for each in found.deciding if each.change is change]
        if lines:
            parts.append(f"{change.value} in {listing(_names(lines), shown_max=6)}")
    if open_lines and parts:
        parts.append(f"{count(len(open_lines), 'line')} inconclusive")
    elif open_lines:
        parts.append(f"not known of {listing(_names(open_lines), shown_max=6)}")
    return "; ".join(parts) or "no metric of the fleet or of a tier differs by more than its margin"


def _names(lines: Sequence[Difference]) -> list[str]:
    """Metrics with their groups: `down time (fleet, tier 1)`."""
    groups: dict[str, list[str]] = {}
    for each in lines:
        groups.setdefault(each.measure.words, []).append(each.group.label)
    return [f"{words} ({', '.join(labels)})" for words, labels in groups.items()]


def _title(comparison: Comparison) -> str:
    first = comparison.runs[0]
    facts = [
        f"{listing(comparison.labels[1:])} against {comparison.labels[0]}",
        f"seed {first.seed}",
        f"the same {count(len(comparison), 'world')} of {format_duration(first.scenario.horizon)}",
        count(len(first.case.ready().estate), "environment"),
    ]
    return f"{first.scenario.name}: {', '.join(facts)}"


def _tables(comparison: Comparison, found: Contrast) -> Iterator[Table]:
    if not found.n:
        return
    level = f"{100 * comparison.level:.4g} % interval"
    fleet = [each for each in found.differences if each.group.kind == "fleet"]
    yield Table(
        ["in a world, the fleet", "base", "candidate", "difference", level, "margin", "verdict"],
        [[_label(each, found), *_cells(each)] for each in fleet],
    )
    tiers = [each for each in found.differences if each.group.kind == "tier" and not _is_alike(each)]
    if tiers:
        yield Table(
            ["in a world, by tier", "tier", "base", "candidate", "difference", level, "verdict"],
            [
                [each.measure.words, each.group.name, *_cells(each)[:4], change_word(each.change)]
                for each in tiers
            ],
        )
    if found.breaching:
        rows = [
            [
                each.environment + (", never before" if each.is_new else ""),
                str(each.tier),
                f"{each.newly_count:,}",
                f"{each.no_longer_count:,}",
                probability(each.p_value),
                ", ".join(map(str, each.replications[:3])),
            ]
            for each in found.breaching[:NAMED_MAX]
        ]
        yield Table(["newly in breach", "tier", "in worlds", "no longer in", "p", "such as"], rows)


def _cells(each: Difference) -> list[str]:
    unit = each.measure.unit
    return [
        amount(each.base, unit),
        amount(each.candidate, unit),
        signed(each.difference.value, unit),
        interval(each.difference, unit),
        amount(each.margin, unit),
        change_word(each.change),
    ]


def _label(each: Difference, found: Contrast) -> str:
    return f"{each.measure.words} *" if each is found.primary else each.measure.words


def _is_alike(each: Difference) -> bool:
    return each.equal_count == each.difference.n


def _primary(found: Contrast) -> str:
    return found.primary.measure.words


def _worlds(report: ComparedReport, found: Contrast, number: int) -> list[str]:
    """A line for each of the worlds that differ most, and below it the commands that play it again."""
    unit, lines = found.primary.measure.unit, []
    for world in found.apart[:APART_MAX]:
        lines.append(
            f"  replication {world.replication}: {amount(world.base, unit)} under the base, "
            f"{amount(world.candidate, unit)} under the candidate"
        )
        lines += [f"    {command}" for command in report.commands(world.replication, number)]
    return lines


def _closing(report: ComparedReport, found: Contrast) -> Iterator[tuple[str, str]]:
    comparison = report.comparison
    yield "Base", found.base
    yield "Candidate", found.candidate
    if found.n:
        yield "Alike", _alike(found)
        yield (
            "Judged",
            f"{_primary(found)} (*) by its interval; the other lines share its risk, so their verdicts ask for more",
        )
        if found.n < PAIRS_MIN and not found.is_same:
            yield (
                "Few",
                f"of fewer than {PAIRS_MIN} worlds nothing but harm is believed: they may all be alike by luck",
            )
        yield from _environments(comparison, found)
        if comparison.look is not None:
            state = "reached" if comparison.look.is_precise else "NOT reached"
            yield "Precision", f"{state}: {comparison.look.reason}"
        gain = found.primary.variance_ratio
        if gain is not None:
            yield "Pairing", f"unpaired, {_primary(found)} would take {gain:,.3g} times as many worlds"
        if any(each.difference.censored_count for each in found.differences):
            yield "Open", "incidents that were open at the horizon count up to it"
        if comparison.margins.are_none and any(each.change is Change.INCONCLUSIVE for each in found.deciding):
            yield (
                "Margin",
                "none was given, so only what is equal in every world is within it; --margin 5% says more",
            )
    yield "Verdict", f"{found.word.upper()}: {verdict_sentence(found)}"


def _alike(found: Contrast) -> str:
    """In how many worlds nothing differs, and how often something may that was not seen."""
    n, alike = found.n, found.primary.equal_count
    words = f"{alike:,} of {count(n, 'world')} with the same {_primary(found)}"
    words += f", {found.equal_count:,} of them event for event"
    if found.is_same:
        words += "; both are one policy"
    elif alike == n:
        words += f"; at most {100 * zero_events_bound(n):.2g} % of all worlds differ in it"
    return words


def _environments(comparison: Comparison, found: Contrast) -> Iterator[tuple[str, str]]:
    """The environments that surely changed, by name."""
    if not comparison.has_groups:
        yield "Environments", "not told apart: a run kept none (run it with --keep environments)"
        return
    total = len(comparison.runs[0].case.ready().estate)
    for change in (Change.WORSE, Change.BETTER):
        lines = [
            each for each in found.differences if each.group.kind == "environment" and each.change is change
        ]
        names = list(dict.fromkeys(each.group.name for each in lines))
        words = list(dict.fromkeys(each.measure.words for each in lines))
        if names:
            yield (
                f"Environments {change.value}",
                f"{len(names):,} of {total:,} in {listing(words, shown_max=6)}: {listing(names, shown_max=NAMED_MAX)}",
            )
    if len(found.breaching) > NAMED_MAX:
        yield "Newly in breach", f"{len(found.breaching):,} environments; the JSON names them all"
