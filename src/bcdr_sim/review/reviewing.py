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

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from bcdr_sim.analysis import (
    KINDS,
    Checked,
    Difference,
    Finding,
    Severity,
    TooLargeError,
    change_findings,
    check,
    differ,
)
from bcdr_sim.engine import simulate
from bcdr_sim.errors import InputError, Problem
from bcdr_sim.loading import Document, read
from bcdr_sim.metrics import measure
from bcdr_sim.policy import Policy, PolicyError, load_policy
from bcdr_sim.policy.policy import policy_document
from bcdr_sim.policy.reading import POLICY_LIMITS
from bcdr_sim.review.loosening import CODE, loosened
from bcdr_sim.review.settings import Settings, settings_of
from bcdr_sim.review.trees import matching
from bcdr_sim.scenario.document import PolicyChoice
from bcdr_sim.scenario.reading import load_scenario
from bcdr_sim.testing import is_policy_test, read_policy_test
from bcdr_sim.trial import resolve
from bcdr_sim.verdict import judge


@dataclass(frozen=True, slots=True)
class PolicyReview:
    """One policy file: what is found about it now, and what changed if it was there before (`difference`)."""

    path: str
    checked: Checked | None
    difference: Difference | None
    is_new: bool
    is_gone: bool


@dataclass(frozen=True, slots=True)
class ClaimsReview:
    """A scenario or a policy test under the policies as they are now: whether all that it claims holds, and what does not.

    `is_earlier`: the file as it stood before, which the change cannot have touched.
    """

    path: str
    is_earlier: bool
    holds: bool
    failures: tuple[str, ...]


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
    claims, gone = _claims(before, after, settings)
    findings += gone
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
        return PolicyReview(path, None, None, is_new=False, is_gone=True), [_guard(path, message)]
    policy, document = new
    checked = _proved(policy, document)
    findings = [_at(finding, path) for finding in checked.findings]
    if before is None:
        return PolicyReview(path, checked, None, is_new=True, is_gone=False), findings
    old = load_policy(before / path)
    difference = differ(old, policy, document)
    findings += [_at(finding, path) for finding in change_findings(difference.actions, document)]
    findings += [_at(finding, path) for finding in difference.swapped]
    findings += [_guard(path, each.message, name=each.name) for each in loosened(old, policy)]
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


def _guard(path: str, message: str, *, name: str = "") -> Finding:
    kind = KINDS["BCDR401"]
    problem = Problem(path, 0, 0, 0, message, level=kind.severity.value, code=kind.code)
    return Finding(kind, problem, invariant=name)


def _graded(finding: Finding, settings: Settings) -> Finding:
    """A finding as grave as the settings say; a loosened guard is always what it is."""
    level = settings.severities.get(finding.kind.code)
    if level is None or finding.kind.code == CODE:
        return finding
    return replace(finding, problem=replace(finding.problem, level=level))


# Claims ---------------------------------------------------------------------------------------------------------------


def _claims(before: Path, after: Path, settings: Settings) -> tuple[list[ClaimsReview], list[Finding]]:
    """Scenarios and policy tests of before under the policies of now, those new or changed, and what is gone."""
    patterns = (*settings.scenarios, *settings.tests)
    olds, news = matching(before, patterns), matching(after, patterns)
    found: list[ClaimsReview] = []
    gone: list[Finding] = []
    with TemporaryDirectory(prefix="bcdr-sim-") as folder:
        mixed = Path(folder) / "tree"
        shutil.copytree(before, mixed)
        for path in matching(mixed, settings.policies):
            (mixed / path).unlink()
        for path in matching(after, settings.policies):
            (mixed / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(after / path, mixed / path)
        for path in olds:
            found += _tried(mixed, path, is_earlier=True)
    for path in news:
        if path not in olds or (after / path).read_bytes() != (before / path).read_bytes():
            found += _tried(after, path, is_earlier=False)
            if path in olds:
                gone += [_guard(path, message) for message in _claims_gone(before / path, after / path)]
    gone += [_guard(path, f"{path} is gone, with what it claims") for path in olds if path not in news]
    return found, gone


def _claims_gone(old: Path, new: Path) -> Iterator[str]:
    """What the new version of a file claims no more."""
    if is_policy_test(old.name):
        left = {case.name for case in read_policy_test(new).cases}
        for case in read_policy_test(old).cases:
            if case.name not in left:
                yield f"case '{case.name}' is gone"
    else:
        kept = load_scenario(new).expect
        lost = sum(expectation not in kept for expectation in load_scenario(old).expect)
        if lost:
            yield f"{lost} of the expectations are gone or say something else"


def _tried(tree: Path, path: str, *, is_earlier: bool) -> Iterator[ClaimsReview]:
    """What became of the claims of one file; nothing if it claims nothing."""
    try:
        failures = _test_failures(tree, path) if is_policy_test(path) else _scenario_failures(tree, path)
    except PolicyError as error:
        failures = [str(error)]
    except InputError as error:
        if not is_earlier:
            raise
        failures = [problem.message for problem in error.problems]
    if failures is not None:
        yield ClaimsReview(path, is_earlier, holds=not failures, failures=tuple(failures))


def _scenario_failures(tree: Path, path: str) -> list[str] | None:
    """The expectations of a scenario that do not hold; None if it has none."""
    scenario = load_scenario(tree / path, root=tree)
    if not scenario.expect:
        return None
    chosen = (
        scenario.policy if isinstance(scenario.policy, PolicyChoice) else PolicyChoice(name=scenario.policy)
    )
    _refuse_outside(tree, path, chosen.name)
    policy = load_policy(chosen.name, chosen.parameters, folder=(tree / path).parent)
    verdict = judge(measure(simulate(resolve(scenario), policy)))
    return [finding.sentence for finding in verdict.findings if not finding.passed]


def _test_failures(tree: Path, path: str) -> list[str]:
    """The cases of a policy test that do not hold."""
    chosen = read(tree / path, limits=POLICY_LIMITS).data.get("policy")
    _refuse_outside(tree, path, str(chosen.get("name")) if isinstance(chosen, dict) else str(chosen))
    test = read_policy_test(tree / path, name=path)
    return [f"{result.name}: {result.message}" for result in test.results if not result.passed]


def _refuse_outside(tree: Path, path: str, policy: str) -> None:
    """Refuse to read a policy that lies outside of the tree."""
    if not ((tree / path).parent / policy).resolve().is_relative_to(tree.resolve()):
        message = f"the policy '{policy}' lies outside of the repository"
        raise InputError([Problem(path, 0, 0, 0, message, path="policy")])
