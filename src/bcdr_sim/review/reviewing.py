"""`review`: what a change of a policy repository does, judged by what stood there before.

Rules.

* Settings, laws, scenarios and policy tests are those of the earlier tree, so no change can delete its guard. Those of
  the new tree are looked at as well.
* A guard that is gone or weaker is a finding of its own (BCDR401), whatever else the change does: a law, a range, a
  scenario, a case. It is passed by being in the earlier tree already.
* Only data are read. A policy is a table; nothing of either tree is executed.
* Nothing to look at is no success.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from bcdr_sim.analysis import (
    Checked,
    Difference,
    Finding,
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
from bcdr_sim.review.claims import ClaimsReview, review_claims
from bcdr_sim.review.loosening import CODE, guard, loosened, placed_guard
from bcdr_sim.review.settings import Settings, settings_of
from bcdr_sim.review.trees import matching


@dataclass(frozen=True, slots=True)
class PolicyReview:
    """One policy file: what is found about it now, and what changed if it was there before (`difference`)."""

    path: str
    checked: Checked | None
    difference: Difference | None
    is_new: bool
    is_gone: bool


@dataclass(frozen=True, slots=True)
class Review:
    """A whole change."""

    policies: tuple[PolicyReview, ...]
    claims: tuple[ClaimsReview, ...]
    findings: tuple[Finding, ...]

    @property
    def is_empty(self) -> bool:
        """Whether there was nothing to look at."""
        return not self.policies and not self.claims

    @property
    def passed(self) -> bool:
        """Whether there is no error and every expectation holds."""
        fine = all(finding.severity is not Severity.ERROR for finding in self.findings)
        return fine and all(each.holds for each in self.claims)


def review(before: Path, after: Path) -> Review:
    """Return what the change from one tree to another does.

    Raises:
        InputError: a file of the new tree has faults; every fault of every policy is reported.
        TooLargeError: a proof outgrows its limit.
    """
    settings = settings_of(before)
    policies, findings = [], []
    olds, news = (set(matching(tree, settings.policies)) for tree in (before, after))
    loaded = _loaded(after, sorted(news))
    for path in sorted(olds | news):
        one, found = _policy(path, before=before if path in olds else None, new=loaded.get(path))
        policies.append(one)
        findings += found
    claims, gone = review_claims(before, after, settings)
    findings += gone
    findings += [finding for claim in claims for finding in claim.findings]
    findings.sort(key=lambda each: (each.problem.file, each.problem.line, each.kind.code))
    return Review(tuple(policies), tuple(claims), tuple(_graded(each, settings) for each in findings))


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


def _policy(
    path: str, *, before: Path | None, new: tuple[Policy, Document] | None
) -> tuple[PolicyReview, list[Finding]]:
    """One policy file in both trees."""
    if new is None:
        message = f"policy {path} is gone, with its laws"
        return PolicyReview(path, None, None, is_new=False, is_gone=True), [guard(path, message)]
    policy, document = new
    checked = _proved(policy, document)
    findings = [_at(finding, path) for finding in checked.findings]
    if before is None:
        return PolicyReview(path, checked, None, is_new=True, is_gone=False), findings
    old = load_policy(before / path)
    difference = differ(old, policy, document)
    findings += [_at(finding, path) for finding in change_findings(difference.actions, document)]
    findings += [_at(finding, path) for finding in difference.swapped]
    findings += [placed_guard(path, each, document) for each in loosened(old, policy)]
    findings += [_at(finding, path) for finding in _against_earlier_laws(old, policy, document)]
    return PolicyReview(path, checked, difference, is_new=False, is_gone=False), findings


def _proved(policy: Policy, document: Document) -> Checked:
    """What is found about a policy; a table that was given up has no findings, which is not the same as being right.

    Raises:
        TooLargeError: it was given up.
    """
    checked = check(policy, document)
    if checked.given_up:
        raise TooLargeError(f"{policy.name}: {checked.given_up}")
    return checked


def _against_earlier_laws(old: Policy, new: Policy, document: Document) -> list[Finding]:
    """Where the rules of now break a law of before that has been changed or deleted."""
    laws = tuple(law for law in old.table.invariants if law not in new.table.invariants)
    if not laws:
        return []
    judged = replace(new, table=replace(new.table, invariants=laws), values={**old.values, **new.values})
    found = [each for each in _proved(judged, document).findings if each.kind.code == "BCDR201"]
    return [
        replace(
            each,
            problem=replace(each.problem, message=f"{each.problem.message}, a law of before"),
            related=(),
        )
        for each in found
    ]


def _at(finding: Finding, path: str) -> Finding:
    return replace(finding, problem=replace(finding.problem, file=path))


def _graded(finding: Finding, settings: Settings) -> Finding:
    """A finding as grave as the settings say; a loosened guard is always what it is."""
    level = settings.severities.get(finding.kind.code)
    if level is None or finding.kind.code == CODE:
        return finding
    return replace(finding, problem=replace(finding.problem, level=level))
