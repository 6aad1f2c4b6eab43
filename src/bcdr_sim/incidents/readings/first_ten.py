"""Readings of the first ten recorded outages, by the id of the comparison."""

from __future__ import annotations

from bcdr_sim.events import CHANNELS, Event
from bcdr_sim.incidents.readings.reading import (
    MOVES_AWAY,
    Found,
    Read,
    all_ended,
    asked,
    back,
    first,
    held_mostly_for,
    last,
    nobody_moves,
    over,
    posted,
    recovery_times,
    when_share_is,
)
from bcdr_sim.incidents.record import SCENARIOS
from bcdr_sim.incidents.replaying import MINUTE_MS, Replay, is_of, named_policy
from bcdr_sim.metrics.spells import Outcome
from bcdr_sim.policy.decision import Reason
from bcdr_sim.timeline.stays import REASONS

MOST = 0.5
"""More than half is back where a report says "most"."""


def _most_back(replay: Replay) -> Found:
    times = back(replay, "prod")
    return when_share_is(MOST, times, of=len(times))


def _last_effects(replay: Replay) -> Found:
    """Not of the bare dependency: of the same scenario with a restart time of its own."""
    tail = replay.again(path=SCENARIOS / "vsts-2018-09-04-tail.yaml")
    return last(back(tail, "org-late"))


def _typical_downtime(replay: Replay) -> Found:
    """Median downtime of an organisation, counted from the impact on record."""
    times = back(replay, "org")
    return when_share_is(MOST, times, of=len(times))


def _one_failover_nobody_asked(replay: Replay) -> Found:
    return len(replay.minutes(Event.FAILOVER_COMPLETED)) == 1 and asked(replay) == 0


def _all_clusters_move(replay: Replay) -> Found:
    """And each after contact is back."""
    moved = replay.minutes(Event.FAILOVER_COMPLETED, "cluster")
    contact = replay.minutes(Event.CONTACT_RESTORED, "cluster")
    return bool(contact) and len(moved) == _clusters(replay) and min(moved) >= max(contact)


def _clusters(replay: Replay) -> int:
    return sum(is_of(name, "cluster") for name in replay.trial.estate.names)


def _failback_waits_for_sync(replay: Replay) -> Found:
    """Every cluster is held with that reason, and none goes home before its copy is in sync."""
    table = replay.timeline.table
    reason = REASONS.index(Reason.REVERSE_SYNC_PENDING.value)
    held = table[(table["event"] == Event.HELD) & (table["reason"] == reason)]
    home = replay.minutes(Event.FAILBACK_COMPLETED, "cluster")
    synced = replay.minutes(Event.RESYNC_COMPLETED, "cluster")
    everybody = len(set(held["environment"].tolist())) == _clusters(replay)
    return everybody and min(home, default=float("inf")) >= min(synced, default=float("inf"))


def _estimate_given_and_status_green(replay: Replay) -> Found:
    return last(replay.minutes(Event.BACKLOG_CLEARED))


def _quarter_of_the_old(replay: Replay) -> Found:
    """Downtime of covered products at most a quarter of what the old rule gives in the same outage."""
    old = replay.again(policy=named_policy("operator-decides", decision="115m"))
    new_min, old_min = (recovery_times(each.of("covered")).sum() for each in (replay, old))
    return bool(0 < new_min <= old_min / 4)


def _products_outside_the_plan(replay: Replay) -> Found:
    hit = replay.of("not-covered")
    return held_mostly_for("no_valid_secondary", hit) and all_ended(Outcome.RECOVERED_IN_PLACE, hit)


def _warnings(replay: Replay) -> Found:
    warned = first(replay.minutes(Event.WARNING_RAISED))[0]
    grew = first(replay.minutes(Event.OUTAGE_GREW))[0]
    return -warned, grew - warned


def _confirmed_then_fixed(replay: Replay) -> Found:
    """The cause is not part of the model: when it was confirmed stands in the record, the rest is replayed."""
    confirmed = max(fact.at_min for fact in replay.recorded.facts if fact.kind == "diagnosis")
    return confirmed, last(back(replay, "storage-unit"))[0] - confirmed


def _nothing_lost_by_waiting(replay: Replay) -> Found:
    waited = [each for each in replay.incidents if each.outcome is Outcome.RECOVERED_IN_PLACE]
    return bool(waited) and all(
        each.permanent.age_ms == each.permanent.writing_ms == each.permanent.writes == 0 for each in waited
    )


def _nobody_back(replay: Replay) -> Found:
    """Everybody who was hit and did not move is down at the end."""
    waiting = [each for each in replay.incidents if each.outcome is not Outcome.FAILED_OVER]
    return all_ended(Outcome.STILL_DOWN, waiting)


