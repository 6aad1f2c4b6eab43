"""Many small worlds: what one replication takes, beside the reference model and with two workers, in one run.

    python benchmarks/bench_montecarlo.py                     # 60 replications, and the same with two workers
    python benchmarks/bench_montecarlo.py --replications 10   # a quick look

The year has 50 environments whose customer is asked, and about 10 outages. The day is the smallest world worth
simulating, 5 environments and one outage: checks against theory run such a world a hundred thousand times. Times are
only comparable within one run: read the ratios, and of a replication the order of magnitude.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path

import bcdr_sim as bs
from bcdr_sim.engine import simulate
from bcdr_sim.estate import Estate, build_estate
from bcdr_sim.metrics import measure
from bcdr_sim.policy import Policy, load_policy
from bcdr_sim.scenario.document import Scenario
from bcdr_sim.trial import resolve

ROOT = Path(__file__).resolve().parents[1]
POLICY = "seed-2024-11"
SEED = 1
WORKED_S = 5.0
"""Two workers are compared with one over at least this much work: less is mostly their start."""


def year() -> Scenario:
    """50 environments and about 10 outages of some hours."""
    return _scenario("bench-year", horizon="365d", count=50, when={"every": {"exponential": {"mean": "36d"}}})


def day() -> Scenario:
    """5 environments and one outage."""
    return _scenario("bench-day", horizon="3d", count=5, when={"at": "1h"})


def _scenario(name: str, *, horizon: str, count: int, when: dict[str, object]) -> Scenario:
    lag = {"kind": "lag", "lag": {"exponential": {"mean": "5m"}}}
    lasts = {"lognormal": {"median": "4h", "p90": "12h"}}
    return Scenario.model_validate(
        {
            "version": 1,
            "name": name,
            "horizon": horizon,
            "regions": [{"name": "a", "pair": "b"}, {"name": "b"}],
            "link": lag,
            "customers": {"contoso": {"accepts_loss_up_to": "1h"}},
            "environments": [{"name": "prod", "region": "a", "count": count, "customer": "contoso"}],
            "outages": [{"id": "storm", "region": "a", "lasts": lasts, **when}],
        }
    )


def replicate(scenario: Scenario, estate: Estate, policy: Policy, *, replication: int) -> dict[str, float]:
    """Seconds of each step of one replication, and how much happened in it."""
    began = time.perf_counter()
    trial = resolve(scenario, seed=SEED, replication=replication, estate=estate)
    resolved = time.perf_counter()
    timeline = simulate(trial, policy)
    simulated = time.perf_counter()
    measure(timeline)
    measured = time.perf_counter()
    return {
        "resolve_s": resolved - began,
        "simulate_s": simulated - resolved,
        "measure_s": measured - simulated,
        "events": len(timeline),
        "outages": len(trial.outages),
    }


def mean_of(scenario: Scenario, replications: int) -> dict[str, float]:
    """The mean of so many replications, the best of three rounds as for time."""
    estate, policy = build_estate(scenario), load_policy(POLICY)
    replicate(scenario, estate, policy, replication=0)
    rounds = [
        [replicate(scenario, estate, policy, replication=number) for number in range(replications)]
        for _ in range(3)
    ]
    best = min(rounds, key=lambda each: sum(one["simulate_s"] for one in each))
    return {key: sum(one[key] for one in best) / replications for key in best[0]}


def oracle_ratio(scenario: Scenario, replications: int) -> float:
    """How many times longer the reference model of the tests takes for the same worlds."""
    sys.path.insert(0, str(ROOT / "tests"))
    from oracle import run

    policy = load_policy(POLICY)
    engine_s = oracle_s = 0.0
    for replication in range(replications):
        trial = resolve(scenario, seed=SEED, replication=replication)
        began = time.perf_counter()
        run(trial, policy)
        oracle_s += time.perf_counter() - began
        began = time.perf_counter()
        simulate(trial, policy)
        engine_s += time.perf_counter() - began
    return oracle_s / engine_s


def two_over_one(replications: int) -> float:
    """How many times faster two workers are than one process, their start included."""

    def seconds(workers: int) -> float:
        began = time.perf_counter()
        bs.run(year(), POLICY, seed=SEED, replications=replications, workers=workers, frames=())
        return time.perf_counter() - began

    return seconds(1) / seconds(2)


def measured(replications: int, *, two_workers: bool = True) -> dict[str, float]:
    """All figures; those of two workers take a while."""
    of_year, of_day = mean_of(year(), replications), mean_of(day(), 10 * replications)
    worked = max(replications, round(2 * WORKED_S / of_year["simulate_s"]))
    return {
        "replications": replications,
        "oracle_ratio": oracle_ratio(year(), 1),
        "oracle_ratio_day": oracle_ratio(day(), 20),
        **({"two_workers_over_one": two_over_one(worked)} if two_workers else {}),
        **{f"year_{key}": value for key, value in of_year.items()},
        **{f"day_{key}": value for key, value in of_day.items()},
    }


def main() -> None:
    """Print a table, or JSON with `--json`."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--replications", type=int, default=60)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    found = measured(given.replications)
    if given.json:
        print(json.dumps(found, indent=2))
        return
    rows = (
        ("times faster than the reference model, a year", found["oracle_ratio"], "   must be >= 4"),
        ("times faster than the reference model, a day", found["oracle_ratio_day"], ""),
        ("two workers over one", found["two_workers_over_one"], "   must be >= 1.6"),
    )
    for what, value, must in rows:
        print(f"{what:48} {value:8.2f}{must}")
    print(
        f"{'one replication of':18} {'outages':>8} {'events':>8}    resolve   simulate    measure   an event"
    )
    for name in ("year", "day"):
        each = {key.removeprefix(f"{name}_"): value for key, value in found.items()}
        steps = " ".join(f"{each[step] * 1e3:7.2f} ms" for step in ("resolve_s", "simulate_s", "measure_s"))
        per_event = each["simulate_s"] / each["events"] * 1e6
        print(f"a {name:16} {each['outages']:8.1f} {each['events']:8.0f} {steps} {per_event:7.1f} us")


if __name__ == "__main__":
    main()
