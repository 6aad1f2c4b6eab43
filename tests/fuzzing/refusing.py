"""What a refusal of any file has to be: a place in a file that was read, a sentence, and text that is safe to show."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Final, TypeVar

from bcdr_sim.errors import InputError, Problem, render_github, render_json, sarif_results

ACCEPTED: Final = "accepted"
REFUSED: Final = "refused"
SHOWN_MAX: Final = 200_000
"""Characters of a refusal that is printed: 200 problems of some lines each."""


Found = TypeVar("Found")


def outcome(read: Callable[[], Found], then: Callable[[Found], None]) -> str:
    """Whether a file is accepted or refused; `then` says what holds of what was read.

    Any other error is the fault that is looked for, and goes through; so does a refusal of what was accepted before.
    Raises AssertionError if a refusal is not one that a person could act on.
    """
    try:
        found = read()
    except InputError as error:
        check(error)
        return REFUSED
    then(found)
    return ACCEPTED


def check(error: InputError) -> None:
    """Hold every problem of a refusal, and every form in which it is shown, against what a refusal has to be."""
    for problem in error.problems:
        _check_place(problem)
    text = str(error)
    assert len(text) <= SHOWN_MAX, "longer than anybody reads"
    for shown in (text, render_github(error.problems)):
        assert all(line.isprintable() for line in shown.split("\n")), "what does not print is shown as it is"
    assert len(json.loads(render_json(error.problems))["problems"]) == len(error.problems)
    assert len(sarif_results(error.problems)) == len(error.problems)


def _check_place(problem: Problem) -> None:
    assert problem.file
    assert problem.message
    assert problem.message == problem.message.strip()
    if problem.line:
        assert problem.line >= 1
        assert 1 <= problem.column <= len(problem.source) + 1, "the caret is behind the end of the line"
        assert problem.end_column >= problem.column
        assert "\n" not in problem.source
