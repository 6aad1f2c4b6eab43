"""Names of a scenario mean something, are told apart, and are checked however large the estate is."""

from __future__ import annotations

import time

import pytest

from bcdr_sim.errors import InputError
from bcdr_sim.scenario.document import Scenario
from bcdr_sim.scenario.reading import load_scenario

HEAD = "version: 1\nname: estate\nhorizon: 30d\nregions: [{name: north, pair: south}, {name: south}]\n"


def load(text: str) -> Scenario:
    """Return the scenario of a head and the lines after it."""
    return load_scenario("estate.yaml", text=HEAD + text)


def messages(text: str) -> list[str]:
    """Return what is wrong with a scenario of a head and the lines after it."""
    with pytest.raises(InputError) as caught:
        load(text)
    return [problem.message for problem in caught.value.problems]


def test_a_reference_is_checked_only_against_names_that_could_be_read() -> None:
    """A slip in the name of a region is not also a slip of all that are at home there."""
    text = "version: 1\nname: e\nhorizon: 1d\nregions: [{nam: north}]\nenvironments: [{name: a, region: north}]\n"
    with pytest.raises(InputError) as caught:
        load_scenario("e.yaml", text=text)
    assert [problem.message for problem in caught.value.problems] == [
        "unknown key 'nam', did you mean 'name'?"
    ]


def test_wrong_values_and_wrong_names_are_reported_together() -> None:
    """One run tells all."""
    assert messages("environments: [{name: a, region: nort, tier: 9}]\n") == [
        "no region 'nort'; did you mean 'north' (line 4)?",
        "must be one of 1, 2, 3, 4, 5; got 9",
    ]


def test_a_published_region_needs_no_entry() -> None:
    """With `region_table: azure` its name and pair are known."""
    assert load("region_table: azure\nenvironments: [{name: a, region: westeurope}]\n").environments
    assert messages("environments: [{name: a, region: westeurope}]\n") == [
        "no region 'westeurope'; there are north, south"
    ]


def test_one_of_several_outages_of_an_entry_can_be_named() -> None:
    """`every:` makes storm/1, storm/2 and so on."""
    text = (
        "environments: [{name: a, region: north}]\n"
        "outages: [{id: storm, region: north, every: 5d, lasts: 1h}]\n"
        "expect: [{outage: storm/2, outcome: recovered_in_place}, {outage: storm, failovers: {exactly: 0}}]\n"
    )
    assert load(text).expect
    assert messages(text.replace("storm/2", "strom/2")) == [
        "no outage 'strom/2'; did you mean 'storm' (line 6)?"
    ]


def test_many_unknown_names_in_a_large_estate_are_all_named_in_time() -> None:
    """Each is reported; what the later ones may have meant is not looked for among thousands any more."""
    rows = "".join(f"  - {{name: web-{n}, region: north, depends_on: [wbe-{n}]}}\n" for n in range(4_000))
    begin = time.process_time()
    found = messages(f"environments:\n{rows}")
    assert time.process_time() - begin < 20
    assert found[0] == "no environment 'wbe-0'; did you mean 'web-0' (line 6)?"
    assert found[-1] == "no environment 'wbe-3999'"
    assert len(found) == 4_000


def test_a_chain_of_dependencies_may_be_as_long_as_the_estate() -> None:
    """No recursion ends it, and a circle of that length is still found."""
    count = 3_000
    rows = "".join(
        f"  - {{name: e{n}, region: north, depends_on: [e{(n + 1) % count}]}}\n" for n in range(count)
    )
    (found,) = messages(f"environments:\n{rows}")
    assert found.startswith("depends on itself: e0 -> e1 -> ")
    assert load(f"environments:\n{rows}".replace("depends_on: [e0]", "depends_on: []")).environments


def test_a_shared_dependency_is_no_circle() -> None:
    """Two ways to one environment are two ways."""
    assert load(
        "environments:\n"
        "  - {name: a, region: north, depends_on: [b, c]}\n"
        "  - {name: b, region: north, depends_on: [d]}\n"
        "  - {name: c, region: north, depends_on: [d]}\n"
        "  - {name: d, region: north}\n"
    ).environments
