"""The scenario of an observation, as plain data: two regions, one environment, and what brings each axis about.

Whatever made the environment move before is over, or still there, as the observation says; then comes what it is in now.
A third region holds the tools that move environments, so that they can be down alone.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from bcdr_sim.analysis.reproducing.past import TROUBLE_MS, Past, Way
from bcdr_sim.policy import Observation
from bcdr_sim.policy.axes import TOP, WEEKDAYS
from bcdr_sim.policy.observation import DAY_MS, HOUR_MS, MINUTE_MS
from bcdr_sim.units import format_duration

ENVIRONMENT: Final = "witness"
_HERE, _THERE, _TOOLS = "here", "there", "tools"
_TROUBLE, _OUTAGE = "before", "outage"
_NEVER: Final = "400d"
_TOO_LONG_MS: Final = 400 * DAY_MS
_ANY_LOSS: Final = "30d"
_LASTS_MS: Final = 5 * DAY_MS
_HEALTHY_MS: Final = 30 * DAY_MS
"""How long a region without outages has been healthy when a scenario begins."""
_OPEN_MS: Final = MINUTE_MS
"""How long before and after the trouble a window is open that is closed otherwise."""
_STARTS: Final = datetime(2026, 3, 2, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Plan:
    """When what happens, in ms from the start: `now_ms` is the instant that the witness is meant for.

    The trouble that moved the environment before ends at `over_ms`, and what it is in now begins at `impact_ms`. `is_soon`:
    the provider loses no time.
    """

    witness: Observation
    past: Past | None
    over_ms: int
    impact_ms: int
    now_ms: int
    is_soon: bool = False

    @property
    def is_far(self) -> bool:
        """Whether the environment is at its far copy by now."""
        return self.past is not None and not self.past.is_home

    @property
    def horizon_ms(self) -> int:
        """The end of the scenario."""
        return self.now_ms + 8 * DAY_MS


def plans_of(witness: Observation, past: Past | None, clocks: Collection[int] = ()) -> Iterator[Plan]:
    """Yield when what has to happen for a witness.

    First all of it as soon as can be, so that every clock passes all its values; then as the witness says; then so that one
    of `clocks`, in ms, has just run out by now, for whoever waits for that and for a time of day.
    """
    if past is None:
        now_ms = 2 * DAY_MS + min(witness.outage_age, _TOO_LONG_MS)
        yield Plan(witness, None, TROUBLE_MS, 2 * DAY_MS, now_ms)
        return
    since_ms = 2 * DAY_MS if witness.since_last_move == TOP else min(witness.since_last_move, _TOO_LONG_MS)
    soon_ms = past.moved_ms + 2 * MINUTE_MS
    yield Plan(
        witness, past, _over_ms(witness, past, past.moved_ms + MINUTE_MS), soon_ms, soon_ms, is_soon=True
    )
    now_ms = past.moved_ms + since_ms
    impact_ms = max(past.moved_ms + 1, now_ms - witness.outage_age)
    healthy_since_ms = max(past.moved_ms + MINUTE_MS, now_ms - witness.healthy_for)
    yield Plan(witness, past, _over_ms(witness, past, healthy_since_ms), impact_ms, now_ms)
    for clock_ms in clocks:
        over_ms = _over_ms(witness, past, past.moved_ms + MINUTE_MS)
        yield Plan(witness, past, over_ms, soon_ms, past.moved_ms + MINUTE_MS + clock_ms, is_soon=True)


def _over_ms(witness: Observation, past: Past, healthy_since_ms: int) -> int:
    """When the trouble of before is over."""
    if past.is_home:
        return TROUBLE_MS + DAY_MS
    return healthy_since_ms + _LASTS_MS if witness.target_state == "down" else healthy_since_ms


def rehearsal_of(witness: Observation, past: Past) -> Plan:
    """The same before anything else happens, to see when it moves."""
    calm = Observation()
    quiet = replace(
        witness,
        service=calm.service,
        warning=calm.warning,
        order=calm.order,
        orchestrator=calm.orchestrator,
        automation=calm.automation,
        support_channel=calm.support_channel,
        target_state=calm.target_state,
        healthy_for=calm.healthy_for,
    )
    far_away_ms = 30 * DAY_MS
    over_ms = TROUBLE_MS + DAY_MS if past.is_home else far_away_ms
    return Plan(quiet, past, over_ms, far_away_ms, far_away_ms)


def scenario_for(plan: Plan, *, time_zone: str = "UTC") -> dict[str, Any]:
    """A scenario meant to bring an observation about, as plain data; `time_zone` is the policy's."""
    start = _start(plan, time_zone)
    here: dict[str, Any] = {"name": _HERE, "pair": _THERE}
    witness = plan.witness
    if plan.past is None and witness.service == "up" and not witness.drain_possible:
        here["link_stalls"] = [{"at": _span(plan.impact_ms - 1), "lasts": _span(_LASTS_MS)}]
    return {
        "version": 1,
        "name": "witness",
        "start": start.isoformat().replace("+00:00", "Z"),
        "horizon": _span(plan.horizon_ms),
        "regions": [here, {"name": _THERE, "pair": _HERE}, {"name": _TOOLS}],
        "environments": [_environment(plan, start)],
        "customers": {"default": _customer(plan)},
        "provider": _provider(plan),
        "outages": [*_outages_before(plan), *_outages_now(plan), *_outages_elsewhere(plan)],
        "maintenance": _maintenance(plan),
    }


