"""Why an environment stays where it is, in words: one row per reason code of a hold.

`why` ends the sentence "the policy holds it: …", `lifts` the sentence "it would have moved on with …". Alternatives in
square brackets are chosen by the number of environments the sentence is about.
"""

from __future__ import annotations

from dataclasses import dataclass

from bcdr_sim.policy import Reason


@dataclass(frozen=True, slots=True)
class ReasonRow:
    """One reason: why it is held, and what would have had to be different."""

    reason: Reason
    why: str
    lifts: str


_R = Reason
REASON_ROWS: tuple[ReasonRow, ...] = (
    ReasonRow(
        _R.NOT_COVERED,
        "[it is|they are] not covered and [waits|wait] for the region",
        "cover: a type that may be moved (Production), and no opting out",
    ),
    ReasonRow(
        _R.IMPACT_UNCONFIRMED,
        "no customer impact is confirmed",
        "an earlier confirmation that customers are impacted",
    ),
    ReasonRow(
        _R.SCOPE_NOT_COVERED,
        "the outage is not judged wide enough",
        "an outage that the provider judges region-wide",
    ),
    ReasonRow(
        _R.ORCHESTRATOR_UNAVAILABLE,
        "the tools that move environments cannot be reached",
        "tools that do not run in the region that is down",
    ),
    ReasonRow(
        _R.LOSS_NOT_DETERMINED,
        "it is not known yet what a move would lose",
        "a faster determination of the loss",
    ),
    ReasonRow(
        _R.LOSS_NOT_EXCLUDED,
        "nobody can prove that a move would lose nothing",
        "a confirmed mark as new as the last write, or consent to the known loss",
    ),
    ReasonRow(
        _R.CONSENT_PENDING,
        "a move would lose data and nobody has agreed to that",
        "consent to the loss, or a copy that has everything (loss 0)",
    ),
    ReasonRow(
        _R.CONSENT_DECLINED,
        "the customer will not lose the data",
        "a customer who accepts the loss that was told, or a copy that has everything (loss 0)",
    ),
    ReasonRow(
        _R.CONSENT_CHANNEL_DOWN,
        "support is down and consent cannot be given",
        "a support channel that survives the outage",
    ),
    ReasonRow(_R.GRACE_PERIOD, "patience has not run out", "a shorter period of patience"),
    ReasonRow(_R.HOLD_DOWN, "it is too soon", "a shorter hold-down"),
    ReasonRow(
        _R.SECONDARY_UNHEALTHY,
        "the region [it|they] would move to is not healthy",
        "a healthy region to move to",
    ),
    ReasonRow(
        _R.NO_VALID_SECONDARY,
        "there is no usable copy on the other side",
        "a usable copy: a pair or target, a link, and seeding that is over",
    ),
    ReasonRow(_R.NO_CAPACITY, "the other region has no room", "more capacity in the other region"),
    ReasonRow(_R.REPLICA_CORRUPT, "the copy holds the same corruption", "an earlier, clean recovery point"),
    ReasonRow(
        _R.PRIMARY_RECOVERED_FIRST,
        "the region came back before the move was done",
        "a move that was done before the region came back",
    ),
    ReasonRow(
        _R.AUTOMATION_DISABLED,
        "automatic moves are switched off, or nobody has ordered one",
        "automation that is switched on, or an order",
    ),
    ReasonRow(
        _R.PRIMARY_NOT_VERIFIED,
        "the primary region is not yet determined fully operational",
        "an earlier verification of the primary region",
    ),
    ReasonRow(
        _R.REVERSE_SYNC_PENDING,
        "the primary has not caught up with the far copy",
        "a faster reverse sync",
    ),
    ReasonRow(
        _R.OUTSIDE_WINDOW,
        "a planned interruption has to wait for its window",
        "a window that is open",
    ),
    ReasonRow(_R.NO_RULE, "no rule of the policy speaks of this", "a rule that matches"),
    ReasonRow(
        _R.STILL_SERVED,
        "[it is|they are] served, and only what is down is moved",
        "a rule that moves what is served but not well",
    ),
    ReasonRow(_R.IN_MAINTENANCE, "the primary region is in maintenance", "a shorter maintenance"),
    ReasonRow(
        _R.CANNOT_DRAIN,
        "the link does not run, so a planned move could not take everything along",
        "a link that runs",
    ),
    ReasonRow(
        _R.GROUP_PENDING,
        "another member of [its|their] consistency group may not move yet",
        "the same answer for all of the group, or a group without the one that is held",
    ),
)
ROW_OF: dict[Reason, ReasonRow] = {row.reason: row for row in REASON_ROWS}
REASONS: tuple[Reason, ...] = tuple(Reason)
"""Reason codes by the number that the log holds."""
