"""A run holds its memory no longer than it lasts: nothing is left for the garbage collector that grows with the world."""

from __future__ import annotations

import gc

from bcdr_sim.engine import simulate
from bcdr_sim.policy import load_policy
from bcdr_sim.scenario.document import Scenario
from bcdr_sim.trial import resolve


def left_behind(count: int, outages: int) -> int:
    """How many objects only the garbage collector frees after the run of a fleet of `count` is over."""
    document = {
        "version": 1,
        "name": "small",
        "horizon": "9d",
        "regions": [{"name": "a", "pair": "b"}, {"name": "b", "pair": "a"}],
        "link": {"kind": "lag", "lag": "3m"},
        "environments": [{"name": "prod", "region": "a", "count": count}],
        "outages": [
            {"id": f"o{day}", "region": "a", "at": f"{day}d", "lasts": "8h"} for day in range(outages)
        ],
    }
    trial, policy = resolve(Scenario.model_validate(document)), load_policy("seed")
    gc.collect()
    gc.disable()
    try:
        timeline = simulate(trial, policy)
        assert len(timeline) > count * outages
        return gc.collect()
    finally:
        gc.enable()


def test_what_a_run_leaves_to_the_collector_does_not_grow_with_the_world() -> None:
    """The parts of a run know each other; unless they are taken apart, columns and calendars wait for the collector."""
    left_behind(60, 5)  # what is compiled once leaves something too
    assert left_behind(60, 5) == left_behind(2, 1) <= 20
