"""A document to a checked model: each complaint of pydantic becomes a problem at its place, in our words.

Rules.

* Where: pydantic's `loc` mixes keys of the file with tags of unions and names of union members. The JSON
  Schema of the model is walked beside it, so that only what stands in the file counts as a step in the file.
* What: the value given, what is allowed, and the near miss. A field may name what it holds by
  `json_schema_extra={"noun": "environment type"}`; a wrong word then reads "no environment type
  'production'".
* A message raised by a validator (`ValueError("...")`, `PydanticCustomError`) is printed as it is.
* One slip, one problem: a missing key beside its own misspelling is the misspelling; a value that fits no
  member of a union is judged by the members of its own shape (mapping, list or scalar).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaWarningKind
from pydantic_core import ErrorDetails

from bcdr_sim.errors import InputError, Problem, near_miss
from bcdr_sim.loading.document import DataPath, Document, listed, there_are
from bcdr_sim.loading.sentences import Given, missing_sentence, one_sentence, sentence

Model = TypeVar("Model", bound=BaseModel)

Schema = Mapping[str, Any]

_VALIDATED = re.compile(r"function-\w+\[[^,]*, (?P<inner>.*)\]")


class MisplacedValueError(ValueError):
    """A validator's complaint about a value inside the one it validates; `at` is the way there."""

    def __init__(self, message: str, at: DataPath) -> None:
        super().__init__(message)
        self.at = at


def build(
    model: type[Model],
    document: Document,
    *,
    check: Callable[[Document], Iterable[Problem]] | None = None,
) -> Model:
    """Return the model of a document's data.

    `check` looks at the plain data for what a model cannot see, such as names that refer to nothing. It
    runs whether or not the model fits, so that one run reports all, and must pass over values of a wrong
    type. What it finds where the model already complained is dropped.

    Raises:
        InputError: with every problem found.
    """
    problems: list[Problem] = []
    value: Model | None = None
    try:
        value = model.model_validate(document.data)
    except ValidationError as error:
        problems = _problems(model, document, error)
    places = {(problem.file, problem.line, problem.column) for problem in problems}
    for problem in check(document) if check else ():
        if (problem.file, problem.line, problem.column) not in places:
            problems.append(problem)
    if value is None or problems:
        raise InputError(problems)
    return value


@dataclass(frozen=True, slots=True)
class _Complaint:
    """One error of pydantic with its place in the data and the schema of what was expected there."""

    kind: str
    path: DataPath
    schema: Schema
    details: ErrorDetails
    at_key: bool
    unions: tuple[tuple[DataPath, str], ...]  # (where a union stands, the shape of the member that complains)


def _problems(model: type[BaseModel], document: Document, error: ValidationError) -> list[Problem]:
    schemas = _Schemas(_schema_of_keys(model), document)
    complaints = [schemas.complaint(details) for details in error.errors(include_url=False)]
    complaints = _of_fitting_shape(complaints, document)
    return _Wording(document, schemas, complaints).problems()


@cache
def _schema_of_keys(model: type[BaseModel]) -> Schema:
    """Return the JSON Schema of a model, made once: it costs more than all the rest of a refusal."""
    return model.model_json_schema(schema_generator=_SchemaOfKeys)


def _of_fitting_shape(complaints: list[_Complaint], document: Document) -> list[_Complaint]:
    """Keep, of the members of each union, the complaints of those whose shape is that of the value."""
    kept = complaints
    for place in dict.fromkeys(place for complaint in complaints for place, _ in complaint.unions):
        shape = _shape(document.value(place))
        if any((place, shape) in complaint.unions for complaint in kept):
            kept = [c for c in kept if place not in dict(c.unions) or (place, shape) in c.unions]
    return kept


def _shape(value: Any) -> str:
    return "object" if isinstance(value, dict) else "array" if isinstance(value, list) else "scalar"


class _SchemaOfKeys(GenerateJsonSchema):
    """A JSON Schema for the sake of its keys; a default that JSON cannot hold does not matter here."""

    def emit_warning(self, kind: JsonSchemaWarningKind, detail: str) -> None:
        """Ignore the warning."""


def is_union(schema: Schema) -> bool:
    """Return whether a value has one of several schemas; a mapping with a rule about its keys is none."""
    return ("anyOf" in schema or "oneOf" in schema) and "properties" not in schema


