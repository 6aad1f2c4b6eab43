"""Laws of `policy check` as a gate: what it takes, how it ends, and forms that no text of a file can break out of."""

from __future__ import annotations

import json
import re
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from bcdr_sim.analysis import Checked, Finding, Severity, check
from bcdr_sim.analysis.finding import laws_of
from bcdr_sim.errors import InputError
from bcdr_sim.policy import load_policy
from bcdr_sim.policy.policy import policy_document
from bcdr_sim.report import findings, policy_forms
from commands import run
from entangled import write_entangled

AUTOMATIC = "when: {location: NearCopy, data_loss: {eq: 0s}}, then: failover"
CARELESS = AUTOMATIC.replace("eq: 0s", "lt: 5m")
HOSTILE = "x::error file=a,line=1::b [c](http://d) |<script>&`_%0A.yaml"
LAWS = """\
format: 1
invariants:
  - {id: nobody-moves, when: {consent: declined}, never: [failover], cites: [assumption]}
"""


@pytest.fixture
def careless(tmp_path: Path) -> Path:
    """The seed with the change that nobody may make."""
    text = policy_document("seed").sources[-1].text
    assert text.count(AUTOMATIC) == 1
    path = tmp_path / "careless.yaml"
    path.write_text(text.replace(AUTOMATIC, CARELESS), encoding="utf-8")
    return path


@pytest.fixture
def hostile(careless: Path) -> Checked:
    """The same under a file name that is markup in every form."""
    path = careless.with_name("y" + HOSTILE.replace("/", "\\"))
    careless.rename(path)
    return check(load_policy(path), policy_document(path))


# What is checked, and how it ends ---------------------------------------------------------------------------------------


def test_the_exit_code_says_what_was_found(careless: Path, tmp_path: Path) -> None:
    """0 nothing, 1 an error, 1 a warning if asked for, 5 no policy at all."""
    assert run("policy", "check", "seed").code == 0
    assert run("policy", "check", "seed", str(careless)).code == 1
    empty = tmp_path / "empty"
    empty.mkdir()
    ended = run("policy", "check", str(empty))
    assert ended.code == 5
    assert "nothing ran" in ended.err


def test_a_gap_fails_only_who_asks_for_warnings(tmp_path: Path) -> None:
    path = tmp_path / "gap.yaml"
    path.write_text(
        "format: 1\npolicy: gap\ntitle: Gap\nrules:\n"
        "  - {id: calm, when: {service: up}, then: hold, reason: not_covered, cites: [assumption]}\n",
        encoding="utf-8",
    )
    assert run("policy", "check", str(path)).code == 0
    assert run("policy", "check", str(path), "--fail-on", "warning").code == 1


def test_a_folder_stands_for_the_policies_in_it(careless: Path, tmp_path: Path) -> None:
    document = json.loads(run("policy", "check", str(tmp_path), "--format", "json").out)
    assert [each["file"] for each in document["policies"]] == [str(careless)]


def test_too_many_settings_are_inconclusive_and_what_was_found_stays(tmp_path: Path) -> None:
    """4,096 settings are tried; of a policy with more only the values in force are proved."""
    words = "outage_age since_confirmed eta_remaining data_loss healthy_for since_last_move restore_loss"
    axes = words.split()
    parameters = "".join(f"  p_{axis}: {{axis: {axis}, default: 2h, range: [0s, 9d]}}\n" for axis in axes)
    rules = "".join(
        f"  - {{id: r{number}, when: {{{axis}: {{lt: $p_{axis}}}, tier: {number % 5 + 1}}}, then: hold, "
        "reason: hold_down, cites: [assumption]}\n"
        for number, axis in enumerate(axes)
    )
    laws = "".join(
        f"  - {{id: i{axis}{number}, when: {{{axis}: {number}h}}, always: hold, cites: [assumption]}}\n"
        for axis in axes
        for number in range(1, 4)
    )
    path = tmp_path / "many.yaml"
    path.write_text(
        f"format: 1\npolicy: many\ntitle: Many\nparameters:\n{parameters}rules:\n{rules}invariants:\n{laws}",
        encoding="utf-8",
    )
    ended = run("policy", "check", str(path), "--ranges")
    assert ended.code == 3
    assert "given up" in ended.out
    assert "BCDR105" in ended.out


