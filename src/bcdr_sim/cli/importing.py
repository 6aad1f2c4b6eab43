"""`import KIND FILE...`: what other programs export, as a scenario."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from bcdr_sim.cli import import_traces
from bcdr_sim.cli.answer import Answer, check_output, refuse
from bcdr_sim.cli.imported import Estate, Files, instant_of, told
from bcdr_sim.cli.options import Force, Output, Quiet
from bcdr_sim.errors import near_miss

if TYPE_CHECKING:
    from bcdr_sim.importers.placing import Homes

OUTAGES = {
    "service-health": "Events of Azure Service Health (Microsoft.ResourceHealth/events) as outages.",
    "resource-graph": "Service Health events from Azure Resource Graph (ServiceHealthResources) as outages.",
    "monitor-alert": "Service Health alerts of Azure Monitor, common schema, as outages.",
    "graph-issues": "Service issues of Microsoft Graph (the Service Health Dashboard) as outages.",
}

ESTATES = {
    "pac": "Environments from `pac admin list --json`.",
    "bap": "Environments from the BAP admin API, scopes/admin/environments.",
    "ppapi": "Environments from the Power Platform API, environmentmanagement/environments.",
    "powerapps": "Environments from `Get-AdminPowerAppEnvironment | ConvertTo-Json`.",
    "ppac-csv": "Environments from the CSV of the admin center.",
}


def application() -> typer.Typer:
    """Return the commands below `import`."""
    app = typer.Typer(
        help="Turn exports of other programs into scenarios.", rich_markup_mode=None, no_args_is_help=True
    )
    for kind, text in ESTATES.items():
        app.command(kind, help=text)(_estate(kind))
    app.command("azure-locations")(_regions)
    for kind, text in OUTAGES.items():
        app.command(kind, help=text)(_outages(kind))
    app.command("uptime-archive")(import_traces.uptime_archive)
    app.command("lag-trace")(import_traces.lag_trace)
    return app


class EstateForm(StrEnum):
    """How an estate is written."""

    YAML = "yaml"
    CSV = "csv"


def _estate(kind: str) -> Callable[..., Answer]:
    """Return the command of one kind of lists of environments."""

    def command(
        files: Files,
        *,
        join: Annotated[
            list[str] | None,
            typer.Option(metavar="FILE", help="Other JSON of the same environments: regions, cover, apps."),
        ] = None,
        region: Annotated[
            list[str] | None,
            typer.Option(
                metavar="[LOCATION=]NAME",
                help="Region where none is recorded; of one location, or of the rest.",
            ),
        ] = None,
        opt_in: Annotated[
            bool, typer.Option("--opt-in", help="No cover for who has not switched disaster recovery on.")
        ] = False,
        column: Annotated[
            list[str] | None,
            typer.Option(metavar="NAME=HEADING", help="ppac-csv: heading of name, type, region, url or id."),
        ] = None,
        format_: Annotated[
            EstateForm,
            typer.Option("--format", help="A scenario, or a table for `environments: {from: ...}`."),
        ] = EstateForm.YAML,
        output: Output = None,
        force: Force = False,
        quiet: Quiet = False,
    ) -> Answer:
        check_output(output, force=force)
        from bcdr_sim.importers.environments import PPAC_COLUMNS, read_joined, read_rows
        from bcdr_sim.importers.estate_scenario import EstateOptions, estate_scenario
        from bcdr_sim.importers.texts import read_sources

        options = EstateOptions(homes=_homes(region or ()), opt_in=opt_in, table=format_ is EstateForm.CSV)
        headings = _pairs("--column", column or (), known=tuple(PPAC_COLUMNS))
        columns = {**PPAC_COLUMNS, **{name: (heading.casefold(),) for name, heading in headings.items()}}
        sources = read_sources([*files, *(join or ())])
        rows = read_rows(kind, sources[: len(files)], columns=columns)
        joined = read_joined(sources[len(files) :])
        path = str(output or "imported.yaml")
        imported = estate_scenario(kind, rows, joined, sources=sources, options=options, path=path)
        return told(imported, output, quiet=quiet)

    return command


def _regions(files: Files, *, output: Output = None, force: Force = False, quiet: Quiet = False) -> Answer:
    """Regions and directed pairs from `az account list-locations -o json`."""
    check_output(output, force=force)
    from bcdr_sim.importers.azure_locations import region_scenario
    from bcdr_sim.importers.texts import read_sources

    imported = region_scenario(read_sources(files), path=str(output or "imported.yaml"))
    return told(imported, output, quiet=quiet)


def _homes(regions: Sequence[str]) -> Homes:
    """Return what --region says, each either `LOCATION=NAME` or the one `NAME` of the rest."""
    from bcdr_sim.importers.placing import Homes
    from bcdr_sim.importers.power_platform import locations
    from bcdr_sim.importers.region_names import region_of_name

    alone = [each for each in regions if "=" not in each]
    if len(alone) > 1:
        raise refuse(f"one region for the rest, not {len(alone)}", what="--region")
    given = _pairs("--region", [each for each in regions if "=" in each], known=tuple(locations()))
    named = {location: region_of_name(name) for location, name in given.items()}
    return Homes(by_location=named, otherwise=region_of_name(alone[0]) if alone else "")


def _pairs(option: str, texts: Sequence[str], *, known: Sequence[str]) -> dict[str, str]:
    """Return the `NAME=VALUE` of an option, with one of the known names each."""
    pairs: dict[str, str] = {}
    for text in texts:
        name, _, value = (part.strip() for part in text.partition("="))
        if name not in known:
            likely = near_miss(name, known)
            hint = f"did you mean '{likely}'?" if likely else f"there are {', '.join(known)}"
            raise refuse(f"no '{name}'; {hint}", what=option)
        if not value:
            raise refuse(f"write {name}=VALUE", what=option)
        if name in pairs:
            raise refuse(f"'{name}' is given twice", what=option)
        pairs[name] = value
    return pairs


def _outages(kind: str) -> Callable[..., Answer]:
    """Return the command of one kind of announcements."""

    def command(
        files: Files,
        *,
        estate: Estate = None,
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
            start=instant_of("--start", start),
            until=instant_of("--until", until),
            estate=estate_from(output, estate),
            only=tuple(only or ()),
        )
        read = read_announcements(kind, read_sources(files), advisories=advisories)
        imported = outage_scenario(kind, read, wanted, path=str(output or "imported.yaml"))
        return told(imported, output, quiet=quiet)

    return command
