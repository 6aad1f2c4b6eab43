"""The text of a file: opened, bounded, decoded, or refused in a sentence that names the file."""

from __future__ import annotations

import codecs
from pathlib import Path

from bcdr_sim.errors import InputError, Problem, near_miss

_MARKED = (
    ("UTF-32", (codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)),
    ("UTF-16", (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)),
)
"""Encodings that a mark at the beginning gives away; that of UTF-32 begins with that of UTF-16."""


def read_text(path: Path, *, name: str, bytes_max: int) -> str:
    """Return the text of a UTF-8 file without its byte order mark; no more than `bytes_max` + 1 are read.

    Raises:
        InputError: no such file, a folder, unreadable, too large, or not UTF-8; the problem shows `name`.
    """
    try:
        with path.open("rb") as file:
            content = file.read(bytes_max + 1)
    except FileNotFoundError:
        raise _refused(name, f"no such file{similar_file(path)}") from None
    except IsADirectoryError:
        raise _refused(name, "this is a folder, not a file") from None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise _refused(name, f"cannot be read: {reason}") from None
    if len(content) > bytes_max:
        raise _refused(name, f"the file has more than {bytes_max:,} bytes, which is the limit")
    content = content.removeprefix(codecs.BOM_UTF8)  # here, since the place of a fault counts from behind it
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise InputError([_not_utf8(name, content, error.start)]) from None


def similar_file(path: Path) -> str:
    """Return the hint that names the file beside a missing one that was most likely meant, or nothing."""
    try:
        neighbours = sorted(other.name for other in path.parent.iterdir() if other.is_file())
    except (OSError, ValueError):
        return ""
    likely = near_miss(path.name, neighbours)
    return f"; did you mean '{likely}'?" if likely else ""


def _refused(name: str, message: str) -> InputError:
    return InputError([Problem(file=name, line=0, column=0, end_column=0, message=message)])


def _not_utf8(name: str, content: bytes, position: int) -> Problem:
    """Return the problem of the first byte that is not UTF-8."""
    for encoding, marks in _MARKED:
        if content.startswith(marks) and _is_text(content, encoding):
            return Problem(name, 0, 0, 0, f"the file is {encoding} text; save it as UTF-8")
    before = _lines(content[:position].decode("utf-8"))
    line = before[-1] + _lines(content[position:].decode("utf-8", errors="replace"))[0]
    message = f"not UTF-8 text: the byte 0x{content[position]:02x} cannot stand here; save the file as UTF-8"
    column = len(before[-1]) + 1
    return Problem(name, len(before), column, column + 1, message, source=line)


def _is_text(content: bytes, encoding: str) -> bool:
    """Whether bytes that begin like text in an encoding are text in it."""
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError:
        return False
    return not any(char < " " and char not in "\t\r\n" for char in text)


def _lines(text: str) -> list[str]:
    return text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
