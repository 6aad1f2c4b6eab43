"""Published estimates: what was said, when, and by how much it was wrong."""

from __future__ import annotations

import pytest

from bcdr_sim.engine import simulate
from bcdr_sim.metrics import PublishedEstimate, measure, published_estimates
from bcdr_sim.policy import load_policy
from bcdr_sim.scenario.reading import load_scenario
from bcdr_sim.timeline import Timeline
from bcdr_sim.trial import resolve

MINUTE, HOUR = 60_000, 3_600_000
WORLD = """\
version: 1
name: estimates
horizon: 1d
regions: [{name: west, pair: north}, {name: north, pair: west}]
environments: [{name: shop, region: west}, {name: wiki, region: north}]
provider: {confirmation: 5m, verification: 1h}
outages:
  - id: gale
    region: west
    at: 2h
    lasts: LASTS
    detection: {automatic: 5m}
    comms: {eta: [{after: 1m, says: 1h}, {after: 30m, says: 1h}, {after: 2h, says: 2h}, {after: 9h, says: 1h}]}
  - {id: squall, region: north, at: 3h, lasts: 1h, detection: {automatic: 5m}, comms: {eta: [{after: 30m, says: 45m}]}}
"""


def played(lasts: str) -> Timeline:
    """Two regions, in each an outage with estimates."""
    scenario = load_scenario("estimates.yaml", text=WORLD.replace("LASTS", lasts))
    return simulate(resolve(scenario), load_policy("seed"))


def errors(timeline: Timeline, outage: str) -> list[tuple[float, float | None]]:
    """When each estimate of an outage was published, and its error, in hours."""
    return [
        (each.published_ms / HOUR, None if each.error_ms is None else each.error_ms / HOUR)
        for each in published_estimates(timeline)
        if each.outage == outage
    ]


@pytest.mark.parametrize(
    ("lasts", "expected"),
    [
        ("6h", [(2.5, 4.5), (4, 2)]),
        ("4h", [(2.5, 2.5), (4, 0)]),
        ("3h", [(2.5, 1.5), (4, -1)]),
        ("1h", [(2.5, -0.5)]),
        ("2d", [(2.5, None), (4, None), (11, None)]),
    ],
)
def test_an_error_is_what_was_said_against_what_came(
    lasts: str, expected: list[tuple[float, float | None]]
) -> None:
    """Too early counts up, too late down; before detection and after the return nothing is published."""
    assert errors(played(lasts), "gale") == expected


def test_each_region_has_its_own() -> None:
    """An estimate is measured against the return of the region that it is about."""
    timeline = played("6h")
    assert errors(timeline, "squall") == [(3.5, -0.25)]
    assert PublishedEstimate(
        "squall", "north", 210 * MINUTE, 255 * MINUTE, 240 * MINUTE
    ) in published_estimates(timeline)


def test_the_frame_says_the_same() -> None:
    """One row each; empty, not zero, where the region was not back."""
    frame = measure(played("2d")).estimates()
    assert frame["outage"].tolist() == ["gale", "squall", "gale", "gale"]
    assert frame["error_ms"].isna().tolist() == [True, False, True, True]
    assert frame["estimated_end_ms"].tolist() == [210 * MINUTE, 255 * MINUTE, 6 * HOUR, 12 * HOUR]
