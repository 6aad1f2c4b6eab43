"""Small Markov chains, solved by the exponential of their matrix: the closed forms agree with it, and so does the engine."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.linalg import expm

from bcdr_sim.engine import simulate
from bcdr_sim.estate import build_estate
from bcdr_sim.events import Event
from bcdr_sim.metrics import Metrics, measure
from bcdr_sim.policy import load_policy
from bcdr_sim.scenario.reading import load_scenario
from bcdr_sim.trial import resolve
from bcdr_sim.verification.case import FOLDER
from bcdr_sim.verification.cases import readings
from bcdr_sim.verification.closed_forms import availability

Matrix = NDArray[np.float64]
SERVING, DOWN, AWAY = range(3)
HORIZON_H = 30
WORLDS = 600

CHAIN = f"""\
version: 1
name: three-states
include: [instant.yaml]
horizon: {HORIZON_H}h
environments: [{{name: one, region: near}}]
provider: {{failover: {{run: {{exponential: {{mean: 3h}}}}}}}}
outages:
  - id: outage
    region: near
    every: {{exponential: {{mean: 8h}}}}
    lasts: {{exponential: {{mean: 5h}}}}
    detection: {{automatic: 0s}}
policy: ../policies/auto.yaml
"""
"""Serving until an outage; then a race of the move against the return; away until the return, and home in no time."""


def generator(rates: dict[tuple[int, int], float], *, states: int) -> Matrix:
    """The matrix of a chain from its rates per hour."""
    matrix = np.zeros((states, states))
    for (origin, target), rate in rates.items():
        matrix[origin, target] += rate
        matrix[origin, origin] -= rate
    return matrix


def occupied(matrix: Matrix, *, hours: float) -> tuple[Matrix, Matrix]:
    """Where the chain is after so long from state 0, and its mean time in each state until then."""
    size = len(matrix)
    both = np.block([[matrix, np.eye(size)], [np.zeros((size, 2 * size))]])
    solved = expm(both * hours)
    return solved[0, :size], solved[0, size:]


def test_the_closed_form_of_two_states_is_the_exponential_of_their_matrix() -> None:
    """Chance of serving, and mean time down, at four horizons."""
    rates = {"failure_rate": 1 / 40, "repair_rate": 1 / 10}
    matrix = generator({(0, 1): 1 / 40, (1, 0): 1 / 10}, states=2)
    for hours in (1, 10, 100, 1000):
        where, times = occupied(matrix, hours=hours)
        assert availability.serving_at(hours, **rates) == pytest.approx(where[0], rel=1e-9)
        assert availability.down_mean(hours, **rates) == pytest.approx(times[1], rel=1e-9)


def state_at_end(metrics: Metrics) -> int:
    """Where the environment is as the world ends."""
    if metrics.incident_columns.open.any():
        return DOWN
    happened = metrics.timeline.table["event"]
    left = int((happened == Event.FAILOVER_COMPLETED).sum())
    came = int((happened == Event.FAILBACK_COMPLETED).sum())
    return AWAY if left > came else SERVING


def test_the_engine_is_where_the_chain_of_three_states_is() -> None:
    """Share of worlds in each state at the end, and mean time down, within 4.5 standard errors of the run."""
    scenario = load_scenario(FOLDER / "chain.yaml", text=CHAIN)
    policy, estate = load_policy(str(scenario.policy), folder=FOLDER), build_estate(scenario)
    ends, down = [], []
    for replication in range(WORLDS):
        metrics = measure(simulate(resolve(scenario, replication=replication, estate=estate), policy))
        ends.append(state_at_end(metrics))
        down.append(float(readings.down(metrics).sum()))
    fail, back, move = 1 / 8, 1 / 5, 1 / 3
    matrix = generator(
        {(SERVING, DOWN): fail, (DOWN, SERVING): back, (DOWN, AWAY): move, (AWAY, SERVING): back}, states=3
    )
    where, times = occupied(matrix, hours=HORIZON_H)
    for state in (SERVING, DOWN, AWAY):
        share = where[state]
        assert abs(ends.count(state) / WORLDS - share) < 4.5 * (share * (1 - share) / WORLDS) ** 0.5
    error = np.std(down, ddof=1) / WORLDS**0.5
    assert abs(np.mean(down) - times[DOWN]) < 4.5 * error
    assert error < 0.05 * times[DOWN], "wide enough an interval holds anything"
