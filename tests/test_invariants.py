"""Eight laws of the domain, read off the timelines of random scenarios; the engine alone has to obey them.

Source: the provider's rules (Microsoft, Business continuity and disaster recovery, edition 11/01/2024): who is covered,
when loss needs consent, what a planned return may cost, what the secondary does not offer, and who has to know what first.
"""

from __future__ import annotations

from collections import Counter

from hypothesis import HealthCheck, given, settings
from hypothesis.strategies import one_of, sampled_from

from data_worlds import DATA_POLICIES, data_scenarios
from growing import growing_scenarios
from oracle.scenarios import Plain, plain_scenarios
from oracle.state import Row
from people_worlds import peopled_scenarios
from stories import Story, story_of

WORLDS = one_of(plain_scenarios(), peopled_scenarios(), growing_scenarios(), data_scenarios())
quick = settings(max_examples=60, suppress_health_check=list(HealthCheck))
ALL = sorted(DATA_POLICIES)
SEED = [name for name in ALL if name.startswith("seed-2024-11")]
PROFILES = [name for name in ALL if name.startswith(("seed-2024-11", "fo-2022"))]

AWAY = frozenset({"failover_completed", "planned_failover_completed"})
HOME = frozenset({"failback_completed", "forced_failback_completed"})
RESTORED_AWAY, RESTORED_HOME = frozenset({"restored_at_secondary"}), frozenset({"restored_at_primary"})
PLANNED = frozenset({"planned_failover_completed", "failback_completed"})
UNPLANNED = frozenset({"failover_completed", "forced_failback_completed"})
CONSENTED = frozenset({"consented", "back-consented", "signed-off"})
CONSENT_IS = frozenset(
    {"consent_granted", "consent_declined", "consent_withdrawn", "consent_lapsed", "consent_exceeded"}
)
FIGURES = frozenset({"loss_determined", "loss_level_told", "consent_exceeded"})


@given(plain=WORLDS, policy=sampled_from(PROFILES))
@quick
def test_only_production_environments_fail_over_or_back(plain: Plain, policy: str) -> None:
    """Law 1: whoever is not `Production` is never moved."""
    story = story_of(plain, policy)
    for _, row in story.completions(AWAY | HOME):
        assert story.spec(row[1]).type == "Production"


@given(plain=WORLDS, policy=sampled_from(SEED))
@quick
def test_no_failover_with_loss_without_consent_of_that_incident(plain: Plain, policy: str) -> None:
    """Law 2: a move that loses writes, or by a figure above zero, has a consent of environment and incident in force."""
    story = story_of(plain, policy)
    for place, row in story.completions(UNPLANNED):
        past = story.before(place, row[1])
        said = [each for each in _this_stay(past, row) if each[2] in CONSENT_IS]
        if _lost_writes(story, place) or row[6] in CONSENTED:
            assert said
            assert said[-1][2] == "consent_granted", "refused, withdrawn, no longer valid, or exceeded"
            told = [each[7] for each in _this_stay(past, row) if each[2] == "loss_level_told"]
            assert said[-1][7] >= told[-1]


@given(plain=WORLDS, policy=sampled_from(PROFILES))
@quick
def test_no_move_commits_into_a_region_with_an_outage(plain: Plain, policy: str) -> None:
    """Law 3: nobody is moved into an unhealthy region by a profile that looks at it."""
    story = story_of(plain, policy)
    active: Counter[str | None] = Counter()
    for row in story.rows:
        active[row[1]] += (row[2] == "outage_began") - (row[2] == "outage_ended")
        if row[2] in AWAY | HOME:
            spec = story.spec(row[1])
            target = spec.home if row[2] in HOME else spec.target
            assert active[story.estate.regions[target]] == 0


@given(plain=WORLDS, policy=sampled_from(ALL))
@quick
def test_planned_moves_lose_nothing(plain: Plain, policy: str) -> None:
    """Law 4: a planned failover or failback recovers the instant of its completion."""
    story = story_of(plain, policy)
    for place, row in story.completions(PLANNED):
        assert row[7] == row[0]
        assert not _realised(story, place)


