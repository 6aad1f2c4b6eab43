"""`validate`: read and cross-check files, and simulate nothing."""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from bcdr_sim.cli.answer import EXIT_PASS, Answer
from bcdr_sim.errors import (
    EXIT_INVALID_INPUT,
    InputError,
    Problem,
    escaped,
    render_block,
    render_github,
    render_json,
    render_text,
)

_POLICY_KEY = re.compile(r"^(?:rules|invariants)\s*:", re.MULTILINE)
_SNIFFED_MAX = 4 * 1024 * 1024


class Format(StrEnum):
    """How problems are written."""

    TEXT = "text"
    JSON = "json"
    GITHUB = "github"
    SARIF = "sarif"


def command(
    files: Annotated[
        list[str], typer.Argument(metavar="FILE...", help="Scenarios and policies.", show_default=False)
    ],
    format_: Annotated[Format, typer.Option("--format", help="Form of the problems.")] = Format.TEXT,
) -> Answer:
    """Check files; all problems at once. What a sound scenario says in vain is a warning, and passes."""
    problems: list[Problem] = []
    warnings: list[Problem] = []
    lines: list[str] = []
    for file in files:
        try:
            told, doubts = (_policy(file), []) if _is_policy(file) else _scenario(file)
            lines.append(f"{escaped(file)}: {told}")
            warnings += doubts
        except InputError as error:
            problems += error.problems
    if not problems:
        return Answer(_clean(lines, warnings, format_), EXIT_PASS)
    return Answer(_rendered([*InputError(problems).problems, *warnings], format_), EXIT_INVALID_INPUT)


def _is_policy(file: str) -> bool:
    """Whether a file looks like a policy: it has rules at its top level. Any doubt makes it a scenario."""
    try:
        with Path(file).open(encoding="utf-8", errors="replace") as text:
            return _POLICY_KEY.search(text.read(_SNIFFED_MAX)) is not None
    except OSError:
        return False


def _scenario(file: str) -> tuple[str, list[Problem]]:
    from bcdr_sim.cli.world import choose_policy
    from bcdr_sim.scenario.reading import load_with_doubts

    scenario, doubts = load_with_doubts(file)
    policy = choose_policy(scenario, file, policy=None, settings=None)
    environments = sum(environment.count or 1 for environment in scenario.environments)
    parts = [
        _count(environments, "environment"),
        _count(len(scenario.outages), "outage"),
        f"policy {policy.name}",
    ]
    if doubts:
        parts.append(_count(len(doubts), "warning"))
    return f"valid; {', '.join(parts)}", doubts


def _policy(file: str) -> str:
    from bcdr_sim.policy import load_policy

    policy = load_policy(Path(file))
    return (
        f"valid; policy {policy.name}, {_count(len(policy.table.rules), 'rule')}, digest {policy.digest[:12]}"
    )


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _clean(lines: Sequence[str], warnings: Sequence[Problem], format_: Format) -> str:
    match format_:
        case Format.TEXT:
            return "\n".join([*map(render_block, warnings), *lines]) + "\n"
        case Format.GITHUB:
            return _rendered(warnings, format_) if warnings else ""
        case Format.JSON | Format.SARIF:
            return _rendered(warnings, format_)


def _rendered(problems: Sequence[Problem], format_: Format) -> str:
    match format_:
        case Format.TEXT:
            return render_text(problems) + "\n"
        case Format.GITHUB:
            return render_github(problems) + "\n"
        case Format.JSON:
            return render_json(problems) + "\n"
        case Format.SARIF:
            from bcdr_sim.report.refused import refused_sarif
            from bcdr_sim.report.wording import json_text

            return json_text(refused_sarif(problems))
