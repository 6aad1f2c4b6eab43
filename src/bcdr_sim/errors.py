"""What went wrong: faults of the user's files, each with its place, and faults of the program.

The two never mix. An `InputError` carries every fault found, in file order, and a person repairs the file
(exit code 2). A `ModelError` means that the program broke its own rules; nobody catches it and the command
ends with 70.

Text from a file is data: each renderer escapes it for the place it goes to.
"""

from __future__ import annotations

import difflib
import json
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

EXIT_INVALID_INPUT = 2
"""Exit code of a command whose input is wrong."""

EXIT_INTERNAL_ERROR = 70
"""Exit code of a command that met a fault of the program (`EX_SOFTWARE` of BSD's sysexits)."""

SHOWN_MAX = 200
"""So many problems are written out as text; the rest is counted. A terminal is no place for more."""

_TAB_WIDTH = 4
_LINE_WIDTH_MAX = 120
_BEFORE_CARET_MAX = 60


@dataclass(frozen=True, slots=True)
class Problem:
    """One fault of a file.

    `line`, `column` and `end_column` count characters from 1, the end exclusive; `line` 0 means the file as
    a whole. `path` is where the fault stands in the data (`environments[0].type`), empty for the whole
    file. `source` is the line as the file has it. `level` is error, warning or note; `code` names the kind of a
    finding, empty for plain wrong input.
    """

    file: str
    line: int
    column: int
    end_column: int
    message: str
    path: str = ""
    source: str = ""
    level: str = "error"
    code: str = ""

    @property
    def place(self) -> str:
        """`file:line:column`, or the file alone."""
        return f"{self.file}:{self.line}:{self.column}" if self.line else self.file


class InputError(Exception):
    """The input is wrong. Holds every problem found, in file order; `str()` of it is the text a person reads.

    Problems of one file are sorted by place; files keep the order in which they were first met.
    """

    def __init__(self, problems: Iterable[Problem]) -> None:
        found = list(dict.fromkeys(problems))
        if not found:
            raise ModelError("an input error needs a problem")
        files = {file: position for position, file in enumerate(dict.fromkeys(p.file for p in found))}
        found.sort(key=lambda p: (files[p.file], p.line, p.column))
        self.problems: tuple[Problem, ...] = tuple(found)
        super().__init__(self.problems)

    def __str__(self) -> str:
        return render_text(self.problems)


class ModelError(Exception):
    """The program broke one of its own rules: the message names state and event; it is never caught."""


def near_miss(word: str, options: Iterable[str]) -> str | None:
    """Return the option that `word` was most likely meant to be, or None.

    A difference of upper and lower case, or of `_`, `-`, space and nothing, is near whatever the length; so is
    the beginning of one option alone.
    """
    known = list(options)
    folded = _folded(word)
    for option in known:
        if _folded(option) == folded:
            return option
    beginning = [option for option in known if option.casefold().startswith(word.casefold())]
    if len(beginning) == 1 and len(word) >= 3:
        return beginning[0]
    by_case: dict[str, str] = {}
    for option in known:
        by_case.setdefault(option.casefold(), option)
    close = difflib.get_close_matches(word.casefold()[:200], by_case, n=1, cutoff=0.6)
    return by_case[close[0]] if close else None


def escaped(text: str) -> str:
    """Return the text with everything that does not print (controls, direction marks) as a visible escape.

    What a workflow would take for a command where it is shown in a log (`::error`, `##[error]`) gets a backslash.
    Source: actions/runner, `ActionCommand.TryParseV2` and `TryParse`.
    """
    if not text.isprintable():
        text = "".join(
            char if char.isprintable() else char.encode("unicode_escape").decode() for char in text
        )
    if "##[" in text:
        text = text.replace("##[", "##\\[")
    return f"\\{text}" if text.lstrip().startswith("::") else text


def render_text(problems: Sequence[Problem]) -> str:
    """Return the problems for a person: place, message, source line and caret line of each; their number."""
    blocks = [render_block(problem) for problem in problems[:SHOWN_MAX]]
    if len(problems) > SHOWN_MAX:
        blocks.append(f"... and {len(problems) - SHOWN_MAX} more")
    error_count = sum(problem.level == "error" for problem in problems)
    if error_count or not problems:
        blocks.append("1 error" if error_count == 1 else f"{error_count} errors")
    return "\n".join(blocks)


