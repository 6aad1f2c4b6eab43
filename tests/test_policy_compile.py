"""Compiled tables: the generated function and the plain interpreter agree on every observation."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bcdr_sim.policy.atom import Atom, Op
from bcdr_sim.policy.axes import AXES, TOP
from bcdr_sim.policy.compile import Row, axes_read, compile_rows, interpret
from bcdr_sim.policy.decision import Action, Decision, Reason
from bcdr_sim.policy.observation import Value, calm, regional_outage
from bcdr_sim.policy.policy import Policy
from policy_observations import axis_values, observations, random_observations
from policy_tables import all_atoms, shipped

HOLD = Decision(Action.HOLD, Reason.HOLD_DOWN, "rule")
MINUTE = 60_000

LITERALS: dict[str, list[Value]] = {
    "duration": [0, 1, 5 * MINUTE, 60 * MINUTE],
    "number": [0, 1, 3, 5, 50],
    "time_of_day": [0, 270, 1350, 1439],
    "flag": [False, True],
}
ORDERED: tuple[Op, ...] = ("eq", "ne", "lt", "le", "gt", "ge")
EQUAL: tuple[Op, ...] = ("eq", "ne")
LISTS: tuple[Op, ...] = ("in", "not_in")


@st.composite
def atoms(draw: st.DrawFn) -> Atom:
    """Any atom the file format can express, tags included."""
    name = draw(st.sampled_from([*AXES, "tag_gold"]))
    kind = AXES[name].kind if name in AXES else "flag"
    literals = list(AXES[name].values) if kind == "choice" else LITERALS[kind]
    if kind == "time_of_day" and draw(st.booleans()):
        return Atom(name, "between", tuple(draw(st.permutations(literals))[:2]))
    if draw(st.booleans()):
        several = draw(st.lists(st.sampled_from(literals), min_size=1, max_size=3, unique=True))
        return Atom(name, draw(st.sampled_from(LISTS)), tuple(several))
    if name in AXES and AXES[name].top and draw(st.booleans()):
        return Atom(name, draw(st.sampled_from(EQUAL)), TOP)
    ops = EQUAL if kind in ("choice", "flag") else ORDERED
    return Atom(name, draw(st.sampled_from(ops)), draw(st.sampled_from(literals)))


rows = st.lists(st.lists(atoms(), max_size=4).map(lambda when: Row(tuple(when), HOLD)), max_size=12)


@settings(deadline=None, max_examples=200)
@given(st.data(), rows)
def test_generated_code_and_interpreter_agree_on_random_tables(data: st.DataObject, table: list[Row]) -> None:
    """For any table and any observation, possible or not, both name the same row."""
    decide = compile_rows(table)
    everything = [atom for row in table for atom in row.when]
    for observation in data.draw(st.lists(observations(everything), min_size=5, max_size=20)):
        assert decide(observation) == interpret(table, observation)


@pytest.mark.parametrize("policy", shipped(), ids=lambda policy: policy.name)
def test_generated_code_and_interpreter_agree_at_every_literal(policy: Policy) -> None:
    """Thousands of observations at each literal of the table and a millisecond to either side."""
    for observation in random_observations(all_atoms(policy), count=4_000):
        assert policy.decide(observation) == interpret(policy.rows, observation)


@pytest.mark.parametrize("policy", shipped(), ids=lambda policy: policy.name)
def test_every_single_change_of_a_base_is_decided_alike(policy: Policy) -> None:
    """From the outage in which all gates are open, each value of each axis in turn."""
    for name, values in axis_values(all_atoms(policy)).items():
        for value in values:
            observation = regional_outage()
            if name in AXES:
                setattr(observation, name, value)
            assert policy.decide(observation) == interpret(policy.rows, observation)


def test_the_first_row_that_matches_decides() -> None:
    """Later rows are not looked at, and without a match the answer is one past the last row."""
    up, down = (Atom("service", "eq", "up"),), (Atom("service", "eq", "down"),)
    decide = compile_rows([Row(down, HOLD), Row(up, HOLD), Row((), HOLD)])
    assert decide(calm()) == 1
    assert decide(regional_outage()) == 0
    assert compile_rows([Row(down, HOLD)])(calm()) == 1
    assert compile_rows([])(calm()) == 0


def test_an_unknown_loss_is_greater_than_every_literal() -> None:
    """`data_loss: {lt: 5m}` never matches what is not known; `gt` always does."""
    unknown = regional_outage(loss_state="undetermined", data_loss=TOP)
    less, more = Atom("data_loss", "lt", 5 * MINUTE), Atom("data_loss", "gt", 5 * MINUTE)
    assert (less.holds(unknown), more.holds(unknown)) == (False, True)
    assert compile_rows([Row((less,), HOLD), Row((more,), HOLD)])(unknown) == 1


@pytest.mark.parametrize(
    ("bounds", "inside", "outside"),
    [((540, 1020), [540, 1019], [539, 1020]), ((1350, 270), [1350, 1439, 0, 269], [270, 1349])],
)
def test_between_is_half_open_and_may_pass_midnight(
    bounds: tuple[int, int], inside: list[int], outside: list[int]
) -> None:
    """From 22:30 to 04:30 holds before and after midnight, the end excluded."""
    row = Row((Atom("time_of_day", "between", bounds),), HOLD)
    decide = compile_rows([row])
    for minute in inside + outside:
        observation = calm(time_of_day=minute)
        assert decide(observation) == interpret([row], observation) == (0 if minute in inside else 1)


def test_a_tag_is_read_as_yes_or_no() -> None:
    """A declared tag asks whether the environment carries it."""
    decide = compile_rows(
        [Row((Atom("tag_gold", "eq", True),), HOLD), Row((Atom("tag_gold", "ne", True),), HOLD)]
    )
    assert decide(calm(tags=frozenset({"gold"}))) == 0
    assert decide(calm()) == 1


def test_the_axes_read_are_those_of_the_rows() -> None:
    """What no row compares, the engine need not keep up to date."""
    table = [Row((Atom("service", "eq", "up"), Atom("tag_gold", "eq", True)), HOLD), Row((), HOLD)]
    assert axes_read(table) == {"service", "tag_gold"}


def test_the_longest_table_can_be_compiled() -> None:
    """500 rules neither exhaust the compiler nor change the order."""
    table = [Row((Atom("moves_24h", "eq", number),), HOLD) for number in range(500)]
    decide = compile_rows(table)
    assert decide(calm(moves_24h=499)) == 499
    assert decide(calm(moves_24h=500)) == 500


def test_generated_code_reaches_nothing_but_the_observation() -> None:
    """The function knows no built-in and no name but its argument."""
    decide = compile_rows([Row((Atom("service", "eq", "up"),), HOLD)])
    code = getattr(decide, "__code__")  # noqa: B009
    assert code.co_varnames == ("observation",)
    assert code.co_names == ("service",)
    assert getattr(decide, "__globals__")["__builtins__"] == {}  # noqa: B009
