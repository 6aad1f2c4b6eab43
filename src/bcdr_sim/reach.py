"""Whom an outage can reach, and from which instant on: its scope, and the steps by which that grows.

Rules: docs/reference/semantics.md, section 2. The draw of an environment is the same for all steps, so who is hit stays
hit; what is left of an outage decides which steps still come.
"""

from __future__ import annotations

from dataclasses import dataclass

from bcdr_sim.estate import EnvironmentSpec
from bcdr_sim.scenario.recovery import Recovery
from bcdr_sim.scenario.scope import Select
from bcdr_sim.scenario.selecting import is_among
from bcdr_sim.scenario.world import Outage


@dataclass(frozen=True, slots=True)
class Reach:
    """Whom an outage can hit from an instant on: of those that `select` matches the share `fraction`."""

    at_ms: int
    fraction: float
    select: Select | None


def reaches_of(entry: Outage, *, at_ms: int, lasts_ms: int | None) -> tuple[Reach, ...]:
    """The scope of an outage, and the steps that come while something of it is left."""
    left_ms = lasts_ms
    if entry.recovery is not None and entry.recovery.tail is None:
        left_ms = last_stage_ms(entry.recovery)
    return tuple(
        Reach(at_ms + after_ms, fraction, select)
        for after_ms, fraction, select in entry.scope.reaches()
        if not after_ms or left_ms is None or after_ms < left_ms
    )


def last_stage_ms(recovery: Recovery) -> int:
    """When the last stage of a recovery is, from impact; 0 without stages."""
    return recovery.stages[-1].at if recovery.stages else 0


def matches(select: Select | None, spec: EnvironmentSpec) -> bool:
    """Whether a selection means the environments of a specification; nothing selected means everybody."""
    if select is None:
        return True
    return (
        is_among(select.name, [spec.name])
        and is_among(select.apps, spec.apps)
        and (select.tier is None or select.tier == spec.tier)
        and is_among(select.zone, [spec.zone])
        and is_among(select.customer, [spec.customer_name])
    )
