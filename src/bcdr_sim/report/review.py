"""A reviewed change: as text, JSON and JUnit."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final
from xml.etree import ElementTree as ET

from bcdr_sim import __version__
from bcdr_sim.analysis import Change, Finding, Severity, change_words
from bcdr_sim.errors import escaped, render_block
from bcdr_sim.report.differences import change_data
from bcdr_sim.report.exploration import explored_summary, extent_data
from bcdr_sim.report.exposure import exposure_data, exposure_words, visit_words, visits_data
from bcdr_sim.report.findings import (
    SCHEMA,
    findings_data,
    proof_data,
    totals,
    with_witness,
)
from bcdr_sim.report.gates import gate_data, gate_tests, gates_text
from bcdr_sim.report.wording import count, json_text, wrapped
from bcdr_sim.review import ClaimsReview, PolicyReview, Review
from bcdr_sim.statistics import Verdict

BEHIND: Final = (
    "This branch lacks commits of the one that it is judged by. What they added looks as if this change took it away: merge "
    "or rebase first."
)


def verdict_words(review: Review) -> str:
    """`PASS`, `VIOLATION`, `BASELINE MISSING OR STALE`, `INCONCLUSIVE` or `NOTHING TO LOOK AT`."""
    return review.ending.value.upper()


def review_text(review: Review, *, width: int = 100) -> str:
    """What changed, what was found, which scenarios hold."""
    lines: list[str] = [wrapped(f"Note: {BEHIND}", width=width), ""] if review.is_behind else []
    for policy in review.policies:
        lines += [f"policy {escaped(policy.path)}: {standing(policy)}"]
        lines += _changes(policy, width=width)
        if policy.explored is not None:
            lines += [wrapped(explored_summary(policy.explored), lead="  explored: ", width=width)]
        lines += [wrapped(f"given up: {escaped(each)}", lead="  ", width=width) for each in policy.given_up]
    for finding in loud(review):
        lines += ["", render_block(with_witness(finding).problem)]
    lines.append("")
    for each in review.claims:
        lines.append(f"{'ok ' if each.holds else 'NOT'} {escaped(each.path)}{which(each)}")
        lines += [wrapped(failure, lead="      ", width=width) for failure in each.failures]
    lines += gates_text(review.gates, width=width)
    lines += ["", f"Verdict  {verdict_words(review)}: {summary(review)}"]
    return "\n".join(lines).lstrip("\n") + "\n"


def _changes(policy: PolicyReview, *, width: int) -> Iterator[str]:
    """What a policy does otherwise, where, and how often simulated incidents come there."""
    exposure = policy.exposure
    for number, change in enumerate(policy.difference.changes if policy.difference else ()):
        if not change.is_action:
            continue
        yield wrapped(change_words(change), lead="  ", width=width)
        for position, box in enumerate(change.boxes):
            yield wrapped(str(box), lead="    where ", width=width)
            if exposure is not None:
                yield wrapped(visit_words(exposure, number, position), lead="      = ", width=width)
        if not change.is_whole:
            yield f"    and more than these {len(change.boxes)}"
    if exposure is not None:
        yield wrapped(exposure_words(exposure), lead="  ", width=width)


def review_json(review: Review) -> str:
    """The whole review as one JSON object."""
    content = {
        "schema": SCHEMA,
        "version": __version__,
        "command": "ci",
        "verdict": verdict_words(review).lower().replace(" ", "_"),
        "behind": review.is_behind,
        "policies": [_policy_data(policy) for policy in review.policies],
        "claims": [
            {
                "path": each.path,
                "earlier": each.is_earlier,
                "holds": each.holds,
                "failures": list(each.failures),
            }
            for each in review.claims
        ],
        "gates": [gate_data(gate) for gate in review.gates],
        "findings": findings_data(review.findings),
    }
    return json_text(content)


def review_junit(review: Review) -> str:
    """One test for each policy, each loosened guard and each each. Source: the schema of Jenkins' JUnit plugin."""
    suite = ET.Element("testsuite", name="bcdr-sim ci")
    failures = 0
    for name, messages in _tests(review):
        case = ET.SubElement(suite, "testcase", classname="bcdr-sim", name=_xml(name))
        if messages:
            failures += 1
            failure = ET.SubElement(case, "failure", message=_xml(messages[0]))
            failure.text = _xml("\n".join(messages))
    suite.set("tests", str(len(suite)))
    suite.set("failures", str(failures))
    ET.indent(suite)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(suite, encoding="unicode") + "\n"


