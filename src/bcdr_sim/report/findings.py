"""Findings about policies: as text, JSON, SARIF and workflow commands, all from the same values.

`schema: bcdr-sim/policy/1` is complete; the others leave things out.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from bcdr_sim import __version__
from bcdr_sim.analysis import KINDS, Checked, Finding, Proof, Severity
from bcdr_sim.analysis.witnesses import nearest
from bcdr_sim.errors import Problem, escaped, render_block, render_github, sarif_location, sarif_results
from bcdr_sim.report.wording import count, json_text, wrapped

SCHEMA = "bcdr-sim/policy/1"
_LINK_SIGNS: Final = re.compile(r"[\\\[\]]")
"""What would make a link of a SARIF message. Source: SARIF 2.1.0, section 3.11.6."""
ANNOTATIONS_MAX: Final = 10
"""So many annotations of one level a step of a workflow shows."""
SARIF_RESULTS_MAX: Final = 25_000
"""So many results of a run are taken. Source: GitHub documentation, "SARIF results exceed one or more limits"."""


def check_text(checks: Sequence[Checked], *, width: int = 100) -> str:
    """What was found about each policy, what was proved, and how many findings there are."""
    blocks = [_one_check(checked, width=width) for checked in checks]
    return "\n\n".join([*blocks, wrapped(conclusion(checks), width=width)]) + "\n"


def conclusion(checks: Sequence[Checked]) -> str:
    """How many findings there are, or that there are some or none only as far as anybody has looked."""
    found = totals(finding for checked in checks for finding in checked.findings)
    given_up = sum(bool(checked.given_up) for checked in checks)
    if not given_up:
        return found
    of = "the policy" if len(checks) == 1 else f"{given_up:,} of {count(len(checks), 'policy', 'policies')}"
    return f"given up: {of} was not looked at to the end; until then {found}"


def check_json(checks: Sequence[Checked]) -> str:
    """The same as one JSON object."""
    findings = [finding for checked in checks for finding in checked.findings]
    return policy_json(
        {"command": "check", "policies": [_check_data(checked) for checked in checks]}, findings
    )


def sarif(findings: Sequence[Finding]) -> str:
    """A SARIF 2.1.0 log, of more findings than are taken the gravest.

    Source: OASIS SARIF 2.1.0, sections 3.13, 3.14, 3.27 and 3.49.
    """
    if len(findings) > SARIF_RESULTS_MAX:
        order = list(Severity)
        findings = sorted(findings, key=lambda each: order.index(each.severity))[:SARIF_RESULTS_MAX]
    rules = [
        {
            "id": kind.code,
            "name": kind.name,
            "shortDescription": {"text": kind.meaning},
            "defaultConfiguration": {"level": kind.severity.value},
        }
        for kind in KINDS.values()
    ]
    results = sarif_results([with_witness(finding).problem for finding in findings])
    for result in results:
        result["message"]["text"] = _LINK_SIGNS.sub(r"\\\g<0>", result["message"]["text"])
    for result, finding, mark in zip(results, findings, fingerprints(findings), strict=True):
        result["partialFingerprints"] = {"bcdrSimFinding/v1": mark}
        if finding.related:
            result["relatedLocations"] = [
                {"physicalLocation": sarif_location(each), "message": {"text": escaped(each.message)}}
                for each in finding.related
            ]
    run = {
        "tool": {"driver": {"name": "bcdr-sim", "version": __version__, "rules": rules}},
        "columnKind": "unicodeCodePoints",
        "results": results,
    }
    log = {"$schema": "https://json.schemastore.org/sarif-2.1.0.json", "version": "2.1.0", "runs": [run]}
    return json_text(log)


def github(findings: Sequence[Finding]) -> str:
    """Workflow commands, the gravest first, of a level no more than are shown; the last one says how many more.

    Source: GitHub documentation, "Workflow commands", and the limits of a step in actions/toolkit.
    """
    problems: list[Problem] = []
    for severity in Severity:
        own = [with_witness(finding).problem for finding in findings if finding.severity is severity]
        rest = len(own) - ANNOTATIONS_MAX
        if rest > 0:
            last = own[ANNOTATIONS_MAX - 1]
            more = replace(last, message=f"{last.message}; and {rest} more of this level in the JSON")
            own = [*own[: ANNOTATIONS_MAX - 1], more]
        problems += own
    return f"{render_github(problems)}\n" if problems else ""


def fingerprints(findings: Sequence[Finding]) -> list[str]:
    """What stays the same of each finding when lines move: its kind and the names it is about; unique by a number."""
    met: dict[str, int] = {}
    marks = []
    for finding in findings:
        names = "\0".join((finding.problem.file, finding.kind.code, finding.rule, finding.invariant))
        met[names] = met.get(names, 0) + 1
        number = f"\0{met[names]}" if met[names] > 1 else ""
        marks.append(hashlib.sha256((names + number).encode(errors="surrogatepass")).hexdigest()[:32])
    return marks


def totals(findings: Iterable[Finding]) -> str:
    """`2 errors, 1 note`, or that there is nothing."""
    numbers = dict.fromkeys(Severity, 0)
    for finding in findings:
        numbers[finding.severity] += 1
    return (
        ", ".join(count(number, severity.value) for severity, number in numbers.items() if number)
        or "no findings"
    )


def _one_check(checked: Checked, *, width: int) -> str:
    lines = []
    for finding in checked.findings:
        lines.append(render_block(finding.problem))
        lines += beside(finding, width=width)
    proved = sum(1 for proof in checked.proofs if proof.subject == "invariant")
    over = f"all {checked.cell_count:.2g} combinations of what it tells apart".replace("e+", "e")
    settings = (
        f", for {count(checked.parameter_settings, 'setting')} that stand for all values of its parameters"
        if checked.parameter_settings > 1
        else ""
    )
    name = f"{escaped(checked.policy)} ({escaped(checked.file)})"
    head = f"{name}: {proved} of {count(len(checked.laws), 'invariant')} proved over {over}{settings}"
    if not checked.cell_count:
        head = f"{name}: none of {count(len(checked.laws), 'invariant')} decided"
    lines.append(wrapped(head, width=width))
    lines += [f"  proved  {proof_words(proof)}" for proof in checked.proofs]
    if checked.given_up:
        lines.append(f"  given up: {checked.given_up}; what is not listed here is neither proved nor refuted")
    return "\n".join(lines)


def proof_words(proof: Proof) -> str:
    """A law that holds, and what it takes: `no-flapping`, `failover only where it can be taken  (with A5)`."""
    words = {
        "invariant": escaped(proof.name),
        "action": f"{proof.name} only where it can be taken",
        "table": "a rule for everything that can occur",
        "trace": proof.name,
    }
    needs = f"  (with {', '.join(proof.assumptions)})" if proof.assumptions else ""
    return words[proof.subject] + needs


def beside(finding: Finding, *, width: int) -> list[str]:
    """Example, parameters and further places of a finding, below it."""
    lines = [f"       | see: {escaped(each.place)}: {escaped(each.message)}" for each in finding.related]
    if finding.witness:
        base, given = nearest(finding.witness)
        shown = ", ".join(f"{axis} {value}" for axis, value in given.items()) or "nothing else"
        lines.append(
            wrapped(
                shown, lead=f"       | {'then' if finding.trace else 'example'}: {base} with ", width=width
            )
        )
    if finding.parameters:
        shown = ", ".join(f"{name} {value}" for name, value in finding.parameters.items())
        lines.append(wrapped(shown, lead="       | at: ", width=width))
    return lines


def with_witness(finding: Finding) -> Finding:
    """The finding with its example and its trace in the message, for forms that have no place of their own for them."""
    message = "; ".join([finding.problem.message, *details(finding)])
    return replace(finding, problem=replace(finding.problem, message=message))


def details(finding: Finding) -> Iterator[str]:
    """Yield the example of a finding, the events that lead to it, and the parameter values that it needs."""
    if finding.witness and not finding.kind.needs_events:
        base, given = nearest(finding.witness)
        shown = ", ".join(f"{axis} {value}" for axis, value in given.items())
        yield f"for example {base} with {shown or 'nothing else'}"
    if finding.trace:
        yield "events: " + ", ".join(finding.trace)
    if finding.parameters:
        yield "at " + ", ".join(f"{name} {value}" for name, value in finding.parameters.items())


def _check_data(checked: Checked) -> dict[str, Any]:
    return {
        "policy": checked.policy,
        "file": checked.file,
        "digest": checked.digest,
        "parameter_settings": checked.parameter_settings,
        "cells": checked.cell_count,
        "nodes": checked.node_count,
        "given_up": checked.given_up or None,
        "findings": findings_data(checked.findings),
        "proofs": [proof_data(proof) for proof in checked.proofs],
    }


def proof_data(proof: Proof) -> dict[str, Any]:
    """A proof as JSON types."""
    return {"subject": proof.subject, "name": proof.name, "assumptions": list(proof.assumptions)}


def findings_data(findings: Sequence[Finding]) -> list[dict[str, Any]]:
    """Findings as JSON types."""
    marks = fingerprints(findings)
    return [_finding_data(finding, mark) for finding, mark in zip(findings, marks, strict=True)]


def _finding_data(finding: Finding, mark: str) -> dict[str, Any]:
    problem = finding.problem
    witness = None
    if finding.witness:
        base, given = nearest(finding.witness)
        witness = {"from": base, "given": given, "observation": dict(finding.witness)}
    return {
        "code": finding.kind.code,
        "name": finding.kind.name,
        "severity": finding.severity.value,
        "message": problem.message,
        "file": problem.file,
        "line": problem.line or None,
        "column": problem.column if problem.line else None,
        "rule": finding.rule or None,
        "invariant": finding.invariant or None,
        "witness": witness,
        "events": list(finding.trace),
        "parameters": dict(finding.parameters),
        "related": [
            {
                "message": each.message,
                "file": each.file,
                "line": each.line or None,
                "column": each.column or None,
            }
            for each in finding.related
        ],
        "fingerprint": mark,
    }


def policy_json(content: Mapping[str, Any], findings: Sequence[Finding]) -> str:
    """A document of the family `bcdr-sim/policy/1`: its content and how many findings of each severity there are."""
    numbers = {
        f"{severity.value}s": sum(1 for finding in findings if finding.severity is severity)
        for severity in Severity
    }
    whole = {"schema": SCHEMA, "version": __version__, **content, "summary": numbers}
    return json_text(whole)
