"""Counterfactuals: every outage under every profile, measured against never moving and against hindsight."""

from __future__ import annotations

import csv
import io
import json
from functools import cache
from pathlib import Path

import pytest

from bcdr_sim.cli import main
from bcdr_sim.events import Event
from bcdr_sim.incidents.record import find, recorded
from bcdr_sim.incidents.replaying import Replay, named_policy, replay
from bcdr_sim.incidents.what_if import IN_FORCE, Row, rows_of, yardstick
from bcdr_sim.metrics.accounts import Account
from bcdr_sim.plots.grid import avoided
from bcdr_sim.policy import profile_names
from bcdr_sim.report.what_if import CAVEAT, details_markdown, overview_markdown, what_if_text
from rewrite_what_if import PAGE

SAMPLE = ("azure-avd-2024-09-16", "azure-frc-2018-10-16", "azure-weu-2025-11-05")


@cache
def rows(name: str) -> tuple[Row, ...]:
    """The rows of one outage."""
    return tuple(rows_of(find(name)))


@pytest.mark.parametrize("name", SAMPLE)
def test_the_page_shows_a_fresh_run(name: str) -> None:
    """Of a few outages, since all take most of a minute; `python tests/rewrite_what_if.py` writes all of it."""
    page = PAGE.read_text(encoding="utf-8")
    for row in rows(name):
        assert overview_markdown([row]).splitlines()[-1] in page
        assert details_markdown(row) in page


def test_the_page_has_every_outage_and_says_what_it_is_not() -> None:
    """Every id, each smaller one twice, the caveat above the first table."""
    page = PAGE.read_text(encoding="utf-8")
    for each in (each for each in recorded() if each.scenario.exists()):
        assert f"\n| {each.id}" in page, each.id
    assert page.index(CAVEAT) < page.index("\n| ---")
    assert CAVEAT.split()[0] == what_if_text(rows(SAMPLE[0])).split()[0]


@pytest.mark.parametrize("name", SAMPLE)
def test_a_smaller_outage_stands_there_twice(name: str) -> None:
    """As it was judged, and treated as region-wide; the rules of the seed are for whole regions."""
    judged, wide = rows(name)
    assert (judged.is_region_wide, wide.is_region_wide) == (False, True)
    assert [cell.policy for cell in judged.cells] == [IN_FORCE, *profile_names()]
    (seed,) = (cell for cell in judged.cells if cell.policy == "seed-2024-11")
    assert (seed.moved, seed.why) == (0, "scope_not_covered")


def test_an_outage_of_a_region_stands_there_once() -> None:
    """It needs no second look."""
    (row,) = rows_of(find("cloudflare-pdx-2024-03-26"))
    assert not row.is_region_wide


@pytest.mark.parametrize("name", SAMPLE)
def test_regret_and_savings_add_up(name: str) -> None:
    """Down plus saved is down without moves; regret is never negative, and 0 for somebody; shares lie in -1 to 1."""
    for row in rows(name):
        stayed = {round(cell.down_h + cell.saved_h, 9) for cell in row.cells}
        assert len(stayed) == 1
        assert all(cell.regret_h >= 0 for cell in row.cells)
        assert all(-1 <= avoided(cell) <= 1 for cell in row.cells)


def test_never_moving_never_moves() -> None:
    """The yardstick is the world without a policy."""
    stay = replay(find("azure-avd-2024-09-16"), yardstick("never-moves"))
    assert not stay.minutes(Event.MOVE_DECIDED)
    assert stay.metrics.clocks.booked[:, Account.DOWN].sum() == 12 * 3_600_000


def test_the_policy_changes_nothing_of_the_world() -> None:
    """Who is hit, and when they would be back, is the same under every policy."""
    base = replay(find("azure-frc-2018-10-16"))
    hit = {tuple(_lost(base.again(policy=named_policy(name)))) for name in ("seed", "asr")}
    assert hit == {tuple(_lost(base))}


def _lost(played: Replay) -> list[int]:
    table = played.timeline.table
    lost = table[(table["event"] == Event.SERVICE_LOST) & (table["time_ms"] == played.impact_ms)]
    found: list[int] = lost["environment"].tolist()
    return found


def test_the_command_writes_every_form(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Text, Markdown, CSV, JSON and a picture of the same cells."""
    picture = tmp_path / "grid.svg"
    assert main(["incidents", "what-if", SAMPLE[0], "--plot", str(picture), "--format", "csv"]) == 0
    lines = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    cells = [cell for row in rows(SAMPLE[0]) for cell in row.cells]
    assert [line["policy"] for line in lines] == [cell.policy for cell in cells]
    assert picture.read_text(encoding="utf-8").startswith("<?xml")
    assert main(["incidents", "what-if", SAMPLE[0], "--format", "json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["caveat"] == CAVEAT
    assert [cell["down_h"] for row in document["rows"] for cell in row["cells"]] == [
        cell.down_h for cell in cells
    ]
    assert main(["incidents", "what-if", SAMPLE[0], "--plot", str(tmp_path / "grid.txt")]) == 2
