"""Composition: what a scenario or a policy test comes to, with all files that it is made of.

A scenario is the file, what it extends and includes, and its table of environments. An edit of any of them is an edit of
every scenario that it is a part of.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from bcdr_sim.errors import Problem
from bcdr_sim.loading import DataPath, Document, read
from bcdr_sim.scenario.reading import compose_scenario
from bcdr_sim.testing import is_policy_test
from bcdr_sim.testing.policy_tests import POLICY_TEST_LIMITS


def composed(tree: Path, path: str) -> Document:
    """Return a scenario or a policy test of a tree as one document, whose values know the files they came from.

    Raises:
        InputError: one of the files cannot be read.
    """
    top = tree.resolve()
    if is_policy_test(path):
        return read(top / path, limits=POLICY_TEST_LIMITS)
    return compose_scenario(top / path, root=top)


def parts_of(tree: Path, path: str) -> dict[str, str]:
    """The text of every file that a scenario or a policy test is made of, by its path from the top of the tree.

    Presets come with the program and are the same for both trees.

    Raises:
        InputError: one of the files cannot be read.
    """
    return {
        from_top(tree, source.path): source.text
        for source in composed(tree, path).sources
        if Path(source.path).is_absolute()
    }


def changed_parts(before: Path, after: Path, path: str) -> tuple[str, ...]:
    """The files that differ among those that make up a scenario or a policy test of both trees, sorted.

    Raises:
        InputError: one of the files cannot be read.
    """
    old, new = parts_of(before, path), parts_of(after, path)
    return tuple(sorted(part for part in {*old, *new} if old.get(part) != new.get(part)))


def first_difference(old: Document, new: Document, keys: tuple[str, ...]) -> DataPath:
    """The way to the first value, below one of the keys, that is not what it was; to the top if there is none.

    Where the one has more items or other keys than the other, it leads to the list or the mapping.
    """
    for key in keys:
        if old.data.get(key) != new.data.get(key):
            return (key, *_first(old.data.get(key), new.data.get(key)))
    return ()


def _first(old: object, new: object) -> DataPath:
    if isinstance(old, dict) and isinstance(new, dict):
        for key in (*new, *old):
            if key not in old or key not in new:
                return (key,) if key in new else ()
            if old[key] != new[key]:
                return (key, *_first(old[key], new[key]))
    if isinstance(old, list) and isinstance(new, list):
        for position, (one, other) in enumerate(zip(old, new, strict=False)):
            if one != other:
                return (position, *_first(one, other))
        return (len(old),) if len(new) > len(old) else ()
    return ()


def place_from_top(tree: Path, problem: Problem) -> Problem:
    """A problem under the path of its file from the top of the tree."""
    return replace(problem, file=from_top(tree, problem.file))


def from_top(tree: Path, file: str) -> str:
    """A file as a path from the top of a tree, with `/`; as it is if it does not lie there."""
    path, top = Path(file), tree.resolve()
    return path.relative_to(top).as_posix() if path.is_relative_to(top) else file
