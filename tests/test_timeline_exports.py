"""Laws of event files: every form holds the same events, and equal timelines give equal bytes."""

import io
import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from pyarrow import csv, parquet

from bcdr_sim.events import Event
from bcdr_sim.phases import Phase
from bcdr_sim.timeline import Timeline
from bcdr_sim.timeline.exports import FORMS, arrow_table, write_jsonl
from bcdr_sim.timeline.pictures import BARS_MAX, mermaid_gantt, trace_events
from logs import HOUR, MINUTE, World, failover, outage_in_place

MINER_NAMES = ["case:concept:name", "concept:name", "time:timestamp", "org:resource"]


def moved(**given: Any) -> Timeline:
    world = World(**given)
    world.region(HOUR, Event.OUTAGE_BEGAN)
    failover(world)
    world.region(5 * HOUR, Event.OUTAGE_ENDED)
    return world.timeline()


def lines(timeline: Timeline) -> list[dict[str, Any]]:
    file = io.BytesIO()
    write_jsonl(timeline, file)
    return [json.loads(line) for line in file.getvalue().splitlines()]


def test_the_first_line_says_what_the_events_are_of() -> None:
    """Versioned schema, digest, provenance; no wall clock."""
    head, *_ = lines(moved())
    assert head["schema"] == "bcdr-sim/timeline/1"
    assert head["digest"] == moved().digest
    assert head["provenance"]["seed"] == 0
    assert head["epoch"] == "1970-01-01T00:00:00+00:00"


def test_every_other_line_is_an_event_with_the_keys_it_has() -> None:
    """Keys are sorted, absent ones left out."""
    timeline = moved()
    _, *events = lines(timeline)
    assert len(events) == len(timeline)
    assert all(list(event) == sorted(event) for event in events)
    assert events[0] == {
        "actor": "region",
        "event": "outage_began",
        "event_id": 0,
        "outage": "storm",
        "region": "west",
        "replication": 0,
        "time_ms": HOUR,
    }
    assert events[1]["phase_to"] == "down_undetected"


@pytest.mark.parametrize("ending", [ending for ending in FORMS if ending != ".parquet"])
def test_equal_timelines_give_equal_bytes(tmp_path: Path, ending: str) -> None:
    """Two runs, one file."""
    for name in ("one", "two"):
        moved().save(tmp_path / f"{name}{ending}")
    assert (tmp_path / f"one{ending}").read_bytes() == (tmp_path / f"two{ending}").read_bytes()


def test_a_file_name_without_a_known_ending_is_refused(tmp_path: Path) -> None:
    """Nothing is written."""
    with pytest.raises(ValueError, match=r"'events.xml'; a file name ends with one of \.jsonl, \.csv"):
        moved().save(tmp_path / "events.xml")
    assert not (tmp_path / "events.xml").exists()


def test_csv_and_parquet_hold_the_columns_of_the_frame_and_the_names_of_process_miners(
    tmp_path: Path,
) -> None:
    """Read back, they are the same events."""
    timeline = moved()
    frame = timeline.events()
    timeline.save(tmp_path / "events.parquet")
    timeline.save(tmp_path / "events.csv")
    for table in (parquet.read_table(tmp_path / "events.parquet"), csv.read_csv(tmp_path / "events.csv")):
        assert table.column_names == [*frame.columns, *MINER_NAMES]
        assert table["event"].to_pylist() == frame["event"].tolist()
        assert table["time_ms"].to_pylist() == frame["time_ms"].tolist()


def test_parquet_keeps_provenance_beside_the_events(tmp_path: Path) -> None:
    """In the metadata of the schema."""
    timeline = moved()
    timeline.save(tmp_path / "events.parquet")
    metadata = parquet.read_schema(tmp_path / "events.parquet").metadata
    assert metadata[b"digest"].decode() == timeline.digest
    assert json.loads(metadata[b"provenance"]) == dict(timeline.provenance)


def test_a_case_of_a_process_miner_is_an_environment_in_an_outage() -> None:
    """Replication, environment, outage; a dash where there is none."""
    cases = arrow_table(moved())["case:concept:name"].to_pylist()
    assert cases[:2] == ["0/-/storm", "0/a/storm"]


