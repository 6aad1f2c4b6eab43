"""What is mutated, and the files of tests that have to notice it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final

from mutations.bugs import PACKAGE, TESTS
from mutations.operators import Mutant, mutants

AREAS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "policy": (
            "test_policy_*.py",
            "test_scenario_schema.py",
            "test_python_policy.py",
            "test_consent_rule.py",
            "test_orders.py",
        ),
        "replication": (
            "test_replication.py",
            "test_writes.py",
            "test_catching_up.py",
            "test_failback_catch_up.py",
        ),
        "metrics": (
            "test_metrics_laws.py",
            "test_accounts.py",
            "test_incidents.py",
            "test_losses.py",
            "test_totals.py",
            "test_estimates.py",
            "test_salvage.py",
            "test_corruption.py",
            "test_partition.py",
            "test_surge.py",
            "test_backlog.py",
            "test_restores.py",
            "test_made_anew.py",
            "test_objectives.py",
            "test_many_worlds.py",
            "test_horizon.py",
        ),
        "statistics": ("test_statistics_*.py",),
    }
)
"""Packages of `bcdr_sim` from below upwards, and patterns of files in this folder's parent."""

BELOW: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "policy": ("bcdr_sim.scenario.reading",),
        "replication": ("bcdr_sim.scenario.reading",),
        "metrics": ("bcdr_sim.scenario.reading", "bcdr_sim.engine"),
        "statistics": (
            "bcdr_sim.scenario.reading",
            "bcdr_sim.engine",
            "bcdr_sim.metrics",
            "bcdr_sim.verdict",
        ),
    }
)
"""Modules that import nothing of an area, and may be loaded before it is changed."""


def tests_of(area: str) -> list[str]:
    """The files of tests of an area, in order."""
    found = {path.name for pattern in AREAS[area] for path in TESTS.glob(pattern)}
    return sorted(found)


def modules_of(area: str) -> list[Path]:
    """The modules of an area, in order."""
    return sorted((PACKAGE / area).rglob("*.py"))


def name_of(path: Path) -> str:
    """The name by which Python imports a module of the package."""
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def every_mutant(area: str) -> Iterator[Mutant]:
    """Every mutant of an area, in the order of its modules."""
    for path in modules_of(area):
        yield from mutants(path.read_text(encoding="utf-8"), path.relative_to(PACKAGE).as_posix())
