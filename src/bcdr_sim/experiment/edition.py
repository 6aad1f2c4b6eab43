"""The edition of the program that plays a world: its version and a digest of the sources that decide what happens in one.

Results of two editions are never mixed. Sources that only show results, prove policies, or read files into what is already
a case, are left out, so that a better table does not make stored worlds stale. What is new counts until it is named here.
"""

from __future__ import annotations

import hashlib
from functools import cache
from importlib import import_module
from pathlib import Path

_SHOWS_ONLY = frozenset(
    {
        *(
            "__main__.py",
            "analysis",
            "cli",
            "errors.py",
            "experiment",
            "freezing.py",
            "importers",
            "incidents",
        ),
        *("loading", "plots", "pytest_plugin", "report", "review", "statistics", "testing", "verification"),
    }
)
"""Files and folders of the package that change no number of a world, but for those of `experiment` named below."""
_PLAYS = (
    "experiment/columns.py",
    "experiment/playing.py",
    "experiment/touched.py",
    "experiment/worlds.py",
)
_ENDINGS = frozenset({".py", ".csv"})


@cache
def edition() -> str:
    """Version and the first 12 hex digits of the digest, such as `0.1.0+3f9c2ab81d40`. The same on every machine."""
    package = import_module("bcdr_sim")  # below everything that its face shows
    root = Path(__file__).parents[1]
    content = hashlib.sha256()
    parts = [path for path in root.iterdir() if path.name not in _SHOWS_ONLY]
    sources = [path for part in parts for path in (part.rglob("*") if part.is_dir() else [part])]
    sources += [root / name for name in _PLAYS]
    names = {path.relative_to(root).as_posix(): path for path in sources if path.suffix in _ENDINGS}
    for name, path in sorted(names.items()):
        content.update(name.encode() + b"\0" + path.read_bytes().replace(b"\r\n", b"\n") + b"\0")
    return f"{package.__version__}+{content.hexdigest()[:12]}"
