"""Laws of the seeded bugs: each is still a bug of today's program, its checks exist, and those that are quick notice it."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from bcdr_sim.verification.cases import CASES
from mutations.bugs import PACKAGE, TESTS, Bug, bugs, copy_with
from mutations.judging import GREEN, RED, judged

CASE_IDS = {case.id for case in CASES}
QUICK = ("case:c13-constant/1", "case:c08/1")


@pytest.mark.parametrize("bug", bugs(), ids=lambda bug: str(bug.number))
def test_a_seeded_bug_fits_the_program(bug: Bug, tmp_path: Path) -> None:
    """What it replaces stands there exactly once, the copy is still Python, and the program itself is untouched."""
    copied = copy_with(bug, tmp_path) / "bcdr_sim"
    for edit in bug.edits:
        ast.parse((copied / edit.file).read_text(encoding="utf-8"))
        assert (copied / edit.file).read_bytes() != (PACKAGE / edit.file).read_bytes()


@pytest.mark.parametrize("bug", bugs(), ids=lambda bug: str(bug.number))
def test_the_checks_of_a_seeded_bug_exist(bug: Bug) -> None:
    """A case of the ledger, or a test that is there."""
    for check in bug.checks:
        kind, _, rest = check.partition(":")
        if kind == "case":
            assert rest.partition("/")[0] in CASE_IDS
            continue
        file, _, name = check.partition("::")
        assert f"def {name}" in (TESTS / file).read_text(encoding="utf-8")


@pytest.mark.parametrize("bug", bugs(), ids=lambda bug: str(bug.number))
def test_no_seeded_bug_is_noticed_by_texts_of_yesterday_alone(bug: Bug) -> None:
    """The first check is a formula or a law: it would fail a program that repeats what it once printed."""
    assert not bug.checks[0].startswith(
        ("test_scenarios.py", "test_expected.py", "test_docs.py", "test_oracle.py")
    )


def test_there_are_thirty_seeded_bugs_and_no_two_are_one() -> None:
    """As many as the plan of validation lists."""
    assert len(bugs()) == len({bug.edits for bug in bugs()}) == 30


@pytest.mark.parametrize("check", QUICK)
def test_a_quick_check_is_green_without_its_bug_and_red_with_it(check: str) -> None:
    """Run as the whole table is: in a copy, in a process of its own."""
    (bug,) = (bug for bug in bugs() if check in bug.checks)
    assert judged(None, check).code == GREEN
    assert judged(bug, check).code == RED


def test_a_bug_that_is_out_of_date_is_refused(tmp_path: Path) -> None:
    """A text that does not stand there would make a copy without a bug."""
    edit = bugs()[0].edits[0]
    stale = Bug(0, "stale", (type(edit)(edit.file, "what nobody wrote", ""),), ())
    with pytest.raises(ValueError, match="stands there 0 times"):
        copy_with(stale, tmp_path)
