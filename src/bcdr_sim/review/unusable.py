"""Files of the earlier tree that this program cannot use: they guard nothing, and must not bar the change that repairs them.

No change brings them about, since a change with faults is refused; an upgrade of the program may, or a merge past a review.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from bcdr_sim.analysis import KINDS, Finding
from bcdr_sim.errors import InputError, Problem
from bcdr_sim.policy import load_policy
from bcdr_sim.review.approvals import FILE as APPROVALS
from bcdr_sim.review.approvals import approvals_of
from bcdr_sim.review.baselines import read_baseline
from bcdr_sim.review.gate_file import FILE as GATES
from bcdr_sim.review.gate_file import gates_of
from bcdr_sim.review.kept_baselines import PATTERN
from bcdr_sim.review.policy_files import policy_files
from bcdr_sim.review.settings import FILE as SETTINGS
from bcdr_sim.review.settings import Settings, settings_of
from bcdr_sim.review.shared_laws import shared_laws
from bcdr_sim.review.trees import matching
from bcdr_sim.scenario.reading import load_scenario
from bcdr_sim.testing import is_policy_test, read_policy_test

CODE = "BCDR402"


def drop_unusable(tree: Path) -> list[Finding]:
    """Remove from an unpacked tree what has faults, and say so of each file. The tree is changed."""
    found: list[Finding] = []
    for path, use in _uses(tree):
        try:
            use()
        except InputError as error:
            (tree / path).unlink()
            message = (
                f"as it was before it cannot be used, so nothing is judged by it: {error.problems[0].message}"
            )
            kind = KINDS[CODE]
            found.append(Finding(kind, Problem(path, 0, 0, 0, message, level=kind.severity.value, code=CODE)))
    return found


def _uses(tree: Path) -> Iterator[tuple[str, Callable[[], object]]]:
    """Every file that judges a change, with what reads it. What others name comes before them."""
    yield SETTINGS, partial(settings_of, tree)
    settings = settings_of(tree) if (tree / SETTINGS).is_file() else Settings()
    yield GATES, partial(gates_of, tree)
    yield APPROVALS, partial(approvals_of, tree)
    for path in matching(tree, settings.invariants):
        yield path, partial(shared_laws, tree, [path])
    for path in sorted(policy_files(tree, settings)):
        yield path, partial(load_policy, tree / path)
    for path in matching(tree, (*settings.scenarios, *settings.tests)):
        if is_policy_test(path):
            yield path, partial(read_policy_test, tree / path, name=path)
        else:
            yield path, partial(load_scenario, tree / path, root=tree)
    for path in matching(tree, [PATTERN]):
        yield path, partial(read_baseline, tree / path, name=path)
