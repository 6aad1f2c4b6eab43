"""What was found about policies, for the machines of a code review: JUnit, Markdown, GitLab code quality.

Text from a file is data in each of them: XML, Markdown and HTML see nothing but letters.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final
from xml.etree import ElementTree as ET

from bcdr_sim.analysis import Checked, Finding, Severity
from bcdr_sim.errors import escaped
from bcdr_sim.report.findings import details, fingerprints, proof_words, totals
from bcdr_sim.report.markdown import fitted, markdown_table
from bcdr_sim.report.wording import json_text, plain_markdown

_GITLAB_SEVERITY: Final = {Severity.ERROR: "critical", Severity.WARNING: "minor", Severity.NOTE: "info"}


def check_junit(checks: Sequence[Checked], *, fail_on: Severity, title: str = "bcdr-sim policy check") -> str:
    """A JUnit report: a suite for each policy; in it a case for each law and each finding, with file and line.

    A finding that `fail_on` lets pass is a case that passes and says what it is.
    """
    root = ET.Element("testsuites", name=title)
    for checked in checks:
        root.append(_suite(checked, fail_on))
    ET.indent(root)
    return ET.tostring(root, encoding="unicode", xml_declaration=False) + "\n"


def _suite(checked: Checked, fail_on: Severity) -> ET.Element:
    failing = {id(finding) for finding in checked.at_least(fail_on)}
    suite = ET.Element("testsuite", name=escaped(checked.policy), file=escaped(checked.file))
    for proof in checked.proofs:
        _case(suite, checked, name=proof_words(proof))
    for finding in checked.findings:
        subject = finding.invariant or finding.rule
        name = f"{finding.kind.code} {finding.kind.name}{' ' + subject if subject else ''}"
        case = _case(suite, checked, name=name, line=finding.problem.line)
        text = escaped(f"{finding.problem.place}: {_sentence(finding)}")
        if id(finding) in failing:
            ET.SubElement(
                case, "failure", type=finding.kind.code, message=escaped(finding.problem.message)
            ).text = text
        else:
            ET.SubElement(case, "system-out").text = text
    if checked.given_up:
        case = _case(suite, checked, name="an answer to every question")
        ET.SubElement(case, "error", type="given-up", message=escaped(checked.given_up))
    for key, tag in (("tests", "testcase"), ("failures", "testcase/failure"), ("errors", "testcase/error")):
        suite.set(key, str(len(suite.findall(tag))))
    return suite


def _case(suite: ET.Element, checked: Checked, *, name: str, line: int | None = None) -> ET.Element:
    case = ET.SubElement(
        suite,
        "testcase",
        classname=escaped(checked.policy),
        name=escaped(name),
        file=escaped(checked.file),
    )
    if line:
        case.set("line", str(line))
    return case


def check_markdown(
    checks: Sequence[Checked],
    *,
    fail_on: Severity,
    title: str = "Policies checked for every observation",
    proved: str = "proved",
    remarks: Sequence[str] = (),
) -> str:
    """A page for a comment: verdict and findings of each policy, the gravest first, cut where a comment would be."""
    lines = [f"# {title}", *_page(checks, fail_on, proved), *map(plain_markdown, remarks)]
    return fitted(lines)


def _page(checks: Sequence[Checked], fail_on: Severity, proved: str) -> Iterator[str]:
    if not checks:
        yield "No policy: nothing ran."
        return
    rows = [
        [checked.policy, verdict(checked, fail_on), _found(checked), _proved(checked)] for checked in checks
    ]
    yield markdown_table(["policy", "verdict", "findings", proved], rows)
    for checked in checks:
        if checked.findings or checked.given_up:
            yield f"## {plain_markdown(checked.policy)}"
        if checked.given_up:
            yield plain_markdown(
                f"Given up: {checked.given_up}. What is not listed is neither proved nor refuted."
            )
        order = list(Severity)
        for finding in sorted(checked.findings, key=lambda each: order.index(each.severity)):
            yield _paragraph(finding)


def _paragraph(finding: Finding) -> str:
    head = f"{plain_markdown(finding.problem.place)}: {plain_markdown(finding.problem.message)}"
    return f"**{finding.severity.value} {finding.kind.code}** {head}" + "".join(
        f"  \n{plain_markdown(line)}" for line in details(finding)
    )


def check_gitlab(checks: Sequence[Checked]) -> str:
    """A GitLab code quality report of what was found about policies."""
    return gitlab([finding for checked in checks for finding in checked.findings])


def gitlab(findings: Sequence[Finding]) -> str:
    """A GitLab code quality report. Source: GitLab documentation, "Code Quality report format".

    Equal fingerprints would be dropped there, so each is unique.
    """
    rows = [
        {
            "description": escaped(_sentence(finding)),
            "check_name": finding.kind.code,
            "fingerprint": mark,
            "severity": _GITLAB_SEVERITY[finding.severity],
            "location": {"path": finding.problem.file, "lines": {"begin": finding.problem.line or 1}},
        }
        for finding, mark in zip(findings, fingerprints(findings), strict=True)
    ]
    return json_text(rows)


def verdict(checked: Checked, fail_on: Severity) -> str:
    """`violation`, `inconclusive` or `pass`."""
    if checked.at_least(fail_on):
        return "violation"
    return "inconclusive" if checked.given_up else "pass"


def _found(checked: Checked) -> str:
    found = totals(checked.findings)
    return f"given up; until then {found}" if checked.given_up else found


def _proved(checked: Checked) -> str:
    proved = sum(1 for proof in checked.proofs if proof.subject == "invariant")
    return f"{proved} of {len(checked.laws)} invariants"


def _sentence(finding: Finding) -> str:
    return "; ".join([finding.problem.message, *details(finding)])
