"""What the sound parts of a scenario must agree on: cycles, instants inside the horizon, calendars with a start.

A finding is (path, message): the path leads to the value in the file, so that the loader can point at it. All
findings are given at once. That every name refers to something is checked by `bcdr_sim.scenario.names`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from zoneinfo import ZoneInfo, available_timezones

from bcdr_sim.calendars import minute_of_day
from bcdr_sim.errors import near_miss
from bcdr_sim.events import Event
from bcdr_sim.loading import there_are
from bcdr_sim.scenario.document import Scenario
from bcdr_sim.scenario.estate import Environment, Hours
from bcdr_sim.scenario.group_checks import group_findings
from bcdr_sim.scenario.order_checks import order_findings
from bcdr_sim.units import format_duration

Path = tuple[str | int, ...]
Finding = tuple[Path, str]


def findings(scenario: Scenario) -> list[Finding]:
    """Everything that the parts of the scenario do not agree on, in the order of the file's sections."""
    checks = (
        _fleets,
        _world,
        _environments,
        _dependencies,
        group_findings,
        _outages,
        order_findings,
        _calendars,
        _expectations,
    )
    return [finding for check in checks for finding in check(scenario)]


def _fleets(scenario: Scenario) -> Iterator[Finding]:
    counts = {fleet.name: fleet.count for fleet in scenario.environments if fleet.count is not None}
    for index, environment in enumerate(scenario.environments):
        fleet, _, digits = environment.name.rpartition("-")
        count = counts.get(fleet)
        if count is None or environment.count is not None or not digits.isdigit():
            continue
        if len(digits) == len(str(count)) and 1 <= int(digits) <= count:
            message = f"'{environment.name}' is also the name of a member of the fleet '{fleet}'"
            yield ("environments", index, "name"), message


def _world(scenario: Scenario) -> Iterator[Finding]:
    for index, region in enumerate(scenario.regions):
        if region.pair == region.name:
            yield ("regions", index, "pair"), "a region cannot be its own pair"
    for index, period in enumerate(scenario.maintenance):
        yield from _inside(scenario, ("maintenance", index, "at"), period.at)
    for index, (begin, end) in enumerate(scenario.provider.automation.off):
        if end <= begin:
            yield ("provider", "automation", "off", index), "a spell goes from an instant to a later one"


def _environments(scenario: Scenario) -> Iterator[Finding]:
    performance = scenario.provider.performance_factor
    for index, environment in enumerate(scenario.environments):
        path: Path = ("environments", index)
        if environment.target is not None and environment.target == environment.region:
            yield (*path, "target"), "the target must be another region than the environment's own"
        yield from _inside(scenario, (*path, "deployed_at"), environment.deployed_at)
        for place, spell in enumerate(environment.reseeding):
            yield from _inside(scenario, (*path, "reseeding", place, "at"), spell.at)
        if performance < environment.minimum_capability:
            message = (
                f"minimum_capability ({environment.minimum_capability:g}) is above the provider's "
                f"performance_factor ({performance:g}): it would never count as back at the secondary"
            )
            yield (*path, "minimum_capability"), message


def _dependencies(scenario: Scenario) -> Iterator[Finding]:
    needs = {environment.name: list(environment.needed) for environment in scenario.environments}
    position = {environment.name: index for index, environment in enumerate(scenario.environments)}
    settled: set[str] = set()
    for name in needs:
        cycle = _cycle(name, needs, settled)
        if cycle:
            yield (
                ("environments", position[cycle[0]], "depends_on"),
                "depends on itself: " + " -> ".join(cycle),
            )
            return


def _cycle(name: str, needs: dict[str, list[str]], settled: set[str]) -> list[str]:
    """Return the first circle met from a name on, or nothing. Iterative: a chain may be as long as the estate."""
    chain: dict[str, Iterator[str]] = {name: iter(needs[name])}
    while chain:
        last = next(reversed(chain))
        below = next((other for other in chain[last] if other not in settled), None)
        if below is None:
            settled.add(last)
            del chain[last]
        elif below in chain:
            names = list(chain)
            return [*names[names.index(below) :], below]
        else:
            chain[below] = iter(needs.get(below, ()))
    return []


