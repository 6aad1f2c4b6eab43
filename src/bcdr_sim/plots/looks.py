"""How each phase looks in every picture, and how an axis of time is labelled.

Source: the palette is that of M. Okabe and K. Ito, Color Universal Design (2008); a family of colours per owner.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bcdr_sim.phases import Phase
from bcdr_sim.units import format_duration

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.patches import Patch

INK = "#222222"
FAINT = "#8a8a8a"
ORANGE = "#E69F00"
SKY = "#56B4E9"
YELLOW = "#F0E442"
BLUE = "#0072B2"
VERMILLION = "#D55E00"
PURPLE = "#CC79A7"


@dataclass(frozen=True, slots=True)
class Look:
    """Fill, hatch and edge of a phase; the hatch is drawn in the colour of the edge."""

    fill: str
    hatch: str = ""
    edge: str = "#ffffff"


LOOKS: dict[Phase, Look] = {
    Phase.NOT_DEPLOYED: Look("#ffffff", "....", "#cccccc"),
    Phase.SERVING: Look("#dcefe8"),
    Phase.IMPAIRED: Look(YELLOW, "....", "#8c8420"),
    Phase.DOWN_UNDETECTED: Look("#555555"),
    Phase.DOWN_UNCONFIRMED: Look(ORANGE, "////"),
    Phase.DOWN_ASSESSING: Look(ORANGE, "....", "#6b4a00"),
    Phase.DOWN_HELD: Look(VERMILLION),
    Phase.AWAITING_AWARENESS: Look(PURPLE, "////"),
    Phase.AWAITING_SUPPORT: Look(VERMILLION, "----"),
    Phase.AWAITING_CONSENT: Look(PURPLE),
    Phase.QUEUED: Look(BLUE, "...."),
    Phase.DRAINING: Look(SKY, "\\\\\\\\"),
    Phase.FAILING_OVER: Look(BLUE),
    Phase.ON_SECONDARY: Look(SKY),
    Phase.FAILING_BACK: Look(BLUE, "////"),
    Phase.NOT_COVERED: Look("#b5b5b5", "xxxx"),
    Phase.BLOCKED_BY_DEPENDENCY: Look(YELLOW, "xxxx", "#8c8420"),
    Phase.LOST: Look("#000000"),
    Phase.RESTORING: Look(BLUE, "xxxx"),
}
_STEPS_MS = tuple(
    count * unit_ms
    for unit_ms, counts in (
        (1000, (1, 5, 15, 30)),
        (60_000, (1, 5, 15, 30)),
        (3_600_000, (1, 2, 3, 6, 12)),
        (86_400_000, (1, 2, 7, 14, 28, 91, 182, 365)),
    )
    for count in counts
)
_TICKS_MAX = 9


def patch(phase: Phase, *, label: str | None = None) -> Patch:
    """A swatch of a phase for a legend."""
    from matplotlib.patches import Patch

    look = LOOKS[phase]
    return Patch(
        facecolor=look.fill, hatch=look.hatch, edgecolor=look.edge, linewidth=0, label=label or phase.label
    )


def label_time(
    ax: Axes, *, origin_ms: int, first_ms: int, last_ms: int, sign: str = "T", axis: str = "x"
) -> None:
    """Ticks of an axis in ms at round distances from an origin: `T+2h`, or `2h` with an empty sign."""
    step_ms = next((step for step in _STEPS_MS if (last_ms - first_ms) / step <= _TICKS_MAX), _STEPS_MS[-1])
    begin = -((origin_ms - first_ms) // step_ms)
    ticks = [number * step_ms for number in range(begin, (last_ms - origin_ms) // step_ms + 1)]
    put = ax.set_xticks if axis == "x" else ax.set_yticks
    put([origin_ms + tick for tick in ticks], [_distance(tick, sign) for tick in ticks])


def plain_frame(ax: Axes) -> None:
    """No frame but the lower one, small ticks, a light grid along time."""
    for side in ("top", "right", "left"):
        ax.spines[side].set_visible(False)
    ax.spines["bottom"].set_color(FAINT)
    ax.tick_params(axis="both", length=0, colors=INK, labelsize=8.5)
    ax.grid(visible=True, axis="x", color="#e4e4e4", linewidth=0.7)
    ax.set_axisbelow(True)


def literal(text: str) -> str:
    """Text in which matplotlib sees no mathematics."""
    return text.replace("$", r"\$")


def _distance(tick_ms: int, sign: str) -> str:
    if not sign:
        return f"{'-' if tick_ms < 0 else ''}{format_duration(abs(tick_ms))}"
    return sign if tick_ms == 0 else f"{sign}{'+' if tick_ms > 0 else '-'}{format_duration(abs(tick_ms))}"
