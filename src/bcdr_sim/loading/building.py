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
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from bcdr_sim.errors import InputError, Problem, near_miss
from bcdr_sim.loading.document import DataPath, Document, listed
from bcdr_sim.loading.scalars import resolve

Model = TypeVar("Model", bound=BaseModel)

Schema = Mapping[str, Any]


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
    schemas = _Schemas(model.model_json_schema())
    complaints = [schemas.complaint(details) for details in error.errors(include_url=False)]
    complaints = _of_fitting_shape(complaints, document)
    return _Wording(document, schemas, complaints).problems()


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


@dataclass(frozen=True, slots=True)
class _Schemas:
    """The JSON Schema of a model, walked step by step."""

    root: Schema

    def complaint(self, details: ErrorDetails) -> _Complaint:
        schema, path = self.plain(self.root), list[str | int]()
        unions: list[tuple[DataPath, str]] = []
        at_key = False
        for step in details["loc"]:
            if step == "[key]":
                at_key = True
            elif "discriminator" in schema:
                schema = self.plain({"$ref": schema["discriminator"]["mapping"].get(str(step), "")})
            elif "anyOf" in schema or "oneOf" in schema:
                schema = self.member(schema, str(step))
                unions.append((tuple(path), self.shape(schema)))
            else:
                path.append(step)
                schema = self.child(schema, step)
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

    def child(self, schema: Schema, step: str | int) -> Schema:
        if isinstance(step, int):
            positions = schema.get("prefixItems", ())
            found = positions[step] if step < len(positions) else schema.get("items", {})
        else:
            found = schema.get("properties", {}).get(step, schema.get("additionalProperties", {}))
        return self.plain(found) if isinstance(found, Mapping) else {}

    def members(self, schema: Schema) -> list[Schema]:
        return [self.plain(member) for key in ("anyOf", "oneOf") for member in schema.get(key, ())]

    def member(self, schema: Schema, label: str) -> Schema:
        """Return the member of an untagged union that pydantic calls `label`, or a schema of its shape."""
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
            self.document.problem(path, f"missing key '{key}'", at_key=True)
            for path, keys in self.missing.items()
            for key in keys
        ]
        found += [self.missing_tag(c) for c in self.complaints if c.kind == "union_tag_not_found"]
        merged: dict[tuple[DataPath, bool], list[str]] = {}
        for complaint in self.complaints:
            if complaint.kind not in ("missing", "extra_forbidden", "union_tag_not_found"):
                path, message = self.placed_sentence(complaint)
                merged.setdefault((path, complaint.at_key), []).append(message)
        for (path, at_key), messages in merged.items():
            message = "; or ".join(dict.fromkeys(messages))
            found.append(self.document.problem(path, message, at_key=at_key))
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
        hint = f", did you mean '{likely}'?" if likely else f"; allowed here: {listed(allowed)}"
        return self.document.unknown_key(complaint.path, f"unknown key '{key}'{hint}")

    def allowed_keys(self, complaint: _Complaint) -> Iterable[str]:
        """Yield the keys that may stand where an unknown one does and are not there yet."""
        parent = {**complaint.details, "loc": complaint.details["loc"][:-1]}
        schema = self.schemas.complaint(parent).schema  # type: ignore[arg-type]
        given = self.document.value(complaint.path[:-1])
        return (key for key in schema.get("properties", {}) if key not in (given or ()))

    def placed_sentence(self, complaint: _Complaint) -> tuple[DataPath, str]:
        """Return the place and the sentence of one complaint."""
        path, context = complaint.path, complaint.details.get("ctx", {})
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
                return (*path, tag), self.choice(complaint.schema.get("noun", tag), options, (*path, tag))
            case "literal_error" | "enum":
                options = complaint.schema.get("enum") or [complaint.schema.get("const", context["expected"])]
                return path, self.choice(complaint.schema.get("noun"), options, path)
            case _:
                return path, _sentence(complaint, _Given(self.document, path, complaint.at_key))

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

    def choice(self, noun: str | None, options: list[Any], path: DataPath) -> str:
        """Return the sentence for a word that is none of the allowed ones."""
        value = self.document.value(path)
        likely = near_miss(value, map(str, options)) if isinstance(value, str) else None
        given = _Given(self.document, path, at_key=False)
        if noun and isinstance(value, str):
            hint = f"did you mean '{likely}'?" if likely else f"there are {listed(map(str, options))}"
            return f"no {noun} '{value}'; {hint}"
        hint = f", did you mean '{likely}'?" if likely else ""
        allowed = listed(map(str, options))
        return f"must be {allowed if len(options) == 1 else f'one of {allowed}'}; got {given}{hint}"


