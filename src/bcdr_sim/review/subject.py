"""One policy of a change: what is proved about it now, what it decides otherwise, and how often that matters."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Final

from bcdr_sim.analysis import (
    Checked,
    Difference,
    Finding,
    Law,
    TooLargeError,
    change_findings,
    check,
    clock_findings,
    differ,
)
from bcdr_sim.analysis.exploring import Explored
from bcdr_sim.errors import InputError
from bcdr_sim.loading import Document
from bcdr_sim.policy import Policy, load_policy
from bcdr_sim.policy.policy import policy_document
from bcdr_sim.review.exploration import explored_change, with_traces
from bcdr_sim.review.exposure import Exposure, exposure_of
from bcdr_sim.review.loosening import guard, loosened, placed_guard
from bcdr_sim.review.policy_files import scenarios_of

WORLDS_WEIGHED: Final = 5
"""So many worlds of each scenario weigh what changed. Assumption: enough to see who is concerned; how much is for gates."""


class Step(StrEnum):
    """A part of a review that can be asked for alone. Guards are looked at in every one."""

    CHECK = "check"
    """Each policy proved against its laws and those of before."""
    DIFF = "diff"
    """What each policy decides otherwise."""
    EXPLORE = "explore"
    """Each changed policy in every order of events, within a budget."""
    TEST = "test"
    """Scenarios and policy tests."""
    BASELINES = "baselines"
    """Whether what was approved is still what is there."""
    GATES = "gates"
    """How much worse simulated worlds get."""


@dataclass(frozen=True, slots=True)
class PolicyReview:
    """One policy file: what is found about it now, and what changed if it was there before (`difference`).

    `exposure` weighs the difference by the scenarios of before that play the policy, if what it does differs. `given_up`
    says which question about it has no answer, and why. `explored` is how far every order of events was tried, if it was.
    """

    path: str
    checked: Checked | None
    difference: Difference | None
    is_new: bool
    is_gone: bool
    given_up: tuple[str, ...] = ()
    exposure: Exposure | None = None
    explored: Explored | None = None


@dataclass(frozen=True, slots=True)
class Subject:
    """One policy file under review.

    `before` is the earlier tree if it was there, at `path` or, if that is given, at `path_before`; `laws` are those of other
    files in force, `laws_before` those of the earlier tree among them, `scenarios` patterns.
    """

    path: str
    before: Path | None
    steps: frozenset[Step]
    laws: tuple[Law, ...]
    laws_before: tuple[Law, ...] = ()
    scenarios: tuple[str, ...] = ()
    path_before: str = ""

    @property
    def file_before(self) -> Path | None:
        """The file that it was before."""
        return None if self.before is None else self.before / (self.path_before or self.path)

    def gone(self, heir: str = "") -> tuple[PolicyReview, list[Finding]]:
        """The review of a policy that is no longer there; `heir` is the file that it seems to have become."""
        message = f"policy {self.path} is gone, with its laws"
        if heir:
            message += f"; {heir} looks like it under another name, so what was claimed of the one is tried with the other"
        gone = PolicyReview(self.path, None, None, is_new=False, is_gone=True)
        return gone, [guard(self.path, message)]

    def review(
        self, policy: Policy, document: Document, laws_after: tuple[Law, ...]
    ) -> tuple[PolicyReview, list[Finding]]:
        """The review of a policy as it is now; `laws_after` are the laws of files that the change leaves."""
        findings: list[Finding] = []
        given_up: list[str] = []
        checked, difference = None, None
        old = load_policy(self.file_before) if self.file_before is not None else None
        if Step.CHECK in self.steps:
            checked = check(policy, document, self.laws, ranges=True)
            findings += checked.findings
            given_up += [f"the proofs: {checked.given_up}"] if checked.given_up else []
        if old is not None:
            try:
                guards = loosened(old, policy, laws_after, shared_before=self.laws_before)
                findings += [placed_guard(self.path, each, document) for each in guards]
                if Step.CHECK in self.steps:
                    findings += _against_earlier_laws(old, policy, document)
                if Step.DIFF in self.steps:
                    difference = differ(old, policy, document)
                    findings += clock_findings(difference.clock, document)
                    findings += [*change_findings(difference.actions, document), *difference.swapped]
            except TooLargeError as error:
                given_up.append(f"the comparison with before: {error}")
        explored = self._explored(old, policy, document)
        findings = with_traces(findings, explored)
        reviewed = PolicyReview(
            self.path,
            checked,
            difference,
            is_new=old is None,
            is_gone=False,
            given_up=tuple(given_up),
            exposure=self._exposure(old, policy, difference),
            explored=explored,
        )
        return reviewed, list(_named(findings, document.path, self.path))

    def _explored(self, old: Policy | None, new: Policy, document: Document) -> Explored | None:
        """How far every order of events was tried; None if that is not asked for, or nothing changed."""
        if Step.EXPLORE not in self.steps:
            return None
        before = policy_document(self.file_before) if self.file_before is not None else None
        return explored_change(new, document, self.laws, old=old, old_document=before)

    def _exposure(self, old: Policy | None, new: Policy, difference: Difference | None) -> Exposure | None:
        """How often simulated incidents of before come by what is done otherwise; None if that is not known."""
        if old is None or self.before is None or difference is None or not difference.actions:
            return None
        scenarios = scenarios_of(self.before, self.scenarios, self.path_before or self.path)
        if not scenarios:
            return None
        try:
            return exposure_of(
                old,
                new,
                difference,
                scenarios=scenarios,
                replication_count=WORLDS_WEIGHED,
                root=self.before,
            )
        except InputError:  # one that a scenario of before cannot be played with is told where it is tried
            return None


def _against_earlier_laws(old: Policy, new: Policy, document: Document) -> list[Finding]:
    """Where the rules of now break a law of before that has been changed or deleted."""
    laws = tuple(law for law in old.table.invariants if law not in new.table.invariants)
    if not laws:
        return []
    judged = replace(new, table=replace(new.table, invariants=laws), values={**old.values, **new.values})
    checked = check(judged, document, ranges=True)
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
