"""What sounds true of failover and is not: each claim with the smallest world in which it fails.

None of these may become a test of the engine. Each is two worlds that differ in one thing, and what that did, in hours.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from bcdr_sim.metrics import Metrics
from bcdr_sim.verification.case import HOUR_MS
from bcdr_sim.verification.cases import readings

AUTO, NEVER, SEED = "../policies/auto.yaml", "../policies/never.yaml", "seed-2024-11"


def interrupted(metrics: Metrics) -> float:
    """Time without service of all, planned or not."""
    return readings.down(metrics) + readings.planned(metrics)


def realised(metrics: Metrics) -> float:
    """What moves lost, in hours."""
    return sum(each.realised.age_ms for each in metrics.incident_list()) / HOUR_MS


@dataclass(frozen=True)
class Claim:
    """A claim, the world without and with what it is about, and what is measured in both."""

    says: str
    before: str
    after: str
    reads: Callable[[Metrics], float]
    was: float
    becomes: float


def world(
    *,
    policy: str = AUTO,
    outages: str = "{id: a, region: near, at: 1h, lasts: 2h, detection: {automatic: 0s}}",
    provider: str = "",
    environments: str = "{name: b, region: near}",
    more: str = "",
) -> str:
    """A world in which nothing takes time but what is said."""
    return f"""\
version: 1
name: counterexample
include: [instant.yaml]
horizon: 48h
environments: [{environments}]
provider: {{{provider}}}
outages: [{outages}]
policy: {policy}
{more}"""


def consents_after(delay: str) -> str:
    """A customer who agrees to everything, after a while, and a move of two hours that is completed in any case."""
    return world(
        policy=SEED,
        provider="on_recovery: commit, failover: {run: 2h}",
        more=f"link: {{kind: lag, lag: 1m}}\ncustomers: {{default: {{accepts_loss_up_to: 1d, decision: {delay}}}}}\n",
    )


def lags(lag: str) -> str:
    """A customer who accepts four minutes, and a copy that is some minutes behind."""
    return world(
        policy=SEED,
        more=f"link: {{kind: lag, lag: {lag}}}\ncustomers: {{default: {{accepts_loss_up_to: 4m}}}}\n",
    )


def two_outages(first: str) -> str:
    """One outage and another four hours later, and a move of an hour that is given up when the region is back."""
    return world(
        provider="failover: {run: 1h}, verification: 20h",
        outages=f"{{id: a, region: near, at: 1h, lasts: {first}, detection: {{automatic: 0s}}}}, "
        "{id: b, region: near, at: 5h, lasts: 1h, detection: {automatic: 0s}}",
    )


def one_slot_for(environments: str) -> str:
    """An outage of three hours, and one slot for moves of an hour."""
    return world(
        provider="failover: {run: 1h, slots: 1}",
        outages="{id: a, region: near, at: 1h, lasts: 90m, detection: {automatic: 0s}}",
        environments=environments,
    )


def of_b(metrics: Metrics) -> float:
    """Down time of the environment `b`."""
    row = metrics.timeline.trial.estate.names.index("b")
    return sum(each.rta_ms or 0 for each in metrics.incidents_of(row)) / HOUR_MS


CLAIMS = (
    Claim(
        "faster consent never lengthens the recovery of who gives it",
        consents_after("150m"),
        consents_after("1h"),
        readings.down,
        was=2,
        becomes=3,
    ),
    Claim("a copy further behind loses more", lags("4m"), lags("5m"), realised, was=4 / 60, becomes=0),
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
        readings.down,
        was=2,
        becomes=1,
    ),
    Claim(
        "one more production environment is neutral",
        one_slot_for("{name: b, region: near}"),
        one_slot_for("{name: a, region: near}, {name: b, region: near}"),
        of_b,
        was=1,
        becomes=1.5,
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
    ),
)
