"""Laws of tables as such: cells become data, and every complaint about one points at its text."""

from __future__ import annotations

import csv
import io
import tempfile
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bcdr_sim.errors import InputError
from bcdr_sim.loading import Cell, Columns, DataPath, Document, read, with_table

COLUMNS = Columns(
    {
        "name": Cell.TEXT,
        "size": Cell.WORD,
        "tags": Cell.LIST,
        "part.first": Cell.TEXT,
        "part.inner.second": Cell.TEXT,
    },
    required=("name",),
    refused={},
)
NAMES = tuple(COLUMNS.cells)
CELLS = st.text(
    st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"]) | st.sampled_from('",; '), max_size=6
)


def tabled(table: str, *, columns: Columns = COLUMNS) -> Document:
    """The document of a file that takes its items from a table with this text."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "table.csv").write_text(table, encoding="utf-8", newline="")
        document = read(Path(folder) / "main.yaml", text="items: {from: table.csv}\n")
        return with_table(document, "items", columns)


@settings(deadline=None, max_examples=300)
@given(rows=st.lists(st.tuples(CELLS, CELLS, CELLS), min_size=1, max_size=5), is_quoted=st.booleans())
def test_the_place_of_a_cell_is_its_text(rows: list[tuple[str, str, str]], is_quoted: bool) -> None:
    """However a spreadsheet quotes it: what stands at the place, read alone, is the value."""
    columns = Columns(dict.fromkeys(("a", "b.c", "b.d"), Cell.TEXT), required=("a",), refused={})
    rows = [(f"x{first}", second, third) for first, second, third in rows]
    written = io.StringIO()
    csv.writer(written, quoting=csv.QUOTE_ALL if is_quoted else csv.QUOTE_MINIMAL).writerows(
        [tuple(columns.cells), *rows]
    )
    document = tabled(written.getvalue(), columns=columns)
    assert len(document.data["items"]) == len(rows)
    for position, row in enumerate(rows):
        for column, text in zip(columns.cells, row, strict=True):
            path: DataPath = ("items", position, *column.split("."))
            assert (document.value(path) or "") == text.strip()
            if text.strip('" '):
                (alone,) = csv.reader([document.written(path)], strict=True)
                assert [cell.strip() for cell in alone] == [text.strip()]


def test_a_cell_is_read_as_its_column_says() -> None:
    """Text stays text, a word may be a number or a truth, a list is parted at ';'; dots lead into parts."""
    table = f"{','.join(NAMES)}\n007,1.5,a; b;;c ,x,y\n1,TRUE,;,,\nplain,=1+1,,,\n"
    assert tabled(table).data["items"] == [
        {
            "name": "007",
            "size": 1.5,
            "tags": ["a", "b", "c"],
            "part": {"first": "x", "inner": {"second": "y"}},
        },
        {"name": "1", "size": True, "tags": []},
        {"name": "plain", "size": "=1+1"},
    ]


@pytest.mark.parametrize(
    ("path", "text"),
    [
        (("tags", 0), "a"),
        (("tags", 1), "b c"),
        (("part",), '"x"'),
        (("part", "inner"), "y"),
        (("part", "inner", "second"), "y"),
        ((), 'web,2,"a;  b c;",  "x", y'),
    ],
    ids=["item", "item after blanks", "part", "inner part", "key of it", "line"],
)
def test_every_part_of_a_line_has_its_place(path: tuple[str | int, ...], text: str) -> None:
    """An item of a list its own, a part that of its first cell, and the whole the line."""
    document = tabled(f'{",".join(NAMES)}\r\n\r\nweb,2,"a;  b c;",  "x", y\r\n')
    assert document.written(("items", 0, *path)) == text
    assert document.line(("items", 0, *path)) == 3


def test_what_a_line_leaves_out_stands_at_the_line() -> None:
    """Also if its cells are empty in quotes."""
    document = tabled('name,size\n"",""\n')
    assert document.data["items"] == [{}]
    problem = document.problem(("items", 0, "name"), "missing")
    assert (problem.line, problem.column, problem.path) == (2, 1, "items[0]")


def test_faults_of_head_and_lines_come_at_once() -> None:
    """Only where columns cannot be told apart is nothing said of the lines."""
    with pytest.raises(InputError) as caught:
        tabled('name,sise\nweb,1,2\ndb,1\nopen,"\n')
    assert [problem.line for problem in caught.value.problems] == [1, 2, 4]
    with pytest.raises(InputError) as caught:
        tabled("name;size\nweb,1,2\n")
    assert [problem.line for problem in caught.value.problems] == [1]


def test_a_large_table_is_read_in_moments() -> None:
    """Places are looked for when they are asked for."""
    table = ",".join(NAMES) + "\n" + "".join(f"web-{n},{n},a;b;c,x,y\n" for n in range(20_000))
    begin = time.process_time()
    document = tabled(table)
    assert document.written(("items", 19_999, "name")) == "web-19999"
    assert time.process_time() - begin < 3
