"""Loosening: what an earlier version of a policy forbade and a later one allows to be written.

A change of rules is judged by the laws. So a change of the laws must not pass unseen: a law that is gone or weaker, and a
parameter that may go further than before, are findings of their own, whatever the rules do.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from bcdr_sim.analysis import KINDS, Finding, Law
from bcdr_sim.analysis.diagram import EMPTY
from bcdr_sim.analysis.space import Space
from bcdr_sim.errors import Problem
from bcdr_sim.loading import DataPath, Document
from bcdr_sim.policy import Action, Policy
from bcdr_sim.policy.atom import Condition
from bcdr_sim.policy.axes import AXES
from bcdr_sim.policy.literals import format_literal
from bcdr_sim.policy.table import Invariant, Parameter

CODE = "BCDR401"


@dataclass(frozen=True, slots=True)
class Loosened:
    """One thing that guarded the policy and does so no more, or less: what it is called, and in what way.

    `path` is its place in the new file, None if it is gone.
    """

    name: str
    message: str
    path: DataPath | None = None


Forbidding = tuple[Invariant, Condition]
"""A law and where it holds."""


def loosened(old: Policy, new: Policy, shared: Sequence[Law] = ()) -> list[Loosened]:
    """Return the guards of the old policy that the new one has lost, at the parameters of each that are in force.

    `shared` are laws of files of their own that will hold for the new policy as well.

    Raises:
        TooLargeError: the diagram outgrows its limit.
    """
    return [*_laws(old, new, shared), *_ranges(old, new)]


def _laws(old: Policy, new: Policy, shared: Sequence[Law]) -> Iterator[Loosened]:
    kept = {law.id: law for law in new.table.invariants}
    before = [(law, law.condition(old.values)) for law in old.table.invariants]
    after = [(law, law.condition(new.values)) for law in new.table.invariants]
    after += [(law.invariant, law.invariant.condition({})) for law in shared]
    space = Space([condition for _, condition in (*before, *after)])
    for law, condition in before:
        own = kept.get(law.id)
        same = own is not None and _content(own, new) == _content(law, old)
        if not same and (lost := lost_actions(space, (law, condition), after)):
            actions = " or ".join(sorted(lost))
            if own is None:
                change = f"is gone, and no other law forbids {actions} where it did"
                yield Loosened(law.id, f"invariant '{law.id}' {change}")
            else:
                message = f"invariant '{law.id}' is weaker: {actions} is forbidden less than before"
                yield Loosened(law.id, message, ("invariants", new.table.invariants.index(own), "id"))


def _content(law: Invariant, policy: Policy) -> tuple[object, ...]:
    return law.condition(policy.values), law.never, law.actions


def lost_actions(space: Space, law: Forbidding, others: Sequence[Forbidding]) -> set[Action]:
    """The actions that a law forbids somewhere where none of the others does."""
    found: set[Action] = set()
    own, condition = law
    region = space.diagrams.both(space.where(condition), space.possible)
    for action in Action:
        if own.permits(action):
            continue
        left = region
        for other, where in others:
            if not other.permits(action):
                left = space.diagrams.without(left, space.where(where))
        if left != EMPTY:
            found.add(action)
    return found


def _ranges(old: Policy, new: Policy) -> Iterator[Loosened]:
    before = {parameter.name: parameter for parameter in old.table.parameters}
    for parameter in new.table.parameters:
        known = before.get(parameter.name)
        if known is not None and (parameter.low < known.low or parameter.high > known.high):
            message = (
                f"parameter '{parameter.name}' may go from {_span(parameter)}, before from {_span(known)}"
            )
            yield Loosened(parameter.name, message, ("parameters", parameter.name, "range"))


def _span(parameter: Parameter) -> str:
    axis = AXES[parameter.axis]
    return f"{format_literal(axis, parameter.low)} to {format_literal(axis, parameter.high)}"


def guard(path: str, message: str, *, name: str = "") -> Finding:
    """A guard that is gone or weaker, as a finding about a file; `name` is that of the law, if it is one."""
    kind = KINDS[CODE]
    problem = Problem(path, 0, 0, 0, message, level=kind.severity.value, code=kind.code)
    return Finding(kind, problem, invariant=name)


def placed_guard(path: str, each: Loosened, document: Document) -> Finding:
    """The same of a law or a parameter, at its place in the new file if it still has one."""
    found = guard(path, each.message, name=each.name)
    if each.path is None:
        return found
    place = document.problem(each.path, each.message)
    level = found.problem.level
    return replace(found, problem=replace(place, file=path, path="", level=level, code=CODE))
