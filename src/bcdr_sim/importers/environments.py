"""Environments as four services and an export list them, read into one kind of row; nothing is guessed here.

Files: `pac admin list --json`; the BAP admin API, `scopes/admin/environments`; the Power Platform API,
`environmentmanagement/environments`; `Get-AdminPowerAppEnvironment | ConvertTo-Json`; the CSV of the admin center.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from bcdr_sim.errors import InputError, Problem
from bcdr_sim.importers.csv_rows import CsvRecord, csv_records
from bcdr_sim.importers.json_values import Record, listed_records
from bcdr_sim.importers.power_platform import host
from bcdr_sim.loading import Source

KINDS: Final = ("pac", "bap", "ppapi", "powerapps", "ppac-csv")

PPAC_COLUMNS: Final[Mapping[str, Sequence[str]]] = {
    "name": ("environment name", "environment", "name", "display name"),
    "type": ("type", "environment type", "environment sku", "sku"),
    "state": ("state", "status"),
    "region": ("region", "location", "geo", "geography"),
    "url": ("dataverse url", "environment url", "url", "instance url"),
    "id": ("environment id", "environmentid", "id"),
}
"""Headings of the admin center's export. Assumption: no list of them is published."""

_IN_TEXT = re.compile(r"(azureRegion(?:Hint)?|environmentSku)=([A-Za-z0-9]+)")


@dataclass(frozen=True, slots=True)
class Row:
    """One environment as a record has it; a text is empty where the record says nothing.

    `recovery` is the state of its disaster recovery, `is_managed` None where that is not said.
    """

    record: Record | CsvRecord
    identity: str
    display_name: str = ""
    type: str = ""
    is_default: bool = False
    region: str = ""
    location: str = ""
    url: str = ""
    has_dataverse: bool = False
    has_operations: bool = False
    has_network: bool = False
    is_managed: bool = False
    group: str = ""
    recovery: str = ""
    is_deleted: bool = False

    @property
    def told(self) -> tuple[object, ...]:
        """What it says, without where that stands."""
        return tuple(getattr(self, name) for name in self.__slots__ if name != "record")


def read_rows(
    kind: str, sources: Sequence[Source], *, columns: Mapping[str, Sequence[str]] = PPAC_COLUMNS
) -> list[Row]:
    """Return the rows of some files of one kind.

    Raises:
        InputError: whatever cannot be read in any of them, with its place.
    """
    rows: list[Row] = []
    problems: list[Problem] = []
    for source in sources:
        try:
            records = _records(kind, source, columns)
        except InputError as error:
            problems += error.problems
            continue
        for record in records:
            try:
                rows.append(_row(kind, record))
            except InputError as error:
                problems += error.problems
    if problems:
        raise InputError(problems)
    return rows


def read_joined(sources: Sequence[Source]) -> list[Row]:
    """Return the rows of files of any of the JSON kinds, or of entitlements; each record shows which it is.

    Raises:
        InputError: whatever cannot be read in any of them, with its place.
    """
    rows: list[Row] = []
    problems: list[Problem] = []
    for source in sources:
        try:
            for record in listed_records(source, "value", "collection"):
                kind = kind_of(record)
                if kind is None:
                    raise record.wrong(
                        "neither an environment of pac, bap, ppapi or powerapps nor an entitlement"
                    )
                rows.append(_row(kind, record))
        except InputError as error:
            problems += error.problems
    if problems:
        raise InputError(problems)
    return rows


def kind_of(record: Record) -> str | None:
    """Return the kind that a record looks like; None for none."""
    keys = record.fields.keys()
    signs = {
        "entitlement": {"environmentid", "disasterrecoverystate"},
        "bap": {"name", "properties"},
        "pac": {"environmentid", "displayname"},
        "powerapps": {"environmentname", "displayname"},
        "ppapi": {"id", "displayname"},
    }
    return next((kind for kind, sign in signs.items() if sign <= keys), None)


def _records(
    kind: str, source: Source, columns: Mapping[str, Sequence[str]]
) -> Sequence[Record] | Sequence[CsvRecord]:
    if kind == "ppac-csv":
        return csv_records(source, columns, required=("name", "type"))
    return listed_records(source, "value", "collection")


def _row(kind: str, record: Record | CsvRecord) -> Row:
    if isinstance(record, CsvRecord):
        return _ppac(record)
    looks_like = kind_of(record)
    if kind != looks_like and looks_like is not None:
        raise record.wrong(f"not a record of {kind}; this looks like {looks_like}")
    return _JSON_READERS[kind](record)