@dataclass(frozen=True, slots=True)
class _Given:
    """The value a complaint is about, as a sentence shows it."""

    document: Document
    path: DataPath
    at_key: bool

    @property
    def value(self) -> Any:
        return self.path[-1] if self.at_key else self.document.value(self.path)

    def __str__(self) -> str:
        match self.value:
            case None:
                return "nothing"
            case str(text):
                return f"'{text}'"
            case list() as items:
                return "a list" if items else "an empty list"
            case dict() as entries:
                return "a mapping" if entries else "an empty mapping"
            case _:
                return self.document.written(self.path)


_COMPARISONS = {
    "greater_than": ("greater than", "gt"),
    "greater_than_equal": ("at least", "ge"),
    "less_than": ("less than", "lt"),
    "less_than_equal": ("at most", "le"),
    "multiple_of": ("a multiple of", "multiple_of"),
}
_LENGTHS = {
    "too_short": ("at least", "min_length"),
    "too_long": ("at most", "max_length"),
    "string_too_short": ("at least", "min_length"),
    "string_too_long": ("at most", "max_length"),
}
_KINDS = (
    (("list_", "tuple_", "set_", "frozen_set_", "iterable_"), "a list ('- item' on each line, or [a, b])"),
    (("dict_", "model_", "dataclass_", "mapping_"), "a mapping (key: value)"),
    (("string_",), "text"),
    (("int_",), "a whole number"),
    (("float_", "decimal_"), "a number"),
    (("bool_",), "true or false"),
)


def _sentence(complaint: _Complaint, given: _Given) -> str:
    """Return the sentence for a value of a wrong type, size or form."""
    kind, context = complaint.kind, complaint.details.get("ctx", {})
    if kind in _COMPARISONS:
        words, key = _COMPARISONS[kind]
        return f"must be {words} {context[key]}; got {given}"
    if kind in _LENGTHS:
        return _length_sentence(kind, context, given)
    if kind == "string_pattern_mismatch":
        examples = listed(map(str, complaint.schema.get("examples", ())))
        return f"cannot be {given}; " + (
            f"write it like {examples}" if examples else f"must fit {context['pattern']}"
        )
    for prefixes, expected in _KINDS:
        if kind.startswith(prefixes):
            return f"must be {expected}; got {given}{_retyped(expected, given)}"
    message = complaint.details["msg"]
    return message.replace("Input should be", "must be") + (
        f"; got {given}" if message.startswith("Input ") else ""
    )


def _length_sentence(kind: str, context: Mapping[str, Any], given: _Given) -> str:
    words, key = _LENGTHS[kind]
    if context[key] == 1 and words == "at least":
        return "must not be empty"
    unit = "characters" if kind.startswith("string") else "items"
    return f"must have {words} {context[key]} {unit}; got {len(given.value)}"


def _retyped(expected: str, given: _Given) -> str:
    """Return the hint for a value that another spelling would make right, such as quotes taken off."""
    value = given.value
    if expected == "text" and isinstance(value, int | float):
        return f"; write '{given}' in quotes"
    if not isinstance(value, str):
        return ""
    if expected == "true or false":
        word = {"yes": "true", "on": "true", "no": "false", "off": "false"}.get(
            value.casefold(), value.casefold()
        )
        return f", write {word}" if word in ("true", "false") else ""
    if expected in ("a whole number", "a number"):
        digits = re.sub(r"(?<=\d)[_, ](?=\d)", "", value)
        try:
            number = resolve(digits)
        except ValueError:
            return ""
        fits = isinstance(number, int) or (isinstance(number, float) and expected == "a number")
        return (
            f", write {digits} without quotes"
            if fits and digits == value
            else f", write {digits}"
            if fits
            else ""
        )
    return ""
