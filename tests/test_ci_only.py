"""Laws of `ci --only`: a part that is asked for by name and looks at nothing is told, and is no success."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from policy_repository import POLICY, begin, edit, land, reviewed, save


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """The example on `main`, without gates and tests."""
    folder = begin(tmp_path / "repository")
    (folder / "gates.yaml").unlink()
    (folder / "tests" / "company.policytest.yaml").unlink()
    (folder / "scenarios" / "storm.yaml").unlink()
    land(folder)
    return folder


@pytest.mark.parametrize(
    ("part", "why"),
    [
        ("baselines", "there is no baseline"),
        ("gates", "there is no gate, no file gates.yaml"),
        ("test", "no scenario and no policy test claims anything"),
        ("explore", "no policy is new or another one"),
    ],
)
def test_a_part_with_nothing_to_look_at_is_no_success(part: str, why: str, repository: Path) -> None:
    """It ends with 5 and a sentence in every form that people read, on stderr beside one for machines."""
    ended = reviewed(repository, "--only", part)
    assert ended.code == 5
    assert f"Nothing to look at in '{part}': {why}" in " ".join(ended.out.split())
    assert "NOTHING TO LOOK AT" in ended.out
    assert "PASS" not in ended.out
    assert "changed" not in ended.out
    assert why in reviewed(repository, "--only", part, "--format", "markdown").out
    ended = reviewed(repository, "--only", part, "--format", "json")
    assert [each["part"] for each in json.loads(ended.out)["idle"]] == [part]
    assert why in ended.err


def test_one_part_that_looks_at_something_is_enough(repository: Path) -> None:
    """The others that were asked for are told; none is in a whole run, which asks for nothing by name."""
    ended = reviewed(repository, "--only", "check", "--only", "baselines")
    assert ended.code == 0
    assert "Nothing to look at in 'baselines'" in ended.out
    ended = reviewed(repository)
    assert ended.code == 0
    assert "Nothing to look at" not in ended.out


def test_only_new_policies_are_nothing_to_compare(tmp_path: Path) -> None:
    """A difference needs something of before."""
    folder = begin(tmp_path / "repository")
    text = (folder / POLICY).read_text(encoding="utf-8")
    for each in ("scenarios/storm.yaml", "tests/company.policytest.yaml", "gates.yaml", POLICY):
        (folder / each).unlink()
    land(folder)
    (folder / POLICY).write_text(text, encoding="utf-8")
    save(folder)
    assert reviewed(folder, "--only", "diff").code == 5
    assert reviewed(folder, "--only", "explore").code == 0


def test_what_was_not_compared_is_not_said_to_be_changed(repository: Path) -> None:
    """Neither of a policy that is another one now."""
    edit(repository / POLICY, "default: 2h", "default: 3h")
    save(repository)
    ended = reviewed(repository, "--only", "check")
    assert "1 policy, not compared" in ended.out
    assert "changed" not in ended.out
    assert "1 policy, changed" in reviewed(repository, "--only", "diff").out


def test_a_guard_that_is_gone_is_worse_than_nothing_to_look_at(repository: Path) -> None:
    """Guards are looked at whatever was asked for."""
    edit(repository / POLICY, "range: [30m, 24h]", "range: [0s, 24h]")
    save(repository)
    assert reviewed(repository, "--only", "baselines").code == 1
