"""Relations of where time goes: accounts that add up, and what they must be when nothing happens or nothing is moved."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis.strategies import sampled_from

from bcdr_sim.metrics.accounts import Account
from bcdr_sim.trial import NEVER, Trial
from bcdr_sim.verdict import judge
from oracle.scenarios import Plain
from plain_accounts import told_plainly
from relation_worlds import (
    ANY,
    ANY_POLICY,
    STEADY,
    UNRESTORING,
    narrowed,
    played,
    tried,
    with_kind,
    without_alarms,
    without_data_kinds,
    without_dependencies,
    without_plans,
)

MOVES = frozenset({"slot_obtained", "move_decided", "loss_realised", "loss_salvaged"})
NO_ALARM = narrowed(ANY, without_alarms, without_data_kinds, without_dependencies)


@given(plain=ANY, policy=ANY_POLICY)
@tried
def test_accounts_add_up_to_the_horizon_and_ledgers_to_recovery_times(plain: Plain, policy: str) -> None:
    """Relation 1: phases leave no gap, every instant is in one account, and incidents are closed or censored."""
    world = played(plain, policy)
    metrics, horizon_ms = world.metrics, world.trial.horizon_ms
    for row, booked in enumerate(metrics.clocks.booked.tolist()):
        told, stays = told_plainly(world.timeline, row), world.timeline.stays(row)
        assert sum(booked) == horizon_ms
        served = booked[Account.UP] + booked[Account.DEGRADED]
        assert served == told.booked[Account.UP] + told.booked[Account.DEGRADED]
        for account in (Account.PLANNED, Account.DOWN, Account.OUTSIDE):
            assert booked[account] == told.booked[account]
        assert [stay.start_ms for stay in stays] == [0, *(stay.end_ms for stay in stays[:-1])]
        assert stays[-1].end_ms == horizon_ms
        assert all(stay.length_ms >= 0 for stay in stays)
        incidents = metrics.incidents_of(row)
        assert [(each.start_ms, each.start_ms + each.at_least_ms) for each in incidents] == told.incidents
        for incident in incidents:
            assert sum(line.ms for line in incident.ledger) == incident.at_least_ms
    fleet = metrics.totals.fleet
    assert fleet.closed + fleet.censored == fleet.incidents == len(metrics.incident_list())


@given(plain=ANY, policy=ANY_POLICY)
@tried
def test_down_time_is_the_sum_of_recovery_times_cut_at_the_horizon(plain: Plain, policy: str) -> None:
    """Relation 19: per environment, incidents that are open at the horizon included."""
    world = played(plain, policy)
    cut_ms = Counter[str]()
    for incident in world.metrics.incident_list():
        cut_ms[incident.environment] += incident.at_least_ms if incident.censored else (incident.rta_ms or 0)
    assert +Counter(world.booked_ms(Account.DOWN)) == +cut_ms


def quiet(plain: Plain) -> None:
    """Nothing happens to regions, and nobody orders anything."""
    without_plans(plain)
    plain["outages"] = []


@given(plain=narrowed(ANY, quiet), policy=ANY_POLICY)
@tried
def test_where_nothing_happens_nothing_is_down_lost_or_degraded(plain: Plain, policy: str) -> None:
    """Relation 2: without outages, false alarms and planned moves every metric of an incident is n/a, and no pass."""
    world = played(plain, policy)
    metrics = world.metrics
    for account in (Account.DOWN, Account.DEGRADED, Account.PLANNED):
        assert not any(world.booked_ms(account).values())
    assert not MOVES & {row[2] for row in world.rows}
    fleet = metrics.totals.fleet
    assert fleet.incidents == fleet.closed == fleet.censored == fleet.unbounded == 0
    assert fleet.rta.mean is None
    assert judge(metrics).judgements.counts()["PolicyMet"] == 0


def union_ms(trial: Trial, row: int, *, horizon_ms: int) -> int:
    """Time in which at least one outage that leaves less than the minimum hits an environment that stays at home."""
    spec, first_ms = trial.estate.spec(row), trial.estate.spec(row).deployed_ms or 0
    spells = []
    for fact in trial.outages:
        left_permille = fact.capability_permille if fact.kind == "gray" else 0
        (reached_ms,) = trial.reached_ms(fact, [row])
        if (
            fact.region == spec.home
            and not fact.is_false_alarm
            and left_permille < spec.minimum_permille
            and reached_ms != NEVER
            and (first_ms < fact.end_ms or reached_ms >= first_ms)  # nobody is deployed into what is over
        ):
            (back_ms,) = trial.recoveries(fact, [row])
            spells.append((max(reached_ms, first_ms), min(back_ms, horizon_ms)))
    total_ms = until_ms = 0
    for begin_ms, end_ms in sorted(spells):
        total_ms += max(0, end_ms - max(begin_ms, until_ms))
        until_ms = max(until_ms, end_ms)
    return total_ms


@given(plain=narrowed(ANY, without_data_kinds, without_dependencies))
@tried
def test_who_never_moves_is_down_for_the_union_of_its_outages_and_loses_nothing(plain: Plain) -> None:
    """Relation 3: holds for any world in which nobody depends on others and outages take service when they hit.

    Whoever depends on others is down with them, and a partition or a corruption takes service later or never.
    """
    world = played(plain, "never")
    trial = world.trial
    expected = {
        name: union_ms(trial, row, horizon_ms=trial.horizon_ms) for row, name in enumerate(trial.estate.names)
    }
    assert world.booked_ms(Account.DOWN) == expected
    assert not MOVES & {row[2] for row in world.rows}
    assert not any(world.booked_ms(Account.PLANNED).values())
    assert not world.metrics.clocks.without_functions_ms.any()
    assert all(incident.realised.is_zero for incident in world.metrics.incident_list())


def endless(plain: Plain) -> None:
    """A move takes longer than the world lasts, and is given up when the region returns."""
    without_plans(plain)
    plain["provider"]["failover"]["run"] = "30d"
    plain["provider"]["on_recovery"] = "abort"
    for outage in plain["outages"]:
        if outage["kind"] == "gray":
            outage["capability"] = 0.0


@given(
    plain=narrowed(
        ANY, endless, without_alarms, without_data_kinds, with_kind("hard", "unreachable", "gray")
    ),
    policy=sampled_from([*STEADY, "fo-2022 settle=15m patience=10m tolerated_loss=5m back_soon=20m"]),
)
@tried
def test_a_move_that_never_ends_and_is_aborted_changes_no_down_time(plain: Plain, policy: str) -> None:
    """Relation 18: with `abort`, moves only of who is down, and outages that leave nothing or all.

    Where a second outage still leaves somebody impaired as the first ends, a move in flight keeps them down.
    """
    assert played(plain, policy).booked_ms(Account.DOWN) == played(plain, "never").booked_ms(Account.DOWN)


@given(plain=ANY, policy=sampled_from(UNRESTORING))
@tried
def test_who_is_not_covered_never_moves_and_loses_nothing(plain: Plain, policy: str) -> None:
    """Relation 9: neither an environment of another type nor one that has opted out, under any policy that only moves."""
    world = played(plain, policy)
    uncovered = [
        name
        for row, name in enumerate(world.names)
        if not (world.trial.estate.spec(row).covered and world.trial.estate.spec(row).type == "Production")
    ]
    assert not (MOVES | {"capabilities_lost"}) & {row[2] for row in world.of(*uncovered)}
