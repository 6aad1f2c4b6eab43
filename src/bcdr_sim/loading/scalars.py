"""What an unquoted word of a file means: YAML 1.2's core schema, four patterns, and nothing guessed.

`on`, `no`, `12:30`, `1_000` and `2026-01-01` are text. Numbers that people read in two ways are refused.
Source: YAML 1.2.2, section 10.3.2, tag resolution of the core schema.
"""

from __future__ import annotations

import math
import re

DIGITS_MAX = 64
"""The longest number, in characters. Assumption: no quantity of a scenario needs more."""

Scalar = str | int | float | bool | None
"""What a word can mean."""

_NULL = frozenset({"", "~", "null", "Null", "NULL"})
_BOOLEAN = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_INTEGER = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_NOT_FINITE = re.compile(r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)")
_LEADING_ZERO = re.compile(r"[-+]?0+[0-9]")
_FIRST_OF_NUMBER = frozenset("+-.0123456789")


def resolve(word: str) -> Scalar:
    """Return what an unquoted word means.

    Raises:
        ValueError: a number with leading zeros, over `DIGITS_MAX` characters, not finite, or too large.
    """
    if word in _NULL:
        return None
    if word in _BOOLEAN:
        return _BOOLEAN[word]
    if word[0] not in _FIRST_OF_NUMBER:
        return word
    if _NOT_FINITE.fullmatch(word):
        raise ValueError(f"'{word}' is not a finite number")
    if not _FLOAT.fullmatch(word) and not _INTEGER.fullmatch(word):
        return word
    return _number(word)


def _number(word: str) -> int | float:
    if len(word) > DIGITS_MAX:
        raise ValueError(f"a number of {len(word)} characters; at most {DIGITS_MAX} are read")
    if _LEADING_ZERO.match(word):
        plain = re.sub(r"^([-+]?)0+(?=[0-9])", r"\1", word)
        raise ValueError(
            f"a number must not start with 0: write {plain}, or '{word}' in quotes if it is text"
        )
    if _INTEGER.fullmatch(word):
        base = {"0o": 8, "0x": 16}.get(word[:2], 10)
        return int(word[2:] if base != 10 else word, base)
    number = float(word)
    if not math.isfinite(number):
        raise ValueError(f"the number {word} is too large")
    return number
