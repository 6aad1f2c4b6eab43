"""What the parts of a scenario must agree on: names that exist, cycles, instants inside the horizon, calendars with a start.

A finding is (path, message): the path leads to the value in the file, so that the loader can point at it. All findings are
given at once; each reference is checked only against names that could be read.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator
from zoneinfo import available_timezones

from bcdr_sim.calendars import minute_of_day
from bcdr_sim.events import Event
from bcdr_sim.regions import azure_regions
from bcdr_sim.scenario.document import Scenario
from bcdr_sim.scenario.estate import Environment, Hours

Path = tuple[str | int, ...]
Finding = tuple[Path, str]


def findings(scenario: Scenario) -> list[Finding]:
    """Everything that the parts of the scenario do not agree on, in the order of the file's sections."""
    checks = (_names, _regions, _environments, _dependencies, _outages, _calendars, _expectations)
    return [finding for check in checks for finding in check(scenario)]


def did_you_mean(given: str, known: Iterable[str]) -> str:
    """`; did you mean 'x'?` when a known name is near, else what is known, briefly."""
    names = sorted(set(known))
    near = difflib.get_close_matches(given, names, n=1, cutoff=0.6)
    if near:
        return f"; did you mean '{near[0]}'?"
    if not names:
        return "; there is none"
    shown = ", ".join(names[:6])
    return f"; there is {shown}" + (f" and {len(names) - 6} more" if len(names) > 6 else "")


def region_names(scenario: Scenario) -> set[str]:
    """All regions that the scenario may name."""
    names = {region.name for region in scenario.regions}
    return names | set(azure_regions()) if scenario.region_table == "azure" else names


def pair_of(scenario: Scenario, region: str) -> str | None:
    """The pair of a region: as listed in the scenario, else as published if the scenario uses the table."""
    for listed in scenario.regions:
        if listed.name == region and listed.pair is not None:
            return listed.pair
    if scenario.region_table == "azure" and region in azure_regions():
        return azure_regions()[region].pair
    return None


def _names(scenario: Scenario) -> Iterator[Finding]:
    lists = {
        "regions": [region.name for region in scenario.regions],
        "environments": [environment.name for environment in scenario.environments],
    }
    for section, names in lists.items():
        yield from _duplicates(section, "name", names)
    yield from _duplicates("outages", "id", [outage.id for outage in scenario.outages])
    yield from _duplicates("maintenance", "id", [period.id for period in scenario.maintenance])
    taken = {environment.name for environment in scenario.environments}
    for index, environment in enumerate(scenario.environments):
        if environment.count is None and environment.name in _member_names(scenario, taken):
            yield ("environments", index, "name"), f"'{environment.name}' is also the name of a fleet's member"


def _member_names(scenario: Scenario, candidates: set[str]) -> set[str]:
    found: set[str] = set()
    for fleet in scenario.environments:
        if fleet.count is not None:
            width = len(str(fleet.count))
            prefix = f"{fleet.name}-"
            for name in candidates:
                digits = name.removeprefix(prefix)
                if name != digits and digits.isdigit() and len(digits) == width and 1 <= int(digits) <= fleet.count:
                    found.add(name)
    return found


def _duplicates(section: str, key: str, names: list[str]) -> Iterator[Finding]:
    seen: set[str] = set()
    for index, name in enumerate(names):
        if name in seen:
            yield (section, index, key), f"'{name}' is used twice; give each its own {key}"
        seen.add(name)


def _regions(scenario: Scenario) -> Iterator[Finding]:
    known = region_names(scenario)
    for index, region in enumerate(scenario.regions):
        if region.pair is not None and region.pair not in known:
            yield ("regions", index, "pair"), _no("region", region.pair, known)
        if region.pair == region.name:
            yield ("regions", index, "pair"), "a region cannot be its own pair"
    for index, period in enumerate(scenario.maintenance):
        if period.region not in known:
            yield ("maintenance", index, "region"), _no("region", period.region, known)
        if period.at >= scenario.horizon:
            yield ("maintenance", index, "at"), "begins after the end of the scenario (horizon)"
    provider = scenario.provider
    if provider.orchestrator_region is not None and provider.orchestrator_region not in known:
        yield ("provider", "orchestrator_region"), _no("region", provider.orchestrator_region, known)
    for index, capacity in enumerate(provider.capacity):
        if capacity.region not in known:
            yield ("provider", "capacity", index, "region"), _no("region", capacity.region, known)
    for index, (begin, end) in enumerate(provider.automation.off):
        if end <= begin:
            yield ("provider", "automation", "off", index), "a spell goes from an instant to a later one"


