"""Many worlds in a notebook: what was run, its statistics and probabilities as two tables. Escaped, without scripts."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from bcdr_sim.statistics.estimate import Estimate
from bcdr_sim.units import format_duration

if TYPE_CHECKING:
    from bcdr_sim.experiment.metric import Unit
    from bcdr_sim.experiment.runs import Runs


def html(runs: Runs) -> str:
    """The page; its size does not depend on the number of worlds."""
    head = (
        f"<p><b>{escape(runs.scenario.name)}</b> under {escape(runs.case.label)}: {len(runs):,} worlds of seed "
        f"{runs.seed}, digest <code>{runs.digest[:12]}</code></p>"
    )
    rows = [
        [line.words, value(line.mean.value, line.unit), interval(line.mean, line.unit)]
        + [value(line.quantiles[q].value, line.unit) if q in line.quantiles else "" for q in (0.5, 0.95)]
        + [f"{line.mean.n:,}", f"{line.mean.censored_count:,}", f"{line.mean.unbounded_count:,}"]
        for line in runs.lines()
    ]
    columns = ["", "mean", "95 % interval", "p50", "p95", "n", "open", "unbounded"]
    chances = [
        [chance.words, share(chance.estimate.value), interval(chance.estimate, "share"), f"{chance.count:,}"]
        for chance in runs.chances()
    ]
    return (
        head + table(columns, rows) + table(["in a world", "probability", "95 % interval", "seen"], chances)
    )


def value(number: float | None, unit: Unit | str) -> str:
    """A number of a unit for people."""
    if number is None:
        return "n/a"
    if number == float("inf"):
        return "unbounded"
    if unit == "ms":
        size = abs(number)
        words = format_duration(round(size / 1000) * 1000 if size >= 1000 else round(size))
        return f"-{words}" if number < 0 and round(size) else words
    return share(number) if unit == "share" else f"{number:,.4g}"


def share(number: float | None) -> str:
    """A probability in percent."""
    return "n/a" if number is None else f"{number:.2%}"


def interval(estimate: Estimate, unit: Unit | str) -> str:
    """Both ends of an interval."""
    if estimate.low is None and estimate.high is None:
        return "none"
    return f"{value(estimate.low, unit)} to {value(estimate.high, unit)}"


def table(columns: list[str], rows: list[list[str]]) -> str:
    """A table, escaped."""

    def line(tag: str, cells: list[str]) -> str:
        return "<tr>" + "".join(f"<{tag}>{escape(cell)}</{tag}>" for cell in cells) + "</tr>"

    return "<table>" + line("th", columns) + "".join(line("td", row) for row in rows) + "</table>"
