"""Files and items as pytest sees them: a file is read when it is collected, a scenario played when its first item runs."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from bcdr_sim.errors import InputError
from bcdr_sim.testing import Result, read_policy_test, read_scenario_test


class ClaimFailedError(Exception):
    """A claim does not hold."""

    def __init__(self, result: Result) -> None:
        super().__init__(f"{result.place}: {result.message}")


class Claim(pytest.Item):
    """One case or expectation; `check` finds out what became of it."""

    def __init__(self, *, line: int, check: Callable[[], Result], **rest: Any) -> None:
        super().__init__(**rest)
        self._line = line
        self._check = check

    def runtest(self) -> None:
        """Check the claim; raises what pytest shows by `repr_failure`."""
        result = self._check()
        if not result.passed:
            raise ClaimFailedError(result)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """Show what happened instead, or what is wrong with the files; of anything else the whole way there."""
        if isinstance(excinfo.value, ClaimFailedError | InputError):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int, str]:
        """Where the claim stands; pytest counts lines from 0."""
        return self.path, self._line - 1, self.name


class _Claims(pytest.File):
    """A file of claims; what is wrong with it is told without a traceback."""

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """Show the faults of the file."""
        if isinstance(excinfo.value, InputError):
            return str(excinfo.value)
        return super().repr_failure(excinfo)

    @property
    def shown(self) -> str:
        """The path as messages show it: from where pytest was started, if it lies below."""
        here = self.config.invocation_params.dir
        return os.fspath(self.path.relative_to(here) if self.path.is_relative_to(here) else self.path)


class PolicyTestFile(_Claims):
    """The cases of a `*.policytest.yaml` file."""

    def collect(self) -> Iterator[Claim]:
        """Read the file; one item per case."""
        test = read_policy_test(self.path, name=self.shown)
        for case in test.cases:
            yield Claim.from_parent(
                self, name=case.name, line=case.line, check=lambda case=case: test.result(case)
            )


class ScenarioFile(_Claims):
    """The expectations of a scenario, all judged by one run of it."""

    def collect(self) -> Iterator[Claim]:
        """Read the file; one item per expectation."""
        test = read_scenario_test(self.path, name=self.shown)
        results = cache(test.results)
        for position, (_, line) in enumerate(test.places):
            name = test.name(position + 1)
            yield Claim.from_parent(
                self, name=name, line=line, check=lambda position=position: results()[position]
            )
