"""The swim-lane picture of a timeline: regions with their outages above, a lane per environment below.

A lane is coloured by phase; marks on it are decisions and answers, marks on a region's lane are what the provider knew and
said. Fleets of more than `LANES_MAX` environments are drawn by representatives: environments of one entry of the file that
went through the same phases at nearly the same times share a lane, which says how many they are. Where their last change is
spread out, the lane is of the one in the middle, and a line says from when to when it is for all of them.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np

from bcdr_sim.estate import rows_named
from bcdr_sim.events import Event
from bcdr_sim.phases import Phase
from bcdr_sim.plots.looks import FAINT, INK, LOOKS, VERMILLION, label_time, literal, patch, plain_frame
from bcdr_sim.plots.representatives import SPREAD_SHARE, Lane, lanes_of
from bcdr_sim.timeline import Timeline

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.lines import Line2D
    from numpy.typing import NDArray

UPDATES_MAX = 90
"""So many marks of one kind fit beside each other on a region's lane; of more some are drawn."""

REGION_STEP = 1.35
"""From one region's lane to the next, with room for the names of its outages; environments are 1 apart."""

TITLE_COLUMNS = 84
LATE_SHARE = 0.85

LEGEND_INCHES = 0.6
"""Room between the lanes and the legend, for the labels of the axis."""

_KIND_HATCH = {"hard": "", "unreachable": "////", "gray": "....", "partition": "||||", "logical": "xxxx"}


@dataclass(frozen=True, slots=True)
class _Mark:
    """A sign on a lane for one kind of event."""

    sign: str
    label: str
    size: float = 34
    fill: str = INK


_REGION_MARKS: dict[Event, _Mark] = {
    Event.WARNING_RAISED: _Mark("v", "warning", fill="#F0E442"),
    Event.OUTAGE_DETECTED: _Mark("|", "detected", 60),
    Event.IMPACT_CONFIRMED: _Mark("P", "impact confirmed"),
    Event.DASHBOARD_POSTED: _Mark("^", "first post", 42),
    Event.DASHBOARD_UPDATED: _Mark("^", "update", 12),
    Event.PRIMARY_VERIFIED: _Mark("s", "fully operational", 26),
}
_SOME_UPDATES = _Mark("^", "update, some of many", 12)
_SPREAD = _Mark("_", "last change of those alike, from first to last", 80)
_ENVIRONMENT_MARKS: dict[Event, _Mark] = {
    Event.MOVE_DECIDED: _Mark(">", "move decided", fill="#ffffff"),
    Event.CONSENT_GRANTED: _Mark("o", "consent given", 30, "#ffffff"),
    Event.CONSENT_DECLINED: _Mark("X", "consent refused", 40, "#ffffff"),
    Event.MOVE_WITHHELD: _Mark("D", "move withheld", 26, "#ffffff"),
    Event.MOVE_ABORTED: _Mark("d", "move broken off", 30, "#ffffff"),
    Event.MOVE_FAILED: _Mark("*", "attempt failed", 60, "#ffffff"),
}


def timeline(
    timeline: Timeline, ax: Axes | None = None, *, environments: Sequence[str] | None = None
) -> Axes:
    """Draw a timeline as swim-lanes and return the Axes.

    `environments` are names of environments or of fleets of the scenario file; None takes all. Without `ax` a new
    figure is made in a size that fits.

    Raises:
        ValueError: a name that the scenario does not have.
    """
    rows = _rows(timeline, environments)
    lanes = lanes_of(timeline, rows)
    regions = _regions_shown(timeline, [lane.row for lane in lanes])
    ax = ax or _new_axes(figure_size(timeline, environments=environments))
    window = _window(timeline, lanes)
    _draw_outages(ax, timeline, regions, window=window)
    marks = [_draw_region_marks(ax, timeline, regions, window=window)]
    phases: set[Phase] = set()
    for place, lane in enumerate(lanes):
        height = _lane_height(len(regions), place)
        phases |= _draw_lane(ax, timeline, lane.row, height=height, until_ms=window[1])
        marks.append(_draw_environment_marks(ax, timeline, lane.row, height=height))
        if lane.last_ms is not None and lane.last_ms[1] - lane.last_ms[0] > SPREAD_SHARE * (
            window[1] - window[0]
        ):
            _draw_spread(ax, lane.last_ms, height=height)
            marks.append({_SPREAD})
    _label_lanes(ax, timeline, regions=regions, lanes=lanes)
    _label_time(ax, timeline, window=window)
    _explain(ax, phases, {sign for group in marks for sign in group})
    _title(ax, timeline, note=_coverage(lanes, len(rows)))
    return ax