def test_the_clock_of_process_miners_begins_at_the_start_of_the_scenario() -> None:
    """Or at the epoch, where it has none."""
    for start, first in ((None, 0), ("2024-11-01T06:00:00Z", 1_730_440_800_000)):
        stamps = arrow_table(moved(start=start))["time:timestamp"]
        assert stamps[0].cast(pa.int64()).as_py() == first + HOUR


def test_a_trace_has_a_process_per_region_and_a_track_per_environment() -> None:
    """Microseconds; slices of a track never overlap; marks for decisions, answers and moves."""
    events = trace_events(moved())["traceEvents"]
    names = {
        (event["pid"], event["tid"]): event["args"]["name"]
        for event in events
        if event["name"] == "thread_name"
    }
    assert names == {(1, 0): "region", (2, 0): "region", (2, 1): "a"}
    slices = [event for event in events if event["ph"] == "X"]
    assert [event["ts"] for event in slices[1:]] == [event["ts"] + event["dur"] for event in slices[:-1]]
    assert slices[0]["ts"] == HOUR * 1000
    assert {event["name"] for event in events if event["ph"] == "i"} == {
        "consent_granted",
        "move_decided",
        "failover_completed",
    }


def test_outages_in_a_trace_may_overlap_and_one_that_does_not_end_is_cut_at_the_horizon() -> None:
    """Asynchronous slices, each begun and ended once."""
    world = World(
        outages=[{"id": name, "region": "west", "at": "1h", "lasts": "1h"} for name in ("fire", "storm")]
    )
    world.region(HOUR, Event.OUTAGE_BEGAN, outage=1)
    world.region(2 * HOUR, Event.OUTAGE_BEGAN, outage=0)
    world.region(3 * HOUR, Event.OUTAGE_ENDED, outage=1)
    edges = [event for event in trace_events(world.timeline())["traceEvents"] if event["ph"] in "be"]
    assert [(event["ph"], event["name"], event["ts"] // (HOUR * 1000)) for event in edges] == [
        ("b", "storm", 1),
        ("b", "fire", 2),
        ("e", "storm", 3),
        ("e", "fire", 24),
    ]


def test_a_gantt_has_a_section_per_environment_that_something_happened_to() -> None:
    """Down is critical; serving is not drawn."""
    world = World(environments=[{"name": name, "region": "west"} for name in "ab"])
    outage_in_place(world, environment="b")
    chart = mermaid_gantt(world.timeline(), epoch_ms=0).splitlines()
    assert chart[:4] == ["gantt", "    title by-hand", "    dateFormat x", "    axisFormat %d %H:%M"]
    assert chart[4] == "    section b"
    assert chart[5] == f"    down_undetected :crit, {HOUR}, {HOUR + 10 * MINUTE}"
    assert not any("serving" in line for line in chart)


def test_a_gantt_is_small_and_counts_what_it_leaves_out() -> None:
    """Three bars each for twenty environments: forty are drawn."""
    world = World(environments=[{"name": "f", "region": "west", "count": 20}])
    for name in world.trial.estate.names:
        world.add(HOUR, Event.SERVICE_LOST, Phase.DOWN_UNDETECTED, environment=name)
        world.add(2 * HOUR, Event.OUTAGE_DETECTED, Phase.DOWN_UNCONFIRMED, environment=name)
        world.add(3 * HOUR, Event.IMPACT_CONFIRMED, Phase.DOWN_ASSESSING, environment=name)
        world.add(4 * HOUR, Event.SERVICE_RESTORED, Phase.SERVING, environment=name)
    chart = mermaid_gantt(world.timeline(), epoch_ms=0)
    assert chart.count(" :crit, ") == BARS_MAX
    assert "by-hand (20 more bars not shown)" in chart


def test_files_of_a_timeline_without_events_can_be_read(tmp_path: Path) -> None:
    """Nothing happened is a result."""
    for ending in FORMS:
        World().timeline().save(tmp_path / f"events{ending}")
    assert parquet.read_table(tmp_path / "events.parquet").num_rows == 0
    assert len((tmp_path / "events.jsonl").read_text(encoding="utf-8").splitlines()) == 1
