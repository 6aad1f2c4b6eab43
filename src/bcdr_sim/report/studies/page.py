"""The page of a study: a heading, tables, lines that close it; as text for a terminal or as Markdown.

No number stands without its interval, how many worlds are behind it, and how many of them were open or without bound.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from bcdr_sim import __version__
from bcdr_sim.experiment.edition import edition
from bcdr_sim.report.folding import aligned
from bcdr_sim.report.markdown import markdown_table
from bcdr_sim.report.wording import plain_markdown, wrapped
from bcdr_sim.statistics.estimate import Estimate
from bcdr_sim.study import Quantity, Subject
from bcdr_sim.units import format_duration


@dataclass(frozen=True, slots=True)
class Table:
    """Rows below a head; `words` columns hold text, the others numbers, which stand to the right."""

    title: str
    head: Sequence[str]
    rows: Sequence[Sequence[str]]
    words: int = 1


@dataclass(frozen=True, slots=True)
class Page:
    """What is told of a study. `closing` are lines of a lead and a text."""

    title: str
    tables: Sequence[Table]
    closing: Sequence[tuple[str, str]]

    def text(self, *, width: int = 100) -> str:
        """For a terminal."""
        blocks = [wrapped(self.title, width=width)]
        for table in self.tables:
            right = frozenset(range(table.words, len(table.head)))
            lines = aligned([table.head, *table.rows], right=right, width=width)
            head = [wrapped(table.title, width=width)] if table.title else []
            blocks.append("\n".join([*head, lines[0], "-" * max(map(len, lines)), *lines[1:]]))
        if self.closing:
            room = max(len(lead) for lead, _ in self.closing) + 2
            blocks.append(
                "\n".join(wrapped(words, lead=lead.ljust(room), width=width) for lead, words in self.closing)
            )
        return "\n\n".join(blocks) + "\n"

    def markdown(self) -> str:
        """For a pull request or a wiki."""
        blocks = [f"## {plain_markdown(self.title)}"]
        for table in self.tables:
            if table.title:
                blocks.append(f"### {plain_markdown(table.title)}")
            blocks.append(markdown_table(table.head, table.rows))
        if self.closing:
            blocks.append(
                "\n".join(
                    f"* **{plain_markdown(lead)}** {plain_markdown(words)}" for lead, words in self.closing
                )
            )
        return "\n\n".join(blocks) + "\n"


def title(subject: Subject, *, seed: int, worlds: str) -> str:
    """What every study says first: of what, from which seed, how many worlds."""
    facts = [
        f"policy {subject.policy.name}",
        f"seed {seed}",
        f"{worlds} of {format_duration(subject.scenario.horizon)}",
    ]
    return f"{subject.scenario.name}: {', '.join(facts)}"


def origin(subject: Subject, *, kind: str, seed: int) -> dict[str, Any]:
    """What every document of a study begins with; `kind` names its form."""
    case = subject.case({})
    return {
        "schema": f"bcdr-sim/{kind}/1",
        "version": __version__,
        "edition": edition(),
        "scenario": subject.scenario.name,
        "scenario_digest": case.scenario_digest,
        "policy": case.policy_name,
        "policy_digest": case.policy_digest,
        "parameters": dict(case.parameters),
        "seed": seed,
    }


def estimate(found: Estimate) -> dict[str, Any]:
    """An estimate as plain data; null means that there is no number."""
    return {
        "value": plain(found.value),
        "low": plain(found.low),
        "high": plain(found.high),
        "n": found.n,
        "level": found.level,
        "method": found.method,
        "censored": found.censored_count,
        "unbounded": found.unbounded_count,
        "note": found.note,
    }


def plain(number: float | None) -> float | str | None:
    """A number for JSON."""
    return "unbounded" if number is not None and math.isinf(number) else number


def interval(found: Estimate, asked: Quantity, *, signed: bool = False) -> str:
    """Both ends of an interval for people; what cannot be negative is not, unless it is a difference."""
    if found.low is None and found.high is None:
        return "-"
    write = signed_by(asked) if signed else asked.written
    low = found.low if signed or found.low is None else max(0.0, found.low)
    if asked.unit == "share" and not signed and low is not None and found.high is not None:
        return _share_interval(low, found.high)
    return f"{write(low)} to {write(found.high)}"


def signed_by(asked: Quantity) -> Callable[[float | None], str]:
    """How a difference of a quantity is written: with its sign, a probability in percentage points."""

    def write(number: float | None) -> str:
        if number is None:
            return "-"
        if asked.unit == "share":
            return f"{100 * number:+.2f} pp" if number else "0 pp"
        size = asked.written(abs(number))
        if size in ("0", "0s"):
            return "0"
        return ("+" if number > 0 else "-") + size

    return write


def counts(found: Estimate) -> list[str]:
    """How many worlds, how many of them open, how many without bound."""
    return [f"{number:,}" for number in (found.n, found.censored_count, found.unbounded_count)]


COUNTS = ["worlds", "open", "unbounded"]


def _share_interval(low: float, high: float) -> str:
    """An interval of a probability; a bound at the edge is said as one, rounded to its safe side."""
    if low <= 0:
        return f"at most {math.ceil(high * 10_000 - 1e-9) / 100:.2f}%"
    if high >= 1:
        return f"at least {math.floor(low * 10_000 + 1e-9) / 100:.2f}%"
    return f"{low:.2%} to {high:.2%}"
