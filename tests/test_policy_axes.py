"""The closed schema of observations: axes, the record that carries them, and what cannot occur together."""

import dataclasses
from collections.abc import Callable

import pytest
from hypothesis import given, settings

from bcdr_sim.policy.assumptions import ASSUMPTIONS, Assumption, impossible
from bcdr_sim.policy.axes import AXES, TOP, find_axis
from bcdr_sim.policy.observation import DAY_MS, Observation, at_secondary, calm, regional_outage
from policy_observations import observations, repaired


def test_the_record_has_exactly_the_axes_of_the_table() -> None:
    """One attribute per axis in the order of the table, then the tags: neither side can drift."""
    assert [field.name for field in dataclasses.fields(Observation)] == [*AXES, "tags"]


def test_every_default_is_a_value_of_its_axis() -> None:
    """The calm observation lies inside every domain."""
    for name, axis in AXES.items():
        value = calm().value(name)
        match axis.kind:
            case "choice":
                assert value in axis.values
            case "flag":
                assert isinstance(value, bool)
            case _:
                assert isinstance(value, int)
                assert axis.low <= value <= axis.high or (axis.top and value == TOP)


def test_a_top_value_lies_above_every_literal() -> None:
    """`unknown` and `never` are greater than anything a file can say."""
    assert all(axis.high < TOP for axis in AXES.values())


def test_a_tag_is_an_axis_only_where_it_is_declared() -> None:
    """An undeclared tag is no axis, and a declared one reads the tags of the environment."""
    assert find_axis("tag_gold") is None
    axis = find_axis("tag_gold", frozenset({"gold"}))
    assert axis is not None
    assert axis.kind == "flag"
    assert calm(tags=frozenset({"gold"})).value("tag_gold") is True
    assert calm().value("tag_gold") is False


@pytest.mark.parametrize("base", [calm, regional_outage, at_secondary])
def test_the_three_bases_can_occur(base: Callable[[], Observation]) -> None:
    """A test that starts from a base starts from something the engine could produce."""
    assert impossible(base()) == []


def test_an_unknown_name_is_refused_by_the_bases() -> None:
    """A misspelt axis in a test is an error, not a silent no-op."""
    with pytest.raises(AttributeError):
        calm(servce="down")


BROKEN = {
    "A1": calm(env_type="Sandbox"),
    "A2": calm(eligible=False),
    "A3": regional_outage(data_loss=1),
    "A4": regional_outage(loss_state="some", data_loss=TOP),
    "A5": calm(copy="seeding"),
    "A6": regional_outage(loss_within_consent=True),
    "A7": calm(order_loss="within"),
    "A8": calm(outage_age=1),
    "A9": calm(since_confirmed=1),
    "A10": regional_outage(warning=True),
    "A11": regional_outage(drain_possible=True, target_state="down", healthy_for=0),
    "A12": calm(reverse_sync="complete"),
    "A13": calm(target_state="impaired"),
    "A14": at_secondary(target_state="impaired", healthy_for=0),
    "A15": at_secondary(since_last_move=TOP),
    "A16": calm(moves_24h=1),
}


@pytest.mark.parametrize("assumption", ASSUMPTIONS, ids=lambda assumption: assumption.id)
def test_an_impossible_combination_is_named(assumption: Assumption) -> None:
    """Each assumption has an observation that breaks it, and the answer names it."""
    name = assumption.id
    assert name in [line.split(":")[0] for line in impossible(BROKEN[name])]


@settings(deadline=None, max_examples=300)
@given(observations())
def test_every_observation_can_be_brought_in_line_with_the_assumptions(observation: Observation) -> None:
    """No assumption contradicts another: following them one after the other leaves none broken."""
    assert impossible(repaired(observation)) == []


def test_a_day_after_a_move_exactly_the_move_no_longer_counts() -> None:
    """The last 24 hours are half open: at 24h sharp there are no moves in them."""
    assert impossible(calm(since_last_move=DAY_MS, moves_24h=0)) == []
    assert impossible(calm(since_last_move=DAY_MS - 1, moves_24h=1)) == []
    assert impossible(calm(since_last_move=DAY_MS, moves_24h=1)) != []
    assert impossible(calm(since_last_move=DAY_MS - 1, moves_24h=0)) != []
