"""Which small changes of the program no test notices: `PYTHONPATH=src:tests python -m mutations.campaign --sample 200`.

`--sample N` mutants of each area, `--area A` for some of them only, `--seed K` for others; the same seed gives the same
ones, and a larger sample holds the smaller. Every mutant meets the tests that run its line, the quickest file first, in a
process of its own. What is known in `--evidence FILE` of a module that has not changed is not tried again (`--again` does).
`--key TEXT` tries what has that in its name, and writes nothing. Exit 1 if something survives without a reason in
`survivors.yaml`.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import yaml

from mutations.areas import AREAS, BELOW, every_mutant, name_of
from mutations.bugs import PACKAGE, TESTS
from mutations.choosing import Watched, read_watched
from mutations.forking import BROKEN, ENDLESS, KILLED, SURVIVED, UNMET, load_libraries, tried
from mutations.operators import Mutant

ROOT: Final = TESTS.parent
EVIDENCE: Final = ROOT / "docs" / "evidence" / "mutation.json"
SURVIVORS: Final = Path(__file__).parent / "survivors.yaml"
SCHEMA: Final = "bcdr-sim/mutation/1"
UNREACHED: Final = "no test runs it"


@dataclass(frozen=True, slots=True)
class Trial:
    """What became of a mutant. `digest` is of the module as it was; `by` the test that noticed, or why none did."""

    key: str
    area: str
    module: str
    where: str
    line: int
    operator: str
    was: str
    becomes: str
    result: str
    by: str
    digest: str


def sample(area: str, *, count: int, seed: int) -> list[Mutant]:
    """So many mutants of an area, the same for the same seed: those whose names have the least hashes."""
    found = sorted(every_mutant(area), key=lambda each: _hashed(f"{seed}:{each.key}"))
    return found[:count]


def justified() -> dict[str, str]:
    """Why a mutant may survive, by its key."""
    listed = yaml.safe_load(SURVIVORS.read_text(encoding="utf-8")) or []
    return {each["mutant"]: each["because"] for each in listed}


def known(path: Path) -> dict[str, Trial]:
    """What was tried before, by key."""
    if not path.exists():
        return {}
    return {each["key"]: Trial(**each) for each in json.loads(path.read_text(encoding="utf-8"))["mutants"]}


def write(path: Path, found: Mapping[str, Trial], *, seed: int) -> None:
    """Write what was tried, in the order of the modules and their lines."""
    rows = sorted(found.values(), key=lambda each: (each.area, each.module, each.line, each.key))
    content = {
        "schema": SCHEMA,
        "seed": seed,
        "mutants_of_each_area": {area: sum(1 for _ in every_mutant(area)) for area in AREAS},
        "mutants": [asdict(each) for each in rows],
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content, indent=1, ensure_ascii=True) + "\n", encoding="utf-8")


def main() -> int:
    """Try a sample of every area."""
    chosen = _arguments().parse_args()
    found = known(chosen.evidence)
    for area in (each for each in AREAS if not chosen.area or each in chosen.area):  # from below upwards
        load_libraries(BELOW[area])
        mutants = sample(area, count=chosen.sample, seed=chosen.seed)
        if chosen.key:
            mutants = [each for each in every_mutant(area) if chosen.key in each.key]
        if not chosen.again and not chosen.key:
            mutants = [each for each in mutants if not _is_known(each, found)]
        if mutants:
            for trial in _tried(area, mutants, watched=_watched(area, chosen.watched)):
                print(f"{trial.result:9} {trial.key}   {trial.by}"[:220], flush=True)
                found[trial.key] = trial
                if not chosen.key:
                    write(chosen.evidence, found, seed=chosen.seed)
    alive = [trial.key for trial in found.values() if trial.result == SURVIVED]
    unexplained = sorted(set(alive) - justified().keys())
    print(
        f"{len(found):,} mutants tried, {len(alive):,} survive, {len(unexplained):,} of them without a reason"
    )
    return 1 if unexplained else 0


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m mutations.campaign", description=__doc__)
    parser.add_argument("--sample", type=int, default=200, metavar="N")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--area", choices=sorted(AREAS), action="append")
    parser.add_argument("--key")
    parser.add_argument("--again", action="store_true")
    parser.add_argument("--evidence", type=Path, default=EVIDENCE, metavar="FILE")
    parser.add_argument("--watched", type=Path, metavar="DIR", help="keep there which test runs which line")
    return parser


def _tried(area: str, mutants: list[Mutant], *, watched: Watched) -> Iterator[Trial]:
    digests = {module: _digest(module) for module in {each.module for each in mutants}}
    for mutant in mutants:
        result, by = _fate(mutant, watched)
        yield Trial(
            key=mutant.key,
            area=area,
            module=mutant.module,
            where=mutant.where,
            line=mutant.line,
            operator=mutant.operator,
            was=mutant.was,
            becomes=mutant.becomes,
            result=result,
            by=by.removeprefix("tests/"),
            digest=digests[mutant.module],
        )


def _fate(mutant: Mutant, watched: Watched) -> tuple[str, str]:
    """What becomes of a mutant, and the test that noticed: file by file, up to the first in which one does."""
    name, fates = name_of(PACKAGE / mutant.module), []
    for seconds, tests in watched.tests_for(mutant):
        fates.append(tried(name, mutant.tree, tests, cpu_seconds=30 + round(3 * seconds)))
        if fates[-1][0] not in (SURVIVED, UNMET):
            return fates[-1]
    if not fates:
        return SURVIVED, UNREACHED
    return (SURVIVED, "") if any(fate == SURVIVED for fate, _ in fates) else (BROKEN, "no test imports it")


def _watched(area: str, folder: Path | None) -> Watched:
    """Which test of an area runs which line; told by an earlier run in `folder`, or found out now."""
    with tempfile.TemporaryDirectory() as scratch:
        path = (folder or Path(scratch)) / f"watch.{area}.json"
        if not path.exists():
            subprocess.run(
                [sys.executable, "-m", "mutations.watching", area, str(path)], cwd=ROOT, check=True
            )
        return read_watched(path)


def _is_known(mutant: Mutant, found: Mapping[str, Trial]) -> bool:
    trial: Any = found.get(mutant.key)
    return trial is not None and trial.digest == _digest(mutant.module) and trial.result in (KILLED, ENDLESS)


def _digest(module: str) -> str:
    return _hashed((PACKAGE / module).read_text(encoding="utf-8"))[:12]


def _hashed(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


if __name__ == "__main__":
    sys.exit(main())
