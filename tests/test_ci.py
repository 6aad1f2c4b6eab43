"""Laws of `ci`: a change is judged by what stood there before, and cannot delete its guard."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from bcdr_sim.cli import main
from bcdr_sim.report.comment import COMMENT_BYTES_MAX, review_markdown
from bcdr_sim.review import review
from entangled import write_entangled
from policy_repository import LAW, POLICY, begin, change, edit, git


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """The example as a git repository with one commit on `main`, on a branch of its own."""
    return begin(tmp_path / "repository")


def ci(repository: Path, capsys: pytest.CaptureFixture[str], *more: str) -> tuple[int, str]:
    """Exit code and output of `ci` against `main`."""
    capsys.readouterr()
    code = main(["ci", str(repository), "--base", "main", *more])
    return code, capsys.readouterr().out


def test_nothing_changed_passes(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """And says that the policy decides as before."""
    code, text = ci(repository, capsys)
    assert code == 0
    assert f"policy {POLICY}: decides as before" in text
    assert "ok  scenarios/storm.yaml" in text


def test_the_good_change_passes_and_shows_what_it_does(
    repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One box: home later than before."""
    change(repository, "good")
    code, text = ci(repository, capsys, "--format", "json")
    assert code == 0
    document = json.loads(text)
    assert document["verdict"] == "pass"
    (policy,) = document["policies"]
    (changed,) = [each for each in policy["changes"] if each["kind"] == "action"]
    assert changed["before"][0]["action"] == "failback"
    assert changed["after"]["rule"] == "not-stable"
    assert [box["healthy_for"] for box in changed["boxes"]] == ["2h <= healthy_for < 4h"]


