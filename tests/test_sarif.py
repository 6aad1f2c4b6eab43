"""Laws of SARIF: whatever is written validates against the schema that OASIS published."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from bcdr_sim.analysis import Finding, check
from bcdr_sim.errors import Problem, sarif_results
from bcdr_sim.policy import load_policy
from bcdr_sim.policy.policy import policy_document
from bcdr_sim.report import findings
from commands import run
from policy_repository import begin, change
from sarif_schema import faults_of


def log_of(*arguments: str) -> dict[str, Any]:
    """The log that a command writes to stdout."""
    log: dict[str, Any] = json.loads(run(*arguments).out)
    assert faults_of(log) == []
    return log


def test_the_schema_refuses_what_is_no_log() -> None:
    """Else a log that passes would prove nothing."""
    log = json.loads(findings.sarif([]))
    assert faults_of(log) == []
    assert faults_of({**log, "version": "2.0.0"})
    assert faults_of({**log, "runs": [{"results": []}]})
    log["runs"][0]["results"] = [{"level": "grave", "message": {"text": "x"}}]
    assert faults_of(log)


def test_findings_about_a_policy_are_a_log(tmp_path: Path) -> None:
    """With witness, related place, fingerprint; of a table in which every kind of thing is wrong."""
    text = policy_document("seed").sources[-1].text
    careless = tmp_path / "a policy & more.yaml"
    careless.write_text(
        text.replace("data_loss: {eq: 0s}}, then: failover", "data_loss: {lt: 5m}}, then: failover")
    )
    (run_,) = log_of("policy", "check", str(careless), "--format", "sarif")["runs"]
    assert {result["ruleId"] for result in run_["results"]} >= {"BCDR201"}
    assert any("relatedLocations" in result for result in run_["results"])
    uris = {each["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for each in run_["results"]}
    assert all(uri.endswith("/a%20policy%20%26%20more.yaml") for uri in uris)


def test_faults_of_a_scenario_are_a_log(tmp_path: Path) -> None:
    """Those of a whole file as well as those with a place."""
    path = tmp_path / "bad.yaml"
    path.write_text("version: 1\nname: x\nhorizn: 3d\n", encoding="utf-8")
    assert log_of("validate", str(path), "--format", "sarif")["runs"][0]["results"]
    assert log_of("validate", str(tmp_path / "none.yaml"), "--format", "sarif")["runs"][0]["results"]


def test_a_reviewed_change_is_a_log(tmp_path: Path) -> None:
    """Of the example's bad change, in a real repository."""
    repository = begin(tmp_path / "repository")
    change(repository, "bad")
    log = log_of("ci", str(repository), "--base", "main", "--format", "sarif")
    assert {result["ruleId"] for result in log["runs"][0]["results"]} >= {"BCDR201", "BCDR401"}


@pytest.mark.parametrize(
    "name",
    ["a:b.yaml", "C:\\x\\y.yaml", "p\x1b[31m.yaml", "50%.yaml", "a#b?.yaml", "\N{SNOWMAN}.yaml", "[c](d)"],
)
def test_a_file_name_is_a_reference_whatever_it_holds(name: str) -> None:
    """Percent signs stand for what a reference cannot hold, and no name is taken for a scheme."""
    (result,) = sarif_results([Problem(name, 1, 1, 2, "gone")])
    uri = result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
    assert set(uri) <= set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789%/._-~")


def test_a_log_is_no_longer_than_is_taken() -> None:
    """25,000 results a run; the gravest stay."""
    checked = check(load_policy("seed"), policy_document("seed"))
    many: list[Finding] = [checked.findings[0]] * (findings.SARIF_RESULTS_MAX + 5)
    log = json.loads(findings.sarif(many))
    assert len(log["runs"][0]["results"]) == findings.SARIF_RESULTS_MAX
    assert faults_of({**log, "runs": [{**log["runs"][0], "results": log["runs"][0]["results"][:5]}]}) == []
