"""`calibrate`: distributions from a list of one's own incidents."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from bcdr_sim.cli.answer import EXIT_INCONCLUSIVE, EXIT_PASS, Answer, check_output, refuse, replacing, say
from bcdr_sim.cli.imported import instant_of
from bcdr_sim.cli.options import Force, Output


class Format(StrEnum):
    """How the calibration is written."""

    TEXT = "text"
    JSON = "json"
    YAML = "yaml"


def command(
    files: Annotated[
        list[str],
        typer.Argument(metavar="FILE...", help="Incidents: CSV with at least a start.", show_default=False),
    ],
    *,
    since: Annotated[
        str | None, typer.Option(metavar="INSTANT", help="From when on every incident was written down.")
    ] = None,
    until: Annotated[
        str | None,
        typer.Option(metavar="INSTANT", help="Until when; the latest instant of the list unless said."),
    ] = None,
    region: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="Only incidents of this region; repeat it for more."),
    ] = None,
    cause: Annotated[
        list[str] | None,
        typer.Option(metavar="TEXT", help="Only incidents of this cause; repeat it for more."),
    ] = None,
    resamples: Annotated[
        int, typer.Option(min=0, max=10_000, help="Samples of the fits for the intervals.")
    ] = 200,
    draws: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write what else it might be, a line per sample, for uncertainty."),
    ] = None,
    outage: Annotated[
        str, typer.Option(metavar="ID", help="Of --draws: the outage of the scenario that it is for.")
    ] = "*",
    format_: Annotated[
        Format, typer.Option("--format", help="yaml: the keys of an outage to paste.")
    ] = Format.TEXT,
    output: Output = None,
    force: Force = False,
) -> Answer:
    """Fit distributions to a list of incidents."""
    for path in (output, draws):
        check_output(path, force=force)
    if draws is not None and resamples < 2:
        raise refuse("needs two samples or more", what="--draws")
    from bcdr_sim.importers.calibration import calibrate
    from bcdr_sim.importers.incident_list import last_instant, passed_over, read_incidents, selected
    from bcdr_sim.importers.naming import shown
    from bcdr_sim.importers.texts import read_sources
    from bcdr_sim.report import calibrated

    sources = read_sources(files)
    every = read_incidents(sources)
    for heading in passed_over(sources):
        say(f"the column '{shown(heading)}' is passed over")
    end = instant_of("--until", until) or last_instant(every)
    incidents = selected(every, regions=region or (), causes=cause or ())
    found = calibrate(incidents, since=instant_of("--since", since), until=end, resample_count=resamples)
    write = {
        Format.TEXT: calibrated.calibration_text,
        Format.JSON: calibrated.calibration_json,
        Format.YAML: calibrated.calibration_yaml,
    }
    is_fitted = any(each.fits for each in found.quantities.values())
    if draws is not None:
        _write_draws(calibrated.calibration_draws(found, outage=outage), draws)
    return Answer(write[format_](found), EXIT_PASS if is_fitted else EXIT_INCONCLUSIVE, output)


def _write_draws(text: str, path: Path) -> None:
    if text.count("\n") < 3:
        say(f"{path} is not written: how well the fits are known is not known")
        return
    with replacing(path) as draft:
        draft.write_text(text, encoding="utf-8", newline="\n")
    say(f"wrote {path}: {text.count(chr(10)) - 1:,} draws")
