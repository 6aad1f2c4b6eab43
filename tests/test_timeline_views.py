"""Laws of the views of a timeline: frames for notebooks, causes, the page that a notebook shows."""

import re
import subprocess
import sys
from typing import Any

import pandas as pd

from bcdr_sim.events import Event
from bcdr_sim.phases import Phase
from bcdr_sim.policy.decision import Reason
from bcdr_sim.timeline import NO_PHASE, NOTHING, Timeline
from logs import HOUR, MINUTE, World, failover

EVENTS = [
    "replication", "event_id", "time_ms", "environment", "outage", "event", "phase_from", "phase_to", "protection",
    "location", "actor", "reason", "rule", "cause_id", "region", "value",
]  # fmt: skip
PHASES = [
    "replication", "environment", "outage", "phase", "owner", "reason", "start_ms", "end_ms", "censored",
]  # fmt: skip


def moved() -> Timeline:
    world = World()
    world.region(HOUR, Event.OUTAGE_BEGAN)
    failover(world)
    return world.timeline()


def row(frame: pd.DataFrame, event: str) -> Any:
    return frame[frame["event"] == event].iloc[0]


def test_events_has_one_row_per_event_and_the_columns_of_the_reference() -> None:
    """In the order in which they happened."""
    timeline = moved()
    frame = timeline.events()
    assert list(frame.columns) == EVENTS
    assert len(frame) == len(timeline)
    assert frame["event_id"].tolist() == list(range(len(timeline)))


def test_times_are_whole_milliseconds_and_names_are_categories() -> None:
    """Never a float with NaN for a time, never an object column."""
    frame = moved().events()
    numbers = {"replication", "event_id", "time_ms", "cause_id", "value"}
    for name in EVENTS:
        assert frame[name].dtype == ("Int64" if name in numbers else "category"), name


def test_an_event_of_an_environment_has_its_phases_side_and_region() -> None:
    """Phase before and after; after a failover it is served at the far copy."""
    event = row(moved().events(), "failover_completed")
    assert (event["phase_from"], event["phase_to"]) == ("failing_over", "on_secondary")
    assert (event["location"], event["region"]) == ("FarCopy", "east")
    assert (event["actor"], event["protection"]) == ("provider", "Ready")
    assert event["value"] == HOUR - 2 * MINUTE


def test_an_event_about_a_region_has_no_environment() -> None:
    """What is not there is <NA>."""
    event = row(moved().events(), "outage_began")
    assert event["region"] == "west"
    assert event["outage"] == "storm"
    assert all(
        pd.isna(event[name]) for name in ("environment", "phase_from", "phase_to", "location", "cause_id")
    )


def test_an_event_about_nobody_has_neither_region_nor_environment() -> None:
    """The yearly test of the plan."""
    world = World()
    world.log.add(HOUR, NOTHING, Event.PLAN_TESTED, NO_PHASE, NOTHING)
    event = row(world.timeline().events(), "plan_tested")
    assert pd.isna(event["region"])
    assert pd.isna(event["environment"])


def test_a_value_is_shown_only_where_the_event_has_one() -> None:
    """-1 is none, -2 is kept: no bound."""
    world = World()
    world.add(HOUR, Event.SERVICE_LOST, Phase.DOWN_UNDETECTED, value=-2)
    world.add(2 * HOUR, Event.SERVICE_RESTORED, Phase.SERVING, value=7)
    frame = world.timeline().events()
    assert row(frame, "service_lost")["value"] == -2
    assert pd.isna(row(frame, "service_restored")["value"])


def test_phases_has_one_row_per_stay() -> None:
    """With owner, reason and whether the horizon cut it."""
    frame = moved().phases()
    assert list(frame.columns) == PHASES
    waiting = frame[frame["phase"] == "awaiting_consent"].iloc[0]
    assert (waiting["owner"], waiting["reason"]) == ("customer", "consent_pending")
    assert waiting["end_ms"] - waiting["start_ms"] == 10 * MINUTE
    assert frame["censored"].tolist() == [False] * (len(frame) - 1) + [True]


def test_frames_of_a_timeline_without_events_are_empty_and_have_their_types() -> None:
    """No special case for whoever reads them."""
    timeline = World().timeline()
    assert list(timeline.events().columns) == EVENTS
    assert timeline.events()["time_ms"].dtype == "Int64"
    assert len(timeline.events()) == 0
    assert len(timeline.phases()) == 1


def test_causes_lead_back_to_an_event_without_one() -> None:
    """Why: a walk up."""
    world = World()
    began = world.region(HOUR, Event.OUTAGE_BEGAN)
    lost = world.add(HOUR, Event.SERVICE_LOST, Phase.DOWN_UNDETECTED, cause=began)
    detected = world.add(2 * HOUR, Event.OUTAGE_DETECTED, Phase.DOWN_UNCONFIRMED, cause=lost)
    world.add(2 * HOUR, Event.HELD, Phase.DOWN_HELD, reason=Reason.NO_RULE, cause=detected)
    assert world.timeline().causes(3) == [3, 2, 1, 0]
    assert world.timeline().causes(0) == [0]


def test_the_page_of_a_notebook_escapes_what_users_wrote() -> None:
    """Nothing of it is executed, and names are text."""
    timeline = World(name="storm").timeline()
    hostile = Timeline(
        timeline.trial, timeline.table, timeline.outages, (), {"policy": "<script>alert(1)</script>"}
    )
    page = hostile._repr_html_()
    assert "<script" not in page
    assert "&lt;script&gt;" in page


def test_the_page_of_a_notebook_does_not_grow_with_the_run() -> None:
    """A fleet is counted, not drawn."""
    page = World(environments=[{"name": "f", "region": "west", "count": 5000}]).timeline()._repr_html_()
    assert len(page) < 10_000
    assert "4,988 more environments" in page


def test_the_page_of_a_notebook_draws_every_stay() -> None:
    """One bar per stay, named."""
    page = moved()._repr_html_()
    assert len(re.findall("<rect", page)) == len(moved().stays(0))
    assert "<title>awaiting_consent: consent_pending</title>" in page


def test_measuring_needs_no_heavy_library() -> None:
    """`run` imports neither pandas nor pyarrow nor scipy nor matplotlib."""
    code = (
        "import sys; from bcdr_sim.report.run_document import run_document; import bcdr_sim.verdict; "
        "print([name for name in ('pandas', 'pyarrow', 'scipy', 'matplotlib') if name in sys.modules])"
    )
    printed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert printed.stdout.strip() == "[]"
