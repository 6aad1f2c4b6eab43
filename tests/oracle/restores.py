"""Section 4 of the page: backups and recovery points, which of them can be gone back to, and what that loses."""

from __future__ import annotations

from oracle import corruptions, loss, reach, service
from oracle.facts import Outage, Point, Region
from oracle.state import DOWN_CLASS, Environment, World

CUT_OFF = frozenset({"hard", "unreachable", "partition"})


# Backups -------------------------------------------------------------------------------------------------------------


def backups(world: World, environment: Environment) -> list[int]:
    """The instants of all backups that are not gone and clean of what has been noticed."""
    spec, now_ms = environment.spec.backup, world.now_ms
    if spec is None:
        return []
    instants = [at_ms for at_ms in spec.points_ms if at_ms <= now_ms]
    oldest_ms = oldest_of_interest(world, environment)
    if spec.interval_ms is not None:
        share = world.trial.chance("environments.backup.phase", environment.row)
        at_ms = int(share * spec.interval_ms)
        at_ms += (oldest_ms - at_ms) // spec.interval_ms * spec.interval_ms
        instants += range(at_ms, now_ms + 1, spec.interval_ms)
    gone_ms = destroyed_ms(world, environment, world.regions[spec.location])
    return [
        at_ms
        for at_ms in instants
        if is_made(environment, at_ms)
        and (spec.retention_ms is None or now_ms - at_ms <= spec.retention_ms)
        and (gone_ms is None or at_ms > gone_ms)
        and not any(each.spoils(at_ms) for each in corruptions.known(environment))
    ]


def oldest_of_interest(world: World, environment: Environment) -> int:
    """No backup from before this instant can be the newest clean one: two intervals before all that spoils."""
    spec = environment.spec.backup
    assert spec is not None
    interval_ms = spec.interval_ms or 0
    begins = [each.at_ms for each in environment.corruptions]
    stops = [begin_ms for begin_ms, _ in environment.quiet]
    return min(world.now_ms, environment.stop_ms or world.now_ms, *begins, *stops, 0) - 2 * interval_ms


def is_made(environment: Environment, at_ms: int) -> bool:
    """While it is deployed and writes go on; one at the very instant at which they stop has everything before."""
    if environment.spec.deployed_ms is not None and at_ms < environment.spec.deployed_ms:
        return False
    if environment.stop_ms is not None and at_ms > environment.stop_ms:
        return False
    return not any(begin_ms < at_ms < end_ms for begin_ms, end_ms in environment.quiet)


def destroyed_ms(world: World, environment: Environment, region: Region) -> int | None:
    """When data of the environment in a region were last destroyed, or would have been if they had been there."""
    found = [
        reach.reach_ms(world, outage, environment)
        for outage in world.outages
        if outage.region == region.index
        and outage.at_ms <= world.now_ms
        and outage.entry.destroys_data
        and not outage.is_false_alarm
        and outage.kind != "logical"
    ]
    return max((at_ms for at_ms in found if at_ms <= world.now_ms), default=None)


def is_backup_left(world: World, environment: Environment) -> bool:
    """Whether there is a clean backup, in reach or not."""
    return bool(backups(world, environment))


# Recovery points -----------------------------------------------------------------------------------------------------


