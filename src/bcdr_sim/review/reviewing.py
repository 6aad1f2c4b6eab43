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

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path

from bcdr_sim.analysis import (
    Checked,
    Difference,
    Finding,
    Law,
    Severity,
    TooLargeError,
    change_findings,
    check,
    differ,
)
from bcdr_sim.errors import InputError, Problem
from bcdr_sim.loading import Document
from bcdr_sim.policy import Policy, load_policy
from bcdr_sim.policy.policy import policy_document
from bcdr_sim.review.approvals import approvals_of, with_approvals
from bcdr_sim.review.claims import ClaimsReview, claims_gone, review_claims
from bcdr_sim.review.gate_file import FILE as GATES_FILE
from bcdr_sim.review.gated_change import EMPTY, OPEN, review_gates
from bcdr_sim.review.gating import GateJudged
from bcdr_sim.review.kept_baselines import MISSING, STALE, baseline_findings
from bcdr_sim.review.loosened_gates import loosened_gates
from bcdr_sim.review.loosened_settings import loosened_settings
from bcdr_sim.review.loosening import CODE, guard, loosened, placed_guard
from bcdr_sim.review.settings import FILE, Settings, settings_of
from bcdr_sim.review.shared_laws import laws_in_force, loosened_laws, shared_laws
from bcdr_sim.review.trees import matching


class Step(StrEnum):
    """A part of a review that can be asked for alone. Guards are looked at in every one."""

    CHECK = "check"
    """Each policy proved against its laws and those of before."""
    DIFF = "diff"
    """What each policy decides otherwise."""
    TEST = "test"
    """Scenarios and policy tests."""
    BASELINES = "baselines"
    """Whether what was approved is still what is there."""
    GATES = "gates"
    """How much worse simulated worlds get."""


class Ending(StrEnum):
    """What a review comes to, the first that applies."""

    NOTHING = "nothing to look at"
    VIOLATION = "violation"
    STALE = "baseline missing or stale"
    INCONCLUSIVE = "inconclusive"
    PASS = "pass"  # noqa: S105 - a verdict, no password


