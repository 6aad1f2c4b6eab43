"""Laws of failure traces: what is down in the trace is down in the run, to the millisecond. The traces are invented."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bcdr_sim.importers.uptime_archive import Spell, joined
from bcdr_sim.scenario.document import Scenario
from bcdr_sim.scenario.reading import load_scenario
from bcdr_sim.trial import resolve
from commands import run

HEAD = "start_time,end_time,status,service\n"


def trace(folder: Path, text: str) -> str:
    """A file that holds a trace."""
    path = folder / "trace.csv"
    path.write_text(text, encoding="utf-8")
    return str(path)


def imported(folder: Path, text: str, *options: str) -> Scenario:
    """The scenario that the command writes of a trace."""
    file = folder / "out.yaml"
    arguments = (trace(folder, text), "--region", "westeurope", *options, "-o", str(file), "--force")
    ended = run("import", "uptime-archive", *arguments)
    assert ended.code == 0, ended.err
    return load_scenario(file)


def refused(folder: Path, text: str, *options: str) -> str:
    """What the command says of a trace that it refuses."""
    ended = run("import", "uptime-archive", trace(folder, text), "--region", "westeurope", *options)
    assert (ended.code, ended.out) == (2, "")
    return ended.err


def played(scenario: Scenario) -> list[tuple[int, int, float]]:
    """Impact, end and share hit of every outage of a world."""
    outages = resolve(scenario).outages
    return sorted((each.at_ms, each.end_ms, each.entry.scope.fraction) for each in outages)


def test_intervals_come_back_to_the_millisecond(tmp_path: Path) -> None:
    """Seconds as floats, rounded to the nearest millisecond."""
    text = HEAD + "0.0,12.3456,1.0,a\n100.0004,100.9996,0.5,a\n86400.001,90000.5,0.25,a\n"
    assert played(imported(tmp_path, text)) == [
        (0, 12_346, 1.0),
        (100_000, 101_000, 0.5),
        (86_400_001, 90_000_500, 0.25),
    ]


def test_instants_and_another_head_say_the_same(tmp_path: Path) -> None:
    """In any order of columns; the scenario then has a calendar."""
    text = (
        "severity,Start Time,End Time\n1,2024-03-01T00:00:00Z,2024-03-01T00:00:12.346Z\n"
        "0.5,2024-03-01 00:01:40,2024-03-01 00:01:41\n"
    )
    scenario = imported(tmp_path, text)
    assert played(scenario) == [(0, 12_346, 1.0), (100_000, 101_000, 0.5)]
    assert scenario.start is not None
    assert "is after the first failure" in refused(tmp_path, text, "--start", "2024-03-02T00:00:00Z")


def test_overlapping_lines_are_one_incident_and_the_larger_severity_wins(tmp_path: Path) -> None:
    """Those that touch as well; they are counted."""
    text = HEAD + "0,100,0.2,a\n50,80,0.6,a\n100,150,0.2,a\n60,70,0.1,a\n400,500,1,a\n"
    assert played(imported(tmp_path, text)) == [
        (0, 50_000, 0.2),
        (50_000, 80_000, 0.6),
        (80_000, 150_000, 0.2),
        (400_000, 500_000, 1.0),
    ]
    ended = run("import", "uptime-archive", trace(tmp_path, text), "--region", "westeurope")
    assert ended.err.splitlines()[0] == (
        "5 lines read: 2 incidents, 3 lines joined to others that they overlap or touch"
    )


def test_what_is_left_out_is_counted(tmp_path: Path) -> None:
    """Severity 0, no length, below a bound, of other services."""
    text = HEAD + "0,100,0,a\n10,10,1,a\n200,300,0.1,a\n400,401,0.9,a\n500,600,0.9,a\n700,800,1,b\n"
    options = ("--service", "a", "--min-severity", "0.2", "--min-duration", "1m")
    assert played(imported(tmp_path, text, *options)) == [(500_000, 600_000, 0.9)]
    told = run("import", "uptime-archive", trace(tmp_path, text), "--region", "westeurope", *options).err
    assert told.splitlines()[0] == (
        "6 lines read: 1 incident, 1 line of other services, 2 lines of severity 0 or without length left out, "
        "1 line below --min-severity left out, 1 line below --min-duration left out"
    )


def test_severity_may_be_what_is_left_of_the_work(tmp_path: Path) -> None:
    """Nobody is cut off: everybody works with less."""
    (outage,) = imported(tmp_path, HEAD + "0,100,0.3,a\n", "--severity", "capability").outages
    assert (outage.kind, outage.capability, outage.scope.fraction) == ("gray", 0.7, 1.0)
    assert "--severity capability" in (tmp_path / "out.yaml").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (HEAD + "0,1,1,a\n5,4,1,a\n3,2,1,a\n", ":3:1: error: ends before it begins"),
        (HEAD + "0,1,1.5,a\n", "the severity must be from 0 to 1, not 1.5"),
        (HEAD + "0,1,nan,a\n", "the severity must be from 0 to 1, not nan"),
        (HEAD + "0,1,high,a\n", "the severity must be a number from 0 to 1, not 'high'"),
        (HEAD + "0,2024-01-01T00:00:00Z,1,a\n", "not a number of seconds like the first line has"),
        (HEAD + "2024-01-01T00:00:00Z,7,1,a\n", "not an instant: '7'"),
        (HEAD + "0,1e30,1,a\n", "seconds must lie between 0 and"),
        (HEAD + "-5,1,1,a\n", "seconds must lie between 0 and"),
        (HEAD + "0,1,1,a\n0,1,1,b\n", "the trace holds several services; choose one of a, b"),
        (HEAD + "0,1,0,a\n", "no outage in it: 1 line read, none is left"),
        (HEAD, "no line below the head"),
        ("start,end\n0,1\n", "no column for 'severity', which may be called severity, status"),
    ],
)
def test_a_trace_that_cannot_be_read_is_refused(text: str, message: str, tmp_path: Path) -> None:
    """With the line."""
    assert message in refused(tmp_path, text)


def test_a_comma_for_a_point_is_shown_how_to_be_written(tmp_path: Path) -> None:
    """In a table with semicolons, as some programs export it."""
    text = "start_time;end_time;status;service\n0;600;0,5;s3\n0,25;600;0.5;s3\n"
    told = refused(tmp_path, text)
    assert "not '0,5'; write a point, 0.5" in told
    assert "'0,25'; write a point, 0.25" in told


def test_instants_without_a_zone_are_said_to_be_taken_for_utc(tmp_path: Path) -> None:
    """Seconds have none to lack."""
    words = "instants without a zone, taken for UTC"
    lines = f"{HEAD}2024-01-01 00:00:00,2024-01-01 01:00:00,0.5,s3\n", f"{HEAD}0,3600,0.5,s3\n"
    told = [
        run("import", "uptime-archive", trace(tmp_path, text), "--region", "westeurope").err for text in lines
    ]
    assert [words in each for each in told] == [True, False]


def test_every_fault_of_a_trace_is_told_at_once(tmp_path: Path) -> None:
    """Two ends before their starts."""
    assert "2 errors" in refused(tmp_path, HEAD + "0,1,1,a\n5,4,1,a\n3,2,1,a\n")


def test_hours_of_people_need_a_start(tmp_path: Path) -> None:
    """Seconds have no calendar; with --start they have."""
    estate = tmp_path / "estate.yaml"
    estate.write_text(
        "version: 1\nname: e\nhorizon: 1d\nregion_table: azure\ncustomers: {c: {hours: {opens: '09:00'}}}\n"
        "environments: [{name: a, region: westeurope, customer: c}]\n",
        encoding="utf-8",
    )
    text = HEAD + "0,3600,1,a\n"
    assert "start" in refused(tmp_path, text, "--estate", str(estate))
    imported(tmp_path, text, "--estate", str(estate), "--start", "2024-03-01T00:00:00Z")
    assert run("run", str(tmp_path / "out.yaml")).code == 0


SPELLS = st.lists(
    st.tuples(st.integers(0, 60), st.integers(1, 20), st.sampled_from([0.1, 0.5, 1.0])),
    min_size=1,
    max_size=25,
)


@settings(max_examples=200)
@given(rows=SPELLS)
def test_joining_keeps_the_largest_severity_of_every_instant(rows: list[tuple[int, int, float]]) -> None:
    """At each instant the incidents say what the lines say; they have gaps between them, and no lines are lost."""
    spells = [Spell(start, start + length, severity) for start, length, severity in rows]
    incidents = list(joined(spells))

    def worst(among: list[Spell], instant: int) -> float:
        return max((each.severity for each in among if each.start_ms <= instant < each.end_ms), default=0.0)

    flat = [spell for incident in incidents for spell in incident.spells]
    assert all(worst(spells, instant) == worst(flat, instant) for instant in range(90))
    assert sum(incident.line_count for incident in incidents) == len(rows)
    for earlier, later in pairwise(incidents):
        assert earlier.spells[-1].end_ms < later.spells[0].start_ms


def test_a_trace_of_a_year_is_read_whole(tmp_path: Path) -> None:
    """6,000 lines; more than a scenario can hold ask for --min-duration."""
    lines = [
        f"{number * 5000},{number * 5000 + 60 * (number % 50 + 1)},{number % 7 / 6},a"
        for number in range(6_000)
    ]
    assert len(played(imported(tmp_path, HEAD + "\n".join(lines)))) == 6_000 - len(range(0, 6_000, 7))
    many = [f"{number * 500},{number * 500 + number / 1e3},1,a" for number in range(1, 20_000)]
    assert "leave out short ones with --min-duration" in refused(tmp_path, HEAD + "\n".join(many))
