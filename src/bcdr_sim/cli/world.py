"""From the arguments of a command to a world that has run its course."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from bcdr_sim.cli.answer import refuse
from bcdr_sim.errors import InputError, Problem

if TYPE_CHECKING:
    from bcdr_sim.policy import Policy
    from bcdr_sim.scenario.document import Scenario
    from bcdr_sim.timeline import Timeline
    from bcdr_sim.trial import Trial


@dataclass(frozen=True, slots=True)
class World:
    """A scenario that was played: one trial of it under one policy."""

    scenario: Scenario
    policy: Policy
    trial: Trial
    timeline: Timeline

    @property
    def is_quiet(self) -> bool:
        """Whether nothing could happen in it: no outage, no maintenance and no order before the horizon."""
        return self.trial.is_quiet


def choose_policy(
    scenario: Scenario,
    path: str,
    *,
    policy: str | None,
    settings: list[str] | None,
    allow_python: bool = False,
) -> Policy:
    """The policy of a scenario, or the one named instead, with the given parameter values.

    A file named in the scenario is looked for beside it, one named by the user where the user is. Values of the scenario
    stay in force only for its own policy.

    Raises:
        InputError: no such policy, faults in its file, or parameters it does not have.
    """
    from bcdr_sim.policy import load_policy

    values = policy_values(settings)
    if policy is not None:
        return load_policy(policy, values, allow_python=allow_python)
    chosen = scenario.policy
    name, own = (chosen, {}) if isinstance(chosen, str) else (chosen.name, chosen.parameters)
    try:
        return load_policy(name, {**own, **values}, folder=Path(path).parent, allow_python=allow_python)
    except InputError as error:
        raise InputError(_placed(error, path, set(own) - set(values))) from None


def _placed(error: InputError, path: str, own: set[str]) -> Iterator[Problem]:
    """The problems of a policy that a scenario names; those without a place are the scenario's, and have one there."""
    from bcdr_sim.loading import compose

    document = compose(path)
    for problem in error.problems:
        parameter = problem.path.removeprefix("parameters.")
        if problem.line:
            yield problem
        elif parameter in own:
            yield document.problem(("policy", "parameters", parameter), problem.message, at_key=True)
        elif problem.path:
            yield problem
        else:
            place = ("policy", "name") if isinstance(document.data.get("policy"), dict) else ("policy",)
            yield document.problem(place, problem.message)


def play(
    path: str,
    *,
    policy: str | None,
    settings: list[str] | None,
    seed: int,
    replication: int,
    allow_python: bool = False,
) -> World:
    """Read a scenario, resolve one world and simulate it.

    Raises:
        InputError: faults in the scenario, in the policy or in what the one asks of the other.
    """
    from bcdr_sim.scenario.reading import load_scenario

    scenario = load_scenario(path)
    chosen = choose_policy(scenario, path, policy=policy, settings=settings, allow_python=allow_python)
    from bcdr_sim.engine import simulate
    from bcdr_sim.policy import PolicyError
    from bcdr_sim.trial import resolve

    try:
        trial = resolve(scenario, seed=seed, replication=replication)
    except ValueError as error:
        raise refuse(str(error), what=path) from error
    try:
        timeline = simulate(trial, chosen)
    except PolicyError as error:
        raise refuse(str(error), what=policy or path) from error
    return World(scenario, chosen, trial, timeline)


def policy_values(settings: list[str] | None) -> dict[str, object]:
    """Parameter values by name from `NAME=VALUE` arguments. Raises InputError."""
    values: dict[str, object] = {}
    for setting in settings or ():
        name, sign, value = setting.partition("=")
        if not sign or not name.strip():
            raise refuse(f"must be NAME=VALUE, such as hold_down=2h; got '{setting}'", what="--set")
        values[name.strip()] = _plain(value.strip())
    return values


def _plain(value: str) -> object:
    """A value as a policy file would hold it: a whole number as a number, everything else as text."""
    return int(value) if value.isascii() and value.isdigit() and len(value) < 10 else value
