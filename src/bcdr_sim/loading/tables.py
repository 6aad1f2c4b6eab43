"""A list of a document that stands in a table of its own: `environments: {from: estate.csv}`.

Rules. The table is CSV as spreadsheets save it: UTF-8, commas, a head with the names of the columns, one line for each
item. A column is a key of the item, or a key inside one of its parts (`objectives.rto`). An empty cell leaves its key out.
The cells become plain data with their places, so every later complaint points into the table, as `estate.csv:7:12`.
Source: RFC 4180, except that a cell holds no line break.
"""

from __future__ import annotations

import csv
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

    def read(self) -> tuple[list[dict[str, Any]], dict[str | int, Node]]:
        """Return the items and their nodes; what they are after a problem does not matter."""
        data: list[dict[str, Any]] = []
        nodes: dict[str | int, Node] = {}
        lines = ((number, line) for number, line in enumerate(self.source.lines) if line.strip(", \t"))
        head_number, head = next(lines, (0, ""))
        if not head:
            self.report(self.whole(0), "the table is empty; its first line names the columns")
            return data, nodes
        names = self.head(head_number, head)
        if self.problems:
            return data, nodes
        for number, line in lines:
            cells = self.cells(number, line)
            if cells and len(cells) != len(names):
                given = "1 cell" if len(cells) == 1 else f"{len(cells)} cells"
                message = (
                    f"{given} under {len(names)} columns; a cell that holds a comma stands in double quotes"
                )
                self.report(self.whole(number), message)
            elif cells:
                item, parts = self.item(names, cells)
                nodes[len(data)] = Node(self.whole(number), None, parts)
                data.append(item)
        if not data and not self.problems:
            self.report(self.whole(head_number), "no line stands below the head of the table")
        return data, nodes

    def head(self, number: int, line: str) -> list[str]:
        """Return the names of the columns, and report those that cannot be."""
        cells = self.cells(number, line)
        names = [text for text, _ in cells]
        if len(cells) == 1 and any(separator in line for separator in ";\t"):
            separator = "semicolons" if ";" in line else "tabs"
            message = f"the columns are separated by {separator}; save the table with commas, as CSV (UTF-8)"
            self.report(self.whole(number), message)
            return names
        missing = [name for name in self.columns.required if name not in names]
        for place, (name, mark) in enumerate(cells):
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
        for name in missing if cells else ():
            self.report(self.whole(number), f"there must be a column '{name}'")
        return names

    def cells(self, number: int, line: str) -> list[tuple[str, Mark]]:
        """Return the cells of a line, bare of the blanks around them, with their places; none after reporting why."""
        places = list(_places(line))
        if len(line) > LINE_MAX:
            self.report(
                self.whole(number), f"a line of {len(line):,} characters; at most {LINE_MAX:,} are read"
            )
            return []
        try:
            texts = next(csv.reader([line], strict=True, skipinitialspace=True), [])
        except csv.Error:
            texts = []
        if len(texts) != len(places):
            message = 'a double quote is not closed in its line, or stands inside a cell; write "" for one'
            self.report(self.whole(number), message)
            return []
        marks = (Mark(self.source, number, begin, end) for begin, end in places)
        return [(text.strip(), mark) for text, mark in zip(texts, marks, strict=True)]

    def item(
        self, names: Sequence[str], cells: Sequence[tuple[str, Mark]]
    ) -> tuple[dict[str, Any], dict[str | int, Node]]:
        """Return the data of one line and the nodes of its cells."""
        data: dict[str, Any] = {}
        nodes: dict[str | int, Node] = {}
        for name, (text, mark) in zip(names, cells, strict=True):
            if not text:
                continue
            *around, key = name.split(".")
            values, places = data, nodes
            for part in around:
                values = values.setdefault(part, {})
                inner: dict[str | int, Node] = {}
                if part in places:
                    inner = dict(places[part].items)
                places[part] = Node(mark, mark, inner)
                places = inner
            values[key] = value = _meaning(text, self.columns.cells[name])
            items = _NO_ITEMS
            if isinstance(value, list):
                items = {position: Node(mark, None, _NO_ITEMS) for position in range(len(value))}
            places[key] = Node(mark, mark, items)
        return data, nodes

    def whole(self, number: int) -> Mark:
        """Return the place of a whole line."""
        return Mark(self.source, number, 0, len(self.source.lines[number].rstrip()))

    def report(self, mark: Mark, message: str) -> None:
        """Remember a problem at a place."""
        self.problems.append(mark.source.problem(mark[1:], message))


def _places(line: str) -> Iterator[tuple[int, int]]:
    """Yield from where to where each cell of a line stands, without the blanks around it."""
    begin, is_quoted = 0, False
    for end, char in enumerate([*line, ","]):
        if char == '"':
            is_quoted = not is_quoted
        elif char == "," and (not is_quoted or end == len(line)):
            text = line[begin:end]
            first = begin + len(text) - len(text.lstrip())
            yield first, max(first, begin + len(text.rstrip()))
            begin = end + 1


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
