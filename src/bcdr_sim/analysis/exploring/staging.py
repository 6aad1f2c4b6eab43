"""The scenario of a timetable, as plain data: two regions, one environment, and recorded durations.

A second environment stands in line before it where a trace waits for a slot. Two more regions hold the tools that move
environments and the support desk, so that each can be down by itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Any, Final

from bcdr_sim.analysis.exploring.play import Play
from bcdr_sim.analysis.exploring.steps import Happening
from bcdr_sim.analysis.exploring.timetable import ENVIRONMENT, NotExpressibleError, Spell, Timetable
from bcdr_sim.policy.observation import DAY_MS
from bcdr_sim.units import format_duration

_HERE, _THERE, _TOOLS, _DESK = "here", "there", "tools", "desk"
_RIVAL: Final = "before"
_NEVER: Final = "400d"
_ANY_LOSS_MS: Final = 30 * DAY_MS


def scenario_for(play: Play, table: Timetable) -> dict[str, Any]:
    """The scenario of a timetable, as plain data.

    Raises:
        NotExpressibleError: it would need what a scenario cannot say.
    """
    horizon_ms = (table.end_ms // DAY_MS + 2) * DAY_MS
    if table.waits_ms is not None:
        _add_rival(table)
    provider = _provider(table, horizon_ms)
    if "orchestrator" in table.spells:
        provider["orchestrator_region"] = _TOOLS
    return {
        "version": 1,
        "name": "trace",
        "start": "2026-03-02T00:00:00Z",
        "horizon": format_duration(horizon_ms),
        "regions": [
            {"name": _HERE, "pair": _THERE},
            {"name": _THERE, "pair": _HERE},
            {"name": _TOOLS},
            {"name": _DESK},
        ],
        "environments": list(_environments(play, table)),
        "customers": {"default": _customer(table)},
        "provider": provider,
        "outages": list(_outages(table, horizon_ms)),
        "maintenance": [
            {
                "id": spell.id,
                "region": _HERE,
                "at": format_duration(spell.begin_ms),
                "lasts": _length(spell, horizon_ms),
            }
            for spell in table.spells.get("maintenance", [])
        ],
    }


def _environments(play: Play, table: Timetable) -> Iterator[dict[str, Any]]:
    made: dict[str, Any] = {"type": "Production", "region": _HERE, "link": _link(table)}
    if table.is_idle:
        made["writes"] = "idle"
    if "finance_operations" in play.policy.reads:
        made["apps"] = ["finance_operations"]
    if table.waits_ms is not None:
        yield {"name": _RIVAL, **made}
    yield {"name": ENVIRONMENT, **made}


def _link(table: Timetable) -> dict[str, Any]:
    """Rows at which the copy stands; of an outage that stops all writes the last row is the one at its impact."""
    rows: dict[int, int] = {}
    for at_ms, (synced_ms, outage) in sorted(table.synced.items()):
        if outage is None or outage.grows:
            rows[at_ms] = synced_ms
        else:
            rows.setdefault(outage.begin_ms, outage.begin_ms - (at_ms - synced_ms))
    if not rows:
        return {"kind": "synchronous"}
    rows.setdefault(0, 0)
    ordered = sorted(rows.items())
    if any(later[1] < earlier[1] for earlier, later in pairwise(ordered)):
        raise NotExpressibleError("a copy that goes back in time")
    return {
        "kind": "trace",
        "rows": [
            {"at": format_duration(at_ms), "last_sync": format_duration(max(0, synced_ms))}
            for at_ms, synced_ms in ordered
        ],
    }


def _is_within(spell: Spell, at_ms: int) -> bool:
    return spell.begin_ms <= at_ms and (spell.end_ms < 0 or at_ms < spell.end_ms)


def _customer(table: Timetable) -> dict[str, Any]:
    """Whoever answers as the trace says."""
    some, anything, none = (
        table.told_ms.get(happening, [])
        for happening in (Happening.GRANTED, Happening.GRANTED_ALL, Happening.DECLINED)
    )
    if anything and (some or none):
        raise NotExpressibleError("a customer who consents to any loss and at other times does not")
    accepts_ms = max(some) if some and none else 0 if none else _ANY_LOSS_MS
    if none and min(none) <= accepts_ms:
        raise NotExpressibleError("a customer who declines what it has consented to")
    return {
        "dashboard_every": None,
        "accepts_loss_up_to": format_duration(accepts_ms),
        "consents": "to_own_limit" if anything else "to_level_told",
        "decision": _NEVER,
        **({"orders": [_order(move, spell) for move, spell in table.orders]} if table.orders else {}),
        "notices_impact": _NEVER,
        **{
            path.rpartition(".")[2]: _recorded(numbers)
            for path, numbers in table.recorded.items()
            if path.startswith("customers.")
        },
    }


def _order(move: str, spell: Spell) -> dict[str, Any]:
    made = {"id": spell.id, "move": move, "at": format_duration(spell.begin_ms)}
    if spell.end_ms >= 0:
        made["withdrawn_after"] = format_duration(spell.end_ms - spell.begin_ms)
    return made


def _provider(table: Timetable, horizon_ms: int) -> dict[str, Any]:
    timeouts = set(table.drain_timeouts_ms)
    if len(timeouts) > 1 or 0 < len(table.drain_timeouts_ms) < table.drain_count:
        raise NotExpressibleError("drains that time out after different times")
    timeout = format_duration(timeouts.pop()) if timeouts else _NEVER
    failover: dict[str, Any] = {
        "slots": 1 if table.waits_ms else None,
        "run": _NEVER,
        "planned": _NEVER,
        "failure": {"probability": 0.0},
        "drain_timeout": timeout,
    }
    made: dict[str, Any] = {
        **dict.fromkeys(
            ("confirmation", "loss_determination", "verification", "reverse_sync", "reprotection"), _NEVER
        ),
        "support": {"first_response": "0s"},
        "failover": failover,
        "failback": {"at_once": None, "interruption": _NEVER},
    }
    for path, numbers in table.recorded.items():
        section, *way = path.split(".")
        if section == "provider":
            inside = made
            for step in way[:-1]:
                inside = inside[step]
            inside[way[-1]] = _recorded(numbers)
    spells = table.spells.get("automation", [])
    if spells:
        made["automation"] = {
            "off": [
                [format_duration(each.begin_ms), format_duration(_end_ms(each, horizon_ms))]
                for each in spells
            ]
        }
    return made


def _recorded(numbers: Mapping[str, Mapping[int, int]]) -> dict[str, Any]:
    """A setting that comes out like this, and never where nothing is said."""
    values = {
        key: [
            format_duration(by_ordinal[ordinal]) if ordinal in by_ordinal else None
            for ordinal in range(max(by_ordinal) + 1)
        ]
        for key, by_ordinal in numbers.items()
    }
    return {"recorded": {"values": values, "otherwise": _NEVER}}


def _outages(table: Timetable, horizon_ms: int) -> Iterator[dict[str, Any]]:
    for region, spells, others in zip((_HERE, _THERE), table.outages, table.outages[::-1], strict=True):
        for spell in spells:
            # The link is cut while the other side is down, and then what is lost grows by itself.
            if not spell.grows and any(other.grows and _meet(spell, other) for other in others):
                raise NotExpressibleError("a link that works beside an outage of either region")
            kind = {"kind": "gray", "capability": 0.0} if spell.grows else {}
            yield {**_outage(spell, region, horizon_ms), **kind, "seen": {"scope": "region"}}
    for spell in table.spells.get("orchestrator", []):
        yield _outage(spell, _TOOLS, horizon_ms)
    for spell in table.spells.get("support", []):
        down = {"support": {"down": ["0s", _length(spell, horizon_ms)]}}
        yield {**_outage(spell, _DESK, horizon_ms), "channels": down}


def _outage(spell: Spell, region: str, horizon_ms: int) -> dict[str, Any]:
    return {
        "id": spell.id,
        "region": region,
        "at": format_duration(spell.begin_ms),
        "lasts": _length(spell, horizon_ms),
        "detection": {"automatic": "0s"},
    }


def _meet(one: Spell, other: Spell) -> bool:
    return _is_within(one, other.begin_ms) or _is_within(other, one.begin_ms)


def _end_ms(spell: Spell, horizon_ms: int) -> int:
    return spell.end_ms if spell.end_ms >= 0 else horizon_ms + DAY_MS


def _length(spell: Spell, horizon_ms: int) -> str:
    return format_duration(_end_ms(spell, horizon_ms) - spell.begin_ms)


def _add_rival(table: Timetable) -> None:
    """Another environment that lives through the same until its move, which takes the only slot for as long as is waited."""
    assert table.waits_ms is not None, "there is something to wait for"
    begin_ms, end_ms = table.waits_ms
    for path, numbers in table.recorded.items():
        if path.startswith(("provider.failover", "provider.failback")):
            continue
        for key, by_ordinal in list(numbers.items()):
            name, sign, occasion = key.partition("@")
            if name == ENVIRONMENT:
                numbers[f"{_RIVAL}{sign}{occasion}"] = dict(by_ordinal)
    if end_ms < 0:
        return
    for ordinal, duration_ms in enumerate((end_ms - begin_ms, 0, 0, 0)):
        table.record("provider.failover.run", f"{_RIVAL}@{table.waits_in}", duration_ms, ordinal=ordinal)
