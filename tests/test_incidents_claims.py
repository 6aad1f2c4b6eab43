"""What each replay of the first ten must show beyond the expectations in its file. Minutes from impact unless said."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from bcdr_sim.events import CHANNELS, Event
from bcdr_sim.incidents.readings import READINGS, Prediction
from bcdr_sim.incidents.record import SCENARIOS, find
from bcdr_sim.incidents.replaying import Replay, named_policy, replay
from bcdr_sim.incidents.what_if import yardstick
from bcdr_sim.timeline import Timeline
from rewrite_scenarios import printed
from test_scenarios import run as run_scenario

MINUTE_MS = 60_000
IMPACT_MS = 24 * 60 * MINUTE_MS
SCUS, SCUS_SEED = "azure-scus-2018-09-04", "azure-scus-2018-09-04-seed"
VSTS, AVD = "vsts-2018-09-04", "azure-avd-2024-09-16"
INDIA, GITHUB = "azure-inc-2020-05-18", "github-2018-10-21"
PORTLAND, PORTLAND_AGAIN = "cloudflare-pdx-2023-11-02", "cloudflare-pdx-2024-03-26"


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


# The pair in Portland


def covered_down(name: str, policy: str, **parameters: str) -> float:
    """Mean minutes down of covered products in one of the two outages under one of the two rules."""
    hit = replay(find(name), named_policy(policy, **parameters)).of("covered")
    return sum(each.at_least_ms for each in hit) / len(hit) / MINUTE_MS


def test_a_new_rule_cuts_both_outages_to_a_quarter_at_most() -> None:
    """Two outages by two rules: one table, the example of a policy regression."""
    for name in (PORTLAND, PORTLAND_AGAIN):
        old = covered_down(name, "operator-decides", decision="115m")
        assert 0 < covered_down(name, "automatic-for-covered") <= (old / 4 if name == PORTLAND_AGAIN else old)


def test_covered_products_are_back_when_people_have_decided_and_the_work_is_done() -> None:
    """374 is a sum; the decision alone is not certain. The others wait for the site."""
    base = replay(find(PORTLAND))
    assert {each.rta_ms for each in base.of("covered")} == {374 * MINUTE_MS}
    assert {each.rta_ms for each in base.of("not-covered")} == {2442 * MINUTE_MS}
    for each in base.of("not-covered"):
        assert each.main_hold == "no_valid_secondary"


def test_a_hidden_warning_is_unusable_and_a_visible_one_saves_everybody_covered() -> None:
    """173 minutes are enough to move all seventy while they are served, without loss."""
    warned = yardstick("moves-on-warning")
    hidden = replay(find(PORTLAND), warned)
    visible = hidden.again(changes={"outages.power.trigger.visible": True})
    assert not hidden.minutes(Event.WARNING_RAISED)
    assert not hidden.minutes(Event.PLANNED_FAILOVER_COMPLETED)
    moved = visible.minutes(Event.PLANNED_FAILOVER_COMPLETED, "covered")
    assert len(moved) == 70
    assert max(moved) < 0
    assert not visible.of("covered")


# South Central US, wider


def test_how_far_the_copy_was_behind_changes_nothing() -> None:
    """The gate is zero, not small: from a minute to a quarter of an hour nobody moves."""
    base = replay(find(SCUS))
    for lag in ("60s", "900s"):
        swept = base.again(changes={"link.lag": lag})
        assert not swept.minutes(Event.MOVE_DECIDED)
        assert {each.main_hold for each in swept.of("prod")} == {"loss_not_excluded"}
    zero = base.again(changes={"link": {"kind": "synchronous"}})
    assert len(zero.minutes(Event.FAILOVER_COMPLETED, "prod")) == len(zero.of("prod")) > 0


def test_non_production_is_not_covered() -> None:
    """Sandboxes wait for their region, in every replay."""
    assert {each.main_hold for each in replay(find(SCUS)).of("sandbox")} == {"not_covered"}


# Central US


def test_who_waits_loses_nothing_and_comes_back_with_the_storage() -> None:
    """Machines and services at 315; published are 311 to 361 for the first and 1460 for the second."""
    base = replay(find("azure-cus-2024-07-18"))
    assert {each.rta_ms for each in base.of("compute") + base.of("service")} == {315 * MINUTE_MS}
    assert all(each.permanent.writes == 0 for each in base.incidents)


def test_a_link_that_drains_lets_the_same_rule_move() -> None:
    """At zero loss, proved twenty minutes in, and faster than the storage returns."""
    drains = replay(find("azure-cus-2024-07-18"), path=SCENARIOS / "azure-cus-2024-07-18-drains.yaml")
    assert len(drains.minutes(Event.FAILOVER_COMPLETED)) == len(drains.trial.estate)
    assert max(drains.minutes(Event.FAILOVER_COMPLETED)) < 315
    assert all(each.realised.writes == 0 for each in drains.incidents)


def test_the_move_beats_the_storage_and_moving_back_costs_safety_rather_than_service() -> None:
    """What the page tells: 61 to 259 minutes, 101 in the mean; back 9 to 11 h after impact; 12 h without a usable copy."""
    drains = replay(find("azure-cus-2024-07-18"), path=SCENARIOS / "azure-cus-2024-07-18-drains.yaml")
    down = [each.at_least_ms / MINUTE_MS for each in drains.incidents]
    assert [round(min(down)), round(max(down)), round(sum(down) / len(down))] == [61, 259, 101]
    back = drains.minutes(Event.FAILBACK_COMPLETED)
    assert len(back) == 50
    assert [int(min(back)) // 60, int(max(back)) // 60] == [9, 11]
    fleet = drains.metrics.totals.fleet
    assert 0 < fleet.planned_ms < 50 * MINUTE_MS
    assert round(fleet.unprotected_ms / 50 / 60 / MINUTE_MS) == 12


# Virtual Desktop


def test_with_a_little_loss_the_customer_learns_of_it_when_it_is_over() -> None:
    """Ten seconds behind, under the rules of the seed, judged region-wide: nobody is aware before the message at 74."""
    changes = {"link": {"kind": "lag", "lag": "10s"}, "outages.database.seen": {"scope": "region"}}
    seed = replay(find(AVD), named_policy("seed"), changes={**changes, "provider.loss_determination": "13m"})
    assert min(seed.minutes(Event.CUSTOMER_AWARE)) >= 74
    assert not [time for time in seed.minutes(Event.FAILOVER_COMPLETED) if time < 74]


# Central India


@pytest.mark.parametrize(("slots", "minutes_each"), [(20, 10), (7, 30), (3, 5), (50, 77)])
def test_a_warning_is_worth_whole_waves_of_planned_moves(slots: int, minutes_each: int) -> None:
    """`c * floor(76 / d)` environments out at zero loss; with 117 minutes, as for those hit only by the switch-off, too.

    A wave that would be done in the very instant of the impact is not: the outage begins first.
    """
    failover = {"slots": slots, "planned": f"{minutes_each}m", "failure": {"probability": 0}}
    changes = {"link": {"kind": "synchronous"}, "provider": {"failover": failover}, "expect": []}
    base = replay(find(INDIA), yardstick("moves-on-warning"), changes=changes)
    assert _moved_without_loss(base) == slots * (76 // minutes_each)
    later = base.again(changes={"outages.air-handlers.trigger.before_impact": "117m"})
    assert _moved_without_loss(later) == slots * (117 // minutes_each)


def _moved_without_loss(played: Replay) -> int:
    moved = played.minutes(Event.PLANNED_FAILOVER_COMPLETED)
    assert all(each.realised.writes == 0 for each in played.incidents)
    return sum(time < 0 for time in moved)


def test_the_deliberate_switch_off_hits_who_was_not_hit_before() -> None:
    """The scope grows after 41 minutes; who was hit stays hit."""
    base = replay(find(INDIA))
    at_once = base.minutes(Event.SERVICE_LOST, "prod")
    assert sorted(set(at_once)) == [0, 41]
    assert not base.minutes(Event.MOVE_DECIDED)


# Middle East


def test_the_pair_is_no_way_out_after_the_second_strike() -> None:
    """Who had not moved before is held, for two months; open incidents have a lower bound and no recovery time."""
    base = replay(find("aws-mec1-2026-03-01"))
    waiting = [each for each in base.of("pair-protected") if each.region == "me-central-1" and each.censored]
    assert waiting
    assert {each.main_hold for each in waiting} == {"secondary_unhealthy"}
    assert all(each.rta_ms is None and each.at_least_ms > 50 * 24 * 60 * MINUTE_MS for each in waiting)


def test_who_has_no_copy_has_no_bound() -> None:
    """Single-region environments: exposure without a number."""
    assert all(each.unbounded for each in replay(find("aws-mec1-2026-03-01")).of("single-region"))


def test_only_the_far_copy_helps_and_advice_moves_most() -> None:
    """Far-protected environments that are hit move in the end, to another continent; most after the advice."""
    base = replay(find("aws-mec1-2026-03-01"))
    moved = base.minutes(Event.FAILOVER_COMPLETED, "far-protected")
    assert {each.outcome.label for each in base.of("far-protected")} == {"failed_over"}
    assert sum(time > 2149 for time in moved) > len(moved) / 2
    assert base.minutes(Event.ADVICE_PUBLISHED) == [2149]


# Kakao


def test_an_orchestrator_elsewhere_would_have_let_the_failover_run() -> None:
    """The counterfactual: the same fire, the tools in the other site."""
    base = replay(find("kakao-2022-10-15"))
    assert not base.minutes(Event.FAILOVER_COMPLETED)
    other = base.again(changes={"provider.orchestrator_region": "anyang", "expect": []})
    assert len(other.minutes(Event.FAILOVER_COMPLETED, "single-site-tools")) == 32


# GitHub


def test_a_hold_down_of_a_minute_or_an_abort_and_nothing_happens() -> None:
    """The pair that shows a policy to be a trade: 43 seconds without a failover, against a day of repair."""
    base = replay(find(GITHUB))
    assert len(base.minutes(Event.FAILOVER_COMPLETED, "cluster")) == 12
    patient = base.again(policy=named_policy("promote-on-lost-contact", hold_down="60s"))
    aborting = base.again(changes={"provider.on_recovery": "abort", "expect": []})
    for played in (patient, aborting):
        assert not played.minutes(Event.FAILOVER_COMPLETED)
        contact = played.minutes(Event.CONTACT_RESTORED, "cluster")
        assert len(contact) == 12
        assert {round(time * 60) for time in contact} == {43}


def test_going_home_at_once_is_refused() -> None:
    """Held until the old primaries are in step; what the new side has taken would be lost."""
    base = replay(find(GITHUB))
    assert min(base.minutes(Event.FAILBACK_COMPLETED)) == min(base.minutes(Event.RESYNC_COMPLETED)) == 740


def test_what_only_the_old_side_had_is_provisional_loss_until_people_put_it_back() -> None:
    """Five seconds of every cluster, found again: realised, and not permanent."""
    base = replay(find(GITHUB))
    assert {*base.metrics.move_columns.age_ms.tolist()} == {
        0,
        5000,
    }  # the ways there lose, the ways home do not
    assert (
        len(base.minutes(Event.LOSS_SALVAGED, "cluster"))
        == len(base.minutes(Event.LOSS_REALISED, "cluster"))
        == 12
    )


def test_catching_up_slows_when_the_working_day_begins() -> None:
    """The predicted end is later the more is written by day; without a day it is the straight line."""
    read = READINGS["github-2018-10-21#6"]
    found = read(replay(find(GITHUB)))
    assert isinstance(found, Prediction)
    assert found.spread is not None
    assert found.spread[0] < found.point < found.spread[1]


# GitLab


def test_no_copy_while_it_is_made_anew_and_a_healthy_one_would_not_help() -> None:
    """Restored from the newest point, 367 minutes old; a copy receives the deletion too."""
    base = replay(find("gitlab-2017-01-31"))
    (incident,) = base.of("main")
    assert incident.main_hold == "no_valid_secondary"
    assert incident.realised.age_ms == 367 * MINUTE_MS
    healthy = base.again(changes={"environments.main.reseeding": [], "expect": []})
    (other,) = healthy.of("main")
    assert other.main_hold == "replica_corrupt"
    assert other.realised.age_ms == incident.realised.age_ms
    assert not healthy.minutes(Event.FAILOVER_COMPLETED)
