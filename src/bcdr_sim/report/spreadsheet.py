"""The incidents of a run as CSV: one row each, exact milliseconds, empty where there is nothing."""

from __future__ import annotations

import csv
import io

from bcdr_sim.metrics import Incident, Metrics
from bcdr_sim.timeline.columns import OWNERS
from bcdr_sim.verdict import Judgement, Objective, Verdict

_LOSS_PARTS = ("age_ms", "writing_ms", "writes")
COLUMNS: tuple[str, ...] = (
    *("replication", "environment", "customer", "tier", "region", "outage", "outcome", "start_ms"),
    *("rta_ms", "at_least_ms", "declared_to_rta_ms", "censored", "main_hold"),
    *(f"{owner}_ms" for owner in OWNERS),
    *(f"loss_{kind}_{part}" for kind in ("potential", "realised", "permanent") for part in _LOSS_PARTS),
    *("rto_verdict", "rpo_verdict", "mtpd_verdict"),
)
"""Head of the file. `loss_*_writing_ms` is the time in which the lost writes were made."""


def run_csv(metrics: Metrics, verdict: Verdict) -> str:
    """All incidents, by environment name and then in time."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    rows = metrics.incident_columns.environment.tolist()
    for number, incident in enumerate(metrics.incident_list()):
        writer.writerow(_row(metrics, incident, row=rows[number], judged=verdict.judgements.incident(number)))
    return text.getvalue()


def _row(metrics: Metrics, incident: Incident, *, row: int, judged: list[Judgement]) -> list[object]:
    trial = metrics.timeline.trial
    spec = trial.estate.spec(row)
    owned = [sum(line.ms for line in incident.ledger if line.owner == owner) for owner in OWNERS]
    losses = [
        None if loss is None else getattr(loss, part)
        for loss in (incident.potential, incident.realised, incident.permanent)
        for part in _LOSS_PARTS
    ]
    met = {judgement.objective: judgement.met.label for judgement in judged}
    return [
        *(trial.draws.replication, incident.environment, spec.customer_name, spec.tier, incident.region),
        *(incident.outage, incident.outcome.label, incident.start_ms, incident.rta_ms, incident.at_least_ms),
        *(incident.declared_to_rta_ms, str(incident.censored).lower(), incident.main_hold),
        *owned,
        *losses,
        *(met[objective] for objective in (Objective.RTO, Objective.RPO, Objective.MTPD)),
    ]