@dataclass(frozen=True, slots=True)
class _Schemas:
    """The JSON Schema of a model, walked step by step beside the data."""

    root: Schema
    document: Document

    def complaint(self, details: ErrorDetails) -> _Complaint:
        schema = around = self.plain(self.root)
        path: list[str | int] = []
        unions: list[tuple[DataPath, str]] = []
        at_key = False
        for step in details["loc"]:
            if step == "[key]":
                at_key = True
                schema = self.plain(around.get("propertyNames", {}))
            elif "discriminator" in schema:
                schema = self.plain({"$ref": schema["discriminator"]["mapping"].get(str(step), "")})
            elif is_union(schema) and self.is_label(schema, step, tuple(path)):
                schema = self.member(schema, str(step))
                unions.append((tuple(path), self.shape(schema)))
            else:
                around, schema = schema, self.child(schema, step)
                path.append(step)
        return _Complaint(details["type"], tuple(path), schema, details, at_key, tuple(unions))

    def plain(self, schema: Schema) -> Schema:
        """Return a schema with references and optional values resolved, keeping what stands beside them."""
        while True:
            members = [member for member in schema.get("anyOf", ()) if member.get("type") != "null"]
            if "$ref" in schema:
                target = self.root.get("$defs", {}).get(schema["$ref"].rpartition("/")[2], {})
            elif len(members or schema.get("allOf", ())) == 1:
                target = (members or schema["allOf"])[0]
            else:
                return schema
            beside = {key: schema[key] for key in schema if key not in ("$ref", "anyOf", "allOf", "default")}
            schema = {**target, **beside}

    def is_label(self, schema: Schema, step: str | int, path: DataPath) -> bool:
        """Return whether a step names a member of an untagged union, and not something in the file."""
        if isinstance(step, int):
            return False
        value = self.document.value(path)
        is_key = isinstance(value, dict) and step in value
        return not is_key and not any(step in member.get("properties", {}) for member in self.members(schema))

    def child(self, schema: Schema, step: str | int) -> Schema:
        """Return the schema of an item or key; of a union, that of the first member which knows it."""
        if is_union(schema):
            below = [self.child(member, step) for member in self.members(schema)]
            return next((schema for schema in below if schema), {})
        if isinstance(step, int):
            positions = schema.get("prefixItems", ())
            found = positions[step] if step < len(positions) else schema.get("items", {})
        else:
            others = [*schema.get("patternProperties", {}).values(), schema.get("additionalProperties", {})]
            found = schema.get("properties", {}).get(step, others[0])
        return self.plain(found) if isinstance(found, Mapping) else {}

    def members(self, schema: Schema) -> list[Schema]:
        members = [self.plain(member) for key in ("anyOf", "oneOf") for member in schema.get(key, ())]
        return [member for member in members if member.get("type") != "null"]

    def member(self, schema: Schema, label: str) -> Schema:
        """Return the member of an untagged union that pydantic calls `label`, or a schema of its shape."""
        while validated := _VALIDATED.fullmatch(label):
            label = validated["inner"]
        members = self.members(schema)
        for member in members:
            if member.get("title") == label:
                return member
        shape = "array" if label.startswith(("list", "tuple", "set", "frozenset")) else "scalar"
        shape = "object" if label.startswith("dict") else shape
        fitting = [member for member in members if self.shape(member) == shape]
        return fitting[0] if len(fitting) == 1 else {"type": shape}

    @staticmethod
    def shape(schema: Schema) -> str:
        kind = schema.get("type")
        return kind if kind in ("object", "array") else "scalar"


