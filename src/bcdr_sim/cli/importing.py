"""`import KIND FILE...`: what other programs export, as a scenario."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bcdr_sim.cli.answer import Answer, check_output, refuse, say
from bcdr_sim.cli.options import Force, Output, Quiet

if TYPE_CHECKING:
    from datetime import datetime

    from bcdr_sim.importers.provenance import Imported

OUTAGES = {
    "service-health": "Events of Azure Service Health (Microsoft.ResourceHealth/events) as outages.",
    "resource-graph": "Service Health events from Azure Resource Graph (ServiceHealthResources) as outages.",
    "monitor-alert": "Service Health alerts of Azure Monitor, common schema, as outages.",
    "graph-issues": "Service issues of Microsoft Graph (the Service Health Dashboard) as outages.",
}

Files = Annotated[
    list[str],
    typer.Argument(metavar="FILE...", help="Export; several are pages of one.", show_default=False),
]


def application() -> typer.Typer:
    """Return the commands below `import`."""
    app = typer.Typer(
        help="Turn exports of other programs into scenarios.", rich_markup_mode=None, no_args_is_help=True
    )
    for kind, text in OUTAGES.items():
        app.command(kind, help=text)(_outages(kind))
    return app


def _outages(kind: str) -> Callable[..., Answer]:
    """Return the command of one kind of announcements."""

    def command(
        files: Files,
        *,
        estate: Annotated[
            Path | None,
            typer.Option(metavar="FILE", help="Who lives there: a scenario to extend, or a table (.csv)."),
        ] = None,
        region: Annotated[
            list[str] | None,
            typer.Option(metavar="NAME", help="Region of outages that name none; repeat it for more."),
        ] = None,
        start: Annotated[
            str | None,
            typer.Option(
                metavar="INSTANT", help="Start of the scenario; midnight UTC before the first impact."
            ),
        ] = None,
        until: Annotated[
            str | None,
            typer.Option(metavar="INSTANT", help="When to take outages for over that are still open."),
        ] = None,
        only: Annotated[
            list[str] | None,
            typer.Option(metavar="ID", help="Only this outage; repeat it for more."),
        ] = None,
        advisories: Annotated[
            bool, typer.Option("--advisories", help="graph-issues: take advisories for outages as well.")
        ] = False,
        output: Output = None,
        force: Force = False,
        quiet: Quiet = False,
    ) -> Answer:
        check_output(output, force=force)
        from bcdr_sim.importers.announcements import read_announcements
        from bcdr_sim.importers.outage_scenario import Wanted, estate_from, outage_scenario
        from bcdr_sim.importers.region_names import regions_of_names
        from bcdr_sim.importers.texts import read_sources

        regions = regions_of_names(region or ())
        wanted = Wanted(
            regions=regions,
            start=_instant("--start", start),
            until=_instant("--until", until),
            estate=estate_from(output, estate),
            only=tuple(only or ()),
        )
        read = read_announcements(kind, read_sources(files), advisories=advisories)
        imported = outage_scenario(kind, read, wanted, path=str(output or "imported.yaml"))
        return _answer(imported, output, quiet=quiet)

    return command


def _answer(imported: Imported, output: Path | None, *, quiet: bool) -> Answer:
    """Return the text as the answer, and say on stderr what went in, what came out and what was assumed."""
    if not quiet:
        say("\n".join([imported.counts, *(f"assumed: {line}" for line in imported.assumptions)]))
    return Answer(imported.text, output=output)


def _instant(option: str, text: str | None) -> datetime | None:
    """Return the instant an option gives."""
    from bcdr_sim.units import parse_instant

    if text is None:
        return None
    try:
        return parse_instant(text)
    except ValueError as error:
        raise refuse(str(error), what=option) from None
