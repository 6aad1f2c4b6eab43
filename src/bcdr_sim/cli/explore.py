"""`policy explore`: try every order of events under a policy."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bcdr_sim.cli.answer import Answer, check_output, refuse, say, write
from bcdr_sim.cli.forms import answered, chosen_forms
from bcdr_sim.cli.policy import FailOn, code_of, spread
from bcdr_sim.cli.terminal import width

if TYPE_CHECKING:
    from bcdr_sim.analysis.exploring import Explored

FORMS = ("text", "json", "sarif", "github", "junit", "markdown", "gitlab")
STATES_MAX = 400_000


class GateName(StrEnum):
    """Where a policy is asked again about a move."""

    SLOT = "slot"
    COMMIT = "commit"


def command(
    names: Annotated[
        list[str],
        typer.Argument(metavar="POLICY...", help="Built-in policies, files or folders.", show_default=False),
    ],
    *,
    tick: Annotated[
        str | None,
        typer.Option(
            "--tick", metavar="DURATION", help="Length of a tick, instead of the divisor of all literals."
        ),
    ] = None,
    events: Annotated[
        int | None,
        typer.Option("--events", metavar="N", min=1, help="Try no more than so many events in a row."),
    ] = None,
    max_states: Annotated[
        int, typer.Option("--max-states", metavar="N", min=1, help="Look at no more than so many situations.")
    ] = STATES_MAX,
    pairs: Annotated[
        bool, typer.Option("--pairs", help="Two environments that share a slot, instead of one.")
    ] = False,
    invariants: Annotated[
        Path | None,
        typer.Option("--invariants", metavar="DIR", help="File or folder of laws for all of these policies."),
    ] = None,
    fail_on: Annotated[FailOn, typer.Option("--fail-on", help="What ends with 1.")] = FailOn.ERROR,
    without_gate: Annotated[
        list[GateName] | None,
        typer.Option(
            "--without-gate", help="An experiment: the policy is not asked again there. Repeat it for both."
        ),
    ] = None,
    write_to: Annotated[
        Path | None,
        typer.Option("--write", metavar="DIR", help="Write what is found as test cases and scenarios."),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace files that exist.")] = False,
    forms: Annotated[
        list[str] | None,
        typer.Option("--format", metavar="NAME[=FILE]", help=f"{', '.join(FORMS)}; repeat it for more."),
    ] = None,
) -> Answer:
    """Try every order of events under a policy: what no single decision shows."""
    chosen = chosen_forms(forms, FORMS, force=force)
    tick_ms = _tick_ms(tick)
    from bcdr_sim.analysis import Severity, laws_of
    from bcdr_sim.analysis.exploring import explore as explored
    from bcdr_sim.engine.state import GATES, Gate
    from bcdr_sim.policy import load_policy
    from bcdr_sim.policy.policy import policy_document
    from bcdr_sim.report import exploration, findings, policy_forms

    severity = Severity(fail_on.value)
    laws = laws_of(invariants) if invariants else ()
    gates = GATES - {Gate(name.value) for name in without_gate or ()}
    policies = [(load_policy(name), policy_document(name)) for name in spread(names)]
    results = [
        explored(
            policy,
            document,
            laws,
            environments=2 if pairs else 1,
            tick_ms=tick_ms,
            events_max=events,
            states_max=max_states,
            gates=gates,
        )
        for policy, document in policies
    ]
    if write_to is not None:
        _write_traces(results, write_to, force=force)
    if not results:
        say("nothing ran: there is no policy in what was named")
    checks = [one.checked for one in results]
    found = [finding for one in checks for finding in one.findings]
    title, remarks = exploration.TITLE, [exploration.explored_summary(one) for one in results]
    texts = {
        "text": lambda: exploration.explored_text(results, width=width()),
        "json": lambda: exploration.explored_json(results),
        "sarif": lambda: findings.sarif(found),
        "github": lambda: findings.github(found),
        "junit": lambda: policy_forms.check_junit(checks, fail_on=severity, title="bcdr-sim policy explore"),
        "markdown": lambda: policy_forms.check_markdown(
            checks, fail_on=severity, title=title, proved="held", remarks=remarks
        ),
        "gitlab": lambda: policy_forms.check_gitlab(checks),
    }
    return answered(chosen, texts, code=code_of(checks, severity))


def _write_traces(results: list[Explored], folder: Path, *, force: bool) -> None:
    """Write the cases, and a scenario for every finding that one can show, or none if one of the files is in the way."""
    from bcdr_sim.analysis.exploring.files import trace_files

    files = [file for explored in results for file in trace_files(explored, folder=folder)]
    folder.mkdir(parents=True, exist_ok=True)
    for file in files:
        if file.text:
            check_output(file.path, force=force)
    for file in files:
        if not file.text:
            say(f"not reproduced: {file.path.name} would need {file.missing}")
            continue
        write(Answer(file.text, output=file.path))
        say(f"wrote {file.path}{'' if file.is_met else ', which the engine does not reproduce'}")


def _tick_ms(given: str | None) -> int | None:
    """The length of a tick that was asked for, if one was."""
    if given is None:
        return None
    from bcdr_sim.units import parse_duration

    try:
        tick_ms = parse_duration(given)
    except ValueError as error:
        raise refuse(str(error), what="--tick") from error
    if tick_ms <= 0:
        raise refuse("a tick takes some time", what="--tick")
    return tick_ms
