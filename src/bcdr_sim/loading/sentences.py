"""Sentences about a value of a wrong type, size or form: what is needed, what was given, how to write it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic_core import ErrorDetails

from bcdr_sim.loading.document import DataPath, Document, listed
from bcdr_sim.loading.scalars import resolve


@dataclass(frozen=True, slots=True)
class Given:
    """The value a complaint is about, as a sentence shows it."""

    document: Document
    path: DataPath
    at_key: bool = False

    @property
    def value(self) -> Any:
        """The plain data at the path, or the key itself."""
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


def sentence(details: ErrorDetails, schema: Mapping[str, Any], given: Given) -> str:
    """Return the sentence for a value of a wrong type, size or form."""
    kind, context = details["type"], details.get("ctx", {})
    if kind in _COMPARISONS:
        words, key = _COMPARISONS[kind]
        return f"must be {words} {_number(context[key])}; got {given}"
    if kind in _LENGTHS:
        return _length_sentence(kind, context, given)
    if kind == "string_pattern_mismatch":
        examples = listed(map(str, schema.get("examples", ())))
        return f"cannot be {given}; " + (
            f"write it like {examples}" if examples else f"must fit {context['pattern']}"
        )
    for prefixes, expected in _KINDS:
        if kind.startswith(prefixes):
            return f"must be {expected}; got {given}{_retyped(expected, given)}"
    message = details["msg"]
    return message.replace("Input should be", "must be") + (
        f"; got {given}" if message.startswith("Input ") else ""
    )


def one_sentence(messages: list[str]) -> str:
    """Return what several members of a union say about one value as one sentence."""
    needs, _, given = messages[0].partition("; got ")
    if all(message.startswith("must be ") and message.endswith(f"; got {given}") for message in messages):
        kinds = [message.removeprefix("must be ").removesuffix(f"; got {given}") for message in messages]
        needs = f"must be {' or '.join(dict.fromkeys(kinds))}"
        return f"{needs}; got {given}" if given else needs
    return "; or ".join(dict.fromkeys(messages))


def missing_sentence(keys: list[str]) -> str:
    """Return the sentence for the keys that a mapping lacks."""
    if len(keys) == 1:
        return f"missing key '{keys[0]}'"
    return "missing keys " + ", ".join(f"'{key}'" for key in keys[:-1]) + f" and '{keys[-1]}'"


def _number(number: Any) -> str:
    return f"{number:g}" if isinstance(number, float) else str(number)


def _length_sentence(kind: str, context: Mapping[str, Any], given: Given) -> str:
    words, key = _LENGTHS[kind]
    if context[key] == 1 and words == "at least":
        return "must not be empty"
    unit = "characters" if kind.startswith("string") else "items"
    return f"must have {words} {context[key]} {unit}; got {len(given.value)}"


def _retyped(expected: str, given: Given) -> str:
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
