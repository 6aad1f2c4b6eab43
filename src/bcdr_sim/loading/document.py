"""Plain data beside the places it came from, so that every later complaint can point at a line."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from bcdr_sim.errors import InputError, Problem, near_miss

DataPath = tuple[str | int, ...]
"""The way to a value in the data: keys of mappings and positions in lists, from the top."""

OPTIONS_SHOWN_MAX = 20
"""So many allowed values a message lists; of more it gives the first ones and the number of the others."""

_PLAIN_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
_LINE_BREAK = re.compile(r"\r\n|\n|\r")


@dataclass(frozen=True, slots=True)
class Source:
    """One file as read: the path as the user would write it, and its lines."""

    path: str
    text: str
    lines: tuple[str, ...] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "lines", tuple(_LINE_BREAK.split(self.text)))

    def problem(self, mark: tuple[int, int, int], message: str, *, path: DataPath = ()) -> Problem:
        """Return a problem at (line, column, end column), counted from 0."""
        line, column, end_column = mark
        return Problem(
            file=self.path,
            line=line + 1,
            column=column + 1,
            end_column=max(end_column, column + 1) + 1,
            message=message,
            path=format_path(path),
            source=self.lines[line] if line < len(self.lines) else "",
        )


class Mark(NamedTuple):
    """Where a key or a value stands: its first line, counted from 0. A named tuple, since there are many."""

    source: Source
    line: int
    column: int
    end_column: int


class Node(NamedTuple):
    """The place of one value, of its key if it has one, and of what it holds; beside the data, not in it."""

    mark: Mark
    key: Mark | None
    items: Mapping[str | int, Node]

    @property
    def is_blank(self) -> bool:
        """Whether nothing stands in the file where the value would be (`key:`)."""
        return self.mark.column == self.mark.end_column


@dataclass(frozen=True, slots=True)
class Document:
    """Plain data (dicts, lists, text, numbers, booleans, None) with the place of each key and value.

    `path` is the file asked for. `sources` are all files the data came from, that one last.
    """

    path: str
    data: dict[str, Any]
    root: Node = field(repr=False)
    sources: tuple[Source, ...] = field(repr=False)

    def find(self, path: DataPath) -> tuple[Node, DataPath]:
        """Return the node at a path with that path, or the nearest one above it with its own path.

        A key that would lie inside a list or scalar is passed over: the file says it shorter than the model,
        such as `[8m, 20m]` for `{values: [8m, 20m]}`.
        """
        node = self.root
        found: list[str | int] = []
        for step in path:
            if step in node.items:
                node = node.items[step]
                found.append(step)
            elif isinstance(step, int) or (node.items and 0 not in node.items):
                break
        return node, tuple(found)

    def value(self, path: DataPath) -> Any:
        """Return the data at a path; None when there is nothing."""
        value: Any = self.data
        for step in path:
            try:
                value = value[step]
            except (KeyError, IndexError, TypeError):
                return None
        return value

    def line(self, path: DataPath) -> int:
        """Return the line of a value or the nearest thing above it, counted from 1."""
        return self.find(path)[0].mark.line + 1

    def problem(self, path: DataPath, message: str, *, at_key: bool = False) -> Problem:
        """Return a problem with the value at a path, or with its key.

        A path that leads out of the data is cut to the part that exists. Where the value is blank or starts
        on a line below its key, the key is underlined.
        """
        node, found = self.find(path)
        mark = node.mark
        if node.key and (at_key or node.is_blank or node.key.line != mark.line):
            mark = node.key
        return mark.source.problem(mark[1:], message, path=found)

    def unknown_key(self, path: DataPath, message: str) -> Problem:
        """Return a problem with the key at a path; its path is that of the mapping around it."""
        mark = self.find(path)[0].key or self.root.mark
        return mark.source.problem(mark[1:], message, path=path[:-1])

    def unknown_name(self, path: DataPath, noun: str, known: Mapping[str, DataPath | None]) -> Problem:
        """Return the problem that the text at `path` names no `noun`.

        `known` says where each name is given; None for one that is known without the file.

        Example: "no region 'westeurpe'; did you mean 'westeurope' (line 4)?"
        """
        name = str(self.value(path))
        likely = near_miss(name, known)
        if likely is None:
            rest = there_are(known) if known else f"there is no {noun} at all"
            return self.problem(path, f"no {noun} '{name}'; {rest}")
        place = known[likely]
        where = f" ({self.place(place, seen_from=path)})" if place is not None else ""
        return self.problem(path, f"no {noun} '{name}'; did you mean '{likely}'{where}?")

    def place(self, path: DataPath, *, seen_from: DataPath) -> str:
        """Return `line 4`, or `other.yaml line 4` when the value is not in the file of the other path."""
        mark, other = self.find(path)[0].mark, self.find(seen_from)[0].mark
        file = "" if mark.source is other.source else f"{mark.source.path} "
        return f"{file}line {mark.line + 1}"

    def written(self, path: DataPath) -> str:
        """Return the text of a scalar as its file has it, without quotes taken off; only its first line."""
        source, line, column, end_column = self.find(path)[0].mark
        return source.lines[line][column:end_column]


def raise_all(problems: Iterable[Problem]) -> None:
    """Raise one `InputError` for all problems, if there is one."""
    found = tuple(problems)
    if found:
        raise InputError(found)


def format_path(path: DataPath) -> str:
    """Return a data path as text: `environments[0].type`."""
    parts: list[str] = []
    for step in path:
        if isinstance(step, int):
            parts.append(f"[{step}]")
        elif _PLAIN_KEY.fullmatch(step):
            parts.append(f".{step}" if parts else step)
        else:
            parts.append(f"['{step}']")
    return "".join(parts)


def there_are(options: Iterable[str]) -> str:
    """Return what there is instead of something unknown, as the end of a sentence."""
    names = list(options)
    if not names:
        return "there is none"
    return f"there is only '{names[0]}'" if len(names) == 1 else f"there are {listed(names)}"


def listed(options: Iterable[str]) -> str:
    """Return options as a list for a sentence; a long list is cut and its rest counted."""
    names = list(options)
    text = ", ".join(names[:OPTIONS_SHOWN_MAX])
    rest = len(names) - OPTIONS_SHOWN_MAX
    return f"{text} and {rest} more" if rest > 0 else text
