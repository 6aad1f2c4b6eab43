"""The JSON Schema of scenario files, for editors: what may stand where, what it means, and what holds if it is left out.

It says what the loader says of one value at a time. What several values must agree on (names that exist, instants that go
forward) only the loader can tell.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from pydantic import BaseModel, TypeAdapter
from pydantic.fields import FieldInfo
from pydantic.json_schema import GenerateJsonSchema
from pydantic_core import CoreSchema

from bcdr_sim.loading.presets import DURATION, OUTAGE, PREFIX, PROVIDER, described
from bcdr_sim.scenario.distributions import Distribution
from bcdr_sim.scenario.document import Scenario
from bcdr_sim.scenario.imported import FROM_TABLE
from bcdr_sim.scenario.model import Model

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
"""The edition of JSON Schema that the schema is written in."""

_COMPOSED: Final = ("extends", "include")
_EXTENDED: Final = {"Outage": OUTAGE, "Provider": PROVIDER, "Distribution": DURATION}
"""What may extend a preset, and of which part."""


class _Generator(GenerateJsonSchema):
    """Pydantic's generator without titles that only repeat the name of a key."""

    def field_title_should_be_set(self, schema: CoreSchema | Any) -> bool:
        return False


def scenario_schema() -> dict[str, Any]:
    """The schema of a scenario file as plain data, the same on every call.

    Defaults are written as a file would write them: `10m`, never a number of milliseconds. What every scenario needs
    may also come from a file that it extends or includes.
    """
    schema = Scenario.model_json_schema(schema_generator=_Generator)
    models = {model.__name__: model for model in _models(Model)}
    for name, part in ((Scenario.__name__, schema), *schema["$defs"].items()):
        if name in models:
            _write_defaults(part["properties"], models[name])
    estate = schema["properties"]["environments"]
    described = {"description": estate.pop("description")}
    schema["properties"]["environments"] = {"anyOf": [estate, FROM_TABLE], **described}
    for name, part in _EXTENDED.items():
        _let_extend(schema["$defs"][name], part)
    needed = schema.pop("required")
    schema["anyOf"] = [{"required": needed}, *({"required": [key]} for key in _COMPOSED)]
    described = {"title": "Scenario of bcdr-sim", "description": schema.pop("description")}
    return {"$schema": DIALECT, **described, **{key: schema[key] for key in sorted(schema) if key != "title"}}


def _let_extend(definition: dict[str, Any], part: str) -> None:
    """Let a part name a preset. A distribution needs no family of its own then."""
    names = [f"{PREFIX}{preset.name}" for preset in described() if preset.of == part]
    definition["properties"] |= {
        "extends": {"description": "A preset that lies below what is said here.", "enum": names}
    }
    if part == DURATION:
        whole = definition.pop("then")
        definition["then"] = {
            "if": {"required": ["extends"]},
            "then": {"not": {"anyOf": whole["oneOf"]}},
            "else": whole,
        }


def _models(base: type[BaseModel]) -> Iterator[type[BaseModel]]:
    for model in base.__subclasses__():
        yield model
        yield from _models(model)


def _write_defaults(properties: dict[str, Any], model: type[BaseModel]) -> None:
    """Give every key that may be left out the value that then holds, unless it is a part with defaults of its own."""
    for name, field in model.model_fields.items():
        written = properties[field.alias or name]
        written.pop("default", None)
        default = field.get_default(call_default_factory=True, validated_data={})
        if field.is_required() or default is None or _is_part(default):
            continue
        written["default"] = _as_in_a_file(field, default)


def _is_part(default: Any) -> bool:
    return isinstance(default, Model) and not isinstance(default, Distribution)


def _as_in_a_file(field: FieldInfo, default: Any) -> Any:
    return TypeAdapter(field.rebuild_annotation()).dump_python(default, mode="json", exclude_none=True)
