"""Why an environment was degraded though no outage hit it: its commits had to wait for the copy on the other side."""

from __future__ import annotations

from bcdr_sim.metrics.commits import Wait, waits
from bcdr_sim.report.wording import Clock, span, wrapped
from bcdr_sim.scenario.links import FluidLink
from bcdr_sim.timeline import Timeline

SPELLS_SHOWN_MAX = 12
"""Of more spells than this the first ones are shown, and the rest is summed up."""


def bounded_commits(timeline: Timeline, row: int, *, clock: Clock, at_ms: int | None, width: int) -> str:
    """The spells in which commits were slowed or stopped, or the one at an instant; empty without any."""
    link = timeline.trial.estate.spec(row).link
    found = [wait for wait in waits(timeline, row) if at_ms is None or wait.from_ms <= at_ms < wait.until_ms]
    if not found or not isinstance(link, FluidLink) or link.max_lag is None:
        return ""
    title = f"Commits had to wait: what a move loses may be no older than {span(link.max_lag)} (max_lag), and until"
    title += " they went on it was degraded wherever it was served."
    lines = [wrapped(title, width=width)]
    for wait in found[:SPELLS_SHOWN_MAX]:
        lead = f"  {clock.after(wait.from_ms):<9} {span(wait.until_ms - wait.from_ms):>7}  "
        lines.append(wrapped(_why(wait), lead=lead, width=width))
    rest = found[SPELLS_SHOWN_MAX:]
    if rest:
        rest_ms = sum(wait.until_ms - wait.from_ms for wait in rest)
        lines.append(
            wrapped(f"and {len(rest)} times more, {span(rest_ms)} together.", lead="  ", width=width)
        )
    return "\n".join(lines)


def commits_stopped_at(timeline: Timeline, row: int, at_ms: int) -> bool:
    """Whether commits were stopped at an instant, and had been before."""
    return any(wait.permille == 0 and wait.from_ms < at_ms <= wait.until_ms for wait in waits(timeline, row))


def _why(wait: Wait) -> str:
    if wait.permille:
        share = f"{wait.permille / 10:g}%"
        return f"slowed to {share} of what there was to write: all that the link can carry in that time waited already"
    return "stopped: the link had stood still or was behind, and what waited was as old as it may be"
