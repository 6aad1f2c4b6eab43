"""What of a policy the cases reach: its rules, and the boxes in which they decide.

A rule that decides no case could be deleted and no test would notice. A rule often decides in several boxes (at the primary
and at the far copy, say); a box that no case lies in could be cut out of it unseen.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from bcdr_sim.analysis import TooLargeError
from bcdr_sim.analysis.regions import Region, Regions
from bcdr_sim.policy import Observation, Policy
from bcdr_sim.policy.policy import put_in_force
from bcdr_sim.testing.policy_tests import PolicyTest
from bcdr_sim.testing.result import Kind, Result

BOXES_NAMED_MAX = 3
"""A sentence names so many boxes that no case reaches, and counts the others."""


@dataclass(frozen=True, slots=True)
class Coverage:
    """The rules of one policy, its regions, and what of them some case reaches. `file` is the first test of the policy.

    `regions` are where each rule decides at the defaults, and rules that are off there as in the first test that turns them
    on. There are none, and `given_up` says why, if the table is too entangled to be cut up.
    """

    policy: str
    file: str
    rules: tuple[str, ...]
    reached: frozenset[str]
    regions: tuple[Region, ...] = ()
    reached_regions: frozenset[Region] = field(default_factory=frozenset)
    given_up: str = ""

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

    @property
    def missed_regions(self) -> tuple[Region, ...]:
        """Regions that no case lies in, in the order of the table."""
        return tuple(region for region in self.regions if region not in self.reached_regions)

    @property
    def box_percent(self) -> int:
        """Share of the boxes reached, in percent, rounded down; 0 if there are none."""
        return 100 * len(self.reached_regions) // len(self.regions) if self.regions else 0

    def result(self, percent_min: int) -> Result:
        """Whether at least so many percent of the rules are reached."""
        passed = self.percent >= percent_min
        message = f"{self.reached_count} of {len(self.rules)} rules are reached ({self.percent} %)"
        if not passed:
            message += f", expected at least {percent_min} %; no case reaches {', '.join(self.missed)}"
        return Result(self.file, 0, f"rules of {self.policy}", Kind.COVERAGE, passed, message)

    def box_result(self, percent_min: int) -> Result:
        """Whether at least so many percent of the boxes are reached."""
        passed = self.box_percent >= percent_min and not self.given_up
        message = (
            f"{len(self.reached_regions)} of {len(self.regions)} boxes are reached ({self.box_percent} %)"
        )
        if self.given_up:
            message = f"the boxes are not known: {self.given_up}"
        elif not passed:
            shown = "; ".join(map(str, self.missed_regions[:BOXES_NAMED_MAX]))
            rest = len(self.missed_regions) - BOXES_NAMED_MAX
            more = f"; and {rest} more" if rest > 0 else ""
            message += f", expected at least {percent_min} %; no case reaches {shown}{more}"
        return Result(self.file, 0, f"boxes of {self.policy}", Kind.COVERAGE, passed, message)


def coverage(tests: Iterable[PolicyTest]) -> tuple[Coverage, ...]:
    """Return one coverage per policy, in the order in which policies are first tested.

    Tests of the same table count together, whatever parameter values they use: so a rule behind a switch that is off
    counts as missed until some test turns it on.
    """
    grouped: dict[str, list[PolicyTest]] = {}
    for test in tests:
        grouped.setdefault(test.policy.text, []).append(test)
    return tuple(_of(group) for group in grouped.values())


def _of(tests: list[PolicyTest]) -> Coverage:
    """The coverage of one table."""
    table = tests[0].policy.table
    reached = frozenset().union(*(test.reached for test in tests))
    rules = tuple(rule.id for rule in table.rules)
    try:
        regions, lying_in = _regions(tests)
    except TooLargeError as error:
        return Coverage(table.name, tests[0].file, rules, reached, given_up=str(error))
    return Coverage(table.name, tests[0].file, rules, reached, regions, lying_in)


def _regions(tests: list[PolicyTest]) -> tuple[tuple[Region, ...], frozenset[Region]]:
    """The regions of a table, and those that some case lies in."""
    default = put_in_force(tests[0].policy.table, {})
    known: set[str] = set()
    found: list[Region] = []
    reached: set[Region] = set()
    cases = [(case.observation, test.policy) for test in tests for case in test.cases]
    for policy in [default, *(test.policy for test in tests)]:
        new = {row.decision.rule for row in policy.rows} - known
        if policy is not default and not new:
            continue
        regions = Regions(policy)
        if not regions.is_whole:
            raise TooLargeError("a rule decides in too many boxes")
        own = [region for region in regions.all if region.rule not in known]
        reached |= _reached(regions, cases).intersection(own)
        found += own
        known |= new | {policy.table.default.rule}
    return tuple(found), frozenset(reached)


def _reached(regions: Regions, cases: Iterable[tuple[Observation, Policy]]) -> set[Region]:
    """The regions around the cases, if the rule that they are of decides there with the test's parameter values too."""
    found: set[Region] = set()
    for observation, policy in cases:
        rule = policy.answer(observation).rule
        found.update(region for region in regions.around(observation) if region.rule == rule)
    return found
