"""Observations for tests: random ones, possible ones, and ones at every literal of a table."""

from collections.abc import Iterable, Iterator
from typing import Final

from hypothesis import strategies as st

from bcdr_sim.policy.atom import Atom, Op
from bcdr_sim.policy.axes import AXES, TOP, Axis, find_axis
from bcdr_sim.policy.observation import (
    DAY_MS,
    HOUR_MS,
    Observation,
    Value,
    at_secondary,
    calm,
    regional_outage,
)


def values_near(axis: Axis, literals: Iterable[Value] = ()) -> list[Value]:
    """Return every value of a small axis, and of a large one its ends, its top and all literals +-1."""
    if axis.kind == "choice":
        return list(axis.values)
    if axis.kind == "flag":
        return [False, True]
    whole = [int(literal) for literal in literals if literal != TOP]
    near = {value + step for value in whole for step in (-1, 0, 1)} | {axis.low, min(axis.high, 10**12)}
    inside: list[Value] = sorted(value for value in near if axis.low <= value <= axis.high)
    return [*inside, TOP] if axis.top else inside


def axis_values(atoms: Iterable[Atom] = ()) -> dict[str, list[Value]]:
    """Return for every axis the values worth trying, given the atoms somebody asks about."""
    literals: dict[str, list[Value]] = {name: [] for name in AXES}
    for atom in atoms:
        literals.setdefault(atom.axis, []).extend(atom.literals)
    tags = frozenset(name.removeprefix("tag_") for name in literals if name not in AXES)
    found = {name: find_axis(name, tags) for name in literals}
    return {name: values_near(axis, literals[name]) for name, axis in found.items() if axis}


def build(values: dict[str, Value]) -> Observation:
    """Return the observation with these values, tags given as `tag_<name>`."""
    tags = frozenset(
        name.removeprefix("tag_") for name, value in values.items() if name not in AXES and value
    )
    observation = Observation(tags=tags)
    for name, value in values.items():
        if name in AXES:
            setattr(observation, name, value)
    return observation


DYING_SECONDARY: Final[dict[str, object]] = {
    "service": "down",
    "outage_scope": "region",
    "impact_confirmed": True,
    "outage_age": 2 * HOUR_MS,
    "since_confirmed": HOUR_MS,
    "reverse_sync": "pending",
}


def bases() -> list[Observation]:
    """Return possible observations from which a few changes reach every corner of the shipped tables."""
    some_loss: dict[str, object] = {"loss_state": "some", "data_loss": 120_000}
    granted: dict[str, object] = {"consent": "granted", "loss_within_consent": True, **some_loss}
    return [
        calm(order="maintenance"),
        regional_outage(),
        regional_outage(finance_operations=True, **some_loss),
        regional_outage(**granted),
        at_secondary(),
        at_secondary(**DYING_SECONDARY, loss_state="none", data_loss=0),
        at_secondary(**DYING_SECONDARY, **granted),
    ]


def bases_for(values: dict[str, list[Value]], atoms: Iterable[Atom]) -> list[Observation]:
    """Return the bases, and those with a customer's order or a warning that the atoms ask about."""
    some_loss: dict[str, object] = {"loss_state": "some", "data_loss": 120_000}
    asked = {(atom.axis, literal) for atom in atoms for literal in atom.literals}
    ordered = {
        "planned": [calm(order="planned"), at_secondary(order="planned")],
        "drill": [calm(order="drill")],
        "forced": [regional_outage(order="forced", **some_loss), at_secondary(order="forced", **some_loss)],
        "failback": [at_secondary(order="failback")],
    }
    found = [
        base for order in values["order"] if ("order", order) in asked for base in ordered.get(str(order), ())
    ]
    return bases() + found + ([calm(warning=True)] if ("warning", True) in asked else [])


def observations(atoms: Iterable[Atom] = ()) -> st.SearchStrategy[Observation]:
    """Any observation, possible or not, at and around the literals of the atoms."""
    choices = {name: st.sampled_from(values) for name, values in axis_values(atoms).items()}
    return st.fixed_dictionaries(choices).map(build)