def render_json(problems: Sequence[Problem]) -> str:
    """Return the problems as one JSON object, `schema: bcdr-sim/problems/1`; a whole file has null places."""
    rows = [
        {
            "file": problem.file,
            "line": problem.line or None,
            "column": problem.column if problem.line else None,
            "end_column": problem.end_column if problem.line else None,
            "path": problem.path or None,
            "message": problem.message,
            **({} if problem.level == "error" else {"level": problem.level}),
        }
        for problem in problems
    ]
    return json.dumps({"schema": "bcdr-sim/problems/1", "problems": rows}, indent=2, ensure_ascii=True)


def render_github(problems: Sequence[Problem]) -> str:
    """Return the problems as workflow commands, one a line, which GitHub shows beside the changed lines.

    Source: GitHub documentation, "Workflow commands for GitHub Actions", setting an error message.
    """
    lines = []
    for problem in problems:
        place = f"file={_command_value(problem.file)}"
        if problem.line:
            place += f",line={problem.line},col={problem.column},endColumn={problem.end_column}"
        if problem.code:
            place += f",title={_command_value(problem.code)}"
        message = problem.message + (f"  [{problem.path}]" if problem.path else "")
        level = "notice" if problem.level == "note" else problem.level
        lines.append(f"::{level} {place}::{_command_text(message)}")
    return "\n".join(lines)


def sarif_results(problems: Sequence[Problem]) -> list[dict[str, Any]]:
    """Return the problems as the `results` of a SARIF 2.1.0 run, under their codes or the rule `invalid-input`."""
    return [
        {
            "ruleId": problem.code or "invalid-input",
            "level": problem.level,
            "message": {"text": escaped(problem.message)},
            "locations": [{"physicalLocation": sarif_location(problem)}],
        }
        for problem in problems
    ]


def sarif_location(problem: Problem) -> dict[str, Any]:
    """Return the place of a problem as a physical location of SARIF 2.1.0."""
    uri = quote(
        problem.file.replace("\\", "/").encode(errors="replace")
    )  # no colon: a name is never a scheme
    location: dict[str, Any] = {"artifactLocation": {"uri": uri}}
    if problem.line:
        location["region"] = {
            "startLine": problem.line,
            "startColumn": problem.column,
            "endColumn": problem.end_column,
        }
    return location


def render_block(problem: Problem) -> str:
    """Return one problem for a person: place, level, message, source line and caret line."""
    path = f"  [{escaped(problem.path)}]" if problem.path else ""
    code = f" {problem.code}" if problem.code else ""
    head = f"{escaped(problem.place)}: {problem.level}{code}: {escaped(problem.message)}{path}"
    if not problem.line:
        return head
    shown, indent, width = _shown_line(problem)
    gutter = f"{problem.line:>6} | "
    return f"{head}\n{gutter}{shown}".rstrip() + f"\n{' ' * 6} | {' ' * indent}{'^' * width}"


def _shown_line(problem: Problem) -> tuple[str, int, int]:
    """Return the source line as shown, the columns before the caret and the width of the caret line.

    Tabs become spaces, wide characters count double, what does not print is escaped, a long line is cut
    around the place.
    """
    start = problem.column - 1
    end = max(problem.end_column - 1, start + 1)
    first = max(0, start - _BEFORE_CARET_MAX) if len(problem.source) > _LINE_WIDTH_MAX else 0
    last = min(len(problem.source), first + _LINE_WIDTH_MAX)
    before = _shown_text(problem.source[first:start], 0)
    marked = _shown_text(problem.source[start : min(end, last)], len(before))
    after = _shown_text(problem.source[min(end, last) : last], len(before) + len(marked))
    lead = "..." if first else ""
    tail = "..." if last < len(problem.source) else ""
    line = (lead + before + marked + after + tail).replace(
        "##[", "##("
    )  # a command of a workflow, as wide as before
    return line, _width(lead + before), max(_width(marked), 1)


def _shown_text(text: str, offset: int) -> str:
    parts: list[str] = []
    for char in text:
        if char == "\t":
            parts.append(" " * (_TAB_WIDTH - (offset + sum(map(len, parts))) % _TAB_WIDTH))
        else:
            parts.append(escaped(char))
    return "".join(parts)


def _width(text: str) -> int:
    """Return how many terminal columns the text takes."""
    return sum(
        0 if unicodedata.combining(char) else 2 if unicodedata.east_asian_width(char) in "WF" else 1
        for char in text
    )


def _folded(word: str) -> str:
    return word.casefold().replace("_", "").replace("-", "").replace(" ", "")


def _command_text(text: str) -> str:
    return escaped(text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A"))


def _command_value(text: str) -> str:
    return _command_text(text).replace(":", "%3A").replace(",", "%2C")
