"""The kept inputs: those that together reach what campaigns have reached, and every one that once was a fault.

`corpus/TARGET/` holds files of exactly the bytes that a target reads, named by their sha256, and those that once were a
fault under names of their own. They are small and few: what a campaign finds beyond them is in its folder of work.
"""

from __future__ import annotations

import hashlib
import tempfile
from pathlib import Path
from typing import Final

from fuzzing.targets import PACKAGE, TESTS, Target, prepare

CORPUS: Final = TESTS / "corpus"
LENGTH_MAX: Final = 8192
"""Bytes of an input. Longer ones reach little more; how much a reader takes at all is tested by itself."""

_NAME_LENGTH: Final = 16


def kept(target: Target) -> list[Path]:
    """The kept inputs of a target, in the order of their names."""
    return sorted(path for path in (CORPUS / target.name).glob("*") if path.is_file())


def keep(target: Target, found: list[bytes], *, count_max: int) -> int:
    """Let inputs take the place of those named by their bytes; gives how many are kept now.

    Of those that reach a line of the program that no shorter one reaches, the shortest. Inputs that once were a fault, which
    have a name of their own, stay.
    """
    for path in kept(target):
        if path.name == name_of(path.read_bytes()):
            path.unlink()
    folder = CORPUS / target.name
    folder.mkdir(parents=True, exist_ok=True)
    for content in _needed(target, found)[:count_max]:
        (folder / name_of(content)).write_bytes(content)
    return len(kept(target))


def _needed(target: Target, found: list[bytes]) -> list[bytes]:
    """The inputs that reach a line that no shorter one reaches, the shortest first."""
    import coverage

    measured = coverage.Coverage(data_file=None, config_file=False, source=[str(PACKAGE)])
    short = {content for content in found if len(content) <= LENGTH_MAX}
    ordered = sorted(short, key=lambda each: (len(each), each))
    with tempfile.TemporaryDirectory() as scratch:
        prepare(Path(scratch))
        measured.start()
        for number, content in enumerate(ordered):
            measured.switch_context(str(number))
            target.read(content, Path(scratch))
        measured.stop()
    data = measured.get_data()
    firsts = {
        min(map(int, filter(None, contexts)))
        for file in data.measured_files()
        for contexts in data.contexts_by_lineno(file).values()
        if any(contexts)
    }
    return [ordered[number] for number in sorted(firsts)]


def lay_out(target: Target, work: Path) -> None:
    """Put the seeds of a target and its kept inputs into a folder of work."""
    work.mkdir(parents=True, exist_ok=True)
    for content in (*target.seeds(), *(path.read_bytes() for path in kept(target))):
        (work / name_of(content)).write_bytes(content)


def name_of(content: bytes) -> str:
    """The name under which an input is kept."""
    return hashlib.sha256(content).hexdigest()[:_NAME_LENGTH]
