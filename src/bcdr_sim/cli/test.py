"""`test`: what a policy repository claims of its policies and scenarios, checked."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

import typer

from bcdr_sim.cli.answer import EXIT_NOTHING_RAN, EXIT_PASS, EXIT_VIOLATION, Answer, check_output, say
from bcdr_sim.cli.forms import answered, chosen_forms
from bcdr_sim.cli.options import AllowPython, Force, Output
from bcdr_sim.cli.terminal import width

if TYPE_CHECKING:
    from bcdr_sim.testing import Tally


FORMS = ("text", "json", "junit", "sarif", "github", "markdown", "gitlab")


def command(
    paths: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[PATH...]", help="Files or folders; this folder unless said.", show_default=False
        ),
    ] = None,
    *,
    min_rule_coverage: Annotated[
        int | None,
        typer.Option(
            metavar="PERCENT", min=0, max=100, help="Share of the rules of each policy that cases must reach."
        ),
    ] = None,
    min_box_coverage: Annotated[
        int | None,
        typer.Option(
            metavar="PERCENT",
            min=0,
            max=100,
            help="Share of the boxes in which the rules decide that cases must lie in.",
        ),
    ] = None,
    allow_empty: Annotated[
        bool, typer.Option("--allow-empty", help="End with 0 where there is nothing to test.")
    ] = False,
    forms: Annotated[
        list[str] | None,
        typer.Option("--format", metavar="NAME[=FILE]", help=f"{', '.join(FORMS)}; repeat it for more."),
    ] = None,
    allow_python: AllowPython = False,
    output: Output = None,
    force: Force = False,
) -> Answer:
    """Check given decisions of policies, and expectations of scenarios."""
    chosen = chosen_forms(forms, FORMS, force=force)
    check_output(output, force=force)
    from bcdr_sim.report import claims, findings, policy_forms
    from bcdr_sim.testing import run_tests

    tally = run_tests(
        paths or ["."],
        coverage_min=min_rule_coverage,
        box_coverage_min=min_box_coverage,
        allow_python=allow_python,
    )
    failed = [result.finding() for result in tally.failed]
    texts = {
        "text": lambda: claims.claims_text(tally, width=width()),
        "json": lambda: claims.claims_json(tally),
        "junit": lambda: claims.claims_junit(tally),
        "sarif": lambda: findings.sarif(failed),
        "github": lambda: findings.github(failed),
        "markdown": lambda: claims.claims_markdown(tally),
        "gitlab": lambda: policy_forms.gitlab(failed),
    }
    if tally.is_empty and "text" not in chosen:
        say("nothing ran: there is no case and no expectation")
    answer = answered(chosen, texts, code=_exit_code(tally, allow_empty=allow_empty))
    return replace(answer, output=output)


def _exit_code(tally: Tally, *, allow_empty: bool) -> int:
    if tally.failed:
        return EXIT_VIOLATION
    return EXIT_NOTHING_RAN if tally.is_empty and not allow_empty else EXIT_PASS
