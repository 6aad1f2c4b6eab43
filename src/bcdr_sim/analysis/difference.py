"""`differ`: where two policies answer differently, for every observation that can occur."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from itertools import combinations

from bcdr_sim.analysis.boxes import Box, boxes_of
from bcdr_sim.analysis.clock import ClockChange, clock_change
from bcdr_sim.analysis.diagram import EMPTY, NODES_MAX
from bcdr_sim.analysis.finding import KINDS, Finding
from bcdr_sim.analysis.space import Space
from bcdr_sim.loading import Document
from bcdr_sim.policy import Action, Decision, Policy
from bcdr_sim.policy.axes import AXES, find_axis
from bcdr_sim.policy.literals import format_literal


@dataclass(frozen=True, slots=True)
class Change:
    """One kind of change: what was decided, what is decided now and by which rule, and where, as boxes.

    `befores` decided the same action, for one reason or another. `is_whole` is false if there are more boxes than are
    written out. `example` is one observation, by axis.
    """

    befores: tuple[Decision, ...]
    after: Decision
    boxes: tuple[Box, ...]
    is_whole: bool
    example: dict[str, str]

    @property
    def is_action(self) -> bool:
        """Whether something else is done, and not only another reason given for staying."""
        return self.befores[0].action is not self.after.action


@dataclass(frozen=True, slots=True)
class Difference:
    """All changes between two policies, those of actions first, and pairs of rules that changed places.

    `clock` says that their times of day are read off another clock; changes are of what is written then.
    """

    before: str
    after: str
    changes: tuple[Change, ...]
    swapped: tuple[Finding, ...]
    clock: ClockChange | None = None

    @property
    def actions(self) -> tuple[Change, ...]:
        """Changes of what is done."""
        return tuple(change for change in self.changes if change.is_action)

    @property
    def is_equivalent(self) -> bool:
        """Whether both decide the same for the same reason everywhere."""
        return not self.changes and self.other_clock is None

    @property
    def other_clock(self) -> ClockChange | None:
        """The changed clock if both decide by it: that nothing else differs proves nothing then."""
        return self.clock if self.clock is not None and self.clock.decides else None

    @property
    def does_more(self) -> tuple[Change, ...]:
        """Changes by which the new policy moves somebody, or asks, where the old one did not do the same."""
        return tuple(change for change in self.actions if change.after.action is not Action.HOLD)


def differ(
    old: Policy, new: Policy, document: Document | None = None, *, nodes_max: int = NODES_MAX
) -> Difference:
    """Return where two policies differ; `document` is the new one's file, for the places of swapped rules.

    Raises:
        TooLargeError: the diagram outgrows its limit; nothing is known then.
    """
    space = Space([row.when for policy in (old, new) for row in policy.rows], nodes_max=nodes_max)
    reads = old.reads | new.reads
    width = len(new.decisions)
    pairs = space.diagrams.combine(
        space.decided(old.rows), space.decided(new.rows), lambda one, other: one * width + other
    )
    seen = space.diagrams.combine(pairs, space.possible, lambda pair, can: pair + 1 if can else 0)
    kinds: dict[tuple[object, ...], list[int]] = defaultdict(list)
    for found in sorted(space.diagrams.leaves(seen) - {0}):
        before, after = old.decisions[(found - 1) // width], new.decisions[(found - 1) % width]
        if before.action is not after.action:
            kinds[before.action, after.rule].append(found)
        elif _answer(before) != _answer(after):
            kinds[_answer(before), after.rule].append(found)
    schema = [*AXES, *sorted(reads - set(AXES))]
    conditions = {row.decision.rule: row.when for row in new.rows}
    changes = []
    for leaves in kinds.values():
        region = space.diagrams.change(seen, frozenset(leaves).__contains__)
        befores = tuple(dict.fromkeys(old.decisions[(leaf - 1) // width] for leaf in leaves))
        after = new.decisions[(leaves[0] - 1) % width]
        telling = [atom.axis for atom in conditions.get(after.rule, ())]
        read = dict.fromkeys([*telling, *(name for name in schema if name in reads)])
        boxes, is_whole = boxes_of(space, region, read=tuple(read))
        changes.append(Change(befores, after, tuple(boxes), is_whole, _example(space, region)))
    changes.sort(key=lambda change: (not change.is_action, change.after.rule, change.befores[0].rule))
    swapped = tuple(_swapped(old, new, document=document, space=space))
    return Difference(old.name, new.name, tuple(changes), swapped, clock_change(old, new))


def _answer(decision: Decision) -> tuple[object, ...]:
    return decision.action, decision.reason, decision.wake_after_ms


def _example(space: Space, region: int) -> dict[str, str]:
    written: dict[str, str] = {}
    for name, value in space.example(region).items():
        axis = find_axis(name, frozenset({name.removeprefix("tag_")}))
        assert axis is not None, "cut axes exist"
        written[name] = format_literal(axis, value)
    return written


def _swapped(old: Policy, new: Policy, *, document: Document | None, space: Space) -> list[Finding]:
    """Pairs of rules that stand in another order, both hold somewhere, and decide differently there."""
    if document is None:
        return []
    before = {row.decision.rule: place for place, row in enumerate(old.rows)}
    shared = [row for row in new.rows if row.decision.rule in before]
    positions = {rule.id: place for place, rule in enumerate(new.table.rules)}
    found = []
    for first, second in combinations(shared, 2):
        if before[first.decision.rule] < before[second.decision.rule]:
            continue
        if _answer(first.decision) == _answer(second.decision):
            continue
        both = space.diagrams.both(space.where(first.when), space.where(second.when))
        region = space.diagrams.both(both, space.possible)
        if region == EMPTY:
            continue
        names = f"'{first.decision.rule}' now stands above '{second.decision.rule}'"
        message = f"rule {names}; where both hold they decide differently"
        path = ("rules", positions[first.decision.rule], "id")
        problem = replace(
            document.problem(path, message), path="", level=KINDS["BCDR106"].severity.value, code="BCDR106"
        )
        found.append(
            Finding(KINDS["BCDR106"], problem, rule=first.decision.rule, witness=_example(space, region))
        )
    return found
