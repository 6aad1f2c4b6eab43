"""Approvals: loosened guards that somebody who answers for them has let pass, in a file of the earlier tree.

An approval names one loosening of one file as it was and as it became. Any other change of that file needs another one. It
counts only where the change cannot have written it, which is the tree before.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import ConfigDict, Field

from bcdr_sim.analysis import Finding, Severity
from bcdr_sim.loading import build, read
from bcdr_sim.review.baselines import FOLDER, Digest, Line
from bcdr_sim.review.loosening import CODE
from bcdr_sim.scenario.model import Model

FILE: Final = f"{FOLDER}/loosened.approvals.json"


class ApprovalText(Model):
    """One loosening that may pass."""

    mark: Digest
    """Of the file before, the file after, and what was found."""
    file: Line
    """The file that was loosened."""
    message: Annotated[str, Field(min_length=1, max_length=2_000)]
    """What was found."""
    by: Line
    """Who approved it."""
    reason: Line
    """Why."""


class ApprovalsText(Model):
    """All loosenings that may pass."""

    model_config = ConfigDict(populate_by_name=True)

    schema_: Annotated[Literal["bcdr-sim/approvals/1"], Field(alias="schema")]
    """Name and version of the format."""
    loosened: list[ApprovalText]
    """In the order of their files."""


def approvals_of(tree: Path) -> dict[str, ApprovalText]:
    """Return the approvals of a tree by their marks.

    Raises:
        InputError: the file has faults.
    """
    path = tree / FILE
    if not path.is_file() or path.is_symlink():
        return {}
    return {each.mark: each for each in build(ApprovalsText, read(path, name=FILE)).loosened}


def approvals_text(approvals: Iterable[ApprovalText]) -> str:
    """The content of the file."""
    rows = sorted(approvals, key=lambda each: (each.file, each.mark))
    content = ApprovalsText(schema_="bcdr-sim/approvals/1", loosened=rows).model_dump(by_alias=True)
    return json.dumps(content, indent=2, ensure_ascii=True) + "\n"


def approval(finding: Finding, before: Path, after: Path, *, by: str, reason: str) -> ApprovalText:
    """The approval of a loosened guard."""
    mark = mark_of(finding, before, after)
    problem = finding.problem
    return ApprovalText(mark=mark, file=problem.file, message=problem.message, by=by, reason=reason)


def mark_of(finding: Finding, before: Path, after: Path) -> str:
    """What an approval is recognised by: what was found, and every file that it is about as it was and as it is."""
    parts = [finding.problem.file, finding.problem.message]
    for file in dict.fromkeys([finding.problem.file, *(each.file for each in finding.related)]):
        parts += [_content(tree / file) for tree in (before, after)]
    return hashlib.sha256("\0".join(parts).encode(errors="surrogatepass")).hexdigest()


def with_approvals(
    findings: Iterable[Finding], approvals: Mapping[str, ApprovalText], before: Path, *, after: Path
) -> list[Finding]:
    """The findings; a loosened guard that was approved is a note and says by whom and why."""
    found = []
    for finding in findings:
        known = None
        if approvals and finding.kind.code == CODE:
            known = approvals.get(mark_of(finding, before, after))
        if known is not None:
            message = f"{finding.problem.message}; approved by {known.by}: {known.reason}"
            problem = replace(finding.problem, message=message, level=Severity.NOTE.value)
            finding = replace(finding, problem=problem)
        found.append(finding)
    return found


def _content(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() and not path.is_symlink() else ""
