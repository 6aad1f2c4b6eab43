"""`approve`: somebody says that what the policies do now is right, and why. The only thing that writes baselines."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from bcdr_sim.errors import InputError, Problem, near_miss
from bcdr_sim.review.approvals import FILE, approval, approvals_of, approvals_text, mark_of
from bcdr_sim.review.baselines import baseline_of, baseline_text, subjects_of
from bcdr_sim.review.kept_baselines import PATTERN
from bcdr_sim.review.loosening import CODE
from bcdr_sim.review.reviewing import review
from bcdr_sim.review.settings import settings_of
from bcdr_sim.review.subject import Step
from bcdr_sim.review.trees import git, matching


@dataclass(frozen=True, slots=True)
class Approved:
    """Files to write and to remove, as paths from the top of the repository; nothing is written before all is known."""

    files: dict[str, str]
    unused: tuple[str, ...] = ()


def approved_baselines(
    tree: Path, *, engine: str, by: str, reason: str, only: Collection[str] = (), prune: bool = False
) -> Approved:
    """Return the baselines of a tree's policies, of those named or of all; `engine` is the version of the program.

    Raises:
        InputError: no policy of that name, or a file has faults.
        TooLargeError: a diagram outgrows its limit.
    """
    subjects = {subject.name: subject for subject in subjects_of(tree, settings_of(tree))}
    for name in only:
        if name not in subjects:
            likely = near_miss(name, subjects)
            hint = f"did you mean '{likely}'?" if likely else f"there are {', '.join(subjects) or 'none'}"
            raise InputError([Problem("--only", 0, 0, 0, f"no policy '{name}' here; {hint}")])
    chosen = [subject for name, subject in subjects.items() if not only or name in only]
    files = {
        subject.file: baseline_text(baseline_of(tree, subject, engine=engine, by=by, reason=reason))
        for subject in chosen
    }
    used = {subject.file for subject in subjects.values()}
    unused = tuple(path for path in matching(tree, [PATTERN]) if path not in used) if prune else ()
    return Approved(files, unused)


def approved_loosenings(before: Path, after: Path, *, by: str, reason: str) -> Approved:
    """Return the approvals of every guard that a change loosens, beside those that the tree has already.

    They count once they stand in the tree that a change is judged by.

    Raises:
        InputError: a file has faults.
    """
    known = {**approvals_of(before), **approvals_of(after)}
    found = [
        each
        for each in review(before, after, engine="", only=[Step.CHECK]).findings
        if each.kind.code == CODE and mark_of(each, before, after) not in known
    ]
    new = [approval(each, before, after, by=by, reason=reason) for each in found]
    return Approved({FILE: approvals_text([*known.values(), *new])} if new else {})


def approver(repository: Path) -> str:
    """Who git says is at work: `Name <address>`; empty if it does not say.

    Raises:
        InputError: there is no git.
    """
    try:
        name = git(repository, "config", "user.name").decode("utf-8", "replace").strip()
        address = git(repository, "config", "user.email").decode("utf-8", "replace").strip()
    except InputError:
        return ""
    return f"{name} <{address}>"
