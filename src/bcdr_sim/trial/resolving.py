"""From a scenario to a world: when each outage begins, how long it lasts, and when crews have repaired what it hit."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from bcdr_sim.crews import Job, repaired_ms, turn
from bcdr_sim.draws import Draws
from bcdr_sim.estate import Estate, build_estate
from bcdr_sim.reach import last_stage_ms, reaches_of
from bcdr_sim.scenario.document import Scenario
from bcdr_sim.scenario.recovery import Crews, Recovery
from bcdr_sim.scenario.world import Outage
from bcdr_sim.trial.fact import NEVER, OutageFact, PlannedOrder, Record
from bcdr_sim.trial.world import Trial

OUTAGES_MAX = 100_000
"""More outages than this in one world is an error of the scenario."""


def resolve(
    scenario: Scenario,
    *,
    seed: int = 0,
    replication: int = 0,
    estate: Estate | None = None,
    record: Record | None = None,
) -> Trial:
    """One world of a scenario: every outage has its instants, every other draw its address.

    `seed` is 0 to 2**63 - 1 and `replication` 0 to 2**32 - 1. A frozen scenario brings its own and ignores both. `estate`
    saves laying out the environments again for the next replication; `record` is filled with every number drawn.

    Raises:
        ValueError: seed or replication out of range, or more than `OUTAGES_MAX` outages.
    """
    if scenario.frozen is not None:
        seed, replication = scenario.frozen.seed, scenario.frozen.replication
    return _resolve(scenario, Draws(seed, replication), estate or build_estate(scenario), record=record)


def _resolve(scenario: Scenario, draws: Draws, estate: Estate, *, record: Record | None) -> Trial:
    bare = Trial(scenario=scenario, estate=estate, draws=draws, record=record)
    facts: list[OutageFact] = []
    for entry in sorted(scenario.outages, key=lambda outage: outage.id):
        for outage_id, at_ms, lasts_ms in _occurrences(bare, entry):
            regions = entry.regions or [entry.region or ""]
            facts += [
                _fact(bare, entry, outage_id, at_ms=at_ms, lasts_ms=lasts_ms, region_name=name)
                for name in regions
            ]
            if len(facts) > OUTAGES_MAX:
                raise ValueError(
                    f"more than {OUTAGES_MAX} outages; '{entry.id}' comes too often for this horizon"
                )
    return Trial(
        scenario=scenario,
        estate=estate,
        draws=draws,
        outages=tuple(sorted(facts, key=lambda fact: (fact.at_ms, fact.id, fact.region))),
        maintenance=tuple(sorted(scenario.maintenance, key=lambda period: (period.at, period.id))),
        planned_orders=tuple(sorted(_planned_orders(scenario), key=lambda order: (order.at_ms, order.name))),
        record=record,
    )


def _planned_orders(scenario: Scenario) -> Iterator[PlannedOrder]:
    for name, customer in scenario.customers.items():
        for order in customer.orders:
            for number, at_ms in enumerate(order.instants_ms):
                yield PlannedOrder(order.name(number), at_ms, name)


def _occurrences(trial: Trial, entry: Outage) -> list[tuple[str, int, int | None]]:
    """(id, impact, common duration) of every outage of an entry inside the horizon."""
    horizon = trial.scenario.horizon
    if entry.at is not None:
        return [(entry.id, entry.at, _lasts(trial, entry, entry.id))]
    found: list[tuple[str, int, int | None]] = []
    if entry.trace is not None:
        for number, at_ms in enumerate(entry.trace, start=1):
            if at_ms < horizon:
                outage_id = f"{entry.id}/{number}"
                found.append((outage_id, at_ms, _lasts(trial, entry, outage_id)))
        return found
    instant = 0
    while len(found) <= OUTAGES_MAX:
        ordinal = len(found)
        if entry.arrivals is not None:
            instant += trial.of_outage("outages.arrivals", entry.arrivals, entry.id, ordinal=ordinal)
        elif entry.every is not None:
            instant += trial.of_outage("outages.every", entry.every, entry.id, ordinal=ordinal)
        if instant >= horizon:
            break
        outage_id = f"{entry.id}/{ordinal + 1}"
        lasts_ms = _lasts(trial, entry, outage_id)
        found.append((outage_id, instant, lasts_ms))
        if entry.every is not None:
            instant += lasts_ms or 0
    return found


def _lasts(trial: Trial, entry: Outage, outage_id: str) -> int | None:
    return None if entry.lasts is None else trial.of_outage("outages.lasts", entry.lasts, outage_id)


def _fact(
    trial: Trial, entry: Outage, outage_id: str, *, at_ms: int, lasts_ms: int | None, region_name: str
) -> OutageFact:
    region = trial.estate.regions.index(region_name)
    fact = OutageFact(
        id=outage_id,
        region=region,
        at_ms=at_ms,
        lasts_ms=lasts_ms,
        end_ms=at_ms + (lasts_ms or 0),
        entry=entry,
        kind=entry.kind,
        is_false_alarm=entry.detection.false_alarm,
        capability_permille=0 if entry.capability is None else round(entry.capability * 1000),
        reaches=reaches_of(entry, at_ms=at_ms, lasts_ms=lasts_ms),
    )
    if lasts_ms is not None:
        return fact
    at_home = sorted(row for spec in trial.estate.specs if spec.home == region for row in spec.rows)
    if entry.crews is not None:
        return _repaired(trial, fact, entry.crews, at_home=at_home)
    hit = [row for step in range(len(fact.reaches)) for row in trial.hit_rows(fact, at_home, step=step)]
    back = [instant for instant in trial.recoveries(fact, hit) if instant != NEVER]
    assert entry.recovery is not None, "one of lasts, recovery, crews"
    end_ms = max(back) if back else _end_without_return(trial, fact, entry.recovery)
    return replace(fact, end_ms=max(end_ms, fact.reaches[-1].at_ms))


def _end_without_return(trial: Trial, fact: OutageFact, recovery: Recovery) -> int:
    """When an outage is over from which nobody comes back whom it hits at home, or which hits nobody there."""
    if recovery.stages:
        return fact.at_ms + last_stage_ms(recovery)
    assert recovery.tail is not None, "stages or a tail"
    is_for_good = recovery.never >= 1 or (fact.entry.destroys_data and not fact.is_false_alarm)
    if is_for_good:
        return NEVER
    return fact.at_ms + trial.of_outage("outages.recovery.tail", recovery.tail, fact.id)


def _repaired(trial: Trial, fact: OutageFact, crews: Crews, *, at_home: Sequence[int]) -> OutageFact:
    """The queue of those whom the outage hits at home, from the instant it reaches each; it ends with the last repair."""
    from_ms = fact.at_ms + trial.of_outage("outages.crews.starts", crews.starts, fact.id)
    reached = zip(at_home, trial.reached_ms(fact, at_home), strict=True)
    since_ms = {
        row: at_ms
        for row, at_ms in reached
        if at_ms != NEVER and (trial.estate.spec(row).deployed_ms or 0) <= at_ms
    }
    lengths_ms = trial.durations("outages.crews.each", crews.each, list(since_ms), occasion=fact.id)
    jobs = [
        Job(at_ms, turn(trial.estate.spec(row), crews.order, since_ms=at_ms), row, lasts_ms)
        for (row, at_ms), lasts_ms in zip(since_ms.items(), lengths_ms, strict=True)
    ]
    repaired = repaired_ms(jobs, crews=crews.count, from_ms=from_ms)
    end_ms = max(repaired.values(), default=from_ms)
    return replace(fact, end_ms=max(end_ms, fact.reaches[-1].at_ms), repaired_ms=repaired)
