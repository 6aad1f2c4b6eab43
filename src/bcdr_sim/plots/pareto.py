"""What cannot be had at once: candidates by two quantities, those that nothing beats joined to a front."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bcdr_sim.plots.looks import BLUE, FAINT, INK, ORANGE, VERMILLION, label_time, literal, plain_frame

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from bcdr_sim.statistics.estimate import Estimate
    from bcdr_sim.study import Front, Sweep
    from bcdr_sim.study.front import Objective

PARETO_SIZE = (9.0, 5.6)
"""Width and height in inches."""


@dataclass(frozen=True, slots=True)
class _Spot:
    """A candidate on the picture: its label, where it is, and with which intervals."""

    label: str
    x: Estimate
    y: Estimate


def pareto(
    found: Front | Sweep, ax: Axes | None = None, *, x: str | None = None, y: str | None = None
) -> Axes:
    """Draw the choices of a front, or the points of a sweep, by two quantities, with their intervals.

    `x` and `y` are objectives such as `min mean(downtime)` or `max P(objectives_met)`, of a front its first two unless
    said, and `p95(rta)` against `p95(loss)` of a sweep. Points that another one beats in both are grey; the front is
    joined. Of a front the numbers are those of the fresh worlds. Without `ax` a new figure is made.

    Raises:
        InputError: `x` or `y` is no objective.
    """
    from bcdr_sim.study import Front

    goals = _goals(found, x, y)
    ax = ax or _new_axes()
    plain_frame(ax)
    ax.grid(visible=True, axis="y", color="#e4e4e4", linewidth=0.7)
    if isinstance(found, Front):
        spots = [
            _Spot(f"#{at + 1}", *(goal.quantity.of(choice.fresh.runs) for goal in goals))
            for at, choice in enumerate(found.choices)
        ]
        base = _Spot("as it is", *(goal.quantity.of(found.base.runs) for goal in goals))
        worlds = found.base.estimates[0].n
    else:
        spots = [
            _Spot(f"#{at}", *(goal.quantity.of(point.runs) for goal in goals))
            for at, point in enumerate(found.points)
        ]
        base, worlds = None, len(found[0])
    _draw(ax, spots, base=base, goals=goals)
    for axis, goal in (("x", goals[0]), ("y", goals[1])):
        _label(ax, axis, goal)
    ax.set_title(
        literal(
            f"{goals[0].quantity.text} against {goals[1].quantity.text}: 95 % intervals, {worlds:,} worlds"
        ),
        loc="left",
        fontsize=10.5,
        fontweight="bold",
        color=INK,
    )
    ax.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0), fontsize=8, frameon=False)
    return ax


def _goals(found: Front | Sweep, x: str | None, y: str | None) -> tuple[Objective, Objective]:
    from bcdr_sim.study import Front, objective

    given = (
        found.objectives[:2] if isinstance(found, Front) else (objective("p95(rta)"), objective("p95(loss)"))
    )
    first, second = (
        own if text is None else objective(text) for text, own in zip((x, y), given, strict=True)
    )
    return first, second


def _draw(ax: Axes, spots: Sequence[_Spot], *, base: _Spot | None, goals: Sequence[Objective]) -> None:
    from bcdr_sim.study.front import nondominated

    shown = [spot for spot in spots if _is_number(spot.x.value) and _is_number(spot.y.value)]
    costs = [
        [goal.cost(number) for goal, number in zip(goals, (spot.x, spot.y), strict=True)] for spot in shown
    ]
    kept = set(nondominated(costs)) if costs else set()
    front = sorted((shown[at] for at in kept), key=lambda spot: spot.x.value or 0)
    ax.plot(
        [spot.x.value or 0 for spot in front],
        [spot.y.value or 0 for spot in front],
        color=BLUE,
        linewidth=1.2,
        zorder=2,
        drawstyle="steps-post" if goals[0].way == "min" else "steps-pre",  # between two choices there is none
    )
    beaten = [spot for at, spot in enumerate(shown) if at not in kept]
    for group, color, marker, label in (
        (front, BLUE, "o", "on the front"),
        (beaten, FAINT, "s", "beaten in both"),
        ([base] if base is not None else [], VERMILLION, "D", "things as they are"),
    ):
        _marks(ax, group, color=color, marker=marker, label=label)
    missing = len(spots) - len(shown)
    if missing:
        ax.text(
            0.99,
            0.02,
            f"{missing} without a number",
            transform=ax.transAxes,
            ha="right",
            fontsize=8,
            color=ORANGE,
        )


def _marks(ax: Axes, spots: Sequence[_Spot], *, color: str, marker: str, label: str) -> None:
    if not spots:
        return
    ax.errorbar(
        [spot.x.value or 0 for spot in spots],
        [spot.y.value or 0 for spot in spots],
        xerr=_bars([spot.x for spot in spots]),
        yerr=_bars([spot.y for spot in spots]),
        fmt=marker,
        color=color,
        markersize=6,
        elinewidth=0.7,
        capsize=2,
        label=label,
        zorder=3,
    )
    for number, spot in enumerate(sorted(spots, key=lambda each: each.x.value or 0)):
        ax.annotate(
            literal(spot.label),
            (spot.x.value or 0, spot.y.value or 0),
            xytext=(5, -11) if marker == "D" or number % 2 else (5, 5),  # neighbours on either side
            textcoords="offset points",
            fontsize=7.5,
            color=INK,
        )


def _bars(found: Sequence[Estimate]) -> list[list[float]]:
    """How far the intervals reach below and above; nothing where an end is not known."""
    return [
        [
            max(0.0, (each.value or 0) - each.low) if _is_number(each.low) and each.low is not None else 0.0
            for each in found
        ],
        [
            max(0.0, each.high - (each.value or 0))
            if _is_number(each.high) and each.high is not None
            else 0.0
            for each in found
        ],
    ]


def _label(ax: Axes, axis: str, goal: Objective) -> None:
    """Name and ticks of one axis; which way is better is said in words."""
    better = "less" if goal.way == "min" else "more"
    words = literal(f"{goal.quantity.text}  ({better} is better)")
    if axis == "x":
        ax.set_xlabel(words, fontsize=9, color=INK)
    else:
        ax.set_ylabel(words, fontsize=9, color=INK)
    if goal.quantity.unit == "ms":
        low, high = ax.get_xlim() if axis == "x" else ax.get_ylim()
        label_time(ax, origin_ms=0, first_ms=max(0, int(low)), last_ms=max(1, int(high)), sign="", axis=axis)
    elif goal.quantity.unit == "share":
        (ax.xaxis if axis == "x" else ax.yaxis).set_major_formatter(lambda value, _: f"{100 * value:.3g} %")


def _is_number(value: float | None) -> bool:
    return value is not None and value != float("inf")


def _new_axes() -> Axes:
    from matplotlib import pyplot as plt

    _, ax = plt.subplots(figsize=PARETO_SIZE, layout="constrained")
    return ax
