"""The smallest worlds in which a claim that sounds true fails, as texts of scenario files."""

from __future__ import annotations

AUTO, NEVER, SEED = "../policies/auto.yaml", "../policies/never.yaml", "seed-2024-11"


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


def more_slots(number: int, *, lasts: str, provider: str) -> str:
    """Two environments, moves of two hours, and so many slots."""
    return world(
        provider=f"failover: {{run: 2h, slots: {number}}}, {provider}",
        outages=f"{{id: a, region: near, at: 1h, lasts: {lasts}, detection: {{automatic: 0s}}}}",
        environments="{name: a, region: near}, {name: b, region: near}",
    )


def outages_at(*spells: tuple[str, str]) -> str:
    """Outages of the same region, a move of an hour, and two hours until all is carried over."""
    listed = (
        f"{{id: o{number}, region: near, at: {at}, lasts: {lasts}, detection: {{automatic: 0s}}}}"
        for number, (at, lasts) in enumerate(spells)
    )
    return world(provider="failover: {run: 1h}, reverse_sync: 2h", outages=", ".join(listed))


def two_customers(*, a: str, b: str, detection: str = "0s", run: str = "1h", lasts: str) -> str:
    """Two customers who agree to everything in their own time, and one slot."""
    own = "accepts_loss_up_to: 1d, dashboard_every: null"
    return world(
        policy=SEED,
        provider=f"failover: {{run: {run}, slots: 1}}",
        outages=f"{{id: a, region: near, at: 1h, lasts: {lasts}, detection: {{automatic: {detection}}}}}",
        environments="{name: a, region: near, customer: ann}, {name: b, region: near, customer: bob}",
        more=f"link: {{kind: lag, lag: 1m}}\ncustomers: {{ann: {{{own}, {a}}}, bob: {{{own}, {b}}}}}\n",
    )


def away_or_not(lag: str, second: str) -> str:
    """A customer who accepts four minutes, and a second outage while what was written far away is not carried over yet."""
    return world(
        policy=SEED,
        provider="reverse_sync: 20h",
        outages="{id: a, region: near, at: 1h, lasts: 30m, detection: {automatic: 0s}}, "
        f"{{id: b, {second}, detection: {{automatic: 0s}}}}, "
        "{id: c, region: near, at: 30h, lasts: 1h, detection: {automatic: 0s}}",
        more=f"link: {{kind: lag, lag: {lag}}}\ncustomers: {{default: {{accepts_loss_up_to: 4m}}}}\n",
    )


def stalled_while_served(decision: str) -> str:
    """Writes go on, copying does not, and the customer agrees to whatever is lost by then."""
    return world(
        policy=SEED,
        outages="{id: a, region: near, at: 1h, lasts: 9h, kind: gray, capability: 0.2, "
        "link: {stalls: [0s, 9h]}, detection: {automatic: 0s}}",
        more="link: {kind: lag, lag: 1m}\ncustomers: {default: "
        f"{{accepts_loss_up_to: 1d, consents: to_own_limit, decision: {decision}}}}}\n",
    )


def announced(detection: str) -> str:
    """An estimate that is wrong, published only if people know by then, and a policy that believes it."""
    return world(
        policy="{name: fo-2022, parameters: {patience: 15m, back_soon: 1h}}",
        environments="{name: b, region: near, apps: [finance_operations]}",
        outages="{id: a, region: near, at: 1h, lasts: 10h, comms: {eta: [{after: 10m, says: 30m}]}, "
        f"detection: {{automatic: {detection}}}}}",
    )


def repaired(environments: str) -> str:
    """One crew, an hour for each environment, and nobody is moved."""
    return world(
        policy=NEVER,
        outages="{id: a, region: near, at: 1h, crews: {count: 1, each: 1h}, detection: {automatic: 0s}}",
        environments=environments,
    )


def shallow_after_deep(policy: str) -> str:
    """Nothing is left for two hours, most of it for two more, and a move takes far longer."""
    return world(
        policy=policy,
        provider="failover: {run: 20h}",
        outages="{id: a, region: near, at: 1h, lasts: 2h, kind: hard, detection: {automatic: 0s}}, "
        "{id: b, region: near, at: 2h, lasts: 3h, kind: gray, capability: 0.6, detection: {automatic: 0s}}",
    )
