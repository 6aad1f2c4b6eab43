"""One regional outage over many environments: the ratios that the engine must reach, measured side by side in one run.

    python benchmarks/bench_incident.py                        # 100,000 and 1,000,000 environments
    python benchmarks/bench_incident.py --environments 20000   # a quick look: 20,000 and 200,000

Every environment is in production and hit; the link is synchronous, so the provider moves what its slots allow by
itself and the rest waits for the region. Times are only comparable within one run: read the ratios.
"""

from __future__ import annotations

import argparse
import json
import resource
import sys
import time
from pathlib import Path

import simpy

from bcdr_sim.engine import simulate
from bcdr_sim.policy import load_policy
from bcdr_sim.scenario.document import Scenario
from bcdr_sim.trial import Trial, resolve

ROOT = Path(__file__).resolve().parents[1]
ORACLE_ENVIRONMENTS = 150
"""The reference model takes time with the square of the fleet: more than this is waiting."""


def scenario(count: int) -> Scenario:
    """One outage of eight hours over a fleet of `count`."""
    return Scenario.model_validate(
        {
            "version": 1,
            "name": "bench-incident",
            "horizon": "2d",
            "regions": [{"name": "a", "pair": "b"}, {"name": "b", "pair": "a"}],
            "link": {"kind": "synchronous"},
            "environments": [{"name": "prod", "region": "a", "count": count}],
            "outages": [{"id": "storm", "region": "a", "at": "1h", "lasts": "8h"}],
        }
    )


def bare_loop_s(events: int = 300_000) -> float:
    """Seconds per event of a SimPy process that only waits, the best of five."""

    def once() -> float:
        environment = simpy.Environment()

        def waits() -> simpy.events.ProcessGenerator:
            for _ in range(events):
                yield environment.timeout(1)

        environment.process(waits())
        began = time.perf_counter()
        environment.run()
        return (time.perf_counter() - began) / events

    return min(once() for _ in range(5))


def engine_s(trial: Trial) -> tuple[float, int, int]:
    """Seconds, events and bytes of log of one run of the engine."""
    policy = load_policy("seed-2024-11")
    began = time.perf_counter()
    timeline = simulate(trial, policy)
    return time.perf_counter() - began, len(timeline), timeline.table.nbytes


def oracle_s(trial: Trial) -> float:
    """Seconds of one run of the reference model of the tests."""
    sys.path.insert(0, str(ROOT / "tests"))
    from oracle import run

    began = time.perf_counter()
    run(trial, load_policy("seed-2024-11"))
    return time.perf_counter() - began


def measure(count: int) -> dict[str, float]:
    """The figures of rows 1 to 4 of the table of numbers to reach."""
    small = resolve(scenario(ORACLE_ENVIRONMENTS))
    oracle_ratio = oracle_s(small) / min(engine_s(small)[0] for _ in range(3))
    bare_s = bare_loop_s()
    middle_s, events, log_bytes = min(engine_s(resolve(scenario(count))) for _ in range(3))
    bare_s = min(bare_s, bare_loop_s())
    large = resolve(scenario(10 * count))
    large_s, large_events, _ = min(engine_s(large) for _ in range(2))
    return {
        "environments": count,
        "events": events,
        "microseconds_per_event": middle_s / events * 1e6,
        "bare_microseconds_per_event": bare_s * 1e6,
        "event_rate_ratio": bare_s / (middle_s / events),
        "oracle_environments": ORACLE_ENVIRONMENTS,
        "oracle_ratio": oracle_ratio,
        "growth_tenfold": large_s / middle_s,
        "events_tenfold": large_events,
        "log_bytes_per_event": log_bytes / events,
        "peak_gigabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6,
    }


def main() -> None:
    """Print a table, or JSON with `--json`."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--environments", type=int, default=100_000)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    found = measure(given.environments)
    if given.json:
        print(json.dumps(found, indent=2))
        return
    rows = (
        (
            "environment events per second over a bare SimPy timeout loop",
            found["event_rate_ratio"],
            ">= 0.25",
        ),
        (
            f"times faster than the reference model ({ORACLE_ENVIRONMENTS} environments)",
            found["oracle_ratio"],
            ">= 15",
        ),
        (
            f"growth of time from {given.environments:,} to ten times as many",
            found["growth_tenfold"],
            "<= 12",
        ),
        (f"peak memory at {10 * given.environments:,}, GB", found["peak_gigabytes"], "<= 1.5"),
        ("log, bytes per event", found["log_bytes_per_event"], "<= 40"),
    )
    for what, value, must in rows:
        print(f"{what:66} {value:10.3f}   must be {must}")
    per_event, bare = found["microseconds_per_event"], found["bare_microseconds_per_event"]
    print(f"{found['events']:,} events at {per_event:.2f} microseconds each; the bare loop takes {bare:.2f}")


if __name__ == "__main__":
    main()
