"""Laws of witnesses: what a proof shows can be run, or is said not to be."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from bcdr_sim.analysis import check
from bcdr_sim.analysis.witnesses import nearest, observed, witness_files
from bcdr_sim.cli import main
from bcdr_sim.engine import simulate
from bcdr_sim.metrics import measure
from bcdr_sim.policy import Policy, PolicyError, load_policy
from bcdr_sim.policy.policy import policy_document
from bcdr_sim.scenario.reading import load_scenario
from bcdr_sim.testing.policy_tests import read_policy_test
from bcdr_sim.trial import resolve
from bcdr_sim.verdict import judge
from commands import run

SEED = "seed-2024-11"


def changed(path: Path, *changes: tuple[str, str]) -> Policy:
    """The seed's rules with some text replaced."""
    text = policy_document(SEED).sources[-1].text
    for old, new in changes:
        assert text.count(old) == 1
        text = text.replace(old, new)
    path.write_text(text, encoding="utf-8")
    return load_policy(path)


def written(path: Path, policy: Policy) -> list[Path]:
    """The files that the witnesses of a policy make, written beside it."""
    files = list(witness_files(policy, check(policy, policy_document(path)), folder=path.parent))
    for file in files:
        if file.text:
            file.path.write_text(file.text, encoding="utf-8")
    return [file.path for file in files if file.text]


def holds(scenario: Path, policy: Policy) -> bool:
    """Whether a run under a policy shows what a scenario expects; one that stops does not."""
    read = load_scenario(scenario)
    assert read.expect
    try:
        return judge(measure(simulate(resolve(read), policy))).passed
    except PolicyError:
        return False


def without(path: Path, rule: str, *, profile: str = SEED) -> Policy:
    """A profile that lacks a rule."""
    lines = policy_document(profile).sources[-1].text.splitlines(keepends=True)
    kept = [line for line in lines if not line.lstrip().startswith(f"- {{id: {rule},")]
    assert len(kept) == len(lines) - 1
    path.write_text("".join(kept), encoding="utf-8")
    return load_policy(path)


def test_the_slipped_in_loss_becomes_a_scenario_that_loses_without_consent(tmp_path: Path) -> None:
    """Run under the changed policy it moves and loses; under the seed nobody moves and the expectation holds."""
    path = tmp_path / "bad.yaml"
    bad = changed(path, ("data_loss: {eq: 0s}}, then: failover", "data_loss: {lt: 5m}}, then: failover"))
    cases, *scenarios = written(path, bad)
    names = {case["name"] for case in yaml.safe_load(cases.read_text(encoding="utf-8"))["cases"]}
    assert names == {"no-loss-without-consent", "consent-in-force"}
    assert len(scenarios) == len(names)
    for scenario in scenarios:
        trial = resolve(load_scenario(scenario))
        metrics = measure(simulate(trial, bad))
        (incident,) = metrics.incident_list()
        assert incident.outcome.label == "failed_over"
        assert incident.realised.age_ms > 0
        assert metrics.answers.granted.sum() == 0
        assert not judge(metrics).passed
        assert judge(measure(simulate(trial, load_policy(SEED)))).passed


WIDE = """\
format: 1
policy: wide
title: Waits as long as somebody likes
parameters: {patience: {axis: outage_age, default: 1h, range: [0s, 2h]}}
rules:
  - {id: away, when: {location: FarCopy}, then: hold, reason: not_covered, cites: [assumption]}
  - {id: not-covered, when: {eligible: no}, then: hold, reason: not_covered, cites: [assumption]}
  - {id: no-hands, when: {orchestrator: down}, then: hold, reason: orchestrator_unavailable, cites: [assumption]}
  - {id: no-target, when: {target_state: down}, then: hold, reason: secondary_unhealthy, cites: [assumption]}
  - {id: no-loss, when: {data_loss: {gt: 0s}}, then: hold, reason: loss_not_determined, cites: [assumption]}
  - {id: patience, when: {outage_age: {lt: $patience}}, then: hold, reason: grace_period, cites: [assumption]}
  - {id: move, when: {}, then: failover, cites: [assumption]}
default: {then: hold, reason: no_rule}
invariants:
  - {id: not-at-once, never: failover, when: {outage_age: {lt: 10m}}, cites: [assumption]}
"""

SHOWN = {
    "seed-2024-11": {
        "no-hands": 6,
        "switched-off": 1,
        "just-moved": 1,
        "not-verified": 1,
        "in-maintenance": 1,
        "not-yet-synced": 2,
        "not-now": 1,
        "go-home": 1,
        "target-unfit": 3,
        "copy-corrupt": 1,
        "no-capacity": 1,
        "move-for-maintenance": 1,
        "not-regional": 1,
        "auto-zero-loss": 1,
        "back-zero-loss": 1,
        "consented": 1,
        "back-consented": 1,
        "pending": 1,
        "cannot-drain": 0,
    },
    "asr": {"back": 1, "planned": 1, "forced": 1, "back-not-now": 1},
    "ms-2021": {"before-the-storm": 1, "go-home": 3},
    "grs-customer-managed": {"back-no-copy": 2},
    "ssdr-2026-07": {"drill": 1, "shown-again": 1},
}
"""By profile and rule, how many scenarios the profile without that rule makes."""


