"""What the orders of customers must agree on with the rest of a scenario: names, instants, and whom they are for."""

from __future__ import annotations

from collections.abc import Iterator

from bcdr_sim.scenario.document import Scenario
from bcdr_sim.scenario.estate import Environment
from bcdr_sim.scenario.order import Order
from bcdr_sim.scenario.selecting import selects
from bcdr_sim.units import format_duration

Path = tuple[str | int, ...]


def order_findings(scenario: Scenario) -> Iterator[tuple[Path, str]]:
    """Everything about orders that does not agree, in the order of the file."""
    taken = {outage.id: "an outage" for outage in scenario.outages}
    taken |= {period.id: "a maintenance period" for period in scenario.maintenance}
    for name, customer in scenario.customers.items():
        members = [each for each in scenario.environments if (each.customer or "default") == name]
        for number, order in enumerate(customer.orders):
            path: Path = ("customers", name, "orders", number)
            stem = order.id.rpartition("/")[0] if order.id.rpartition("/")[2].isdecimal() else order.id
            for used in (order.id, stem):
                if used in taken:
                    yield (*path, "id"), f"'{order.id}' is taken by {taken[used]} '{used}'"
                    break
            else:
                taken[order.id] = "an order"
            yield from _instants(scenario, path, order)
            if order.select is not None and not any(selects(order.select, each) for each in members):
                yield (*path, "select"), f"selects no environment of {_whose(name, members)}"


def _instants(scenario: Scenario, path: Path, order: Order) -> Iterator[tuple[Path, str]]:
    for place, at_ms in enumerate(order.instants_ms):
        if at_ms >= scenario.horizon:
            where: Path = (*path, "at", place) if isinstance(order.at, list) else (*path, "at")
            instant, horizon = format_duration(at_ms), format_duration(scenario.horizon)
            yield where, f"{instant} is not before the horizon ({horizon}), at which the scenario ends"


def _whose(name: str, members: list[Environment]) -> str:
    if not members:
        return f"customer '{name}', who has none"
    return f"customer '{name}'; it has " + ", ".join(sorted(each.name for each in members)[:10])
