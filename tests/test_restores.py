"""Restores: the newest clean point that is left, where it may be restored, at the price of everything written since."""

from __future__ import annotations

from math import sqrt

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis.strategies import sampled_from

from bcdr_sim.engine import simulate
from bcdr_sim.errors import InputError
from bcdr_sim.events import Event
from bcdr_sim.metrics import measure
from bcdr_sim.policy import load_policy
from bcdr_sim.scenario.reading import load_scenario
from bcdr_sim.trial import resolve
from data_worlds import data_scenarios
from oracle.scenarios import Plain
from stories import Story, story_of
from worlds import Played, played

FLEET = """\
version: 1
name: fleet
horizon: 20d
regions: [{name: west, pair: north}, {name: north, pair: west}]
link: {kind: none}
environments: [{name: node, count: 3000, region: west, backup: {interval: 6h, retention: RETENTION}}]
provider:
  restore: {at_once: null, run: 1h}
outages:
  - {id: spoilt, region: west, at: 10d, kind: logical, lasts: 5d, detection: {automatic: 2h}}
"""
ONE = """\
version: 1
name: one
horizon: 4d
regions: [{name: west, pair: north}, {name: north, pair: west}]
link: {kind: none}
environments: [{name: prod, region: west, customer: owner, backup: {points: [20h]BACKUP}}]
customers: {owner: {dashboard_every: null, notices_impact: 15m, decision: 25m, accepts_loss_up_to: ACCEPTS}}
provider:
  confirmation: 5m
  loss_determination: 10m
  support: {first_response: 15m}
  restore: {run: 1h}
outages:
  - {id: spoilt, region: west, at: 1d, kind: logical, lasts: LASTS, detection: {automatic: 30m}}
"""
NEWEST = "policies/restore-newest.yaml"
CONSENTING = "tests/policies/consenting-restore.yaml"
RESTORED = frozenset({"restored_in_place", "restored_at_secondary", "restored_at_primary"})
RESTORERS = ("consenting-restore", "restore-newest")
STANDARD_ERRORS_MAX = 4.5
"""A right engine is further off once in 150,000 runs."""
HOUR_MS = 3_600_000
quick = settings(max_examples=80, suppress_health_check=list(HealthCheck), deadline=None)


def one(*, backup: str = "", accepts: str = "8h", lasts: str = "20h", policy: str = NEWEST) -> Played:
    """Play a world with one environment, one backup and one corruption."""
    text = ONE.replace("BACKUP", backup).replace("ACCEPTS", accepts).replace("LASTS", lasts)
    return played(text, policy=policy)


