"""A tornado: what each setting does to a number by itself, the largest swing on top."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bcdr_sim.plots.looks import BLUE, INK, ORANGE, label_time, literal, plain_frame

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from bcdr_sim.statistics.estimate import Estimate
    from bcdr_sim.statistics.sensitivity import Swing
    from bcdr_sim.study import Quantity, Tornado

_LOW = {"color": ORANGE, "edgecolor": "#6b4a00", "hatch": "////"}
_HIGH = {"color": BLUE, "edgecolor": "#003350", "hatch": ""}
_ROW_INCHES, _WIDTH_INCHES = 0.62, 9.0


def tornado(found: Tornado, ax: Axes | None = None) -> Axes:
    """Draw a bar to each side for every setting: the change of the quantity at its low and at its high end.

    The lines on the bars are the intervals of the paired differences, the numbers at their ends the values of the
    setting. Without `ax` a new figure is made.
    """
    ax = ax or _new_axes(found)
    plain_frame(ax)
    reach = _reach(found)
    for row, swing in enumerate(found.swings):
        _draw(ax, row, swing, found=found)
    ax.axvline(0, color=INK, linewidth=1.1)
    ax.set_yticks(range(len(found.swings)), [literal(swing.name) for swing in found.swings])
    ax.set_ylim(len(found.swings) - 0.4, -0.6)
    ax.set_xlim(-1.35 * reach, 1.35 * reach)
    _label(ax, found.quantity, reach)
    base = found.quantity.written(found.base.value)
    ax.set_xlabel(
        literal(f"change from {base}, 95 % intervals, {found.base.n:,} worlds"), color=INK, fontsize=9
    )
    ax.set_title(
        literal(f"{found.quantity.text}, one setting at a time"),
        loc="left",
        fontsize=10.5,
        fontweight="bold",
        color=INK,
    )
    ax.legend(handles=_legend(), loc="upper left", bbox_to_anchor=(1.0, 1.0), fontsize=8, frameon=False)
    return ax


def tornado_size(found: Tornado) -> tuple[float, float]:
    """Width and height in inches."""
    return _WIDTH_INCHES, 1.4 + _ROW_INCHES * max(2, len(found.swings))


def _draw(ax: Axes, row: int, swing: Swing, *, found: Tornado) -> None:
    """One setting: two bars, each in its half of the row so that neither hides the other."""
    span = found.spans[swing.name]
    for place, look, change, value in (
        (row - 0.19, _LOW, swing.low, span.value(0)),
        (row + 0.19, _HIGH, swing.high, span.value(span.last)),
    ):
        if change.value is None:
            ax.text(0, place, " unbounded", va="center", fontsize=7.5, color=INK)
            continue
        ax.barh(place, change.value, height=0.34, linewidth=0, **look)  # type: ignore[arg-type]
        far = _whiskers(ax, place, change)
        ax.annotate(
            literal(str(value)),
            (far, place),
            xytext=(4 if far >= 0 else -4, 0),
            textcoords="offset points",
            ha="left" if far >= 0 else "right",
            va="center",
            fontsize=7.5,
            color=INK,
        )


def _whiskers(ax: Axes, place: float, change: Estimate) -> float:
    """The interval of a bar; where bar and interval end, away from 0."""
    assert change.value is not None
    if change.low is None or change.high is None:
        return change.value
    ax.plot([change.low, change.high], [place, place], color=INK, linewidth=1.0)
    for end in (change.low, change.high):
        ax.plot([end, end], [place - 0.08, place + 0.08], color=INK, linewidth=1.0)
    return max(change.high, 0) if change.value > 0 else min(change.low, 0) if change.value < 0 else 0.0


def _reach(found: Tornado) -> float:
    ends = [
        abs(end)
        for swing in found.swings
        for change in (swing.low, swing.high)
        for end in (change.low, change.high, change.value)
        if end is not None
    ]
    return max(ends, default=0) or 1.0


def _label(ax: Axes, asked: Quantity, reach: float) -> None:
    if asked.unit == "ms":
        label_time(ax, origin_ms=0, first_ms=round(-1.35 * reach), last_ms=round(1.35 * reach), sign="")
        return
    if asked.unit == "share":
        ax.xaxis.set_major_formatter(lambda value, _: f"{100 * value:+.3g} pp" if value else "0")
    else:
        ax.xaxis.set_major_formatter(lambda value, _: f"{value:+.3g}" if value else "0")


def _legend() -> list[object]:
    from matplotlib.patches import Patch

    return [
        Patch(
            facecolor=look["color"],
            edgecolor=look["edgecolor"],
            hatch=look["hatch"],
            linewidth=0,
            label=label,
        )
        for look, label in ((_LOW, "low end"), (_HIGH, "high end"))
    ]


def _new_axes(found: Tornado) -> Axes:
    import matplotlib.pyplot as plt

    _, ax = plt.subplots(figsize=tornado_size(found), layout="constrained")
    return ax
