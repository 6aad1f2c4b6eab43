"""The predictions: what a replay says when part of its own record is withheld."""

from __future__ import annotations

from functools import partial

from bcdr_sim.incidents.encoding import GONE
from bcdr_sim.incidents.readings.reading import Found, Prediction, Read, over
from bcdr_sim.incidents.replaying import MINUTE_MS, Replay
from bcdr_sim.incidents.tails import tail_without
from bcdr_sim.replication import Fluid, Writes

INTERVAL = (0.1, 0.9)

REPAIRED = "cooling_restored", "power_restored"
"""Kinds of facts that say when the cause was gone."""


def _after_the_repair(replay: Replay, outage: str) -> Found:
    """Recovery withheld: the repair of the cause, then the tail of the other recorded outages, replayed three times."""
    repaired = next(fact for fact in replay.recorded.facts if fact.kind in REPAIRED)
    tail = tail_without(repaired.kind.removesuffix("_restored"), replay.recorded.id)

    def ends(share: float) -> float:
        lasts_ms = round((repaired.at_min + tail.quantile_min(share)) * MINUTE_MS)
        world = replay.again(
            changes={
                f"outages.{outage}.recovery": GONE,
                f"outages.{outage}.lasts": f"{lasts_ms}ms",
                "horizon": "60d",
                "expect": [],
            }
        )
        return over(world)[0]

    return Prediction(ends(0.5), *(ends(share) for share in INTERVAL))


def _straight_line(replay: Replay) -> Found:
    """Stages after the first withheld: one crew from when the fire was out, at the pace known at that stage."""
    out = next(fact.at_min for fact in replay.recorded.facts if fact.kind == "containment")
    stage = next(fact.at_min for fact in replay.recorded.facts if fact.kind == "recovery")
    done, servers = 12, 32
    each_ms = round((stage - out) / done * MINUTE_MS)
    changes = {
        "outages.fire.recovery": GONE,
        "outages.fire.crews": {"count": 1, "starts": f"{round(out)}m", "each": f"{each_ms}ms"},
        "environments": [{"name": "server", "count": servers, "region": "pangyo", "link": {"kind": "none"}}],
        "expect": [],
    }
    return Prediction(over(replay.again(changes=changes))[0])


NIGHT_PER_HOUR, DAY_PER_HOUR = 60.0, 600.0
"""Writes outside and inside working hours: the default patterns of the program. Assumption: their ratio, 10."""
BACKUP_AGE_MIN, ESTIMATE_MIN, ESTIMATED_AT_MIN = 240, 120, 479


def _catch_up(replay: Replay, factor: float = 1.0) -> float:
    """When copies that had an estimated two hours to go at 479 are in sync, if writing grows with the working day.

    The backlog at 479 is what was written at night since a backup of four hours; the estimate fixes the bandwidth. All of
    this was known then. Assumption: the writes of a working day, 08:00 to 18:00 UTC.
    """
    start_min = replay.impact_ms / MINUTE_MS
    backlog = NIGHT_PER_HOUR * (BACKUP_AGE_MIN + ESTIMATED_AT_MIN) / 60
    bandwidth = NIGHT_PER_HOUR + backlog / (ESTIMATE_MIN / 60)
    day = replay.scenario.start
    assert day is not None
    midnight_min = 60 * day.hour + day.minute
    opens = 24 * 60 * 2 + 8 * 60 - midnight_min
    closes = opens + 10 * 60
    working_day = (opens * MINUTE_MS, factor * DAY_PER_HOUR), (closes * MINUTE_MS, NIGHT_PER_HOUR)
    writes = Writes(NIGHT_PER_HOUR, working_day)
    link = Fluid(bandwidth, writes)
    stall = (
        round((start_min - BACKUP_AGE_MIN) * MINUTE_MS),
        round((start_min + ESTIMATED_AT_MIN) * MINUTE_MS),
    )
    now_ms = stall[1]
    while link.last_sync_ms(now_ms, (stall,)) < now_ms:
        reached_ms = link.reached_ms(now_ms, (stall,))
        assert reached_ms is not None
        now_ms = reached_ms
    return replay.minute(now_ms)


def _working_day(replay: Replay) -> Found:
    """The interval is that of the assumed working day: half and twice its writes."""
    return Prediction(_catch_up(replay), _catch_up(replay, 0.5), _catch_up(replay, 2.0))


PREDICTIONS: dict[str, Read] = {
    "azure-inc-2020-05-18#4": partial(_after_the_repair, outage="air-handlers"),
    "aws-tyo-2019-08-23#2": partial(_after_the_repair, outage="cooling"),
    "alibaba-hk-2022-12-18#2": partial(_after_the_repair, outage="chillers"),
    "gcp-euw2-2022-07-19#3": partial(_after_the_repair, outage="heat"),
    "gcp-use5c-2025-03-29#2": partial(_after_the_repair, outage="power"),
    "aws-use1-power-2012-06-29#6": partial(_after_the_repair, outage="power"),
    "kakao-2022-10-15#3": _straight_line,
    "github-2018-10-21#6": _working_day,
}
"""How the numbers that are predicted are predicted."""
