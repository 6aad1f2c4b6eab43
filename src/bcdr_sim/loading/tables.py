"""A list of a document that stands in a table of its own: `environments: {from: estate.csv}`.

Rules. The table is CSV as spreadsheets save it: UTF-8, commas, a head with the names of the columns, one line for each
item. A column is a key of the item, or a key inside one of its parts (`objectives.rto`). An empty cell leaves its key out.
The cells become plain data with their places, so every later complaint points into the table, as `estate.csv:7:12`.
Source: RFC 4180, except that a cell holds no line break.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum, auto
from pathlib import Path
from typing import Any

from bcdr_sim.errors import Problem, near_miss
from bcdr_sim.loading.composing import place_beside
from bcdr_sim.loading.document import Document, Mark, Node, Source, raise_all, there_are
from bcdr_sim.loading.scalars import resolve
from bcdr_sim.loading.text import read_text

TABLE_BYTES_MAX = 64 * 1024 * 1024
"""Assumption: an estate of some 500,000 lines; a larger one is made of fleets."""

LINE_MAX = 100_000
"""The longest line, in characters. Assumption: nobody describes an environment in more."""

FROM = "from"
_NO_ITEMS: Mapping[str | int, Node] = {}
_CELL = re.compile(r' *("(?:[^"]|"")*"|[^,]*)(?:,|$)')
_LIST_ITEM = re.compile(r'[^;\s"](?:[^;"]*[^;\s"])?')


class Cell(Enum):
    """How the text of a cell is read."""

    TEXT = auto()
    """As it stands."""
    WORD = auto()
    """As an unquoted word of the scenario file: a number, true, false or text."""
    LIST = auto()
    """As texts with ';' between them."""


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns that a table may have, those that it must have, and why others that one might expect are none."""

    cells: Mapping[str, Cell]
    required: Sequence[str]
    refused: Mapping[str, str]


def with_table(document: Document, key: str, columns: Columns, *, root: Path | None = None) -> Document:
    """Return the document with the lines of the table that `key` names in place of it; the same one if it names none.

    With `root`, a table outside that folder is not read.

    Raises:
        InputError: no such table, or one that cannot be read; every fault of its form is reported.
    """
    given = document.data.get(key)
    if not isinstance(given, dict) or FROM not in given:
        return document
    source = _source(document, key, given, root=root)
    table = _Table(source, columns)
    data, items = table.read()
    raise_all(table.problems)
    node = document.root.items[key]._replace(items=items)
    top = document.root._replace(items={**document.root.items, key: node})
    return replace(document, data={**document.data, key: data}, root=top, sources=(source, *document.sources))


def _source(document: Document, key: str, given: Mapping[str, Any], *, root: Path | None) -> Source:
    """Return the text of the table, which lies beside the file that names it."""
    raise_all(
        document.unknown_key((key, other), f"unknown key '{other}'; beside '{FROM}' there is none")
        for other in given
        if other != FROM
    )
    path, name = (key, FROM), given[FROM]
    if not isinstance(name, str) or not name:
        raise_all([document.problem(path, "must be the path of a table (CSV), relative to this file")])
    place = place_beside(document.find(path)[0].mark.source.path, name, root=root)
    if place.refusal:
        raise_all([document.problem(path, place.refusal)])
    return Source(place.name, read_text(place.location, name=place.name, bytes_max=TABLE_BYTES_MAX))


