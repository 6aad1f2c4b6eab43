"""The closed schema of what a failover policy may look at: one table of axes.

A policy compares axes with literals and nothing else, so this table is the whole vocabulary of its questions.
*true* axes carry the fact itself; *known* axes carry what the provider believes, late and possibly wrong.
No axis tells a true loss, the end of an outage, or whether an alarm is false. A new axis or value is a new
`format`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal

Kind = Literal["choice", "flag", "duration", "number", "time_of_day"]
Keeper = Literal["scenario", "engine", "provider", "people", "clock", "calendar"]
Knowledge = Literal["true", "known"]
Motion = Literal["grows", "shrinks", "calendar"]

TOP: Final = 2**62
"""The value of a duration whose word is `unknown` or `never`: greater than every literal, in milliseconds."""

DAY_MINUTES: Final = 24 * 60
"""Minutes of a day; `time_of_day` counts them from local midnight, 0..1439."""

TAG_PREFIX: Final = "tag_"
"""A declared tag `gold` is read as the flag axis `tag_gold`."""

ENVIRONMENT_TYPES: Final = (
    "Production",
    "Default",
    "Sandbox",
    "Trial",
    "Developer",
    "Teams",
    "SubscriptionBasedTrial",
    "Support",
    "Preview",
    "Platform",
    "NotSpecified",
)
"""Types of an environment, the covered one first; `NotSpecified` is what an importer did not know."""

WEEKDAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
"""Values of `weekday`, in the order of `datetime.weekday()`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Axis:
    """One thing a policy may look at.

    `values` lists a choice; `low` and `high` bound a number or a time of day, both included; `top` is the
    word for the value above all literals, or None. `motion` says whether time alone moves the value: a
    duration that grows or shrinks with the clock, or a place in the calendar.
    """

    name: str
    kind: Kind
    meaning: str
    keeper: Keeper
    knowledge: Knowledge
    values: tuple[str, ...] = ()
    low: int = 0
    high: int = TOP - 1
    top: str | None = None
    motion: Motion | None = None

    @property
    def is_quantity(self) -> bool:
        """Whether the values are ordered, so that `lt le gt ge` may be asked."""
        return self.kind in ("duration", "number", "time_of_day")


_Kept = tuple[Keeper, Knowledge]

_GIVEN: Final[_Kept] = ("scenario", "true")
_STATE: Final[_Kept] = ("engine", "true")
_ENGINE_BELIEF: Final[_Kept] = ("engine", "known")
_BELIEF: Final[_Kept] = ("provider", "known")
_OPERATIONS: Final[_Kept] = ("provider", "true")
_CLOCK: Final[_Kept] = ("clock", "known")
_PEOPLE: Final[_Kept] = ("people", "true")
_CALENDAR: Final[_Kept] = ("calendar", "true")


def _choice(name: str, values: str, meaning: str, *, kept: _Kept, motion: Motion | None = None) -> Axis:
    words = tuple(values.split())
    return Axis(
        name=name,
        kind="choice",
        values=words,
        keeper=kept[0],
        knowledge=kept[1],
        meaning=meaning,
        motion=motion,
    )


def _flag(name: str, meaning: str, *, kept: _Kept) -> Axis:
    return Axis(name=name, kind="flag", keeper=kept[0], knowledge=kept[1], meaning=meaning)


def _number(name: str, bounds: tuple[int, int], meaning: str, *, kept: _Kept) -> Axis:
    low, high = bounds
    return Axis(
        name=name, kind="number", low=low, high=high, keeper=kept[0], knowledge=kept[1], meaning=meaning
    )


def _duration(
    name: str, meaning: str, *, kept: _Kept, top: str | None = None, motion: Motion | None = None
) -> Axis:
    return Axis(
        name=name, kind="duration", top=top, keeper=kept[0], knowledge=kept[1], meaning=meaning, motion=motion
    )


