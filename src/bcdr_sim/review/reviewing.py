"""`review`: what a change of a policy repository does, judged by what stood there before.

Rules.

* Settings, laws, scenarios, policy tests and approvals are those of the earlier tree, so no change can delete its guard.
  Those of the new tree are looked at as well.
* A guard that is gone or weaker is a finding of its own (BCDR401), whatever else the change does and whichever part of the
  review was asked for: a law, a range, a setting, a scenario, a case, a baseline. It passes only if the earlier tree
  approves it.
* Only data are read. A policy is a table; nothing of either tree is executed. A policy in Python runs only if it is
  installed, the earlier settings list it, and whoever calls allows any.
* Nothing to look at is no success, and neither is a question that was given up.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path

from bcdr_sim.analysis import (
    Finding,
    Severity,
)
from bcdr_sim.errors import InputError, Problem
from bcdr_sim.loading import Document
from bcdr_sim.policy import Policy, load_policy
from bcdr_sim.policy.policy import policy_document
from bcdr_sim.review.approvals import approvals_of, with_approvals
from bcdr_sim.review.claims import ClaimsReview, review_claims
from bcdr_sim.review.gated_change import EMPTY, OPEN, review_gates
from bcdr_sim.review.gating import GateJudged
from bcdr_sim.review.idleness import idle_parts
from bcdr_sim.review.kept_baselines import MISSING, STALE, baseline_findings
from bcdr_sim.review.loosened_gates import loosened_gates
from bcdr_sim.review.loosened_settings import loosened_settings
from bcdr_sim.review.loosening import CODE
from bcdr_sim.review.lost_claims import claims_gone
from bcdr_sim.review.policy_files import heirs_of, policy_files
from bcdr_sim.review.settings import Settings, settings_of
from bcdr_sim.review.shared_laws import laws_in_force, loosened_laws, shared_laws
from bcdr_sim.review.subject import PolicyReview, Step, Subject
from bcdr_sim.review.trees import is_plain


class Ending(StrEnum):
    """What a review comes to, the first that applies."""

    NOTHING = "nothing to look at"
    VIOLATION = "violation"
    STALE = "baseline missing or stale"
    INCONCLUSIVE = "inconclusive"
    PASS = "pass"  # noqa: S105 - a verdict, no password


@dataclass(frozen=True, slots=True)
class Review:
    """A whole change. `is_behind`: what it is judged by has commits that it lacks, and they look undone.

    `steps` are the parts that were looked at; `idle` those that were asked for by name and had nothing to look at, and why.
    """

    policies: tuple[PolicyReview, ...]
    claims: tuple[ClaimsReview, ...]
    findings: tuple[Finding, ...]
    gates: tuple[GateJudged, ...] = ()
    is_behind: bool = False
    steps: frozenset[Step] = frozenset(Step)
    idle: Mapping[Step, str] = field(default_factory=dict)

    @property
    def is_empty(self) -> bool:
        """Whether there was nothing to look at in all that was asked for, or a gate judged nothing."""
        nothing = any(
            each.kind.code == EMPTY and each.severity is not Severity.NOTE for each in self.findings
        )
        return nothing or self.steps == self.idle.keys() or (not self.policies and not self.claims)

    @property
    def ending(self) -> Ending:
        """What it comes to."""
        errors = {finding.kind.code for finding in self.findings if finding.severity is Severity.ERROR}
        kept = {MISSING, STALE}
        if errors - kept or not all(each.holds for each in self.claims):
            return Ending.VIOLATION
        if errors:
            return Ending.STALE
        is_open = any(each.kind.code == OPEN and each.severity is not Severity.NOTE for each in self.findings)
        if is_open or any(each.given_up for each in self.policies):
            return Ending.INCONCLUSIVE
        return Ending.NOTHING if self.is_empty else Ending.PASS

    @property
    def passed(self) -> bool:
        """Whether there is no error, every expectation holds, and every question has an answer."""
        return self.ending is Ending.PASS


def review(
    before: Path,
    after: Path,
    *,
    engine: str,
    allow_python: bool = False,
    only: Collection[Step] = (),
    unusable: Sequence[Finding] = (),
) -> Review:
    """Return what the change from one tree to another does; `only` names the parts to look at, all if empty.

    `engine` is the version of the program, for the baselines. With `allow_python` scenarios may name the Python policies
    that the earlier settings list; their code runs. `unusable` says which files were left out of the earlier tree.

    Raises:
        InputError: a file of the new tree has faults; every fault of every policy is reported.
    """
    steps = frozenset(only or Step)
    settings = settings_of(before)
    python = frozenset(settings.python_policies if allow_python else ())
    laws_before, laws_after = (shared_laws(tree, settings.invariants) for tree in (before, after))
    laws = laws_in_force(laws_before, laws_after)
    guards = [*loosened_settings(before, after)]
    guards += loosened_laws(laws_before, laws_after)
    findings = [*unusable]
    policies = []
    olds, news = (policy_files(tree, settings) for tree in (before, after))
    news |= {path for path in olds if is_plain(after, path)}
    loaded = _loaded(after, sorted(news))
    heirs = heirs_of(before, sorted(olds - news), {path: loaded[path][0] for path in sorted(news - olds)})
    origins = {now: was for was, now in heirs.items()}
    for path in sorted(olds | news):
        subject = Subject(
            path,
            before=before if path in olds or path in origins else None,
            path_before=origins.get(path, ""),
            steps=steps,
            laws=laws,
            laws_before=laws_before,
            scenarios=tuple(settings.scenarios),
        )
        gone = path not in loaded
        one, found = subject.gone(heirs.get(path, "")) if gone else subject.review(*loaded[path], laws_after)
        policies.append(one)
        findings += found
    guards += claims_gone(before, after, settings)
    claims = (
        review_claims(before, after, settings, policies=olds | news, heirs=heirs, python=python)
        if Step.TEST in steps
        else []
    )
    findings += [finding for claim in claims for finding in claim.findings]
    if Step.BASELINES in steps:
        is_full = steps == frozenset(Step)
        findings += baseline_findings(before, after, settings, engine=engine, is_full=is_full)
    guards += loosened_gates(before, after)
    gates: list[GateJudged] = []
    if Step.GATES in steps:
        gates, judged = review_gates(before, after)
        findings += judged
    idle = idle_parts(only, (before, after), policies=policies, claims=claims)
    found = with_approvals([*findings, *guards], approvals_of(before), before, after=after)
    found.sort(key=lambda each: (each.problem.file, each.problem.line, each.kind.code))
    graded = tuple(_graded(each, settings) for each in found)
    return Review(tuple(policies), tuple(claims), graded, tuple(gates), steps=steps, idle=idle)


def _loaded(tree: Path, paths: list[str]) -> dict[str, tuple[Policy, Document]]:
    """The policies of a tree with their documents, named by their paths; all faults at once."""
    found: dict[str, tuple[Policy, Document]] = {}
    problems: list[Problem] = []
    for path in paths:
        try:
            found[path] = load_policy(tree / path), policy_document(tree / path)
        except InputError as error:
            problems += [replace(problem, file=path) for problem in error.problems]
    if problems:
        raise InputError(problems)
    return found


def _graded(finding: Finding, settings: Settings) -> Finding:
    """A finding as grave as the settings say; a loosened guard is always what it is."""
    level = settings.severities.get(finding.kind.code)
    if level is None or finding.kind.code == CODE:
        return finding
    return replace(finding, problem=replace(finding.problem, level=level))
