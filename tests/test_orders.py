"""Laws of orders: who gives them and when, that nothing moves without one in the customer's regimes, how they end."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis.strategies import one_of, sampled_from

from bcdr_sim.engine import simulate
from bcdr_sim.events import ORDERS, Event
from bcdr_sim.freezing import freeze
from bcdr_sim.policy import Observation, Policy, PolicyError, load_policy
from bcdr_sim.policy.assumptions import impossible
from bcdr_sim.scenario.document import Scenario
from bcdr_sim.scenario.reading import load_scenario
from bcdr_sim.timeline import Timeline
from bcdr_sim.trial import Trial, resolve
from oracle.rows import rows_of
from oracle.scenarios import POLICIES, Plain
from people_worlds import ORDERED, ordering_scenarios

MINUTE = 60_000
REGIMES = sorted(ORDERED)
EVERY = ORDERED | POLICIES
thorough = settings(suppress_health_check=list(HealthCheck), deadline=None, max_examples=60)

ONE = """\
version: 1
name: one
horizon: 4d
regions: [{{name: west, pair: north}}, {{name: north, pair: west}}]
link: {{kind: lag, lag: 5m}}
environments: [{{name: a, region: west, customer: contoso}}, {{name: dev, type: Sandbox, region: west, customer: contoso}}]
customers:
  contoso:
    dashboard_every: null
    notices_impact: 10m
    orders: [{orders}]
provider:
  confirmation: 0s
  first_post: 0s
  loss_determination: 0s
  verification: 1h
  reverse_sync: 1h
  reprotection: 1h
  failover: {{run: 1h, planned: 2m, failure: {{probability: 0}}}}
  failback: {{interruption: 1m}}
outages:
  - {{id: gale, region: west, at: 1d, lasts: 10h, detection: {{automatic: 0s}}, {outage}}}
"""


def told(orders: str, *, policy: str, outage: str = "kind: hard") -> list[tuple[float, str, str | None]]:
    """Orders and moves of the environment: minutes after the outage began, event, outage."""
    scenario = load_scenario("one.yaml", text=ONE.format(orders=orders, outage=outage))
    rows = rows_of(simulate(resolve(scenario), load_policy(policy)))
    assert all(row[1] != "dev" or not row[2].startswith("order") for row in rows)
    said = (
        "order_",
        "move_",
        "failover_completed",
        "planned_failover",
        "failback_",
        "forced_failback",
        "loss_realised",
    )
    return [
        (row[0] / MINUTE - 1440, row[2], row[4]) for row in rows if row[1] == "a" and row[2].startswith(said)
    ]


def test_only_what_the_policy_lets_is_ordered() -> None:
    """No planned move in self-service, no drill in a failover group, nothing at all under the provider's rules."""
    orders = "{id: one, move: planned, at: 1h}, {id: two, move: drill, at: 2h}, {id: three, move: forced, when: aware}"
    assert [row[2] for row in told(orders, policy="ssdr-2026-07") if row[1] == "order_given"] == ["two"]
    assert [row[2] for row in told(orders, policy="sql-customer-managed") if row[1] == "order_given"] == [
        "one"
    ]
    assert not [row for row in told(orders, policy="seed") if row[1].startswith("order")]


def test_a_forced_order_out_of_calm_loses_what_is_not_yet_on_the_other_side() -> None:
    """It does not drain: five minutes of writes are gone, as the customer said."""
    assert told("{id: now, move: forced, at: 60m}", policy="grs-customer-managed")[:4] == [
        (-1380, "order_given", "now"),
        (-1380, "move_decided", "now"),
        (-1320, "failover_completed", "now"),
        (-1320, "loss_realised", "now"),
    ]


def test_an_order_given_because_of_an_outage_ends_with_it() -> None:
    """Service is back before the move is through: the move is aborted, the order withdrawn, and nothing moves later."""
    found = told("{id: flee, move: forced, when: impact, after: 9h30m}", policy="aurora-global")
    assert found == [
        (570, "order_given", "gale"),
        (570, "move_decided", "gale"),
        (600, "move_aborted", "gale"),
        (600, "order_withdrawn", "gale"),
    ]


def test_an_order_waits_for_the_admin_portal() -> None:
    """And so does its withdrawal."""
    outage = "channels: {admin_portal: {down: [0s, 60m]}}"
    order = "{id: flee, move: forced, when: aware, loss_up_to: 1m, withdrawn_after: 5m}"
    assert told(order, policy="ssdr-2026-07", outage=outage) == [
        (60, "order_given", "gale"),
        (65, "order_withdrawn", "gale"),
    ]
    outage = "channels: {admin_portal: {down: [12m, 60m]}}"
    assert told(order, policy="ssdr-2026-07", outage=outage)[-1] == (60, "order_withdrawn", "gale")


def test_a_newer_order_takes_the_place_of_the_older() -> None:
    """Withdrawn first, then given."""
    orders = "{id: early, move: forced, when: aware, loss_up_to: 1m}, {id: late, move: forced, when: aware, after: 20m}"
    assert told(orders, policy="ssdr-2026-07")[:4] == [
        (10, "order_given", "gale"),
        (30, "order_withdrawn", "gale"),
        (30, "order_given", "gale"),
        (30, "move_decided", "gale"),
    ]


