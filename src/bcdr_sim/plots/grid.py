"""Recorded outages by policies as a grid: how much of the down time each policy would have avoided."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from bcdr_sim.plots.looks import INK

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from bcdr_sim.incidents.what_if import Cell, Row

_CELL_INCHES = (0.82, 0.27)
_MARGIN_INCHES = (4.6, 2.2)
DOTS_PER_INCH = 150


def save_grid(rows: Sequence[Row], path: Path, *, names: Sequence[str]) -> None:
    """Draw the grid into a `.png`, `.svg` or `.pdf` file; `names` of the rows."""
    import matplotlib as mpl
    from matplotlib.figure import Figure

    width = _MARGIN_INCHES[0] + _CELL_INCHES[0] * len(rows[0].cells)
    height = _MARGIN_INCHES[1] + _CELL_INCHES[1] * len(rows)
    metadata = {".svg": {"Date": None}, ".pdf": {"CreationDate": None}}.get(path.suffix, {})
    with mpl.rc_context({"svg.hashsalt": "grid", "svg.fonttype": "none"}):
        figure = Figure(figsize=(width, height), layout="constrained")
        grid(rows, figure.subplots(), names=names)
        figure.savefig(path, dpi=DOTS_PER_INCH, bbox_inches="tight", metadata=metadata)


def grid(rows: Sequence[Row], ax: Axes, *, names: Sequence[str]) -> None:
    """Draw the grid: blue is down time avoided against never moving, red is down time added; figures are hours down.

    Blue grows with the share avoided, red with the factor added, up to ten.
    """
    import numpy as np
    from matplotlib.colors import LinearSegmentedColormap

    shares = np.asarray([[avoided(cell) for cell in row.cells] for row in rows])
    colours = LinearSegmentedColormap.from_list("avoided", ["#D55E00", "#f7f7f7", "#0072B2"])
    image = ax.imshow(shares, cmap=colours, vmin=-1, vmax=1, aspect="auto")
    for y, row in enumerate(rows):
        for x, cell in enumerate(row.cells):
            ax.text(
                x,
                y,
                f"{'≥' if cell.is_open else ''}{cell.down_h:.1f}",
                ha="center",
                va="center",
                fontsize=7.5,
                color="white" if abs(shares[y, x]) > 0.6 else INK,
            )
    ax.set_xticks(range(len(rows[0].cells)), [cell.policy for cell in rows[0].cells], rotation=40, ha="left")
    ax.xaxis.tick_top()
    ax.set_yticks(range(len(rows)), list(names))
    ax.tick_params(axis="both", length=0, colors=INK, labelsize=8)
    for side in ax.spines.values():
        side.set_visible(False)
    ax.set_title(
        "What if: mean hours down of those hit (a counterfactual, not what happened)",
        fontsize=10,
        color=INK,
        loc="left",
    )
    bar = ax.figure.colorbar(image, ax=ax, orientation="horizontal", shrink=0.5, aspect=40, pad=0.01)
    ticks = {
        -1.0: "ten times or more",
        -math.log10(2): "doubled",
        0.0: "no change",
        1.0: "all avoided",
    }
    bar.set_ticks(list(ticks), labels=list(ticks.values()))
    bar.ax.tick_params(labelsize=8, colors=INK, length=0)
    bar.outline.set_visible(False)


def avoided(cell: Cell) -> float:
    """Share of the down time without moves that a policy avoids, up to 1; what it adds is below 0: -1 is ten times or more.

    Where nobody would have been down, an hour counts as doubled: a convention, since there is nothing to double.
    """
    stayed = cell.down_h + cell.saved_h
    if stayed <= 0:
        return -min(1.0, math.log10(2) * cell.down_h)
    if cell.saved_h >= 0:
        return cell.saved_h / stayed
    return -min(1.0, math.log10(cell.down_h / stayed))
