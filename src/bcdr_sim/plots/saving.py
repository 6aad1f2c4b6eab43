"""A picture as a file, without a window, a global figure or a clock."""

from __future__ import annotations

from pathlib import Path

from bcdr_sim.plots.lanes import figure_size, timeline
from bcdr_sim.timeline import Timeline

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
    import matplotlib as mpl
    from matplotlib.figure import Figure

    metadata = _METADATA[path.suffix]
    with mpl.rc_context({"svg.hashsalt": values.digest, "svg.fonttype": "none"}):
        figure = Figure(figsize=figure_size(values), layout="constrained")
        timeline(values, figure.subplots())
        figure.savefig(path, dpi=DOTS_PER_INCH, bbox_inches="tight", metadata=metadata)
