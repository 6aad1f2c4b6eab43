"""Laws of regions from a list of locations: pairs are directed, logical regions are none. The exports are invented."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from bcdr_sim.scenario.reading import load_scenario
from commands import run

EXPORTS = Path(__file__).parent / "exports"
LIST = EXPORTS / "az_account_list_locations.json"
OLDER = EXPORTS / "az_account_list_locations_older.json"


def pairs(text: str) -> dict[str, str | None]:
    """The pair of each region of an imported scenario."""
    return {each.name: each.pair for each in load_scenario("out.yaml", text=text).regions}


def written(folder: Path, value: object) -> str:
    """A file that holds a value as JSON."""
    path = folder / "written.json"
    path.write_text(json.dumps(value, indent=1), encoding="utf-8")
    return str(path)


def location(name: str, *pair: str, **changes: Any) -> dict[str, Any]:
    """A location as listed."""
    paired = [{"name": each} for each in pair]
    return {"name": name, "metadata": {"pairedRegion": paired, "regionType": "Physical", **changes}}


def test_a_pair_is_directed() -> None:
    """One that is not returned is named, and one without a row gets one without a pair."""
    ended = run("import", "azure-locations", str(LIST))
    assert pairs(ended.out) == {
        "westeurope": "northeurope",
        "northeurope": "westeurope",
        "centralus": "eastus2",
        "eastus2": "centralus",
        "norwayeast": "norwaywest",
        "brazilsouth": "southcentralus",
        "italynorth": None,
        "norwaywest": None,
        "southcentralus": None,
    }
    assert ended.err.splitlines()[0] == "8 records read: 7 regions, 1 left out as logical"


def test_an_older_list_says_the_same() -> None:
    """It has no type and only the group of the geography."""
    scenario = load_scenario("out.yaml", text=run("import", "azure-locations", str(OLDER)).out)
    assert [(each.name, each.geography, each.pair) for each in scenario.regions] == [
        ("westeurope", "Europe", "northeurope"),
        ("northeurope", "Europe", "westeurope"),
    ]


def test_a_pair_may_be_missing_in_two_ways(tmp_path: Path) -> None:
    """An empty list and null."""
    file = written(tmp_path, [location("a"), location("b", pairedRegion=None)])
    assert pairs(run("import", "azure-locations", file).out) == {"a": None, "b": None}


def test_what_deserves_a_look_is_named(tmp_path: Path) -> None:
    """Pairs that are not returned, several of them, other than published ones."""
    file = written(tmp_path, [location("westeurope", "uksouth", "a"), location("uksouth", "ukwest")])
    told = run("import", "azure-locations", file).err
    assert "pairs that are not returned: westeurope -> uksouth" in told
    assert "several pairs, the first one taken: westeurope (uksouth, a)" in told
    assert "named as a pair and not listed, so without a pair of their own: ukwest" in told
    assert "other than in the published table: westeurope (uksouth, published northeurope)" in told


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ([{"displayName": "x"}], "no 'name'"),
        ([location("europe", regionType="logical")], "no physical region in it: 1 record read, 1 logical"),
        ([location("a", "b"), location("a", "c")], "'a' is given twice, and differs from"),
        ([location("a", pairedRegion="b")], "must be a list of objects, not text"),
        ([1], "must be an object, not a number"),
    ],
)
def test_what_is_no_list_of_regions_is_refused(value: object, message: str, tmp_path: Path) -> None:
    """With its place."""
    ended = run("import", "azure-locations", written(tmp_path, value))
    assert ended.code == 2
    assert message in ended.err


def test_regions_stand_below_an_estate(tmp_path: Path) -> None:
    """Included before it, they give the pairs, and the estate gives the environments."""
    assert run("import", "azure-locations", str(LIST), "-o", str(tmp_path / "regions.yaml")).code == 0
    bap = str(EXPORTS / "bap_environments.json")
    assert run("import", "bap", bap, "-o", str(tmp_path / "estate.yaml")).code == 0
    text = "include: [regions.yaml, estate.yaml]\n"
    scenario = load_scenario(tmp_path / "both.yaml", text=text)
    assert len(scenario.environments) == 6
    assert len(scenario.regions) == 9