_TABLE: Final = (
    # what it is
    _choice("env_type", " ".join(ENVIRONMENT_TYPES), "what the environment is: its SKU", kept=_GIVEN),
    _flag("eligible", "a production environment that has not opted out of cover", kept=_GIVEN),
    _flag("finance_operations", "has the finance and operations app", kept=_GIVEN),
    _number("tier", (1, 5), "importance, 1 first", kept=_GIVEN),
    # where it is, and how it goes there
    _choice("location", "NearCopy FarCopy", "served from its primary or from the far copy", kept=_STATE),
    _choice("copy", "usable seeding none corrupt", "the copy on the other side", kept=_BELIEF),
    _choice(
        "reverse_sync",
        "pending complete",
        "at FarCopy: whether the primary can be switched to without loss",
        kept=_BELIEF,
    ),
    _choice(
        "service",
        "up impaired down",
        "this environment, where it is served, against its minimum capability",
        kept=_BELIEF,
    ),
    # the outage
    _choice(
        "outage_scope", "none partial zone region", "how wide the provider judges the outage", kept=_BELIEF
    ),
    _flag("impact_confirmed", "customers are seen impacted by this incident", kept=_BELIEF),
    _duration("outage_age", "time since detection; 0s before", kept=_CLOCK, motion="grows"),
    _duration("since_confirmed", "time since confirmed impact; 0s before", kept=_CLOCK, motion="grows"),
    _flag("warning", "a visible trigger, not down yet", kept=_BELIEF),
    _duration(
        "eta_remaining",
        "published estimate of the return minus now; 0s when overdue",
        kept=_BELIEF,
        top="unknown",
        motion="shrinks",
    ),
    # where it could go
    _flag("drain_possible", "both sides reachable and the link runs: a planned move can drain", kept=_BELIEF),
    _choice(
        "target_state",
        "healthy impaired down",
        "the region a move would go to: the pair at NearCopy, the original primary at FarCopy",
        kept=_BELIEF,
    ),
    _number("target_capacity", (0, 100), "percent of its need it could have at the target now", kept=_BELIEF),
    _duration("healthy_for", "time the target has been healthy", kept=_BELIEF, motion="grows"),
    _flag("primary_verified", "the primary is determined fully operational", kept=_BELIEF),
    # what it would lose
    _choice(
        "loss_state",
        "undetermined none some not_excluded unbounded",
        "loss of an unplanned move now: not assessed; proven zero; known to be some; neither; no copy",
        kept=_BELIEF,
    ),
    _duration("data_loss", "upper bound of the loss of an unplanned move now", kept=_BELIEF, top="unknown"),
    _duration(
        "restore_loss",
        "upper bound of the loss of going back to the newest clean recovery point or backup",
        kept=_BELIEF,
        top="unknown",
    ),
    # what people say
    _choice(
        "consent",
        "none pending granted declined lapsed",
        "consent for this environment and this incident; lapsed is withdrawn or expired",
        kept=_PEOPLE,
    ),
    _flag("loss_within_consent", "granted, and the level covers data_loss", kept=_ENGINE_BELIEF),
    _flag("restore_within_consent", "granted, and the level covers restore_loss", kept=_ENGINE_BELIEF),
    _choice(
        "order",
        "none planned forced drill failback maintenance reprotect",
        "a move ordered and not yet carried out or withdrawn; maintenance stands until its period ends",
        kept=_PEOPLE,
    ),
    _choice(
        "order_loss",
        "within exceeded unstated",
        "loss acknowledged with a forced order, against data_loss",
        kept=_STATE,
    ),
    # what was done before, and with what it can be done
    _duration(
        "since_last_move", "time since the last completed move", kept=_STATE, top="never", motion="grows"
    ),
    _number("moves_24h", (0, 999), "completed moves in the last 24 hours", kept=_STATE),
    _choice("automation", "on off", "the operator's switch", kept=_OPERATIONS),
    _choice("orchestrator", "up down", "the tools that move environments can be reached", kept=_OPERATIONS),
    _choice("support_channel", "up down", "support cases can be opened and answered", kept=_OPERATIONS),
    # when
    _choice("window", "inside outside", "calendar of planned interruptions; inside if none", kept=_CALENDAR),
    Axis(
        name="time_of_day",
        kind="time_of_day",
        high=DAY_MINUTES - 1,
        keeper="calendar",
        knowledge="true",
        meaning="local time in the policy's time zone; needs the scenario's start",
        motion="calendar",
    ),
    _choice(
        "weekday",
        " ".join(WEEKDAYS),
        "local day in the policy's time zone; needs the scenario's start",
        kept=_CALENDAR,
        motion="calendar",
    ),
)

AXES: Final[Mapping[str, Axis]] = MappingProxyType({axis.name: axis for axis in _TABLE})
"""Every axis by its name, in the order of the reference page. Tags come on top, see `find_axis`."""


def find_axis(name: str, tags: frozenset[str] = frozenset()) -> Axis | None:
    """Return the axis of that name, a declared tag being the flag `tag_<name>`; None if there is none."""
    if name.startswith(TAG_PREFIX) and name.removeprefix(TAG_PREFIX) in tags:
        return _flag(name, f"the environment carries the tag {name.removeprefix(TAG_PREFIX)}", kept=_GIVEN)
    return AXES.get(name)
