"""`import uptime-archive` and `import lag-trace`: recorded failures and recorded lags, as a scenario."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from bcdr_sim.cli.answer import Answer, check_output, refuse
from bcdr_sim.cli.imported import Estate, Files, instant_of, told
from bcdr_sim.cli.options import Force, Output, Quiet


class Severity(StrEnum):
    """What the severity of a trace means."""

    FRACTION = "fraction"
    CAPABILITY = "capability"


def uptime_archive(
    files: Files,
    *,
    region: Annotated[
        str, typer.Option(metavar="NAME", help="Region that the trace is of.", show_default=False)
    ],
    severity: Annotated[
        Severity, typer.Option(help="Share of the region that is hit, or of its work that is lost.")
    ] = Severity.FRACTION,
    service: Annotated[
        str, typer.Option(metavar="NAME", help="One of several services of the trace.", show_default=False)
    ] = "",
    min_duration: Annotated[
        str, typer.Option(metavar="DURATION", help="Leave out shorter incidents.")
    ] = "0s",
    min_severity: Annotated[float, typer.Option(min=0, max=1, help="Leave out lines of less.")] = 0.0,
    start: Annotated[
        str | None,
        typer.Option(metavar="INSTANT", help="Start of the scenario; of seconds, the first failure."),
    ] = None,
    estate: Estate = None,
    output: Output = None,
    force: Force = False,
    quiet: Quiet = False,
) -> Answer:
    """Failure traces of the Cloud Uptime Archive (CSV) as outages of one region."""
    check_output(output, force=force)
    from bcdr_sim.importers.outage_scenario import estate_from
    from bcdr_sim.importers.region_names import region_of_name
    from bcdr_sim.importers.texts import read_sources
    from bcdr_sim.importers.uptime_archive import TraceOptions, trace_scenario
    from bcdr_sim.units import parse_duration

    try:
        min_duration_ms = parse_duration(min_duration)
    except ValueError as error:
        raise refuse(str(error), what="--min-duration") from None
    if not region_of_name(region):
        raise refuse("must name a region", what="--region")
    options = TraceOptions(
        region=region_of_name(region),
        severity=severity.value,
        service=service,
        min_duration_ms=min_duration_ms,
        min_severity=min_severity,
        start=instant_of("--start", start),
        estate=estate_from(output, estate),
    )
    imported = trace_scenario(read_sources(files), options, path=str(output or "imported.yaml"))
    return told(imported, output, quiet=quiet)


class Measure(StrEnum):
    """What a column called lag holds."""

    AGE = "age"
    TRANSFER = "transfer"


def lag_trace(
    files: Files,
    *,
    region: Annotated[str, typer.Option(metavar="NAME", help="Region of the primary.", show_default=False)],
    measure: Annotated[
        Measure | None,
        typer.Option(help="What a column 'lag' is: how far behind now, or how long the last write took."),
    ] = None,
    start: Annotated[
        str | None,
        typer.Option(metavar="INSTANT", help="Start of the scenario; midnight UTC before the first row."),
    ] = None,
    estate: Estate = None,
    output: Output = None,
    force: Force = False,
    quiet: Quiet = False,
) -> Answer:
    """Recorded last sync times or lags of a replication link (CSV) as the link of a scenario."""
    check_output(output, force=force)
    from bcdr_sim.importers.lag_trace import LagOptions, lag_scenario
    from bcdr_sim.importers.outage_scenario import estate_from
    from bcdr_sim.importers.region_names import region_of_name
    from bcdr_sim.importers.texts import read_sources

    if not region_of_name(region):
        raise refuse("must name a region", what="--region")
    options = LagOptions(
        region=region_of_name(region),
        measure=measure.value if measure else None,
        start=instant_of("--start", start),
        estate=estate_from(output, estate),
    )
    imported = lag_scenario(read_sources(files), options, path=str(output or "imported.yaml"))
    return told(imported, output, quiet=quiet)
