"""Rows as lines of limited width: columns that stand closer, and leads that fold, so that no name is ever cut.

Rules. Columns stand two apart; one apart if the lines would be too wide otherwise. Where that is not enough, a lead (the
first cell of a row) that is too long for its column stands on a line of its own above the row. Where there is no room
for such a column either, every row takes two lines.
"""

from __future__ import annotations

from collections.abc import Sequence

_LEAD_WIDTH_MIN = 16
"""A column of leads is no narrower than this."""
_INDENT = "  "

Lead = Sequence[str]
"""The first cell of a row in parts, from the general to the particular: `(erp x34, erp-12)`, or one name."""


def aligned(
    rows: Sequence[Sequence[str]], *, right: frozenset[int] = frozenset(), width: int = 10_000
) -> list[str]:
    """Rows as lines with columns of equal width; those in `right` end at their right edge.

    Columns stand two apart, or one if the lines would be wider than `width` otherwise.
    """
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    gap = "  " if sum(widths) + 2 * (len(widths) - 1) <= width else " "
    lines = []
    for row in rows:
        cells = (
            cell.rjust(width) if column in right else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        lines.append(gap.join(cells).rstrip())
    return lines


def folded(
    leads: Sequence[Lead], rows: Sequence[Sequence[str]], *, right: frozenset[int], width: int
) -> list[list[str]]:
    """Leads and the cells behind them: per row its lines, no wider than `width` if the cells alone are not.

    `right` counts the columns from the lead, which is column 0.
    """
    whole = aligned(
        [[one_line(lead), *row] for lead, row in zip(leads, rows, strict=True)], right=right, width=width
    )
    if max(map(len, whole)) <= width:
        return [[line] for line in whole]
    cells = aligned(rows, right=frozenset(column - 1 for column in right), width=width - _LEAD_WIDTH_MIN - 1)
    room = width - max(map(len, cells)) - 1
    if room < _LEAD_WIDTH_MIN:
        return _apart(leads, rows, right=right, width=width)
    found = []
    for lead, line in zip(leads, cells, strict=True):
        above, beside = _folded_lead(lead, room)
        found.append([*above, f"{beside.ljust(room)} {line}"])
    return found


def _apart(
    leads: Sequence[Lead], rows: Sequence[Sequence[str]], *, right: frozenset[int], width: int
) -> list[list[str]]:
    """Each row on two lines or more: its lead and its last cell, then all cells between them."""
    room = width - len(_INDENT) - max(len(row[-1]) for row in rows)
    lower = aligned([row[:-1] for row in rows], right=frozenset(column - 1 for column in right), width=width)
    found = []
    for lead, row, line in zip(leads, rows, lower, strict=True):
        above, beside = _folded_lead(lead, room)
        found.append([*above, f"{beside}{_INDENT}{row[-1]}", _INDENT + line])
    return found


def one_line(lead: Lead) -> str:
    """A lead on one line: what is particular stands in brackets."""
    return lead[0] + "".join(f" ({part})" for part in lead[1:])


def _folded_lead(lead: Lead, room: int) -> tuple[list[str], str]:
    """The lines above a row, and what stands in the row: as much of the lead as there is room for."""
    if len(one_line(lead)) <= room:
        return [], one_line(lead)
    *above, last = (f"{_INDENT * depth}{part}" for depth, part in enumerate(lead))
    return (above, last) if len(last) <= room else ([*above, last], "")
