"""Coming home: the old primary catches up with what was written meanwhile, at a pace that the load eats into."""

from __future__ import annotations

import pytest

from bcdr_sim.engine import simulate
from bcdr_sim.policy import load_policy
from bcdr_sim.scenario.reading import load_scenario
from bcdr_sim.timeline import Timeline
from bcdr_sim.trial import resolve

MINUTE = 60_000
WORLD = """\
version: 1
name: catch-up
horizon: 10d
regions: [{name: west, pair: north}, {name: north, pair: west}]
link: {kind: synchronous}
environments:
  - {name: shop, region: west, writes: {rate: 60/h}}
  - {name: calm, region: west, writes: idle}
provider:
  confirmation: 5m
  loss_determination: 10m
  verification: 1m
  reverse_sync: 2h
  reprotection: 1h
  failover: {run: 1h, failure: {probability: 0}}
  failback: {interruption: 0s}
  CATCH_UP
outages: [{id: gale, region: west, at: 1d, lasts: 10h, detection: {automatic: 5m}}, MORE]
"""


def played(catch_up: str, *, more: str = "") -> Timeline:
    """One outage of ten hours; service moves after eighty minutes."""
    text = WORLD.replace("CATCH_UP", catch_up and f"catch_up: {catch_up}")
    scenario = load_scenario("catch_up.yaml", text=text.replace(", MORE", more))
    return simulate(resolve(scenario), load_policy("seed"))


def synced(timeline: Timeline, name: str) -> list[int]:
    """How long each resynchronisation of an environment took, in minutes; an interrupted one has no end."""
    events = timeline.events()
    own = events[events["environment"] == name]
    begun = own[own["event"] == "resync_started"]["time_ms"].tolist()
    done = own[own["event"] == "resync_completed"]["time_ms"].tolist()
    last = [max(begin for begin in begun if begin < end) for end in done]
    return [(end - begin) // MINUTE for begin, end in zip(last, done, strict=True)]


def test_it_takes_what_was_written_over_the_headroom() -> None:
    """Written for 8 h 40 m until the region is back and 2 h more; then at twice the load that much again."""
    away = 520 + 120
    assert synced(played(""), "shop")[0] == 120
    assert synced(played("{of_mean: 2.0}"), "shop")[0] == 120 + away
    assert synced(played("{rate: 120/h}"), "shop")[0] == 120 + away
    assert synced(played("{of_mean: 3.0}"), "shop")[0] == 120 + away // 2


def test_nothing_written_is_caught_up_with_at_once() -> None:
    """An idle environment comes home after the usual time."""
    assert synced(played("{rate: 1/h}"), "calm")[0] == 120


def test_the_way_back_to_protection_is_the_same() -> None:
    """After the failback the copy lacks what was written during its own hour: an hour more at twice the load."""
    assert synced(played("{of_mean: 2.0}"), "shop")[1] == 60 + 60


def test_without_headroom_nobody_comes_home() -> None:
    """The policy waits for the copy as long as the world lasts, and starts it once."""
    timeline = played("{of_mean: 1.0}")
    events = timeline.events()
    own = events[events["environment"] == "shop"]
    assert (own["event"] == "resync_started").sum() == 1
    assert not own["event"].isin(["resync_completed", "failback_completed"]).any()


@pytest.mark.parametrize("hit_at", ["36h", "40h"])
def test_interrupted_it_starts_anew_and_lacks_more(hit_at: str) -> None:
    """A short outage over there while it catches up: nothing of the work is kept, and everything since the move is due."""
    hit_ms = (int(hit_at[:-1])) * 60
    more = f", {{id: squall, region: west, at: {hit_at}, lasts: 30m}}"
    moved, again = 24 * 60 + 80, hit_ms + 30
    assert synced(played("{of_mean: 2.0}", more=more), "shop")[0] == 120 + (again + 120 - moved)
