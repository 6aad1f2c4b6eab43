"""A timeline in a notebook: what it is of, what happened how often, and the first environments as swim-lanes.

Plain HTML with an inline picture; every name is escaped, nothing is executed, and the size does not grow with the run.
"""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

import numpy as np

from bcdr_sim.events import Event
from bcdr_sim.phases import DOWN, Phase
from bcdr_sim.timeline.stays import Stay, stays_of

if TYPE_CHECKING:
    from bcdr_sim.timeline.log import Timeline

LANES_MAX = 12
"""More environments than this are left out of the picture, and counted."""
_STAYS_MAX = 100
_WIDTH, _HEIGHT, _LABEL = 640, 18, 160
_DOWN, _MOVING, _PARTLY, _SERVED = "#D55E00", "#E69F00", "#56B4E9", "#009E73"
_COLOURS = {Phase.IMPAIRED: _PARTLY, Phase.DRAINING: _PARTLY, Phase.ON_SECONDARY: "#0072B2"}
_COLOURS |= {
    Phase.FAILING_OVER: _MOVING,
    Phase.FAILING_BACK: _MOVING,
    Phase.RESTORING: _MOVING,
    Phase.NOT_DEPLOYED: "#BBBBBB",
}


def html(timeline: Timeline) -> str:
    """The timeline as a piece of HTML."""
    counts = np.bincount(timeline.table["event"], minlength=max(Event) + 1).tolist()
    cells = "".join(
        f"<tr><td>{event.label}</td><td style='text-align:right'>{counts[event]:,}</td></tr>"
        for event in Event
        if counts[event]
    )
    source = "".join(
        f"<tr><td>{escape(str(key))}</td><td>{escape(str(value))}</td></tr>"
        for key, value in sorted(timeline.provenance.items())
    )
    return (
        f"<p>{escape(repr(timeline))}</p>{_lanes(timeline)}"
        f"<details><summary>Events</summary><table>{cells}</table></details>"
        f"<details><summary>Provenance</summary><table>{source}</table></details>"
    )


def _lanes(timeline: Timeline) -> str:
    names = timeline.trial.estate.names
    shown = min(len(names), LANES_MAX)
    lanes = "".join(_lane(timeline, row) for row in range(shown))
    left_out = f"<p>… and {len(names) - shown:,} more environments</p>" if len(names) > shown else ""
    size = f"width='{_LABEL + _WIDTH}' height='{shown * _HEIGHT}'"
    return f"<svg xmlns='http://www.w3.org/2000/svg' role='img' {size} font-size='11'>{lanes}</svg>{left_out}"


def _lane(timeline: Timeline, row: int) -> str:
    name = timeline.trial.estate.names[row]
    short = name if len(name) <= 24 else f"{name[:23]}…"
    bars = "".join(
        _bar(stay, row, timeline.trial.horizon_ms) for stay in stays_of(timeline, row)[:_STAYS_MAX]
    )
    return f"<text x='0' y='{row * _HEIGHT + 12}'>{escape(short)}</text>{bars}"


def _bar(stay: Stay, row: int, horizon_ms: int) -> str:
    left = _LABEL + stay.start_ms * _WIDTH / horizon_ms
    width = max(stay.length_ms * _WIDTH / horizon_ms, 0.5)
    colour = _COLOURS.get(stay.phase, _DOWN if stay.phase in DOWN or stay.phase is Phase.LOST else _SERVED)
    title = stay.phase.label if stay.reason is None else f"{stay.phase.label}: {stay.reason}"
    place = f"x='{left:.1f}' y='{row * _HEIGHT + 2}' width='{width:.1f}' height='{_HEIGHT - 4}'"
    return f"<rect {place} fill='{colour}'><title>{escape(title)}</title></rect>"