class Sampler:
    """A plain seeded stream of choices (64-bit linear congruential).

    Hypothesis is for laws; a sample that must be large and the same everywhere is drawn here.
    """

    def __init__(self, seed: int) -> None:
        self._state = seed * 2 + 1

    def below(self, bound: int) -> int:
        """Return a whole number from 0 to bound - 1."""
        self._state = (self._state * 6364136223846793005 + 1442695040888963407) % 2**64
        return (self._state >> 33) * bound >> 31

    def pick(self, values: list[Value]) -> Value:
        """Return one of the values."""
        return values[self.below(len(values))]


def random_observations(atoms: Iterable[Atom], *, count: int, seed: int = 1) -> Iterator[Observation]:
    """Yield observations drawn evenly from the values near the atoms' literals, possible or not."""
    sampler, values = Sampler(seed), axis_values(atoms)
    for _ in range(count):
        yield build({name: sampler.pick(options) for name, options in values.items()})


def possible_observations(
    atoms: Iterable[Atom], *, count: int, changes: int = 4, seed: int = 2
) -> Iterator[Observation]:
    """Yield possible observations: one of the bases with up to so many axes changed, then repaired."""
    asked = list(atoms)
    sampler, values = Sampler(seed), axis_values(asked)
    names, starts = list(values), bases_for(values, asked)
    for number in range(count):
        given = {name: starts[number % len(starts)].value(name) for name in names}
        for _ in range(sampler.below(changes + 1)):
            name = names[sampler.below(len(names))]
            given[name] = sampler.pick(values[name])
        yield repaired(build(given))


Repair = tuple[tuple[tuple[str, Op, Value | tuple[Value, ...]], ...], dict[str, Value]]

_NO_LOSS_FIGURE: Final = ("undetermined", "unbounded")

REPAIRS: Final[tuple[Repair, ...]] = (
    ((("env_type", "ne", "Production"),), {"eligible": False}),
    ((("eligible", "eq", False),), {"location": "NearCopy", "copy": "none"}),
    ((("copy", "in", ("seeding", "none")),), {"loss_state": "unbounded"}),
    (
        (("copy", "not_in", ("seeding", "none")), ("loss_state", "eq", "unbounded")),
        {"loss_state": "undetermined"},
    ),
    ((("loss_state", "in", _NO_LOSS_FIGURE),), {"data_loss": TOP}),
    ((("loss_state", "eq", "none"),), {"data_loss": 0}),
    ((("loss_state", "in", ("some", "not_excluded")), ("data_loss", "in", (0, TOP))), {"data_loss": 120_000}),
    ((("consent", "ne", "granted"),), {"loss_within_consent": False, "restore_within_consent": False}),
    ((("data_loss", "eq", TOP),), {"loss_within_consent": False}),
    ((("restore_loss", "eq", TOP),), {"restore_within_consent": False}),
    ((("order", "ne", "forced"),), {"order_loss": "unstated"}),
    ((("service", "eq", "up"),), {"outage_age": 0}),
    ((("service", "eq", "down"),), {"warning": False}),
    ((("outage_scope", "eq", "none"),), {"impact_confirmed": False}),
    ((("impact_confirmed", "eq", False),), {"since_confirmed": 0}),
    ((("copy", "in", ("seeding", "none")),), {"drain_possible": False, "reverse_sync": "pending"}),
    ((("location", "eq", "NearCopy"),), {"reverse_sync": "pending"}),
    ((("target_state", "eq", "down"),), {"drain_possible": False}),
    ((("target_state", "ne", "healthy"),), {"healthy_for": 0}),
    ((("target_state", "ne", "healthy"), ("location", "eq", "FarCopy")), {"primary_verified": False}),
    ((("location", "eq", "FarCopy"), ("since_last_move", "eq", TOP)), {"since_last_move": 2 * DAY_MS}),
    ((("since_last_move", "ge", DAY_MS),), {"moves_24h": 0}),
    ((("since_last_move", "lt", DAY_MS), ("moves_24h", "eq", 0)), {"moves_24h": 1}),
)
"""What follows from what, in an order in which no repair undoes an earlier one."""


def repaired(observation: Observation) -> Observation:
    """Bring dependent axes in line with the ones they follow, so that a random draw becomes possible."""
    for condition, values in REPAIRS:
        if all(Atom(*atom).holds(observation) for atom in condition):
            for name, value in values.items():
                setattr(observation, name, value)
    return observation
