"""What is fuzzed: a target takes the bytes of one file and says whether it was accepted or refused.

Whatever else it raises is a fault of the program. What is accepted is written back, and has to read back equal.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from bcdr_sim.loading import dump, read
from bcdr_sim.policy import Policy, load_policy
from bcdr_sim.policy.compile import interpret
from bcdr_sim.policy.reading import POLICY_LIMITS, read_laws
from bcdr_sim.policy.table import Invariant
from bcdr_sim.scenario.document import Scenario
from bcdr_sim.scenario.reading import load_scenario
from fuzzing.engine import live
from fuzzing.imports import import_file, import_seeds
from fuzzing.refusing import outcome
from policy_observations import possible_observations, random_observations
from policy_tables import all_atoms

TESTS: Final = Path(__file__).resolve().parent.parent
ROOT: Final = TESTS.parent
PACKAGE: Final = ROOT / "src" / "bcdr_sim"
OBSERVATION_COUNT: Final = 8
HERE: Final = "here"
"""The folder, in that of a run, where scenario files stand."""

BASE: Final = """\
version: 1
name: base
horizon: 2d
regions: [{name: west, pair: north}, {name: north, pair: west}]
environments: [{name: shop, region: west}]
"""
TABLED: Final = """\
version: 1
name: tabled
start: 2026-03-12T08:00:00Z
horizon: 2d
regions: [{name: westeurope, pair: northeurope}, {name: northeurope, pair: westeurope}]
customers: {operations: {}, shops: {}}
environments: {from: estate.csv}
"""


@dataclass(frozen=True, slots=True)
class Target:
    """A reader of files. `read` takes the bytes of one and a folder; `seeds` are files of the tree, bad ones too."""

    name: str
    says: str
    read: Callable[[bytes, Path], str]
    seeds: Callable[[], Iterator[bytes]]
    is_text: bool = True


def prepare(folder: Path) -> None:
    """Lay out what scenario files may extend and include: the parts of the shipped ones, and small ones of our own."""
    here = folder / HERE
    here.mkdir()
    parts = ROOT / "scenarios" / "parts"
    shutil.copytree(parts, folder / parts.name)
    shutil.copytree(parts, here / parts.name)
    for path in sorted((ROOT / "scenarios" / "races").glob("*.yaml")):
        shutil.copy(path, here)
    (here / "base.yaml").write_text(BASE, encoding="utf-8")
    (here / "tabled.yaml").write_text(TABLED, encoding="utf-8")
    (here / "estate_from_a_table.csv").write_text("name,region\nalone,westeurope\n", encoding="utf-8")


def load(content: bytes, folder: Path) -> str:
    """A scenario file, which may extend and include those beside it."""
    path = folder / HERE / "scenario.yaml"
    path.write_bytes(content)
    return outcome(lambda: load_scenario(path, root=folder), lambda scenario: comes_back(scenario, folder))


def table(content: bytes, folder: Path) -> str:
    """The table of the environments of a scenario."""
    (folder / HERE / "estate.csv").write_bytes(content)
    return outcome(
        lambda: load_scenario(folder / HERE / "tabled.yaml", root=folder),
        lambda scenario: comes_back(scenario, folder),
    )


def policy(content: bytes, folder: Path) -> str:
    """A policy, compiled: it decides as its table does, and is the same policy when it is written back."""
    path = folder / "policy.yaml"
    path.write_bytes(content)
    return outcome(lambda: load_policy(path), lambda found: _decides(found, folder))


def laws(content: bytes, folder: Path) -> str:
    """Laws that stand apart from any policy."""
    path = folder / "laws.yaml"
    path.write_bytes(content)
    return outcome(
        lambda: read_laws(read(path, limits=POLICY_LIMITS)), lambda found: _laws_come_back(found, path)
    )


def comes_back(scenario: Scenario, folder: Path) -> None:
    """A scenario that is written as its own text, as a run folder does, reads back equal."""
    data = scenario.model_dump(mode="json", by_alias=True, exclude_unset=True)
    assert load_scenario(folder / HERE / "again.yaml", text=dump(data), root=folder) == scenario


def _decides(found: Policy, folder: Path) -> None:
    atoms = list(all_atoms(found))
    for some in (random_observations, possible_observations):
        for observation in some(atoms, count=OBSERVATION_COUNT):
            assert found.decide(observation) == interpret(found.rows, observation)
            assert 0 <= found.decide(observation) <= len(found.rows)
    again = folder / "again.yaml"
    again.write_text(dump(read(folder / "policy.yaml", limits=POLICY_LIMITS).data), encoding="utf-8")
    assert load_policy(again).digest == found.digest


def _laws_come_back(found: tuple[Invariant, ...], path: Path) -> None:
    document = read(path, limits=POLICY_LIMITS)
    assert read_laws(read(path, limits=POLICY_LIMITS, text=dump(document.data))) == found


LAWS: Final = """\
format: 1
sources: {contract: section 3 of the contract}
tags: [gold]
situations:
  lossy: {loss_state: {not_in: [none]}}
