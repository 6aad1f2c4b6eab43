"""The kept inputs: those that together reach what campaigns have reached, and every one that once was a fault.

`corpus/TARGET/` holds files of exactly the bytes that a target reads, named by their sha256, and those that once were a fault
under names of their own. They are small and few: what a campaign finds beyond them is in its folder of work.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Final

from fuzzing.targets import TESTS, Target

CORPUS: Final = TESTS / "corpus"
_NAME_LENGTH: Final = 16


def kept(target: Target) -> list[Path]:
    """The kept inputs of a target, in the order of their names."""
    return sorted(path for path in (CORPUS / target.name).glob("*") if path.is_file())


def keep(target: Target, found: Path, *, count_max: int) -> int:
    """Let inputs take the place of those named by their bytes, the shortest first; gives how many are kept now.

    Inputs that once were a fault, which have a name of their own, stay.
    """
    for path in kept(target):
        if path.name == name_of(path.read_bytes()):
            path.unlink()
    folder = CORPUS / target.name
    folder.mkdir(parents=True, exist_ok=True)
    contents = sorted((path.read_bytes() for path in found.iterdir()), key=lambda each: (len(each), each))
    for content in contents[:count_max]:
        (folder / name_of(content)).write_bytes(content)
    return len(kept(target))


def lay_out(target: Target, work: Path) -> None:
    """Put the seeds of a target and its kept inputs into a folder of work."""
    work.mkdir(parents=True, exist_ok=True)
    for content in (*target.seeds(), *(path.read_bytes() for path in kept(target))):
        (work / name_of(content)).write_bytes(content)


def name_of(content: bytes) -> str:
    """The name under which an input is kept."""
    return hashlib.sha256(content).hexdigest()[:_NAME_LENGTH]
