"""Another library of queues gives what the engine gives for the desk of support and the slots of moves.

Ciw (MIT) simulates queueing networks and shares nothing with this program. Both sides have the same parameters and are
samples of independent worlds, so means are compared within 4.5 of their joint standard errors.
Source: G. Palmer, V. Knight, P. Harper, A. Hawa, "Ciw: an open-source discrete event simulation library", J. Simulation
2019.
"""

from __future__ import annotations

from collections.abc import Callable
from math import sqrt

import ciw
import numpy as np
from numpy.typing import NDArray

from bcdr_sim.engine import simulate
from bcdr_sim.metrics import Metrics, measure
from bcdr_sim.policy import load_policy
from bcdr_sim.scenario.reading import load_scenario
from bcdr_sim.trial import resolve
from bcdr_sim.verification.case import FOLDER
from bcdr_sim.verification.cases import case_named, readings

Z_MAX = 4.5
Sample = NDArray[np.float64]


def ours(file: str, read: Callable[[Metrics], float], *, worlds: int) -> Sample:
    """What the engine gives, a number a world."""
    scenario = load_scenario(FOLDER / file)
    policy = load_policy(str(scenario.policy), folder=FOLDER)
    runs = (measure(simulate(resolve(scenario, replication=number), policy)) for number in range(worlds))
    return np.array([read(run) for run in runs])


def agree(mine: Sample, theirs: Sample, *, to: float) -> None:
    """Both means within their joint standard error, and that small enough to say something."""
    error = sqrt(mine.var(ddof=1) / len(mine) + theirs.var(ddof=1) / len(theirs))
    assert abs(mine.mean() - theirs.mean()) < Z_MAX * error, (mine.mean(), theirs.mean(), error)
    assert error < to * theirs.mean(), "the samples are too small to find anything"


def ciw_desk(
    *, agents: int, rates: dict[str, float], service_minutes: float, minutes: float, worlds: int
) -> dict[str, Sample]:
    """Mean minutes in the system of each class, world by world, those that come early or late left out."""
    classes = list(rates)
    network = ciw.create_network(
        arrival_distributions={name: [ciw.dists.Exponential(rates[name])] for name in classes},
        service_distributions={name: [ciw.dists.Exponential(1 / service_minutes)] for name in classes},
        number_of_servers=[agents],
        priority_classes={name: rank for rank, name in enumerate(classes)},
    )
    times: dict[str, list[float]] = {name: [] for name in classes}
    for number in range(worlds):
        ciw.seed(number)
        simulation = ciw.Simulation(network)
        simulation.simulate_until_max_time(1.2 * minutes)
        records = [
            each
            for each in simulation.get_all_records()
            if 0.15 * minutes <= each.arrival_date < 0.95 * minutes
        ]
        for name in classes:
            own = [each.exit_date - each.arrival_date for each in records if each.customer_class == name]
            times[name].append(sum(own) / len(own))
    return {name: np.array(values) for name, values in times.items()}


def reading(case_id: str, check: str) -> Callable[[Metrics], float]:
    """What a case of the ledger reads for one of its figures."""
    (found,) = [each for each in case_named(case_id).checks if each.name == check]
    return lambda metrics: float(np.asarray(found.read(metrics)))


def test_three_agents_work_as_in_another_library() -> None:
    """Cases at 0.2 a minute, ten minutes each: mean time at the desk."""
    theirs = ciw_desk(agents=3, rates={"each": 0.2}, service_minutes=10, minutes=10_000, worlds=8)
    mine = ours("desk_erlang.yaml", reading("desk-erlang", "E time at desk, min"), worlds=6)
    agree(mine, theirs["each"], to=0.08)


def test_the_upper_tier_goes_first_as_in_another_library() -> None:
    """One agent, arrivals 0.2 and 0.3 a minute, a minute each: mean time of both classes."""
    theirs = ciw_desk(
        agents=1, rates={"first": 0.2, "second": 0.3}, service_minutes=1, minutes=4_000, worlds=8
    )
    for name, check in (("first", "E time of first, min"), ("second", "E time of second, min")):
        agree(ours("desk_cobham.yaml", reading("desk-cobham", check), worlds=6), theirs[name], to=0.08)


def ciw_slots(*, moves: int, slots: int, run_hours: float, worlds: int) -> Sample:
    """When the last of moves that all begin at once is through so many slots, world by world."""
    network = ciw.create_network(
        arrival_distributions=[ciw.dists.Sequential([1e-9, 1e9])],
        batching_distributions=[ciw.dists.Deterministic(moves)],
        service_distributions=[ciw.dists.Exponential(1 / run_hours)],
        number_of_servers=[slots],
    )
    last = []
    for number in range(worlds):
        ciw.seed(number)
        simulation = ciw.Simulation(network)
        simulation.simulate_until_max_customers(moves, method="Finish")
        last.append(max(each.exit_date for each in simulation.get_all_records()))
    return np.array(last)


def test_slots_are_servers_of_another_library() -> None:
    """Twenty-three move at once through five slots, 48 minutes each on average: when the last one is through."""
    mine = ours("c13_slots.yaml", lambda metrics: float(readings.recovery_times(metrics).max()), worlds=200)
    agree(mine, ciw_slots(moves=23, slots=5, run_hours=0.8, worlds=200), to=0.03)
