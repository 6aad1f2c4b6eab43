"""The reference of the scenario file, written from its models: a section for each, a row for each key."""

import json
from collections.abc import Iterator
from typing import Annotated, Any, get_args

from pydantic import TypeAdapter
from pydantic.fields import FieldInfo

from bcdr_sim.cli.schema import Kind, schema_text
from bcdr_sim.scenario.document import Scenario
from bcdr_sim.scenario.model import Model

Schema = dict[str, Any]
WORDS = {
    "90s": "duration",
    "westeurope": "name",
    "30/h": "rate",
    "2024-11-01T06:00:00Z": "instant",
    "08:00": "time of day",
}
"""What a text is called, by the first of its examples."""


def scenario() -> str:
    """The sections, nearest to the top of the file first."""
    schema = json.loads(schema_text(Kind.SCENARIO))
    schemas: dict[str, Schema] = {**schema["$defs"], "Scenario": schema}
    return "\n\n".join(section(model, path, schemas[model.__name__]) for path, model in models())


def models() -> Iterator[tuple[str, type[Model]]]:
    """Every model below the scenario, once, with the first key that leads to it."""
    met: set[type[Model]] = {Scenario}
    waiting: list[tuple[str, type[Model]]] = [("", Scenario)]
    for path, model in waiting:  # grows while it is walked: the nearest models come first
        yield path, model
        for name, field in model.model_fields.items():
            for inner in inside(field.annotation):
                if inner not in met:
                    met.add(inner)
                    waiting.append((f"{path}.{field.alias or name}".lstrip("."), inner))


def inside(annotation: Any) -> Iterator[type[Model]]:
    """The models that an annotation can hold, however deep in unions and collections."""
    if isinstance(annotation, type) and issubclass(annotation, Model):
        yield annotation
    for part in get_args(annotation):
        yield from inside(part)


def section(model: type[Model], path: str, schema: Schema) -> str:
    """A heading, where the model is used, what it means, and its keys."""
    meaning = " ".join(str(schema["description"]).split())
    lines = [f"### {model.__name__}", "", f"`{path}`: {meaning}" if path else meaning, ""]
    lines += ["| key | form | default | meaning |", "| --- | --- | --- | --- |"]
    for name, field in model.model_fields.items():
        key = field.alias or name
        said = schema["properties"][key]
        description = " ".join(said.get("description", "").split())
        lines.append(f"| `{key}` | {form(said)} | {default(field)} | {description} |")
    return "\n".join(lines)


def form(schema: Schema) -> str:
    """What may stand there, in words."""
    match schema:
        case {"$ref": str(reference)}:
            name = reference.rpartition("/")[2]
            return f"[{name}](#{name.lower()})"
        case {"enum": list(values)}:
            return " or ".join(f"`{value}`" for value in values)
        case {"const": value}:
            return f"`{value}`"
        case {"anyOf": list(parts)} | {"oneOf": list(parts)}:
            return " or ".join(dict.fromkeys(form(part) for part in parts if part != {"type": "null"}))
        case {"type": "array", "items": item}:
            return f"list of {form(item)}"
        case {"additionalProperties": dict(values)}:
            return f"map to {form(values)}"
        case {"patternProperties": dict(patterns)}:
            return f"map of names to {form(*patterns.values())}"
        case {"type": "string"}:
            return WORDS.get(schema.get("examples", [""])[0], "text")
        case {"type": "object", "properties": dict(parts)}:
            return "`{" + ", ".join(f"{key}: {form(part)}" for key, part in parts.items()) + "}`"
        case {"type": "boolean"}:
            return "`true` or `false`"
        case _:
            return number(schema)


def number(schema: Schema) -> str:
    """A number and its bounds."""
    bounds = {
        "minimum": "at least",
        "exclusiveMinimum": "over",
        "maximum": "at most",
        "exclusiveMaximum": "under",
    }
    limits = [f"{words} {schema[key]:,}" for key, words in bounds.items() if schema.get(key, 1e9) < 1e9]
    return " ".join(
        ["whole number" if schema["type"] == "integer" else "number", " and ".join(limits)]
    ).strip()


def default(field: FieldInfo) -> str:
    """What holds when the key is left out, as it would be written; nothing where that is nothing."""
    if field.is_required():
        return "required"
    kind: Any = Annotated[field.annotation, *field.metadata] if field.metadata else field.annotation
    value = field.get_default(call_default_factory=True)
    written = flow(TypeAdapter(kind).dump_python(value, mode="json", by_alias=True, exclude_unset=True))
    return "" if written in {"", "null", "[]", "{}"} else f"`{written}`"


def flow(value: Any) -> str:
    """A value on one line of YAML."""
    match value:
        case dict():
            return "{" + ", ".join(f"{key}: {flow(part)}" for key, part in value.items()) + "}"
        case list():
            return "[" + ", ".join(map(flow, value)) + "]"
        case str():
            return value
        case _:
            return json.dumps(value)
