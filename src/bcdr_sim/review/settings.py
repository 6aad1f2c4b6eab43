"""`bcdr-sim.yaml`: what a policy repository holds, and how grave a finding is there."""

from __future__ import annotations

from pathlib import Path
from typing import Final, Literal

from pydantic import field_validator

from bcdr_sim.analysis import KINDS
from bcdr_sim.errors import Problem, near_miss
from bcdr_sim.loading import Document, build, read, there_are
from bcdr_sim.scenario.model import Model
from bcdr_sim.units import Version

FILE: Final = "bcdr-sim.yaml"
PATTERN_MAX: Final = 200
DEEP_MAX: Final = 2


class Settings(Model):
    """What a review looks at. Paths are patterns from the top of the repository; `**` stands for any folders."""

    version: Version = 1
    """Version of the file format."""
    policies: list[str] = ["policies/*.yaml"]
    """Policies, each compared with its earlier version."""
    scenarios: list[str] = ["scenarios/**/*.yaml"]
    """Scenarios whose expectations must hold."""
    tests: list[str] = ["tests/**/*.policytest.yaml"]
    """Policy tests whose cases must hold."""

    invariants: list[str] = ["invariants/**/*.yaml"]
    """Laws of files of their own, held against every policy beside its own."""

    python_policies: list[str] = []
    """Policies in Python that scenarios may name, `module:object`, where the command allows any. Their code runs: it must be
    installed, never part of the repository."""

    @field_validator("policies", "scenarios", "tests", "invariants")
    @classmethod
    def _stay_inside(cls, patterns: list[str]) -> list[str]:
        for pattern in patterns:
            stays_inside(pattern)
        return patterns

    severities: dict[str, Literal["error", "warning", "note"]] = {}
    """How grave a kind of finding is here, by its code."""


def stays_inside(pattern: str) -> None:
    """Raise ValueError for a pattern that may lead out of the repository, or that takes for ever to look for."""
    if pattern.count("**") > DEEP_MAX or len(pattern) > PATTERN_MAX:
        raise ValueError(
            f"'{pattern[:60]}' is too much; at most {DEEP_MAX} times '**' in {PATTERN_MAX} characters"
        )
    if pattern.startswith(("/", "~")) or "\\" in pattern or ".." in pattern.split("/") or not pattern:
        raise ValueError(f"'{pattern}' leads out of the repository; write it from its top, with '/'")


def settings_of(tree: Path) -> Settings:
    """Return the settings of a tree; the defaults if it has no such file.

    Raises:
        InputError: the file has faults.
    """
    path = tree / FILE
    if not path.is_file() or path.is_symlink():
        return Settings()
    return build(Settings, read(path, name=FILE), check=_unknown_codes)


def _unknown_codes(document: Document) -> list[Problem]:
    given = document.data.get("severities")
    found = []
    for code in given if isinstance(given, dict) else ():
        if code not in KINDS:
            likely = near_miss(str(code), KINDS)
            hint = f"did you mean '{likely}'?" if likely else there_are(KINDS)
            found.append(
                document.problem(("severities", code), f"no kind of finding '{code}'; {hint}", at_key=True)
            )
    return found
