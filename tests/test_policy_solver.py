"""An independent solver says the same of the shipped and of random tables as `policy check` does.

z3 knows nothing of cells and diagrams: it gets the rules as formulas over whole numbers.
"""

from __future__ import annotations

from functools import reduce

import pytest
import z3
from hypothesis import HealthCheck, given, settings

from bcdr_sim.analysis import check
from bcdr_sim.analysis.space import Space
from bcdr_sim.policy import Policy, load_policy, profile_names
from bcdr_sim.policy.assumptions import ASSUMPTIONS
from bcdr_sim.policy.atom import Atom, Condition
from bcdr_sim.policy.axes import AXES, TAG_PREFIX, TOP, Axis, find_axis
from bcdr_sim.policy.observation import Value
from bcdr_sim.policy.policy import policy_document
from bcdr_sim.policy.preconditions import BLOCKERS
from random_policies import policies


def number(axis: Axis, value: Value) -> int:
    """A value of an axis as a whole number."""
    return axis.values.index(str(value)) if axis.kind == "choice" else int(value)


def variable(axis: Axis) -> z3.ArithRef:
    """The unknown that stands for an axis."""
    return z3.Int(axis.name)


def known_axis(name: str) -> Axis:
    """The axis of that name, of a tag too."""
    axis = find_axis(name, frozenset([name.removeprefix(TAG_PREFIX)]))
    assert axis is not None
    return axis


def domain(axis: Axis) -> z3.BoolRef:
    """What values an axis may have."""
    unknown = variable(axis)
    low, high = {"choice": (0, len(axis.values) - 1), "flag": (0, 1)}.get(axis.kind, (axis.low, axis.high))
    inside = z3.And(unknown >= low, unknown <= high)
    return z3.Or(inside, unknown == TOP) if axis.top else inside


def formula(atom: Atom) -> z3.BoolRef:
    """A comparison as a formula."""
    axis = known_axis(atom.axis)
    unknown, literals = variable(axis), [number(axis, literal) for literal in atom.literals]
    among = z3.Or([unknown == literal for literal in literals])
    match atom.op:
        case "eq" | "in":
            return among
        case "ne" | "not_in":
            return z3.Not(among)
        case "lt":
            return unknown < literals[0]
        case "le":
            return unknown <= literals[0]
        case "gt":
            return unknown > literals[0]
        case "ge":
            return unknown >= literals[0]
        case "between":
            low, high = literals
            inside = z3.And(unknown >= low, unknown < high)
            return inside if low <= high else z3.Or(unknown >= low, unknown < high)


def conjunction(condition: Condition) -> z3.BoolRef:
    """A conjunction as a formula."""
    return z3.And([formula(atom) for atom in condition])


class Question:
    """A policy as formulas, and a solver that knows the domains of all axes."""

    def __init__(self, policy: Policy) -> None:
        self.policy = policy
        self.solver = z3.Solver()
        tags = (known_axis(TAG_PREFIX + tag) for tag in policy.table.tags)
        self.solver.add(*(domain(axis) for axis in [*AXES.values(), *tags]))
        self.possible = z3.And([z3.Not(conjunction(never)) for each in ASSUMPTIONS for never in each.never])
        self.conditions = [conjunction(row.when) for row in policy.rows]
        none_above: list[z3.BoolRef] = []
        self.reached: list[z3.BoolRef] = []
        for condition in [*self.conditions, z3.BoolVal(True)]:
            self.reached.append(z3.And([condition, *none_above]))
            none_above.append(z3.Not(condition))

    def can(self, *formulas: z3.BoolRef) -> bool:
        """Whether all of these can be true together."""
        return bool(self.solver.check(z3.And(formulas)) == z3.sat)

    def findings(self) -> set[tuple[str, str]]:
        """Code and subject of what is wrong, as far as one question each decides it."""
        found: set[tuple[str, str]] = set()
        for place, row in enumerate(self.policy.rows):
            rule = row.decision.rule
            if not self.can(self.conditions[place]):
                found.add(("never", rule))
            elif not self.can(self.reached[place]):
                found.add(("hidden", rule))
            elif not self.can(self.reached[place], self.possible):
                found.add(("impossible", rule))
            for atom in BLOCKERS[row.decision.action]:
                if self.can(self.reached[place], formula(atom), self.possible):
                    found.add(("BCDR301", rule))
        if self.can(self.reached[-1], self.possible):
            found.add(("BCDR105", ""))
        for law in self.policy.table.invariants:
            holds = conjunction(law.condition(self.policy.values))
            bad = [
                self.reached[place]
                for place, decision in enumerate(self.policy.decisions)
                if not law.permits(decision.action)
            ]
            broken = reduce(z3.Or, bad, z3.BoolVal(False))
            if not self.can(holds, self.possible):
                found.add(("BCDR202", law.id))
            elif self.can(holds, broken, self.possible):
                found.add(("BCDR201", law.id))
        return found


def by_check(policy: Policy) -> set[tuple[str, str]]:
    """The same from `policy check`."""
    space = Space([row.when for row in policy.rows])
    reached = space.diagrams.leaves(space.decided(policy.rows))
    found: set[tuple[str, str]] = set()
    for finding in check(policy, policy_document("seed-2024-11")).findings:
        match finding.kind.code:
            case "BCDR101":
                found.add(("never", finding.rule))
            case "BCDR104":
                found.add(("impossible", finding.rule))
            case "BCDR102" | "BCDR103":
                place = [decision.rule for decision in policy.decisions].index(finding.rule)
                if place not in reached:
                    found.add(("hidden", finding.rule))
            case code:
                found.add((code, finding.invariant or finding.rule))
    return found


@pytest.mark.parametrize("name", profile_names())
def test_the_solver_agrees_about_a_profile(name: str) -> None:
    """Every rule, gap, invariant and precondition."""
    policy = load_policy(name)
    assert by_check(policy) == Question(policy).findings()


@given(policy=policies())
@settings(suppress_health_check=list(HealthCheck), deadline=None, database=None, max_examples=200)
def test_the_solver_agrees_about_random_tables(policy: Policy) -> None:
    """The same for tables that nobody would write."""
    assert by_check(policy) == Question(policy).findings()
