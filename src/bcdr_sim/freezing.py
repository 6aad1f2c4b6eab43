"""One world written back as a plain scenario: every distribution it used replaced by the numbers it drew.

The world is played once more while its draws are written down. In the file each distribution becomes `recorded`: the
numbers by name, and the distribution itself for what this world did not need. Chances, such as who is hit, and long
sequences of which few were looked at, such as shipments, follow from the seed that the file names under `frozen`. So the
file replays to the same timeline, and under another policy to what the same world would have been under it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bcdr_sim.engine import simulate
from bcdr_sim.estate import rows_named
from bcdr_sim.loading import SCENARIO_LIMITS, dump
from bcdr_sim.policy import Policy
from bcdr_sim.scenario.customer import Customer
from bcdr_sim.scenario.distributions import Distribution
from bcdr_sim.scenario.document import Scenario
from bcdr_sim.trial import Record, Trial, resolve
from bcdr_sim.units import format_duration

NUMBERS_MAX = 100_000
"""A file with more recorded numbers than this could not be read back. Source: `loading.SCENARIO_LIMITS`."""

Place = tuple[str | int, ...]
"""The way to a setting in the data of a scenario file."""


def freeze(trial: Trial, policy: Policy) -> str:
    """The scenario file, as text, of the world of a trial under a policy.

    Raises:
        PolicyError: the world cannot be played under this policy.
        ValueError: it is more than a scenario file can hold.
    """
    data = trial.scenario.model_dump(mode="json", by_alias=True, exclude_unset=True)
    _check_size(data)
    record = Record()
    draws = trial.draws
    world = resolve(
        trial.scenario, seed=draws.seed, replication=draws.replication, estate=trial.estate, record=record
    )
    simulate(world, policy)
    if len(record.numbers) > NUMBERS_MAX:
        raise ValueError(
            f"this world drew {len(record.numbers):,} numbers; a file holds at most {NUMBERS_MAX:,}"
        )
    for place, numbers in _by_place(trial, record).items():
        if _is_dense(numbers):
            _put(
                data, place, _recorded(_distribution(trial.scenario, place), numbers), scenario=trial.scenario
            )
    data["frozen"] = {"seed": draws.seed, "replication": draws.replication}
    frozen = Scenario.model_validate(data).model_dump(mode="json", by_alias=True, exclude_unset=True)
    header = (
        f"Replication {draws.replication} of seed {draws.seed} of the scenario {trial.scenario.name}, frozen under the "
        f"policy {policy.name}.\nThe numbers that this world used stand below; whatever else is needed comes from the seed."
    )
    _check_size(frozen)
    text = dump(frozen, header=header)
    if (size := len(text.encode())) > SCENARIO_LIMITS.bytes:
        raise ValueError(
            f"the frozen file would have {size:,} bytes; one has at most {SCENARIO_LIMITS.bytes:,}"
        )
    return text


def _check_size(data: Any) -> None:
    """Refuse what could not be read back, such as the list of an estate from a large table."""
    count = _value_count(data)
    if count > SCENARIO_LIMITS.nodes:
        raise ValueError(
            f"the frozen file would hold {count:,} values; one holds at most {SCENARIO_LIMITS.nodes:,}"
        )


def _value_count(data: Any) -> int:
    """How many values a file holds, as its reader counts: keys as well."""
    match data:
        case dict():
            return 1 + sum(1 + _value_count(value) for value in data.values())
        case list():
            return 1 + sum(map(_value_count, data))
        case _:
            return 1


def _is_dense(numbers: Mapping[str, Mapping[int, int]]) -> bool:
    """Whether at least half of every sequence, up to its last known number, is known."""
    return all(len(by_ordinal) * 2 > max(by_ordinal) for by_ordinal in numbers.values())


def _by_place(trial: Trial, record: Record) -> dict[Place, dict[str, dict[int, int]]]:
    """Per setting, and per name and occasion, the numbers by ordinal; settings in the order of their places."""
    found: dict[Place, dict[str, dict[int, int]]] = {}
    for (path, name, occasion, ordinal), number in sorted(record.numbers.items()):
        key = f"{name}@{occasion}" if occasion else name
        found.setdefault(_place(trial, path, name=name, occasion=occasion), {}).setdefault(key, {})[
            ordinal
        ] = number
    return found


def _place(trial: Trial, path: str, *, name: str, occasion: str) -> Place:
    """Where in the file the setting of a path stands that holds for this name."""
    scenario = trial.scenario
    section, *rest = path.split(".")
    match section:
        case "provider":
            return (section, *rest)
        case "outages":
            outage = occasion or name
            index = next(
                i for i, each in enumerate(scenario.outages) if each.id in (outage, outage.rpartition("/")[0])
            )
            return (section, index, *rest)
        case "customers":
            steps = (int(step) if step.isdigit() else step for step in rest)
            return (section, _customer(trial, name), *steps)
        case "environments":
            return (section, _entry(trial, name), *rest)
        case _:
            return (*_link(trial, name), *rest)


def _customer(trial: Trial, respondent: str) -> str:
    """The entry under `customers` that speaks of a respondent: a customer, or an environment that answers for itself."""
    if respondent in trial.scenario.customers:
        return respondent
    spec = trial.estate.spec(rows_named(trial.estate, [respondent])[0])
    return spec.customer_name or "default"


def _entry(trial: Trial, environment: str) -> int:
    spec = trial.estate.spec(rows_named(trial.estate, [environment])[0])
    return next(i for i, each in enumerate(trial.scenario.environments) if each.name == spec.name)


def _link(trial: Trial, environment: str) -> Place:
    """Where the link of an environment is given: its own, that of its region, or that of the scenario."""
    scenario, index = trial.scenario, _entry(trial, environment)
    entry = scenario.environments[index]
    if entry.link is not None:
        return ("environments", index, "link")
    for number, region in enumerate(scenario.regions):
        if region.name == entry.region and region.link is not None:
            return ("regions", number, "link")
    return ("link",)


def _distribution(scenario: Scenario, place: Place) -> Distribution:
    """The distribution that a setting has, given or by default."""
    value: Any = scenario
    for step in place:
        if isinstance(step, int):
            value = value[step]
        elif isinstance(value, Mapping):
            value = value.get(step, Customer())
        else:
            value = getattr(value, "validate_" if step == "validate" else step)
    assert isinstance(value, Distribution), place
    return value


def _recorded(distribution: Distribution, numbers: Mapping[str, Mapping[int, int]]) -> dict[str, Any]:
    """A distribution that knows these numbers."""
    values = {
        name: [
            format_duration(by_ordinal[ordinal]) if ordinal in by_ordinal else None
            for ordinal in range(max(by_ordinal) + 1)
        ]
        for name, by_ordinal in numbers.items()
    }
    known = distribution.recorded
    return {
        "recorded": {"values": values, "otherwise": (known.otherwise if known else distribution).to_plain()}
    }


def _put(data: dict[str, Any], place: Place, value: dict[str, Any], *, scenario: Scenario) -> None:
    """Set a value in the data, with the maps on the way to it."""
    if place[0] == "link":
        data.setdefault("link", {"kind": scenario.link.kind})
    *way, last = place
    inside: Any = data
    for step in way:
        inside = inside[step] if isinstance(step, int) else inside.setdefault(step, {})
    inside[last] = value