def _tests(review: Review) -> Iterator[tuple[str, list[str]]]:
    errors = [finding for finding in loud(review) if finding.severity is Severity.ERROR]
    for policy in review.policies:
        own = [_placed(finding) for finding in errors if finding.problem.file == policy.path]
        yield f"policy {policy.path}", [*own, *(f"given up: {each}" for each in policy.given_up)]
    known = {policy.path for policy in review.policies}
    for finding in errors:
        if finding.problem.file not in known:
            yield finding.problem.message, [_placed(finding)]
    yield from gate_tests(review.gates)
    for each in review.claims:
        failures = list(each.failures) or ([] if each.holds else ["an expectation does not hold"])
        yield f"claims of {each.path}{which(each)}", [] if each.holds else failures


def _placed(finding: Finding) -> str:
    return f"{finding.problem.place}: {finding.kind.code} {with_witness(finding).problem.message}"


def _xml(text: str) -> str:
    """Text without what XML cannot hold."""
    return escaped(text)


def loud(review: Review) -> list[Finding]:
    """Findings that are told apart from the changes, claims and gates, which have a place of their own here."""
    gates = {gate.id for gate in review.gates}
    return [
        finding
        for finding in review.findings
        if finding.severity is not Severity.NOTE
        and finding.kind.code != "BCDR601"
        and not (finding.kind.code in ("BCDR801", "BCDR802") and finding.rule in gates)
    ]


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
    actions = policy.difference.actions
    reasons = len(policy.difference.changes) - len(actions)
    boxes = sum(len(change.boxes) for change in actions)
    kinds = count(boxes, "kind of situation", "kinds of situations")
    words = f"acts otherwise in {kinds}" if actions else "does the same as before"
    return f"{words}, and stays for {count(reasons, 'other reason')}" if reasons else words


def which(each: ClaimsReview) -> str:
    """` (as changed)` for a file of the change, nothing for one of before."""
    return "" if each.is_earlier else " (as changed)"


def summary(review: Review) -> str:
    """What was looked at and how much of it is wrong, in a line."""
    parts = [count(len(review.policies), "policy", "policies"), totals(review.findings)]
    if review.claims:
        failed = sum(not each.holds for each in review.claims)
        parts.append(_tried(count(len(review.claims), "scenario or test", "scenarios and tests"), failed))
    if review.gates:
        bad = sum(gate.verdict is not Verdict.PASS for gate in review.gates)
        parts.append(_tried(count(len(review.gates), "gate"), bad))
    return "; ".join(parts)


def _tried(what: str, bad_count: int) -> str:
    """`3 gates, all good`, or `2 of 3 gates not good`."""
    return f"{bad_count:,} of {what} not good" if bad_count else f"{what}, all good"


def _policy_data(policy: PolicyReview) -> dict[str, Any]:
    changes: Sequence[Change] = policy.difference.changes if policy.difference else ()
    exposure = policy.exposure
    return {
        "path": policy.path,
        "policy": policy.checked.policy if policy.checked else None,
        "digest": policy.checked.digest if policy.checked else None,
        "given_up": list(policy.given_up),
        "new": policy.is_new,
        "gone": policy.is_gone,
        "changes": [
            change_data(change)
            | ({} if exposure is None else {"exposure": visits_data(exposure, number, change)})
            for number, change in enumerate(changes)
        ],
        "exposure": None if exposure is None else exposure_data(exposure),
        "explored": extent_data(policy.explored) if policy.explored else None,
        "proofs": [proof_data(proof) for proof in (policy.checked.proofs if policy.checked else ())],
    }
