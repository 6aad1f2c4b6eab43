"""The rule `consented` of the seed: without it a consent given moves nobody, and the shipped scenarios show it."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

import pytest

from bcdr_sim.engine import simulate
from bcdr_sim.metrics import measure
from bcdr_sim.policy import Policy, load_policy
from bcdr_sim.scenario.reading import load_scenario
from bcdr_sim.trial import resolve
from bcdr_sim.verdict import Verdict, judge
from rewrite_scenarios import FOLDER

SEED = files("bcdr_sim") / "policy" / "profiles" / "seed-2024-11.yaml"


@pytest.fixture
def without_consent(tmp_path: Path) -> Policy:
    """A copy of the seed's rules that lacks the one about consent."""
    lines = SEED.read_text(encoding="utf-8").splitlines(keepends=True)
    kept = [line for line in lines if "{id: consented," not in line]
    assert len(kept) == len(lines) - 1
    path = tmp_path / "seed-without-consent.yaml"
    path.write_text("".join(kept), encoding="utf-8")
    return load_policy(path)


def verdict_of(name: str, policy: Policy) -> Verdict:
    """A shipped scenario under another policy, judged by its own expectations."""
    return judge(measure(simulate(resolve(load_scenario(FOLDER / name)), policy)))


def test_without_the_consent_rule_a_consent_moves_nobody(without_consent: Policy) -> None:
    """The customer agrees and stays where it is: recovered in place after the whole outage."""
    metrics = measure(simulate(resolve(load_scenario(FOLDER / "consent_given.yaml")), without_consent))
    (incident,) = metrics.incidents_of(0)
    assert incident.outcome.label == "recovered_in_place"
    assert metrics.answers.granted.sum() == 1


@pytest.mark.parametrize("name", ["consent_given.yaml", "regional_storm.yaml"])
def test_the_scenarios_about_consent_need_the_consent_rule(name: str, without_consent: Policy) -> None:
    """With the rule they pass, without it they fail."""
    assert verdict_of(name, load_policy("seed-2024-11")).passed
    assert not verdict_of(name, without_consent).passed


@pytest.mark.parametrize("name", ["no_loss_automatic.yaml", "consent_refused.yaml", "consent_silent.yaml"])
def test_the_other_outcomes_do_not_depend_on_it(name: str, without_consent: Policy) -> None:
    """So what goes red points at the rule that is gone."""
    assert verdict_of(name, without_consent).passed
