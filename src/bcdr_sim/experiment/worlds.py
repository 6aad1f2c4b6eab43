"""One row per world: what a replication comes to in whole numbers, from which every statistic of a run is made.

The replication is the unit of every interval, since environments of one region share its outages. A column of times is ms,
summed over environments or the largest of them; `NONE` stands for what a world does not have.

Source: docs/reference/metrics.md says which instants count.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bcdr_sim.metrics import Metrics
from bcdr_sim.metrics.accounts import Account
from bcdr_sim.metrics.losses import judged_ms, move_loss
from bcdr_sim.metrics.totals import FAILBACKS, FAILOVERS
from bcdr_sim.timeline import UNBOUNDED
from bcdr_sim.verdict import Met, Objective, Verdict

NONE = -1
"""In a column that may have nothing to say: there is no number."""
TIERS = (1, 2, 3, 4, 5)
Worlds = dict[str, NDArray[Any]]
"""Columns of equal length by name, one entry per world, in the order of their replications."""


@dataclass(frozen=True, slots=True)
class WorldColumn:
    """A column: its name, how it is kept, what it means. `may_be_none`: `NONE` stands for nothing."""

    name: str
    dtype: str
    meaning: str
    may_be_none: bool = False


COLUMNS: tuple[WorldColumn, ...] = (
    WorldColumn("replication", "int64", "which world of the seed"),
    WorldColumn("outages", "int32", "outages before the horizon, false alarms left out"),
    WorldColumn("planned_moves", "int32", "maintenance periods and false alarms before the horizon"),
    WorldColumn("incidents", "int32", "incidents of environments"),
    WorldColumn("censored", "int32", "incidents still open at the horizon"),
    WorldColumn(
        "unbounded", "int32", "incidents of covered environments that struck when there was no copy at all"
    ),
    WorldColumn(
        "rta_ms_max", "int64", "the longest recovery time; of an open incident its length so far", True
    ),
    WorldColumn("rta_open", "bool", "whether `rta_ms_max` is that of an open incident, and so a lower bound"),
    WorldColumn("down_ms", "int64", "unplanned down time of all environments: the sum of all recovery times"),
    WorldColumn("planned_ms", "int64", "planned interruptions of all environments"),
    WorldColumn("degraded_ms", "int64", "degraded time of all environments"),
    WorldColumn("unprotected_ms", "int64", "time of all environments with protection other than Ready"),
    WorldColumn("without_copy_ms", "int64", "time of all environments without any valid copy"),
    WorldColumn("failovers", "int32", "completed failovers, planned ones too"),
    WorldColumn("failbacks", "int32", "completed failbacks, forced ones too"),
    WorldColumn("after_return", "int32", "failovers that completed after what they fled was over"),
    WorldColumn("consents_asked", "int32", "levels of loss told with a question for consent"),
    WorldColumn("consents_granted", "int32", "consents granted"),
    WorldColumn(
        "loss_potential_age_ms_max", "int64", "the oldest age that a move at impact would have lost", True
    ),
    WorldColumn(
        "loss_realised_age_ms_max",
        "int64",
        "the oldest age that a move lost, 0 where nothing was written in it",
    ),
    WorldColumn("loss_realised_writes", "int64", "writes lost by all moves"),
    WorldColumn("rto_breached", "int32", "incidents that breach their RTO"),
    WorldColumn("rpo_breached", "int32", "incidents that breach their RPO"),
    WorldColumn("mtpd_breached", "int32", "incidents that breach their MTPD"),
    WorldColumn("met", "int32", "environments whose worst verdict is PolicyMet"),
    WorldColumn("open", "int32", "environments whose worst verdict is Censored"),
    WorldColumn("breached", "int32", "environments whose worst verdict is PolicyBreached"),
    *(WorldColumn(f"breached_tier_{tier}", "int32", f"those of tier {tier}") for tier in TIERS),
)
_DTYPES = {column.name: np.dtype(column.dtype) for column in COLUMNS}
DIGEST = np.dtype("S32")
"""Of everything that happened in a world, as hex digits."""


def dtypes(expectation_count: int) -> dict[str, np.dtype[Any]]:
    """The columns of a scenario with so many expectations, and how each is kept."""
    held = {expectation_column(number): np.dtype("bool") for number in range(1, expectation_count + 1)}
    return {**_DTYPES, **held, "digest": DIGEST}


def expectation_column(number: int) -> str:
    """The column that says whether an expectation held, counted from 1 as in the file."""
    return f"expectation_{number}"


def expectation_count(worlds: Worlds) -> int:
    """How many expectations the scenario of these worlds has."""
    count = 0
    while expectation_column(count + 1) in worlds:
        count += 1
    return count


def empty_worlds(count: int, *, expectation_count: int) -> Worlds:
    """Room for so many worlds."""
    return {name: np.zeros(count, dtype=dtype) for name, dtype in dtypes(expectation_count).items()}


def world_of(metrics: Metrics, verdict: Verdict) -> dict[str, int | bool | bytes]:
    """The row of one world."""
    trial = metrics.timeline.trial
    row: dict[str, int | bool | bytes] = {
        "replication": trial.draws.replication,
        "outages": len({fact.id for fact in trial.outages if not fact.is_false_alarm}),
        "planned_moves": len(trial.maintenance) + sum(fact.is_false_alarm for fact in trial.outages),
        **_incidents(metrics),
        **_clocks(metrics),
        **_moves(metrics),
        **_verdicts(metrics, verdict),
    }
    for finding in verdict.findings:
        row[expectation_column(finding.number)] = finding.passed
    row["digest"] = _digest(metrics, row)
    return row


def _incidents(metrics: Metrics) -> dict[str, int | bool]:
    incidents = metrics.incident_columns
    if not len(incidents):
        nothing = {"incidents": 0, "censored": 0, "unbounded": 0, "rta_ms_max": NONE, "rta_open": False}
        return {**nothing, "loss_potential_age_ms_max": NONE}
    length_ms = incidents.length_ms
    longest_ms = int(length_ms.max())
    estate = metrics.timeline.trial.estate
    covered = np.array([spec.eligible for spec in estate.specs])[
        metrics.timeline.by_environment.spec_of[incidents.environment]
    ]
    known = incidents.last_sync_ms > UNBOUNDED
    age_ms = np.maximum(0, incidents.exposed_ms - incidents.last_sync_ms)[known]
    return {
        "incidents": len(incidents),
        "censored": int(incidents.open.sum()),
        "unbounded": int((covered & (incidents.last_sync_ms == UNBOUNDED)).sum()),
        "rta_ms_max": longest_ms,
        "rta_open": bool(incidents.open[length_ms == longest_ms].any()),
        "loss_potential_age_ms_max": int(age_ms.max()) if len(age_ms) else NONE,
    }


def _clocks(metrics: Metrics) -> dict[str, int]:
    clocks = metrics.clocks
    booked = clocks.booked.sum(axis=0).tolist()
    return {
        "down_ms": booked[Account.DOWN],
        "planned_ms": booked[Account.PLANNED],
        "degraded_ms": booked[Account.DEGRADED],
        "unprotected_ms": int(clocks.unprotected_ms.sum()),
        "without_copy_ms": int(clocks.without_copy_ms.sum()),
    }


def _moves(metrics: Metrics) -> dict[str, int]:
    moves = metrics.move_columns
    over = np.isin(moves.event, FAILOVERS)
    lost = [move_loss(metrics, number) for number in np.flatnonzero(moves.age_ms > 0).tolist()]
    return {
        "failovers": int(over.sum()),
        "failbacks": int(np.isin(moves.event, FAILBACKS).sum()),
        "after_return": int((over & moves.after_return).sum()),
        "consents_asked": int(metrics.answers.asked.sum()),
        "consents_granted": int(metrics.answers.granted.sum()),
        "loss_realised_age_ms_max": max(map(judged_ms, lost), default=0),
        "loss_realised_writes": sum(each.writes for each in lost),
    }


def _verdicts(metrics: Metrics, verdict: Verdict) -> dict[str, int]:
    judgements = verdict.judgements
    worst = np.bincount(judgements.overall, minlength=len(Met)).tolist()
    row = {
        f"{objective.value}_breached": int((judgements.of_incident[objective] == Met.POLICY_BREACHED).sum())
        for objective in (Objective.RTO, Objective.RPO, Objective.MTPD)
    }
    row |= {"met": worst[Met.POLICY_MET], "open": worst[Met.CENSORED], "breached": worst[Met.POLICY_BREACHED]}
    estate = metrics.timeline.trial.estate
    by_tier = dict.fromkeys(TIERS, 0)
    for environment in np.flatnonzero(judgements.overall == Met.POLICY_BREACHED).tolist():
        by_tier[estate.spec(environment).tier] += 1
    return row | {f"breached_tier_{tier}": count for tier, count in by_tier.items()}


def _digest(metrics: Metrics, row: dict[str, int | bool | bytes]) -> bytes:
    """Of the events and of the row: equal digests mean equal worlds, event for event and number for number."""
    numbers = ",".join(f"{name}={int(value)}" for name, value in sorted(row.items()))
    text = f"{metrics.timeline.digest} {numbers}"
    return hashlib.sha256(text.encode()).hexdigest()[: DIGEST.itemsize].encode()
