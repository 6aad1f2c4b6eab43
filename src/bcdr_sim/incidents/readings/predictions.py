"""The predictions: what a replay says when part of its own record is withheld."""

from __future__ import annotations

from functools import partial

from bcdr_sim.events import Event
from bcdr_sim.incidents.encoding import GONE
from bcdr_sim.incidents.readings.reading import Found, Prediction, Read, first, over
from bcdr_sim.incidents.replaying import MINUTE_MS, Replay
from bcdr_sim.incidents.tails import tail_without

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

    return Prediction(ends(0.5), interval=(ends(INTERVAL[0]), ends(INTERVAL[1])))


def _straight_line(replay: Replay) -> Found:
    """Stages after the first withheld: one crew from when the fire was out, at the pace known at that stage."""
    out = next(fact.at_min for fact in replay.recorded.facts if fact.kind == "containment")
    stage = next(fact.at_min for fact in replay.recorded.facts if fact.kind == "recovery")
    done, servers = 12, 32  # thousands
    each_ms = round((stage - out) / done * MINUTE_MS)
    crews = {"count": 1, "starts": f"{round(out)}m", "each": f"{each_ms}ms"}
    changes = {
        "outages": [{"id": "fire", "region": "pangyo", "at": "1d", "crews": crews}],
        "environments": [{"name": "server", "count": servers, "region": "pangyo", "link": {"kind": "none"}}],
        "expect": [],
    }
    return Prediction(over(replay.again(changes=changes))[0])


ESTIMATED_AT_MIN, ESTIMATE_MIN, PROMOTED_S = 479, 120, 70
"""When the public estimate was given, what it promised, and when the new side began to take writes of its own."""
NIGHT_PER_HOUR = 60
WORKING_DAYS_PER_HOUR = (600, 300, 1200)
"""Writes in the working day: those of the encoding, half and twice. Assumption: the ratio to the night, 10."""


def _in_step(replay: Replay, day_per_hour: int) -> float:
    """When copies are in step that had two hours to go at 479 by a straight line, which fixes the rate."""
    behind_h = (ESTIMATED_AT_MIN * 60 - PROMOTED_S) / 3600
    pace = NIGHT_PER_HOUR + NIGHT_PER_HOUR * behind_h / (ESTIMATE_MIN / 60)
    world = replay.again(
        changes={
            "provider.reverse_sync": f"{ESTIMATED_AT_MIN * 60 - PROMOTED_S}s",
            "provider.catch_up": {"rate": f"{pace:.6f}/h"},
            "writes.steps.1.rate": f"{day_per_hour}/h",
            "outages.paused.lasts": "3d",
            "expect": [],
        }
    )
    return first(world.minutes(Event.RESYNC_COMPLETED, "cluster"))[0]


def _working_day(replay: Replay) -> Found:
    """No interval, since one outage has no spread; but how far it goes with half and twice the writes of a day."""
    point, low, high = (_in_step(replay, day) for day in WORKING_DAYS_PER_HOUR)
    return Prediction(point, spread=(low, high))


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
