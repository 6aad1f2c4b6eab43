"""What the members of a consistency group must agree on: where they are moved, who answers for them, and that they can move.

A group is moved as one, so its members have the same two regions, the same customer and a copy each. A member that needs
another one could not come along while that is being moved, so none depends on another, be it through others.
"""

from __future__ import annotations

from collections.abc import Iterator

from bcdr_sim.scenario.document import Scenario
from bcdr_sim.scenario.estate import Environment
from bcdr_sim.scenario.pairs import link_of, pair_of

Path = tuple[str | int, ...]


def group_findings(scenario: Scenario) -> Iterator[tuple[Path, str]]:
    """Everything about consistency groups that does not agree, in the order of the file."""
    first_of: dict[str, Environment] = {}
    members: dict[str, set[str]] = {}
    for each in scenario.environments:
        if each.group is not None:
            members.setdefault(each.group, set()).add(each.name)
    needs = {each.name: list(each.needed) for each in scenario.environments} if members else {}
    for index, each in enumerate(scenario.environments):
        if each.group is None:
            continue
        path: Path = ("environments", index, "group")
        why = _stays(scenario, each)
        if why is not None:
            yield path, f"'{each.name}' cannot be moved with the group '{each.group}': {why}"
        first = first_of.setdefault(each.group, each)
        for what, own, common in _differences(scenario, each, first):
            message = f"the group '{each.group}' is moved as one, but the {what} of '{each.name}' is {own}"
            yield path, f"{message} and that of '{first.name}' is {common}"
        needed = _first_needed(each.name, needs, members[each.group])
        if needed is not None:
            message = (
                f"'{each.name}' depends on '{needed}', which is moved with it in the group '{each.group}'"
            )
            yield path, f"{message}: leave out the dependency, or one of them from the group"


def _stays(scenario: Scenario, environment: Environment) -> str | None:
    """Why an environment can never be moved; None if it can."""
    if environment.type != "Production":
        return f"only Production has a copy, and its type is {environment.type}"
    if not environment.cover:
        return "it is not covered (cover: false)"
    if _target(scenario, environment) is None:
        return f"its region {environment.region} has no pair, and it has no target"
    if link_of(scenario, environment).kind == "none":
        return "it has no copy (link: none)"
    return None


def _differences(
    scenario: Scenario, environment: Environment, first: Environment
) -> Iterator[tuple[str, str, str]]:
    """What differs from the first member of the group: of what, its own, that of the first."""
    pairs = (
        ("region", environment.region, first.region),
        ("target", _target(scenario, environment), _target(scenario, first)),
        ("customer", environment.customer, first.customer),
    )
    for what, own, common in pairs:
        if own != common:
            yield what, own or "not given", common or "not given"


def _target(scenario: Scenario, environment: Environment) -> str | None:
    return environment.target or pair_of(scenario, environment.region)


def _first_needed(name: str, needs: dict[str, list[str]], members: set[str]) -> str | None:
    """The first other member that an environment depends on, directly or through others. Iterative: chains may be long."""
    seen, waiting = {name}, list(reversed(needs[name]))
    while waiting:
        needed = waiting.pop()
        if needed in seen:
            continue
        if needed in members:
            return needed
        seen.add(needed)
        waiting.extend(reversed(needs.get(needed, [])))
    return None
