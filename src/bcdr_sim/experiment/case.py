"""A case: one scenario under one policy as plain data, so that a worker on any machine can play it.

What a scenario takes from other files (`extends`, `include`, a table of environments) is written out, and the policy is the
text of its file with the values of its parameters. The digests say what was played: layout, comments, the order of keys and
of lists by name, and the name of the file enter none of them.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from operator import itemgetter
from typing import Any

from bcdr_sim.errors import InputError, ModelError, Problem
from bcdr_sim.estate import Estate, build_estate
from bcdr_sim.loading import read
from bcdr_sim.policy import Policy
from bcdr_sim.policy.axes import AXES
from bcdr_sim.policy.literals import format_literal
from bcdr_sim.policy.policy import parameter_faults, put_in_force
from bcdr_sim.policy.reading import POLICY_LIMITS, read_table
from bcdr_sim.scenario.document import Scenario

Value = str | int | bool
_NAMED = {"regions": "name", "environments": "name", "outages": "id", "maintenance": "id"}
"""Lists whose order means nothing, by what their entries are known by."""
_FOR_PEOPLE = frozenset({"policy", "description"})
"""Keys of a scenario that change no world: the policy stands beside it."""


@dataclass(frozen=True, slots=True)
class Case:
    """One scenario under one policy. `label` names it among others; `parameters` are values of the policy's parameters.

    `scenario_json` is the whole scenario as canonical JSON, `policy_text` the policy file as read.
    """

    label: str
    scenario_json: str
    scenario_digest: str
    policy_name: str
    policy_text: str
    policy_digest: str
    parameters: tuple[tuple[str, Value], ...] = ()

    @property
    def digest(self) -> str:
        """Of the scenario and the policy in force together."""
        return _sha256(f"{self.scenario_digest} {self.policy_digest}")

    def ready(self) -> Ready:
        """The case as it is played. Built once in a process."""
        return _ready(self)

    def to_plain(self) -> dict[str, Any]:
        """As data for a file; `from_plain` reads it."""
        return {
            "label": self.label,
            "scenario": json.loads(self.scenario_json),
            "scenario_digest": self.scenario_digest,
            "policy": self.policy_name,
            "policy_text": self.policy_text,
            "policy_digest": self.policy_digest,
            "parameters": dict(self.parameters),
        }

    @staticmethod
    def from_plain(data: Mapping[str, Any]) -> Case:
        """The case of a file. Raises KeyError, TypeError or ValueError for what `to_plain` did not write."""
        case = Case(
            label=str(data["label"]),
            scenario_json=_canonical(data["scenario"]),
            scenario_digest=str(data["scenario_digest"]),
            policy_name=str(data["policy"]),
            policy_text=str(data["policy_text"]),
            policy_digest=str(data["policy_digest"]),
            parameters=tuple(sorted(dict(data["parameters"]).items())),
        )
        if _scenario_digest(data["scenario"]) != case.scenario_digest:
            raise ValueError("the scenario is not the one that its digest says")
        return case


@dataclass(frozen=True, slots=True)
class Ready:
    """A case as it is played: models read, policy compiled, environments laid out."""

    scenario: Scenario
    policy: Policy
    estate: Estate


def case_of(scenario: Scenario, policy: Policy, *, label: str | None = None) -> Case:
    """The case of a scenario under a policy in force; named after the policy unless said.

    Raises:
        ValueError: the policy was not read from a file, so that no worker could read it again.
    """
    if not policy.text:
        raise ValueError(f"policy {policy.name} has no text: read it with load_policy")
    data = scenario.model_dump(mode="json", by_alias=True, exclude_unset=True)
    for key in ("extends", "include"):
        data.pop(key, None)
    return Case(
        label=label or policy.name,
        scenario_json=_canonical(data),
        scenario_digest=_scenario_digest(data),
        policy_name=policy.name,
        policy_text=policy.text,
        policy_digest=policy.digest,
        parameters=tuple(sorted(_written(policy).items())),
    )


def policy_with(policy: Policy, parameters: Mapping[str, Value]) -> Policy:
    """A policy with other values of some of its parameters.

    Raises:
        InputError: it has no such parameter, or the value is outside its range.
    """
    faults = parameter_faults(policy.table, parameters)
    if faults:
        raise InputError(
            Problem(policy.name, 0, 0, 0, message, path=f"parameters.{name}")
            for name, message in faults.items()
        )
    return put_in_force(policy.table, {**_written(policy), **parameters}, text=policy.text)


@lru_cache(maxsize=8)
def _ready(case: Case) -> Ready:
    """Memory only: the same case gives the same models, and nobody changes them."""
    scenario = Scenario.model_validate(json.loads(case.scenario_json))
    table = read_table(read(f"{case.policy_name}.yaml", limits=POLICY_LIMITS, text=case.policy_text))
    policy = put_in_force(table, dict(case.parameters), text=case.policy_text)
    if policy.digest != case.policy_digest:
        raise ModelError(f"policy {case.policy_name} is not the one that its digest says: {policy.digest}")
    return Ready(scenario, policy, build_estate(scenario))


def _written(policy: Policy) -> dict[str, Value]:
    """The values of all parameters and switches as `load_policy` takes them."""
    values: dict[str, Value] = {}
    for parameter in policy.table.parameters:
        axis, value = AXES[parameter.axis], policy.values[parameter.name]
        values[parameter.name] = int(value) if axis.kind == "number" else format_literal(axis, value)
    for switch in policy.table.switches:
        values[switch.name] = bool(policy.values[switch.name])
    return values


def _scenario_digest(data: Mapping[str, Any]) -> str:
    kept = {key: value for key, value in data.items() if key not in _FOR_PEOPLE}
    for key, name in _NAMED.items():
        if key in kept:
            kept[key] = sorted(kept[key], key=itemgetter(name))
    return _sha256(_canonical(kept))


def _canonical(data: Any) -> str:
    return json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
