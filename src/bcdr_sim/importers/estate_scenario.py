"""Listed environments as an estate: a complete scenario without outages, or a table for `environments: {from: ...}`."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, get_args

from bcdr_sim.errors import InputError, Problem
from bcdr_sim.importers.environments import Row
from bcdr_sim.importers.naming import distinct_names, safe_name, shown
from bcdr_sim.importers.placing import Home, Homes, home_of
from bcdr_sim.importers.power_platform import host
from bcdr_sim.importers.provenance import Imported, counted, header, some
from bcdr_sim.importers.texts import whole
from bcdr_sim.loading import Source, dump
from bcdr_sim.regions import azure_regions
from bcdr_sim.scenario.estate import EnvironmentType
from bcdr_sim.scenario.reading import load_scenario

TYPES: Final[Mapping[str, str]] = {
    str(name).casefold(): str(name) for name in get_args(get_args(EnvironmentType)[0])
}
"""The vendor's types that a scenario knows, by their name in lower case."""

COVERED: Final[Mapping[str, bool]] = {"enabled": True, "ready": True, "unavailable": True, "disabled": False}
"""What a state of disaster recovery says about cover; `Unavailable` is what a covered environment reads during an outage.

Source: Power Platform REST API, `disasterRecoveryState`. That `Enabled` comes before `Ready` is a reading."""

LISTED_MAX: Final = 10_000
"""So many environments a scenario may list. Assumption: 20 values each, of the 200,000 that a file may hold."""

NAMES_LISTED_MAX: Final = 1000
"""So many names of the header that differ from the display name. Assumption: nobody reads more."""

HORIZON: Final = "7d"


@dataclass(frozen=True, slots=True)
class EstateOptions:
    """What the user adds: regions, whether cover has to be switched on, and the form of the result."""

    homes: Homes
    opt_in: bool = False
    table: bool = False


@dataclass(frozen=True, slots=True)
class _Resident:
    """An environment of the estate, and what was assumed for it."""

    row: Row
    name: str
    type: str
    home: Home
    cover: bool | None


def estate_scenario(
    kind: str,
    rows: Sequence[Row],
    joined: Sequence[Row],
    *,
    sources: Sequence[Source],
    options: EstateOptions,
    path: str,
) -> Imported:
    """Return the estate of some rows, with what other rows add to them; `path` is where it will stand.

    Raises:
        InputError: no environment, one without a region, or one that is given twice in two ways.
    """
    if not rows:
        raise InputError([whole(sources[0].path, "no environment in it")])
    once = _once(rows)
    kept = [row for row in once if not row.is_deleted]
    completed, stray_count = _completed(kept, joined)
    residents = _residents(completed, options)
    counts = _counts(rows, once, residents, stray_count=stray_count)
    assumptions = tuple(_assumptions(residents, options))
    environments = [_environment(each) for each in residents]
    if options.table:
        return Imported(_table(environments), counts, (*assumptions, *_renamed(residents)))
    if len(residents) > LISTED_MAX:
        message = f"{len(residents):,} environments; a scenario lists at most {LISTED_MAX:,}: write a table, --format csv"
        raise InputError([whole(sources[0].path, message)])
    unlisted = sorted({each.home.region for each in residents} - azure_regions().keys())
    data: dict[str, Any] = {
        "version": 1,
        "name": "imported-estate",
        "horizon": HORIZON,
        "region_table": "azure",
    }
    if unlisted:
        data["regions"] = [{"name": region} for region in unlisted]
    data["environments"] = environments
    comment = header(kind, sources, counts=counts, assumptions=[*assumptions, *_renamed(residents)])
    text = dump(data, header=comment)
    load_scenario(path, text=text)
    return Imported(text, counts, assumptions)


def _once(rows: Sequence[Row]) -> list[Row]:
    """Return the rows without those that say the same again, in the order of the first of each."""
    found: dict[str, Row] = {}
    problems: list[Problem] = []
    for row in rows:
        first = found.setdefault(row.identity.casefold(), row)
        if first is not row and first.told != row.told:
            message = (
                f"'{shown(row.identity)}' is given twice, and differs from {first.record.problem('').place}"
            )
            problems.append(row.record.problem(message))
    if problems:
        raise InputError(problems)
    return list(found.values())


def _completed(rows: Sequence[Row], joined: Sequence[Row]) -> tuple[list[Row], int]:
    """Return the rows with what others of the same id or host add, and the number of those others that match none."""
    by_identity: dict[str, list[Row]] = {}
    for other in joined:
        for key in {other.identity.casefold(), host(other.url)} - {""}:
            by_identity.setdefault(key, []).append(other)
    completed = []
    used: set[int] = set()
    for row in rows:
        keys = (row.identity.casefold(), host(row.url))
        others = [other for key in dict.fromkeys(keys) if key for other in by_identity.get(key, ())]
        used.update(id(other) for other in others)
        for other in others:
            row = _with(row, other)
        completed.append(row)
    return completed, len(joined) - len(used)