def _outages(scenario: Scenario) -> Iterator[Finding]:
    for index, outage in enumerate(scenario.outages):
        path: Path = ("outages", index)
        yield from _inside(scenario, (*path, "at"), outage.at)
        yield from _forward((*path, "trace"), outage.trace or [])
        if outage.seen is not None:
            yield from _forward((*path, "seen", "steps"), [step.after for step in outage.seen.steps])
        advice_path: Path = (*path, "comms", "advice")
        yield from _forward(advice_path, [advice.after for advice in outage.comms.advice])
        if outage.arrivals is not None and outage.arrivals.fixed == 0:
            yield (
                (*path, "arrivals"),
                "one outage would follow another at once, without end; say how long it takes",
            )
        if (
            outage.every is not None
            and outage.every.fixed == 0
            and outage.lasts is not None
            and outage.lasts.fixed == 0
        ):
            yield (
                (*path, "every"),
                "one outage would follow another at once, without end; say how long it takes",
            )


def _calendars(scenario: Scenario) -> Iterator[Finding]:
    for path, hours in _all_hours(scenario):
        yield from _zone((*path, "time_zone"), hours.time_zone)
        if minute_of_day(hours.opens) == minute_of_day(hours.closes):
            message = "opens and closes at the same time; leave the hours out for around the clock"
            yield (*path, "closes"), message
        if scenario.start is None:
            yield (
                path,
                "hours need the scenario's start: write it at the top, like start: 2024-11-01T06:00:00Z",
            )
    business: list[Path] = [("writes",)] if scenario.writes == "business_hours" else []
    business += [
        ("environments", index, "writes")
        for index, environment in enumerate(scenario.environments)
        if environment.writes == "business_hours"
    ]
    if scenario.start is None:
        for where in business:
            message = "business_hours need the scenario's start: write it at the top, like start: 2024-11-01T06:00:00Z"
            yield where, message


def _all_hours(scenario: Scenario) -> Iterator[tuple[Path, Hours]]:
    for index, environment in enumerate(scenario.environments):
        for position, hours in enumerate(environment.windows or []):
            yield ("environments", index, "windows", position), hours
    for name, customer in scenario.customers.items():
        if customer.hours is not None:
            yield ("customers", name, "hours"), customer.hours
        for position, delegate in enumerate(customer.escalation):
            if delegate.hours is not None:
                yield ("customers", name, "escalation", position, "hours"), delegate.hours


def _zone(path: Path, name: str) -> Iterator[Finding]:
    try:
        ZoneInfo(name)
    except (OSError, ValueError, KeyError):  # not there, not a path below the zones, or a folder of them
        # Of abbreviations no near one is right: CEST is an hour from CET and seven from EST.
        likely = near_miss(name, sorted(available_timezones())) if "/" in name else None
        hint = f"did you mean '{likely}'?" if likely else "write its IANA name, like Europe/Berlin"
        yield path, f"no time zone '{name}'; {hint}"


def _expectations(scenario: Scenario) -> Iterator[Finding]:
    events = sorted(event.label for event in Event)
    for index, expectation in enumerate(scenario.expect):
        for key in ("event", "never"):
            name = getattr(expectation, key)
            if name is not None and name not in events:
                likely = near_miss(name, events)
                hint = f"did you mean '{likely}'?" if likely else there_are(events)
                yield ("expect", index, key), f"no event '{name}'; {hint}"
        if not any(_means(expectation.environments, environment) for environment in scenario.environments):
            names = [environment.name for environment in scenario.environments]
            likely = near_miss(expectation.environments, names)
            hint = f"did you mean '{likely}'?" if likely else there_are(names)
            path: Path = ("expect", index, "environments")
            yield path, f"no environment matches '{expectation.environments}'; {hint}"


def _means(pattern: str, environment: Environment) -> bool:
    """Whether a name, the name of a fleet or a pattern means an environment, or one of a fleet."""
    if pattern == environment.name:
        return True
    parts = (".*" if sign == "*" else "." if sign == "?" else re.escape(sign) for sign in pattern)
    matches = re.compile("".join(parts)).fullmatch
    if environment.count is None:
        return matches(environment.name) is not None
    width = len(str(environment.count))
    return any(matches(f"{environment.name}-{number:0{width}}") for number in range(1, environment.count + 1))


def _inside(scenario: Scenario, path: Path, instant_ms: int | None) -> Iterator[Finding]:
    if instant_ms is not None and instant_ms >= scenario.horizon:
        instant, horizon = format_duration(instant_ms), format_duration(scenario.horizon)
        yield path, f"{instant} is not before the horizon ({horizon}), at which the scenario ends"


def _forward(path: Path, instants_ms: list[int]) -> Iterator[Finding]:
    for position, (earlier, later) in enumerate(pairwise(instants_ms), start=1):
        if later <= earlier:
            before, after = format_duration(earlier), format_duration(later)
            yield (*path, position), f"instants go forward: {after} cannot follow {before}"
