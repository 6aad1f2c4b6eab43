"""Every recorded outage under every profile: what would have come of it. A counterfactual, without a published number.

Each world is played as it is encoded; under policies that were not in force with two assumptions where its encoding says
nothing of customers: every environment has one of its own, of whom half would lose a quarter of an hour and half nothing
(the only wishes on record, of one outage); and each orders a forced move, where the policy lets it, once it knows of the
outage and has decided. An outage that the provider judged smaller than its region is played a second time as if it had
been judged region-wide.

Two yardsticks, both in hindsight: nobody is ever moved; and for each environment the least down time that any policy of
the table gave it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from bcdr_sim.events import Event
from bcdr_sim.incidents.encoding import Changes, encoded
from bcdr_sim.incidents.record import FOLDER, Recorded
from bcdr_sim.incidents.replaying import Replay, replay
from bcdr_sim.metrics.accounts import Account
from bcdr_sim.policy import Policy, load_policy, profile_names
from bcdr_sim.timeline import NOTHING
from bcdr_sim.timeline.stays import REASONS

if TYPE_CHECKING:
    from bcdr_sim.timeline.states import Flags, Ints

YARDSTICKS = FOLDER / "yardsticks"
IN_FORCE = "in force"
HOUR_MS = 3_600_000
WHAT_IF_CUSTOMER: dict[str, Any] = {
    "answers": "each",
    "accepts_loss_up_to": [{"share": 0.5, "value": "0s"}, {"share": 0.5, "value": "15m"}],
    "orders": [
        {
            "id": "flee",
            "move": "forced",
            "when": "aware",
            "after": {"lognormal": {"median": "30m", "p90": "2h"}},
        }
    ],
}
"""Who answers and orders where the encoding says nothing of customers. Assumption: the decision takes the default time."""

_HURT = (Event.SERVICE_LOST, Event.SERVICE_IMPAIRED, Event.CAPABILITY_CHANGED, Event.CONTACT_LOST)
_MOVED = (Event.FAILOVER_COMPLETED, Event.PLANNED_FAILOVER_COMPLETED, Event.RESTORED_AT_SECONDARY)


@dataclass(frozen=True, slots=True)
class Cell:
    """One outage under one policy.

    `hit` environments felt the outage at home, had nobody moved; `moved` of them were, and `others` beside them. Times
    are means over those hit, in hours, until the horizon: `is_open` if somebody is still down there, `degraded_h` served
    in part. `saved_h` is against never moving (negative: worse), `regret_h` against the least that any policy of the
    table gave each of them. `loss_ms` is the age of the worst loss, `lost` counts environments that never come back.
    `why` is the reason that held most of those who were hit and not moved; of those that might have been moved, if there
    are any.
    """

    policy: str
    hit: int
    moved: int
    others: int
    down_h: float
    planned_h: float
    degraded_h: float
    saved_h: float
    regret_h: float
    loss_ms: int
    lost: int
    asked: int
    consented: int
    is_open: bool
    why: str


@dataclass(frozen=True, slots=True)
class Row:
    """One outage, as it was judged or as if it had been judged region-wide, under every policy."""

    recorded: Recorded
    seen: str
    is_region_wide: bool
    cells: tuple[Cell, ...]


@cache
def yardstick(name: str) -> Policy:
    """One of the policies that others are measured against."""
    return load_policy(YARDSTICKS / f"{name}.yaml")


def rows(incidents: Iterable[Recorded]) -> Iterator[Row]:
    """The rows of these outages, in the order of the record."""
    for recorded in incidents:
        yield from rows_of(recorded)


def rows_of(recorded: Recorded) -> list[Row]:
    """One row for an outage that was judged region-wide, else two."""
    scenario = encoded(recorded.scenario)
    seen = scenario.outages[0].seen
    judged = "region" if seen is None else " then ".join([seen.scope, *(step.scope for step in seen.steps)])
    people: Changes = {} if scenario.customers else {"customers": {"default": WHAT_IF_CUSTOMER}}
    found = [Row(recorded, judged, False, _cells(recorded, {}, people))]
    if judged != "region":
        wide = {f"outages.{outage.id}.seen": {"scope": "region"} for outage in scenario.outages}
        found.append(Row(recorded, judged, True, _cells(recorded, wide, people)))
    return found


def _cells(recorded: Recorded, changes: Changes, people: Changes) -> tuple[Cell, ...]:
    """Every policy; the one in force in the world as it is encoded, without the assumed customers of the others."""
    stay = replay(recorded, yardstick("never-moves"), changes={**changes, **people})
    played = {IN_FORCE: replay(recorded, changes=changes)}
    played |= {name: stay.again(policy=load_policy(name)) for name in profile_names()}
    hit = _hurt(stay)
    down = {name: _booked(each, Account.DOWN) for name, each in played.items()}
    stayed = _booked(stay, Account.DOWN)
    least = np.minimum.reduce([stayed, *down.values()])
    return tuple(
        _cell(name, each, hit, down=down[name], stayed=stayed, least=least) for name, each in played.items()
    )


def _cell(name: str, replay: Replay, hit: Flags, *, down: Ints, stayed: Ints, least: Ints) -> Cell:
    metrics, count = replay.metrics, max(1, int(hit.sum()))
    moved = _rows_with(replay, _MOVED)
    incidents = metrics.incident_columns
    return Cell(
        policy=name,
        hit=int(hit.sum()),
        moved=int((moved & hit).sum()),
        others=int((moved & ~hit).sum()),
        down_h=float(down[hit].sum()) / count / HOUR_MS,
        planned_h=float(_booked(replay, Account.PLANNED)[hit].sum()) / count / HOUR_MS,
        degraded_h=float(_booked(replay, Account.DEGRADED)[hit].sum()) / count / HOUR_MS,
        saved_h=float((stayed - down)[hit].sum()) / count / HOUR_MS,
        regret_h=float((down - least)[hit].sum()) / count / HOUR_MS,
        loss_ms=int(metrics.move_columns.age_ms.max(initial=0)),
        lost=int(_rows_with(replay, (Event.ENVIRONMENT_LOST,)).sum()),
        asked=int(metrics.answers.asked.sum()),
        consented=int(metrics.answers.granted.sum()),
        is_open=bool(incidents.open.any()),
        why=_why(replay, hit & ~moved),
    )


def _booked(replay: Replay, account: Account) -> Ints:
    booked: Ints = replay.metrics.clocks.booked[:, account]
    return booked


def _hurt(replay: Replay) -> Flags:
    """Who felt the outage."""
    return _rows_with(replay, _HURT)


def _rows_with(replay: Replay, events: Iterable[Event]) -> Flags:
    """Environments with one of these events."""
    table = replay.timeline.table
    flags = np.zeros(len(replay.trial.estate), dtype=np.bool_)
    rows = table["environment"][np.isin(table["event"], list(events))]
    flags[rows[rows >= 0]] = True
    return flags


def _why(replay: Replay, stayed: Flags) -> str:
    """What held most of them: the main reason of their incidents, else the last thing that was said of them."""
    if not stayed.any():
        return ""
    estate = replay.trial.estate
    covered = np.asarray([estate.spec(row).eligible for row in range(len(estate))])
    stayed = stayed & covered if (stayed & covered).any() else stayed
    incidents = replay.metrics.incident_columns
    mine = stayed[incidents.environment] & (incidents.main_hold != NOTHING)
    codes = incidents.main_hold[mine].tolist()
    if not codes:
        table = replay.timeline.table
        held = table[table["event"] == Event.HELD]
        codes = held["reason"][stayed[held["environment"]]].tolist()
    counts = Counter(codes)
    return REASONS[min(counts, key=lambda code: (-counts[code], code))] if counts else "not_an_outage"
