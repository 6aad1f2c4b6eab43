"""How far a run of many worlds is, on a terminal: worlds, rate, time left, and how well the main metric is known."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bcdr_sim.experiment import Progress as RunProgress
    from bcdr_sim.experiment import Report

REFRESH_S = 0.2


@contextmanager
def shown_progress(metric: str, *, quiet: bool) -> Iterator[Report | None]:
    """Give what a run reports to; None where nobody looks: stderr is no terminal, or `quiet`."""
    if quiet or not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (
        BarColumn(bar_width=None),
        TextColumn("{task.fields[done]}"),
        TimeRemainingColumn(),
        TextColumn("{task.fields[precision]}"),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True, refresh_per_second=5) as bars:
        bar = bars.add_task("worlds", total=None, done="", precision="")
        shown_s = 0.0

        def report(progress: RunProgress) -> None:
            nonlocal shown_s
            if monotonic() - shown_s < REFRESH_S and progress.done < progress.wanted:
                return
            shown_s = monotonic()
            rate = progress.played / progress.seconds if progress.seconds > 0 else 0.0
            bars.update(
                bar,
                completed=progress.done,
                total=progress.wanted,
                done=f"{progress.done:,} of {progress.wanted:,} worlds, {rate:,.3g}/s",
                precision=known_to(metric, progress),
            )

        yield report


def known_to(metric: str, progress: RunProgress) -> str:
    """The half-width of the metric's interval in percent of its mean, over the worlds that are there; empty before two."""
    from bcdr_sim.experiment.metric import metric_values
    from bcdr_sim.statistics.means import mean

    found = mean(metric_values(metric, progress.collected.present()))
    if not found.half_width or not found.value:
        return ""
    return f"{metric} +-{found.half_width / abs(found.value):.1%}"
