"""How often simulated incidents come by what changed, and what it costs there, in words and as data."""

from __future__ import annotations

from typing import Any

from bcdr_sim.analysis import Change
from bcdr_sim.errors import escaped
from bcdr_sim.report.wording import count, listing, span
from bcdr_sim.review.exposure import Exposure


def exposure_words(exposure: Exposure) -> str:
    """What the visits of the boxes were counted in."""
    where = f"{listing([escaped(each) for each in exposure.scenarios])}, seed {exposure.seed}"
    worlds = count(exposure.replication_count, "world")
    if len(exposure.scenarios) > 1:
        worlds += " each"
    if exposure.is_empty:
        return f"exposure: no incident in {worlds} of {where}; nothing is known of how often and how much"
    return f"exposure: {count(exposure.incident_count, 'incident')} in {worlds} of {where}"


def visit_words(exposure: Exposure, change: int, box: int) -> str:
    """`in 3 of 24 incidents (12 %); on average 41m longer and 2m more lost`."""
    visits = exposure.visits[change, box]
    if visits.is_none:
        return "no simulated incident comes here"
    parts = []
    if visits.incident_count:
        share = f"{100 * exposure.share(visits):.0f} %"
        parts.append(
            f"in {visits.incident_count:,} of {count(exposure.incident_count, 'incident')} ({share})"
        )
    if visits.elsewhere_count:
        parts.append(f"for {count(visits.elsewhere_count, 'environment')} outside of an incident")
    words = " and ".join(parts)
    if visits.rta_ms is not None and visits.loss_ms is not None:
        words += f"; on average {_more(visits.rta_ms, 'longer', 'shorter', same='as long as before')}"
        words += f" and {_more(visits.loss_ms, 'more lost', 'less lost', same='as much lost')}"
    if visits.open_count:
        words += f"; {visits.open_count:,} still open at the horizon"
    return words


def exposure_data(exposure: Exposure) -> dict[str, Any]:
    """What the visits were counted in, as JSON types."""
    return {
        "scenarios": list(exposure.scenarios),
        "seed": exposure.seed,
        "replications": exposure.replication_count,
        "incidents": exposure.incident_count,
    }


def visits_data(exposure: Exposure, number: int, change: Change) -> list[dict[str, Any]]:
    """The visits of each box of a change as JSON types, in the order of its boxes."""
    rows = []
    for position in range(len(change.boxes)):
        visits = exposure.visits[number, position]
        rows.append(
            {
                "incidents": visits.incident_count,
                "share": exposure.share(visits),
                "outside_incidents": visits.elsewhere_count,
                "compared": visits.compared_count,
                "open": visits.open_count,
                "rta_ms": visits.rta_ms,
                "loss_age_ms": visits.loss_ms,
            }
        )
    return rows


def _more(mean_ms: float, more: str, less: str, *, same: str) -> str:
    rounded_ms = round(mean_ms)
    return f"{span(abs(rounded_ms))} {more if rounded_ms > 0 else less}" if rounded_ms else same
