"""Claims under review: scenarios and policy tests of before under the policies of now, and those that are new or changed."""

from __future__ import annotations

import shutil
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from bcdr_sim.analysis import Finding
from bcdr_sim.errors import InputError
from bcdr_sim.loading import SCENARIO_LIMITS, read
from bcdr_sim.policy.reading import POLICY_LIMITS
from bcdr_sim.review.loosening import Loosened, guard, placed_guard
from bcdr_sim.review.settings import Settings
from bcdr_sim.review.trees import is_plain, matching, refuse_outside
from bcdr_sim.scenario.document import PolicyChoice, Scenario
from bcdr_sim.scenario.reading import load_scenario
from bcdr_sim.testing import Kind, Result, is_policy_test, read_policy_test, read_scenario_test
from bcdr_sim.testing.policy_tests import Case


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
        if path not in olds or (after / path).read_bytes() != (before / path).read_bytes():
            found += _tried(after, path, is_earlier=False, python=python)
    return found


def claims_gone(before: Path, after: Path, settings: Settings) -> Iterator[Finding]:
    """Yield the files, cases and expectations of before that the change leaves out.

    Raises:
        InputError: a file has faults.
    """
    patterns = (*settings.scenarios, *settings.tests)
    news = frozenset(matching(after, patterns))
    for path in matching(before, patterns):
        if path not in news:
            yield guard(path, f"{path} is gone, with what it claims")
        elif (after / path).read_bytes() != (before / path).read_bytes():
            document = read(after / path, limits=SCENARIO_LIMITS, name=path)
            for each in _claims_gone(before, after, path):
                yield placed_guard(path, each, document)


def _claims_gone(before: Path, after: Path, path: str) -> Iterator[Loosened]:
    """What the new version of a file claims no more, with the place in it."""
    if _choice(before, path) != _choice(after, path):
        message = "its claims are about another policy, or other values of its parameters"
        yield Loosened("", message, ("policy",))
    if is_policy_test(path):
        left = {
            case.name: (place, case)
            for place, case in enumerate(read_policy_test(after / path, name=path).cases)
        }
        for case in read_policy_test(before / path, name=path).cases:
            place, now = left.get(case.name, (-1, None))
            if now is None:
                yield Loosened(case.name, f"case '{case.name}' is gone", ("cases",))
            elif not _claims_as_much(case, now):
                yield Loosened(
                    case.name, f"case '{case.name}' claims something else", ("cases", place, "name")
                )
    else:
        old, new = (load_scenario(tree / path, root=tree) for tree in (before, after))
        lost = sum(expectation not in new.expect for expectation in old.expect)
        if lost:
            message = f"{lost} of the expectations are gone or say something else"
            yield Loosened("", message, ("expect",))
        if _world(old) != _world(new):
            message = (
                "it is another world now: what a policy does in the world of before is not looked at any more"
            )
            yield Loosened("", message, ())


def _world(scenario: Scenario) -> object:
    """What happens in a scenario, whoever decides and whatever is expected of it."""
    return scenario.model_dump(exclude={"name", "description", "policy", "expect"})


def _choice(tree: Path, path: str) -> object:
    """Which policy a scenario or a policy test is about, with which parameters."""
    if is_policy_test(path):
        return read(tree / path, limits=POLICY_LIMITS, name=path).data.get("policy")
    return load_scenario(tree / path, root=tree).policy


def _claims_as_much(old: Case, new: Case) -> bool:
    """Whether whatever meets the new case meets the old one."""
    return (
        new.observation == old.observation
        and new.actions <= old.actions
        and old.reason in (None, new.reason)
        and old.rule in (None, new.rule)
        and old.never_by in (None, new.never_by)
    )


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
