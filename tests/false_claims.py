"""What sounds true of failover and is not: each claim with the smallest world in which it fails.

None of these may become a test of the engine. Each is two worlds that differ in one thing, and what that did, in hours.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from bcdr_sim.metrics import Metrics
from bcdr_sim.verification.case import HOUR_MS
from bcdr_sim.verification.cases import readings
from false_claim_worlds import (
    AUTO,
    NEVER,
    announced,
    away_or_not,
    consents_after,
    lags,
    more_slots,
    one_slot_for,
    outages_at,
    repaired,
    shallow_after_deep,
    stalled_while_served,
    two_customers,
    two_outages,
    world,
)


def down(metrics: Metrics) -> float:
    """Time down of all."""
    return float(readings.down(metrics).sum())


def interrupted(metrics: Metrics) -> float:
    """Time without service of all, planned or not."""
    return float(readings.interrupted(metrics).sum())


def realised(metrics: Metrics) -> float:
    """What moves lost, in hours."""
    return sum(each.realised.age_ms for each in metrics.incident_list()) / HOUR_MS


def potential(metrics: Metrics, *, number: int) -> float:
    """The age, in hours, of the copy at one of the incidents in the order of time, from 0."""
    exposed = sorted(
        (each.start_ms, each.potential.age_ms) for each in metrics.incident_list() if each.potential
    )
    return exposed[number][1] / HOUR_MS


def second_potential(metrics: Metrics) -> float:
    """The age of the copy at the second incident."""
    return potential(metrics, number=1)


def of_b(metrics: Metrics) -> float:
    """Down time of the environment `b`."""
    row = metrics.timeline.trial.estate.names.index("b")
    return sum(each.rta_ms or 0 for each in metrics.incidents_of(row)) / HOUR_MS


@dataclass(frozen=True)
class Claim:
    """A claim, the world without and with what it is about, and what is measured in both.

    `bounds`: the relation whose conditions it needs to be true; none where it is true under no conditions worth a name.
    """

    says: str
    before: str
    after: str
    reads: Callable[[Metrics], float]
    was: float
    becomes: float
    bounds: int | None = None


CLAIMS = (
    Claim(
        "faster consent never lengthens the recovery of who gives it",
        consents_after("150m"),
        consents_after("1h"),
        down,
        was=2,
        becomes=3,
        bounds=26,
    ),
    Claim(
        "a copy further behind loses more", lags("4m"), lags("5m"), realised, was=4 / 60, becomes=0, bounds=30
    ),
    Claim(
        "failing over beats staying",
        world(policy=NEVER, provider="failover: {run: 1h}, failback: {interruption: 2h}"),
        world(provider="failover: {run: 1h}, failback: {interruption: 2h}"),
        interrupted,
        was=2,
        becomes=3,
    ),
    Claim(
        "a longer outage means more down time",
        two_outages("1h"),
        two_outages("3h"),
        down,
        was=2,
        becomes=1,
        bounds=29,
    ),
    Claim(
        "one more production environment is neutral",
        one_slot_for("{name: b, region: near}"),
        one_slot_for("{name: a, region: near}, {name: b, region: near}"),
        of_b,
        was=1,
        becomes=1.5,
        bounds=10,
    ),
    Claim(
        "a faster run means less interruption",
        world(
            provider="failover: {run: 2h}, failback: {interruption: 2h}, confirmation: 5h",
            outages="{id: a, region: near, at: 1h, lasts: 7h, detection: {automatic: 5h}}",
        ),
        world(
            provider="failover: {run: 1h}, failback: {interruption: 2h}, confirmation: 5h",
            outages="{id: a, region: near, at: 1h, lasts: 7h, detection: {automatic: 5h}}",
        ),
        interrupted,
        was=7,
        becomes=8,
        bounds=24,
    ),
    Claim(
        "more slots lengthen no recovery",
        more_slots(1, lasts="1h", provider="on_recovery: commit"),
        more_slots(2, lasts="1h", provider="on_recovery: commit"),
        of_b,
        was=1,
        becomes=2,
        bounds=23,
    ),
    Claim(
        "one more outage means more down time",
        outages_at(("1h", "2h"), ("6h", "1h")),
        outages_at(("1h", "2h"), ("4h", "1h"), ("6h", "1h")),
        down,
        was=2,
        becomes=1,
    ),
    Claim(
        "faster consent of one customer does not hurt another",
        two_customers(
            a="decision: 2h, notices_impact: 0s", b="decision: 1h, notices_impact: 0s", lasts="150m"
        ),
        two_customers(
            a="decision: 30m, notices_impact: 0s", b="decision: 1h, notices_impact: 0s", lasts="150m"
        ),
        of_b,
        was=2,
        becomes=2.5,
        bounds=26,
    ),
    Claim(
        "more slots mean less interruption in total",
        more_slots(1, lasts="3h", provider="failback: {interruption: 2h}"),
        more_slots(2, lasts="3h", provider="failback: {interruption: 2h}"),
        interrupted,
        was=7,
        becomes=8,
        bounds=23,
    ),
    Claim(
        "more lag does not lower the second recorded potential loss",
        away_or_not("4m", "region: far, at: 2h, lasts: 1h"),
        away_or_not("5m", "region: far, at: 2h, lasts: 1h"),
        second_potential,
        was=1,
        becomes=5 / 60,
        bounds=30,
    ),
    Claim(
        "more lag does not lower the potential loss of the same outage, whatever the policy",
        away_or_not("4m", "regions: [near, far], at: 2h, lasts: 1h"),
        away_or_not("5m", "regions: [near, far], at: 2h, lasts: 1h"),
        second_potential,
        was=1,
        becomes=5 / 60,
        bounds=30,
    ),
    Claim(
        "a shorter detection lengthens no recovery, however few slots there are",
        two_customers(
            a="decision: 45m, notices_impact: 0s",
            b="decision: 0s, notices_impact: 1h",
            detection="1h",
            run="2h",
            lasts="20h",
        ),
        two_customers(
            a="decision: 45m, notices_impact: 0s", b="decision: 0s, notices_impact: 1h", run="2h", lasts="20h"
        ),
        of_b,
        was=3,
        becomes=4.75,
        bounds=25,
    ),
    Claim(
        "knowing of an outage earlier lengthens no recovery",
        announced("20m"),
        announced("0s"),
        down,
        was=35 / 60,
        becomes=10,
        bounds=25,
    ),
    Claim(
        "later consent loses no more, whatever the outage",
        stalled_while_served("1h"),
        stalled_while_served("2h"),
        realised,
        was=61 / 60,
        becomes=121 / 60,
        bounds=29,
    ),
    Claim(
        "one more environment that cannot be moved is neutral, crews or not",
        repaired("{name: b, region: near}"),
        repaired("{name: a, region: near, cover: false}, {name: b, region: near}"),
        of_b,
        was=1,
        becomes=2,
        bounds=10,
    ),
    Claim(
        "a move that is aborted in the end costs nothing, in any outages",
        shallow_after_deep(NEVER),
        shallow_after_deep(AUTO),
        down,
        was=2,
        becomes=4,
        bounds=18,
    ),
)
