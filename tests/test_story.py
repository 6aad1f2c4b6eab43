"""Laws of the story: it tells what the log holds, once, in order, in plain English."""

import re
from pathlib import Path

import pytest

from bcdr_sim.engine import simulate
from bcdr_sim.events import Event
from bcdr_sim.phases import Phase
from bcdr_sim.policy import Reason, load_policy
from bcdr_sim.report.reasons import ROW_OF as REASON_ROW_OF
from bcdr_sim.report.sentences import Told, about_environments, about_region
from bcdr_sim.report.story import story
from bcdr_sim.report.wording import Clock
from bcdr_sim.scenario.reading import load_scenario
from bcdr_sim.trial import resolve
from bcdr_sim.units import parse_duration
from bcdr_sim.verdict.instants import REGION_EVENTS
from worlds import STORM, Played, played

GALE_OF_FREE_PROD = """\
The story of free-prod
scenario storm, policy seed-2024-11, seed 0, replication 0
T is the impact of outage gale, 3 Nov 08:00 UTC.

Outage gale in west
-------------------
 3 Nov 08:00  T+0       A hard outage, gale, begins in west: nobody it hits is served, nothing is
                        copied.
       08:00  T+0       free-prod stops serving users.
       08:00  T+0       Protection of free-prod now reads Unavailable.
       08:08  T+8m      The provider detects the outage of west.
       08:08  T+8m      The provider judges the outage of west to be region-wide.
       08:08  T+8m      The policy holds free-prod: no customer impact is confirmed (rule
                        not-confirmed).
       08:13  T+13m     Customer impact in west is confirmed: the incident is declared.
       08:13  T+13m     The policy holds free-prod: it is not known yet what a move would lose (rule
                        loss-unknown).
       08:20  T+20m     The provider posts the incident of west on the Service Health Dashboard.
       08:23  T+23m     The provider determines what a move of free-prod would lose: nothing.
       08:23  T+23m     The policy decides to fail free-prod over to north (rule auto-zero-loss).
       08:23  T+23m     The failover of free-prod begins.
"""


@pytest.fixture(scope="module")
def world() -> Played:
    return played()


def test_the_story_of_one_environment_reads_like_this(world: Played) -> None:
    """Golden: the first half hour, event by event, with owner, rule and calendar."""
    assert story(world.timeline, ["free-prod"]).startswith(GALE_OF_FREE_PROD)


def test_instants_never_go_back_within_a_chapter(world: Played) -> None:
    for chapter in story(world.timeline).split("\n\n")[1:]:
        told = re.findall(r"^[ \w]{6} [\d:]{5}  T\+(\w+) ", chapter, re.MULTILINE)
        instants = [0 if text == "0" else parse_duration(text) for text in told]
        assert len(instants) > 5
        assert instants == sorted(instants)


def test_equal_events_of_a_fleet_are_one_sentence(world: Played) -> None:
    """Twelve shops that move together are told once, with their number, and no member by name."""
    text = " ".join(story(world.timeline).split())
    assert text.count("The failover of all 12 shop and busy-prod begins.") == 1
    assert "shop-0" not in text


def test_many_instants_become_a_span_with_a_median() -> None:
    """Assessments that end at forty different instants are one sentence; the log still has each."""
    text = STORM.replace("loss_determination: 10m", "loss_determination: {uniform: {low: 5m, high: 2h}}")
    world = played(text.replace("count: 12", "count: 40"))
    told = " ".join(story(world.timeline).split())
    assert told.count("The provider determines what a move of") == 1
    assert re.search(r"would lose: 0s to 3m; half of them by T\+\w+, the last at T\+\w+\.", told)


def test_the_story_of_one_environment_names_no_other(world: Played) -> None:
    text = story(world.timeline, ["firm-prod"])
    assert "firm-prod" in text
    assert not re.search(r"shop|busy-prod|free-prod|\bdev\b", text)


def test_the_story_ends_lines_at_the_width(world: Played) -> None:
    for width in (70, 100, 140):
        assert max(map(len, story(world.timeline, width=width).splitlines())) <= width


def test_a_scenario_without_outages_has_no_story() -> None:
    world = played(STORM[: STORM.index("outages:")])
    assert story(world.timeline).endswith("T is the start of the scenario.\n\nNothing happened.\n")


@pytest.mark.parametrize("event", list(Event), ids=lambda event: event.label)
def test_every_event_can_be_told(event: Event, world: Played) -> None:
    """Each event has a sentence about regions or about environments, in the singular and in the plural."""
    estate = world.timeline.trial.estate
    if event is Event.OUTAGE_BEGAN:
        return  # told from the outage itself
    if event < Event.DEPLOYED or event in REGION_EVENTS:
        told = about_region(event, region="west", outage="gale", value=0, clock=Clock(0, None))
    else:
        rows = (world.row("busy-prod"), world.row("shop-01"))
        told = about_environments(Told(event, rows, (0,), reason=0), estate)
        assert "busy-prod" in about_environments(Told(event, rows[:1], (0,), reason=0), estate)
    assert told
    assert not re.search(r"[{}\[\]|]", told)


@pytest.mark.parametrize("reason", list(Reason))
def test_every_reason_has_words_and_what_would_lift_it(reason: Reason) -> None:
    row = REASON_ROW_OF[reason]
    assert row.why
    assert row.lifts
    assert not row.why.endswith(".")


def test_the_vocabulary_of_phases_is_not_left_behind() -> None:
    """The story speaks of events; a new phase needs no word here, but a look in the pictures."""
    from bcdr_sim.plots.looks import LOOKS

    assert set(LOOKS) == set(Phase)


def test_nothing_written_is_nothing_lost() -> None:
    """A failover to an older copy of an idle environment is told as one without loss."""
    path = Path(__file__).parents[1] / "scenarios" / "regional_storm.yaml"
    timeline = simulate(resolve(load_scenario(path), seed=0), load_policy("seed"))
    told = " ".join(story(timeline).split())
    assert "contoso-archive is accessible from northeurope, nothing lost" in told
