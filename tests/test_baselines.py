"""Laws of baselines: only `approve` writes them, and one that was made from something else is stale, never a violation."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from bcdr_sim.analysis import differ
from bcdr_sim.analysis.identity import decision_digest
from bcdr_sim.loading import read
from bcdr_sim.policy import Policy, load_policy, profile_names
from bcdr_sim.policy.policy import policy_document, put_in_force
from bcdr_sim.policy.reading import read_table
from commands import run
from policy_repository import POLICY, begin, change, edit, land, reviewed, save
from random_policies import policies

quiet = settings(suppress_health_check=list(HealthCheck), deadline=None, database=None, max_examples=60)
BASELINE = "baselines/company.approved.json"


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """The example with its baseline on `main`."""
    folder = begin(tmp_path / "repository")
    assert approve(folder, "--reason", "as it began") == 0
    land(folder)
    return folder


def approve(folder: Path, *arguments: str) -> int:
    """The exit code of `approve` by somebody with a name."""
    return run("approve", str(folder), "--by", "Tester <tester@example.org>", *arguments).code


def content(folder: Path) -> dict[str, Any]:
    """The baseline of the example's policy."""
    found: dict[str, Any] = json.loads((folder / BASELINE).read_text(encoding="utf-8"))
    return found


def doctor(folder: Path, **changed: object) -> None:
    """Write other values into the baseline, and make it what changes are judged by."""
    (folder / BASELINE).write_text(json.dumps({**content(folder), **changed}), encoding="utf-8")
    land(folder)


# The digest of what is decided ------------------------------------------------------------------------------------------


@given(one=policies(), other=policies())
@quiet
def test_equal_digests_mean_equal_decisions(one: Policy, other: Policy) -> None:
    """And equal decisions equal digests."""
    assert (decision_digest(one) == decision_digest(other)) == differ(one, other).is_equivalent


@given(policy=policies())
@quiet
def test_what_is_written_otherwise_has_the_same_digest(policy: Policy) -> None:
    """A rule said twice, with another name, or split at a literal that changes nothing."""
    first, *rest = policy.rows
    renamed = replace(first, decision=replace(first.decision, rule="renamed"))
    rows = (first, renamed, *rest, *policy.rows)
    decisions = (*(row.decision for row in rows), policy.table.default)
    again = replace(policy, rows=rows, decisions=decisions)
    assert decision_digest(again) == decision_digest(policy)


def test_profiles_that_decide_alike_have_one_digest() -> None:
    """Three of the customer's own services wait for the same orders; all others differ."""
    groups: dict[str, list[str]] = {}
    for name in profile_names():
        groups.setdefault(decision_digest(load_policy(name)), []).append(name)
    (alike,) = [names for names in groups.values() if len(names) > 1]
    assert alike == ["asr", "aurora-global", "sql-customer-managed"]
    assert all(differ(load_policy(alike[0]), load_policy(name)).is_equivalent for name in alike)


def test_a_literal_that_changes_nothing_leaves_no_trace() -> None:
    """A rule split in two decides as the one did."""
    text = policy_document("sql-microsoft-managed").sources[-1].text
    forced = "  - {id: forced, "
    assert text.count(forced) == 1
    early = "  - {id: early, when: {data_loss: {lt: 7m}}, then: failover, cites: [SQL]}\n"
    split = put_in_force(read_table(read("x.yaml", text=text.replace(forced, early + forced))), {})
    assert decision_digest(split) == decision_digest(load_policy("sql-microsoft-managed"))


# Approving --------------------------------------------------------------------------------------------------------------


def test_a_baseline_holds_inputs_findings_and_who_said_so(repository: Path) -> None:
    """No clock and no path of this machine; twice the same bytes."""
    baseline = content(repository)
    assert baseline["schema"] == "bcdr-sim/baseline/1"
    assert (baseline["policy"], baseline["by"]) == (POLICY, "Tester <tester@example.org>")
    assert baseline["reason"] == "as it began"
    (scenario,) = baseline["scenarios"]
    assert (scenario["path"], scenario["seed"], scenario["holds"]) == ("scenarios/storm.yaml", 0, True)
    assert scenario["summary"]["outcomes"] == {"failed_over": 2, "recovered_in_place": 2}
    before = (repository / BASELINE).read_bytes()
    assert str(repository).encode() not in before
    assert approve(repository, "--reason", "as it began") == 0
    assert (repository / BASELINE).read_bytes() == before


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param(["--reason", " "], id="no reason"),
        pytest.param(["--reason", "a\nb"], id="two lines"),
        pytest.param(["--reason", "a\x1b[31m"], id="terminal escape"),
        pytest.param(["--reason", "x", "--only", "compny"], id="no such policy"),
        pytest.param(["--reason", "x", "--loosened", "nowhere"], id="no such revision"),
        pytest.param(["--reason", "x", "--loosened", "main", "--prune"], id="two things at once"),
    ],
)
def test_approving_needs_a_reason_and_something_that_is_there(arguments: list[str], repository: Path) -> None:
    """Else nothing is written."""
    before = (repository / BASELINE).read_bytes()
    edit(repository / POLICY, "default: 2h", "default: 5h")
    assert approve(repository, *arguments) == 2
    assert (repository / BASELINE).read_bytes() == before


def test_approving_does_not_follow_a_link(repository: Path, tmp_path: Path) -> None:
    """A branch of a stranger must not choose what is overwritten."""
    outside = tmp_path / "outside"
    outside.write_text("mine", encoding="utf-8")
    (repository / BASELINE).unlink()
    (repository / BASELINE).symlink_to(outside)
    assert approve(repository, "--reason", "x") == 2
    assert outside.read_text(encoding="utf-8") == "mine"


