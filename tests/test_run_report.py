"""Laws of the table, the page and the spreadsheet of a run."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bcdr_sim.metrics import Metrics, measure
from bcdr_sim.report.folding import aligned, folded
from bcdr_sim.report.markdown import markdown_table, run_markdown
from bcdr_sim.report.spreadsheet import COLUMNS, run_csv
from bcdr_sim.report.summary import Summary, summarise
from bcdr_sim.report.table import exact_parts, run_table
from bcdr_sim.verdict import Verdict, judge
from worlds import STORM, played

STORM_TABLE = """\
storm: policy seed-2024-11, seed 0, replication 0, horizon 3d, 17 environments

outage  region  kind  from T       known to the provider
gale    west    hard  T+0 to T+9h  detected T+8m, confirmed T+13m, first post T+20m, fully
                                   operational T+11h

environment        outcome       RTA provider customer region      loss verdict  held mostly for
----------------------------------------------------------------------------------------------------
busy-prod          failed over 2h19m    1h38m   41m19s      -        3m met      consent_pending
dev                in place       9h       8m        -  8h52m (no copy) -        not_covered
firm-prod          in place       9h      38m    8h22m      -      (3m) BREACHED consent_declined
free-prod          failed over 1h23m    1h23m        -      -        0s met      loss_not_determined
shop x12 (shop-01) failed over 2h19m    1h38m   41m19s      -        3m -        consent_pending
xN: N incidents that ended alike; the longest is named and shown. --all shows each.
Loss in brackets: what a failover at impact would have lost; nothing was lost.
1 environment had no incident.

Longest incident in gale: firm-prod, 9h
  down_undetected     provider       8m  #
  down_unconfirmed    provider       5m  #
  down_assessing      provider      10m  #
  awaiting_awareness  customer    21m1s  #
  awaiting_support    provider      15m  #
  awaiting_consent    customer       1h  ####
  down_held           customer  7h59s  ###########################
