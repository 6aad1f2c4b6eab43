"""What became of the claims of a policy repository: as text, JSON and JUnit, all from the same values.

`schema: bcdr-sim/test/1` is complete; the others leave things out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby
from xml.etree import ElementTree as ET

from bcdr_sim import __version__
from bcdr_sim.errors import escaped
from bcdr_sim.report.markdown import fitted, markdown_table
from bcdr_sim.report.wording import count, json_text, plain_markdown, wrapped
from bcdr_sim.testing import Coverage, Kind, Result, Tally

SCHEMA = "bcdr-sim/test/1"
RULES_SHOWN_MAX = 12
"""A table of the text names so many rules that no case reaches, and counts the others."""


def claims_text(tally: Tally, *, width: int = 100) -> str:
    """Files with how many of their claims hold, every claim that does not, what was reached of the policies, and the sum."""
    lines = [f"{escaped(file)}: {_of(results)}" for file, results in _files(tally)]
    for failed in tally.failed:
        lines += [
            "",
            f"{escaped(failed.place)}: {escaped(failed.name)}",
            wrapped(escaped(failed.message), lead="  ", width=width),
        ]
    if tally.coverages:
        lines += [
            "",
            "Rules that decide some case, and boxes that some case lies in",
            *(_coverage_line(each, width=width) for each in tally.coverages),
        ]
    return "\n".join([*lines, "", _sum(tally)] if lines else [_sum(tally)]) + "\n"


def claims_json(tally: Tally) -> str:
    """Every claim and every coverage as one JSON object."""
    content = {
        "schema": SCHEMA,
        "version": __version__,
        "passed": not tally.failed and not tally.is_empty,
        "counts": {
            "held": len(tally.results) - len(tally.failed),
            "failed": len(tally.failed),
        },
        "results": [
            {
                "file": result.file,
                "line": result.line or None,
                "name": result.name,
                "kind": result.kind.value,
                "passed": result.passed,
                "message": result.message,
            }
            for result in tally.results
        ],
        "coverage": [
            {
                "policy": each.policy,
                "rules": list(each.rules),
                "missed": list(each.missed),
                "percent": each.percent,
                "boxes": _boxes_data(each),
            }
            for each in tally.coverages
        ],
    }
    return json_text(content)


def _boxes_data(each: Coverage) -> dict[str, object] | None:
    """Boxes as JSON types; None if they are not known."""
    if each.given_up:
        return None
    return {
        "count": len(each.regions),
        "missed": [{"rule": region.rule, "where": str(region.box)} for region in each.missed_regions],
        "percent": each.box_percent,
    }


def claims_junit(tally: Tally) -> str:
    """One test suite per file and one test case per claim, in the dialect that CI servers read.

    What XML cannot hold stands as an escape. Times are left out, so that equal runs give equal bytes.
    """
    root = ET.Element("testsuites", {"name": "bcdr-sim test", **_counts(tally.results)})
    for file, results in _files(tally):
        suite = ET.SubElement(root, "testsuite", {"name": escaped(file), **_counts(results)})
        for result in results:
            place = {"file": escaped(result.file)} | ({"line": str(result.line)} if result.line else {})
            attributes = {"classname": escaped(file), "name": escaped(result.name), **place}
            case = ET.SubElement(suite, "testcase", attributes)
            if not result.passed:
                message = escaped(result.message)
                failure = ET.SubElement(case, "failure", {"message": message, "type": result.kind.value})
                failure.text = f"{escaped(result.place)}: {message}"
    ET.indent(root)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def claims_markdown(tally: Tally) -> str:
    """A page for a comment: the sum, every claim that does not hold, what was reached; cut where a comment would be."""
    return fitted(_page(tally))


def _page(tally: Tally) -> Iterator[str]:
    yield "# Claims about policies and scenarios"
    yield f"{plain_markdown(_sum(tally))}."
    for failed in tally.failed:
        place = f"**{plain_markdown(failed.place)}**: {plain_markdown(failed.name)}"
        yield f"{place}  \n{plain_markdown(failed.message)}"
    files = [[file, _of(results)] for file, results in _files(tally)]
    if files:
        yield markdown_table(["file", "claims"], files)
    if tally.coverages:
        head = ["policy", "rules that decide some case", "boxes that some case lies in"]
        rows = [
            [
                each.policy,
                f"{each.reached_count} of {len(each.rules)} ({each.percent} %)",
                each.given_up or f"{len(each.reached_regions)} of {len(each.regions)} ({each.box_percent} %)",
            ]
            for each in tally.coverages
        ]
        yield markdown_table(head, rows)


def _files(tally: Tally) -> list[tuple[str, list[Result]]]:
    """The results by file, in their order; coverage stands apart, as a file of its own."""
    grouped = groupby(tally.results, lambda each: "rules" if each.kind is Kind.COVERAGE else each.file)
    return [(file, list(results)) for file, results in grouped]


def _of(results: list[Result]) -> str:
    held = sum(result.passed for result in results)
    return f"{held:,} of {len(results):,} hold"


def _coverage_line(each: Coverage, *, width: int) -> str:
    line = (
        f"{escaped(each.policy)}: {each.reached_count} of {count(len(each.rules), 'rule')} ({each.percent} %)"
    )
    if not each.given_up:
        reached = f"{len(each.reached_regions)} of {count(len(each.regions), 'box', 'boxes')}"
        line += f", {reached} ({each.box_percent} %)"
    if each.missed:
        shown, rest = each.missed[:RULES_SHOWN_MAX], len(each.missed) - RULES_SHOWN_MAX
        line += f"; not {', '.join(shown)}" + (f" and {count(rest, 'other')}" if rest > 0 else "")
    return wrapped(line, lead="  ", width=width)


def _sum(tally: Tally) -> str:
    if tally.is_empty:
        return "Nothing ran: there is no case and no expectation"
    failed = len(tally.failed)
    held = len(tally.results) - failed
    return f"{count(held, 'claim')} {'holds' if held == 1 else 'hold'}, {failed:,} {'does' if failed == 1 else 'do'} not"


def _counts(results: Iterable[Result]) -> dict[str, str]:
    passed = [result.passed for result in results]
    return {"tests": str(len(passed)), "failures": str(passed.count(False)), "errors": "0", "skipped": "0"}
