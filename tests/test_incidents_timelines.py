"""The recorded outages: what a replay must show beyond the expectations in its file. Minutes from impact unless said."""

from __future__ import annotations

from functools import cache

import numpy as np

from bcdr_sim.events import CHANNELS, Event
from bcdr_sim.incidents.record import SCENARIOS
from bcdr_sim.timeline import Timeline
from rewrite_scenarios import printed
from test_scenarios import run as run_scenario

MINUTE_MS = 60_000
IMPACT_MS = 24 * 60 * MINUTE_MS
SCUS, SCUS_SEED = "azure-scus-2018-09-04", "azure-scus-2018-09-04-seed"
VSTS, AVD = "vsts-2018-09-04", "azure-avd-2024-09-16"


@cache
def run(name: str) -> Timeline:
    """The timeline of a recorded outage, played once."""
    return run_scenario(str(SCENARIOS / f"{name}.yaml"))


def minutes(timeline: Timeline, event: Event, value: int | None = None) -> list[float]:
    """When an event happened, each time."""
    table = timeline.table[timeline.table["event"] == event]
    if value is not None:
        table = table[table["value"] == value]
    return [(time_ms - IMPACT_MS) / MINUTE_MS for time_ms in table["time_ms"].tolist()]


def test_the_platform_recovers_in_the_two_published_steps() -> None:
    """South Central US: most at 1531, the last at 4271, nobody in between. Both are given, so this is consistency."""
    back, counts = np.unique(minutes(run(SCUS), Event.SERVICE_RESTORED), return_counts=True)
    assert back.tolist() == [1531, 4271]
    assert 0.8 < counts[0] / counts.sum() < 0.97


def test_the_consent_channel_dies_with_the_region() -> None:
    """Support is down from 1 to 1381, so under the rules of the seed no case and no consent is earlier."""
    timeline, support = run(SCUS_SEED), CHANNELS.index("support")
    assert minutes(timeline, Event.CHANNEL_LOST, support) == [1]
    assert minutes(timeline, Event.CHANNEL_RESTORED, support) == [1381]
    for event in (Event.CASE_OPENED, Event.LOSS_LEVEL_TOLD, Event.CONSENT_GRANTED, Event.FAILOVER_COMPLETED):
        assert min(minutes(timeline, event)) >= 1381, event.label


def test_most_consents_come_too_late_to_help() -> None:
    """Of those who consent more than half are back with their region before they could be moved."""
    timeline = run(SCUS_SEED)
    granted = len(minutes(timeline, Event.CONSENT_GRANTED))
    assert 0 < len(minutes(timeline, Event.FAILOVER_COMPLETED)) < granted / 2


def test_the_organisations_are_held_and_the_run_says_why() -> None:
    """VSTS: half would accept the loss; under a rule without a consent path nobody is asked, and the reason is named."""
    timeline = run(VSTS)
    would = [
        timeline.trial.accepted_loss_ms(row) >= 5 * MINUTE_MS for row in range(len(timeline.trial.estate))
    ]
    assert 0.4 < sum(would) / len(would) < 0.6
    assert minutes(timeline, Event.CASE_OPENED) == minutes(timeline, Event.CONSENT_ASKED) == []
    assert "loss_not_excluded" in printed(str(SCENARIOS / f"{VSTS}.yaml"))[1]


def test_the_bare_dependency_misses_the_published_recovery() -> None:
    """An expected miss: back at 925 on the clock of VSTS (impact 09:45 UTC), where more than 1260 is published."""
    timeline = run(VSTS)
    first = [time for time in minutes(timeline, Event.SERVICE_RESTORED) if time < 2880]
    assert {time - 16 for time in first} == {925}


def test_a_move_without_loss_takes_what_is_published() -> None:
    """Azure Virtual Desktop: 13 to decide, done at 74, confirmed at 110, and nobody is asked."""
    timeline = run(AVD)
    assert minutes(timeline, Event.MOVE_DECIDED)[0] == 13
    assert minutes(timeline, Event.FAILOVER_COMPLETED) == [74]
    assert minutes(timeline, Event.RECOVERY_CONFIRMED) == [110]
    assert minutes(timeline, Event.DASHBOARD_POSTED) == [74]
    assert minutes(timeline, Event.CASE_OPENED) == []
