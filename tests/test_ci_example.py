"""Laws of `examples/ci`: what its workflow and its GitLab job say is what a clone of the repository can run, and no more."""

from __future__ import annotations

import shlex
import string
from pathlib import Path
from typing import Any

import pytest
import yaml

from commands import Ended, run
from policy_repository import EXAMPLE, begin, change, git

WORKFLOWS = EXAMPLE / ".github" / "workflows"


def loaded(path: Path) -> Any:
    """A workflow or a job as data."""
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def run_line(line: str, words: dict[str, str]) -> Ended:
    """A line of a job that calls the program, with its variables."""
    program, *arguments = shlex.split(string.Template(line).substitute(words))
    assert program == "bcdr-sim"
    return run(*arguments)


@pytest.fixture(params=["good", "bad"])
def clone(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A clone of the repository with a change, as the working folder; gives which change it is."""
    origin = begin(tmp_path / "origin")
    change(origin, request.param)
    git(tmp_path, "clone", "-q", "--branch", "change", str(origin), "clone")
    monkeypatch.chdir(tmp_path / "clone")
    name: str = request.param
    return name


def test_the_workflow_reviews_a_pull_request(clone: str, tmp_path: Path) -> None:
    """It fails for the bad change alone, annotates it, and leaves the report that the other workflow posts."""
    steps = loaded(WORKFLOWS / "policy.yml")["jobs"]["review"]["steps"]
    (line,) = [step["run"] for step in steps if step.get("run", "").startswith("bcdr-sim")]
    ended = run_line(line, {"BASE": "main", "RUNNER_TEMP": str(tmp_path / "temp")})
    assert ended.code == (1 if clone == "bad" else 0)
    assert ("::error " in ended.out) == (clone == "bad")
    report = tmp_path / "temp" / "reports" / "review.md"
    assert ("VIOLATION" if clone == "bad" else "PASS") in report.read_text(encoding="utf-8").splitlines()[0]


def test_the_gitlab_job_reviews_a_merge_request(clone: str) -> None:
    """By the branch that it is to be merged into as it is now; its reports are where the job says they are."""
    job = loaded(EXAMPLE / ".gitlab-ci.yml")["policy"]
    (fetch,) = [line for line in job["script"] if line.startswith("git ")]
    (line,) = [line for line in job["script"] if line.startswith("bcdr-sim")]
    words = string.Template(fetch).substitute({"CI_MERGE_REQUEST_TARGET_BRANCH_NAME": "main"})
    git(Path(), *shlex.split(words)[1:])
    ended = run_line(line, {})
    assert ended.code == (1 if clone == "bad" else 0)
    for path in job["artifacts"]["reports"].values():
        assert Path(path).is_file()


def test_who_may_write_runs_nothing_of_the_change() -> None:
    """The job that sees the change has a token that only reads; the one with the other token checks out nothing."""
    reads, writes = (loaded(WORKFLOWS / f"{name}.yml") for name in ("policy", "comment"))
    assert reads["permissions"] == {"contents": "read"}
    steps = [step for job in writes["jobs"].values() for step in job["steps"]]
    assert not any("checkout" in step.get("uses", "") for step in steps)
    assert not any("pip" in step.get("run", "") or "bcdr-sim" in step.get("run", "") for step in steps)
    assert not any("${{" in step.get("run", "") for job in reads["jobs"].values() for step in job["steps"])
