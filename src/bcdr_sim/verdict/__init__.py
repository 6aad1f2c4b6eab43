"""Metrics against what was wanted: objectives per environment and tier, and the expectations of a scenario.

Whether a run is acceptable is for whoever runs it: `Verdict.passed` speaks of expectations only, `Verdict.breached` of
objectives.
"""

from __future__ import annotations

from dataclasses import dataclass

from bcdr_sim.metrics import Metrics
from bcdr_sim.scenario.document import Scenario
from bcdr_sim.verdict.expected import Finding, Mismatch, check
from bcdr_sim.verdict.objectives import Judgement, Judgements, Met, Objective, judge_objectives

__all__ = ["Finding", "Judgement", "Judgements", "Met", "Mismatch", "Objective", "Verdict", "judge"]


@dataclass(frozen=True)
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


def judge(metrics: Metrics, scenario: Scenario | None = None) -> Verdict:
    """Judge metrics against the objectives of their estate and the expectations of `scenario` (or of the one run)."""
    judgements = judge_objectives(metrics)
    expectations = (scenario or metrics.timeline.trial.scenario).expect
    findings = [
        check(metrics, judgements, expectation, number=number)
        for number, expectation in enumerate(expectations, start=1)
    ]
    return Verdict(judgements, tuple(findings))
