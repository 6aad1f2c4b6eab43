"""The table of recorded outages by policies as text, Markdown, CSV and JSON. It is a counterfactual and never scored."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from dataclasses import asdict

from bcdr_sim import __version__
from bcdr_sim.incidents.what_if import IN_FORCE, Cell, Row
from bcdr_sim.report.folding import aligned
from bcdr_sim.report.markdown import markdown_table
from bcdr_sim.report.wording import span, wrapped

SCHEMA = "bcdr-sim/what-if/1"
CAVEAT = (
    "What if: a counterfactual. Only the column of the policy in force has anything to do with what happened; nothing here "
    "was published, and nothing of it is ever scored."
)
_DETAILS = (
    "policy",
    "moved",
    "down h",
    "degraded h",
    "saved h",
    "regret h",
    "worst loss",
    "asked",
    "consented",
    "the others stayed for",
)
_RIGHT = frozenset(range(1, 9))


def row_name(row: Row) -> str:
    """The outage, and how it was judged where that was not its whole region."""
    if row.is_region_wide:
        return f"{row.recorded.id}, treated as region-wide"
    return row.recorded.id if row.seen == "region" else f"{row.recorded.id}, judged {row.seen}"


def what_if_text(rows: Sequence[Row], *, width: int = 100) -> str:
    """One table for each outage."""
    blocks = [wrapped(CAVEAT, width=width)]
    for row in rows:
        table = aligned([_DETAILS, *map(_details, row.cells)], right=_RIGHT, width=width)
        blocks.append("\n".join([f"{row_name(row)}: {row.cells[0].hit:,} hit", *table]))
    return "\n\n".join(blocks) + "\n"


def overview_markdown(rows: Sequence[Row]) -> str:
    """Mean hours down of those hit, a line for each outage and a column for each policy."""
    head = ["outage", *(cell.policy for cell in rows[0].cells)]
    return markdown_table(head, [[row_name(row), *map(_down, row.cells)] for row in rows])


def what_if_markdown(rows: Sequence[Row]) -> str:
    """The overview, then one table for each outage."""
    blocks = [f"**{CAVEAT}**", overview_markdown(rows)]
    for row in rows:
        blocks += [f"### {row_name(row)}", details_markdown(row)]
    return "\n\n".join(blocks) + "\n"


def details_markdown(row: Row) -> str:
    """One outage under every policy."""
    hit = f"{row.cells[0].hit:,} environments hit."
    return f"{hit}\n\n" + markdown_table(_DETAILS, [_details(cell) for cell in row.cells])


def what_if_csv(rows: Sequence[Row]) -> str:
    """One line for each outage, judgement and policy."""
    text = io.StringIO()
    fields = ("incident", "seen", "treated_as_region_wide", *Cell.__dataclass_fields__)
    writer = csv.DictWriter(text, fields, lineterminator="\n")
    writer.writeheader()
    for row in rows:
        for cell in row.cells:
            writer.writerow(
                {
                    "incident": row.recorded.id,
                    "seen": row.seen,
                    "treated_as_region_wide": row.is_region_wide,
                    **asdict(cell),
                }
            )
    return text.getvalue()


def what_if_json(rows: Sequence[Row]) -> str:
    """The same for programs."""
    document = {
        "schema": SCHEMA,
        "version": __version__,
        "caveat": CAVEAT,
        "rows": [
            {
                "incident": row.recorded.id,
                "seen": row.seen,
                "treated_as_region_wide": row.is_region_wide,
                "cells": [asdict(cell) for cell in row.cells],
            }
            for row in rows
        ],
    }
    return json.dumps(document, indent=2) + "\n"


def _details(cell: Cell) -> tuple[str, ...]:
    others = f" +{cell.others}" if cell.others else ""
    return (
        cell.policy,
        f"{cell.moved}{others}",
        _down(cell),
        f"{cell.degraded_h:.1f}",
        f"{cell.saved_h:.1f}",
        f"{cell.regret_h:.1f}",
        span(cell.loss_ms) if cell.loss_ms else "0",
        str(cell.asked),
        str(cell.consented),
        cell.why + (f"; {cell.lost} lost" if cell.lost else ""),
    )


def _down(cell: Cell) -> str:
    return f"{'at least ' if cell.is_open else ''}{cell.down_h:.1f}"


__all__ = [
    "CAVEAT",
    "IN_FORCE",
    "details_markdown",
    "overview_markdown",
    "row_name",
    "what_if_csv",
    "what_if_json",
    "what_if_markdown",
    "what_if_text",
]
