"""Laws of the forms of a review: what is counted is listed, every finding has its line, and nothing is told nowhere."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from policy_repository import POLICY, begin, edit, reviewed, save

DUTY = "nothing-lost-moves"


@pytest.fixture(scope="module")
def forms(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """All forms of the review of a change that loosens a guard of every kind, and lets a rule lose data."""
    folder = begin(tmp_path_factory.mktemp("review") / "repository")
    edit(folder / POLICY, "{data_loss: {eq: 0s}}, then: failover", "{data_loss: {lt: 5m}}, then: failover")
    edit(folder / POLICY, "range: [30m, 24h]", "range: [0s, 24h]")
    edit(folder / POLICY, "data_loss: {eq: 0s}}, cites", "data_loss: {eq: 0s}, tier: 1}, cites")
    edit(folder / "gates.yaml", "margin: 30s", "margin: 40s")
    edit(folder / "bcdr-sim.yaml", "severities: {BCDR105: error}", "severities: {BCDR105: note}")
    edit(folder / "tests" / "company.policytest.yaml", "name: who agreed is moved", "name: who agreed moves")
    edit(
        folder / "scenarios" / "storm.yaml",
        "outcome: recovered_in_place, main_hold: consent_declined",
        "outcome: failed_over",
    )
    save(folder)
    reports = folder.parent / "reports"
    ended = reviewed(folder, "--report", str(reports))
    return {
        "code": ended.code,
        "text": ended.out,
        "json": json.loads((reports / "review.json").read_text(encoding="utf-8")),
        "markdown": (reports / "review.md").read_text(encoding="utf-8"),
        "junit": ET.parse(reports / "review.junit.xml").getroot(),
    }


def test_as_many_errors_are_counted_as_are_listed(forms: dict[str, Any]) -> None:
    """In the comment and in the text; what a table of claims or gates says is not counted again."""
    assert forms["code"] == 1
    listed = forms["markdown"].count("\n* **Error** in ")
    assert f"; {listed} errors; " in forms["markdown"]
    assert f"; {listed} errors;" in forms["text"].replace("\n", " ")
    assert forms["text"].count(": error BCDR") == listed
    told = [each for each in forms["json"]["findings"] if each["severity"] == "error"]
    assert listed == sum(each["code"] not in ("BCDR601", "BCDR801") for each in told)


def test_notes_are_told_and_counted_apart(forms: dict[str, Any]) -> None:
    """Flapping, where the policy looks at no clock of moves: no fault, and somebody should know."""
    assert "### Worth knowing" in forms["markdown"]
    assert "(BCDR504)" in forms["markdown"].partition("### Worth knowing")[2]
    assert ": note BCDR504" in forms["text"]
    assert "1 note" in forms["text"].replace("\n", " ")


def test_a_duty_that_is_weaker_is_said_to_be_asked_for_less(forms: dict[str, Any]) -> None:
    """Not as a list of all that it no longer forbids."""
    said = f"invariant '{DUTY}' (always failover) is weaker: nothing asks for failover any more where "
    assert said in forms["text"]
    assert "ask_consent" not in forms["text"]


def test_every_loosened_guard_has_its_line(forms: dict[str, Any]) -> None:
    """A law, a range, a margin, a severity, a case, an expectation."""
    guards = [each for each in forms["json"]["findings"] if each["code"] == "BCDR401"]
    places = {(each["file"], each["line"]) for each in guards}
    assert {file for file, _ in places} == {
        POLICY,
        "gates.yaml",
        "bcdr-sim.yaml",
        "tests/company.policytest.yaml",
        "scenarios/storm.yaml",
    }
    assert all(line for _, line in places)
    assert {
        ("gates.yaml", 10),
        ("bcdr-sim.yaml", 6),
        (POLICY, 6),
        ("tests/company.policytest.yaml", 2),
    } <= places


def test_there_is_a_junit_test_for_each_law_case_expectation_and_gate(forms: dict[str, Any]) -> None:
    """With file and line, and failures whose lines are lines."""
    cases = forms["junit"].findall("testcase")
    assert all(case.get("file") and int(case.get("line", "0")) > 0 for case in cases)
    names = [case.get("name", "") for case in cases]
    assert sum(name.startswith("invariant ") for name in names) == 4
    assert sum(name.startswith("expectation ") for name in names) == 10
    assert sum(name.startswith("gate ") for name in names) == 2
    assert {"no loss means no question", "who agreed is moved", "who agreed moves (as changed)"} <= set(names)
    failed = {case.get("name", ""): case.find("failure") for case in cases}
    broken = failed["invariant no-loss-without-consent"]
    assert broken is not None
    assert broken.get("message", "").startswith(f"{POLICY}:19:")
    assert failed["invariant others-stay"] is None
    assert forms["junit"].get("failures") == str(sum(each is not None for each in failed.values()))
    assert "\\n" not in "".join(each.text or "" for each in failed.values() if each is not None)


def test_the_comment_explains_the_words_it_uses(forms: dict[str, Any]) -> None:
    """Whoever reads it has never seen the program: actions, axes, codes."""
    words = forms["markdown"].partition("<details>")[2]
    for word in ("**invariant**", "**failover**", "loss\\_state:", "BCDR401 (guard-loosened)", "**gate**"):
        assert word in words
    assert "a region-wide outage, confirmed two hours ago" in forms["markdown"]


def test_a_renamed_policy_is_said_to_be_gone_and_not_a_missing_scenario(tmp_path: Path) -> None:
    """Its scenarios and tests of before have no policy any more, and that is what they say."""
    folder = begin(tmp_path / "repository")
    (folder / POLICY).rename(folder / "policies" / "firm.yaml")
    for file in ("scenarios/storm.yaml", "tests/company.policytest.yaml"):
        edit(folder / file, "policies/company.yaml", "policies/firm.yaml")
    save(folder)
    parts = ("--only", "check", "--only", "diff", "--only", "test")
    ended = reviewed(folder, *parts)
    assert ended.code == 1
    assert (
        "policies/company.yaml is gone, with its laws; policies/firm.yaml looks like it under another name"
        in ended.out
    )
    assert "policy policies/firm.yaml: decides as before" in ended.out
    assert "no such file" not in ended.out
    assert "ok  scenarios/storm.yaml\n" in ended.out
    edit(
        folder / "policies" / "firm.yaml",
        "{data_loss: {eq: 0s}}, then: failover",
        "{data_loss: {lt: 5m}}, then: failover",
    )
    edit(folder / "policies" / "firm.yaml", "{data_loss: {gt: 0s}, loss", "{data_loss: {gt: 5m}, loss")
    save(folder)
    ended = reviewed(folder, *parts)
    assert "invariant 'no-loss-without-consent' (never failover) is weaker" in ended.out
    assert "hold [refused, waiting] -> failover [nothing-lost]" in ended.out
