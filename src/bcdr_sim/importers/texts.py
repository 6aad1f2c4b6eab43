"""The text of a file that another program wrote: bounded, and decoded from what such programs write."""

from __future__ import annotations

import codecs
from collections.abc import Sequence
from pathlib import Path

from bcdr_sim.errors import InputError, Problem
from bcdr_sim.loading import Source
from bcdr_sim.loading.text import read_text

FILE_BYTES_MAX = 32 * 1024 * 1024
"""Assumption: some 10,000 environments in the most talkative format; a larger answer comes in pages."""

_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def read_source(path: str) -> Source:
    """Return the text of a file: UTF-8, or UTF-16 with its mark as redirections of Windows PowerShell write it.

    Raises:
        InputError: no such file, too large, or not text.
    """
    if not _is_utf16(Path(path)):
        return Source(path, read_text(Path(path), name=path, bytes_max=FILE_BYTES_MAX))
    with Path(path).open("rb") as file:
        content = file.read(FILE_BYTES_MAX + 1)
    if len(content) > FILE_BYTES_MAX:
        raise InputError(
            [whole(path, f"the file has more than {FILE_BYTES_MAX:,} bytes, which is the limit")]
        )
    try:
        return Source(path, content.decode("utf-16"))
    except UnicodeDecodeError:
        raise InputError(
            [whole(path, "begins like UTF-16 text and is none; save the file as UTF-8")]
        ) from None


def read_sources(paths: Sequence[str]) -> list[Source]:
    """Return the texts of some files.

    Raises:
        InputError: for all that cannot be read, and for a file that is named twice.
    """
    sources, problems = [], []
    for path in dict.fromkeys(paths):
        if paths.count(path) > 1:
            problems.append(whole(path, "the file is named twice"))
        try:
            sources.append(read_source(path))
        except InputError as error:
            problems += error.problems
    if problems:
        raise InputError(problems)
    return sources


def whole(path: str, message: str) -> Problem:
    """Return a problem of a file as a whole."""
    return Problem(path, 0, 0, 0, message)


def _is_utf16(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return file.read(2) in _UTF_16
    except (OSError, ValueError):
        return False  # whoever reads the whole file says why it cannot be
