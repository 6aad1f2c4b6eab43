"""JSON as other programs write it: after a banner, in several pages, with keys in any case; bounded, and with places.

Keys are folded to lower case, since the same field is spelled in three ways by three services. What could exhaust memory or
stack is refused before it is built. A value that is text may hold JSON in turn.
"""

from __future__ import annotations

import itertools
import json
import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NoReturn

from bcdr_sim.errors import InputError, Problem
from bcdr_sim.loading import DataPath, Source

DEPTH_MAX = 64
"""Levels of nesting. Assumption: no service nests its answer deeper than a scenario file may."""

VALUES_MAX = 4_000_000
"""Values of one file. Assumption: four hundred for each environment of the largest file."""

DIGITS_MAX = 64
_OPENING = re.compile(r"^[ \t]*(?=[\[{])", re.MULTILINE)
_LINE_BREAK = re.compile(r"\r\n|\n|\r")
_BLANK = re.compile(r"\s*")
_CONSTANT = re.compile(r'"(?:[^"\\]|\\.)*"|(-?Infinity|NaN)')
_SIGN_OF_DATA = re.compile(r"[\[\]{}\"]")
_BANNERS_MAX = 50
_FURTHER = ("nextlink", "@odata.nextlink", "$skiptoken", "@nextlink")


@dataclass(frozen=True, slots=True)
class Page:
    """One JSON value of a file, and where in its text it begins and ends."""

    source: Source
    value: Any
    begin: int
    end: int

    def problem(self, path: DataPath, message: str) -> Problem:
        """Return a problem with the value at a path, or with the nearest thing above it."""
        begin, end = _find(self.source.text, self.begin, path)
        line, column = _place(self.source.text, begin)
        shown = self.source.lines[line]
        length = min(end - begin, len(shown) - column)
        return self.source.problem((line, column, column + max(length, 1)), message, path=path)


class _NotReadError(ValueError):
    """A value that JSON allows and this program does not read."""


class _ConstantError(_NotReadError):
    """A number that only some programs write."""


class _FaultError(InputError):
    """A fault in a JSON value, `at` an offset in its text."""

    def __init__(self, source: Source, at: int, message: str) -> None:
        super().__init__([_at(source, at, message)])
        self.at = at


def pages(source: Source) -> list[Page]:
    """Return the JSON values of a file; lines before the first and after the last that hold no JSON are passed over.

    Raises:
        InputError: not JSON, cut off, nested too deep, too large; with the place.
    """
    text = source.text
    if text.count(",") + text.count("[") + text.count("{") > VALUES_MAX:
        raise InputError([_at(source, 0, f"more than {VALUES_MAX:,} values; export it in several pages")])
    found = [_first(source)]
    while True:
        rest = _BLANK.match(text, found[-1].end)
        at = rest.end() if rest else len(text)
        if at < len(text) and text[at] == ",":
            raise InputError([_at(source, at, "a comma between two values outside of a list")])
        if at >= len(text) or text[at] not in "[{":
            if _SIGN_OF_DATA.search(text, at):
                raise InputError([_at(source, at, "the JSON is complete here, and something else follows")])
            return found
        found.append(_page(source, at))


def _first(source: Source) -> Page:
    """Return the first JSON value: at the beginning of the file, or of a line after a banner."""
    failures: list[_FaultError] = []
    for opening in itertools.islice(_OPENING.finditer(source.text), _BANNERS_MAX):
        try:
            return _page(source, opening.end())
        except _FaultError as error:
            failures.append(error)
            if _LINE_BREAK.search(source.text, opening.end(), error.at):
                break  # no banner: what begins here goes on for lines, and has the fault inside
    if failures:
        raise max(failures, key=lambda error: error.at)
    if not source.text.strip():
        raise InputError([_at(source, 0, "the file is empty")])
    raise InputError([_at(source, 0, "no JSON: no line begins with '[' or '{'")])


