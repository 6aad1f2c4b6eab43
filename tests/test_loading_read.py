"""A file is read in one meaning or not at all, and every fault of it is reported with its place."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bcdr_sim.errors import InputError, Problem
from bcdr_sim.loading import SCENARIO_LIMITS, Limits, read

LIMITS = Limits(bytes=1_000, depth=4, nodes=20)


def problems(path: Path, text: str | None = None) -> tuple[Problem, ...]:
    """Return the problems of a file, or of a text; none if it can be read."""
    try:
        read(path, text=text)
    except InputError as error:
        return error.problems
    return ()


def data(text: str) -> Any:
    """Return the plain data of a text."""
    return read("a.yaml", text=text).data


def messages(text: str, limits: Limits = SCENARIO_LIMITS) -> list[str]:
    """Return the messages with which a text is refused."""
    with pytest.raises(InputError) as caught:
        read("a.yaml", text=text, limits=limits)
    return [problem.message for problem in caught.value.problems]


@pytest.mark.parametrize(
    ("word", "value"),
    [
        ("true", True),
        ("False", False),
        ("null", None),
        ("~", None),
        ("", None),
        ("12", 12),
        ("-12", -12),
        ("+12", 12),
        ("0", 0),
        ("0o17", 15),
        ("0x1F", 31),
        ("1.5", 1.5),
        (".5", 0.5),
        ("5.", 5.0),
        ("0.5", 0.5),
        ("1e3", 1000.0),
        ("-1.5e-3", -0.0015),
        ("on", "on"),
        ("off", "off"),
        ("yes", "yes"),
        ("no", "no"),
        ("n", "n"),
        ("12:30", "12:30"),
        ("12:30:00", "12:30:00"),
        ("1_000", "1_000"),
        ("2026-01-01", "2026-01-01"),
        ("2026-01-01T00:00:00Z", "2026-01-01T00:00:00Z"),
        ("0b11", "0b11"),
        ("tRue", "tRue"),
        ("1.2.3", "1.2.3"),
        ("-", None),
        ("=", "="),
        ("4h", "4h"),
        ("'12'", "12"),
        ('"true"', "true"),
        ("''", ""),
    ],
)
def test_a_word_means_what_the_core_schema_of_yaml_1_2_says(word: str, value: Any) -> None:
    """Nothing else is guessed: words for booleans, times, dates and digit groups are text."""
    if word == "-":
        assert data("a:\n-\n") == {"a": [None]}
        return
    found = data(f"a: {word}\n")["a"]
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("word", "message"),
    [
        ("017", "a number must not start with 0: write 17, or '017' in quotes if it is text"),
        ("-007", "a number must not start with 0: write -7, or '-007' in quotes if it is text"),
        ("00.5", "a number must not start with 0: write 0.5, or '00.5' in quotes if it is text"),
        ("00", "a number must not start with 0: write 0, or '00' in quotes if it is text"),
        (".nan", "'.nan' is not a finite number"),
        ("-.INF", "'-.INF' is not a finite number"),
        ("1e999", "the number 1e999 is too large"),
        ("9" * 65, "a number of 65 characters; at most 64 are read"),
    ],
)
def test_numbers_that_people_misread_are_refused(word: str, message: str) -> None:
    """Octal by accident, numbers that are none, and numbers too long to mean anything."""
    assert messages(f"a: {word}\n") == [message]


@given(st.text(alphabet="0123456789abcdefxonyestrufl.+-_:eE~ ", max_size=20))
def test_any_unquoted_word_is_a_value_or_a_problem(word: str) -> None:
    """The reader never raises anything but an `InputError`."""
    assert len(problems(Path("a.yaml"), f"a: {word}\n")) <= 1


@given(st.text(max_size=200))
def test_any_text_is_data_or_problems(text: str) -> None:
    """Whatever the text, every problem has a place inside it."""
    lines = text.count("\n") + text.count("\r") + 1
    assert all(1 <= problem.line <= lines for problem in problems(Path("a.yaml"), text))


@given(st.binary(max_size=60))
def test_any_bytes_are_data_or_problems(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    """Encoding faults are problems too."""
    path = tmp_path_factory.getbasetemp() / "bytes.yaml"
    path.write_bytes(content)
    assert all(problem.message for problem in problems(path))


def test_a_byte_order_mark_is_dropped(tmp_path: Path) -> None:
    """Editors on Windows write one."""
    (tmp_path / "a.yaml").write_bytes(b"\xef\xbb\xbfa: 1\r\nb: 2\r\n")
    document = read(tmp_path / "a.yaml")
    assert document.data == {"a": 1, "b": 2}
    assert document.line(("b",)) == 2


def test_every_fault_of_a_file_is_reported_at_once() -> None:
    """Reading goes on after each refusal."""
    text = "a: &x 1\nb: *x\n<<: {}\nc: ! d\na: 2\n1: 2\n? [k]\n: v\nd: 017\ne: {? : 3}\n"
    assert [message.split("(")[0].split(";")[0].strip() for message in messages(text)] == [
        "anchors",
        "aliases",
        "merges",
        "tags",
        "key 'a' is given twice",
        "a key must be text",
        "a key must be text, not a list or mapping",
        "a number must not start with 0: write 17, or '017' in quotes if it is text",
        "a key is missing before ':'",
    ]


def test_a_duplicate_key_names_the_first_ones_line() -> None:
    """Also deep inside, and in flow style."""
    assert messages("a:\n  b: 1\n  c: 2\n  b: 3\n") == ["key 'b' is given twice; the first one is on line 2"]
    assert messages("a: {b: 1, 'b': 2}\n") == ["key 'b' is given twice; the first one is on line 1"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: [[[[1]]]]\n", "more than 4 levels deep"),
        ("a: {b: {c: {d: 1}}}\n", None),
        ("a: [" + "1," * 30 + "]\n", "more than 20 values; use 'count:' or an imported table"),
    ],
)
def test_depth_and_number_of_values_are_limited(text: str, message: str | None) -> None:
    """Reading ends at the limit, since nothing after it can be trusted to end."""
    if message is None:
        assert read("a.yaml", text=text, limits=LIMITS).data
    else:
        assert messages(text, LIMITS) == [message]


@pytest.mark.parametrize("bracket", ["[", "{a: ", "- ", "? ", "a: [{"])
def test_deep_nesting_is_refused_quickly(bracket: str) -> None:
    """100,000 brackets neither exhaust the stack nor take time."""
    begin = time.process_time()
    assert len(messages("a:\n  " + bracket * 100_000)) == 1
    assert time.process_time() - begin < 2


def test_a_number_of_5000_digits_is_refused() -> None:
    """`int()` would refuse it by itself, in words of its own."""
    assert messages("a: " + "9" * 5_000) == ["a number of 5000 characters; at most 64 are read"]


def test_size_is_checked_before_the_file_is_read(tmp_path: Path) -> None:
    """A file that never ends is refused as well."""
    path = tmp_path / "a.yaml"
    path.write_text("a: " + "x" * 1_000)
    with pytest.raises(InputError, match="the file has more than 1,000 bytes, which is the limit"):
        read(path, limits=LIMITS)
    if Path("/dev/zero").exists():
        with pytest.raises(InputError, match="the file has more than 1,000 bytes"):
            read("/dev/zero", limits=LIMITS)


def test_a_missing_file_names_the_one_that_was_meant(tmp_path: Path) -> None:
    """The hint looks into the folder of the missing file only."""
    (tmp_path / "storm.yaml").write_text("a: 1\n")
    with pytest.raises(InputError, match=r"strom.yaml: error: no such file; did you mean 'storm.yaml'\?"):
        read(tmp_path / "strom.yaml")
    with pytest.raises(InputError, match="no such file\n1 error"):
        read(tmp_path / "nowhere" / "a.yaml")


def test_a_folder_and_an_impossible_path_are_problems(tmp_path: Path) -> None:
    """No exception of the operating system reaches the user."""
    with pytest.raises(InputError, match="this is a folder, not a file"):
        read(tmp_path)
    with pytest.raises(InputError, match="cannot be read"):
        read("a\0b")
    with pytest.raises(InputError, match="cannot be read"):
        read("x" * 5_000)


def test_a_path_object_and_a_text_are_the_same_name(tmp_path: Path) -> None:
    """The document keeps the path as the user gave it."""
    assert read(Path("a") / "b.yaml", text="c: 1\n").path == os.path.join("a", "b.yaml")  # noqa: PTH118
    (tmp_path / "a.yaml").write_text("a: 1\n")
    assert read(str(tmp_path / "a.yaml")).path == str(tmp_path / "a.yaml")


def test_every_value_knows_its_place() -> None:
    """Keys and values, in block and flow style, and list items."""
    document = read("a.yaml", text="a:\n  - b: {c: 1, d: xyz}\n  - [4, 55]\n")
    problem = document.problem(("a", 0, "b", "d"), "m")
    assert (problem.line, problem.column, problem.end_column, problem.path) == (2, 18, 21, "a[0].b.d")
    problem = document.problem(("a", 0, "b", "d"), "m", at_key=True)
    assert (problem.column, problem.end_column) == (15, 16)
    problem = document.problem(("a", 1, 1), "m")
    assert (problem.line, problem.column, problem.end_column) == (3, 9, 11)
    problem = document.problem(("a", 1), "m")
    assert (problem.column, problem.end_column) == (5, 12)


def test_a_path_that_leads_nowhere_is_cut_to_what_exists() -> None:
    """A default that no file mentions is a matter of the mapping around it."""
    document = read("a.yaml", text="a:\n  b: 1\n")
    problem = document.problem(("a", "c", "d"), "m")
    assert (problem.line, problem.column, problem.path) == (1, 1, "a")
    assert document.value(("a", "c", "d")) is None


def test_a_blank_value_is_marked_at_its_key() -> None:
    """There is nothing else to point at."""
    problem = read("a.yaml", text="a: 1\nbcd:\n").problem(("bcd",), "m")
    assert (problem.line, problem.column, problem.end_column) == (2, 1, 4)


def test_an_unknown_name_is_answered_with_the_near_one_and_its_line() -> None:
    """Or with all there are."""
    document = read("a.yaml", text="regions: [north, south]\nin: nort\nout: elsewhere\n")
    known = {"north": ("regions", 0), "south": ("regions", 1)}
    assert document.unknown_name(("in",), "region", known).message == (
        "no region 'nort'; did you mean 'north' (line 1)?"
    )
    assert document.unknown_name(("out",), "region", known).message == (
        "no region 'elsewhere'; there are north, south"
    )
    assert document.unknown_name(("out",), "region", {}).message == (
        "no region 'elsewhere'; there is no region at all"
    )


def test_a_file_of_a_thousand_environments_is_read_quickly() -> None:
    """0.1 s was measured; ten times that would be a fault."""
    environment = (
        "  - name: contoso-{n}\n    type: Production\n    region: westeurope\n    tier: 2\n"
        "    link: {{kind: log_shipping, interval: 5m, transfer: 2m}}\n    objectives: {{rto: 4h}}\n"
    )
    text = "environments:\n" + "".join(environment.format(n=n) for n in range(1_000))
    begin = time.process_time()
    assert len(data(text)["environments"]) == 1_000
    assert time.process_time() - begin < 1


def test_a_byte_that_is_no_text_is_found_behind_a_byte_order_mark_too(tmp_path: Path) -> None:
    """The mark that some editors write first counts for no column."""
    said = []
    for mark in (b"", b"\xef\xbb\xbf"):
        path = tmp_path / "a.yaml"
        path.write_bytes(mark + b"name: stor\xfcm\n")
        with pytest.raises(InputError) as caught:
            read(path, name="a.yaml")
        said.append(caught.value.problems)
    assert said[0] == said[1]
    (problem,) = said[0]
    assert (problem.line, problem.column) == (1, 11)
    assert "0xfc" in problem.message
