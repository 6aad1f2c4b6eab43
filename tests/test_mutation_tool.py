"""Laws of the small changes: each is one change and still Python, names are stable, and those that live on have a reason.

The campaign itself takes an hour: `python -m mutations.campaign`. Here a few mutants meet their tests as all do there.
"""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
from collections import Counter

import pytest

from mutations import areas
from mutations.areas import AREAS, every_mutant, modules_of
from mutations.bugs import PACKAGE, TESTS
from mutations.campaign import EVIDENCE, SCHEMA, justified, known, sample
from mutations.choosing import Watched
from mutations.forking import ENDLESS, KILLED, SURVIVED
from mutations.operators import mutants

SOURCE = '''
"""Says."""
from __future__ import annotations
LIMIT: int = 3
def least(values: list[int], most: int = 0) -> int:
    """Never mind 7."""
    assert values != []
    if not values or most < 0:
        raise ValueError(f"none of {1 + 1}")
    total = 0
    for value in values:
        total += value
        if value == most:
            break
    return min(values) - total
'''


def test_a_slip_changes_one_place_that_matters() -> None:
    """All of them, of a small module: no docstring, no annotation, no assertion, no text of an error."""
    assert [f"{each.was} -> {each.becomes}" for each in mutants(SOURCE, "small.py")] == [
        "3 -> 4",
        "3 -> 2",
        "0 -> 1",
        "if not values or most < 0 -> if not (not values or most < 0)",
        "not values or most < 0 -> not values and most < 0",
        "not values -> values",
        "most < 0 -> most <= 0",
        "most < 0 -> most >= 0",
        "0 -> 1",
        "raise ValueError(f'none of {1 + 1}') -> pass",
        "0 -> 1",
        "total += value -> total -= value",
        "total += value -> pass",
        "value == most -> value != most",
        "break -> pass",
        "return min(values) - total -> return None",
        "min(values) - total -> min(values) + total",
        "min(values) -> max(values)",
    ]


def test_the_name_of_a_mutant_does_not_depend_on_what_stands_above() -> None:
    """Only on its function and on which of several like changes it is."""
    below = [each.key for each in mutants("import ast\n\n\n" + SOURCE, "small.py")]
    assert below == [each.key for each in mutants(SOURCE, "small.py")]
    assert len(set(below)) == len(below)


@pytest.mark.parametrize("area", AREAS)
def test_every_mutant_is_python_and_has_a_name_of_its_own(area: str) -> None:
    """Hundreds in each area; every tenth is compiled."""
    found = list(every_mutant(area))
    assert len(found) > 300
    assert max(Counter(each.key for each in found).values()) == 1
    for each in found[::10]:
        compile(ast.fix_missing_locations(each.tree), each.module, "exec")


def test_a_larger_sample_holds_the_smaller_one() -> None:
    """And another seed gives another one."""
    small, large, other = (
        [each.key for each in sample("replication", count=count, seed=seed)]
        for count, seed in ((5, 0), (20, 0), (20, 1))
    )
    assert large[:5] == small
    assert set(large) != set(other)


def test_a_mutant_meets_the_tests_that_run_its_line_the_quickest_file_first() -> None:
    """What is done at import concerns all of them, a line that no test runs none; a red test proves nothing."""
    watched = Watched(
        ("a.py::slow", "b.py::quick", "a.py::red", "a.py::middling"),
        (2.0, 1.0, 0.5, 1.5),
        frozenset({"a.py::red"}),
        {"replication/catching_up.py": {line: frozenset({0, 1, 2, 3}) for line in range(1, 60)}},
    )
    inside = next(each for each in every_mutant("replication") if each.where == "caught_up_ms")
    assert watched.tests_for(inside) == [
        (1.0, ["b.py::quick"]),
        (3.5, ["a.py::middling", "a.py::slow"]),
    ]
    elsewhere = next(each for each in every_mutant("replication") if each.where == "Writes.number")
    assert watched.tests_for(elsewhere) == []


KILLS = {
    "replication/writes.py:Writes.writing_ms: ": "tests/test_writes.py",
    "replication/catching_up.py:caught_up_ms: left <= 0 -> left > 0": "tests/test_failback_catch_up.py",
}
APART = """
import json, sys
from mutations.areas import BELOW, PACKAGE, every_mutant, name_of
from mutations.forking import load_libraries, tried
load_libraries(BELOW["replication"])
found = list(every_mutant("replication"))
for beginning, tests in json.loads(sys.argv[1]).items():
    mutant = next(each for each in found if each.key.startswith(beginning))
    for tree in (mutant.tree, None):
        print(json.dumps(tried(name_of(PACKAGE / mutant.module), tree, [tests], cpu_seconds=60)))
"""


def test_a_mutant_is_noticed_in_a_child_and_nowhere_else() -> None:
    """The child has it in the place of the module and says which test was red; without it none is, and no file changes."""
    before = [path.read_bytes() for path in modules_of("replication")]
    ended = subprocess.run(
        [sys.executable, "-c", APART, json.dumps(KILLS)],
        cwd=TESTS.parent,
        env=os.environ | {"PYTHONPATH": os.pathsep.join((str(PACKAGE.parent), str(TESTS)))},
        capture_output=True,
        text=True,
        check=False,
    )
    outcomes = [json.loads(line) for line in ended.stdout.splitlines()]
    assert len(outcomes) == 2 * len(KILLS), ended.stderr
    for changed, unchanged, tests in zip(outcomes[::2], outcomes[1::2], KILLS.values(), strict=True):
        assert changed[0] == KILLED
        assert changed[1].startswith(tests)
        assert unchanged == [SURVIVED, ""]
    assert [path.read_bytes() for path in modules_of("replication")] == before


def test_every_survivor_of_the_campaign_has_a_reason() -> None:
    """In `survivors.yaml`; and every reason is one of a survivor, so that no reason outlives its mutant."""
    told = json.loads(EVIDENCE.read_text(encoding="utf-8"))
    assert told["schema"] == SCHEMA
    found = known(EVIDENCE)
    assert {each.result for each in found.values()} <= {KILLED, SURVIVED, ENDLESS}
    assert justified().keys() == {each.key for each in found.values() if each.result == SURVIVED}
    assert all(len(reason.split()) >= 5 for reason in justified().values())


def test_the_evidence_holds_hundreds_of_mutants_and_some_of_every_area() -> None:
    """As they were when they were tried; at least twenty of each area."""
    tried_of = Counter(each.area for each in known(EVIDENCE).values())
    assert tried_of.keys() == AREAS.keys()
    assert min(tried_of.values()) >= 20
    assert tried_of.total() >= 200
    for area in AREAS:
        assert modules_of(area)
        assert areas.tests_of(area)
