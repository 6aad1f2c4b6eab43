"""One check against one copy of the package, in a process of its own: green, red, or broken."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from mutations.bugs import TESTS, Bug, copy_with

CASE = """
import sys
from dataclasses import replace
from bcdr_sim.verification.cases import case_named
from bcdr_sim.verification.ledger import rows_of
from bcdr_sim.verification.sampling import draw
try:
    case = replace(case_named(sys.argv[1]), worlds=int(sys.argv[2]))
    rows = [row for drawn in draw([case], seeds=[0]) for row in rows_of(drawn)]
except AssertionError as error:
    print(error)
    sys.exit(1)
for row in rows:
    print(row.check, row.exact, row.simulated, row.z)
sys.exit(not all(row.passed for row in rows))
"""
"""A case of the ledger with fewer worlds; 1 if a check fails or the program contradicts itself."""

GREEN, RED = 0, 1
SECONDS_MAX = 600
RELATIONS = {"RELATION_EXAMPLES": "100", "RELATION_SHRINK": "no"}
"""Relations are tried on more worlds than in a build, the same for every bug, and the first that breaks one will do."""


@dataclass(frozen=True, slots=True)
class Judged:
    """What became of one check: its exit code, 0 green, 1 red, anything else broken."""

    check: str
    code: int
    said: str


def judged(bug: Bug | None, check: str) -> Judged:
    """Run one check against a copy with the bug, or against one without any."""
    with tempfile.TemporaryDirectory() as scratch:
        copy = copy_with(bug, Path(scratch))
        environment = RELATIONS | os.environ
        environment |= {"PYTHONPATH": str(copy), "PYTHONDONTWRITEBYTECODE": "1"}
        try:
            ended = subprocess.run(
                _command(check),
                cwd=TESTS.parent,
                env=environment,
                capture_output=True,
                text=True,
                timeout=SECONDS_MAX,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return Judged(check, 70, "took too long")
    return Judged(check, ended.returncode, (ended.stdout + ended.stderr)[-2000:])


def _command(check: str) -> list[str]:
    if check.startswith("case:"):
        return [sys.executable, "-c", CASE, *check.removeprefix("case:").split("/")]
    return [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-x",
        "-p",
        "no:cacheprovider",
        "--timeout=0",
        f"tests/{check}",
    ]
