"""A comparison in a notebook: what was compared, the differences of the fleet and the tiers, who breaches newly."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from bcdr_sim.experiment.page import interval, table, value

if TYPE_CHECKING:
    from bcdr_sim.experiment.comparison import Comparison
    from bcdr_sim.experiment.contrast import Contrast

BREACHING_MAX = 20


def html(comparison: Comparison) -> str:
    """The page; its size does not depend on the number of worlds or environments."""
    first = comparison.runs[0]
    head = (
        f"<p><b>{escape(first.scenario.name)}</b>: {escape(', '.join(comparison.labels[1:]))} against "
        f"{escape(comparison.labels[0])} in {len(comparison):,} worlds of seed {first.seed}: <b>{comparison.word}</b></p>"
    )
    return head + "".join(map(_contrast, comparison.contrasts))


def _contrast(found: Contrast) -> str:
    columns = ["", found.base, found.candidate, "difference", "95 % interval", "margin", "verdict"]
    columns[4] = f"{100 * found.primary.difference.level:.4g} % interval"
    rows = [
        [
            f"{each.measure.words}, {each.group.label}",
            value(each.base, each.measure.unit),
            value(each.candidate, each.measure.unit),
            value(each.difference.value, each.measure.unit),
            interval(each.difference, each.measure.unit),
            value(each.margin, each.measure.unit),
            "" if each.change is None else each.change.value,
        ]
        for each in found.differences
        if each.group.kind != "environment"
    ]
    breaching = [
        [each.environment, f"{each.newly_count:,}", f"{each.no_longer_count:,}"]
        for each in found.breaching[:BREACHING_MAX]
    ]
    newly = table(["newly in breach", "in worlds", "no longer in"], breaching) if breaching else ""
    return table(columns, rows) + newly
