"""A scope that grows: nested, one draw for all steps, and nothing else than an outage that begins later for some."""

from __future__ import annotations

import pytest

from bcdr_sim.engine import simulate
from bcdr_sim.errors import InputError
from bcdr_sim.policy import load_policy
from bcdr_sim.scenario.reading import load_scenario
from bcdr_sim.timeline import Timeline
from bcdr_sim.trial import NEVER, Trial, resolve

MINUTE = 60_000
FLEET = """\
version: 1
name: growing
horizon: 4d
regions: [{name: west, pair: north}, {name: north, pair: west}]
environments:
  - {name: shop, count: 200, region: west, zone: az1}
  - {name: mill, count: 200, region: west, zone: az2}
outages:
  - {id: heat, region: west, at: 1d, OUTAGE}
"""


def world(outage: str, *, seed: int = 0) -> Trial:
    """Two fleets in two zones, and one outage."""
    return resolve(load_scenario("growing.yaml", text=FLEET.replace("OUTAGE", outage)), seed=seed)


def reached(trial: Trial) -> list[int]:
    """The offset from which each environment is hit, in minutes; -1 for those spared."""
    (fact,) = trial.outages
    instants = trial.reached_ms(fact, list(range(len(trial.estate))))
    return [-1 if at_ms == NEVER else (at_ms - fact.at_ms) // MINUTE for at_ms in instants]


def shown(timeline: Timeline) -> list[tuple[object, ...]]:
    """Environment, event, instant and value of all events about environments."""
    table = timeline.table[timeline.table["environment"] >= 0]
    return sorted(
        zip(
            *(table[key].tolist() for key in ("time_ms", "environment", "event", "phase", "value")),
            strict=True,
        )
    )


def test_who_is_hit_stays_hit_and_a_step_adds_its_share() -> None:
    """Those hit by a plain scope of each fraction are those that the growing one has reached by then."""
    growing = reached(
        world(
            "scope: {fraction: 0.2, steps: [{after: 1h, fraction: 0.5}, {after: 2h, fraction: 1.0}]}, lasts: 5h"
        )
    )
    assert set(growing) == {0, 60, 120}
    for fraction, by in ((0.2, 0), (0.5, 60)):
        plain = reached(world(f"scope: {{fraction: {fraction}}}, lasts: 5h"))
        assert [at == 0 for at in plain] == [at <= by for at in growing]
        assert (
            abs(sum(at <= by for at in growing) - 400 * fraction)
            < 4 * (400 * fraction * (1 - fraction)) ** 0.5
        )


def test_a_step_may_widen_the_selection_alone() -> None:
    """From a zone to the region, with the share of before; `all` is everybody."""
    growing = reached(world("scope: {select: {zone: az1}, steps: [{after: 212m, select: all}]}, lasts: 9h"))
    assert growing == [212] * 200 + [0] * 200, "mills come before shops"


@pytest.mark.parametrize("policy", ["seed", "fo-2022", "asr"])
@pytest.mark.parametrize("kind", ["hard", "unreachable", "gray, capability: 0.2"])
def test_an_outage_that_grows_from_nothing_is_one_that_begins_later(policy: str, kind: str) -> None:
    """Nobody until 30m, then half: every environment lives through what it would in an outage of 30m later."""
    known = "detection: {automatic: 45m}, comms: {first: 60m}"
    later = "detection: {automatic: 15m}, comms: {first: 30m}"
    grown = world(
        f"kind: {kind}, {known}, scope: {{fraction: 0, steps: [{{after: 30m, fraction: 0.5}}]}}, lasts: 5h"
    )
    text = FLEET.replace(
        "at: 1d, OUTAGE", f"at: 24h30m, kind: {kind}, {later}, scope: {{fraction: 0.5}}, lasts: 270m"
    )
    plain = resolve(load_scenario("growing.yaml", text=text))
    chosen = load_policy(policy)
    assert shown(simulate(grown, chosen)) == shown(simulate(plain, chosen))


def test_stages_that_are_past_do_not_count_for_who_is_hit_later() -> None:
    """Hit at 2h, it comes back at a stage after that, or with the tail counted from then."""
    trial = world(
        "scope: {fraction: 0, steps: [{after: 2h, fraction: 1.0}]}, "
        "recovery: {stages: [{at: 1h, fraction: 0.5}, {at: 3h, fraction: 0.8}], tail: 10m}"
    )
    (fact,) = trial.outages
    back = {(at_ms - fact.at_ms) // MINUTE for at_ms in trial.recoveries(fact, list(range(400)))}
    assert back == {180, 190}
    tail = world("scope: {fraction: 0, steps: [{after: 2h, fraction: 1.0}]}, recovery: {tail: 10m}")
    (fact,) = tail.outages
    assert {(at_ms - fact.at_ms) // MINUTE for at_ms in tail.recoveries(fact, list(range(400)))} == {130}


@pytest.mark.parametrize("rest", ["lasts: 2h", "recovery: {stages: [{at: 2h, fraction: 1.0}]}"])
def test_a_step_after_the_end_does_nothing(rest: str) -> None:
    """At the very end is after it."""
    trial = world(f"scope: {{fraction: 0.2, steps: [{{after: 2h, fraction: 1.0}}]}}, {rest}")
    assert set(reached(trial)) == {-1, 0}
    events = simulate(trial, load_policy("seed")).events()
    assert not (events["event"] == "outage_grew").any()


def test_an_outage_without_return_grows_all_the_same() -> None:
    """Nobody comes back: the region is lost for good, and its last step is felt."""
    trial = world(
        "destroys_data: true, scope: {fraction: 0.3, steps: [{after: 20h, fraction: 0.7}]}, recovery: {tail: 1h, never: 1.0}"
    )
    events = simulate(trial, load_policy("seed")).events()
    lost = events[events["event"] == "service_lost"]
    assert sorted(set(lost["time_ms"] // MINUTE)) == [1440, 2640]
    assert trial.outages[0].end_ms == NEVER


def test_the_provider_believes_what_it_could_know_by_then() -> None:
    """Without `seen`, a part is `partial`, and the whole region `region` from the step on that makes it so."""
    trial = world(
        "detection: {automatic: 10m}, lasts: 5h, "
        "scope: {fraction: 0.5, steps: [{after: 1h, fraction: 0.6}, {after: 2h, fraction: 1.0}]}"
    )
    events = simulate(trial, load_policy("seed")).events()
    judged = events[events["event"] == "scope_judged"]
    assert [
        (int(at) // MINUTE, int(scope)) for at, scope in zip(judged["time_ms"], judged["value"], strict=True)
    ] == [
        (1450, 1),
        (1560, 3),
    ]


@pytest.mark.parametrize(
    ("scope", "message"),
    [
        ("{fraction: 0.5, steps: [{after: 1h, fraction: 0.4}]}", "a scope only grows: 0.4 cannot follow 0.5"),
        (
            "{fraction: 0.5, steps: [{after: 1h, fraction: 0.6}, {after: 1h, fraction: 0.7}]}",
            "the steps of a scope go forward: 1h cannot follow 1h",
        ),
        ("{steps: [{after: 1h}]}", "a step of a scope has a fraction, a select, or both"),
        (
            "{fraction: 0.5, steps: [{after: 1h, select: {name: shup}}]}",
            "no environment 'shup'; did you mean 'shop'",
        ),
    ],
)
def test_a_scope_that_does_not_grow_is_refused(scope: str, message: str) -> None:
    """With the place and what is wrong."""
    with pytest.raises(InputError) as caught:
        world(f"scope: {scope}, lasts: 5h")
    assert message in str(caught.value)
