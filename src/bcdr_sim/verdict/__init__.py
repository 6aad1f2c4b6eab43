"""Metrics against what was wanted: objectives per environment and tier, and the expectations of a scenario.

Whether a run is acceptable is for whoever runs it: `Verdict.passed` speaks of expectations only, `Verdict.breached` of
objectives.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bcdr_sim.metrics import Metrics
from bcdr_sim.scenario.document import Scenario
from bcdr_sim.verdict.expected import Finding, Mismatch, check
from bcdr_sim.verdict.objectives import Judgement, Judgements, Met, Objective, judge_objectives

if TYPE_CHECKING:
    from pandas import DataFrame

__all__ = ["Finding", "Judgement", "Judgements", "Met", "Mismatch", "Objective", "Verdict", "judge"]


@dataclass(frozen=True, repr=False)
class Verdict:
    """What a run is worth: objectives judged per incident, and one finding per expectation of the scenario, in its order."""

    judgements: Judgements
    findings: tuple[Finding, ...]

    @property
    def passed(self) -> bool:
        """Whether every expectation holds. True without expectations."""
        return all(finding.passed for finding in self.findings)

    @property
    def breached(self) -> bool:
        """Whether any objective is breached."""
        return self.judgements.worst == Met.POLICY_BREACHED

    def incidents(self) -> DataFrame:
        """One row per incident as `Metrics.incidents` gives it, with `rto_verdict`, `rpo_verdict` and `mtpd_verdict`."""
        import pandas as pd

        table = self.judgements.metrics.incidents()
        labels = pd.Index([met.label for met in Met], dtype="str")
        for objective, codes in self.judgements.of_incident.items():
            table[f"{objective.value}_verdict"] = pd.Categorical.from_codes(
                codes.astype("int64"), categories=labels
            )
        return table

    def __repr__(self) -> str:
        """What came out, in one line."""
        failed = sum(not finding.passed for finding in self.findings)
        counts = ", ".join(f"{count} {label}" for label, count in self.judgements.counts().items() if count)
        return f"<Verdict: {counts}; {failed} of {len(self.findings)} expectations failed>"


def judge(metrics: Metrics, scenario: Scenario | None = None) -> Verdict:
    """Judge metrics against the objectives of their estate and the expectations of `scenario` (or of the one run)."""
    judgements = judge_objectives(metrics)
    expectations = (scenario or metrics.timeline.trial.scenario).expect
    findings = [
        check(metrics, judgements, expectation, number=number)
        for number, expectation in enumerate(expectations, start=1)
    ]
    return Verdict(judgements, tuple(findings))
