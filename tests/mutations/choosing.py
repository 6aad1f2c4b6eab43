"""The tests that a mutant has to meet: those that run its line, the quickest file first."""

from __future__ import annotations

import ast
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from mutations.bugs import PACKAGE
from mutations.operators import Mutant


@dataclass(frozen=True, slots=True)
class Watched:
    """Per module and line the numbers of the tests that run it; names and seconds of all tests."""

    tests: tuple[str, ...]
    seconds: tuple[float, ...]
    red: frozenset[str]
    lines: Mapping[str, Mapping[int, frozenset[int]]]

    def tests_for(self, mutant: Mutant) -> list[tuple[float, list[str]]]:
        """The tests that run a mutant, file by file: seconds of each file together, and names, the quickest first.

        What runs when the module is imported, a constant or a default, concerns every test of the area.
        """
        body = _body_around(mutant)
        ran = frozenset(range(len(self.tests))) if body is None else self._ran(mutant, body[0])
        by_file: dict[str, list[tuple[float, str]]] = {}
        for each in ran:
            if self.tests[each] not in self.red:
                file = self.tests[each].partition("::")[0]
                by_file.setdefault(file, []).append((self.seconds[each], self.tests[each]))
        files = ((sum(seconds for seconds, _ in found), sorted(found)) for found in by_file.values())
        return [(round(seconds, 3), [name for _, name in found]) for seconds, found in sorted(files)]

    def _ran(self, mutant: Mutant, first: int) -> frozenset[int]:
        """The tests that ran the line, or the nearest one above it in the function: a statement may have many lines."""
        lines = self.lines.get(mutant.module, {})
        for line in range(mutant.line, first - 1, -1):
            if lines.get(line):
                return lines[line]
        return frozenset()


def read_watched(path: Path) -> Watched:
    """What `watching` has written."""
    told = json.loads(path.read_text(encoding="utf-8"))
    lines = {
        module: {int(line): frozenset(tests) for line, tests in by_line.items()}
        for module, by_line in told["lines"].items()
    }
    return Watched(tuple(told["tests"]), tuple(told["seconds"]), frozenset(told["red"]), lines)


def _body_around(mutant: Mutant) -> tuple[int, int] | None:
    """First and last line of the body of the innermost function around a mutant; None at import."""
    tree = ast.parse((PACKAGE / mutant.module).read_text(encoding="utf-8"))
    bodies = [
        (node.body[0].lineno, node.end_lineno or 0)
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef) and node.body[0].lineno <= mutant.line <= (node.end_lineno or 0)
    ]
    return max(bodies, default=None)
