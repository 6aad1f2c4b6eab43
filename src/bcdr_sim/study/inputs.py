"""Draws of uncertain inputs: a table with a column per setting and a line per draw, as `calibrate --draws` writes it.

    outages.*.lasts,outages.*.arrivals
    "{lognormal: {median: 3h14m, p90: 9h9m}}",{exponential: {mean: 57d}}

A cell is a value as the files write it. Where the draws come from is the user's: resampled incidents, a posterior, experts.
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from bcdr_sim.errors import InputError, Problem
from bcdr_sim.loading import read
from bcdr_sim.loading.text import read_text
from bcdr_sim.study.subject import Values

INPUTS_MAX = 10_000
"""So many draws a table may hold. Assumption: hundreds tell the spread; each is played with worlds of its own."""
BYTES_MAX = 16 * 1024 * 1024
"""Assumption: 10,000 draws of a dozen settings are some 5 MB."""


def read_inputs(path: str | Path) -> list[Values]:
    """The draws of a table, in its order.

    Raises:
        InputError: no such file, no draws, two columns of one name, a line with more or fewer cells than the head, or a
            cell that is empty or no value; every fault at once.
    """
    file = str(path)
    text = read_text(Path(path), name=file, bytes_max=BYTES_MAX)
    lines = csv.reader(text.splitlines(), skipinitialspace=True)
    names = [name.strip() for name in next(lines, [])]
    problems = [
        Problem(file, 1, 1, 1, f"column {at} has no name" if not name else f"two columns are called '{name}'")
        for at, name in enumerate(names, start=1)
        if not name or name in names[: at - 1]
    ]
    found: list[Values] = []
    for cells in lines:
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) != len(names):
            message = (
                f"{len(cells)} cells below a head of {len(names)}; a value with a comma stands in quotes"
            )
            problems.append(Problem(file, lines.line_num, 1, 1, message))
            continue
        values, faults = _values(Problem(file, lines.line_num, 1, 1, ""), names, cells)
        found.append(values)
        problems += faults
        if len(found) > INPUTS_MAX:
            problems.append(Problem(file, lines.line_num, 1, 1, f"more than {INPUTS_MAX:,} draws"))
            break
    if not problems and len(found) < 2:
        problems.append(
            Problem(file, 0, 0, 0, f"two draws or more are needed to tell a spread; got {len(found)}")
        )
    if problems:
        raise InputError(problems)
    return found


def _values(place: Problem, names: Sequence[str], cells: Sequence[str]) -> tuple[Values, list[Problem]]:
    """The values of a line and what is wrong with it; `place` is a problem of the line without a message."""
    values, problems = {}, []
    for name, cell in zip(names, cells, strict=True):
        text = cell.strip()
        if not text:
            problems.append(replace(place, message=f"no value for {name}"))
            continue
        try:
            values[name] = read(name, text=f"value: {text}\n").data["value"]
        except InputError as error:
            message = f"{name}: '{text}' is no value: {error.problems[0].message}"
            problems.append(replace(place, message=message))
    return values, problems