def test_the_bad_change_is_refused_three_times(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The law is gone, the automatic rule loses data, and who said no in the scenario is moved."""
    change(repository, "bad")
    code, text = ci(repository, capsys)
    assert code == 1
    assert (
        f"BCDR401: invariant '{LAW}' (never failover) is gone: nothing forbids failover any more where"
        in text
    )
    assert f"BCDR201: rule 'nothing-lost' decides failover against invariant '{LAW}'" in text
    assert "-> failover [nothing-lost]" in text
    assert "0s < data_loss < 5m" in text
    assert "NOT scenarios/storm.yaml" in text
    assert "two minutes of loss wait for the customer: " in text
    assert "Verdict  VIOLATION" in text


def test_the_law_that_is_still_there_names_rule_line_and_example(
    repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """As `policy check` does."""
    edit(
        repository / POLICY,
        "when: {data_loss: {eq: 0s}}, then: failover",
        "when: {data_loss: {lt: 5m}}, then: failover",
    )
    code, text = ci(repository, capsys, "--format", "github")
    assert code == 1
    errors = [line for line in text.splitlines() if line.startswith("::error")]
    (line,) = [line for line in errors if "title=BCDR201" in line]
    assert f"file={POLICY},line=19" in line
    assert "data_loss 1m" in line


def test_a_claim_that_fails_is_told_at_its_line(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Of a case and of an expectation, in workflow commands as in JSON; the change itself is told at the rule."""
    change(repository, "bad")
    text = ci(repository, capsys, "--format", "github")[1]
    assert "::error file=tests/company.policytest.yaml,line=4," in text
    assert "::error file=scenarios/storm.yaml,line=27," in text
    assert f"::notice file={POLICY},line=19,col=10,endColumn=22,title=BCDR451::" in text
    document = json.loads(ci(repository, capsys, "--format", "json")[1])
    failed = [each for each in document["findings"] if each["code"] == "BCDR601"]
    assert [(each["file"], each["line"]) for each in failed] == [
        ("scenarios/storm.yaml", 27),
        ("tests/company.policytest.yaml", 4),
    ]


@pytest.mark.parametrize(
    ("loosened", "said"),
    [
        pytest.param(
            ("when: {data_loss: {gt: 0s}, loss", "when: {data_loss: {gt: 1m}, loss"),
            f"invariant '{LAW}' (never failover) is weaker: nothing forbids failover any more where 0s < data_loss <= 1m",
            id="weaker",
        ),
        pytest.param(
            ("never: [failover, failback],", "never: [failback],"),
            "'only-to-a-healthy-region' (never failback or failover) is weaker: nothing forbids failover any more where",
            id="fewer actions",
        ),
        pytest.param(
            ("range: [30m, 24h]", "range: [0s, 24h]"),
            "parameter 'stable' may go from 0s to 1d, before from 30m to 1d",
            id="range",
        ),
        pytest.param(
            ("{id: others-stay, always: hold,", "{id: other-stay, always: hold,"),
            "",
            id="renamed, as strong as before",
        ),
    ],
)
def test_a_loosened_law_is_found_whatever_the_rules_do(
    loosened: tuple[str, str], said: str, repository: Path, *, capsys: pytest.CaptureFixture[str]
) -> None:
    """Weaker, for fewer actions, over a wider range; not if another law says the same."""
    edit(repository / POLICY, *loosened)
    code, text = ci(repository, capsys)
    assert code == (1 if said else 0)
    assert said in text


def test_a_change_cannot_delete_its_guards(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Settings, scenario and expectation are those of before, and their loss is a finding."""
    change(repository, "bad")
    (repository / "scenarios" / "storm.yaml").unlink()
    (repository / "bcdr-sim.yaml").write_text("version: 1\npolicies: []\nscenarios: []\n", encoding="utf-8")
    code, text = ci(repository, capsys)
    assert code == 1
    assert "scenarios/storm.yaml is gone, with what it claims" in text
    assert "NOT scenarios/storm.yaml" in text
    assert "BCDR401" in text


def test_a_claim_that_is_gone_is_a_finding(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A case, and an expectation, although all that is left holds."""
    edit(
        repository / "scenarios" / "storm.yaml", "  - {environments: archive, failbacks: {exactly: 1}}\n", ""
    )
    edit(
        repository / "tests" / "company.policytest.yaml",
        "  - {name: home when it is time, from: at_secondary, expect: failback}\n",
        "",
    )
    code, text = ci(repository, capsys)
    assert code == 1
    assert "BCDR401: case 'home when it is time' is gone" in text
    assert "BCDR401: 1 of the expectations are gone or say something else" in text
    assert "NOT" not in text


def test_a_deleted_policy_is_a_finding(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With all its laws."""
    (repository / POLICY).unlink()
    code, text = ci(repository, capsys)
    assert code == 1
    assert f"policy {POLICY} is gone, with its laws" in text


def test_a_new_scenario_is_played(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """And must hold like the others."""
    new = repository / "scenarios" / "new.yaml"
    shutil.copyfile(repository / "scenarios" / "storm.yaml", new)
    edit(new, "failbacks: {exactly: 1}", "failbacks: {exactly: 2}")
    code, said = ci(repository, capsys)
    assert code == 1
    assert "NOT scenarios/new.yaml (as changed)" in said


def test_an_empty_repository_is_no_success(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing to look at ends with 5."""
    (tmp_path / "README").write_text("nothing", encoding="utf-8")
    git(tmp_path, "init", "-q", "-b", "main")
    git(tmp_path, "add", "-A")
    git(tmp_path, "commit", "-q", "-m", "Begin")
    code, text = ci(tmp_path, capsys)
    assert code == 5
    assert "NOTHING TO LOOK AT" in text


@pytest.mark.parametrize("revision", ["nowhere", "--upload-pack=touch x", "main..HEAD"])
def test_a_revision_that_is_none_is_invalid_input(revision: str, repository: Path) -> None:
    """And is never taken for an option of git."""
    assert main(["ci", str(repository), f"--base={revision}"]) == 2


TABLE = "version: 1\nname: x\nhorizon: 1d\nregions: [{name: a}]\nenvironments: {from: ../../outside}\n"
HOSTILE = {
    "aliases": ("policies/company.yaml", "a: &a [*a]\n"),
    "brackets": ("policies/company.yaml", "[" * 100_000),
    "tags": ("policies/other.yaml", "format: 1\npolicy: !!python/object:os.system x\n"),
    "extends": ("scenarios/new.yaml", "extends: ../../outside\n"),
    "table": ("scenarios/new.yaml", TABLE),
    "policy": ("scenarios/new.yaml", "policy: ../../outside\n"),
    "policy of a test": ("tests/new.policytest.yaml", "policy: ../../outside\ncases: []\n"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_files_are_refused(name: str, repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Exit code 2, in a few lines, and nothing outside of the repository is shown."""
    (repository.parent / "outside").write_text("secret: hidden-word\n", encoding="utf-8")
    path, text = HOSTILE[name]
    if name == "policy":
        text += (
            (repository / "scenarios" / "storm.yaml").read_text(encoding="utf-8").replace("policy: ", "# ", 1)
        )
    (repository / path).write_text(text, encoding="utf-8")
    assert main(["ci", str(repository), "--base", "main"]) == 2
    said = capsys.readouterr()
    assert "hidden-word" not in said.out + said.err
    assert len(said.err) < 20_000


def test_a_link_out_of_the_repository_is_not_followed(
    repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Neither as a policy nor as a scenario."""
    secret = repository.parent / "secret.yaml"
    secret.write_text("hidden-word: 1\n", encoding="utf-8")
    (repository / "policies" / "link.yaml").symlink_to(secret)
    assert main(["ci", str(repository), "--base", "main"]) == 2
    said = capsys.readouterr()
    assert "a link is not read" in said.err
    assert "hidden-word" not in said.out + said.err


def test_markup_in_names_harms_no_output(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Text of a policy is data in Markdown, workflow commands, XML and JSON."""
    evil = "<script>alert(1)</script> | ::error::x `code` [a](b)"
    edit(repository / POLICY, "Recovery handbook, chapter 4", evil)
    edit(repository / "scenarios" / "storm.yaml", "failbacks: {exactly: 1}", "failbacks: {exactly: 2}")
    reports = repository / "reports"
    code, text = ci(repository, capsys, "--format", "github", "--report", str(reports))
    assert code == 1
    assert "\x1b" not in text
    assert "<script>" not in (reports / "review.md").read_text(encoding="utf-8")
    suite = ET.parse(reports / "review.junit.xml").getroot()
    assert suite.get("failures") == "2"
    assert json.loads((reports / "review.json").read_text(encoding="utf-8"))["schema"] == "bcdr-sim/policy/1"
    log = json.loads((reports / "review.sarif").read_text(encoding="utf-8"))
    assert log["version"] == "2.1.0"
    quality = json.loads((reports / "review.codequality.json").read_text(encoding="utf-8"))
    assert {row["check_name"] for row in quality} >= {"BCDR401"}
    assert len({row["fingerprint"] for row in quality}) == len(quality)


def test_a_comment_fits_whatever_the_change(repository: Path) -> None:
    """What is cut is counted."""
    found = review(repository, repository, engine="0")
    comment = review_markdown(replace(found, claims=found.claims * 2_000))
    assert len(comment.encode()) < COMMENT_BYTES_MAX + 200
    assert "more in the JSON report" in comment


def test_a_new_policy_that_is_too_entangled_to_prove_does_not_pass(
    repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nothing was found because nothing was looked at: inconclusive, not a pass."""
    write_entangled(repository / "policies" / "entangled.yaml")
    git(repository, "add", "-A")
    git(repository, "commit", "-q", "-m", "Entangle")
    assert ci(repository, capsys)[0] == 3
