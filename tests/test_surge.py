"""An evacuation that swamps the control plane: moves in flight slow down those that begin."""

from __future__ import annotations

from bcdr_sim.engine import simulate
from bcdr_sim.policy import load_policy
from bcdr_sim.scenario.reading import load_scenario
from bcdr_sim.trial import resolve

MINUTE = 60_000
WORLD = """\
version: 1
name: surge
horizon: 2d
regions: [{name: west, pair: north}, {name: north, pair: west}]
link: {kind: synchronous}
environments: [{name: shop, count: 40, region: west}]
provider:
  confirmation: 5m
  loss_determination: 10m
  failover: {slots: SLOTS, run: 20m, failure: {probability: 0}, surge: SURGE}
outages: [{id: gale, region: west, at: 1h, lasts: 30h, detection: {automatic: 5m}}]
"""


def moved(surge: str, *, slots: str = "null") -> list[int]:
    """When each failover is completed, in minutes from the decision."""
    text = WORLD.replace("SURGE", surge).replace("SLOTS", slots)
    timeline = simulate(resolve(load_scenario("surge.yaml", text=text)), load_policy("seed"))
    events = timeline.events()
    done = events[events["event"] == "failover_completed"]["time_ms"].tolist()
    return [at_ms // MINUTE - 80 for at_ms in done]


def test_moves_in_flight_lengthen_those_that_begin() -> None:
    """The first ten take their time, the n-th beyond them n tenths more."""
    assert moved("{above: 10, slows_by: 0.1}") == [20] * 10 + [20 + 2 * n for n in range(1, 31)]


def test_a_control_plane_that_slows_makes_fewer_at_once_faster() -> None:
    """With slots that keep it below the threshold, the last is out earlier than when all rush at once."""
    surge = "{above: 10, slows_by: 0.5}"
    assert max(moved(surge, slots="10")) == 4 * 20
    assert max(moved(surge)) == 20 * 16


def test_without_load_nothing_is_slower() -> None:
    """As many as do not slow it take exactly as long as without."""
    assert moved("{above: 40, slows_by: 9}") == moved("null") == [20] * 40
