"""The edition of the program that plays a world: its version and a digest of the sources that decide what happens in one.

Results of two editions are never mixed. Sources that only show results, or read files into what is already a case, are left
out, so a better table does not make stored worlds stale.
"""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

import bcdr_sim

_DECISIVE = (
    *(
        "calendars.py",
        "draws.py",
        "estate.py",
        "events.py",
        "phases.py",
        "regions.py",
        "trial.py",
        "units.py",
    ),
    *("data", "engine", "metrics", "policy", "replication", "scenario", "timeline", "verdict"),
    *("experiment/columns.py", "experiment/playing.py", "experiment/worlds.py"),
)
"""Files and folders of the package whose change may change a number of a world."""
_ENDINGS = frozenset({".py", ".csv"})


@cache
def edition() -> str:
    """Version and the first 12 hex digits of the digest, such as `0.1.0+3f9c2ab81d40`. The same on every machine."""
    root = Path(bcdr_sim.__file__).parent
    content = hashlib.sha256()
    for name in _DECISIVE:
        place = root / name
        found = [place] if place.is_file() else [path for path in place.rglob("*") if path.suffix in _ENDINGS]
        for path in sorted(found, key=lambda path: path.relative_to(root).as_posix()):
            content.update(path.relative_to(root).as_posix().encode() + b"\0")
            content.update(path.read_bytes().replace(b"\r\n", b"\n") + b"\0")
    return f"{bcdr_sim.__version__}+{content.hexdigest()[:12]}"
