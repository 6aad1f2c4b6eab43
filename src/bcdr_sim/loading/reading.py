"""One YAML file to plain data with places, in one pass over the parser's events.

The parser reports what it meets as events; nothing is built before it was looked at. That makes the limits
real: depth and size are counted before any value exists, so no nesting can exhaust the stack and no alias
can multiply. What a reader of the file could misunderstand is refused: anchors, aliases, merges, tags, a
second document, a key given twice. The walk goes on after each such fault, so that one run names them all.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any, NoReturn

import yaml

from bcdr_sim.errors import Problem
from bcdr_sim.loading.document import DataPath, Document, Mark, Node, Source, raise_all
from bcdr_sim.loading.invisible import invisible
from bcdr_sim.loading.scalars import resolve
from bcdr_sim.loading.syntax import explain, starts_there
from bcdr_sim.loading.text import read_text


@dataclass(frozen=True, slots=True)
class Limits:
    """How large a file may be: bytes, levels of nesting, and values (keys count as well).

    `shorter` says what to do where there are too many values, `shared` where one is meant in several places.
    """

    bytes: int
    depth: int
    nodes: int
    shorter: str = "use 'count:' or an imported table"
    shared: str = "write the value out, or share it by 'include:' or 'extends:'"


SCENARIO_LIMITS = Limits(bytes=4 * 1024 * 1024, depth=64, nodes=200_000)
"""Assumption: a larger estate comes from `count:` or an imported table, not from a longer file."""

_UNPRINTABLE = re.compile(
    r"[^\t\n\r\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]"
)
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029]")
_HIDDEN = "the character {} cannot be seen, and what stands here may not be what is read"
_NOTHING: Mapping[str | int, Node] = MappingProxyType({})


def read(
    path: str | os.PathLike[str],
    *,
    limits: Limits = SCENARIO_LIMITS,
    text: str | None = None,
    name: str | None = None,
) -> Document:
    """Return the data of one YAML file with its places.

    With `text`, nothing is opened and that text is read. Problems show `name`, or the path as given.

    Raises:
        InputError: the file cannot be read, is too large, is not UTF-8 or YAML, or uses what is refused.
    """
    name = os.fspath(path) if name is None else name
    if text is None:
        text = read_text(Path(path), name=name, bytes_max=limits.bytes)
    source = Source(name, text.removeprefix("\ufeff"))
    raise_all(_unprintable(source))
    walk = _Walk(source, limits)
    data, root = walk.document()
    raise_all(walk.problems)
    return Document(path=name, data=data, root=root, sources=(source,))


def _unprintable(source: Source) -> Iterator[Problem]:
    """Yield the characters that YAML, or a person, could not read."""
    if not _UNPRINTABLE.search(source.text) and next(invisible(source.text), None) is None:
        return
    for number, line in enumerate(source.lines):
        for match in _UNPRINTABLE.finditer(line):
            message = f"the character U+{ord(match[0]):04X} does not print; remove it"
            yield source.problem((number, match.start(), match.end()), message)
        for place, name in invisible(line):
            if not _UNPRINTABLE.match(line[place]):
                yield source.problem((number, place, place + 1), f"{_HIDDEN.format(name)}; remove it")


class _StopReadingError(Exception):
    """Nothing after this place can be read."""


@dataclass(slots=True)
class _Walk:
    """The pass over the events of one file: builds data and nodes, and collects problems."""

    source: Source
    limits: Limits
    events: Iterator[Any] = field(init=False)
    problems: list[Problem] = field(default_factory=list)
    path: list[str | int] = field(default_factory=list)
    node_count: int = 0
    depth: int = 0

    def __post_init__(self) -> None:
        self.events = yaml.parse(self.source.text, getattr(yaml, "CSafeLoader", yaml.SafeLoader))

    def document(self) -> tuple[dict[str, Any], Node]:
        """Return the data and the node of the file's one mapping; after problems, whatever was read of it."""
        root = Node(Mark(self.source, 0, 0, 0), None, _NOTHING)
        data: Any = None
        try:
            for event in self.events:
                if isinstance(event, yaml.DocumentStartEvent):
                    self.document_start(event)
                elif isinstance(event, yaml.NodeEvent):
                    data, root = self.value(event)
        except yaml.YAMLError as error:
            self.problems.append(self.syntax_problem(error))
        except _StopReadingError:
            pass
        if not self.problems and not isinstance(data, dict):
            self.report(root.mark, self.top_message(data))
        return data if isinstance(data, dict) else {}, root

    def document_start(self, event: Any) -> None:
        if self.node_count:
            self.stop(self.mark(event), "a file holds one document; put what follows '---' into its own file")
        if event.version or event.tags:
            self.report(self.mark(event), "directives ('%...') are not used in this format; remove the line")

    @staticmethod
    def top_message(data: Any) -> str:
        if data is None:
            return "the file is empty; it needs keys and values, one 'key: value' a line"
        kind = "a list" if isinstance(data, list) else "a single value"
        return f"the file must hold keys and values (one 'key: value' a line), not {kind}"

    def value(self, event: Any, key: Mark | None = None) -> tuple[Any, Node]:
        """Return the data that starts with an event, and its node."""
        mark = self.mark(event)
        self.node_count += 1
        if self.node_count > self.limits.nodes:
            self.stop(mark, f"more than {self.limits.nodes:,} values; {self.limits.shorter}")
        if isinstance(event, yaml.AliasEvent):
            self.report(
                mark, f"aliases ('*{event.anchor}') are not used in this format; {self.limits.shared}"
            )
            return None, Node(mark, key, _NOTHING)
        self.check_properties(event, mark)
        if isinstance(event, yaml.ScalarEvent):
            return self.scalar(event, mark), Node(mark, key, _NOTHING)
        self.depth += 1
        if self.depth > self.limits.depth:
            self.stop(mark, f"more than {self.limits.depth} levels deep")
        data, items, end = self.mapping() if isinstance(event, yaml.MappingStartEvent) else self.sequence()
        self.depth -= 1
        if mark.line == end.line:
            mark = mark._replace(end_column=end.column)
        return data, Node(mark, key, items)

    def sequence(self) -> tuple[list[Any], dict[str | int, Node], Any]:
        """Return the items of a list, their nodes, and the parser's mark of the end."""
        data: list[Any] = []
        items: dict[str | int, Node] = {}
        while not isinstance(event := next(self.events), yaml.SequenceEndEvent):
            self.path.append(len(data))
            item, items[len(data)] = self.value(event)
            data.append(item)
            self.path.pop()
        return data, items, event.end_mark

    def mapping(self) -> tuple[dict[str, Any], dict[str | int, Node], Any]:
        """Return the values of a mapping, their nodes, and the parser's mark of the end."""
        data: dict[str, Any] = {}
        items: dict[str | int, Node] = {}
        while not isinstance(event := next(self.events), yaml.MappingEndEvent):
            mark = self.mark(event)
            key = self.key(event, mark)
            self.path.append("?" if key is None else key)
            value, node = self.value(next(self.events), mark)
            self.path.pop()
            if key is None:
                continue
            if (first := items.get(key)) and first.key:
                self.report(
                    mark, f"key '{key}' is given twice; the first one is on line {first.key.line + 1}"
                )
                continue
            data[key], items[key] = value, node
        return data, items, event.end_mark

    def key(self, event: Any, mark: Mark) -> str | None:
        """Return a key, or None after reporting why it is none."""
        if isinstance(event, yaml.ScalarEvent) and event.implicit[0] and event.value == "<<":
            self.report(mark, f"merges ('<<') are not used in this format; {self.limits.shared}")
            return None
        known = len(self.problems)
        key, _ = self.value(event)
        if isinstance(key, str):
            return key
        if len(self.problems) == known:
            if key is None and not event.value:
                self.report(mark, "a key is missing before ':'")
            elif isinstance(event, yaml.ScalarEvent):
                self.report(mark, f"a key must be text; write '{event.value}' in quotes")
            else:
                self.report(mark, "a key must be text, not a list or mapping")
        return None

    def scalar(self, event: Any, mark: Mark) -> Any:
        text: str = event.value
        if event.implicit[0] and event.tag is None:
            try:
                return resolve(text)
            except ValueError as error:
                self.report(mark, str(error))
                return None
        self.check_visible(text, mark)
        return text

    def check_visible(self, text: str, mark: Mark) -> None:
        """Report what does not show in a text that was written with escapes."""
        match = _CONTROL.search(text)
        if match:
            self.report(
                mark, f"the text holds the character U+{ord(match[0]):04X}, which does not print; remove it"
            )
        hidden = next(invisible(text), None)
        if hidden:
            self.report(mark, f"in the text, {_HIDDEN.format(hidden[1])}; remove it")

    def check_properties(self, event: Any, mark: Mark) -> None:
        if event.anchor is not None:
            self.report(
                mark, f"anchors ('&{event.anchor}') are not used in this format; {self.limits.shared}"
            )
        if event.tag is not None:
            shown = event.tag.replace("tag:yaml.org,2002:", "!!")
            self.report(
                mark, f"tags ('{shown}') are not used in this format; remove it, and quote what is text"
            )

    def mark(self, event: Any) -> Mark:
        start, end = event.start_mark, event.end_mark
        end_column = end.column if end.line == start.line else self.line_length(start.line)
        if isinstance(event, yaml.CollectionStartEvent):
            end_column = self.line_length(start.line)
        return Mark(self.source, start.line, start.column, end_column)

    def line_length(self, line: int) -> int:
        return len(self.source.lines[line].rstrip()) if line < len(self.source.lines) else 0

    def stop(self, mark: Mark, message: str) -> NoReturn:
        self.report(mark, message)
        raise _StopReadingError

    def report(self, mark: Mark, message: str) -> None:
        path: DataPath = tuple(self.path)
        self.problems.append(self.source.problem(mark[1:], message, path=path))

    def syntax_problem(self, error: yaml.YAMLError) -> Problem:
        """Return the parser's complaint in words a person can act on, where its cause is most likely."""
        sentence = getattr(error, "problem", None) or str(error)
        begin = getattr(error, "context_mark", None)
        where = getattr(error, "problem_mark", None) or begin
        if begin and starts_there(sentence, at_line_start=bool(where and where.column == 0)):
            where = begin
        line, column = (min(where.line, len(self.source.lines) - 1), where.column) if where else (0, 0)
        text = self.source.lines[line]
        message = explain(sentence, text, column=column, begin=begin.line + 1 if begin else line + 1)
        return self.source.problem((line, column, column + 1), message)
