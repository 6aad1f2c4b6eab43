"""Laws of stays: a timeline read environment by environment, from 0 to the horizon without gaps."""

from bcdr_sim.events import Event
from bcdr_sim.phases import Phase
from bcdr_sim.policy.decision import Reason
from bcdr_sim.timeline.states import ByEnvironment, by_environment
from bcdr_sim.timeline.stays import Stay, iterate_stays
from logs import HOUR, MINUTE, World, failover, outage_in_place

DAY = 24 * HOUR


def spells(stays: list[Stay]) -> list[tuple[Phase, int, int]]:
    return [(stay.phase, stay.start_ms, stay.end_ms) for stay in stays]


def test_an_environment_without_events_serves_from_the_beginning_to_the_horizon() -> None:
    """Nothing happened: one stay, which the horizon cut."""
    (stay,) = World().timeline().stays(0)
    assert stay == Stay(Phase.SERVING, None, None, 0, DAY, censored=True)


def test_stays_follow_each_other_without_gaps() -> None:
    """Each begins where the one before ends; the last ends at the horizon and is censored."""
    world = World()
    outage_in_place(world)
    failover(world, start=10 * HOUR)
    stays = world.timeline().stays(0)
    assert [stay.start_ms for stay in stays] == [0, *(stay.end_ms for stay in stays[:-1])]
    assert stays[-1].end_ms == DAY
    assert [stay.censored for stay in stays] == [False] * (len(stays) - 1) + [True]


def test_events_that_change_nothing_do_not_divide_a_stay() -> None:
    """Consent is given while awaiting it: still one stay in the phase, and none of length 0."""
    world = World()
    failover(world)
    stays = spells(world.timeline().stays(0))
    assert (Phase.AWAITING_CONSENT, HOUR + 30 * MINUTE, HOUR + 40 * MINUTE) in stays
    assert (Phase.DOWN_ASSESSING, HOUR + 15 * MINUTE, HOUR + 15 * MINUTE) not in stays


def test_another_reason_is_another_stay() -> None:
    """Held for one reason, then for another: two stays in one phase."""
    world = World()
    world.add(HOUR, Event.SERVICE_LOST, Phase.DOWN_UNDETECTED)
    world.add(2 * HOUR, Event.OUTAGE_DETECTED, Phase.DOWN_UNCONFIRMED)
    world.add(2 * HOUR, Event.HELD, Phase.DOWN_HELD, reason=Reason.SCOPE_NOT_COVERED)
    world.add(3 * HOUR, Event.HELD, Phase.DOWN_HELD, reason=Reason.SECONDARY_UNHEALTHY)
    held = [
        (stay.reason, stay.length_ms) for stay in world.timeline().stays(0) if stay.phase == Phase.DOWN_HELD
    ]
    assert held == [("scope_not_covered", HOUR), ("secondary_unhealthy", 21 * HOUR)]


def test_a_hold_lasts_through_the_phases_that_it_causes() -> None:
    """Waiting for the customer, support and the answer are one hold for consent; the queue is none."""
    world = World()
    failover(world)
    reasons = {stay.phase: stay.reason for stay in world.timeline().stays(0)}
    assert reasons[Phase.AWAITING_AWARENESS] == "consent_pending"
    assert reasons[Phase.AWAITING_SUPPORT] == "consent_pending"
    assert reasons[Phase.AWAITING_CONSENT] == "consent_pending"
    assert reasons[Phase.QUEUED] is None
    assert reasons[Phase.FAILING_OVER] is None


def test_the_reason_of_one_outage_does_not_reach_into_the_next() -> None:
    """Before the second outage is detected nobody holds anything."""
    world = World()
    outage_in_place(world)
    world.add(8 * HOUR, Event.SERVICE_LOST, Phase.DOWN_UNDETECTED)
    assert world.timeline().stays(0)[-1].reason is None


def test_an_environment_at_home_is_in_no_outage_and_one_away_is_there_because_of_one() -> None:
    """The outage stands with a stay from its first event until the environment serves at home again."""
    world = World()
    outage_in_place(world)
    failover(world, start=10 * HOUR)
    outages = {(stay.phase, stay.outage) for stay in world.timeline().stays(0)}
    assert (Phase.SERVING, None) in outages
    assert (Phase.SERVING, "storm") not in outages
    assert (Phase.ON_SECONDARY, "storm") in outages


def test_before_its_deployment_an_environment_is_not_deployed() -> None:
    """`deployed_at` divides the time before from the lifetime."""
    world = World(environments=[{"name": "a", "region": "west", "deployed_at": "2h"}])
    world.add(2 * HOUR, Event.DEPLOYED, Phase.SERVING)
    assert spells(world.timeline().stays(0)) == [
        (Phase.NOT_DEPLOYED, 0, 2 * HOUR),
        (Phase.SERVING, 2 * HOUR, DAY),
    ]


def test_the_owner_of_a_stay_is_the_owner_of_its_phase() -> None:
    """Consent is the customer's time, serving is nobody's."""
    assert Stay(Phase.AWAITING_CONSENT, None, None, 0, 1, censored=False).owner == "customer"
    assert Stay(Phase.SERVING, None, None, 0, 1, censored=False).owner == ""


def test_reading_all_environments_at_once_gives_what_reading_each_gives() -> None:
    """In name order, with the events of the others left out."""
    world = World(environments=[{"name": name, "region": "west"} for name in "cab"])
    outage_in_place(world, environment="c")
    failover(world, environment="a", start=6 * HOUR)
    timeline = world.timeline()
    assert list(iterate_stays(timeline)) == [(row, timeline.stays(row)) for row in range(3)]
    assert spells(timeline.stays(1)) == [(Phase.SERVING, 0, DAY)]


def test_blocks_cover_every_environment_once() -> None:
    """Ranges follow each other whatever the number of events of each environment."""
    world = World(environments=[{"name": "f", "region": "west", "count": 500}])
    index = by_environment(world.timeline())
    uneven = ByEnvironment(
        index.order, index.starts * 7_000, index.spec_of, index.initial_phase, index.initial_protection
    )
    for starts in (index, uneven):
        ranges = list(starts.blocks())
        assert [first for first, _ in ranges] == [0, *(last for _, last in ranges[:-1])]
        assert ranges[-1][1] == 500
        assert all(first < last for first, last in ranges)
