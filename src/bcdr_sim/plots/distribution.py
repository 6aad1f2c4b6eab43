"""The distribution of a metric over many worlds: how often it is at most x, and how often it is more, with the objective.

The band holds at each point. Values that are open at the horizon have a mark of their own where they were cut off; the
curve does not go on where nothing is known.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from bcdr_sim.plots.looks import BLUE, FAINT, INK, VERMILLION, label_time, literal, plain_frame
from bcdr_sim.plots.samples import Sample, sample_of, target_of
from bcdr_sim.statistics.curves import Curve, share_at
from bcdr_sim.statistics.probabilities import zero_events_bound
from bcdr_sim.statistics.sample import Floats
from bcdr_sim.units import format_duration

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from pandas import DataFrame

    from bcdr_sim.experiment import Runs

CURVE = "curve"
"""Names the lines that are curves, so that a second one knows of the first."""
_HOUR_MS = 3_600_000
LOG_TICKS_MS = (1000, 10_000, 60_000, 600_000, *(hours * _HOUR_MS for hours in (1, 6, 24, 168, 672, 8760)))
MARKS_MAX = 400
"""So many marks of open values are drawn; more of them are one line anyway."""


def ecdf(
    data: Runs | DataFrame,
    metric: str = "rta_ms",
    *,
    ax: Axes | None = None,
    target: str | float | None = None,
    level: float = 0.95,
    label: str | None = None,
    color: str = BLUE,
    log_x: bool = False,
) -> Axes:
    """Draw how often a metric is at most x, with its band, and return the Axes.

    `data` are runs, or a frame of worlds or incidents as runs give them. `metric` is one of the incidents (`rta_ms`,
    `loss_realised_age_ms`), for which runs must have kept them, or of the worlds (`rta_ms_max`, `down_ms`). `target` draws
    an objective as a line and says how often it is met. Several curves go into one picture by giving it back as `ax`, each
    with a `label` and a `color`. `log_x` is for lengths from seconds to weeks; on it there is no 0, and the curve begins
    at the share of what is 0. Without `ax` a new figure is made.

    Raises:
        ValueError: no such metric, no incidents, or a target of another unit.
    """
    sample = sample_of(data, metric)
    line = target_of(sample, target)
    curve = sample.curve(level=level, also=() if line is None else (line,))
    ax = ax or _new_axes()
    x, shares, low, high = _steps(curve)
    ax.fill_between(x, low, high, step="post", color=color, alpha=0.18, linewidth=0)
    ax.step(x, shares, where="post", color=color, linewidth=1.8, gid=CURVE, label=label)
    _mark_open(ax, curve, color=color, is_above=False)
    ax.set_ylim(0, 1.02)
    ax.set_ylabel(f"share of {sample.noun}s", fontsize=9, color=INK)
    ax.yaxis.set_major_formatter(lambda share, _: f"{share:.0%}")
    _finish(ax, sample, curve, line=line, is_above=False, log_x=log_x, label=label)
    return ax


def exceedance(
    data: Runs | DataFrame,
    metric: str = "rta_ms_max",
    *,
    ax: Axes | None = None,
    target: str | float | None = None,
    level: float = 0.95,
    label: str | None = None,
    color: str = BLUE,
    log_x: bool = False,
) -> Axes:
    """Draw how often a metric is more than x, on a logarithmic scale for the tail, and return the Axes.

    Arguments and errors are those of `ecdf`. Beyond the largest value nothing was seen; the band goes on there as far as its
    upper end allows.
    """
    sample = sample_of(data, metric)
    line = target_of(sample, target)
    curve = sample.curve(level=level, also=() if line is None else (line,))
    ax = ax or _new_axes()
    x, shares, low, high = _steps(curve)
    least = _least(ax, curve)
    ax.set_yscale("log")
    ax.fill_between(
        x,
        np.maximum(1 - high, least),
        np.maximum(1 - low, least),
        step="post",
        color=color,
        alpha=0.18,
        linewidth=0,
    )
    above = np.where(1 - shares > 0, 1 - shares, np.nan)
    ax.step(x, above, where="post", color=color, linewidth=1.8, gid=CURVE, label=label)
    _mark_open(ax, curve, color=color, is_above=True)
    ax.set_ylim(least, 1.25)
    ax.set_ylabel(f"share of {sample.noun}s with more", fontsize=9, color=INK)
    ax.yaxis.set_major_formatter(lambda share, _: f"{100 * share:.3g}%")
    _finish(ax, sample, curve, line=line, is_above=True, log_x=log_x, label=label)
    return ax


def _steps(curve: Curve) -> tuple[Floats, Floats, Floats, Floats]:
    """Where the curve steps, from 0 to the largest value seen, open ones included: x, share and both ends of the band."""
    if not len(curve.at):
        return np.zeros(0), np.zeros(0), np.zeros(0), np.zeros(0)
    before = zero_events_bound(max(1, curve.n), level=curve.level)
    x = np.concatenate([[0.0], curve.at, [max(curve.largest, float(curve.at[-1]))]])
    shares = np.concatenate([[0.0], curve.share, curve.share[-1:]])
    low = np.concatenate([[0.0], curve.low, curve.low[-1:]])
    high = np.concatenate([[min(before, float(curve.high[0]))], curve.high, curve.high[-1:]])
    return x, shares, low, high


def _mark_open(ax: Axes, curve: Curve, *, color: str, is_above: bool) -> None:
    """A mark on the curve where each value that is open was cut off."""
    if not curve.censored_count:
        return
    chosen = (
        np.linspace(0, curve.censored_count - 1, min(curve.censored_count, MARKS_MAX)).round().astype(int)
    )
    at = curve.open_at[chosen]
    shares = np.concatenate([[0.0], curve.share])[np.searchsorted(curve.at, at, side="right")]
    ax.plot(
        at, 1 - shares if is_above else shares, linestyle="none", marker="|", markersize=9, markeredgewidth=1.1,
        color=color, gid="open", clip_on=False,
    )  # fmt: skip


def _finish(
    ax: Axes,
    sample: Sample,
    curve: Curve,
    *,
    line: float | None,
    is_above: bool,
    log_x: bool,
    label: str | None,
) -> None:
    """Frame, scales, title, the objective and what is said of it."""
    plain_frame(ax)
    ax.grid(visible=True, axis="y", color="#eeeeee", linewidth=0.7)
    drawn = [each for each in ax.lines if each.get_gid() == CURVE]
    _scale_x(ax, sample, [np.asarray(each.get_xdata()) for each in drawn], line=line, log_x=log_x)
    ax.set_xlabel(sample.words, fontsize=9, color=INK)
    if line is not None:
        _draw_target(ax, sample, curve, line=line, row=len(drawn), is_above=is_above, label=label)
    if not curve.count or not len(curve.at):
        words = f"no {sample.noun} with a value" if curve.count else f"no {sample.noun}"
        ax.text(0.5, 0.5, words, transform=ax.transAxes, ha="center", va="center", fontsize=10, color=FAINT)
    title = _title(sample, curve) if len(drawn) == 1 else sample.words
    ax.set_title(
        literal(title[:1].upper() + title[1:]), loc="left", fontsize=10.5, fontweight="bold", color=INK
    )
    if len(drawn) > 1:
        ax.legend(loc="center right", fontsize=8.5, edgecolor="none", framealpha=0.8)


def _scale_x(ax: Axes, sample: Sample, drawn: Sequence[Floats], *, line: float | None, log_x: bool) -> None:
    """The axis of the metric, over everything that is drawn."""
    from matplotlib.ticker import MaxNLocator

    seen = np.concatenate([*drawn, [] if line is None else [line]])
    largest = max(float(seen.max(initial=0.0)), 1.0)
    if log_x:
        least = float(seen[seen > 0].min(initial=largest))
        ax.set_xscale("log")
        ax.set_xlim(min(least, largest / 10) / 1.1, largest * 1.1)
        if sample.unit == "ms":
            inside = [tick for tick in LOG_TICKS_MS if ax.get_xlim()[0] <= tick <= ax.get_xlim()[1]]
            ax.set_xticks(inside, [format_duration(tick) for tick in inside])
            ax.minorticks_off()
        return
    ax.set_xlim(0, largest * 1.03)
    if sample.unit == "ms":
        label_time(ax, origin_ms=0, first_ms=0, last_ms=int(largest * 1.03), sign="")
    else:
        ax.xaxis.set_major_locator(MaxNLocator(integer=True))


def _title(sample: Sample, curve: Curve) -> str:
    counts = f"{curve.count:,} {sample.noun}{'' if curve.count == 1 else 's'}"
    if sample.replication is not None:
        counts += f" in {curve.n:,} world{'' if curve.n == 1 else 's'}"
    if curve.censored_count:
        counts += f", {curve.censored_count:,} open at the horizon ( | )"
    if curve.unbounded_count:
        counts += f", {curve.unbounded_count:,} without bound"
    return f"{sample.words}: {counts}"


def _draw_target(
    ax: Axes, sample: Sample, curve: Curve, *, line: float, row: int, is_above: bool, label: str | None
) -> None:
    """The objective as a line, and how often it is met or exceeded, a line of text for each curve."""
    if row == 1:
        ax.axvline(line, color=VERMILLION, linewidth=1.3, linestyle=(0, (5, 3)), gid="target")
    value = format_duration(round(line)) if sample.unit == "ms" else f"{line:,.4g}"
    found = share_at(curve, line)
    words = literal(f"{label}, objective {value}" if label else f"objective {value}")
    if found is not None and found.value is not None:
        inner, low, high = found.value, found.low or 0.0, 1.0 if found.high is None else found.high
        if is_above:
            inner, low, high = 1 - inner, 1 - high, 1 - low
        words += f": {'exceeded' if is_above else 'met'} by {inner:.1%} of {sample.noun}s ({low:.1%} to {high:.1%})"
    is_left = ax.transAxes.inverted().transform(ax.transData.transform((line, 1.0)))[0] < 0.55
    is_high = is_above == is_left  # in the corner that the curve, which falls or rises, leaves free
    ax.annotate(
        words,
        (line, 1.0 if is_high else 0.0),
        xycoords=("data", "axes fraction"),
        xytext=(6 if is_left else -6, -14 * row if is_high else 14 * row - 8),
        textcoords="offset points",
        ha="left" if is_left else "right",
        fontsize=8.5,
        color=VERMILLION,
    )


def _least(ax: Axes, curve: Curve) -> float:
    """Where a logarithmic scale of shares ends: a little below one in all."""
    own = 0.3 / max(3, curve.count)
    return min(own, ax.get_ylim()[0]) if ax.get_yscale() == "log" else own


def _new_axes() -> Axes:
    from matplotlib import pyplot as plt

    _, ax = plt.subplots(figsize=(8, 4.2), layout="constrained")
    return ax
