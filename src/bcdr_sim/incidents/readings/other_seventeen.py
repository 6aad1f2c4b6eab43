"""Readings of the other seventeen recorded outages, by the id of the comparison."""

from __future__ import annotations

from functools import partial

from bcdr_sim.events import CHANNELS, Event
from bcdr_sim.incidents.readings.reading import (
    NEARLY_ALL,
    Found,
    Read,
    asked,
    back,
    first,
    last,
    nobody_moves,
    over,
    posted,
    when_share_is,
)
from bcdr_sim.incidents.replaying import MINUTE_MS, Replay, named_policy
from bcdr_sim.metrics.spells import Outcome
from bcdr_sim.replication import drained_at
from bcdr_sim.trial import link_law

MOVED_AT_ONCE = 0.9
"""More than nine in ten move: the published condition."""
WORLDS_TRIED = 40
"""So many worlds are looked at for one in which an attempt fails."""


def _promoted_without_asking(replay: Replay) -> Found:
    hit = replay.of("two-zone")
    without_loss = [each for each in hit if each.outcome is Outcome.FAILED_OVER and each.realised.age_ms == 0]
    return bool(hit) and len(without_loss) > MOVED_AT_ONCE * len(hit) and asked(replay) == 0


def _no_customer_move_before(replay: Replay, minute: float) -> Found:
    """With customers who order moves at once and are let to: the first move comes after the control plane is back."""
    theirs = replay.again(policy=named_policy("customers-move-themselves"))
    moved = theirs.minutes(Event.FAILOVER_COMPLETED)
    return bool(moved) and min(moved) >= minute


