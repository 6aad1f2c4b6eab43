"""Laws of recorded lags: the link of the scenario says what monitoring said, and which of two lags that was."""

from __future__ import annotations

from pathlib import Path

import pytest

from bcdr_sim.scenario.document import Scenario
from bcdr_sim.scenario.reading import load_scenario
from commands import run

MINUTE_MS = 60_000
SYNCS = (
    "Timestamp;LastSyncTime\n2026-07-14T10:00:00Z;2026-07-14T09:58:00Z\n2026-07-14T10:05:00Z;2026-07-14T09:58:00Z\n"
    "2026-07-14T10:10:00Z;2026-07-14T10:09:00.5Z\n"
)


def trace(folder: Path, text: str) -> str:
    """A file of a record."""
    path = folder / "lag.csv"
    path.write_text(text, encoding="utf-8")
    return str(path)


def imported(folder: Path, text: str, *options: str) -> Scenario:
    """The scenario that the command writes of a record."""
    file = folder / "out.yaml"
    arguments = (trace(folder, text), "--region", "westeurope", *options, "-o", str(file), "--force")
    ended = run("import", "lag-trace", *arguments)
    assert ended.code == 0, ended.err
    return load_scenario(file)


def rows(scenario: Scenario) -> list[tuple[int, int]]:
    """Instant and last sync time of every row, in milliseconds from the start."""
    assert scenario.link.kind == "trace"
    return [(row.at, row.last_sync) for row in scenario.link.rows]


def refused(folder: Path, text: str, *options: str) -> str:
    """What the command says of a record that it refuses."""
    ended = run("import", "lag-trace", trace(folder, text), "--region", "westeurope", *options)
    assert (ended.code, ended.out) == (2, "")
    return ended.err


def test_last_sync_times_come_back(tmp_path: Path) -> None:
    """A row that changes nothing is left out: the last one holds until the next."""
    scenario = imported(tmp_path, SYNCS)
    assert rows(scenario) == [(600 * MINUTE_MS, 598 * MINUTE_MS), (610 * MINUTE_MS, 609 * MINUTE_MS + 500)]
    told = run("import", "lag-trace", trace(tmp_path, SYNCS), "--region", "westeurope").err
    assert told.splitlines()[0] == "3 lines read: 2 rows, 1 that change nothing"


def test_an_age_is_subtracted_from_the_time(tmp_path: Path) -> None:
    """The same record, told as an age in seconds or with a unit, in any order."""
    text = "time,age\n2026-07-14T10:10:00Z,59.5\n2026-07-14T10:00:00Z,2m\n2026-07-14T10:05:00Z,420\n"
    assert rows(imported(tmp_path, text)) == rows(imported(tmp_path, SYNCS))


def test_a_lag_has_to_say_which_it_is(tmp_path: Path) -> None:
    """A column called lag asks; one of the vendor's views says; a transfer delay is marked."""
    text = "time,lag\n2026-07-14T10:00:00Z,120\n"
    assert "say --measure age (how far the copy is behind now) or --measure transfer" in refused(
        tmp_path, text
    )
    age = imported(tmp_path, text, "--measure", "age")
    assert "is an age" in (tmp_path / "out.yaml").read_text(encoding="utf-8")
    vendor = text.replace("lag", "replication_lag_sec")
    assert rows(imported(tmp_path, vendor)) == rows(age)
    assert "while the link stands still the copy is further behind" in (tmp_path / "out.yaml").read_text(
        encoding="utf-8"
    )
    assert "this column holds 'transfer', not 'age'" in refused(tmp_path, vendor, "--measure", "age")


def test_what_has_arrived_does_not_go_away(tmp_path: Path) -> None:
    """A reading that goes back is left out and counted."""
    text = SYNCS + "2026-07-14T10:20:00Z;2026-07-14T10:00:00Z\n"
    assert rows(imported(tmp_path, text)) == rows(imported(tmp_path, SYNCS))
    imported(tmp_path, text)
    assert "readings that go back are left out: 1" in (tmp_path / "out.yaml").read_text(encoding="utf-8")


def test_a_run_loses_what_the_record_says(tmp_path: Path) -> None:
    """An outage at 10:07 with a record of 09:58 would lose nine minutes."""
    imported(tmp_path, SYNCS)
    outage = "extends: out.yaml\noutages: [{id: o, region: westeurope, at: 10h7m, lasts: 4h}]\n"
    (tmp_path / "storm.yaml").write_text(outage, encoding="utf-8")
    assert "(9m)" in run("run", str(tmp_path / "storm.yaml")).out


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("time,age\n", "no line below the head"),
        ("time\n2026-07-14T10:00:00Z\n", "exactly one column of last sync, age, replication lag sec, lag"),
        ("time,age,lag\n2026-07-14T10:00:00Z,1,1\n", "exactly one column"),
        ("time,age\n2026-07-14T10:00:00Z,-5\n", ":2:1: error: a lag must be 0 s or more"),
        ("time,age\n2026-07-14T10:00:00Z,soon\n", "soon"),
        (
            "time,last sync\n2026-07-14T10:00:00Z,2026-07-14T11:00:00Z\n",
            "the last sync time is after the time of the line",
        ),
        (
            "time,age\n2026-07-14T10:00:00Z,1\n2026-07-14T10:00:00Z,2\n",
            ":3:1: error: the same time as in line 2",
        ),
        ("time,age\n2026-07-14,1\n", "not an instant: '2026-07-14'"),
    ],
)
def test_a_record_that_cannot_be_read_is_refused(text: str, message: str, tmp_path: Path) -> None:
    """With the line."""
    assert message in refused(tmp_path, text)


def test_a_head_alone_is_no_record_whatever_its_lag_would_be(tmp_path: Path) -> None:
    """Also where the user says which of two lags it is."""
    assert "no line below the head" in refused(tmp_path, "time,lag\n", "--measure", "age")


def test_instants_without_a_zone_and_commas_for_points_are_told(tmp_path: Path) -> None:
    """The first are taken for UTC, the second refused with what to write."""
    bare = trace(tmp_path, "time,age\n2024-01-01 00:10:00,300\n2024-01-01 00:20:00,60\n")
    assert (
        "instants without a zone, taken for UTC"
        in run("import", "lag-trace", bare, "--region", "westeurope").err
    )
    told = refused(tmp_path, "time;age\n2024-01-01T00:10:00Z;300,5\n")
    assert "not a number of seconds: '300,5'; write a point, 300.5" in told


def test_a_start_after_the_record_began_is_refused(tmp_path: Path) -> None:
    """What was in sync before the scenario began cannot be said in it."""
    assert "is after the first last sync time, 2026-07-14T09:58:00Z" in refused(
        tmp_path, SYNCS, "--start", "2026-07-14T09:59:00Z"
    )
