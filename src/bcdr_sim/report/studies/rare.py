"""Worlds by their number of outages, for people and programs: what they come to with their weights, and how many of each."""

from __future__ import annotations

from typing import Any

from bcdr_sim.report.studies.page import Page, Table, estimate, interval, origin, title
from bcdr_sim.report.wording import count
from bcdr_sim.statistics.estimate import Estimate
from bcdr_sim.study import Quantity
from bcdr_sim.study.rare import Part, Stratified


def rare_page(found: Stratified) -> Page:
    """The page."""
    rows = []
    for asked in found.default_quantities():
        number, gain = found.estimate(asked), found.gain(asked)
        cells = [_value(asked, number.value), _ends(number, asked)]
        rows.append([asked.text, *cells, f"{number.n:,}", "-" if gain is None else f"{gain:,.3g}"])
    shares = [
        [part.label, f"{part.probability:.3g}", *(f"{number:,}" for number in _counts(part).values())]
        for part in found.parts
    ]
    tables = [
        Table("", ["in a world", "value", "95 % interval", "worlds", "worth"], rows),
        Table("", ["outages", "probability", "worlds", "open", "unbounded"], shares),
    ]
    closing = [
        ("Open, unbounded", "worlds with an incident open at the horizon, with a loss that has no bound"),
        ("Weights", "each number of outages has worlds of its own and counts with its exact probability"),
        ("Worth", "so many plain worlds for each of these, to know it as well"),
        ("Expected", f"{found.mean_count:.4g} outages in a world"),
    ]
    return Page(title(found.subject, seed=found.seed, worlds=count(len(found), "world")), tables, closing)


def rare_document(found: Stratified) -> dict[str, Any]:
    """The same as plain data."""
    return {
        **origin(found.subject, kind="strata", seed=found.seed),
        "replications": len(found),
        "outages_expected": found.mean_count,
        "strata": [
            {
                "outages": part.number.count,
                "or_more": part.number.is_last,
                "probability": part.probability,
                **_counts(part),
            }
            for part in found.parts
        ],
        "quantities": {
            asked.text: {"unit": asked.unit, "gain": found.gain(asked), **estimate(found.estimate(asked))}
            for asked in found.default_quantities()
        },
    }


def _counts(part: Part) -> dict[str, int]:
    """Worlds of a part, and those with an incident open at the horizon, with a loss without bound."""
    rows = part.runs.rows
    return {
        "worlds": len(part.runs),
        "open": int((rows["censored"] > 0).sum()),
        "unbounded": int((rows["unbounded"] > 0).sum()),
    }


def _value(asked: Quantity, number: float | None) -> str:
    """A rare probability with the digits that say something."""
    return f"{number:.3g}" if asked.unit == "share" and number is not None else asked.written(number)


def _ends(found: Estimate, asked: Quantity) -> str:
    if asked.unit != "share":
        return interval(found, asked)
    if found.low is None or found.high is None:
        return "-"
    return f"at most {found.high:.3g}" if found.low == 0 else f"{found.low:.3g} to {found.high:.3g}"
