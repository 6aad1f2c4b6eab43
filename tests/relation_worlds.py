"""Random worlds for the relations: drawn from the whole model, narrowed to what a relation asks for, and played.

`RELATION_EXAMPLES=2000 pytest tests/test_relations_*.py` tries so many worlds per relation instead of a few, the same in
every run; with `HYPOTHESIS_PROFILE=thorough` before it they are new ones. `RELATION_SHRINK=no` shows the first
that fails as it is.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass
from functools import cached_property, reduce

from hypothesis import HealthCheck, Phase, assume, reject, settings
from hypothesis import strategies as st

from bcdr_sim.engine import simulate
from bcdr_sim.metrics import Metrics, measure
from bcdr_sim.metrics.accounts import Account
from bcdr_sim.policy import Policy, PolicyError
from bcdr_sim.scenario.checks import findings
from bcdr_sim.scenario.document import Scenario
from bcdr_sim.timeline import Timeline
from bcdr_sim.trial import Trial, resolve
from data_worlds import DATA_POLICIES, data_scenarios
from growing import growing_scenarios
from oracle.chances import Draw, Plain, distribution, maybe, minutes
from oracle.rows import rows_of
from oracle.scenarios import plain_scenarios
from oracle.state import Row
from people_worlds import ORDERED, ordering_scenarios, peopled_scenarios
from stormy_worlds import relapsing_scenarios, stormy_scenarios

tried = settings(
    suppress_health_check=list(HealthCheck),
    deadline=None,
    derandomize=os.environ.get("HYPOTHESIS_PROFILE", "same") == "same",
    database=None,
    phases=(Phase.generate,) if os.environ.get("RELATION_SHRINK") == "no" else (Phase.generate, Phase.shrink),
    max_examples=int(os.environ.get("RELATION_EXAMPLES", "15")),
)

POLICIES: dict[str, Policy] = DATA_POLICIES | ORDERED
EVERY = sorted(POLICIES)
ANY_POLICY = st.one_of(st.sampled_from(EVERY), st.sampled_from(("auto", "eager")))
"""All, and more often those that move whoever they can."""
ESTIMATING = [name for name in EVERY if name.startswith(("fo-2022", "asking"))]
"""Those that believe what is said about the end of an outage."""
UNRESTORING = sorted(name for name in EVERY if "restore" not in name)
SEED = sorted(name for name in EVERY if name.startswith("seed-2024-11"))
STEADY = sorted(["auto", *SEED, *(name for name in EVERY if name.startswith("sql-microsoft"))])
"""Those whose answer about somebody who is down does not depend on estimates, on the hour or on what others do."""

ANY = st.one_of(
    plain_scenarios(),
    peopled_scenarios(),
    ordering_scenarios(),
    growing_scenarios(),
    data_scenarios(),
    stormy_scenarios(),
)
"""Everything the model has."""
STORMY = st.sampled_from((ANY, stormy_scenarios(), relapsing_scenarios())).flatmap(lambda worlds: worlds)
"""The same, and most of it with much to flee from."""
Narrowing = Callable[[Plain], None]


@dataclass(frozen=True)
class Played:
    """A world under a policy: what happened, as rows, and what it means."""

    timeline: Timeline

    @cached_property
    def rows(self) -> list[Row]:
        """Every event as (time_ms, who, event, phase after, outage, reason, rule, value)."""
        return rows_of(self.timeline)

    @cached_property
    def metrics(self) -> Metrics:
        """What the timeline means in numbers."""
        return measure(self.timeline)

    @property
    def trial(self) -> Trial:
        """The world."""
        return self.timeline.trial

    @property
    def names(self) -> list[str]:
        """The environments."""
        return self.trial.estate.names

    def of(self, *names: str) -> list[Row]:
        """What happened to some environments or regions."""
        return [row for row in self.rows if row[1] in names]

    def booked_ms(self, account: Account) -> dict[str, int]:
        """Time of each environment in an account."""
        return dict(zip(self.names, self.metrics.clocks.booked[:, account].tolist(), strict=True))


def played_in(trial: Trial, policy: Policy) -> Played:
    """Play a world; one in which the policy runs in a circle at one instant is not what a relation is about."""
    try:
        return Played(simulate(trial, policy))
    except PolicyError:
        reject()


def played(plain: Plain, policy: str) -> Played:
    """Resolve and play a scenario under one of `POLICIES`."""
    return played_in(resolve(Scenario.model_validate(plain), seed=7), POLICIES[policy])


def narrowed(worlds: st.SearchStrategy[Plain], *ways: Narrowing) -> st.SearchStrategy[Plain]:
    """The same worlds without what a relation does not hold for."""

    def narrow(plain: Plain) -> Plain:
        data = deepcopy(plain)
        for way in ways:
            way(data)
        assume(not findings(Scenario.model_validate(data)))
        return data

    return worlds.map(narrow)


def changed(plain: Plain, *ways: Narrowing) -> Plain:
    """A copy of a scenario with something done to it."""
    data = deepcopy(plain)
    reduce(lambda _, way: way(data), ways, None)
    return data


# What a world is narrowed by ------------------------------------------------------------------------------------------


def without_limits(data: Plain) -> None:
    """Nobody waits for anybody: no slots, waves, capacity, surges, agents of a desk, crews or dependencies."""
    provider = data["provider"]
    provider["failover"]["slots"] = None
    provider["failover"].pop("surge", None)
    provider["failback"]["at_once"] = None
    provider.setdefault("restore", {})["at_once"] = None
    provider.pop("capacity", None)
    provider["support"].pop("agents", None)
    provider["support"].pop("cases", None)
    provider["support"].pop("priority", None)
    without_dependencies(data)
    without_crews(data)


def without_dependencies(data: Plain) -> None:
    """Nobody depends on anybody."""
    for entry in data["environments"]:
        entry.pop("depends_on", None)
        entry.pop("restart", None)


def without_crews(data: Plain) -> None:
    """Recovery waits for no hands."""
    for outage in data["outages"]:
        if outage.pop("crews", None):
            outage["lasts"] = "1h"


def with_common_ends(data: Plain) -> None:
    """All whom an outage hits come back together, and all come back."""
    without_crews(data)
    for outage in data["outages"]:
        if outage.pop("recovery", None):
            outage["lasts"] = "90m"
        outage.pop("destroys_data", None)


def with_whole_regions(data: Plain) -> None:
    """An outage hits everybody in its region, at once, and everybody is there from the start."""
    for outage in data["outages"]:
        outage.pop("scope", None)
    for entry in data["environments"]:
        entry.pop("deployed_at", None)


def without_plans(data: Plain) -> None:
    """Nobody orders a move, the provider neither."""
    data.pop("maintenance", None)
    for customer in data["customers"].values():
        customer.pop("orders", None)


def without_alarms(data: Plain) -> None:
    """What the provider believes to be an outage is one."""
    for outage in data["outages"]:
        outage["detection"].pop("false_alarm", None)


def without_data_kinds(data: Plain) -> None:
    """Nobody is cut off while being served, and nothing is spoilt."""
    for outage in data["outages"]:
        if outage["kind"] in ("partition", "logical"):
            outage["kind"] = "hard"


def without_calendars(data: Plain) -> None:
    """Every hour is like every other."""
    for entry in data["environments"]:
        entry.pop("windows", None)
    for customer in data["customers"].values():
        customer.pop("hours", None)
        for delegate in customer.get("escalation", []):
            delegate.pop("hours", None)


def with_kind(*kinds: str) -> Narrowing:
    """Outages of these kinds only: others become the first of them."""

    def narrow(data: Plain) -> None:
        for outage in data["outages"]:
            if outage["kind"] not in kinds:
                outage["kind"] = kinds[0]
            if outage["kind"] != "gray":
                outage.pop("capability", None)
            elif "capability" not in outage:
                outage["capability"] = 0.2

    return narrow


# One outage -----------------------------------------------------------------------------------------------------------


@st.composite
def one_outage(draw: Draw, *, kinds: tuple[str, ...] = ("hard", "unreachable"), moving: bool = True) -> Plain:
    """One outage, whose end all see together, of environments that nothing but slots of the provider joins.

    Aborted when the region returns, never failing; whoever has moved comes home when it is over, and nothing happens after.
    With `moving` the copy is never missing, so that most that are hit can move.
    """
    data: Plain = deepcopy(draw(st.one_of(plain_scenarios(), peopled_scenarios())))
    provider = data["provider"]
    slots = provider["failover"]["slots"]
    for way in (without_limits, without_plans, without_alarms):
        way(data)
    provider["failover"]["slots"] = slots
    provider["failover"]["failure"]["probability"] = 0
    provider["on_recovery"] = "abort"
    provider.pop("automation", None)
    provider.pop("orchestrator_region", None)
    customers = data["customers"].values()
    for customer in customers:
        for key in ("withdraws_after", "withdraws_share", "lapses_after"):
            customer.pop(key, None)
    if moving:
        data["link"] = {"kind": "lag", "lag": distribution(draw, 0, 5, 10, 20)}
        for entry in data["environments"]:
            entry.pop("link", None)
        for region in data["regions"]:
            region.pop("link", None)
    first = data["outages"][0]
    outage = {key: first[key] for key in ("detection", "comms", "channels", "seen") if key in first}
    outage |= {"id": "o0", "region": "a", "kind": draw(st.sampled_from(kinds)), "at": "60m"}
    outage["lasts"] = minutes(draw, 5, 30, 60, 120, 300, 600)
    if maybe(draw, 4):
        outage["scope"] = {"fraction": 0.5}
    if outage["kind"] == "gray":
        outage["capability"] = 0.0
    data["outages"] = [outage]
    assume(not findings(Scenario.model_validate(data)))
    return data


def shortened(given: object, share: float) -> object:
    """A distribution in the file whose every draw is that share of what it was."""
    if isinstance(given, str):
        return f"{round(int(given.removesuffix('m')) * share * 60)}s"
    if isinstance(given, list):
        return [shortened(each, share) for each in given]
    assert isinstance(given, dict)
    return {key: shortened(each, share) for key, each in given.items()}
