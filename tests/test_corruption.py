"""Logical outages: nobody is down before somebody notices, the copy receives what is spoilt, and moves carry it along."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis.strategies import sampled_from

from bcdr_sim.engine.latent import noticed_ms
from bcdr_sim.events import Event
from bcdr_sim.metrics import measure
from bcdr_sim.scenario.document import Scenario
from bcdr_sim.trial import resolve
from data_worlds import DATA_POLICIES, data_scenarios
from oracle.scenarios import Plain
from stories import story_of
from worlds import Played, played

WORLD = """\
version: 1
name: spoilt
horizon: 4d
regions: [{name: west, pair: north}, {name: north, pair: west}]
link: {kind: lag, lag: LAG}
environments: [{name: prod, region: west}]
provider:
  confirmation: 5m
  loss_determination: 10m
  reverse_sync: 3h
  verification: 2h
  failover: {run: 1h, failure: {probability: 0}}
  failback: {interruption: 1m}
outages:
  - {id: spoilt, region: west, at: 1d, kind: logical, lasts: LASTS, detection: {automatic: NOTICED}}
"""
DAY_MS, HOUR_MS, MINUTE_MS = 86_400_000, 3_600_000, 60_000
NEWEST = "policies/restore-newest.yaml"
SEEN_ONLY = "policies/promote-on-detection.yaml"
quick = settings(max_examples=60, suppress_health_check=list(HealthCheck), deadline=None)


def spoilt(
    *, lag: str = "5m", lasts: str = "8h", noticed: str = "30m", policy: str = NEWEST, more: str = ""
) -> Played:
    """Play a world with one corruption and whatever else is appended."""
    text = WORLD.replace("LAG", lag).replace("LASTS", lasts).replace("NOTICED", noticed)
    return played(text + more, policy=policy)


def instants(world: Played, event: Event) -> list[int]:
    """When an event happened, in ms from the impact of the corruption."""
    table = world.timeline.table
    return [int(at) - DAY_MS for at in table["time_ms"][table["event"] == event]]


def test_nobody_is_down_until_somebody_notices() -> None:
    """Service is lost half an hour after the impact, and comes back with the repair."""
    world = spoilt()
    assert instants(world, Event.SERVICE_LOST) == [30 * MINUTE_MS]
    assert instants(world, Event.SERVICE_RESTORED) == [8 * HOUR_MS]
    assert measure(world.timeline).totals.fleet.down_ms == 8 * HOUR_MS - 30 * MINUTE_MS


def test_what_is_repaired_before_anybody_notices_has_never_been_an_incident() -> None:
    """The outage begins and ends, and no environment shows anything but that its data are right again."""
    world = spoilt(lasts="20m")
    table = world.timeline.table
    assert table["event"][table["environment"] >= 0].tolist() == []
    assert len(measure(world.timeline).incident_columns) == 0


@pytest.mark.parametrize(("lag", "moves"), [("0s", 0), ("29m", 0), ("90m", 1), ("3h", 1)])
def test_the_copy_is_clean_only_while_the_corruption_has_not_reached_it(lag: str, moves: int) -> None:
    """Noticed after half an hour, when writing and the copying of it stop: a copy further behind than that is clean."""
    assert measure(spoilt(lag=lag).timeline).totals.fleet.failovers == moves


def test_a_failover_to_a_clean_copy_leaves_the_corruption_behind() -> None:
    """It loses its lag, is not hit at the other side, and comes home to data that were synchronised from there."""
    world = spoilt(lag="90m")
    assert instants(world, Event.FAILOVER_COMPLETED) == [90 * MINUTE_MS]
    assert instants(world, Event.LOSS_REALISED) == [90 * MINUTE_MS]
    assert instants(world, Event.SERVICE_LOST) == [30 * MINUTE_MS]
    assert len(instants(world, Event.FAILBACK_COMPLETED)) == 1


def test_a_corruption_that_nobody_has_noticed_moves_along() -> None:
    """A fire moves the environment with its spoilt data; the mistake is noticed, and takes service, at the other side."""
    fire = "  - {id: fire, region: west, at: 1d10m, lasts: 3h, detection: {automatic: 1m}}\n"
    world = spoilt(noticed="5h", lasts="20h", policy=SEEN_ONLY, more=fire)
    assert instants(world, Event.FAILOVER_COMPLETED) == [71 * MINUTE_MS]
    assert instants(world, Event.SERVICE_LOST)[:2] == [10 * MINUTE_MS, 5 * HOUR_MS]
    table = world.timeline.table
    (lost,) = table[(table["event"] == Event.SERVICE_LOST) & (table["time_ms"] == DAY_MS + 5 * HOUR_MS)]
    assert world.timeline.outages[lost["outage"]] == "fire", "the incident of the west, which contains both"


def test_a_corruption_repaired_at_home_comes_back_with_an_older_copy() -> None:
    """Repaired after an hour, and a fire then: the copy from before the repair is spoilt for good."""
    fire = "  - {id: fire, region: west, at: 1d1h10m, lasts: 3h, detection: {automatic: 1m}}\n"
    world = spoilt(lag="30m", lasts="1h", noticed="20m", policy="tests/policies/auto.yaml", more=fire)
    table = world.timeline.table
    (recovered_ms,) = table["value"][table["event"] == Event.FAILOVER_COMPLETED].tolist()
    assert recovered_ms == DAY_MS + 40 * MINUTE_MS
    phases = [stay.phase.label for stay in world.timeline.stays(0)]
    assert "on_secondary" not in phases, "it is not served at the other side either"


def test_whoever_notices_a_corruption_has_detected_its_incident() -> None:
    """Automation would take half an hour to see the fire; the mistake in its midst is found after five minutes."""
    text = WORLD.replace("LAG", "5m").replace("LASTS", "2h").replace("NOTICED", "5m")
    fire = "  - {id: fire, region: west, at: 23h50m, lasts: 3h, detection: {automatic: 30m}}\n"
    assert instants(played(text + fire, policy=NEWEST), Event.OUTAGE_DETECTED)[0] == 5 * MINUTE_MS


def test_a_region_that_is_well_takes_in_others_while_some_of_its_data_are_spoilt() -> None:
    """The target of a move is healthy although a logical outage is active there: it concerns other people's data."""
    text = WORLD.replace("LAG", "5m").replace("LASTS", "8h").replace("NOTICED", "30m")
    text = text.replace(
        "{name: prod, region: west}", "{name: prod, region: west}, {name: east, region: north}"
    )
    text += "  - {id: fire, region: north, at: 1d1h, lasts: 3h, detection: {automatic: 1m}}\n"
    world = played(text, policy=NEWEST)
    table = world.timeline.table
    moved = table["environment"][table["event"] == Event.FAILOVER_COMPLETED].tolist()
    assert moved == [world.row("east")]


@given(plain=data_scenarios(), policy=sampled_from(sorted(DATA_POLICIES)))
@quick
def test_only_the_notice_of_a_corruption_takes_service(plain: Plain, policy: str) -> None:
    """Where all outages are logical and nothing depends on anything, service is lost when one of them is noticed."""
    for entry in plain["outages"]:
        entry["kind"] = "logical"
        entry.pop("capability", None)
        entry["detection"].pop("false_alarm", None)
    for entry in plain["environments"]:
        entry.pop("depends_on", None)
    assume(all(entry.get("kind") == "logical" for entry in plain["outages"]))
    story = story_of(plain, policy)
    trial = resolve(Scenario.model_validate(plain), seed=7)
    noticed = {noticed_ms(trial, fact) for fact in trial.outages}
    arrivals = {
        row[0] for row in story.rows if row[2].endswith("_completed") or row[2].startswith("restored")
    }
    for row in story.rows:
        if row[2] == "service_lost":
            assert row[0] in noticed | arrivals
