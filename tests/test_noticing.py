"""Who notices an outage first, what waits for people, and what they then advise."""

from __future__ import annotations

import pytest

from bcdr_sim.engine import simulate
from bcdr_sim.errors import InputError
from bcdr_sim.policy import load_policy
from bcdr_sim.scenario.reading import load_scenario
from bcdr_sim.timeline import Timeline
from bcdr_sim.trial import resolve

MINUTE = 60_000
WORLD = """\
version: 1
name: noticing
horizon: 2d
regions: [{name: west, pair: north}, {name: north, pair: west}]
link: {kind: synchronous}
environments: [{name: shop, region: west}]
provider: {confirmation: 5m, first_post: 30m, loss_determination: 10m}
outages:
  - {id: gale, region: west, at: 1h, lasts: 6h, OUTAGE}
"""


def played(outage: str, *, policy: str = "seed") -> Timeline:
    """One outage in a world in which every step of the provider takes a fixed time."""
    scenario = load_scenario("noticing.yaml", text=WORLD.replace("OUTAGE", outage))
    return simulate(resolve(scenario), load_policy(policy))


def instants(timeline: Timeline, event: str) -> list[int]:
    """When a region shows an event, in minutes from impact."""
    events = timeline.events()
    rows = events[(events["event"] == event) & events["environment"].isna()]
    return [(int(at_ms) - 60 * MINUTE) // MINUTE for at_ms in rows["time_ms"]]


def first(timeline: Timeline, event: str) -> int:
    """When an event is shown first, in minutes from impact."""
    events = timeline.events()
    return (int(events[events["event"] == event]["time_ms"].iloc[0]) - 60 * MINUTE) // MINUTE


@pytest.mark.parametrize(
    ("detection", "expected"),
    [
        ("{automatic: 8m}", ([8], [], [13])),
        ("{automatic: 8m, people: 20m}", ([8], [20], [25])),
        ("{automatic: 8m, people: 3m}", ([3], [], [8])),
        ("{automatic: 8m, people: 8m}", ([8], [], [13])),
        ("{automatic: null, people: 20m}", ([20], [], [25])),
    ],
)
def test_whoever_comes_first_detects_and_people_confirm(
    detection: str, expected: tuple[list[int], ...]
) -> None:
    """Confirming impact counts from when people know, and the first post waits for it."""
    timeline = played(f"detection: {detection}, comms: {{first: 1m}}")
    events = ("outage_detected", "people_noticed", "impact_confirmed")
    assert tuple(instants(timeline, event) for event in events) == expected
    assert instants(timeline, "dashboard_posted") == expected[2]


def test_automation_acts_on_what_it_sees_before_anybody_notices() -> None:
    """A policy that does not ask for confirmed impact has moved before people know; one that does waits for them."""
    slow = "detection: {automatic: 1m, people: 2h}"
    assert first(played(slow, policy="tests/policies/auto.yaml"), "move_decided") < 120
    assert first(played(slow), "move_decided") >= 125


def test_a_blip_that_people_never_notice_is_never_confirmed() -> None:
    """Automation saw it; over before anybody looked."""
    timeline = played("detection: {automatic: 1m, people: 7h}")
    assert instants(timeline, "outage_detected") == [1]
    assert instants(timeline, "people_noticed") == []
    assert instants(timeline, "impact_confirmed") == []


def test_nobody_estimates_what_nobody_knows() -> None:
    """An estimate between detection by automation and the notice of people is none."""
    eta = "comms: {eta: [{after: 10m, says: 1h}, {after: 30m, says: 2h}]}"
    assert instants(played(f"detection: {{automatic: 1m}}, {eta}"), "eta_published") == [10, 30]
    assert instants(played(f"detection: {{automatic: 1m, people: 20m}}, {eta}"), "eta_published") == [30]


@pytest.mark.parametrize(
    ("comms", "published"),
    [
        ("advice: [{after: 3h, says: run_own_recovery}]", [180]),
        ("advice: [{after: 0m, says: wait}, {after: 10m, says: run_own_recovery}]", [30, 30]),
        ("advice: [{after: 8h, says: run_own_recovery}]", []),
    ],
    ids=["at its instant", "not before the first post", "not after the return"],
)
def test_advice_is_a_message_on_the_dashboard(comms: str, published: list[int]) -> None:
    """It waits for the first post and ends with the incident."""
    timeline = played(f"detection: {{automatic: 5m}}, comms: {{{comms}}}")
    assert instants(timeline, "advice_published") == published


def test_advice_waits_for_the_dashboard() -> None:
    """While nothing can be posted, nothing is advised."""
    timeline = played(
        "detection: {automatic: 5m}, comms: {advice: [{after: 2h, says: wait}, {after: 3h, says: run_own_recovery}]}, "
        "channels: {service_health_dashboard: {down: [1h, 4h]}}"
    )
    assert instants(timeline, "advice_published") == [240, 240]
    events = timeline.events()
    assert events[events["event"] == "advice_published"]["value"].tolist() == [1, 0]


@pytest.mark.parametrize(
    ("outage", "message"),
    [
        (
            "detection: {automatic: null}",
            "an outage that automation does not see is noticed by people; say when",
        ),
        (
            "comms: {advice: [{after: 2h, says: wait}, {after: 1h, says: wait}]}",
            "instants go forward: 1h cannot follow 2h",
        ),
        ("comms: {advice: [{after: 2h, says: run_own_recovry}]}", "did you mean 'run_own_recovery'?"),
    ],
)
def test_what_cannot_be_meant_is_refused(outage: str, message: str) -> None:
    """With the likely spelling."""
    with pytest.raises(InputError) as caught:
        played(outage)
    assert message in str(caught.value)
