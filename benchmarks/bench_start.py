"""Starting up: what the quick commands import, and how long they take."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path

HEAVY = ("numpy", "pandas", "matplotlib", "scipy")
PROBE = """
import sys
from bcdr_sim.cli import main
try:
    main(sys.argv[1:])
except SystemExit:
    pass
print(sum(name in sys.modules for name in {heavy!r}))
"""
FILE = """\
version: 1
name: thousand
horizon: 2d
regions:
  - {name: here, pair: there}
  - {name: there}
environments:
"""
OUTAGES = """\
outages:
  - {id: storm, region: here, at: 1h, lasts: 2h}
"""


def thousand() -> str:
    """A scenario that lists 1,000 environments one by one."""
    entries = [f"  - {{name: prod-{number}, type: Production, region: here}}\n" for number in range(1_000)]
    return FILE + "".join(entries) + OUTAGES


def command(*arguments: str) -> tuple[float, int]:
    """The best of three times of a command, its start included, and how many heavy libraries it imports."""
    probe = [sys.executable, "-c", PROBE.format(heavy=HEAVY), *arguments]
    found = []
    for _ in range(3):
        began = time.perf_counter()
        output = subprocess.run(probe, check=True, capture_output=True, text=True).stdout
        found.append((time.perf_counter() - began, int(output.splitlines()[-1])))
    return min(found)


def measured() -> dict[str, float]:
    """The figures of `--help` and `validate`."""
    help_s, help_count = command("--help")
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "thousand.yaml"
        file.write_text(thousand(), encoding="utf-8")
        validate_s, validate_count = command("validate", str(file))
    return {"help_s": help_s, "validate_s": validate_s, "heavy_count": help_count + validate_count}


def main() -> None:
    """Print them."""
    for what, value in measured().items():
        print(f"{what:12} {value:.3f}")


if __name__ == "__main__":
    main()
