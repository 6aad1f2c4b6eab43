"""Relations of loss: what is told, what a move then costs, and what had been copied."""

from __future__ import annotations

from fractions import Fraction
from itertools import takewhile
from math import ceil

from hypothesis import given
from hypothesis import strategies as st

from bcdr_sim.policy.decision import Action
from bcdr_sim.replication import Writes
from bcdr_sim.scenario.links import NoLink
from bcdr_sim.timeline import UNBOUNDED
from oracle.chances import Draw, Plain
from oracle.state import Row
from relation_worlds import (
    ANY,
    ANY_POLICY,
    EVERY,
    SEED,
    STORMY,
    Played,
    narrowed,
    played,
    tried,
    with_kind,
    without_dependencies,
)

UNPLANNED = frozenset({"failover_completed", "forced_failback_completed"})
RESTORED = frozenset({"restored_in_place", "restored_at_secondary", "restored_at_primary"})
COMPLETED = UNPLANNED | RESTORED | {"planned_failover_completed", "failback_completed"}
FREE = frozenset({"auto-zero-loss", "back-zero-loss"})
MINUTE_MS = 60_000


def confirmation_ms(world: Played, name: str) -> int:
    """How much older the last mark is that the provider can be sure of."""
    link = world.trial.estate.spec(world.names.index(name)).link
    return 0 if isinstance(link, NoLink) else link.confirmation


def age_ms(rows: list[Row], place: int) -> int:
    """What the move whose completion stands at a place lost: the age that is written at the same instant, else 0."""
    for row in rows[place + 1 :]:
        if row[0] > rows[place][0] or row[2] in COMPLETED:
            return 0
        if row[2] == "loss_realised":
            return row[7]
    return 0


def writes_of(world: Played, name: str) -> Writes:
    """What an environment writes."""
    return world.trial.estate.spec(world.names.index(name)).writes


@given(plain=STORMY, policy=st.sampled_from(SEED))
@tried
def test_every_failover_loses_nothing_or_what_this_outage_has_a_consent_for(
    plain: Plain, policy: str
) -> None:
    """Relation 7: at the commit, by what is known then, which is at least what is lost."""
    world = played(plain, policy)
    for name in world.names:
        rows = world.of(name)
        for place, row in enumerate(rows):
            if row[2] not in UNPLANNED:
                continue
            age = age_ms(rows, place)
            number = writes_of(world, name).number(row[7], row[7] + age)
            if row[6] in FREE:
                assert number == 0
                continue
            said = [
                each for each in rows[:place] if each[2].startswith("consent_") and each[2] != "consent_asked"
            ]
            assert said, "nobody was asked"
            assert said[-1][2] == "consent_granted", "it is not in force"
            assert said[-1][4] == row[4], "it was of another outage"
            is_first = not any(each[2] in COMPLETED for each in rows[:place])
            known_ms = age + (confirmation_ms(world, name) if is_first else 0)
            assert number == 0 or known_ms <= said[-1][7]


def stays(rows: list[Row]) -> list[list[Row]]:
    """What happened from each loss of service until service or a move."""
    found: list[list[Row]] = []
    for row in rows:
        if row[2] == "service_lost":
            found.append([])
        if found:
            found[-1].append(row)
        if found and (row[2] in COMPLETED or row[2] == "service_restored"):
            found.append([])
    return [stay for stay in found if stay and stay[0][2] == "service_lost" and stay[0][7] != UNBOUNDED]


HARD = narrowed(STORMY, with_kind("hard"), without_dependencies)


@given(plain=HARD, policy=ANY_POLICY)
@tried
def test_what_is_told_of_a_loss_is_what_is_lost_and_what_is_not_confirmed(plain: Plain, policy: str) -> None:
    """Relation 8: known loss is true loss plus the confirmation of the link, or no more is written in between.

    Until the region is back: a move that is committed all the same is told what it would lose from then on.
    """
    world = played(plain, policy)
    for name in world.names:
        writes, mark_ms = writes_of(world, name), confirmation_ms(world, name)
        rows = world.of(name)
        moved_ms = min((each[0] for each in rows if each[2] in COMPLETED), default=world.trial.horizon_ms)
        for lost, *told in stays(rows):
            true_ms = lost[0] - lost[7]
            for each in takewhile(lambda row: row[2] != "primary_returned", told):
                if each[2] not in ("loss_determined", "loss_level_told", "consent_exceeded"):
                    continue
                assert each[7] >= (true_ms if writes.number(lost[7], lost[0]) else 0)
                if each[0] <= moved_ms and each[7] > 0:
                    assert each[7] == true_ms + mark_ms
                if each[0] <= moved_ms and each[7] == 0:
                    assert writes.number(lost[7] - mark_ms, lost[0]) == 0


@given(plain=HARD, policy=st.sampled_from([name for name in EVERY if "restore" not in name]))
@tried
def test_a_move_out_of_a_hard_outage_loses_what_was_exposed_at_impact(plain: Plain, policy: str) -> None:
    """Relation 8: realised loss is potential loss of the same outage, since nothing is written or copied in between.

    A move that is committed after its region has returned finds a copy that has caught up since.
    """
    world = played(plain, policy)
    for name in world.names:
        for stay in stays(world.of(name)):
            if stay[-1][2] in UNPLANNED and not any(row[2] == "primary_returned" for row in stay):
                assert stay[-1][7] == stay[0][7]