@pytest.mark.parametrize(
    ("profile", "rule", "count"),
    [
        pytest.param(profile, rule, count, id=f"{profile} without {rule}")
        for profile, rules in SHOWN.items()
        for rule, count in rules.items()
    ],
)
def test_every_scenario_fails_under_what_is_wrong_and_holds_under_what_is_right(
    profile: str, rule: str, count: int, *, tmp_path: Path
) -> None:
    """A duty not done, a move too many, from either side: red without the rule, green with it; and so are the cases."""
    path = tmp_path / "bad.yaml"
    bad, good = without(path, rule, profile=profile), load_policy(profile)
    test, *scenarios = written(path, bad)
    assert len(scenarios) == count
    for scenario in scenarios:
        assert not holds(scenario, bad)
        assert holds(scenario, good)
    text = test.read_text(encoding="utf-8")
    claimed = [line for line in text.splitlines() if line.startswith("# ") and line.endswith(".yaml")]
    assert len(claimed) == count
    assert not any(result.passed for result in read_policy_test(test).results)
    test.write_text(text.replace("bad.yaml", profile), encoding="utf-8")
    assert all(result.passed for result in read_policy_test(test).results)


def test_what_cannot_be_done_ends_the_run_and_names_the_rule(tmp_path: Path) -> None:
    """The engine stops where a rule decides what it cannot do; the file says so."""
    path = tmp_path / "bad.yaml"
    scenario = written(path, without(path, "no-hands"))[-1]
    ended = run("run", str(scenario))
    assert ended.code == 2
    assert "cannot be taken while orchestrator is down" in ended.err
    assert "`run` ends with 2" in scenario.read_text(encoding="utf-8")


def test_a_gap_is_told_by_the_reason_of_a_hold(tmp_path: Path) -> None:
    """Nothing happens otherwise where the default decides; that nobody is held by it is what the scenario expects."""
    path = tmp_path / "gap.yaml"
    test, scenario = written(path, without(path, "pending"))
    assert load_scenario(scenario).expect[0].never_held == "no_rule"
    assert "such hold" in run("run", str(scenario)).out
    (case,) = yaml.safe_load(test.read_text(encoding="utf-8"))["cases"]
    assert case["expect"] == {"never_by": "default"}


def test_a_forced_failback_too_many_is_counted_as_a_failback(tmp_path: Path) -> None:
    """An expectation about failovers would hold whatever is forced home."""
    path = tmp_path / "home.yaml"
    old = "{id: back-zero-loss, when: {location: FarCopy, data_loss: {eq: 0s}}"
    policy = changed(path, (old, old.replace("{eq: 0s}", "{lt: 1h}")))
    for scenario in written(path, policy)[1:]:
        (expected,) = load_scenario(scenario).expect
        assert expected.failovers is None
        assert (
            expected.failbacks and expected.failbacks.at_most == 0
        ) or expected.never == "forced_failback_completed"
        assert not holds(scenario, policy)
        assert holds(scenario, load_policy(SEED))


def test_what_the_engine_does_not_come_to_has_a_case_alone(tmp_path: Path) -> None:
    """The engine never shows an outage of the whole region while the service is up; the test file says so."""
    path = tmp_path / "up.yaml"
    (test,) = written(path, without(path, "cannot-drain"))
    text = test.read_text(encoding="utf-8")
    assert "# only-those-hit: NOT REPRODUCED, the engine comes to no such observation" in text
    ended = run("policy", "check", str(path), "--write", str(tmp_path / "found"))
    assert "not reproduced: up-only-those-hit.yaml is not written" in ended.err
    assert [place.name for place in (tmp_path / "found").iterdir()] == ["up.policytest.yaml"]


def test_what_only_other_values_of_parameters_break_has_files_that_set_them(tmp_path: Path) -> None:
    """`--ranges` finds a value at which a law breaks: the scenario runs with it, and holds at the default."""
    path = tmp_path / "wide.yaml"
    path.write_text(WIDE, encoding="utf-8")
    policy, document = load_policy(path), policy_document(path)
    assert not list(witness_files(policy, check(policy, document), folder=tmp_path))
    files = list(witness_files(policy, check(policy, document, ranges=True), folder=tmp_path))
    assert all("patience-0s" in file.path.name for file in files)
    for file in files:
        file.path.write_text(file.text, encoding="utf-8")
    test, *scenarios = [file.path for file in files]
    assert scenarios
    assert run("test", str(test)).code == 1
    for scenario in scenarios:
        assert run("run", str(scenario)).code == 1
        assert run("run", str(scenario), "--policy", str(path)).code == 0


def test_policies_of_one_name_write_files_of_their_own(tmp_path: Path) -> None:
    """Files are named after files: two versions of a policy are often checked together."""
    one, other = tmp_path / "one.yaml", tmp_path / "other.yaml"
    without(one, "no-capacity")
    without(other, "no-capacity")
    folder = tmp_path / "found"
    run("policy", "check", str(one), str(other), "--write", str(folder))
    assert len(list(folder.iterdir())) == 4


def test_a_witness_is_told_as_the_nearest_named_observation() -> None:
    """As a case of a test file says it."""
    witness = {"service": "up", "order": "maintenance", "outage_scope": "none"}
    base, given = nearest(witness)
    assert base == "calm"
    assert given == {"order": "maintenance"}
    assert observed(witness).order == "maintenance"


def test_files_in_the_way_are_not_replaced_and_nothing_is_written(tmp_path: Path) -> None:
    """All or none; --force replaces them."""
    path = tmp_path / "bad.yaml"
    changed(path, ("data_loss: {eq: 0s}}, then: failover", "data_loss: {lt: 5m}}, then: failover"))
    folder = tmp_path / "found"
    assert main(["policy", "check", str(path), "--write", str(folder)]) == 1
    names = sorted(place.name for place in folder.iterdir())
    assert len(names) == 3
    (folder / names[0]).unlink()
    assert main(["policy", "check", str(path), "--write", str(folder)]) == 2
    assert len(list(folder.iterdir())) == 2
    assert main(["policy", "check", str(path), "--write", str(folder), "--force"]) == 1
    assert sorted(place.name for place in folder.iterdir()) == names
