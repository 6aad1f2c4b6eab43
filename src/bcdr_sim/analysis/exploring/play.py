"""The parts of an exploration put together for one policy."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Self

from bcdr_sim.analysis.exploring.deciding import Deciding
from bcdr_sim.analysis.exploring.journal import Journal
from bcdr_sim.analysis.exploring.judging import Judge
from bcdr_sim.analysis.exploring.people import People
from bcdr_sim.analysis.exploring.procedure import Procedure
from bcdr_sim.analysis.exploring.scale import Scale, ScaleError, scale_of
from bcdr_sim.analysis.exploring.seeing import MOVED, TROUBLES, Observer
from bcdr_sim.analysis.exploring.steps import Choices, Orders
from bcdr_sim.analysis.finding import Law
from bcdr_sim.engine.state import GATES, Gate
from bcdr_sim.policy import Action, Policy
from bcdr_sim.policy.atom import Atom

_NOT_EXPLORED: Final = (Action.RESTORE, Action.TEST_FAILOVER)
_CUSTOMER_ORDERS: Final = ("planned", "forced", "drill", "failback")


@dataclass(frozen=True, slots=True)
class Play:
    """A policy, the scale it is explored on, and what plays and judges its steps.

    `orders` are the orders that customers may place, `troubles` the axes of what may stand in the way; `fixed` are the axes
    that the policy reads and no step moves.
    """

    policy: Policy
    scale: Scale
    orders: tuple[str, ...]
    troubles: tuple[str, ...]
    fixed: tuple[str, ...]
    journal: Journal
    choices: Choices
    procedure: Procedure
    judge: Judge

    @classmethod
    def of(
        cls,
        policy: Policy,
        laws: Sequence[Law] = (),
        *,
        tick_ms: int | None = None,
        gates: frozenset[Gate] = GATES,
    ) -> Self:
        """Put them together.

        Raises:
            ScaleError: the policy cannot be explored on a scale of ticks, or does what is not explored.
        """
        for action in _NOT_EXPLORED:
            if action in policy.actions:
                raise ScaleError(f"the action {action} is not explored")
        conditions = [law.invariant.condition(policy.values) for law in laws]
        scale = scale_of(policy, [law.invariant for law in laws], tick_ms=tick_ms)
        atoms = [atom for when in (*(row.when for row in policy.rows), *conditions) for atom in when]
        orders, troubles = _orders(policy), _troubles(atoms)
        journal = Journal()
        people = People(journal, takes_part=policy.consent_path, largest=scale.largest)
        observer = Observer(scale, given=_given(policy), orders=orders, troubles=troubles)
        maintenance = troubles.index("order") + 1 if "order" in troubles else 0
        deciding = Deciding(
            policy,
            observer,
            people=people,
            journal=journal,
            gates=gates,
            maintenance=maintenance,
            forced=orders.index("forced") + 1 if "forced" in orders else 0,
        )
        return cls(
            policy=policy,
            scale=scale,
            orders=orders,
            troubles=troubles,
            fixed=tuple(sorted(policy.reads - MOVED - set(troubles))),
            journal=journal,
            choices=Choices(
                scale,
                people,
                waits_for_impact="impact_confirmed" in policy.reads,
                orders=_let(policy, orders),
                troubles=len(troubles),
            ),
            procedure=Procedure(scale, people, deciding=deciding, journal=journal),
            judge=Judge(policy, laws, deciding),
        )


def _let(policy: Policy, orders: Sequence[str]) -> Orders:
    """The numbers of the orders that some rule carries out, from home and from far away: no other may be given there."""
    near, far = (
        tuple(number for number, order in enumerate(orders, start=1) if order in policy.orders(far=far))
        for far in (False, True)
    )
    return near, far


def _orders(policy: Policy) -> tuple[str, ...]:
    """The orders of customers that some rule asks for by name."""
    atoms = [atom for row in policy.rows for atom in row.when if atom.axis == "order"]
    asked = {literal for atom in atoms if atom.op in ("eq", "in") for literal in atom.literals}
    return tuple(order for order in _CUSTOMER_ORDERS if order in asked)


def _troubles(atoms: Sequence[Atom]) -> tuple[str, ...]:
    """The axes of what may stand in the way that some comparison tells from nothing."""
    return tuple(
        axis
        for axis, (usual, trouble) in TROUBLES.items()
        if any(atom.axis == axis and trouble in atom.literals for atom in atoms)
        or any(
            atom.axis == axis and axis != "order" and atom.holds_for(usual) != atom.holds_for(trouble)
            for atom in atoms
        )
    )


def _given(policy: Policy) -> dict[str, object]:
    """What the environment is: with the finance and operations app if the policy asks for it."""
    return {"finance_operations": True} if "finance_operations" in policy.reads else {}
