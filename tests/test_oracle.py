"""The engine and the reference model, written separately from one page, agree event for event."""

from __future__ import annotations

import os
from itertools import zip_longest
from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.strategies import one_of, sampled_from

from bcdr_sim.engine import simulate
from bcdr_sim.policy import Policy, PolicyError
from bcdr_sim.scenario.document import Scenario
from bcdr_sim.trial import Trial, resolve
from bounded_worlds import bounded_scenarios
from data_worlds import DATA_POLICIES, data_scenarios
from grouped import grouped_scenarios
from growing import growing_scenarios
from oracle import run
from oracle.rows import rows_of
from oracle.scenarios import POLICIES, Plain, plain_scenarios
from oracle.state import Row
from people_worlds import ORDERED, ordering_scenarios, peopled_scenarios

CONTEXT = 8
EVERY = ORDERED | DATA_POLICIES
SPOILT = ("same", "logical")
ASKING = sorted(name for name, policy in POLICIES.items() if policy.consent_path)
FOUND = sorted((Path(__file__).parent / "oracle" / "found").glob("*.yaml"))
EXAMPLES = os.environ.get("ORACLE_EXAMPLES")
"""How many other examples to try, such as 5000; without it the same 300 in every run."""
quiet = settings(
    suppress_health_check=list(HealthCheck),
    deadline=None,
    derandomize=EXAMPLES is None,
    database=None,
    phases=(Phase.generate, Phase.shrink),
    max_examples=int(EXAMPLES or 300),
)


def engine_rows(trial: Trial, policy: Policy) -> list[Row] | str:
    """What the engine says, or the error of the policy."""
    try:
        return rows_of(simulate(trial, policy))
    except PolicyError:
        return "policy error"


def oracle_rows(trial: Trial, policy: Policy) -> list[Row] | str:
    """What the reference model says, or the error of the policy."""
    try:
        return run(trial, policy)
    except PolicyError:
        return "policy error"


def difference(engine: list[Row] | str, oracle: list[Row] | str) -> str:
    """The first event that differs, with the events before it; empty if there is none."""
    if isinstance(engine, str) or isinstance(oracle, str):
        return "" if engine == oracle else f"engine: {engine[-3:]}\noracle: {oracle[-3:]}"
    for number, (left, right) in enumerate(zip_longest(engine, oracle)):
        if left != right:
            first = max(0, number - CONTEXT)
            common = [f"  both    {_shown(row)}" for row in engine[first:number]]
            theirs = [f"  engine  {_shown(row)}" for row in engine[number : number + CONTEXT]]
            ours = [f"  oracle  {_shown(row)}" for row in oracle[number : number + CONTEXT]]
            return "\n".join([f"event {number} differs", *common, *theirs, *ours])
    return ""


def _shown(row: Row) -> str:
    minutes = row[0] / 60_000
    return f"{minutes:9.3f} " + " ".join("-" if cell is None else str(cell) for cell in row[1:])


def agree(plain: Plain, policy: str) -> None:
    """Fail with the first event that differs."""
    trial = resolve(Scenario.model_validate(plain), seed=7)
    asked = EVERY[policy]
    different = difference(engine_rows(trial, asked), oracle_rows(trial, asked))
    if different:
        pytest.fail(f"{policy}: {different}")


@pytest.mark.parametrize("path", FOUND, ids=lambda path: path.stem)
def test_what_once_differed_agrees(path: Path) -> None:
    """The smallest scenarios in which the two once said different things, or that a fault of the engine survived."""
    found = yaml.safe_load(path.read_text(encoding="utf-8"))
    agree(found["scenario"], found["policy"])


@given(plain=plain_scenarios(), policy=sampled_from(sorted(POLICIES)))
@quiet
def test_engine_and_reference_model_agree_event_for_event(plain: Plain, policy: str) -> None:
    """In any small scenario under any policy both write the same events in the same order."""
    agree(plain, policy)


@given(plain=plain_scenarios(crowds=True), policy=sampled_from(sorted(POLICIES)))
@settings(parent=quiet, max_examples=quiet.max_examples // 5)
def test_engine_and_reference_model_agree_about_fleets(plain: Plain, policy: str) -> None:
    """The same with fleets, which the engine takes through an outage together and the model one by one."""
    agree(plain, policy)


@given(plain=one_of(peopled_scenarios(), peopled_scenarios(crowds=True)), policy=sampled_from(ASKING))
@settings(parent=quiet, max_examples=quiet.max_examples // 3)
def test_engine_and_reference_model_agree_about_people(plain: Plain, policy: str) -> None:
    """The same with delegates, silence, consent that ends, and cases that wait for an agent of the desk."""
    agree(plain, policy)


@given(
    plain=one_of(ordering_scenarios(), ordering_scenarios(crowds=True)),
    policy=sampled_from(sorted(ORDERED | POLICIES)),
)
@settings(parent=quiet, max_examples=quiet.max_examples // 3)
def test_engine_and_reference_model_agree_about_orders(plain: Plain, policy: str) -> None:
    """The same with customers who order moves, under every policy that lets them and those that do not."""
    agree(plain, policy)


@given(plain=bounded_scenarios(), policy=sampled_from(sorted(POLICIES)))
@settings(parent=quiet, max_examples=quiet.max_examples // 5)
def test_engine_and_reference_model_agree_about_commits_that_wait(plain: Plain, policy: str) -> None:
    """The same with links that have a bound, and writes that meet it."""
    agree(plain, policy)


@given(
    plain=one_of(growing_scenarios(), growing_scenarios(crowds=True), growing_scenarios(moving=True)),
    policy=sampled_from(sorted(POLICIES)),
)
@settings(parent=quiet, max_examples=quiet.max_examples // 2)
def test_engine_and_reference_model_agree_about_what_grows_and_catches_up(plain: Plain, policy: str) -> None:
    """The same with growing scopes, crews, people who notice, advice, alternatives, surges, backlogs and late copies."""
    agree(plain, policy)


@given(
    plain=one_of(data_scenarios(kinds=SPOILT), data_scenarios(kinds=SPOILT, crowds=True)),
    policy=sampled_from(sorted(DATA_POLICIES)),
)
@settings(parent=quiet, max_examples=quiet.max_examples // 2)
def test_engine_and_reference_model_agree_about_spoilt_data(plain: Plain, policy: str) -> None:
    """The same with corruptions, backups, recovery points, restores, rehearsals, and losses that are found again."""
    agree(plain, policy)


@given(
    plain=one_of(
        grouped_scenarios(),
        grouped_scenarios(among=growing_scenarios(moving=True)),
        grouped_scenarios(among=ordering_scenarios()),
        grouped_scenarios(among=data_scenarios(kinds=SPOILT)),
        grouped_scenarios(among=bounded_scenarios()),
    ),
    policy=sampled_from(sorted(EVERY)),
)
@settings(parent=quiet, max_examples=quiet.max_examples // 2)
def test_engine_and_reference_model_agree_about_groups(plain: Plain, policy: str) -> None:
    """The same with consistency groups, in which some are hit and others come along; also of spoilt data and bounds."""
    agree(plain, policy)
