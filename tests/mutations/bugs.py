"""The seeded bugs of `bugs.yaml`, and a copy of the package that has one of them."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

import yaml

TESTS = Path(__file__).resolve().parent.parent
PACKAGE = TESTS.parent / "src" / "bcdr_sim"


@dataclass(frozen=True, slots=True)
class Edit:
    """One text of a file that another takes the place of."""

    file: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Bug:
    """A bug that somebody could make. `checks`: those that must go red."""

    number: int
    title: str
    edits: tuple[Edit, ...]
    checks: tuple[str, ...]


def bugs() -> tuple[Bug, ...]:
    """All seeded bugs, numbered from 1."""
    listed = yaml.safe_load((Path(__file__).parent / "bugs.yaml").read_text(encoding="utf-8"))
    return tuple(
        Bug(number, each["bug"], tuple(Edit(**edit) for edit in each["edits"]), tuple(each["checks"]))
        for number, each in enumerate(listed, start=1)
    )


def copy_with(bug: Bug | None, folder: Path) -> Path:
    """A copy of the package in `folder`, with the bug in it; gives what belongs on the path of Python.

    Raises ValueError if a text to be replaced does not stand in its file exactly once: the bug is then out of date.
    """
    copied = folder / "bcdr_sim"
    shutil.copytree(PACKAGE, copied, ignore=shutil.ignore_patterns("__pycache__"))
    for edit in bug.edits if bug else ():
        path = copied / edit.file
        text = path.read_text(encoding="utf-8")
        if text.count(edit.old) != 1:
            raise ValueError(f"{edit.file}: stands there {text.count(edit.old)} times: {edit.old!r}")
        path.write_text(text.replace(edit.old, edit.new), encoding="utf-8")
    return folder
