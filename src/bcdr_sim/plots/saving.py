"""A picture as a file, without a window, a global figure or a clock."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from bcdr_sim.plots.lanes import figure_size, timeline
from bcdr_sim.plots.normal import QQ_SIZE, normal_quantiles
from bcdr_sim.plots.pareto import PARETO_SIZE, pareto
from bcdr_sim.plots.swings import tornado, tornado_size
from bcdr_sim.timeline import Timeline

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from bcdr_sim.study import Front, Tornado

_METADATA: dict[str, dict[str, None]] = {
    ".svg": {"Date": None},
    ".pdf": {"CreationDate": None},
    ".png": {},
}
DOTS_PER_INCH = 150


def save_timeline(values: Timeline, path: Path) -> None:
    """Draw a timeline into a `.png`, `.svg` or `.pdf` file. Equal timelines give equal files with one matplotlib.

    Raises:
        KeyError: another ending.
    """
    _save(path, lambda ax: timeline(values, ax), size=figure_size(values), salt=values.digest)


def save_tornado(found: Tornado, path: Path) -> None:
    """Draw a tornado into a file. Raises as `save_timeline`."""
    _save(path, lambda ax: tornado(found, ax), size=tornado_size(found), salt="tornado")


def save_pareto(found: Front, path: Path) -> None:
    """Draw a Pareto front into a file. Raises as `save_timeline`."""
    _save(path, lambda ax: pareto(found, ax), size=PARETO_SIZE, salt="pareto")


def save_normal_quantiles(values: Sequence[float], path: Path) -> None:
    """Draw numbers against the normal quantiles they should follow into a file. Raises as `save_timeline`."""
    _save(path, lambda ax: normal_quantiles(values, ax), size=QQ_SIZE, salt="quantiles")


def _save(path: Path, draw: Callable[[Axes], object], *, size: tuple[float, float], salt: str) -> None:
    """Draw into a figure of its own; `salt` names the parts of an SVG, which would be random without it."""
    import matplotlib as mpl
    from matplotlib.figure import Figure

    metadata = _METADATA[path.suffix]
    with mpl.rc_context({"svg.hashsalt": salt, "svg.fonttype": "none"}):
        figure = Figure(figsize=size, layout="constrained")
        draw(figure.subplots())
        figure.savefig(path, dpi=DOTS_PER_INCH, bbox_inches="tight", metadata=metadata)