def _with(row: Row, other: Row) -> Row:
    """Return a row with what it leaves open taken from another one."""
    names = (name for name in Row.__slots__ if name not in ("record", "identity", "is_deleted"))
    return replace(row, **{name: getattr(row, name) or getattr(other, name) for name in names})


def _residents(rows: Sequence[Row], options: EstateOptions) -> list[_Resident]:
    """Return who lives where.

    Raises:
        InputError: naming every environment whose region cannot be told.
    """
    names = distinct_names(
        [(row.display_name or row.identity, row.identity) for row in rows], otherwise="environment"
    )
    problems: list[Problem] = []
    residents = []
    for row, name in zip(rows, names, strict=True):
        home = home_of(row, options.homes)
        if home.refusal:
            problems.append(row.record.problem(f"{shown(row.display_name or row.identity)}: {home.refusal}"))
        kind = "Default" if row.is_default else TYPES.get(row.type.casefold(), "NotSpecified")
        cover = COVERED.get(row.recovery.casefold())
        if cover is None and options.opt_in:
            cover = False
        residents.append(_Resident(row, name, kind, home, cover if kind == "Production" else None))
    if problems:
        raise InputError(problems)
    return residents


def _environment(each: _Resident) -> dict[str, Any]:
    """Return an environment as a scenario lists it; what is the default is left out but for the type."""
    row = each.row
    data: dict[str, Any] = {"name": each.name, "type": each.type, "region": each.home.region}
    apps = [*["dataverse"] * row.has_dataverse, *["finance_operations"] * row.has_operations]
    tags = [*["managed"] * row.is_managed, *["vnet"] * row.has_network]
    if row.group:
        tags.append(f"group/{safe_name(row.group, otherwise='unnamed')}")
    if apps:
        data["apps"] = apps
    if tags:
        data["tags"] = tags
    if each.cover is not None:
        data["cover"] = each.cover
    return data


def _table(environments: Sequence[Mapping[str, Any]]) -> str:
    """Return the environments as a table; a column that nobody needs is left out."""
    names = [
        name
        for name in ("name", "type", "region", "apps", "tags", "cover")
        if any(name in e for e in environments)
    ]
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(names)
    writer.writerows([_cell(environment.get(name)) for name in names] for environment in environments)
    return text.getvalue()


def _cell(value: object) -> str:
    if isinstance(value, list):
        return ";".join(value)
    return "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)


def _counts(
    rows: Sequence[Row], once: Sequence[Row], residents: Sequence[_Resident], *, stray_count: int
) -> str:
    """Return how many records went in and what became of each, and check that none is missing."""
    repeated, deleted = len(rows) - len(once), len(once) - len(residents)
    assert deleted == sum(row.is_deleted for row in once)
    parts = [f"{counted(len(rows), 'record')} read: {counted(len(residents), 'environment')}"]
    if repeated:
        parts.append(f"{repeated:,} given again")
    if deleted:
        parts.append(f"{deleted:,} left out as deleted")
    if stray_count:
        parts.append(f"{stray_count:,} to join that match none")
    return ", ".join(parts)


def _assumptions(residents: Sequence[_Resident], options: EstateOptions) -> list[str]:
    """Return what the records do not say, with the number of environments or their names."""
    lines = [
        f"{line}: {counted(number, 'environment')}"
        for line, number in sorted(
            Counter(each.home.assumed for each in residents if each.home.assumed).items()
        )
    ]
    strange = [
        f"{each.name} ({each.row.type or 'no type'})"
        for each in residents
        if each.type == "NotSpecified" and each.row.type.casefold() != "notspecified"
    ]
    if strange:
        lines.append(
            f"of a type that this program does not know, taken as NotSpecified, so never moved: {some(strange)}"
        )
    unlisted = sorted({each.home.region for each in residents} - azure_regions().keys())
    if unlisted:
        lines.append(f"not in the published table of regions, so without a pair: {some(unlisted)}")
    open_count = sum(
        each.type == "Production" and each.row.recovery.casefold() not in COVERED for each in residents
    )
    if open_count:
        cover = "without" if options.opt_in else "with"
        lines.append(
            f"state of disaster recovery not said, taken as {cover} cover: {counted(open_count, 'environment')}"
        )
    lines.append("pairs of regions are those of the published table; the provider may use others")
    lines.append("customers, tiers, objectives, links and writes are the defaults: no export has them")
    return lines


def _renamed(residents: Sequence[_Resident]) -> list[str]:
    """Return the names that a reader would not recognise, each with the display name and id that it stands for."""
    changed = [each for each in residents if each.name != "-".join(each.row.display_name.split())]
    lines = [
        f"{each.name} stands for '{shown(each.row.display_name)}', {shown(each.row.identity)}"
        for each in changed[:NAMES_LISTED_MAX]
    ]
    rest = len(changed) - NAMES_LISTED_MAX
    return [*lines, f"and {rest:,} more names were changed"] if rest > 0 else lines