def _pair_is_no_way_out(replay: Replay) -> Found:
    """The main hold of every pair-protected environment still down at home at the second strike; none moves any more."""
    strike_ms = replay.trial.outage_by_id["bahrain"].at_ms
    waiting = [
        each
        for each in replay.of("pair-protected")
        if each.region == "me-central-1" and (each.end_ms is None or each.end_ms > strike_ms)
    ]
    moved = [time for event in MOVES_AWAY for time in replay.minutes(event, "pair-protected")]
    late = [time for time in moved if time > replay.minute(strike_ms)]
    return bool(waiting) and not late and held_mostly_for("secondary_unhealthy", waiting)


def _restored_without_a_copy(replay: Replay) -> Found:
    hit = replay.of("main")
    holds = [hold.reason for each in hit for hold in each.holds]
    restored = replay.minutes(Event.RESTORED_IN_PLACE)
    return "no_valid_secondary" in holds and len(restored) == 1 and nobody_moves(replay)


def _age_of_what_was_restored(replay: Replay) -> Found:
    return (max(each.realised.age_ms for each in replay.of("main")) / MINUTE_MS,)


def _channel_back(replay: Replay, channel: str) -> Found:
    return last(replay.minutes(Event.CHANNEL_RESTORED, keep=lambda code: CHANNELS[code] == channel))


FIRST_TEN: dict[str, Read] = {
    "azure-scus-2018-09-04#1": nobody_moves,
    "azure-scus-2018-09-04#2": lambda replay: held_mostly_for("loss_not_excluded", replay.of("prod")),
    "azure-scus-2018-09-04#3": _most_back,
    "azure-scus-2018-09-04#4": lambda replay: last(back(replay, "prod")),
    "vsts-2018-09-04#1": nobody_moves,
    "vsts-2018-09-04#2": lambda replay: held_mostly_for("loss_not_excluded", replay.of("org")),
    "vsts-2018-09-04#3": _last_effects,
    "vsts-2018-09-04#4": _typical_downtime,
    "azure-avd-2024-09-16#1": _one_failover_nobody_asked,
    "azure-avd-2024-09-16#2": lambda replay: first(replay.minutes(Event.MOVE_DECIDED)),
    "azure-avd-2024-09-16#3": lambda replay: first(replay.minutes(Event.FAILOVER_COMPLETED)),
    "azure-avd-2024-09-16#4": posted,
    "azure-avd-2024-09-16#5": lambda replay: first(replay.minutes(Event.RECOVERY_CONFIRMED)),
    "github-2018-10-21#1": _all_clusters_move,
    "github-2018-10-21#2": _failback_waits_for_sync,
    "github-2018-10-21#3": lambda replay: first(replay.minutes(Event.PEOPLE_NOTICED)),
    "github-2018-10-21#4": posted,
    "github-2018-10-21#5": _estimate_given_and_status_green,
    "cloudflare-pdx-2023-11-02#1": lambda replay: first(replay.minutes(Event.FAILOVER_COMPLETED, "covered")),
    "cloudflare-pdx-2023-11-02#2": lambda replay: last(back(replay, "not-covered")),
    "cloudflare-pdx-2023-11-02#3": _products_outside_the_plan,
    "cloudflare-pdx-2024-03-26#1": _quarter_of_the_old,
    "azure-inc-2020-05-18#1": nobody_moves,
    "azure-inc-2020-05-18#2": _warnings,
    "azure-inc-2020-05-18#3": over,
    "azure-cus-2024-07-18#1": lambda replay: last(back(replay, "storage-unit")),
    "azure-cus-2024-07-18#2": _confirmed_then_fixed,
    "azure-cus-2024-07-18#3": _nothing_lost_by_waiting,
    "azure-cus-2024-07-18#4": lambda replay: last(back(replay, "compute")),
    "azure-cus-2024-07-18#5": lambda replay: last(back(replay, "service")),
    "aws-mec1-2026-03-01#1": posted,
    "aws-mec1-2026-03-01#2": lambda replay: first(replay.minutes(Event.ADVICE_PUBLISHED)),
    "aws-mec1-2026-03-01#3": _nobody_back,
    "aws-mec1-2026-03-01#4": _pair_is_no_way_out,
    "gitlab-2017-01-31#1": _restored_without_a_copy,
    "gitlab-2017-01-31#2": _age_of_what_was_restored,
    "gitlab-2017-01-31#3": lambda replay: last(
        each.rta_ms / MINUTE_MS if each.rta_ms is not None else float("inf") for each in replay.of("main")
    ),
}
"""How the published numbers of the first ten are read; predictions stand in `predictions`."""
