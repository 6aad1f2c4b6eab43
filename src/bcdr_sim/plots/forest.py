"""A comparison as a picture: the difference of one metric for the fleet, the tiers and environments, each with its interval.

One picture has one metric, since differences of other units have no common axis. The band is the margin: what lies wholly
in it does not matter. Verdicts are told by shape and words, not by colour alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from bcdr_sim.experiment import Comparison
from bcdr_sim.experiment.contrast import Difference
from bcdr_sim.experiment.side import measure_named
from bcdr_sim.plots.looks import BLUE, FAINT, INK, VERMILLION, label_time, literal, plain_frame
from bcdr_sim.statistics.verdicts import Change
from bcdr_sim.units import format_duration

if TYPE_CHECKING:
    from matplotlib.axes import Axes

ENVIRONMENTS_MAX = 12
"""So many environments are drawn, those with the largest differences; how many there are stands in the title."""
_SIGNS = {
    Change.WORSE: (">", VERMILLION, True),
    Change.BETTER: ("<", BLUE, True),
    Change.WITHIN_MARGIN: ("o", INK, True),
    Change.INCONCLUSIVE: ("o", FAINT, False),
    None: ("|", FAINT, True),
}
Row = tuple[str, Difference]


def compare(comparison: Comparison, metric: str | None = None, *, ax: Axes | None = None) -> Axes:
    """Draw the paired differences of a metric, the primary one unless said, and return the Axes.

    A row for the fleet, each tier and up to `ENVIRONMENTS_MAX` environments of every candidate. Without `ax` a new figure is
    made.

    Raises:
        ValueError: no such metric.
    """
    measure = measure_named(metric or comparison.primary)
    rows, left_out = _rows(comparison, measure.name)
    ax = ax or _new_axes(len(rows))
    plain_frame(ax)
    unit = measure.unit
    for place, (_, each) in enumerate(rows):
        _draw(ax, place, each)
    ax.axvline(0, color=INK, linewidth=1.0, zorder=1)
    ax.set_yticks(range(len(rows)), [literal(label) for label, _ in rows])
    ax.set_ylim(len(rows) - 0.4, -0.6)
    ends = _ends(rows)
    reach = (max(ends) - min(ends)) or 1.0
    ax.set_xlim(min(ends) - 0.05 * reach, max(ends) + 0.05 * reach)
    if unit == "ms":
        first, last = ax.get_xlim()
        label_time(ax, origin_ms=0, first_ms=int(first), last_ms=int(last), sign="")
        ax.set_xticks(ax.get_xticks(), [_signed(tick, unit) for tick in ax.get_xticks()])
    elif unit == "share":
        ax.xaxis.set_major_formatter(lambda share, _: f"{100 * share:+.3g}pp")
    beside = ax.get_yaxis_transform()
    for place, (_, each) in enumerate(rows):
        ax.text(1.015, place, _words(each), transform=beside, va="center", fontsize=8.5, color=INK)
    direction = "more is worse" if rows and rows[0][1].change is not None else "not judged"
    ax.set_xlabel(
        f"difference of {measure.words} in a world, candidate less base ({direction})", fontsize=9, color=INK
    )
    ax.set_title(
        literal(_title(comparison, measure.words, left_out)),
        loc="left",
        fontsize=10.5,
        fontweight="bold",
        color=INK,
    )
    return ax


def _rows(comparison: Comparison, metric: str) -> tuple[list[Row], int]:
    """What is drawn, from above, and how many environments are not."""
    rows: list[Row] = []
    left_out = 0
    for found in comparison.contrasts:
        prefix = f"{found.candidate}: " if len(comparison.contrasts) > 1 else ""
        lines = [each for each in found.differences if each.measure.name == metric]
        groups = [each for each in lines if each.group.kind != "environment"]
        environments = [each for each in lines if each.group.kind == "environment"]
        order = sorted(environments, key=lambda each: (-abs(each.difference.value or 0.0), each.group.name))
        shown = order[:ENVIRONMENTS_MAX]
        left_out += len(order) - len(shown)
        rows += [(prefix + each.group.label, each) for each in [*groups, *shown]]
    return rows, left_out


def _draw(ax: Axes, place: int, each: Difference) -> None:
    """The margin as a band, the interval as a line, the difference as a sign."""
    marker, color, is_full = _SIGNS[each.change]
    if each.margin:
        ax.barh(place, 2 * each.margin, left=-each.margin, height=0.62, color="#e9efe9", zorder=0)
    found = each.difference
    if found.value is None:
        return
    if found.low is not None and found.high is not None:
        ax.plot([found.low, found.high], [place, place], color=color, linewidth=1.8, zorder=2)
    ax.plot(
        [found.value], [place], marker=marker, markersize=7, color=color, zorder=3,
        markerfacecolor=color if is_full else "#ffffff", linestyle="none",
    )  # fmt: skip


def _ends(rows: Sequence[Row]) -> list[float]:
    """Everything that must be seen: 0, intervals and differences, and margins that are no wider than these."""
    ends = [0.0]
    for _, each in rows:
        ends += [
            end
            for end in (each.difference.low, each.difference.value, each.difference.high)
            if end is not None
        ]
    widest = max(map(abs, ends))
    for _, each in rows:
        reach = min(each.margin, widest) if widest else each.margin
        ends += [-reach, reach]
    return ends


def _words(each: Difference) -> str:
    if each.difference.value is None:
        return "n/a"
    verdict = "" if each.change is None else f"  {each.change.value}"
    return _signed(each.difference.value, each.measure.unit) + verdict


def _signed(value: float, unit: str) -> str:
    if value == 0:
        return "0"
    sign, size = "-" if value < 0 else "+", abs(value)
    if unit == "ms":
        step = 60_000 if size >= 600_000 else 1000 if size >= 1000 else 1
        return sign + format_duration(round(size / step) * step)
    return f"{sign}{100 * size:.3g}pp" if unit == "share" else f"{sign}{size:,.4g}"


def _title(comparison: Comparison, words: str, left_out: int) -> str:
    against = ", ".join(comparison.labels[1:])
    title = f"{words[:1].upper()}{words[1:]}: {against} against {comparison.labels[0]}, {len(comparison):,} worlds"
    return title + (f"; {left_out:,} more environments differ less" if left_out else "")


def _new_axes(row_count: int) -> Axes:
    from matplotlib import pyplot as plt

    _, ax = plt.subplots(figsize=(9, 1.5 + 0.32 * max(1, row_count)), layout="constrained")
    return ax
