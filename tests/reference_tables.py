"""Tables of the reference pages that are written from the program: the closed lists a reader looks things up in."""

from collections.abc import Callable, Iterable

from bcdr_sim.events import EVENT_ROWS
from bcdr_sim.phases import PHASE_ROWS, mermaid


def table(heads: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    """A Markdown table."""
    return "\n".join("| " + " | ".join(cells) + " |" for cells in [heads, ("---",) * len(heads), *rows])


def phases() -> str:
    """Every phase: whether users are served, whose time it is, what it means."""
    rows = ((f"`{row.phase.label}`", row.serves, row.owner, row.meaning) for row in PHASE_ROWS)
    return table(("phase", "serves users", "owner", "meaning"), rows)


def events() -> str:
    """Every event: who makes it happen, what it means, what its value is."""
    rows = ((f"`{row.event.label}`", row.actor, row.meaning, row.value) for row in EVENT_ROWS)
    return table(("event", "actor", "meaning", "value"), rows)


def diagram() -> str:
    """The transitions as a Mermaid diagram, in a fence."""
    return f"```mermaid\n{mermaid()}```"


TABLES: dict[str, Callable[[], str]] = {"phases": phases, "events": events, "diagram": diagram}
