"""Laws of consistency groups: one instant, one point, one slot, and all or none."""

from __future__ import annotations

import copy
from pathlib import Path

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis.strategies import one_of, sampled_from

from bcdr_sim.engine import simulate
from bcdr_sim.errors import InputError
from bcdr_sim.events import COMPLETIONS, Event
from bcdr_sim.freezing import freeze
from bcdr_sim.policy import Policy, PolicyError, load_policy
from bcdr_sim.scenario.checks import findings
from bcdr_sim.scenario.document import Scenario
from bcdr_sim.scenario.reading import load_scenario
from bcdr_sim.timeline import Timeline
from bcdr_sim.trial import Trial, resolve
from grouped import grouped_scenarios
from growing import growing_scenarios
from oracle.rows import rows_of
from oracle.scenarios import POLICIES, Plain, plain_scenarios

MINUTE = 60_000
thorough = settings(
    suppress_health_check=list(HealthCheck), deadline=None, max_examples=60, derandomize=True, database=None
)

WORLD = """\
version: 1
name: groups
horizon: 2d
regions: [{{name: west, pair: north}}, {{name: north, pair: west}}]
link: {{kind: synchronous}}
environments: [{environments}]
customers: {{default: {{dashboard_every: null, notices_impact: 10m}}}}
provider:
  confirmation: 0s
  first_post: 0s
  loss_determination: 0s
  verification: 1h
  reverse_sync: 1h
  failover: {{run: 1h, planned: 2m, failure: {{probability: 0}}}}
  failback: {{interruption: 1m}}
  {provider}
outages:
  - {{id: gale, region: west, at: 1h, lasts: 10h, detection: {{automatic: 0s}}, seen: {{scope: region}}, {outage}}}
"""


def played(environments: str, *, policy: str = "seed", provider: str = "", outage: str = "") -> Timeline:
    """The timeline of a small world."""
    text = WORLD.format(
        environments=environments, provider=provider or "review: 1h", outage=outage or "kind: hard"
    )
    return simulate(resolve(load_scenario("groups.yaml", text=text)), load_policy(policy))


def happened(timeline: Timeline, *events: Event) -> list[tuple[float, str | None, str]]:
    """Minutes after the impact, who and what, of some events."""
    labels = {event.label for event in events}
    return [(row[0] / MINUTE - 60, row[1], row[2]) for row in rows_of(timeline) if row[2] in labels]


def run(plain: Plain, policy: Policy, *, crowd_min: int = 10_000) -> Timeline | None:
    """A random world; nothing if the policy cannot live in it."""
    trial = resolve(Scenario.model_validate(plain), seed=7)
    try:
        return simulate(trial, policy, crowd_min=crowd_min)
    except PolicyError:
        return None


def moves_of(timeline: Timeline, name: str) -> list[tuple[int, str, int]]:
    """Instant, event and recovered point of every completed move of an environment."""
    labels = {event.label for event in COMPLETIONS}
    return [(row[0], row[2], row[7]) for row in rows_of(timeline) if row[1] == name and row[2] in labels]


# Laws ----------------------------------------------------------------------------------------------------------------


@given(
    plain=one_of(grouped_scenarios(), grouped_scenarios(among=growing_scenarios(moving=True))),
    policy=sampled_from(sorted(POLICIES)),
)
@thorough
def test_members_commit_in_the_same_instant_and_at_the_same_point(plain: Plain, policy: str) -> None:
    """Whoever is there from the start, and is not lost, makes the very moves that the others of its group make."""
    timeline = run(plain, POLICIES[policy])
    assume(timeline is not None)
    assert timeline is not None
    lost = {row[1] for row in rows_of(timeline) if row[2] == Event.ENVIRONMENT_LOST.label}
    estate = timeline.trial.estate
    for rows in set(estate.groups.values()):
        steady = [
            estate.names[row]
            for row in rows
            if estate.spec(row).deployed_ms is None and estate.names[row] not in lost
        ]
        assert len({tuple(moves_of(timeline, name)) for name in steady}) <= 1


@given(plain=plain_scenarios(), policy=sampled_from(sorted(POLICIES)))
@thorough
def test_a_group_of_one_changes_nothing(plain: Plain, policy: str) -> None:
    """Byte for byte."""
    alone = copy.deepcopy(plain)
    for number, entry in enumerate(alone["environments"]):
        entry["group"] = f"g{number}"
        if findings(Scenario.model_validate(alone)):
            del entry["group"]
    before, after = run(plain, POLICIES[policy], crowd_min=2), run(alone, POLICIES[policy], crowd_min=2)
    assert (before is None) == (after is None)
    if before is not None and after is not None:
        assert before.table.tobytes() == after.table.tobytes()


