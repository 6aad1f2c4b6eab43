"""Which files below a folder hold tests, told by their names and a look at their top keys; nothing is read in full."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bcdr_sim.errors import InputError, Problem
from bcdr_sim.loading import SCENARIO_LIMITS

POLICY_TEST_ENDINGS: Final = (".policytest.yaml", ".policytest.yml")
_YAML_ENDINGS: Final = (".yaml", ".yml")
_EXPECTS: Final = re.compile(rb"^expect[ \t]*:", re.MULTILINE)
_IS_SCENARIO: Final = re.compile(rb"^(?:version|extends|include)[ \t]*:", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Gathered:
    """Files that hold tests, each once, sorted by path."""

    policy_tests: tuple[Path, ...]
    scenarios: tuple[Path, ...]


def gather(paths: Iterable[str | Path]) -> Gathered:
    """Return the tests that the paths name, and those below the folders among them.

    A file that is named is taken: as a policy test if it ends like one, else as a scenario. Below a folder a scenario is a
    YAML file with `expect:` and `version:`, `extends:` or `include:` at its top level; what is hidden is passed over, and
    so are links to folders.

    Raises:
        InputError: a path that does not exist.
    """
    found: dict[str, Path] = {}
    problems = []
    for path in map(Path, paths):
        if path.is_dir():
            found.update((os.path.realpath(file), file) for file in _below(path))
        elif path.exists():
            found[os.path.realpath(path)] = path
        else:
            problems.append(Problem(str(path), 0, 0, 0, "there is no such file or folder"))
    if problems:
        raise InputError(problems)
    files = sorted(found.values())
    return Gathered(
        tuple(file for file in files if is_policy_test(file.name)),
        tuple(file for file in files if not is_policy_test(file.name)),
    )


def is_policy_test(name: str) -> bool:
    """Whether a file of that name is a policy test."""
    return name.endswith(POLICY_TEST_ENDINGS)


def _below(folder: Path) -> Iterator[Path]:
    for place, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in names:
            file = Path(place, name)
            if is_policy_test(name) or (name.endswith(_YAML_ENDINGS) and _expects_something(file)):
                yield file


def _expects_something(file: Path) -> bool:
    """Whether a file looks like a scenario with expectations; one that cannot be opened does not."""
    try:
        with file.open("rb") as stream:
            head = stream.read(SCENARIO_LIMITS.bytes)
    except OSError:
        return False
    return _EXPECTS.search(head) is not None and _IS_SCENARIO.search(head) is not None
