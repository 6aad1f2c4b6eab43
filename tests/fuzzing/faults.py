"""Faults that were found: the first input of each, and how it went wrong, in a folder."""

from __future__ import annotations

import hashlib
import sys
import traceback
from pathlib import Path
from typing import Final

PACKAGE: Final = Path("src") / "bcdr_sim"


def record(error: BaseException, content: bytes, *, faults: Path) -> None:
    """Write an input and its traceback, unless the same fault is known there already."""
    name = signature(error)
    if not (faults / name).exists():
        (faults / name).write_bytes(content)
        (faults / f"{name}.txt").write_text("".join(traceback.format_exception(error)), encoding="utf-8")
        print(f"fault {name}: {error!r}"[:300], file=sys.stderr, flush=True)


def signature(error: BaseException) -> str:
    """A name for a fault: its kind and the innermost place of the program that it went through."""
    where = "?"
    for frame, line in traceback.walk_tb(error.__traceback__):
        file = frame.f_code.co_filename
        if str(PACKAGE) in file:
            where = f"{file.partition(str(PACKAGE))[2]}:{line}"
    return f"{type(error).__name__}-{hashlib.sha256(where.encode()).hexdigest()[:8]}"
