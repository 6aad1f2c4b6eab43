"""Whether `select` means an environment of the file."""

from __future__ import annotations

from collections.abc import Iterable

from bcdr_sim.scenario.estate import Environment
from bcdr_sim.scenario.scope import Select


def selects(select: Select, environment: Environment) -> bool:
    """Whether every key that is given matches; a list means any of its names."""
    return (
        is_among(select.name, [environment.name])
        and is_among(select.apps, environment.apps)
        and (select.tier is None or select.tier == environment.tier)
        and is_among(select.zone, [environment.zone])
        and is_among(select.customer, [environment.customer])
    )


def is_among(wanted: str | list[str] | None, values: Iterable[str | None]) -> bool:
    """Whether one of the names that are wanted is among the values; if none is wanted, yes."""
    names = {wanted} if isinstance(wanted, str) else set(wanted or ())
    return wanted is None or not names.isdisjoint(value for value in values if value is not None)
