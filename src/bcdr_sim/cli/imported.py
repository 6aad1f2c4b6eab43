"""What the commands below `import` share: their files, what they answer, and instants."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bcdr_sim.cli.answer import Answer, refuse, say

if TYPE_CHECKING:
    from datetime import datetime

    from bcdr_sim.importers.provenance import Imported

Files = Annotated[
    list[str],
    typer.Argument(metavar="FILE...", help="Export; several are pages of one.", show_default=False),
]
Estate = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="Who lives there: a scenario to extend, or a table (.csv)."),
]


def told(imported: Imported, output: Path | None, *, quiet: bool) -> Answer:
    """Return the text as the answer, and say on stderr what went in, what came out and what was assumed."""
    if not quiet:
        say("\n".join([imported.counts, *(f"assumed: {line}" for line in imported.assumptions)]))
    return Answer(imported.text, output=output)


def instant_of(option: str, text: str | None) -> datetime | None:
    """Return the instant an option gives."""
    from bcdr_sim.units import parse_instant

    if text is None:
        return None
    try:
        return parse_instant(text)
    except ValueError as error:
        raise refuse(str(error), what=option) from None
