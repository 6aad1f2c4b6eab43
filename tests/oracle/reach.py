"""Section 2 of the page: whom an outage hits from when on, when each is back, and when the outage is over."""

from __future__ import annotations

from bcdr_sim.reach import matches
from bcdr_sim.trial import NEVER
from oracle.facts import Outage
from oracle.state import Environment, World


def plan_scope(world: World, outage: Outage) -> None:
    """The scope and its steps, those left out that come when nothing is left of the outage."""
    entry, scope = outage.entry, outage.entry.scope
    fraction, select = scope.fraction, scope.select
    outage.stages = [(outage.at_ms, fraction, select)]
    over_ms = NEVER if outage.fact.lasts_ms is None else outage.at_ms + outage.fact.lasts_ms
    if entry.recovery is not None and entry.recovery.tail is None:
        over_ms = outage.at_ms + entry.recovery.stages[-1].at
    for step in scope.steps:
        fraction = fraction if step.fraction is None else step.fraction
        if step.select is not None:
            select = None if step.select == "all" else step.select
        if outage.at_ms + step.after < over_ms:
            outage.stages.append((outage.at_ms + step.after, fraction, select))
    outage.grown_ms = outage.at_ms
    outage.end_ms = end_of(world, outage)


def reach_ms(world: World, outage: Outage, environment: Environment) -> int:
    """The instant from which the outage hits the environment; `NEVER` if it would not at all."""
    share = world.trial.chance("outages.scope", environment.row, occasion=outage.id)
    for at_ms, fraction, select in outage.stages:
        if matches(select, environment.spec) and share < fraction:
            return at_ms
    return NEVER


def would_hit(world: World, outage: Outage, environment: Environment) -> bool:
    """Whether the outage, as far as it has grown, would hit the environment in its region."""
    return reach_ms(world, outage, environment) <= outage.grown_ms


def until_ms(world: World, outage: Outage, environment: Environment, *, arrives: bool) -> int:
    """Until when it hits; who moves to a region is hit until its recovery or the end of the outage, whichever is first."""
    if outage.is_false_alarm:
        return outage.end_ms
    back_ms = recovery_ms(world, outage, environment)
    return min(back_ms, outage.end_ms) if arrives else back_ms


def recovery_ms(world: World, outage: Outage, environment: Environment) -> int:
    """When the environment is back from the outage, from where it is hit at its reach."""
    entry = outage.entry
    if entry.destroys_data and not outage.is_false_alarm:
        return NEVER
    if entry.crews is not None:
        return outage.repairs.get(environment.name, outage.end_ms)
    if entry.recovery is None:
        return outage.at_ms + (outage.fact.lasts_ms or 0)
    return staged_ms(world, outage, environment)


def staged_ms(world: World, outage: Outage, environment: Environment) -> int:
    """Recovery in stages; a tail for the rest; never for some."""
    trial, row, recovery = world.trial, environment.row, outage.entry.recovery
    assert recovery is not None
    if trial.chance("outages.recovery.never", row, occasion=outage.id) < recovery.never:
        return NEVER
    hit_ms = reach_ms(world, outage, environment)
    share = trial.chance("outages.recovery", row, occasion=outage.id)
    for stage in recovery.stages:
        at_ms = outage.at_ms + stage.at
        if share < stage.fraction and (at_ms > hit_ms or hit_ms == outage.at_ms):
            return at_ms
    assert recovery.tail is not None
    last_ms = outage.at_ms + (recovery.stages[-1].at if recovery.stages else 0)
    tail_ms = trial.of_row("outages.recovery.tail", recovery.tail, row, occasion=outage.id)
    return max(last_ms, hit_ms) + tail_ms


def end_of(world: World, outage: Outage) -> int:
    """The last recovery of those whom it hits where their home is and who come back; not before its last step."""
    entry = outage.entry
    if outage.fact.lasts_ms is not None:
        return outage.at_ms + outage.fact.lasts_ms
    last_step_ms = outage.stages[-1][0]
    if entry.crews is not None:
        return max(last_step_ms, send_crews(world, outage))
    recovery = entry.recovery
    assert recovery is not None
    hit = [each for each in at_home(world, outage) if reach_ms(world, outage, each) != NEVER]
    back = [at_ms for at_ms in (recovery_ms(world, outage, each) for each in hit) if at_ms != NEVER]
    return max(last_step_ms, max(back) if back else end_of_nobody(world, outage))


def end_of_nobody(world: World, outage: Outage) -> int:
    """Nobody at home comes back, or is hit: the last stage; with a tail alone one of the outage's own, or never."""
    recovery = outage.entry.recovery
    assert recovery is not None
    if recovery.stages:
        return outage.at_ms + recovery.stages[-1].at
    gone = outage.entry.destroys_data and not outage.is_false_alarm
    if gone or recovery.never == 1:
        return NEVER
    assert recovery.tail is not None
    return outage.at_ms + world.trial.of_outage("outages.recovery.tail", recovery.tail, outage.id)


def at_home(world: World, outage: Outage) -> list[Environment]:
    """Whose home is in the region of the outage."""
    return [each for each in world.environments if each.spec.home == outage.region]


def send_crews(world: World, outage: Outage) -> int:
    """Work through the queue, one hand-over after the other; the instant at which the last repair is done."""
    crews, trial = outage.entry.crews, world.trial
    assert crews is not None
    waiting: list[tuple[int, Environment]] = []
    for each in at_home(world, outage):
        reached_ms = reach_ms(world, outage, each)
        if reached_ms != NEVER and (each.spec.deployed_ms or 0) <= reached_ms:
            waiting.append((reached_ms, each))
    begin_ms = outage.at_ms + trial.of_outage("outages.crews.starts", crews.starts, outage.id)
    free_ms = [begin_ms] * crews.count
    done_ms = begin_ms
    while waiting:
        crew = min(range(crews.count), key=lambda number: free_ms[number])
        now_ms = max(free_ms[crew], min(reached_ms for reached_ms, _ in waiting))
        here = [entry for entry in waiting if entry[0] <= now_ms]
        first = min(here, key=lambda entry: turn(crews.order, entry[0], entry[1]))
        waiting.remove(first)
        each = first[1]
        length_ms = trial.of_row("outages.crews.each", crews.each, each.row, occasion=outage.id)
        outage.repairs[each.name] = free_ms[crew] = now_ms + length_ms
        done_ms = max(done_ms, free_ms[crew])
    return done_ms


def turn(order: str, reached_ms: int, environment: Environment) -> tuple[object, ...]:
    """Who comes first, by `order`."""
    tier, name = environment.spec.tier, environment.name
    match order:
        case "production":
            return environment.spec.type != "Production", tier, name
        case "tier":
            return tier, name
        case _:
            return reached_ms, tier, name