# Laws of other files ----------------------------------------------------------------------------------------------------


def test_laws_of_a_folder_are_held_against_every_policy(tmp_path: Path) -> None:
    """A policy that lacks a law cannot get round it; the law is named with its file, and its place is shown."""
    folder = tmp_path / "laws"
    folder.mkdir()
    (folder / "none.yaml").write_text(LAWS, encoding="utf-8")
    ended = run("policy", "check", "seed", "sql-microsoft-managed", "--invariants", str(folder))
    assert ended.code == 1
    assert f"against invariant '{folder / 'none.yaml'}:nobody-moves'" in ended.out
    assert f"{folder / 'none.yaml'}:3:10: invariant" in ended.out


def test_a_law_of_a_file_may_have_the_id_of_the_policy_s_own(tmp_path: Path) -> None:
    """Both are judged: deleting or weakening the own one does not touch the other."""
    path = tmp_path / "laws.yaml"
    path.write_text(LAWS.replace("nobody-moves", "no-loss-without-consent"), encoding="utf-8")
    result = check(load_policy("seed"), policy_document("seed"), laws_of(path))
    named = [proof.name for proof in result.proofs if proof.name.endswith("no-loss-without-consent")]
    broken = [each.invariant for each in result.findings if each.kind.code == "BCDR201"]
    assert named == ["no-loss-without-consent"]
    assert broken == [f"{path}:no-loss-without-consent"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param(LAWS.replace("consent:", "consnt:"), "did you mean 'consent'?", id="axis"),
        pytest.param(LAWS.replace("declined", "$mood"), "this file declares no parameter", id="parameter"),
        pytest.param("format: 1\ninvariants: []\n", "must not be empty", id="empty"),
        pytest.param(LAWS + "rules: []\n", "rules", id="rules"),
    ],
)
def test_a_faulty_file_of_laws_is_refused(text: str, said: str, tmp_path: Path) -> None:
    path = tmp_path / "laws.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as raised:
        laws_of(path)
    assert said in str(raised.value)
    assert run("policy", "check", "seed", "--invariants", str(path)).code == 2


def test_a_folder_without_laws_is_refused(tmp_path: Path) -> None:
    """A guard that is not there is no guard."""
    assert run("policy", "check", "seed", "--invariants", str(tmp_path)).code == 2


# Forms ------------------------------------------------------------------------------------------------------------------


def test_several_forms_are_written_at_once(careless: Path, tmp_path: Path) -> None:
    """One result, one run, as many files as a pipeline wants; one form at most goes to stdout."""
    names = ("json", "sarif", "github", "junit", "markdown", "gitlab")
    files = {name: tmp_path / f"result.{name}" for name in names}
    asked = [part for name, file in files.items() for part in ("--format", f"{name}={file}")]
    ended = run("policy", "check", str(careless), *asked, "--format", "text")
    assert ended.code == 1
    assert "BCDR201" in ended.out
    assert all("BCDR201" in file.read_text(encoding="utf-8") for file in files.values())
    assert run("policy", "check", str(careless), *asked).code == 2  # they exist
    assert run("policy", "check", str(careless), *asked, "--force").code == 1


@pytest.mark.parametrize(
    "wanted", [["jsn"], ["json", "text"], ["json", "json"], ["json="], ["json=no/such/folder"]]
)
def test_a_wrong_form_is_wrong_input(wanted: list[str]) -> None:
    asked = [part for name in wanted for part in ("--format", name)]
    assert run("policy", "check", "seed", *asked).code == 2


