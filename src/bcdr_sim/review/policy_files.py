"""The policies of a tree: those that the settings name, and those that a scenario or a policy test is about.

A policy that only a scenario names is under review like the others: whoever changes it changes what is claimed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from bcdr_sim.errors import InputError
from bcdr_sim.loading import read
from bcdr_sim.policy import Policy, load_policy
from bcdr_sim.policy.python import REFERENCE
from bcdr_sim.policy.reading import POLICY_LIMITS
from bcdr_sim.review.settings import Settings
from bcdr_sim.review.trees import is_plain, matching, refuse_outside
from bcdr_sim.scenario.document import PolicyChoice
from bcdr_sim.scenario.reading import load_scenario
from bcdr_sim.testing import is_policy_test


def policy_files(tree: Path, settings: Settings) -> set[str]:
    """The policies of a tree as paths from its top. What cannot be read names none; that is told where it is tried.

    Raises:
        InputError: a file is a link, or belongs to another repository.
    """
    named = set(matching(tree, settings.policies))
    for path in matching(tree, (*settings.scenarios, *settings.tests)):
        try:
            named.update(_named(tree, path))
        except InputError:
            continue
    return named


def scenarios_of(tree: Path, patterns: Iterable[str], policy: str) -> list[str]:
    """The scenarios of a tree that play a policy, both as paths from its top."""
    found = []
    for path in matching(tree, patterns):
        try:
            if policy in _named(tree, path):
                found.append(path)
        except InputError:
            continue
    return found


def chosen_policy(tree: Path, path: str) -> str | None:
    """The name or the path of the policy that a scenario or a policy test is about, as it stands there.

    Raises:
        InputError: the file has faults.
    """
    if is_policy_test(path):
        given = read(tree / path, limits=POLICY_LIMITS).data.get("policy")
        name = given.get("name") if isinstance(given, dict) else given
        return name if isinstance(name, str) else None
    chosen = load_scenario(tree / path, root=tree).policy
    return chosen.name if isinstance(chosen, PolicyChoice) else chosen


def heirs_of(before: Path, gone: Iterable[str], new: Mapping[str, Policy]) -> dict[str, str]:
    """What policies that are gone seem to have become: a new file of equal content, else the only one of the same name."""
    found: dict[str, str] = {}
    for path in gone:
        try:
            old = load_policy(before / path)
        except InputError:
            continue
        same = [name for name, policy in new.items() if policy.digest == old.digest]
        alike = [name for name, policy in new.items() if policy.name == old.name]
        heirs = [name for name in same or alike if name not in found.values()]
        if same or len(alike) == 1:
            found |= {path: heirs[0]} if heirs else {}
    return found


def _named(tree: Path, path: str) -> Iterator[str]:
    chosen = chosen_policy(tree, path)
    if chosen is None or REFERENCE.fullmatch(chosen):
        return
    inside = refuse_outside(tree, path, chosen)
    if is_plain(tree, inside):
        yield inside
