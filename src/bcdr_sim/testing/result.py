"""What became of one claim: whether it holds, where it stands, and what happened instead."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from bcdr_sim.analysis import KINDS, Finding
from bcdr_sim.errors import Problem


class Kind(StrEnum):
    """What a claim is about."""

    DECISION = "decision"
    """What a policy decides of a given observation."""
    EXPECTATION = "expectation"
    """What a run of a scenario shows."""
    COVERAGE = "coverage"
    """How many rules of a policy the given observations reach."""


@dataclass(frozen=True, slots=True)
class Result:
    """One claim and whether it holds.

    `file` and `line` (from 1, 0 for a file as a whole) say where the claim stands, `name` which one it is there.
    `message` is a sentence: what was expected and, if the claim does not hold, what happened.
    """

    file: str
    line: int
    name: str
    kind: Kind
    passed: bool
    message: str

    @property
    def place(self) -> str:
        """`file:line`, or the file alone."""
        return f"{self.file}:{self.line}" if self.line else self.file

    def finding(self) -> Finding:
        """The claim, which does not hold, as a finding at its line."""
        kind = KINDS["BCDR601"]
        column = 1 if self.line else 0
        message = f"{self.name}: {self.message}"
        return Finding(
            kind,
            Problem(self.file, self.line, column, column, message, level=kind.severity.value, code=kind.code),
            rule=self.name,
        )
