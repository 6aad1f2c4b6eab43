"""A sweep for people and programs: a table per quantity with a line per point."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bcdr_sim.report.studies.page import (
    COUNTS,
    Page,
    Table,
    counts,
    estimate,
    interval,
    origin,
    signed_by,
    title,
)
from bcdr_sim.report.wording import count
from bcdr_sim.study import Quantity, Sweep
from bcdr_sim.study.subject import written


def sweep_page(swept: Sweep, quantities: Sequence[Quantity], *, again: str) -> Page:
    """The page. `again` is the command that plays one point alone."""
    worlds = count(len(swept[0]), "world")
    head = title(swept.subject, seed=swept.seed, worlds=f"{count(len(swept), 'point')}, {worlds}")
    closing = [
        ("Pairs", "all points meet the same worlds: changes are paired differences from the first point"),
        ("One point", again),
    ]
    return Page(head, [_table(swept, asked) for asked in quantities], closing)


def sweep_document(swept: Sweep, quantities: Sequence[Quantity]) -> dict[str, Any]:
    """The same as plain data."""
    columns = {asked.text: (swept.estimates(asked), swept.differences(asked)) for asked in quantities}
    return {
        **origin(swept.subject, kind="sweep", seed=swept.seed),
        "replications": len(swept[0]),
        "grid": {name: [written(value) for value in values] for name, values in swept.grid.items()},
        "quantities": {asked.text: asked.unit for asked in quantities},
        "points": [
            {
                "values": {name: written(value) for name, value in point.values.items()},
                "digest": point.runs.digest,
                "quantities": {
                    text: {"estimate": estimate(found[number]), "difference": estimate(changes[number])}
                    for text, (found, changes) in columns.items()
                },
            }
            for number, point in enumerate(swept.points)
        ],
    }


def _table(swept: Sweep, asked: Quantity) -> Table:
    names = list(swept.grid)
    has_changes = asked.kind != "quantile" and len(swept) > 1
    head = [*names, "value", "95 % interval", *(["change", "its interval"] if has_changes else []), *COUNTS]
    rows = []
    pairs = zip(swept.estimates(asked), swept.differences(asked), strict=True)
    for point, (found, change) in zip(swept.points, pairs, strict=True):
        row = [written(point.values[name]) for name in names]
        row += [asked.written(found.value), interval(found, asked)]
        if has_changes:
            row += [signed_by(asked)(change.value), interval(change, asked, signed=True)]
        rows.append(row + counts(found))
    return Table(asked.text, head, rows, words=max(1, len(names)))