def _environments(scenario: Scenario) -> Iterator[Finding]:
    known = region_names(scenario)
    names = {environment.name for environment in scenario.environments}
    for index, environment in enumerate(scenario.environments):
        path: Path = ("environments", index)
        if environment.region not in known:
            yield (*path, "region"), _no("region", environment.region, known)
        if environment.target is not None and environment.target not in known:
            yield (*path, "target"), _no("region", environment.target, known)
        if environment.target is not None and environment.target == environment.region:
            yield (*path, "target"), "the target must be another region"
        if environment.customer is not None and environment.customer not in scenario.customers:
            yield (*path, "customer"), _no("customer", environment.customer, scenario.customers)
        for position, name in enumerate(environment.depends_on):
            if name not in names:
                yield (*path, "depends_on", position), _no("environment", name, names)
        if environment.deployed_at is not None and environment.deployed_at >= scenario.horizon:
            yield (*path, "deployed_at"), "lies after the end of the scenario (horizon)"
        if scenario.provider.performance_factor < environment.minimum_capability:
            message = "above the provider's performance_factor: it would never count as back at the secondary"
            yield (*path, "minimum_capability"), message


def _dependencies(scenario: Scenario) -> Iterator[Finding]:
    by_name = {environment.name: environment for environment in scenario.environments}
    settled: set[str] = set()
    for index, environment in enumerate(scenario.environments):
        cycle = _cycle(environment, by_name, settled, chain=[])
        if cycle:
            yield ("environments", index, "depends_on"), "depends on itself: " + " -> ".join(cycle)
            return


def _cycle(
    environment: Environment, by_name: dict[str, Environment], settled: set[str], *, chain: list[str]
) -> list[str]:
    if environment.name in chain:
        return [*chain[chain.index(environment.name) :], environment.name]
    if environment.name in settled:
        return []
    for name in environment.depends_on:
        if name in by_name:
            found = _cycle(by_name[name], by_name, settled, chain=[*chain, environment.name])
            if found:
                return found
    settled.add(environment.name)
    return []


def _outages(scenario: Scenario) -> Iterator[Finding]:
    known = region_names(scenario)
    names = {environment.name for environment in scenario.environments}
    for index, outage in enumerate(scenario.outages):
        path: Path = ("outages", index)
        if outage.region is not None and outage.region not in known:
            yield (*path, "region"), _no("region", outage.region, known)
        for position, region in enumerate(outage.regions or []):
            if region not in known:
                yield (*path, "regions", position), _no("region", region, known)
        if outage.at is not None and outage.at >= scenario.horizon:
            yield (*path, "at"), "begins after the end of the scenario (horizon)"
        if outage.trace is not None and outage.trace != sorted(set(outage.trace)):
            yield (*path, "trace"), "instants must go forward"
        selected = outage.scope.select.name if outage.scope.select else None
        for name in [selected] if isinstance(selected, str) else selected or []:
            if name not in names:
                yield (*path, "scope", "select", "name"), _no("environment", name, names)
        if outage.seen is not None:
            instants = [step.after for step in outage.seen.steps]
            if instants != sorted(set(instants)):
                yield (*path, "seen", "steps"), "steps must go forward"


def _calendars(scenario: Scenario) -> Iterator[Finding]:
    zones = available_timezones()
    for path, hours in _all_hours(scenario):
        if hours.time_zone not in zones:
            yield (*path, "time_zone"), _no("time zone", hours.time_zone, zones)
        if minute_of_day(hours.opens) == minute_of_day(hours.closes):
            yield (*path, "closes"), "opens and closes at the same time; leave the hours out for around the clock"
        if scenario.start is None:
            yield path, "hours need the scenario's 'start' (an instant with a zone)"
    business = [("writes",)] if scenario.writes == "business_hours" else []
    business += [
        ("environments", index, "writes")  # type: ignore[misc]
        for index, environment in enumerate(scenario.environments)
        if environment.writes == "business_hours"
    ]
    if scenario.start is None:
        for where in business:
            yield where, "business_hours need the scenario's 'start' (an instant with a zone)"


def _all_hours(scenario: Scenario) -> Iterator[tuple[Path, Hours]]:
    for index, environment in enumerate(scenario.environments):
        for position, hours in enumerate(environment.windows or []):
            yield ("environments", index, "windows", position), hours
    for name, customer in scenario.customers.items():
        if customer.hours is not None:
            yield ("customers", name, "hours"), customer.hours


def _expectations(scenario: Scenario) -> Iterator[Finding]:
    outages = {outage.id for outage in scenario.outages}
    events = {event.label for event in Event}
    for index, expectation in enumerate(scenario.expect):
        if expectation.event is not None and expectation.event not in events:
            yield ("expect", index, "event"), _no("event", expectation.event, events)
        if expectation.outage is not None and expectation.outage.split("/")[0] not in outages:
            yield ("expect", index, "outage"), _no("outage", expectation.outage, outages)


def _no(noun: str, given: str, known: Iterable[str]) -> str:
    return f"no {noun} '{given}'{did_you_mean(given, known)}"