@pytest.mark.parametrize("regime", REGIMES)
def test_every_regime_runs_a_year_of_orders_from_end_to_end(regime: str) -> None:
    """Away by order, as planned or else for a drill, and home; then in the outage by force, and home again."""
    move = "drill" if regime == "ssdr-2026-07" else "planned"
    orders = f"{{id: away, move: {move}, at: 1h}}, {{id: home, move: failback, when: verified, after: 2h}}"
    found = told(orders + ", {id: flee, move: forced, when: aware}", policy=regime)
    ends = [row[1] for row in found if row[1].endswith("_completed")]
    assert ends == [
        "planned_failover_completed",
        "failback_completed",
        "failover_completed",
        "failback_completed",
    ]


@given(plain=ordering_scenarios(), regime=sampled_from(REGIMES))
@thorough
def test_nothing_moves_without_an_order_that_stands(plain: Plain, regime: str) -> None:
    """In the customer's regimes the cause of every move that is decided is an order of that environment, not yet over."""
    timeline = run(plain, regime)
    standing: dict[int, int] = {}
    table = timeline.table
    for number, (code, who) in enumerate(
        zip(table["event"].tolist(), table["environment"].tolist(), strict=True)
    ):
        event = Event(code)
        if event is Event.ORDER_GIVEN:
            assert who not in standing, "the older one is withdrawn first"
            standing[who] = number
        elif event is Event.ORDER_WITHDRAWN or event.label.endswith(
            ("failover_completed", "failback_completed")
        ):
            standing.pop(who, None)
        elif event is Event.MOVE_DECIDED:
            assert int(table["cause"][number]) == standing[who]


@given(plain=ordering_scenarios(), policy=sampled_from(sorted(EVERY)))
@thorough
def test_orders_are_those_that_the_policy_lets_of_eligible_environments_in_their_place(
    plain: Plain, policy: str
) -> None:
    """A drill at the primary, a failback at the far side."""
    timeline = run(plain, policy)
    away: set[int] = set()
    table = timeline.table
    for code, who, value in zip(
        *(table[name].tolist() for name in ("event", "environment", "value")), strict=True
    ):
        event = Event(code)
        if event.label.endswith(("failover_completed", "failback_completed")):
            (away.add if "failover" in event.label else away.discard)(who)
        if event is Event.ORDER_GIVEN:
            move = ORDERS[value]
            assert move in EVERY[policy].orders(far=who in away)
            assert timeline.trial.estate.spec(who).eligible
            assert move not in {"drill", "failback"} or (who in away) == (move == "failback")


@given(plain=ordering_scenarios(), policy=sampled_from(sorted(EVERY)))
@thorough
def test_no_observation_breaks_an_assumption(plain: Plain, policy: str) -> None:
    """Whatever people do, what is put before the policy can occur."""
    asked = EVERY[policy]

    def checked(seen: Observation) -> int:
        assert not impossible(seen)
        return asked.decide(seen)

    trial = resolve(Scenario.model_validate(plain), seed=7)
    reads = asked.reads | {"moves_24h"}
    played(trial, dataclasses.replace(asked, decide=checked, reads=reads))


@given(
    plain=ordering_scenarios(crowds=True), policy=sampled_from(sorted(EVERY)), crowd_min=sampled_from((1, 2))
)
@settings(parent=thorough, max_examples=80)
def test_orders_tell_the_members_of_a_crowd_apart(plain: Plain, policy: str, crowd_min: int) -> None:
    """The same bytes whether a crowd is taken through an outage together or one by one."""
    trial = resolve(Scenario.model_validate(plain), seed=7)
    together = played(trial, EVERY[policy], crowd_min=crowd_min)
    alone = played(trial, EVERY[policy], crowd_min=10_000)
    assert [each.digest for each in together] == [each.digest for each in alone]


@given(
    plain=one_of(ordering_scenarios(), ordering_scenarios(crowds=True)), policy=sampled_from(sorted(EVERY))
)
@settings(parent=thorough, max_examples=25)
def test_a_frozen_world_keeps_its_orders(plain: Plain, policy: str) -> None:
    """The file replays to the same timeline, and freezes to the same file."""
    trial = resolve(Scenario.model_validate(plain), seed=7)
    for timeline in played(trial, EVERY[policy]):
        text = freeze(trial, EVERY[policy])
        frozen = resolve(load_scenario("frozen.yaml", text=text))
        assert simulate(frozen, EVERY[policy]).digest == timeline.digest
        assert freeze(frozen, EVERY[policy]) == text


def run(plain: Plain, policy: str) -> Timeline:
    """The timeline of a world under a policy that comes to rest."""
    trial = resolve(Scenario.model_validate(plain), seed=7)
    for timeline in played(trial, EVERY[policy]):
        return timeline
    return simulate(trial, load_policy("seed"))


def played(trial: Trial, policy: Policy, *, crowd_min: int = 32) -> Iterator[Timeline]:
    """The timeline of a world; none if the policy runs in a circle."""
    try:
        timelines = [simulate(trial, policy, crowd_min=crowd_min)]
    except PolicyError:
        timelines = []
    return iter(timelines)
