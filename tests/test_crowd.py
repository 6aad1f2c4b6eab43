"""Crowds taken through an outage by columns live exactly as if each of them were handled alone."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis.strategies import one_of, sampled_from

from bcdr_sim.engine import simulate
from bcdr_sim.events import Event
from bcdr_sim.policy import PolicyError
from bcdr_sim.scenario.document import Scenario
from bcdr_sim.trial import resolve
from data_worlds import data_scenarios
from oracle.scenarios import POLICIES, Plain, plain_scenarios
from people_worlds import peopled_scenarios


def digest(plain: Plain, policy: str, *, crowd_min: int) -> str:
    """The timeline's digest when groups of `crowd_min` and more count as crowds."""
    try:
        trial = resolve(Scenario.model_validate(plain), seed=7)
        return simulate(trial, POLICIES[policy], crowd_min=crowd_min).digest
    except PolicyError as error:
        return str(error)


@given(plain=one_of(plain_scenarios(), data_scenarios()), policy=sampled_from(sorted(POLICIES)))
@settings(
    suppress_health_check=list(HealthCheck), deadline=None, max_examples=150, derandomize=True, database=None
)
def test_a_crowd_lives_as_its_members_would_alone(plain: Plain, policy: str) -> None:
    """The same bytes whether one environment is a crowd already or a thousand are none yet."""
    assert digest(plain, policy, crowd_min=1) == digest(plain, policy, crowd_min=10_000)


@given(
    plain=one_of(plain_scenarios(crowds=True), data_scenarios(crowds=True)),
    policy=sampled_from(sorted(POLICIES)),
)
@settings(
    suppress_health_check=list(HealthCheck), deadline=None, max_examples=40, derandomize=True, database=None
)
def test_members_of_a_fleet_share_an_answer_only_where_they_look_the_same(plain: Plain, policy: str) -> None:
    """With a crowd of two at the least, everything that the policy may see keeps its members apart."""
    assert digest(plain, policy, crowd_min=2) == digest(plain, policy, crowd_min=10_000)


@given(
    plain=peopled_scenarios(crowds=True),
    policy=sampled_from(sorted(POLICIES)),
    crowd_min=sampled_from((1, 2)),
)
@settings(
    suppress_health_check=list(HealthCheck), deadline=None, max_examples=100, derandomize=True, database=None
)
def test_people_tell_the_members_of_a_crowd_apart(plain: Plain, policy: str, crowd_min: int) -> None:
    """Whatever customers do beside answering, the same bytes again."""
    assert digest(plain, policy, crowd_min=crowd_min) == digest(plain, policy, crowd_min=10_000)


def test_a_crowd_that_a_later_step_reaches_finds_the_links_of_the_outage_stalled() -> None:
    """Copying stood still before they were hit, whether they are taken together or one by one."""
    plain: Plain = {
        "version": 1,
        "name": "late",
        "horizon": "12h",
        "regions": [{"name": "a", "pair": "b"}, {"name": "b", "pair": "a"}],
        "link": {"kind": "lag", "lag": "5m"},
        "environments": [{"name": "e", "count": 40, "region": "a"}],
        "outages": [
            {
                "id": "o",
                "region": "a",
                "at": "5h",
                "lasts": "1h",
                "link": {"stalls": ["0m", "5h"]},
                "scope": {"fraction": 0.2, "steps": [{"after": "10m", "fraction": 1}]},
            }
        ],
    }
    timeline = simulate(resolve(Scenario.model_validate(plain), seed=7), POLICIES["auto"], crowd_min=1)
    table = timeline.table
    late = table[(table["event"] == Event.SERVICE_LOST) & (table["time_ms"] == 310 * 60_000)]
    assert len(late) > 10
    assert set(late["value"].tolist()) == {295 * 60_000}
    assert digest(plain, "auto", crowd_min=1) == digest(plain, "auto", crowd_min=10_000)
