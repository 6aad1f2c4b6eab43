"""Laws of environments from a table: what stands in a line is what could stand in the scenario file."""

from __future__ import annotations

import os
from pathlib import Path
from typing import get_args

import pytest

from bcdr_sim.engine import simulate
from bcdr_sim.errors import InputError
from bcdr_sim.freezing import freeze
from bcdr_sim.policy import load_policy
from bcdr_sim.scenario.document import Scenario
from bcdr_sim.scenario.estate import Backup, Environment, Objectives
from bcdr_sim.scenario.imported import ENVIRONMENT_COLUMNS
from bcdr_sim.scenario.links import Link, Points
from bcdr_sim.scenario.reading import load_scenario
from bcdr_sim.trial import resolve

HEAD = """version: 1
name: two-ways
horizon: 2d
regions:
  - {name: west, pair: east}
  - {name: east, pair: west}
customers:
  contoso: {accepts_loss_up_to: 1h}
outages:
  - {id: storm, region: west, at: 1h, lasts: 8h}
"""
LISTED = """environments:
  - {name: web, region: west, tier: 1, customer: contoso, tags: [gold, eu], link: {kind: lag, lag: 4m},
     objectives: {rto: 4h, rpo: 5m}, depends_on: [db], restart: 90s}
  - {name: db, region: west, tier: 1, link: {kind: synchronous}, minimum_capability: 0.25}
  - {name: log, region: west, link: {kind: log_shipping, interval: 5m, transfer: 1m, failure_probability: 0.1,
     in_order: false, confirmation: 10s}}
  - {name: bulk, region: west, writes: constant, link: {kind: fluid, bandwidth: 50/h}}
  - {name: branch, count: 40, region: west, type: Sandbox, writes: idle, cover: false}
  - {name: "007", region: east, deployed_at: 1h30m, target: west}
"""
TABLE = """name,count,region,tier,customer,tags,link.kind,link.lag,objectives.rto,objectives.rpo,depends_on,restart,\
minimum_capability,type,writes,cover,deployed_at,target,link.interval,link.transfer,link.failure_probability,\
link.in_order,link.confirmation,link.bandwidth
web,,west,1,contoso,gold; eu,lag,4m,4h,5m,db,90s,,,,,,,,,,,,

"db",,west,1,,,synchronous,,,,,,0.25,,,,,,,,,,,
log,,west,,,,log_shipping,,,,,,,,,,,,5m,1m,0.1,FALSE,10s,
bulk,,west,,,,fluid,,,,,,,,constant,,,,,,,,,50/h
branch,40,west,,,,,,,,,,,Sandbox,idle,FALSE,,,,,,,,
007,,east,,,,,,,,,,,,,,1h30m,west,,,,,,
""".replace("\\\n", "")


def written(folder: Path, scenario: str, table: bytes = TABLE.encode()) -> Scenario:
    """The scenario of a file with `scenario` and a table beside it."""
    (folder / "estate.csv").write_bytes(table)
    path = folder / "scenario.yaml"
    path.write_text(scenario, encoding="utf-8")
    return load_scenario(path)


def digest(scenario: Scenario) -> str:
    """The digest of its timeline."""
    return simulate(resolve(scenario), load_policy("seed-2024-11")).digest


def test_every_key_of_an_environment_is_a_column_or_said_to_be_none() -> None:
    """A key that is added to the model, to a link or to the objectives is missed here."""
    links = get_args(get_args(Link)[0])
    keys = {f"link.{key}" for link in links for key in link.model_fields}
    keys |= {f"link.points.{key}" for key in Points.model_fields}
    keys |= {f"backup.{key}" for key in Backup.model_fields}
    keys |= {f"objectives.{key}" for key in Objectives.model_fields} | set(Environment.model_fields)
    assert keys == set(ENVIRONMENT_COLUMNS.cells) | set(ENVIRONMENT_COLUMNS.refused)


@pytest.mark.parametrize(
    "table",
    [
        pytest.param(TABLE.encode(), id="plain"),
        pytest.param(b"\xef\xbb\xbf" + TABLE.replace("\n", "\r\n").encode(), id="as Excel saves it"),
        pytest.param(
            TABLE.replace('"', "").replace(",", " , ").rstrip().encode(), id="blanks, no last line break"
        ),
    ],
)
def test_a_table_says_what_a_list_says(tmp_path: Path, table: bytes) -> None:
    """The same model, hence the same timeline bit for bit."""
    listed = written(tmp_path, HEAD + LISTED)
    imported = written(tmp_path, HEAD + "environments: {from: estate.csv}\n", table)
    assert imported == listed
    assert digest(imported) == digest(listed)


def test_the_order_of_lines_changes_nothing(tmp_path: Path) -> None:
    """As with a list."""
    head, *lines = TABLE.splitlines()
    reversed_lines = "\n".join([head, *reversed(lines)])
    plain = written(tmp_path, HEAD + "environments: {from: estate.csv}\n")
    turned = written(tmp_path, HEAD + "environments: {from: estate.csv}\n", reversed_lines.encode())
    assert digest(plain) == digest(turned)


