"""Laws of the pytest plugin: a claim is a test with its place, and a project without claims notices nothing.

Each law lets a pytest of its own run over a folder, as a project would; the plugin goes by the name that the package
registers, which is the same where it is installed and where only its source is at hand.
"""

import sys
import tomllib
from pathlib import Path

import pytest

from bcdr_sim.pytest_plugin import POLICY_TEST_ENDINGS, SCENARIO_ENDINGS
from policy_tables import ROOT

pytest_plugins = ["pytester"]

PLUGIN = "bcdr_sim.pytest_plugin"
CASES = """\
policy: seed
cases:
  - {name: no loss means no question, from: regional_outage, expect: failover}
  - {name: always home, from: calm, expect: failback}
"""
SCENARIO = """\
version: 1
name: storm
horizon: 1d
regions: [{name: here, pair: there}, {name: there}]
environments: [{name: prod, type: Production, region: here}]
outages: [{id: gale, region: here, at: 1h, lasts: 2h}]
expect:
  - {failovers: {exactly: 9}}
  - {outcome: recovered_in_place}
"""


def write(folder: Path, **files: str) -> None:
    """Write files; `__` in a name stands for a dot."""
    for name, text in files.items():
        (folder / name.replace("__", ".")).write_text(text, encoding="utf-8")


def configure(pytester: pytest.Pytester, line: str = "") -> None:
    """Give the project its configuration, with the plugin in force."""
    pytester.makeini(f"[pytest]\naddopts = -p {PLUGIN} -p no:cacheprovider\n{line}\n")


def test_cases_and_expectations_are_tests_with_their_place(pytester: pytest.Pytester) -> None:
    """One each; a failure says file and line and what happened; other YAML is none of our business."""
    write(pytester.path, own__policytest__yaml=CASES, gale__scenario__yaml=SCENARIO, other__yaml=SCENARIO)
    configure(pytester)
    ended = pytester.runpytest_subprocess("-v")
    ended.assert_outcomes(passed=2, failed=2)
    ended.stdout.fnmatch_lines(
        [
            "gale.scenario.yaml::expectation 1 (?) FAILED *",
            "gale.scenario.yaml::expectation 2 (?) PASSED *",
            "own.policytest.yaml::no loss means no question PASSED *",
            "own.policytest.yaml::always home FAILED *",
            "gale.scenario.yaml:8: expected failovers 9 of *",
            "own.policytest.yaml:4: expected failback, but it decides hold (impact_unconfirmed) [[]calm]",
        ]
    )
    ended.stdout.no_fnmatch_line("*Traceback*")


def test_a_pattern_makes_tests_of_the_scenarios_of_a_folder(pytester: pytest.Pytester) -> None:
    """And a broken file is an error of its collection, told without a traceback."""
    configure(pytester, "bcdr_sim_scenarios = worlds/*.yaml")
    folder = pytester.mkdir("worlds")
    write(folder, a__yaml=SCENARIO, b__yaml=SCENARIO.replace("pair: there", "pair: their"))
    write(pytester.path, c__yaml=SCENARIO, d__policytest__yaml="policy: sed\ncases: []\n")
    ended = pytester.runpytest_subprocess("--continue-on-collection-errors")
    ended.assert_outcomes(passed=1, failed=1, errors=2)
    ended.stdout.fnmatch_lines(
        [
            "d.policytest.yaml:1:9: error: no built-in policy 'sed'; did you mean 'seed'?*",
            "*no region 'their'*",
        ]
    )
    ended.stdout.no_fnmatch_line("*Traceback*")


def test_a_project_without_claims_imports_nothing_of_ours(pytester: pytest.Pytester) -> None:
    """The plugin looks at names of YAML files, and at nothing else."""
    pytester.makepyfile(
        "import sys\n\ndef test_nothing():\n"
        "    ours = {name for name in sys.modules if name.startswith('bcdr_sim')}\n"
        "    assert ours == {'bcdr_sim', 'bcdr_sim.pytest_plugin'}\n"
    )
    write(pytester.path, other__yaml=SCENARIO, broken__yaml="[")
    configure(pytester)
    pytester.runpytest_subprocess().assert_outcomes(passed=1)


def test_the_package_registers_the_plugin_under_the_name_of_its_module() -> None:
    """So `-p` and the installed entry point are one plugin, not two."""
    with (ROOT / "pyproject.toml").open("rb") as file:
        project = tomllib.load(file)["project"]
    assert project["entry-points"]["pytest11"] == {PLUGIN: PLUGIN}
    assert PLUGIN in sys.modules


def test_nothing_of_this_repository_is_collected_twice(pytestconfig: pytest.Config) -> None:
    """The plugin is off here, and what the suite runs by name does not have a name that it would collect."""
    assert not pytestconfig.pluginmanager.has_plugin(PLUGIN)
    ours = [
        path
        for path in (ROOT / "tests").rglob("*")
        if path.name.endswith(POLICY_TEST_ENDINGS + SCENARIO_ENDINGS)
    ]
    assert ours == []
