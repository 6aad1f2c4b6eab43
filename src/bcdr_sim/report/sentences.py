"""One sentence per event: what happened, to whom, by whom, in plain English.

The sentences stand in two tables, one for events about regions and one for events about environments. `{…}` is filled
from the event, and `[is|are]` is decided by the number of environments the sentence is about. Nothing is said that the
log does not hold.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

from bcdr_sim.estate import NO_REGION, Estate
from bcdr_sim.events import ADVICE, CHANNELS, ORDERS, PROTECTION, SCOPES, STAGES, Event
from bcdr_sim.policy import Action, Reason
from bcdr_sim.report.reasons import REASONS
from bcdr_sim.report.reasons import ROW_OF as REASON_ROW_OF
from bcdr_sim.report.wording import Clock, agreed, capitalised, group, listing, span
from bcdr_sim.timeline import NO_VALUE, NOTHING, UNBOUNDED
from bcdr_sim.trial import OutageFact

Item = TypeVar("Item")

_E = Event
ACTIONS: tuple[Action, ...] = tuple(Action)
"""Actions by the number that the log holds."""

_REGION: dict[Event, str] = {
    _E.OUTAGE_GREW: "outage {outage} grows: it reaches more environments of {region}",
    _E.OUTAGE_ENDED: "outage {outage} is over in {region}",
    _E.REGION_RETURNED: "{region} is back: no outage is left there",
    _E.WARNING_RAISED: "the provider is warned of {outage} in {region}; nothing is hit yet",
    _E.MAINTENANCE_BEGAN: "scheduled maintenance {outage} begins: the provider wants environments out of {region}",
    _E.MAINTENANCE_ENDED: "scheduled maintenance {outage} of {region} is over",
    _E.CHANNEL_LOST: "{channel} stops working",
    _E.CHANNEL_RESTORED: "{channel} works again",
    _E.AUTOMATION_SWITCHED_OFF: "operators switch automatic moves off",
    _E.AUTOMATION_SWITCHED_ON: "operators switch automatic moves on again",
    _E.OUTAGE_DETECTED: "the provider detects the outage of {region}",
    _E.SCOPE_JUDGED: "the provider judges the outage of {region} to be {scope}",
    _E.IMPACT_CONFIRMED: "customer impact in {region} is confirmed: the incident is declared",
    _E.DASHBOARD_POSTED: "the provider posts the incident of {region} on the Service Health Dashboard",
    _E.DASHBOARD_UPDATED: "the provider updates the dashboard about {region}",
    _E.ETA_PUBLISHED: "the provider publishes an estimate: {region} back at {instant}",
    _E.PEOPLE_NOTICED: "people at the provider notice the outage of {region}",
    _E.ADVICE_PUBLISHED: "the provider advises customers in {region} {advice}",
    _E.PRIMARY_VERIFIED: "{region} is determined fully operational",
    _E.INCIDENT_REVIEWED: "the review of the incident of {region} is published",
    _E.PLAN_TESTED: "the provider tests its continuity plan, as every year",
}

_ENVIRONMENT: dict[Event, str] = {
    _E.DEPLOYED: "{who} [is|are] deployed",
    _E.SERVICE_LOST: "{who} [stops|stop] serving users",
    _E.SERVICE_IMPAIRED: "{who} [is|are] impaired but still [serves|serve] users",
    _E.CAPABILITY_CHANGED: "{who} now [offers|offer] {share} of [its|their] capability",
    _E.SERVICE_RESTORED: "{who} [is|are] served again",
    _E.BACKLOG_BEGAN: "{who} [begins|begin] to work off what has piled up",
    _E.BACKLOG_CLEARED: "{who} [has|have] worked off what had piled up",
    _E.COMMITS_SLOWED: (
        "commits of {who} are slowed to {share} of what there is to write: the other side may not fall further behind"
    ),
    _E.COMMITS_STOPPED: "commits of {who} are stopped: the other side is as far behind as it may be",
    _E.COMMITS_FREED: "commits of {who} need not wait any more",
    _E.INCIDENT_OUTLASTED: "only what {who} [depends|depend] on [keeps it|keeps them] down now",
    _E.ENVIRONMENT_LOST: "{who} [is|are] lost: the region is back, [this environment is|these environments are] not",
    _E.PRIMARY_RETURNED: "what {who} [is|are] fleeing is over; the move goes on to its last check",
    _E.PROTECTION_CHANGED: "protection of {who} now reads {protection}",
    _E.LINK_DRAINED: "everything written in {who} before the outage has arrived on the other side",
    _E.OUTAGE_DETECTED: "the provider knows that {who} [is|are] hit",
    _E.IMPACT_CONFIRMED: "impact on {who} is confirmed",
    _E.LOSS_DETERMINED: "the provider determines what a move of {who} would lose: {loss}",
    _E.HELD: "the policy holds {who}: {reason}",
    _E.CUSTOMER_AWARE: "the customer of {who} learns of the outage",
    _E.CASE_OPENED: "a support case is open for {who}",
    _E.CONSENT_ASKED: "the provider calls the customer of {who}",
    _E.LOSS_LEVEL_TOLD: "support tells the customer of {who} what a move would lose: {loss}",
    _E.CONSENT_GRANTED: "the customer of {who} agrees to lose {limit}",
    _E.CONSENT_DECLINED: "the customer of {who} refuses to lose {loss}",
    _E.CONSENT_EXCEEDED: "a move of {who} would now lose {loss}, more than was agreed to: support asks again",
    _E.ORDER_GIVEN: "the customer of {who} orders {order}",
    _E.ORDER_WITHDRAWN: "the order of {order} for {who} does not stand any more",
    _E.CASE_TAKEN_UP: "an agent takes up the case of {who}",
    _E.CASE_ESCALATED: "nobody has answered for {who}: the next in line is asked",
    _E.ANSWER_OVERDUE: "nobody has answered for {who} in time, which counts as an answer",
    _E.CONSENT_WITHDRAWN: "the customer of {who} takes its consent back",
    _E.CONSENT_LAPSED: "consent for {who} is no longer valid: support asks again",
    _E.CASE_CLOSED: "the case of {who} is closed: service is back",
    _E.MOVE_DECIDED: "the policy decides to {verb}",
    _E.SLOT_OBTAINED: "the {action} of {who} begins",
    _E.DRAINED: "the link of {who} has caught up",
    _E.DRAIN_TIMED_OUT: "the link of {who} does not catch up in time: the planned move is given up",
    _E.STAGE_COMPLETED: "stage {stage} of the move of {who} is done",
    _E.MOVE_FAILED: "the attempt to move {who} fails and will be repeated",
    _E.MOVE_WITHHELD: "asked again, the policy withholds the {action} of {who}",
    _E.MOVE_ABORTED: "the {action} of {who} is broken off: events have overtaken it",
    _E.FAILOVER_COMPLETED: "{who} [is|are] accessible from {far}, {lost}",
    _E.PLANNED_FAILOVER_COMPLETED: "{who} [is|are] served from {far}; the planned move lost nothing",
    _E.FORCED_FAILBACK_COMPLETED: "{who} [is|are] forced back to {near}, {lost}",
    _E.FAILBACK_COMPLETED: "{who} [is|are] home in {near}, nothing lost",
    _E.RECOVERY_CONFIRMED: "telemetry confirms that {who} [works|work]",
    _E.CAPABILITIES_LOST: "{who} [lacks|lack] functions that the secondary does not offer",
    _E.CAPABILITIES_RESTORED: "{who} [has|have] those functions again",
    _E.RESYNC_STARTED: "the other side of {who} is being brought up to date",
    _E.RESYNC_COMPLETED: "the other side of {who} is up to date",
    _E.CONTACT_LOST: "{who} [is|are] cut off from the provider, and [serves|serve] users all the same",
    _E.CONTACT_RESTORED: "{who} can be reached again",
    _E.PRIMARY_FENCED: "{who} [stops|stop] serving at the side that the move leaves; the move goes on",
    _E.SPLIT_BRAIN_BEGAN: "both sides of {who} accept writes from now on: a split brain",
    _E.SPLIT_BRAIN_ENDED: "only one side of {who} accepts writes again; what the other one accepted for {span} is lost",
    _E.RESTORED_IN_PLACE: "{who} [is|are] restored, {lost}",
    _E.RESTORED_AT_SECONDARY: "{who} [is|are] restored in {far}, {lost}",
    _E.RESTORED_AT_PRIMARY: "{who} [is|are] restored in {near}, {lost}",
    _E.LOSS_SALVAGED: "what {who} had lost is found on the side that was left, and merged",
    _E.TEST_BEGAN: "a failover of {who} is rehearsed on an isolated copy",
    _E.TEST_ENDED: "the rehearsal of {who} is over",
    _E.LOSS_REALISED: "{who} [has|have] lost what was written in the last {span}",
}

_COMES_ALONG = "{who} [is|are] moved along with [its|their] consistency group"

_VERBS: dict[Action, str] = {
    Action.HOLD: "hold {who}",
    Action.ASK_CONSENT: "ask the customer of {who}",
    Action.FAILOVER: "fail {who} over to {far}",
    Action.PLANNED_FAILOVER: "move {who} to {far} as planned",
    Action.FAILBACK: "bring {who} home to {near}",
    Action.FORCED_FAILBACK: "force {who} back to {near}",
    Action.RESTORE: "restore {who}",
    Action.TEST_FAILOVER: "test a failover of {who}",
}
_CHANNEL_NAMES = ("the Service Health Dashboard", "the support channel", "the admin portal")
_ORDER_NAMES = ("a planned move", "a forced move", "a drill", "a failback")
_SCOPE_NAMES = ("over", "partial", "limited to a zone", "region-wide")
_ADVICE_WORDS = ("to recover elsewhere by themselves", "to wait")
_KINDS = {
    "hard": "nobody it hits is served, nothing is copied",
    "unreachable": "nobody it hits is served, but their copying goes on",
    "gray": "those it hits keep {share} of their capability",
    "logical": "the data of those it hits are spoilt, and nobody knows yet; users are served, and copying goes on",
    "partition": "those it hits are cut off; their users are served, nothing is copied",
}
assert len(_CHANNEL_NAMES) == len(CHANNELS)
assert len(_ORDER_NAMES) == len(ORDERS)
assert len(_SCOPE_NAMES) == len(SCOPES)
assert len(_ADVICE_WORDS) == len(ADVICE)


@dataclass(frozen=True, slots=True)
class Told:
    """What a sentence about environments tells: an event, whom it met, and the distinct values it carried.

    `losses_ms` are the distinct ages of what completed moves lost, `lost_count` how many of them lost anything.
    `comes_along`: the move is decided for others of the consistency group.
    """

    event: Event
    rows: tuple[int, ...]
    values: tuple[int, ...]
    reason: int = NOTHING
    losses_ms: tuple[int, ...] = ()
    lost_count: int = 0
    comes_along: bool = False


def about_environments(told: Told, estate: Estate) -> str:
    """The sentence, with a full stop, and a capital letter unless it begins with a name."""
    values = told.values or (NO_VALUE,)
    who = group(estate, told.rows)
    first = values[0]
    specs = [estate.specs[index] for index in sorted(set(map(estate.spec_of.__getitem__, told.rows)))]
    near = _regions(estate, [spec.home for spec in specs])
    far = _regions(estate, [spec.target for spec in specs])
    action = _at(ACTIONS, first, Action.HOLD)
    text = (_COMES_ALONG if told.comes_along else _ENVIRONMENT[told.event]).format(
        who=who,
        near=near,
        far=far,
        share=_share(first),
        protection=_at(PROTECTION, first, ""),
        stage=_at(STAGES, first, ""),
        action=action.replace("_", " "),
        order=_at(_ORDER_NAMES, first, ""),
        verb=_VERBS[action].format(who=who, near=near, far=far),
        reason=_why(told, estate),
        span=_between(values),
        loss=loss(values),
        limit="as much as it takes" if UNBOUNDED in values else f"up to {_between(values)}",
        lost=_lost(told),
    )
    return capitalised(
        agreed(text, number=len(told.rows)), names=[estate.names[row] for row in told.rows[:4]]
    )


def _why(told: Told, estate: Estate) -> str:
    """The reason of a hold; who waits for its consistency group waits for somebody."""
    reason = _at(REASONS, told.reason, Reason.NO_RULE)
    awaited = [row for row in told.values if row >= 0]
    if reason is Reason.GROUP_PENDING and told.event is Event.HELD and awaited:
        return f"{group(estate, tuple(awaited))}, of [its|their] consistency group, may not move yet"
    return REASON_ROW_OF[reason].why


def about_region(event: Event, *, region: str, outage: str, value: int, clock: Clock) -> str:
    """The sentence, with a full stop, and a capital letter unless it begins with a name."""
    text = _REGION[event].format(
        region=region,
        outage=outage,
        instant=_instant(value, clock),
        channel=_at(_CHANNEL_NAMES, value, ""),
        scope=_at(_SCOPE_NAMES, value, ""),
        advice=_at(_ADVICE_WORDS, value, ""),
    )
    return capitalised(text, names=[region])


def outage_began(fact: OutageFact, *, region: str) -> str:
    """The sentence about the beginning of an outage."""
    if fact.is_false_alarm:
        return f"False alarm {fact.id} in {region}: nothing is wrong, but the provider will believe so"
    means = _KINDS.get(fact.kind, "").format(share=_share(fact.capability_permille))
    article = "An" if fact.kind[0] in "aeiou" else "A"
    text = f"{article} {fact.kind} outage, {fact.id}, begins in {region}: {means}"
    return text + ("; the data there are destroyed" if fact.entry.destroys_data else "")


def loss(values: tuple[int, ...]) -> str:
    """Losses in words: `nothing`, `3m`, `between 1m and 7m`, `without limit (there is no usable copy)`."""
    if UNBOUNDED in values:
        return "everything (there is no usable copy)"
    return "nothing" if max(values) <= 0 else _between(values)


def _lost(told: Told) -> str:
    if not told.losses_ms:
        return "nothing lost"
    text = f"what was written in the last {_between(told.losses_ms)} is lost"
    spared = len(told.rows) - told.lost_count
    return text + (f" ({spared:,} lost nothing)" if spared else "")


def _between(values: tuple[int, ...]) -> str:
    low, high = max(min(values), 0), max(*values, 0)
    return span(low) if span(low) == span(high) else f"{span(low)} to {span(high)}"


def _share(permille: int) -> str:
    return f"{max(permille, 0) / 10:g}%"


def _regions(estate: Estate, indices: list[int]) -> str:
    names = sorted({estate.regions[index] for index in indices if index != NO_REGION})
    return listing(names) or "nowhere"


def _instant(value: int, clock: Clock) -> str:
    if value <= UNBOUNDED:
        return ""
    calendar = clock.calendar(value)
    return clock.after(value) + (f" ({calendar})" if calendar else "")


def _at(items: tuple[Item, ...], code: int, otherwise: Item) -> Item:
    return items[code] if 0 <= code < len(items) else otherwise
