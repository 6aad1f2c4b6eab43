"""The published table of Power Platform locations: which Azure regions each has, and the host of its environments.

Which of the two regions of a pair is the primary is a property of each environment and stands in no address. The United
States have two pairs. Of rows that say `name_verified: no` the name of the location is assumed.

Source: Microsoft, Power Platform locations API, Virtual Network support overview 01/2026 and Datacenter regions 02/2022
(facts only; the column `source` names the edition of each row).
"""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

_HOST = re.compile(r"^(?:[a-z][a-z0-9+.-]*://)?(?:[^/@]*@)?([^/:?#]+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Location:
    """A location with its regions, those of the first pair first, and the host after the name of an environment."""

    name: str
    display_name: str
    regions: tuple[str, ...]
    pair_count: int
    crm_host: str


@cache
def locations() -> dict[str, Location]:
    """All published locations by name, in name order."""
    text = (files("bcdr_sim.importers") / "power_platform_locations.csv").read_text(encoding="utf-8")
    rows = sorted(csv.DictReader(text.splitlines()), key=lambda row: (row["location"], row["pair_no"]))
    found: dict[str, Location] = {}
    for row in rows:
        before = found.get(row["location"])
        regions = tuple(row[key] for key in ("azure_region_1", "azure_region_2") if row[key])
        found[row["location"]] = Location(
            name=row["location"],
            display_name=row["display_name"],
            regions=(before.regions if before else ()) + regions,
            pair_count=(before.pair_count if before else 0) + 1,
            crm_host=row["crm_host"],
        )
    return found


@cache
def _by_host() -> dict[str, str]:
    return {location.crm_host: location.name for location in locations().values() if location.crm_host}


@cache
def _by_words() -> dict[str, str]:
    names = {folded(location.display_name): location.name for location in locations().values()}
    return {**names, **{name: name for name in locations()}}


def host(url: str) -> str:
    """Return the host of an address with or without a scheme, in lower case; '' if there is none."""
    found = _HOST.match(url.strip())
    return found[1].lower().rstrip(".") if found else ""


def location_of_host(name: str) -> Location | None:
    """Return the location whose environments stand below a host such as contoso.crm4.dynamics.com; None if unknown."""
    _, _, rest = name.partition(".")
    while rest:
        if rest in _by_host():
            return locations()[_by_host()[rest]]
        _, _, rest = rest.partition(".")  # contoso.api.crm4.dynamics.com
    return None


def location_of_words(text: str) -> Location | None:
    """Return the location with this name or display name, such as `unitedstates` or `United States`; None if unknown."""
    name = _by_words().get(folded(text))
    return locations()[name] if name else None


def folded(text: str) -> str:
    """Return a display name as Azure and Power Platform spell it in names: lower case, without blanks."""
    return "".join(text.split()).casefold()