@dataclass(frozen=True, slots=True)
class PolicyReview:
    """One policy file: what is found about it now, and what changed if it was there before (`difference`).

    `given_up` says which question about it has no answer, and why.
    """

    path: str
    checked: Checked | None
    difference: Difference | None
    is_new: bool
    is_gone: bool
    given_up: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Review:
    """A whole change."""

    policies: tuple[PolicyReview, ...]
    claims: tuple[ClaimsReview, ...]
    findings: tuple[Finding, ...]
    gates: tuple[GateJudged, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether there was nothing to look at, or a gate judged nothing."""
        nothing = any(
            each.kind.code == EMPTY and each.severity is not Severity.NOTE for each in self.findings
        )
        return nothing or (not self.policies and not self.claims)

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
    before: Path, after: Path, *, engine: str, allow_python: bool = False, only: Collection[Step] = ()
) -> Review:
    """Return what the change from one tree to another does; `only` names the parts to look at, all if empty.

    `engine` is the version of the program, for the baselines. With `allow_python` scenarios may name the Python policies
    that the earlier settings list; their code runs.

    Raises:
        InputError: a file of the new tree has faults; every fault of every policy is reported.
    """
    steps = frozenset(only or Step)
    settings = settings_of(before)
    python = frozenset(settings.python_policies if allow_python else ())
    laws_before, laws_after = (shared_laws(tree, settings.invariants) for tree in (before, after))
    laws = laws_in_force(laws_before, laws_after)
    guards = [guard(FILE, message) for message in loosened_settings(before, after)]
    guards += loosened_laws(laws_before, laws_after)
    findings: list[Finding] = []
    policies = []
    olds, news = (set(matching(tree, settings.policies)) for tree in (before, after))
    loaded = _loaded(after, sorted(news))
    for path in sorted(olds | news):
        subject = _Subject(path, before=before if path in olds else None, steps=steps, laws=laws)
        one, found = subject.gone() if path not in loaded else subject.review(*loaded[path], laws_after)
        policies.append(one)
        findings += found
    guards += claims_gone(before, after, settings)
    claims = review_claims(before, after, settings, python=python) if Step.TEST in steps else []
    findings += [finding for claim in claims for finding in claim.findings]
    if Step.BASELINES in steps:
        is_full = steps == frozenset(Step)
        findings += baseline_findings(before, after, settings, engine=engine, is_full=is_full)
    guards += [guard(GATES_FILE, message, name=name) for name, message in loosened_gates(before, after)]
    gates: list[GateJudged] = []
    if Step.GATES in steps:
        gates, judged = review_gates(before, after)
        findings += judged
    found = with_approvals([*findings, *guards], approvals_of(before), before, after=after)
    found.sort(key=lambda each: (each.problem.file, each.problem.line, each.kind.code))
    return Review(
        tuple(policies), tuple(claims), tuple(_graded(each, settings) for each in found), tuple(gates)
    )


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


@dataclass(frozen=True, slots=True)
class _Subject:
    """One policy file under review; `before` is the earlier tree if it was there, `laws` those of other files."""

    path: str
    before: Path | None
    steps: frozenset[Step]
    laws: tuple[Law, ...]

    def gone(self) -> tuple[PolicyReview, list[Finding]]:
        """The review of a policy that is no longer there."""
        message = f"policy {self.path} is gone, with its laws"
        gone = PolicyReview(self.path, None, None, is_new=False, is_gone=True)
        return gone, [guard(self.path, message)]

    def review(
        self, policy: Policy, document: Document, laws_after: tuple[Law, ...]
    ) -> tuple[PolicyReview, list[Finding]]:
        """The review of a policy as it is now; `laws_after` are the laws of files that the change leaves."""
        findings: list[Finding] = []
        given_up: list[str] = []
        checked, difference = None, None
        old = load_policy(self.before / self.path) if self.before is not None else None
        if Step.CHECK in self.steps:
            checked = check(policy, document, self.laws)
            findings += checked.findings
            given_up += [f"the proofs: {checked.given_up}"] if checked.given_up else []
        if old is not None:
            try:
                guards = loosened(old, policy, laws_after)
                findings += [placed_guard(self.path, each, document) for each in guards]
                if Step.CHECK in self.steps:
                    findings += _against_earlier_laws(old, policy, document)
                if Step.DIFF in self.steps:
                    difference = differ(old, policy, document)
                    findings += [*change_findings(difference.actions, document), *difference.swapped]
            except TooLargeError as error:
                given_up.append(f"the comparison with before: {error}")
        reviewed = PolicyReview(
            self.path, checked, difference, is_new=old is None, is_gone=False, given_up=tuple(given_up)
        )
        return reviewed, list(_named(findings, document.path, self.path))


def _against_earlier_laws(old: Policy, new: Policy, document: Document) -> list[Finding]:
    """Where the rules of now break a law of before that has been changed or deleted."""
    laws = tuple(law for law in old.table.invariants if law not in new.table.invariants)
    if not laws:
        return []
    judged = replace(new, table=replace(new.table, invariants=laws), values={**old.values, **new.values})
    checked = check(judged, document)
    if checked.given_up:
        raise TooLargeError(checked.given_up)
    return [
        replace(
            each,
            problem=replace(each.problem, message=f"{each.problem.message}, a law of before"),
            related=(),
        )
        for each in checked.findings
        if each.kind.code == "BCDR201"
    ]


def _named(findings: Iterable[Finding], file: str, path: str) -> Iterator[Finding]:
    """Findings of a file under its path from the top of the repository."""
    for finding in findings:
        related = tuple(replace(each, file=path) if each.file == file else each for each in finding.related)
        yield replace(finding, problem=replace(finding.problem, file=path), related=related)


def _graded(finding: Finding, settings: Settings) -> Finding:
    """A finding as grave as the settings say; a loosened guard is always what it is."""
    level = settings.severities.get(finding.kind.code)
    if level is None or finding.kind.code == CODE:
        return finding
    return replace(finding, problem=replace(finding.problem, level=level))
