"""What a run comes to in one word, which is also its exit code.

A scenario with expectations is judged by them alone: it may expect a breach. Any other is judged by its objectives.
"""

from __future__ import annotations

from enum import StrEnum

from bcdr_sim.timeline import Timeline
from bcdr_sim.verdict import Met, Verdict


class Conclusion(StrEnum):
    """Whether a run is acceptable."""

    PASS = "pass"  # noqa: S105 - a verdict
    VIOLATION = "violation"
    INCONCLUSIVE = "inconclusive"
    NOTHING_RAN = "nothing ran"


def conclude(timeline: Timeline, verdict: Verdict) -> Conclusion:
    """The conclusion of a run. `INCONCLUSIVE`: something judged was still open at the horizon, and nothing was breached."""
    if timeline.trial.is_quiet:
        return Conclusion.NOTHING_RAN
    if verdict.findings:
        return Conclusion.PASS if verdict.passed else Conclusion.VIOLATION
    if verdict.breached:
        return Conclusion.VIOLATION
    return Conclusion.INCONCLUSIVE if verdict.judgements.worst == Met.CENSORED else Conclusion.PASS


def reason(verdict: Verdict, conclusion: Conclusion) -> str:
    """Why, in a few words."""
    match conclusion:
        case Conclusion.NOTHING_RAN:
            return "no outage and no maintenance before the horizon"
        case Conclusion.INCONCLUSIVE:
            return "an incident was still open at the horizon"
        case Conclusion.PASS | Conclusion.VIOLATION if verdict.findings:
            return "by the expectations of the scenario"
        case Conclusion.VIOLATION:
            return "an objective is breached"
        case Conclusion.PASS:
            judged = verdict.judgements.worst == Met.POLICY_MET
            return "all objectives are met" if judged else "no objective applies"
