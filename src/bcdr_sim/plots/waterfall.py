"""The RTO ledger as a waterfall: where the recovery time went, phase by phase, and whose time it was."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bcdr_sim.estate import rows_named
from bcdr_sim.metrics import Metrics
from bcdr_sim.phases import Phase
from bcdr_sim.plots.looks import FAINT, INK, LOOKS, label_time, literal, plain_frame
from bcdr_sim.timeline.columns import OWNER_OF, OWNERS
from bcdr_sim.units import format_duration

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_MINUTE_MS = 60_000


def ledger(metrics: Metrics, ax: Axes | None = None, *, environment: str | None = None) -> Axes:
    """Draw the mean recovery time of all incidents as steps by phase, and return the Axes.

    With `environment` only the incidents of that one, or of that fleet. An incident that is open at the horizon
    counts with the time it has taken so far, and the title says how many there are. Without `ax` a new figure is made.

    Raises:
        ValueError: the scenario has no such environment.
    """
    numbers = _incidents(metrics, environment)
    means_ms = _means(metrics, numbers)
    ax = ax or _new_axes(len(means_ms))
    plain_frame(ax)
    total_ms = sum(means_ms.values())
    done_ms = 0.0
    for place, ((phase, owner), mean_ms) in enumerate(means_ms.items()):
        look = LOOKS[phase]
        ax.barh(
            place, mean_ms, left=done_ms, height=0.66, color=look.fill, edgecolor=look.edge, hatch=look.hatch,
            linewidth=0,
        )  # fmt: skip
        done_ms += mean_ms
        ax.plot([done_ms, done_ms], [place + 0.33, place + 0.67], color=FAINT, linewidth=0.8)
        _say(ax, place, at_ms=done_ms, total_ms=total_ms, words=_words(mean_ms, owner))
    ax.barh(len(means_ms), total_ms, height=0.66, color="#ffffff", edgecolor=INK, linewidth=1.1)
    _say(ax, len(means_ms), at_ms=total_ms, total_ms=total_ms, words=_words(total_ms, ""))
    ax.set_yticks(range(len(means_ms) + 1), [*(phase.label for phase, _ in means_ms), "recovery time"])
    ax.set_ylim(len(means_ms) + 0.6, -0.6)
    ax.set_xlim(0, max(total_ms * 1.22, 1))
    label_time(ax, origin_ms=0, first_ms=0, last_ms=int(max(total_ms, 1)), sign="")
    ax.set_title(
        literal(_title(metrics, numbers, environment)),
        loc="left",
        fontsize=10.5,
        fontweight="bold",
        color=INK,
    )
    return ax


def _incidents(metrics: Metrics, environment: str | None) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    if environment is None:
        return np.arange(len(metrics.incident_columns))
    rows = rows_named(metrics.timeline.trial.estate, [environment])
    return np.flatnonzero(np.isin(metrics.incident_columns.environment, rows))


def _means(
    metrics: Metrics, numbers: np.ndarray[tuple[int], np.dtype[np.int64]]
) -> dict[tuple[Phase, str], float]:
    """Mean time of the incidents by phase and owner, where there is any, in the order of the phase table."""
    columns = metrics.ledger_columns
    counted = np.isin(columns.incident, numbers)
    phases, reasons = columns.phase[counted], columns.reason[counted]
    names = (*OWNERS, "")
    keys = phases.astype(np.int64) * len(names) + OWNER_OF[phases, reasons] % len(names)
    sums_ms = np.bincount(keys, weights=columns.length_ms[counted], minlength=len(Phase) * len(names))
    means_ms = (sums_ms.reshape(len(Phase), len(names)) / max(1, len(numbers))).tolist()
    return {
        (phase, owner): mean_ms
        for phase, row in zip(Phase, means_ms, strict=True)
        for owner, mean_ms in zip(names, row, strict=True)
        if mean_ms > 0
    }


def _new_axes(phase_count: int) -> Axes:
    from matplotlib import pyplot as plt

    _, ax = plt.subplots(figsize=(9, 1.4 + 0.34 * (phase_count + 1)), layout="constrained")
    return ax


def _say(ax: Axes, place: int, *, at_ms: float, total_ms: float, words: str) -> None:
    ax.text(at_ms + total_ms * 0.008, place, words, va="center", fontsize=8.5, color=INK)


def _words(mean_ms: float, owner: str) -> str:
    """A mean to the minute, or to the second below ten minutes; and whose time it is."""
    unit_ms = _MINUTE_MS if mean_ms >= 10 * _MINUTE_MS else 1000
    return format_duration(int(mean_ms / unit_ms + 0.5) * unit_ms) + (f"  {owner}" if owner else "")


def _title(
    metrics: Metrics, numbers: np.ndarray[tuple[int], np.dtype[np.int64]], environment: str | None
) -> str:
    whose = f" of {environment}" if environment else ""
    if not len(numbers):
        return f"No incident{whose}"
    open_count = int(metrics.incident_columns.open[numbers].sum())
    mean = f"mean of {len(numbers):,} incidents" if len(numbers) > 1 else "one incident"
    still = f", {open_count:,} still open (at least)" if open_count else ""
    return f"Recovery time{whose} by phase and owner: {mean}{still}"