@given(plain=WORLDS, policy=sampled_from(PROFILES))
@quick
def test_failback_starts_only_into_a_verified_primary(plain: Plain, policy: str) -> None:
    """Law 5: after the last outage of the primary region it is determined fully operational, and then comes the failback."""
    story = story_of(plain, policy)
    for place, row in enumerate(story.rows):
        if row[2] == "slot_obtained" and row[7] == _FAILBACK:
            home = story.estate.regions[story.spec(row[1]).home]
            about = [each[2] for each in story.before(place, home)]
            if "outage_began" in about:
                last = len(about) - 1 - about[::-1].index("outage_began")
                assert "region_returned" in about[last:]
                assert "primary_verified" in about[last:]


@given(plain=WORLDS, policy=sampled_from(ALL))
@quick
def test_the_four_functions_are_gone_exactly_at_the_secondary(plain: Plain, policy: str) -> None:
    """Law 6: finance and operations loses them with its failover and has them back with its return, nobody else does."""
    story = story_of(plain, policy)
    away: dict[str | None, bool] = {}
    for row in story.rows:
        goes, comes = AWAY | RESTORED_AWAY, HOME | RESTORED_HOME
        if row[2] in goes | comes and "finance_operations" in story.spec(row[1]).apps:
            away[row[1]] = row[2] in goes
        if row[2] in {"capabilities_lost", "capabilities_restored"}:
            assert away.pop(row[1]) == (row[2] == "capabilities_lost")
    assert not away


@given(plain=WORLDS, policy=sampled_from(ALL))
@quick
def test_nobody_knows_before_there_is_something_to_know(plain: Plain, policy: str) -> None:
    """Law 7: awareness follows impact, and the first post unless people notice by themselves; a case follows both."""
    story = story_of(plain, policy)
    for place, row in enumerate(story.rows):
        past = story.before(place, row[1])
        stay = {each[2] for each in past if each[4] == row[4]}
        if row[2] == "customer_aware":
            assert row[3] not in ("serving", "on_secondary"), "nobody notices what is well"
            if story.spec(row[1]).customer.notices_impact is None:
                assert any(each[2] == "dashboard_posted" and each[4] == row[4] for each in story.rows[:place])
        if row[2] == "case_opened":
            assert stay & {"customer_aware", "consent_asked"}


@given(plain=WORLDS, policy=sampled_from(PROFILES))
@quick
def test_consent_comes_before_the_move_and_counts_for_one_incident(plain: Plain, policy: str) -> None:
    """Law 8: a move by consent is decided after a consent of the same incident."""
    story = story_of(plain, policy)
    for place, row in enumerate(story.rows):
        if row[2] == "move_decided" and row[6] in CONSENTED:
            assert any(
                each[2] == "consent_granted" and each[4] == row[4] for each in story.before(place, row[1])
            )


_FAILBACK = 4
"""The code of the action `failback` in the value of `slot_obtained`."""


def _this_stay(past: list[Row], row: Row) -> list[Row]:
    """The rows of the incident of `row` since the environment was last served or moved."""
    ends = [
        place for place, each in enumerate(past) if each[2] == "service_restored" or each[2] in AWAY | HOME
    ]
    return [each for each in past[ends[-1] + 1 if ends else 0 :] if each[4] == row[4]]


def _realised(story: Story, place: int) -> int:
    """The age of the recovered point that is written after a completion; 0 if none is."""
    who, at_ms = story.rows[place][1], story.rows[place][0]
    for row in story.rows[place + 1 :]:
        if row[0] > at_ms or (row[1] == who and row[2] in AWAY | HOME):
            return 0
        if row[1] == who and row[2] == "loss_realised":
            return row[7]
    return 0


def _lost_writes(story: Story, place: int) -> bool:
    """Whether something was written between the recovered point of a completion and the stop of writes."""
    row, age_ms = story.rows[place], _realised(story, place)
    return story.spec(row[1]).writes.number(row[7], row[7] + age_ms) > 0
