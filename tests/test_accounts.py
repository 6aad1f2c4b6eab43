"""Laws of the accounts: every instant of an environment is booked once, and the clocks beside them measure what they say."""

from typing import Any

from bcdr_sim.events import PROTECTION, Event
from bcdr_sim.metrics import Metrics, measure
from bcdr_sim.metrics.accounts import Account
from bcdr_sim.metrics.totals import availability_of
from bcdr_sim.phases import Phase
from logs import HOUR, MINUTE, World, failover, outage_in_place

DAY = 24 * HOUR
ENABLED, READY, UNAVAILABLE = (PROTECTION.index(name) for name in ("Enabled", "Ready", "Unavailable"))


def booked(metrics: Metrics, account: Account) -> int:
    return int(metrics.clocks.booked[0, account])


def hit_by(**given: Any) -> dict[str, Any]:
    return {"id": "storm", "region": "west", "at": "1h", "lasts": "4h", **given}


def test_up_degraded_planned_and_down_are_the_lifetime() -> None:
    """Before its deployment an environment is in no account."""
    world = World(environments=[{"name": "a", "region": "west", "deployed_at": "30m"}])
    world.add(30 * MINUTE, Event.DEPLOYED, Phase.SERVING)
    outage_in_place(world)
    metrics = measure(world.timeline())
    assert metrics.lifetime_ms[0] == DAY - 30 * MINUTE
    assert booked(metrics, Account.UP) == DAY - 30 * MINUTE - 4 * HOUR
    assert booked(metrics, Account.DOWN) == 4 * HOUR
    assert availability_of(metrics, 0).unplanned == 1 - 4 * HOUR / (DAY - 30 * MINUTE)


def test_an_environment_that_never_lived_has_no_availability() -> None:
    """Nothing behind the number: None, never 1."""
    metrics = measure(World(environments=[{"name": "a", "region": "west", "deployed_at": "2d"}]).timeline())
    assert availability_of(metrics, 0).unplanned is None
    assert metrics.totals.fleet.availability.as_users_see is None
    assert metrics.totals.fleet.worst is None


def test_down_time_is_the_sum_of_the_recovery_times() -> None:
    """Of closed and open incidents alike."""
    world = World()
    outage_in_place(world)
    failover(world, start=8 * HOUR)
    world.add(20 * HOUR, Event.SERVICE_LOST, Phase.DOWN_UNDETECTED)
    metrics = measure(world.timeline())
    assert booked(metrics, Account.DOWN) == sum(incident.at_least_ms for incident in metrics.incident_list())


def test_the_interruption_of_a_failback_is_planned_and_not_down() -> None:
    """In no recovery time; users see it all the same."""
    world = World()
    failover(world)
    world.add(10 * HOUR, Event.SLOT_OBTAINED, Phase.FAILING_BACK)
    world.add(11 * HOUR, Event.FAILBACK_COMPLETED, Phase.SERVING, value=11 * HOUR)
    metrics = measure(world.timeline())
    assert booked(metrics, Account.PLANNED) == HOUR
    assert booked(metrics, Account.DOWN) == 105 * MINUTE
    availability = availability_of(metrics, 0)
    assert availability.unplanned == 1 - 105 * MINUTE / DAY
    assert availability.as_users_see == 1 - 165 * MINUTE / DAY


def test_a_failback_broken_off_by_an_outage_stays_planned_as_far_as_it_went() -> None:
    """What was spent is booked where it was spent."""
    world = World()
    failover(world)
    world.add(10 * HOUR, Event.SLOT_OBTAINED, Phase.FAILING_BACK)
    world.add(10 * HOUR + MINUTE, Event.MOVE_ABORTED, Phase.ON_SECONDARY)
    metrics = measure(world.timeline())
    assert booked(metrics, Account.PLANNED) == MINUTE
    assert len(metrics.incident_columns) == 1


def test_failing_over_is_planned_only_after_draining() -> None:
    """A false alarm: drained first, so that nobody was forced; the interruption is planned."""
    world = World()
    world.add(HOUR, Event.SLOT_OBTAINED, Phase.DRAINING)
    world.add(HOUR, Event.DRAINED, Phase.FAILING_OVER)
    world.add(HOUR + MINUTE, Event.STAGE_COMPLETED, Phase.FAILING_OVER, value=0)
    world.add(HOUR + 3 * MINUTE, Event.FAILOVER_COMPLETED, Phase.ON_SECONDARY, value=HOUR)
    metrics = measure(world.timeline())
    assert booked(metrics, Account.PLANNED) == 3 * MINUTE
    assert booked(metrics, Account.DOWN) == 0


def test_served_at_a_slower_secondary_is_degraded() -> None:
    """A performance factor below 1 takes its share of capability."""
    world = World(provider={"performance_factor": 0.8})
    failover(world, start=0)
    metrics = measure(world.timeline())
    away_ms = DAY - 105 * MINUTE
    assert booked(metrics, Account.DEGRADED) == away_ms
    assert availability_of(metrics, 0).by_capability == 0.8 * away_ms / DAY