@dataclass(slots=True)
class _Wording:
    """The sentences for a list of complaints."""

    document: Document
    schemas: _Schemas
    complaints: list[_Complaint]
    missing: dict[DataPath, list[str]] = field(default_factory=dict)

    def problems(self) -> list[Problem]:
        for complaint in self.complaints:
            if complaint.kind == "missing":
                self.missing.setdefault(complaint.path[:-1], []).append(str(complaint.path[-1]))
        found = [self.unknown_key(c) for c in self.complaints if c.kind == "extra_forbidden"]
        found += [
            self.document.problem(path, missing_sentence(keys), at_key=True)
            for path, keys in self.missing.items()
            if keys
        ]
        found += [self.missing_tag(c) for c in self.complaints if c.kind == "union_tag_not_found"]
        merged: dict[tuple[DataPath, bool], list[str]] = {}
        for complaint in self.complaints:
            if complaint.kind not in ("missing", "extra_forbidden", "union_tag_not_found"):
                path, message = self.placed_sentence(complaint)
                merged.setdefault((path, complaint.at_key), []).append(message)
        for (path, at_key), messages in merged.items():
            found.append(self.document.problem(path, one_sentence(messages), at_key=at_key))
        return found

    def unknown_key(self, complaint: _Complaint) -> Problem:
        """Return the problem of a key without meaning here; a missing key it was meant to be is settled."""
        *above, key = complaint.path
        around = tuple(above)
        missing = self.missing.get(around, [])
        likely = near_miss(str(key), missing)
        if likely:
            missing.remove(likely)
        allowed = list(self.allowed_keys(complaint))
        likely = likely or near_miss(str(key), allowed)
        allowed = [name for name in allowed if name not in self.document.value(around)]
        rest = f"; allowed here: {listed(allowed)}" if allowed else "; no further key is allowed here"
        hint = f", did you mean '{likely}'?" if likely else rest
        return self.document.unknown_key(complaint.path, f"unknown key '{key}'{hint}")

    def allowed_keys(self, complaint: _Complaint) -> Iterable[str]:
        """Yield the keys that may stand where an unknown one does."""
        parent = {**complaint.details, "loc": complaint.details["loc"][:-1]}
        schema = self.schemas.complaint(parent).schema  # type: ignore[arg-type]
        members = self.schemas.members(schema) if is_union(schema) else [schema]
        return (key for member in members for key in member.get("properties", ()))

    def placed_sentence(self, complaint: _Complaint) -> tuple[DataPath, str]:
        """Return the place and the sentence of one complaint."""
        path, context = complaint.path, complaint.details.get("ctx", {})
        given = Given(self.document, self.document.find(path)[1], complaint.at_key)
        match complaint.kind:
            case "value_error" | "assertion_error":
                error = context["error"]
                at = error.at if isinstance(error, MisplacedValueError) else ()
                return path + at, str(error)
            case "union_tag_invalid":
                tag = context["discriminator"].strip("'")
                options = [
                    str(option) for option in complaint.schema.get("discriminator", {}).get("mapping", ())
                ]
                noun = complaint.schema.get("noun", tag)
                return (*path, tag), self.choice(noun, options, Given(self.document, (*path, tag)))
            case "literal_error" | "enum":
                options = complaint.schema.get("enum") or [complaint.schema.get("const", context["expected"])]
                return path, self.choice(complaint.schema.get("noun"), options, given)
            case _:
                return path, sentence(complaint.details, complaint.schema, given)

    def missing_tag(self, complaint: _Complaint) -> Problem:
        """Return the problem of a mapping without the key that says which kind of thing it is."""
        tag = complaint.details["ctx"]["discriminator"].strip("'")
        given = self.document.value(complaint.path)
        likely = near_miss(tag, given) if isinstance(given, dict) else None
        if likely:
            return self.document.unknown_key(
                (*complaint.path, likely), f"unknown key '{likely}', did you mean '{tag}'?"
            )
        options = listed(complaint.schema.get("discriminator", {}).get("mapping", ()))
        return self.document.problem(complaint.path, f"missing key '{tag}': one of {options}", at_key=True)

    @staticmethod
    def choice(noun: str | None, options: list[Any], given: Given) -> str:
        """Return the sentence for a word that is none of the allowed ones."""
        value = given.value
        likely = near_miss(value, map(str, options)) if isinstance(value, str) else None
        if noun and isinstance(value, str):
            hint = f"did you mean '{likely}'?" if likely else there_are(map(str, options))
            return f"no {noun} '{value}'; {hint}"
        hint = f", did you mean '{likely}'?" if likely else ""
        if str(value) in map(str, options):
            hint = (
                f", write {value} without quotes"
                if isinstance(value, str)
                else f", write '{value}' in quotes"
            )
        allowed = listed(map(str, options))
        return f"must be {allowed if len(options) == 1 else f'one of {allowed}'}; got {given}{hint}"
