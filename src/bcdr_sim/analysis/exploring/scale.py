"""The scale of an exploration: how time is cut into ticks, and which sizes of loss a policy tells apart.

Rules.

* A tick is the greatest common divisor of what the clocks are compared with. Where one clock is compared both by `lt ge`
  and by `gt le`, what lies strictly between two literals is met at half a tick.
* A clock counts ticks and stands still above its last literal: from there on no comparison changes. A clock that nobody
  reads stands still from the start.
* A loss is one of a few: none; one that cannot be excluded, if the policy tells it from a loss; one for each stretch of
  `data_loss` within which no comparison changes, and a second one above the last literal, so that a loss can outgrow any
  consent.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import gcd
from typing import Final

from bcdr_sim.analysis.cuts import Cell, cuts_of
from bcdr_sim.policy import Policy
from bcdr_sim.policy.atom import Atom, Condition
from bcdr_sim.policy.axes import TOP
from bcdr_sim.policy.observation import HOUR_MS
from bcdr_sim.policy.preconditions import BLOCKERS
from bcdr_sim.policy.table import Invariant

CLOCKS: Final = ("outage_age", "since_confirmed", "healthy_for", "since_last_move")
"""The axes that count ticks."""

FLAPPING_MS: Final = HOUR_MS
"""Two moves within this time are flapping. Assumption."""

TICKS_MAX: Final = 10_000
"""No clock counts further. Assumption: a table that needs more has literals that no exploration gets through."""

NOT_EXCLUDED: Final = "not_excluded"
_SECOND_MS: Final = 1000
_AT_LITERAL: Final = frozenset({"lt", "ge"})
_ABOVE_LITERAL: Final = frozenset({"gt", "le"})


class ScaleError(Exception):
    """A policy that cannot be cut into ticks, or reads what is not explored; the message says what can be done."""


@dataclass(frozen=True, slots=True)
class Loss:
    """One size of the known loss: the value of `loss_state`, and of `data_loss` in ms."""

    state: str
    known_ms: int


@dataclass(frozen=True, slots=True)
class Scale:
    """Ticks and sizes.

    `ends` is the last tick that each clock counts, 0 for one that nobody reads; `healthy_for` has one for each location, by
    whether the policy reads it there. `losses` rise; the first is none.
    """

    tick_ms: int
    ends: Mapping[str, int]
    healthy_ends: tuple[int, int]
    losses: tuple[Loss, ...]

    @property
    def largest(self) -> int:
        """The place of the largest loss."""
        return len(self.losses) - 1

    def grown(self, loss: int) -> int:
        """The place of the next larger loss that is one."""
        following = loss + 1
        return following + 1 if self.losses[following].state == NOT_EXCLUDED else following


def scale_of(policy: Policy, laws: Sequence[Invariant] = (), *, tick_ms: int | None = None) -> Scale:
    """Return the scale for a policy and the laws that it is held against.

    `tick_ms` sets the tick, greater than 0, instead of the common divisor.

    Raises:
        ScaleError: a clock would have to count too far, or the policy counts its moves.
    """
    rules = [row.when for row in policy.rows]
    conditions = [*rules, *(law.condition(policy.values) for law in laws)]
    if any(atom.axis == "moves_24h" for condition in conditions for atom in condition):
        raise ScaleError("'moves_24h' is not explored: traces do not count the moves of a day")
    atoms: dict[str, list[Atom]] = {clock: [] for clock in CLOCKS}
    for condition in conditions:
        for atom in condition:
            if atom.axis in atoms:
                atoms[atom.axis].append(atom)
    atoms["since_last_move"].append(Atom("since_last_move", "lt", FLAPPING_MS))
    tick = tick_ms or _tick_ms(atoms.values())
    ends = {clock: _last_tick(found, tick) for clock, found in atoms.items()}
    longest = max(ends.values())
    if longest > TICKS_MAX:
        raise ScaleError(
            f"the clocks would count {longest:,} ticks; at most {TICKS_MAX:,}. A longer --tick helps"
        )
    far_end, near_end = (
        ends["healthy_for"] if _reads_health(policy, laws, location) else 0
        for location in ("FarCopy", "NearCopy")
    )
    return Scale(tick, ends, (far_end, near_end), tuple(_losses(conditions)))


def _reads_health(policy: Policy, laws: Sequence[Invariant], location: str) -> bool:
    """Whether it matters at a location how long the other region has been healthy."""
    elsewhere = Atom("location", "ne", "FarCopy" if location == "NearCopy" else "NearCopy")
    conditions = [row.when for row in policy.rows]
    conditions += [
        law.condition(policy.values)
        for law in laws
        if not law.never or any(elsewhere not in BLOCKERS[action] for action in law.actions)
    ]
    return any(atom.axis == "healthy_for" for condition in conditions for atom in _at(condition, location))


def _at(condition: Condition, location: str) -> Condition:
    """The condition, or nothing if it never holds at a location."""
    return condition if all(atom.holds_for(location) for atom in condition if atom.axis == "location") else ()


def _literals(atoms: Iterable[Atom]) -> list[int]:
    return [int(literal) for atom in atoms for literal in atom.literals if 0 < int(literal) < TOP]


def _tick_ms(atoms: Iterable[list[Atom]]) -> int:
    """The common divisor of all literals, halved where a clock could hide between two of them."""
    per_clock = list(atoms)
    tick = gcd(*(literal for found in per_clock for literal in _literals(found)))
    for found in per_clock:
        kinds = {atom.op for atom in found if int(atom.literals[0]) > 0}
        if kinds - _AT_LITERAL and kinds - _ABOVE_LITERAL:
            return max(1, tick // 2)
    return tick


def _last_tick(atoms: Iterable[Atom], tick_ms: int) -> int:
    """The number of ticks after which no comparison changes any more."""
    last = 0
    for atom in atoms:
        for literal in atom.literals:
            value = int(literal)
            if value >= TOP or (value == 0 and atom.op in _AT_LITERAL):
                continue
            last = max(last, -(-value // tick_ms) if atom.op in _AT_LITERAL else value // tick_ms + 1)
    return last


def _losses(conditions: Sequence[Condition]) -> Iterable[Loss]:
    """None, then the sizes in rising order."""
    yield Loss("none", 0)
    atoms = [atom for condition in conditions for atom in condition if atom.axis == "data_loss"]
    told_apart = any(
        atom.holds_for("some") != atom.holds_for(NOT_EXCLUDED)
        for condition in conditions
        for atom in condition
        if atom.axis == "loss_state"
    )
    known_ms = 0
    for place, stretch in enumerate(_stretches(atoms)):
        low, high = int(stretch.low), int(stretch.high)
        known_ms = max(low, min(high, -(-low // _SECOND_MS) * _SECOND_MS))
        if place == 0 and told_apart:
            yield Loss(NOT_EXCLUDED, known_ms)
        yield Loss("some", known_ms)
    yield Loss("some", known_ms + _SECOND_MS)


def _stretches(atoms: Sequence[Atom]) -> list[Cell]:
    """The positive values of `data_loss`, in stretches within which no comparison changes."""
    cuts = cuts_of([tuple(atoms)])
    if not cuts:
        return [Cell(1, TOP - 1)]
    found: list[Cell] = []
    for cell in cuts[0].cells:
        low, high = max(1, int(cell.low)), int(cell.high)
        if high < 1 or low >= TOP:
            continue
        alike = found and all(atom.holds_for(low) == atom.holds_for(found[-1].high) for atom in atoms)
        if alike:
            found[-1] = Cell(found[-1].low, high)
        else:
            found.append(Cell(low, high))
    return found
