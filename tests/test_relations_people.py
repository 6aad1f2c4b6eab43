"""Relations of loss and consent: what is told, what is agreed to, and what a move then costs."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given
from hypothesis.strategies import sampled_from

from bcdr_sim.events import COMPLETIONS
from bcdr_sim.policy import load_policy
from oracle.scenarios import Plain
from relation_worlds import (
    ANY,
    SEED,
    Played,
    narrowed,
    played,
    played_in,
    tried,
    with_kind,
    without_alarms,
    without_plans,
)

REGARDLESS = {
    policy: load_policy(
        "policies/seed-whatever-loss.yaml",
        dict(part.split("=", 1) for part in policy.split()[1:]),
        folder=Path(__file__).parent,
    )
    for policy in SEED
}
"""For each variant of the seed's table the one that does not ask what a move loses."""


def losing(plain: Plain) -> None:
    """Everything that could move would lose something: writes never rest, and no copy is up to date."""
    plain["link"] = {"kind": "lag", "lag": "5m"}
    plain["writes"] = "constant"
    for region in plain["regions"]:
        region.pop("link", None)
    for entry in plain["environments"]:
        for key in ("link", "writes", "deployed_at"):
            entry.pop(key, None)


def refusing(plain: Plain) -> None:
    """Nobody accepts any loss."""
    for customer in plain["customers"].values():
        customer["accepts_loss_up_to"] = "0s"
        customer.pop("on_silence", None)
        for delegate in customer.get("escalation", []):
            delegate["accepts_loss_up_to"] = "0s"


@given(
    plain=narrowed(
        ANY,
        losing,
        refusing,
        without_plans,
        without_alarms,
        with_kind("hard", "gray", "partition", "logical"),
    ),
    policy=sampled_from(SEED),
)
@tried
def test_with_loss_for_all_and_consent_of_nobody_nothing_fails_over(plain: Plain, policy: str) -> None:
    """Relation 4: where nothing drains a link (as an unreachable region, a false alarm or an order may)."""
    completed = {event.label for event in COMPLETIONS}
    assert not completed & {row[2] for row in played(plain, policy).rows}


def at_once(plain: Plain) -> None:
    """The provider determines losses at once."""
    plain["provider"]["loss_determination"] = "0m"


def idle(plain: Plain) -> None:
    """Nothing is ever written, so nothing can be lost."""
    plain["writes"] = "idle"
    for entry in plain["environments"]:
        entry.pop("writes", None)


def lived(world: Played) -> list[tuple[object, ...]]:
    """What happened to environments, but for what is said about losses, and the holds while it is."""
    beside = (
        "held",
        "loss_determined",
        "case_",
        "consent_",
        "loss_level",
        "customer_aware",
        "answer_",
        "link_drained",
    )
    own = set(world.names)
    return [
        (row[0], row[1], row[2], row[4], row[7])
        for row in world.rows
        if row[1] in own and not row[2].startswith(beside)
    ]


@given(plain=narrowed(ANY, at_once, idle), policy=sampled_from(SEED))
@tried
def test_without_any_loss_the_rules_move_as_if_losses_did_not_matter(plain: Plain, policy: str) -> None:
    """Relation 5: the seed's table is the same table without its rules of loss, if losses are determined at once."""
    world = played(plain, policy)
    assert lived(world) == lived(played_in(world.trial, REGARDLESS[policy]))


def agreeing_at_once(plain: Plain) -> None:
    """Customers notice at once, agree at once and to anything, and support answers at once."""
    for customer in plain["customers"].values():
        customer.clear()
        customer |= {
            "notices_impact": "0s",
            "decision": "0s",
            "accepts_loss_up_to": "365d",
            "consents": "to_own_limit",
            "dashboard_every": None,
        }
    plain["provider"]["support"] = {"first_response": "0s"}
    for outage in plain["outages"]:
        outage.pop("channels", None)


@given(
    plain=narrowed(
        ANY,
        losing,
        at_once,
        agreeing_at_once,
        without_alarms,
        with_kind("hard", "gray", "unreachable", "logical"),
    ),
    policy=sampled_from(SEED),
)
@tried
def test_with_consent_at_once_to_anything_the_rules_move_as_if_losses_did_not_matter(
    plain: Plain, policy: str
) -> None:
    """Relation 6: consent to the limit of who gives it, without a queue at the desk, where there is a loss from the first.

    A move decided because nothing is lost yet is withheld at its commit if something is lost then, consent or not; and
    customers who are served, as in a false alarm or a partition, notice nothing that they could agree about.
    """
    world = played(plain, policy)
    assert lived(world) == lived(played_in(world.trial, REGARDLESS[policy]))
