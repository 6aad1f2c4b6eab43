"""Choices that random scenarios are made of; they shrink to the plainest."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st

Draw = st.DrawFn
Plain = dict[str, Any]
Part = tuple[str, int, Callable[[], Any]]
"""(key, chance, value): the key is there once in so many times."""


def minutes(draw: Draw, *values: int) -> str:
    """One of some durations in minutes."""
    return f"{draw(st.sampled_from(values))}m"


def maybe(draw: Draw, chance: int = 3) -> bool:
    """Yes once in `chance` times; shrinks to no."""
    return draw(st.integers(1, chance)) == chance


def distribution(draw: Draw, *values: int) -> Any:
    """A duration, mostly fixed, else one of two, a uniform one or a list by ordinal."""
    kind = draw(st.sampled_from(("fixed", "fixed", "fixed", "empirical", "uniform", "trace")))
    if kind == "fixed":
        return minutes(draw, *values)
    if kind == "uniform":
        return {"uniform": {"low": "0m", "high": f"{max(values)}m"}}
    return {kind: [minutes(draw, *values), minutes(draw, *values)]}


def add_some(draw: Draw, found: Plain, *parts: Part) -> Plain:
    """Add each part once in its chance."""
    for key, chance, value in parts:
        if maybe(draw, chance):
            found[key] = value()
    return found
