"""A situation of an exploration: two regions, and one environment or two, as small whole numbers.

It is changed in place while one step is played, and packed into bytes in between: equal bytes are the same situation. Two
environments have no names, so which is first does not matter: they are packed in the order of their numbers.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from enum import IntEnum
from operator import attrgetter
from struct import Struct
from typing import Final

from bcdr_sim.phases import Phase

UNDETERMINED: Final = 0
"""No figure of the loss; else it is the place of the loss in the scale, plus 1."""

UNKNOWN_LEVEL: Final = 0xFFFF
"""The customer was told that the loss is not known: above every loss, so nobody consents to it."""


class Consent(IntEnum):
    """Consent for the incident; names are those of the axis `consent`."""

    NONE = 0
    PENDING = 1
    GRANTED = 2
    DECLINED = 3
    LAPSED = 4


class Move(IntEnum):
    """Where a move stands."""

    NONE = 0
    QUEUED = 1
    DRAINING = 2
    UNDER_WAY = 3


@dataclass(slots=True)
class Regions:
    """What all environments share.

    `healthy` is ticks since the last outage, up to the last that matters. `verified`: the near region is determined fully
    operational. `support`: that channel works. `trouble` is the one thing that stands in the way now (a place in the list
    of those explored, plus 1), or 0.
    """

    near_down: int = 0
    far_down: int = 0
    near_healthy: int = 0
    far_healthy: int = 0
    verified: int = 1
    support: int = 1
    trouble: int = 0


@dataclass(slots=True, eq=False)
class Environment:
    """One environment.

    `held` is the code of the last reason written, plus 1. `age` and `confirmed_age` are ticks since detection and since
    confirmed impact. `figure` is the known loss as last taken (a place in the scale plus 1), `loss` the place of what taking
    it again would give. `level` is the loss told while consent is pending (`UNDETERMINED`: not told yet; `UNKNOWN_LEVEL`:
    told that it is not known), and covered once it is granted, as `figure`. `since_move` is 0 for never, else ticks plus 1.
    `place` is the place in the queue, from 1.
    `order` is a place in the list of orders that are explored, plus 1. `unprompted`: a move under way that was ordered while
    nothing was down, so that no return of a region ends it.
    """

    far: int = 0
    phase: int = int(Phase.SERVING)
    held: int = 0
    confirmed: int = 0
    age: int = 0
    confirmed_age: int = 0
    figure: int = UNDETERMINED
    loss: int = 0
    consent: int = int(Consent.NONE)
    level: int = UNDETERMINED
    synced: int = 1
    since_move: int = 0
    move: int = int(Move.NONE)
    action: int = 0
    drained: int = 0
    place: int = 0
    order: int = 0
    unprompted: int = 0


@dataclass(slots=True, eq=False)
class Situation:
    """Regions and environments."""

    regions: Regions
    environments: list[Environment]

    def here_down(self, environment: Environment) -> int:
        """Whether the environment's own region is down."""
        return self.regions.far_down if environment.far else self.regions.near_down

    def there_down(self, environment: Environment) -> int:
        """Whether the region on its other side is down."""
        return self.regions.near_down if environment.far else self.regions.far_down


_REGION_FIELDS: Final = tuple(field.name for field in fields(Regions))
_FIELDS: Final = tuple(field.name for field in fields(Environment))
_regions_of = attrgetter(*_REGION_FIELDS)
_values_of = attrgetter(*_FIELDS)
_ONE: Final = Struct(f"<{len(_REGION_FIELDS) + len(_FIELDS)}H")
_TWO: Final = Struct(f"<{len(_REGION_FIELDS) + 2 * len(_FIELDS)}H")
_SPLIT: Final = len(_REGION_FIELDS)
_END: Final = _SPLIT + len(_FIELDS)


def packed(situation: Situation) -> bytes:
    """The situation as bytes."""
    regions: tuple[int, ...] = _regions_of(situation.regions)
    if len(situation.environments) == 1:
        return _ONE.pack(*regions, *_values_of(situation.environments[0]))
    one, other = sorted(_values_of(each) for each in situation.environments)
    return _TWO.pack(*regions, *one, *other)


def unpacked(key: bytes) -> Situation:
    """The situation that was packed."""
    if len(key) == _ONE.size:
        values = _ONE.unpack(key)
        return Situation(Regions(*values[:_SPLIT]), [Environment(*values[_SPLIT:])])
    values = _TWO.unpack(key)
    environments = [Environment(*values[_SPLIT:_END]), Environment(*values[_END:])]
    return Situation(Regions(*values[:_SPLIT]), environments)
