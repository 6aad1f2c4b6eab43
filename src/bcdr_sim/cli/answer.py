"""What a command answers, and how it reaches the user: whole, to stdout or into a file, or not at all."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bcdr_sim.errors import InputError, Problem

EXIT_PASS = 0
EXIT_VIOLATION = 1
EXIT_INCONCLUSIVE = 3
EXIT_STALE = 4
EXIT_NOTHING_RAN = 5
EXIT_INTERRUPTED = 130
"""Exit codes of what a command found. Those of what went wrong stand in `bcdr_sim.errors`."""


@dataclass(frozen=True, slots=True)
class Answer:
    """The result of a command: its text, its exit code, and the file it goes to instead of stdout."""

    text: str
    code: int = EXIT_PASS
    output: Path | None = None


def write(answer: Answer) -> None:
    """Hand over the text. A reader who has gone away (`| head`) is no error."""
    if answer.output is None:
        _to_stdout(answer.text)
        return
    with replacing(answer.output) as draft:
        draft.write_text(answer.text, encoding="utf-8", newline="\n")


def say(text: str) -> None:
    """Write a line or more to stderr."""
    try:
        print(text, file=sys.stderr, flush=True)
    except UnicodeEncodeError:
        print(text.encode("ascii", "backslashreplace").decode(), file=sys.stderr, flush=True)


def refuse(message: str, *, what: str) -> InputError:
    """The error of a wrong argument: `what` names the option or the file."""
    return InputError([Problem(what, 0, 0, 0, message)])


def check_output(path: Path | None, *, force: bool) -> None:
    """Refuse, before anything is computed, a file that exists or cannot be made. A device or a pipe takes what is written.

    Raises:
        InputError: it exists and `force` is not set, or its folder does not exist.
    """
    if path is None:
        return
    if path.is_dir():
        raise refuse("is a folder; name a file", what=str(path))
    if path.is_file() and not force:
        raise refuse("exists already; --force replaces it", what=str(path))
    if not path.parent.is_dir():
        raise refuse(f"there is no folder {path.parent}", what=str(path))


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Give a name beside `path` to write to; at the end it takes the place of `path`, on an error it is removed.

    A link stays one: what it points to is replaced. What is no file, such as a device or a pipe, is written to itself.

    Raises:
        InputError: the file cannot be written.
    """
    target = Path(os.path.realpath(path))
    is_file = target.is_file() or not target.exists()
    draft = target.with_name(f".{os.getpid()}.part.{target.name}") if is_file else target
    try:
        yield draft
        if is_file:
            draft.replace(target)
    except OSError as error:
        raise refuse(f"cannot be written: {error.strerror}", what=str(path)) from error
    finally:
        if is_file:
            draft.unlink(missing_ok=True)


def _to_stdout(text: str) -> None:
    try:
        try:
            sys.stdout.write(text)
        except UnicodeEncodeError:
            sys.stdout.write(text.encode("ascii", "backslashreplace").decode())
        sys.stdout.flush()
    except OSError as error:
        if not isinstance(error, BrokenPipeError):
            raise refuse(f"cannot be written: {error.strerror}", what="stdout") from error
        # Nobody reads on. Python would complain again when it flushes at exit, so what is left goes nowhere.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
