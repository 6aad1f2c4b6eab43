"""The scenario of a recorded outage as plain data, and the same with some values changed.

A path names a value: keys joined by dots, items of a list by their `id` or `name` or their place, `*` for all of them:
`outages.cooling.recovery.stages.0.fraction`, `environments.*.count`.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from bcdr_sim.loading import compose, dump
from bcdr_sim.scenario.document import Scenario
from bcdr_sim.scenario.reading import load_scenario

Changes = Mapping[str, Any]
"""New values by path. A path without a value there is set all the same, as long as what it lies in is there."""

Step = str | int

GONE = object()
"""As a new value: the key is taken out."""


@cache
def encoded(path: Path) -> Scenario:
    """The scenario of a file, as it stands."""
    return load_scenario(path)


@cache
def _plain(path: Path) -> dict[str, Any]:
    return compose(path).data


def varied(path: Path, changes: Changes) -> Scenario:
    """The scenario of a file with these values changed, checked like any other.

    Raises:
        InputError: the changed file has faults.
        KeyError: a path leads nowhere.
    """
    if not changes:
        return encoded(path)
    data = copy.deepcopy(_plain(path))
    for name, value in changes.items():
        places = list(found(data, name)) or [_place_to_be(data, name)]
        for place in places:
            if value is GONE:
                del _holder(data, place)[place[-1]]
            else:
                _holder(data, place)[place[-1]] = copy.deepcopy(value)
    return load_scenario(path, text=dump(data))


def values_at(path: Path, name: str) -> dict[tuple[Step, ...], Any]:
    """The values that a path names in a file, by where they stand; empty if there is none."""
    data = _plain(path)
    return {place: _holder(data, place)[place[-1]] for place in found(data, name)}


def found(data: Any, name: str) -> Iterator[tuple[Step, ...]]:
    """Where in plain data a path leads."""
    yield from _found(data, name.split("."), ())


def _found(data: Any, names: list[str], before: tuple[Step, ...]) -> Iterator[tuple[Step, ...]]:
    if not names:
        yield before
        return
    if isinstance(data, dict) and names[0] in data:
        yield from _found(data[names[0]], names[1:], (*before, names[0]))
    elif isinstance(data, list):
        for position, item in enumerate(data):
            if names[0] in ("*", str(position)) or (isinstance(item, dict) and names[0] in _names(item)):
                yield from _found(item, names[1:], (*before, position))


def _names(item: Mapping[str, Any]) -> set[Any]:
    return {item.get("id"), item.get("name")}


def _place_to_be(data: Any, name: str) -> tuple[Step, ...]:
    parent, _, last = name.rpartition(".")
    places = list(found(data, parent)) if parent else [()]
    if len(places) != 1 or not isinstance(_value(data, places[0]), dict):
        raise KeyError(f"the encoding has no place for {name}")
    return (*places[0], last)


def _holder(data: Any, place: tuple[Step, ...]) -> Any:
    return _value(data, place[:-1])


def _value(data: Any, place: tuple[Step, ...]) -> Any:
    for step in place:
        data = data[step]
    return data
