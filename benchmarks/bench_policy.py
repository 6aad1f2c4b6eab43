"""How right and how fast the proofs are: random tables against a look at everything, and the time of each profile.

    python benchmarks/bench_policy.py                  # 500 random tables
    python benchmarks/bench_policy.py --tables 5000    # a longer look

Prints the number of disagreements, which is 0 or the program is wrong. Times are of one run; read their proportions.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

from hypothesis import HealthCheck, Phase, given, seed, settings

from bcdr_sim.analysis import check, differ
from bcdr_sim.policy import Policy, load_policy, profile_names
from bcdr_sim.policy.policy import policy_document

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests"))


def disagreements(tables: int) -> int:
    """How many of so many random tables the check and a look at every observation say different things of."""
    from random_policies import policies
    from test_policy_check import seen_by_looking

    found = 0

    @seed(1)
    @settings(
        max_examples=tables,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate],
    )
    @given(policy=policies())
    def compare(policy: Policy) -> None:
        nonlocal found
        result = check(policy, policy_document("seed-2024-11"))
        codes = {
            (finding.kind.code, finding.invariant or finding.rule)
            for finding in result.findings
            if finding.kind.code != "BCDR301"
        }
        found += codes != seen_by_looking(policy)

    compare()
    return found


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tables", type=int, default=500)
    given_ = parser.parse_args()
    print(
        f"{given_.tables:,} random tables, {disagreements(given_.tables)} disagreements with a look at everything"
    )
    seed_policy = load_policy("seed-2024-11")
    print(f"{'profile':26} {'check':>8} {'--ranges':>9} {'settings':>9} {'nodes':>8} {'diff':>8}")
    for name in profile_names():
        policy, document = load_policy(name), policy_document(name)
        began = time.perf_counter()
        once = check(policy, document)
        checked = time.perf_counter()
        ranges = check(policy, document, ranges=True)
        ranged = time.perf_counter()
        differ(seed_policy, policy)
        compared = time.perf_counter()
        times = f"{checked - began:7.2f}s {ranged - checked:8.2f}s {ranges.parameter_settings:9}"
        print(f"{name:26} {times} {once.node_count:8,} {compared - ranged:7.2f}s")


if __name__ == "__main__":
    main()
