"""The estate as columns: every environment of a scenario is a row, in name order, whatever the order of the file.

Fleets make a million rows of one specification possible, so what all members share is kept once (`EnvironmentSpec`) and a
row holds only its name, its key for addressed draws and the number of its specification.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import cast
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from bcdr_sim.calendars import DAY_NAMES, WeeklyHours, minute_of_day
from bcdr_sim.draws import entity_key, member_keys
from bcdr_sim.errors import near_miss
from bcdr_sim.replication import Writes
from bcdr_sim.scenario.customer import Customer
from bcdr_sim.scenario.distributions import Distribution
from bcdr_sim.scenario.document import Scenario, Tier
from bcdr_sim.scenario.estate import Environment, Hours, Objectives
from bcdr_sim.scenario.links import Link, NoLink, WriteProfile
from bcdr_sim.scenario.pairs import link_of, pair_of
from bcdr_sim.scenario.world import Spell

CONSTANT_PER_HOUR = 60.0
"""Writes of a `constant` environment. Assumption."""
BUSINESS_PER_HOUR = 600.0
"""Writes of a `business_hours` environment while it is open. Assumption."""
NO_REGION = -1
DAY_MS = 86_400_000


@dataclass(frozen=True, slots=True)
class BackupSpec:
    """The backups of an environment; regions are indices into `Estate.regions`."""

    interval_ms: int | None
    points_ms: tuple[int, ...]
    retention_ms: int | None
    location: int
    restore_in: tuple[int, ...]
    restore: Distribution | None


@dataclass(frozen=True, slots=True)
class EnvironmentSpec:
    """What all environments of one entry of the file share. Regions are indices into `Estate.regions`, -1 for none."""

    name: str
    type: str
    eligible: bool
    covered: bool
    apps: frozenset[str]
    tags: frozenset[str]
    tier: int
    zone: str | None
    customer_name: str | None
    customer: Customer
    group: str | None
    shares_answers: bool
    home: int
    target: int
    link: Link
    reseeding: tuple[Spell, ...]
    writes: Writes
    windows: tuple[WeeklyHours, ...]
    hours: tuple[WeeklyHours, ...]
    delegate_hours: tuple[tuple[WeeklyHours, ...], ...]
    """Working hours of the delegates of the customer, in their order; empty is around the clock."""
    deployed_ms: int | None
    minimum_permille: int
    objectives: Objectives
    restart: Distribution
    depends_on: tuple[int, ...]
    any_of: tuple[tuple[int, ...], ...]
    """Groups of rows of each of which one must be served."""
    rows: tuple[int, ...] | range
    customer_key: int
    """Key for the draws that a customer's environments share."""
    poll_every_ms: int
    """How often the customer looks at the dashboard, readiness included; 0 when it never does."""
    has_copy: bool
    """Whether a geo-secondary backup is ever made: Production, covered, a target, a link."""
    backup: BackupSpec | None

    @property
    def may_be_away(self) -> bool:
        """Whether it can ever be served at its target."""
        backup = self.backup
        restored = backup is not None and self.target in backup.restore_in and self.target != NO_REGION
        return self.has_copy or (self.eligible and restored)


@dataclass(frozen=True, slots=True)
class Estate:
    """All environments in name order. `spec_of[row]` is an index into `specs`; `dependents[row]` are rows.

    Whoever is one of several alternatives has a place in `dependents` too, maybe empty.
    """

    regions: tuple[str, ...]
    specs: tuple[EnvironmentSpec, ...]
    names: list[str]
    keys: NDArray[np.uint64]
    spec_of: list[int]
    dependencies: dict[int, tuple[int, ...]]
    dependents: dict[int, tuple[int, ...]]
    groups: dict[int, tuple[int, ...]]
    """The consistency group of a row: its members, itself included, in name order. Only of rows that are in one."""

    def __len__(self) -> int:
        """Number of environments."""
        return len(self.names)

    def spec(self, row: int) -> EnvironmentSpec:
        """The specification of a row."""
        return self.specs[self.spec_of[row]]


