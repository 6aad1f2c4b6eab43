"""`--format NAME` and `--format NAME=FILE`: several forms of one result, at most one of them on stdout."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from bcdr_sim.cli.answer import Answer, check_output, refuse, write
from bcdr_sim.errors import near_miss

Forms = Mapping[str, Callable[[], str]]
"""How to write a result, by the name of the form."""


def chosen_forms(
    wanted: Sequence[str] | None, known: Sequence[str], *, force: bool
) -> dict[str, Path | None]:
    """The forms asked for and the file of each, None for stdout; `text` on stdout if none is asked for.

    Raises:
        InputError: no such form, one asked for twice, two for stdout, or a file that cannot be written.
    """
    chosen: dict[str, Path | None] = {}
    for each in wanted or ["text"]:
        name, sign, file = each.partition("=")
        if name not in known:
            likely = near_miss(name, known)
            hint = f"did you mean '{likely}'?" if likely else f"it is one of {', '.join(known)}"
            raise refuse(f"no form '{name}'; {hint}", what="--format")
        if name in chosen:
            raise refuse(f"'{name}' is asked for twice", what="--format")
        if sign and not file:
            raise refuse(f"'{name}=' names no file", what="--format")
        path = Path(file) if sign else None
        if path is None and None in chosen.values():
            raise refuse(
                "two forms for stdout; write all but one into a file: --format json=FILE", what="--format"
            )
        check_output(path, force=force)
        chosen[name] = path
    return chosen


def answered(chosen: Mapping[str, Path | None], forms: Forms, *, code: int) -> Answer:
    """Write the forms that go to files, and return the answer for stdout; nothing there if all have files."""
    on_stdout = ""
    for name, path in chosen.items():
        text = forms[name]()
        if path is None:
            on_stdout = text
        else:
            write(Answer(text, output=path))
    return Answer(on_stdout, code)
