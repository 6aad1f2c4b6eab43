"""`test`: what a policy repository claims of its policies and scenarios, checked."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from bcdr_sim.cli.answer import EXIT_NOTHING_RAN, EXIT_PASS, EXIT_VIOLATION, Answer, check_output, say
from bcdr_sim.cli.options import Force, Output
from bcdr_sim.cli.terminal import width

if TYPE_CHECKING:
    from bcdr_sim.testing import Tally


class Format(StrEnum):
    """How the results are written."""

    TEXT = "text"
    JSON = "json"
    JUNIT = "junit"


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
    allow_empty: Annotated[
        bool, typer.Option("--allow-empty", help="End with 0 where there is nothing to test.")
    ] = False,
    format_: Annotated[Format, typer.Option("--format", help="Form of the results.")] = Format.TEXT,
    output: Output = None,
    force: Force = False,
) -> Answer:
    """Check given decisions of policies, and expectations of scenarios."""
    check_output(output, force=force)
    from bcdr_sim.report import claims
    from bcdr_sim.testing import run_tests

    tally = run_tests(paths or ["."], coverage_min=min_rule_coverage)
    texts = {
        Format.TEXT: lambda: claims.claims_text(tally, width=width()),
        Format.JSON: lambda: claims.claims_json(tally),
        Format.JUNIT: lambda: claims.claims_junit(tally),
    }
    if tally.is_empty and format_ is not Format.TEXT:
        say("nothing ran: there is no case and no expectation")
    return Answer(texts[format_](), _exit_code(tally, allow_empty=allow_empty), output)


def _exit_code(tally: Tally, *, allow_empty: bool) -> int:
    if tally.failed:
        return EXIT_VIOLATION
    return EXIT_NOTHING_RAN if tally.is_empty and not allow_empty else EXIT_PASS
