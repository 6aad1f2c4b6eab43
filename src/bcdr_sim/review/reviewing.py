"""`review`: what a change of a policy repository does, judged by what stood there before.

Rules.

* Settings, laws and scenarios are those of the earlier tree, so no change can delete its guard. Those of the new tree are
  looked at as well.
* A guard that is gone or weaker is a finding of its own (BCDR401), whatever else the change does: a law, a range, a
  scenario. It is passed by being in the earlier tree already.
* Only data are read. A policy is a table; nothing of either tree is executed.
* Nothing to look at is no success.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from bcdr_sim.analysis import KINDS, Checked, Difference, Finding, Severity, TooLargeError, check, differ
from bcdr_sim.engine import simulate
from bcdr_sim.errors import InputError, Problem
from bcdr_sim.loading import Document
from bcdr_sim.metrics import measure
from bcdr_sim.policy import Policy, PolicyError, load_policy
from bcdr_sim.policy.policy import policy_document
from bcdr_sim.review.loosening import CODE, loosened
from bcdr_sim.review.settings import Settings, settings_of
from bcdr_sim.review.trees import matching
from bcdr_sim.scenario.document import PolicyChoice, Scenario
from bcdr_sim.scenario.reading import load_scenario
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
class ScenarioReview:
    """One scenario under the policies as they are now: whether its expectations hold, and what does not.

    `is_earlier`: the scenario as it stood before, which the change cannot have touched.
    """

    path: str
    is_earlier: bool
    holds: bool
    failures: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Review:
    """A whole change."""

    policies: tuple[PolicyReview, ...]
    scenarios: tuple[ScenarioReview, ...]
    findings: tuple[Finding, ...]

    @property
    def is_empty(self) -> bool:
        """Whether there was nothing to look at."""
        return not self.policies and not self.scenarios

    @property
    def passed(self) -> bool:
        """Whether there is no error and every expectation holds."""
        fine = all(finding.severity is not Severity.ERROR for finding in self.findings)
        return fine and all(scenario.holds for scenario in self.scenarios)


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
    scenarios, gone = _scenarios(before, after, settings)
    findings += gone
    findings.sort(key=lambda each: (each.problem.file, each.problem.line, each.kind.code))
    return Review(tuple(policies), tuple(scenarios), tuple(_graded(each, settings) for each in findings))


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


# Scenarios ------------------------------------------------------------------------------------------------------------


def _scenarios(before: Path, after: Path, settings: Settings) -> tuple[list[ScenarioReview], list[Finding]]:
    """The scenarios of the earlier tree under the policies of now, and those of the new tree that are new or changed."""
    olds, news = matching(before, settings.scenarios), matching(after, settings.scenarios)
    found: list[ScenarioReview] = []
    with TemporaryDirectory(prefix="bcdr-sim-") as folder:
        mixed = Path(folder) / "tree"
        shutil.copytree(before, mixed)
        for path in matching(mixed, settings.policies):
            (mixed / path).unlink()
        for path in matching(after, settings.policies):
            (mixed / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(after / path, mixed / path)
        found += [each for path in olds for each in _played(mixed, path, is_earlier=True)]
    for path in news:
        if path not in olds or (after / path).read_bytes() != (before / path).read_bytes():
            found += _played(after, path, is_earlier=False)
    gone = [
        _guard(path, f"scenario {path} is gone, with its expectations") for path in olds if path not in news
    ]
    return found, gone


def _played(tree: Path, path: str, *, is_earlier: bool) -> Iterator[ScenarioReview]:
    """The outcome of one scenario; none if it expects nothing."""
    try:
        scenario = load_scenario(tree / path, root=tree)
        if not scenario.expect:
            return
        verdict = judge(measure(simulate(resolve(scenario), _policy_of(scenario, tree, path))))
    except PolicyError as error:
        yield ScenarioReview(path, is_earlier, holds=False, failures=(str(error),))
        return
    except InputError as error:
        if not is_earlier:
            raise
        yield ScenarioReview(
            path, is_earlier, holds=False, failures=tuple(each.message for each in error.problems)
        )
        return
    failures = tuple(finding.sentence for finding in verdict.findings if not finding.passed)
    yield ScenarioReview(path, is_earlier, holds=verdict.passed, failures=failures)


def _policy_of(scenario: Scenario, tree: Path, path: str) -> Policy:
    """The policy that a scenario names: built in, or a file of the tree."""
    chosen = (
        scenario.policy if isinstance(scenario.policy, PolicyChoice) else PolicyChoice(name=scenario.policy)
    )
    folder = (tree / path).parent
    if not (folder / chosen.name).resolve().is_relative_to(tree.resolve()):
        message = f"the policy '{chosen.name}' lies outside of the repository"
        raise InputError([Problem(path, 0, 0, 0, message, path="policy")])
    return load_policy(chosen.name, chosen.parameters, folder=folder)
