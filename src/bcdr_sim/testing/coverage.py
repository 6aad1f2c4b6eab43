"""Which rules of a policy the cases reach: a rule that decides no case could be deleted and no test would notice."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from bcdr_sim.testing.policy_tests import PolicyTest
from bcdr_sim.testing.result import Kind, Result


@dataclass(frozen=True, slots=True)
class Coverage:
    """The rules of one policy and those of them that decide some case. `file` is the first test of the policy."""

    policy: str
    file: str
    rules: tuple[str, ...]
    reached: frozenset[str]

    @property
    def missed(self) -> tuple[str, ...]:
        """Rules that decide no case, in the order of the table."""
        return tuple(rule for rule in self.rules if rule not in self.reached)

    @property
    def reached_count(self) -> int:
        """How many rules decide some case."""
        return len(self.rules) - len(self.missed)

    @property
    def percent(self) -> int:
        """Share of the rules reached, in percent, rounded down: 100 means all."""
        return 100 * self.reached_count // len(self.rules)

    def result(self, percent_min: int) -> Result:
        """Whether at least so many percent of the rules are reached."""
        passed = self.percent >= percent_min
        message = f"{self.reached_count} of {len(self.rules)} rules are reached ({self.percent} %)"
        if not passed:
            message += f", expected at least {percent_min} %; no case reaches {', '.join(self.missed)}"
        return Result(self.file, 0, f"rules of {self.policy}", Kind.COVERAGE, passed, message)


def coverage(tests: Iterable[PolicyTest]) -> tuple[Coverage, ...]:
    """Return one coverage per policy, in the order in which policies are first tested.

    Tests of the same table count together, whatever parameter values they use: so a rule behind a switch that is off
    counts as missed until some test turns it on.
    """
    found: dict[str, Coverage] = {}
    for test in tests:
        table = test.policy.table
        before = found.get(test.policy.text)
        reached = test.reached | (before.reached if before else frozenset())
        file = before.file if before else test.file
        rules = tuple(rule.id for rule in table.rules)
        found[test.policy.text] = Coverage(table.name, file, rules, reached)
    return tuple(found.values())
