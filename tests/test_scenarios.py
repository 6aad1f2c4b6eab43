"""The shipped scenarios: each does what it says, prints what stands beside it, and is the same world in any order.

Seed 0 unless said. `python tests/rewrite_scenarios.py` writes the expected texts anew.
"""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path

import pytest

from bcdr_sim.engine import simulate
from bcdr_sim.freezing import freeze
from bcdr_sim.metrics import measure
from bcdr_sim.policy import Policy, load_policy
from bcdr_sim.scenario.document import Scenario
from bcdr_sim.scenario.reading import load_scenario
from bcdr_sim.timeline import Timeline
from bcdr_sim.trial import resolve
from bcdr_sim.verdict import judge
from rewrite_scenarios import FOLDER, printed, shipped

OUTCOMES = [name for name in shipped() if "/" not in name]
"""One per outcome of the provider's rules; their steps take drawn times."""

PINNED = {
    "regional_storm.yaml": "b24e399b0bb1fbf3a5c2f1d2e31bcbf99c24858cdf78cb3a25b6e96dbe377fde",
    "scheduled_maintenance.yaml": "a469c0f380b60cb6e09a2c4cf4ef8982100c86b05cfec463bcb1a554a2143a60",
}
"""Golden digests: events, instants and names of a run, bit for bit, on any machine."""


def load(name: str) -> tuple[Scenario, Policy]:
    """A shipped scenario and the policy it names."""
    scenario, folder = load_scenario(FOLDER / name), (FOLDER / name).parent
    chosen = scenario.policy
    if isinstance(chosen, str):
        return scenario, load_policy(chosen, folder=folder)
    return scenario, load_policy(chosen.name, chosen.parameters, folder=folder)


def run(name: str) -> Timeline:
    """The timeline of a shipped scenario."""
    scenario, policy = load(name)
    return simulate(resolve(scenario), policy)


@pytest.mark.parametrize("name", shipped())
def test_a_scenario_shows_what_it_expects_and_prints_what_stands_beside_it(name: str) -> None:
    """The whole answer of `bcdr-sim run`, byte for byte; exit code 0 says that every expectation holds."""
    code, text = printed(name)
    assert text == (FOLDER / name).with_suffix(".expected.txt").read_text(encoding="utf-8")
    assert code == 0


@pytest.mark.parametrize("name", shipped())
def test_the_order_of_the_file_means_nothing(name: str) -> None:
    """Environments and outages listed in reverse give the same timeline."""
    scenario, policy = load(name)
    reverse = scenario.model_copy(
        update={"environments": scenario.environments[::-1], "outages": scenario.outages[::-1]}
    )
    assert simulate(resolve(reverse), policy).digest == simulate(resolve(scenario), policy).digest


@pytest.mark.parametrize("name", PINNED)
def test_golden_digest(name: str) -> None:
    """A change of this digest is a change of what happens; say in the changelog why it is right."""
    assert run(name).digest == PINNED[name]


@pytest.mark.parametrize("name", OUTCOMES)
def test_an_outcome_does_not_hang_on_one_draw(name: str) -> None:
    """What is said about the provider's rules holds in twenty other worlds, not only in the one that is shown."""
    scenario, policy = load(name)
    for replication in range(1, 21):
        verdict = judge(measure(simulate(resolve(scenario, replication=replication), policy)))
        assert [finding.sentence for finding in verdict.findings if not finding.passed] == [], replication


@pytest.mark.parametrize("name", shipped())
def test_a_scenario_says_what_it_is_for(name: str) -> None:
    """A modeline that leads editors to the schema, a name like its file's, a description, and an expectation."""
    first = (FOLDER / name).read_text(encoding="utf-8").splitlines()[0]
    modeline = re.fullmatch(r"# yaml-language-server: \$schema=(\S+)", first)
    assert modeline is not None
    assert ((FOLDER / name).parent / modeline[1]).is_file()
    scenario, _ = load(name)
    assert scenario.name == Path(name).stem.replace("_", "-")
    assert scenario.description.count(".") >= 2
    assert scenario.expect


def test_every_text_has_its_scenario() -> None:
    """No expected text is left behind by a scenario that is gone."""
    texts = {path.relative_to(FOLDER).as_posix() for path in FOLDER.rglob("*.expected.txt")}
    assert texts == {name.removesuffix(".yaml") + ".expected.txt" for name in shipped()}


def test_a_region_that_fails_again_leaves_no_gap() -> None:
    """One outage ends as another begins: one loss of service, one recovery, no event of the region in between."""
    timeline = run("races/one_outage_ends_as_another_begins.yaml")
    (row,) = range(len(timeline.trial.estate))
    served = [stay for stay in timeline.stays(row) if stay.phase.label == "serving"]
    assert [(stay.start_ms, stay.end_ms) for stay in served] == [(0, 86_400_000), (104_400_000, 172_800_000)]


def test_a_queue_goes_by_tier_then_name() -> None:
    """Cleared in one millisecond, moved one at a time."""
    estate = run("races/queue_at_the_same_instant.yaml")
    events = estate.events()
    moved = events[events["event"] == "failover_completed"]
    assert moved["environment"].tolist() == ["billing", "ledger", "catalogue", "archive"]
    assert all(later - earlier == 3_600_000 for earlier, later in pairwise(moved["time_ms"].tolist()))


@pytest.mark.parametrize("name", shipped())
def test_a_frozen_world_replays_to_the_same_timeline(name: str) -> None:
    """Whatever was drawn stands in the file; nothing is drawn again."""
    scenario, policy = load(name)
    trial = resolve(scenario, seed=7, replication=3)
    frozen = load_scenario(FOLDER / name, text=freeze(trial, policy))
    assert simulate(resolve(frozen), policy).digest == simulate(trial, policy).digest
