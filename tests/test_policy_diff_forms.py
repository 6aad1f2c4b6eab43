"""Laws of what `policy diff` writes: a question has an answer with an example, and every form says the same."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from bcdr_sim.analysis import Question, ask, differ
from bcdr_sim.analysis.witnesses import observed
from bcdr_sim.policy import load_policy, profile_names
from bcdr_sim.policy.policy import policy_document
from commands import run
from sarif_schema import faults_of

AUTOMATIC = "when: {location: NearCopy, data_loss: {eq: 0s}}, then: failover"
FORMS = ("text", "json", "sarif", "github", "junit", "markdown", "gitlab")


@pytest.fixture
def careless(tmp_path: Path) -> str:
    """The seed with the change that nobody may make."""
    text = policy_document("seed").sources[-1].text
    path = tmp_path / "careless.yaml"
    path.write_text(text.replace(AUTOMATIC, AUTOMATIC.replace("eq: 0s", "lt: 5m")), encoding="utf-8")
    return str(path)


@pytest.mark.parametrize("name", profile_names())
def test_a_refuted_question_comes_with_an_observation_that_refutes_it(name: str) -> None:
    """At it the two policies answer as the counterexample says."""
    old, new = load_policy("seed"), load_policy(name)
    difference = differ(old, new)
    for question in Question:
        for change in ask(difference, question).refuting:
            observation = observed(change.example)
            assert old.answer(observation) in change.befores
            assert new.answer(observation) == change.after
    assert ask(difference, Question.EQUIVALENT).holds == (name == "seed-2024-11")


@pytest.mark.parametrize(
    ("asked", "forwards", "backwards"),
    [
        pytest.param([], 0, 0, id="nothing asked"),
        pytest.param(["--exit-code"], 1, 1, id="same actions"),
        pytest.param(["--implies"], 1, 0, id="implies"),
        pytest.param(["--equivalent"], 1, 1, id="equivalent"),
    ],
)
def test_the_exit_code_answers_what_was_asked(
    asked: list[str], forwards: int, backwards: int, *, careless: str
) -> None:
    """A policy that only became stricter does nothing new; a difference is no error unless asked."""
    assert run("policy", "diff", "seed", careless, *asked).code == forwards
    assert run("policy", "diff", careless, "seed", *asked).code == backwards


@pytest.mark.parametrize("form", FORMS)
def test_every_form_shows_the_one_box_of_the_bad_change(form: str, careless: str) -> None:
    """One row, with the rule and the literals of the files."""
    out = run("policy", "diff", "seed", careless, "--implies", "--format", form).out
    assert "auto-zero-loss" in out.replace("\\", "")
    assert "5m" in out
    document = json.loads(run("policy", "diff", "seed", careless, "--implies", "--format", "json").out)
    (change,) = [change for change in document["changes"] if change["kind"] == "action"]
    assert len(change["boxes"]) == 1
    (question,) = document["questions"]
    assert (question["question"], question["holds"]) == ("implies", False)
    assert question["counterexample"]["example"]["given"]["data_loss"] == "1m"


def test_a_change_is_an_error_only_where_it_refutes_what_was_asked(careless: str) -> None:
    """Else a note; its place is the rule that decides now."""
    quiet = json.loads(run("policy", "diff", "seed", careless, "--format", "sarif").out)
    loud = json.loads(run("policy", "diff", "seed", careless, "--implies", "--format", "sarif").out)
    assert faults_of(quiet) == faults_of(loud) == []
    assert [each["level"] for each in quiet["runs"][0]["results"]] == ["note"]
    assert [each["level"] for each in loud["runs"][0]["results"]] == ["error"]
    (line,) = run("policy", "diff", "seed", careless, "--implies", "--format", "github").out.splitlines()
    assert line.startswith(f"::error file={careless},line=45,")


def test_junit_fails_the_question_and_not_the_change(careless: str) -> None:
    """What changed is told; what was asked is judged."""
    suite = ET.fromstring(run("policy", "diff", "seed", careless, "--implies", "--format", "junit").out)
    assert [case.get("name") for case in suite.findall("testcase[failure]")] == ["implies"]
    assert len(suite.findall("testcase[system-out]")) == len(suite) - 1
    same = ET.fromstring(run("policy", "diff", "seed", "seed", "--format", "junit").out)
    assert (same.get("tests"), same.get("failures")) == ("1", "0")


def test_no_name_of_a_file_breaks_out_of_a_form(careless: str, tmp_path: Path) -> None:
    """Markup, commands and escapes are letters."""
    name = str(tmp_path / "y::error file=a,line=1::b [c](http) |<script>&`\x1b[31m.yaml")
    Path(careless).rename(name)
    pages = {form: run("policy", "diff", "seed", name, "--implies", "--format", form).out for form in FORMS}
    assert not any("\x1b" in page for page in pages.values())
    assert "<script>" not in pages["markdown"] + pages["junit"]
    assert len(pages["github"].splitlines()) == 1
    assert faults_of(json.loads(pages["sarif"])) == []
    assert json.loads(pages["gitlab"])[0]["location"]["path"] == name
