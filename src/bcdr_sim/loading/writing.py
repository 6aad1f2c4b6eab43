"""Plain data to YAML text that `read` gives back equal.

A writer of our own, since the same data must be the same bytes whatever library is installed.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from typing import Any

from bcdr_sim.loading.scalars import DIGITS_MAX, resolve

_LINE_WIDTH = 100
_INDENT = "  "
_PLAIN = re.compile(r"[A-Za-z0-9$/][A-Za-z0-9$_./+%-]*(?: [A-Za-z0-9$_./+%(-][A-Za-z0-9$_./+%()-]*)*")
_OTHER_READERS = re.compile(r"y|n|yes|no|on|off|true|false|null|[-+.0-9][-+.0-9_:eExXoT]*", re.IGNORECASE)
_ESCAPED = re.compile(r"[\ufeff\ufffe\uffff]")
_REFUSED = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


def dump(data: Mapping[str, Any], *, header: str | None = None) -> str:
    """Return a mapping as YAML text, in the order of its keys, after `header` as comment lines.

    Text that a reader of YAML 1.1 or 1.2 could take for something else is quoted. Short mappings and lists
    of scalars stand on one line.

    Raises:
        TypeError: a value is not plain data (dict, list, tuple, text, number, boolean, None).
        ValueError: a number that is not finite or too long, or text with a character that does not print.
    """
    lines = [f"# {line}".rstrip() for line in header.splitlines()] if header else []
    lines += _mapping_lines(data, "") if data else ["{}"]
    return "\n".join(lines) + "\n"


def _mapping_lines(mapping: Mapping[str, Any], indent: str) -> list[str]:
    lines = []
    for key, value in mapping.items():
        if not isinstance(key, str):
            raise TypeError(f"a key must be text, not {type(key).__name__}")
        lines += _entry_lines(f"{indent}{_text(key)}:", value, indent)
    return lines


def _entry_lines(lead: str, value: Any, indent: str) -> list[str]:
    """Return `lead` with a value behind it, on one line if it fits there."""
    flow = _flow(value)
    if flow is not None and len(lead) + 1 + len(flow) <= _LINE_WIDTH:
        return [f"{lead} {flow}"]
    if isinstance(value, Mapping):
        return [lead, *_mapping_lines(value, indent + _INDENT)]
    if isinstance(value, list | tuple):
        return [lead, *_list_lines(value, indent + _INDENT)]
    return [f"{lead} {_scalar(value)}"]


def _list_lines(items: list[Any] | tuple[Any, ...], indent: str) -> list[str]:
    lines = []
    for item in items:
        flow = _flow(item) if not isinstance(item, Mapping) else None
        if flow is not None and len(indent) + 2 + len(flow) <= _LINE_WIDTH:
            lines.append(f"{indent}- {flow}")
            continue
        if isinstance(item, Mapping):
            block = _mapping_lines(item, indent + _INDENT) if item else [f"{indent}{_INDENT}{{}}"]
        elif isinstance(item, list | tuple):
            block = _list_lines(item, indent + _INDENT)
        else:
            block = [f"{indent}{_INDENT}{_scalar(item)}"]
        lines += [f"{indent}- {block[0][len(indent) + 2 :]}", *block[1:]]
    return lines


def _flow(value: Any) -> str | None:
    """Return a scalar, or a collection of scalars, as it stands on one line; None for a nested collection."""
    if isinstance(value, Mapping):
        if any(isinstance(item, Mapping | list | tuple) and item for item in value.values()):
            return None
        return "{" + ", ".join(f"{_key(key)}: {_flow(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list | tuple):
        if any(isinstance(item, Mapping | list | tuple) and item for item in value):
            return None
        return "[" + ", ".join(str(_flow(item)) for item in value) + "]"
    return _scalar(value)


def _key(key: Any) -> str:
    if not isinstance(key, str):
        raise TypeError(f"a key must be text, not {type(key).__name__}")
    return _text(key)


def _scalar(value: Any) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case str():
            return _text(value)
        case int() | float():
            return _number(value)
        case _:
            raise TypeError(f"not plain data: {type(value).__name__}")


def _number(value: float) -> str:
    if not math.isfinite(value):
        raise ValueError(f"{value} is not a finite number")
    text = repr(value)
    if len(text) > DIGITS_MAX:
        raise ValueError(f"a number of {len(text)} characters; at most {DIGITS_MAX} can be read back")
    return text


def _text(text: str) -> str:
    refused = _REFUSED.search(text)
    if refused:
        raise ValueError(f"the text holds the character U+{ord(refused[0]):04X}, which does not print")
    if _PLAIN.fullmatch(text) and not _OTHER_READERS.fullmatch(text) and _is_text(text):
        return text
    quoted = json.dumps(text, ensure_ascii=False)
    return _ESCAPED.sub(lambda match: f"\\u{ord(match[0]):04x}", quoted)


def _is_text(word: str) -> bool:
    try:
        return resolve(word) == word
    except ValueError:
        return False