def phases_of(timeline: Timeline, row: int) -> list[tuple[Phase, int, int]]:
    """(phase, from, to) of one environment from 0 to the horizon."""
    found: list[tuple[Phase, int, int]] = []
    for stay in timeline.stays(row):
        if found and found[-1][0] == stay.phase:
            found[-1] = (stay.phase, found[-1][1], stay.end_ms)
        else:
            found.append((stay.phase, stay.start_ms, stay.end_ms))
    return found


def figure_size(timeline: Timeline, *, environments: Sequence[str] | None = None) -> tuple[float, float]:
    """Width and height in inches of a figure that `timeline` fits into."""
    lanes = lanes_of(timeline, _rows(timeline, environments))
    regions = _regions_shown(timeline, [lane.row for lane in lanes])
    return 11.0, 1.9 + 0.3 * (_lane_height(len(regions), len(lanes)) + 0.1)


def _lane_height(region_count: int, place: int) -> float:
    """Where the lane of an environment lies, below those of the regions."""
    return (region_count - 1) * REGION_STEP + 1.4 + place


def _new_axes(size: tuple[float, float]) -> Axes:
    from matplotlib import pyplot as plt

    _, ax = plt.subplots(figsize=size, layout="constrained")
    return ax


def _rows(timeline: Timeline, environments: Sequence[str] | None) -> list[int]:
    estate = timeline.trial.estate
    return list(range(len(estate))) if environments is None else rows_named(estate, environments)


def _regions_shown(timeline: Timeline, rows: Iterable[int]) -> list[int]:
    """Regions with an outage or maintenance, in name order; if there is none, the homes of the environments."""
    trial = timeline.trial
    eventful = {fact.region for fact in trial.outages}
    eventful |= {trial.estate.regions.index(period.region) for period in trial.maintenance}
    return sorted(eventful or {trial.estate.spec(row).home for row in rows})


