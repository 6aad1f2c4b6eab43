"""Problems are shown where they are, whatever the line holds, and no text of a file escapes its place."""

from __future__ import annotations

import json

import pytest

from bcdr_sim.errors import (
    SHOWN_MAX,
    InputError,
    ModelError,
    Problem,
    near_miss,
    render_github,
    render_json,
    render_text,
    sarif_results,
)


def problem_at(source: str, begin: int, end: int) -> Problem:
    """Return a problem with the characters `begin` to `end` (from 0) of a line."""
    return Problem("a.yaml", 7, begin + 1, end + 1, "wrong", source=source)


def marked(source: str, begin: int, end: int) -> tuple[str, str]:
    """Return the source line and the caret line of a rendered problem, without the gutter."""
    _, line, caret, _ = render_text([problem_at(source, begin, end)]).split("\n")
    return line[9:], caret[9:]


def test_a_problem_is_a_place_a_sentence_and_a_caret_line() -> None:
    """The exact form that documents and editors rely on."""
    problem = Problem(
        "scenarios/storm.yaml", 7, 11, 21, "no environment type 'production'", "environments[0].type",
        "    type: production",
    )  # fmt: skip
    assert str(InputError([problem])) == (
        "scenarios/storm.yaml:7:11: error: no environment type 'production'  [environments[0].type]\n"
        "     7 |     type: production\n"
        "       |           ^^^^^^^^^^\n"
        "1 error"
    )


def test_a_problem_of_a_whole_file_has_no_line() -> None:
    """It names the file and says why."""
    problem = Problem("a.yaml", 0, 0, 0, "no such file")
    assert render_text([problem]) == "a.yaml: error: no such file\n1 error"


def test_problems_come_in_file_order_once_each() -> None:
    """Files keep the order in which they were met; equal problems are one."""
    first, second = Problem("b.yaml", 9, 1, 2, "x"), Problem("a.yaml", 2, 5, 6, "x")
    third = Problem("b.yaml", 1, 1, 2, "x")
    assert InputError([first, second, third, first]).problems == (third, first, second)


def test_an_input_error_has_a_problem() -> None:
    """An error that nobody can repair would be a fault of the program."""
    with pytest.raises(ModelError):
        InputError([])


def test_the_caret_stands_under_its_characters_after_a_tab() -> None:
    """A tab is shown as spaces up to the next multiple of four."""
    assert marked("\tab\tcd", 4, 6) == ("    ab  cd", "        ^^")


def test_the_caret_stands_under_wide_and_combining_characters() -> None:
    """Wide characters take two columns, combining ones none."""
    assert marked("日本: x", 4, 5) == ("日本: x", "      ^")
    assert marked("x: 日本", 3, 5) == ("x: 日本", "   ^^^^")
    assert marked("e\u0301: x", 4, 5)[1] == "   ^"


def test_what_does_not_print_is_escaped_with_the_caret_in_step() -> None:
    """Terminal escapes and direction marks lose their power."""
    assert marked("a\x1b[31m b", 7, 8) == ("a\\x1b[31m b", "          ^")
    assert marked("a\u202eb", 2, 3) == ("a\\u202eb", "       ^")


def test_a_long_line_is_cut_around_the_place() -> None:
    """The line stays readable and the caret under its character."""
    line, caret = marked("x" * 5_000 + "!" + "y" * 5_000, 5_000, 5_001)
    assert len(line) < 140
    assert line[caret.index("^")] == "!"
    assert line.startswith("...")
    assert line.endswith("...")


def test_a_long_value_is_marked_to_the_end_of_what_is_shown() -> None:
    """A value longer than the window does not make a longer caret line."""
    line, caret = marked("a: " + "9" * 5_000, 3, 5_003)
    assert len(caret) <= len(line)


def test_messages_and_paths_are_escaped() -> None:
    """Values of a file appear in messages, so these are data too."""
    text = render_text([Problem("a\x1b.yaml", 1, 1, 2, "got '\x1b[2J'", "a\x07", "x")])
    assert "\x1b" not in text
    assert "\x07" not in text


def test_very_many_problems_are_counted() -> None:
    """The terminal shows the first ones and the number of all."""
    text = render_text([Problem("a.yaml", n, 1, 2, "x", source="y") for n in range(1, SHOWN_MAX + 6)])
    assert text.endswith(f"... and 5 more\n{SHOWN_MAX + 5} errors")


def test_workflow_commands_cannot_be_forged_by_a_file() -> None:
    """Line breaks, percent signs and commas of the file are escaped as GitHub asks."""
    rendered = render_github([Problem("a,b:c.yaml", 3, 4, 6, "100%\n::error::forged", "p")])
    assert rendered == ("::error file=a%2Cb%3Ac.yaml,line=3,col=4,endColumn=6::100%25%0A::error::forged  [p]")


def test_json_gives_places_as_numbers_or_null() -> None:
    """Machines read the same list."""
    rows = json.loads(render_json([problem_at("a: b", 3, 4), Problem("x", 0, 0, 0, "gone")]))
    assert rows["schema"] == "bcdr-sim/problems/1"
    assert rows["problems"] == [
        {"file": "a.yaml", "line": 7, "column": 4, "end_column": 5, "path": None, "message": "wrong"},
        {"file": "x", "line": None, "column": None, "end_column": None, "path": None, "message": "gone"},
    ]


def test_sarif_has_a_region_only_where_there_is_a_line() -> None:
    """A whole file has a location without region."""
    with_line, without = sarif_results([problem_at("a: b", 3, 4), Problem("x", 0, 0, 0, "gone")])
    region = with_line["locations"][0]["physicalLocation"]["region"]
    assert region == {"startLine": 7, "startColumn": 4, "endColumn": 5}
    assert "region" not in without["locations"][0]["physicalLocation"]


@pytest.mark.parametrize(
    ("word", "likely"),
    [
        ("production", "Production"),
        ("PRODUCTION", "Production"),
        ("log shipping", "log_shipping"),
        ("logshipping", "log_shipping"),
        ("sandbx", "Sandbox"),
        ("Prod", "Production"),
        ("zzz", None),
        ("", None),
        ("x" * 100_000, None),
    ],
)
def test_a_near_miss_is_found_whatever_its_case(word: str, likely: str | None) -> None:
    """Upper case and separators count as nothing, other slips as little."""
    assert near_miss(word, ["Production", "Sandbox", "log_shipping"]) == likely
