"""Claims under review: scenarios and policy tests of before under the policies of now, and those that are new or changed."""

from __future__ import annotations

import shutil
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from bcdr_sim.analysis import Finding
from bcdr_sim.errors import InputError
from bcdr_sim.loading import read
from bcdr_sim.policy.reading import POLICY_LIMITS
from bcdr_sim.review.composition import changed_parts
from bcdr_sim.review.settings import Settings
from bcdr_sim.review.trees import is_plain, matching, refuse_outside
from bcdr_sim.scenario.document import PolicyChoice
from bcdr_sim.scenario.reading import load_scenario
from bcdr_sim.testing import Kind, Result, is_policy_test, read_policy_test, read_scenario_test


@dataclass(frozen=True, slots=True)
class ClaimsReview:
    """A scenario or a policy test under the policies as they are now: whether all that it claims holds, and what does not.

    `is_earlier`: the file as it stood before, which the change cannot have touched. `findings` say the same as `failures`,
    with their places. `results` are all claims of the file.
    """

    path: str
    is_earlier: bool
    holds: bool
    failures: tuple[str, ...]
    findings: tuple[Finding, ...] = ()
    results: tuple[Result, ...] = ()


def review_claims(
    before: Path,
    after: Path,
    settings: Settings,
    *,
    policies: Collection[str],
    heirs: Mapping[str, str],
    python: frozenset[str],
) -> list[ClaimsReview]:
    """Try the claims of before under the policies of now, and those of now that are new or changed.

    `policies` are the files of both trees that are policies, `heirs` what those that are gone seem to have become; `python`
    names the Python policies that may run.

    Raises:
        InputError: a file of the change has faults.
    """
    patterns = (*settings.scenarios, *settings.tests)
    olds, news = matching(before, patterns), matching(after, patterns)
    found: list[ClaimsReview] = []
    with TemporaryDirectory(prefix="bcdr-sim-") as folder:
        mixed = Path(folder) / "tree"
        shutil.copytree(before, mixed)
        for path in policies:
            (mixed / path).unlink(missing_ok=True)
            now = heirs.get(path, path)
            if is_plain(after, now):
                (mixed / path).parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(after / now, mixed / path)
        for path in olds:
            found += _tried(mixed, path, is_earlier=True, python=python)
    for path in news:
        if path not in olds or changed_parts(before, after, path):
            found += _tried(after, path, is_earlier=False, python=python)
    return found


def _tried(tree: Path, path: str, *, is_earlier: bool, python: frozenset[str]) -> Iterator[ClaimsReview]:
    """What became of the claims of one file; nothing if it claims nothing."""
    try:
        results = _test_results(tree, path) if is_policy_test(path) else _scenario_results(tree, path, python)
    except InputError as error:
        if not is_earlier:
            raise
        results = [
            Result(path, 0, "a file that can be read", Kind.EXPECTATION, passed=False, message=each.message)
            for each in error.problems
        ]
    if not results:
        return
    failed = [result for result in results if not result.passed]
    was = " (as it was before)" if is_earlier else ""
    yield ClaimsReview(
        path,
        is_earlier,
        holds=not failed,
        failures=tuple(_failure(each) for each in failed),
        findings=tuple(replace(each, message=each.message + was).finding() for each in failed),
        results=tuple(results),
    )


def _failure(result: Result) -> str:
    named = result.kind is Kind.DECISION
    return f"{result.name}: {result.message}" if named else result.message


def _scenario_results(tree: Path, path: str, python: frozenset[str]) -> list[Result]:
    """The expectations of a scenario and what became of them."""
    scenario = load_scenario(tree / path, root=tree)
    if not scenario.expect:
        return []
    chosen = (
        scenario.policy if isinstance(scenario.policy, PolicyChoice) else PolicyChoice(name=scenario.policy)
    )
    refuse_outside(tree, path, chosen.name)
    results = read_scenario_test(tree / path, name=path, allow_python=chosen.name in python).results()
    return [replace(each, file=_inside(tree, each.file)) for each in results]


def _inside(tree: Path, file: str) -> str:
    """A file as a path from the top of a tree, if it lies there."""
    return Path(file).relative_to(tree).as_posix() if Path(file).is_relative_to(tree) else file


def _test_results(tree: Path, path: str) -> list[Result]:
    """The cases of a policy test and what became of them."""
    chosen = read(tree / path, limits=POLICY_LIMITS).data.get("policy")
    refuse_outside(tree, path, str(chosen.get("name")) if isinstance(chosen, dict) else str(chosen))
    return list(read_policy_test(tree / path, name=path).results)
