"""Relations of neighbours: who does not wait for anybody lives alone, whoever and whatever else there is."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import replace
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from bcdr_sim.estate import build_estate
from bcdr_sim.freezing import freeze
from bcdr_sim.scenario.document import Scenario
from bcdr_sim.scenario.reading import load_scenario
from bcdr_sim.trial import resolve
from oracle.scenarios import Plain
from oracle.state import Row
from relation_worlds import (
    ANY,
    ANY_POLICY,
    POLICIES,
    STORMY,
    Played,
    narrowed,
    played,
    played_in,
    tried,
    with_common_ends,
    with_whole_regions,
    without_limits,
)


def those_of(world: Played, names: list[str]) -> list[Row]:
    """What happened to some environments, in order."""
    return world.of(*names)


def whole(plain: Plain) -> None:
    """What an outage does to a region does not hang on who lives there: in each somebody stays, whom every outage hits."""
    with_common_ends(plain)
    with_whole_regions(plain)
    plain["environments"] += _stayers(plain)


def _stayers(plain: Plain) -> list[Plain]:
    """An environment in each region that nobody moves, so that an incident is confirmed whoever else is away."""
    names = [region["name"] for region in plain["regions"]]
    return [{"name": f"stayer-{name}", "region": name, "type": "Sandbox"} for name in names]


@given(plain=narrowed(STORMY, whole), policy=ANY_POLICY, kind=st.sampled_from(("Sandbox", "opted out")))
@tried
def test_one_more_environment_that_is_not_covered_changes_nobody_else(
    plain: Plain, policy: str, kind: str
) -> None:
    """Relation 10: first in name and tier, and with few slots; where it is not the only one who stays in its region."""
    named = [entry["name"] for entry in plain["environments"]]
    newcomer = {"name": "a0", "region": "a", "tier": 1, "zone": "z1", "apps": ["finance_operations"]}
    newcomer |= {"type": "Sandbox"} if kind == "Sandbox" else {"cover": False}
    more = plain | {"environments": [newcomer, *plain["environments"]]}
    assert played(more, policy).of(*named) == played(plain, policy).of(*named)


def without_slots(plain: Plain) -> None:
    """Any number of moves at a time."""
    plain["provider"]["failover"]["slots"] = None
    plain["provider"]["failback"]["at_once"] = None
    plain["provider"].setdefault("restore", {})["at_once"] = None


@given(plain=narrowed(STORMY, without_slots), policy=ANY_POLICY)
@tried
def test_as_many_slots_as_environments_are_as_good_as_any_number(plain: Plain, policy: str) -> None:
    """Relation 16: for failovers, failbacks and restores."""
    number = len(plain["environments"])
    enough = deepcopy(plain)
    enough["provider"]["failover"]["slots"] = number
    enough["provider"]["failback"]["at_once"] = number
    enough["provider"]["restore"]["at_once"] = number
    assert played(enough, policy).rows == played(plain, policy).rows


@given(plain=narrowed(ANY, whole, without_limits), policy=ANY_POLICY)
@tried
def test_who_waits_for_nobody_lives_as_if_alone(plain: Plain, policy: str) -> None:
    """Relation 16: without any limit, where outages hit whole regions, end for all, and are seen to hit somebody."""
    world = played(plain, policy)
    for entry in plain["environments"]:
        if not entry["name"].startswith("stayer"):
            alone = played(plain | {"environments": [entry, *_stayers(plain)]}, policy)
            assert alone.of(entry["name"]) == world.of(entry["name"])


@given(plain=narrowed(ANY, without_limits), policy=ANY_POLICY, number=st.integers(0, 5))
@tried
def test_a_clone_with_the_same_draws_lives_the_same_life(plain: Plain, policy: str, number: int) -> None:
    """Relation 17: without any limit; its numbers are drawn under the key of the one that it is like."""
    entry = plain["environments"][number % len(plain["environments"])]
    name, clone = entry["name"], f"{entry['name']}z"
    more = plain | {"environments": [*plain["environments"], entry | {"name": clone}]}
    scenario = Scenario.model_validate(more)
    estate = build_estate(scenario)
    keys = estate.keys.copy()
    keys[estate.names.index(clone)] = keys[estate.names.index(name)]
    world = played_in(resolve(scenario, seed=7, estate=replace(estate, keys=keys)), POLICIES[policy])
    assert [(row[0], name, *row[2:]) for row in world.of(clone)] == world.of(name)


def in_one_region(plain: Plain) -> None:
    """All live in one region, and the second and the third are where nobody lives; outages hit the first or the second."""
    plain["regions"] = [{"name": "a", "pair": "b"}, {"name": "b", "pair": "a"}, {"name": "c", "pair": "b"}]
    plain["provider"].pop("orchestrator_region", None)
    plain["provider"].pop("capacity", None)
    plain.pop("maintenance", None)
    for entry in plain["environments"]:
        entry |= {"region": "a", "target": "b"}
        entry.pop("backup", None)
    for outage in plain["outages"]:
        if outage.get("region") == "c":
            outage["region"] = "a"
        if "regions" in outage:
            outage |= {"region": "a"}
            outage.pop("regions")


@given(
    plain=narrowed(ANY, in_one_region, whole, without_limits),
    policy=ANY_POLICY,
    share=st.integers(1, 5),
)
@tried
def test_two_regions_under_one_common_cause_are_as_one(plain: Plain, policy: str, share: int) -> None:
    """Relation 20: without any limit; every outage of either is one of both."""
    names = [name for entry in plain["environments"] if not (name := entry["name"]).startswith("stayer")]
    apart = deepcopy(plain)
    for entry in apart["environments"][share : len(names)]:
        entry["region"] = "c"
    for outage in apart["outages"]:
        if outage["region"] == "a":
            outage["regions"] = ["a", "c"]
            del outage["region"]
    one, two = played(plain, policy), played(apart, policy)
    for name in names:
        assert two.of(name) == one.of(name)


@given(plain=ANY, policy=ANY_POLICY)
@tried
def test_the_order_in_the_file_means_nothing(plain: Plain, policy: str) -> None:
    """Relation 21: environments, regions, customers, outages and keys the other way round, and not a byte differs."""
    turned = dict(reversed(plain.items()))
    for key in ("environments", "regions", "outages"):
        turned[key] = [dict(reversed(entry.items())) for entry in reversed(plain[key])]
    turned["customers"] = dict(reversed(plain["customers"].items()))
    assert played(turned, policy).timeline.digest == played(plain, policy).timeline.digest


@given(plain=ANY, policy=ANY_POLICY)
@tried
def test_a_region_that_nobody_is_concerned_with_changes_nothing(plain: Plain, policy: str) -> None:
    """Relation 21: another region with an environment, an outage and a customer of its own, and the others draw the same."""
    known = {entry["name"] for key in ("environments", "regions") for entry in plain[key]}
    elsewhere = {
        "id": "o3b",
        "region": "zz",
        "kind": "hard",
        "at": "60m",
        "lasts": {"uniform": {"low": "0m", "high": "5h"}},
    }
    more = plain | {
        "regions": [*plain["regions"], {"name": "zz"}],
        "environments": [
            *plain["environments"],
            {"name": "zz1", "region": "zz", "type": "Sandbox", "customer": "zoe"},
        ],
        "customers": plain["customers"] | {"zoe": {"mail": {"uniform": {"low": "0m", "high": "5h"}}}},
        "outages": [*plain["outages"], elsewhere],
    }
    rows = [row for row in played(more, policy).rows if row[1] not in ("zz", "zz1")]
    assert {row[1] for row in rows} <= known | {None}
    assert rows == played(plain, policy).rows


@given(plain=ANY, policy=ANY_POLICY, replication=st.integers(0, 3))
@tried
def test_a_world_that_is_written_down_replays_to_the_byte(
    plain: Plain, policy: str, replication: int
) -> None:
    """Relation 21: the file of a frozen world holds everything that was drawn."""
    trial = resolve(Scenario.model_validate(plain), seed=7, replication=replication)
    world = played_in(trial, POLICIES[policy])
    frozen = load_scenario(Path("frozen.yaml"), text=freeze(trial, POLICIES[policy]))
    assert played_in(resolve(frozen), POLICIES[policy]).timeline.digest == world.timeline.digest
