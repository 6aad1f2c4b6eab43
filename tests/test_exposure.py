"""Laws of exposure: what changed is counted where the old policy comes by it, and costs what playing both policies shows."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from bcdr_sim.analysis import differ
from bcdr_sim.engine import simulate
from bcdr_sim.metrics import measure
from bcdr_sim.policy import load_policy
from bcdr_sim.policy.observation import Observation
from bcdr_sim.report.exposure import visit_words
from bcdr_sim.review.exposure import exposure_of
from bcdr_sim.scenario.reading import load_scenario
from bcdr_sim.trial import resolve
from commands import run
from policy_repository import EXAMPLE, POLICY, edit

ROOT = EXAMPLE.parents[1]
STORM = str(EXAMPLE / "scenarios" / "storm.yaml")
OLD, NEW = str(EXAMPLE / POLICY), str(EXAMPLE / "changes" / "bad" / POLICY)
QUIET = """\
version: 1
name: quiet
horizon: 1d
regions: [{name: a, pair: b}, {name: b}]
environments: [{name: x, region: a}]
"""


@pytest.mark.parametrize(
    "name", ["regional_storm", "races/consent_arrives_after_the_region_is_back", "no_loss_automatic"]
)
def test_listening_changes_nothing(name: str) -> None:
    """What is told is what the policy is asked: the history is the same, bit for bit."""
    path = ROOT / "scenarios" / f"{name}.yaml"
    trial, policy = resolve(load_scenario(path)), load_policy("seed")
    told: list[tuple[int, int, str]] = []

    def hear(row: int, now_ms: int, seen: Observation) -> None:
        told.append((row, now_ms, policy.answer(seen).rule))

    heard = simulate(trial, policy, told=hear)
    assert heard.digest == simulate(trial, policy).digest
    assert told
    assert {row for row, _, _ in told} <= set(range(len(trial.estate)))


def test_the_visits_and_the_cost_are_those_of_playing_both() -> None:
    """Two of the four would lose something; the one that agreed is spared the question, the one that refused is moved."""
    old, new = load_policy(OLD), load_policy(NEW)
    difference = differ(old, new)
    (number,) = [at for at, change in enumerate(difference.changes) if change.is_action]
    found = exposure_of(old, new, difference, scenarios=[STORM], replication_count=3)
    trial = resolve(load_scenario(STORM))
    before, after = (
        {each.environment: each for each in measure(simulate(trial, policy)).incident_list()}
        for policy in (old, new)
    )
    (visits,) = [found.visits[place] for place in found.visits if place[0] == number]
    those = ("ledger", "orders")
    assert found.incident_count == 12
    assert (visits.incident_count, visits.compared_count, visits.open_count) == (6, 6, 0)
    costs = [after[name].at_least_ms - before[name].at_least_ms for name in those]
    losses = [after[name].realised.age_ms - before[name].realised.age_ms for name in those]
    assert visits.rta_ms == sum(costs) / 2 < 0
    assert visits.loss_ms == sum(losses) / 2 > 0
    words = visit_words(found, number, 0)
    assert words.startswith("in 6 of 12 incidents (50 %); on average ")
    assert words.endswith(" shorter and 1m30s more lost")


CALM = "  - {id: calm, when: {service: up}, then: hold"
WAITING = "  - {id: waiting, when: {}, then: hold"
REFUSED = "  - {id: refused, when: {consent: declined}, then: hold"
ADDED = {
    "a threshold at which nothing else happens": (REFUSED, "too-long", "outage_age: {ge: 97m}", "failover"),
    "an axis that is kept for those who look at it": (WAITING, "midweek", "weekday: wednesday", "failover"),
    "a warning before the outage": (CALM, "flee", "warning: yes, drain_possible: yes", "planned_failover"),
}


@pytest.mark.parametrize("name", ADDED)
def test_the_old_policy_is_asked_whenever_the_new_one_would_be(name: str, tmp_path: Path) -> None:
    """What it never looked at itself is a visit all the same."""
    before, rule, when, action = ADDED[name]
    path = tmp_path / "new.yaml"
    shutil.copyfile(OLD, path)
    edit(path, before, f"  - {{id: {rule}, when: {{{when}}}, then: {action}, cites: [BOOK]}}\n{before}")
    storm = tmp_path / "storm.yaml"
    text = Path(STORM).read_text(encoding="utf-8").replace("../policies/company.yaml", "seed")
    text = text.replace("horizon: 3d", 'horizon: 3d\nstart: "2025-03-05T06:00:00Z"')  # a Wednesday
    storm.write_text(text.replace("at: 2h,", "at: 2h, trigger: {before_impact: 30m},"), encoding="utf-8")
    old, new = load_policy(OLD), load_policy(path)
    difference = differ(old, new)
    places = {
        (number, position)
        for number, change in enumerate(difference.changes)
        for position in range(len(change.boxes))
        if change.after.rule == rule
    }
    found = exposure_of(old, new, difference, scenarios=[str(storm)], replication_count=1)
    assert any(not found.visits[place].is_none for place in places)


def test_what_nobody_comes_by_is_listed_as_such() -> None:
    """A box without a visit says so, and the JSON has a row for each."""
    ended = run("policy", "diff", "seed", "fo-2022", "--exposure", STORM, "--replications", "2")
    assert ended.code == 0
    assert "no simulated incident comes here" in ended.out
    assert "exposure: 8 incidents in 2 worlds of" in " ".join(ended.out.split())
    arguments = ("--exposure", STORM, "--replications", "2", "--format", "json")
    document = json.loads(run("policy", "diff", "seed", "fo-2022", *arguments).out)
    assert document["exposure"]["incidents"] == 8
    assert all(len(change["exposure"]) == len(change["boxes"]) for change in document["changes"])
    assert any(each["share"] > 0 for change in document["changes"] for each in change["exposure"])


def test_the_same_policy_has_nothing_to_come_by() -> None:
    """And nothing is found to cost anything."""
    ended = run("policy", "diff", "seed", "seed", "--exposure", STORM)
    assert ended.code == 0
    assert "equivalent" in ended.out


def test_a_scenario_in_which_nothing_happens_weighs_nothing(tmp_path: Path) -> None:
    """5: it is no evidence that nobody is concerned."""
    path = tmp_path / "quiet.yaml"
    path.write_text(QUIET, encoding="utf-8")
    ended = run("policy", "diff", "seed", "fo-2022", "--exposure", str(path))
    assert ended.code == 5
    assert "nothing is known of how often and how much" in " ".join(ended.out.split())


def test_a_scenario_that_cannot_be_played_is_invalid_input(tmp_path: Path) -> None:
    """As everywhere."""
    assert run("policy", "diff", "seed", "fo-2022", "--exposure", str(tmp_path / "none.yaml")).code == 2
    assert run("policy", "diff", "seed", "fo-2022", "--exposure", STORM, "--replications", "0").code == 2
