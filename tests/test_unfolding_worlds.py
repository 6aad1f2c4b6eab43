"""Laws of worlds that unfold: facts are added one after the other, in any order, and the past is never told otherwise.

Outages, maintenance, orders, deployments, automation that goes off and a customer who changes its mind come at random
instants to a world that is played anew after each. Whatever comes at an instant changes nothing before it; so no part of the
engine looks ahead.
"""

from __future__ import annotations

import copy
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from bcdr_sim.engine import simulate
from bcdr_sim.freezing import freeze
from bcdr_sim.metrics import measure
from bcdr_sim.policy import Policy, PolicyError
from bcdr_sim.scenario.document import Scenario
from bcdr_sim.scenario.reading import load_scenario
from bcdr_sim.timeline import Timeline
from bcdr_sim.trial import Trial, resolve
from oracle import run
from oracle.rows import rows_of
from oracle.state import Row
from test_oracle import EVERY, difference

MINUTE_MS = 60_000
REGIONS = ("west", "north")
CUSTOMERS = ("anna", "bert")
ENVIRONMENTS_MAX = 6
START: dict[str, Any] = {
    "version": 1,
    "name": "unfolding",
    "start": "2025-03-03T06:00:00Z",
    "horizon": "1d",
    "regions": [
        {"name": "west", "pair": "north", "link": {"kind": "lag", "lag": "3m"}},
        {"name": "north", "pair": "west", "link": {"kind": "lag", "lag": "3m"}},
    ],
    "environments": [
        {"name": "one", "region": "west", "customer": "anna"},
        {"name": "two", "region": "west", "customer": "bert", "link": {"kind": "synchronous"}},
        {"name": "far", "region": "north", "customer": "bert"},
        {"name": "dev", "region": "west", "type": "Sandbox", "customer": "anna"},
    ],
    "customers": {
        name: {"accepts_loss_up_to": "15m", "decision": "20m", "notices_impact": "10m", "orders": []}
        for name in CUSTOMERS
    },
    "provider": {
        "confirmation": "5m",
        "first_post": "10m",
        "loss_determination": "10m",
        "failover": {"slots": 1, "run": "30m", "failure": {"probability": 0}},
        "verification": "15m",
        "reverse_sync": "1h",
        "reprotection": "1h",
        "support": {"first_response": "10m"},
        "automation": {"off": []},
    },
    "outages": [],
    "maintenance": [],
}

minutes = st.sampled_from((0, 1, 5, 10, 20, 30, 60, 120, 300))
lengths = st.sampled_from((5, 30, 60, 120, 480, 2000))


