"""Crews: a queue with so many servers, in closed form, against a slow one and against theory."""

from __future__ import annotations

import statistics

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bcdr_sim.crews import Job, repaired_ms
from bcdr_sim.scenario.reading import load_scenario
from bcdr_sim.trial import NEVER, Trial, resolve

COUNT, HANDS = 23, 5
"""Environments and crews. Source: the worked example of a queue that empties."""
FLEET = """\
version: 1
name: crews
horizon: 30d
regions: [{name: west}]
environments:
  - {name: unit, count: 23, region: west}
outages:
  - {id: heat, region: west, at: 1h, scope: SCOPE, crews: CREWS}
"""


def world(crews: str, *, scope: str = "{fraction: 1}", replication: int = 0) -> Trial:
    """The fleet, hit and repaired."""
    text = FLEET.replace("CREWS", crews).replace("SCOPE", scope)
    return resolve(load_scenario("crews.yaml", text=text), replication=replication)


def back_ms(trial: Trial) -> list[int]:
    """When each of those hit is back, from impact."""
    (fact,) = trial.outages
    rows = list(range(len(trial.estate)))
    hit = [row for row, at_ms in zip(rows, trial.reached_ms(fact, rows), strict=True) if at_ms != NEVER]
    return [at_ms - fact.at_ms for at_ms in trial.recoveries(fact, hit)]


def minute_by_minute(jobs: list[Job], *, crews: int, from_ms: int) -> dict[int, int]:
    """The same queue, looked at every millisecond."""
    done: dict[int, int] = {}
    left, busy_until, now = list(jobs), [from_ms] * crews, 0
    while left:
        for crew in range(crews):
            while busy_until[crew] <= now:
                waiting = [job for job in left if job.since_ms <= now]
                if not waiting:
                    break
                job = min(waiting, key=lambda each: (each.place, each.row))
                left.remove(job)
                done[job.row] = busy_until[crew] = now + job.lasts_ms
        now += 1
    return done


@given(
    drawn=st.lists(st.tuples(st.integers(0, 12), st.integers(0, 3), st.integers(0, 6)), max_size=9),
    crews=st.integers(1, 4),
    from_ms=st.integers(0, 9),
)
def test_the_closed_form_is_the_queue(drawn: list[tuple[int, int, int]], crews: int, from_ms: int) -> None:
    """Crew by crew gives the same instants as looking at every instant who is free and who waits."""
    jobs = [Job(since, (place,), row, lasts) for row, (since, place, lasts) in enumerate(drawn)]
    slow = minute_by_minute(jobs, crews=crews, from_ms=from_ms)
    assert repaired_ms(jobs, crews=crews, from_ms=from_ms) == slow


def test_equal_repairs_come_in_waves() -> None:
    """With s for each, the last is back after s * ceil(N / c), to the millisecond, and the mean follows."""
    each = 48 * 60_000
    back = back_ms(world("{count: 5, starts: 30m, each: 48m}"))
    waves = [30 * 60_000 + each * (1 + number // HANDS) for number in range(COUNT)]
    assert sorted(back) == waves
    whole, rest = divmod(COUNT, HANDS)
    mean = each * (HANDS * whole * (whole + 1) / 2 + rest * (whole + 1)) / COUNT
    assert statistics.fmean(back) - 30 * 60_000 == pytest.approx(mean)


def test_random_repairs_end_when_theory_says() -> None:
    """Exponential repairs of rate u: last back after (N-c)/(cu) + H_c/u, on average after 1/u + (N-c)(N-c+1)/(2Ncu)."""
    runs = [back_ms(world("{count: 5, each: {exponential: {mean: 48m}}}", replication=r)) for r in range(400)]
    unit = 48 * 60_000.0
    last = unit * ((COUNT - HANDS) / HANDS + sum(1 / j for j in range(1, HANDS + 1)))
    mean = unit * (1 + (COUNT - HANDS) * (COUNT - HANDS + 1) / (2 * COUNT * HANDS))
    for found, expected in (
        ([max(run) for run in runs], last),
        ([statistics.fmean(run) for run in runs], mean),
    ):
        half_width = 3.3 * statistics.stdev(found) / len(found) ** 0.5
        assert abs(statistics.fmean(found) - expected) < half_width
        assert half_width < 0.06 * expected


def test_more_crews_are_never_slower_for_anybody() -> None:
    """On one world, a crew more lets nobody wait longer."""
    few = back_ms(world("{count: 2, each: {exponential: {mean: 48m}}}"))
    many = back_ms(world("{count: 3, each: {exponential: {mean: 48m}}}"))
    assert all(sooner <= later for sooner, later in zip(many, few, strict=True))


def test_crews_without_a_queue_are_no_crews() -> None:
    """As many crews as environments: each is back after its own draw."""
    mine = back_ms(world("{count: 23, each: {exponential: {mean: 48m}}}"))
    assert mine == back_ms(world("{count: 1000, each: {exponential: {mean: 48m}}}"))


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        ("production", ["prod-1", "prod-2", "test-1", "late-1"]),
        ("tier", ["test-1", "late-1", "prod-1", "prod-2"]),
        ("fifo", ["test-1", "prod-1", "prod-2", "late-1"]),
    ],
)
def test_whom_crews_serve_first(order: str, expected: list[str]) -> None:
    """Production, or the tier, or who was hit first; in the end the name."""
    text = f"""\
version: 1
name: order
horizon: 2d
regions: [{{name: west}}]
environments:
  - {{name: prod-2, region: west, tier: 3, zone: a}}
  - {{name: prod-1, region: west, tier: 2, zone: a}}
  - {{name: test-1, region: west, type: Sandbox, tier: 1, zone: a}}
  - {{name: late-1, region: west, type: Sandbox, tier: 2, zone: b}}
outages:
  - id: heat
    region: west
    at: 1h
    scope: {{select: {{zone: a}}, steps: [{{after: 10m, select: all}}]}}
    crews: {{count: 1, starts: 20m, each: 10m, order: {order}}}
"""
    trial = resolve(load_scenario("order.yaml", text=text))
    (fact,) = trial.outages
    served = sorted(fact.repaired_ms, key=lambda row: fact.repaired_ms[row])
    assert [trial.estate.names[row] for row in served] == expected
    assert fact.end_ms == fact.at_ms + 60 * 60_000


def test_who_is_hit_later_waits_behind_whoever_is_worked_on() -> None:
    """A step of the scope puts more into the queue; nobody is interrupted for them."""
    scope = "{fraction: 0.5, steps: [{after: 1h, fraction: 1.0}]}"
    trial = world("{count: 1, each: 10m}", scope=scope)
    (fact,) = trial.outages
    rows = list(range(COUNT))
    late = [row for row, at_ms in zip(rows, trial.reached_ms(fact, rows), strict=True) if at_ms > fact.at_ms]
    assert 0 < len(late) < COUNT
    assert all(fact.repaired_ms[row] >= fact.at_ms + 70 * 60_000 for row in late)
    assert fact.end_ms == max(fact.repaired_ms.values())
