"""What a policy is told about one environment at one instant.

One attribute per axis of `axes.AXES`, under the axis's own name. Choices are the words of the table (plain
strings: the interpreter compares identical strings by identity, so they cost what small integers would and
read aloud), flags are bools, durations integer milliseconds with `TOP` for `unknown` and `never`,
`time_of_day` minutes since local midnight. The record is mutable on purpose: the engine fills one scratch
object again and again; nobody else writes to it.
"""

from dataclasses import dataclass

from bcdr_sim.policy.axes import AXES, TAG_PREFIX, TOP

MINUTE_MS = 60_000
HOUR_MS = 60 * MINUTE_MS
DAY_MS = 24 * HOUR_MS

Value = str | int
"""Value of an axis: a word, a flag (bool is an int), milliseconds, minutes of the day or a whole number."""


@dataclass(slots=True, kw_only=True)
class Observation:
    """The axes of one environment now; the defaults are a calm production environment at its primary."""

    env_type: str = "Production"
    eligible: bool = True
    finance_operations: bool = False
    tier: int = 3
    location: str = "NearCopy"
    copy: str = "usable"
    reverse_sync: str = "pending"
    service: str = "up"
    outage_scope: str = "none"
    impact_confirmed: bool = False
    outage_age: int = 0
    since_confirmed: int = 0
    warning: bool = False
    eta_remaining: int = TOP
    drain_possible: bool = True
    target_state: str = "healthy"
    target_capacity: int = 100
    healthy_for: int = 30 * DAY_MS
    primary_verified: bool = True
    loss_state: str = "undetermined"
    data_loss: int = TOP
    restore_loss: int = TOP
    consent: str = "none"
    loss_within_consent: bool = False
    restore_within_consent: bool = False
    order: str = "none"
    order_loss: str = "unstated"
    since_last_move: int = TOP
    moves_24h: int = 0
    automation: str = "on"
    orchestrator: str = "up"
    support_channel: str = "up"
    window: str = "inside"
    time_of_day: int = 12 * 60
    weekday: str = "monday"
    tags: frozenset[str] = frozenset()

    def value(self, axis: str) -> Value:
        """Return the value of the named axis; `tag_<name>` reads the tags."""
        if axis in AXES:
            value: Value = getattr(self, axis)
            return value
        return axis.removeprefix(TAG_PREFIX) in self.tags


def calm(**given: object) -> Observation:
    """Return a production environment at its healthy primary with nothing going on, changed as `given`."""
    return _with(Observation(), given)


def regional_outage(**given: object) -> Observation:
    """Return a confirmed region-wide outage two hours old with proven zero loss, changed by what is `given`.

    Every gate of the seed's table is open here, so a single change shows what one rule is worth.
    """
    outage = Observation(
        service="down",
        outage_scope="region",
        impact_confirmed=True,
        outage_age=2 * HOUR_MS + 10 * MINUTE_MS,
        since_confirmed=2 * HOUR_MS,
        drain_possible=False,
        primary_verified=False,
        loss_state="none",
        data_loss=0,
    )
    return _with(outage, given)


def at_secondary(**given: object) -> Observation:
    """Return an environment on its far copy for two days and ready to go home, changed as `given`."""
    away = Observation(
        location="FarCopy",
        reverse_sync="complete",
        healthy_for=DAY_MS,
        since_last_move=2 * DAY_MS,
    )
    return _with(away, given)


def _with(observation: Observation, given: dict[str, object]) -> Observation:
    """Set what is given; a name that is no axis is an AttributeError, since the record has slots."""
    for name, value in given.items():
        setattr(observation, name, value)
    return observation
