"""Laws of expectations: every key holds for everybody who matches, and a finding says for whom it does not."""

from typing import Any

import pytest

from bcdr_sim.events import Event
from bcdr_sim.metrics import measure
from bcdr_sim.phases import Phase
from bcdr_sim.scenario.expectations import Expectation
from bcdr_sim.timeline import UNBOUNDED
from bcdr_sim.verdict import Finding, judge
from logs import HOUR, MINUTE, World, failover, outage_in_place

ESTATE = [
    {"name": "moved", "region": "west"},
    {"name": "stayed", "region": "west"},
    {"name": "calm", "region": "west"},
    {"name": "fleet", "region": "east", "count": 2},
]


def lived() -> World:
    """`moved` failed over and lost 2 min of data, `stayed` was held for 4 h, the others saw nothing."""
    world = World(environments=ESTATE)
    world.region(HOUR, Event.OUTAGE_BEGAN)
    failover(world, environment="moved")
    outage_in_place(world, environment="stayed")
    return world


def finding(world: World, **expected: Any) -> Finding:
    expectation = Expectation.model_validate(expected)
    scenario = world.trial.scenario.model_copy(update={"expect": [expectation]})
    (found,) = judge(measure(world.timeline()), scenario).findings
    return found


def holds(**expected: Any) -> bool:
    return finding(lived(), **expected).passed


def test_a_scenario_without_expectations_passes() -> None:
    """Nothing was expected."""
    verdict = judge(measure(lived().timeline()))
    assert verdict.findings == ()
    assert verdict.passed


def test_each_outcome_is_the_one_expected_or_not() -> None:
    """How every incident ended, or that there was none."""
    assert holds(environments="moved", outcome="failed_over")
    assert holds(environments="stayed", outcome="recovered_in_place")
    assert holds(environments="calm", outcome="no_incident")
    assert not holds(environments="moved", outcome="recovered_in_place")
    assert not holds(environments="moved", outcome="no_incident")


def test_a_move_without_an_incident_is_an_outcome_of_its_own() -> None:
    """Maintenance."""
    world = World()
    world.add(HOUR, Event.SLOT_OBTAINED, Phase.DRAINING)
    world.add(HOUR, Event.DRAINED, Phase.FAILING_OVER)
    world.add(HOUR + 1, Event.PLANNED_FAILOVER_COMPLETED, Phase.ON_SECONDARY, value=HOUR)
    assert finding(world, outcome="moved_while_served").passed
    assert not finding(world, outcome="no_incident").passed


def test_names_fleets_and_patterns_say_who_is_meant() -> None:
    """A fleet's name means all of it; * is any text, ? one sign, everything else itself."""
    for pattern, count in (("fleet", 2), ("fleet-?", 2), ("fleet-1", 1), ("*", 5), ("?a*", 1), ("*ed", 2)):
        assert finding(lived(), environments=pattern, downtime={"at_most": "1d"}).sentence.startswith(
            str(count)
        )


def test_an_expectation_about_nobody_fails() -> None:
    """A typing error must not pass."""
    found = finding(lived(), environments="[moved]", downtime={"at_most": "1d"})
    assert not found.passed
    assert str(found.mismatches[0]) == "[moved]: environments expected somebody, but was nobody"


def test_every_environment_must_be_as_expected() -> None:
    """The finding names those that are not."""
    found = finding(lived(), environments="*", downtime={"at_most": "2h"})
    assert not found.passed
    assert [str(each) for each in found.mismatches] == ["stayed: downtime expected at most 2h, but was 4h"]
    assert found.sentence == (
        "expected downtime at most 2h of 5 environments matching '*'; "
        "stayed: downtime expected at most 2h, but was 4h"
    )


def test_every_key_must_hold() -> None:
    """One of two keys fails."""
    found = finding(lived(), environments="moved", outcome="failed_over", rta={"at_most": "1h"})
    assert [each.key for each in found.mismatches] == ["rta"]
    assert found.mismatch_count == 1


def test_a_finding_that_holds_says_what_holds() -> None:
    """In words, with the number of environments."""
    found = finding(
        lived(), environments="moved", rta={"exactly": "1h45m"}, failovers={"at_least": 1, "at_most": 1}
    )
    assert found.passed
    assert found.sentence == (
        "1 environment matching 'moved': rta 1h45m and failovers at least 1 and at most 1, as expected"
    )


def test_many_mismatches_are_counted_and_the_first_are_shown() -> None:
    """A fleet of a hundred."""
    world = World(environments=[{"name": "f", "region": "west", "count": 100}])
    found = finding(world, outcome="failed_over")
    assert (len(found.mismatches), found.mismatch_count) == (20, 100)
    assert found.sentence.endswith("; and 99 more")


