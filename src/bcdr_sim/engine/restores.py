"""Restores: which backup or recovery point an environment could go back to now, and what that would lose.

Rules: docs/reference/semantics.md, section 4. Backups come at regular or given instants while the environment is written to,
stand in one region and can be restored in some; recovery points stand on the copy. Only what is older than every corruption
that has been noticed is clean.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bcdr_sim.engine.fleet import UNKNOWN, Corruption, Service, Silence
from bcdr_sim.engine.links import NO_COPY, SEEDING, Links
from bcdr_sim.engine.state import World
from bcdr_sim.estate import NO_REGION, BackupSpec
from bcdr_sim.timeline import UNBOUNDED


@dataclass(frozen=True, slots=True)
class Restore:
    """A way back: to data with everything before `synced_ms`, served at `far`, from a backup or from the copy."""

    synced_ms: int
    far: bool
    from_backup: bool


class Restores:
    """Backups and recovery points of all environments."""

    def __init__(self, world: World, links: Links) -> None:
        self._world = world
        self._links = links
        self._destroying = [
            number
            for number, fact in enumerate(world.facts)
            if fact.entry.destroys_data and not fact.is_false_alarm and fact.kind != "logical"
        ]
        self.chosen: dict[int, Restore] = {}
        """What each restore under way goes back to."""
        self._phases_ms: dict[int, int] = {}
        self._rows_of: dict[int, list[int]] = {}
        for row, spec in enumerate(world.specs):
            if spec.backup is not None:
                for region in {spec.backup.location, *spec.backup.restore_in}:
                    self._rows_of.setdefault(region, []).append(row)

    def region_changes(self, region: int) -> None:
        """An outage begins or ends in a region: whoever has backups there, or could be restored there, may decide anew."""
        world = self._world
        for row in self._rows_of.get(region, ()):
            if world.is_watched(row):
                world.touch(row)

    def newest(self, row: int) -> Restore | None:
        """The newest clean backup or recovery point whose restore would help now; of two as new the one in place.

        In place it helps against a corruption that has been noticed, and against a hit that has outlived its outage; at the
        other side against whatever takes service here. Nothing helps who is down through a dependency alone.
        """
        world = self._world
        hits = [fact for fact in world.fleet.hits[row] if world.takes_service(row, fact)]
        if not hits:
            return None
        here = bool(world.fleet.far[row])
        found = [*self._backups(row), *self._points(row)]
        if not any(self._is_of_data(fact) for fact in hits):
            found = [each for each in found if each.far != here]
        return max(found, key=lambda each: (each.synced_ms, each.far == here, each.from_backup), default=None)

    def _is_of_data(self, fact: int) -> bool:
        outage = self._world.facts[fact]
        return outage.kind == "logical" or outage.end_ms <= self._world.clock.now_ms

    def prospect_ms(self, row: int) -> int:
        """What a restore would lose: the one under way, else that of the newest point; `UNKNOWN` without one."""
        return self.loss_ms(row, self.chosen.get(row) or self.newest(row))

    def choose(self, row: int) -> bool:
        """A restore that begins goes back to the newest point as of now; gives whether there is one."""
        chosen = self.newest(row)
        if chosen is not None:
            self.chosen[row] = chosen
        return chosen is not None

    def leads_away(self, row: int) -> bool:
        """Whether a restore is under way that takes the environment to its far side."""
        return row in self.chosen and self.chosen[row].far and not self._world.fleet.far[row]

    def length_ms(self, row: int) -> int:
        """How long a restore that begins takes: from a backup a restore, from the copy the stage Run of a failover."""
        trial = self._world.trial
        provider, backup = trial.scenario.provider, self._world.specs[row].backup
        if not self.chosen[row].from_backup:
            path, distribution = "provider.failover.run", provider.failover.run
        elif backup is None or backup.restore is None:
            path, distribution = "provider.restore.run", provider.restore.run
        else:
            path, distribution = "environments.backup.restore", backup.restore
        ordinal = max(0, self._world.fleet.attempts[row] - 1)
        return trial.of_row(path, distribution, row, occasion=self._world.occasion_name(row), ordinal=ordinal)

    def is_possible(self, row: int, restore: Restore) -> bool:
        """Whether a way back that was chosen earlier is still open."""
        if not restore.from_backup:
            return any(each.synced_ms >= restore.synced_ms for each in self._points(row))
        return any(
            each.far == restore.far and each.synced_ms >= restore.synced_ms for each in self._backups(row)
        )

    def loss_ms(self, row: int, restore: Restore | None) -> int:
        """What it would lose: age of the point, 0 when nothing was written since, `UNKNOWN` without one."""
        if restore is None:
            return UNKNOWN
        stop_ms = self.stop_ms(row)
        writes = self._links.commits.written(row)
        lost_ms = stop_ms - restore.synced_ms
        return lost_ms if lost_ms > 0 and writes.writing_ms(restore.synced_ms, stop_ms) > 0 else 0

    def stop_ms(self, row: int) -> int:
        """Until when has been written what a restore would lose a part of."""
        return self._links.stop_ms(row)

    def _made_until_ms(self, row: int) -> int:
        """Until when backups are made: while writes go on, whether or not commits have to wait."""
        stopped_ms = self._world.fleet.write_stop_ms[row]
        return stopped_ms if stopped_ms >= 0 else self._world.clock.now_ms

    def survives(self, row: int) -> bool:
        """Whether a clean backup is left that could be restored one day, wherever."""
        backup = self._world.specs[row].backup
        return backup is not None and self._newest_backup_ms(row, backup) is not None

    # Backups --------------------------------------------------------------------------------------------------------

    def _backups(self, row: int) -> list[Restore]:
        """The newest clean backup at each side where it can be restored now."""
        spec = self._world.specs[row]
        if spec.backup is None or self._is_down(spec.backup.location, row):
            return []
        at_ms = self._newest_backup_ms(row, spec.backup)
        if at_ms is None:
            return []
        return [
            Restore(at_ms, far, from_backup=True)
            for far, region in ((False, spec.home), (True, spec.target))
            if region in spec.backup.restore_in and self._can_serve(row, far=far)
        ]

    def _newest_backup_ms(self, row: int, backup: BackupSpec) -> int | None:
        """The newest clean backup that has not gone, as an instant."""
        least_ms = self._gone_until_ms(row, backup)
        corruptions = [*self._world.known_corruptions(row), *self._world.silences.get(row, ())]
        until_ms = self._made_until_ms(row)
        found = [point_ms for point_ms in backup.points_ms if point_ms <= until_ms]
        candidates = [at_ms for at_ms in (self._explicit(found, corruptions),) if at_ms is not None]
        if backup.interval_ms is not None:
            candidates.append(
                _newest(
                    until_ms,
                    backup.interval_ms,
                    self._phase_ms(row, backup.interval_ms),
                    corruptions,
                )
            )
        return max((at_ms for at_ms in candidates if at_ms > least_ms), default=None)

    @staticmethod
    def _explicit(points_ms: list[int], corruptions: Sequence[Corruption | Silence]) -> int | None:
        return next(
            (at_ms for at_ms in reversed(points_ms) if not any(each.taints(at_ms) for each in corruptions)),
            None,
        )

    def _gone_until_ms(self, row: int, backup: BackupSpec) -> int:
        """Backups up to this instant are gone: too old, from before the deployment, or destroyed where they stood."""
        world = self._world
        gone_ms = -UNKNOWN if backup.retention_ms is None else world.clock.now_ms - backup.retention_ms - 1
        deployed_ms = world.specs[row].deployed_ms
        if deployed_ms is not None:
            gone_ms = max(gone_ms, deployed_ms - 1)
        for number in self._destroying:
            fact = world.facts[number]
            if fact.region == backup.location and fact.at_ms <= world.clock.now_ms:
                (reached_ms,) = world.trial.reached_ms(fact, [row])
                gone_ms = max(gone_ms, reached_ms) if reached_ms <= world.clock.now_ms else gone_ms
        return gone_ms

    def _phase_ms(self, row: int, interval_ms: int) -> int:
        phase_ms = self._phases_ms.get(row)
        if phase_ms is None:
            phase_ms = self._phases_ms[row] = int(
                self._world.trial.chance("environments.backup.phase", row) * interval_ms
            )
        return phase_ms

    # Recovery points ------------------------------------------------------------------------------------------------

    def _points(self, row: int) -> list[Restore]:
        """The newest clean recovery point on the copy, if the environment could be served there."""
        world = self._world
        fleet = world.fleet
        points = getattr(world.specs[row].link, "points", None)
        if (
            points is None
            or self._links.existing(row) in (NO_COPY, SEEDING)
            or fleet.copy_stands_ms[row] >= 0
        ):
            return []
        synced_ms = self._links.last_sync_ms(row)
        if synced_ms == UNBOUNDED or not self._can_serve(row, far=not fleet.far[row]):
            return []
        corruptions = [each for each in world.known_corruptions(row) if each.in_copy]
        at_ms = _newest(synced_ms, points.every, 0, corruptions)
        least_ms = max(world.clock.now_ms - points.kept, fleet.copy_floor_ms[row])
        return [Restore(at_ms, not fleet.far[row], from_backup=False)] if at_ms >= least_ms else []

    # Places ---------------------------------------------------------------------------------------------------------

    def _can_serve(self, row: int, *, far: bool) -> bool:
        """Whether the environment could be served at a side: it may be there, and no outage there keeps it from being so."""
        spec = self._world.specs[row]
        region = spec.target if far else spec.home
        if region == NO_REGION or (far and not spec.eligible):
            return False
        return not self._is_down(region, row, serves=True)

    def _is_down(self, region: int, row: int, *, serves: bool = False) -> bool:
        """Whether an active outage hits what an environment keeps in a region, or would keep it from being served there."""
        world = self._world
        incident = world.regions[region].incident
        if incident is None:
            return False
        now_ms = world.clock.now_ms
        for number in sorted(incident.active):
            fact = world.facts[number]
            leaves_down = serves and world.service_at(row, fact.capability_permille) == Service.DOWN
            hits = fact.stops_links_there or (leaves_down and fact.kind == "gray" and not fact.is_false_alarm)
            if hits and world.trial.reached_ms(fact, [row])[0] <= now_ms:
                (end_ms,) = world.trial.recoveries(fact, [row])
                if min(end_ms, fact.end_ms) > now_ms:
                    return True
        return False


def _newest(limit_ms: int, every_ms: int, phase_ms: int, corruptions: Sequence[Corruption | Silence]) -> int:
    """The newest instant of a regular series up to a limit that no corruption and no silence taints."""
    at_ms = limit_ms - (limit_ms - phase_ms) % every_ms
    tainted = [each for each in corruptions if each.taints(at_ms)]
    while tainted:
        clean_ms = min(each.at_ms for each in tainted)
        at_ms = clean_ms - (clean_ms - phase_ms) % every_ms
        tainted = [each for each in corruptions if each.taints(at_ms)]
    return at_ms
