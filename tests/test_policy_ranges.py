"""Laws of `--ranges`: a few settings of the parameters find whatever any setting would show."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from itertools import combinations_with_replacement, product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bcdr_sim.analysis import check
from bcdr_sim.analysis.cuts import cuts_of
from bcdr_sim.analysis.orders import order_types
from bcdr_sim.loading import Document, read
from bcdr_sim.policy import Action, Decision, Policy, Reason, calm, load_policy, profile_names
from bcdr_sim.policy.atom import Atom, all_hold
from bcdr_sim.policy.axes import AXES
from bcdr_sim.policy.observation import Value
from bcdr_sim.policy.policy import put_in_force
from bcdr_sim.policy.reading import read_table
from bcdr_sim.policy.table import Comparison, Invariant, Operand, Parameter, Reference, Rule, Table

TIERS = range(AXES["tier"].low, AXES["tier"].high + 1)
FILE = "rules: []\ninvariants: []\ndefault: {}\n"
ACTIONS = (Action.HOLD, Action.ASK_CONSENT, Action.TEST_FAILOVER)
Op = Any


@st.composite
def tables(draw: st.DrawFn) -> Table:
    """A table about `tier` with one or two parameters of that axis, and a law or two."""
    names = draw(st.sampled_from([("p",), ("p", "q")]))
    parameters = []
    for name in names:
        low, high = sorted(draw(st.tuples(*[st.sampled_from(TIERS)] * 2)))
        parameters.append(Parameter(name, "tier", draw(st.integers(low, high)), low, high))
    operands: st.SearchStrategy[Operand] = st.one_of(
        st.sampled_from(TIERS), st.sampled_from(names).map(Reference)
    )
    ops: st.SearchStrategy[Op] = st.sampled_from(["lt", "le", "gt", "ge", "eq", "ne"])
    when = st.lists(st.builds(Comparison, st.just("tier"), ops, operands), max_size=2).map(tuple)
    rules = []
    for number in range(draw(st.integers(1, 4))):
        action = draw(st.sampled_from(ACTIONS))
        reason = Reason.GRACE_PERIOD if action is Action.HOLD else None
        rules.append(Rule(draw(when), Decision(action, reason, f"r{number}"), ("assumption",)))
    laws = [
        Invariant(
            f"i{number}", draw(when), draw(st.booleans()), frozenset({draw(st.sampled_from(ACTIONS))}), ()
        )
        for number in range(draw(st.integers(1, 2)))
    ]
    return replace(
        load_policy("seed").table,
        parameters=tuple(parameters),
        switches=(),
        rules=tuple(rules),
        invariants=tuple(laws),
    )


def broken_at(table: Table, settings_: Iterable[dict[str, Value]]) -> set[str]:
    """The laws that some tier breaks under some setting, by asking each."""
    broken = set()
    for values in settings_:
        policy: Policy = put_in_force(table, {})
        rows = table.rows(values)
        for tier in TIERS:
            seen = calm(tier=tier)
            answer = next((row.decision for row in rows if all_hold(row.when, seen)), policy.table.default)
            broken |= {
                law.id
                for law in table.invariants
                if all_hold(law.condition(values), seen) and not law.permits(answer.action)
            }
    return broken


@given(table=tables())
@settings(max_examples=60)
def test_what_some_value_breaks_is_found_and_nothing_else(table: Table) -> None:
    """One or two parameters of one axis, against every combination of their values."""
    everything: list[dict[str, Value]] = [
        dict(zip([each.name for each in table.parameters], values, strict=True))
        for values in product(*(range(each.low, each.high + 1) for each in table.parameters))
    ]
    document = read("random.yaml", text=FILE)
    result = check(put_in_force(table, {}), document, ranges=True)
    found = {each.invariant for each in result.findings if each.kind.code == "BCDR201"}
    assert found == broken_at(table, everything)
    assert {proof.name for proof in result.proofs if proof.subject == "invariant"} == {
        law.id for law in table.invariants
    } - found


def test_the_settings_of_the_profiles_are_few() -> None:
    """Golden: 2 of a switch, 2 of a parameter that starts at a literal and ends in a gap, and so on."""
    counts = {name: len(order_types(load_policy(name).table)) for name in profile_names()}
    assert counts["seed-2024-11"] == 32
    assert counts["fo-2022"] == 24
    assert counts["sql-microsoft-managed"] == 4


def test_the_settings_stay_inside_the_ranges() -> None:
    """No value that a file could not have."""
    for name in profile_names():
        table = load_policy(name).table
        for setting in order_types(table):
            for parameter in table.parameters:
                assert parameter.low <= int(setting[parameter.name]) <= parameter.high


def test_no_axis_is_left_out_of_the_order_of_levels() -> None:
    """An axis that somebody reads has a level, whatever the order prefers."""
    cuts = cuts_of([(Atom(name, "eq", 0 if axis.is_quantity else axis.values[0] if axis.values else True),)
                    for name, axis in AXES.items()])  # fmt: skip
    assert {cut.axis.name for cut in cuts} == set(AXES)


SMALL = """\
format: 1
policy: small
title: Small
parameters:
  wait: {axis: outage_age, default: 0s, range: [0s, 1h]}
  idle: {axis: tier, default: 2, range: [1, 5]}
  cautious: {switch: off}