# Judging ----------------------------------------------------------------------------------------------------------------


def test_what_was_approved_passes_whatever_the_layout(repository: Path) -> None:
    """Comments are no input."""
    place = repository / POLICY
    place.write_text("# a comment\n" + place.read_text(encoding="utf-8"), encoding="utf-8")
    assert reviewed(repository).code == 0


def test_a_changed_policy_makes_its_baseline_stale_until_it_is_approved(repository: Path) -> None:
    """4, and how to go on; then 0."""
    change(repository, "good")
    ended = reviewed(repository)
    assert ended.code == 4
    assert "BCDR702: the baseline of policies/company.yaml is stale: the policy is another one" in ended.out
    assert "bcdr-sim approve --only company --reason TEXT" in ended.out
    assert "BASELINE MISSING OR STALE" in ended.out
    assert approve(repository, "--only", "company", "--reason", "wait longer") == 0
    assert reviewed(repository).code == 0


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        pytest.param({"engine": "0.0.9"}, "made with engine 0.0.9", id="engine"),
        pytest.param({"decision_digest": "0" * 64}, "decides otherwise with this engine", id="diagram"),
        pytest.param({"scenarios": []}, "scenario scenarios/storm.yaml is new", id="scenario"),
    ],
)
def test_another_engine_or_input_is_stale(changed: dict[str, object], said: str, repository: Path) -> None:
    """Whatever the change does."""
    doctor(repository, **changed)
    ended = reviewed(repository)
    assert ended.code == 4
    assert said in ended.out


def test_another_history_of_the_same_inputs_is_stale(repository: Path) -> None:
    """The engine has drifted."""
    (scenario,) = content(repository)["scenarios"]
    doctor(repository, scenarios=[{**scenario, "trace_digest": "0" * 64}])
    ended = reviewed(repository)
    assert ended.code == 4
    assert "gives another history with this engine" in ended.out


def test_a_violation_weighs_more_than_a_stale_baseline(repository: Path) -> None:
    """1 before 4."""
    change(repository, "bad")
    ended = reviewed(repository)
    assert ended.code == 1
    assert "BCDR702" in ended.out


def test_a_baseline_that_is_missing_ends_with_4_and_one_that_is_gone_with_1(repository: Path) -> None:
    """Who deletes the baseline of before deletes a guard."""
    new = repository / "policies" / "second.yaml"
    new.write_bytes((repository / POLICY).read_bytes())
    ended = reviewed(repository)
    assert ended.code == 4
    assert "BCDR701: policies/second.yaml has no baseline" in ended.out
    new.unlink()
    (repository / BASELINE).unlink()
    ended = reviewed(repository)
    assert ended.code == 1
    assert "BCDR401: the baseline of policies/company.yaml is gone" in ended.out


def test_an_unused_baseline_is_an_error_in_a_full_run_alone(repository: Path) -> None:
    """Part of a run may not have come to it; `--prune` removes it."""
    stray = repository / "baselines" / "stray.approved.json"
    stray.write_bytes((repository / BASELINE).read_bytes())
    assert reviewed(repository).code == 1
    assert "warning BCDR703" in reviewed(repository, "--only", "baselines", "--only", "check").out
    assert reviewed(repository, "--only", "baselines", "--only", "check").code == 0
    assert approve(repository, "--reason", "tidy", "--prune") == 0
    assert not stray.exists()
    assert reviewed(repository).code == 0


@pytest.mark.parametrize("text", ["[" * 100_000, "{}", '{"schema": "bcdr-sim/baseline/2"}', "a: &a [*a]"])
def test_a_baseline_that_is_none_is_invalid_input(text: str, repository: Path) -> None:
    """With its place."""
    (repository / BASELINE).write_text(text, encoding="utf-8")
    ended = reviewed(repository)
    assert ended.code == 2
    assert f"{BASELINE}:" in ended.err


# Loosened guards --------------------------------------------------------------------------------------------------------


def test_a_loosened_guard_passes_once_the_base_approves_it(repository: Path) -> None:
    """Not while the approval stands in the change alone, and no other loosening with it."""
    weaker = ("when: {data_loss: {gt: 0s}, loss", "when: {data_loss: {gt: 1m}, loss")
    edit(repository / POLICY, *weaker)
    assert approve(repository, "--reason", "board, May") == 0
    assert approve(repository, "--loosened", "main", "--reason", "board, May") == 0
    assert reviewed(repository).code == 1
    approvals = (repository / "baselines" / "loosened.approvals.json").read_bytes()
    save(repository, "Loosen")
    loose, baseline = (repository / POLICY).read_bytes(), (repository / BASELINE).read_bytes()
    restore(repository)
    (repository / "baselines" / "loosened.approvals.json").write_bytes(approvals)
    land(repository)
    (repository / POLICY).write_bytes(loose)
    (repository / BASELINE).write_bytes(baseline)
    ended = reviewed(repository, "--format", "json")
    assert ended.code == 0
    (found,) = [each for each in json.loads(ended.out)["findings"] if each["code"] == "BCDR401"]
    assert found["severity"] == "note"
    assert found["message"].endswith("; approved by Tester <tester@example.org>: board, May")
    edit(repository / POLICY, "when: {data_loss: {gt: 1m}, loss", "when: {data_loss: {gt: 2m}, loss")
    assert reviewed(repository).code == 1


def restore(repository: Path) -> None:
    """The files as they are on `main`."""
    from policy_repository import git

    git(repository, "checkout", "-q", "main", "--", ".")
    (repository / "baselines" / "loosened.approvals.json").unlink()


def test_nothing_loosened_is_nothing_to_approve(repository: Path) -> None:
    """5, since nothing was done."""
    assert approve(repository, "--loosened", "main", "--reason", "x") == 5
