"""Tables of the reference pages that are written from the program: the closed lists a reader looks things up in."""

import json
from collections.abc import Callable, Iterable
from importlib.resources import files
from typing import Any

import scenario_reference
from bcdr_sim.events import EVENT_ROWS
from bcdr_sim.phases import PHASE_ROWS, Phase, PhaseRow, mermaid
from bcdr_sim.policy.decision import HELD_BY
from bcdr_sim.report.reasons import REASON_ROWS
from bcdr_sim.report.wording import agreed


def table(heads: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    """A Markdown table."""
    return "\n".join("| " + " | ".join(cells) + " |" for cells in [heads, ("---",) * len(heads), *rows])


def phases() -> str:
    """Every phase: whether users are served, whose time it is, what it means."""
    rows = ((f"`{row.phase.label}`", row.serves, _owner(row), row.meaning) for row in PHASE_ROWS)
    return table(("phase", "serves users", "owner", "meaning"), rows)


def _owner(row: PhaseRow) -> str:
    return "[by reason](#reasons)" if row.phase is Phase.DOWN_HELD else row.owner


def reasons() -> str:
    """Every reason of a hold: whose time it is in `down_held`, and what it says."""
    rows = ((f"`{row.reason.value}`", HELD_BY[row.reason], agreed(row.why, number=1)) for row in REASON_ROWS)
    return table(("reason", "owner", "why it stays"), rows)


def events() -> str:
    """Every event: who makes it happen, what it means, what its value is."""
    rows = ((f"`{row.event.label}`", row.actor, row.meaning, row.value) for row in EVENT_ROWS)
    return table(("event", "actor", "meaning", "value"), rows)


def run_document() -> str:
    """Every key of the run document: one table per object, from its schema."""
    text = files("bcdr_sim.data").joinpath("run.schema.json").read_text(encoding="utf-8")
    schema = json.loads(text)
    objects = {"run": schema} | {name: part for name, part in schema["$defs"].items() if "properties" in part}
    return "\n\n".join(_object(schema, name, part) for name, part in objects.items())


def _object(schema: Any, name: str, part: Any) -> str:
    rows = (
        (f"`{key}`", _type(schema, value), _meaning(schema, value))
        for key, value in part["properties"].items()
    )
    return f"### {name}\n\n{part['description']}\n\n{table(('key', 'type', 'meaning'), rows)}"


def _type(schema: Any, value: Any) -> str:
    """The type of a key in words; objects by the name of their own table."""
    match value:
        case {"$ref": str(target)}:
            name = target.removeprefix("#/$defs/")
            named = schema["$defs"][name]
            words = name if "properties" in named else _type(schema, named)
        case {"anyOf": [*options]}:
            words = " or ".join(_type(schema, option) for option in options)
        case {"items": items}:
            words = f"list of {_type(schema, items)}"
        case {"properties": {**keys}}:
            words = ", ".join(f"`{key}` ({_type(schema, inner)})" for key, inner in keys.items())
        case {"additionalProperties": {**each}}:
            words = f"{_type(schema, each)} by name"
        case {"enum": [*choices]}:
            words = " or ".join("null" if choice is None else f"`{choice}`" for choice in choices)
        case {"const": constant}:
            words = f"`{constant}`"
        case {"type": [*kinds]}:
            words = " or ".join(kinds)
        case _:
            words = value["type"]
    return words


def _meaning(schema: Any, value: Any) -> str:
    if "description" in value:
        return str(value["description"])
    return str(schema["$defs"][value["$ref"].removeprefix("#/$defs/")]["description"])


def diagram() -> str:
    """The transitions as a Mermaid diagram, in a fence."""
    return f"```mermaid\n{mermaid()}```"


TABLES: dict[str, Callable[[], str]] = {
    "phases": phases,
    "reasons": reasons,
    "events": events,
    "diagram": diagram,
    "run_document": run_document,
    "scenario": scenario_reference.scenario,
}
