"""Laws of incidents: when one begins and ends, how it ended, and that its ledger is its recovery time."""

from bcdr_sim.events import Event
from bcdr_sim.metrics import Incident, LedgerLine, Outcome, Step, measure
from bcdr_sim.metrics.accounts import Account
from bcdr_sim.phases import Phase
from bcdr_sim.policy.decision import Reason
from bcdr_sim.timeline import UNBOUNDED
from logs import HOUR, MINUTE, World, failover, outage_in_place

DAY = 24 * HOUR


def incidents(world: World, row: int = 0) -> list[Incident]:
    return measure(world.timeline()).incidents_of(row)


def only(world: World) -> Incident:
    (incident,) = incidents(world)
    return incident


def test_without_events_there_is_no_incident() -> None:
    """Nothing happened: no incident, no down time."""
    metrics = measure(World().timeline())
    assert metrics.incident_list() == []
    assert metrics.clocks.booked[0].tolist() == [DAY, 0, 0, 0, 0]


def test_held_throughout_it_recovers_in_place_after_the_length_of_the_outage() -> None:
    """Recovery time is the outage, realised loss 0, potential loss recorded, hold time by reason."""
    world = World()
    outage_in_place(world)
    incident = only(world)
    assert incident.outcome == Outcome.RECOVERED_IN_PLACE
    assert incident.rta_ms == 4 * HOUR
    assert not incident.censored
    assert incident.realised.age_ms == 0
    assert incident.potential is not None
    assert incident.potential.age_ms == 2 * MINUTE
    assert [(hold.reason, hold.ms) for hold in incident.holds] == [
        ("scope_not_covered", 4 * HOUR - 15 * MINUTE)
    ]


def test_the_ledger_names_phase_owner_and_time_and_sums_to_the_recovery_time() -> None:
    """10 min undetected, 5 unconfirmed, 5 unaware, 10 for support, 10 for consent, 5 queued, 60 moving: 105 min."""
    world = World()
    failover(world)
    incident = only(world)
    assert incident.ledger == (
        LedgerLine("down_undetected", "provider", 10 * MINUTE),
        LedgerLine("down_unconfirmed", "provider", 5 * MINUTE),
        LedgerLine("awaiting_awareness", "customer", 5 * MINUTE),
        LedgerLine("awaiting_support", "provider", 10 * MINUTE),
        LedgerLine("awaiting_consent", "customer", 10 * MINUTE),
        LedgerLine("queued", "provider", 5 * MINUTE),
        LedgerLine("failing_over", "provider", 60 * MINUTE),
    )
    assert incident.rta_ms == 105 * MINUTE


