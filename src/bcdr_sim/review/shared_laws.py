"""Laws in files of their own, which hold for every policy of a repository: those of before, and those that a change adds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from bcdr_sim.analysis import Finding, Law
from bcdr_sim.analysis.space import Space
from bcdr_sim.errors import InputError, Problem
from bcdr_sim.loading import read
from bcdr_sim.policy.reading import POLICY_LIMITS, read_laws
from bcdr_sim.review.loosening import Loosened, lost_of, placed_guard, weakened
from bcdr_sim.review.trees import matching


def shared_laws(tree: Path, patterns: list[str]) -> tuple[Law, ...]:
    """Return the laws of a tree's files, in the order of their paths.

    Raises:
        InputError: every fault of every file.
    """
    problems: list[Problem] = []
    found: list[Law] = []
    for path in matching(tree, patterns):
        try:
            document = read(tree / path, limits=POLICY_LIMITS, name=path)
            laws = enumerate(read_laws(document))
            found += [Law(invariant, document, position, is_own=False) for position, invariant in laws]
        except InputError as error:
            problems += error.problems
    if problems:
        raise InputError(problems)
    return tuple(found)


def laws_in_force(before: tuple[Law, ...], after: tuple[Law, ...]) -> tuple[Law, ...]:
    """Return the laws of before, and of those of now the ones that are new or changed. No two have the same name."""
    known = {(law.name, law.invariant) for law in before}
    added = [law for law in after if (law.name, law.invariant) not in known]
    names = {law.name for law in added}
    kept = [_as_before(law) if law.name in names else law for law in before]
    return (*kept, *added)


def _as_before(law: Law) -> Law:
    return replace(law, document=replace(law.document, path=f"{law.document.path} (as it was before)"))


def loosened_laws(before: tuple[Law, ...], after: tuple[Law, ...]) -> Iterator[Finding]:
    """Yield the laws of before that forbid something which no law of now does."""
    space = Space([law.invariant.condition({}) for law in (*before, *after)])
    others = [(law.invariant, law.invariant.condition({})) for law in after]
    kept = {law.name: law for law in after}
    documents = {law.document.path: law.document for law in after}
    for law in before:
        own = kept.get(law.name)
        if own is not None and own.invariant == law.invariant:
            continue
        lost = lost_of(space, (law.invariant, law.invariant.condition({})), others)
        if lost is None:
            continue
        loosened = Loosened(
            law.invariant.id,
            weakened(law.invariant, lost, is_gone=own is None),
            ("invariants",) if own is None else own.path,
        )
        yield placed_guard(law.document.path, loosened, documents.get(law.document.path))
