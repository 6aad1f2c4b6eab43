"""Look for files that make the program fail: `PYTHONPATH=src:tests python -m fuzzing [TARGET...]`; exit 1 if there is one.

Without a target all are taken, one after the other. `--minutes M` or `--runs N` for each (5 minutes), `--seed K`; `--plain`
does without coverage, as it is where Atheris (`pip install -e '.[fuzz]'`) is missing. Inputs that reached something new
are collected in `--work DIR`, faults beside them; `--keep N` lets the smallest of them that reach all, at most N, take
the place of those in tests/corpus; `--evidence FILE` adds what was done to a JSON file.
"""

from __future__ import annotations

import argparse
import json
import platform
import sys
from pathlib import Path
from typing import Any, Final

from fuzzing.campaign import Told, guided, is_guided, plain
from fuzzing.corpus import keep, kept
from fuzzing.targets import ROOT, TARGETS, Target

RUNS_PLAIN: Final = 20_000
MINUTES: Final = 5.0


def main() -> int:
    """Run a campaign against each target."""
    chosen = _arguments().parse_args()
    targets = [each for each in TARGETS if not chosen.target or each.name in chosen.target]
    is_plain = chosen.plain or not is_guided()
    if is_plain and (chosen.keep or chosen.evidence):
        print("--keep and --evidence need Atheris: pip install -e '.[fuzz]'", file=sys.stderr)
        return 2
    done = [_campaign(target, chosen, is_plain=is_plain) for target in targets]
    if chosen.evidence:
        _write_evidence(chosen.evidence, done)
    return 1 if any(told.faults for told in done) else 0


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m fuzzing", description=__doc__)
    parser.add_argument("target", nargs="*", choices=[[], *(each.name for each in TARGETS)])
    parser.add_argument("--runs", type=int, default=0, help="executions of each target")
    parser.add_argument("--minutes", type=float, default=0.0, help="minutes for each target")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--plain", action="store_true", help="without coverage")
    parser.add_argument("--work", type=Path, default=ROOT / ".fuzzing")
    parser.add_argument("--keep", type=int, default=0, metavar="N")
    parser.add_argument("--evidence", type=Path, metavar="FILE")
    return parser


def _campaign(target: Target, chosen: argparse.Namespace, *, is_plain: bool) -> Told:
    faults = chosen.work / f"{target.name}-faults"
    faults.mkdir(parents=True, exist_ok=True)
    if is_plain:
        told = plain(target, runs=chosen.runs or RUNS_PLAIN, seed=chosen.seed, faults=faults)
    else:
        minutes = chosen.minutes or (0.0 if chosen.runs else MINUTES)
        told = guided(
            target,
            runs=chosen.runs,
            seconds=round(minutes * 60),
            seed=chosen.seed,
            work=chosen.work / target.name,
            faults=faults,
        )
    print(_line(told), flush=True)
    if chosen.keep and target.is_text:
        reached = [path.read_bytes() for path in (chosen.work / target.name).iterdir()]
        print(f"  {keep(target, reached, count_max=chosen.keep)} inputs kept")
    return told


def _line(told: Told) -> str:
    reached = "" if told.edges is None else f", {told.edges:,} branches by {told.inputs:,} inputs"
    outcomes = "".join(f", {count:,} {outcome}" for outcome, count in sorted(told.outcomes.items()))
    faults = f"{len(told.faults)} faults: {' '.join(told.faults)}" if told.faults else "no fault"
    done = f"{told.executions:,} executions in {told.seconds:,} s ({told.engine})"
    return f"{told.target}: {done}{reached}{outcomes}; {faults}"


def _write_evidence(path: Path, done: list[Told]) -> None:
    """Add campaigns to those in a file; executions add up, what was reached is that of the last."""
    known: dict[str, Any] = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    targets = known.get("targets", {})
    known_as = {each.name: each for each in TARGETS}
    for told in done:
        before = targets.get(told.target, {"executions": 0, "seconds": 0, "campaigns": 0})
        targets[told.target] = {
            "campaigns": before["campaigns"] + 1,
            "executions": before["executions"] + told.executions,
            "seconds": before["seconds"] + told.seconds,
            "edges": told.edges,
            "features": told.features,
            "faults_kept": sum("-" in path.name for path in kept(known_as[told.target])),
            "faults_open": len(told.faults),
        }
    content = {
        "schema": "bcdr-sim/fuzzing/1",
        "python": platform.python_version(),
        "targets": dict(sorted(targets.items())),
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
