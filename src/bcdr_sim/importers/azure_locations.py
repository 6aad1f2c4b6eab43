"""Regions and their directed pairs from `az account list-locations -o json`, of this year or of years ago."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bcdr_sim.errors import InputError, Problem
from bcdr_sim.importers.json_values import Record, listed_records
from bcdr_sim.importers.naming import shown
from bcdr_sim.importers.provenance import Imported, counted, header, some
from bcdr_sim.importers.region_names import region_of_name
from bcdr_sim.importers.texts import whole
from bcdr_sim.loading import Source, dump
from bcdr_sim.regions import azure_regions
from bcdr_sim.scenario.reading import load_scenario

KIND = "azure-locations"


@dataclass(frozen=True, slots=True)
class _Region:
    """A physical region as listed."""

    record: Record
    name: str
    geography: str
    pairs: tuple[str, ...]

    @property
    def told(self) -> tuple[object, ...]:
        """What it says, without where that stands."""
        return self.name, self.geography, self.pairs


def region_scenario(sources: Sequence[Source], *, path: str) -> Imported:
    """Return the regions of some files as a scenario with an example environment; `path` is where it will stand.

    Raises:
        InputError: not such a list, no physical region in it, or a region that is given twice in two ways.
    """
    found: dict[str, _Region] = {}
    problems: list[Problem] = []
    record_count = logical_count = 0
    for source in sources:
        for record in listed_records(source, "value"):
            record_count += 1
            try:
                if record.text("metadata", "regionType").casefold() == "logical":
                    logical_count += 1
                    continue
                region = _region(record)
            except InputError as error:
                problems += error.problems
                continue
            first = found.setdefault(region.name, region)
            if first.told != region.told:
                where = first.record.problem("").place
                problems.append(
                    record.problem(f"'{shown(region.name)}' is given twice, and differs from {where}")
                )
    if problems:
        raise InputError(problems)
    if not found:
        message = (
            f"no physical region in it: {counted(record_count, 'record')} read, {logical_count:,} logical"
        )
        raise InputError([whole(sources[0].path, message)])
    regions = list(found.values())
    counts = _counts(record_count, regions, logical_count)
    assumptions = tuple(_assumptions(found))
    text = dump(_scenario(found), header=header(KIND, sources, counts=counts, assumptions=assumptions))
    load_scenario(path, text=text)
    return Imported(text, counts, assumptions)


def _region(record: Record) -> _Region:
    name = region_of_name(record.text("name"))
    if not name:
        raise record.wrong("no 'name': not a region of `az account list-locations`", "name")
    pairs = (region_of_name(pair.text("name")) for pair in record.records("metadata", "pairedRegion"))
    geography = record.text("metadata", "geography") or record.text("metadata", "geographyGroup")
    return _Region(record, name, shown(geography), tuple(pair for pair in pairs if pair))


def _scenario(found: Mapping[str, _Region]) -> dict[str, Any]:
    """Return a scenario of the regions, with an example environment where there is a pair."""
    regions = [
        {"name": each.name}
        | ({"geography": each.geography} if each.geography else {})
        | ({"pair": each.pairs[0]} if each.pairs else {})
        for each in found.values()
    ]
    regions += [{"name": name} for name in _rowless(found)]
    home = next((each.name for each in found.values() if each.pairs), next(iter(found)))
    return {
        "version": 1,
        "name": "imported-regions",
        "horizon": "7d",
        "regions": regions,
        "environments": [{"name": f"example-{home}", "region": home}],
    }


def _rowless(found: Mapping[str, _Region]) -> list[str]:
    """Return the regions that are the pair of another and have no row of their own."""
    return sorted({each.pairs[0] for each in found.values() if each.pairs} - found.keys())


def _counts(record_count: int, regions: Sequence[_Region], logical_count: int) -> str:
    again = record_count - logical_count - len(regions)
    parts = [f"{counted(record_count, 'record')} read: {counted(len(regions), 'region')}"]
    if logical_count:
        parts.append(f"{logical_count:,} left out as logical")
    if again:
        parts.append(f"{again:,} given again")
    return ", ".join(parts)


def _assumptions(found: Mapping[str, _Region]) -> list[str]:
    """Return what deserves a look: pairs that are not returned, not listed, or other than published."""
    single = [f"{each.name} -> {each.pairs[0]}" for each in found.values() if _is_one_way(each, found)]
    several = [f"{each.name} ({', '.join(each.pairs)})" for each in found.values() if len(each.pairs) > 1]
    published = azure_regions()
    other = [
        f"{each.name} ({each.pairs[0] if each.pairs else 'none'}, published {published[each.name].pair or 'none'})"
        for each in found.values()
        if each.name in published and (each.pairs[0] if each.pairs else None) != published[each.name].pair
    ]
    lines = ["the provider may use another secondary than the pair"]
    for names, line in (
        (several, "several pairs, the first one taken"),
        (single, "pairs that are not returned"),
        (_rowless(found), "named as a pair and not listed, so without a pair of their own"),
        (other, "other than in the published table"),
    ):
        if names:
            lines.append(f"{line}: {some(names)}")
    lines.append(
        "one example environment: give your own with `environments:`, or include this file before an estate"
    )
    return lines


def _is_one_way(each: _Region, found: Mapping[str, _Region]) -> bool:
    if not each.pairs or each.pairs[0] not in found:
        return False
    back = found[each.pairs[0]].pairs
    return not back or back[0] != each.name
