"""`policy show`, `policy check`, `policy diff`: look at policies, prove them, compare them."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bcdr_sim.cli.answer import (
    EXIT_INCONCLUSIVE,
    EXIT_NOTHING_RAN,
    EXIT_PASS,
    EXIT_VIOLATION,
    Answer,
    check_output,
    say,
    write,
)
from bcdr_sim.cli.forms import answered, chosen_forms
from bcdr_sim.cli.options import Seed, Settings
from bcdr_sim.cli.terminal import width

if TYPE_CHECKING:
    from bcdr_sim.analysis import Checked, Severity
    from bcdr_sim.policy import Policy


FORMS = ("text", "json", "sarif", "github", "junit", "markdown", "gitlab")


class FailOn(StrEnum):
    """The least grave finding that makes the exit code 1."""

    ERROR = "error"
    WARNING = "warning"


def show(
    name: Annotated[str, typer.Argument(metavar="NAME|FILE", help="Built-in policy or file.")] = "seed",
    settings: Settings = None,
) -> Answer:
    """Print the rules of a policy and their sources."""
    from bcdr_sim.cli.world import policy_values
    from bcdr_sim.policy import load_policy
    from bcdr_sim.report.rules import policy_text

    return Answer(policy_text(load_policy(name, policy_values(settings)), width=width()))


def check(
    names: Annotated[
        list[str],
        typer.Argument(metavar="POLICY...", help="Built-in policies, files or folders.", show_default=False),
    ],
    *,
    ranges: Annotated[
        bool, typer.Option("--ranges", help="Prove for every value that parameters may take.")
    ] = False,
    invariants: Annotated[
        Path | None,
        typer.Option("--invariants", metavar="DIR", help="File or folder of laws for all of these policies."),
    ] = None,
    fail_on: Annotated[FailOn, typer.Option("--fail-on", help="What ends with 1.")] = FailOn.ERROR,
    write_to: Annotated[
        Path | None,
        typer.Option(
            "--write", metavar="DIR", help="Write what is shown by an example as test cases and scenarios."
        ),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace files that exist.")] = False,
    forms: Annotated[
        list[str] | None,
        typer.Option("--format", metavar="NAME[=FILE]", help=f"{', '.join(FORMS)}; repeat it for more."),
    ] = None,
) -> Answer:
    """Prove a policy table for every observation: rules, gaps, invariants, impossible actions."""
    chosen = chosen_forms(forms, FORMS, force=force)
    from bcdr_sim.analysis import Severity, laws_of
    from bcdr_sim.analysis import check as checked
    from bcdr_sim.policy import load_policy
    from bcdr_sim.policy.policy import policy_document
    from bcdr_sim.report import findings, policy_forms

    severity = Severity(fail_on.value)
    laws = laws_of(invariants) if invariants else ()
    policies = [(load_policy(name), policy_document(name)) for name in spread(names)]
    checks = [checked(policy, document, laws, ranges=ranges) for policy, document in policies]
    if write_to is not None:
        _write_witnesses([each[0] for each in policies], checks, write_to, force=force)
    if not checks:
        say("nothing ran: there is no policy in what was named")
    found = [finding for one in checks for finding in one.findings]
    texts = {
        "text": lambda: findings.check_text(checks, width=width()),
        "json": lambda: findings.check_json(checks),
        "sarif": lambda: findings.sarif(found),
        "github": lambda: findings.github(found),
        "junit": lambda: policy_forms.check_junit(checks, fail_on=severity),
        "markdown": lambda: policy_forms.check_markdown(checks, fail_on=severity),
        "gitlab": lambda: policy_forms.check_gitlab(checks),
    }
    return answered(chosen, texts, code=code_of(checks, severity))


def spread(names: list[str]) -> list[str]:
    """The names, a folder replaced by the policies in it, each once."""
    spread: list[str] = []
    for name in names:
        folder = Path(name)
        spread += (str(path) for path in sorted(folder.glob("*.yaml"))) if folder.is_dir() else [name]
    return list(dict.fromkeys(spread))


def code_of(checks: list[Checked], fail_on: Severity) -> int:
    """The exit code for what was found about some policies."""
    if not checks:
        return EXIT_NOTHING_RAN
    if any(one.at_least(fail_on) for one in checks):
        return EXIT_VIOLATION
    return EXIT_INCONCLUSIVE if any(one.given_up for one in checks) else EXIT_PASS


def _write_witnesses(policies: list[Policy], checks: list[Checked], folder: Path, *, force: bool) -> None:
    """Write the files of every policy, or none if one of them is in the way; say what has none, and why."""
    from bcdr_sim.analysis.witnesses import witness_files

    files = [
        file
        for policy, checked in zip(policies, checks, strict=True)
        for file in witness_files(policy, checked, folder=folder)
    ]
    folder.mkdir(parents=True, exist_ok=True)
    for file in files:
        if file.text:
            check_output(file.path, force=force)
    for file in files:
        if file.text:
            write(Answer(file.text, output=file.path))
            say(f"wrote {file.path}")
        else:
            say(
                f"not reproduced: {file.path.name} is not written, {file.missing}; the case is in the policy test"
            )


def diff(
    old: Annotated[str, typer.Argument(metavar="OLD", help="Built-in policy or file.", show_default=False)],
    new: Annotated[str, typer.Argument(metavar="NEW", help="Built-in policy or file.", show_default=False)],
    *,
    reasons: Annotated[
        bool, typer.Option("--reasons", help="Also show where only the reason for staying changes.")
    ] = False,
    exit_code: Annotated[
        bool, typer.Option("--exit-code", help="End with 1 if what is done differs somewhere.")
    ] = False,
    implies: Annotated[
        bool, typer.Option("--implies", help="End with 1 if NEW does something that OLD would not do there.")
    ] = False,
    equivalent: Annotated[
        bool, typer.Option("--equivalent", help="End with 1 if action or reason differ somewhere.")
    ] = False,
    exposure: Annotated[
        list[str] | None,
        typer.Option(
            "--exposure",
            metavar="SCENARIO",
            help="Count how often incidents of this scenario come by what changed, and what it costs; repeat it.",
        ),
    ] = None,
    replications: Annotated[
        int, typer.Option(min=1, max=100_000, help="Worlds of each scenario of --exposure.")
    ] = 20,
    seed: Seed = 0,
    force: Annotated[bool, typer.Option("--force", help="Replace files that exist.")] = False,
    forms: Annotated[
        list[str] | None,
        typer.Option("--format", metavar="NAME[=FILE]", help=f"{', '.join(FORMS)}; repeat it for more."),
    ] = None,
) -> Answer:
    """Show where two policies decide differently, as a few conjunctions."""
    chosen = chosen_forms(forms, FORMS, force=force)
    from bcdr_sim.analysis import Question, TooLargeError, ask, differ
    from bcdr_sim.policy import load_policy
    from bcdr_sim.policy.policy import policy_document
    from bcdr_sim.report import differences, findings, policy_forms

    policies, document = (load_policy(old), load_policy(new)), policy_document(new)
    try:
        found = differ(*policies, document)
    except TooLargeError as error:
        say(f"{error}: given up, nothing is known about the difference")
        return Answer("", EXIT_INCONCLUSIVE)
    wanted = {Question.SAME_ACTIONS: exit_code, Question.IMPLIES: implies, Question.EQUIVALENT: equivalent}
    asked = [ask(found, question) for question, is_wanted in wanted.items() if is_wanted]
    shows_all = reasons or equivalent
    visits = None
    if exposure:
        from bcdr_sim.review.exposure import exposure_of

        visits = exposure_of(*policies, found, scenarios=exposure, replication_count=replications, seed=seed)
    as_findings = differences.diff_findings(found, document, asked, with_reasons=shows_all)
    texts = {
        "text": lambda: differences.diff_text(found, asked, visits, with_reasons=shows_all, width=width()),
        "json": lambda: differences.diff_json(found, asked, visits),
        "sarif": lambda: findings.sarif(as_findings),
        "github": lambda: findings.github(as_findings),
        "junit": lambda: differences.diff_junit(found, asked, file=document.path),
        "markdown": lambda: differences.diff_markdown(found, asked, visits, with_reasons=shows_all),
        "gitlab": lambda: policy_forms.gitlab(as_findings),
    }
    code = EXIT_PASS if all(each.holds for each in asked) else EXIT_VIOLATION
    if code == EXIT_PASS and visits is not None and visits.is_empty:
        code = EXIT_NOTHING_RAN
    return answered(chosen, texts, code=code)
