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
from bcdr_sim.policy import Policy, load_policy
from bcdr_sim.policy.policy import policy_document
from bcdr_sim.scenario.reading import load_scenario
from bcdr_sim.trial import resolve
from bcdr_sim.verdict import judge

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
    for place, text in files:
        place.write_text(text, encoding="utf-8")
    return [place for place, _ in files]


def test_the_slipped_in_loss_becomes_a_scenario_that_loses_without_consent(tmp_path: Path) -> None:
    """Run under the changed policy it moves and loses; under the seed nobody moves and the expectation holds."""
    path = tmp_path / "bad.yaml"
    bad = changed(path, ("data_loss: {eq: 0s}}, then: failover", "data_loss: {lt: 5m}}, then: failover"))
    cases, *scenarios = written(path, bad)
    names = {case["name"] for case in yaml.safe_load(cases.read_text(encoding="utf-8"))["cases"]}
    assert names == {"no-loss-without-consent", "consent-in-force"}
    for scenario in scenarios:
        assert "NOT REPRODUCED" not in scenario.read_text(encoding="utf-8")
        trial = resolve(load_scenario(scenario))
        metrics = measure(simulate(trial, bad))
        (incident,) = metrics.incident_list()
        assert incident.outcome.label == "failed_over"
        assert incident.realised.age_ms > 0
        assert metrics.answers.granted.sum() == 0
        assert not judge(metrics).passed
        assert judge(measure(simulate(trial, load_policy(SEED)))).passed


@pytest.mark.parametrize(
    ("loosened", "law"),
    [
        pytest.param(
            (
                "{id: target-unfit,   when: {target_state: {ne: healthy}}",
                "{id: target-unfit,   when: {target_state: down, tier: 1}",
            ),
            "only-to-a-healthy-region",
            id="region",
        ),
        pytest.param(
            (
                "{id: not-regional,   when: {outage_scope: {ne: region}}",
                "{id: not-regional,   when: {outage_scope: zone}",
            ),
            "only-regional-outages",
            id="scope",
        ),
        pytest.param(
            (
                "{id: switched-off,   when: {automation: off}",
                "{id: switched-off,   when: {automation: off, tier: 1}",
            ),
            "off-means-off",
            id="automation",
        ),
        pytest.param(
            (
                "{id: no-copy,        when: {copy: [seeding, none]}",
                "{id: no-copy,        when: {copy: [none]}",
            ),
            None,
            id="seeding has an unknown loss and is held all the same",
        ),
    ],
)
def test_a_loosened_rule_is_met_in_the_scenario_of_its_witness(
    loosened: tuple[str, str], law: str | None, tmp_path: Path
) -> None:
    """The engine comes to the very observation that the proof shows."""
    path = tmp_path / "loose.yaml"
    policy = changed(path, loosened)
    files = written(path, policy)
    assert bool(files) == (law is not None)
    for place in files:
        if law is not None and place.name.endswith(f"{law}.yaml"):
            assert "NOT REPRODUCED" not in place.read_text(encoding="utf-8")


def test_what_the_engine_does_not_come_to_is_said_not_to_be_reproduced(tmp_path: Path) -> None:
    """An environment that is away already needs a history that is not built."""
    path = tmp_path / "away.yaml"
    policy = changed(
        path,
        (
            "{id: not-yet-synced, when: {situation: home_bound, reverse_sync: pending}",
            "{id: not-yet-synced, when: {situation: home_bound, reverse_sync: pending, tier: 1}",
        ),
    )
    texts = [place.read_text(encoding="utf-8") for place in written(path, policy)]
    assert any(text.startswith("# NOT REPRODUCED") for text in texts)


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
