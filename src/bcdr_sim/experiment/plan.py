"""A plan: which cases are played, from which seed, how many worlds of each. Cases meet the same worlds.

Cases are the product of scenarios, values in them, policies, and parameters of these.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bcdr_sim.errors import InputError, Problem, near_miss
from bcdr_sim.experiment.case import Case, Value, case_of, policy_with
from bcdr_sim.experiment.columns import FRAMES, FRAMES_KEPT
from bcdr_sim.experiment.running import Wanted
from bcdr_sim.loading import dump
from bcdr_sim.policy import Policy, load_policy
from bcdr_sim.scenario.distributions import FAMILIES as _FAMILIES
from bcdr_sim.scenario.document import Scenario
from bcdr_sim.scenario.reading import load_scenario

REPLICATIONS_MAX = 2**32
"""Source: `trial.resolve`."""
FAMILIES = frozenset(_FAMILIES)


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be played. `frames` are kept beside the row per world, of `columns.FRAMES`."""

    cases: tuple[Case, ...]
    seed: int
    wanted: Wanted
    frames: tuple[str, ...] = FRAMES_KEPT

    def __post_init__(self) -> None:
        for name in self.frames:
            if name not in FRAMES:
                raise ValueError(f"no frame '{name}'; there are {', '.join(FRAMES)}")
        if not 0 <= self.wanted.replications <= REPLICATIONS_MAX:
            raise ValueError(f"replications: 0 to {REPLICATIONS_MAX:,}, not {self.wanted.replications:,}")
        if not 0 <= self.seed < 2**63:
            raise ValueError(f"seed: 0 to 2**63 - 1, not {self.seed}")
        labels = [case.label for case in self.cases]
        twice = sorted({label for label in labels if labels.count(label) > 1})
        if twice:
            raise ValueError(f"two cases are called '{twice[0]}'; each needs a label of its own")


def cases(
    scenarios: Iterable[Scenario],
    policies: Mapping[str, Policy],
    *,
    values: Mapping[str, Sequence[Any]] | None = None,
    parameters: Mapping[str, Sequence[Value]] | None = None,
) -> Iterator[Case]:
    """The product of scenarios, values of theirs, policies by label, and values of policy parameters.

    `values` are lists by the path of a setting, `environments.*.link.lag`, as `with_values` takes them. A label says what
    a case differs in.

    Raises:
        InputError: a value or a parameter that its place does not take.
    """
    given = list(scenarios)
    for scenario, setting in itertools.product(given, _grid(values or {})):
        changed = with_values(scenario, setting) if setting else scenario
        for (name, policy), chosen in itertools.product(policies.items(), _grid(parameters or {})):
            words = [*([scenario.name] if len(given) > 1 else []), name]
            words += [f"{key}={value}" for key, value in {**setting, **chosen}.items()]
            yield case_of(changed, _with_parameters(policy, chosen), label=" ".join(words))


def with_values(scenario: Scenario, values: Mapping[str, Any]) -> Scenario:
    """A scenario with other values at these paths.

    `*` is every entry, an entry of a list goes by its name or id, and the family of a distribution may be left out:
    `link.lag.median` is the median of whichever it is.

    Raises:
        InputError: no such place, or a value that it does not take.
    """
    data = scenario.model_dump(mode="json", by_alias=True, exclude_unset=True)
    for path, value in values.items():
        try:
            count = _put(data, path.split("."), value)
        except _NoEntryError as error:
            raise InputError([_misplaced(scenario, path, f"there is nothing at '{path}': {error}")]) from None
        if not count:
            raise InputError([_misplaced(scenario, path, f"there is nothing at '{path}'")])
    try:
        return load_scenario(scenario.name, text=dump(data))
    except InputError as error:  # its places are in a text that nobody has seen
        given = ", ".join(f"{path}={value}" for path, value in values.items())
        raise InputError(
            [
                _misplaced(scenario, problem.path, f"{problem.message}, with {given}")
                for problem in error.problems
            ]
        ) from None


def check_not_frozen(scenario: Scenario) -> None:
    """Raises InputError for a scenario that is one world and has no others."""
    if scenario.frozen is not None:
        message = "is one frozen world, the same in every replication; run it without --replications"
        raise InputError([Problem(scenario.name, 0, 0, 0, message)])


def _grid(lists: Mapping[str, Sequence[Any]]) -> list[dict[str, Any]]:
    return [dict(zip(lists, chosen, strict=True)) for chosen in itertools.product(*lists.values())]


class _NoEntryError(LookupError):
    """A list has no entry of that name."""


def _misplaced(scenario: Scenario, path: str, message: str) -> Problem:
    return Problem(scenario.name, 0, 0, 0, message, path=path)


def _put(data: Any, path: list[str], value: Any) -> int:
    """Set the value wherever the path leads; how many places that is."""
    step, *rest = path
    if isinstance(data, list):
        inside = _entries(data, step)
    elif not isinstance(data, dict):
        return 0
    elif len(data) == 1 and step not in data and not FAMILIES.isdisjoint(data):
        return _put(next(iter(data.values())), path, value)
    elif not rest:
        keys = list(data) if step == "*" else [step]
        data.update(dict.fromkeys(keys, value))
        return len(keys)
    else:
        if step != "*":
            data.setdefault(step, {})
        inside = list(data.values()) if step == "*" else [data[step]]
    if not rest:
        return 0
    return sum(_put(each, rest, value) for each in inside)


def _entries(data: list[Any], step: str) -> list[Any]:
    """The entries of a list that a step of a path means. Raises _NoEntryError."""
    named = [each for each in data if isinstance(each, dict)]
    if step == "*":
        return named
    found = [each for each in named if step in (each.get("name"), each.get("id"))]
    if not found:
        names = [str(each.get("name", each.get("id"))) for each in named]
        likely = near_miss(step, names)
        raise _NoEntryError(f"no entry '{step}'" + (f"; did you mean '{likely}'?" if likely else ""))
    return found


def _with_parameters(policy: Policy, chosen: Mapping[str, Value]) -> Policy:
    return policy_with(policy, chosen) if chosen else policy


def load_case(
    scenario: Scenario | str | Path,
    policy: Policy | str | Path | None = None,
    *,
    parameters: Mapping[str, Value] | None = None,
    label: str | None = None,
) -> Case:
    """The case of a scenario, or of its file, under a policy, its name or its file; under its own if none is given.

    Raises:
        InputError: with every fault of the files.
    """
    folder = None if isinstance(scenario, Scenario) else Path(scenario).parent
    read = scenario if isinstance(scenario, Scenario) else load_scenario(scenario)
    check_not_frozen(read)
    if isinstance(policy, Policy):
        return case_of(read, _with_parameters(policy, parameters or {}), label=label)
    if policy is not None:
        return case_of(read, load_policy(policy, parameters), label=label)
    own = read.policy
    name, values = (own, {}) if isinstance(own, str) else (own.name, own.parameters)
    return case_of(read, load_policy(name, {**values, **(parameters or {})}, folder=folder), label=label)
