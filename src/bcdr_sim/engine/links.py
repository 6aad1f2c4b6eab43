"""Links: how far behind the copy on the other side is.

Rules (docs/reference/semantics.md, section 4). After a move at t the copy on the side it left stands at t until a
resynchronisation is over; then the link's own law holds. A link is a closed form, evaluated when somebody asks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from bcdr_sim import replication
from bcdr_sim.engine.commits import Commits, Way
from bcdr_sim.engine.fleet import FAR, NEAR
from bcdr_sim.engine.groups import Groups
from bcdr_sim.engine.state import World
from bcdr_sim.scenario.links import LagLink, SynchronousLink
from bcdr_sim.timeline import UNBOUNDED
from bcdr_sim.trial import link_law

USABLE, SEEDING, NO_COPY, CORRUPT = "usable", "seeding", "none", "corrupt"


class Links:
    """Copies and links of all environments."""

    changed: Callable[[int], None]
    """To be told of an environment whose link has stopped or gone on, or whose copy is up to date again."""

    def __init__(self, world: World, groups: Groups) -> None:
        self._world = world
        self.groups = groups
        specs = world.trial.estate.specs
        self.may_stall = any(region.stalls_ms for region in world.regions) or any(
            fact.entry.link is not None or fact.kind == "partition" for fact in world.facts
        )
        self.cut_ms: dict[int, list[tuple[int, int]]] = {}
        """Spells in which partitions had cut an environment off: a link of limited bandwidth has to catch up after them."""
        self._laws: dict[int, tuple[str, replication.Link | None]] = {}
        self._synchronous = [isinstance(spec.link, SynchronousLink) for spec in specs]
        self.confirmation_ms = [getattr(spec.link, "confirmation", 0) for spec in specs]
        """By specification: how much older the mark is that the provider knows."""
        self.commits = Commits(world, way=self._way)

    def copy(self, row: int) -> str:
        """The axis `copy`: usable, seeding, none or corrupt, as far as anybody has noticed."""
        exists = self.existing(row)
        if exists != USABLE or not self._world.fleet.tainted[row]:
            return exists
        known = [each for each in self._world.known_corruptions(row) if each.in_copy]
        synced_ms = self.last_sync_ms(row) if known else UNBOUNDED
        return CORRUPT if any(each.taints(synced_ms) for each in known) else USABLE

    def recoverable_ms(self, row: int) -> int:
        """What could be recovered on the other side now; `UNBOUNDED` without a copy, or with one that is corrupt."""
        return UNBOUNDED if self.copy(row) != USABLE else self.last_sync_ms(row)

    def existing(self, row: int) -> str:
        """The state of the copy, whatever it holds: usable, seeding or none."""
        fleet = self._world.fleet
        if not self._world.specs[row].has_copy:
            return NO_COPY
        if fleet.destroyed[row] and fleet.destroyed[row] >> (NEAR if fleet.far[row] else FAR) & 1:
            return NO_COPY
        return SEEDING if fleet.seeding[row] else USABLE

    def last_sync_ms(self, row: int) -> int:
        """What could be recovered on the other side now, as an instant; `UNBOUNDED` without a usable copy."""
        if self.existing(row) != USABLE:
            return UNBOUNDED
        fleet = self._world.fleet
        if fleet.copy_stands_ms[row] >= 0:
            return fleet.copy_stands_ms[row]
        flow = self.commits.flow(row)
        if flow is not None:
            return max(flow.last_sync_ms, fleet.copy_floor_ms[row])
        at_ms = fleet.link_stop_ms[row]
        if at_ms < 0:
            at_ms = self._world.clock.now_ms
        if self._synchronous[self._world.trial.estate.spec_of[row]]:
            synced_ms = self._stalled_ms(row, at_ms) if self.may_stall else at_ms
        elif fleet.lag_ms[row] >= 0:
            synced_ms = self._stalled_ms(row, at_ms) - fleet.lag_ms[row]
        else:
            law = self.law(row)
            if law is None:
                return UNBOUNDED
            if fleet.write_stop_ms[row] >= 0:
                law = replication.stopped(law, fleet.write_stop_ms[row])
            synced_ms = min(replication.stalled(law, self.stalls(row), at_ms), self._stalled_ms(row, at_ms))
        return max(synced_ms, fleet.copy_floor_ms[row]) if fleet.copy_floor_ms[row] >= 0 else synced_ms

    def common_ms(self, rows: Iterable[int]) -> tuple[int, int]:
        """The oldest point that all could be taken back to, and the oldest mark known of them.

        Who has no usable copy is left out; both are `UNBOUNDED` if that leaves nobody.
        """
        points = [(row, self.last_sync_ms(row)) for row in rows]
        usable = [(row, synced_ms) for row, synced_ms in points if synced_ms != UNBOUNDED]
        if not usable:
            return UNBOUNDED, UNBOUNDED
        return min(synced_ms for _, synced_ms in usable), min(self.mark_ms(*each) for each in usable)

    def mark_ms(self, row: int, synced_ms: int) -> int:
        """The mark that the provider knows, when so much is on the other side."""
        return synced_ms - self.confirmation_ms[self._world.trial.estate.spec_of[row]]

    def marked_ms(self, row: int, written_ms: int) -> int | None:
        """When the mark known of a peer reaches an instant: now if it has, None if it never does as its link is now."""
        world = self._world
        fleet = world.fleet
        now_ms = world.clock.now_ms
        synced_ms = self.last_sync_ms(row)
        if synced_ms == UNBOUNDED or self.mark_ms(row, synced_ms) >= written_ms:
            return now_ms
        if fleet.link_stop_ms[row] >= 0 or fleet.copy_stands_ms[row] >= 0:
            return None
        due_ms = self.drained_ms(row, written_ms)
        return due_ms if due_ms is not None and due_ms > now_ms else None

    def drained_ms(self, row: int, written_ms: int) -> int | None:
        """When the known mark reaches an instant, by the law of a link that runs; None if never."""
        fleet = self._world.fleet
        mark_ms = written_ms + self.confirmation_ms[self._world.trial.estate.spec_of[row]]
        if self.commits.is_bounded(row):
            flow = self.commits.flow(row)
            return None if flow is None else flow.advanced(mark_ms).carried_ms(mark_ms)
        law = replication.Lag(fleet.lag_ms[row]) if fleet.lag_ms[row] >= 0 else self.law(row)
        if law is None:
            return None
        if fleet.write_stop_ms[row] >= 0:
            law = replication.stopped(law, fleet.write_stop_ms[row])
        return replication.drained_at(law, mark_ms, stalls=self.stalls(row))

    def stop_ms(self, row: int) -> int:
        """Until when has been written what a move would lose a part of: now while commits go on, else the last of them."""
        flow = self.commits.flow(row)
        if flow is not None:
            return flow.open_until_ms
        stopped_ms = self._world.fleet.write_stop_ms[row]
        return stopped_ms if stopped_ms >= 0 else self._world.clock.now_ms

    def _way(self, row: int) -> Way:
        """What concerns the bound of a link now."""
        fleet = self._world.fleet
        follows = fleet.synced[row] and fleet.copy_stands_ms[row] < 0 and self.existing(row) == USABLE
        return Way(
            holds=bool(follows) and self._world.exists(row),
            writing=fleet.write_stop_ms[row] < 0,
            runs=fleet.link_stop_ms[row] < 0 and not self.is_stalled(row),
        )

    def _stalled_ms(self, row: int, at_ms: int) -> int:
        stalls = self.stalls(row)
        if not stalls:
            return at_ms
        return next((begin for begin, end in replication.merged(stalls) if begin <= at_ms < end), at_ms)

    def stalls(self, row: int) -> replication.Intervals:
        """The stalls that have begun: of the home region, and of the outages that hit the environment now."""
        if not self.may_stall:
            return ()
        world = self._world
        spells = [*world.regions[world.specs[row].home].stalls_ms, *self.cut_ms.get(row, ())]
        for fact in world.fleet.hits[row]:
            link = world.facts[fact].entry.link
            if link is not None and not world.facts[fact].is_false_alarm:
                at_ms = world.facts[fact].at_ms
                spells.append((at_ms + link.stalls[0], at_ms + link.stalls[1]))
        return tuple(sorted(spell for spell in spells if spell[0] <= world.clock.now_ms))

    def is_stalled(self, row: int) -> bool:
        """Whether the link stands still because of a stall."""
        if not self.may_stall:
            return False
        now_ms = self._world.clock.now_ms
        return any(begin <= now_ms < end for begin, end in self.stalls(row))

    def law(self, row: int) -> replication.Link | None:
        """The link's law under the name of what the environment lives through (incident or maintenance period)."""
        world = self._world
        name = world.incident_name(row) or (world.occasion_name(row) if world.fleet.move[row] else "")
        known = self._laws.get(row)
        if known is None or known[0] != name:
            known = (name, link_law(self._world.trial, row, occasion=name))
            self._laws[row] = known
        return known[1]

    def draw_lags(self, rows: list[int], occasion: str) -> None:
        """Fix the lag of `lag` links for an incident or maintenance period."""
        trial, fleet = self._world.trial, self._world.fleet
        by_spec: dict[int, list[int]] = {}
        for row in rows:
            by_spec.setdefault(trial.estate.spec_of[row], []).append(row)
        for index, members in by_spec.items():
            link = trial.estate.specs[index].link
            if isinstance(link, LagLink) and trial.estate.specs[index].has_copy:
                lags = trial.durations("link.lag", link.lag, members, occasion=occasion)
                for row, lag_ms in zip(members, lags, strict=True):
                    fleet.lag_ms[row] = lag_ms

    def caught_up_ms(self, row: int, written_ms: int) -> int | None:
        """When everything written until an instant is on the other side; None if never, as the link is now."""
        fleet = self._world.fleet
        if not fleet.synced[row] or fleet.link_stop_ms[row] >= 0:
            return None
        flow = self.commits.flow(row)
        if flow is not None:
            return flow.carried_ms(written_ms)
        law = replication.Lag(fleet.lag_ms[row]) if fleet.lag_ms[row] >= 0 else self.law(row)
        return None if law is None else replication.drained_at(law, written_ms, stalls=self.stalls(row))

    def forget_law(self, row: int) -> None:
        """The link runs the other way from now on."""
        self._laws.pop(row, None)
