"""The published table of Azure regions and their pairs, as package data.

Pairs are directed: four of them are not returned, some regions have none. The vendor may keep a secondary undisclosed or
change it, so a pair from this table is an assumption of the scenario that uses it.

Source: Microsoft, Azure regions list, edition 03/2025 (facts only; the column `source` names the edition of each row).
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from importlib.resources import files


@dataclass(frozen=True, slots=True)
class PublishedRegion:
    """One row of the table."""

    name: str
    pair: str | None
    geography: str
    has_zones: bool
    is_access_restricted: bool


@cache
def azure_regions() -> dict[str, PublishedRegion]:
    """All published regions by name, in name order."""
    text = (files("bcdr_sim") / "data" / "azure_region_pairs.csv").read_text(encoding="utf-8")
    rows = (
        PublishedRegion(
            name=row["region"],
            pair=row["paired_region"] or None,
            geography=row["geography"],
            has_zones=row["availability_zones"] == "yes",
            is_access_restricted=row["access_restricted"] == "yes",
        )
        for row in csv.DictReader(text.splitlines())
    )
    return {row.name: row for row in sorted(rows, key=lambda row: row.name)}
