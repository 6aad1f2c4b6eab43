"""What a sound scenario says in vain: instants of an outage that come after its end or before the scenario.

Nothing here is wrong, and a run passes over it; but whoever wrote it meant something else.
"""

from __future__ import annotations

from collections.abc import Iterator

from bcdr_sim.scenario.document import Scenario
from bcdr_sim.scenario.world import Outage
from bcdr_sim.units import format_duration

Path = tuple[str | int, ...]
Doubt = tuple[Path, str]


def doubts(scenario: Scenario) -> Iterator[Doubt]:
    """Every such instant with its path, in the order of the file."""
    for index, outage in enumerate(scenario.outages):
        path: Path = ("outages", index)
        yield from _before_the_start(path, outage)
        end_ms = _end_ms(outage)
        if end_ms is not None:
            yield from _after_the_end(path, outage, end_ms)


def _before_the_start(path: Path, outage: Outage) -> Iterator[Doubt]:
    if outage.trigger is None:
        return
    first_ms = min((each for each in (outage.at, *(outage.trace or ())) if each is not None), default=None)
    before_ms = outage.trigger.before_impact
    if first_ms is not None and before_ms > first_ms:
        first, before = format_duration(first_ms), format_duration(before_ms)
        message = f"the scenario starts only {first} before the impact, so the warning comes then and not {before} before it"
        yield (*path, "trigger", "before_impact"), f"{message}; let the impact be later"


def _end_ms(outage: Outage) -> int | None:
    """When an outage is over at the latest, from impact; None if that is drawn, or never."""
    if outage.lasts is not None:
        return outage.lasts.fixed_ms
    recovery = outage.recovery
    if recovery is None or recovery.never > 0 or not recovery.stages or recovery.stages[-1].fraction < 1:
        return None
    return recovery.stages[-1].at


def _after_the_end(path: Path, outage: Outage, end_ms: int) -> Iterator[Doubt]:
    steps = "nobody is hit by this step" if outage.recovery is None else "whom this step hits is never back"
    instants: list[tuple[Path, int, str]] = [
        (("scope", "steps", place, "after"), step.after, steps)
        for place, step in enumerate(outage.scope.steps)
    ]
    instants += [
        (("seen", "steps", place, "after"), step.after, "nobody revises a scope that is gone")
        for place, step in enumerate(outage.seen.steps if outage.seen is not None else ())
    ]
    instants += [
        (("comms", "eta", place, "after"), eta.after, "the estimate is of a return that has been")
        for place, eta in enumerate(outage.comms.eta)
    ]
    for where, after_ms, why in instants:
        if after_ms >= end_ms:
            after, end = format_duration(after_ms), format_duration(end_ms)
            yield (*path, *where), f"{after} is not before the end of the outage ({end}): {why}"
