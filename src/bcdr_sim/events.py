"""The closed vocabulary of what can happen, and who does it.

Events are past tense. Each has one actor, so a timeline is also a table of responsibilities (the seed
document names who is responsible in every row), and `value` means one thing per event. The number is the code
in the columnar log.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum


class Event(IntEnum):
    """Everything a timeline can hold. The number never changes; new events take new numbers."""

    OUTAGE_BEGAN = 0
    OUTAGE_ENDED = 1
    REGION_RETURNED = 2
    WARNING_RAISED = 3
    MAINTENANCE_BEGAN = 4
    MAINTENANCE_ENDED = 5
    CHANNEL_LOST = 6
    CHANNEL_RESTORED = 7
    AUTOMATION_SWITCHED_OFF = 8
    AUTOMATION_SWITCHED_ON = 9
    OUTAGE_DETECTED = 10
    SCOPE_JUDGED = 11
    IMPACT_CONFIRMED = 12
    DASHBOARD_POSTED = 13
    DASHBOARD_UPDATED = 14
    ETA_PUBLISHED = 15
    PRIMARY_VERIFIED = 16
    INCIDENT_REVIEWED = 17
    PLAN_TESTED = 18
    DEPLOYED = 19
    SERVICE_LOST = 20
    SERVICE_IMPAIRED = 21
    CAPABILITY_CHANGED = 22
    SERVICE_RESTORED = 23
    ENVIRONMENT_LOST = 24
    PRIMARY_RETURNED = 25
    PROTECTION_CHANGED = 26
    LINK_DRAINED = 27
    LOSS_DETERMINED = 28
    HELD = 29
    CUSTOMER_AWARE = 30
    CASE_OPENED = 31
    CONSENT_ASKED = 32
    LOSS_LEVEL_TOLD = 33
    CONSENT_GRANTED = 34
    CONSENT_DECLINED = 35
    CONSENT_EXCEEDED = 36
    CASE_CLOSED = 37
    MOVE_DECIDED = 38
    SLOT_OBTAINED = 39
    DRAINED = 40
    DRAIN_TIMED_OUT = 41
    STAGE_COMPLETED = 42
    MOVE_FAILED = 43
    MOVE_WITHHELD = 44
    MOVE_ABORTED = 45
    FAILOVER_COMPLETED = 46
    PLANNED_FAILOVER_COMPLETED = 47
    FORCED_FAILBACK_COMPLETED = 48
    FAILBACK_COMPLETED = 49
    RECOVERY_CONFIRMED = 50
    CAPABILITIES_LOST = 51
    CAPABILITIES_RESTORED = 52
    RESYNC_STARTED = 53
    RESYNC_COMPLETED = 54
    LOSS_REALISED = 55
    INCIDENT_OUTLASTED = 56
    CASE_ESCALATED = 57
    ANSWER_OVERDUE = 58
    CONSENT_WITHDRAWN = 59
    CONSENT_LAPSED = 60
    CASE_TAKEN_UP = 61
    ORDER_GIVEN = 62
    ORDER_WITHDRAWN = 63
    OUTAGE_GREW = 64
    PEOPLE_NOTICED = 65
    ADVICE_PUBLISHED = 66
    BACKLOG_BEGAN = 67
    BACKLOG_CLEARED = 68
    CONTACT_LOST = 69
    CONTACT_RESTORED = 70
    PRIMARY_FENCED = 71
    SPLIT_BRAIN_BEGAN = 72
    SPLIT_BRAIN_ENDED = 73
    RESTORED_IN_PLACE = 74
    RESTORED_AT_SECONDARY = 75
    RESTORED_AT_PRIMARY = 76
    LOSS_SALVAGED = 77
    TEST_BEGAN = 78
    TEST_ENDED = 79
    COMMITS_SLOWED = 80
    COMMITS_STOPPED = 81
    COMMITS_FREED = 82

    @property
    def label(self) -> str:
        """The event as written in files, logs and reports, such as `consent_granted`."""
        return self.name.lower()


@dataclass(frozen=True, slots=True)
class EventRow:
    """One event: who acts, what `value` carries (empty: nothing, the log holds -1), and what it means."""

    event: Event
    actor: str  # "region", "provider", "customer", "support"
    value: str
    meaning: str


_E = Event
EVENT_ROWS: tuple[EventRow, ...] = (
    EventRow(_E.OUTAGE_BEGAN, "region", "", "an outage begins in a region"),
    EventRow(_E.OUTAGE_ENDED, "region", "", "the last environment that will come back from it is back"),
    EventRow(_E.REGION_RETURNED, "region", "", "no outage is active in the region any more"),
    EventRow(_E.WARNING_RAISED, "provider", "instant of impact, ms", "a visible trigger before impact"),
    EventRow(_E.MAINTENANCE_BEGAN, "provider", "", "the provider orders environments out of a region"),
    EventRow(_E.MAINTENANCE_ENDED, "provider", "", "the maintenance period is over"),
    EventRow(_E.CHANNEL_LOST, "region", "channel code", "a channel stops working"),
    EventRow(_E.CHANNEL_RESTORED, "region", "channel code", "a channel works again"),
    EventRow(_E.AUTOMATION_SWITCHED_OFF, "provider", "", "operators switch automatic moves off"),
    EventRow(_E.AUTOMATION_SWITCHED_ON, "provider", "", "operators switch automatic moves on"),
    EventRow(_E.OUTAGE_DETECTED, "provider", "", "the provider knows of the incident"),
    EventRow(_E.SCOPE_JUDGED, "provider", "scope code", "how wide the provider believes the outage is"),
    EventRow(_E.IMPACT_CONFIRMED, "provider", "", "customers are seen impacted"),
    EventRow(_E.DASHBOARD_POSTED, "provider", "", "first message on the Service Health Dashboard"),
    EventRow(_E.DASHBOARD_UPDATED, "provider", "", "a later message"),
    EventRow(_E.ETA_PUBLISHED, "provider", "estimated end, ms", "a published estimate"),
    EventRow(_E.PRIMARY_VERIFIED, "provider", "", "the region is determined fully operational"),
    EventRow(_E.INCIDENT_REVIEWED, "provider", "", "the post-incident review is published"),
    EventRow(_E.PLAN_TESTED, "provider", "", "the yearly test of the continuity plan"),
    EventRow(_E.DEPLOYED, "provider", "", "the environment exists from here on"),
    EventRow(_E.SERVICE_LOST, "region", "last sync, ms", "service falls below the minimum capability"),
    EventRow(
        _E.SERVICE_IMPAIRED, "region", "last sync, ms, when it falls", "served in part, at least the minimum"
    ),
    EventRow(
        _E.CAPABILITY_CHANGED, "region", "capability, permille", "capability changes, its class does not"
    ),
    EventRow(_E.SERVICE_RESTORED, "region", "", "served again where it is"),
    EventRow(_E.ENVIRONMENT_LOST, "region", "", "its region is back, it is not and never will be"),
    EventRow(_E.PRIMARY_RETURNED, "region", "", "what the move flees is over; the move goes on"),
    EventRow(_E.PROTECTION_CHANGED, "provider", "protection code", "state of the geo-secondary protection"),
    EventRow(_E.LINK_DRAINED, "provider", "", "everything written before the outage has arrived"),
    EventRow(
        _E.LOSS_DETERMINED,
        "provider",
        "known loss, ms; none if unbounded",
        "the provider knows what a move loses",
    ),
    EventRow(
        _E.HELD,
        "provider",
        "`group_pending`: the number of the environment waited for",
        "the policy holds, for a reason",
    ),
    EventRow(_E.CUSTOMER_AWARE, "customer", "", "the customer knows of the outage"),
    EventRow(_E.CASE_OPENED, "customer", "", "a support case is open"),
    EventRow(_E.CONSENT_ASKED, "provider", "", "the provider calls the customer"),
    EventRow(_E.LOSS_LEVEL_TOLD, "support", "level told, ms", "the customer learns the level of loss"),
    EventRow(_E.CONSENT_GRANTED, "customer", "level covered, ms", "consent is recorded"),
    EventRow(_E.CONSENT_DECLINED, "customer", "level told, ms", "the customer will not lose that much"),
    EventRow(_E.CONSENT_EXCEEDED, "support", "known loss, ms", "the loss has outgrown the consent"),
    EventRow(_E.CASE_CLOSED, "support", "", "service is back, nothing left to decide"),
    EventRow(_E.MOVE_DECIDED, "provider", "action code", "the policy decides to move"),
    EventRow(_E.SLOT_OBTAINED, "provider", "action code", "the move begins"),
    EventRow(_E.DRAINED, "provider", "", "the link has caught up"),
    EventRow(_E.DRAIN_TIMED_OUT, "provider", "", "the link did not catch up in time"),
    EventRow(_E.STAGE_COMPLETED, "provider", "stage code", "a stage of the move is over"),
    EventRow(_E.MOVE_FAILED, "provider", "attempt", "the attempt fails and will be repeated"),
    EventRow(_E.MOVE_WITHHELD, "provider", "action code", "asked again, the policy answers otherwise"),
    EventRow(_E.MOVE_ABORTED, "provider", "action code", "events have overtaken the move"),
    EventRow(_E.FAILOVER_COMPLETED, "provider", "last sync, ms", "accessible from the geo-secondary site"),
    EventRow(_E.PLANNED_FAILOVER_COMPLETED, "provider", "last sync, ms", "moved without loss"),
    EventRow(
        _E.FORCED_FAILBACK_COMPLETED, "provider", "last sync, ms", "back at the primary, possibly with loss"
    ),
    EventRow(_E.FAILBACK_COMPLETED, "provider", "last sync, ms", "back at the primary without loss"),
    EventRow(_E.RECOVERY_CONFIRMED, "provider", "", "telemetry confirms the moved service"),
    EventRow(_E.CAPABILITIES_LOST, "provider", "", "functions that the secondary does not offer"),
    EventRow(_E.CAPABILITIES_RESTORED, "provider", "", "those functions are back"),
    EventRow(_E.RESYNC_STARTED, "provider", "", "the copy on the other side is being brought up to date"),
    EventRow(_E.RESYNC_COMPLETED, "provider", "", "the copy on the other side is up to date"),
    EventRow(
        _E.LOSS_REALISED,
        "provider",
        "age of the recovered point, ms",
        "an unplanned move recovered to an older point",
    ),
    EventRow(
        _E.INCIDENT_OUTLASTED,
        "region",
        "",
        "its region is back; only something it depends on keeps it down",
    ),
    EventRow(
        _E.CASE_ESCALATED, "customer", "number of the delegate", "nobody has answered: a delegate is asked"
    ),
    EventRow(
        _E.ANSWER_OVERDUE,
        "support",
        "level told, ms",
        "nobody has answered in time, which counts as an answer",
    ),
    EventRow(_E.CONSENT_WITHDRAWN, "customer", "level covered, ms", "the customer takes its consent back"),
    EventRow(
        _E.CONSENT_LAPSED, "support", "level covered, ms", "consent is no longer valid: support asks again"
    ),
    EventRow(_E.CASE_TAKEN_UP, "support", "", "an agent of the desk takes the case up"),
    EventRow(_E.ORDER_GIVEN, "customer", "order code", "the customer orders a move"),
    EventRow(_E.ORDER_WITHDRAWN, "customer", "order code", "the order does not stand any more"),
    EventRow(_E.OUTAGE_GREW, "region", "step of the scope, from 1", "an outage reaches more environments"),
    EventRow(_E.PEOPLE_NOTICED, "provider", "", "people know of what automation has detected"),
    EventRow(_E.ADVICE_PUBLISHED, "provider", "advice code", "customers are advised what to do"),
    EventRow(_E.BACKLOG_BEGAN, "region", "", "back from an outage, it works off what has piled up"),
    EventRow(_E.BACKLOG_CLEARED, "region", "", "what had piled up during an outage is worked off"),
    EventRow(
        _E.CONTACT_LOST, "region", "last sync, ms", "a partition cuts it off; users are served all the same"
    ),
    EventRow(_E.CONTACT_RESTORED, "region", "", "the partition no longer cuts it off"),
    EventRow(
        _E.PRIMARY_FENCED,
        "region",
        "last sync, ms",
        "the side that a move leaves has stopped serving; the move goes on",
    ),
    EventRow(
        _E.SPLIT_BRAIN_BEGAN,
        "provider",
        "",
        "a move has committed while the side it left still accepts writes",
    ),
    EventRow(
        _E.SPLIT_BRAIN_ENDED,
        "region",
        "how long both sides accepted writes, ms",
        "the side that was left accepts no writes any more",
    ),
    EventRow(_E.RESTORED_IN_PLACE, "provider", "last sync, ms", "back to an older point, where it was"),
    EventRow(
        _E.RESTORED_AT_SECONDARY,
        "provider",
        "last sync, ms",
        "back to an older point, accessible from the geo-secondary site",
    ),
    EventRow(_E.RESTORED_AT_PRIMARY, "provider", "last sync, ms", "back to an older point, at the primary"),
    EventRow(
        _E.LOSS_SALVAGED,
        "provider",
        "age of what was lost, ms",
        "what a move had lost is found on the side that it left, and merged",
    ),
    EventRow(_E.TEST_BEGAN, "provider", "", "a failover is rehearsed on an isolated copy"),
    EventRow(_E.TEST_ENDED, "provider", "", "the rehearsal is over and cleaned up"),
    EventRow(
        _E.COMMITS_SLOWED,
        "provider",
        "share accepted, permille",
        "the copy may not fall further behind: no more is committed than the link carries",
    ),
    EventRow(
        _E.COMMITS_STOPPED,
        "provider",
        "last commit, ms",
        "the copy is as far behind as it may be: nothing is committed",
    ),
    EventRow(_E.COMMITS_FREED, "provider", "", "whatever is written is committed again"),
)
ROW_OF: dict[Event, EventRow] = {row.event: row for row in EVENT_ROWS}

COMPLETIONS: frozenset[Event] = frozenset(
    {
        _E.FAILOVER_COMPLETED,
        _E.PLANNED_FAILOVER_COMPLETED,
        _E.FORCED_FAILBACK_COMPLETED,
        _E.FAILBACK_COMPLETED,
        _E.RESTORED_IN_PLACE,
        _E.RESTORED_AT_SECONDARY,
        _E.RESTORED_AT_PRIMARY,
    }
)
RESTORES: tuple[Event, ...] = (_E.RESTORED_IN_PLACE, _E.RESTORED_AT_SECONDARY, _E.RESTORED_AT_PRIMARY)
CHANNELS: tuple[str, ...] = ("service_health_dashboard", "support", "admin_portal")
ORDERS: tuple[str, ...] = ("planned", "forced", "drill", "failback")
PROTECTION: tuple[str, ...] = ("NotSpecified", "Disabled", "Enabled", "Ready", "Unavailable")
STAGES: tuple[str, ...] = ("validate", "prepare", "run", "finalize")
SCOPES: tuple[str, ...] = ("none", "partial", "zone", "region")
ADVICE: tuple[str, ...] = ("run_own_recovery", "wait")
