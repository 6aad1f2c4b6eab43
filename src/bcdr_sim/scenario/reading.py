"""From a scenario file to its model, or one error that names every fault with its place."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

from bcdr_sim.errors import InputError, Problem
from bcdr_sim.loading import Document, build, compose, raise_all, with_table
from bcdr_sim.scenario.checks import findings
from bcdr_sim.scenario.document import Scenario
from bcdr_sim.scenario.doubts import doubts
from bcdr_sim.scenario.imported import ENVIRONMENT_COLUMNS
from bcdr_sim.scenario.names import name_problems


def load_scenario(
    path: str | os.PathLike[str], *, text: str | None = None, root: Path | None = None
) -> Scenario:
    """Return the scenario of a file, all files it extends or includes and its table; with `text`, of that text.

    With `root`, no file outside that folder is read.

    Values and names are checked over the whole file first. What the parts must agree on, such as an outage that
    begins before the horizon, can only be said of a file whose parts are sound.

    Raises:
        InputError: with every problem of every file.
    """
    return _read(path, text=text, root=root)[0]


def load_with_doubts(path: str | os.PathLike[str]) -> tuple[Scenario, list[Problem]]:
    """Return the scenario of a file, and as warnings what it says in vain.

    Raises:
        InputError: with every problem of every file.
    """
    scenario, document = _read(path, text=None, root=None)
    found = [document.problem(place, message) for place, message in doubts(scenario)]
    return scenario, [replace(each, level="warning") for each in found]


def compose_scenario(path: str | os.PathLike[str], *, root: Path | None = None) -> Document:
    """Return what a scenario file comes to as plain data with places: all files it extends or includes, and its table.

    With `root`, no file outside that folder is read.

    Raises:
        InputError: a file cannot be read; every problem of every file is reported.
    """
    return with_table(compose(path, root=root), "environments", ENVIRONMENT_COLUMNS, root=root)


def _read(path: str | os.PathLike[str], *, text: str | None, root: Path | None) -> tuple[Scenario, Document]:
    composed = compose(path, text=text, root=root)
    try:
        document = with_table(composed, "environments", ENVIRONMENT_COLUMNS, root=root)
    except InputError as error:
        raise InputError([*error.problems, *_beside_the_table(composed)]) from None
    scenario = build(Scenario, document, check=name_problems)
    raise_all(document.problem(place, message) for place, message in findings(scenario))
    return scenario, document


def _beside_the_table(document: Document) -> list[Problem]:
    """What is wrong with the rest of a file whose table of environments cannot be read."""
    try:
        build(Scenario, document, check=name_problems)
    except InputError as error:
        return [problem for problem in error.problems if not problem.path.startswith("environments")]
    return []
