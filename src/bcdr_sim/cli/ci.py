"""`ci`: judge a change of a policy repository by what stood there before."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from bcdr_sim.cli.answer import (
    EXIT_INCONCLUSIVE,
    EXIT_NOTHING_RAN,
    EXIT_PASS,
    EXIT_VIOLATION,
    Answer,
    say,
    write,
)
from bcdr_sim.cli.terminal import width


class Format(StrEnum):
    """How a review is written."""

    TEXT = "text"
    JSON = "json"
    MARKDOWN = "markdown"
    GITHUB = "github"
    SARIF = "sarif"
    JUNIT = "junit"


REPORT_NAMES = {
    Format.JSON: "review.json",
    Format.MARKDOWN: "review.md",
    Format.SARIF: "review.sarif",
    Format.JUNIT: "review.junit.xml",
}


def command(
    repository: Annotated[
        Path, typer.Argument(metavar="[REPOSITORY]", help="The policy repository.", show_default=False)
    ] = Path(),
    *,
    base: Annotated[
        str, typer.Option("--base", metavar="REF", help="Revision to compare with.", show_default=False)
    ],
    format_: Annotated[Format, typer.Option("--format", help="Form of the answer.")] = Format.TEXT,
    report: Annotated[
        Path | None,
        typer.Option("--report", metavar="DIR", help="Also write JSON, Markdown, SARIF and JUnit here."),
    ] = None,
) -> Answer:
    """Check, compare and play the policies of a repository, with the settings, laws and scenarios of an earlier revision."""
    from bcdr_sim.analysis import TooLargeError
    from bcdr_sim.report import findings
    from bcdr_sim.report import review as written
    from bcdr_sim.review import review, tree_at

    try:
        with tree_at(repository, base) as before:
            found = review(before, repository)
    except TooLargeError as error:
        say(f"{error}: given up, nothing is proved and nothing refuted")
        return Answer("", EXIT_INCONCLUSIVE)
    texts = {
        Format.TEXT: lambda: written.review_text(found, width=width()),
        Format.JSON: lambda: written.review_json(found),
        Format.MARKDOWN: lambda: written.review_markdown(found),
        Format.GITHUB: lambda: findings.github(found.findings),
        Format.SARIF: lambda: findings.sarif(found.findings),
        Format.JUNIT: lambda: written.review_junit(found),
    }
    if report is not None:
        report.mkdir(parents=True, exist_ok=True)
        for form, name in REPORT_NAMES.items():
            write(Answer(texts[form](), output=report / name))
    code = EXIT_NOTHING_RAN if found.is_empty else EXIT_PASS if found.passed else EXIT_VIOLATION
    return Answer(texts[format_](), code)
