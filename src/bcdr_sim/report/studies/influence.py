"""What settings do to a number, for people and programs: a tornado as a table, Sobol's indices as another."""

from __future__ import annotations

from typing import Any

from bcdr_sim.report.studies.page import Page, Table, estimate, interval, origin, signed_by, title
from bcdr_sim.report.wording import count
from bcdr_sim.statistics.estimate import Estimate
from bcdr_sim.statistics.sensitivity import Index
from bcdr_sim.study import Sobol, Span, Tornado
from bcdr_sim.study.subject import written


def tornado_page(found: Tornado) -> Page:
    """The page: the largest swing first."""
    asked, base = found.quantity, found.base
    rows = []
    for swing in found.swings:
        span = found.spans[swing.name]
        for at, change in ((0, swing.low), (span.last, swing.high)):
            rows.append(
                [
                    swing.name if at == 0 else "",
                    written(span.value(at)),
                    signed_by(asked)(change.value),
                    interval(change, asked, signed=True),
                    "" if _is_seen(change) else "not seen",
                ]
            )
    head = ["setting", "at", "change", "95 % interval", ""]
    closing = [
        ("Base", f"{asked.text} is {asked.written(base.value)} ({interval(base, asked)}) as things are"),
        ("Pairs", "changes are paired differences in the same worlds; 'not seen' where the interval holds 0"),
    ]
    return Page(
        title(found.subject, seed=found.seed, worlds=count(base.n, "world")),
        [Table(f"What each setting does to {asked.text}, one at a time", head, rows, words=2)],
        closing,
    )


def sobol_page(found: Sobol) -> Page:
    """The page, in the order of total influence."""
    rows = [
        [
            index.name,
            _ends(found.spans[index.name]),
            *_cells(index.first),
            *_cells(index.total),
            "" if index.is_above_noise else "noise",
        ]
        for index in sorted(found.indices, key=lambda index: (-(index.total.value or 0), index.name))
    ]
    head = ["setting", "from..to", "alone", "95 % interval", "in all", "95 % interval", ""]
    worlds = (
        f"{count(found.repeats, 'repeat')} of {found.points * (len(found.indices) + 2):,} points with "
        f"{count(found.replications, 'world')}"
    )
    closing = [
        (
            "Alone",
            "share of the variance that is this setting's by itself; 'in all' with everything it acts together with",
        ),
        ("Noise", "each repeat has worlds of its own; 'noise' where the total is not surely above 0"),
    ]
    return Page(
        title(found.subject, seed=found.seed, worlds=worlds),
        [Table(f"Who shares the variance of {found.quantity.text}", head, rows, words=2)],
        closing,
    )


def tornado_document(found: Tornado) -> dict[str, Any]:
    """The tornado as plain data."""
    return {
        **origin(found.subject, kind="tornado", seed=found.seed),
        "quantity": found.quantity.text,
        "unit": found.quantity.unit,
        "base": estimate(found.base),
        "settings": [
            {
                "name": swing.name,
                "low": {"value": _end(found.spans[swing.name], 0), "difference": estimate(swing.low)},
                "high": {
                    "value": _end(found.spans[swing.name], found.spans[swing.name].last),
                    "difference": estimate(swing.high),
                },
            }
            for swing in found.swings
        ],
    }


def sobol_document(found: Sobol) -> dict[str, Any]:
    """The indices as plain data."""
    return {
        **origin(found.subject, kind="sobol", seed=found.seed),
        "quantity": found.quantity.text,
        "points": found.points,
        "repeats": found.repeats,
        "replications": found.replications,
        "settings": [_index(index, found.spans[index.name]) for index in found.indices],
    }


def _index(index: Index, span: Span) -> dict[str, Any]:
    return {
        "name": index.name,
        "range": [_end(span, 0), _end(span, span.last)],
        "first": estimate(index.first),
        "total": estimate(index.total),
        "noise_floor": index.noise_floor,
        "is_above_noise": index.is_above_noise,
    }


def _end(span: Span, at: int) -> str:
    return written(span.value(at))


def _ends(span: Span) -> str:
    return f"{_end(span, 0)}..{_end(span, span.last)}"


def _cells(found: Estimate) -> list[str]:
    if found.value is None:
        return ["-", "-"]
    if found.low is None or found.high is None:
        return [f"{found.value:.2f}", "-"]
    return [f"{found.value:.2f}", f"{found.low:.2f} to {found.high:.2f}"]


def _is_seen(change: Estimate) -> bool:
    if change.low is None or change.high is None or change.value is None:
        return False
    return change.low > 0 or change.high < 0