def _start(plan: Plan, time_zone: str) -> datetime:
    """The instant at which a scenario starts so that day and time are as in the witness, where they are not as usual."""
    witness, usual = plan.witness, Observation()
    if (witness.weekday, witness.time_of_day) == (usual.weekday, usual.time_of_day):
        return _STARTS
    days = WEEKDAYS.index(witness.weekday)
    local = _STARTS.replace(tzinfo=None) + timedelta(weeks=9, days=days, minutes=witness.time_of_day)
    zone = UTC if time_zone == "UTC" else ZoneInfo(time_zone)
    return local.replace(tzinfo=zone).astimezone(UTC) - timedelta(milliseconds=plan.now_ms)


def _environment(plan: Plan, start: datetime) -> dict[str, Any]:
    """What it is, how far its copy is behind, when it may be interrupted, and its backups."""
    witness = plan.witness
    made: dict[str, Any] = {
        "name": ENVIRONMENT,
        "type": witness.env_type,
        "region": _HERE,
        "tier": witness.tier,
    }
    if witness.env_type == "Production" and not witness.eligible:
        made["cover"] = False
    if witness.finance_operations:
        made["apps"] = ["finance_operations"]
    if witness.tags:
        made["tags"] = sorted(witness.tags)
    made["link"] = _link(plan)
    if witness.loss_state == "none" and (plan.past is not None or witness.target_state != "healthy"):
        made["writes"] = "idle"
    if witness.copy == "seeding":
        made["deployed_at"] = "1h"
    if witness.window == "outside":
        trouble = start + timedelta(milliseconds=TROUBLE_MS)
        opens, closes = (trouble + sign * timedelta(milliseconds=_OPEN_MS) for sign in (-1, 1))
        made["windows"] = [
            {"days": [WEEKDAYS[opens.weekday()]], "opens": f"{opens:%H:%M}", "closes": f"{closes:%H:%M}"}
        ]
    if witness.restore_loss != TOP:
        at_ms = max(0, plan.impact_ms - witness.restore_loss)
        made["backup"] = {"points": [_span(at_ms)], "location": _THERE, "restore": "0s"}
    return made


def _link(plan: Plan) -> dict[str, Any]:
    """A link by which the copy is as far behind as the witness says, and was up to date before where that moved it."""
    witness, past = plan.witness, plan.past
    loss = _span(witness.data_loss)
    match witness.loss_state:
        case "none":
            return {"kind": "synchronous"}
        case "not_excluded":
            return {"kind": "synchronous", "confirmation": loss}
        case "some" if past is not None and past.way is not Way.CONSENT:
            behind_ms = max(0, plan.impact_ms - min(witness.data_loss, plan.impact_ms))
            rows = {0: 0, TROUBLE_MS: TROUBLE_MS, plan.impact_ms: max(TROUBLE_MS, behind_ms)}
            return {
                "kind": "trace",
                "rows": [
                    {"at": _span(at_ms), "last_sync": _span(sync_ms)} for at_ms, sync_ms in rows.items()
                ],
            }
        case "some":
            return {"kind": "lag", "lag": loss}
        case "unbounded" if witness.copy == "none" and past is None:
            return {"kind": "none"}
        case _:
            return {"kind": "lag", "lag": "1m"} if past is None else {"kind": "synchronous"}