def test_capability_is_what_the_gray_outage_leaves() -> None:
    """Impaired for 4 h at 0.7: a day less 1.2 h of work."""
    world = World(outages=[hit_by(kind="gray", capability=0.7)])
    world.add(HOUR, Event.SERVICE_IMPAIRED, Phase.IMPAIRED)
    world.add(5 * HOUR, Event.SERVICE_RESTORED, Phase.SERVING)
    metrics = measure(world.timeline())
    assert booked(metrics, Account.DEGRADED) == 4 * HOUR
    assert metrics.clocks.capability_permille_ms[0] == 1000 * DAY - 300 * 4 * HOUR


def test_below_the_minimum_users_still_do_what_they_can_while_it_counts_as_down() -> None:
    """Down at 0.3 for 4 h: down time 4 h, capability lost 2.8 h."""
    world = World(outages=[hit_by(kind="gray", capability=0.3)])
    world.add(HOUR, Event.SERVICE_LOST, Phase.DOWN_UNDETECTED)
    world.add(5 * HOUR, Event.SERVICE_RESTORED, Phase.SERVING)
    metrics = measure(world.timeline())
    assert booked(metrics, Account.DOWN) == 4 * HOUR
    assert metrics.clocks.capability_permille_ms[0] == 1000 * DAY - 700 * 4 * HOUR


def test_of_two_gray_outages_the_worse_one_counts() -> None:
    """0.9 for 4 h, 0.6 for 2 h of them."""
    world = World(
        outages=[
            hit_by(kind="gray", capability=0.9),
            hit_by(id="surge", kind="gray", capability=0.6, at="2h", lasts="2h"),
        ]
    )
    world.add(HOUR, Event.SERVICE_IMPAIRED, Phase.IMPAIRED)
    world.add(2 * HOUR, Event.CAPABILITY_CHANGED, Phase.IMPAIRED, value=600)
    world.add(4 * HOUR, Event.CAPABILITY_CHANGED, Phase.IMPAIRED, value=900)
    world.add(5 * HOUR, Event.SERVICE_RESTORED, Phase.SERVING)
    metrics = measure(world.timeline())
    assert metrics.clocks.capability_permille_ms[0] == 1000 * DAY - 2 * HOUR * 100 - 2 * HOUR * 400


def test_a_gray_outage_in_the_other_region_takes_nothing_here() -> None:
    """Served at the primary, or moved away from what is left of it."""
    world = World(
        outages=[
            hit_by(kind="gray", capability=0.9),
            hit_by(id="surge", region="east", kind="gray", capability=0.6),
        ]
    )
    world.add(HOUR, Event.SERVICE_IMPAIRED, Phase.IMPAIRED)
    world.add(2 * HOUR, Event.SLOT_OBTAINED, Phase.FAILING_OVER)
    world.add(3 * HOUR, Event.FAILOVER_COMPLETED, Phase.IMPAIRED, value=3 * HOUR)
    world.add(5 * HOUR, Event.SERVICE_RESTORED, Phase.ON_SECONDARY)
    metrics = measure(world.timeline())
    lost = 1 * HOUR * 100 + 1 * HOUR * 1000 + 2 * HOUR * 400
    assert metrics.clocks.capability_permille_ms[0] == 1000 * DAY - lost


def test_down_beside_a_gray_outage_is_no_capability() -> None:
    """A hard outage on top of a gray one leaves nothing."""
    world = World(outages=[hit_by(kind="gray", capability=0.9), hit_by(id="fire", at="2h", lasts="1h")])
    world.add(HOUR, Event.SERVICE_IMPAIRED, Phase.IMPAIRED)
    world.add(2 * HOUR, Event.SERVICE_LOST, Phase.DOWN_UNDETECTED)
    world.add(3 * HOUR, Event.SERVICE_IMPAIRED, Phase.IMPAIRED)
    world.add(5 * HOUR, Event.SERVICE_RESTORED, Phase.SERVING)
    metrics = measure(world.timeline())
    assert metrics.clocks.capability_permille_ms[0] == 1000 * DAY - 3 * HOUR * 100 - HOUR * 1000


def test_unprotected_is_every_instant_that_is_not_ready() -> None:
    """Unavailable during the outage, enabled until it is re-protected."""
    world = World()
    world.add(HOUR, Event.PROTECTION_CHANGED, Phase.SERVING, value=UNAVAILABLE)
    world.add(3 * HOUR, Event.PROTECTION_CHANGED, Phase.SERVING, value=ENABLED)
    world.add(4 * HOUR, Event.PROTECTION_CHANGED, Phase.SERVING, value=READY)
    metrics = measure(world.timeline())
    assert metrics.clocks.unprotected_ms[0] == 3 * HOUR
    assert metrics.clocks.without_copy_ms[0] == 0


