"""What a policy may answer, how it is stored, and when the engine's own gates forbid it."""

import pytest

from bcdr_sim.policy.decision import MOVES, Action, Decision, Reason
from bcdr_sim.policy.observation import at_secondary, calm, regional_outage
from bcdr_sim.policy.preconditions import BLOCKERS, blockers


def test_codes_are_pinned() -> None:
    """A stored log must mean the same later: members are appended, never moved (golden)."""
    assert [(action.value, action.code) for action in Action] == [
        ("hold", 0),
        ("ask_consent", 1),
        ("failover", 2),
        ("planned_failover", 3),
        ("failback", 4),
        ("forced_failback", 5),
        ("restore", 6),
        ("test_failover", 7),
    ]
    assert [reason.value for reason in sorted(Reason, key=lambda reason: reason.code)] == [
        "not_covered",
        "impact_unconfirmed",
        "scope_not_covered",
        "orchestrator_unavailable",
        "loss_not_determined",
        "loss_not_excluded",
        "consent_pending",
        "consent_declined",
        "consent_channel_down",
        "grace_period",
        "hold_down",
        "secondary_unhealthy",
        "no_valid_secondary",
        "no_capacity",
        "replica_corrupt",
        "primary_recovered_first",
        "automation_disabled",
        "primary_not_verified",
        "reverse_sync_pending",
        "outside_window",
        "no_rule",
        "still_served",
        "in_maintenance",
        "cannot_drain",
        "group_pending",
    ]


def test_a_hold_and_only_a_hold_has_a_reason() -> None:
    """Staying put is explained, moving is not excused."""
    with pytest.raises(ValueError, match="a hold"):
        Decision(Action.HOLD, None, "rule")
    with pytest.raises(ValueError, match="a hold"):
        Decision(Action.FAILOVER, Reason.HOLD_DOWN, "rule")


def test_a_wake_up_belongs_to_a_hold_and_lies_ahead() -> None:
    """Asking again at this very instant would never end."""
    assert Decision(Action.HOLD, Reason.HOLD_DOWN, "rule", 1).wake_after_ms == 1
    with pytest.raises(ValueError, match="positive"):
        Decision(Action.HOLD, Reason.HOLD_DOWN, "rule", 0)
    with pytest.raises(ValueError, match="belongs to a hold"):
        Decision(Action.FAILOVER, None, "rule", 1)


def test_a_decision_reads_as_what_why_and_by_which_rule() -> None:
    """The text of a decision is what logs and messages show."""
    assert str(Decision(Action.HOLD, Reason.CONSENT_PENDING, "pending")) == "hold (consent_pending) [pending]"
    assert str(Decision(Action.FAILOVER, None, "consented")) == "failover [consented]"


def test_every_action_has_its_gates() -> None:
    """Staying is always possible, and no action is without an entry."""
    assert set(BLOCKERS) == set(Action)
    assert BLOCKERS[Action.HOLD] == ()
    assert all(BLOCKERS[action] for action in MOVES)


def test_a_move_needs_its_place_its_copy_its_target_and_its_tools() -> None:
    """Each gate of the table blocks by itself, and an open path is blocked by none."""
    assert blockers(Action.FAILOVER, regional_outage()) == ()
    assert blockers(Action.PLANNED_FAILOVER, calm()) == ()
    assert blockers(Action.FAILBACK, at_secondary()) == ()
    for observation, axis in (
        (at_secondary(), "location"),
        (regional_outage(loss_state="unbounded"), "loss_state"),
        (regional_outage(orchestrator="down"), "orchestrator"),
        (regional_outage(target_state="down"), "target_state"),
        (regional_outage(eligible=False), "eligible"),
    ):
        assert [atom.axis for atom in blockers(Action.FAILOVER, observation)] == [axis]
    assert [atom.axis for atom in blockers(Action.PLANNED_FAILOVER, calm(drain_possible=False))] == [
        "drain_possible"
    ]
    assert [atom.axis for atom in blockers(Action.FAILBACK, at_secondary(reverse_sync="pending"))] == [
        "reverse_sync"
    ]


def test_nobody_is_asked_twice_or_without_a_channel() -> None:
    """The provider calls only a customer who has not been called, over a channel that works."""
    assert blockers(Action.ASK_CONSENT, regional_outage()) == ()
    assert blockers(Action.ASK_CONSENT, regional_outage(consent="pending"))
    assert blockers(Action.ASK_CONSENT, regional_outage(support_channel="down"))
    assert blockers(Action.ASK_CONSENT, regional_outage(loss_within_consent=True))
