"""Laws of metrics on any timeline: random walks through the phase table, and runs of the engine.

The columns are compared with the slowest honest way to the same numbers: one pass in plain Python over the events of each
environment (`told_plainly`).
"""

from collections import Counter
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from bcdr_sim.engine import simulate
from bcdr_sim.events import COMPLETIONS, Event
from bcdr_sim.metrics import Metrics, measure
from bcdr_sim.metrics.accounts import Account
from bcdr_sim.phases import ALLOWED, Phase
from bcdr_sim.policy import Reason, load_policy
from bcdr_sim.timeline import Timeline, states
from bcdr_sim.timeline.stays import Stay
from bcdr_sim.verdict import Met, Objective, judge
from logs import HOUR, MINUTE, World, trial
from plain_accounts import told_plainly

DAY = 24 * HOUR
NAMES = "abc"
VALUES = {Event.PROTECTION_CHANGED: st.integers(0, 4), Event.COMMITS_SLOWED: st.integers(1, 999)}


def owned_plainly(stays: list[Stay], first_ms: int, last_ms: int) -> Counter[str]:
    """Time between two instants by the owner of each stay."""
    owned = Counter[str]()
    for stay in stays:
        owned[stay.owner] += max(0, min(stay.end_ms, last_ms) - max(stay.start_ms, first_ms))
    return +owned


@st.composite
def walks(draw: st.DrawFn) -> Timeline:
    """Three environments wandering through the phase table, often at the same instant."""
    late = draw(st.booleans())
    estate: list[dict[str, Any]] = [{"name": name, "region": "west"} for name in NAMES]
    if late:
        estate[0]["deployed_at"] = "1m"
    world = World(environments=estate)
    phases = dict.fromkeys(NAMES, Phase.SERVING) | ({"a": Phase.NOT_DEPLOYED} if late else {})
    now = 0
    for _ in range(draw(st.integers(0, 60))):
        now += draw(st.sampled_from([0, 0, 1, MINUTE, HOUR]))
        if now >= DAY:
            break
        name = draw(st.sampled_from(NAMES))
        options = sorted(
            (event, target)
            for (phase, event), to in ALLOWED.items()
            if phase == phases[name]
            for target in to
        )
        if not options:
            continue
        event, target = draw(st.sampled_from(options))
        reason = draw(st.sampled_from(list(Reason))) if event == Event.HELD else None
        value = draw(VALUES.get(event, st.integers(0, now)))
        world.add(now, event, target, environment=name, reason=reason, value=value)
        phases[name] = target
    return world.timeline()


def check(timeline: Timeline, metrics: Metrics) -> None:
    """Everything that must hold of any timeline."""
    count = len(timeline.trial.estate)
    for row in range(count):
        told = told_plainly(timeline, row)
        incidents = metrics.incidents_of(row)
        stays = timeline.stays(row)
        assert {account: int(metrics.clocks.booked[row, account]) for account in Account} == {
            account: told.booked[account] for account in Account
        }
        assert [(each.start_ms, each.start_ms + each.at_least_ms) for each in incidents] == told.incidents
        for incident, ledger in zip(incidents, told.ledgers, strict=True):
            by_phase, by_owner = Counter[str](), Counter[str]()
            for line in incident.ledger:
                by_phase[line.phase] += line.ms
                by_owner[line.owner] += line.ms
            assert by_phase == {phase.label: ms for phase, ms in ledger.items() if ms}
            assert by_owner == owned_plainly(
                stays, incident.start_ms, incident.start_ms + incident.at_least_ms
            )
            assert sum(line.ms for line in incident.ledger) == incident.at_least_ms == sum(incident.steps_ms)
            assert sum(hold.ms for hold in incident.holds) <= incident.at_least_ms
        assert metrics.move_counts(sorted(COMPLETIONS))[row] == told.moves
        assert sum(stay.length_ms for stay in stays) == DAY
        assert [stay.start_ms for stay in stays[1:]] == [stay.end_ms for stay in stays[:-1]]
    fleet = metrics.totals.fleet
    assert fleet.closed + fleet.censored == fleet.incidents == sum(fleet.outcomes.values())
    capability = metrics.clocks.capability_permille_ms
    assert ((capability >= 0) & (capability <= 1000 * metrics.lifetime_ms)).all()
    assert (metrics.clocks.without_copy_ms <= metrics.lifetime_ms).all()
    assert (metrics.clocks.unprotected_ms <= metrics.lifetime_ms).all()


@settings(deadline=None, max_examples=200)
@given(walks())
def test_columns_are_what_a_plain_walk_over_the_events_tells(timeline: Timeline) -> None:
    """Accounts, incidents, ledgers: to the millisecond, whatever the phase table allows."""
    check(timeline, measure(timeline))


