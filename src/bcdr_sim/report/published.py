"""Numbers that others have published, beside those of the closed forms."""

from __future__ import annotations

from collections.abc import Iterator

from bcdr_sim.report.markdown import markdown_table
from bcdr_sim.verification.closed_forms import copies, exposures

PUBLISHED_YEARS = {
    52: {(2, 1): 107.00, (3, 1): 3747.67, (3, 2): 36.33, (4, 1): 98405.50, (4, 2): 955.50, (4, 3): 18.50},
    350: {
        (2, 1): 703.00,
        (3, 1): 164270.33,
        (3, 2): 235.00,
        (4, 1): 28788554.16,
        (4, 2): 41185.50,
        (4, 3): 117.83,
    },
}
"""Source: C. Ellison, "MTTF of Various Systems", 1993: years to failure of N units of which K are needed, 0.5 failures a
year each. Assumption: one repair crew, which fits all twelve."""


PUBLISHED_MIRRORS = {(2, 1): 1647.0, (2, 3): 552.0, (3, 1): 601_708.0, (3, 3): 67_348.0}
"""Source: `2-way-mirror-mttf.py` of emcrisostomo/des-examples: years to the loss of so many copies, "
"repaired in so many days."""

PUBLISHED_CHURN = {2: 168, 4: 336, 8: 672, 5: 421, 20: 1684}
"""Source: Azure Site Recovery deployment planner, analysis of the report: GB per day at so many MB/s."""


UNITS = """\
Of the formulas that the cases are judged by, not of the engine; `pytest tests/test_closed_forms.py` holds them. Years to
the failure of N units of which K are needed, each failing 0.5 times a year, one repair crew (C. Ellison, "MTTF of
Various Systems", 1993; the crew is inferred from the figures). With one unit to spare nobody waits for a crew, and the
engine plays it: c32 at rates of its own, c32-published at 52 repairs a year, N = 4, K = 3."""

QUEUES = """\
Queues: times in system of two classes by priority, arrivals .2 and .6, service 1 (Cobham 1954), published 2 and 6, ours
{first:.6g} and {second:.6g}; the chance to wait for one of three servers with arrivals .2 and service .1 (Erlang C),
published .444444, ours {wait:.6f}. The engine's own desk is in the ledger: desk-erlang at these rates, desk-cobham with
arrivals .2 and .3, since at .6 the queue forgets its beginning too slowly; `pytest tests/test_support_desk.py` plays
that with wider errors."""

CHURN = """\
What a link carries in a day, in GB, and the limits of churn in the documentation of Azure Site Recovery, which cuts two
of its figures before it doubles them; the engine plays all five to the byte (case churn):"""


def published_numbers() -> Iterator[str]:
    """The section of the page, as blocks of Markdown."""
    yield "## Published numbers"
    yield UNITS
    rows = []
    for repairs, years in PUBLISHED_YEARS.items():
        for (units, needed), theirs in years.items():
            ours = exposures.units_mean_time_to_failure(units, needed, failure_rate=0.5, repair_rate=repairs)
            rows.append((str(repairs), str(units), str(needed), f"{theirs:.2f}", f"{ours:.2f}"))
    yield markdown_table(("repairs a year", "N", "K", "published", "ours"), rows)
    yield "Mirrors of disks that fail once in three years (rates of a public script, the chain of the textbooks), in years:"
    yield markdown_table(("copies", "repair", "published", "ours"), list(_mirrors()))
    cobham = exposures.priority_time_in_system((0.2, 0.6), service_rate=1)
    wait = exposures.must_wait(3, arrival_rate=0.2, service_rate=0.1)
    yield QUEUES.format(first=cobham[0], second=cobham[1], wait=wait)
    yield CHURN
    churns = [
        (f"{rate} MB/s", str(theirs), f"{ours:g}", f"{theirs / ours - 1:+.2%}")
        for rate, theirs in PUBLISHED_CHURN.items()
        for ours in (copies.carried_gigabytes(rate),)
    ]
    yield markdown_table(("rate", "published", "ours", "difference"), churns)


def _mirrors() -> Iterator[tuple[str, ...]]:
    for (units, days), theirs in PUBLISHED_MIRRORS.items():
        ours = exposures.units_mean_time_to_failure(units, 1, failure_rate=1 / 3, repair_rate=365 / days)
        yield str(units), f"{days} d", f"{theirs:,.1f}", f"{ours:,.1f}"
