"""Where two policies differ, and what was asked about it: in every form, all from the same values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from xml.etree import ElementTree as ET

from bcdr_sim.analysis import (
    Asked,
    Change,
    ClockChange,
    Difference,
    Finding,
    change_findings,
    change_words,
    clock_findings,
)
from bcdr_sim.analysis.witnesses import nearest
from bcdr_sim.errors import escaped, render_block
from bcdr_sim.loading import Document
from bcdr_sim.report.exposure import exposure_data, exposure_words, visit_words, visits_data
from bcdr_sim.report.findings import beside, findings_data, policy_json
from bcdr_sim.report.markdown import fitted
from bcdr_sim.report.wording import count, plain_markdown, wrapped
from bcdr_sim.review.exposure import Exposure


def diff_findings(
    difference: Difference, document: Document, asked: Sequence[Asked], *, with_reasons: bool = False
) -> list[Finding]:
    """Changes and swapped rules as findings in the new file; errors if they refute what was asked."""
    refuting = [change for each in asked for change in each.refuting]
    shown = [
        change for change in difference.changes if with_reasons or change.is_action or change in refuting
    ]
    is_refuting = any(each.clock is not None for each in asked)
    return [
        *clock_findings(difference.clock, document, is_refuting=is_refuting),
        *change_findings(shown, document, refuting=refuting),
        *difference.swapped,
    ]


def diff_text(
    difference: Difference,
    asked: Sequence[Asked] = (),
    exposure: Exposure | None = None,
    *,
    with_reasons: bool = False,
    width: int = 100,
) -> str:
    """Where two policies differ: changes of what is done, then, if asked for, of reasons alone; answers at the end."""
    lines = [wrapped(_title(difference), width=width)]
    clock = ["", wrapped(escaped(str(difference.clock)), width=width)] if difference.clock else []
    lines += clock
    for number, change in _shown(difference, with_reasons=with_reasons):
        lines += ["", wrapped(change_words(change), width=width)]
        for position, box in enumerate(change.boxes):
            lines.append(wrapped(str(box), lead="  where ", width=width))
            if exposure is not None:
                lines.append(wrapped(visit_words(exposure, number, position), lead="    = ", width=width))
        if not change.is_whole:
            lines.append(f"  and more than these {len(change.boxes)}")
    for finding in difference.swapped:
        lines += ["", render_block(finding.problem), *beside(finding, width=width)]
    lines += ["", _totals(difference)]
    if difference.is_equivalent:
        lines = [lines[0], *clock, "", "equivalent: the same is decided for the same reason everywhere"]
    if exposure is not None:
        lines.append(wrapped(exposure_words(exposure), width=width))
    lines += [wrapped(_answer(each), width=width) for each in asked]
    return "\n".join(lines) + "\n"


def diff_json(difference: Difference, asked: Sequence[Asked] = (), exposure: Exposure | None = None) -> str:
    """The same as one JSON object."""
    content = {
        "command": "diff",
        "before": difference.before,
        "after": difference.after,
        "equivalent": difference.is_equivalent,
        "clock": clock_data(difference.clock),
        "changes": [
            change_data(change)
            | ({} if exposure is None else {"exposure": visits_data(exposure, number, change)})
            for number, change in enumerate(difference.changes)
        ],
        "exposure": None if exposure is None else exposure_data(exposure),
        "questions": [
            {
                "question": each.question.value,
                "holds": each.holds,
                "is_proved": bool(each.refuting) or each.clock is None,
                "counterexample": change_data(each.refuting[0]) if each.refuting else None,
            }
            for each in asked
        ],
        "findings": findings_data(difference.swapped),
    }
    return policy_json(content, difference.swapped)


def diff_markdown(
    difference: Difference,
    asked: Sequence[Asked] = (),
    exposure: Exposure | None = None,
    *,
    with_reasons: bool = False,
) -> str:
    """A page for a comment, cut where a comment would be."""
    return fitted(_page(difference, asked, exposure, with_reasons=with_reasons))


def diff_junit(difference: Difference, asked: Sequence[Asked] = (), *, file: str) -> str:
    """A case for every question, which fails if the answer is no, and one for every change, which says what it is."""
    suite = ET.Element("testsuite", name=escaped(f"bcdr-sim policy diff {_title(difference)}"))
    for each in asked:
        case = _case(suite, file, name=each.question.value)
        if not each.holds:
            failure = ET.SubElement(case, "failure", type="question", message=escaped(_answer(each)))
            failure.text = escaped("; ".join(_change_lines(each.refuting)))
    if difference.clock is not None:
        case = _case(suite, file, name="another clock")
        ET.SubElement(case, "system-out").text = escaped(str(difference.clock))
    for change in difference.changes:
        case = _case(suite, file, name=change_words(change))
        ET.SubElement(case, "system-out").text = escaped("; ".join(map(str, change.boxes)))
    if not len(suite):
        _case(suite, file, name="no change")
    suite.set("tests", str(len(suite)))
    suite.set("failures", str(len(suite.findall("testcase/failure"))))
    ET.indent(suite)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ET.tostring(suite, encoding="unicode") + "\n"


def clock_data(clock: ClockChange | None) -> dict[str, Any] | None:
    """A changed clock as JSON types; None if it is the same."""
    if clock is None:
        return None
    return {
        "before": clock.before,
        "after": clock.after,
        "rules": list(clock.rules),
        "invariants": list(clock.laws),
        "parameters": list(clock.parameters),
        "decides": clock.decides,
    }


def change_data(change: Change) -> dict[str, Any]:
    """A change as JSON types."""
    base, given = nearest(change.example)
    return {
        "kind": "action" if change.is_action else "reason",
        "before": [
            {"action": each.action, "reason": each.reason, "rule": each.rule} for each in change.befores
        ],
        "after": {"action": change.after.action, "reason": change.after.reason, "rule": change.after.rule},
        "boxes": [dict(box.words) for box in change.boxes],
        "whole": change.is_whole,
        "example": {"from": base, "given": given, "observation": change.example},
    }


def _shown(difference: Difference, *, with_reasons: bool) -> list[tuple[int, Change]]:
    """The changes that are written out, with their numbers."""
    numbered = enumerate(difference.changes)
    return [(number, change) for number, change in numbered if with_reasons or change.is_action]


def example_words(example: Mapping[str, str]) -> str:
    """`regional_outage with data_loss 1m`."""
    base, given = nearest(example)
    shown = ", ".join(f"{axis} {value}" for axis, value in given.items())
    return f"{base} with {shown or 'nothing else'}"


def _case(suite: ET.Element, file: str, *, name: str) -> ET.Element:
    return ET.SubElement(
        suite, "testcase", classname="bcdr-sim policy diff", name=escaped(name), file=escaped(file)
    )


def _title(difference: Difference) -> str:
    return f"{escaped(difference.before)} -> {escaped(difference.after)}"


def _totals(difference: Difference) -> str:
    reasons = len(difference.changes) - len(difference.actions)
    boxes = sum(len(change.boxes) for change in difference.actions)
    return f"{count(boxes, 'box', 'boxes')} of changed actions, {count(reasons, 'change')} of a reason alone"


def _answer(asked: Asked) -> str:
    """`implies: yes`, no with an observation that shows it, or why it is not proved."""
    if asked.holds:
        return f"{asked.question.value}: yes"
    if not asked.refuting:
        return f"{asked.question.value}: not proved, {escaped(str(asked.clock))}"
    first = asked.refuting[0]
    return f"{asked.question.value}: no, {change_words(first)}; for example {example_words(first.example)}"


def _change_lines(changes: Sequence[Change]) -> Iterator[str]:
    for change in changes:
        yield f"{change_words(change)} where {' or '.join(map(str, change.boxes))}"


def _page(
    difference: Difference, asked: Sequence[Asked], exposure: Exposure | None, *, with_reasons: bool
) -> Iterator[str]:
    yield f"# {plain_markdown(_title(difference))}"
    if difference.clock is not None:
        yield f"**{plain_markdown(str(difference.clock))}**"
    yield _totals(difference) + "."
    if asked:
        yield "\n".join(
            f"* {'' if each.holds else '**'}{plain_markdown(_answer(each))}{'' if each.holds else '**'}"
            for each in asked
        )
    if exposure is not None:
        yield plain_markdown(exposure_words(exposure)) + "."
    for number, change in _shown(difference, with_reasons=with_reasons):
        head = f"**{plain_markdown(change_words(change))}**"
        lines = []
        for position, box in enumerate(change.boxes):
            visits = "" if exposure is None else f": {visit_words(exposure, number, position)}"
            lines.append(f"* where {plain_markdown(str(box) + visits)}")
        yield "\n".join([head, "", *lines])
    for finding in difference.swapped:
        yield f"{plain_markdown(finding.problem.place)}: {plain_markdown(finding.problem.message)}"