def build_estate(scenario: Scenario) -> Estate:
    """Lay out the environments of a checked scenario as columns."""
    regions = _regions(scenario)
    members = [_member_names(environment) for environment in scenario.environments]
    names = [name for group in members for name in group]
    keys = np.concatenate([_keys(environment) for environment in scenario.environments])
    owner = [index for index, group in enumerate(members) for _ in group]
    order = sorted(range(len(names)), key=names.__getitem__)
    spec_order = sorted(range(len(members)), key=lambda index: scenario.environments[index].name)
    position = {index: place for place, index in enumerate(spec_order)}
    rows_of: list[list[int]] = [[] for _ in members]
    for row, source in enumerate(order):
        rows_of[owner[source]].append(row)
    by_name = {environment.name: rows_of[index] for index, environment in enumerate(scenario.environments)}
    specs = tuple(
        _spec(scenario, scenario.environments[index], regions=regions, rows=rows_of[index], by_name=by_name)
        for index in spec_order
    )
    dependencies, dependents = _links(specs)
    return Estate(
        regions=regions,
        specs=specs,
        names=[names[source] for source in order],
        keys=keys[np.array(order, dtype=np.int64)],
        spec_of=[position[owner[source]] for source in order],
        dependencies=dependencies,
        dependents=dependents,
        groups=_groups(specs),
    )


def rows_named(estate: Estate, names: Iterable[str]) -> list[int]:
    """The rows of environments and of whole fleets, each once, in the order of the names.

    Raises:
        ValueError: a name that is neither; the message says the nearest.
    """
    by_spec = {spec.name: spec.rows for spec in estate.specs}
    row_of = {name: row for row, name in enumerate(estate.names)}
    rows: list[int] = []
    for name in names:
        if name in row_of:
            rows.append(row_of[name])
        elif name in by_spec:
            rows.extend(by_spec[name])
        else:
            likely = near_miss(name, by_spec) or near_miss(name, estate.names)
            raise ValueError(f"no environment '{name}'" + (f"; did you mean '{likely}'?" if likely else ""))
    return list(dict.fromkeys(rows))


def row_named(estate: Estate, name: str) -> int:
    """The row of one environment.

    Raises:
        ValueError: there is none of that name, or it is a fleet; the message says what to write instead.
    """
    rows = rows_named(estate, [name])
    if estate.names[rows[0]] != name:
        members = f"{estate.names[rows[0]]} to {estate.names[rows[-1]]}"
        raise ValueError(f"'{name}' is a fleet; name one of its environments, {members}")
    return rows[0]


def weekly_hours(scenario: Scenario, hours: Hours) -> WeeklyHours:
    """The calendar that an `Hours` of the file means in this scenario. Raises ValueError without `start`."""
    if scenario.start is None:
        raise ValueError("hours need the scenario's 'start'")
    return WeeklyHours(
        start=scenario.start,
        days=frozenset(DAY_NAMES.index(day) for day in hours.days),
        opens_minute=minute_of_day(hours.opens),
        closes_minute=minute_of_day(hours.closes),
        zone=ZoneInfo(hours.time_zone),
        holidays=frozenset(hours.holidays),
    )


def _regions(scenario: Scenario) -> tuple[str, ...]:
    named = {region.name for region in scenario.regions}
    for environment in scenario.environments:
        pair = environment.target or pair_of(scenario, environment.region)
        named |= {environment.region} | ({pair} if pair else set())
        if environment.backup is not None:
            named |= {environment.backup.location or "", *(environment.backup.restore_in or ())}
    for outage in scenario.outages:
        named |= set(outage.regions or [outage.region or ""])
    named |= {period.region for period in scenario.maintenance}
    named |= {scenario.provider.orchestrator_region or ""}
    return tuple(sorted(named - {""}))


def _member_names(environment: Environment) -> list[str]:
    if environment.count is None:
        return [environment.name]
    width = len(str(environment.count))
    return [f"{environment.name}-{number:0{width}d}" for number in range(1, environment.count + 1)]


def _keys(environment: Environment) -> NDArray[np.uint64]:
    key = entity_key(environment.name)
    if environment.count is None:
        return np.array([key], dtype=np.uint64)
    return member_keys(key, environment.count)


