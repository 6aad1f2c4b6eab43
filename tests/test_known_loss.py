"""Laws of known loss: the provider sees what is confirmed, which is behind what has arrived."""

from __future__ import annotations

from bcdr_sim.engine import simulate
from bcdr_sim.events import Event
from bcdr_sim.metrics import measure
from bcdr_sim.policy import load_policy
from bcdr_sim.scenario.reading import load_scenario
from bcdr_sim.trial import resolve
from bcdr_sim.verification.case import FOLDER

MINUTE_MS = 60_000
SCENARIO = """\
version: 1
name: confirmed-later
include: [instant.yaml]
horizon: 1d
link: {kind: lag, lag: 2m, confirmation: 1m}
environments: [{name: one, region: near}]
customers: {default: {accepts_loss_up_to: 1d}}
outages: [{id: outage, region: near, at: 1h, lasts: 4h, detection: {automatic: 0s}}]
policy: seed-2024-11
"""


def test_the_figure_is_what_is_not_confirmed_and_the_loss_what_has_not_arrived() -> None:
    """Two minutes behind and a minute to confirm: three are told, two are lost."""
    scenario = load_scenario(FOLDER / "confirmed.yaml", text=SCENARIO)
    timeline = simulate(resolve(scenario), load_policy("seed-2024-11"))
    happened, value = timeline.table["event"], timeline.table["value"]
    assert value[happened == Event.LOSS_DETERMINED].tolist() == [3 * MINUTE_MS]
    assert value[happened == Event.LOSS_LEVEL_TOLD].tolist() == [3 * MINUTE_MS]
    (incident,) = measure(timeline).incident_list()
    assert incident.realised.age_ms == 2 * MINUTE_MS
