"""When a policy could answer differently although nothing happens: derived wake-ups.

Time alone moves the clock axes. Cut each at the literals the rows compare it with; the next cut that the
clock reaches is the next instant worth asking at. Between cuts every atom is constant, so this is exact and
needs no ticks.

* An axis that grows by the millisecond changes `lt ge` at the literal c, `le gt` just after it at c + 1 ms,
  and `eq ne in not_in` at both.
* `eta_remaining` shrinks and stops at 0: `le gt` change at c, `lt ge` at c - 1 ms, equality at both.
* A value at its top (`never`, `unknown`) stands still. So does a clock that has not started: `outage_age`
  before detection, `since_confirmed` before confirmation, `healthy_for` of a target that is not
  healthy.
* `moves_24h` also falls with time, when a move leaves the last 24 hours; the record of moves is the
  engine's, so it asks again then by itself.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Self

from bcdr_sim.policy.atom import Atom
from bcdr_sim.policy.axes import AXES, DAY_MINUTES, TOP
from bcdr_sim.policy.calendar import LocalClock
from bcdr_sim.policy.compile import Row
from bcdr_sim.policy.observation import Observation

_AT_LITERAL_GROWING: Final = frozenset({"lt", "ge"})
_AT_LITERAL_SHRINKING: Final = frozenset({"le", "gt"})
_ORDERINGS: Final = frozenset({"lt", "le", "gt", "ge"})


@dataclass(frozen=True, slots=True)
class WakeUps:
    """The cuts of one table: sorted values per moving axis, at which the truth of some atom changes.

    `day_minutes` are the minutes of the local day at which a calendar atom may change.
    """

    growing: tuple[tuple[str, tuple[int, ...]], ...]
    shrinking: tuple[tuple[str, tuple[int, ...]], ...]
    day_minutes: tuple[int, ...]

    @classmethod
    def of(cls, rows: Sequence[Row]) -> Self:
        """Return the cuts of the rows."""
        atoms: dict[str, list[Atom]] = {}
        for row in rows:
            for atom in row.when:
                if atom.axis in AXES and AXES[atom.axis].motion:
                    atoms.setdefault(atom.axis, []).append(atom)
        growing = [
            (axis, _cuts(found, grows=True)) for axis, found in atoms.items() if AXES[axis].motion == "grows"
        ]
        shrinking = [
            (axis, _cuts(found, grows=False))
            for axis, found in atoms.items()
            if AXES[axis].motion == "shrinks"
        ]
        calendar = [minute for found in atoms.values() for atom in found for minute in _minutes(atom)]
        return cls(
            growing=tuple(sorted(pair for pair in growing if pair[1])),
            shrinking=tuple(sorted(pair for pair in shrinking if pair[1])),
            day_minutes=tuple(sorted(set(calendar))),
        )

    @property
    def needs_calendar(self) -> bool:
        """Whether a row reads the time of day or the weekday, so that the scenario needs a start."""
        return bool(self.day_minutes)

    def next_ms(
        self,
        observation: Observation,
        *,
        now_ms: int = 0,
        clock: LocalClock | None = None,
        stopped: frozenset[str] = frozenset(),
    ) -> int | None:
        """Return the smallest positive delay in ms after which time alone takes an axis over a cut, or None.

        `stopped` names axes that do not move although their value would let them, say facts kept as they
        were. `now_ms` and `clock` matter only to the calendar axes; raises ValueError if a row reads them
        and there is no clock.
        """
        delays_ms: list[int] = []
        for axis, cuts in self.growing:
            value = getattr(observation, axis)
            if value < cuts[-1] and axis not in stopped and _runs(axis, observation):
                delays_ms.append(cuts[bisect_right(cuts, value)] - value)
        for axis, cuts in self.shrinking:
            value = getattr(observation, axis)
            if axis not in stopped and value < TOP and (position := bisect_left(cuts, value)):
                delays_ms.append(value - cuts[position - 1])
        if self.day_minutes:
            if clock is None:
                raise ValueError(
                    "the policy reads the time of day or the weekday: the scenario needs a start"
                )
            delays_ms.append(clock.until_next(self.day_minutes, now_ms=now_ms))
        return min(delays_ms, default=None)


def _runs(axis: str, observation: Observation) -> bool:
    """Whether the clock behind a growing axis has started; a value at its top is past every cut anyway."""
    match axis:
        case "outage_age":
            detected = observation.service != "up" and observation.outage_scope != "none"
            return detected or observation.outage_age > 0
        case "since_confirmed":
            return observation.impact_confirmed
        case "healthy_for":
            return observation.target_state == "healthy"
        case _:
            return True


def _cuts(atoms: Iterable[Atom], *, grows: bool) -> tuple[int, ...]:
    """Return the values, once reached, at which one of the atoms of a moving duration changes its truth."""
    step, at_literal = (1, _AT_LITERAL_GROWING) if grows else (-1, _AT_LITERAL_SHRINKING)
    reached: set[int] = set()
    for atom in atoms:
        for literal in atom.literals:
            assert isinstance(literal, int)
            if literal == TOP:
                continue
            if atom.op in at_literal or atom.op not in _ORDERINGS:
                reached.add(literal)
            if atom.op not in at_literal:
                reached.add(literal + step)
    return tuple(sorted(value for value in reached if value > 0 or (not grows and value == 0)))


def _minutes(atom: Atom) -> list[int]:
    """Return the minutes of the local day at which a calendar atom may change its truth."""
    if atom.axis == "weekday":
        return [0]
    if atom.axis != "time_of_day":
        return []
    minutes = [literal for literal in atom.literals if isinstance(literal, int)]
    match atom.op:
        case "between":
            return minutes
        case "lt" | "ge":
            return [0, *minutes]
        case "le" | "gt":
            return [0, *((minute + 1) % DAY_MINUTES for minute in minutes)]
        case _:
            return [changed for minute in minutes for changed in (minute, (minute + 1) % DAY_MINUTES)]
