"""One side of a comparison: many worlds under one policy as one value per world, for the fleet, a tier or an environment.

A world in which nothing happened to a group has 0. The replication stays the unit whatever the group: environments of one
region share its outages.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from bcdr_sim.errors import near_miss
from bcdr_sim.estate import Estate
from bcdr_sim.experiment.worlds import NONE, Worlds

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Unit = Literal["ms", "count", "share"]
Fold = Literal["sum", "max", "any"]
Kind = Literal["fleet", "tier", "environment"]


@dataclass(frozen=True, slots=True)
class Measure:
    """What is compared: name and short name, unit, words, the column it is read from, and how environments make a group.

    `per` is the column whose sum it is divided by. `open_in` counts or flags what makes a value a lower bound. What is
    `is_judged` is worse when it is more; of the others neither is better.
    """

    name: str
    unit: Unit
    words: str
    column: str
    fold: Fold
    alias: str = ""
    per: str | None = None
    open_in: str | None = None
    is_judged: bool = True
    kinds: tuple[Kind, ...] = ("fleet", "tier", "environment")


_GROUPS: tuple[Kind, ...] = ("fleet", "tier")
MEASURES: tuple[Measure, ...] = (
    Measure("outages", "count", "outages", "outages", "sum", is_judged=False, kinds=("fleet",)),
    Measure("incidents", "count", "incidents", "incidents", "sum", kinds=_GROUPS),
    Measure(
        "rta_ms", "ms", "recovery time of an incident", "down_ms", "sum", per="incidents", open_in="censored"
    ),
    Measure("down_ms", "ms", "down time", "down_ms", "sum", alias="downtime", open_in="censored"),
    Measure("planned_ms", "ms", "planned interruption", "planned_ms", "sum", kinds=_GROUPS),
    Measure(
        "rta_ms_max", "ms", "longest recovery time", "rta_ms_max", "max", alias="rta", open_in="rta_open"
    ),
    Measure(
        "loss_realised_age_ms_max",
        "ms",
        "most loss of a move made",
        "loss_realised_age_ms_max",
        "max",
        alias="loss",
    ),
    Measure("failovers", "count", "failovers", "failovers", "sum", is_judged=False, kinds=_GROUPS),
    Measure(
        "consents_asked",
        "count",
        "consents asked for",
        "consents_asked",
        "sum",
        alias="consents",
        kinds=_GROUPS,
    ),
    Measure(
        "breached",
        "count",
        "environments in breach",
        "breached",
        "sum",
        alias="breaches",
        open_in="open",
        kinds=_GROUPS,
    ),
    Measure(
        "worlds_in_breach", "share", "worlds with a breach", "breached", "any", alias="breach", open_in="open"
    ),
    Measure(
        "worlds_with_loss", "share", "worlds that lose data", "loss_realised_age_ms_max", "any", kinds=_GROUPS
    ),
)
"""In the order in which they are shown."""


def measure_named(name: str) -> Measure:
    """What is compared under that name or short name. Raises ValueError with the near miss."""
    names = {each.name: each for each in MEASURES}
    names |= {each.alias: each for each in MEASURES if each.alias}
    if name in names:
        return names[name]
    likely = near_miss(name, names)
    hint = f"did you mean '{likely}'?" if likely else f"there are {', '.join(names)}"
    raise ValueError(f"no metric '{name}' to compare by; {hint}")


@dataclass(frozen=True, slots=True)
class Group:
    """Environments that are looked at together: how many of them, and the row of the estate if it is one."""

    kind: Kind
    name: str
    size: int
    number: int = -1
    """Of a tier its number, of an environment its row."""

    @property
    def label(self) -> str:
        """`fleet`, `tier 1`, or the name of an environment."""
        return self.name if self.kind == "environment" else f"{self.kind} {self.name}".rstrip()


def groups_of(estate: Estate) -> Iterator[Group]:
    """The fleet, every tier there is, and every environment in name order."""
    yield Group("fleet", "", len(estate))
    tiers = np.array([spec.tier for spec in estate.specs])[np.array(estate.spec_of, dtype=np.int64)]
    for tier in sorted(set(tiers.tolist())):
        yield Group("tier", str(tier), int((tiers == tier).sum()), tier)
    for row, name in enumerate(estate.names):
        yield Group("environment", name, 1, row)


@dataclass(frozen=True, slots=True)
class Touched:
    """Rows of the environments frame as columns, by environment: `row` of the estate, `place` of the world, `tier`.

    `columns` are integers by name; `breached` and `open` flag the verdict of the environment in that world.
    """

    row: NDArray[np.int32]
    place: NDArray[np.int32]
    tier: NDArray[np.int8]
    columns: dict[str, NDArray[Any]]

    def rows_of(self, group: Group) -> Any:
        """What to index the columns with to have a group."""
        match group.kind:
            case "fleet":
                return slice(None)
            case "tier":
                return np.flatnonzero(self.tier == group.number)
            case "environment":
                return slice(*np.searchsorted(self.row, [group.number, group.number + 1]).tolist())


@dataclass(frozen=True, slots=True)
class Side:
    """Many worlds under one policy. `policy_digest` says which; without `touched` there is only the fleet."""

    label: str
    policy_digest: str
    worlds: Worlds
    touched: Touched | None = None

    def __len__(self) -> int:
        """How many worlds."""
        return len(self.worlds["replication"])

    def values(self, measure: Measure, group: Group) -> Floats:
        """One value per world. Of a ratio its numerator."""
        return self._folded(measure.column, measure.fold, group)

    def by_world(self, measure: Measure, group: Group) -> Floats:
        """One number per world to be shown; of a ratio that of the world, 0 where there is nothing to divide by."""
        values = self.values(measure, group)
        if measure.per is None:
            return values
        below = self.divisors(measure, group)
        return np.divide(values, below, out=np.zeros_like(values), where=below > 0)

    def divisors(self, measure: Measure, group: Group) -> Floats:
        """Of a ratio, one denominator per world."""
        assert measure.per is not None, f"{measure.name} is no ratio"
        return self._folded(measure.per, "sum", group)

    def open_count(self, measure: Measure, group: Group) -> int:
        """In how many worlds the value is only a lower bound; of a ratio, how many incidents are open."""
        if measure.open_in is None:
            return 0
        found = self._folded(measure.open_in, "sum", group)
        return int(found.sum()) if measure.per else int((found > 0).sum())

    def _folded(self, column: str, fold: Fold, group: Group) -> Floats:
        if group.kind == "fleet":
            found = self.worlds[column].astype(np.float64)
            found[found == NONE] = 0
        else:
            assert self.touched is not None, f"no environments to tell {group.label} from"
            rows = self.touched.rows_of(group)
            place, values = self.touched.place[rows], self.touched.columns[column][rows]
            if fold == "max":
                found = np.zeros(len(self))
                np.maximum.at(found, place, values)
            else:
                found = np.bincount(place, weights=values, minlength=len(self)).astype(np.float64)
        return (found > 0).astype(np.float64) if fold == "any" else found


def chosen_worlds(worlds: Worlds, replications: Ints) -> Worlds:
    """The rows of these replications, which are there, in their order."""
    places = np.searchsorted(worlds["replication"], replications)
    return {name: values[places] for name, values in worlds.items()}
