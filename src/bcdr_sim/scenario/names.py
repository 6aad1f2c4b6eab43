"""Names of a scenario file: each given once, and given wherever something refers to it.

Checked on the plain data beside the model, so that a wrong value elsewhere in the file hides no wrong name. A
reference is checked only when every name that it could mean was readable: one slip is one problem.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from bcdr_sim.errors import Problem
from bcdr_sim.loading import DataPath, Document
from bcdr_sim.regions import azure_regions

EACH: Final = "*"
"""In a pattern: every item of a list, or every value of a mapping."""

GIVEN: Final[dict[str, DataPath]] = {
    "region": ("regions", EACH, "name"),
    "environment": ("environments", EACH, "name"),
    "outage": ("outages", EACH, "id"),
    "maintenance period": ("maintenance", EACH, "id"),
}
"""Where the names of each noun are given. Customers are the keys of a mapping and need no entry."""

REFERENCES: Final[tuple[tuple[DataPath, str], ...]] = (
    (("regions", EACH, "pair"), "region"),
    (("environments", EACH, "region"), "region"),
    (("environments", EACH, "target"), "region"),
    (("environments", EACH, "backup", "location"), "region"),
    (("environments", EACH, "backup", "restore_in", EACH), "region"),
    (("environments", EACH, "customer"), "customer"),
    (("environments", EACH, "depends_on", EACH), "environment"),
    (("environments", EACH, "depends_on", EACH, "any", EACH), "environment"),
    (("provider", "orchestrator_region"), "region"),
    (("provider", "capacity", EACH, "region"), "region"),
    (("outages", EACH, "region"), "region"),
    (("outages", EACH, "regions", EACH), "region"),
    (("outages", EACH, "scope", "select", "name"), "environment"),
    (("outages", EACH, "scope", "select", "name", EACH), "environment"),
    (("outages", EACH, "scope", "select", "customer"), "customer"),
    (("outages", EACH, "scope", "select", "customer", EACH), "customer"),
    (("outages", EACH, "scope", "steps", EACH, "select", "name"), "environment"),
    (("outages", EACH, "scope", "steps", EACH, "select", "name", EACH), "environment"),
    (("outages", EACH, "scope", "steps", EACH, "select", "customer"), "customer"),
    (("outages", EACH, "scope", "steps", EACH, "select", "customer", EACH), "customer"),
    (("maintenance", EACH, "region"), "region"),
    (("customers", EACH, "orders", EACH, "select", "name"), "environment"),
    (("customers", EACH, "orders", EACH, "select", "name", EACH), "environment"),
    (("customers", EACH, "orders", EACH, "select", "customer"), "customer"),
    (("customers", EACH, "orders", EACH, "select", "customer", EACH), "customer"),
    (("expect", EACH, "outage"), "outage"),
)
"""Where a name stands for something given elsewhere, and what that is."""


COMPARISONS_MAX: Final = 200_000
"""So many names are looked at for what an unknown one may have meant, in all. Assumption: two seconds are worth it; in an
estate of 100,000 each further suggestion would take another."""


def name_problems(document: Document) -> Iterator[Problem]:
    """Yield every name that is given twice, and every reference to a name that nobody gives."""
    for noun, pattern in GIVEN.items():
        yield from _given_twice(document, noun, pattern)
    known = {noun: _known(document, noun) for noun in (*GIVEN, "customer")}
    compared = 0
    for pattern, noun in REFERENCES:
        names = known[noun]
        if names is None:
            continue
        for path, name in _matches(document.data, pattern):
            if not isinstance(name, str) or name in names or _is_repetition(noun, name, names):
                continue
            if compared < COMPARISONS_MAX:
                compared += len(names)
                yield document.unknown_name(path, noun, names)
            else:
                yield document.problem(path, f"no {noun} '{name}'")


def _given_twice(document: Document, noun: str, pattern: DataPath) -> Iterator[Problem]:
    first: dict[str, DataPath] = {}
    for path, name in _matches(document.data, pattern):
        if isinstance(name, str) and first.setdefault(name, path) != path:
            place = document.place(first[name], seen_from=path)
            yield document.problem(path, f"there are two {noun}s '{name}'; the first one is on {place}")


def _known(document: Document, noun: str) -> dict[str, DataPath | None] | None:
    """Return the names of a noun with their places (None for a published region), or None if any is unreadable."""
    if noun == "customer":
        customers = document.data.get("customers", {})
        return {name: ("customers", name) for name in customers} if isinstance(customers, dict) else None
    section, _, key = GIVEN[noun]
    items = document.data.get(str(section), [])
    if not isinstance(items, list) or not all(
        isinstance(item, dict) and isinstance(item.get(key), str) for item in items
    ):
        return None
    names: dict[str, DataPath | None] = {}
    if noun == "region" and (table := document.data.get("region_table")) is not None:
        if table != "azure":
            return None
        names.update(dict.fromkeys(azure_regions()))
    names.update({item[key]: (section, position, key) for position, item in enumerate(items)})
    return names


def _is_repetition(noun: str, name: str, names: dict[str, DataPath | None]) -> bool:
    """Return whether a name is that of one of several outages of one entry: ID/1, ID/2 and so on."""
    stem, _, ordinal = name.rpartition("/")
    return noun == "outage" and stem in names and ordinal.isdecimal()


def _matches(data: Any, pattern: DataPath, *, path: DataPath = ()) -> Iterator[tuple[DataPath, Any]]:
    """Yield every value that a pattern leads to, with its path, in file order."""
    if not pattern:
        yield path, data
        return
    step, *rest = pattern
    if step == EACH:
        items = data.items() if isinstance(data, dict) else enumerate(data if isinstance(data, list) else ())
        for position, item in items:
            yield from _matches(item, tuple(rest), path=(*path, position))
    elif isinstance(data, dict) and step in data:
        yield from _matches(data[step], tuple(rest), path=(*path, step))