def instants(world: Played, event: Event) -> list[int]:
    """When an event happened, in minutes from the impact of the corruption."""
    table = world.timeline.table
    return [(int(at) - 24 * HOUR_MS) // 60_000 for at in table["time_ms"][table["event"] == event]]


def test_a_regular_backup_loses_half_its_interval_and_the_silence_in_the_mean() -> None:
    """Phases are uniform, so the newest clean backup is uniform in the interval before the mistake.

    Source: elementary; age at the mistake uniform in [0, 6 h), mean 3 h, standard deviation 6 h / sqrt(12); two hours pass
    until somebody notices, and writing goes on for them.
    """
    scenario = load_scenario("fleet.yaml", text=FLEET.replace("RETENTION", "30d"))
    metrics = measure(simulate(resolve(scenario, seed=1), load_policy(NEWEST)))
    hours = metrics.move_columns.age_ms / HOUR_MS
    n = len(hours)
    assert n == 3000, "everybody is restored"
    assert (hours >= 2).all()
    assert (hours < 8).all()
    assert abs(hours.mean() - 5) < STANDARD_ERRORS_MAX * (6 / sqrt(12)) / sqrt(n)


def test_as_many_are_left_without_a_backup_as_the_retention_is_too_short_for() -> None:
    """Kept for four hours, restored at once when noticed after two: the last clean one must be under two hours old.

    Source: elementary; uniform in [0, 6 h), so a third.
    """
    scenario = load_scenario("fleet.yaml", text=FLEET.replace("RETENTION", "4h"))
    text = FLEET.replace("RETENTION", "4h").replace("run: 1h", "run: 0s")
    scenario = load_scenario("fleet.yaml", text=text)
    metrics = measure(simulate(resolve(scenario, seed=1), load_policy(NEWEST)))
    share = metrics.totals.fleet.restores / 3000
    assert abs(share - 1 / 3) < STANDARD_ERRORS_MAX * sqrt(2 / 9 / 3000)


def test_the_time_of_one_environment_comes_before_that_of_the_provider() -> None:
    """`restore` of its backups takes the place of the provider's."""
    assert instants(one(), Event.RESTORED_IN_PLACE) == [90]
    assert instants(one(backup=", restore: 200m"), Event.RESTORED_IN_PLACE) == [230]


def test_a_backup_that_expires_while_it_is_being_restored_is_lost() -> None:
    """Kept for five hours: gone five hours after hour 20, an hour into the silence, and before the restore is over."""
    world = one(backup=", retention: 5h")
    assert instants(world, Event.SLOT_OBTAINED) == [30]
    assert instants(world, Event.MOVE_ABORTED) == [90]
    assert instants(world, Event.RESTORED_IN_PLACE) == []
    assert instants(world, Event.SERVICE_RESTORED) == [20 * 60]


@pytest.mark.parametrize(("lasts", "restored"), [("89m", False), ("91m", True)])
def test_a_repair_overtakes_a_restore(*, lasts: str, restored: bool) -> None:
    """The restore is over after an hour, ninety minutes after the mistake; what is repaired first is not gone back."""
    world = one(lasts=lasts)
    assert bool(instants(world, Event.RESTORED_IN_PLACE)) == restored
    assert bool(instants(world, Event.MOVE_ABORTED)) != restored


@pytest.mark.parametrize(("accepts", "restores"), [("8h", 1), ("4h30m", 1), ("4h29m", 0)])
def test_a_customer_is_told_what_the_restore_would_lose(accepts: str, restores: int) -> None:
    """From hour 20 to the end of writing at 24:30: four hours and a half, accepted or not."""
    world = one(accepts=accepts, policy=CONSENTING)
    table = world.timeline.table
    (told,) = table["value"][table["event"] == Event.LOSS_LEVEL_TOLD].tolist()
    assert told == 4.5 * HOUR_MS
    assert measure(world.timeline).totals.fleet.restores == restores


@pytest.mark.parametrize(("at", "restored_to"), [("19h", 19), ("20h30m", 18)])
def test_no_backup_is_made_while_nothing_is_written(at: str, restored_to: int) -> None:
    """A fire from hour 20 to 21: what is backed up meanwhile is not, and the one before it is what can be gone back to."""
    text = ONE.replace("BACKUP", "").replace("ACCEPTS", "8h").replace("LASTS", "20h")
    text = text.replace("points: [20h]", f"points: [18h, {at}]")
    text += "  - {id: fire, region: west, at: 20h, lasts: 1h, detection: {automatic: 2h}}\n"
    table = played(text, policy=NEWEST).timeline.table
    (point,) = table["value"][table["event"] == Event.RESTORED_IN_PLACE].tolist()
    assert point == restored_to * HOUR_MS


def test_a_backup_says_when_it_is_made() -> None:
    """Neither an interval nor points, points out of order, and a region that nobody knows are refused, in these words."""
    for backup, words in (
        ("{retention: 5d}", "backups have an interval, points, or both"),
        ("{points: [5h, 4h]}", "the points of backups go forward in time"),
        ("{interval: 4h, location: wset}", "did you mean 'west'"),
    ):
        text = ONE.replace("{points: [20h]BACKUP}", backup).replace("ACCEPTS", "1h").replace("LASTS", "1h")
        with pytest.raises(InputError) as refused:
            load_scenario("one.yaml", text=text)
        assert words in str(refused.value)


@given(plain=data_scenarios(), policy=sampled_from(RESTORERS))
@quick
def test_a_restore_goes_back_to_a_point_that_exists_and_loses_what_came_after(
    plain: Plain, policy: str
) -> None:
    """A given instant, one of the interval, or a recovery point; never from the future; the loss is its age."""
    story = story_of(plain, policy)
    for place, row in story.completions(RESTORED):
        spec = story.spec(row[1])
        points = getattr(spec.link, "points", None)
        given_at = spec.backup is not None and row[7] in spec.backup.points_ms
        regular = spec.backup is not None and spec.backup.interval_ms is not None
        on_copy = points is not None and row[7] % points.every == 0
        assert given_at or regular or on_copy
        assert row[7] <= row[0]
        following = story.rows[place + 1] if place + 1 < len(story.rows) else row
        if following[2] == "loss_realised" and following[1] == row[1]:
            assert 0 < following[7] <= row[0] - row[7]


@given(plain=data_scenarios(), policy=sampled_from(RESTORERS))
@quick
def test_a_restore_serves_only_where_it_may(plain: Plain, policy: str) -> None:
    """At the other side only who is eligible; from a backup only in the regions that it names."""
    story = story_of(plain, policy)
    far: dict[str | None, bool] = {}
    for row in story.rows:
        if row[2] in {"failover_completed", "planned_failover_completed", "restored_at_secondary"}:
            far[row[1]] = True
        if row[2] in {"failback_completed", "forced_failback_completed", "restored_at_primary"}:
            far[row[1]] = False
        if row[2] in RESTORED:
            spec = story.spec(row[1])
            region = spec.target if far.get(row[1]) else spec.home
            assert spec.eligible or not far.get(row[1])
            on_copy = row[2] != "restored_in_place" and getattr(spec.link, "points", None) is not None
            assert on_copy or (spec.backup is not None and region in spec.backup.restore_in)


@given(plain=data_scenarios(), policy=sampled_from(RESTORERS))
@quick
def test_no_more_are_restored_at_a_time_than_the_provider_can(plain: Plain, policy: str) -> None:
    """The pool of restores is its own, and never overdrawn."""
    limit = plain["provider"].get("restore", {}).get("at_once", 50)
    story = story_of(plain, policy)
    running: set[str | None] = set()
    for row in story.rows:
        if row[3] == "restoring":
            running.add(row[1])
            assert limit is None or len(running) <= limit
        elif row[1] in running and row[3] is not None:
            running.discard(row[1])


@given(plain=data_scenarios(), policy=sampled_from(["consenting-restore"]))
@quick
def test_a_restore_with_loss_has_a_consent_where_the_policy_asks_for_one(plain: Plain, policy: str) -> None:
    """The level that was consented to covers what the restore lost, whatever happened between the two."""
    story = story_of(plain, policy)
    for place, row in story.completions(RESTORED):
        if row[6] != "agreed":
            continue
        granted = [each[7] for each in story.before(place, row[1]) if each[2] == "consent_granted"]
        assert granted
        assert _lost_ms(story, place) <= granted[-1]


def _lost_ms(story: Story, place: int) -> int:
    """The loss that the row after a restore tells, 0 if none."""
    following = story.rows[place + 1 : place + 2]
    return following[0][7] if following and following[0][2] == "loss_realised" else 0


def test_ages_of_restores_enter_the_objective() -> None:
    """An RPO is judged of the age that a restore went back, like that of any unplanned move."""
    from bcdr_sim.verdict import judge

    for rpo, breached in (("5h", 0), ("4h", 1)):
        text = ONE.replace("BACKUP", "").replace("ACCEPTS", "8h").replace("LASTS", "20h")
        world = played(text + f'objectives: {{"3": {{rpo: {rpo}}}}}\n', policy=NEWEST)
        metrics = measure(world.timeline)
        assert judge(metrics).judgements.counts()["PolicyBreached"] == breached
        assert np.array_equal(metrics.move_columns.age_ms, [4.5 * HOUR_MS])
