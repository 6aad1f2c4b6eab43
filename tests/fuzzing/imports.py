"""The importers as one target: the first line of an input names the kind of record, the file itself follows."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from bcdr_sim.errors import InputError
from bcdr_sim.importers.announcements import read_announcements
from bcdr_sim.importers.azure_locations import region_scenario
from bcdr_sim.importers.calibration import Calibration, calibrate
from bcdr_sim.importers.environments import PPAC_COLUMNS, Row, read_joined, read_rows
from bcdr_sim.importers.estate_scenario import EstateOptions, estate_scenario
from bcdr_sim.importers.incident_list import last_instant, read_incidents
from bcdr_sim.importers.lag_trace import LagOptions, lag_scenario
from bcdr_sim.importers.outage_scenario import Wanted, outage_scenario
from bcdr_sim.importers.placing import Homes
from bcdr_sim.importers.provenance import Imported
from bcdr_sim.importers.texts import read_sources
from bcdr_sim.importers.uptime_archive import TraceOptions, trace_scenario
from bcdr_sim.loading import Source, dump
from bcdr_sim.report.calibrated import calibration_json, calibration_text, calibration_yaml
from bcdr_sim.scenario.distributions import Distribution
from bcdr_sim.scenario.reading import load_scenario
from fuzzing.refusing import REFUSED, outcome

EXPORTS: Final = Path(__file__).resolve().parent.parent / "exports"
ESTATES: Final = ("pac", "bap", "ppapi", "powerapps", "ppac-csv")
ANNOUNCEMENTS: Final = ("service-health", "resource-graph", "monitor-alert", "graph-issues")
UNTIL: Final = datetime(2035, 1, 1, tzinfo=UTC)
"""When outages that a record leaves open are taken for over, so that more of it is read on."""

Check = Callable[[], None]
Read = Callable[[Sequence[Source], Path], Check]
"""Reads a record, or refuses it; gives the check of what was made of it."""

SAMPLES: Final = {
    "uptime-archive": (
        "event_start_time,event_end_time,severity,service\n0.0,12.3456,1.0,a\n100.0,150,0.5,a\n"
        "86400.001,90000.5,0.25,a\n"
    ),
    "lag-trace": (
        "Timestamp;LastSyncTime\n2026-07-14T10:00:00Z;2026-07-14T09:58:00Z\n"
        "2026-07-14T10:05:00Z;2026-07-14T10:04:00Z\n"
    ),
    "incidents": (
        "start,end,detected,first post,mitigated,region,cause\n"
        "2024-01-11T00:00:00Z,2024-01-11T01:00:00Z,2024-01-11T00:05:00Z,,,westeurope,power\n"
        "2024-02-11T00:00:00Z,2024-02-11T05:00:00Z,,2024-02-11T00:15:00Z,,westeurope,power\n"
        "2024-03-11T00:00:00Z,2024-03-11T02:30:00Z,,,2024-03-11T02:00:00Z,northeurope,network\n"
        "2024-04-11T00:00:00Z,,,,,westeurope,power\n"
    ),
}
"""Records of which the tests keep no file."""


def import_file(content: bytes, folder: Path) -> str:
    """A record of another program; what comes of it is a scenario that loads, or keys that an outage may have."""
    kind, _, record = content.partition(b"\n")
    reader = READERS.get(kind.decode("ascii", "replace"))
    if reader is None:
        return REFUSED
    path = folder / "record"
    path.write_bytes(record)
    return outcome(lambda: reader(read_sources([str(path)]), folder), lambda check: check())


def import_seeds() -> Iterator[bytes]:
    """Every export of the tests under each kind that might read it, and the samples."""
    for path in sorted(EXPORTS.iterdir()):
        for kind in _kinds_of(path.name):
            yield kind.encode() + b"\n" + path.read_bytes()
    for kind, text in SAMPLES.items():
        yield f"{kind}\n{text}".encode()


def _kinds_of(name: str) -> tuple[str, ...]:
    """The kinds as which a file of the exports is read, rightly or not."""
    beginnings = {
        "arg": ("resource-graph",),
        "az_": ("azure-locations",),
        "azure_monitor": ("monitor-alert",),
        "azure_service": ("service-health",),
        "bap": ("bap", "join"),
        "get": ("powerapps",),
        "graph": ("graph-issues",),
        "pac": ("pac",),
        "ppac": ("ppac-csv",),
        "ppapi_entitlement": ("join",),
        "ppapi": ("ppapi", "join"),
    }
    return next(kinds for beginning, kinds in beginnings.items() if name.startswith(beginning))


def _estate(kind: str) -> Read:
    def read(sources: Sequence[Source], folder: Path) -> Check:
        rows = read_rows(kind, sources, columns=PPAC_COLUMNS)
        path = str(folder / "imported.yaml")
        listed, table = (
            estate_scenario(
                kind,
                rows,
                [],
                sources=sources,
                options=EstateOptions(homes=Homes(otherwise="westeurope"), table=is_table),
                path=path,
            )
            for is_table in (False, True)
        )

        def check() -> None:
            _is_scenario(listed, folder)
            _is_table(table, folder)

        return check

    return read


def _announced(kind: str) -> Read:
    def read(sources: Sequence[Source], folder: Path) -> Check:
        found = read_announcements(kind, sources, advisories=True)
        wanted = Wanted(regions=("westeurope",), until=UNTIL)
        made = outage_scenario(kind, found, wanted, path=str(folder / "imported.yaml"))
        return lambda: _is_scenario(made, folder)

    return read


def _joined(sources: Sequence[Source], _: Path) -> Check:
    rows = read_joined(sources)
    return lambda: _are_told_apart(rows)


def _are_told_apart(rows: Sequence[Row]) -> None:
    assert all(row.identity or row.url for row in rows)


def _regions(sources: Sequence[Source], folder: Path) -> Check:
    made = region_scenario(sources, path=str(folder / "imported.yaml"))
    return lambda: _is_scenario(made, folder)


def _failures(sources: Sequence[Source], folder: Path) -> Check:
    options = TraceOptions(region="westeurope")
    made = trace_scenario(sources, options, path=str(folder / "imported.yaml"))
    return lambda: _is_scenario(made, folder)


def _lags(sources: Sequence[Source], folder: Path) -> Check:
    path = str(folder / "imported.yaml")
    try:
        made = lag_scenario(sources, LagOptions(region="westeurope"), path=path)
    except InputError:
        made = lag_scenario(sources, LagOptions(region="westeurope", measure="age"), path=path)
    return lambda: _is_scenario(made, folder)


def _incidents(sources: Sequence[Source], _: Path) -> Check:
    incidents = read_incidents(sources)
    found = calibrate(incidents, since=None, until=last_instant(incidents), resample_count=2)
    return lambda: _is_calibration(found)


def _is_calibration(found: Calibration) -> None:
    """What is fitted can be pasted, in every form in which it is told."""
    for write in (calibration_text, calibration_json, calibration_yaml):
        assert write(found)
    for quantity in found.quantities.values():
        if quantity.fits:
            Distribution.model_validate(quantity.pasted)


def _is_scenario(made: Imported, folder: Path) -> None:
    """What an importer writes loads, and so does what it says when it is written once more."""
    scenario = load_scenario(folder / "imported.yaml", text=made.text, root=folder)
    data = scenario.model_dump(mode="json", by_alias=True, exclude_unset=True)
    assert load_scenario(folder / "again.yaml", text=dump(data), root=folder) == scenario
    assert "\n" not in made.counts
    assert all(line.isprintable() for line in made.assumptions)


def _is_table(made: Imported, folder: Path) -> None:
    """A table of environments is one that a scenario reads."""
    (folder / "imported.csv").write_text(made.text, encoding="utf-8")
    text = (
        "version: 1\nname: tabled\nhorizon: 1d\nregion_table: azure\nenvironments: {from: imported.csv}\n"
        f"regions: [{', '.join(f'{{name: {region}}}' for region in _unlisted(made.text))}]\n"
    )
    load_scenario(folder / "imported-table.yaml", text=text, root=folder)


def _unlisted(text: str) -> list[str]:
    import csv

    from bcdr_sim.regions import azure_regions

    named = {row["region"] for row in csv.DictReader(text.splitlines())}
    return sorted(named - azure_regions().keys())


READERS: Final[dict[str, Read]] = {
    **{kind: _estate(kind) for kind in ESTATES},
    **{kind: _announced(kind) for kind in ANNOUNCEMENTS},
    "join": _joined,
    "azure-locations": _regions,
    "uptime-archive": _failures,
    "lag-trace": _lags,
    "incidents": _incidents,
}
"""By the word that stands in the first line."""
