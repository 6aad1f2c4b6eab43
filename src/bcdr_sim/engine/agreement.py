"""Agreement: whether all who would move together may move, and the beginning of their move.

Rules: docs/reference/semantics.md, section 9. An environment without a group agrees with itself.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from bcdr_sim.engine.groups import Groups
from bcdr_sim.engine.observing import Observer
from bcdr_sim.engine.operations import Operations
from bcdr_sim.engine.state import World
from bcdr_sim.phases import Phase
from bcdr_sim.policy import Action
from bcdr_sim.policy.preconditions import first_blocker
from bcdr_sim.timeline import NOTHING

NOT_ASKED = frozenset({Phase.NOT_DEPLOYED, Phase.LOST, Phase.DOWN_UNDETECTED, Phase.BLOCKED_BY_DEPENDENCY})
_TOGETHER = frozenset({Action.FAILOVER, Action.PLANNED_FAILOVER, Action.FAILBACK, Action.FORCED_FAILBACK})
_ACTION_OF = tuple(Action)


class Agreement:
    """Who decides for a group, and whether all of it may move."""

    def __init__(self, world: World, groups: Groups, observer: Observer, operations: Operations) -> None:
        self._world = world
        self._groups = groups
        self._observer = observer
        self._operations = operations
        self._reads_warning = "warning" in world.policy.reads
        self._found: dict[tuple[int, int, Action], int | None] = {}

    def is_hit(self, row: int) -> bool:
        """Whether an environment takes part in a detected incident."""
        incident = self._world.fleet.incident[row]
        return incident is not None and incident.detected_ms >= 0

    def is_concerned(self, row: int) -> bool:
        """Whether there is a reason to ask the policy about an environment, whatever move is pending."""
        world = self._world
        fleet = world.fleet
        if self.is_hit(row) or fleet.far[row]:
            return True
        spec = world.specs[row]
        if world.regions[spec.home].maintenance or fleet.order[row]:
            return True
        warnings = world.region_here(row).warnings if self._reads_warning else ()
        return any(world.trial.selects(world.facts[fact], spec) for fact in warnings)

    def _deciders(self, rows: Sequence[int]) -> list[int]:
        """Those whose answers count."""
        hit = [row for row in rows if self.is_hit(row)]
        if hit:
            return hit
        fleet, along = self._world.fleet, self._groups.comes_along
        return [row for row in rows if not along(row) and (fleet.move[row] or self.is_concerned(row))]

    def forget(self) -> None:
        """Something other than a hold has been done, or time has passed: who dissented may do so no more."""
        self._found.clear()

    def dissenter(self, row: int, action: Action, answer: Callable[[int], int]) -> int | None:
        """Whoever keeps an environment that may move from doing so: the first in name order; None if nobody does."""
        members = self._groups.members.get(row)
        if members is None or action not in _TOGETHER:
            return None
        key = (members[0], self._world.fleet.far[row], action)
        if key in self._found and self._found[key] not in (row, None):
            return self._found[key]
        party = self._groups.party(row)
        deciders = set(self._deciders(party))
        found = next(
            (
                other
                for other in party
                if other != row and not self._agrees(other, action, answer, decides=other in deciders)
            ),
            None,
        )
        self._found[key] = found
        return found

    def _agrees(self, row: int, action: Action, answer: Callable[[int], int], *, decides: bool) -> bool:
        """Whether a member of the party lets the others move, and can move with them."""
        world = self._world
        fleet = world.fleet
        if decides:
            is_free = fleet.phase[row] not in NOT_ASKED and not self._operations.in_flight(row)
            return is_free and world.policy.decisions[answer(row)].action is action
        return world.is_served(row) and not fleet.move[row] and self._can_come(row, action)

    def _party(self, row: int, action: Action) -> tuple[int, ...]:
        return self._groups.party(row) if action in _TOGETHER else (row,)

    def _can_come(self, row: int, action: Action) -> bool:
        return first_blocker(action, self._observer.observe(row)) is None

    def start(self, row: int, action: Action, answer: Callable[[int], int], *, rule: int) -> None:
        """The move is decided, by a rule, for an environment and whoever moves together with it."""
        world = self._world
        party = self._party(row, action)
        if len(party) == 1:
            self._operations.start(row, action.code, rule=rule)
            return
        deciders = self._deciders(party)
        rules = {other: answer(other) for other in deciders}
        for other in party:
            if world.fleet.move[other]:
                rule = rules.get(other, NOTHING)
                self._operations.withhold(other, world.policy.decisions[rule], rule=rule)
        self._groups.begin(party, along=set(party) - set(deciders))
        common = self._operations.occasion(deciders[0], action.code, rules[deciders[0]])
        for other in party:
            rule = rules.get(other, NOTHING)
            occasion = None if other in rules else common
            self._operations.start(other, action.code, rule=rule, occasion=occasion)
            world.touch(other)

    def at_gate(
        self, movers: Sequence[int], answer: Callable[[int], int]
    ) -> tuple[dict[int, int], int | None]:
        """Ask again about all who move together: the answers, and the first in name order with another one or in the way."""
        world = self._world
        action = _ACTION_OF[world.fleet.action[movers[0]]]
        deciders = set(self._deciders(movers))
        rules: dict[int, int] = {}
        for row in movers:
            if row in deciders:
                rules[row] = answer(row)
                if world.policy.decisions[rules[row]].action is not action:
                    return rules, row
            elif not self._can_come(row, action):
                return rules, row
        return rules, None