def _page(source: Source, begin: int) -> Page:
    try:
        value, end = _DECODER.raw_decode(source.text, begin)
    except json.JSONDecodeError as error:
        raise _FaultError(source, error.pos, f"not JSON: {_lower(error.msg)}") from None
    except _ConstantError as error:
        raise _FaultError(source, _constant_at(source.text, begin), str(error)) from None
    except _NotReadError as error:
        raise _FaultError(source, begin, str(error)) from None
    except RecursionError:
        raise _FaultError(source, begin, f"more than {DEPTH_MAX} levels deep") from None
    if _depth(value) > DEPTH_MAX:
        raise _FaultError(source, begin, f"more than {DEPTH_MAX} levels deep")
    return Page(source, value, begin, end)


def nested(value: Any) -> Any:
    """Return the JSON value that a text holds, or the value itself if it is no such text."""
    if not isinstance(value, str) or value.strip()[:1] not in ("[", "{"):
        return value
    try:
        inner = json.loads(value, object_pairs_hook=_folded, parse_constant=_refuse, parse_int=_whole)
    except (ValueError, RecursionError):
        return value
    return value if _depth(inner) > DEPTH_MAX else inner


def _folded(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    folded = {key.casefold(): value for key, value in pairs}
    if len(folded) < len(pairs):
        ((twice, _),) = Counter(key.casefold() for key, _ in pairs).most_common(1)
        raise _NotReadError(f"the key '{twice}' is given twice in one object")
    return folded


def _refuse(constant: str) -> NoReturn:
    raise _ConstantError(f"{constant} is not JSON; a number that is not known is null")


def _constant_at(text: str, begin: int) -> int:
    """Return where the first NaN or Infinity outside of a text stands."""
    return next((found.start(1) for found in _CONSTANT.finditer(text, begin) if found[1]), begin)


def _whole(digits: str) -> int:
    if len(digits) > DIGITS_MAX:
        raise _NotReadError(f"a number of {len(digits)} digits; at most {DIGITS_MAX} are read")
    return int(digits)


_DECODER = json.JSONDecoder(object_pairs_hook=_folded, parse_constant=_refuse, parse_int=_whole)


def _depth(value: Any) -> int:
    """Return how many lists and objects stand one in another, without recursion."""
    level, deepest = [value], 0
    while level := [item for item in level if isinstance(item, list | dict)]:
        deepest += 1
        if deepest > DEPTH_MAX:
            break
        level = [inner for item in level for inner in (item.values() if isinstance(item, dict) else item)]
    return deepest


def _find(text: str, begin: int, path: DataPath) -> tuple[int, int]:
    """Return from where to where the value at a path stands in a text that was decoded before."""
    for step in path:
        inner = _children(text, begin).get(step)
        if inner is None:
            break
        begin = inner
    return begin, _DECODER.raw_decode(text, begin)[1]


@lru_cache(maxsize=8)  # of a list of thousands somebody may complain about each item
def _children(text: str, begin: int) -> Mapping[str | int, int]:
    """Return where each item of the list or object at `begin` stands, by its folded key or its position."""
    if text[begin] not in "[{":
        return {}
    found: dict[str | int, int] = {}
    is_object = text[begin] == "{"
    at = _skip(text, begin + 1)
    while text[at] not in "]}":
        key: str | int = len(found)
        if is_object:
            name, at = _DECODER.raw_decode(text, at)
            key = name.casefold()
            at = _skip(text, _skip(text, at) + 1)
        found[key] = at
        at = _skip(text, _DECODER.raw_decode(text, at)[1])
        at = _skip(text, at + 1) if text[at] == "," else at
    return found


def _skip(text: str, at: int) -> int:
    blank = _BLANK.match(text, at)
    return blank.end() if blank else at


def _place(text: str, at: int) -> tuple[int, int]:
    """Return line and column of an offset, both from 0, with the line breaks that `Source` knows."""
    starts = _line_starts(text)
    line = bisect_right(starts, at) - 1
    return line, at - starts[line]


@lru_cache(maxsize=2)
def _line_starts(text: str) -> list[int]:
    return [0, *(found.end() for found in _LINE_BREAK.finditer(text))]


def _at(source: Source, at: int, message: str) -> Problem:
    line, column = _place(source.text, min(at, len(source.text)))
    return source.problem((line, column, column + 1), message)


def _lower(message: str) -> str:
    return message[:1].lower() + message[1:]


@dataclass(frozen=True, slots=True)
class Record:
    """One object of a page with the way to it, so that every complaint has a place."""

    page: Page
    path: DataPath
    fields: Mapping[str, Any]

    def raw(self, *keys: str) -> Any:
        """Return what stands at keys one in another, in any case; None if nothing does. JSON inside of text is read."""
        return nested(self._plain(*keys))

    def text(self, *keys: str) -> str:
        """Return the text at keys without the blanks around it; '' if there is none.

        Raises:
            InputError: something else than text stands there.
        """
        value = self._plain(*keys)
        if value is None:
            return ""
        if not isinstance(value, str):
            raise self.wrong(f"must be text, not {_kind(value)}", *keys)
        return value.strip()

    def records(self, *keys: str) -> list[Record]:
        """Return the objects of the list at keys; none if there is nothing.

        Raises:
            InputError: no list, or a list of something else.
        """
        value = self.raw(*keys)
        if value is None or value in ("", {}):
            return []
        if isinstance(value, Mapping):
            value = [value]  # a list of one, as PowerShell writes it
        if not isinstance(value, list) or not all(isinstance(item, Mapping) for item in value):
            raise self.wrong(f"must be a list of objects, not {_kind(value)}", *keys)
        path = (*self.path, *(key.casefold() for key in keys))
        return [Record(self.page, (*path, position), item) for position, item in enumerate(value)]

    def _plain(self, *keys: str) -> Any:
        value: Any = self.fields
        for key in keys:
            value = nested(value)
            if not isinstance(value, Mapping):
                return None
            value = value.get(key.casefold())
        return value

    def problem(self, message: str, *keys: str) -> Problem:
        """Return a problem with what stands at keys, or with the nearest thing above it."""
        return self.page.problem((*self.path, *(key.casefold() for key in keys)), message)

    def wrong(self, message: str, *keys: str) -> InputError:
        """Return that problem as an error."""
        return InputError([self.problem(message, *keys)])

    @property
    def place(self) -> str:
        """Where the record stands, for people: `file:line`."""
        return self.problem("").place.rpartition(":")[0]


def says_more_follows(source: Source) -> bool:
    """Whether the last JSON value of a file names the address of a further page."""
    value = pages(source)[-1].value
    return isinstance(value, Mapping) and any(value.get(key) for key in _FURTHER)


def listed_records(source: Source, *lists: str) -> list[Record]:
    """Return the records of a file: of a list, of an object that has one of these keys, or the one object that it is.

    Raises:
        InputError: not JSON, or a list that holds something else than objects.
    """
    found: list[Record] = []
    for page in pages(source):
        path: DataPath = ()
        value = page.value
        if isinstance(value, Mapping):
            key = next((key for key in lists if isinstance(value.get(key.casefold()), list)), None)
            if key is not None:
                path, value = (key.casefold(),), value[key.casefold()]
        items = value if isinstance(value, list) else [value]
        for position, item in enumerate(items):
            place = (*path, position) if isinstance(value, list) else path
            if not isinstance(item, Mapping):
                raise InputError([page.problem(place, f"must be an object, not {_kind(item)}")])
            found.append(Record(page, place, item))
    return found


def _kind(value: Any) -> str:
    names = {dict: "an object", list: "a list", str: "text", bool: "true or false", int: "a number"}
    return names.get(type(value), "nothing" if value is None else "a number")
