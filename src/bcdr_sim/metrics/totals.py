"""Totals over groups of environments: the fleet, those covered, each customer, each tier.

What has nothing behind it is None, never a perfect number.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from bcdr_sim.events import RESTORES, Event
from bcdr_sim.metrics.accounts import Account
from bcdr_sim.metrics.spells import Outcome
from bcdr_sim.timeline import UNBOUNDED
from bcdr_sim.timeline.states import Flags, Ints

if TYPE_CHECKING:
    from bcdr_sim.metrics.measuring import Metrics

FAILOVERS = (Event.FAILOVER_COMPLETED, Event.PLANNED_FAILOVER_COMPLETED)
FAILBACKS = (Event.FAILBACK_COMPLETED, Event.FORCED_FAILBACK_COMPLETED)


@dataclass(frozen=True, slots=True)
class Spread:
    """Values of several incidents: how many, how many of them open, mean and order statistics.

    A quantile is the value at its rank, and None where an open incident could still change it; the mean is None as soon as
    one is open, since what is open has not ended.
    """

    n: int
    n_censored: int
    mean: float | None
    p50: int | None
    p90: int | None
    p95: int | None
    p99: int | None
    most: int | None


@dataclass(frozen=True, slots=True)
class Availability:
    """Shares of lifetime, None without a lifetime: without down time; without planned interruptions too; by capability."""

    unplanned: float | None
    as_users_see: float | None
    by_capability: float | None


@dataclass(frozen=True, slots=True)
class Total:
    """What a group of environments lived through. Sums are over environments; `availability` is their mean.

    `members` flags the environments of the group. `worst` is the one with the least unplanned availability; of several, the
    first by name.
    """

    members: Flags = field(repr=False)
    environments: int
    incidents: int
    closed: int
    censored: int
    unbounded: int
    outcomes: dict[str, int]
    rta: Spread
    down_ms: int
    planned_ms: int
    degraded_ms: int
    unprotected_ms: int
    without_copy_ms: int
    without_functions_ms: int
    commits_slowed_ms: int
    commits_stopped_ms: int
    availability: Availability
    worst: str | None
    failovers: int
    failbacks: int
    restores: int
    after_return: int
    consents_asked: int
    consents_granted: int
    split_brains: int
    split_brain_ms: int


@dataclass(frozen=True, slots=True)
class Totals:
    """Totals by group; customers and tiers in order of name and number."""

    fleet: Total
    covered: Total
    customers: dict[str, Total]
    tiers: dict[int, Total]


def totals_of(metrics: Metrics) -> Totals:
    """Sum up every group."""
    specs, spec_of = metrics.timeline.trial.estate.specs, metrics.timeline.by_environment.spec_of
    customers = sorted({spec.customer_name for spec in specs if spec.customer_name is not None})
    tiers = sorted({spec.tier for spec in specs})

    def total(belongs: list[bool]) -> Total:
        return total_of(metrics, np.array(belongs)[spec_of])

    return Totals(
        fleet=total([True for _ in specs]),
        covered=total([spec.eligible for spec in specs]),
        customers={name: total([spec.customer_name == name for spec in specs]) for name in customers},
        tiers={tier: total([spec.tier == tier for spec in specs]) for tier in tiers},
    )


def total_of(metrics: Metrics, members: Flags) -> Total:
    """Sum up one group, given as a flag per environment."""
    clocks, incidents, moves = metrics.clocks, metrics.incident_columns, metrics.move_columns
    inside = members[incidents.environment]
    moved, moved_event = members[moves.environment], moves.event
    booked = clocks.booked[members].sum(axis=0).tolist()
    counts = np.bincount(incidents.outcome[inside], minlength=len(Outcome)).tolist()
    open_count = int(incidents.open[inside].sum())
    return Total(
        members=members,
        environments=int(members.sum()),
        incidents=int(inside.sum()),
        closed=int(inside.sum()) - open_count,
        censored=open_count,
        unbounded=int((incidents.last_sync_ms[inside] == UNBOUNDED).sum()),
        outcomes={outcome.label: counts[outcome] for outcome in Outcome},
        rta=spread(incidents.length_ms[inside], incidents.open[inside]),
        down_ms=booked[Account.DOWN],
        planned_ms=booked[Account.PLANNED],
        degraded_ms=booked[Account.DEGRADED],
        unprotected_ms=int(clocks.unprotected_ms[members].sum()),
        without_copy_ms=int(clocks.without_copy_ms[members].sum()),
        without_functions_ms=int(clocks.without_functions_ms[members].sum()),
        commits_slowed_ms=int(clocks.commits_slowed_ms[members].sum()),
        commits_stopped_ms=int(clocks.commits_stopped_ms[members].sum()),
        availability=_mean_availability(metrics, members),
        worst=_worst(metrics, members),
        failovers=int((moved & np.isin(moved_event, FAILOVERS)).sum()),
        failbacks=int((moved & np.isin(moved_event, FAILBACKS)).sum()),
        restores=int((moved & np.isin(moved_event, RESTORES)).sum()),
        after_return=int((moved & moves.after_return & np.isin(moved_event, FAILOVERS)).sum()),
        consents_asked=int(metrics.answers.asked[members].sum()),
        consents_granted=int(metrics.answers.granted[members].sum()),
        split_brains=int((moved & (moves.split_ms >= 0)).sum()),
        split_brain_ms=int(np.maximum(moves.split_ms, 0)[moved].sum()),
    )


def availability_of(metrics: Metrics, environment: int) -> Availability:
    """Of one environment, given as its row in the estate."""
    lifetime_ms = int(metrics.lifetime_ms[environment])
    if lifetime_ms == 0:
        return Availability(None, None, None)
    booked = metrics.clocks.booked[environment].tolist()
    capability = int(metrics.clocks.capability_permille_ms[environment])
    return Availability(
        unplanned=1 - booked[Account.DOWN] / lifetime_ms,
        as_users_see=1 - (booked[Account.DOWN] + booked[Account.PLANNED]) / lifetime_ms,
        by_capability=capability / (1000 * lifetime_ms),
    )


def spread(values: Ints, is_open: Flags) -> Spread:
    """Order statistics of values, of which the open ones are lower bounds."""
    n, n_censored = len(values), int(is_open.sum())
    order = np.sort(values)
    sure_count = int((values[~is_open] <= values[is_open].min()).sum()) if n_censored else n

    def at(share: float) -> int | None:
        rank = math.ceil(share * n)
        return int(order[rank - 1]) if 0 < rank <= sure_count else None

    mean = int(values.sum()) / n if n and not n_censored else None
    return Spread(n, n_censored, mean, at(0.5), at(0.9), at(0.95), at(0.99), at(1.0))


def _mean_availability(metrics: Metrics, members: Flags) -> Availability:
    lifetime_ms = metrics.lifetime_ms
    lived = members & (lifetime_ms > 0)
    count = int(lived.sum())
    if count == 0:
        return Availability(None, None, None)
    down = metrics.clocks.booked[lived, Account.DOWN] / lifetime_ms[lived]
    planned = metrics.clocks.booked[lived, Account.PLANNED] / lifetime_ms[lived]
    capability = metrics.clocks.capability_permille_ms[lived] / (1000 * lifetime_ms[lived])
    return Availability(
        unplanned=1 - _sum(down) / count,
        as_users_see=1 - _sum(down + planned) / count,
        by_capability=_sum(capability) / count,
    )


def _worst(metrics: Metrics, members: Flags) -> str | None:
    rows = np.flatnonzero(members & (metrics.lifetime_ms > 0))
    if not len(rows):
        return None
    down = metrics.clocks.booked[rows, Account.DOWN] / metrics.lifetime_ms[rows]
    return metrics.timeline.trial.estate.names[int(rows[down.argmax()])]


def _sum(values: np.ndarray[tuple[int], np.dtype[np.float64]]) -> float:
    """The correctly rounded sum: the same on every machine, whatever its vector width."""
    return math.fsum(values.tolist())
