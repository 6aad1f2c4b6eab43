"""Laws of `bcdr-sim test`: its exit code tells what failed from what is broken and from what was never there."""

import json
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from commands import run
from sarif_schema import faults_of

NIGHT = """\
format: 1
policy: night
title: Nobody moves anything
rules:
  - {id: night, when: {time_of_day: {between: ["22:00", "06:00"]}}, then: hold, reason: outside_window, cites: [assumption]}
"""
HOLDS = "name: no loss means no question, from: regional_outage, expect: failover"
FAILS = "name: a <b> & c, from: regional_outage, expect: failback"


def written(folder: Path, *cases: str, policy: str = "seed") -> str:
    """The path of a policy test with these cases."""
    path = folder / "own.policytest.yaml"
    lines = [f"policy: {policy}", "cases:", *(f"  - {{{case}}}" for case in cases)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return str(path)


def test_what_holds_ends_with_0_and_what_does_not_with_1(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The place, the name and what happened instead are told; without a path it is this folder."""
    monkeypatch.chdir(tmp_path)
    written(tmp_path, HOLDS)
    assert run("test").code == 0
    written(tmp_path, HOLDS, FAILS)
    ended = run("test")
    assert ended.code == 1
    assert ended.out.startswith(
        "own.policytest.yaml: 1 of 2 hold\n\n"
        "own.policytest.yaml:4: a <b> & c\n"
        "  expected failback, but it decides failover [auto-zero-loss]\n"
    )
    assert ended.out.endswith("1 claim holds, 1 does not\n")


def test_a_broken_file_ends_with_2_and_nothing_runs(tmp_path: Path) -> None:
    """Even where another claim does not hold: nobody should trust half a run."""
    written(tmp_path, FAILS)
    (tmp_path / "broken.policytest.yaml").write_text("policy: sed\n", encoding="utf-8")
    ended = run("test", str(tmp_path))
    assert (ended.code, ended.out) == (2, "")
    assert "did you mean 'seed'?" in ended.err
    assert "missing key 'cases'" in ended.err
    assert run("test", str(tmp_path / "nowhere")).code == 2
    assert run("test", str(tmp_path), "--min-rule-coverage", "101").code == 2


@pytest.mark.parametrize("form", ["text", "json", "junit"])
def test_an_empty_run_does_not_pass_unless_it_may(tmp_path: Path, form: str) -> None:
    """A misspelt folder must not look like success."""
    assert run("test", str(tmp_path), "--format", form).code == 5
    assert run("test", str(tmp_path), "--format", form, "--min-rule-coverage", "50").code == 5
    assert run("test", str(tmp_path), "--format", form, "--allow-empty").code == 0


def test_rules_that_no_case_reaches_can_be_a_failure(tmp_path: Path) -> None:
    """From the share on that is asked for."""
    path = written(tmp_path, HOLDS)
    assert run("test", path).code == 0
    assert run("test", path, "--min-rule-coverage", "3").code == 0
    ended = run("test", path, "--min-rule-coverage", "4")
    assert ended.code == 1
    assert "1 of 31 rules are reached (3 %), expected at least 4 %" in ended.out


def test_json_and_junit_say_the_same(tmp_path: Path) -> None:
    """Every claim with file, line and message; what does not print is escaped."""
    path = written(tmp_path, HOLDS, FAILS, 'name: "a\\ue000b", from: calm, expect: hold')
    data = json.loads(run("test", path, "--format", "json").out)
    root = ET.fromstring(run("test", path, "--format", "junit").out)
    assert data["schema"] == "bcdr-sim/test/1"
    assert (data["passed"], data["counts"]) == (False, {"held": 2, "failed": 1})
    cases = root.findall("testsuite/testcase")
    assert (
        [int(case.attrib["line"]) for case in cases]
        == [each["line"] for each in data["results"]]
        == [3, 4, 5]
    )
    assert [case.find("failure") is None for case in cases] == [each["passed"] for each in data["results"]]
    assert cases[1].attrib["name"] == "a <b> & c"
    assert cases[2].attrib["name"] == "a\\ue000b"
    (failure,) = root.iter("failure")
    assert failure.text == f"{path}:4: expected failback, but it decides failover [auto-zero-loss]"
    assert root.attrib["failures"] == "1"


def test_scenarios_and_policies_are_tested_together(tmp_path: Path) -> None:
    """An expectation is a claim like a decision; a policy that a scenario cannot run under is a fault of the files."""
    written(tmp_path, HOLDS)
    scenario = (Path(__file__).parent.parent / "scenarios" / "no_loss_automatic.yaml").read_text(
        encoding="utf-8"
    )
    (tmp_path / "storm.yaml").write_text(scenario, encoding="utf-8")
    ended = run("test", str(tmp_path), "--format", "json")
    assert ended.code == 0
    assert {each["kind"] for each in json.loads(ended.out)["results"]} == {"decision", "expectation"}
    (tmp_path / "night.yaml").write_text(NIGHT, encoding="utf-8")
    timed = scenario.replace("version: 1\n", "version: 1\npolicy: ./night.yaml\n")
    (tmp_path / "storm.yaml").write_text(timed, encoding="utf-8")
    ended = run("test", str(tmp_path))
    assert ended.code == 2
    assert "the scenario needs 'start'" in ended.err


def test_the_result_can_go_into_a_file(tmp_path: Path) -> None:
    """Which is not replaced unasked."""
    path, report = written(tmp_path, HOLDS), tmp_path / "report.xml"
    assert run("test", path, "--format", "junit", "-o", str(report)).code == 0
    assert ET.parse(report).getroot().attrib["tests"] == "1"
    assert run("test", path, "-o", str(report)).code == 2


def test_the_module_ends_like_the_command(tmp_path: Path) -> None:
    """`python -m bcdr_sim` hands on the exit code."""
    command = [sys.executable, "-m", "bcdr_sim", "test", str(tmp_path)]
    assert subprocess.run(command, capture_output=True, check=False).returncode == 5


@pytest.mark.parametrize("form", ["sarif", "github", "markdown", "gitlab", "junit"])
def test_every_form_tells_what_fails_and_where(tmp_path: Path, form: str) -> None:
    """And nothing of a name breaks out of it."""
    evil = 'name: "<script>::error::|x", from: regional_outage, expect: failback'
    path = written(tmp_path, HOLDS, evil)
    out = run("test", path, "--format", form).out
    assert "auto-zero-loss" in out.replace("\\", "")
    match form:
        case "sarif":
            log = json.loads(out)
            assert faults_of(log) == []
            (result,) = log["runs"][0]["results"]
            assert result["locations"][0]["physicalLocation"]["region"]["startLine"] == 4
        case "github":
            (line,) = out.splitlines()
            assert line.startswith(f"::error file={path},line=4,col=1,endColumn=1,title=BCDR601::")
        case "gitlab":
            (row,) = json.loads(out)
            assert row["location"] == {"path": path, "lines": {"begin": 4}}
        case "junit":
            assert [case.get("line") for case in ET.fromstring(out).findall("*/testcase[failure]")] == ["4"]
        case _:
            assert "<script>" not in out


def test_several_forms_are_written_at_once(tmp_path: Path) -> None:
    """One on stdout, the others into files."""
    path, page = written(tmp_path, HOLDS), tmp_path / "page.md"
    ended = run("test", path, "--format", "json", "--format", f"markdown={page}")
    assert json.loads(ended.out)["passed"]
    assert "1 claim holds" in page.read_text(encoding="utf-8")


def test_boxes_that_no_case_lies_in_can_be_a_failure(tmp_path: Path) -> None:
    """From the share on that is asked for; JSON names each."""
    path = written(tmp_path, HOLDS)
    assert run("test", path, "--min-box-coverage", "2").code == 0
    ended = run("test", path, "--min-box-coverage", "100")
    assert ended.code == 1
    assert "1 of 50 boxes are reached (2 %), expected at least 100 %" in " ".join(ended.out.split())
    (each,) = json.loads(run("test", path, "--format", "json").out)["coverage"]
    assert (each["boxes"]["count"], len(each["boxes"]["missed"])) == (50, 49)
    assert each["boxes"]["missed"][0]["rule"] == "other-types"
