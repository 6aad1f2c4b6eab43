"""What is written reads back equal, is the same everywhere, and is pleasant to read."""

from __future__ import annotations

import math
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from bcdr_sim.errors import InputError
from bcdr_sim.loading import dump, read
from bcdr_sim.loading.invisible import invisible

TEXT = st.text(
    st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\u2028\u2029"), max_size=20
).filter(lambda text: not list(invisible(text)))
WORDS = st.text(alphabet="0123456789abeoxnysNtrufl.+-_:~<>=&*!|%@`'\"#,?{}[] \n\t", max_size=12)
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**62), 10**62),
    st.floats(allow_nan=False, allow_infinity=False),
    TEXT,
    WORDS,
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT | WORDS, inner, max_size=4),
    max_leaves=20,
)


@given(st.dictionaries(TEXT | WORDS, VALUES, max_size=5))
def test_what_is_written_reads_back_equal(data: dict[str, Any]) -> None:
    """Also for text that looks like something else; no file may hold what nobody sees."""
    again = read("a.yaml", text=dump(data)).data
    assert again == data
    assert repr(again) == repr(data)


@given(st.dictionaries(WORDS.filter(bool), WORDS, min_size=1, max_size=3))
def test_other_readers_of_yaml_see_the_same_text(data: dict[str, str]) -> None:
    """What a YAML 1.1 reader would turn into a boolean, time or number is quoted."""
    assert yaml.safe_load(dump(data)) == data


def test_the_form_is_what_a_person_would_write() -> None:
    """Short collections of scalars on one line, items of a list as blocks, durations as plain text."""
    data = {
        "version": 1,
        "regions": ["westeurope", "northeurope"],
        "outages": [
            {"id": "storm", "lasts": {"lognormal": {"median": "4h40m", "p90": "22h45m"}}, "at": "2d"},
            {},
            [1, [2]],
        ],
        "text": "no",
        "time": "12:30",
        "empty": {},
        "none": None,
        "share": 0.25,
        "long": ["a" * 60, "b" * 60],
    }
    assert dump(data, header="one\n\ntwo") == (
        "# one\n#\n# two\n"
        "version: 1\n"
        "regions: [westeurope, northeurope]\n"
        "outages:\n"
        "  - id: storm\n"
        "    lasts:\n"
        "      lognormal: {median: 4h40m, p90: 22h45m}\n"
        "    at: 2d\n"
        "  - {}\n"
        "  - - 1\n"
        "    - [2]\n"
        'text: "no"\n'
        'time: "12:30"\n'
        "empty: {}\n"
        "none: null\n"
        "share: 0.25\n"
        "long:\n"
        f"  - {'a' * 60}\n"
        f"  - {'b' * 60}\n"
    )


@pytest.mark.parametrize(
    ("value", "error"),
    [
        (math.nan, "nan is not a finite number"),
        (-math.inf, "-inf is not a finite number"),
        (10**80, "a number of 81 characters; at most 64 can be read back"),
        ("\x1b[31m", r"the text holds the character U\+001B, which does not print"),
        ("\ud800", r"the text holds the character U\+D800, which does not print"),
    ],
)
def test_what_could_not_be_read_back_is_not_written(value: Any, error: str) -> None:
    """The writer refuses what the reader refuses."""
    with pytest.raises(ValueError, match=error):
        dump({"a": value})


@pytest.mark.parametrize("value", [{1, 2}, object(), {1: 2}, b"x"])
def test_only_plain_data_is_written(value: Any) -> None:
    """Sets have no order, objects no text."""
    with pytest.raises(TypeError):
        dump({"a": value})


def test_a_tuple_is_written_as_a_list() -> None:
    """Models hold tuples where files have lists."""
    assert dump({"a": (1, (2, {"b": ()}))}) == dump({"a": [1, [2, {"b": []}]]})


def test_characters_that_files_may_not_hold_are_written_as_escapes() -> None:
    """They survive where a reader cannot take them for something else; a byte order mark inside a text is refused."""
    data = {"a": "y\ufffez\uffff"}
    assert read("a.yaml", text=dump(data)).data == data
    with pytest.raises(InputError, match="ZERO WIDTH NO-BREAK SPACE"):
        read("a.yaml", text=dump({"a": "x\ufeffy"}))