def _stuck_pairs_moved(replay: Replay) -> Found:
    """In the first world in which the first attempt of a pair fails: when most of those are moved."""
    for replication in range(WORLDS_TRIED):
        world = replay.again(replication=replication)
        table = world.timeline.table
        stuck = set(table["environment"][table["event"] == Event.MOVE_FAILED].tolist())
        moved = table[table["event"] == Event.FAILOVER_COMPLETED]
        times = [
            world.minute(time_ms)
            for time_ms, row in zip(moved["time_ms"].tolist(), moved["environment"].tolist(), strict=True)
            if row in stuck
        ]
        if times:
            return (sorted(times)[len(times) // 2],)
    return (float("inf"),)


def _share_back(replay: Replay, fleet: str, share: float) -> Found:
    """When more than this share of those hit is back in place."""
    times = back(replay, fleet)
    return when_share_is(share, times, of=len(replay.of(fleet)))


def _aware_by_the_dashboard(replay: Replay, minute: float) -> Found:
    aware = replay.minutes(Event.CUSTOMER_AWARE)
    return bool(aware) and min(aware) >= minute


def _channel_back(replay: Replay, channel: str) -> Found:
    return last(replay.minutes(Event.CHANNEL_RESTORED, keep=lambda code: CHANNELS[code] == channel))


def _identified_then_restarted(replay: Replay) -> Found:
    """From impact to the first restart, and on to the last: the first one done took one share of the work."""
    times = sorted(back(replay, "front-end"))
    each = (times[-1] - times[0]) / (len(times) - 1)
    begun = times[0] - each
    return begun, times[-1] - begun


def _lost_on_site(replay: Replay) -> Found:
    """Of the building that was destroyed, those whose backup stood on the site."""
    table = replay.timeline.table
    lost = set(table["environment"][table["event"] == Event.ENVIRONMENT_LOST].tolist())
    names = replay.trial.estate.names
    local = {row for row, name in enumerate(names) if name.startswith("destroyed-local-backup")}
    return bool(local) and local <= lost


def _restored_elsewhere(replay: Replay) -> Found:
    """All of the destroyed building with a remote backup are restored, and lose exactly what that was old at the impact."""
    hit = replay.of("destroyed-remote-backup")
    table, names = replay.timeline.table, replay.trial.estate.names
    restored = table[table["event"] == Event.RESTORED_AT_SECONDARY]
    rows, points_ms = restored["environment"].tolist(), restored["value"].tolist()
    ages_ms = {names[row]: replay.impact_ms - point_ms for row, point_ms in zip(rows, points_ms, strict=True)}
    return bool(hit) and all(each.realised.age_ms == ages_ms.get(each.environment) for each in hit)


def _nothing_while_the_tools_are_down(replay: Replay) -> Found:
    """No failover completes while the region of the orchestrator is down, and the holds name that."""
    returned = last(replay.minutes(Event.REGION_RETURNED))[0]
    moved = first(replay.minutes(Event.FAILOVER_COMPLETED))[0]
    holds = {hold.reason for each in replay.of("single-site-tools") for hold in each.holds}
    return moved >= returned and "orchestrator_unavailable" in holds


def _distinct_ends(replay: Replay) -> Found:
    """When those come back who were not to be moved: each instant once."""
    table = replay.timeline.table
    moving = set(table["environment"][table["event"] == Event.MOVE_DECIDED].tolist())
    rows = table[table["event"] == Event.SERVICE_RESTORED]
    pairs = zip(rows["time_ms"].tolist(), rows["environment"].tolist(), strict=True)
    return tuple(sorted({replay.minute(time_ms) for time_ms, row in pairs if row not in moving}))


def _nothing_through_the_console(replay: Replay, begin: float, end: float) -> Found:
    """Nobody orders or consents in that window, and somebody does outside it."""
    events = (Event.CONSENT_GRANTED, Event.ORDER_GIVEN)
    given = [time for event in events for time in replay.minutes(event)]
    return bool(given) and not any(begin <= time < end for time in given)


def _one_zone_not_back(replay: Replay) -> Found:
    ended = {each.outcome for each in replay.incidents}
    return Outcome.STILL_DOWN in ended


def _windows(replay: Replay) -> Found:
    """Each wave from its beginning: to its end, but for the launches to the first that succeed, as published."""
    table, outages = replay.timeline.table, replay.timeline.outages
    lengths = []
    for name in ("database", "launches", "balancers"):
        rows = table[table["outage"] == outages.index(name)]
        began_ms = int(rows["time_ms"][rows["event"] == Event.OUTAGE_BEGAN][0])
        ended_ms = int(rows["time_ms"][rows["event"] == Event.OUTAGE_ENDED][0])
        if name == "launches":
            better = table["time_ms"][
                (table["event"] == Event.SERVICE_IMPAIRED) & (table["time_ms"] > began_ms)
            ]
            ended_ms = min(better.tolist(), default=ended_ms)
        lengths.append((ended_ms - began_ms) / MINUTE_MS)
    return tuple(lengths)


def _union_of_waves(replay: Replay) -> Found:
    """From the first wave until a tenant of all three services is served in full again."""
    return last(back(replay, "uses-all"))


def _stayed_without_loss(replay: Replay) -> Found:
    """Nothing realised, nothing permanent; and every copy has caught up with its stall before the outages are over."""
    whole = all(each.realised.writes == each.permanent.writes == 0 for each in replay.incidents)
    ((fact, link),) = (
        (each, each.entry.link) for each in replay.trial.outages if each.entry.link is not None
    )
    stall = fact.at_ms + link.stalls[0], fact.at_ms + link.stalls[1]
    over_ms = max(replay.timeline.table["time_ms"][replay.timeline.table["event"] == Event.REGION_RETURNED])
    for row in range(len(replay.trial.estate)):
        law = link_law(replay.trial, row, occasion=fact.id)
        caught_up_ms = None if law is None else drained_at(law, stall[1], stalls=(stall,))
        if caught_up_ms is None or caught_up_ms >= over_ms:
            return False
    return whole and nobody_moves(replay)


def _promised_and_true(replay: Replay) -> Found:
    table = replay.timeline.table
    eta = table[table["event"] == Event.ETA_PUBLISHED][0]
    said_ms = int(eta["value"]) - int(eta["time_ms"])
    return said_ms / MINUTE_MS, over(replay)[0] - replay.minute(int(eta["time_ms"]))


OTHER_SEVENTEEN: dict[str, Read] = {
    "aws-use1-power-2012-06-29#1": _promoted_without_asking,
    "aws-use1-power-2012-06-29#2": partial(_no_customer_move_before, minute=66),
    "aws-use1-power-2012-06-29#3": partial(_channel_back, channel="admin_portal"),
    "aws-use1-power-2012-06-29#4": _stuck_pairs_moved,
    "aws-use1-power-2012-06-29#5": partial(_share_back, fleet="one-zone", share=NEARLY_ALL),
    "aws-s3-2017-02-28#1": partial(_aware_by_the_dashboard, minute=120),
    "aws-s3-2017-02-28#2": partial(_channel_back, channel="service_health_dashboard"),
    "aws-s3-2017-02-28#3": lambda replay: (*last(back(replay, "reads")), *last(back(replay, "writes"))),
    "azure-frc-2018-10-16#1": nobody_moves,
    "azure-frc-2018-10-16#2": over,
    "azure-dns-2019-01-29#1": lambda replay: last(replay.minutes(Event.FAILOVER_COMPLETED, "public-cloud")),
    "azure-dns-2019-01-29#2": lambda replay: last(back(replay, "sovereign-cloud")),
    "aws-tyo-2019-08-23#1": partial(_share_back, fleet="zonal", share=NEARLY_ALL),
    "aws-kinesis-2020-11-25#1": _identified_then_restarted,
    "aws-kinesis-2020-11-25#2": lambda replay: last(back(replay, "monitoring")),
    "azure-jpe-2021-02-26#1": nobody_moves,
    "azure-jpe-2021-02-26#2": over,
    "ovh-sbg-2021-03-10#1": _lost_on_site,
    "ovh-sbg-2021-03-10#2": _restored_elsewhere,
    "ovh-sbg-2021-03-10#3": lambda replay: last(back(replay)),
    "gcp-euw2-2022-07-19#1": lambda replay: first(replay.minutes(Event.OUTAGE_GREW)),
    "gcp-euw2-2022-07-19#2": over,
    "kakao-2022-10-15#1": _nothing_while_the_tools_are_down,
    "kakao-2022-10-15#2": over,
    "alibaba-hk-2022-12-18#1": _distinct_ends,
    "gcp-euw9-2023-04-25#1": posted,
    "gcp-euw9-2023-04-25#2": partial(_nothing_through_the_console, begin=255, end=518),
    "gcp-euw9-2023-04-25#3": _one_zone_not_back,
    "azure-aue-2023-08-30#1": posted,
    "azure-eus2-2025-01-08#1": _distinct_ends,
    "gcp-use5c-2025-03-29#1": over,
    "aws-use1-2025-10-20#1": _windows,
    "aws-use1-2025-10-20#2": posted,
    "aws-use1-2025-10-20#3": _union_of_waves,
    "aws-use1-2025-10-20#4": _stayed_without_loss,
    "azure-weu-2025-11-05#1": nobody_moves,
    "azure-weu-2025-11-05#2": over,
    "azure-weu-2025-11-05#3": _promised_and_true,
}
"""How the published numbers of the other seventeen are read; predictions stand in `predictions`."""
