"""One run as one JSON object, `schema: bcdr-sim/run/1`: what `run --format json` prints and other programs read.

Keys stand in the order in which they are written here, environments by name, incidents in time. Times are integer ms,
shares are numbers in 0..1, and null means that there is nothing behind the number. The schema is `data/run.schema.json`.
"""

from __future__ import annotations

from typing import Any

from bcdr_sim.events import RESTORES
from bcdr_sim.metrics import Incident, Metrics
from bcdr_sim.metrics.accounts import Account
from bcdr_sim.metrics.totals import FAILBACKS, FAILOVERS, Availability, Spread, Total, availability_of
from bcdr_sim.replication import Loss
from bcdr_sim.timeline import Timeline
from bcdr_sim.verdict import Finding, Judgement, Met, Verdict

SCHEMA = "bcdr-sim/run/1"
"""Name and version of the form; a change that a reader must know of gets the next number."""

Document = dict[str, Any]


def run_document(timeline: Timeline, metrics: Metrics, verdict: Verdict) -> Document:
    """The whole run as plain data, ready for `json.dumps`."""
    totals = metrics.totals
    return {
        "schema": SCHEMA,
        "scenario": timeline.trial.scenario.name,
        "provenance": dict(timeline.provenance),
        "digest": timeline.digest,
        "horizon_ms": timeline.trial.horizon_ms,
        "events": len(timeline),
        "passed": verdict.passed,
        "verdicts": verdict.judgements.counts(),
        "expectations": [_finding(finding) for finding in verdict.findings],
        "fleet": _total(totals.fleet, verdict),
        "covered": _total(totals.covered, verdict),
        "customers": {name: _total(total, verdict) for name, total in totals.customers.items()},
        "tiers": {str(tier): _total(total, verdict) for tier, total in totals.tiers.items()},
        "environments": _environments(metrics, verdict),
    }


def _environments(metrics: Metrics, verdict: Verdict) -> list[Document]:
    incidents = metrics.incident_list()
    starts = metrics.incident_starts.tolist()
    count = len(metrics.timeline.trial.estate)
    failovers, failbacks = metrics.move_counts(FAILOVERS), metrics.move_counts(FAILBACKS)
    restores = metrics.move_counts(RESTORES)
    split_ms = metrics.split_brain_ms()
    return [
        {
            **_environment(metrics, row),
            "failovers": failovers[row],
            "failbacks": failbacks[row],
            "restores": restores[row],
            "split_brain_ms": split_ms[row],
            "verdict": Met(int(verdict.judgements.overall[row])).label,
            "objectives": _judgements(verdict.judgements.environment(row)),
            "incidents": [
                _incident(incidents[number], verdict.judgements.incident(number))
                for number in range(starts[row], starts[row + 1])
            ],
        }
        for row in range(count)
    ]


def _environment(metrics: Metrics, row: int) -> Document:
    estate, clocks = metrics.timeline.trial.estate, metrics.clocks
    spec, booked, availability = estate.spec(row), clocks.booked[row].tolist(), availability_of(metrics, row)
    return {
        "name": estate.names[row],
        "type": spec.type,
        "customer": spec.customer_name,
        "tier": spec.tier,
        "region": estate.regions[spec.home],
        "covered": spec.eligible,
        "lifetime_ms": int(metrics.lifetime_ms[row]),
        "up_ms": booked[Account.UP],
        "degraded_ms": booked[Account.DEGRADED],
        "planned_ms": booked[Account.PLANNED],
        "downtime_ms": booked[Account.DOWN],
        **_availability(availability),
        "unprotected_ms": int(clocks.unprotected_ms[row]),
        "without_copy_ms": int(clocks.without_copy_ms[row]),
        "without_functions_ms": int(clocks.without_functions_ms[row]),
        "commits_slowed_ms": int(clocks.commits_slowed_ms[row]),
        "commits_stopped_ms": int(clocks.commits_stopped_ms[row]),
        "consents_asked": int(metrics.answers.asked[row]),
        "consents_granted": int(metrics.answers.granted[row]),
    }