def _spec(
    scenario: Scenario,
    environment: Environment,
    *,
    regions: tuple[str, ...],
    rows: Sequence[int],
    by_name: dict[str, list[int]],
) -> EnvironmentSpec:
    target = environment.target or pair_of(scenario, environment.region)
    customer_name = environment.customer or ("default" if "default" in scenario.customers else None)
    customer = scenario.customers[customer_name] if customer_name else Customer()
    contiguous = rows[-1] - rows[0] + 1 == len(rows)
    eligible = environment.type == "Production" and environment.cover
    link = link_of(scenario, environment)
    return EnvironmentSpec(
        name=environment.name,
        type=environment.type,
        eligible=eligible,
        covered=environment.cover,
        apps=frozenset(environment.apps),
        tags=frozenset(environment.tags),
        tier=environment.tier,
        zone=environment.zone,
        customer_name=environment.customer,
        customer=customer,
        group=environment.group,
        shares_answers=environment.customer is not None and customer.answers == "together",
        home=regions.index(environment.region),
        target=regions.index(target) if target else NO_REGION,
        link=link,
        reseeding=tuple(environment.reseeding),
        writes=_writes(scenario, environment),
        windows=tuple(weekly_hours(scenario, hours) for hours in environment.windows or ()),
        hours=_all_hours(scenario, customer.hours),
        delegate_hours=tuple(_all_hours(scenario, delegate.hours) for delegate in customer.escalation),
        deployed_ms=environment.deployed_at,
        minimum_permille=round(environment.minimum_capability * 1000),
        objectives=environment.objectives
        or scenario.objectives.get(cast(Tier, str(environment.tier)))
        or Objectives(),
        restart=environment.restart,
        depends_on=_rows_of([name for name in environment.depends_on if isinstance(name, str)], by_name),
        any_of=tuple(
            _rows_of(group.any, by_name) for group in environment.depends_on if not isinstance(group, str)
        ),
        rows=range(rows[0], rows[-1] + 1) if contiguous else tuple(rows),
        customer_key=entity_key(f"customer {customer_name}"),
        poll_every_ms=0
        if customer.dashboard_every is None
        else max(1, _ready(customer, customer.dashboard_every)),
        has_copy=eligible and target is not None and not isinstance(link, NoLink),
        backup=_backup(environment, regions),
    )


def _backup(environment: Environment, regions: tuple[str, ...]) -> BackupSpec | None:
    backup = environment.backup
    if backup is None:
        return None
    location = backup.location or environment.region
    return BackupSpec(
        interval_ms=backup.interval,
        points_ms=tuple(backup.points),
        retention_ms=backup.retention,
        location=regions.index(location),
        restore_in=tuple(regions.index(name) for name in backup.restore_in or [environment.region, location]),
        restore=backup.restore,
    )


def _rows_of(names: Iterable[str], by_name: Mapping[str, Sequence[int]]) -> tuple[int, ...]:
    return tuple(sorted({row for name in names for row in by_name[name]}))


def _all_hours(scenario: Scenario, hours: Hours | None) -> tuple[WeeklyHours, ...]:
    """The calendars of a person; none is around the clock."""
    return () if hours is None else (weekly_hours(scenario, hours),)


def _ready(customer: Customer, duration_ms: int) -> int:
    """A step of a customer, shortened by its readiness and rounded to ms."""
    return int(duration_ms * (1 - customer.readiness) + 0.5)


def _writes(scenario: Scenario, environment: Environment) -> Writes:
    writes = environment.writes if environment.writes is not None else scenario.writes
    match writes:
        case "idle":
            return Writes()
        case "constant":
            return Writes(CONSTANT_PER_HOUR)
        case "business_hours":
            return _business_hours(scenario)
        case WriteProfile(rate=float(rate)):
            return Writes(rate)
        case WriteProfile(at=list(instants)):
            return Writes.batches(instants)
        case WriteProfile(steps=steps, period=period):
            return Writes(steps=tuple((step.after, step.rate) for step in steps or ()), period_ms=period)
    raise AssertionError(writes)


def _business_hours(scenario: Scenario) -> Writes:
    """Weekdays 08:00-18:00 unrolled from a week before the start to the horizon."""
    hours = weekly_hours(scenario, Hours())
    instant = -7 * DAY_MS
    steps: list[tuple[int, float]] = []
    while instant < scenario.horizon:
        steps.append((instant, BUSINESS_PER_HOUR if hours.is_open(instant) else 0.0))
        instant = hours.next_change(instant)
    return Writes(steps=tuple(steps))


def _links(specs: Sequence[EnvironmentSpec]) -> tuple[dict[int, tuple[int, ...]], dict[int, tuple[int, ...]]]:
    dependencies = {row: spec.depends_on for spec in specs if spec.depends_on for row in spec.rows}
    dependents: dict[int, list[int]] = {}
    for row in sorted(dependencies):
        for needed in dependencies[row]:
            dependents.setdefault(needed, []).append(row)
    for spec in specs:
        for alternative in (row for group in spec.any_of for row in group):
            dependents.setdefault(alternative, [])
    return dependencies, {needed: tuple(rows) for needed, rows in dependents.items()}


def _groups(specs: Sequence[EnvironmentSpec]) -> dict[int, tuple[int, ...]]:
    rows_of: dict[str, list[int]] = {}
    for spec in specs:
        if spec.group is not None:
            rows_of.setdefault(spec.group, []).extend(spec.rows)
    members = [tuple(sorted(rows)) for rows in rows_of.values()]
    return {row: rows for rows in members for row in rows}
