"""Names that are safe everywhere, made of display names that may hold anything.

A name of a scenario begins with a letter or digit and goes on with letters, digits and `. _ / -`, so it is no formula, no
markup, no path upwards and no control character. The same records give the same names whatever order they come in.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence

from bcdr_sim.errors import escaped
from bcdr_sim.units import NAME_LENGTH_MAX

SHOWN_MAX = 200
_OUTSIDE = re.compile(r"[^A-Za-z0-9._-]+")
_LENGTH_MAX = NAME_LENGTH_MAX - 30
"""What is left beside a suffix that tells two apart."""


def safe_name(text: str, *, otherwise: str) -> str:
    """Return the nearest name to a text; `otherwise` if no letter or digit is left of it."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    name = _OUTSIDE.sub("-", plain).strip("-._")[:_LENGTH_MAX].rstrip("-._")
    return name or otherwise


def distinct_names(texts: Sequence[tuple[str, str]], *, otherwise: str) -> list[str]:
    """Return a name for each pair of display name and id: those that would be equal get the end of their id.

    Names that differ only in case count as equal.
    """
    plain = [safe_name(text, otherwise=otherwise) for text, _ in texts]
    taken = Counter(name.casefold() for name in plain)
    names = []
    for name, (_, identity) in zip(plain, texts, strict=True):
        if taken[name.casefold()] > 1 or name == otherwise:
            name = f"{name}-{safe_name(identity, otherwise='x')[-12:].lstrip('-._') or 'x'}"
        names.append(name)
    return _numbered(names, [identity for _, identity in texts])


def _numbered(names: list[str], identities: Sequence[str]) -> list[str]:
    """Return the names with a number behind those that are still equal, counted in the order of their ids."""
    used = Counter(name.casefold() for name in names)
    taken = set(used)
    last: dict[str, int] = {}
    order = sorted(range(len(names)), key=lambda position: (names[position], identities[position]))
    for position in order:
        name = names[position]
        if used[name.casefold()] < 2:
            continue
        number = last.get(name.casefold(), 0) + 1
        while f"{name}-{number}".casefold() in taken:
            number += 1
        last[name.casefold()] = number
        names[position] = f"{name}-{number}"
        taken.add(names[position].casefold())
    return names


def shown(text: str) -> str:
    """Return a text of a record as it may stand in a comment or a description: one line, printable, not endless."""
    line = escaped(" ".join(text.split()))
    return line if len(line) <= SHOWN_MAX else line[: SHOWN_MAX - 3] + "..."
