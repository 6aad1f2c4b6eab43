"""Where an environment is at home: its Azure region as recorded, else by location or host, else as the user says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from bcdr_sim.importers.environments import Row
from bcdr_sim.importers.naming import shown
from bcdr_sim.importers.power_platform import Location, host, location_of_host, location_of_words
from bcdr_sim.importers.region_names import region_of_name
from bcdr_sim.regions import azure_regions


@dataclass(frozen=True, slots=True)
class Homes:
    """What the user says about regions: of each location, and of environments about which nothing is known."""

    by_location: Mapping[str, str] = field(default_factory=dict)
    otherwise: str = ""


@dataclass(frozen=True, slots=True)
class Home:
    """The region of an environment, and by what it was found if it is not recorded; or why there is none."""

    region: str = ""
    assumed: str = ""
    refusal: str = ""


def home_of(row: Row, homes: Homes) -> Home:
    """Return where an environment is at home.

    Which of the regions of a location is the primary stands in no address, and the United States have two pairs: without a
    word of the user the first one is taken, and said to be assumed.
    """
    if region_of_name(row.region):
        return Home(region_of_name(row.region))
    if region_of_name(row.location) in azure_regions():
        return Home(region_of_name(row.location))
    location = location_of_words(row.location) or location_of_host(host(row.url))
    if location is None:
        return _unknown(row, homes)
    if location.name in homes.by_location:
        region = homes.by_location[location.name]
        return Home(region, f"location {location.name}, taken for {region} as asked for by --region")
    if location.regions:
        return Home(location.regions[0], _among(location))
    if homes.otherwise:
        return Home(
            homes.otherwise, f"location {location.name}, whose regions nobody publishes, taken from --region"
        )
    return Home(
        refusal=f"no published region of the location {location.name}; say --region {location.name}=NAME"
    )


def _among(location: Location) -> str:
    """Return in words that one of several regions was taken."""
    if len(location.regions) == 1:
        return f"location {location.name}: {location.regions[0]} is the only one published"
    pairs = f" in {location.pair_count} pairs" if location.pair_count > 1 else ""
    return (
        f"location {location.name} has {len(location.regions)} regions{pairs} ({', '.join(location.regions)}), and the "
        f"record does not say which: {location.regions[0]} taken; say --region {location.name}=NAME, "
        "or --join a record that does"
    )


def _unknown(row: Row, homes: Homes) -> Home:
    """Return the home of an environment whose location says nothing."""
    where = f"the location '{shown(row.location)}'" if row.location else ""
    where = where or (f"the host '{shown(host(row.url))}'" if row.url else "no location, no host")
    if homes.otherwise:
        return Home(
            homes.otherwise, "location and host not in the published table, region taken from --region"
        )
    return Home(
        refusal=f"cannot tell its region: {where}{' is unknown' if row.location or row.url else ''}; "
        "say --region NAME, or --join a record that does"
    )
