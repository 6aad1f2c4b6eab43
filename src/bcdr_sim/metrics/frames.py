"""Metrics as DataFrames. pandas is imported when one is asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from bcdr_sim.events import RESTORES
from bcdr_sim.metrics.accounts import Account
from bcdr_sim.metrics.aftermath import NEVER_MS
from bcdr_sim.metrics.commits import lost_between
from bcdr_sim.metrics.losses import NO_LOSS, combined, move_loss
from bcdr_sim.metrics.spells import Outcome, Step
from bcdr_sim.metrics.totals import FAILBACKS, FAILOVERS, Spread, Total, spread
from bcdr_sim.replication import Loss
from bcdr_sim.timeline import NOTHING, UNBOUNDED
from bcdr_sim.timeline.columns import OWNER_OF, OWNERS, PHASES, Column, Names, Numbers
from bcdr_sim.timeline.frames import frame
from bcdr_sim.timeline.states import Flags, Ints, Rows, summed
from bcdr_sim.timeline.stays import REASONS

if TYPE_CHECKING:
    from pandas import DataFrame

    from bcdr_sim.metrics.measuring import Metrics

_OUTCOMES = tuple(outcome.label for outcome in Outcome)
Columns = dict[str, Column | NDArray[np.bool_] | NDArray[np.float64]]


def incidents_frame(metrics: Metrics) -> DataFrame:
    """See `Metrics.incidents`."""
    return frame(incident_table(metrics))


def incident_table(metrics: Metrics) -> Columns:
    """The columns of `Metrics.incidents` without pandas."""
    incidents = metrics.incident_columns
    closed = ~incidents.open
    columns = _whose(metrics, incidents.environment, np.arange(len(incidents)))
    columns |= {
        "outcome": Names(incidents.outcome.astype(np.int16), _OUTCOMES),
        "start_ms": _all(incidents.start_ms),
        "rta_ms": Numbers(incidents.length_ms, closed),
        "at_least_ms": _all(incidents.length_ms),
        "technical_ms": _from(incidents.start_ms, incidents.technical_ms),
        "declared_to_rta_ms": Numbers(
            incidents.end_ms - incidents.declared_ms, closed & (incidents.declared_ms != NEVER_MS)
        ),
        "detect_ms": _from(incidents.start_ms, incidents.detected_ms),
        "communicate_ms": _from(incidents.start_ms, metrics.posted_ms),
        **{f"{step.name.lower()}_step_ms": _all(incidents.steps_ms[:, step]) for step in Step},
        "main_hold": Names(incidents.main_hold, REASONS),
        **_losses(metrics),
        "unbounded": incidents.last_sync_ms == UNBOUNDED,
        "censored": incidents.open,
    }
    return columns


def ledger_frame(metrics: Metrics) -> DataFrame:
    """See `Metrics.ledger`."""
    return frame(ledger_table(metrics))


def ledger_table(metrics: Metrics) -> Columns:
    """The columns of `Metrics.ledger` without pandas."""
    ledger = metrics.ledger_columns
    columns = _whose(metrics, metrics.incident_columns.environment[ledger.incident], ledger.incident)
    columns |= {
        "phase": Names(ledger.phase.astype(np.int16), PHASES),
        "owner": Names(OWNER_OF[ledger.phase, ledger.reason], OWNERS),
        "reason": Names(ledger.reason, REASONS),
        "duration_ms": _all(ledger.length_ms),
    }
    return columns


def environments_frame(metrics: Metrics) -> DataFrame:
    """See `Metrics.environments`."""
    clocks, count = metrics.clocks, len(metrics.timeline.trial.estate)
    lifetime_ms = np.where(metrics.lifetime_ms == 0, np.nan, metrics.lifetime_ms)
    moves = metrics.move_columns

    def moved(chosen: Flags) -> Numbers:
        return _all(np.bincount(moves.environment[chosen], minlength=count))

    failed_over = np.isin(moves.event, FAILOVERS)
    down, planned = clocks.booked[:, Account.DOWN], clocks.booked[:, Account.PLANNED]
    columns = described(metrics, np.arange(count))
    columns |= {
        "incidents": _all(np.diff(metrics.incident_starts)),
        "lifetime_ms": _all(metrics.lifetime_ms),
        "up_ms": _all(clocks.booked[:, Account.UP]),
        "degraded_ms": _all(clocks.booked[:, Account.DEGRADED]),
        "planned_ms": _all(planned),
        "downtime_ms": _all(down),
        "unprotected_ms": _all(clocks.unprotected_ms),
        "without_copy_ms": _all(clocks.without_copy_ms),
        "without_functions_ms": _all(clocks.without_functions_ms),
        "commits_slowed_ms": _all(clocks.commits_slowed_ms),
        "commits_stopped_ms": _all(clocks.commits_stopped_ms),
        "availability_unplanned": 1 - down / lifetime_ms,
        "availability_as_users_see": 1 - (down + planned) / lifetime_ms,
        "availability_by_capability": clocks.capability_permille_ms / (1000 * lifetime_ms),
        "failovers": moved(failed_over),
        "failbacks": moved(np.isin(moves.event, FAILBACKS)),
        "restores": moved(np.isin(moves.event, RESTORES)),
        "after_return": moved(failed_over & moves.after_return),
        "split_brains": moved(moves.split_ms >= 0),
        "split_brain_ms": _all(summed(np.maximum(moves.split_ms, 0), moves.environment, count)),
        "consents_asked": _all(metrics.answers.asked),
        "consents_granted": _all(metrics.answers.granted),
    }
    return frame(columns)


def summary_frame(metrics: Metrics) -> DataFrame:
    """See `Metrics.summary`. One world has no interval: `ci_low` and `ci_high` are <NA>."""
    import pandas as pd

    totals = metrics.totals
    groups: dict[str, Total] = {"fleet": totals.fleet, "covered": totals.covered}
    groups |= {f"customer {name}": total for name, total in totals.customers.items()}
    groups |= {f"tier {tier}": total for tier, total in totals.tiers.items()}
    rows = [
        (metric, group, *_order_statistics(values), pd.NA, pd.NA)
        for group, total in groups.items()
        for metric, values in _spreads(metrics, total).items()
    ]
    names = ["metric", "group", "n", "n_censored", "mean", "p50", "p90", "p95", "p99", "ci_low", "ci_high"]
    table = pd.DataFrame(rows, columns=names)
    table[["metric", "group"]] = table[["metric", "group"]].astype("category")
    return table.astype(
        dict.fromkeys(["n", "n_censored", "p50", "p90", "p95", "p99"], "Int64") | {"mean": "Float64"}
    )


def _spreads(metrics: Metrics, total: Total) -> dict[str, Spread]:
    members = total.members
    down_ms = metrics.clocks.booked[members, Account.DOWN]
    return {"rta_ms": total.rta, "downtime_ms": spread(down_ms, np.zeros(len(down_ms), dtype=np.bool_))}


def _order_statistics(values: Spread) -> tuple[int | float | None, ...]:
    return values.n, values.n_censored, values.mean, values.p50, values.p90, values.p95, values.p99


def _whose(metrics: Metrics, environment: Rows, incident: Rows | Ints) -> Columns:
    """The columns that say which incident a row is about."""
    incidents, timeline = metrics.incident_columns, metrics.timeline
    return {
        "replication": _all(np.full(len(environment), timeline.trial.draws.replication)),
        **described(metrics, environment),
        "outage": Names(incidents.outage[incident], timeline.outages),
        "event_id": _all(incidents.event_id[incident]),
    }


def described(metrics: Metrics, environment: Rows | Ints) -> Columns:
    """Name, customer, tier and home region of environments."""
    estate, spec_of = metrics.timeline.trial.estate, metrics.timeline.by_environment.spec_of[environment]
    customers = sorted({spec.customer_name for spec in estate.specs if spec.customer_name is not None})
    customer = [
        NOTHING if spec.customer_name is None else customers.index(spec.customer_name)
        for spec in estate.specs
    ]
    return {
        "environment": Names(environment, estate.names),
        "customer": Names(np.array(customer)[spec_of], customers),
        "tier": _all(np.array([spec.tier for spec in estate.specs])[spec_of]),
        "region": Names(np.array([spec.home for spec in estate.specs])[spec_of], estate.regions),
        "covered": np.array([spec.eligible for spec in estate.specs])[spec_of],
    }


def _losses(metrics: Metrics) -> Columns:
    """Potential, realised and permanent loss of every incident, each as age, time of writing and number of writes."""
    incidents = metrics.incident_columns
    known = incidents.last_sync_ms > UNBOUNDED
    potential = [
        lost_between(metrics.timeline, row, last_sync_ms=last_sync_ms, at_ms=at_ms) if is_known else NO_LOSS
        for row, last_sync_ms, at_ms, is_known in zip(
            incidents.environment.tolist(),
            incidents.last_sync_ms.tolist(),
            incidents.exposed_ms.tolist(),
            known.tolist(),
            strict=True,
        )
    ]
    realised = [NO_LOSS] * len(incidents)
    permanent = [NO_LOSS] * len(incidents)
    for number in metrics.moves_in_incidents.tolist():
        incident = int(metrics.move_columns.incident[number])
        lost = move_loss(metrics, number)
        realised[incident] = combined(realised[incident], lost)
        if metrics.move_columns.salvaged_ms[number] < 0:
            permanent[incident] = combined(permanent[incident], lost)
    everything = np.ones(len(incidents), dtype=np.bool_)
    return {
        **_three("loss_potential", potential, known),
        **_three("loss_realised", realised, everything),
        **_three("loss_permanent", permanent, everything),
    }


def _three(name: str, losses: list[Loss], known: Flags) -> Columns:
    def numbers(values: list[int]) -> Numbers:
        return Numbers(np.array(values, dtype=np.int64), known)

    return {
        f"{name}_age_ms": numbers([lost.age_ms for lost in losses]),
        f"{name}_writing_ms": numbers([lost.writing_ms for lost in losses]),
        f"{name}_writes": numbers([lost.writes for lost in losses]),
    }


def _all(values: Ints | Rows) -> Numbers:
    return Numbers(values.astype(np.int64), np.ones(len(values), dtype=np.bool_))


def _from(start_ms: Ints, instant_ms: Ints) -> Numbers:
    return Numbers(np.maximum(0, instant_ms - start_ms), instant_ms != NEVER_MS)
