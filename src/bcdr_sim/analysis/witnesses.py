"""Witnesses as files: a broken invariant becomes a case for `bcdr-sim test` and a scenario to run."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from bcdr_sim.analysis.checking import Checked
from bcdr_sim.analysis.finding import Finding
from bcdr_sim.analysis.reproducing import Reproduction, reproduce
from bcdr_sim.analysis.space import observation_of
from bcdr_sim.loading import dump
from bcdr_sim.policy import Action, Policy
from bcdr_sim.policy.atom import all_hold
from bcdr_sim.policy.axes import find_axis
from bcdr_sim.policy.literals import parse_literal
from bcdr_sim.policy.observation import Observation, Value, at_secondary, calm, regional_outage
from bcdr_sim.policy.table import Invariant

BASES = {"calm": calm, "regional_outage": regional_outage, "at_secondary": at_secondary}
_MOVES = (Action.FAILOVER, Action.PLANNED_FAILOVER)


def observed(witness: Mapping[str, str]) -> Observation:
    """The observation that a finding's witness writes down."""
    values: dict[str, Value] = {}
    for name, written in witness.items():
        axis = find_axis(name, frozenset({name.removeprefix("tag_")}))
        assert axis is not None, "a witness names axes that exist"
        values[name] = parse_literal(axis, int(written) if axis.kind == "number" else written)
    return observation_of(values)


def nearest(witness: Mapping[str, str]) -> tuple[str, dict[str, str]]:
    """A witness as the nearest named observation and what differs from it, as a test case says it."""
    found: dict[str, dict[str, str]] = {}
    own = observed(witness)
    for name, make in BASES.items():
        base = make()
        found[name] = {
            axis: written for axis, written in witness.items() if base.value(axis) != own.value(axis)
        }
    return min(found.items(), key=lambda item: len(item[1]))


def witness_files(policy: Policy, checked: Checked, *, folder: Path) -> Iterator[tuple[Path, str]]:
    """The files for the broken invariants of a policy: name and content, a test file first, then scenarios.

    What goes wrong only for other values of the parameters than those in force has none: neither file could show it.
    """
    laws = {law.name: law.invariant for law in checked.laws}
    broken = [each for each in checked.findings if each.invariant and each.witness and not each.parameters]
    if not broken:
        return
    path = Path(os.path.relpath(checked.file, folder)).as_posix()
    cases = [_case(finding, laws[finding.invariant]) for finding in broken]
    note = f"What `policy check` found in {Path(checked.file).name}: each case fails as long as its law is broken."
    yield (
        folder / f"{_slug(policy.name)}.policytest.yaml",
        dump({"policy": path, "cases": cases}, header=note),
    )
    for finding in broken:
        law = laws[finding.invariant]
        name = _slug(f"{policy.name}-{law.id}")
        yield (
            folder / f"{name}.yaml",
            _scenario(finding, law, policy).text(policy=path, note=finding.problem.message),
        )


def _case(finding: Finding, law: Invariant) -> dict[str, object]:
    return case_of(
        law.id, finding.witness, actions=sorted(action.value for action in law.actions), never=law.never
    )


def case_of(name: str, witness: Mapping[str, str], *, actions: list[str], never: bool) -> dict[str, object]:
    """A case of a policy test: where a witness is seen, never or always one of some actions is decided."""
    base, given = nearest(witness)
    axes = {name: find_axis(name, frozenset({name.removeprefix("tag_")})) for name in given}
    plain = {
        name: int(written) if (axis := axes[name]) is not None and axis.kind == "number" else written
        for name, written in given.items()
    }
    return {"name": name, "from": base, "given": plain, "expect": {"never" if never else "always": actions}}


def _scenario(finding: Finding, law: Invariant, policy: Policy) -> Reproduction:
    """The scenario of a witness; it expects that nobody moves where the law says so."""
    condition = law.condition(policy.values)

    def breaks(observation: Observation) -> bool:
        return all_hold(condition, observation) and not law.permits(policy.answer(observation).action)

    made = reproduce(policy, observed(finding.witness), breaks)
    if law.never and any(action in law.actions for action in _MOVES):
        made.scenario["expect"] = [{"environments": "witness", "failovers": {"exactly": 0}}]
    return made


def _slug(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9_-]+", "-", name).strip("-")[:80]