invariants:
  - {id: no-loss-unasked, when: {situation: lossy, consent: {ne: granted}}, never: [failover], cites: [contract]}
  - {id: gold-moves, when: {tag_gold: yes, service: down, order: forced}, always: failover, cites: [assumption]}
"""


def _laws() -> Iterator[bytes]:
    yield LAWS.encode()
    for path in sorted((PACKAGE / "policy" / "profiles").glob("*.yaml")):
        data = read(path, limits=POLICY_LIMITS).data
        apart: dict[str, Any] = {key: data[key] for key in ("format", "sources", "tags") if key in data}
        apart["invariants"] = [each for each in data.get("invariants", []) if "situation" not in each["when"]]
        yield dump(apart).encode()
    yield from _contents((TESTS / "bad_policies", "invariant*.yaml"))


def _nothing() -> Iterator[bytes]:
    yield b""


def _contents(*places: tuple[Path, str]) -> Iterator[bytes]:
    for folder, pattern in places:
        for path in sorted(folder.glob(pattern)):
            yield path.read_bytes()


def _scenarios() -> Iterator[bytes]:
    return _contents(
        (ROOT / "scenarios", "**/*.yaml"),
        (TESTS / "bad_files", "**/*.yaml"),
        (TESTS / "bad_files", "**/*.bin"),
        (PACKAGE / "verification", "**/*.yaml"),
        (PACKAGE / "data", "*.yaml"),
    )


TABLES: Final = (
    "name,region,type,tags\na,westeurope,Production,gold\nb,northeurope,Sandbox,\n",
    "name,region,writes,link.kind,link.lag,depends_on\na,westeurope,constant,lag,2m,\nb,westeurope,idle,synchronous,,a\n",
    "name,count,region\nfleet,3,northeurope\n",
)


def _tables() -> Iterator[bytes]:
    yield from (text.encode() for text in TABLES)
    yield from _contents((ROOT / "scenarios", "*.csv"), (TESTS / "bad_files", "**/*.csv"))


def _policies() -> Iterator[bytes]:
    return _contents(
        (PACKAGE / "policy" / "profiles", "*.yaml"),
        (ROOT / "policies", "*.yaml"),
        (TESTS / "policies", "*.yaml"),
        (TESTS / "oracle" / "policies", "*.yaml"),
        (TESTS / "bad_policies", "*.yaml"),
    )


TARGETS: Final = (
    Target("loader", "scenario files, with what they extend and include", load, _scenarios),
    Target("table", "tables of environments", table, _tables),
    Target("importers", "records of other programs, all kinds", import_file, import_seeds),
    Target("policy", "policy files, compiled and asked", policy, _policies),
    Target(
        "engine", "worlds that the engine and the reference model live through", live, _nothing, is_text=False
    ),
    Target("laws", "laws that stand apart from a policy", laws, _laws),
)
"""In the order in which a campaign takes them."""
