"""What the policy is shown in a situation: the observation that the engine would fill in the same circumstances.

What no step of an exploration moves (all axes but `MOVED`) stays as it is in a calm production environment: what a policy
does where they are otherwise is not explored.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from bcdr_sim.analysis.exploring.scale import Scale
from bcdr_sim.analysis.exploring.situation import UNDETERMINED, Consent, Environment, Move, Situation
from bcdr_sim.engine.operations import FAILOVER, PLANNED
from bcdr_sim.policy import Observation, calm
from bcdr_sim.policy.axes import TOP
from bcdr_sim.policy.observation import DAY_MS, Value

INITIAL_HEALTH_MS: Final = 30 * DAY_MS
"""A region without outages has been healthy for so long. Source: the engine's initial state."""

MOVED: Final = frozenset(
    {
        *("location", "service", "outage_scope", "impact_confirmed", "outage_age", "since_confirmed"),
        *("target_state", "healthy_for", "primary_verified", "drain_possible", "reverse_sync"),
        *("loss_state", "data_loss", "consent", "loss_within_consent", "support_channel"),
        *("since_last_move", "moves_24h", "order"),
    }
)
"""The axes that steps move, whatever the policy."""

TROUBLES: Final[Mapping[str, tuple[Value, Value]]] = MappingProxyType(
    {
        "order": ("none", "maintenance"),
        "automation": ("on", "off"),
        "orchestrator": ("up", "down"),
        "window": ("inside", "outside"),
        "target_capacity": (100, 0),
    }
)
"""What may stand in the way of a move, one at a time: the axis, its value without and with the trouble."""

_CONSENT: Final = ("none", "pending", "granted", "declined", "lapsed")
_GRANTED: Final = int(Consent.GRANTED)
_QUEUED: Final = int(Move.QUEUED)
_HOLDS_CAPACITY: Final = frozenset({FAILOVER + 1, PLANNED + 1})


class Observer:
    """Fills one scratch observation again and again."""

    def __init__(
        self, scale: Scale, *, given: dict[str, object], orders: tuple[str, ...], troubles: tuple[str, ...]
    ) -> None:
        """`given` are axes that stay as they are and differ from a calm environment; the rest names what is explored."""
        self._scale = scale
        self._seen = calm(**given)
        self._orders = ("none", *orders)
        self._shown = [
            [(axis, TROUBLES[axis][number == place]) for place, axis in enumerate(troubles, start=1)]
            for number in range(len(troubles) + 1)
        ]

    def observe(self, situation: Situation, environment: Environment) -> Observation:
        """What the policy is shown of an environment; the same object is filled again by the next call."""
        seen, tick_ms = self._seen, self._scale.tick_ms
        regions = situation.regions
        far = environment.far
        here_down, there_down = regions.near_down, regions.far_down
        healthy = regions.far_healthy
        if far:
            here_down, there_down, healthy = there_down, here_down, regions.near_healthy
        seen.location = "FarCopy" if far else "NearCopy"
        seen.service = "down" if here_down else "up"
        seen.outage_scope = "region" if here_down else "none"
        seen.impact_confirmed = bool(here_down and environment.confirmed)
        seen.outage_age = environment.age * tick_ms
        seen.since_confirmed = environment.confirmed_age * tick_ms
        seen.target_state = "down" if there_down else "healthy"
        end = self._scale.healthy_ends[0 if far else 1]
        seen.healthy_for = 0 if there_down else self._healthy_ms(healthy, end)
        seen.primary_verified = bool(regions.verified)
        can_drain = bool(environment.synced) and not here_down and not there_down
        seen.drain_possible = can_drain
        seen.reverse_sync = "complete" if far and can_drain else "pending"
        since = environment.since_move
        seen.since_last_move = (since - 1) * tick_ms if since else TOP
        seen.moves_24h = int(seen.since_last_move < DAY_MS)
        seen.order = "none"
        for axis, value in self._shown[regions.trouble]:
            setattr(seen, axis, value)
        if environment.order:
            seen.order = self._orders[environment.order]
        if environment.move > _QUEUED and environment.action in _HOLDS_CAPACITY:
            seen.target_capacity = 100
        seen.support_channel = "up" if regions.support else "down"
        self._fill_loss(seen, environment)
        return seen

    def _healthy_ms(self, ticks: int, end: int) -> int:
        shown_ms = ticks * self._scale.tick_ms
        return shown_ms if ticks < end else max(shown_ms, INITIAL_HEALTH_MS)

    def _fill_loss(self, seen: Observation, environment: Environment) -> None:
        if environment.figure == UNDETERMINED:
            seen.loss_state, seen.data_loss = "undetermined", TOP
        else:
            loss = self._scale.losses[environment.figure - 1]
            seen.loss_state, seen.data_loss = loss.state, loss.known_ms
        consent = environment.consent
        seen.consent = _CONSENT[consent]
        seen.loss_within_consent = (
            consent == _GRANTED and UNDETERMINED < environment.figure <= environment.level
        )
