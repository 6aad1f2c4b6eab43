"""Laws of data loss: three columns, three measures, and no loss where nothing was written."""

from bcdr_sim.events import Event
from bcdr_sim.metrics import measure
from bcdr_sim.metrics.losses import judged_ms
from bcdr_sim.phases import Phase
from bcdr_sim.replication import Loss
from bcdr_sim.timeline import UNBOUNDED
from logs import HOUR, MINUTE, World, failover, outage_in_place


def test_potential_realised_and_permanent_are_measured_with_the_writes_of_the_environment() -> None:
    """One write a minute, 10 minutes old: 10 writes; nothing is salvaged."""
    world = World(writes="constant")
    failover(world, age=10 * MINUTE)
    (incident,) = measure(world.timeline()).incident_list()
    lost = Loss(age_ms=10 * MINUTE, writing_ms=10 * MINUTE, writes=10)
    assert incident.potential == lost
    assert incident.realised == lost
    assert incident.permanent == lost


def test_an_idle_environment_loses_nothing_whatever_the_age() -> None:
    """Age above 0, no write: judged as 0."""
    world = World(writes="idle")
    failover(world, age=10 * MINUTE)
    (incident,) = measure(world.timeline()).incident_list()
    assert incident.realised == Loss(age_ms=10 * MINUTE, writing_ms=0, writes=0)
    assert judged_ms(incident.realised) == 0


def test_one_lost_write_makes_its_age_count() -> None:
    """A single write one millisecond before the impact, with a copy 10 minutes old."""
    world = World(writes={"at": ["59m"]})
    failover(world, age=10 * MINUTE)
    (incident,) = measure(world.timeline()).incident_list()
    assert incident.realised.writes == 1
    assert incident.realised.writing_ms == 1
    assert judged_ms(incident.realised) == 10 * MINUTE


def test_an_incident_without_a_move_realises_no_loss() -> None:
    """The potential loss is recorded all the same."""
    world = World()
    outage_in_place(world)
    (incident,) = measure(world.timeline()).incident_list()
    assert incident.realised == Loss(0, 0, 0)
    assert incident.potential == Loss(2 * MINUTE, 2 * MINUTE, 2)


def test_a_move_with_a_copy_as_new_as_the_last_write_loses_nothing() -> None:
    """No age is written, so there is none."""
    world = World()
    failover(world, age=0)
    (incident,) = measure(world.timeline()).incident_list()
    assert incident.realised == Loss(0, 0, 0)


def test_the_moves_of_one_incident_add_up_and_the_oldest_age_counts() -> None:
    """Moved into a region that is down, and back by force: one incident, two losses."""
    world = World()
    world.add(HOUR, Event.SERVICE_LOST, Phase.DOWN_UNDETECTED, value=HOUR - 5 * MINUTE)
    world.add(HOUR, Event.SLOT_OBTAINED, Phase.FAILING_OVER)
    world.add(2 * HOUR, Event.FAILOVER_COMPLETED, Phase.DOWN_UNDETECTED, value=HOUR - 5 * MINUTE)
    world.add(2 * HOUR, Event.LOSS_REALISED, Phase.DOWN_UNDETECTED, value=5 * MINUTE)
    world.add(2 * HOUR, Event.SLOT_OBTAINED, Phase.FAILING_OVER)
    world.add(3 * HOUR, Event.FORCED_FAILBACK_COMPLETED, Phase.SERVING, value=2 * HOUR - 3 * MINUTE)
    world.add(3 * HOUR, Event.LOSS_REALISED, Phase.SERVING, value=3 * MINUTE)
    (incident,) = measure(world.timeline()).incident_list()
    assert incident.realised == Loss(age_ms=5 * MINUTE, writing_ms=8 * MINUTE, writes=8)


def test_without_a_copy_the_exposure_is_unbounded_and_no_number() -> None:
    """Counted, never averaged in."""
    world = World()
    world.add(HOUR, Event.SERVICE_LOST, Phase.DOWN_UNDETECTED, value=UNBOUNDED)
    metrics = measure(world.timeline())
    (incident,) = metrics.incident_list()
    assert incident.unbounded
    assert incident.potential is None
    assert metrics.totals.fleet.unbounded == 1


def test_an_unknown_recovery_point_is_neither_a_number_nor_unbounded() -> None:
    """Blocked by a dependency, say: nothing would be moved."""
    world = World()
    world.add(HOUR, Event.SERVICE_LOST, Phase.BLOCKED_BY_DEPENDENCY)
    (incident,) = measure(world.timeline()).incident_list()
    assert incident.potential is None
    assert not incident.unbounded
