"""What a policy repository claims of its policies and scenarios, checked one by one.

A `*.policytest.yaml` file says what a policy decides of given observations, a scenario with `expect:` what a run of it
shows. `gather` finds both, `read_policy_test` and `read_scenario_test` read them, their `results` say of each claim whether
it holds, `coverage` which rules the decisions reached. `run_tests` does all of it.
"""

from bcdr_sim.testing.coverage import Coverage, coverage
from bcdr_sim.testing.gathering import Gathered, gather, is_policy_test
from bcdr_sim.testing.policy_tests import Case, PolicyTest, read_policy_test
from bcdr_sim.testing.result import Kind, Result
from bcdr_sim.testing.running import Tally, run_tests
from bcdr_sim.testing.scenario_tests import ScenarioTest, read_scenario_test

__all__ = [
    "Case",
    "Coverage",
    "Gathered",
    "Kind",
    "PolicyTest",
    "Result",
    "ScenarioTest",
    "Tally",
    "coverage",
    "gather",
    "is_policy_test",
    "read_policy_test",
    "read_scenario_test",
    "run_tests",
]
