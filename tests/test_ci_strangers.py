"""Laws of `ci` for changes from strangers: odd repositories, hostile names and links harm nobody and hide nothing."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from bcdr_sim.report.wording import plain_markdown, wrapped
from commands import run
from policy_repository import EXAMPLE, POLICY, begin, change, edit, git, land, reviewed, save
from sarif_schema import faults_of

SEED = EXAMPLE.parents[1] / "src" / "bcdr_sim" / "policy" / "profiles" / "seed-2024-11.yaml"
SCENARIO = "scenarios/storm.yaml"
TEST = "tests/company.policytest.yaml"
TESTS = "--only=test"


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """The example as a git repository with one commit on `main`, on a branch of its own, without gates."""
    folder = begin(tmp_path / "repository")
    (folder / "gates.yaml").unlink()
    land(folder)
    return folder


# Where the repository is ------------------------------------------------------------------------------------------------


def test_a_folder_with_a_space_in_a_larger_repository_is_a_policy_repository(tmp_path: Path) -> None:
    """Paths are from its top, and of the revision that part alone is read."""
    top = tmp_path / "all of it"
    folder = top / "our policies"
    shutil.copytree(EXAMPLE, folder, ignore=shutil.ignore_patterns("changes", "gates.yaml"))
    (top / "unrelated.yaml").write_text("[" * 1000, encoding="utf-8")
    git(top, "init", "-q", "-b", "main")
    save(top, "Begin")
    git(top, "checkout", "-q", "--detach")
    change(folder, "bad")
    ended = reviewed(folder)
    assert ended.code == 1
    assert f"policy {POLICY}: " in ended.out


def test_what_is_not_there_is_said_with_a_remedy(repository: Path, tmp_path: Path) -> None:
    """No revision, a clone without history, no working tree, no repository, no folder: 2, and nothing is guessed."""
    git(repository, "commit", "-q", "--allow-empty", "-m", "More")
    git(tmp_path, "clone", "-q", "--depth=1", f"file://{repository}", "shallow")
    git(tmp_path, "clone", "-q", "--bare", f"file://{repository}", "bare.git")
    (tmp_path / "plain").mkdir()
    for folder, base, said in (
        (repository, "mian", "there is no revision 'mian' here\n"),
        (tmp_path / "shallow", "HEAD~1", "this clone is shallow: fetch the whole history (`fetch-depth: 0`)"),
        (tmp_path / "bare.git", "main", "is a bare repository"),
        (tmp_path / "plain", "main", "not a git repository"),
        (tmp_path / "nowhere", "main", "is no folder"),
    ):
        ended = run("ci", str(folder), "--base", base)
        assert ended.code == 2
        assert said in ended.err


def test_a_branch_that_lacks_commits_of_its_base_is_told_so(repository: Path) -> None:
    """What the base added looks as if the change took it away."""
    git(repository, "checkout", "-q", "main")
    edit(
        repository / POLICY,
        "stable: {axis",
        "calm_for: {axis: outage_age, default: 1m, range: [1m, 1h]}\n  stable: {axis",
    )
    edit(repository / POLICY, "when: {service: up}", "when: {service: up, outage_age: {lt: $calm_for}}")
    save(repository, "Add")
    git(repository, "checkout", "-q", "change")
    for form in ("text", "markdown"):
        assert "This branch lacks commits" in " ".join(reviewed(repository, "--format", form).out.split())
    git(repository, "merge", "-q", "main")
    assert "This branch lacks commits" not in reviewed(repository).out


# What belongs to the revision -------------------------------------------------------------------------------------------


def test_no_attribute_hides_a_file_of_the_base(repository: Path) -> None:
    """`export-ignore` is for releases; what judges a change is there all the same."""
    (repository / ".gitattributes").write_text(
        "tests export-ignore\nscenarios export-ignore\n", encoding="utf-8"
    )
    land(repository)
    shutil.rmtree(repository / "tests")
    ended = reviewed(repository, TESTS)
    assert ended.code == 1
    assert f"{TEST} is gone, with what it claims" in ended.out


def test_files_of_a_submodule_are_refused(repository: Path, tmp_path: Path) -> None:
    """No revision of this repository holds them, so nobody could say whether they were loosened."""
    other = begin(tmp_path / "other")
    arguments = (
        "-c",
        "protocol.file.allow=always",
        "submodule",
        "-q",
        "add",
        f"file://{other}",
        "policies/theirs",
    )
    git(repository, *arguments)
    (repository / "bcdr-sim.yaml").write_text(
        'version: 1\npolicies: ["policies/**/*.yaml"]\n', encoding="utf-8"
    )
    land(repository)
    ended = reviewed(repository)
    assert ended.code == 2
    assert "policies/theirs is another repository, a submodule perhaps" in ended.err


def test_a_policy_that_only_a_scenario_names_is_under_review(repository: Path) -> None:
    """It lies where no setting looks, and decides what is claimed."""
    (repository / "elsewhere").mkdir()
    git(repository, "mv", POLICY, "elsewhere/company.yaml")
    for file in (SCENARIO, TEST):
        edit(repository / file, "../policies/company.yaml", "../elsewhere/company.yaml")
    land(repository)
    assert reviewed(repository).code == 0
    edit(repository / "elsewhere/company.yaml", "data_loss: {eq: 0s}}, then", "data_loss: {lt: 5m}}, then")
    ended = reviewed(repository)
    assert ended.code == 1
    assert "elsewhere/company.yaml:19:10: error BCDR201" in ended.out
    assert f"NOT {SCENARIO}" in ended.out


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        pytest.param("expect: {hold: consent_pending}", "expect: hold", "claims something else", id="reason"),
        pytest.param("expect: failover, rule: nothing-lost", "expect: failover", "claims something else", id="rule"),
        pytest.param("data_loss: 2m},\n", "data_loss: 9m},\n", "claims something else", id="given"),
        pytest.param("expect: hold", "expect: {hold: consent_pending}", "", id="stricter"),
        pytest.param("../policies/company.yaml", "{name: ../policies/company.yaml, parameters: {stable: 1h}}",
                     "other values", id="parameters"),
    ],
)  # fmt: skip
def test_a_case_that_claims_less_is_a_finding(old: str, new: str, said: str, *, repository: Path) -> None:
    """Under its old name, although it holds."""
    if not said:
        edit(repository / TEST, new, old)
        land(repository)
    edit(repository / TEST, old, new)
    ended = reviewed(repository, TESTS)
    assert ended.code == (1 if said else 0)
    assert said in ended.out
    assert "NOT" not in ended.out


# Names ------------------------------------------------------------------------------------------------------------------


def test_file_names_of_any_bytes_harm_no_form(repository: Path) -> None:
    """Not UTF-8, a line break, terminal codes, markup: shown as escapes, and every form can be read by others."""
    source = repository / POLICY
    for name in (b"x\xff.yaml", b"a\n::error ::owned.yaml", b"\x1b[31m<b>`@all|.yaml"):
        shutil.copyfile(source, repository / "policies" / os.fsdecode(name))
    land(repository)
    for policy in (repository / "policies").glob("*.yaml"):
        text = policy.read_text(encoding="utf-8")
        policy.write_text(text.replace("{eq: 0s}}, then", "{lt: 5m}}, then"), encoding="utf-8")
    reports = repository / "reports"
    for form in ("text", "github"):
        ended = reviewed(
            repository, "--only=check", "--only=diff", "--format", form, "--report", str(reports)
        )
        assert ended.code == 1
        assert "\x1b" not in ended.out
        assert not any(line.lstrip().startswith("::error ::owned") for line in ended.out.splitlines())
    for report in ("review.json", "review.sarif", "review.codequality.json"):
        content = (reports / report).read_text(encoding="ascii")
        json.loads(content)
        assert r"\udcff" not in content.replace(r"\\udcff", "")
    comment = (reports / "review.md").read_text(encoding="utf-8")
    assert "<b>" not in comment
    assert "@all" not in comment


@pytest.mark.parametrize(
    "text", ["::error::x", "  ::stop-commands::x", "see ##[add-mask]x", "a " * 60 + "::error::x"]
)
def test_no_text_of_a_file_is_a_command_of_the_workflow_that_shows_it(text: str) -> None:
    """A log is read for commands, at the beginning of a line and, in the older form, anywhere."""
    for line in wrapped(text, lead="   ", width=60).splitlines():
        assert not line.lstrip().startswith("::")
        assert "##[" not in line


@pytest.mark.parametrize(
    "text", ["@octocat", "#12", "https://evil.example/x", "www.evil.example", "a@b.example"]
)
def test_a_comment_mentions_nobody_and_links_nowhere(text: str) -> None:
    """Platforms make mentions, references and links of plain words."""
    assert text not in plain_markdown(text).replace("\\", "")


def test_a_case_name_cannot_speak_for_the_comment(repository: Path) -> None:
    """Headings, tables, HTML and mentions stay words."""
    evil = "'x | y ## PASS <script> @octocat ::error::z ##[error]q'"
    edit(repository / TEST, "no loss means no question", evil)
    edit(repository / TEST, "expect: failover, rule: nothing-lost", "expect: failback")
    comment = reviewed(repository, TESTS, "--format", "markdown")
    assert comment.code == 1
    assert "<script>" not in comment.out
    assert "@octocat" not in comment.out
    assert "##[" not in reviewed(repository, TESTS).out


# What is written --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("link", ["reports", "reports/review.md", "out"])
def test_nothing_is_written_through_a_link_of_the_change(link: str, repository: Path, tmp_path: Path) -> None:
    """Who puts a link where the report goes would write where the link goes."""
    victim = tmp_path / "victim"
    (victim / "deep").mkdir(parents=True)
    (victim / "file").write_text("precious", encoding="utf-8")
    place = repository / link
    place.parent.mkdir(exist_ok=True)
    place.symlink_to(victim / "file" if link.endswith(".md") else victim)
    folder = repository / ("out/deep" if link == "out" else "reports")
    ended = reviewed(repository, "--report", str(folder))
    assert ended.code == 2
    assert "is a link" in ended.err
    assert (victim / "file").read_text(encoding="utf-8") == "precious"
    assert not list((victim / "deep").iterdir())


def test_files_with_faults_are_told_in_every_form(repository: Path, tmp_path: Path) -> None:
    """A report of an earlier run, or one that the change brought along, would be taken for the answer."""
    edit(repository / POLICY, "then: failback", "then: failbakc")
    reports = tmp_path / "reports"
    for form in ("github", "text"):
        ended = reviewed(repository, "--report", str(reports), "--format", form)
        assert ended.code == 2
        assert "did you mean 'failback'?" in ended.err
        assert (f"::error file={POLICY},line=" in ended.out) == (form == "github")
    comment = (reports / "review.md").read_text(encoding="utf-8")
    assert "FILES WITH FAULTS" in comment
    assert f"{POLICY}:14:" in comment
    assert json.loads((reports / "review.json").read_text(encoding="utf-8"))["problems"][0]["line"] == 14
    problems = json.loads((reports / "review.sarif").read_text(encoding="utf-8"))
    assert faults_of(problems) == []
    assert ET.parse(reports / "review.junit.xml").getroot().get("errors") == "1"
    assert len(json.loads((reports / "review.codequality.json").read_text(encoding="utf-8"))) == 1


def test_a_pattern_that_looks_for_ever_is_refused(repository: Path) -> None:
    """A change brings settings of its own."""
    (repository / "bcdr-sim.yaml").write_text(
        'version: 1\npolicies: ["**/**/**/**/*.yaml"]\n', encoding="utf-8"
    )
    ended = reviewed(repository)
    assert ended.code == 2
    assert "at most 2 times '**'" in ended.err


# The policy of the seed -------------------------------------------------------------------------------------------------


def test_deleting_the_laws_with_the_rule_that_breaks_them_does_not_help(repository: Path) -> None:
    """Five minutes in the automatic rule: both laws of before are broken, and each that is gone is a finding of its own."""
    seed = repository / "policies" / "seed.yaml"
    shutil.copyfile(SEED, seed)
    land(repository)
    edit(
        seed,
        "location: NearCopy, data_loss: {eq: 0s}}, then",
        "location: NearCopy, data_loss: {lt: 5m}}, then",
    )
    ended = reviewed(repository, "--only=check", "--format=json")
    codes = [each["code"] for each in json.loads(ended.out)["findings"] if each["severity"] == "error"]
    assert (ended.code, codes) == (1, ["BCDR201", "BCDR201"])
    lines = seed.read_text(encoding="utf-8").splitlines(keepends=True)
    gone = ("{id: no-loss-without-consent,", "{id: consent-in-force,")
    seed.write_text(
        "".join(line for line in lines if not any(each in line for each in gone)), encoding="utf-8"
    )
    ended = reviewed(repository, "--only=check", "--format=json")
    found = [each for each in json.loads(ended.out)["findings"] if each["severity"] == "error"]
    assert ended.code == 1
    assert sorted(each["code"] for each in found) == ["BCDR201", "BCDR201", "BCDR401", "BCDR401"]
    loosened = " ".join(each["message"] for each in found if each["code"] == "BCDR401")
    assert "'no-loss-without-consent'" in loosened
    assert "'consent-in-force'" in loosened
