"""A reviewed change: as text and as the comment of a pull request, as JSON, SARIF and JUnit."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any
from xml.etree import ElementTree as ET

from bcdr_sim import __version__
from bcdr_sim.analysis import Change, Finding, Severity, change_words
from bcdr_sim.errors import escaped, render_block
from bcdr_sim.report.differences import change_data
from bcdr_sim.report.findings import (
    SCHEMA,
    findings_data,
    proof_data,
    totals,
    with_witness,
)
from bcdr_sim.report.gates import gate_data, gate_tests, gates_markdown, gates_text
from bcdr_sim.report.wording import count, plain_markdown, wrapped
from bcdr_sim.review import ClaimsReview, PolicyReview, Review
from bcdr_sim.statistics import Verdict

COMMENT_BYTES_MAX = 60_000
"""A comment holds 65,536 characters. Assumption: room is left for what the platform adds."""


def verdict_words(review: Review) -> str:
    """`PASS`, `VIOLATION`, `BASELINE MISSING OR STALE`, `INCONCLUSIVE` or `NOTHING TO LOOK AT`."""
    return review.ending.value.upper()


def review_text(review: Review, *, width: int = 100) -> str:
    """What changed, what was found, which scenarios hold."""
    lines: list[str] = []
    for policy in review.policies:
        lines += [f"policy {escaped(policy.path)}: {_standing(policy)}"]
        for change in policy.difference.actions if policy.difference else ():
            lines += [wrapped(change_words(change), lead="  ", width=width)]
            lines += [wrapped(str(box), lead="    where ", width=width) for box in change.boxes]
        lines += [wrapped(f"given up: {escaped(each)}", lead="  ", width=width) for each in policy.given_up]
    for finding in _loud(review):
        lines += ["", render_block(with_witness(finding).problem)]
    lines.append("")
    for each in review.claims:
        lines.append(f"{'ok ' if each.holds else 'NOT'} {escaped(each.path)}{_which(each)}")
        lines += [wrapped(failure, lead="      ", width=width) for failure in each.failures]
    lines += gates_text(review.gates, width=width)
    lines += ["", f"Verdict  {verdict_words(review)}: {_summary(review)}"]
    return "\n".join(lines).lstrip("\n") + "\n"


def review_markdown(review: Review) -> str:
    """The comment of a pull request, at most `COMMENT_BYTES_MAX` long; what is cut is counted."""
    head = [f"## Failover policy: {verdict_words(review)}", "", _summary(review), ""]
    blocks = list(_markdown_blocks(review))
    taken, length = [], len("\n".join(head).encode())
    for block in blocks:
        length += len(block.encode()) + 1
        if length > COMMENT_BYTES_MAX:
            break
        taken.append(block)
    rest = len(blocks) - len(taken)
    tail = [f"\n{count(rest, 'part')} more in the JSON report."] if rest else []
    return "\n".join([*head, *taken, *tail]) + "\n"


def review_json(review: Review) -> str:
    """The whole review as one JSON object."""
    content = {
        "schema": SCHEMA,
        "version": __version__,
        "command": "ci",
        "verdict": verdict_words(review).lower().replace(" ", "_"),
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
    return json.dumps(content, indent=2, ensure_ascii=True) + "\n"


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
    errors = [finding for finding in _loud(review) if finding.severity is Severity.ERROR]
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
        yield f"claims of {each.path}{_which(each)}", [] if each.holds else failures


def _placed(finding: Finding) -> str:
    return f"{finding.problem.place}: {finding.kind.code} {with_witness(finding).problem.message}"


def _xml(text: str) -> str:
    """Text without what XML cannot hold."""
    return escaped(text)


def _loud(review: Review) -> list[Finding]:
    """Findings that are told apart from the changes, claims and gates, which have a place of their own here."""
    gates = {gate.id for gate in review.gates}
    return [
        finding
        for finding in review.findings
        if finding.severity is not Severity.NOTE
        and finding.kind.code != "BCDR601"
        and not (finding.kind.code in ("BCDR801", "BCDR802") and finding.rule in gates)
    ]


def _standing(policy: PolicyReview) -> str:
    """`unchanged`, `new`, `gone`, or how much changed."""
    if policy.is_gone:
        return "gone"
    if policy.is_new:
        return "new"
    if policy.difference is None:
        return "not compared"
    if policy.difference.is_equivalent:
        return "decides as before"
    boxes = sum(len(change.boxes) for change in policy.difference.actions)
    reasons = len(policy.difference.changes) - len(policy.difference.actions)
    return f"{count(boxes, 'box', 'boxes')} of changed actions, {count(reasons, 'change')} of a reason alone"


def _which(each: ClaimsReview) -> str:
    return "" if each.is_earlier else " (as changed)"


def _summary(review: Review) -> str:
    failed = sum(not each.holds for each in review.claims)
    parts = [
        count(len(review.policies), "policy", "policies"),
        totals(review.findings),
        f"{count(len(review.claims), 'file')} of claims, {failed or 'none'} failing",
    ]
    if review.gates:
        bad = sum(gate.verdict is not Verdict.PASS for gate in review.gates)
        parts.append(f"{count(len(review.gates), 'gate')}, {bad or 'none'} not passed")
    return "; ".join(parts)


def _markdown_blocks(review: Review) -> Iterator[str]:
    loud = _loud(review)
    if loud:
        yield "### Found\n"
    for finding in loud:
        place, message = (
            plain_markdown(finding.problem.place),
            plain_markdown(with_witness(finding).problem.message),
        )
        yield f"* **{finding.severity.value} {finding.kind.code}** {place}: {message}"
    for policy in review.policies:
        yield f"\n### Policy {plain_markdown(policy.path)}: {_standing(policy)}\n"
        for change in policy.difference.actions if policy.difference else ():
            yield from _markdown_change(change)
        for reason in policy.given_up:
            yield f"* **given up**: {plain_markdown(reason)}"
    yield from gates_markdown(review.gates)
    if review.claims:
        yield "\n### Claims\n\n| | scenario or test | |\n|---|---|---|"
    for each in review.claims:
        failures = plain_markdown("; ".join(each.failures))
        name = plain_markdown(each.path + _which(each))
        yield f"| {'ok' if each.holds else '**fails**'} | {name} | {failures} |"


def _markdown_change(change: Change) -> Iterator[str]:
    yield f"* {plain_markdown(change_words(change))}"
    for box in change.boxes:
        yield f"  * {plain_markdown(str(box))}"


def _policy_data(policy: PolicyReview) -> dict[str, Any]:
    changes: Sequence[Change] = policy.difference.changes if policy.difference else ()
    return {
        "path": policy.path,
        "policy": policy.checked.policy if policy.checked else None,
        "digest": policy.checked.digest if policy.checked else None,
        "given_up": list(policy.given_up),
        "new": policy.is_new,
        "gone": policy.is_gone,
        "changes": [change_data(change) for change in changes],
        "proofs": [proof_data(proof) for proof in (policy.checked.proofs if policy.checked else ())],
    }