situations:
  important: {tier: {le: $idle}}
rules:
  - {id: unheard, when: {outage_age: {lt: $wait}, warning: yes, service: down}, then: hold, reason: hold_down,
     cites: [assumption]}
  - {id: act, when: {}, then: test_failover, cites: [assumption]}
  - {id: never, if: $cautious, when: {tier: 1}, then: hold, reason: hold_down, cites: [assumption]}
invariants:
  - {id: warned, never: hold, when: {warning: yes}, cites: [assumption]}
"""


def small() -> tuple[Policy, Document]:
    """A table that leaves three things to be found."""
    document = read("small.yaml", text=SMALL)
    return put_in_force(read_table(document), {}), document


def test_a_proof_for_all_values_names_what_any_of_them_needs() -> None:
    """While nobody waits the law needs nothing; with a wait it rests on A10."""

    def assumptions(*, ranges: bool) -> tuple[str, ...]:
        found = {proof.name: proof.assumptions for proof in check(*small(), ranges=ranges).proofs}
        return found["warned"]

    assert assumptions(ranges=False) == ()
    assert assumptions(ranges=True) == ("A10",)


def test_a_parameter_that_moves_no_rule_is_found_at_its_name() -> None:
    """A situation that no rule uses keeps it alive for the reader of the file, and for nobody else."""
    (finding,) = (each for each in check(*small()).findings if each.kind.code == "BCDR107")
    assert (finding.problem.line, finding.problem.column) == (6, 3)
    assert "'idle'" in finding.problem.message


def test_a_rule_that_is_switched_off_is_judged_as_if_it_were_on() -> None:
    """Turning the switch must not be the first time that anybody looks."""
    (finding,) = (each for each in check(*small()).findings if each.rule == "never")
    assert (finding.kind.code, finding.problem.line) == ("BCDR102", 14)
    assert finding.parameters["cautious"] == "on"


@pytest.mark.parametrize("op", ["lt", "le", "gt", "ge", "eq", "ne"])
def test_a_gap_without_room_is_tried_at_both_ends(op: Op) -> None:
    """Tiers 2 and 3 lie between the literals of the law: every range of the parameter, every comparison."""
    bounds = (Comparison("tier", "gt", 1), Comparison("tier", "lt", 4))
    law = Invariant("i0", bounds, True, frozenset({Action.ASK_CONSENT}), ())
    rule = Rule((Comparison("tier", op, Reference("p")),), Decision(Action.ASK_CONSENT, None, "r0"), ())
    for low, high in combinations_with_replacement(TIERS, 2):
        table = replace(
            load_policy("seed").table,
            parameters=(Parameter("p", "tier", low, low, high),),
            switches=(),
            rules=(rule,),
            invariants=(law,),
        )
        everything: list[dict[str, Value]] = [{"p": value} for value in range(low, high + 1)]
        assert broken_at(table, order_types(table)) == broken_at(table, everything), (low, high)