def _window(timeline: Timeline, lanes: Sequence[Lane]) -> tuple[int, int]:
    """What of the scenario is worth showing: from the first turning point to the last change of phase, with a margin."""
    table, trial = timeline.table, timeline.trial
    instants = [fact.at_ms for fact in trial.outages] + [period.at for period in trial.maintenance]
    instants += [min(fact.end_ms, trial.horizon_ms) for fact in trial.outages]
    instants += [min(period.at + period.lasts, trial.horizon_ms) for period in trial.maintenance]
    instants += table["time_ms"][table["event"] == Event.WARNING_RAISED].tolist()
    instants += [max(lane.last_ms) for lane in lanes if lane.last_ms is not None and lane.last_ms[1] > 0]
    for lane in lanes:
        stays = phases_of(timeline, lane.row)
        instants += [begin for _, begin, _ in stays[1:]]
        if stays[-1][0] not in (Phase.SERVING, Phase.ON_SECONDARY):
            instants.append(trial.horizon_ms)
    if not instants:
        return 0, trial.horizon_ms
    margin = max((max(instants) - min(instants)) // 16, 60_000)
    return max(0, min(instants) - margin), min(trial.horizon_ms, max(instants) + margin)


def _draw_outages(ax: Axes, timeline: Timeline, regions: Sequence[int], *, window: tuple[int, int]) -> None:
    trial = timeline.trial
    for number, region in enumerate(regions):
        place = number * REGION_STEP
        ax.barh(place, window[1], height=0.62, color="#f2f2f2")
        for fact in trial.outages:
            if fact.region == region:
                fill = "#f7d9c4" if not fact.is_false_alarm else "#ffffff"
                length = min(fact.end_ms, trial.horizon_ms) - fact.at_ms
                ax.barh(
                    place, length, left=fact.at_ms, height=0.62, color=fill, edgecolor=VERMILLION, linewidth=0.9,
                    hatch=_KIND_HATCH.get(fact.kind, ""),
                )  # fmt: skip
                words = f"{fact.id} (false alarm)" if fact.is_false_alarm else f"{fact.id} ({fact.kind})"
                _name(ax, words, at_ms=fact.at_ms, height=place, window=window, color=VERMILLION)
        for period in trial.maintenance:
            if trial.estate.regions.index(period.region) == region:
                ax.barh(
                    place,
                    period.lasts,
                    left=period.at,
                    height=0.62,
                    color="#dfeaf2",
                    edgecolor=FAINT,
                    linewidth=0.9,
                )
                words = f"{period.id} (maintenance)"
                _name(ax, words, at_ms=period.at, height=place, window=window, color=INK)


def _name(ax: Axes, words: str, *, at_ms: int, height: float, window: tuple[int, int], color: str) -> None:
    """The name of an outage above its box; of one that begins near the end of the axis, towards the left of there."""
    is_late = at_ms - window[0] > LATE_SHARE * (window[1] - window[0])
    ax.text(
        window[1] if is_late else at_ms, height - 0.36, literal(words), fontsize=7.5, color=color, va="bottom",
        ha="right" if is_late else "left",
    )  # fmt: skip


def _draw_region_marks(
    ax: Axes, timeline: Timeline, regions: Sequence[int], *, window: tuple[int, int]
) -> set[_Mark]:
    table = timeline.table
    drawn: set[_Mark] = set()
    for number, region in enumerate(regions):
        here = table[(table["environment"] == -2 - region) & (table["time_ms"] <= window[1])]
        for event, mark in _REGION_MARKS.items():
            instants = here["time_ms"][here["event"] == event]
            if len(instants):
                shown = _apart(instants, least_ms=(window[1] - window[0]) // UPDATES_MAX)
                drawn.add(mark if len(shown) == len(instants) else _SOME_UPDATES)
                _scatter(ax, shown, height=number * REGION_STEP, mark=mark)
    return drawn


def _apart(instants: NDArray[np.int64], *, least_ms: int) -> NDArray[np.int64]:
    """Those of many instants that lie so far apart, the first one included; all of a few."""
    if len(instants) <= UPDATES_MAX:
        return instants
    kept = [int(instants[0])]
    for instant in instants.tolist():
        if instant - kept[-1] >= least_ms:
            kept.append(instant)
    return np.asarray(kept, dtype=np.int64)


def _draw_spread(ax: Axes, last_ms: tuple[int, int], *, height: float) -> None:
    """A line from the first to the last of the last changes of those whom a lane stands for."""
    ax.plot(last_ms, (height, height), color=INK, linewidth=1.1, marker="|", markersize=7, zorder=4)


def _draw_lane(ax: Axes, timeline: Timeline, row: int, *, height: float, until_ms: int) -> set[Phase]:
    drawn: set[Phase] = set()
    for phase, begin, end in phases_of(timeline, row):
        look = LOOKS[phase]
        drawn.add(phase)
        ax.barh(
            height, min(end, until_ms) - begin, left=begin, height=0.74, color=look.fill,
            edgecolor=look.edge, hatch=look.hatch, linewidth=0,
        )  # fmt: skip
    return drawn


def _draw_environment_marks(ax: Axes, timeline: Timeline, row: int, *, height: float) -> set[_Mark]:
    table = timeline.table[timeline.table["environment"] == row]
    drawn: set[_Mark] = set()
    for event, mark in _ENVIRONMENT_MARKS.items():
        instants = table["time_ms"][table["event"] == event]
        if len(instants):
            drawn.add(mark)
            _scatter(ax, instants, height=height, mark=mark)
    return drawn


def _scatter(ax: Axes, instants: NDArray[np.int64], *, height: float, mark: _Mark) -> None:
    heights = np.full(len(instants), height)
    fill, edge = (INK, None) if mark.sign == "|" else (mark.fill, INK)
    ax.scatter(
        instants, heights, mark.size, fill, marker=mark.sign, edgecolors=edge, linewidths=0.9, zorder=5
    )


def _label_lanes(ax: Axes, timeline: Timeline, *, regions: Sequence[int], lanes: Sequence[Lane]) -> None:
    estate = timeline.trial.estate
    places = [number * REGION_STEP for number in range(len(regions))]
    places += [_lane_height(len(regions), place) for place in range(len(lanes))]
    names = [estate.regions[region] for region in regions]
    names += [
        estate.names[lane.row] + (f"  and {lane.count - 1:,} like it" if lane.count > 1 else "")
        for lane in lanes
    ]
    ax.set_yticks(places, [literal(name) for name in names])
    for label in ax.get_yticklabels()[: len(regions)]:
        label.set_fontweight("bold")
    ax.set_ylim(places[-1] + 0.6, -0.75)


def _label_time(ax: Axes, timeline: Timeline, *, window: tuple[int, int]) -> None:
    trial = timeline.trial
    begins = (
        [fact.at_ms for fact in trial.outages[:1]] or [period.at for period in trial.maintenance[:1]] or [0]
    )
    plain_frame(ax)
    ax.set_xlim(*window)
    label_time(ax, origin_ms=begins[0], first_ms=window[0], last_ms=window[1])
    what = f"impact of {trial.outages[0].id}" if trial.outages else "beginning"
    start = trial.scenario.start
    when = f", {start + timedelta(milliseconds=begins[0]):%Y-%m-%d %H:%M %Z}" if start else ""
    ax.set_xlabel(literal(f"T is the {what}{when}"), fontsize=8.5, color=INK)


def _coverage(lanes: Sequence[Lane], environment_count: int) -> str:
    """What a picture of representatives covers; empty if every environment has its lane."""
    drawn = sum(lane.count for lane in lanes)
    if len(lanes) == environment_count:
        return ""
    of_all = "" if drawn == environment_count else f" of {environment_count:,}"
    return f"{len(lanes)} lanes for {drawn:,}{of_all} environments"


def _title(ax: Axes, timeline: Timeline, *, note: str) -> None:
    of = timeline.provenance
    words = f"policy {of['policy']}, seed {of['seed']}, replication {of['replication']}"
    lines = textwrap.wrap(f"{timeline.trial.scenario.name}: {words}", TITLE_COLUMNS) + (
        [note] if note else []
    )
    ax.set_title(
        literal("\n".join(lines)),
        loc="left", fontsize=10.5, fontweight="bold", color=INK, pad=10,
    )  # fmt: skip


def _explain(ax: Axes, phases: set[Phase], marks: set[_Mark]) -> None:
    """One legend below the lanes: the phases that occur, then the marks that occur."""
    from matplotlib.transforms import ScaledTranslation

    known = (*_REGION_MARKS.values(), _SOME_UPDATES, *_ENVIRONMENT_MARKS.values(), _SPREAD)
    signs = [mark for mark in known if mark in marks]
    handles = [patch(phase) for phase in sorted(phases)] + [_legend_mark(mark) for mark in signs]
    below = ax.transAxes + ScaledTranslation(0, -LEGEND_INCHES, ax.figure.dpi_scale_trans)
    ax.legend(
        handles=handles, loc="upper left", bbox_to_anchor=(0, 0), bbox_transform=below, ncol=5, frameon=False,
        fontsize=8, handlelength=1.8, handleheight=1.1, columnspacing=1.6, borderaxespad=0,
    )  # fmt: skip


def _legend_mark(mark: _Mark) -> Line2D:
    from matplotlib.lines import Line2D

    return Line2D(
        [], [], linestyle="none", marker=mark.sign, markersize=mark.size**0.5, markerfacecolor=mark.fill,
        markeredgecolor=INK, label=mark.label,
    )  # fmt: skip