def _customer(plan: Plan) -> dict[str, Any]:
    """What the customer has said by then, and ordered."""
    witness, past = plan.witness, plan.past
    at_once = {"dashboard_every": "1m", "decision": "0s", "accepts_loss_up_to": "0s"}
    grants = at_once | {"accepts_loss_up_to": _ANY_LOSS}
    made: dict[str, Any] = {"dashboard_every": None}
    if witness.consent == "granted" or (past is not None and past.way is Way.CONSENT):
        made = grants
    elif witness.consent == "declined":
        made = at_once
    elif witness.consent == "pending":
        made = {**at_once, "answers_share": 0.0}
    elif witness.consent == "lapsed":
        made = {**grants, "withdraws_after": "1m"}
    orders = [*_order_before(plan), *_order_now(plan)]
    return {**made, "orders": orders} if orders else made


def _order_before(plan: Plan) -> list[dict[str, Any]]:
    """The order by which it was moved away."""
    if plan.past is None or plan.past.way not in (Way.PLANNED, Way.FORCED):
        return []
    move = "planned" if plan.past.way is Way.PLANNED else "forced"
    return [{"id": _TROUBLE, "move": move, "at": _span(TROUBLE_MS)}]


def _order_now(plan: Plan) -> list[dict[str, Any]]:
    """The order that stands by now."""
    witness = plan.witness
    if witness.order not in ("planned", "forced", "drill", "failback"):
        return []
    made: dict[str, Any] = {"id": "order", "move": witness.order, "at": _span(plan.impact_ms)}
    if plan.past is not None:
        made["at"] = _span(_since_ms(plan))
    if witness.order == "forced" and witness.order_loss != "unstated":
        made["loss_up_to"] = _ANY_LOSS if witness.order_loss == "within" else "0s"
    return [made]


def _provider(plan: Plan) -> dict[str, Any]:
    """What the provider knows, and what it can do."""
    witness, past = plan.witness, plan.past
    lead_ms = 0 if plan.is_soon else max(0, witness.outage_age - witness.since_confirmed)
    made: dict[str, Any] = {
        "confirmation": _after_before(plan, _span(lead_ms) if witness.impact_confirmed else _NEVER, _TROUBLE),
        "first_post": "0s",
        "loss_determination": _after_before(
            plan, _NEVER if witness.loss_state == "undetermined" else "0s", f"{ENVIRONMENT}@{_TROUBLE}"
        ),
        "support": {"first_response": "0s"},
        "failover": {"run": "0s", "planned": "0s", "failure": {"probability": 0.0}},
    }
    if past is not None:
        made["failback"] = {"interruption": "0s"}
        is_verified = past.is_home or witness.primary_verified
        made["verification"] = "0s" if is_verified else _NEVER
        is_synced = past.is_home or witness.reverse_sync == "complete" or witness.loss_state != "undetermined"
        made["reverse_sync"] = "0s" if is_synced else _NEVER
        if not past.is_home and witness.reverse_sync == "pending" and witness.service == "up":
            made["reverse_sync"] = _NEVER
        made["reprotection"] = "0s"
    if witness.copy == "seeding":
        made["seeding"] = _NEVER
    if witness.target_capacity == 0:
        made["capacity"] = [{"region": _THERE, "environments": 0}]
    if witness.orchestrator == "down":
        made["orchestrator_region"] = _TOOLS
    if witness.automation == "off":
        made["automation"] = {"off": [[_span(_since_ms(plan)), _span(plan.horizon_ms)]]}
    return made


def _after_before(plan: Plan, now: str, key: str) -> Any:
    """A duration now, while in the trouble before it was none."""
    if plan.past is None or now == "0s":
        return now
    return {"recorded": {"values": {key: ["0s"]}, "otherwise": now}}


def _since_ms(plan: Plan) -> int:
    """Since when other things are as the witness says: long ago, or since it moved and any window has closed."""
    if plan.past is None:
        return TROUBLE_MS
    closed_ms = TROUBLE_MS + 2 * _OPEN_MS if plan.witness.window == "outside" else 0
    return max(plan.past.moved_ms + 1, closed_ms)


