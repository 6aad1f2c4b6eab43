"""A reviewed change as JUnit: one test for each law, case, expectation and gate, and for each thing that is wrong besides.

Source: the schema of Jenkins' JUnit plugin; `file` and `line` are what GitLab, CircleCI and pytest write.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from xml.etree import ElementTree as ET

from bcdr_sim.analysis import Finding, Law, Severity
from bcdr_sim.errors import escaped
from bcdr_sim.report.findings import details
from bcdr_sim.report.gates import gate_faults, gate_title
from bcdr_sim.report.review_sections import sections, which
from bcdr_sim.review import ClaimsReview, PolicyReview, Review
from bcdr_sim.review.gate_file import FILE as GATES_FILE

_AS_BEFORE = " (as it was before)"


@dataclass(frozen=True, slots=True)
class Test:
    """One test: what it is about (`group`), what is claimed, where, and why it fails, line by line; empty if it passes."""

    group: str
    name: str
    file: str
    line: int
    failures: tuple[str, ...] = ()


def review_junit(review: Review) -> str:
    """All of it as one suite."""
    tests = list(review_tests(review))
    failed = sum(bool(test.failures) for test in tests)
    suite = ET.Element("testsuite", name="bcdr-sim ci", tests=str(len(tests)), failures=str(failed))
    for test in tests:
        case = ET.SubElement(
            suite,
            "testcase",
            classname=escaped(test.group),
            name=escaped(test.name),
            file=escaped(test.file),
        )
        if test.line:
            case.set("line", str(test.line))
        if test.failures:
            failure = ET.SubElement(case, "failure", message=escaped(test.failures[0]))
            failure.text = "\n".join(map(escaped, test.failures))
    ET.indent(suite)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(suite, encoding="unicode") + "\n"


def review_tests(review: Review) -> Iterator[Test]:
    """Yield every test of a review: laws of each policy, what is wrong besides, cases and expectations, gates."""
    errors = [finding for finding in sections(review).wrong if finding.severity is Severity.ERROR]
    told: set[int] = set()
    for policy in review.policies:
        for law in policy.checked.laws if policy.checked else ():
            broken = [
                finding
                for finding in errors
                if finding.invariant == law.name
                and finding.problem.file == policy.path
                and finding.kind.code != "BCDR401"
            ]
            told.update(map(id, broken))
            yield _law(policy, law, broken)
        rest = [each for each in errors if each.problem.file == policy.path and id(each) not in told]
        if not rest and not policy.is_gone:
            yield Test(policy.path, "rules", policy.path, 1, _given_up(policy))
    yield from (_fault(finding) for finding in errors if id(finding) not in told)
    for each in review.claims:
        yield from _claims(each)
    for gate in review.gates:
        yield Test(GATES_FILE, gate_title(gate), GATES_FILE, gate.line, tuple(gate_faults(gate)))


def _law(policy: PolicyReview, law: Law, broken: list[Finding]) -> Test:
    """A law as a test of a policy, at the law's own line."""
    file = policy.path if law.is_own else law.document.path.removesuffix(_AS_BEFORE)
    failures = tuple(_sentence(finding) for finding in broken) or _given_up(policy)
    return Test(policy.path, f"invariant {law.name}", file, law.document.line(law.path), failures)


def _given_up(policy: PolicyReview) -> tuple[str, ...]:
    return tuple(f"given up: {each}" for each in policy.given_up)


def _fault(finding: Finding) -> Test:
    """Something that is wrong and no law's, as a test that fails."""
    problem = finding.problem
    name = f"{finding.kind.name}: {problem.message}"
    return Test(problem.file, name, problem.file, problem.line, (_sentence(finding),))


def _sentence(finding: Finding) -> str:
    """A finding in a line, with its place and example."""
    words = "; ".join([finding.problem.message, *details(finding)])
    return f"{finding.problem.place}: {finding.kind.code} {words}"


def _claims(each: ClaimsReview) -> Iterator[Test]:
    """Every case or expectation of a file."""
    for result in each.results:
        failures = () if result.passed else (f"{result.place}: {result.message}",)
        yield Test(each.path, f"{result.name}{which(each)}", result.file, result.line, failures)
