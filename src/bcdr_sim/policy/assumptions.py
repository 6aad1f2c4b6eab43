"""Combinations of axes that cannot occur: guaranteed by the engine, named in every proof that needs them.

Each assumption is a list of conjunctions that are never all true: the same form as a rule's condition, so
the run-time assertion, a proof and a test read one table.
"""

from dataclasses import dataclass
from typing import Final

from bcdr_sim.policy.atom import Atom, Condition, Op, all_hold
from bcdr_sim.policy.axes import TOP
from bcdr_sim.policy.observation import DAY_MS, Observation, Value


@dataclass(frozen=True, slots=True)
class Assumption:
    """A law that relates axes: no observation satisfies any of the `never` conjunctions."""

    id: str
    law: str
    never: tuple[Condition, ...]


def _both(*atoms: tuple[str, Op, Value | tuple[Value, ...]]) -> Condition:
    return tuple(Atom(*atom) for atom in atoms)


_SHAPELESS: Final = ("undetermined", "unbounded")
_NO_COPY: Final = ("seeding", "none")

ASSUMPTIONS: Final = (
    Assumption(
        "A1",
        "eligible means Production",
        (_both(("eligible", "eq", True), ("env_type", "ne", "Production")),),
    ),
    Assumption(
        "A2",
        "not eligible means NearCopy and no copy",
        (
            _both(("eligible", "eq", False), ("location", "ne", "NearCopy")),
            _both(("eligible", "eq", False), ("copy", "ne", "none")),
        ),
    ),
    Assumption(
        "A3",
        "loss_state none if and only if data_loss is 0s",
        (
            _both(("loss_state", "eq", "none"), ("data_loss", "ne", 0)),
            _both(("loss_state", "ne", "none"), ("data_loss", "eq", 0)),
        ),
    ),
    Assumption(
        "A4",
        "loss_state undetermined or unbounded if and only if data_loss is unknown",
        (
            _both(("loss_state", "in", _SHAPELESS), ("data_loss", "ne", TOP)),
            _both(("loss_state", "not_in", _SHAPELESS), ("data_loss", "eq", TOP)),
        ),
    ),
    Assumption(
        "A5",
        "loss_state unbounded if and only if the copy is seeding or none",
        (
            _both(("loss_state", "eq", "unbounded"), ("copy", "not_in", _NO_COPY)),
            _both(("loss_state", "ne", "unbounded"), ("copy", "in", _NO_COPY)),
        ),
    ),
    Assumption(
        "A6",
        "within consent means granted and the loss known",
        (
            _both(("loss_within_consent", "eq", True), ("consent", "ne", "granted")),
            _both(("loss_within_consent", "eq", True), ("data_loss", "eq", TOP)),
            _both(("restore_within_consent", "eq", True), ("consent", "ne", "granted")),
            _both(("restore_within_consent", "eq", True), ("restore_loss", "eq", TOP)),
        ),
    ),
    Assumption(
        "A7",
        "order_loss stated means a forced order",
        (_both(("order_loss", "ne", "unstated"), ("order", "ne", "forced")),),
    ),
    Assumption(
        "A8",
        "service up means outage_age 0s",
        (_both(("service", "eq", "up"), ("outage_age", "gt", 0)),),
    ),
    Assumption(
        "A9",
        "since_confirmed above 0s means impact_confirmed, which means an outage_scope",
        (
            _both(("since_confirmed", "gt", 0), ("impact_confirmed", "eq", False)),
            _both(("impact_confirmed", "eq", True), ("outage_scope", "eq", "none")),
        ),
    ),
    Assumption(
        "A10", "a warning means not down", (_both(("warning", "eq", True), ("service", "eq", "down")),)
    ),
    Assumption(
        "A11",
        "drain_possible means a copy exists, usable or corrupt, and the target is not down",
        (
            _both(("drain_possible", "eq", True), ("copy", "in", _NO_COPY)),
            _both(("drain_possible", "eq", True), ("target_state", "eq", "down")),
        ),
    ),
    Assumption(
        "A12",
        "reverse_sync complete means FarCopy and a copy exists, usable or corrupt",
        (
            _both(("reverse_sync", "eq", "complete"), ("location", "ne", "FarCopy")),
            _both(("reverse_sync", "eq", "complete"), ("copy", "in", _NO_COPY)),
        ),
    ),
    Assumption(
        "A13",
        "a target that is not healthy means healthy_for 0s",
        (_both(("target_state", "ne", "healthy"), ("healthy_for", "gt", 0)),),
    ),
    Assumption(
        "A14",
        "FarCopy and primary_verified mean a healthy target",
        (
            _both(
                ("location", "eq", "FarCopy"),
                ("primary_verified", "eq", True),
                ("target_state", "ne", "healthy"),
            ),
        ),
    ),
    Assumption(
        "A15",
        "FarCopy means that since_last_move is not never",
        (_both(("location", "eq", "FarCopy"), ("since_last_move", "eq", TOP)),),
    ),
    Assumption(
        "A16",
        "since_last_move below 24h if and only if moves_24h is at least 1",
        (
            _both(("since_last_move", "lt", DAY_MS), ("moves_24h", "eq", 0)),
            _both(("since_last_move", "ge", DAY_MS), ("moves_24h", "ge", 1)),
        ),
    ),
)
"""A1..A16 in order. Assumption: the engine's bookkeeping makes them true, and asserts them at run time."""


def impossible(observation: Observation) -> list[str]:
    """Return a line per broken assumption, `A10: a warning means not down`; empty if it can occur."""
    return [
        f"{assumption.id}: {assumption.law}"
        for assumption in ASSUMPTIONS
        if any(all_hold(condition, observation) for condition in assumption.never)
    ]