@settings(deadline=None, max_examples=60)
@given(walks())
def test_the_size_of_the_blocks_changes_nothing(timeline: Timeline) -> None:
    """One environment at a time or all at once."""
    whole = measure(timeline)
    size = states.BLOCK_EVENTS_MAX
    states.BLOCK_EVENTS_MAX = 1
    try:
        parts = measure(Timeline(timeline.trial, timeline.table, timeline.outages, timeline.rules, {}))
        assert parts.incident_list() == whole.incident_list()
    finally:
        states.BLOCK_EVENTS_MAX = size
    assert (parts.clocks.booked == whole.clocks.booked).all()
    assert (parts.clocks.without_copy_ms == whole.clocks.without_copy_ms).all()
    assert parts.move_columns.incident.tolist() == whole.move_columns.incident.tolist()


KINDS: list[dict[str, Any]] = [
    {"kind": "hard"},
    {"kind": "unreachable"},
    {"kind": "gray", "capability": 0.7},
    {"kind": "gray", "capability": 0.2},
    {"destroys_data": True},
    {"detection": {"false_alarm": True, "automatic": "5m"}},
]


@st.composite
def scenarios(draw: st.DrawFn) -> dict[str, Any]:
    """A day with up to three outages, four kinds of environments, a customer who may consent."""
    outages = [
        {
            "id": f"outage-{number}",
            "region": draw(st.sampled_from(["west", "west", "east"])),
            "at": f"{draw(st.integers(0, 20 * 60))}m",
            "lasts": f"{draw(st.integers(1, 12 * 60))}m",
            **draw(st.sampled_from(KINDS)),
        }
        for number in range(draw(st.integers(0, 3)))
    ]
    return {
        "outages": outages,
        "environments": [
            {"name": "a", "region": "west"},
            {"name": "b", "region": "west", "depends_on": ["a"], "restart": "10m"},
            {"name": "c", "region": "east", "type": "Sandbox"},
            {"name": "d", "region": "west", "deployed_at": "3h", "apps": ["finance_operations"]},
        ],
        "link": draw(st.sampled_from([{"kind": "synchronous"}, {"kind": "lag", "lag": "4m"}])),
        "customers": {"default": {"accepts_loss_up_to": draw(st.sampled_from(["0s", "10m"])), "mail": "5m"}},
        "provider": {
            "on_recovery": draw(st.sampled_from(["abort", "commit"])),
            "failover": {"slots": draw(st.sampled_from([1, None])), "failure": {"probability": 0.2}},
            "verification": "30m",
            "reverse_sync": "1h",
            "reprotection": "1h",
        },
        "objectives": {"3": {"rto": "2h", "rpo": "1m", "mtpd": "4h", "mtpd_window": "12h"}},
    }


@settings(deadline=None, max_examples=60)
@given(scenarios(), st.integers(0, 3))
def test_every_run_of_the_engine_measures_to_the_millisecond(scenario: dict[str, Any], seed: int) -> None:
    """The same laws, on what really happens."""
    world = trial(**scenario, seed=seed)
    timeline = simulate(world, load_policy("seed-2024-11"))
    metrics = measure(timeline)
    check(timeline, metrics)
    judgements = judge(metrics).judgements
    for number, incident in enumerate(metrics.incident_list()):
        rto = judgements.of_incident[Objective.RTO][number]
        assert (rto == Met.NOT_APPLICABLE) == (incident.environment == "c")
        if rto == Met.POLICY_MET:
            assert incident.rta_ms is not None
            assert incident.rta_ms <= 2 * HOUR
        if incident.potential is not None:
            assert incident.potential.age_ms >= 0


def test_without_an_outage_every_metric_of_an_incident_is_not_applicable() -> None:
    """Nothing down, nothing lost, nothing degraded; no verdict is a pass."""
    metrics = measure(simulate(trial(objectives={"3": {"rto": "1h"}}), load_policy("seed-2024-11")))
    fleet = metrics.totals.fleet
    assert (fleet.incidents, fleet.down_ms, fleet.degraded_ms, fleet.planned_ms) == (0, 0, 0, 0)
    assert fleet.rta.mean is None
    assert judge(metrics).judgements.counts()["PolicyMet"] == 0


def test_the_order_of_the_file_changes_no_number() -> None:
    """Environments are measured in name order."""
    estate = [{"name": name, "region": "west", "tier": tier} for name, tier in (("a", 1), ("b", 2), ("c", 1))]
    outages = [{"id": "storm", "region": "west", "at": "1h", "lasts": "9h"}]
    runs = [
        measure(simulate(trial(environments=order, outages=outages), load_policy("seed-2024-11")))
        for order in (estate, estate[::-1])
    ]
    assert runs[0].incident_list() == runs[1].incident_list()
    assert runs[0].timeline.digest == runs[1].timeline.digest
