"""What a policy may answer: an action, and for a hold the reason for staying put.

Staying is the normal outcome of real incidents, so a hold never goes without its reason code.
"""

from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final


class Action(StrEnum):
    """What is done about an environment now. `code` is a small integer for columnar logs."""

    code: int
    """Position in the enumeration; new members are appended, never inserted."""

    def __init__(self, _: str) -> None:
        """Number the members in the order in which they stand."""
        self.code = len(type(self).__members__)

    HOLD = "hold"
    """Stay, with a reason."""
    ASK_CONSENT = "ask_consent"
    """The provider calls the customer, who skips the wait for awareness."""
    FAILOVER = "failover"
    """Unplanned move to the far copy; loses `data_loss`."""
    PLANNED_FAILOVER = "planned_failover"
    """Drain, then switch; loses nothing."""
    FAILBACK = "failback"
    """Planned return to the original primary; loses nothing."""
    FORCED_FAILBACK = "forced_failback"
    """Return without a drain; loses `data_loss`."""
    RESTORE = "restore"
    """Newest clean recovery point or backup; loses `restore_loss`."""
    TEST_FAILOVER = "test_failover"
    """An isolated copy; touches nothing."""


class Reason(StrEnum):
    """Why an environment is held. `code` is a small integer for columnar logs."""

    code: int
    """Position in the enumeration; new members are appended, never inserted."""

    def __init__(self, _: str) -> None:
        """Number the members in the order in which they stand."""
        self.code = len(type(self).__members__)

    NOT_COVERED = "not_covered"
    """The regime does not cover this environment; it waits for its region."""
    IMPACT_UNCONFIRMED = "impact_unconfirmed"
    """No customer impact is confirmed yet."""
    SCOPE_NOT_COVERED = "scope_not_covered"
    """The outage is not as wide as the regime asks for."""
    ORCHESTRATOR_UNAVAILABLE = "orchestrator_unavailable"
    """The tools that move environments cannot be reached."""
    LOSS_NOT_DETERMINED = "loss_not_determined"
    """The loss of a move is still being assessed."""
    LOSS_NOT_EXCLUDED = "loss_not_excluded"
    """Zero loss cannot be proven."""
    CONSENT_PENDING = "consent_pending"
    """Waiting for the customer's answer."""
    CONSENT_DECLINED = "consent_declined"
    """The customer refuses the loss."""
    CONSENT_CHANNEL_DOWN = "consent_channel_down"
    """Consent cannot be given because support is down."""
    GRACE_PERIOD = "grace_period"
    """A period of patience has not run out."""
    HOLD_DOWN = "hold_down"
    """Too soon: after detection, after a move, or after the target's return."""
    SECONDARY_UNHEALTHY = "secondary_unhealthy"
    """The region a move would go to is not healthy."""
    NO_VALID_SECONDARY = "no_valid_secondary"
    """There is no usable copy on the other side."""
    NO_CAPACITY = "no_capacity"
    """The target cannot carry this environment now."""
    REPLICA_CORRUPT = "replica_corrupt"
    """The copy holds the same corruption."""
    PRIMARY_RECOVERED_FIRST = "primary_recovered_first"
    """The region came back before the move was done."""
    AUTOMATION_DISABLED = "automation_disabled"
    """The operator's switch is off, or nobody ordered what only goes by order."""
    PRIMARY_NOT_VERIFIED = "primary_not_verified"
    """The primary is not determined fully operational."""
    REVERSE_SYNC_PENDING = "reverse_sync_pending"
    """The primary has not caught up with the far copy."""
    OUTSIDE_WINDOW = "outside_window"
    """A planned interruption has to wait for its window."""
    NO_RULE = "no_rule"
    """No rule matched; only as the default of a table."""
    STILL_SERVED = "still_served"
    """It is served, and the regime moves only what is down."""
    IN_MAINTENANCE = "in_maintenance"
    """The primary is in maintenance, and nobody goes home before it is over."""
    CANNOT_DRAIN = "cannot_drain"
    """The link does not run, so a planned move could not take everything along."""
    GROUP_PENDING = "group_pending"
    """Another member of its consistency group may not move yet; said by the simulator, never by a table."""


HELD_BY: Final = MappingProxyType(
    {
        Reason.NOT_COVERED: "region",
        Reason.IMPACT_UNCONFIRMED: "provider",
        Reason.SCOPE_NOT_COVERED: "provider",
        Reason.ORCHESTRATOR_UNAVAILABLE: "provider",
        Reason.LOSS_NOT_DETERMINED: "provider",
        Reason.LOSS_NOT_EXCLUDED: "provider",
        Reason.CONSENT_PENDING: "customer",
        Reason.CONSENT_DECLINED: "customer",
        Reason.CONSENT_CHANNEL_DOWN: "provider",
        Reason.GRACE_PERIOD: "provider",
        Reason.HOLD_DOWN: "provider",
        Reason.SECONDARY_UNHEALTHY: "provider",
        Reason.NO_VALID_SECONDARY: "provider",
        Reason.NO_CAPACITY: "provider",
        Reason.REPLICA_CORRUPT: "provider",
        Reason.PRIMARY_RECOVERED_FIRST: "region",
        Reason.AUTOMATION_DISABLED: "provider",
        Reason.PRIMARY_NOT_VERIFIED: "provider",
        Reason.REVERSE_SYNC_PENDING: "provider",
        Reason.OUTSIDE_WINDOW: "customer",
        Reason.NO_RULE: "provider",
        Reason.STILL_SERVED: "provider",
        Reason.IN_MAINTENANCE: "provider",
        Reason.CANNOT_DRAIN: "provider",
        Reason.GROUP_PENDING: "provider",
    }
)
"""Whose time it is while an environment is held down for a reason (phase `down_held`).

Assumption: the customer's is what the customer alone can end, an answer or a window of its own; the region's what ends
when the region is back; all else is up to the provider, who runs the copies, the channels and the policy.
"""

MOVES: Final = frozenset(
    {Action.FAILOVER, Action.PLANNED_FAILOVER, Action.FAILBACK, Action.FORCED_FAILBACK, Action.RESTORE}
)
"""Actions that interrupt or change the environment; the others leave it where it is."""

DEFAULT_RULE: Final = "default"
"""Rule id of the decision of a table in which no rule matched."""


@dataclass(frozen=True, slots=True)
class Decision:
    """One answer of a policy: what to do, why not if it is a hold, and the rule that said so.

    `wake_after_ms` asks to be heard again after that many milliseconds (positive, holds only), None if not.
    """

    action: Action
    reason: Reason | None
    rule: str
    wake_after_ms: int | None = None

    def __post_init__(self) -> None:
        """Refuse what no policy may answer; raises ValueError."""
        if (self.action is Action.HOLD) != (self.reason is not None):
            raise ValueError(f"a hold, and only a hold, has a reason: {self.action}, {self.reason}")
        if self.wake_after_ms is not None and (self.wake_after_ms <= 0 or self.action is not Action.HOLD):
            raise ValueError(
                f"a wake-up belongs to a hold and must be positive: {self.action}, {self.wake_after_ms}"
            )

    def __str__(self) -> str:
        """Return the answer as a sentence fragment: `hold (consent_pending) [pending]`."""
        return (
            f"{self.action} [{self.rule}]" if self.reason is None else f"hold ({self.reason}) [{self.rule}]"
        )
