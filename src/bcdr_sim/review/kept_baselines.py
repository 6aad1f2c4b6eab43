"""Baselines under review: those that are missing, stale or of no use to anybody in the tree as it is now."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from bcdr_sim.analysis import KINDS, Finding, Severity
from bcdr_sim.errors import Problem
from bcdr_sim.review.baselines import ENDING, FOLDER, read_baseline, staleness, subjects_of
from bcdr_sim.review.loosening import guard
from bcdr_sim.review.settings import Settings
from bcdr_sim.review.trees import matching

PATTERN = f"{FOLDER}/*{ENDING}"
MISSING, STALE, UNUSED = "BCDR701", "BCDR702", "BCDR703"


def baseline_findings(
    before: Path, after: Path, settings: Settings, *, engine: str, is_full: bool
) -> Iterator[Finding]:
    """Yield what is wrong with the baselines; nothing for a repository that has none.

    `engine` is the version of the program. A baseline that nobody uses is an error in a full run, else a warning: part of
    a run may just not have come to it.

    Raises:
        InputError: faults in a baseline, a policy or a scenario.
        TooLargeError: a diagram outgrows its limit.
    """
    old, new = matching(before, [PATTERN]), matching(after, [PATTERN])
    if not old and not new:
        return
    subjects = {subject.file: subject for subject in subjects_of(after, settings)}
    for file, subject in subjects.items():
        again = f"bcdr-sim approve --only {subject.name} --reason TEXT"
        if file not in new:
            if file in old:
                yield guard(file, f"the baseline of {subject.policy} is gone")
            yield _finding(
                MISSING, file, f"{subject.policy} has no baseline; look at what it does, then: {again}"
            )
            continue
        baseline = read_baseline(after / file, name=file)
        if reasons := staleness(after, subject, baseline, engine=engine):
            message = f"the baseline of {subject.policy} is stale: {'; '.join(reasons)}"
            yield _finding(STALE, file, f"{message}; look at what it does now, then: {again}")
    for file in new:
        if file not in subjects:
            level = Severity.ERROR if is_full else Severity.WARNING
            found = _finding(
                UNUSED, file, "no policy and no scenario uses this baseline; approve --prune removes it"
            )
            yield replace(found, problem=replace(found.problem, level=level.value))


def _finding(code: str, file: str, message: str) -> Finding:
    kind = KINDS[code]
    return Finding(kind, Problem(file, 0, 0, 0, message, level=kind.severity.value, code=code))
