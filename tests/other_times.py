"""The same world at another pace or at another time, and what is then written of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from copy import deepcopy
from datetime import datetime, timedelta
from typing import Any

from bcdr_sim.events import EVENT_ROWS
from bcdr_sim.units import format_duration, format_rate, parse_duration, parse_rate
from oracle.chances import Plain
from oracle.state import Row

MINUTE_MS = 60_000
INSTANTS = frozenset(
    row.event.label
    for row in EVENT_ROWS
    if row.value.startswith(("last sync", "instant of", "estimated end"))
)
"""Events whose value is an instant."""
LENGTHS = frozenset(
    row.event.label
    for row in EVENT_ROWS
    if row.value.startswith(("known loss", "level", "age of", "how long"))
)
"""Events whose value is a duration."""
TIMES = 8


def moved_by(rows: list[Row], instant: Callable[[int], int], length: Callable[[int], int]) -> list[Row]:
    """The rows with other instants and durations; values below 0 are no times."""
    found = []
    for row in rows:
        value = row[7]
        if value >= 0:
            value = instant(value) if row[2] in INSTANTS else length(value) if row[2] in LENGTHS else value
        found.append((instant(row[0]), *row[1:7], value))
    return found


def stretched(given: Any) -> Any:
    """All durations times eight, all rates an eighth."""
    if isinstance(given, dict):
        return {key: stretched(value) for key, value in given.items()}
    if isinstance(given, list):
        return [stretched(value) for value in given]
    if isinstance(given, str) and given[:1].isdigit() and ":" not in given:
        if given.endswith("/h"):
            return format_rate(parse_rate(given) / TIMES)
        return format_duration(parse_duration(given) * TIMES)
    return given


def in_whole_parts(plain: Plain) -> None:
    """Without what is drawn as a share of a period, or between bounds, and rounded to the millisecond then."""
    plain.pop("start")
    if plain["writes"] == "constant":
        plain["writes"] = {"rate": "60/h"}
    if plain["link"]["kind"] == "log_shipping":
        plain["link"] = {"kind": "lag", "lag": "5m"}
    for place in (*plain["regions"], *plain["environments"]):
        if place.get("link", {}).get("kind") == "log_shipping":
            place.pop("link")
    for entry in plain["environments"]:
        entry.get("backup", {}).pop("interval", None)
        if entry.get("writes") == "constant":
            entry["writes"] = {"rate": "60/h"}
    for customer in plain["customers"].values():
        customer["dashboard_every"] = None
    without_uniform(plain)


def without_uniform(given: Any) -> None:
    """One of the two bounds instead of anything in between."""
    inside = given.values() if isinstance(given, dict) else given if isinstance(given, list) else ()
    for value in inside:
        without_uniform(value)
    if isinstance(given, dict) and "uniform" in given:
        bounds = given.pop("uniform")
        given["empirical"] = [bounds["low"], bounds["high"]]


PERIOD = 15 * 60
"""Minutes: a multiple of every period in these worlds, so that what recurs recurs at the same places."""


def in_phase(plain: Plain) -> None:
    """Without what counts from the beginning: numbered shipments, a first backlog, recovery points, warnings before it."""
    for outage in plain["outages"]:
        if parse_duration(outage.get("trigger", {}).get("before_impact", "0s")) > parse_duration(
            outage["at"]
        ):
            outage.pop("trigger")
    for place in (plain, *plain["regions"], *plain["environments"]):
        link = place.get("link", {})
        link.pop("points", None)
        if link.get("kind") == "fluid":
            place["link"] = {"kind": "lag", "lag": "5m"}
        if link.get("kind") == "log_shipping":
            link |= {"transfer": "10m", "failure_probability": 0}


def later(plain: Plain, minutes: int) -> Plain:
    """The same world so many minutes after the beginning of its file; the calendar goes back by as many."""
    data, delay_ms = deepcopy(plain), minutes * MINUTE_MS
    for holder, key in _instants(data):
        holder[key] = format_duration(parse_duration(holder[key]) + delay_ms)
    start = datetime.fromisoformat(data["start"]) - timedelta(minutes=minutes)
    data["start"] = start.isoformat()
    tested_ms = parse_duration(data["provider"]["plan_test"]["last"])
    data["provider"]["plan_test"]["last"] = format_duration(max(0, tested_ms - delay_ms))
    return data


def _instants(data: Plain) -> Iterator[tuple[Any, Any]]:
    """Where in a file an instant from its beginning stands: what holds it, and under which key."""
    yield data, "horizon"
    for entry in (*data["outages"], *data.get("maintenance", [])):
        yield entry, "at"
    for spell in data["provider"].get("automation", {}).get("off", []):
        yield from _each(spell)
    for place in (data, *data["regions"], *data["environments"]):
        yield from ((each, "at") for each in (*place.get("link_stalls", []), *place.get("reseeding", [])))
        for row in place.get("link", {}).get("rows", []):
            yield from ((row, "at"), (row, "last_sync"))
        writes = place.get("writes", "")
        yield from _each(writes.get("at", []) if isinstance(writes, dict) else [])
        yield from _each(place.get("backup", {}).get("points", []))
        if "deployed_at" in place:
            yield place, "deployed_at"
    for customer in data["customers"].values():
        for order in customer.get("orders", []):
            if isinstance(order.get("at"), str):
                yield order, "at"
            yield from _each(order["at"] if isinstance(order.get("at"), list) else [])


def _each(instants: list[str]) -> Iterator[tuple[Any, Any]]:
    return ((instants, number) for number in range(len(instants)))
