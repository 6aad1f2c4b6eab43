"""CSV as other programs write it: any of three separators, headings by several names, cells of many lines."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from bcdr_sim.errors import InputError, Problem
from bcdr_sim.importers.provenance import some
from bcdr_sim.loading import Source

_SEPARATORS = ",;\t"


@dataclass(frozen=True, slots=True)
class CsvRecord:
    """One line of a table, its cells by the names that the program gives to its columns; `head` is the line of those."""

    source: Source
    line: int
    cells: Mapping[str, str]
    head: int = 0

    def text(self, *keys: str) -> str:
        """Return the text of a cell; '' if there is none."""
        return self.cells.get(keys[-1], "")

    def problem(self, message: str, *_: str) -> Problem:
        """Return a problem with the line."""
        return _at(self.source, self.line, message)

    def head_problem(self, message: str) -> Problem:
        """Return a problem with the headings of its table."""
        return _at(self.source, self.head, message)

    def wrong(self, message: str, *_: str) -> InputError:
        """Return that problem as an error."""
        return InputError([self.problem(message)])


def decimal_hint(text: str) -> str:
    """Return what to do with a number that has a comma for its point, as the end of a sentence; '' for any other text."""
    if not re.fullmatch(r"[+-]?\d+,\d+", text):
        return ""
    return f"; write a point, {text.replace(',', '.')}"


def csv_records(
    source: Source, columns: Mapping[str, Sequence[str]], *, required: Sequence[str]
) -> list[CsvRecord]:
    """Return the lines below the head. `columns` gives each name and the headings it may have, in lower case.

    Headings that nobody knows are passed over.

    Raises:
        InputError: empty, no heading of a required column, two for one, a line with another number of cells.
    """
    lines = list(_lines(source))
    if not lines:
        raise InputError([_at(source, 0, "the file is empty")])
    (number, head), *rest = lines
    head_line = number
    names = [_name(heading, columns) for heading in head]
    problems = [
        _at(source, number, f"two columns for '{name}': {some(_headings(head, names, name))}")
        for name in columns
        if names.count(name) > 1
    ]
    problems += [
        _at(source, number, f"no column for '{name}', which may be called {some(list(columns[name]))}")
        for name in required
        if name not in names
    ]
    if problems:
        raise InputError(problems)
    records = []
    for number, cells in rest:
        if len(cells) != len(head):
            problems.append(_at(source, number, f"{len(cells)} cells under {len(head)} columns"))
        texts = {name: cell.strip() for name, cell in zip(names, cells, strict=False) if name}
        records.append(CsvRecord(source, number, texts, head_line))
    if problems:
        raise InputError(problems)
    return records


def unknown_headings(source: Source, columns: Mapping[str, Sequence[str]]) -> list[str]:
    """Return the headings of a table that no column has, as they are written; blank ones are none."""
    head = next((cells for _, cells in _lines(source)), [])
    return [heading.strip() for heading in head if heading.strip() and not _name(heading, columns)]


def _lines(source: Source) -> Iterator[tuple[int, list[str]]]:
    """Yield the number of each line that is not blank, from 0, and its cells."""
    text, skipped = source.text, 0
    first = source.lines[0].strip().casefold()
    separator = first[4:5] if first.startswith("sep=") else ""  # as Excel writes it
    if separator:
        text, skipped = "\n".join(source.lines[1:]), 1
    head = next((line for line in text.splitlines() if line.strip()), "")
    separator = separator or max(_SEPARATORS, key=head.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    begin = 0
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield begin + skipped, cells
            begin = reader.line_num
    except csv.Error as error:
        raise InputError(
            [_at(source, min(begin + skipped, len(source.lines) - 1), f"not CSV: {error}")]
        ) from None


def _name(heading: str, columns: Mapping[str, Sequence[str]]) -> str:
    folded = " ".join(heading.replace("_", " ").split()).casefold()
    return next((name for name, headings in columns.items() if folded in headings), "")


def _headings(head: Sequence[str], names: Sequence[str], name: str) -> list[str]:
    return [heading for heading, other in zip(head, names, strict=True) if other == name]


def _at(source: Source, line: int, message: str) -> Problem:
    return source.problem((line, 0, len(source.lines[line].rstrip())), message)