def test_a_link_that_stalls_from_the_first_instant_protects_nobody_until_it_carries_again() -> None:
    """The log holds changes only, so the beginning comes from the scenario."""
    stall = {"at": "0s", "lasts": "2h"}
    world = World(
        regions=[{"name": "west", "pair": "east", "link_stalls": [stall]}, {"name": "east", "pair": "west"}]
    )
    world.add(2 * HOUR, Event.PROTECTION_CHANGED, Phase.SERVING, value=READY)
    assert measure(world.timeline()).clocks.unprotected_ms[0] == 2 * HOUR


def test_what_never_has_a_copy_is_without_one_all_its_life() -> None:
    """Not covered, or without a pair: unprotected and without a copy."""
    for given in ({"type": "Sandbox"}, {"cover": False}, {"region": "north"}):
        world = World(
            regions=[{"name": "west", "pair": "east"}, {"name": "east"}, {"name": "north"}],
            environments=[{"name": "a", "region": "west", **given}],
        )
        clocks = measure(world.timeline()).clocks
        assert clocks.without_copy_ms[0] == DAY
        assert clocks.unprotected_ms[0] == DAY


def test_while_it_is_seeded_a_new_environment_is_without_a_copy() -> None:
    """From deployment to the first time that protection is ready; later resynchronisations are not meant."""
    world = World(environments=[{"name": "a", "region": "west", "deployed_at": "1h"}])
    world.add(HOUR, Event.DEPLOYED, Phase.SERVING)
    world.add(2 * HOUR, Event.PROTECTION_CHANGED, Phase.SERVING, value=UNAVAILABLE)
    world.add(3 * HOUR, Event.PROTECTION_CHANGED, Phase.SERVING, value=READY)
    world.add(4 * HOUR, Event.PROTECTION_CHANGED, Phase.SERVING, value=ENABLED)
    clocks = measure(world.timeline()).clocks
    assert clocks.without_copy_ms[0] == 2 * HOUR
    assert clocks.unprotected_ms[0] == DAY - 2 * HOUR


def test_a_copy_is_gone_from_the_move_away_from_destroyed_data_until_resynchronised() -> None:
    """While it waits, the copy on the other side is still there; after the move nothing is on this side."""
    world = World(outages=[hit_by(destroys_data=True)])
    failover(world)
    world.add(10 * HOUR, Event.RESYNC_STARTED, Phase.ON_SECONDARY)
    world.add(12 * HOUR, Event.RESYNC_COMPLETED, Phase.ON_SECONDARY)
    assert measure(world.timeline()).clocks.without_copy_ms[0] == 12 * HOUR - (HOUR + 105 * MINUTE)


def test_a_copy_whose_region_is_destroyed_is_gone_from_that_instant() -> None:
    """Served here, destroyed there; nothing is written in the log at that instant."""
    world = World(outages=[hit_by(region="east", destroys_data=True)])
    world.add(9 * HOUR, Event.RESYNC_COMPLETED, Phase.SERVING)
    assert measure(world.timeline()).clocks.without_copy_ms[0] == 8 * HOUR


def test_two_destructions_of_one_copy_count_once() -> None:
    """Without a copy on the union."""
    world = World(
        outages=[
            hit_by(region="east", destroys_data=True),
            hit_by(id="flood", region="east", at="3h", destroys_data=True),
        ]
    )
    world.add(9 * HOUR, Event.RESYNC_COMPLETED, Phase.SERVING)
    assert measure(world.timeline()).clocks.without_copy_ms[0] == 8 * HOUR


def test_a_copy_that_is_never_restored_is_gone_until_the_horizon_and_only_for_those_hit() -> None:
    """Environments whose copy is elsewhere keep theirs."""
    world = World(
        environments=[{"name": "a", "region": "west"}, {"name": "b", "region": "east"}],
        outages=[hit_by(region="east", destroys_data=True)],
    )
    assert measure(world.timeline()).clocks.without_copy_ms.tolist() == [23 * HOUR, 0]


def test_functions_are_missing_from_the_failover_to_the_return() -> None:
    """Those that the secondary does not offer, to environments that use them."""
    world = World()
    failover(world)
    back = 10 * HOUR
    world.add(HOUR + 105 * MINUTE, Event.CAPABILITIES_LOST, Phase.ON_SECONDARY)
    world.add(back, Event.SLOT_OBTAINED, Phase.FAILING_BACK)
    world.add(back + MINUTE, Event.FAILBACK_COMPLETED, Phase.SERVING, value=back)
    world.add(back + MINUTE, Event.CAPABILITIES_RESTORED, Phase.SERVING)
    assert measure(world.timeline()).clocks.without_functions_ms[0] == back + MINUTE - (HOUR + 105 * MINUTE)
