"""Who is still impaired by an incident that is over and is hit again: the later incident is another one."""

from __future__ import annotations

import pytest

from bcdr_sim.engine import simulate
from bcdr_sim.events import Event
from bcdr_sim.phases import Phase
from bcdr_sim.policy import load_policy
from bcdr_sim.scenario.reading import load_scenario
from bcdr_sim.timeline import Timeline
from bcdr_sim.trial import resolve

MINUTE, DAY = 60_000, 86_400_000
RESIDUE = """\
version: 1
name: residue
horizon: 5d
regions: [{name: west, pair: north}, {name: north, pair: west}]
customers: {default: {accepts_loss_up_to: 1d, decision: 0s}}
environments:
  - {name: left, region: west, link: LINK, tier: 1}
  - {name: well, region: west, link: LINK, tier: 2}
outages:
  - {id: residue, region: west, at: 1d, kind: gray, capability: 0.8, scope: {select: {tier: 1}}, seen: {scope: partial},
     recovery: {stages: [{at: 1h, fraction: 1.0}], never: 1.0}, detection: {automatic: 5m}}
  - {id: big, region: west, at: 2d, kind: hard, lasts: 10h, detection: {automatic: 20m}}
"""


@pytest.fixture(scope="module")
def at_zero_loss() -> Timeline:
    return played("{kind: synchronous}")


def played(link: str) -> Timeline:
    return simulate(
        resolve(load_scenario("residue.yaml", text=RESIDUE.replace("LINK", link))), load_policy("seed")
    )


def first(timeline: Timeline, name: str, event: Event, *, from_ms: int = 2 * DAY) -> int:
    """The first instant from then on, from 2d."""
    row = timeline.trial.estate.names.index(name)
    table = timeline.table
    is_it = (table["environment"] == row) & (table["event"] == event) & (table["time_ms"] >= from_ms)
    return int(table["time_ms"][is_it].min()) - 2 * DAY


def test_the_later_incident_is_detected_for_it_like_for_everybody(at_zero_loss: Timeline) -> None:
    """Not in the millisecond of impact, from what was known of the former."""
    assert first(at_zero_loss, "left", Event.SERVICE_LOST) == 0
    assert first(at_zero_loss, "left", Event.OUTAGE_DETECTED) == 20 * MINUTE
    row = at_zero_loss.trial.estate.names.index("left")
    table = at_zero_loss.table
    lost = (table["environment"] == row) & (table["event"] == Event.SERVICE_LOST)
    assert table["phase"][lost].tolist() == [Phase.DOWN_UNDETECTED]


def test_it_moves_like_its_neighbour_that_was_well(at_zero_loss: Timeline) -> None:
    """The scope that counts is that of the outage that took it down, not that of the residue."""
    for name in ("left", "well"):
        assert 0 < first(at_zero_loss, name, Event.FAILOVER_COMPLETED) < 600 * MINUTE


def test_what_was_agreed_in_the_former_does_not_hold_in_the_later() -> None:
    """Consent is given for an outage: a second one is asked for anew."""
    timeline = played("{kind: lag, lag: 2m}")
    assert first(timeline, "left", Event.CONSENT_GRANTED) > first(timeline, "left", Event.OUTAGE_DETECTED)
