"""The JSON Schemas that editors read: committed as generated, and true of every file that is shipped."""

from __future__ import annotations

import json
import warnings
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from bcdr_sim.loading import read
from bcdr_sim.scenario.schema import scenario_schema
from rewrite_scenarios import FOLDER, ROOT, schemas, shipped

POLICIES = sorted(path.name for path in (ROOT / "policies").glob("*.yaml"))


def properties(node: Any, path: str = "") -> list[tuple[str, dict[str, Any]]]:
    """Every key that a file may hold, with what the schema says of it."""
    found = []
    if isinstance(node, dict):
        for name, below in node.items():
            if name == "properties":
                found += [(f"{path}/{key}", value) for key, value in below.items()]
            found += properties(below, f"{path}/{name}")
    return found


@pytest.mark.parametrize("path", schemas(), ids=lambda path: path.name)
def test_a_committed_schema_is_what_the_command_prints(path: Path) -> None:
    """`python tests/rewrite_scenarios.py` writes it anew."""
    assert path.read_text(encoding="utf-8") == schemas()[path]


def test_generating_the_schema_warns_of_nothing() -> None:
    """A warning would mean a default that the schema leaves out."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert scenario_schema() == scenario_schema()


@pytest.mark.parametrize("name", shipped())
def test_an_editor_finds_no_fault_in_a_shipped_scenario(name: str) -> None:
    """Not even in one that leaves to the file it extends what every scenario needs."""
    jsonschema.Draft202012Validator(scenario_schema()).validate(read(FOLDER / name).data)


@pytest.mark.parametrize("name", POLICIES)
def test_an_editor_finds_no_fault_in_a_shipped_policy(name: str) -> None:
    """Each begins with the modeline that leads editors to the schema."""
    path = ROOT / "policies" / name
    text = path.read_text(encoding="utf-8")
    assert text.startswith("# yaml-language-server: $schema=./policy.schema.json\n")
    schema = json.loads((ROOT / "policies" / "policy.schema.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator(schema).validate(read(path).data)


@pytest.mark.parametrize(
    "fault",
    [
        {"version": 1, "name": "x", "horizon": "1d"},
        {"extends": "a.yaml", "horizont": "1d"},
        {"extends": "a.yaml", "horizon": 90},
        {"extends": "a.yaml", "provider": {"failover": {"validate_": "1m"}}},
        {"extends": "a.yaml", "outages": [{"id": "x", "crews": {"count": 3}}]},
    ],
    ids=["parts missing", "slip of the pen", "no unit", "inner name", "a part without its own"],
)
def test_an_editor_marks_what_the_program_would_refuse(fault: dict[str, Any]) -> None:
    """One value at a time; what values must agree on, only the program says."""
    assert not jsonschema.Draft202012Validator(scenario_schema()).is_valid(fault)


def test_defaults_are_written_as_in_a_file() -> None:
    """With their unit, in the words of a distribution; each of them is valid where it stands."""
    schema = scenario_schema()
    provider = schema["$defs"]["Provider"]["properties"]
    assert provider["update_every"]["default"] == "1h"
    assert provider["confirmation"]["default"] == {"uniform": {"low": "2m", "high": "10m"}}
    assert schema["$defs"]["Failure"]["properties"]["retry_after"]["default"] == "10m"
    for path, written in properties(schema):
        if "default" in written:
            below = {"$defs": schema["$defs"], **written}
            assert jsonschema.Draft202012Validator(below).is_valid(written["default"]), path