class Unfolding(RuleBasedStateMachine):
    """A world, the instant up to which it is known, and what was told of it so far."""

    def __init__(self) -> None:
        super().__init__()
        self.data = copy.deepcopy(START)
        self.now_min = 0
        self.number = 0
        self.policy: Policy = EVERY[min(EVERY)]
        self.trial: Trial | None = None
        self.timeline: Timeline | None = None
        self.rows: list[Row] = []

    @initialize(name=st.sampled_from(sorted(EVERY)))
    def begin(self, name: str) -> None:
        """Under any policy of the reference model."""
        self.policy = EVERY[name]
        self.become(self.data, known_min=0)

    @rule(by=minutes)
    def time_passes(self, by: int) -> None:
        self.now_min = min(self.now_min + by, self.horizon_min - 1)

    @rule(
        region=st.sampled_from(REGIONS),
        lasts=lengths,
        fraction=st.sampled_from((1.0, 1.0, 0.5)),
        kind=st.sampled_from(("hard", "hard", "unreachable", "gray", "partition")),
    )
    def outage(self, *, region: str, lasts: int, fraction: float, kind: str) -> None:
        found: dict[str, Any] = {
            "id": self.name("outage"),
            "region": region,
            "at": self.now,
            "lasts": f"{lasts}m",
            "kind": kind,
            "scope": {"fraction": fraction},
            "detection": {"automatic": "5m"},
        }
        if kind == "gray":
            found["capability"] = 0.4
        self.add("outages", found)

    @rule(region=st.sampled_from(REGIONS), lasts=lengths)
    def maintenance(self, region: str, lasts: int) -> None:
        found = {"id": self.name("work"), "region": region, "at": self.now, "lasts": f"{lasts}m"}
        self.add("maintenance", found)

    @rule(
        customer=st.sampled_from(CUSTOMERS), move=st.sampled_from(("planned", "forced", "drill", "failback"))
    )
    def order(self, customer: str, move: str) -> None:
        found = {"id": self.name("order"), "move": move, "at": self.now}
        data = copy.deepcopy(self.data)
        data["customers"][customer]["orders"].append(found)
        self.become(data, known_min=self.now_min)

    @precondition(lambda self: len(self.data["environments"]) < ENVIRONMENTS_MAX)
    @rule(region=st.sampled_from(REGIONS), customer=st.sampled_from(CUSTOMERS))
    def deployment(self, region: str, customer: str) -> None:
        found = {"name": self.name("late"), "region": region, "customer": customer, "deployed_at": self.now}
        self.add("environments", found)

    @rule(lasts=lengths)
    def automation_goes_off(self, lasts: int) -> None:
        data = copy.deepcopy(self.data)
        data["provider"]["automation"]["off"].append([self.now, f"{self.now_min + lasts}m"])
        self.become(data, known_min=self.now_min)

    @rule(longer=st.sampled_from((60, 600)))
    def horizon_moves(self, longer: int) -> None:
        """What lies beyond the end of a world changes nothing in it."""
        known_min = self.horizon_min
        self.become({**self.data, "horizon": f"{known_min + longer}m"}, known_min=known_min)

    @rule(customer=st.sampled_from(CUSTOMERS), accepts=st.sampled_from(("0s", "5m", "1h", "7d")))
    def mind_changes(self, customer: str, accepts: str) -> None:
        """Nobody knows what a customer would accept before one is asked."""
        asked = [row[0] for row in self.rows if row[2] == "consent_asked"]
        known_ms = min(asked, default=self.horizon_min * MINUTE_MS)
        data = copy.deepcopy(self.data)
        data["customers"][customer]["accepts_loss_up_to"] = accepts
        self.become(data, known_min=known_ms // MINUTE_MS)

    @invariant()
    def time_goes_forward_and_is_booked_once(self) -> None:
        """Every event lies in the world, in order; every millisecond of every environment is in one account."""
        if self.timeline is None or self.trial is None:
            return
        instants = [row[0] for row in self.rows]
        assert instants == sorted(instants)
        assert all(0 <= instant < self.trial.horizon_ms for instant in instants)
        metrics = measure(self.timeline)
        assert (metrics.clocks.booked.sum(axis=1) == self.trial.horizon_ms).all()
        assert (
            metrics.ledger_columns is not None
        )  # and every recovery time is the sum of its ledger, which is asserted there

    def teardown(self) -> None:
        """The reference model tells the same story, and so does the world when it is frozen and read again."""
        if self.trial is None:
            return
        if all(each["kind"] != "partition" for each in self.data["outages"]):  # which it does not know
            assert difference(self.rows, run(self.trial, self.policy)) == ""
        again = load_scenario("frozen.yaml", text=freeze(self.trial, self.policy))
        assert again.frozen is not None
        world = resolve(again, seed=again.frozen.seed, replication=again.frozen.replication)
        assert rows_of(simulate(world, self.policy)) == self.rows

    @property
    def now(self) -> str:
        return f"{self.now_min}m"

    @property
    def horizon_min(self) -> int:
        return Scenario.model_validate(self.data).horizon // MINUTE_MS

    def name(self, kind: str) -> str:
        self.number += 1
        return f"{kind}-{self.number}"

    def add(self, place: str, found: dict[str, Any]) -> None:
        self.become({**self.data, place: [*self.data[place], found]}, known_min=self.now_min)

    def become(self, data: dict[str, Any], *, known_min: int) -> None:
        """Play the world anew with one more fact; what a scenario cannot say, or a policy cannot settle, does not happen."""
        trial = resolve(Scenario.model_validate(data), seed=11)
        try:
            timeline = simulate(trial, self.policy)
        except PolicyError:
            return
        rows = rows_of(timeline)
        known_ms = known_min * MINUTE_MS
        if self.trial is not None:
            before, after = ([row for row in each if row[0] < known_ms] for each in (self.rows, rows))
            assert before == after, "the past is told otherwise"
        self.data, self.trial, self.timeline, self.rows = data, trial, timeline, rows


TestUnfolding = Unfolding.TestCase
TestUnfolding.settings = settings(
    max_examples=20, stateful_step_count=10, suppress_health_check=list(HealthCheck)
)
