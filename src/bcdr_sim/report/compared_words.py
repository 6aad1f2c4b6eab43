"""Amounts, differences and verdicts of a comparison in a cell of a table."""

from __future__ import annotations

import math

from bcdr_sim.report.wording import span
from bcdr_sim.statistics.estimate import Estimate
from bcdr_sim.statistics.verdicts import Change

NONE = "-"


def amount(value: float | None, unit: str) -> str:
    """A value of a unit: `2h48m`, `12.5%`, `1.94`."""
    if value is None:
        return NONE
    if math.isinf(value):
        return "unbounded"
    sign = "-" if value < 0 and _size(value, unit) != _size(0.0, unit) else ""
    return sign + _size(value, unit)


def signed(value: float | None, unit: str) -> str:
    """A difference: `+24m`, `-1.50pp` (points of a percent), and a plain zero where it is exactly that."""
    if value is None:
        return NONE
    if value == 0:
        return "0"
    size = f"{abs(value):.2%}".replace("%", "pp") if unit == "share" else _size(value, unit)
    return f"{'-' if value < 0 else '+'}{size}"


def interval(difference: Estimate, unit: str) -> str:
    """Both ends of the interval of a difference."""
    low, high = difference.low, difference.high
    if low is None and high is None:
        return NONE
    if low == high == 0:
        return "exactly 0"
    return f"{signed(low, unit)} to {signed(high, unit)}"


def change_word(change: Change | None) -> str:
    """A verdict as it stands in a table: what stops is in capitals."""
    if change is None:
        return NONE
    return change.value.upper() if change is Change.WORSE else change.value


def probability(p_value: float) -> str:
    """A p-value with as many digits as mean anything."""
    return "<0.001" if p_value < 0.001 else f"{p_value:.3f}"


def _size(value: float, unit: str) -> str:
    size = abs(value)
    if unit == "ms":
        return span(round(size))
    return f"{size:.2%}" if unit == "share" else f"{size:,.4g}"