def _pac(record: Record) -> Row:
    group = record.text("GroupName")
    url = record.text("EnvironmentUrl")
    return Row(
        record,
        _needed(record, "EnvironmentId"),
        display_name=record.text("DisplayName"),
        type=record.text("Type"),
        is_default=_is_default(record.text("EnvironmentId")),
        url=url,
        has_dataverse=True,  # pac lists no others
        has_operations=_is_operations(url),
        group="" if group == "-" else group,
    )


def _bap(record: Record) -> Row:
    identity = _needed(record, "name")
    url = record.text("properties", "linkedEnvironmentMetadata", "instanceUrl")
    return Row(
        record,
        identity,
        display_name=record.text("properties", "displayName"),
        type=record.text("properties", "environmentSku"),
        is_default=record.raw("properties", "isDefault") is True or _is_default(identity),
        region=record.text("properties", "azureRegion") or record.text("properties", "azureRegionHint"),
        location=record.text("location"),
        url=url,
        has_dataverse=record.raw("properties", "linkedEnvironmentMetadata") is not None,
        has_operations=record.raw("properties", "linkedAppMetadata") is not None or _is_operations(url),
        recovery=record.text("properties", "states", "disasterRecovery", "id"),
        is_deleted=bool(record.text("properties", "deletedTime")),
    )


def _ppapi(record: Record) -> Row:
    identity = _needed(record, "id")
    url = record.text("url")
    return Row(
        record,
        identity,
        display_name=record.text("displayName"),
        type=record.text("type"),
        is_default=_is_default(identity),
        region=record.text("azureRegion"),
        url=url,
        has_dataverse=bool(record.text("dataverseId") or url),
        has_operations=record.raw("finOpsMetadata") is not None,
        has_network=record.raw("enterprisePolicies", "networkInjection") is not None,
        is_deleted=bool(record.text("deletedDateTime")),
    )


def _powerapps(record: Record) -> Row:
    """Read a record of the PowerShell module. At its default depth, `ConvertTo-Json` leaves texts where objects were."""
    identity = _needed(record, "EnvironmentName")
    inside: Any = record.raw("Internal", "properties")
    if isinstance(inside, Mapping):
        region = record.text("Internal", "properties", "azureRegion")
        region = region or record.text("Internal", "properties", "azureRegionHint")
        sku = record.text("Internal", "properties", "environmentSku")
    else:
        words: dict[str, str] = dict(_IN_TEXT.findall(f"{record.raw('Internal')} {inside}"))
        region = words.get("azureRegion") or words.get("azureRegionHint") or ""
        sku = words.get("environmentSku", "")
    return Row(
        record,
        identity,
        display_name=record.text("DisplayName"),
        type=sku or record.text("EnvironmentType"),
        is_default=record.raw("IsDefault") is True or _is_default(identity),
        region=region,
        location=record.text("Location"),
        has_dataverse=record.text("CommonDataServiceDatabaseType").casefold() not in ("", "none"),
    )


def _entitlement(record: Record) -> Row:
    return Row(
        record,
        _needed(record, "environmentId"),
        is_managed=record.raw("isManagedEnvironment") is True,
        recovery=record.text("disasterRecoveryState"),
    )


def _ppac(record: CsvRecord) -> Row:
    url = record.text("url")
    name = record.text("name")
    if not name:
        raise record.wrong("an environment without a name")
    identity = record.text("id") or host(url) or f"{name}#{record.line + 1}"  # names need not be distinct
    return Row(
        record,
        identity,
        display_name=name,
        type=record.text("type"),
        is_default=_is_default(identity),
        location=record.text("region"),
        url=url,
        has_dataverse=bool(url),
        has_operations=_is_operations(url),
    )


_JSON_READERS: Final[Mapping[str, Callable[[Record], Row]]] = {
    "pac": _pac,
    "bap": _bap,
    "ppapi": _ppapi,
    "powerapps": _powerapps,
    "entitlement": _entitlement,
}


def _needed(record: Record, key: str) -> str:
    text = record.text(key)
    if not text:
        raise record.wrong(f"no '{key}': not a record of this kind, or without an id", key)
    return text


def _is_default(identity: str) -> bool:
    """The id of the default environment begins so. Source: test fixtures of the vendor's Terraform provider."""
    return identity.casefold().startswith("default-")


def _is_operations(url: str) -> bool:
    """Whether an address is that of Finance and Operations apps."""
    return ".operations." in host(url)