def test_the_path_is_relative_to_the_file_that_says_it(tmp_path: Path) -> None:
    """Also when that file is extended from another folder; a list in the upper file takes the table's place."""
    below = tmp_path / "below"
    below.mkdir()
    (below / "estate.csv").write_text(TABLE, encoding="utf-8")
    (below / "base.yaml").write_text(HEAD + "environments: {from: estate.csv}\n", encoding="utf-8")
    extends = "extends: below/base.yaml\n"
    assert written(tmp_path, extends, b"") == load_scenario(below / "base.yaml")
    own = written(tmp_path, extends + "environments: [{name: alone, region: west}]\n")
    assert [environment.name for environment in own.environments] == ["alone"]


@pytest.mark.parametrize(
    "lower", ["environments: {from: low.csv}\n", "environments: [{name: low, region: east}]\n"]
)
@pytest.mark.parametrize("key", ["extends: base.yaml\n", "include: [base.yaml]\n"])
def test_a_table_replaces_what_lies_below_it(tmp_path: Path, lower: str, key: str) -> None:
    """It composes like the list it stands for: lines are never joined."""
    (tmp_path / "low.csv").write_text("name,region\nlow,east\n", encoding="utf-8")
    (tmp_path / "base.yaml").write_text(HEAD + lower, encoding="utf-8")
    assert [each.name for each in written(tmp_path, key).environments] == ["low"]
    upper = written(tmp_path, f"{key}environments: {{from: estate.csv}}\n")
    assert upper == written(tmp_path, HEAD + LISTED)


def test_a_frozen_scenario_needs_no_table(tmp_path: Path) -> None:
    """What `freeze` writes replays without the file beside it."""
    imported = written(tmp_path, HEAD + "environments: {from: estate.csv}\n")
    frozen = load_scenario("frozen.yaml", text=freeze(resolve(imported), load_policy("seed-2024-11")))
    assert digest(frozen) == digest(imported)


def test_an_estate_that_no_file_can_list_is_not_frozen(tmp_path: Path) -> None:
    """A file that cannot be read back is not written: 200,000 values at most, and 4 MiB."""
    scenario = HEAD + "environments: {from: estate.csv}\n"
    many = "name,region,tags\n" + "".join(f"web-{n},west,{'x;' * 98}x\n" for n in range(2_000))
    with pytest.raises(ValueError, match=r"would hold 212,038 values; one holds at most 200,000"):
        freeze(resolve(written(tmp_path, scenario, many.encode())), load_policy("seed-2024-11"))
    long = "name,region,tags\n" + "".join(
        f"web-{n},west,{';'.join(f'{tag:x>90}' for tag in range(55))}\n" for n in range(1_000)
    )
    with pytest.raises(ValueError, match=r"would have 5,\d\d\d,\d\d\d bytes; one has at most 4,194,304"):
        freeze(resolve(written(tmp_path, scenario, long.encode())), load_policy("seed-2024-11"))


def test_what_the_model_refuses_is_shown_in_the_table(tmp_path: Path) -> None:
    """File, line and column of the cell, whatever finds the fault."""
    with pytest.raises(InputError) as caught:
        written(
            tmp_path,
            HEAD + "environments: {from: estate.csv}\n",
            b"name,region,tier\nweb,wset,1\ndb,west,9\n",
        )
    places = {
        (problem.file.rsplit("/", 1)[-1], problem.line, problem.column) for problem in caught.value.problems
    }
    assert places == {("estate.csv", 2, 5), ("estate.csv", 3, 9)}


def test_lines_of_nothing_but_commas_are_passed_over(tmp_path: Path) -> None:
    """Spreadsheets leave them below a table."""
    left = TABLE.rstrip("\n") + "\n" + "," * 17 + "\n,,\n"
    scenario = HEAD + "environments: {from: estate.csv}\n"
    assert written(tmp_path, scenario, left.encode()) == written(tmp_path, scenario)


def test_what_is_too_large_is_refused_in_a_few_words(tmp_path: Path) -> None:
    """A table, before it is looked at, and a line, before it is taken apart."""
    (tmp_path / "huge.csv").write_bytes(b"")
    os.truncate(tmp_path / "huge.csv", 64 * 1024 * 1024 + 1)
    with pytest.raises(InputError, match="the file has more than 67,108,864 bytes, which is the limit"):
        written(tmp_path, HEAD + "environments: {from: huge.csv}\n")
    with pytest.raises(InputError, match="a line of 200,015 characters; at most 100,000 are read"):
        written(
            tmp_path,
            HEAD + "environments: {from: estate.csv}\n",
            b"name,region,tags\nweb,west," + b"x;" * 100_003 + b"\n",
        )
