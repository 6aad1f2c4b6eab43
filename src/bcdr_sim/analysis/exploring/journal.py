"""The journal of an exploration: every change of phase goes through the engine's phase table, and can be written down."""

from __future__ import annotations

from dataclasses import dataclass

from bcdr_sim.analysis.exploring.situation import Environment
from bcdr_sim.events import Event
from bcdr_sim.phases import ALLOWED, Phase, next_phase

_ALLOWED = {event << 8 | phase: frozenset(map(int, targets)) for (phase, event), targets in ALLOWED.items()}
_TARGET = {step: next(iter(targets)) for step, targets in _ALLOWED.items() if len(targets) == 1}
_NO_PHASE = -1
_NOTHING = -1


@dataclass(frozen=True, slots=True)
class Entry:
    """One event of an environment and the phase after it; its rule, code of a reason, action or loss, or -1."""

    event: Event
    phase: Phase
    environment: Environment
    rule: int = _NOTHING
    reason: int = _NOTHING
    value: int = _NOTHING


class Journal:
    """Writes events; keeps them only if `entries` is a list."""

    def __init__(self) -> None:
        self.entries: list[Entry] | None = None

    def write(
        self,
        environment: Environment,
        event: Event,
        target: int | None = None,
        *,
        rule: int = _NOTHING,
        reason: int = _NOTHING,
        value: int = _NOTHING,
    ) -> None:
        """One event of an environment: its phase by the table.

        Raises:
            ModelError: the table does not allow it.
        """
        before = environment.phase
        step = event << 8 | before
        if target is None:
            after = _TARGET.get(step, _NO_PHASE)
        else:
            after = target if target in _ALLOWED.get(step, ()) else _NO_PHASE
        if after == _NO_PHASE:
            after = next_phase(Phase(before), event, target=None if target is None else Phase(target))
        environment.phase = after
        if self.entries is not None:
            self.entries.append(Entry(event, Phase(after), environment, rule, reason, value))