def _incident(incident: Incident, judgements: list[Judgement]) -> Document:
    return {
        "outage": incident.outage,
        "region": incident.region,
        "outcome": incident.outcome.label,
        "start_ms": incident.start_ms,
        "end_ms": incident.end_ms,
        "rta_ms": incident.rta_ms,
        "censored": incident.censored,
        "at_least_ms": incident.at_least_ms,
        "technical_ms": incident.technical_ms,
        "declared_to_rta_ms": incident.declared_to_rta_ms,
        "detect_ms": incident.detect_ms,
        "communicate_ms": incident.communicate_ms,
        "ledger": [
            {"phase": line.phase, "owner": line.owner or None, "ms": line.ms} for line in incident.ledger
        ],
        "holds": [{"reason": hold.reason, "ms": hold.ms} for hold in incident.holds],
        "loss": {
            "potential": _loss(incident.potential),
            "realised": _loss(incident.realised),
            "permanent": _loss(incident.permanent),
        },
        "unbounded": incident.unbounded,
        "objectives": _judgements(judgements),
    }


def _availability(availability: Availability) -> Document:
    return {
        "availability": availability.unplanned,
        "availability_as_users_see": availability.as_users_see,
        "availability_by_capability": availability.by_capability,
    }


def _loss(loss: Loss | None) -> Document:
    if loss is None:
        return {"age_ms": None, "lost_writes_ms": None, "writes": None}
    return {"age_ms": loss.age_ms, "lost_writes_ms": loss.writing_ms, "writes": loss.writes}


def _judgements(judgements: list[Judgement]) -> Document:
    return {
        judgement.objective.value: {
            "verdict": judgement.met.label,
            "objective_ms": judgement.objective_ms,
            "actual_ms": judgement.actual_ms,
            "reason": judgement.reason,
        }
        for judgement in judgements
    }


def _total(total: Total, verdict: Verdict) -> Document:
    return {
        "environments": total.environments,
        "incidents": total.incidents,
        "closed": total.closed,
        "censored": total.censored,
        "unbounded": total.unbounded,
        "outcomes": total.outcomes,
        "rta_ms": _spread(total.rta),
        "downtime_ms": total.down_ms,
        "planned_ms": total.planned_ms,
        "degraded_ms": total.degraded_ms,
        "unprotected_ms": total.unprotected_ms,
        "without_copy_ms": total.without_copy_ms,
        "without_functions_ms": total.without_functions_ms,
        "commits_slowed_ms": total.commits_slowed_ms,
        "commits_stopped_ms": total.commits_stopped_ms,
        **_availability(total.availability),
        "availability_worst": total.worst,
        "failovers": total.failovers,
        "failbacks": total.failbacks,
        "restores": total.restores,
        "failovers_after_return": total.after_return,
        "consents_asked": total.consents_asked,
        "consents_granted": total.consents_granted,
        "split_brains": total.split_brains,
        "split_brain_ms": total.split_brain_ms,
        "verdicts": verdict.judgements.counts(total.members),
    }


def _spread(spread: Spread) -> Document:
    return {
        "n": spread.n,
        "n_censored": spread.n_censored,
        "mean": spread.mean,
        "p50": spread.p50,
        "p90": spread.p90,
        "p95": spread.p95,
        "p99": spread.p99,
        "max": spread.most,
    }


def _finding(finding: Finding) -> Document:
    return {
        "number": finding.number,
        "environments": finding.environments,
        "passed": finding.passed,
        "sentence": finding.sentence,
        "mismatches": [
            {
                "environment": mismatch.who,
                "key": mismatch.key,
                "expected": mismatch.expected,
                "actual": mismatch.actual,
            }
            for mismatch in finding.mismatches
        ],
        "mismatch_count": finding.mismatch_count,
    }
