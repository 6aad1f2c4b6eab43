"""Laws of scenarios with what the reference model does not know yet: they hold however the world is played."""

from __future__ import annotations

from pathlib import Path

from hypothesis import HealthCheck, given, reject, settings
from hypothesis.strategies import sampled_from

from bcdr_sim.engine import simulate
from bcdr_sim.freezing import freeze
from bcdr_sim.metrics import measure
from bcdr_sim.policy import PolicyError
from bcdr_sim.scenario.document import Scenario
from bcdr_sim.scenario.reading import load_scenario
from bcdr_sim.trial import resolve
from bcdr_sim.verdict import judge
from growing import growing_scenarios
from oracle.scenarios import POLICIES, Plain

quick = settings(
    suppress_health_check=list(HealthCheck), deadline=None, max_examples=100, derandomize=True, database=None
)
ALL = sorted(POLICIES)


def digest(plain: Plain, policy: str, *, crowd_min: int = 32) -> str:
    """The timeline's digest when groups of `crowd_min` and more count as crowds, or the error of the policy."""
    try:
        trial = resolve(Scenario.model_validate(plain), seed=7)
        return simulate(trial, POLICIES[policy], crowd_min=crowd_min).digest
    except PolicyError as error:
        return str(error)


@given(plain=growing_scenarios(), policy=sampled_from(ALL))
@quick
def test_a_crowd_lives_as_its_members_would_alone(plain: Plain, policy: str) -> None:
    """The same bytes whether one environment is a crowd already or a thousand are none yet."""
    assert digest(plain, policy, crowd_min=1) == digest(plain, policy, crowd_min=10_000)


@given(plain=growing_scenarios(crowds=True), policy=sampled_from(ALL))
@settings(parent=quick, max_examples=30)
def test_members_of_a_fleet_share_an_answer_only_where_they_look_the_same(plain: Plain, policy: str) -> None:
    """With a crowd of two at the least, everything that the policy may see keeps its members apart."""
    assert digest(plain, policy, crowd_min=2) == digest(plain, policy, crowd_min=10_000)


@given(plain=growing_scenarios(), policy=sampled_from(ALL))
@quick
def test_the_order_of_the_file_means_nothing(plain: Plain, policy: str) -> None:
    """Environments and outages listed in reverse give the same timeline."""
    reverse = plain | {"environments": plain["environments"][::-1], "outages": plain["outages"][::-1]}
    assert digest(reverse, policy) == digest(plain, policy)


@given(plain=growing_scenarios(), policy=sampled_from(ALL))
@settings(parent=quick, max_examples=40)
def test_a_frozen_world_replays_to_the_same_timeline(plain: Plain, policy: str) -> None:
    """Whatever was drawn stands in the file; nothing is drawn again."""
    trial = resolve(Scenario.model_validate(plain), seed=7, replication=3)
    try:
        text = freeze(trial, POLICIES[policy])
    except PolicyError:
        reject()
    frozen = load_scenario(Path("frozen.yaml"), text=text)
    assert simulate(resolve(frozen), POLICIES[policy]).digest == simulate(trial, POLICIES[policy]).digest


@given(plain=growing_scenarios(crowds=True), policy=sampled_from(ALL))
@quick
def test_the_accounts_of_every_environment_add_up(plain: Plain, policy: str) -> None:
    """Measuring checks for itself that every millisecond is booked once; judging finds something to say of all."""
    trial = resolve(Scenario.model_validate(plain), seed=7)
    try:
        timeline = simulate(trial, POLICIES[policy])
    except PolicyError:
        reject()
    assert judge(measure(timeline)) is not None
