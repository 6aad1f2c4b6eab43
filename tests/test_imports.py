"""Laws of starting up: a command imports what it needs, so that the quick ones are quick."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

# Runs one command in a fresh interpreter; the last line says which top-level modules it brought in, and how it ended.
PROBE = """
import contextlib, io, json, sys
from bcdr_sim.cli import main
with contextlib.redirect_stdout(io.StringIO()):
    try:
        code = main(sys.argv[1:])
    except SystemExit as end:
        code = end.code
print(json.dumps({"code": code or 0, "modules": sorted({name.partition(".")[0] for name in sys.modules})}))
"""
HEAVY = {"pandas", "matplotlib", "scipy", "altair", "distributed"}
NUMERIC = HEAVY | {"numpy", "simpy", "pyarrow"}
ANY = NUMERIC | {"pydantic", "yaml", "rich"}
SCENARIO = """\
version: 1
name: storm
horizon: 1d
regions:
  - {name: here, pair: there}
  - {name: there}
environments:
  - {name: prod, type: Production, region: here}
outages:
  - {id: storm, region: here, at: 1h, lasts: 2h}
"""


@pytest.mark.parametrize(
    ("arguments", "forbidden"),
    [
        pytest.param(["--help"], ANY, id="help"),
        pytest.param(["validate", "storm.yaml"], NUMERIC, id="validate"),
        pytest.param(["run", "storm.yaml"], HEAVY, id="run"),
    ],
)
def test_a_command_imports_no_library_it_has_no_use_for(
    arguments: list[str], forbidden: set[str], tmp_path: Path
) -> None:
    """`--help` needs no library but the command line's, `validate` no numbers, `run` no tables or pictures."""
    (tmp_path / "storm.yaml").write_text(SCENARIO, encoding="utf-8")
    finished = subprocess.run(
        [sys.executable, "-c", PROBE, *arguments], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    seen = json.loads(finished.stdout.splitlines()[-1])
    assert seen["code"] == 0, finished.stderr
    assert forbidden.isdisjoint(seen["modules"])