@given(plain=grouped_scenarios(among=plain_scenarios(crowds=True)), policy=sampled_from(sorted(POLICIES)))
@settings(parent=thorough, max_examples=8)
def test_crowds_leave_groups_alone(plain: Plain, policy: str) -> None:
    """Fleets that are groups, and fleets beside them: together or one by one is the same."""
    together, single = run(plain, POLICIES[policy], crowd_min=2), run(plain, POLICIES[policy])
    assert (together is None) == (single is None)
    if together is not None and single is not None:
        assert together.table.tobytes() == single.table.tobytes()


@given(plain=grouped_scenarios(), policy=sampled_from(sorted(POLICIES)))
@settings(parent=thorough, max_examples=20)
def test_a_frozen_world_keeps_its_groups(plain: Plain, policy: str) -> None:
    """The plain scenario of one world plays as that world did."""
    trial: Trial = resolve(Scenario.model_validate(plain), seed=7)
    frozen = resolve(load_scenario("frozen.yaml", text=freeze(trial, POLICIES[policy])))
    try:
        expected = rows_of(simulate(trial, POLICIES[policy]))
    except PolicyError:
        return
    assert rows_of(simulate(frozen, POLICIES[policy])) == expected


# Cases ---------------------------------------------------------------------------------------------------------------


def test_one_that_is_held_holds_all() -> None:
    """The copy of one is always an hour old: the zero loss of the other does not count, and it says for whom it waits."""
    timeline = played(
        "{name: a, region: west, group: g}, {name: b, region: west, group: g, link: {kind: lag, lag: 1h}}"
    )
    rows = rows_of(timeline)
    assert not happened(timeline, Event.MOVE_DECIDED)
    # Both would lose an hour at the common point, so neither has a reason of another's.
    assert {row[5] for row in rows if row[2] == "held" and row[1] == "a"} >= {"consent_pending"}
    timeline = played(
        "{name: a, region: west, group: g, writes: idle}, {name: b, region: west, group: g, link: {kind: lag, lag: 1h}}"
    )
    held = [row for row in rows_of(timeline) if row[1] == "a" and row[2] == "held"]
    assert (held[-1][5], held[-1][7]) == ("group_pending", timeline.trial.estate.names.index("b"))


def test_who_is_not_hit_comes_along_without_a_rule() -> None:
    """Half of the group is hit; the other half is interrupted for as long, and goes home with it."""
    timeline = played(
        "{name: a, region: west, group: g, zone: z}, {name: b, region: west, group: g}, {name: c, region: west}",
        outage="scope: {select: {zone: z}}",
    )
    assert happened(timeline, Event.SLOT_OBTAINED, Event.FAILOVER_COMPLETED)[:4] == [
        (0, "a", "slot_obtained"),
        (0, "b", "slot_obtained"),
        (60, "a", "failover_completed"),
        (60, "b", "failover_completed"),
    ]
    decided = [row[6] for row in rows_of(timeline) if row[2] == "move_decided" and row[1] == "b"]
    assert decided[0] is None
    assert decided[1] is not None
    assert moves_of(timeline, "a") == moves_of(timeline, "b")
    assert len(moves_of(timeline, "a")) == 2
    assert not moves_of(timeline, "c")


def test_a_group_takes_one_slot() -> None:
    """With one slot two groups go one after the other, each as a whole."""
    names = ", ".join(
        f"{{name: {name}, region: west, group: {name[0]}}}" for name in ("g1", "g2", "h1", "h2")
    )
    timeline = played(names)
    assert {minute for minute, _, _ in happened(timeline, Event.FAILOVER_COMPLETED)} == {60}
    text = WORLD.replace("failure: {{probability: 0}}", "slots: 1, failure: {{probability: 0}}")
    one = load_scenario(
        "groups.yaml", text=text.format(environments=names, provider="review: 1h", outage="kind: hard")
    )
    narrow = simulate(resolve(one), load_policy("seed"))
    assert happened(narrow, Event.FAILOVER_COMPLETED) == [
        (60, "g1", "failover_completed"),
        (60, "g2", "failover_completed"),
        (120, "h1", "failover_completed"),
        (120, "h2", "failover_completed"),
    ]