def _outages_before(plan: Plan) -> list[dict[str, Any]]:
    """The outage that moved it away."""
    if plan.past is None or not plan.past.way.is_outage:
        return []
    made = _outage(_TROUBLE, _HERE, TROUBLE_MS, lasts_ms=plan.over_ms - TROUBLE_MS)
    return [{**made, "seen": {"scope": "region"}}]


def _outages_now(plan: Plan) -> list[dict[str, Any]]:
    """What hits it where it is, and what announces that."""
    witness, region = plan.witness, _THERE if plan.is_far else _HERE
    made: list[dict[str, Any]] = []
    if witness.service != "up":
        here = _outage(_OUTAGE, region, plan.impact_ms, lasts_ms=_LASTS_MS)
        if witness.copy == "corrupt":
            here |= {
                "kind": "logical",
                "at": _span(plan.impact_ms - MINUTE_MS),
                "detection": {"automatic": "1m"},
            }
        elif witness.service == "impaired":
            here |= {"kind": "gray", "capability": 0.75}
        if witness.outage_scope != "none":
            here["seen"] = {"scope": witness.outage_scope}
        if witness.eta_remaining != TOP:
            says = _span(min(witness.eta_remaining, _TOO_LONG_MS))
            here["comms"] = {"eta": [{"after": "0s", "says": says}]}
        made.append(here)
    if witness.warning:
        warned = {"id": "forecast", "region": region, "at": _span(plan.impact_ms + 4 * DAY_MS), "lasts": "1h"}
        before = _span(5 * DAY_MS if plan.past is None else 4 * DAY_MS)
        made.append({**warned, "trigger": {"before_impact": before, "visible": True}})
    return made


def _outages_elsewhere(plan: Plan) -> list[dict[str, Any]]:
    """What is down, or was, on the other side; and the tools and the desk."""
    witness, other = plan.witness, _HERE if plan.is_far else _THERE
    begin_ms = _since_ms(plan)
    lasts_ms = plan.horizon_ms - begin_ms
    made: list[dict[str, Any]] = []
    still_down = plan.is_far and plan.past is not None and plan.past.way.is_outage
    if plan.is_far and witness.copy == "none":
        gone = _outage("gone", other, begin_ms, lasts_ms=MINUTE_MS)
        made.append({**gone, "destroys_data": True})
    if witness.target_state == "down" and not still_down:
        made.append(_outage("pair", other, begin_ms, lasts_ms=lasts_ms))
    elif witness.target_state == "impaired":
        made.append(_outage("pair", other, begin_ms, lasts_ms=lasts_ms) | {"kind": "gray", "capability": 0.9})
    elif witness.healthy_for < _HEALTHY_MS and not still_down:
        ended_ms = plan.now_ms - witness.healthy_for
        if ended_ms - HOUR_MS > (plan.past.moved_ms if plan.past else 0):
            made.append(_outage("pair", other, ended_ms - HOUR_MS, lasts_ms=HOUR_MS))
    if witness.orchestrator == "down":
        made.append(_outage("tools", _TOOLS, begin_ms, lasts_ms=lasts_ms))
    if witness.support_channel == "down":
        desk = _outage("desk", _TOOLS, begin_ms, lasts_ms=lasts_ms)
        silent = {"channels": {"support": {"down": ["0s", _span(lasts_ms)]}}}
        made.append({**desk, "kind": "gray", "capability": 0.9, **silent})
    return made


def _outage(name: str, region: str, at_ms: int, *, lasts_ms: int) -> dict[str, Any]:
    times = {"at": _span(at_ms), "lasts": _span(lasts_ms)}
    return {"id": name, "region": region, **times, "detection": {"automatic": "0s"}}


def _maintenance(plan: Plan) -> list[dict[str, Any]]:
    """Orders of the provider to leave the region, before and now."""
    made: list[dict[str, Any]] = []
    if plan.past is not None and plan.past.way is Way.MAINTENANCE:
        lasts_ms = max(MINUTE_MS, min(plan.over_ms, plan.impact_ms - 1) - TROUBLE_MS)
        made.append({"id": _TROUBLE, "region": _HERE, "at": _span(TROUBLE_MS), "lasts": _span(lasts_ms)})
    if plan.witness.order == "maintenance":
        at_ms = 2 * DAY_MS if plan.past is None else _since_ms(plan)
        made.append({"id": "works", "region": _HERE, "at": _span(at_ms), "lasts": _span(_LASTS_MS)})
    return made


def _span(ms: int) -> str:
    return format_duration(ms)
