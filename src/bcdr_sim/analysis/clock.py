"""The clock of a policy: a changed `time_zone` changes what every time of day and every weekday in it means.

Times are compared as they are written. So where the zones differ, nothing that compares two policies speaks of what reads
the clock on both sides: the same `22:00` is another instant. That is told, and never counted as no difference.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from bcdr_sim.analysis.finding import KINDS, Finding, Severity
from bcdr_sim.loading import Document
from bcdr_sim.policy import Policy
from bcdr_sim.policy.table import Comparison

CLOCK_AXES: Final = frozenset({"time_of_day", "weekday"})
"""Axes that are read off the wall clock of the policy's zone."""

_CODE: Final = "BCDR453"
_NAMED_MAX: Final = 5


@dataclass(frozen=True, slots=True)
class ClockChange:
    """Two zones and what reads the clock in either policy: rules, also those that are switched off, laws, parameters.

    `decides` if rules in force of both policies read it: then equal conditions are no equal decisions.
    """

    before: str
    after: str
    rules: tuple[str, ...]
    laws: tuple[str, ...]
    parameters: tuple[str, ...]
    decides: bool

    def __str__(self) -> str:
        parts = [*named("rule", self.rules), *named("invariant", self.laws)]
        parts += named("parameter", self.parameters)
        number = len(self.rules) + len(self.laws) + len(self.parameters)
        reads = "reads" if number == 1 else "read"
        return (
            f"the clock is {self.before} there, {self.after} here: {', '.join(parts)} {reads} it, "
            "so the same words mean other times"
        )


def clock_change(old: Policy, new: Policy) -> ClockChange | None:
    """Return how the clocks of two policies differ; None if the zones are the same, or nothing reads them."""
    before, after = old.table.time_zone, new.table.time_zone
    if before == after:
        return None
    tables = (old.table, new.table)
    rules = _once(rule.id for table in tables for rule in table.rules if reads_clock(rule.when))
    laws = _once(law.id for table in tables for law in table.invariants if reads_clock(law.when))
    parameters = _once(
        parameter.name for table in tables for parameter in table.parameters if parameter.axis in CLOCK_AXES
    )
    if not (rules or laws or parameters):
        return None
    decides = bool(old.reads & CLOCK_AXES) and bool(new.reads & CLOCK_AXES)
    return ClockChange(before, after, rules, laws, parameters, decides)


def reads_clock(when: Iterable[Comparison]) -> bool:
    """Whether a condition reads the wall clock."""
    return any(comparison.axis in CLOCK_AXES for comparison in when)


def clock_findings(
    change: ClockChange | None, document: Document, *, is_refuting: bool = False
) -> Iterator[Finding]:
    """Yield a changed clock as a finding at the zone of the new policy, an error if it refutes what was asked."""
    if change is None:
        return
    kind = KINDS[_CODE]
    severity = Severity.ERROR if is_refuting else kind.severity
    problem = document.problem(("time_zone",), str(change), at_key=True)
    yield Finding(kind, replace(problem, path="", level=severity.value, code=kind.code))


def named(noun: str, names: Sequence[str]) -> list[str]:
    """`rule a`, `rules a, b and 3 more`; nothing for none."""
    if not names:
        return []
    rest = len(names) - _NAMED_MAX
    more = f" and {rest} more" if rest > 0 else ""
    return [f"{noun}{'s' if len(names) > 1 else ''} {', '.join(names[:_NAMED_MAX])}{more}"]


def _once(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names))