@pytest.mark.parametrize(("places", "moved"), [(2, 0), (3, 3)])
def test_a_group_needs_room_for_all_of_it(places: int, moved: int) -> None:
    """Three do not go where two have room."""
    names = ", ".join(f"{{name: {name}, region: west, group: g}}" for name in "abc")
    timeline = played(names, provider=f"capacity: [{{region: north, environments: {places}}}]")
    assert len(happened(timeline, Event.FAILOVER_COMPLETED)) == moved


def test_the_attempt_of_one_is_that_of_all() -> None:
    """With attempts that fail half the time all fail together, wait together and succeed together."""
    names = ", ".join(f"{{name: {name}, region: west, group: g}}" for name in "abcd")
    text = WORLD.replace("failure: {{probability: 0}}", "failure: {{probability: 0.5, retry_after: 5m}}")
    scenario = load_scenario(
        "groups.yaml", text=text.format(environments=names, provider="review: 1h", outage="kind: hard")
    )
    for seed in range(5):
        timeline = simulate(resolve(scenario, seed=seed), load_policy("seed"))
        told = {
            name: [
                row
                for row in happened(timeline, Event.MOVE_FAILED, Event.FAILOVER_COMPLETED)
                if row[1] == name
            ]
            for name in "abcd"
        }
        assert len({tuple((minute, event) for minute, _, event in rows) for rows in told.values()}) == 1


def test_who_is_well_again_comes_along() -> None:
    """One is served again after half of the move; the other is still down, so both commit."""
    environments = "{name: a, region: west, group: g, zone: z}, {name: b, region: west, group: g}"
    more = "scope: {select: {zone: z}}}\n  - {id: hail, region: west, at: 1h, lasts: 30m, detection: {automatic: 0s}"
    timeline = played(environments, outage=more)
    assert [row[:2] for row in happened(timeline, Event.FAILOVER_COMPLETED)] == [(60, "a"), (60, "b")]
    assert not happened(timeline, Event.MOVE_ABORTED, Event.MOVE_WITHHELD)


def test_what_ends_the_move_of_one_ends_that_of_all() -> None:
    """The region is back before the move is done: the first is aborted, the others are withheld, and all are served."""
    names = ", ".join(f"{{name: {name}, region: west, group: g}}" for name in "abc")
    text = WORLD.replace("lasts: 10h", "lasts: 30m")
    scenario = load_scenario(
        "groups.yaml", text=text.format(environments=names, provider="review: 1h", outage="kind: hard")
    )
    timeline = simulate(resolve(scenario), load_policy("seed"))
    ended = [(who, event) for _, who, event in happened(timeline, Event.MOVE_ABORTED, Event.MOVE_WITHHELD)]
    assert ended == [("a", "move_aborted"), ("b", "move_withheld"), ("c", "move_withheld")]
    assert {row[1] for row in happened(timeline, Event.SERVICE_RESTORED)} == {"a", "b", "c"}


# Refusals ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("second", "message"),
    [
        ("region: north", "the region of 'b' is north and that of 'a' is west"),
        ("region: west, target: east", "the target of 'b' is east and that of 'a' is north"),
        ("region: west, customer: contoso", "the customer of 'b' is contoso and that of 'a' is not given"),
        ("region: west, type: Sandbox", "only Production has a copy, and its type is Sandbox"),
        ("region: west, cover: false", "it is not covered"),
        ("region: west, link: {kind: none}", "it has no copy (link: none)"),
        ("region: west, depends_on: [c]", "'b' depends on 'a', which is moved with it in the group 'g'"),
    ],
)
def test_a_group_that_cannot_move_as_one_is_refused_by_name(second: str, message: str) -> None:
    """With the place of the member that does not fit."""
    text = f"""\
version: 1
name: refused
horizon: 1d
regions: [{{name: west, pair: north}}, {{name: north, pair: west}}, {{name: east}}]
customers: {{contoso: {{}}}}
environments:
  - {{name: a, region: west, group: g}}
  - {{name: c, region: west, depends_on: [{{any: [a]}}]}}
  - {{name: b, group: g, {second}}}
"""
    with pytest.raises(InputError) as refused:
        load_scenario("refused.yaml", text=text)
    assert message in str(refused.value)
    assert "refused.yaml:9:" in str(refused.value)


def test_a_rule_cannot_say_what_only_the_simulator_says(tmp_path: Path) -> None:
    """A table speaks of one environment, so a hold for the group is not its to give."""
    text = """\
format: 1
policy: odd
title: Odd
rules:
  - {id: wait, when: {}, then: hold, reason: group_pending, cites: [assumption]}
"""
    (tmp_path / "odd.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match="'group_pending' is said by the simulator alone"):
        load_policy(tmp_path / "odd.yaml")
