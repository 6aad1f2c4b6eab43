"""What a study is of: a scenario under a policy, of which settings may be given other values.

A setting is a parameter of the policy, by its name (`hold_down`), or a place in the scenario, by its path
(`provider.failover.slots`, `environments.*.link.lag.median`, `outages.storm.lasts`). A name that the policy knows is the
policy's. Values are written as in the files. `policy` itself is a setting too: a name or a file.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from bcdr_sim.errors import InputError, Problem, near_miss
from bcdr_sim.experiment.case import Case, case_of, policy_with
from bcdr_sim.experiment.plan import check_not_frozen, load_case, with_values
from bcdr_sim.policy import Policy, load_policy
from bcdr_sim.policy.axes import AXES
from bcdr_sim.policy.literals import format_literal
from bcdr_sim.policy.table import Parameter
from bcdr_sim.scenario.document import Scenario
from bcdr_sim.units import format_duration

Values = Mapping[str, Any]
"""Values of settings by name, as the files write them."""


_NO_SETTINGS = {
    "policy": "a parameter of the policy is named alone: hold_down, not policy.parameters.hold_down",
    "extends": "is how a file is put together, and no setting",
    "include": "is how a file is put together, and no setting",
    "frozen": "is one world, and no setting",
}


@dataclass(frozen=True, slots=True)
class Subject:
    """A scenario and the policy in force."""

    scenario: Scenario
    policy: Policy

    @property
    def parameters(self) -> dict[str, Parameter]:
        """The parameters of the policy that have a range, by name."""
        return {parameter.name: parameter for parameter in self.policy.table.parameters}

    def free_parameters(self, settings: Iterable[str] = ()) -> list[str]:
        """The parameters with a range, those left out that `settings`, as `NAME=VALUE`, hold fast."""
        held = {setting.partition("=")[0].strip() for setting in settings}
        return [name for name in self.parameters if name not in held]

    def is_of_policy(self, name: str) -> bool:
        """Whether a setting is a parameter of the policy."""
        return name in self.policy.values

    def case(self, values: Values) -> Case:
        """The case with these values; its label says them.

        Raises:
            InputError: no such setting, or a value that it does not take.
        """
        if "policy" in values:
            others = {name: value for name, value in values.items() if name != "policy"}
            found = Subject(self.scenario, _policy_named(values["policy"])).case(others)
            return replace(found, label=label(values))
        changed, policy = self.scenario, self.policy
        of_scenario = {name: value for name, value in values.items() if not self.is_of_policy(name)}
        of_policy = {name: value for name, value in values.items() if self.is_of_policy(name)}
        for name in of_scenario:
            self.check_known(name)
        if of_scenario:
            changed = with_values(self.scenario, of_scenario)
            check_not_frozen(changed)
        if of_policy:
            policy = policy_with(self.policy, of_policy)
        return case_of(changed, policy, label=label(values) or self.policy.name)

    def with_values(self, values: Values) -> Subject:
        """The same with values that stay. Raises InputError as `case`."""
        if not values:
            return self
        fixed = self.case(values).ready()
        return Subject(fixed.scenario, fixed.policy)

    def check_known(self, name: str) -> None:
        """Refuse a name that is neither of the policy nor of the scenario, and would read as a fault of a sound file.

        Raises:
            InputError: there is no such setting.
        """
        if self.is_of_policy(name):
            return
        head = name.partition(".")[0]
        if head in _NO_SETTINGS:
            raise refusal(name, _NO_SETTINGS[head])
        keys = [field.alias or key for key, field in Scenario.model_fields.items()]
        if head in keys:
            return
        likely = near_miss(head, [*self.policy.values, *keys])
        hint = f"; did you mean '{likely}'?" if likely else ""
        raise refusal(name, f"is no parameter of policy {self.policy.name} and no key of the scenario{hint}")


def subject_of(
    scenario: Scenario | str | Path,
    policy: Policy | str | Path | None = None,
    *,
    values: Values | None = None,
) -> Subject:
    """A scenario, or its file, under a policy, its name or its file, or under its own; with values that stay.

    Raises:
        InputError: with every fault of the files, or a value that a setting does not take.
    """
    ready = load_case(scenario, policy).ready()
    return Subject(ready.scenario, ready.policy).with_values(values or {})


def _policy_named(value: Any) -> Policy:
    """The policy of a name or a file as a setting gives it. Raises InputError."""
    if not isinstance(value, str):
        raise refusal("policy", f"is a name or a file; got {written(value)}")
    return load_policy(value)


def label(values: Values) -> str:
    """Values in words: `hold_down=2h provider.failover.slots=4`."""
    return " ".join(f"{name}={written(value)}" for name, value in values.items())


def written(value: Any) -> str:
    """A value as a file would write it, on one line."""
    match value:
        case bool():
            return "true" if value else "false"
        case dict():
            return "{" + ", ".join(f"{key}: {written(part)}" for key, part in value.items()) + "}"
        case list() | tuple():
            return "[" + ", ".join(map(written, value)) + "]"
        case _:
            return str(value)


def refusal(name: str, message: str) -> InputError:
    """The error of a setting or another argument of a study."""
    return InputError([Problem(name, 0, 0, 0, message)])


def literal(parameter: Parameter, number: int) -> Any:
    """A number of a policy parameter as a file writes it."""
    axis = AXES[parameter.axis]
    return int(number) if axis.kind == "number" else format_literal(axis, number)


def duration(number: float) -> str:
    """A duration in ms as a file writes it."""
    return format_duration(round(number))
