"""Witnesses as files: whatever an observation shows becomes a case for `bcdr-sim test` and a scenario to run."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bcdr_sim.analysis.checking import Checked
from bcdr_sim.analysis.finding import Finding
from bcdr_sim.analysis.reproducing.fault import fault_of
from bcdr_sim.analysis.reproducing.reproducing import Reproduction, reproduce
from bcdr_sim.analysis.space import observation_of
from bcdr_sim.loading import dump
from bcdr_sim.policy import Policy
from bcdr_sim.policy.axes import AXES, find_axis
from bcdr_sim.policy.decision import DEFAULT_RULE
from bcdr_sim.policy.literals import format_literal, parse_literal
from bcdr_sim.policy.observation import Observation, Value, at_secondary, calm, regional_outage
from bcdr_sim.policy.policy import put_in_force
from bcdr_sim.policy.preconditions import blockers
from bcdr_sim.policy.table import Table

BASES = {"calm": calm, "regional_outage": regional_outage, "at_secondary": at_secondary}


@dataclass(frozen=True, slots=True)
class WitnessFile:
    """A file to write. Without a `text` there is none, and `missing` says why; `path` is where it would be."""

    path: Path
    text: str
    missing: str = ""


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


def witness_files(policy: Policy, checked: Checked, *, folder: Path) -> Iterator[WitnessFile]:
    """Yield the files for what a check shows by an observation: of the same parameter values a policy test, then scenarios.

    A finding for other values than those in force has files of its own that set them.
    """
    shown: dict[tuple[tuple[str, str], ...], list[Finding]] = {}
    for finding in checked.findings:
        if finding.witness:
            shown.setdefault(tuple(finding.parameters.items()), []).append(finding)
    for parameters, findings in shown.items():
        plain = plain_parameters(policy.table, dict(parameters))
        there = put_in_force(policy.table, {**_in_force(policy), **plain}) if plain else policy
        yield from _files(there, checked, findings, folder=folder, parameters=plain)


def plain_parameters(table: Table, written: Mapping[str, str]) -> dict[str, str | int]:
    """Values of parameters as a file holds them, from how they are written in a finding."""
    numbers = {each.name for each in table.parameters if AXES[each.axis].kind == "number"}
    return {name: int(value) if name in numbers else value for name, value in written.items()}


def _in_force(policy: Policy) -> dict[str, object]:
    """The values in force as a file would hold them."""
    found: dict[str, object] = {
        switch.name: bool(policy.values[switch.name]) for switch in policy.table.switches
    }
    for each in policy.table.parameters:
        axis, value = AXES[each.axis], policy.values[each.name]
        found[each.name] = value if axis.kind == "number" else format_literal(axis, value)
    return found


def _files(
    policy: Policy,
    checked: Checked,
    findings: Sequence[Finding],
    *,
    folder: Path,
    parameters: Mapping[str, str | int],
) -> Iterator[WitnessFile]:
    """The files of findings for the same values of the parameters."""
    named = Path(os.path.relpath(checked.file, folder)).as_posix()
    if not Path(checked.file).is_file():
        named = checked.policy
    chosen: Any = {"name": named, "parameters": dict(parameters)} if parameters else named
    stem = "-".join([Path(checked.file).stem, *(f"{name}-{value}" for name, value in parameters.items())])
    cases, told, scenarios = [], [], []
    case_names, file_names = Counter[str](), Counter[str]()
    for finding in findings:
        case = _case(finding, checked, policy)
        case["name"] = _unique(case["name"], case_names)
        fault = fault_of(finding, checked.laws, policy)
        assert fault is not None, "a finding with a witness speaks of a decision"
        made = reproduce(policy, observed(finding.witness), fault)
        path = folder / f"{_unique(_slug(f'{stem}-{_subject(finding)}'), file_names)}.yaml"
        cases.append(case)
        told.append(f"{case['name']}: {path.name if made.is_shown else f'NOT REPRODUCED, {made.why_not}'}")
        text = (
            dump({**made.scenario, "policy": chosen}, header=_header(finding, made)) if made.is_shown else ""
        )
        scenarios.append(WitnessFile(path, text, made.why_not))
    note = "\n".join(
        [
            f"What `policy check` found in {Path(checked.file).name}.",
            "Each case fails as long as the policy decides so, and so does `run` of the scenario that is named here:",
            *told,
        ]
    )
    test = dump({"policy": chosen, "cases": cases}, header=note)
    yield WitnessFile(folder / f"{_slug(stem)}.policytest.yaml", test)
    yield from scenarios


def _header(finding: Finding, made: Reproduction) -> str:
    """What a scenario shows, and how."""
    how = "`run` ends with 2, since the engine cannot do that" if made.stops else "`run` ends with 1"
    return f"{finding.problem.message}.\n{how}; with 0 once the policy decides otherwise there."


def _case(finding: Finding, checked: Checked, policy: Policy) -> dict[str, Any]:
    """The case of a finding: its law, or that a rule decides at all and nothing that cannot be done."""
    match finding.kind.code:
        case "BCDR201":
            law = next(law for law in checked.laws if law.name == finding.invariant).invariant
            key, actions = "never" if law.never else "always", sorted(action.value for action in law.actions)
            return case_of(law.id, finding.witness, expect={key: actions})
        case "BCDR301":
            action = next(each.action for each in policy.decisions if each.rule == finding.rule)
            seen = observed(finding.witness)
            facts = " and ".join(
                f"{atom.axis} is {finding.witness.get(atom.axis, 'so')}" for atom in blockers(action, seen)
            )
            name = f"no {action} by {finding.rule} while {facts}"
            return case_of(name, finding.witness, expect={"never": [action.value]})
        case _:
            return case_of("a rule for everything", finding.witness, expect={"never_by": DEFAULT_RULE})


def case_of(name: str, witness: Mapping[str, str], *, expect: Mapping[str, object]) -> dict[str, Any]:
    """A case of a policy test: what is expected where a witness is seen."""
    base, given = nearest(witness)
    axes = {name: find_axis(name, frozenset({name.removeprefix("tag_")})) for name in given}
    plain = {
        name: int(written) if (axis := axes[name]) is not None and axis.kind == "number" else written
        for name, written in given.items()
    }
    return {"name": name, "from": base, "given": plain, "expect": dict(expect)}


def _subject(finding: Finding) -> str:
    """What a scenario is about, in its name."""
    match finding.kind.code:
        case "BCDR201":
            return Path(finding.invariant).name.rpartition(":")[2]
        case "BCDR301":
            return f"{finding.rule}-impossible"
        case _:
            return finding.kind.name


def _unique(name: str, met: Counter[str]) -> str:
    """The name, with a number if it was met before."""
    met[name] += 1
    return f"{name}-{met[name]}" if met[name] > 1 else name


def _slug(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9_-]+", "-", name).strip("-")[:80]