@pytest.mark.parametrize(
    ("bounds", "passes"),
    [
        ({"exactly": "4h"}, True),
        ({"exactly": "4h1s"}, False),
        ({"at_least": "4h"}, True),
        ({"at_least": "4h1s"}, False),
        ({"at_most": "4h"}, True),
        ({"at_most": "3h"}, False),
        ({"at_least": "3h", "at_most": "5h"}, True),
    ],
)
def test_bounds_belong_to_what_they_bound(bounds: dict[str, str], passes: bool) -> None:
    """Both ends are allowed."""
    assert holds(environments="stayed", rta=bounds) is passes
    assert holds(environments="stayed", downtime=bounds) is passes


def test_an_open_incident_is_at_least_its_length_and_never_at_most_anything() -> None:
    """Four hours at the horizon: at least 4 h is sure, at most 5 h is not."""
    world = World()
    world.add(20 * HOUR, Event.SERVICE_LOST, Phase.DOWN_UNDETECTED)
    assert finding(world, rta={"at_least": "4h"}).passed
    assert not finding(world, rta={"at_least": "5h"}).passed
    found = finding(world, rta={"at_most": "5h"})
    assert str(found.mismatches[0]) == "a: rta expected at most 5h, but was at least 4h, still open"
    assert not finding(world, rta={"exactly": "4h"}).passed


def test_silence_meets_nothing() -> None:
    """What did not happen has no recovery time, no hold and no potential loss."""
    for expected in (
        {"rta": {"at_most": "1d"}},
        {"main_hold": "no_rule"},
        {"potential_loss": {"at_most": "1d"}},
    ):
        found = finding(lived(), environments="calm", **expected)
        assert found.mismatches[0].actual == "n/a (0 outages)"


def test_losses_are_the_worst_of_the_environment() -> None:
    """Realised by moves, potential at impact; nothing written is nothing lost."""
    assert holds(environments="moved", realised_loss={"exactly": "2m"}, potential_loss={"exactly": "2m"})
    assert holds(environments="stayed", realised_loss={"exactly": "0s"}, potential_loss={"exactly": "2m"})
    assert not holds(environments="moved", realised_loss={"at_most": "1m"})
    idle = World(writes="idle")
    failover(idle)
    assert finding(idle, realised_loss={"exactly": "0s"}, potential_loss={"exactly": "0s"}).passed


def test_a_loss_without_bound_is_above_every_bound() -> None:
    """No copy."""
    world = World()
    world.add(HOUR, Event.SERVICE_LOST, Phase.DOWN_UNDETECTED, value=UNBOUNDED)
    assert finding(world, potential_loss={"at_least": "1000d"}).passed
    assert finding(world, potential_loss={"at_most": "1000d"}).mismatches[0].actual == "unbounded"


def test_the_main_hold_is_expected_by_its_reason() -> None:
    """Of every incident."""
    assert holds(environments="moved", main_hold="consent_pending")
    assert holds(environments="stayed", main_hold="scope_not_covered")
    assert (
        finding(lived(), environments="stayed", main_hold="no_rule").mismatches[0].actual
        == "scope_not_covered"
    )


def test_moves_and_consents_of_all_who_match_count_together() -> None:
    """Not each."""
    assert holds(
        environments="*", failovers={"exactly": 1}, failbacks={"exactly": 0}, consents={"exactly": 1}
    )
    found = finding(lived(), environments="*ed", failovers={"exactly": 2})
    assert str(found.mismatches[0]) == "*ed: failovers expected 2, but was 1"


def test_an_event_is_expected_of_each_environment_at_an_instant_from_impact() -> None:
    """Detected 10 minutes after the outage began."""
    assert holds(environments="*ed", event="outage_detected")
    assert holds(environments="*ed", event="outage_detected", at="10m")
    assert (
        finding(lived(), environments="moved", event="outage_detected", at="9m").mismatches[0].actual
        == "at 10m"
    )
    assert finding(lived(), environments="calm", event="outage_detected").mismatches[0].actual == "none"


def test_an_event_about_a_region_is_expected_of_the_run() -> None:
    """No environment has it."""
    assert holds(environments="calm", event="outage_began", at="0s")
    assert not holds(environments="calm", event="dashboard_posted")


def test_an_event_before_impact_is_named_as_such() -> None:
    """A warning 45 minutes ahead."""
    world = lived()
    world.region(15 * MINUTE, Event.WARNING_RAISED)
    assert finding(world, event="warning_raised", at="0s").mismatches[0].actual == "45m before impact"


def test_an_event_that_does_not_exist_is_never_shown() -> None:
    """A typing error must not pass."""
    assert (
        finding(lived(), environments="moved", event="consent_given").mismatches[0].actual
        == "no event of that name"
    )


