"""Loosening: what an earlier version of a policy forbade and a later one allows to be written.

A change of rules is judged by the laws. So a change of the laws must not pass unseen: a law that is gone or weaker, and a
parameter that may go further than before, are findings of their own, whatever the rules do.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from bcdr_sim.analysis import KINDS, Finding, Law
from bcdr_sim.analysis.boxes import boxes_of
from bcdr_sim.analysis.clock import CLOCK_AXES, named, reads_clock
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

    `path` is its place in the new file, or where it would stand there; None if it is about the file as a whole.
    """

    name: str
    message: str
    path: DataPath | None = None


Forbidding = tuple[Invariant, Condition]
"""A law and where it holds."""


def loosened(
    old: Policy, new: Policy, shared: Sequence[Law] = (), *, shared_before: Sequence[Law] = ()
) -> list[Loosened]:
    """Return the guards of the old policy that the new one has lost, at the parameters of each that are in force.

    `shared` are laws of files of their own that will hold for the new policy as well, `shared_before` those that held.

    Raises:
        TooLargeError: the diagram outgrows its limit.
    """
    guards = [*_laws(old, new, shared), *_ranges(old, new)]
    if old.table.time_zone != new.table.time_zone:
        guards += _clock(old, new, shared, shared_before=shared_before)
    return guards


def _clock(
    old: Policy, new: Policy, shared: Sequence[Law], *, shared_before: Sequence[Law]
) -> Iterator[Loosened]:
    """What guards other times now that the zone is another one, unless laws that read no clock forbid as much."""
    before = [(law.id, law, law.condition(old.values)) for law in old.table.invariants]
    before += [(law.name, law.invariant, law.invariant.condition({})) for law in shared_before]
    after = [(law, law.condition(new.values)) for law in new.table.invariants]
    after += [(law.invariant, law.invariant.condition({})) for law in shared]
    timeless = [(law, where) for law, where in after if not reads_clock(law.when)]
    space = Space([*(where for _, _, where in before), *(where for _, where in timeless)])
    laws = [
        name
        for name, law, where in before
        if reads_clock(law.when) and lost_of(space, (law, where), timeless) is not None
    ]
    kept = {parameter.name for parameter in new.table.parameters}
    parameters = [each.name for each in old.table.parameters if each.axis in CLOCK_AXES and each.name in kept]
    if laws or parameters:
        zones = f"the clock is {new.table.time_zone}, before {old.table.time_zone}"
        names = " and ".join([*named("invariant", laws), *named("parameter", parameters)])
        verb = "guards" if len(laws) + len(parameters) == 1 else "guard"
        yield Loosened("", f"{zones}: {names} {verb} other times than before", ("time_zone",))


def _laws(old: Policy, new: Policy, shared: Sequence[Law]) -> Iterator[Loosened]:
    kept = {law.id: law for law in new.table.invariants}
    before = [(law, law.condition(old.values)) for law in old.table.invariants]
    after = [(law, law.condition(new.values)) for law in new.table.invariants]
    after += [(law.invariant, law.invariant.condition({})) for law in shared]
    space = Space([condition for _, condition in (*before, *after)])
    for law, condition in before:
        own = kept.get(law.id)
        if own is not None and _content(own, new) == _content(law, old):
            continue
        lost = lost_of(space, (law, condition), after)
        if lost is not None:
            place = ("invariants",) if own is None else ("invariants", new.table.invariants.index(own), "id")
            yield Loosened(law.id, weakened(law, lost, is_gone=own is None), place)


def _content(law: Invariant, policy: Policy) -> tuple[object, ...]:
    return law.condition(policy.values), law.never, law.actions


@dataclass(frozen=True, slots=True)
class Lost:
    """What a law forbids and no other does any more: which actions, and where, the first box in words."""

    actions: frozenset[Action]
    where: str
    is_whole: bool


def lost_of(space: Space, law: Forbidding, others: Sequence[Forbidding]) -> Lost | None:
    """What a law forbids somewhere where none of the others does; None if nothing."""
    found: set[Action] = set()
    own, condition = law
    region, open_now = space.diagrams.both(space.where(condition), space.possible), EMPTY
    for action in Action:
        if own.permits(action):
            continue
        left = region
        for other, where in others:
            if not other.permits(action):
                left = space.diagrams.without(left, space.where(where))
        if left != EMPTY:
            found.add(action)
            open_now = space.diagrams.union([open_now, left])
    if not found:
        return None
    read = dict.fromkeys(atom.axis for each in (condition, *(where for _, where in others)) for atom in each)
    boxes, is_whole = boxes_of(space, open_now, read=tuple(read))
    return Lost(frozenset(found), str(boxes[0]), is_whole and len(boxes) == 1)


def weakened(law: Invariant, lost: Lost, *, is_gone: bool) -> str:
    """What is lost, in a sentence: a duty that is not asked for any more, or an action that is not forbidden."""
    wants = " or ".join(sorted(law.actions))
    said = f"invariant '{law.id}' ({'never' if law.never else 'always'} {wants})"
    place = "everywhere" if lost.where == "always" else f"where {lost.where}"
    place += "" if lost.is_whole else ", and elsewhere"
    if law.never:
        what, verb = " or ".join(sorted(lost.actions)), "forbids"
    else:
        what, verb = wants, "asks for"
    if is_gone:
        return f"{said} is gone: nothing {verb} {what} any more {place}"
    return f"{said} is weaker: nothing {verb} {what} any more {place}"


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


def placed_guard(path: str, each: Loosened, document: Document | None) -> Finding:
    """The same at its place in the new file, or at what is left of the way there; `document` is None if it is gone."""
    found = guard(path, each.message, name=each.name)
    if each.path is None or document is None:
        return found
    place = document.problem(each.path, each.message, at_key=True)
    level = found.problem.level
    return replace(found, problem=replace(place, file=path, path="", level=level, code=CODE))