def test_junit_has_a_case_for_every_law_and_every_finding(careless: Path) -> None:
    """Proofs pass, errors fail, and what `--fail-on` lets pass passes with a word."""
    suite = ET.fromstring(run("policy", "check", str(careless), "--format", "junit").out)[0]
    assert (suite.get("failures"), suite.get("errors")) == ("2", "0")
    failures = suite.findall("testcase[failure]")
    assert {each.get("line") for each in failures} == {"45"}
    assert len(suite.findall("testcase[system-out]")) == 2
    assert int(suite.get("tests", "0")) == len(suite)


def test_gitlab_gets_a_unique_fingerprint_for_each_finding(careless: Path) -> None:
    """It drops equal ones; and none changes when lines move."""
    first = json.loads(run("policy", "check", str(careless), "--format", "gitlab").out)
    careless.write_text("# a line more\n" + careless.read_text(encoding="utf-8"), encoding="utf-8")
    second = json.loads(run("policy", "check", str(careless), "--format", "gitlab").out)
    marks = [each["fingerprint"] for each in first]
    assert marks == [each["fingerprint"] for each in second]
    assert len(set(marks)) == len(marks)
    assert {each["severity"] for each in first} == {"critical", "info"}


def test_github_is_told_the_gravest_ten_and_how_many_there_are_more() -> None:
    """A step shows ten of a level; what is beyond is counted in the last one."""
    result = check(load_policy("seed"), policy_document("seed"))
    many: list[Finding] = [result.findings[0]] * 25
    lines = findings.github(many).splitlines()
    assert len(lines) == 10
    assert lines[-1].endswith("and 15 more of this level in the JSON")


def test_github_is_told_the_gravest_first(careless: Path) -> None:
    """Those are the ones that a step shows."""
    lines = run("policy", "check", str(careless), "--format", "github").out.splitlines()
    assert [line.partition(" ")[0] for line in lines] == ["::error", "::error", "::notice", "::notice"]


def test_markdown_is_cut_before_a_comment_is_full(careless: Path) -> None:
    result = check(load_policy(careless), policy_document(careless))
    page = policy_forms.check_markdown([result] * 200, fail_on=Severity.ERROR)
    assert len(page.encode()) < 61_000
    assert page.rstrip().endswith("more paragraphs in the JSON.")


def test_no_text_of_a_file_breaks_out_of_a_form(hostile: Checked) -> None:
    """A file name full of markup is letters in Markdown, XML, workflow commands, SARIF and JSON."""
    fail_on = Severity.ERROR
    markdown = policy_forms.check_markdown([hostile], fail_on=fail_on)
    assert "<script>" not in markdown.replace("\\<script\\>", "")
    assert "[c](http" not in markdown.replace("\\[c\\](http", "")
    suites = ET.fromstring(policy_forms.check_junit([hostile], fail_on=fail_on))
    assert suites[0].get("file") == hostile.file
    for line in findings.github(hostile.findings).splitlines():
        assert re.fullmatch(r"::(error|warning|notice) file=[^:,\n]*,line=\d+,[^:\n]*::.*", line)
    log = json.loads(findings.sarif(hostile.findings))
    assert all(result["ruleId"].startswith("BCDR") for result in log["runs"][0]["results"])
    assert json.loads(findings.check_json([hostile]))["policies"][0]["file"] == hostile.file


def test_a_table_that_is_given_up_does_not_read_like_one_that_passed(tmp_path: Path) -> None:
    """Nothing was decided, and the exit code, the text, JUnit and Markdown say so."""
    path = tmp_path / "entangled.yaml"
    write_entangled(path)
    page, suite = tmp_path / "page.md", tmp_path / "suite.xml"
    ended = run(
        "policy",
        "check",
        str(path),
        "--format",
        "text",
        "--format",
        f"markdown={page}",
        "--format",
        f"junit={suite}",
    )
    assert ended.code == 3
    assert "none of 0 invariants decided" in " ".join(ended.out.split())
    assert "given up" in ended.out
    assert "inconclusive" in page.read_text(encoding="utf-8")
    assert ET.parse(suite).getroot()[0].get("errors") == "1"
