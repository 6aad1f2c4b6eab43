"""A QQ plot: numbers that should be standard normal against the quantiles that they should follow."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import NormalDist
from typing import TYPE_CHECKING

from bcdr_sim.plots.looks import BLUE, FAINT, plain_frame

if TYPE_CHECKING:
    from matplotlib.axes import Axes

QQ_SIZE = (5.0, 5.0)


def quantile_points(values: Sequence[float]) -> list[tuple[float, float]]:
    """(normal quantile, value) in rising order; the k-th of n stands at (k - 1/2) / n."""
    n = len(values)
    return [(NormalDist().inv_cdf((place + 0.5) / n), value) for place, value in enumerate(sorted(values))]


def normal_quantiles(values: Sequence[float], ax: Axes) -> Axes:
    """Draw the points, and the line on which they would lie; returns the Axes."""
    points = quantile_points(values)
    reach = 1.1 * max(2.5, *(max(abs(x), abs(y)) for x, y in points))
    ax.plot([-reach, reach], [-reach, reach], color=FAINT, linewidth=1)
    ax.plot([x for x, _ in points], [y for _, y in points], "o", color=BLUE, markersize=4)
    ax.set(xlim=(-reach, reach), ylim=(-reach, reach), aspect="equal")
    ax.set_xlabel("quantile of the normal distribution")
    ax.set_ylabel("z of the primary checks")
    plain_frame(ax)
    return ax
