"""All tests below some paths: everything is read first, so that one fault of a file means that nothing ran."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TypeVar

from bcdr_sim.errors import InputError, Problem
from bcdr_sim.testing.coverage import Coverage, coverage
from bcdr_sim.testing.gathering import gather
from bcdr_sim.testing.policy_tests import read_policy_test
from bcdr_sim.testing.result import Kind, Result
from bcdr_sim.testing.scenario_tests import ScenarioTest, read_scenario_test

_Given = TypeVar("_Given")
_Read = TypeVar("_Read")


@dataclass(frozen=True, slots=True)
class Tally:
    """What became of every claim, policy tests first, each file in its order; and what of the policies was reached.

    Where a least coverage was asked for, each policy adds a result of the kind `COVERAGE` at the end.
    """

    results: tuple[Result, ...]
    coverages: tuple[Coverage, ...]

    @property
    def failed(self) -> tuple[Result, ...]:
        """The claims that do not hold."""
        return tuple(result for result in self.results if not result.passed)

    @property
    def is_empty(self) -> bool:
        """Whether nothing ran: no case and no expectation."""
        return all(result.kind is Kind.COVERAGE for result in self.results)


def run_tests(
    paths: Iterable[str | Path],
    *,
    coverage_min: int | None = None,
    box_coverage_min: int | None = None,
    allow_python: bool = False,
) -> Tally:
    """Return what became of all tests that the paths name.

    `coverage_min` is the least share of rules, `box_coverage_min` of boxes, in percent. The policy
    of a scenario may be Python code only with `allow_python`.

    Raises:
        InputError: with every fault of every file.
    """
    gathered = gather(paths)
    problems: list[Problem] = []
    tests = _each(read_policy_test, gathered.policy_tests, problems)
    read = partial(read_scenario_test, allow_python=allow_python)
    scenarios = _each(read, gathered.scenarios, problems)
    if problems:
        raise InputError(problems)
    results = [result for test in tests for result in test.results]
    for played in _each(ScenarioTest.results, scenarios, problems):
        results += played
    if problems:
        raise InputError(problems)
    coverages = coverage(tests)
    if coverage_min is not None:
        results += [each.result(coverage_min) for each in coverages]
    if box_coverage_min is not None:
        results += [each.box_result(box_coverage_min) for each in coverages]
    return Tally(tuple(results), coverages)


def _each(
    function: Callable[[_Given], _Read], values: Iterable[_Given], problems: list[Problem]
) -> list[_Read]:
    """Apply a function to each value, and note the problems of those it refuses."""
    found = []
    for value in values:
        try:
            found.append(function(value))
        except InputError as error:
            problems += error.problems
    return found