@given(plain=ANY, policy=ANY_POLICY)
@tried
def test_a_failback_loses_nothing_and_begins_only_when_all_is_carried_over(plain: Plain, policy: str) -> None:
    """Relation 8: since the move that it undoes, what was written at the far side has been brought home."""
    world = played(plain, policy)
    for name in world.names:
        synced, way_home = True, False
        for row in world.of(name):
            if row[2] == "slot_obtained":
                way_home = row[7] == Action.FAILBACK.code
                assert synced or not way_home, "not yet carried over"
            if row[2] == "failback_completed":
                assert row[7] == row[0]
            if row[2] == "loss_realised":
                assert not way_home
            if row[2] in COMPLETED:
                synced = False
            elif row[2] == "resync_completed":
                synced = True


@st.composite
def limited_links(draw: Draw) -> Plain:
    """One environment whose link carries a rate, with stalls, and one outage that hits it sooner or later."""
    writes: Plain = {
        "steps": [
            {"after": f"{40 * number}m", "rate": f"{draw(st.sampled_from((0, 30, 60, 90, 150)))}/h"}
            for number in range(draw(st.integers(1, 5)))
        ]
    }
    if draw(st.booleans()):
        writes["period"] = "4h"
    stalls = draw(st.lists(st.integers(0, 5), max_size=3, unique=True))
    return {
        "version": 1,
        "name": "limited",
        "horizon": "2d",
        "regions": [
            {
                "name": "a",
                "pair": "b",
                "link_stalls": [{"at": f"{70 * each}m", "lasts": "35m"} for each in sorted(stalls)],
            },
            {"name": "b", "pair": "a"},
        ],
        "environments": [{"name": "e", "region": "a"}],
        "link": {"kind": "fluid", "bandwidth": f"{draw(st.sampled_from((20, 30, 45, 60, 100)))}/h"},
        "writes": writes,
        "provider": {
            "failover": {"run": f"{draw(st.integers(1, 90))}m", "failure": {"probability": 0}},
        },
        "outages": [
            {
                "id": "o",
                "region": "a",
                "kind": draw(st.sampled_from(("hard", "unreachable"))),
                "at": f"{draw(st.integers(30, 600))}m",
                "lasts": "20h",
                "detection": {"automatic": "0m"},
            }
        ],
    }


def minutes_of(text: str) -> int:
    """Whole minutes of a duration that is written in minutes or hours."""
    return int(text[:-1]) * {"m": 1, "h": 60}[text[-1]]


def rate_at(plain: Plain, minute: int) -> Fraction:
    """Writes in a minute."""
    writes = plain["writes"]
    within = minute % minutes_of(writes["period"]) if "period" in writes else minute
    rate = [step["rate"] for step in writes["steps"] if minutes_of(step["after"]) <= within][-1]
    return Fraction(int(rate.removesuffix("/h")), 60)


def carried(plain: Plain, until: int, *, stop: int) -> Fraction:
    """What a link has carried by a minute, one minute after the other, if writes stop at another."""
    bandwidth = Fraction(int(plain["link"]["bandwidth"].removesuffix("/h")), 60)
    stalls = [
        (minutes_of(each["at"]), minutes_of(each["lasts"])) for each in plain["regions"][0]["link_stalls"]
    ]
    waits = over_there = Fraction(0)
    for minute in range(until):
        waits += rate_at(plain, minute) if minute < stop else 0
        if not any(at <= minute < at + lasts for at, lasts in stalls):
            moved = min(waits, bandwidth)
            waits, over_there = waits - moved, over_there + moved
    return over_there


def written(plain: Plain, until_ms: int) -> Fraction:
    """What has been written by an instant."""
    minute, rest_ms = divmod(until_ms, MINUTE_MS)
    whole = sum((rate_at(plain, each) for each in range(minute)), Fraction(0))
    return whole + rate_at(plain, minute) * Fraction(rest_ms, MINUTE_MS)


@given(plain=limited_links())
@tried
def test_what_is_written_is_copied_or_waits_or_is_lost(plain: Plain) -> None:
    """Relation 22: by a queue worked minute by minute, at impact and at the commit of the move."""
    (outage,) = plain["outages"]
    stop = minutes_of(outage["at"])
    world = played(plain, "auto")
    (lost,) = (row for row in world.rows if row[2] == "service_lost")
    (moved,) = (row for row in world.rows if row[2] == "failover_completed")
    (incident,) = world.metrics.incident_list()
    by_commit = moved[0] // MINUTE_MS if outage["kind"] == "unreachable" else stop
    assert incident.potential is not None
    for point_ms, until, number in (
        (lost[7], stop, incident.potential.writes),
        (moved[7], by_commit, incident.realised.writes),
    ):
        over_there = carried(plain, until, stop=stop)
        waits = written(plain, stop * MINUTE_MS) - over_there
        assert written(plain, min(point_ms, stop * MINUTE_MS)) <= over_there
        assert not waits or over_there < written(plain, point_ms + 1)
        assert waits <= number <= ceil(waits + Fraction(1, 1000))
