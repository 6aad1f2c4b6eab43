"""One incident as a value for reports: times, ledger, holds and losses."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from bcdr_sim.metrics.aftermath import NEVER_MS
from bcdr_sim.metrics.commits import lost_between
from bcdr_sim.metrics.losses import permanent_loss, realised_loss
from bcdr_sim.metrics.spells import Outcome, Step
from bcdr_sim.replication import Loss
from bcdr_sim.timeline import NOTHING, UNBOUNDED
from bcdr_sim.timeline.columns import OWNER_OF, OWNERS, PHASES
from bcdr_sim.timeline.stays import REASONS

if TYPE_CHECKING:
    from bcdr_sim.metrics.measuring import Metrics


@dataclass(frozen=True, slots=True)
class LedgerLine:
    """Time of an incident in one phase, and whose time it was (empty: nobody's); `down_held` may have several owners."""

    phase: str
    owner: str
    ms: int


@dataclass(frozen=True, slots=True)
class Hold:
    """Time of an incident in which the policy held for one reason."""

    reason: str
    ms: int


@dataclass(frozen=True, slots=True)
class Incident:
    """One incident of one environment. Times are ms; None where something did not happen or is not known.

    `rta_ms` is None while the incident is open at the horizon (`censored`); `at_least_ms` is its length so far, and the
    recovery time of a closed one. `technical_ms` runs from impact to the end of stage Run, `declared_to_rta_ms` from
    confirmed impact to service. `communicate_ms` runs from impact to the first post and overlaps the steps.

    Losses: `potential` as if the move had been made at impact, None if not known or `unbounded` (no copy); `realised` by
    the moves made, `permanent` what of it stays lost: all but what was salvaged from the old side by the horizon.
    """

    environment: str
    outage: str | None
    region: str
    event_id: int
    start_ms: int
    end_ms: int | None
    outcome: Outcome
    censored: bool
    rta_ms: int | None
    at_least_ms: int
    technical_ms: int | None
    declared_to_rta_ms: int | None
    detect_ms: int | None
    communicate_ms: int | None
    steps_ms: tuple[int, ...]
    ledger: tuple[LedgerLine, ...]
    holds: tuple[Hold, ...]
    main_hold: str | None
    unbounded: bool
    potential: Loss | None
    realised: Loss
    permanent: Loss

    def step_ms(self, step: Step) -> int:
        """Time waited for one step; the steps sum to `at_least_ms`."""
        return self.steps_ms[step]


def incidents_between(metrics: Metrics, first: int, last: int) -> list[Incident]:
    """Incidents number `first` to `last - 1` as values."""
    ledger = metrics.ledger_columns
    line_at = np.searchsorted(ledger.incident, np.arange(first, last + 1)).tolist()
    return [
        _incident(metrics, number, slice(line_at[number - first], line_at[number - first + 1]))
        for number in range(first, last)
    ]


def _incident(metrics: Metrics, number: int, lines: slice) -> Incident:
    columns, ledger, estate = metrics.incident_columns, metrics.ledger_columns, metrics.timeline.trial.estate
    row, is_open = int(columns.environment[number]), bool(columns.open[number])
    start_ms, end_ms = int(columns.start_ms[number]), int(columns.end_ms[number])
    last_sync_ms = int(columns.last_sync_ms[number])
    spec = estate.spec(row)
    lengths_ms = ledger.length_ms[lines].tolist()
    return Incident(
        environment=estate.names[row],
        outage=_name(metrics.timeline.outages, int(columns.outage[number])),
        region=estate.regions[spec.target if columns.far[number] else spec.home],
        event_id=int(columns.event_id[number]),
        start_ms=start_ms,
        end_ms=None if is_open else end_ms,
        outcome=Outcome(int(columns.outcome[number])),
        censored=is_open,
        rta_ms=None if is_open else end_ms - start_ms,
        at_least_ms=end_ms - start_ms,
        technical_ms=_between(start_ms, int(columns.technical_ms[number])),
        declared_to_rta_ms=None if is_open else _between(int(columns.declared_ms[number]), end_ms),
        detect_ms=_between(start_ms, int(columns.detected_ms[number])),
        communicate_ms=_between(start_ms, int(metrics.posted_ms[number])),
        steps_ms=tuple(columns.steps_ms[number].tolist()),
        ledger=_ledger(ledger.phase[lines].tolist(), ledger.reason[lines].tolist(), lengths_ms),
        holds=_holds(ledger.reason[lines].tolist(), lengths_ms),
        main_hold=_name(REASONS, int(columns.main_hold[number])),
        unbounded=last_sync_ms == UNBOUNDED,
        potential=None
        if last_sync_ms <= UNBOUNDED
        else lost_between(
            metrics.timeline, row, last_sync_ms=last_sync_ms, at_ms=int(columns.exposed_ms[number])
        ),
        realised=realised_loss(metrics, number),
        permanent=permanent_loss(metrics, number),
    )


def _ledger(phases: list[int], reasons: list[int], lengths_ms: list[int]) -> tuple[LedgerLine, ...]:
    total_ms: dict[tuple[int, int], int] = {}
    for phase, reason, length_ms in zip(phases, reasons, lengths_ms, strict=True):
        key = phase, int(OWNER_OF[phase, reason])
        total_ms[key] = total_ms.get(key, 0) + length_ms
    return tuple(
        LedgerLine(PHASES[phase], "" if owner == NOTHING else OWNERS[owner], length_ms)
        for (phase, owner), length_ms in total_ms.items()
    )


def _holds(reasons: list[int], lengths_ms: list[int]) -> tuple[Hold, ...]:
    total_ms: dict[int, int] = {}
    for reason, length_ms in zip(reasons, lengths_ms, strict=True):
        if reason != NOTHING:
            total_ms[reason] = total_ms.get(reason, 0) + length_ms
    return tuple(Hold(REASONS[reason], length_ms) for reason, length_ms in total_ms.items())


def _name(names: tuple[str, ...], code: int) -> str | None:
    return None if code == NOTHING else names[code]


def _between(from_ms: int, to_ms: int) -> int | None:
    """From one instant to another, None if either never came; 0 if it came before."""
    return None if NEVER_MS in (from_ms, to_ms) else max(0, to_ms - from_ms)