def test_only_incidents_of_the_outage_named_are_looked_at() -> None:
    """Repetitions NAME/1, NAME/2 are meant too, names that merely begin alike are not."""
    storm = {"id": "storm", "region": "west", "trace": ["1h", "8h"], "lasts": "1h"}
    world = World(outages=[storm, {"id": "stormy", "region": "west", "at": "14h", "lasts": "1h"}])
    world.outages = ("storm/1", "storm/2", "stormy")
    for number, (start, end) in enumerate(((1, 2), (8, 10), (14, 20))):
        world.add(
            start * HOUR, Event.SERVICE_LOST, Phase.DOWN_UNDETECTED, value=start * HOUR - 1, outage=number
        )
        world.add(end * HOUR, Event.SERVICE_RESTORED, Phase.SERVING, outage=number)
    assert finding(world, outage="storm", rta={"at_most": "2h"}).passed
    assert finding(world, outage="storm/2", rta={"exactly": "2h"}).passed
    assert not finding(world, rta={"at_most": "2h"}).passed
    assert finding(world, outage="stormy", rta={"exactly": "6h"}).sentence == (
        "1 environment matching '*' in outage 'stormy': rta 6h, as expected"
    )


def test_losses_of_another_outage_are_not_looked_at() -> None:
    """Two failovers, 2 and 7 minutes of data lost; the second is not asked about."""
    world = World(
        outages=[{"id": name, "region": "west", "at": "1h", "lasts": "1h"} for name in ("fire", "storm")]
    )
    failover(world, age=2 * MINUTE)
    world.add(8 * HOUR, Event.SLOT_OBTAINED, Phase.FAILING_BACK)
    world.add(8 * HOUR, Event.FAILBACK_COMPLETED, Phase.SERVING, value=8 * HOUR)
    world.add(9 * HOUR, Event.SERVICE_LOST, Phase.DOWN_UNDETECTED, value=9 * HOUR - 7 * MINUTE, outage=1)
    world.add(9 * HOUR, Event.SLOT_OBTAINED, Phase.FAILING_OVER, outage=1)
    world.add(10 * HOUR, Event.FAILOVER_COMPLETED, Phase.ON_SECONDARY, value=9 * HOUR - 7 * MINUTE, outage=1)
    world.add(10 * HOUR, Event.LOSS_REALISED, Phase.ON_SECONDARY, value=7 * MINUTE, outage=1)
    for outage, age in (("fire", "2m"), ("storm", "7m")):
        bounds = {"exactly": age}
        assert finding(world, outage=outage, realised_loss=bounds, potential_loss=bounds).passed


def test_the_verdict_expected_is_the_worst_one() -> None:
    """Breached beats met."""
    world = World(objectives={"3": {"rto": "2h"}})
    outage_in_place(world)
    assert finding(world, verdict="PolicyBreached").passed
    assert finding(world, verdict="PolicyMet").mismatches[0].actual == "PolicyBreached"


def test_those_hit_can_be_meant_alone() -> None:
    """An outage that hits a share: the others have nothing to show, and somebody must have been hit."""
    assert not holds(environments="*", main_hold="loss_not_excluded", rta={"at_most": "4h"})
    assert holds(environments="*", hit=True, rta={"at_least": "1h45m", "at_most": "4h"})
    assert not holds(environments="*", hit=True, rta={"at_most": "2h"})
    found = finding(lived(), environments="calm", hit=True, outcome="recovered_in_place")
    assert str(found.mismatches[0]) == "calm: environments expected somebody, but was nobody"


def test_an_event_can_be_expected_not_before_an_instant() -> None:
    """Counted from the impact of the first outage; the instant itself will do, no event will not."""
    lost, length = "service_restored", "4h"
    assert holds(environments="stayed", event=lost, not_before=length)
    found = finding(lived(), environments="stayed", event=lost, not_before="4h1ms")
    assert str(found.mismatches[0]) == (
        "stayed: event expected service_restored not before 4h1ms, but was at 4h"
    )
    assert not holds(environments="calm", event=lost, not_before="0s")


def test_an_event_can_be_expected_never() -> None:
    """By nobody who matches, or nowhere in the run."""
    assert holds(environments="stayed", never="failover_completed")
    assert holds(never="primary_verified")
    assert not holds(never="outage_began")
    found = finding(lived(), environments="*", never="service_restored")
    assert [str(each) for each in found.mismatches] == [
        "stayed: never expected no service_restored, but was at 4h"
    ]


def test_planned_interruption_is_expected_apart_from_down_time() -> None:
    """A move that nobody was forced to make is no outage."""
    world = World()
    world.add(HOUR, Event.SLOT_OBTAINED, Phase.DRAINING)
    world.add(HOUR, Event.DRAINED, Phase.FAILING_OVER)
    world.add(HOUR + 3 * MINUTE, Event.PLANNED_FAILOVER_COMPLETED, Phase.ON_SECONDARY, value=HOUR)
    assert finding(world, planned={"exactly": "3m"}, downtime={"exactly": "0s"}).passed
    assert not finding(world, planned={"at_most": "2m"}).passed


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        ({"outcome": "lost", "not_before": "1h"}, "'not_before' needs an event"),
        ({"event": "held", "at": "1h", "not_before": "1h"}, "not both"),
        ({"hit": True}, "at least one thing"),
    ],
)
def test_a_key_that_says_nothing_by_itself_is_refused(keys: dict[str, Any], words: str) -> None:
    """A file that forgets the other half must not pass."""
    with pytest.raises(ValueError, match=words):
        Expectation.model_validate(keys)