"""


def summary_of(text: str = STORM, *, every: bool = False) -> tuple[Summary, Metrics, Verdict]:
    world = played(text)
    metrics = measure(world.timeline)
    verdict = judge(metrics)
    return summarise(world.timeline, metrics, verdict, policy=world.policy, every=every), metrics, verdict


def test_the_table_of_a_storm_reads_like_this() -> None:
    """Golden: heading, outages, incidents by entry of the file."""
    assert run_table(summary_of()[0]).startswith(STORM_TABLE[: STORM_TABLE.index("Longest")])


@settings(deadline=None, max_examples=200)
@given(st.lists(st.integers(min_value=0, max_value=10**9), max_size=12))
def test_rounded_parts_add_up_to_their_rounded_sum(lengths_ms: list[int]) -> None:
    """The ledger of the table can be added up by hand: no part is more than a second off."""
    parts = exact_parts(lengths_ms)
    assert sum(parts) == (sum(lengths_ms) + 500) // 1000 * 1000
    assert all(abs(part - length_ms) <= 1000 for part, length_ms in zip(parts, lengths_ms, strict=True))


def test_incidents_in_the_lines_are_all_incidents() -> None:
    """Grouping loses nobody: the counts of the lines sum to the number of incidents, grouped or not."""
    summary, metrics, _ = summary_of()
    assert sum(line.count for line in summary.lines) == len(metrics.incident_columns)
    every, _, _ = summary_of(every=True)
    assert [line.count for line in every.lines] == [1] * len(metrics.incident_columns)


def test_the_owners_of_a_report_are_gathered_once() -> None:
    """They are asked for in every line: gathered anew each time, a hundred thousand lines would take hours."""
    summary, _, _ = summary_of()
    assert summary.owners == ("provider", "customer", "region")
    assert summary.owners is summary.owners


def test_a_line_shows_the_longest_of_those_it_stands_for() -> None:
    text = STORM.replace("{run: 1h,", "{run: {uniform: {low: 30m, high: 3h}},")
    summary, metrics, _ = summary_of(text)
    shop = next(line for line in summary.lines if line.entry == "shop")
    names = metrics.timeline.trial.estate.names
    lengths = {
        names[row]: length
        for row, length in zip(
            metrics.incident_columns.environment.tolist(),
            metrics.incident_columns.length_ms.tolist(),
            strict=True,
        )
    }
    members = {name: length for name, length in lengths.items() if name.startswith("shop")}
    assert shop.worst.at_least_ms == max(members.values())


def test_the_ledger_shown_is_that_of_a_covered_environment() -> None:
    """`dev` is down as long as `firm-prod`, but only the latter could have moved."""
    assert "Longest incident in gale: firm-prod, 9h" in run_table(summary_of()[0])


def test_open_incidents_have_the_sign_of_a_lower_bound() -> None:
    summary, _, _ = summary_of(STORM.replace("horizon: 3d", "horizon: 4h"))
    firm = next(line for line in summary.lines if line.entry == "firm-prod")
    assert firm.rta == ">2h"
    assert firm.outcome == "still down"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (STORM[: STORM.index("outages:")], "nothing ran"),
        (
            STORM.replace("region: west, at", "region: north, at").replace("region: north}", "region: west}"),
            "No environment",
        ),
    ],
)
def test_a_run_without_incidents_says_so(text: str, words: str) -> None:
    summary, _, _ = summary_of(text)
    assert words in run_table(summary)
    assert words in run_markdown(summary)


def test_columns_stand_at_their_edges() -> None:
    assert aligned([["a", "1"], ["bbb", "22"]], right=frozenset({1})) == ["a     1", "bbb  22"]
    assert aligned([["a", "1"], ["bbb", "22"]], width=6) == ["a   1", "bbb 22"]


LONG = "a-name-that-is-much-longer-than-its-column-and-ends-in-"


@pytest.mark.parametrize("width", [80, 100, 140])
def test_no_name_is_cut_and_no_line_is_too_wide(width: int) -> None:
    """Two long names that differ in their last letter stay two names, at any width."""
    text = (
        STORM.replace("busy-prod", f"{LONG}1")
        .replace("firm-prod", f"{LONG}2")
        .replace("shop,", f"{LONG}fleet,")
    )
    table = run_table(summary_of(text)[0], width=width)
    assert max(map(len, table.splitlines())) <= width
    words = table.split()
    assert {f"{LONG}1", f"{LONG}2", f"{LONG}fleet", f"{LONG}fleet-01"} <= {
        word.strip("(),:") for word in words
    }


def test_a_lead_folds_where_its_column_is_too_narrow() -> None:
    """The row of numbers is that of the name beside or right above it."""
    leads = [["who"], ["erp x34", "erp-12"], ["solo"], ["a-single-name-of-many-letters"]]
    rows = [["x" * 20], ["y" * 20], ["z" * 20], ["w" * 20]]
    assert folded(leads, rows, right=frozenset(), width=37) == [
        ["who              " + "x" * 20],
        ["erp x34 (erp-12) " + "y" * 20],
        ["solo             " + "z" * 20],
        ["a-single-name-of-many-letters", " " * 17 + "w" * 20],
    ]
    narrow = folded(leads[1:2], [["9h30m", "y" * 20]], right=frozenset({1}), width=40)
    assert narrow[0] == ["erp x34 (erp-12)  " + "y" * 20, "  9h30m"]


def test_a_markdown_table_keeps_its_columns_whatever_stands_in_it() -> None:
    table = markdown_table(["a", "b"], [["x|y", "<br>"]])
    assert table.splitlines()[2] == r"| x\|y | \<br\> |"


def test_a_spreadsheet_has_every_column_in_every_row() -> None:
    _, metrics, verdict = summary_of()
    lines = run_csv(metrics, verdict).splitlines()
    assert lines[0].split(",") == list(COLUMNS)
    assert {line.count(",") for line in lines} == {len(COLUMNS) - 1}
    assert len(lines) == 1 + len(metrics.incident_columns)


def test_failed_expectations_are_spelt_out() -> None:
    text = STORM + "expect:\n  - {environments: firm-prod, outcome: failed_over}\n"
    summary, _, _ = summary_of(text)
    table = " ".join(run_table(summary).split())
    assert "0 of 1 hold" in table
    assert "NOT 1" in table
    assert "VIOLATION: by the expectations of the scenario" in table
    assert "DOES NOT HOLD" in run_markdown(summary)


def test_the_shortest_of_many_that_ended_alike_is_told_beside_the_longest() -> None:
    """Of a tail neither end stands for all; nothing is added where they took about as long."""
    text = """\
version: 1
name: staged
horizon: 5d
regions: [{name: a, pair: b}, {name: b}]
link: {kind: none}
environments: [{name: shop, count: 300, region: a}]
outages: [{id: out, region: a, at: 1d, recovery: {stages: [{at: 6h, fraction: 0.9}, {at: LAST, fraction: 1}]}}]
"""
    told = "Not all of them took so long: shop x300 from 6h on."
    for last, is_told in (("2d", True), ("390m", False)):
        summary = summary_of(text.replace("LAST", last))[0]
        for report in (run_table(summary), run_markdown(summary)):
            assert (told in report) == is_told
