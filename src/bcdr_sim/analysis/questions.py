"""Questions about two policies, each answered with yes or by the changes that say no; and changes as findings."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum

from bcdr_sim.analysis.clock import ClockChange
from bcdr_sim.analysis.difference import Change, Difference
from bcdr_sim.analysis.finding import KINDS, Finding, Severity
from bcdr_sim.loading import DataPath, Document


class Question(StrEnum):
    """What is asked about an old policy and a new one, at every observation that can occur."""

    SAME_ACTIONS = "same-actions"
    """Whether the same is done everywhere, for whatever reason nothing is."""
    IMPLIES = "implies"
    """Whether the new policy does nothing that the old one would not do there; it may stay where the old one moves."""
    EQUIVALENT = "equivalent"
    """Whether the same is decided everywhere, and for the same reason."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A question and the changes that refute it; none if the answer is yes.

    `clock`: both decide by a clock, and by different ones; without a change that refutes it, the answer is not proved.
    """

    question: Question
    refuting: tuple[Change, ...]
    clock: ClockChange | None = None

    @property
    def holds(self) -> bool:
        """Whether the answer is yes."""
        return not self.refuting and self.clock is None


def ask(difference: Difference, question: Question) -> Asked:
    """Answer a question about the two policies of a difference."""
    refuting = {
        Question.SAME_ACTIONS: difference.actions,
        Question.IMPLIES: difference.does_more,
        Question.EQUIVALENT: difference.changes,
    }
    return Asked(question, refuting[question], difference.other_clock)


def change_findings(
    changes: Iterable[Change], document: Document, *, refuting: Collection[Change] = ()
) -> Iterator[Finding]:
    """Yield each change as a finding at the rule that decides now, an error if it refutes what was asked.

    `document` is the new policy's file.
    """
    positions = {
        str(rule.get("id")): position
        for position, rule in enumerate(document.data.get("rules", ()))
        if isinstance(rule, dict)
    }
    for change in changes:
        kind = KINDS["BCDR451" if change.is_action else "BCDR452"]
        rule = change.after.rule
        path: DataPath = ("rules", positions[rule], "id") if rule in positions else ("default",)
        severity = Severity.ERROR if change in refuting else kind.severity
        problem = document.problem(path, change_sentence(change))
        yield Finding(
            kind,
            replace(problem, path="", level=severity.value, code=kind.code),
            rule=rule,
            witness=change.example,
        )


def change_words(change: Change) -> str:
    """`hold [stay] -> failover [move]`."""
    before = change.befores[0]
    was = str(before.action)
    if not change.is_action:
        was = f"hold ({before.reason})"
    rules = ", ".join(each.rule for each in change.befores)
    return f"{was} [{rules}] -> {change.after}"


def change_sentence(change: Change) -> str:
    """A change and the first of its boxes in one sentence."""
    boxes = f"where {change.boxes[0]}"
    rest = len(change.boxes) - 1
    if rest:
        boxes += f", and in {rest} more {'box' if rest == 1 else 'boxes'}"
    return f"{change_words(change)} {boxes}"
