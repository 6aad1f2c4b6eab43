"""The example of a policy repository under git, changed as a test wants it, and what `ci` says of it."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from commands import Ended, run

EXAMPLE = Path(__file__).resolve().parents[1] / "examples" / "ci"
POLICY = "policies/company.yaml"
LAW = "no-loss-without-consent"


def git(folder: Path, *arguments: str) -> None:
    """One git command in a folder, with a name of its own."""
    identity = ["-c", "user.name=Tester", "-c", "user.email=tester@example.org", "-c", "commit.gpgsign=false"]
    subprocess.run(["git", *identity, *arguments], cwd=folder, check=True, capture_output=True)


def begin(folder: Path) -> Path:
    """The example as a git repository with one commit on `main`, on a branch of its own."""
    shutil.copytree(EXAMPLE, folder, ignore=shutil.ignore_patterns("changes"))
    git(folder, "init", "-q", "-b", "main")
    save(folder, "Begin")
    git(folder, "checkout", "-q", "-b", "change")
    return folder


def save(folder: Path, message: str = "Change") -> None:
    """Commit everything."""
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", message)


def land(folder: Path) -> None:
    """Commit everything and make it what changes are judged by."""
    save(folder, "Land")
    git(folder, "branch", "-q", "-f", "main")


def change(folder: Path, name: str) -> None:
    """One of the example's changes, committed."""
    shutil.copytree(EXAMPLE / "changes" / name, folder, dirs_exist_ok=True, copy_function=shutil.copy)
    git(folder, "commit", "-q", "-a", "-m", name)


def edit(place: Path, old: str, new: str) -> None:
    """Replace a text in a file."""
    text = place.read_text(encoding="utf-8")
    assert text.count(old) == 1
    place.write_text(text.replace(old, new), encoding="utf-8")


def reviewed(folder: Path, *more: str) -> Ended:
    """What `ci` says against `main`."""
    return run("ci", str(folder), "--base", "main", *more)