@dataclass(slots=True)
class _Table:
    """One pass over the lines of a table: builds data and their places, and collects problems."""

    source: Source
    columns: Columns
    problems: list[Problem] = field(default_factory=list)

    def read(self) -> tuple[list[dict[str, Any]], Mapping[str | int, Node]]:
        """Return the items and their nodes; what they are after a problem does not matter."""
        data: list[dict[str, Any]] = []
        numbers: list[int] = []
        lines = ((number, line) for number, line in enumerate(self.source.lines) if line.strip(", \t"))
        head_number, head = next(lines, (0, ""))
        if not head:
            self.report(self.whole(0), "the table is empty; its first line names the columns")
        names = self.head(head_number, head) if head else []
        is_sound = not self.problems
        for number, line in lines if names else ():
            cells = self.cells(number, line)
            if cells and len(cells) != len(names):
                given = "1 cell" if len(cells) == 1 else f"{len(cells)} cells"
                message = (
                    f"{given} under {len(names)} columns; a cell that holds a comma stands in double quotes"
                )
                self.report(self.whole(number), message)
            elif cells and is_sound:
                numbers.append(number)
                data.append(self.item(names, cells))
        if not data and not self.problems:
            self.report(self.whole(head_number), "no line stands below the head of the table")
        return data, _Items(self.source, self.columns, names, numbers)

    def head(self, number: int, line: str) -> list[str]:
        """Return the names of the columns, and report those that cannot be; none if they cannot be told apart."""
        names = self.cells(number, line)
        if len(names) == 1 and any(separator in line for separator in ";\t"):
            separator = "semicolons" if ";" in line else "tabs"
            message = f"the columns are separated by {separator}; save the table with commas, as CSV (UTF-8)"
            self.report(self.whole(number), message)
            return []
        missing = [name for name in self.columns.required if name not in names]
        for place, (name, (begin, end)) in enumerate(zip(names, _places(line), strict=False)):
            mark = Mark(self.source, number, begin, end)
            if not name:
                self.report(mark, f"column {place + 1} has no name")
            elif name in self.columns.refused:
                self.report(mark, f"'{name}' cannot be a column: {self.columns.refused[name]}")
            elif name in names[:place]:
                self.report(mark, f"the column '{name}' is given twice")
            elif name not in self.columns.cells:
                likely = near_miss(name, missing) or near_miss(name, self.columns.cells)
                missing = [other for other in missing if other != likely]
                hint = f"did you mean '{likely}'?" if likely else there_are(self.columns.cells)
                self.report(mark, f"unknown column '{name}'; {hint}")
        for name in missing if names else ():
            self.report(self.whole(number), f"there must be a column '{name}'")
        return names

    def cells(self, number: int, line: str) -> list[str]:
        """Return the cells of a line, bare of the blanks around them; none after reporting why."""
        if len(line) > LINE_MAX:
            message = f"a line of {len(line):,} characters; at most {LINE_MAX:,} are read"
        else:
            try:
                return [text.strip() for text in next(csv.reader([line], strict=True, skipinitialspace=True))]
            except csv.Error:
                message = (
                    'a double quote is not closed in its line, or stands inside a cell; write "" for one'
                )
        self.report(self.whole(number), message)
        return []

    def item(self, names: Sequence[str], cells: Sequence[str]) -> dict[str, Any]:
        """Return the data of one line."""
        data: dict[str, Any] = {}
        for name, text in zip(names, cells, strict=True):
            if text:
                _put(data, name, _meaning(text, self.columns.cells[name]))
        return data

    def whole(self, number: int) -> Mark:
        """Return the place of a whole line."""
        return Mark(self.source, number, 0, len(self.source.lines[number].rstrip()))

    def report(self, mark: Mark, message: str) -> None:
        """Remember a problem at a place."""
        self.problems.append(mark.source.problem(mark[1:], message))


@dataclass(frozen=True, slots=True, eq=False)
class _Items(Mapping[str | int, Node]):
    """The nodes of all items. Each is made of its line when it is asked for: of few lines anybody complains."""

    source: Source
    columns: Columns
    names: Sequence[str]
    numbers: Sequence[int]

    def __len__(self) -> int:
        return len(self.numbers)

    def __iter__(self) -> Iterator[str | int]:
        return iter(range(len(self)))

    def __contains__(self, position: object) -> bool:
        return isinstance(position, int) and 0 <= position < len(self)

    def __getitem__(self, position: str | int) -> Node:
        if not isinstance(position, int) or position not in self:
            raise KeyError(position)
        number = self.numbers[position]
        line = self.source.lines[number]
        parts: dict[str, Any] = {}
        for name, (begin, end) in zip(self.names, _places(line), strict=False):
            if line[begin:end].strip('" '):
                mark = Mark(self.source, number, begin, end)
                _put(parts, name, Node(mark, mark, self._of_a_list(name, mark)))
        return Node(Mark(self.source, number, 0, len(line.rstrip())), None, _nodes(parts))

    def _of_a_list(self, name: str, mark: Mark) -> Mapping[str | int, Node]:
        """Return the nodes of the texts between the ';' of a cell."""
        if self.columns.cells[name] is not Cell.LIST:
            return _NO_ITEMS
        found = _LIST_ITEM.finditer(self.source.lines[mark.line], mark.column, mark.end_column)
        marks = (mark._replace(column=text.start(), end_column=text.end()) for text in found)
        return {position: Node(each, None, _NO_ITEMS) for position, each in enumerate(marks)}


def _put(item: dict[str, Any], name: str, value: Any) -> None:
    """Set a key of an item, or with dots in its name a key inside one of its parts."""
    *around, key = name.split(".")
    for part in around:
        item = item.setdefault(part, {})
    item[key] = value


def _nodes(parts: Mapping[str, Any]) -> dict[str | int, Node]:
    """Return the nodes of parts that are nodes or have parts in turn; these stand where their first one does."""
    nodes: dict[str | int, Node] = {}
    for key, part in parts.items():
        if isinstance(part, Node):
            nodes[key] = part
        else:
            inner = _nodes(part)
            mark = next(iter(inner.values())).mark
            nodes[key] = Node(mark, mark, inner)
    return nodes


def _places(line: str) -> Iterator[tuple[int, int]]:
    """Yield from where to where each cell of a line stands, without the blanks around it."""
    for cell in _CELL.finditer(line):
        begin = cell.start(1) + len(cell[1]) - len(cell[1].lstrip())
        yield begin, max(begin, cell.start(1) + len(cell[1].rstrip()))


def _meaning(text: str, cell: Cell) -> Any:
    """Return what a cell means; a number that cannot be read stays text, which the model then refuses."""
    match cell:
        case Cell.TEXT:
            return text
        case Cell.LIST:
            return [part.strip() for part in text.split(";") if part.strip()]
        case Cell.WORD:
            try:
                return resolve(text)
            except ValueError:
                return text
