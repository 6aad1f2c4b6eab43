"""`approve`: write baselines, and approvals of loosened guards, with a reason. The only command that does."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bcdr_sim import __version__
from bcdr_sim.cli.answer import EXIT_INCONCLUSIVE, EXIT_NOTHING_RAN, EXIT_PASS, Answer, refuse, say, write

if TYPE_CHECKING:
    from bcdr_sim.review.approving import Approved

LINE_MAX = 500
"""Characters of a reason or a name."""


def command(
    repository: Annotated[
        Path, typer.Argument(metavar="[REPOSITORY]", help="The policy repository.", show_default=False)
    ] = Path(),
    *,
    reason: Annotated[
        str, typer.Option("--reason", metavar="TEXT", help="Why it is right.", show_default=False)
    ],
    by: Annotated[
        str | None,
        typer.Option("--by", metavar="NAME", help="Who approves; from the settings of git unless said."),
    ] = None,
    only: Annotated[
        list[str] | None,
        typer.Option("--only", metavar="NAME", help="Baseline of this policy alone; repeat it for more."),
    ] = None,
    prune: Annotated[bool, typer.Option("--prune", help="Remove baselines that nobody uses.")] = False,
    loosened: Annotated[
        str | None,
        typer.Option(
            "--loosened",
            metavar="REF",
            help="No baselines: approve the guards that are weaker here than at this revision.",
        ),
    ] = None,
) -> Answer:
    """Say that what the policies do now is right: write their baselines."""
    if not repository.is_dir():
        raise refuse("is no folder", what=str(repository))
    if loosened is not None and (only or prune):
        raise refuse("goes neither with --only nor with --prune", what="--loosened")
    from bcdr_sim.analysis import TooLargeError
    from bcdr_sim.review.approving import approved_baselines, approved_loosenings, approver
    from bcdr_sim.review.trees import tree_at
    from bcdr_sim.review.unusable import drop_unusable

    why = _line(reason, what="--reason")
    who = _line(by if by is not None else approver(repository), what="--by")
    try:
        if loosened is None:
            found = approved_baselines(
                repository, engine=__version__, by=who, reason=why, only=only or (), prune=prune
            )
        else:
            with tree_at(repository, loosened) as before:
                drop_unusable(before)
                found = approved_loosenings(before, repository, by=who, reason=why)
    except TooLargeError as error:
        say(f"{error}: given up, nothing is approved")
        return Answer("", EXIT_INCONCLUSIVE)
    return _written(repository, found)


def _line(text: str, *, what: str) -> str:
    """A name or a reason: one line that prints.

    Raises:
        InputError: it is none.
    """
    if not text.strip() or not text.isprintable() or len(text) > LINE_MAX:
        hint = "; git does not say who you are" if what == "--by" and not text else ""
        raise refuse(f"must be one line of 1 to {LINE_MAX} characters that print{hint}", what=what)
    return text.strip()


def _written(repository: Path, found: Approved) -> Answer:
    lines = []
    for path in (*found.files, *found.unused):
        if (repository / path).is_symlink() or (repository / path).parent.is_symlink():
            raise refuse("is a link; put the file itself here", what=path)
    for path, text in found.files.items():
        (repository / path).parent.mkdir(exist_ok=True)
        write(Answer(text, output=repository / path))
        lines.append(f"approved {path}")
    for path in found.unused:
        (repository / path).unlink()
        lines.append(f"removed {path}")
    if not lines:
        say("nothing to approve")
        return Answer("", EXIT_NOTHING_RAN)
    return Answer("\n".join(lines) + "\n", EXIT_PASS)
