"""Engine against reference model, counted: `PYTHONPATH=src:tests python -m agreement --write`, some minutes.

Random scenarios of five kinds, each played by the engine and by the model of `tests/oracle`; the first event that
differs ends it with exit 1. `--write` keeps how many worlds and events were compared in `docs/evidence/oracle.json`, for
the page of validation; nothing is written where one differed. `--worlds N` of each kind, `--seed N` for others.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.strategies import SearchStrategy, one_of, sampled_from

from bcdr_sim.scenario.document import Scenario
from bcdr_sim.trial import resolve
from growing import growing_scenarios
from oracle.scenarios import POLICIES, Plain, plain_scenarios
from people_worlds import ordering_scenarios, peopled_scenarios
from test_oracle import ASKING, EVERY, difference, engine_rows, oracle_rows

EVIDENCE = Path(__file__).parent.parent / "docs" / "evidence" / "oracle.json"


@dataclass(slots=True)
class Compared:
    """How many worlds of a kind, how many of them had an outage, and how many events all had."""

    worlds: int = 0
    with_outages: int = 0
    events: int = 0
    digests: set[str] = field(default_factory=set)


KINDS: Mapping[str, tuple[SearchStrategy[Plain], list[str]]] = {
    "outages, copies and moves": (plain_scenarios(), sorted(POLICIES)),
    "fleets": (plain_scenarios(crowds=True), sorted(POLICIES)),
    "people": (one_of(peopled_scenarios(), peopled_scenarios(crowds=True)), ASKING),
    "orders": (one_of(ordering_scenarios(), ordering_scenarios(crowds=True)), sorted(EVERY)),
    "growing scopes, crews, catching up": (
        one_of(growing_scenarios(), growing_scenarios(crowds=True), growing_scenarios(moving=True)),
        sorted(POLICIES),
    ),
}


def compare(kind: str, *, worlds: int, first_seed: int) -> Compared:
    """Compare so many worlds of a kind.

    Raises:
        AssertionError: with the smallest world that differs.
    """
    scenarios, policies = KINDS[kind]
    found = Compared()

    @seed(first_seed)
    @settings(
        max_examples=worlds,
        deadline=None,
        database=None,
        phases=(Phase.generate, Phase.shrink),
        suppress_health_check=list(HealthCheck),
    )
    @given(plain=scenarios, policy=sampled_from(policies))
    def one(plain: Plain, policy: str) -> None:
        trial = resolve(Scenario.model_validate(plain), seed=7)
        rows = engine_rows(trial, EVERY[policy])
        different = difference(rows, oracle_rows(trial, EVERY[policy]))
        assert not different, different
        found.worlds += 1
        found.with_outages += bool(trial.outages)
        found.events += len(rows) if isinstance(rows, list) else 0
        found.digests.add(f"{policy} {json.dumps(plain, sort_keys=True, default=str)}")

    one()
    return found


def main() -> int:
    """Compare all kinds."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--worlds", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--write", action="store_true")
    chosen = parser.parse_args()
    rows = []
    for kind in KINDS:
        found = compare(kind, worlds=chosen.worlds, first_seed=chosen.seed)
        assert found.with_outages, f"{kind}: no world had an outage"
        print(f"{kind}: {found.worlds:,} worlds, {found.events:,} events, none differs", flush=True)
        rows.append(
            {
                "kind": kind,
                "worlds": found.worlds,
                "different": len(found.digests),
                "with_outages": found.with_outages,
                "events": found.events,
            }
        )
    if chosen.write:
        content = {"schema": "bcdr-sim/oracle/1", "seed": chosen.seed, "kinds": rows}
        EVIDENCE.parent.mkdir(exist_ok=True)
        EVIDENCE.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
