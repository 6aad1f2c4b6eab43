"""Laws of a policy in the engine: what is proved without error runs without error, and time wakes it when it must."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from bcdr_sim.analysis import Severity, check
from bcdr_sim.engine import simulate
from bcdr_sim.loading import read
from bcdr_sim.policy import (
    Action,
    Decision,
    Observation,
    Policy,
    PolicyError,
    Reason,
    impossible,
    load_policy,
)
from bcdr_sim.policy.policy import put_in_force
from bcdr_sim.policy.preconditions import BLOCKERS
from bcdr_sim.policy.reading import POLICY_LIMITS
from bcdr_sim.policy.table import Comparison, Rule, Table
from bcdr_sim.scenario.document import Scenario
from bcdr_sim.trial import Trial, resolve
from oracle.rows import rows_of
from oracle.scenarios import Plain, plain_scenarios

quiet = settings(
    deadline=None,
    derandomize=True,
    phases=(Phase.generate,),  # a scenario takes minutes to shrink
    suppress_health_check=list(HealthCheck),
)
MOVES = (
    Action.FAILOVER,
    Action.PLANNED_FAILOVER,
    Action.FAILBACK,
    Action.FORCED_FAILBACK,
    Action.ASK_CONSENT,
)
SEEN_IF_READ: Final = frozenset(
    {"moves_24h", "window", "time_of_day", "weekday", "restore_loss", "restore_within_consent"}
)
ASKED: Final[tuple[Comparison, ...]] = (
    Comparison("service", "eq", "up"),
    Comparison("service", "ne", "down"),
    Comparison("outage_scope", "in", ("region", "zone")),
    Comparison("impact_confirmed", "eq", True),
    Comparison("outage_age", "ge", 600_000),
    Comparison("since_confirmed", "lt", 1_200_000),
    Comparison("target_state", "eq", "healthy"),
    Comparison("healthy_for", "gt", 900_000),
    Comparison("primary_verified", "eq", True),
    Comparison("loss_state", "ne", "undetermined"),
    Comparison("data_loss", "lt", 300_000),
    Comparison("data_loss", "eq", 0),
    Comparison("consent", "in", ("none", "lapsed")),
    Comparison("loss_within_consent", "eq", True),
    Comparison("copy", "eq", "usable"),
    Comparison("target_capacity", "lt", 50),
    Comparison("moves_24h", "lt", 2),
    Comparison("automation", "eq", "on"),
    Comparison("order", "eq", "maintenance"),
)


def table_of(rules: list[Rule]) -> Table:
    """A table of these rules, without laws of its own."""
    shell = load_policy("seed").table
    default = Decision(Action.HOLD, Reason.NO_RULE, "default")
    return replace(
        shell, name="random", rules=tuple(rules), parameters=(), switches=(), default=default, invariants=()
    )


def gates(action: Action) -> tuple[Comparison, ...]:
    """Conditions under which nothing of the engine stands in the way of an action."""
    return tuple(
        Comparison(gate.axis, "ne" if gate.op == "eq" else "eq", gate.literal) for gate in BLOCKERS[action]
    )


@st.composite
def careful_policies(draw: st.DrawFn) -> Policy:
    """A random table whose rules look whether they can be carried out; nobody is moved twice in a minute or asked twice."""
    rules = [
        Rule(
            (Comparison("since_last_move", "lt", 60_000),),
            Decision(Action.HOLD, Reason.HOLD_DOWN, "just-moved"),
            (),
        )
    ]
    for number in range(draw(st.integers(1, 8))):
        action = draw(st.sampled_from((Action.HOLD, *MOVES)))
        when = tuple(draw(st.lists(st.sampled_from(ASKED), max_size=3, unique=True)))
        when += (Comparison("consent", "eq", "none"),) if action is Action.ASK_CONSENT else ()
        reason = Reason.GRACE_PERIOD if action is Action.HOLD else None
        rules.append(Rule((*when, *gates(action)), Decision(action, reason, f"r{number}"), ()))
    return put_in_force(table_of(rules), {})


@given(plain=plain_scenarios(), policy=careful_policies())
@settings(quiet, max_examples=80)
def test_what_is_checked_without_error_runs_without_error(plain: Plain, policy: Policy) -> None:
    """No action that cannot be taken, no circle, and no observation that the assumptions rule out."""
    document = read("random.yaml", text="rules: []\n", limits=POLICY_LIMITS)
    errors = {finding.kind.code for finding in check(policy, document).at_least(Severity.ERROR)}
    assert errors <= {"BCDR102"}  # a rule behind another that takes all: it never acts

    def heard(_row: int, at_ms: int, seen: Observation) -> None:
        assert not impossible(seen), f"at {at_ms}: {impossible(seen)}"

    trial = resolve(Scenario.model_validate(plain), seed=3)
    all_seeing = replace(policy, reads=policy.reads | SEEN_IF_READ)
    told = simulate(trial, all_seeing, told=heard)
    assert rows_of(told) == rows_of(simulate(trial, policy))


# Time ------------------------------------------------------------------------------------------------------------------

CLOCKS = ("outage_age", "since_confirmed", "healthy_for", "since_last_move", "eta_remaining")
INSTANT_WORLD: Final[Plain] = {
    "version": 1,
    "name": "instants",
    "horizon": "6s",
    "regions": [{"name": "west", "pair": "east"}, {"name": "east", "pair": "west"}],
    "environments": [
        {"name": "one", "region": "west", "link": {"kind": "synchronous"}},
        {"name": "two", "region": "west", "link": {"kind": "lag", "lag": "200ms"}},
    ],
    "provider": {
        "confirmation": "130ms",
        "first_post": "210ms",
        "update_every": "400ms",
        "loss_determination": "90ms",
        "failover": {
            "slots": 1,
            "validate": "10ms",
            "prepare": "20ms",
            "run": "150ms",
            "finalize": "10ms",
            "verification": "0s",
            "failure": {"probability": 0},
        },
        "verification": "60ms",
        "reverse_sync": "100ms",
        "reprotection": "0s",
        "failback": {"interruption": "40ms"},
    },
    "outages": [
        {"id": "first", "region": "west", "at": "300ms", "lasts": "1500ms", "detection": {"automatic": "50ms"},
         "comms": {"eta": [{"after": "250ms", "says": "900ms"}]}},
        {"id": "second", "region": "west", "at": "3500ms", "lasts": "900ms", "detection": {"automatic": "70ms"}},
    ],
}  # fmt: skip


class EveryMillisecond:
    """Wakes everybody after each millisecond."""

    def next_ms(self, *_: object, **__: object) -> int:
        """One millisecond from now."""
        return 1


@st.composite
def watching_policies(draw: st.DrawFn) -> Policy:
    """A table with twenty thresholds on every clock axis, in any order, that moves and holds between them."""
    parts = []
    for axis in CLOCKS:
        literals = draw(
            st.lists(st.integers(0, 2_500), min_size=20, max_size=20, unique=True),
            label=f"thresholds of {axis}",
        )
        parts += [
            Comparison(axis, draw(st.sampled_from(("lt", "le", "gt", "ge", "eq"))), ms) for ms in literals
        ]
    rules = []
    for number, part in enumerate(draw(st.permutations(parts))):
        action = draw(st.sampled_from((Action.HOLD, Action.HOLD, Action.FAILOVER, Action.FAILBACK)))
        reason = (
            draw(st.sampled_from((Reason.GRACE_PERIOD, Reason.HOLD_DOWN))) if action is Action.HOLD else None
        )
        also = (Comparison("since_last_move", "gt", 5),) if action is not Action.HOLD else ()
        rules.append(Rule((part, *also, *gates(action)), Decision(action, reason, f"r{number}"), ()))
    return put_in_force(table_of(rules), {})


@given(policy=watching_policies(), seed=st.integers(0, 3))
@settings(quiet, max_examples=12)
def test_a_table_is_woken_whenever_time_changes_its_answer(policy: Policy, seed: int) -> None:
    """The history is that of one who is asked at every millisecond."""
    trial = resolve(Scenario.model_validate(INSTANT_WORLD), seed=seed)
    restless = replace(policy, wake_ups=EveryMillisecond())  # type: ignore[arg-type]
    assert rows_of(simulate(trial, policy)) == rows_of(simulate(trial, restless))


# One instant -----------------------------------------------------------------------------------------------------------


def at_once(count: int, **provider: Any) -> Trial:
    """Many environments, one slot, moves that take no time, an outage, and the primary under maintenance on the next day."""
    plain: Plain = {
        "version": 1,
        "name": "at-once",
        "horizon": "2d",
        "regions": [{"name": "west", "pair": "east"}, {"name": "east", "pair": "west"}],
        "environments": [
            {"name": "unit", "count": count, "region": "west", "link": {"kind": "synchronous"}},
        ],
        "provider": {
            "confirmation": "0s",
            "first_post": "0s",
            "loss_determination": "0s",
            "failover": {
                "slots": 1,
                **dict.fromkeys(("validate", "prepare", "run", "planned", "finalize", "verification"), "0s"),
                "failure": {"probability": 0},
            },
            **provider,
        },
        "maintenance": [{"id": "works", "region": "west", "at": "1d", "lasts": "1h"}],
        "outages": [
            {
                "id": "storm",
                "region": "west",
                "at": "2h",
                "lasts": "8h",
                "detection": {"automatic": "5m"},
            }
        ],
    }
    return resolve(Scenario.model_validate(plain))


def test_any_number_may_move_at_one_instant() -> None:
    """A queue of 250 through one slot in no time is no circle: each of them decides once."""
    moved = [
        row for row in rows_of(simulate(at_once(250), load_policy("seed"))) if row[2] == "failover_completed"
    ]
    assert len(moved) == 250
    assert len({row[0] for row in moved}) == 1


def test_a_policy_that_runs_in_a_circle_is_refused_by_name() -> None:
    """There and back again at one instant, for ever."""
    moves = [
        Rule(gates(action), Decision(action, None, f"go-{action.value}"), ())
        for action in (Action.PLANNED_FAILOVER, Action.FAILBACK)
    ]
    circle = put_in_force(table_of(moves), {})
    trial = at_once(2, reverse_sync="0s", reprotection="0s", failback={"interruption": "0s"})
    with pytest.raises(PolicyError, match=r"rule 'go-.*': more than 100 decisions of environment 'unit-1'"):
        simulate(trial, circle)