def recovery_points(world: World, environment: Environment) -> list[int]:
    """The clean points on the copy."""
    points = getattr(environment.spec.link, "points", None)
    if points is None or loss.data_state(environment) != "usable" or not environment.is_synced:
        return []
    oldest_ms = world.now_ms - points.kept
    if environment.moved_ms:
        oldest_ms = max(oldest_ms, environment.moved_ms[-1])
    newest_ms = loss.last_sync(world, environment)
    first = max(0, -(-oldest_ms // points.every))
    return [
        at_ms
        for at_ms in range(first * points.every, newest_ms + 1, points.every)
        if not any(each.spoils(at_ms) and each.is_in_copy for each in corruptions.known(environment))
    ]


# Places --------------------------------------------------------------------------------------------------------------


def outages_of(world: World, environment: Environment, region: Region) -> list[Outage]:
    """The active outages of a region that hit the environment, or would hit it, there."""
    return [
        outage
        for outage in region.unwell
        if not outage.is_false_alarm
        and reach.would_hit(world, outage, environment)
        and reach.until_ms(world, outage, environment, arrives=True) > world.now_ms
    ]


def is_in_reach(world: World, environment: Environment, region: Region) -> bool:
    """Whether what stands in a region can be read."""
    return not any(outage.kind in CUT_OFF for outage in outages_of(world, environment, region))


def is_fit(world: World, environment: Environment, region: Region) -> bool:
    """Whether the environment could be restored to be served in a region."""
    outages = outages_of(world, environment, region)
    left = service.capability_of([outage for outage in outages if outage.kind == "gray"])
    is_too_little = service.service_class(left, environment) == DOWN_CLASS
    return is_in_reach(world, environment, region) and not is_too_little


def outages_change(world: World, region: Region) -> None:
    """Whoever has backups in a region, or could be restored there, may decide anew."""
    for environment in world.environments:
        backup = environment.spec.backup
        if backup is not None and region.index in (backup.location, *backup.restore_in):
            environment.touch()


# What a restore would go back to -------------------------------------------------------------------------------------


def ways_back(world: World, environment: Environment) -> list[Point]:
    """Every clean point that could be gone back to now, whether it helps or not."""
    found: list[Point] = []
    here, other, spec = environment.region, environment.other, environment.spec
    if spec.backup is not None and is_in_reach(world, environment, world.regions[spec.backup.location]):
        instants = backups(world, environment)
        for region in (here, other):
            if region is None or region.index not in spec.backup.restore_in:
                continue
            may_be_there = spec.eligible or region.index == spec.home
            if may_be_there and is_fit(world, environment, region):
                found += [Point(at_ms, region is here, is_backup=True) for at_ms in instants]
    if other is not None and is_fit(world, environment, other):
        instants = recovery_points(world, environment)
        found += [Point(at_ms, is_here=False, is_backup=False) for at_ms in instants]
    return found


def newest(world: World, environment: Environment) -> Point | None:
    """The newest that would help: of two as new the one where it is, then the backup."""
    hits = list(environment.service_hits)
    if not hits:
        return None
    helps_here = any(outage.kind == "logical" or outage.end_ms <= world.now_ms for outage in hits)
    found = [point for point in ways_back(world, environment) if helps_here or not point.is_here]
    return max(found, key=lambda point: (point.at_ms, point.is_here, point.is_backup), default=None)


def is_still_possible(world: World, environment: Environment, chosen: Point) -> bool:
    """Whether a point as new can still be restored there."""
    return any(
        point.at_ms >= chosen.at_ms and point.is_here == chosen.is_here
        for point in ways_back(world, environment)
    )


def prospect_ms(world: World, environment: Environment) -> int | None:
    """The axis `restore_loss`; None is unknown. While a restore runs, that of its point."""
    move = environment.move
    point = move.point if move is not None and move.point is not None else newest(world, environment)
    return None if point is None else loss.loss_since(world, environment, point.at_ms)


def length_ms(world: World, environment: Environment) -> int:
    """How long a restore takes: from a backup its `restore`, to a recovery point the stage `run` of a failover."""
    move, backup = environment.move, environment.spec.backup
    assert move is not None
    assert move.point is not None
    provider = world.provider
    path, distribution = "provider.restore.run", provider.restore.run
    if not move.point.is_backup:
        path, distribution = "provider.failover.run", provider.failover.run
    elif backup is not None and backup.restore is not None:
        path, distribution = "environments.backup.restore", backup.restore
    return world.trial.of_row(
        path, distribution, environment.row, occasion=move.occasion, ordinal=move.ordinal
    )
