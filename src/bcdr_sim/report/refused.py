"""Files that cannot be used as they are: their faults in every form that a review has."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from xml.etree import ElementTree as ET

from bcdr_sim import __version__
from bcdr_sim.errors import Problem, escaped, render_github, render_json, render_text, sarif_results
from bcdr_sim.report.markdown import fitted
from bcdr_sim.report.wording import count, json_text, plain_markdown


def refused_forms(problems: Sequence[Problem]) -> Mapping[str, Callable[[], str]]:
    """How to write faults, by the name of the form."""
    return {
        "text": lambda: render_text(problems) + "\n",
        "json": lambda: render_json(problems) + "\n",
        "markdown": lambda: refused_markdown(problems),
        "github": lambda: render_github(problems) + "\n",
        "sarif": lambda: json_text(refused_sarif(problems)),
        "junit": lambda: refused_junit(problems),
        "gitlab": lambda: json_text(_gitlab(problems)),
    }


def refused_markdown(problems: Sequence[Problem]) -> str:
    """The comment of a pull request with such files."""
    head = (
        "## Failover policy: FILES WITH FAULTS",
        f"{count(len(problems), 'fault')} in the files of this change. Nothing could be judged; repair them first.",
    )
    rows = (f"* {plain_markdown(each.place)}: {plain_markdown(each.message)}" for each in problems)
    return fitted([*head, *rows])


def refused_sarif(problems: Sequence[Problem]) -> dict[str, Any]:
    """A whole SARIF log. Source: OASIS SARIF 2.1.0, sections 3.13 and 3.14."""
    rule = {"id": "invalid-input", "shortDescription": {"text": "A file that cannot be used as it is."}}
    tool = {"driver": {"name": "bcdr-sim", "version": __version__, "rules": [rule]}}
    return {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{"tool": tool, "columnKind": "unicodeCodePoints", "results": sarif_results(problems)}],
    }


def refused_junit(problems: Sequence[Problem]) -> str:
    """One error for each file. Source: the schema of Jenkins' JUnit plugin."""
    files = list(dict.fromkeys(each.file for each in problems))
    suite = ET.Element("testsuite", name="bcdr-sim ci", tests=str(len(files)), errors=str(len(files)))
    for file in files:
        own = [each for each in problems if each.file == file]
        case = ET.SubElement(suite, "testcase", classname="bcdr-sim", name=escaped(f"{file} can be read"))
        error = ET.SubElement(case, "error", message=escaped(own[0].message))
        error.text = escaped("; ".join(f"{each.place}: {each.message}" for each in own))
    ET.indent(suite)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(suite, encoding="unicode") + "\n"


def _gitlab(problems: Sequence[Problem]) -> list[dict[str, Any]]:
    """A code quality report; equal fingerprints would be dropped, so each has its number."""
    return [
        {
            "description": escaped(each.message),
            "check_name": "invalid-input",
            "fingerprint": hashlib.sha256(
                f"{number}\0{each.place}\0{each.message}".encode(errors="surrogatepass")
            ).hexdigest()[:32],
            "severity": "blocker",
            "location": {"path": each.file, "lines": {"begin": each.line or 1}},
        }
        for number, each in enumerate(problems)
    ]
