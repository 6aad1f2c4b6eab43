"""`ci`: judge a change of a policy repository by what stood there before."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from bcdr_sim import __version__
from bcdr_sim.cli.answer import (
    EXIT_INCONCLUSIVE,
    EXIT_NOTHING_RAN,
    EXIT_PASS,
    EXIT_STALE,
    EXIT_VIOLATION,
    Answer,
    refuse,
    say,
    write,
)
from bcdr_sim.cli.forms import Forms, answered, chosen_forms
from bcdr_sim.cli.options import AllowPython, Force
from bcdr_sim.cli.terminal import width
from bcdr_sim.errors import EXIT_INVALID_INPUT, InputError

FORMS = ("text", "json", "markdown", "github", "sarif", "junit", "gitlab")
REPORT_NAMES = {
    "json": "review.json",
    "markdown": "review.md",
    "sarif": "review.sarif",
    "junit": "review.junit.xml",
    "gitlab": "review.codequality.json",
}


class Part(StrEnum):
    """What can be asked for alone."""

    CHECK = "check"
    DIFF = "diff"
    EXPLORE = "explore"
    TEST = "test"
    BASELINES = "baselines"
    GATES = "gates"


def command(
    repository: Annotated[
        Path, typer.Argument(metavar="[REPOSITORY]", help="The policy repository.", show_default=False)
    ] = Path(),
    *,
    base: Annotated[
        str, typer.Option("--base", metavar="REF", help="Revision to compare with.", show_default=False)
    ],
    forms: Annotated[
        list[str] | None,
        typer.Option("--format", metavar="NAME[=FILE]", help=f"{', '.join(FORMS)}; repeat it for more."),
    ] = None,
    only: Annotated[
        list[Part] | None,
        typer.Option(
            "--only", help="One part of the review; repeat it for more. Guards are always looked at."
        ),
    ] = None,
    report: Annotated[
        Path | None,
        typer.Option("--report", metavar="DIR", help="Also write all forms for machines here."),
    ] = None,
    allow_python: AllowPython = False,
    force: Force = False,
) -> Answer:
    """Check, compare and play the policies of a repository, with the settings, laws and scenarios of an earlier revision."""
    chosen = chosen_forms(forms, FORMS, force=force)
    reports = {form: report / name for form, name in REPORT_NAMES.items()} if report is not None else {}
    _refuse_links(repository, [*filter(None, chosen.values()), *reports.values()])
    from bcdr_sim.report import comment, findings, policy_forms, review_sections, review_tests
    from bcdr_sim.report import review as written
    from bcdr_sim.review import Ending, Step, drop_unusable, is_behind, review, tree_at

    with tree_at(repository, base) as before:
        try:
            found = review(
                before,
                repository,
                engine=__version__,
                allow_python=allow_python,
                only=[Step(part.value) for part in only or ()],
                unusable=drop_unusable(before),
            )
        except InputError as error:
            return _refused(error, chosen, reports)
    found = replace(found, is_behind=is_behind(repository, base))
    texts = {
        "text": lambda: written.review_text(found, width=width()),
        "json": lambda: written.review_json(found),
        "markdown": lambda: comment.review_markdown(found),
        "github": lambda: findings.github(found.findings),
        "sarif": lambda: findings.sarif(found.findings),
        "junit": lambda: review_tests.review_junit(found),
        "gitlab": lambda: policy_forms.gitlab(found.findings),
    }
    _write_reports(reports, texts)
    if found.idle and None not in (chosen.get("text", Path()), chosen.get("markdown", Path())):
        say("\n".join(review_sections.idle_lines(found)))
    codes = {
        Ending.NOTHING: EXIT_NOTHING_RAN,
        Ending.VIOLATION: EXIT_VIOLATION,
        Ending.STALE: EXIT_STALE,
        Ending.INCONCLUSIVE: EXIT_INCONCLUSIVE,
        Ending.PASS: EXIT_PASS,
    }
    return answered(chosen, texts, code=codes[found.ending])


def _refused(error: InputError, chosen: Mapping[str, Path | None], reports: Mapping[str, Path]) -> Answer:
    """Faults of files in the forms asked for, and for people on stderr in any case."""
    from bcdr_sim.report.refused import refused_forms

    forms = refused_forms(error.problems)
    _write_reports(reports, forms)
    say(str(error))
    return answered(
        {form: path for form, path in chosen.items() if form != "text" or path},
        forms,
        code=EXIT_INVALID_INPUT,
    )


def _write_reports(reports: Mapping[str, Path], forms: Forms) -> None:
    for form, path in reports.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        write(Answer(forms[form](), output=path))


def _refuse_links(repository: Path, files: Iterable[Path]) -> None:
    """Refuse to write through a link of the repository: the change may have put it there.

    Raises:
        InputError: a file or a folder on the way to it is a link.
    """
    top = repository.absolute()
    for file in files:
        path = file.absolute()
        inside = path.relative_to(top).parts if path.is_relative_to(top) else (path.name,)
        place = top if path.is_relative_to(top) else path.parent
        for part in inside:
            place /= part
            if place.is_symlink():
                raise refuse("is a link; what is written would go elsewhere", what=str(place))
