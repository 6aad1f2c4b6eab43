"""pytest plugin: one test per case of a `*.policytest.yaml` file and per expectation of a scenario.

pytest loads this module in every run wherever the package is installed, also for a project that has no such files. So it
imports nothing until a file has the right name, and goes by names alone: to open every YAML file of a project and look for
`expect:` would cost everybody, and would run the scenarios of a folder whose own tests run them already. A scenario is
collected if its name ends with `.scenario.yaml`, or if the option `bcdr_sim_scenarios` of the configuration lists a pattern
for it, relative to the root folder (`*` stands for folders too):

    [tool.pytest.ini_options]
    bcdr_sim_scenarios = ["scenarios/*.yaml"]
"""

from __future__ import annotations

from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest

POLICY_TEST_ENDINGS = (".policytest.yaml", ".policytest.yml")
SCENARIO_ENDINGS = (".scenario.yaml", ".scenario.yml")
OPTION = "bcdr_sim_scenarios"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare the option of the configuration file."""
    parser.addini(OPTION, "patterns of scenario files whose expectations are tests", type="args", default=[])


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Collect a policy test or a scenario; anything else is not ours."""
    if file_path.suffix not in (".yaml", ".yml"):
        return None
    if file_path.name.endswith(POLICY_TEST_ENDINGS):
        from bcdr_sim.pytest_plugin.collecting import PolicyTestFile

        return PolicyTestFile.from_parent(parent, path=file_path)
    if file_path.name.endswith(SCENARIO_ENDINGS) or _is_listed(file_path, parent.config):
        from bcdr_sim.pytest_plugin.collecting import ScenarioFile

        return ScenarioFile.from_parent(parent, path=file_path)
    return None


def _is_listed(path: Path, config: pytest.Config) -> bool:
    """Whether a pattern of the configuration means the file."""
    patterns = config.getini(OPTION)
    if not patterns or not path.is_relative_to(config.rootpath):
        return False
    relative = path.relative_to(config.rootpath).as_posix()
    return any(fnmatchcase(relative, pattern) for pattern in patterns)
