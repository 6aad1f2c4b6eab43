"""Scenarios as tests: each expectation of a scenario is a claim about the one world that a plain run shows.

It is the world of seed 0 and replication 0, under the policy that the scenario names: what `bcdr-sim run` plays.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from bcdr_sim.errors import InputError, Problem
from bcdr_sim.loading import compose
from bcdr_sim.policy import Policy, PolicyError, load_policy
from bcdr_sim.scenario.document import Scenario
from bcdr_sim.scenario.reading import load_scenario
from bcdr_sim.testing.result import Kind, Result

NOTHING_RAN = "nothing ran: no outage and no maintenance before the horizon"


@dataclass(frozen=True, slots=True)
class ScenarioTest:
    """A scenario, the policy it names, and the place (file, line) of each of its expectations."""

    file: str
    scenario: Scenario
    policy: Policy
    places: tuple[tuple[str, int], ...]

    def results(self) -> tuple[Result, ...]:
        """Play the scenario and judge it. In a world in which nothing could happen no expectation holds.

        Raises:
            InputError: the policy and the scenario do not fit.
        """
        from bcdr_sim.engine import simulate
        from bcdr_sim.metrics import measure
        from bcdr_sim.trial import resolve
        from bcdr_sim.verdict import judge

        try:
            trial = resolve(self.scenario)
            timeline = simulate(trial, self.policy)
        except (PolicyError, ValueError) as error:
            raise InputError([Problem(self.file, 0, 0, 0, str(error))]) from error
        is_quiet = trial.is_quiet
        findings = judge(measure(timeline), self.scenario).findings
        return tuple(
            self._result(
                finding.number,
                passed=finding.passed and not is_quiet,
                message=NOTHING_RAN if is_quiet else finding.sentence,
            )
            for finding in findings
        )

    def _result(self, number: int, *, passed: bool, message: str) -> Result:
        file, line = self.places[number - 1]
        return Result(file, line, self.name(number), Kind.EXPECTATION, passed, message)

    def name(self, number: int) -> str:
        """What the expectation of that number, from 1, is called: `expectation 2 (contoso-*)`."""
        return f"expectation {number} ({self.scenario.expect[number - 1].environments})"


def read_scenario_test(path: Path, *, name: str | None = None, allow_python: bool = False) -> ScenarioTest:
    """Return the scenario of a file as a test; it may be without expectations. Messages show `name` or the path.

    Its policy may be Python code only with `allow_python`.

    Raises:
        InputError: faults in the scenario, in its policy or in what the one asks of the other.
    """
    scenario = load_scenario(path)
    chosen = scenario.policy
    called, parameters = (chosen, {}) if isinstance(chosen, str) else (chosen.name, chosen.parameters)
    policy = load_policy(called, parameters, folder=path.parent, allow_python=allow_python)
    document = compose(path)
    marks = [document.find(("expect", position))[0].mark for position in range(len(scenario.expect))]
    shown = name or str(path)
    places = tuple(
        (shown if mark.source.path == str(path) else mark.source.path, mark.line + 1) for mark in marks
    )
    return ScenarioTest(shown, scenario, policy, places)
