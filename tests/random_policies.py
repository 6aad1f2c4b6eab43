"""Random policy tables over a few axes that the assumptions tie together, and every observation they could meet.

The axes form groups; what an assumption says about an axis of a group it says within the group, or is satisfied by the rest
of `BASE`. So an observation over these axes can occur exactly if it breaks no assumption together with `BASE`.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import Any

from hypothesis import strategies as st

from bcdr_sim.policy import Action, Decision, Policy, Reason
from bcdr_sim.policy.assumptions import ASSUMPTIONS, impossible
from bcdr_sim.policy.atom import Atom, Op, operators_of
from bcdr_sim.policy.axes import AXES, TOP, Axis
from bcdr_sim.policy.observation import Observation, Value
from bcdr_sim.policy.policy import put_in_force
from bcdr_sim.policy.table import Comparison, Invariant, Rule, Table

GROUPS = (
    ("loss_state", "data_loss", "copy"),
    ("service", "warning", "outage_age"),
    ("tier",),
    ("consent", "loss_within_consent"),
    ("target_state", "healthy_for"),
)
BASE: dict[str, Value] = {
    "drain_possible": False,
    "service": "down",
    "loss_state": "some",
    "data_loss": 60_000,
}
DURATIONS_MS = (0, 1, 60_000, 300_000)
ACTIONS = (Action.FAILOVER, Action.ASK_CONSENT, Action.FAILBACK)
HOLDS = (Reason.CONSENT_PENDING, Reason.GRACE_PERIOD)


def literals(axis: Axis) -> st.SearchStrategy[Value]:
    """A literal of an axis."""
    match axis.kind:
        case "choice":
            return st.sampled_from(axis.values)
        case "flag":
            return st.booleans()
        case "number":
            return st.integers(axis.low, axis.high)
        case _:
            return st.sampled_from(DURATIONS_MS)


@st.composite
def comparisons(draw: st.DrawFn, axes: tuple[str, ...]) -> Comparison:
    """One comparison of one of the axes."""
    axis = AXES[draw(st.sampled_from(axes))]
    op: Op = draw(st.sampled_from([op for op in operators_of(axis) if op != "between"]))
    if op in ("in", "not_in"):
        found = draw(st.lists(literals(axis), min_size=1, max_size=3, unique=True))
        return Comparison(axis.name, op, tuple(found))
    if op in ("eq", "ne") and axis.top and draw(st.booleans()):
        return Comparison(axis.name, op, TOP)
    return Comparison(axis.name, op, draw(literals(axis)))


@st.composite
def tables(draw: st.DrawFn) -> Table:
    """A table of up to eight rules and three invariants over two or three groups of axes."""
    groups = draw(st.lists(st.sampled_from(GROUPS), min_size=1, max_size=3, unique=True))
    axes = tuple(axis for group in groups for axis in group)
    when = st.lists(comparisons(axes), max_size=3).map(tuple)
    rules = []
    for number in range(draw(st.integers(1, 8))):
        action = draw(st.sampled_from((Action.HOLD, Action.HOLD, *ACTIONS)))
        reason = draw(st.sampled_from(HOLDS)) if action is Action.HOLD else None
        rules.append(Rule(draw(when), Decision(action, reason, f"r{number}"), ("assumption",)))
    laws = [
        Invariant(
            f"i{number}",
            draw(when),
            draw(st.booleans()),
            frozenset(draw(st.lists(st.sampled_from((Action.HOLD, *ACTIONS)), min_size=1, max_size=2))),
            ("assumption",),
        )
        for number in range(draw(st.integers(0, 3)))
    ]
    return Table(
        name="random",
        title="Random",
        sources={},
        time_zone="UTC",
        tags=(),
        parameters=(),
        switches=(),
        rules=tuple(rules),
        default=Decision(Action.HOLD, Reason.NO_RULE, "default"),
        invariants=tuple(laws),
    )


def policies() -> st.SearchStrategy[Policy]:
    """A random table in force."""
    return tables().map(lambda table: put_in_force(table, {}))


def values_of(axis: Axis) -> list[Value]:
    """Values of an axis, at least one in each cell that `DURATIONS_MS` can make."""
    match axis.kind:
        case "choice":
            return list(axis.values)
        case "flag":
            return [False, True]
        case "number":
            return list(range(axis.low, axis.high + 1))
        case _:
            near = [0, 1, 2, 59_999, 60_000, 60_001, 299_999, 300_000, 300_001]
            return [*near, TOP] if axis.top else list(near)


def every_observation(*tables: Table) -> Iterator[Observation]:
    """Every observation over the groups that some table reads, up to what no comparison tells apart, possible or not."""
    conditions = [rule.when for table in tables for rule in table.rules]
    conditions += [law.when for table in tables for law in table.invariants]
    asked = [_atom(part) for condition in conditions for part in condition]
    assumed = [atom for each in ASSUMPTIONS for never in each.never for atom in never]
    read = {atom.axis for atom in asked}
    axes = [axis for group in GROUPS if read & set(group) for axis in group]
    choices = [_distinct(AXES[axis], [*asked, *assumed]) for axis in axes]
    for values in product(*choices):
        given: dict[str, Any] = {**BASE, **dict(zip(axes, values, strict=True))}
        yield Observation(**given)


def _distinct(axis: Axis, atoms: list[Atom]) -> list[Value]:
    """One value of an axis for each way in which the comparisons can turn out."""
    own = [atom for atom in atoms if atom.axis == axis.name]
    ways = {tuple(atom.holds_for(value) for atom in own): value for value in reversed(values_of(axis))}
    return list(reversed(ways.values()))


def is_possible(observation: Observation) -> bool:
    """Whether the assumptions allow it."""
    return not impossible(observation)


def holds(condition: tuple[Comparison, ...], observation: Observation) -> bool:
    """Whether a condition of a table holds, one comparison after the other."""
    return all(_atom(part).holds(observation) for part in condition)


def _atom(part: Comparison) -> Atom:
    return part.close({})
