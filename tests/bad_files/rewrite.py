"""Write the expected text beside every bad file anew: `python tests/bad_files/rewrite.py`."""

from __future__ import annotations

import os
from pathlib import Path

from bcdr_sim.errors import InputError
from bcdr_sim.scenario.reading import load_scenario

FOLDER = Path(__file__).parent


def bad_files() -> list[str]:
    """Return the bad files, relative to their folder, in order of their names."""
    files = (path for kind in ("*.yaml", "*.bin") for path in FOLDER.rglob(kind))
    return sorted(path.relative_to(FOLDER).as_posix() for path in files if path.parent.name != "parts")


def refusal(name: str) -> str:
    """Return the text with which a file of the current folder is refused; says so if it is not."""
    try:
        load_scenario(name)
    except InputError as error:
        return f"{error}\n"
    return "accepted\n"


def main() -> None:
    """Write all expected texts."""
    os.chdir(FOLDER)
    for name in bad_files():
        Path(name).with_suffix(".expected.txt").write_text(refusal(name), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
