"""Laws of totals: sums over groups, order statistics that admit what is still open, and None where there is nothing."""

import numpy as np

from bcdr_sim.events import Event
from bcdr_sim.metrics import measure
from bcdr_sim.metrics.totals import Spread, spread
from bcdr_sim.metrics.windows import worst_window_ms
from bcdr_sim.phases import Phase
from logs import HOUR, World, failover, outage_in_place

DAY = 24 * HOUR
ESTATE = [
    {"name": "a", "region": "west", "tier": 1, "customer": "ada"},
    {"name": "b", "region": "west", "tier": 2, "customer": "ada"},
    {"name": "c", "region": "west", "tier": 1, "customer": "bob"},
    {"name": "d", "region": "west", "type": "Sandbox"},
]
CUSTOMERS: dict[str, object] = {"ada": {}, "bob": {}}


def values(*lengths: int) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    return np.array(lengths, dtype=np.int64)


def flags(*which: bool) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    return np.array(which, dtype=np.bool_)


def test_customers_tiers_and_those_covered_are_parts_of_the_fleet() -> None:
    """Every environment is in the fleet; who is not covered is nowhere else but in its tier."""
    world = World(environments=ESTATE, customers=CUSTOMERS)
    outage_in_place(world, environment="a")
    failover(world, environment="c")
    outage_in_place(world, environment="d", end=20 * HOUR)
    totals = measure(world.timeline()).totals
    assert (totals.fleet.environments, totals.covered.environments) == (4, 3)
    assert (totals.fleet.incidents, totals.covered.incidents) == (3, 2)
    assert {name: total.incidents for name, total in totals.customers.items()} == {"ada": 1, "bob": 1}
    assert {tier: total.environments for tier, total in totals.tiers.items()} == {1: 2, 2: 1, 3: 1}
    assert totals.tiers[1].down_ms == 4 * HOUR + 105 * 60_000
    assert totals.fleet.worst == "d"
    assert totals.covered.worst == "a"


def test_availability_of_a_group_is_the_mean_of_its_environments() -> None:
    """One down for 6 of 24 h, one never: 0.875."""
    world = World(environments=ESTATE[:2], customers=CUSTOMERS)
    outage_in_place(world, environment="a", start=HOUR, end=7 * HOUR)
    assert measure(world.timeline()).totals.fleet.availability.unplanned == 0.875


def test_of_equally_bad_environments_the_first_by_name_is_the_worst() -> None:
    """Nothing depends on the order of the file."""
    world = World(environments=ESTATE[::-1], customers=CUSTOMERS)
    assert measure(world.timeline()).totals.fleet.worst == "a"


def test_consents_asked_and_granted_are_counted() -> None:
    """Asked is being told a level of loss."""
    world = World(environments=ESTATE, customers=CUSTOMERS)
    failover(world, environment="a")
    world.add(2 * HOUR, Event.LOSS_LEVEL_TOLD, Phase.AWAITING_CONSENT, environment="b", value=1)
    fleet = measure(world.timeline()).totals.fleet
    assert (fleet.consents_asked, fleet.consents_granted) == (2, 1)


def test_a_spread_of_nothing_has_no_numbers() -> None:
    """n/a (0 outages), never 0."""
    assert spread(values(), flags()) == Spread(0, 0, None, None, None, None, None, None)


def test_quantiles_are_values_at_their_rank() -> None:
    """Of ten values the fifth, the ninth and the tenth."""
    ten = spread(values(*range(10, 0, -1)), flags(*[False] * 10))
    assert (ten.p50, ten.p90, ten.p95, ten.most, ten.mean) == (5, 9, 10, 10, 5.5)


def test_what_an_open_incident_could_still_change_is_not_given() -> None:
    """Closed at 1 and 2, open since 3, closed at 5: half end within 2, nothing beyond is sure."""
    some = spread(values(1, 2, 3, 5), flags(False, False, True, False))
    assert (some.n, some.n_censored) == (4, 1)
    assert some.p50 == 2
    assert (some.p90, some.most, some.mean) == (None, None, None)


def test_an_incident_that_is_open_at_the_horizon_counts_among_the_recovery_times() -> None:
    """Left out, the ones that are closed would make a better picture than there is."""
    world = World(environments=ESTATE, customers=CUSTOMERS)
    outage_in_place(world, environment="a")
    world.add(6 * HOUR, Event.SERVICE_LOST, Phase.DOWN_UNDETECTED, environment="b")
    total = measure(world.timeline()).totals.fleet
    assert (total.rta.n, total.rta.n_censored, total.censored) == (2, 1, 1)
    assert total.rta.mean is None


def test_a_closed_value_that_equals_an_open_one_is_sure() -> None:
    """The open one can only become longer."""
    assert spread(values(3, 3), flags(True, False)).p50 == 3
    assert spread(values(3, 2), flags(False, True)).p50 is None


def test_the_worst_window_slides() -> None:
    """Down at 0-2, 5-6 and 9-12: within 8 from 5 on it is 1 + 3, within 3 it is 3, within 100 all."""
    start, end = values(0, 5, 9), values(2, 6, 12)
    assert [worst_window_ms(start, end, length) for length in (1, 3, 8, 100)] == [1, 3, 4, 6]


def test_the_worst_window_is_what_trying_every_window_gives() -> None:
    """Brute force over all begins, for many patterns of down time."""
    rng = np.random.Generator(np.random.PCG64(7))
    for _ in range(50):
        edges = np.sort(rng.choice(60, size=8, replace=False)).astype(np.int64)
        start, end = edges[::2], edges[1::2]
        down = np.zeros(200, dtype=np.int64)
        for begin, stop in zip(start, end, strict=True):
            down[70 + begin : 70 + stop] = 1
        for length in (1, 7, 20, 60):
            tried = max(int(down[at : at + length].sum()) for at in range(200 - length))
            assert worst_window_ms(start, end, length) == tried


def test_without_down_time_the_worst_window_is_empty() -> None:
    """No spell at all."""
    assert worst_window_ms(values(), values(), 5) == 0


def test_an_environment_of_the_last_millisecond_has_lived() -> None:
    """It counts for the fleet as any other."""
    world = World(environments=[{"name": "a", "region": "west", "deployed_at": f"{DAY - 1}ms"}])
    world.add(DAY - 1, Event.DEPLOYED, Phase.SERVING)
    assert measure(world.timeline()).totals.fleet.availability.unplanned == 1


def test_the_worst_is_who_was_down_for_the_largest_share_of_its_life() -> None:
    """An hour of the four since its deployment is more than two hours of a day."""
    world = World(
        environments=[
            {"name": "a", "region": "west"},
            {"name": "b", "region": "west", "deployed_at": "20h"},
        ]
    )
    outage_in_place(world, environment="a", start=HOUR, end=3 * HOUR)
    world.add(20 * HOUR, Event.DEPLOYED, Phase.SERVING, environment="b")
    outage_in_place(world, environment="b", start=21 * HOUR, end=22 * HOUR)
    assert measure(world.timeline()).totals.fleet.worst == "b"
