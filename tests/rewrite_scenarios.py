"""Write what stands beside the shipped scenarios anew: `python tests/rewrite_scenarios.py`.

* beside every `scenarios/**/NAME.yaml` the file `NAME.expected.txt`: what `bcdr-sim run NAME.yaml` prints, 100 columns wide;
* `scenarios/scenario.schema.json`, `policies/policy.schema.json` and `policies/policytest.schema.json`, the schemas that
  editors read.

Read the difference as a person who trusts neither program nor scenario would.
"""

from __future__ import annotations

import contextlib
import io
import os
from pathlib import Path
from unittest import mock

from bcdr_sim.cli import main as bcdr_sim
from bcdr_sim.cli.schema import Kind, schema_text

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "scenarios"
TERMINAL = {"COLUMNS": "100", "NO_COLOR": "1"}


def shipped() -> list[str]:
    """The shipped scenarios, relative to their folder, in the order of their names; `parts` holds no whole ones."""
    files = (path for path in FOLDER.rglob("*.yaml") if path.parent.name != "parts")
    return sorted(path.relative_to(FOLDER).as_posix() for path in files)


def printed(name: str) -> tuple[int, str]:
    """Exit code and output of `bcdr-sim run` where the scenario lies."""
    path = FOLDER / name
    output = io.StringIO()
    with (
        contextlib.chdir(path.parent),
        mock.patch.dict(os.environ, TERMINAL),
        contextlib.redirect_stdout(output),
    ):
        code = bcdr_sim(["run", path.name])
    return code, output.getvalue()


def schemas() -> dict[Path, str]:
    """What `bcdr-sim schema` prints of each file format, by the file that holds it."""
    return {
        FOLDER / "scenario.schema.json": schema_text(Kind.SCENARIO),
        ROOT / "policies" / "policy.schema.json": schema_text(Kind.POLICY),
        ROOT / "policies" / "policytest.schema.json": schema_text(Kind.POLICY_TEST),
    }


def main() -> None:
    """Write all of it."""
    for path, text in schemas().items():
        path.write_text(text, encoding="utf-8", newline="\n")
    for name in shipped():
        _, text = printed(name)
        path = (FOLDER / name).with_suffix(".expected.txt")
        path.write_text(text, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
