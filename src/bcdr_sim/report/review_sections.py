"""A review in sections: every finding in exactly one, so that what is counted is what is listed.

Claims and gates have tables of their own, and changed decisions are shown as boxes; their findings stand nowhere else.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from bcdr_sim.analysis import Finding, Severity
from bcdr_sim.report.findings import totals
from bcdr_sim.report.wording import count
from bcdr_sim.review import ClaimsReview, PolicyReview, Review, Step
from bcdr_sim.statistics import Verdict

BEHIND: Final = (
    "This branch lacks commits of the one that it is judged by. What they added looks as if this change took it away: merge "
    "or rebase first."
)
_CLAIM, _CHANGES, _GATES = "BCDR601", ("BCDR451", "BCDR452"), ("BCDR801", "BCDR802")


@dataclass(frozen=True, slots=True)
class Sections:
    """The findings that are listed: what is `wrong`, errors first, and what is worth knowing."""

    wrong: tuple[Finding, ...]
    notes: tuple[Finding, ...]


def sections(review: Review) -> Sections:
    """The findings of a review, without those that a table or a box shows."""
    gates = {gate.id for gate in review.gates}
    listed = [
        finding
        for finding in review.findings
        if finding.kind.code not in (_CLAIM, *_CHANGES)
        and not (finding.kind.code in _GATES and finding.rule in gates)
    ]
    by = {level: [each for each in listed if each.severity is level] for level in Severity}
    return Sections((*by[Severity.ERROR], *by[Severity.WARNING]), tuple(by[Severity.NOTE]))


def verdict_words(review: Review) -> str:
    """`PASS`, `VIOLATION`, `BASELINE MISSING OR STALE`, `INCONCLUSIVE` or `NOTHING TO LOOK AT`."""
    return review.ending.value.upper()


def tally(review: Review) -> str:
    """What was looked at and what became of it, in a line whose numbers are those of the sections."""
    return "; ".join(_parts(review))


def _parts(review: Review) -> Iterator[str]:
    found = sections(review)
    yield _policies(review)
    yield totals(found.wrong) if found.wrong else "no error and no warning"
    if review.claims:
        failed = sum(not each.holds for each in review.claims)
        tried = count(len(review.claims), "scenario or test", "scenarios and tests")
        yield _of(failed, tried, "fail") if failed else f"{tried} hold"
    if review.gates:
        bad = [gate.verdict for gate in review.gates if gate.verdict is not Verdict.PASS]
        failed, still_open = bad.count(Verdict.FAIL), len(bad) - bad.count(Verdict.FAIL)
        number, gates = len(review.gates), count(len(review.gates), "gate")
        if not bad:
            yield f"{gates} pass{'es' if number == 1 else ''}"
        if failed:
            yield _of(failed, gates, "fail")
        if still_open:
            yield f"{still_open:,} of {gates} without an answer"
    if found.notes:
        yield count(len(found.notes), "note")


def _of(failed: int, what: str, verb: str) -> str:
    """`1 of 3 gates fails`, `2 of 3 gates fail`."""
    return f"{failed:,} of {what} {verb}{'s' if failed == 1 else ''}"


def _policies(review: Review) -> str:
    """`1 policy, changed`, `3 policies, 1 of them changed, 1 not compared`; nothing of changes if none were looked for."""
    policies, number = count(len(review.policies), "policy", "policies"), len(review.policies)
    if Step.DIFF not in review.steps:
        return f"{policies}, not compared"
    unknown = sum(
        not each.is_new and not each.is_gone and each.difference is None for each in review.policies
    )
    changed = sum(not _is_as_before(each) for each in review.policies) - unknown
    if number == 1:
        return f"{policies}, {'changed' if changed else 'not compared' if unknown else 'as before'}"
    return f"{policies}, {changed:,} of them changed" + (f", {unknown:,} not compared" if unknown else "")


def idle_lines(review: Review) -> list[str]:
    """A sentence for each part that was asked for and had nothing to look at."""
    return [f"Nothing to look at in '{step.value}': {why}." for step, why in review.idle.items()]


def _is_as_before(policy: PolicyReview) -> bool:
    return policy.difference is not None and policy.difference.is_equivalent


def standing(policy: PolicyReview) -> str:
    """`decides as before`, `new`, `gone`, or how much changed."""
    if policy.is_gone:
        return "gone"
    if policy.is_new:
        return "new"
    if policy.difference is None:
        return "not compared"
    if policy.difference.is_equivalent:
        return "decides as before"
    if not policy.difference.changes:
        return "decides by another clock"
    actions = policy.difference.actions
    reasons = len(policy.difference.changes) - len(actions)
    boxes = sum(len(change.boxes) for change in actions)
    kinds = count(boxes, "kind of situation", "kinds of situations")
    words = f"acts otherwise in {kinds}" if actions else "does the same as before"
    words += f", and stays for {count(reasons, 'other reason')}" if reasons else ""
    return f"{words}, and decides by another clock" if policy.difference.other_clock else words


def which(each: ClaimsReview) -> str:
    """` (as changed)` for a file of the change, nothing for one of before."""
    return "" if each.is_earlier else " (as changed)"
