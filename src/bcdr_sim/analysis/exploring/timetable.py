"""A timetable: when what a trace tells happens in a scenario, and how long everything takes so that it happens then."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from bcdr_sim.analysis.exploring.steps import Happening
from bcdr_sim.policy.observation import DAY_MS

ENVIRONMENT: Final = "traced"
START_MS: Final = 2 * DAY_MS


class NotExpressibleError(Exception):
    """No scenario does what the trace does; the message says what is missing."""


@dataclass(slots=True)
class Spell:
    """Something that begins and may end; `end_ms` is -1 while it lasts. `grows`: more is lost as time passes."""

    id: str
    begin_ms: int
    end_ms: int = -1
    grows: bool = False


@dataclass(slots=True)
class Timetable:
    """Instants in ms since the start of the scenario.

    `outages` are those of the near and of the far region; `spells` of support, maintenance and so on by name, `orders` those
    of the customer by the move ordered. `recorded` are the draws: path of the setting, key, ordinal.
    `synced` are rows of the link: from an instant on the copy stands at
    another, within an outage or in none. `waits_ms` are the instants between which the first move waits for its slot, if it
    does (-1 for no end), in the incident `waits_in`. `is_idle`: a copy that is not up to date lacks nothing, since nobody
    writes; `loses`: at some time something would be lost.
    """

    outages: tuple[list[Spell], list[Spell]] = field(default_factory=lambda: ([], []))
    spells: dict[str, list[Spell]] = field(default_factory=dict)
    orders: list[tuple[str, Spell]] = field(default_factory=list)
    recorded: dict[str, dict[str, dict[int, int]]] = field(default_factory=dict)
    synced: dict[int, tuple[int, Spell | None]] = field(default_factory=dict)
    told_ms: dict[Happening, list[int]] = field(default_factory=dict)
    drain_count: int = 0
    drain_timeouts_ms: list[int] = field(default_factory=list)
    waits_ms: tuple[int, int] | None = None
    waits_in: str = ""
    is_idle: bool = False
    loses: bool = False
    end_ms: int = START_MS

    def record(self, path: str, key: str, duration_ms: int, *, ordinal: int = 0) -> None:
        """A draw comes out like this."""
        self.recorded.setdefault(path, {}).setdefault(key, {})[ordinal] = duration_ms
