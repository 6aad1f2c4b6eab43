"""Laws of the list of relations: it is whole, each is tried, and random worlds are not too quiet to tell."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from importlib.resources import files
from pathlib import Path
from typing import TypeVar

import pytest
from hypothesis import HealthCheck, Phase, find, settings
from hypothesis import strategies as st

from data_worlds import data_scenarios
from false_claims import CLAIMS
from growing import growing_scenarios
from oracle.scenarios import Plain
from people_worlds import ORDERED, ordering_scenarios, peopled_scenarios
from relation_worlds import EVERY, SEED, STORMY, one_outage, played
from relations import RELATIONS

T = TypeVar("T")
FOLDER = Path(__file__).parent
OF_PARTS = {
    "order_given": (ordering_scenarios(), sorted(ORDERED)),
    "consent_declined": (peopled_scenarios(), SEED),
    "outage_grew": (growing_scenarios(), EVERY),
    "contact_lost": (data_scenarios(), EVERY),
}
"""What only some of the worlds have, with those and the policies under which it is to be found."""
FREQUENT = (
    "failover_completed",
    "failback_completed",
    "move_aborted",
    "move_withheld",
    "consent_granted",
    "loss_realised",
    "resync_completed",
    "loss_determined",
)


def tried() -> Iterator[str]:
    """The names of all tests that look at random examples."""
    for path in sorted(FOLDER.glob("test_*.py")):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.FunctionDef) and "given(" in ast.unparse(node).partition("def ")[0]:
                yield node.name


def test_the_relations_are_numbered_from_one_to_thirty() -> None:
    """In order, and none twice."""
    assert [relation.number for relation in RELATIONS] == list(range(1, 31))


def test_every_relation_is_tried_on_random_worlds() -> None:
    """By tests that exist, under exactly one relation each."""
    names = [f"test_{name}" for relation in RELATIONS for name in relation.tests]
    assert all(relation.tests for relation in RELATIONS)
    assert len(names) == len(set(names))
    assert set(names) <= set(tried())


def test_every_test_of_a_relation_stands_in_the_list() -> None:
    """What is tried in `test_relations_*.py` is what the list says."""
    listed = {f"test_{name}" for relation in RELATIONS for name in relation.tests}
    for path in sorted(FOLDER.glob("test_relations_*.py")):
        written = {
            node.name
            for node in ast.parse(path.read_text(encoding="utf-8")).body
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
        }
        assert written <= listed


def test_what_bounds_a_relation_names_one_that_is_there() -> None:
    """A claim that is false without what its relation asks for."""
    assert {claim.bounds for claim in CLAIMS} - {None} <= {relation.number for relation in RELATIONS}


@pytest.mark.parametrize("event", [*FREQUENT, *OF_PARTS])
def test_random_worlds_hold_what_the_relations_are_about(event: str) -> None:
    """Each of these occurs within two hundred worlds, or the relations would say little about it."""
    worlds, policies = OF_PARTS.get(event, (STORMY, [*EVERY, "auto", "eager"]))

    def occurs(drawn: tuple[Plain, str]) -> bool:
        return any(row[2] == event for row in played(*drawn).rows)

    _found(st.tuples(worlds, st.sampled_from(policies)), occurs)


def test_worlds_with_one_outage_have_moves_that_wait_for_slots() -> None:
    """Or more of them could not change anything."""

    def waits(plain: Plain) -> bool:
        decided: dict[str | None, int] = {}
        for row in played(plain, "auto").rows:
            if row[2] == "move_decided":
                decided[row[1]] = row[0]
            if row[2] == "slot_obtained" and row[0] > decided[row[1]]:
                return True
        return False

    _found(one_outage(), waits)


def _found(worlds: st.SearchStrategy[T], condition: Callable[[T], bool]) -> None:
    """Fail unless a world within the first two hundred meets the condition."""
    find(
        worlds,
        condition,
        settings=settings(
            max_examples=200,
            deadline=None,
            derandomize=True,
            database=None,
            phases=(Phase.generate,),
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_the_rules_without_losses_are_those_of_the_seed_up_to_there() -> None:
    """What relations 5 and 6 compare differs in the part about losses alone."""
    profile = files("bcdr_sim.policy").joinpath("profiles/seed-2024-11.yaml").read_text(encoding="utf-8")
    without = (FOLDER / "policies" / "seed-whatever-loss.yaml").read_text(encoding="utf-8")
    before = profile.partition("rules:\n")[2].partition("  # the table of the seed\n")[0]
    assert without.partition("rules:\n")[2].partition("  # whatever a move loses\n")[0] == before
