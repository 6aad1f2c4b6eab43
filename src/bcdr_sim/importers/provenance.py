"""Where an imported file comes from, and what was assumed for it: the comment above it and the lines on stderr."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module

from bcdr_sim.importers.naming import shown
from bcdr_sim.loading import Source

NAMES_SHOWN_MAX = 20


@dataclass(frozen=True, slots=True)
class Imported:
    """The text of a scenario or of a table, with what has to be said about it."""

    text: str
    counts: str
    assumptions: tuple[str, ...]


def header(kind: str, sources: Sequence[Source], *, counts: str, assumptions: Sequence[str]) -> str:
    """Return the comment that says what the file is made of."""
    version = import_module("bcdr_sim").__version__  # below everything that its face shows
    lines = [f"Written by bcdr-sim {version}: import {kind}", "from"]
    for source in sources:
        digest = hashlib.sha256(source.text.encode("utf-8", "surrogatepass")).hexdigest()
        lines.append(f"  {shown(source.path)} (sha256 of its text {digest[:16]})")
    lines += [f"{counts}.", "Assumptions; check each of them:"]
    lines += [f"* {shown_whole(line)}" for line in assumptions]
    return "\n".join(lines)


def shown_whole(line: str) -> str:
    """Return a line of this program that holds texts of a record: printable, and one line."""
    return "".join(char if char.isprintable() else " " for char in line)


def counted(number: int, noun: str, plural: str = "") -> str:
    """Return a number with its noun: `1 outage`, `2 outages`."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


def some(names: Sequence[str]) -> str:
    """Return the first names and the number of the others."""
    rest = len(names) - NAMES_SHOWN_MAX
    text = ", ".join(shown(name) for name in names[:NAMES_SHOWN_MAX])
    return f"{text} and {rest:,} more" if rest > 0 else text


def reasons(left_out: Mapping[str, int]) -> str:
    """Return what was left out and why, as the end of a sentence; '' if nothing was."""
    if not left_out:
        return ""
    return " (" + ", ".join(f"{number:,} {shown(reason)}" for reason, number in left_out.items()) + ")"
