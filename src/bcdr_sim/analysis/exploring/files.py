"""Traces as files: what an exploration finds becomes a policy test, and scenarios where a scenario can show it."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from bcdr_sim.analysis.exploring.exploring import Explored
from bcdr_sim.analysis.exploring.judging import (
    FLAPPING,
    INVARIANT,
    LOSS,
    OUTAGE,
    STUCK,
    WAYS,
    Breach,
    witness_of,
)
from bcdr_sim.analysis.exploring.timetable import ENVIRONMENT
from bcdr_sim.analysis.exploring.trace import Trace
from bcdr_sim.analysis.finding import Finding
from bcdr_sim.analysis.witnesses import case_of, observed
from bcdr_sim.engine.state import GATES
from bcdr_sim.events import Event
from bcdr_sim.loading import dump
from bcdr_sim.policy import Action, Policy, impossible

_AWAY: Final = frozenset({Event.FAILOVER_COMPLETED, Event.PLANNED_FAILOVER_COMPLETED})
_HOME: Final = frozenset({Event.FAILBACK_COMPLETED, Event.FORCED_FAILBACK_COMPLETED})
_ONE_MOVE_TOO_MANY: Final = frozenset({INVARIANT, LOSS, OUTAGE, FLAPPING})


@dataclass(frozen=True, slots=True)
class TraceFile:
    """The file of a finding: its place and text; without a text, what is `missing`. `is_met`: the engine reproduces it."""

    path: Path
    text: str
    is_met: bool
    missing: str


def trace_files(explored: Explored, *, folder: Path) -> Iterator[TraceFile]:
    """Yield a policy test of all findings, if the table alone shows any, then a scenario for every finding."""
    if explored.play is None:
        return
    checked = explored.checked
    policy = Path(os.path.relpath(checked.file, folder)).as_posix()
    if not Path(checked.file).is_file():
        policy = checked.policy
    cases = list(_cases(explored, explored.play.policy))
    if cases:
        note = (
            f"What `policy explore` found in {Path(checked.file).name}: each case fails as long as it does."
        )
        text = dump({"policy": policy, "cases": cases}, header=note)
        name = f"{_slug(checked.policy)}-explored.policytest.yaml"
        yield TraceFile(folder / name, text, is_met=True, missing="")
    names = Counter[str]()
    for finding, trace, made in zip(checked.findings, explored.traces, explored.replays, strict=True):
        name = _slug(f"{checked.policy}-{finding.invariant or finding.kind.name}-{finding.rule}")
        names[name] += 1
        path = folder / f"{name}{f'-{names[name]}' if names[name] > 1 else ''}.yaml"
        if made.scenario is None:
            yield TraceFile(path, "", is_met=False, missing=made.missing)
            continue
        is_met = made.is_met
        plain = {**made.scenario, "policy": policy}
        expected = _expectation(finding, trace)
        if expected:
            plain["expect"] = [{"environments": ENVIRONMENT, **expected}]
        yield TraceFile(
            path, dump(plain, header=_header(explored, finding, is_met=is_met)), is_met, made.missing
        )


def _slug(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9_-]+", "-", name).strip("-")[:80]


def _cases(explored: Explored, policy: Policy) -> Iterator[dict[str, object]]:
    """Yield a case for each finding that a single decision shows: the last of the trace."""
    for finding, breach in zip(explored.checked.findings, explored.breaches, strict=True):
        never, actions = _wanted(breach)
        answer = policy.answer(breach.seen)
        if (answer.action in actions) is not never:
            continue
        witness = dict(finding.witness)
        given = observed(witness)
        if impossible(given) or policy.answer(given) != answer:
            witness = witness_of(breach.seen, None)
        subject = finding.invariant or finding.kind.name
        name = f"{subject}: {breach.action} of {finding.rule}"
        words = sorted(action.value for action in actions)
        yield case_of(name, witness, expect={"never" if never else "always": words})


def _wanted(breach: Breach) -> tuple[bool, frozenset[Action]]:
    """What the policy should do where a breach is seen: never or always one of some actions."""
    if breach.code == STUCK:
        return False, frozenset({dict(WAYS)[breach.seen.location]})
    if breach.law is not None:
        return breach.law.invariant.never, frozenset(breach.law.invariant.actions)
    return True, frozenset({breach.action})


def _header(explored: Explored, finding: Finding, *, is_met: bool) -> str:
    lines = [] if is_met else ["NOT REPRODUCED: the engine does not live through this trace."]
    if explored.gates != GATES:
        left_out = " and ".join(sorted(GATES - explored.gates))
        lines.append(f"WITHOUT THE GATE AT {left_out.upper()}: `run`, which has it, withholds the move.")
    lines += [finding.problem.message, "What happens:"]
    lines += [f"{number}. {words}" for number, words in enumerate(finding.trace, start=1)]
    return "\n".join(lines)


def _expectation(finding: Finding, trace: Trace) -> dict[str, Any]:
    """What should hold instead, as a claim about the number of moves; empty if there is none."""
    completed = [entry.event for point in trace.points for _, entry in point.entries]
    away = sum(event in _AWAY for event in completed)
    home = sum(event in _HOME for event in completed)
    if finding.kind.code == STUCK:
        if away == home:
            return {"failovers": {"at_least": away + 1}}
        return {"failbacks": {"at_least": home + 1}}
    if finding.kind.code not in _ONE_MOVE_TOO_MANY or not away + home:
        return {}
    last = [event for event in completed if event in _AWAY | _HOME][-1]
    return {"failovers": {"at_most": away - 1}} if last in _AWAY else {"failbacks": {"at_most": home - 1}}
