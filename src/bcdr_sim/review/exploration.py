"""Every order of events under a policy that a change touches, within a budget: what single decisions do not show."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from bcdr_sim.analysis import Finding, Law
from bcdr_sim.analysis.exploring import Explored, explore
from bcdr_sim.analysis.finding import own_laws
from bcdr_sim.loading import Document
from bcdr_sim.policy import Policy

STATES_MAX: Final = 50_000
"""So many situations of each changed policy are looked at. Assumption: two seconds, traces of a dozen events."""

_BROKEN_LAW: Final = "BCDR201"
_COMMIT_AGAINST_LAW: Final = "BCDR501"


def explored_change(
    new: Policy,
    document: Document,
    shared: Sequence[Law] = (),
    *,
    old: Policy | None,
    old_document: Document | None,
) -> Explored | None:
    """Return what an exploration finds of a policy as it is now, held against the laws of before and `shared` ones as well.

    None if it decides and claims what it did. The bound is part of the answer: a search that ends there has not failed.
    """
    if old is None or old_document is None:
        return explore(new, document, tuple(shared), states_max=STATES_MAX)
    if old.digest == new.digest:
        return None
    laws = tuple(law for law in own_laws(old, old_document) if law.invariant not in new.table.invariants)
    judged = replace(new, values={**old.values, **new.values})
    found = explore(judged, document, (*laws, *shared), states_max=STATES_MAX)
    earlier = {law.name for law in laws}
    findings = tuple(_of_before(each, earlier) for each in found.checked.findings)
    return replace(found, checked=replace(found.checked, findings=findings))


def _of_before(finding: Finding, earlier: set[str]) -> Finding:
    """A finding that says so if its law stands in the earlier revision, whose file is not there to be shown."""
    if not finding.invariant or finding.invariant not in earlier:
        return finding
    message = f"{finding.problem.message}, a law of before"
    return replace(finding, problem=replace(finding.problem, message=message), related=())


def with_traces(findings: Sequence[Finding], explored: Explored | None) -> list[Finding]:
    """The findings of the proofs, with the events that lead there where they are known, and those that events alone show."""
    if explored is None:
        return list(findings)
    traces = {
        (each.rule, each.invariant): each.trace
        for each in explored.checked.findings
        if each.kind.code == _COMMIT_AGAINST_LAW
    }
    merged: list[Finding] = []
    shown: set[tuple[str, str]] = set()
    for each in findings:
        subject = (each.rule, each.invariant)
        if each.kind.code == _BROKEN_LAW and subject in traces:
            merged.append(replace(each, trace=traces[subject]))
            shown.add(subject)
        else:
            merged.append(each)
    merged += (
        each
        for each in explored.checked.findings
        if each.kind.code != _COMMIT_AGAINST_LAW or (each.rule, each.invariant) not in shown
    )
    return merged