def test_the_steps_sum_to_the_recovery_time() -> None:
    """Detect 10, confirm 5, decide 25, queue 5, run 60 minutes."""
    world = World()
    failover(world)
    assert [ms // MINUTE for ms in only(world).steps_ms] == [10, 5, 25, 5, 60, 0]


def test_other_starts_and_ends_of_a_recovery_are_reported_beside_it() -> None:
    """Technical: impact to the end of Run, 100 min. From declaration: confirmed impact to service, 90 min."""
    world = World()
    failover(world)
    incident = only(world)
    assert incident.technical_ms == 100 * MINUTE
    assert incident.declared_to_rta_ms == 90 * MINUTE
    assert incident.detect_ms == 10 * MINUTE


def test_a_move_whose_last_stage_is_run_ends_technically_when_it_completes() -> None:
    """No stage is written for the last one, so the completion is its end."""
    world = World()
    world.add(HOUR, Event.SERVICE_LOST, Phase.DOWN_UNDETECTED)
    world.add(HOUR + 1, Event.OUTAGE_DETECTED, Phase.DOWN_UNCONFIRMED)
    world.add(HOUR + 2, Event.MOVE_DECIDED, Phase.QUEUED)
    world.add(HOUR + 3, Event.SLOT_OBTAINED, Phase.FAILING_OVER)
    world.add(HOUR + 5, Event.STAGE_COMPLETED, Phase.FAILING_OVER, value=1)
    world.add(HOUR + 9, Event.FAILOVER_COMPLETED, Phase.ON_SECONDARY, value=HOUR)
    assert only(world).technical_ms == 9


def test_only_the_attempt_that_completes_has_a_technical_end() -> None:
    """Run of a failed attempt does not count."""
    world = World()
    world.add(HOUR, Event.SERVICE_LOST, Phase.DOWN_UNDETECTED)
    world.add(HOUR + 1, Event.OUTAGE_DETECTED, Phase.DOWN_UNCONFIRMED)
    world.add(HOUR + 2, Event.MOVE_DECIDED, Phase.QUEUED)
    world.add(HOUR + 3, Event.SLOT_OBTAINED, Phase.FAILING_OVER)
    world.add(HOUR + 4, Event.STAGE_COMPLETED, Phase.FAILING_OVER, value=2)
    world.add(HOUR + 4, Event.MOVE_FAILED, Phase.QUEUED, value=1)
    world.add(HOUR + 6, Event.SLOT_OBTAINED, Phase.FAILING_OVER)
    world.add(HOUR + 8, Event.STAGE_COMPLETED, Phase.FAILING_OVER, value=2)
    world.add(HOUR + 9, Event.FAILOVER_COMPLETED, Phase.ON_SECONDARY, value=HOUR)
    incident = only(world)
    assert incident.technical_ms == 8
    assert incident.step_ms(Step.QUEUE) == 1 + 2


def test_run_of_an_attempt_that_failed_is_no_technical_end() -> None:
    """The attempt that completes ends with Run, so that no stage is written for it."""
    world = World()
    world.add(HOUR, Event.SERVICE_LOST, Phase.DOWN_UNDETECTED)
    world.add(HOUR + 1, Event.SLOT_OBTAINED, Phase.FAILING_OVER)
    world.add(HOUR + 2, Event.STAGE_COMPLETED, Phase.FAILING_OVER, value=2)
    world.add(HOUR + 2, Event.MOVE_FAILED, Phase.QUEUED, value=1)
    world.add(HOUR + 3, Event.SLOT_OBTAINED, Phase.FAILING_OVER)
    world.add(HOUR + 7, Event.FAILOVER_COMPLETED, Phase.ON_SECONDARY, value=HOUR)
    assert only(world).technical_ms == 7


def test_the_time_of_a_hold_belongs_to_the_owner_of_its_reason() -> None:
    """Held for want of capacity, then because the customer refuses: one phase, two owners, two lines."""
    world = World()
    world.add(HOUR, Event.SERVICE_LOST, Phase.DOWN_UNDETECTED)
    world.add(HOUR, Event.OUTAGE_DETECTED, Phase.DOWN_UNCONFIRMED)
    world.add(HOUR, Event.HELD, Phase.DOWN_HELD, reason=Reason.NO_CAPACITY)
    world.add(2 * HOUR, Event.HELD, Phase.DOWN_HELD, reason=Reason.CONSENT_DECLINED)
    world.add(5 * HOUR, Event.HELD, Phase.DOWN_HELD, reason=Reason.SECONDARY_UNHEALTHY)
    world.add(9 * HOUR, Event.SERVICE_RESTORED, Phase.SERVING)
    assert only(world).ledger == (
        LedgerLine("down_held", "provider", 5 * HOUR),
        LedgerLine("down_held", "customer", 3 * HOUR),
    )
    frame = measure(world.timeline()).ledger()
    assert dict(zip(frame["reason"], frame["owner"], strict=True)) == {
        "no_capacity": "provider",
        "consent_declined": "customer",
        "secondary_unhealthy": "provider",
    }


def test_the_ledger_is_in_order_of_appearance_with_one_line_per_phase() -> None:
    """Held, queued, moving, withheld and held again: the second hold adds to the first."""
    world = World()
    world.add(HOUR, Event.SERVICE_LOST, Phase.DOWN_UNDETECTED)
    world.add(HOUR, Event.OUTAGE_DETECTED, Phase.DOWN_UNCONFIRMED)
    world.add(HOUR, Event.HELD, Phase.AWAITING_CONSENT, reason=Reason.CONSENT_PENDING)
    world.add(2 * HOUR, Event.MOVE_DECIDED, Phase.QUEUED)
    world.add(2 * HOUR, Event.SLOT_OBTAINED, Phase.FAILING_OVER)
    world.add(3 * HOUR, Event.MOVE_WITHHELD, Phase.DOWN_HELD, reason=Reason.CONSENT_PENDING)
    world.add(5 * HOUR, Event.HELD, Phase.AWAITING_CONSENT, reason=Reason.CONSENT_PENDING)
    world.add(6 * HOUR, Event.SERVICE_RESTORED, Phase.SERVING)
    incident = only(world)
    assert incident.ledger == (
        LedgerLine("awaiting_consent", "customer", 2 * HOUR),
        LedgerLine("failing_over", "provider", HOUR),
        LedgerLine("down_held", "customer", 2 * HOUR),
    )
    assert [(hold.reason, hold.ms) for hold in incident.holds] == [("consent_pending", 4 * HOUR)]


def test_a_move_overtaken_by_recovery_leaves_its_time_in_the_ledger() -> None:
    """`abort`: recovered in place, nothing lost, the time spent failing over stays booked as such."""
    world = World()
    world.add(HOUR, Event.SERVICE_LOST, Phase.DOWN_UNDETECTED, value=HOUR - MINUTE)
    world.add(2 * HOUR, Event.OUTAGE_DETECTED, Phase.DOWN_UNCONFIRMED)
    world.add(2 * HOUR, Event.MOVE_DECIDED, Phase.QUEUED)
    world.add(2 * HOUR, Event.SLOT_OBTAINED, Phase.FAILING_OVER)
    world.add(3 * HOUR, Event.SERVICE_RESTORED, Phase.SERVING)
    world.add(3 * HOUR, Event.MOVE_ABORTED, Phase.SERVING)
    incident = only(world)
    assert incident.outcome == Outcome.RECOVERED_IN_PLACE
    assert incident.rta_ms == 2 * HOUR
    assert incident.step_ms(Step.RUN) == HOUR
    assert incident.realised.writes == 0
    assert incident.technical_ms is None


def test_a_move_completed_after_the_return_of_the_primary_is_counted() -> None:
    """`commit`: recovery time is the completion; the move was in vain and the totals say so."""
    world = World()
    world.add(HOUR, Event.SERVICE_LOST, Phase.DOWN_UNDETECTED)
    world.add(2 * HOUR, Event.OUTAGE_DETECTED, Phase.DOWN_UNCONFIRMED)
    world.add(2 * HOUR, Event.MOVE_DECIDED, Phase.QUEUED)
    world.add(2 * HOUR, Event.SLOT_OBTAINED, Phase.FAILING_OVER)
    world.add(3 * HOUR, Event.PRIMARY_RETURNED, Phase.FAILING_OVER)
    world.add(4 * HOUR, Event.FAILOVER_COMPLETED, Phase.ON_SECONDARY, value=HOUR)
    metrics = measure(world.timeline())
    assert metrics.incidents_of(0)[0].rta_ms == 3 * HOUR
    assert metrics.totals.fleet.after_return == 1


def test_a_return_that_stopped_an_earlier_move_does_not_count_for_a_later_one() -> None:
    """Withheld after the return; the next outage is moved away from in time."""
    world = World()
    world.add(HOUR, Event.SERVICE_LOST, Phase.DOWN_UNDETECTED)
    world.add(HOUR, Event.SLOT_OBTAINED, Phase.FAILING_OVER)
    world.add(2 * HOUR, Event.PRIMARY_RETURNED, Phase.FAILING_OVER)
    world.add(3 * HOUR, Event.MOVE_WITHHELD, Phase.DOWN_HELD)
    world.add(3 * HOUR, Event.SERVICE_RESTORED, Phase.SERVING)
    failover(world, start=8 * HOUR)
    assert measure(world.timeline()).totals.fleet.after_return == 0


def test_an_ordinary_failover_is_not_counted_as_after_the_return() -> None:
    """Only a return between slot and completion counts."""
    world = World()
    failover(world)
    assert measure(world.timeline()).totals.fleet.after_return == 0


def test_one_outage_that_ends_as_another_begins_leaves_no_gap() -> None:
    """Served for no time at all in between: one incident."""
    world = World()
    outage_in_place(world, start=HOUR, end=3 * HOUR)
    outage_in_place(world, start=3 * HOUR, end=4 * HOUR)
    incident = only(world)
    assert incident.rta_ms == 3 * HOUR
    assert incident.start_ms == HOUR


def test_a_later_outage_is_a_new_incident() -> None:
    """Served for a millisecond in between: two."""
    world = World()
    outage_in_place(world, start=HOUR, end=3 * HOUR)
    outage_in_place(world, start=3 * HOUR + 1, end=4 * HOUR)
    assert [incident.rta_ms for incident in incidents(world)] == [2 * HOUR, HOUR - 1]


def test_a_second_outage_in_the_secondary_is_a_new_incident_there() -> None:
    """It is in the other region, and its recovery in place is one at the secondary."""
    world = World()
    failover(world)
    world.add(10 * HOUR, Event.SERVICE_LOST, Phase.DOWN_UNDETECTED, value=UNBOUNDED)
    world.add(11 * HOUR, Event.SERVICE_RESTORED, Phase.ON_SECONDARY)
    first, second = incidents(world)
    assert (first.region, second.region) == ("west", "east")
    assert second.outcome == Outcome.RECOVERED_IN_PLACE
    assert second.unbounded
    assert second.potential is None


def test_a_move_that_arrives_in_a_region_that_is_down_ends_nothing() -> None:
    """Down throughout; served at the secondary when that is back; moved all the same."""
    world = World()
    world.add(HOUR, Event.SERVICE_LOST, Phase.DOWN_UNDETECTED)
    world.add(HOUR, Event.OUTAGE_DETECTED, Phase.DOWN_UNCONFIRMED)
    world.add(HOUR, Event.MOVE_DECIDED, Phase.QUEUED)
    world.add(HOUR, Event.SLOT_OBTAINED, Phase.FAILING_OVER)
    world.add(2 * HOUR, Event.FAILOVER_COMPLETED, Phase.DOWN_UNDETECTED, value=HOUR)
    world.add(5 * HOUR, Event.SERVICE_RESTORED, Phase.ON_SECONDARY)
    incident = only(world)
    assert incident.rta_ms == 4 * HOUR
    assert incident.outcome == Outcome.FAILED_OVER


def test_a_return_by_force_has_its_own_outcome() -> None:
    """From a secondary that is down, back to the primary without a drain."""
    world = World()
    failover(world)
    world.add(10 * HOUR, Event.SERVICE_LOST, Phase.DOWN_UNDETECTED, value=10 * HOUR)
    world.add(10 * HOUR, Event.OUTAGE_DETECTED, Phase.DOWN_UNCONFIRMED)
    world.add(10 * HOUR, Event.MOVE_DECIDED, Phase.QUEUED)
    world.add(10 * HOUR, Event.SLOT_OBTAINED, Phase.FAILING_OVER)
    world.add(11 * HOUR, Event.FORCED_FAILBACK_COMPLETED, Phase.SERVING, value=10 * HOUR)
    assert incidents(world)[1].outcome == Outcome.FAILED_BACK_BY_FORCE


def test_a_planned_return_that_meets_an_outage_begins_an_incident_and_is_not_part_of_it() -> None:
    """The interruption stays planned; the incident begins with the arrival and recovers in place."""
    world = World()
    failover(world)
    world.add(10 * HOUR, Event.SLOT_OBTAINED, Phase.FAILING_BACK)
    world.add(11 * HOUR, Event.FAILBACK_COMPLETED, Phase.DOWN_UNDETECTED, value=11 * HOUR)
    world.add(12 * HOUR, Event.SERVICE_RESTORED, Phase.SERVING)
    metrics = measure(world.timeline())
    assert [incident.outcome for incident in metrics.incidents_of(0)] == [
        Outcome.FAILED_OVER,
        Outcome.RECOVERED_IN_PLACE,
    ]
    assert metrics.clocks.booked[0, Account.PLANNED] == HOUR
    assert metrics.move_columns.incident.tolist() == [0, -1]


def test_an_incident_open_at_the_horizon_is_censored_and_counts_at_least_its_length() -> None:
    """No recovery time, a lower bound, and down time up to the horizon."""
    world = World()
    world.add(20 * HOUR, Event.SERVICE_LOST, Phase.DOWN_UNDETECTED)
    metrics = measure(world.timeline())
    (incident,) = metrics.incidents_of(0)
    assert incident.outcome == Outcome.STILL_DOWN
    assert incident.censored
    assert incident.rta_ms is None
    assert incident.end_ms is None
    assert incident.at_least_ms == 4 * HOUR
    assert metrics.clocks.booked[0, Account.DOWN] == 4 * HOUR


def test_what_is_lost_is_down_until_the_horizon() -> None:
    """Its outcome says that it never comes back; its time belongs to nobody."""
    world = World()
    world.add(HOUR, Event.SERVICE_LOST, Phase.DOWN_UNDETECTED, value=UNBOUNDED)
    world.add(2 * HOUR, Event.ENVIRONMENT_LOST, Phase.LOST)
    incident = only(world)
    assert incident.outcome == Outcome.LOST
    assert incident.at_least_ms == 23 * HOUR
    assert incident.ledger[-1] == LedgerLine("lost", "", 22 * HOUR)


def test_a_blip_shorter_than_detection_is_an_incident_that_nobody_detected() -> None:
    """Down time all the same; the time to detect is not applicable."""
    world = World()
    world.add(HOUR, Event.SERVICE_LOST, Phase.DOWN_UNDETECTED)
    world.add(HOUR + MINUTE, Event.SERVICE_RESTORED, Phase.SERVING)
    incident = only(world)
    assert incident.rta_ms == MINUTE
    assert incident.detect_ms is None
    assert incident.declared_to_rta_ms is None


def test_an_incident_of_no_length_is_an_incident() -> None:
    """A recovery time of 0 is attainable, and meets an objective of 0."""
    world = World()
    world.add(HOUR, Event.SERVICE_LOST, Phase.DOWN_UNDETECTED)
    world.add(HOUR, Event.SERVICE_RESTORED, Phase.SERVING)
    assert only(world).rta_ms == 0


def test_a_gray_outage_above_the_minimum_is_no_incident() -> None:
    """Degraded time, and the exposure is recorded."""
    world = World()
    world.add(HOUR, Event.SERVICE_IMPAIRED, Phase.IMPAIRED, value=HOUR - MINUTE)
    world.add(3 * HOUR, Event.SERVICE_RESTORED, Phase.SERVING)
    metrics = measure(world.timeline())
    assert metrics.incident_list() == []
    assert metrics.clocks.booked[0, Account.DEGRADED] == 2 * HOUR
    assert metrics.exposures.last_sync_ms.tolist() == [HOUR - MINUTE]


def test_a_move_away_from_a_gray_outage_is_an_incident_exposed_since_the_outage_hit() -> None:
    """Users are cut off while it runs; the potential loss is that of the instant at which the outage hit."""
    world = World()
    world.add(HOUR, Event.SERVICE_IMPAIRED, Phase.IMPAIRED, value=HOUR - 3 * MINUTE)
    world.add(2 * HOUR, Event.SLOT_OBTAINED, Phase.FAILING_OVER)
    world.add(3 * HOUR, Event.FAILOVER_COMPLETED, Phase.ON_SECONDARY, value=3 * HOUR - MINUTE)
    world.add(3 * HOUR, Event.LOSS_REALISED, Phase.ON_SECONDARY, value=MINUTE)
    incident = only(world)
    assert incident.start_ms == 2 * HOUR
    assert incident.rta_ms == HOUR
    assert incident.outcome == Outcome.FAILED_OVER
    assert incident.potential is not None
    assert incident.potential.age_ms == 3 * MINUTE
    assert incident.realised.age_ms == MINUTE


def test_moves_of_an_environment_that_is_served_are_no_incidents() -> None:
    """Maintenance: drained while serving, a planned interruption, home again: planned time and no incident."""
    world = World()
    world.add(HOUR, Event.MOVE_DECIDED, Phase.SERVING)
    world.add(HOUR, Event.SLOT_OBTAINED, Phase.DRAINING)
    world.add(2 * HOUR, Event.DRAINED, Phase.FAILING_OVER)
    world.add(2 * HOUR + MINUTE, Event.PLANNED_FAILOVER_COMPLETED, Phase.ON_SECONDARY, value=2 * HOUR)
    world.add(9 * HOUR, Event.SLOT_OBTAINED, Phase.FAILING_BACK)
    world.add(9 * HOUR + MINUTE, Event.FAILBACK_COMPLETED, Phase.SERVING, value=9 * HOUR)
    metrics = measure(world.timeline())
    assert metrics.incident_list() == []
    assert metrics.clocks.booked[0].tolist() == [DAY - 2 * MINUTE, 0, 2 * MINUTE, 0, 0]
    assert (metrics.totals.fleet.failovers, metrics.totals.fleet.failbacks) == (1, 1)


def test_the_main_hold_is_the_reason_with_the_most_time() -> None:
    """Over all phases in which the policy held, not by the number of holds."""
    world = World()
    world.add(HOUR, Event.SERVICE_LOST, Phase.DOWN_UNDETECTED)
    world.add(HOUR, Event.OUTAGE_DETECTED, Phase.DOWN_UNCONFIRMED)
    world.add(HOUR, Event.HELD, Phase.DOWN_HELD, reason=Reason.SCOPE_NOT_COVERED)
    world.add(2 * HOUR, Event.HELD, Phase.DOWN_HELD, reason=Reason.SECONDARY_UNHEALTHY)
    world.add(5 * HOUR, Event.HELD, Phase.DOWN_HELD, reason=Reason.SCOPE_NOT_COVERED)
    world.add(6 * HOUR, Event.SERVICE_RESTORED, Phase.SERVING)
    incident = only(world)
    assert incident.main_hold == "secondary_unhealthy"
    assert [(hold.reason, hold.ms // HOUR) for hold in incident.holds] == [
        ("scope_not_covered", 2),
        ("secondary_unhealthy", 3),
    ]


def test_the_first_post_is_reported_from_impact_and_overlaps_the_steps() -> None:
    """Posted 50 minutes after impact; a post of an earlier incident of the region is none of this one."""
    world = World()
    world.region(HOUR, Event.OUTAGE_BEGAN)
    world.region(HOUR + MINUTE, Event.DASHBOARD_POSTED)
    world.region(2 * HOUR, Event.REGION_RETURNED)
    world.region(8 * HOUR, Event.OUTAGE_BEGAN)
    outage_in_place(world, start=8 * HOUR, end=12 * HOUR)
    world.region(8 * HOUR + 50 * MINUTE, Event.DASHBOARD_POSTED)
    world.region(12 * HOUR, Event.REGION_RETURNED)
    world.region(13 * HOUR, Event.OUTAGE_BEGAN)
    world.region(13 * HOUR + MINUTE, Event.DASHBOARD_POSTED)
    assert only(world).communicate_ms == 50 * MINUTE


def test_an_incident_that_nobody_posted_about_has_no_time_to_communicate() -> None:
    """The next incident's post does not count for this one."""
    world = World()
    world.region(HOUR, Event.OUTAGE_BEGAN)
    outage_in_place(world)
    world.region(5 * HOUR, Event.REGION_RETURNED)
    world.region(6 * HOUR, Event.OUTAGE_BEGAN)
    world.region(7 * HOUR, Event.DASHBOARD_POSTED)
    assert only(world).communicate_ms is None


def test_blocked_by_a_dependency_outside_any_incident_of_the_region_nobody_posts() -> None:
    """A post about a later incident of its region is not about it."""
    world = World()
    world.add(HOUR, Event.SERVICE_LOST, Phase.BLOCKED_BY_DEPENDENCY, outage=-1)
    world.add(2 * HOUR, Event.SERVICE_RESTORED, Phase.SERVING, outage=-1)
    world.region(3 * HOUR, Event.OUTAGE_BEGAN)
    world.region(4 * HOUR, Event.DASHBOARD_POSTED)
    incident = only(world)
    assert incident.communicate_ms is None
    assert incident.outage is None
    assert incident.ledger == (LedgerLine("blocked_by_dependency", "dependency", HOUR),)


def test_incidents_of_several_environments_stay_apart() -> None:
    """Down in one environment next to down in the next one is not one spell."""
    world = World(environments=[{"name": name, "region": "west"} for name in "abc"])
    world.add(0, Event.SERVICE_LOST, Phase.DOWN_UNDETECTED, environment="b")
    world.add(20 * HOUR, Event.SERVICE_LOST, Phase.DOWN_UNDETECTED, environment="a")
    metrics = measure(world.timeline())
    assert [(each.environment, each.at_least_ms) for each in metrics.incident_list()] == [
        ("a", 4 * HOUR),
        ("b", DAY),
    ]
    assert metrics.incidents_of(2) == []


def test_an_outage_that_ends_as_it_begins_has_no_post_of_a_later_one() -> None:
    """Its region has returned at the very instant of the impact."""
    world = World()
    world.region(HOUR, Event.OUTAGE_BEGAN)
    world.add(HOUR, Event.SERVICE_LOST, Phase.DOWN_UNDETECTED, value=HOUR)
    world.add(HOUR, Event.SERVICE_RESTORED, Phase.SERVING)
    world.region(HOUR, Event.REGION_RETURNED)
    world.region(6 * HOUR, Event.OUTAGE_BEGAN)
    world.region(7 * HOUR, Event.DASHBOARD_POSTED)
    assert only(world).communicate_ms is None


def test_what_happens_at_the_instant_of_impact_took_no_time() -> None:
    """Detected at once is 0 ms, which is not 1, and not unknown."""
    world = World()
    world.add(HOUR, Event.SERVICE_LOST, Phase.DOWN_UNDETECTED)
    world.add(HOUR, Event.OUTAGE_DETECTED, Phase.DOWN_UNCONFIRMED)
    world.add(2 * HOUR, Event.SERVICE_RESTORED, Phase.SERVING)
    assert only(world).detect_ms == 0
