"""The encodings of the recorded outages: each is a sound scenario, says what it is, and takes no number from nowhere."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest

from bcdr_sim.engine import simulate
from bcdr_sim.freezing import freeze
from bcdr_sim.incidents.encoding import encoded, values_at, varied
from bcdr_sim.incidents.record import POLICIES, SCENARIOS, Recorded, recorded
from bcdr_sim.incidents.replaying import policy_in_force
from bcdr_sim.incidents.sweeping import scaled, variants
from bcdr_sim.metrics import measure
from bcdr_sim.scenario.reading import load_scenario
from bcdr_sim.timeline import Timeline
from bcdr_sim.trial import resolve
from bcdr_sim.verdict import judge

FILES = sorted(path.stem for path in SCENARIOS.glob("*.yaml"))
ENCODED = [each for each in recorded() if each.scenario.exists()]
SCUS_SEED_DIGEST = "21934ffcadcf1db90e9407ac22fe535dd14ea9e630a423a9d943fc46af85bb66"


@cache
def played(stem: str) -> Timeline:
    """The timeline of a file under the policy that it names."""
    path = SCENARIOS / f"{stem}.yaml"
    scenario = encoded(path)
    return simulate(resolve(scenario), policy_in_force(scenario, path))


@pytest.mark.parametrize("stem", FILES)
def test_an_encoding_shows_what_it_expects(stem: str) -> None:
    """Every expectation holds in the first world."""
    verdict = judge(measure(played(stem)), encoded(SCENARIOS / f"{stem}.yaml"))
    assert [finding.sentence for finding in verdict.findings if not finding.passed] == []


@pytest.mark.parametrize("stem", FILES)
def test_an_encoding_says_what_it_is(stem: str) -> None:
    """A modeline that leads editors to the schema, a name like its file's, a description, a date and an expectation."""
    path = SCENARIOS / f"{stem}.yaml"
    modeline = re.fullmatch(
        r"# yaml-language-server: \$schema=(\S+)", path.read_text(encoding="utf-8").splitlines()[0]
    )
    assert modeline is not None
    assert (path.parent / modeline[1]).is_file()
    scenario = encoded(path)
    assert scenario.name == stem
    assert scenario.description.count(".") >= 2
    assert scenario.start is not None
    assert scenario.expect


@pytest.mark.parametrize("each", ENCODED, ids=lambda each: each.id)
def test_an_encoding_names_the_sources_of_the_record(each: Recorded) -> None:
    """Every source with its address, and the word for what no source gives."""
    text = each.scenario.read_text(encoding="utf-8")
    for source in each.sources:
        assert not source.url or source.url in text, source
    assert "assumption" in text


@pytest.mark.parametrize("each", ENCODED, ids=lambda each: each.id)
def test_the_policy_in_force_is_that_of_the_record(each: Recorded) -> None:
    """Decisions come from the rule that the record names, from its one home."""
    policy = policy_in_force(encoded(each.scenario), each.scenario)
    assert policy.name == each.policy
    assert (POLICIES / f"{each.policy}.yaml").is_file()


def test_the_seed_in_south_central_us_is_bit_for_bit_what_it_was() -> None:
    """A golden digest: a change of it is a change of what happens."""
    assert played("azure-scus-2018-09-04-seed").digest == SCUS_SEED_DIGEST


@pytest.mark.parametrize("stem", FILES)
def test_a_frozen_replay_is_the_same_timeline(stem: str) -> None:
    """Whatever was drawn stands in the file; nothing is drawn again."""
    path = SCENARIOS / f"{stem}.yaml"
    scenario = encoded(path)
    policy = policy_in_force(scenario, path)
    trial = resolve(scenario, seed=7, replication=3)
    frozen = load_scenario(path, text=freeze(trial, policy))
    assert simulate(resolve(frozen), policy).digest == simulate(trial, policy).digest


# What is assumed


@pytest.mark.parametrize("each", ENCODED, ids=lambda each: each.id)
def test_every_assumption_is_in_the_encoding_and_has_a_reason(each: Recorded) -> None:
    """A path that leads somewhere, a reason, and variants that are sound scenarios, one at least unlike the encoding."""
    base = encoded(each.scenario)
    differing = {one.path: False for one in each.assumed if one.is_swept}
    for one in each.assumed:
        assert values_at(each.scenario, one.path), one.path
        assert one.why
    for variant in variants(each):
        path = variant.name.partition(" = ")[0]
        differing[path] |= varied(each.scenario, variant.changes) != base
    assert all(differing.values()), differing


def test_half_and_twice_stay_what_they_are() -> None:
    """Durations, counts and shares; a share stays at most all, a count at least one."""
    assert [scaled("8m", 0.5), scaled("300s", 2)] == ["4m", "10m"]
    assert [scaled(1, 0.5), scaled(500, 2)] == [1, 1000]
    assert [scaled(0.3, 0.5), scaled(0.9, 2)] == [0.15, 1.0]
    with pytest.raises(TypeError, match="no half"):
        scaled({"median": "1m"}, 2)


def test_a_path_that_leads_nowhere_is_an_error() -> None:
    """A sweep over a value that is not there would sweep nothing."""
    with pytest.raises(KeyError, match="no place"):
        varied(ENCODED[0].scenario, {"outages.nobody.lasts": "1h"})


def test_the_record_has_no_duplicates() -> None:
    """27 outages, 83 comparisons, each with its own id; every scenario belongs to one of them."""
    ids = [each.id for each in recorded()]
    comparisons = [one.id for each in recorded() for one in each.comparisons]
    assert len(set(ids)) == len(ids) == 27
    assert len(set(comparisons)) == len(comparisons) == 83
    assert all(any(stem.startswith(name) for name in ids) for stem in FILES)
    assert all(Path(each.scenario).parent == SCENARIOS for each in recorded())
