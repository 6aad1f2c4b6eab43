"""Laws of the claims that sound true: each fails in its two worlds by the hours that can be added up by hand."""

from __future__ import annotations

import pytest

from bcdr_sim.engine import simulate
from bcdr_sim.metrics import Metrics, measure
from bcdr_sim.policy import load_policy
from bcdr_sim.scenario.reading import load_scenario
from bcdr_sim.trial import resolve
from bcdr_sim.verification.case import FOLDER
from false_claims import CLAIMS, Claim


def played(text: str) -> Metrics:
    """Measure the world of a text."""
    scenario = load_scenario(FOLDER / "counterexample.yaml", text=text)
    chosen = scenario.policy
    name, parameters = (chosen, {}) if isinstance(chosen, str) else (chosen.name, chosen.parameters)
    return measure(simulate(resolve(scenario), load_policy(name, parameters, folder=FOLDER)))


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: claim.says)
def test_a_claim_that_sounds_true_fails(claim: Claim) -> None:
    """What is measured in both worlds is what the claim says it cannot be."""
    assert (claim.reads(played(claim.before)), claim.reads(played(claim.after))) == pytest.approx(
        (claim.was, claim.becomes)
    )
