"""Laws of a table: its invariants, that no action is decided where it cannot be taken, that nothing is left undecided.

A law is a set of observations and the answers it forbids there. It is proved when no observation of the set that can occur
has such an answer; the assumptions without which that would not hold are named.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

from bcdr_sim.analysis.diagram import EMPTY
from bcdr_sim.analysis.finding import Finding, Law
from bcdr_sim.analysis.folded import Folded
from bcdr_sim.loading import DataPath
from bcdr_sim.policy import Action
from bcdr_sim.policy.preconditions import BLOCKERS

Subject = Literal["invariant", "action", "table", "trace"]


@dataclass(frozen=True, slots=True)
class Proof:
    """A law that holds everywhere, and the assumptions of the engine without which it would not.

    `subject` is `invariant`, or `action` (it is decided only where it can be taken), or `table` (a rule decides every
    observation that can occur). `name` is the law's or the action's, empty for the table.
    """

    subject: Subject
    name: str
    assumptions: tuple[str, ...]


def gaps(folded: Folded) -> Iterator[Finding]:
    """Observations for which there is no rule."""
    gap = folded.space.diagrams.both(folded.region([len(folded.rows)]), folded.space.possible)
    if gap != EMPTY:
        message = "no rule decides this observation, so the default does"
        yield folded.finding("BCDR105", message, ("default",), region=gap)


def broken(folded: Folded, position: int) -> int:
    """Where an invariant is broken, whether that can occur or not."""
    invariant = folded.laws[position].invariant
    actions = [row.decision.action for row in folded.rows] + [folded.policy.table.default.action]
    bad = [index for index, action in enumerate(actions) if not invariant.permits(action)]
    return folded.space.diagrams.both(folded.space.where(folded.conditions[position]), folded.region(bad))


def broken_laws(folded: Folded) -> Iterator[Finding]:
    """Invariants that are broken, or that forbid nothing."""
    for position, law in enumerate(folded.laws):
        holds = folded.space.diagrams.both(
            folded.space.where(folded.conditions[position]), folded.space.possible
        )
        region = folded.space.diagrams.both(broken(folded, position), folded.space.possible)
        if holds == EMPTY:
            message = (
                f"invariant '{law.name}' forbids nothing: its condition holds for nothing that can occur"
            )
            yield folded.finding("BCDR202", message, law.path, document=law.document, invariant=law.name)
        elif region != EMPTY:
            yield _breach(folded, law, region)


def _breach(folded: Folded, law: Law, region: int) -> Finding:
    """An invariant that is broken: by which rules, and an example."""
    leaves = folded.space.diagrams.leaves(
        folded.space.diagrams.combine(region, folded.decided, lambda holds, index: index + 1 if holds else 0)
    ) - {0}
    invariant = law.invariant
    rules = [folded.rule_name(one - 1) for one in sorted(leaves)]
    cells = folded.space.diagrams.at(folded.decided, folded.space.example_cells(region))
    rule = folded.rule_name(cells)
    action = folded.action(cells)
    others = [name for name in rules if name != rule]
    also = f"; so do {', '.join(others)}" if others else ""
    wants = "never" if invariant.never else "always"
    actions = " or ".join(sorted(invariant.actions))
    message = f"rule '{rule}' decides {action} against invariant '{law.name}' ({wants} {actions}){also}"
    path: DataPath = ("rules", folded.enabled[cells][0], "id") if cells < len(folded.rows) else ("default",)
    found = folded.finding("BCDR201", message, path, rule=rule, invariant=law.name, region=region)
    here = law.document.problem(law.path, f"invariant '{law.name}' says {wants} {actions}")
    return replace(found, related=(replace(here, path=""),))


def impossible_actions(folded: Folded) -> Iterator[Finding]:
    """Rules that decide an action where it cannot be taken."""
    for index, (position, rule) in enumerate(folded.enabled):
        for atom in BLOCKERS[folded.rows[index].decision.action]:
            region = folded.space.diagrams.both(folded.region([index]), folded.space.where((atom,)))
            region = folded.space.diagrams.both(region, folded.space.possible)
            if region != EMPTY:
                said = f"{atom.axis} is {folded.written(atom.axis, folded.space.example(region)[atom.axis])}"
                message = (
                    f"rule '{rule.id}' decides {rule.decision.action}, which cannot be taken while {said}"
                )
                yield folded.finding(
                    "BCDR301", message, ("rules", position, "id"), rule=rule.id, region=region
                )


def proofs(folded: Folded) -> Iterator[Proof]:
    """Yield the laws that hold everywhere: invariants, then actions that some rule decides, then the table."""
    for position, law in enumerate(folded.laws):
        yield from _proof(folded, "invariant", law.name, region=broken(folded, position))
    for action in Action:
        deciding = {index for index in folded.deciding_really if folded.action(index) is action}
        if deciding and BLOCKERS[action]:
            blocked = folded.space.diagrams.union(folded.space.where((atom,)) for atom in BLOCKERS[action])
            region = folded.space.diagrams.both(folded.region(deciding), blocked)
            yield from _proof(folded, "action", action.value, region=region)
    yield from _proof(folded, "table", "", region=folded.region([len(folded.rows)]))


def _proof(folded: Folded, subject: Subject, name: str, *, region: int) -> Iterator[Proof]:
    """Yield the proof that nothing of a set can occur, if that is so."""
    if folded.space.diagrams.both(region, folded.space.possible) == EMPTY:
        yield Proof(subject, name, folded.space.needed(region))
